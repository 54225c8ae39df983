"""One seeded month, in memory and on PostgreSQL: the same numbers, the same bytes again, and all of it adds up."""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from attrs import evolve, frozen

from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.commissions import RankHistory
from mlmcore.repositories.line_ids import LineKind, line_ids
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork
from sql.month._stage import (
    EASTERN,
    MONTH,
    a_database,
    a_memory_store,
    a_store,
    but_created_at,
    everything,
    keep,
    number,
    plan_in,
    seeded,
    take,
)

ALL = "install open close calculate review finalize payouts"


@frozen(kw_only=True)
class Months:
    """The month taken three times.

    Attributes:
        zone: In which the days are.
        memory: The store in memory.
        first, second: Addresses of two databases.
        in_memory, in_first, in_second: What each step returned, by name.
    """

    zone: str
    memory: MemoryStore
    first: str
    second: str
    in_memory: dict[str, Any]
    in_first: dict[str, Any]
    in_second: dict[str, Any]


@pytest.fixture(scope="module", params=["UTC", EASTERN])
def months(request: pytest.FixtureRequest, server_address: str, template: str) -> Iterator[Months]:
    """The month, taken from the first step to the last."""
    zone, stack = request.param, ExitStack()
    entities = seeded(zone)
    with stack:
        memory = a_memory_store(entities)
        first, second = (stack.enter_context(a_database(server_address, template)) for _ in range(2))
        returned = []
        for dsn in (first, second):
            with a_store(dsn) as store:
                with store() as unit:
                    keep(unit, entities)
                returned.append(take(store, ALL, zone))
        yield Months(
            zone=zone,
            memory=memory,
            first=first,
            second=second,
            in_memory=take(memory, ALL, zone),
            in_first=returned[0],
            in_second=returned[1],
        )


def without_instants(entity: Any) -> Any:
    """The entity but for when it was written down, and for what a payout's own id is."""
    names = {"created_at", "updated_at", "started_at", "completed_at", "requested_at"} & set(dir(entity))
    return evolve(entity, **dict.fromkeys(names))


def _ranks_of(unit: UnitOfWork) -> list[RankHistory]:
    return [evolve(without_instants(row), id=row.distributor_id) for row in unit.rank_history.list_by_period(MONTH)]


def _volumes_of(unit: UnitOfWork, people: list[UUID]) -> list[tuple[Decimal, ...]]:
    found = [unit.distributors.get(person) for person in people]
    return [(each.personal_pv, each.group_pv, each.lifetime_pv) for each in found]


class TestTheSameInMemoryAndInPostgres:
    def test_the_run_is_the_same(self, months: Months) -> None:
        """Its id, its digests, its counts and its totals."""
        wanted, found = months.in_memory["calculate"], months.in_first["calculate"]

        assert (found.id, found.result_digest, found.input_digest) == (
            wanted.id,
            wanted.result_digest,
            wanted.input_digest,
        )
        assert without_instants(found) == without_instants(wanted)
        assert found.line_count > 100
        assert found.unpaid_count > 100

    @pytest.mark.parametrize("which", ["list_by_period", "list_unpaid", "list_account_lines"])
    def test_every_line_is_the_same(self, months: Months, which: str) -> None:
        """Ledger, unpaid and account lines, as entities."""
        with a_store(months.first) as store, store() as unit, months.memory() as twin:
            found = [without_instants(line) for line in getattr(unit.ledger, which)(MONTH)]
            wanted = [without_instants(line) for line in getattr(twin.ledger, which)(MONTH)]

        assert found == wanted

    def test_the_review_is_the_same(self, months: Months) -> None:
        """Totals by bonus and account, unpaid by reason, volumes and ratios."""
        found, wanted = months.in_first["review"], months.in_memory["review"]

        assert evolve(found, run=without_instants(found.run)) == evolve(wanted, run=without_instants(wanted.run))

    def test_payouts_are_the_same(self, months: Months) -> None:
        """Who is paid how much, who is held for which reason, and the sums."""
        found, wanted = months.in_first["payouts"], months.in_memory["payouts"]
        paid = [
            [(each.distributor_id, each.amount, each.fee_amount, each.net_amount) for each in drawn.payouts]
            for drawn in (found, wanted)
        ]

        assert paid[0] == paid[1]
        assert len(paid[0]) > 10
        assert (found.held, found.sums) == (wanted.held, wanted.sums)
        assert len({reason for _, reason in found.held.values()}) >= 2

    def test_ranks_and_volumes_are_the_same(self, months: Months) -> None:
        """What finalizing wrote down, person by person."""
        with a_store(months.first) as store, store() as unit, months.memory() as twin:
            found, wanted = _ranks_of(unit), _ranks_of(twin)
            volumes = [_volumes_of(each, [row.distributor_id for row in wanted]) for each in (unit, twin)]

        assert found == wanted
        assert any(row.rank_id for row in found)
        assert volumes[0] == volumes[1]

    def test_orders_on_the_edges_count_in_the_zone_of_the_period(self, months: Months) -> None:
        """Paid on the first and on the last microsecond counts, one microsecond outside does not."""
        edges = [order.id for order in seeded(months.zone).orders][:4]
        with a_store(months.first) as store, store() as unit:
            inputs = unit.snapshots.read(MONTH, loads_plan(plan_in(months.zone))).inputs
        start, end = (day.toordinal() - 719_163 for day in (inputs.period.start, inputs.period.end))
        days = dict(zip(inputs.orders.ids.labels(np.arange(len(inputs.orders))), inputs.orders.date, strict=True))
        counted = [edge for edge in edges if start <= days.get(str(edge), -1) < end]

        assert counted == edges[1:3]


