"""A month of a plan with events: the same lines in memory and on PostgreSQL, and the same bytes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pytest
from attrs import evolve

from mlmcore.domain.commissions import LedgerLine
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.people import PersonEvent
from mlmcore.operations import (
    Enrolment,
    calculate_period,
    close_period,
    enrol,
    finalize_period,
    install_plan,
    open_period,
)
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWorkFactory
from sql.month._stage import PLAN_OF_EVENTS, a_store

_PLAN: Final = (
    PLAN_OF_EVENTS
    + """
[inputs.events.demos]
guests = "number"
fair = "boolean"

[measures]
shown = "sum(events.demos, guests)"

[[bonuses]]
id = "demo"
type = "fast_start"
kind = "amount"
source = "events.demos"
where = "not fair"
amount = "10 + 0.50 * guests"
negative = "zero"

[[bonuses]]
id = "crowd"
type = "leadership"
kind = "amount"
amount = "0.10 * shown"
negative = "zero"
"""
)


def a_month_in(store: UnitOfWorkFactory) -> tuple[bytes, list[LedgerLine]]:
    """Take the month, and return the run's digests and its lines without their instants."""
    ann, bob = key_of("ann"), key_of("bob")
    with store() as unit:
        for key, sponsor in ((ann, None), (bob, ann)):
            enrol(
                unit,
                Enrolment(
                    user_id=key,
                    email=f"{key}@example.com",
                    distributor_number=key.hex[:8],
                    join_date=date(2025, 1, 5),
                    sponsor_id=sponsor,
                ),
            )
        for name, person, at, data in (
            ("late", ann, datetime(2025, 4, 1, 3, 59, tzinfo=UTC), {"guests": "5", "fair": False}),
            ("fair", bob, datetime(2025, 3, 9, 9, tzinfo=UTC), {"guests": "100", "fair": True}),
            ("april", bob, datetime(2025, 4, 1, 4, tzinfo=UTC), {"guests": "7", "fair": False}),
        ):
            unit.events.add(
                PersonEvent(id=key_of(name), distributor_id=person, name="demos", occurred_at=at, data=data)
            )
        install_plan(unit, _PLAN)
        open_period(unit, "2025-03", timezone="America/New_York")
        close_period(unit, "2025-03")
    with store() as unit:
        run = calculate_period(unit, "2025-03", "events")
        finalize_period(unit, "2025-03")
        lines = [evolve(line, created_at=None) for line in unit.ledger.list_by_period("2025-03")]
    return f"{run.id} {run.input_digest} {run.result_digest} {run.chain_hash}".encode(), lines


class TestAMonthWithEvents:
    """Events out of a store."""

    @pytest.fixture
    def in_memory(self) -> tuple[bytes, list[LedgerLine]]:
        """The month, in memory."""
        return a_month_in(MemoryStore(clock=lambda: datetime(2025, 5, 2, 9, tzinfo=UTC)))

    @pytest.fixture
    def in_postgres(self, database: str) -> Iterator[tuple[bytes, list[LedgerLine]]]:
        """The month, on PostgreSQL."""
        with a_store(database) as store:
            yield a_month_in(store)

    def test_pays_per_event_and_per_person(self, in_memory: tuple[bytes, list[LedgerLine]]) -> None:
        """On the day in the period's timezone; a line of an event names its person and no order."""
        paid = {(line.distributor_id, line.bonus_id): line.amount for line in in_memory[1]}

        assert paid == {
            (key_of("ann"), "demo"): Money.of("12.50", "USD"),
            (key_of("ann"), "crowd"): Money.of("0.50", "USD"),
            (key_of("bob"), "crowd"): Money.of("10.00", "USD"),
        }
        assert {line.source_order_id for line in in_memory[1]} == {None}
        assert sum(line.amount.amount for line in in_memory[1]) == Decimal("23.00")

    def test_is_the_same_on_postgres(
        self, in_memory: tuple[bytes, list[LedgerLine]], in_postgres: tuple[bytes, list[LedgerLine]]
    ) -> None:
        """The run's id and digests, and every line with its id."""
        assert in_postgres == in_memory
