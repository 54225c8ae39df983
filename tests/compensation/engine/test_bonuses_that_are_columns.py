"""`ledger = false` and `unit = "points"`: a bonus that is computed and published, and never paid."""

from datetime import date
from decimal import Decimal
from typing import Any

from compensation.engine.small_plans import UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.result import Result

PEOPLE = chain("ann", "bob", "cid", off=False)
SALE = order("sale", "cid", on=date(2026, 3, 2), cv=Decimal("33.33"), pv=10)
POINTS = UNILEVEL.replace('base = "cv"', 'base = "pv"').replace('negative = "charge"\n', 'unit = "points"\n')


def run(body: str, *orders: dict[str, Any], refunds: str = "current") -> Result:
    """March."""
    by = plan(body, refunds=refunds)
    return run_engine(by, world(PEOPLE, [SALE, *orders], company={"profit": 0}))


def earned(result: Result, bonus: str) -> list[Any]:
    """What each of ann, bob and cid earned."""
    column = result.published[f"{bonus}.earned"]
    return [column.value(int(row)) for row in result.network.ids.positions(["ann", "bob", "cid"])]


class TestColumns:
    def test_nothing_is_rounded_paid_or_part_of_an_identity(self) -> None:
        """3% and 5% of 33.33, to the last digit."""
        result = run(UNILEVEL + "ledger = false\n")

        assert earned(result, "uni") == [Decimal("0.9999"), Decimal("1.6665"), 0]
        assert (ledger(result), unpaid(result), result.identity) == ([], [], {})
        assert why(result, "bob").amounts == ()
        assert "uni.paid" not in result.published

    def test_points_need_no_value_and_stay_points(self) -> None:
        """3% and 5% of 10 points."""
        result = run(POINTS)

        assert earned(result, "uni") == [Decimal("0.3"), Decimal("0.5"), 0]
        assert result.published["uni.earned"].unit == "points"

    def test_another_bonus_may_pay_on_it(self) -> None:
        """Money for a goal of points."""
        amount = "7 if uni.earned >= 0.4 else 0"
        prize = f'[[bonuses]]\nid = "prize"\ntype = "rank_bonus"\nkind = "amount"\namount = "{amount}"\n'

        assert ledger(run(POINTS + prize)) == ["prize -1 bob - 7.00"]

    def test_a_refund_takes_its_share_off_the_exact_amount(self) -> None:
        """With `refunds = "original"` a third of 33.33 leaves two thirds, to the last digit that the amounts have."""
        back = order("back", "cid", on=date(2026, 3, 3), refund_of="sale", cv=Decimal("-11.11"), pv=0)

        result = run(UNILEVEL + "ledger = false\n", back, refunds="original")

        assert earned(result, "uni") == [Decimal("0.6666"), Decimal("1.1110"), 0]