class TestTheSameInASecondDatabase:
    @pytest.mark.parametrize("table", ["commission_ledger", "commission_unpaid", "commission_account_lines"])
    def test_the_bytes_are_the_same(self, months: Months, table: str) -> None:
        """Ids included; all but the instant of writing."""
        assert but_created_at(months.first, table) == but_created_at(months.second, table)

    def test_the_run_is_the_same(self, months: Months) -> None:
        """Its id and the hash that chains it."""
        first, second = months.in_first["calculate"], months.in_second["calculate"]

        assert (first.id, first.chain_hash) == (second.id, second.chain_hash)


class TestRepeating:
    @pytest.mark.parametrize("step", ["install", "open", "close", "review", "finalize", "payouts"])
    def test_a_step_again_changes_nothing(self, months: Months, step: str) -> None:
        """No row of any table is another, and the audit log has no more rows."""
        before = everything(months.first)

        with a_store(months.first) as store:
            take(store, step, months.zone)

        assert everything(months.first) == before

    def test_calculating_again_changes_nothing(self, server_address: str, template: str) -> None:
        """Nor does reviewing, before the period is finalized."""
        with a_database(server_address, template) as dsn, a_store(dsn) as store:
            with store() as unit:
                keep(unit, seeded())
            first = take(store, "install open close calculate")["calculate"]
            before = everything(dsn)

            again = take(store, "calculate review calculate")["calculate"]

            assert again == first
            assert everything(dsn) == before


class TestItAddsUp:
    def test_payouts_and_held_are_the_ledger(self, months: Months) -> None:
        """By sums that the code under test does not use."""
        ledger = number(months.first, f"SELECT sum(amount) FROM mlmcore.commission_ledger WHERE period_id = '{MONTH}'")
        paid = number(
            months.first, f"SELECT sum(net_amount + fee_amount) FROM mlmcore.payouts WHERE period_id = '{MONTH}'"
        )
        held = number(
            months.first,
            "SELECT sum((each.value ->> 'amount')::numeric) FROM mlmcore.commission_carry AS c, "
            f"jsonb_each(c.value) AS each WHERE c.name = 'payout.held' AND c.period_id = '{MONTH}'",
        )

        assert held > 0
        assert paid + held == ledger

    def test_nobody_is_paid_more_or_less_than_the_ledger_says(self, months: Months) -> None:
        """Person by person: paid, or held, and never both."""
        wrong = number(
            months.first,
            f"""
            SELECT count(*) FROM (
                SELECT distributor_id, sum(amount) AS earned FROM mlmcore.commission_ledger
                WHERE period_id = '{MONTH}' GROUP BY 1
            ) AS l
            FULL JOIN mlmcore.payouts AS p ON p.distributor_id = l.distributor_id AND p.period_id = '{MONTH}'
            LEFT JOIN mlmcore.commission_carry AS c ON c.distributor_id = l.distributor_id AND c.name = 'payout.held'
            WHERE (p.id IS NOT NULL AND c.id IS NOT NULL)
               OR l.earned IS DISTINCT FROM coalesce(p.amount, (c.value -> 'USD' ->> 'amount')::numeric, 0)
            """,
        )

        assert wrong == 0

    def test_entitled_is_paid_and_unpaid(self, months: Months) -> None:
        """The run's three figures are the sums of what is stored, exactly."""
        run = months.in_first["calculate"]
        ledger = number(months.first, "SELECT sum(amount) FROM mlmcore.commission_ledger WHERE run_id IS NOT NULL")
        accounts = number(months.first, "SELECT coalesce(sum(amount), 0) FROM mlmcore.commission_account_lines")
        unpaid = number(months.first, "SELECT sum(amount) FROM mlmcore.commission_unpaid")

        assert ledger + accounts == run.paid
        assert unpaid == run.unpaid
        assert run.entitled == run.paid + run.unpaid
        assert unpaid != Decimal(0)

    def test_the_id_of_each_line_is_made_of_the_digest_and_its_number(self, months: Months) -> None:
        """Ids of one run ascend without a gap from the run's own first."""
        for table, kind in (("commission_ledger", LineKind.LEDGER), ("commission_unpaid", LineKind.UNPAID)):
            ids = [line.split(b"\t")[0].decode() for line in but_created_at(months.first, table).splitlines()]
            run = months.in_first["calculate"].id
            digest = f"{run.hex[:12]}{run.hex[13:16]}{(run.int >> 42) & 0xFFFFF:05x}"
            wanted = [f"{int(high) << 64 | int(low):032x}" for high, low in line_ids(digest, len(ids), kind=kind)]

            assert [each.replace("-", "") for each in ids] == wanted
