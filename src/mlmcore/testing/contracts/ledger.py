"""What a repository of the ledger promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import evolve

from mlmcore.domain.commissions import LedgerLine
from mlmcore.domain.enums import (
    CommissionType,
    PeriodStatus,
    RunStatus,
)
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.repositories.line_ids import LineKind, line_ids
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.repositories.record_filters import LineFilter
from mlmcore.testing.contracts._month import a_scene, a_successor, keys_of
from mlmcore.testing.contracts._support import (
    a_line,
    a_period,
    make_distributor,
    move_period,
    raises,
    usd,
)

__all__ = ["LedgerContract"]


class LedgerContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_an_adjustment_comes_out_as_it_went_in(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
            line = a_line(person, "-5.25", metadata={"ticket": "17"})
            stored = unit.ledger.add(line)
            assert stored == evolve(line, created_at=unit.now)
            assert unit.ledger.get("2026-03", line.id) == stored
            assert unit.ledger.list_by_distributor("2026-03", person.user_id) == (stored,)
            assert unit.ledger.find("2026-03", new_id()) is None
            with raises(NotFoundError):
                unit.ledger.get("2026-03", new_id())

    def test_lines_are_only_ever_added(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L1, A2."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            line = unit.ledger.add(a_line(make_distributor(unit)))
            with raises(ConflictError):
                unit.ledger.add(evolve(line, amount=usd("6.00")))
            assert not hasattr(unit.ledger, "update")
            assert unit.ledger.get("2026-03", line.id) == line

    def test_single_lines_are_adjustments(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L2."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
            with raises(RefusedError):
                unit.ledger.add(a_line(person, type=CommissionType.UNILEVEL))
            assert unit.ledger.list_by_period("2026-03") == ()

    def test_adjustments_go_into_open_periods(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L2, L7: in no other state."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
            for status in (PeriodStatus.CLOSED, PeriodStatus.CALCULATING, PeriodStatus.FINALIZED):
                move_period(unit, "2026-03", status)
                with raises(RefusedError):
                    unit.ledger.add(a_line(person))
            assert unit.ledger.list_by_period("2026-03") == ()

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A3."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
        for broken in (
            a_line(person, distributor_id=new_id()),
            a_line(person, source_order_id=new_id()),
            a_line(person, source_distributor_id=new_id()),
            a_line(person, period_id="2026-04"),
        ):
            with raises(BrokenReferenceError, NotFoundError), unit_of_work() as unit:
                unit.ledger.add(broken)

    def test_a_correction_names_a_line_of_an_earlier_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L3."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.periods.add(a_period("2026-04"))
            person = make_distributor(unit)
            line = unit.ledger.add(a_line(person))
            april = a_line(person, "-5.00", period_id="2026-04")
            correction = evolve(april, corrects_id=line.id, corrects_period_id="2026-03")
            with raises(RefusedError):
                unit.ledger.add(correction)
            move_period(unit, "2026-03", PeriodStatus.CLOSED)
            assert unit.ledger.add(correction).corrects_id == line.id
        for stranger in (
            evolve(correction, id=new_id(), corrects_id=new_id()),
            evolve(correction, id=new_id(), corrects_period_id="2026-04"),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.ledger.add(stranger)

    def test_a_replacement_holds_the_lines_and_the_adjustments(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4, L8."""
        with unit_of_work() as unit:
            people, order, adjustment = a_scene(unit)
            successor = a_successor(people, order, [150, -25, 40])
            run = unit.ledger.replace(successor)

            lines = unit.ledger.list_by_period("2026-03")
            assert [line.id for line in lines] == sorted([adjustment, *_uuids(successor.digest, 3)])
            calculated = [line for line in lines if line.run_id is not None]
            assert [line.amount for line in calculated] == [usd("1.50"), usd("-0.25"), usd("0.40")]
            assert [line.distributor_id for line in calculated] == [
                people[0].user_id,
                people[1].user_id,
                people[0].user_id,
            ]
            first = calculated[0]
            assert (first.run_id, first.bonus_id, first.type) == (run.id, "unilevel", CommissionType.UNILEVEL)
            assert (first.source_order_id, first.source_distributor_id) == (order.id, people[0].user_id)
            assert (first.level, first.rate, first.base) == (1, Decimal("0.05"), Decimal(10))
            assert first.currency == "USD"

    def test_a_replacement_holds_what_was_not_paid(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            successor = a_successor(people, order, [150])
            unit.ledger.replace(successor)

            (line,) = unit.ledger.list_unpaid("2026-03")
            assert line.id == _uuids(successor.digest, 1, LineKind.UNPAID)[0]
            assert (line.distributor_id, line.reason) == (None, "no_upline")
            assert line.amount == Decimal("0.003333333333")

    def test_a_replacement_makes_its_accounts(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4: also those that are new."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            unit.ledger.replace(a_successor(people, order, [150]))

            (line,) = unit.ledger.list_account_lines("2026-03")
            assert (line.account_id, line.amount, line.bonus_id) == ("house", usd("1.00"), "house_share")
            assert (line.level, line.rate, line.source_order_id, line.source_distributor_id) == (None,) * 4

    def test_a_replacement_carries_what_the_plan_carries(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4: a row without a value is not stored."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            run = unit.ledger.replace(a_successor(people, order, [150]))

            carried = {(value.name, value.distributor_id): value.value for value in unit.carry.list_by_run(run.id)}
            assert carried == {
                ("volume", people[0].user_id): {"number": "1.50", "unit": "points"},
                ("rank.best", people[1].user_id): {"text": "gold"},
            }

    def test_a_second_replacement_leaves_nothing_of_the_first(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4, L5."""
        with unit_of_work() as unit:
            people, order, adjustment = a_scene(unit)
            first = unit.ledger.replace(a_successor(people, order, [150, 40]))
            second = unit.ledger.replace(a_successor(people, order, [70]))

            lines = unit.ledger.list_by_period("2026-03")
            assert {line.run_id for line in lines} == {None, second.id}
            assert len(lines) == 2
            assert adjustment in {line.id for line in lines}
            assert {line.run_id for line in unit.ledger.list_unpaid("2026-03")} == {second.id}
            assert {line.run_id for line in unit.ledger.list_account_lines("2026-03")} == {second.id}
            assert unit.carry.list_by_run(first.id) == ()
            assert unit.runs.find_official("2026-03") == second
            replaced = unit.runs.get(first.id)
            assert (replaced.official, replaced.status) == (False, RunStatus.REPLACED)

    def test_the_official_run_again_changes_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L5."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            successor = a_successor(people, order, [150, 40])
            run = unit.ledger.replace(successor)
            lines = unit.ledger.list_by_period("2026-03")
        with unit_of_work() as unit:
            rows = len(unit.audit.list_by_entity("commission_ledger", run.id))
            assert unit.ledger.replace(successor) == run
            assert unit.ledger.list_by_period("2026-03") == lines
            assert len(unit.audit.list_by_entity("commission_ledger", run.id)) == rows

    def test_a_replaced_run_takes_its_place_again(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L5."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            first, second = a_successor(people, order, [150]), a_successor(people, order, [70])
            unit.ledger.replace(first)
            unit.ledger.replace(second)
            again = unit.ledger.replace(first)

            assert again.id == first.run.id
            assert unit.runs.find_official("2026-03") == again
            assert unit.runs.get(second.run.id).status == RunStatus.REPLACED
            assert len(unit.runs.list_by_period("2026-03")) == 2

    def test_a_period_is_replaced_while_it_is_calculating(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L4, L7."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            move_period(unit, "2026-03", PeriodStatus.CLOSED)
            with raises(RefusedError):
                unit.ledger.replace(a_successor(people, order, [150]))
            move_period(unit, "2026-03", PeriodStatus.CALCULATING)
            unit.ledger.replace(a_successor(people, order, [150]))
            move_period(unit, "2026-03", PeriodStatus.FINALIZED)
            with raises(RefusedError):
                unit.ledger.replace(a_successor(people, order, [70]))
            assert len(unit.ledger.list_by_period("2026-03")) == 2

    def test_a_successor_adds_up(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L6, A12."""
        with unit_of_work() as unit:
            people, order, adjustment = a_scene(unit)
            sound = a_successor(people, order, [150, 40])
            for run in (
                evolve(sound.run, paid=Decimal("2.91")),
                evolve(sound.run, unpaid=Decimal(0)),
                evolve(sound.run, line_count=3),
                evolve(sound.run, unpaid_count=0),
                evolve(sound.run, official=False),
            ):
                with raises(RefusedError):
                    unit.ledger.replace(evolve(sound, run=run))
            assert [line.id for line in unit.ledger.list_by_period("2026-03")] == [adjustment]
            assert unit.runs.find_official("2026-03") is None

    def test_a_successor_names_only_what_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L6, A12."""
        with unit_of_work() as unit:
            people, order, adjustment = a_scene(unit)
        sound = a_successor(people, order, [150])
        for broken in (
            evolve(sound, people=keys_of([new_id(), new_id()])),
            evolve(sound, orders=keys_of([new_id()])),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.ledger.replace(broken)
        with unit_of_work() as unit:
            assert [line.id for line in unit.ledger.list_by_period("2026-03")] == [adjustment]
            assert unit.runs.find_official("2026-03") is None

    def test_a_finalized_run_never_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """X3."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            run = unit.ledger.replace(a_successor(people, order, [150]))
            done = unit.runs.update(evolve(run, status=RunStatus.FINALIZED))
            move_period(unit, "2026-03", PeriodStatus.FINALIZED)
            with raises(RefusedError):
                unit.runs.update(evolve(done, status=RunStatus.CALCULATED))
            with raises(RefusedError):
                unit.runs.update(evolve(done, paid=Decimal(0)))

    def test_a_run_that_is_final_is_not_replaced(self, unit_of_work: UnitOfWorkFactory) -> None:
        """X3: nor its lines, though its period be calculating still."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            run = unit.ledger.replace(a_successor(people, order, [150]))
            done = unit.runs.update(evolve(run, status=RunStatus.FINALIZED))
            lines = unit.ledger.list_by_period("2026-03")
            with raises(RefusedError):
                unit.ledger.replace(a_successor(people, order, [170]))
            assert unit.runs.get(run.id) == done
            assert unit.ledger.list_by_period("2026-03") == lines

    def test_sums_are_by_person_and_by_bonus(self, unit_of_work: UnitOfWorkFactory) -> None:
        """L9: adjustments included."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            unit.ledger.replace(a_successor(people, order, [150, -25, 40]))

            assert dict(unit.ledger.balances("2026-03")) == {
                (people[0].user_id, "USD"): usd("1.90") + usd("5.00"),
                (people[1].user_id, "USD"): usd("-0.25"),
            }
            assert list(unit.ledger.balances("2026-03")) == sorted(unit.ledger.balances("2026-03"))
            assert dict(unit.ledger.totals("2026-03")) == {
                ("adjustment", "USD"): usd("5.00"),
                ("unilevel", "USD"): usd("1.65"),
            }

    def test_pages_go_through_a_period_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            unit.ledger.replace(a_successor(people, order, [10] * 6))
            everything = unit.ledger.list_by_period("2026-03")
            assert len(everything) == 7
            assert unit.ledger.page("2026-03", None, 3) == everything[:3]
            assert unit.ledger.page("2026-03", everything[2].id, 10_000) == everything[3:]
            with raises(RefusedError):
                unit.ledger.page("2026-03", None, 0)

    def test_pages_hold_what_is_asked_for(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`page`: by distributor, type, bonus, run and order, alone and together."""
        with unit_of_work() as unit:
            people, order, adjustment = a_scene(unit)
            run = unit.ledger.replace(a_successor(people, order, [10] * 6))
            everything = unit.ledger.list_by_period("2026-03")
            first, second = (person.user_id for person in people)

            def found(after: UUID | None = None, limit: int = 100, **asked: Any) -> tuple[LedgerLine, ...]:
                return unit.ledger.page("2026-03", after, limit, where=LineFilter(**asked))

            assert found() == everything
            assert [line.id for line in found(type=CommissionType.ADJUSTMENT)] == [adjustment]
            assert found(run_id=run.id) == tuple(line for line in everything if line.id != adjustment)
            assert found(distributor_id=second) == unit.ledger.list_by_distributor("2026-03", second)
            mine = tuple(line for line in everything if line.distributor_id == first and line.run_id == run.id)
            assert len(mine) == 3
            assert found(distributor_id=first, run_id=run.id, source_order_id=order.id) == mine
            assert found(mine[0].id, 1, distributor_id=first, run_id=run.id) == mine[1:2]
            assert found(bonus_id=mine[0].bonus_id) == found(run_id=run.id)
            assert found(bonus_id="none") == found(source_order_id=new_id()) == ()

    def test_a_replacement_leaves_one_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8, L4: which counts all lines: six of distributors, an unpaid and an account's."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            run = unit.ledger.replace(a_successor(people, order, [10] * 6))
            rows = unit.audit.list_by_entity("commission_ledger", run.id)
            assert [(row.action, row.after_data) for row in rows] == [("bulk", {"rows": 8})]


def _uuids(digest: str, count: int, kind: LineKind = LineKind.LEDGER) -> list[UUID]:
    return [UUID(int=int(high) << 64 | int(low)) for high, low in line_ids(digest, count, kind=kind)]
