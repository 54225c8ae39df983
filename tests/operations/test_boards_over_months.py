"""Boards from month to month in a store: who sits where is carried, and their cycles are never stored as events."""

from datetime import UTC, datetime

from mlmcore.operations import calculate_period, close_period, finalize_period, install_plan, open_period
from mlmcore.operations.orders import pay_order, place_order
from operations.company import PLAN, Company

BOARDS = (
    PLAN.partition("[[bonuses]]")[0]
    + """
[boards.pair]
source = "orders"
from = "seller"
width = 2
levels = 1
under = "oldest"
placed = "breadth_first"
then = []

[[bonuses]]
id = "cycle"
type = "matrix"
kind = "amount"
source = "events.pair"
amount = "20"
"""
)


def _month(company: Company, period_id: str) -> list[tuple[str, str]]:
    """Ann, Bob and Cid sell one after the other; who is paid what."""
    year, month = (int(part) for part in period_id.split("-"))
    company.clock.instant = datetime(2026, month + 1, 2, tzinfo=UTC)
    with company.store() as unit:
        install_plan(unit, BOARDS)
        open_period(unit, period_id, timezone="UTC")
        for day, seller in enumerate((company.ann, company.bob, company.cid), start=10):
            order = place_order(unit, company.order(f"{period_id} {day}", seller))
            pay_order(unit, order.id, paid_at=datetime(year, month, day, tzinfo=UTC))
        close_period(unit, period_id)
    with company.store() as unit:
        calculate_period(unit, period_id, "small")
    with company.store() as unit:
        finalize_period(unit, period_id)
        names = {company.ann: "ann", company.bob: "bob", company.cid: "cid"}
        lines = unit.ledger.list_by_period(period_id)
    return [(names[line.distributor_id], str(line.amount.amount)) for line in lines]


class TestMonths:
    def test_go_on_where_the_one_before_ended(self, company: Company) -> None:
        """March fills the board of ann, April that of bob: what was carried fits, by ids as a store writes them."""
        march, april = _month(company, "2026-03"), _month(company, "2026-04")

        assert (march, april) == ([("ann", "20.00")], [("bob", "20.00")])
