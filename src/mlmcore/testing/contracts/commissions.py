"""What a repository of ranks, periods, plans, runs, carried values or rank history promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import date
from decimal import Decimal

from attrs import evolve

from mlmcore.domain.commissions import CommissionCarry, CommissionInput, RankHistory
from mlmcore.domain.enums import PeriodKind, PeriodStatus, RunStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.repositories.record_filters import AuditFilter
from mlmcore.repositories.values import Volumes
from mlmcore.testing.contracts._support import (
    a_period,
    a_plan,
    a_rank,
    a_run,
    make_distributor,
    move_period,
    raises,
)

__all__ = [
    "CarryContract",
    "PeriodsContract",
    "PlansContract",
    "RankHistoriesContract",
    "RanksContract",
    "RunsContract",
]


class RanksContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        rank = a_rank(min_personal_pv=Decimal("12.50"), commission_rate=Decimal("0.125"), requirements={"a": "1"})

        with unit_of_work() as unit:
            stored = unit.ranks.add(rank)
            assert stored == evolve(rank, created_at=unit.now)
            assert unit.ranks.get(rank.id) == stored
            assert unit.ranks.find("no such rank") is None
            with raises(NotFoundError):
                unit.ranks.get("no such rank")

    def test_an_id_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """R1."""
        with unit_of_work() as unit:
            rank = unit.ranks.add(a_rank())
            with raises(ConflictError):
                unit.ranks.add(a_rank(rank.id))

    def test_ranks_are_listed_by_level(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`list_all`."""
        with unit_of_work() as unit:
            high, low = unit.ranks.add(a_rank(level=99)), unit.ranks.add(a_rank(level=98))
            listed = [rank for rank in unit.ranks.list_all() if rank in (high, low)]
            assert listed == [low, high]
            assert unit.ranks.update(evolve(low, level=97)).level == 97


class PeriodsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4: the last day is inclusive."""
        with unit_of_work() as unit:
            stored = unit.periods.add(a_period(timezone="America/New_York"))
            assert stored == evolve(a_period(timezone="America/New_York"), created_at=unit.now)
            assert unit.periods.get("2026-03") == stored
            assert stored.end_date == date(2026, 3, 31)
            assert unit.periods.find("2026-04") is None
            with raises(NotFoundError):
                unit.periods.get("2026-04")

    def test_an_id_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P1."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            with raises(ConflictError):
                unit.periods.add(a_period(start_date=date(2027, 1, 1), end_date=date(2027, 1, 31)))

    def test_two_of_one_kind_share_no_day(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P2: not even one; two kinds may."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            with raises(ConflictError):
                unit.periods.add(
                    a_period("2026-04", id="odd", start_date=date(2026, 3, 31), end_date=date(2026, 4, 29))
                )
            april = unit.periods.add(a_period("2026-04"))
            with raises(ConflictError):
                unit.periods.update(evolve(april, start_date=date(2026, 3, 31)))
            unit.periods.add(a_period(id="2026-Q1", kind=PeriodKind.QUARTER, start_date=date(2026, 1, 1)))

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P3."""
        with unit_of_work() as unit:
            period = unit.periods.add(a_period())
            for status in (PeriodStatus.CALCULATING, PeriodStatus.FINALIZED):
                with raises(IllegalMoveError):
                    unit.periods.update(evolve(period, status=status))
            move_period(unit, "2026-03", PeriodStatus.CLOSED)
            assert unit.periods.get("2026-03") in unit.periods.list_by_status(PeriodStatus.CLOSED)

    def test_a_new_period_is_open(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P4."""
        with unit_of_work() as unit, raises(RefusedError):
            unit.periods.add(a_period(status=PeriodStatus.CLOSED))

    def test_the_days_of_a_closed_period_stay(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P4."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            move_period(unit, "2026-03", PeriodStatus.CLOSED)
            closed = unit.periods.get("2026-03")
            for changed in (
                evolve(closed, end_date=date(2026, 3, 30)),
                evolve(closed, timezone="Asia/Tokyo"),
                evolve(closed, kind=PeriodKind.QUARTER),
            ):
                with raises(RefusedError):
                    unit.periods.update(changed)

    def test_a_company_figure_is_replaced(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P5, A3."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            for value in ("10.5", "11.25"):
                unit.periods.set_input(
                    CommissionInput(period_id="2026-03", name="profit", value=Decimal(value), unit="money")
                )
            (figure,) = unit.periods.list_inputs("2026-03")
            assert figure.value == Decimal("11.25")
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.periods.set_input(CommissionInput(period_id="none", name="x", value=Decimal(1), unit="number"))

    def test_company_figures_of_a_finalized_period_stay(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P5."""
        figure = CommissionInput(period_id="2026-03", name="profit", value=Decimal(1), unit="money")

        with unit_of_work() as unit:
            unit.periods.add(a_period())
            move_period(unit, "2026-03", PeriodStatus.CLOSED, PeriodStatus.CALCULATING, PeriodStatus.FINALIZED)
            with raises(RefusedError):
                unit.periods.set_input(figure)
            assert unit.periods.list_inputs("2026-03") == ()

    def test_the_period_before_is_of_the_same_kind(self, unit_of_work: UnitOfWorkFactory) -> None:
        """P6."""
        with unit_of_work() as unit:
            for period in ("2026-01", "2026-02", "2026-04"):
                unit.periods.add(a_period(period))
            unit.periods.add(
                a_period(
                    id="2026-W13",
                    kind=PeriodKind.WEEK,
                    start_date=date(2026, 3, 23),
                    end_date=date(2026, 3, 29),
                )
            )
            before = unit.periods.previous("2026-04")
            assert before is not None
            assert before.id == "2026-02"
            assert unit.periods.previous("2026-01") is None
            after = unit.periods.following("2026-02")
            assert after is not None
            assert after.id == "2026-04"
            assert unit.periods.following("2026-04") is None

    def test_a_period_is_found_by_a_day_in_it(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`find_by_day`: first and last day included."""
        with unit_of_work() as unit:
            march = unit.periods.add(a_period())
            for day in (date(2026, 3, 1), date(2026, 3, 31)):
                assert unit.periods.find_by_day(PeriodKind.MONTH, day) == march
            assert unit.periods.find_by_day(PeriodKind.MONTH, date(2026, 4, 1)) is None
            assert unit.periods.find_by_day(PeriodKind.WEEK, date(2026, 3, 1)) is None


class PlansContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        plan = a_plan(document='[plan]\nid = "ä"\n', name="The plan")

        with unit_of_work() as unit:
            stored = unit.plans.add(plan)
            assert stored == evolve(plan, created_at=unit.now)
            assert unit.plans.get("contract", "1") == stored
            assert unit.plans.find("contract", "2") is None
            with raises(NotFoundError):
                unit.plans.get("contract", "2")

    def test_a_version_is_stored_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """N1, N2: and there is no way to change it."""
        with unit_of_work() as unit:
            stored = unit.plans.add(a_plan())
            with raises(ConflictError):
                unit.plans.add(a_plan(digest="b" * 64))
            assert unit.plans.get("contract", "1") == stored
            assert not hasattr(unit.plans, "update")

    def test_the_effective_version_is_the_last_to_become_so(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`effective`, `list_by_plan`."""
        with unit_of_work() as unit:
            for version, day in (("1", date(2026, 1, 1)), ("3", date(2026, 3, 1)), ("2", date(2026, 2, 1))):
                unit.plans.add(a_plan(version, effective_from=day))
            assert unit.plans.effective("contract", date(2026, 2, 28)).version == "2"
            assert unit.plans.effective("contract", date(2026, 3, 1)).version == "3"
            assert [plan.version for plan in unit.plans.list_by_plan("contract")] == ["1", "2", "3"]
            with raises(NotFoundError):
                unit.plans.effective("contract", date(2025, 12, 31))
            with raises(NotFoundError):
                unit.plans.effective("no such plan", date(2026, 3, 1))


class RunsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            _month(unit)
            run = a_run(entitled=Decimal("10.123456789012"), paid=Decimal("10.12"), line_count=3)
            stored = unit.runs.add(run)
            assert stored == evolve(run, created_at=unit.now, started_at=unit.now)
            assert unit.runs.get(run.id) == stored
            assert unit.runs.list_by_period("2026-03") == (stored,)
            assert unit.runs.find(new_id()) is None
            with raises(NotFoundError):
                unit.runs.get(new_id())

    def test_when_it_started_stays_where_an_update_leaves_it_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A4."""
        with unit_of_work() as unit:
            _month(unit)
            run = unit.runs.add(a_run())
            changed = unit.runs.update(evolve(run, started_at=None, software_version="1"))
            assert changed == evolve(run, software_version="1") == unit.runs.get(run.id)

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """X1."""
        with unit_of_work() as unit:
            _month(unit)
            run = unit.runs.add(a_run())
            with raises(ConflictError):
                unit.runs.add(a_run(id=run.id))
        for broken in (
            a_run(period_id="2026-04"),
            a_run(version="2"),
            a_run(plan_id="other"),
            a_run(previous_run_id=new_id()),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.runs.add(broken)

    def test_only_a_replacement_makes_a_run_official(self, unit_of_work: UnitOfWorkFactory) -> None:
        """X2."""
        with unit_of_work() as unit:
            _month(unit)
            with raises(RefusedError):
                unit.runs.add(a_run(official=True, status=RunStatus.CALCULATED))
            trial = unit.runs.add(a_run())
            with raises(RefusedError):
                unit.runs.update(evolve(trial, official=True, status=RunStatus.CALCULATED))
            assert unit.runs.find_official("2026-03") is None
            assert unit.runs.update(evolve(trial, status=RunStatus.FAILED)).status == RunStatus.FAILED


class CarryContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A8, and `list_by_run` in its order."""
        with unit_of_work() as unit:
            _month(unit)
            run, person = unit.runs.add(a_run()), make_distributor(unit)
            company = CommissionCarry(run_id=run.id, period_id="2026-03", name="fund", value={"number": "1.5"})
            own = evolve(company, id=new_id(), distributor_id=person.user_id)
            other = evolve(own, id=new_id(), name="volume")
            unit.carry.add_many([other, own, company])
            stored = tuple(evolve(value, created_at=unit.now) for value in (company, own, other))
            assert unit.carry.list_by_run(run.id) == stored
            assert unit.carry.list_by_run(run.id, "fund") == stored[:2]
            assert unit.carry.find(run.id, None, "fund") == stored[0]
            assert unit.carry.find(run.id, None, "volume") is None
            (row,) = unit.audit.page(where=AuditFilter(entity_type="commission_carry"))
            assert (row.action, row.after_data) == ("bulk", {"rows": 3})

    def test_a_name_is_carried_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Y1: of a person, and of the company."""
        with unit_of_work() as unit:
            _month(unit)
            run, person = unit.runs.add(a_run()), make_distributor(unit)
            for key in (None, person.user_id):
                value = CommissionCarry(
                    run_id=run.id, period_id="2026-03", distributor_id=key, name="x", value={"number": "1"}
                )
                unit.carry.add_many([value])
                with raises(ConflictError):
                    unit.carry.add_many([evolve(value, id=new_id())])

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Y1."""
        with unit_of_work() as unit:
            _month(unit)
            unit.periods.add(a_period("2026-04"))
            run = unit.runs.add(a_run())
        value = CommissionCarry(run_id=run.id, period_id="2026-03", name="x", value={"number": "1"})
        for broken in (
            evolve(value, run_id=new_id()),
            evolve(value, distributor_id=new_id()),
            evolve(value, period_id="2026-04"),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.carry.add_many([broken])


class RankHistoriesContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`find`, `list_by_distributor`, `list_by_period`; A8."""
        with unit_of_work() as unit:
            _month(unit)
            rank, run = unit.ranks.add(a_rank()), unit.runs.add(a_run())
            people = [make_distributor(unit) for _ in range(2)]
            rows = [
                RankHistory(
                    distributor_id=person.user_id,
                    period_id="2026-03",
                    run_id=run.id,
                    rank_id=rank.id,
                    best_rank_id=rank.id,
                    plan_id="contract",
                    plan_version="1",
                    personal_pv=Decimal("12.50"),
                )
                for person in people
            ]
            unit.rank_history.add_many(rows)
            stored = [evolve(row, created_at=unit.now) for row in rows]
            assert unit.rank_history.find("2026-03", people[0].user_id) == stored[0]
            assert unit.rank_history.find("2026-02", people[0].user_id) is None
            assert unit.rank_history.list_by_distributor(people[1].user_id) == (stored[1],)
            assert list(unit.rank_history.list_by_period("2026-03")) == sorted(
                stored, key=lambda row: row.distributor_id
            )
            (audited,) = unit.audit.page(where=AuditFilter(entity_type="rank_history"))
            assert (audited.action, audited.after_data) == ("bulk", {"rows": 2})

    def test_pages_go_by_distributor(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`page`, A7: of all ranks or of one."""
        with unit_of_work() as unit:
            _month(unit)
            rows = [_history(unit) for _ in range(3)]
            rank = unit.ranks.add(a_rank())
            first, second, third = sorted(rows, key=lambda row: row.distributor_id)
            unit.rank_history.add_many([first, evolve(second, rank_id=rank.id), third])
            ids = [row.id for row in unit.rank_history.page("2026-03", first.distributor_id, 2)]
            assert ids == [second.id, third.id]
            assert [row.id for row in unit.rank_history.page("2026-03", None, 1)] == [first.id]
            assert [row.id for row in unit.rank_history.page("2026-03", rank_id=rank.id)] == [second.id]
            assert unit.rank_history.page("2026-02") == ()
            with raises(RefusedError):
                unit.rank_history.page("2026-03", None, 0)

    def test_somebody_has_one_row_in_a_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """H1."""
        with unit_of_work() as unit:
            _month(unit)
            row = _history(unit)
            unit.rank_history.add_many([row])
            with raises(ConflictError):
                unit.rank_history.add_many([evolve(row, id=new_id())])

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """H1."""
        with unit_of_work() as unit:
            _month(unit)
            row = _history(unit)
        for broken in (
            evolve(row, distributor_id=new_id()),
            evolve(row, run_id=new_id()),
            evolve(row, rank_id="no such rank"),
            evolve(row, best_rank_id="no such rank"),
            evolve(row, plan_version="2"),
            evolve(row, period_id="2026-04"),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.rank_history.add_many([broken])

    def test_volumes_go_to_the_distributors(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`record_volumes`: the last period's, and lifetime added up; who is not named had none."""
        with unit_of_work() as unit:
            ann, bob = make_distributor(unit), make_distributor(unit)
            unit.rank_history.record_volumes(
                [
                    Volumes(distributor_id=ann.user_id, personal=Decimal("10.50"), group=Decimal(30)),
                    Volumes(distributor_id=bob.user_id, personal=Decimal(1), group=Decimal(1)),
                ]
            )
            unit.rank_history.record_volumes(
                [Volumes(distributor_id=ann.user_id, personal=Decimal(2), group=Decimal(3))]
            )
            ann, bob = unit.distributors.get(ann.user_id), unit.distributors.get(bob.user_id)
            assert [ann.personal_pv, ann.group_pv, ann.lifetime_pv] == [Decimal(2), Decimal(3), Decimal("12.50")]
            assert [bob.personal_pv, bob.group_pv, bob.lifetime_pv] == [Decimal(0), Decimal(0), Decimal(1)]
            assert ann.current_month_pv == 0

    def test_volumes_of_strangers_are_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A3, A12."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.rank_history.record_volumes([Volumes(distributor_id=new_id(), personal=Decimal(1), group=Decimal(1))])


def _month(unit: UnitOfWork) -> None:
    unit.periods.add(a_period())
    unit.plans.add(a_plan())


def _history(unit: UnitOfWork) -> RankHistory:
    return RankHistory(
        distributor_id=make_distributor(unit).user_id,
        period_id="2026-03",
        run_id=unit.runs.add(a_run()).id,
        plan_id="contract",
        plan_version="1",
    )
