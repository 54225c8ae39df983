"""Ranks, periods, plans, runs, carried values and rank history in memory."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.commissions import (
    CommissionCarry,
    CommissionInput,
    CommissionPeriod,
    CommissionPlan,
    CommissionRun,
    Rank,
    RankHistory,
)
from mlmcore.domain.enums import PeriodKind, PeriodStatus
from mlmcore.domain.errors import BrokenReferenceError, NotFoundError
from mlmcore.domain.people import Distributor
from mlmcore.repositories.commission_rules import (
    refuse_figure_when_finalized,
    refuse_new_official,
    refuse_new_unless_open,
    refuse_period_changes,
    refuse_run_changes,
    refuse_shared_days,
)
from mlmcore.repositories.memory._audit import audit_bulk
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Rows, Table
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.sentences import not_stored
from mlmcore.repositories.values import Volumes

__all__ = [
    "CARRY",
    "PERIODS",
    "RUNS",
    "MemoryCarry",
    "MemoryPeriods",
    "MemoryPlans",
    "MemoryRankHistories",
    "MemoryRanks",
    "MemoryRuns",
]

RANKS: Final[Table[Rank]] = Table(
    name="ranks",
    entity="rank",
    key=lambda rank: rank.id,
)
PERIODS: Final[Table[CommissionPeriod]] = Table(
    name="commission_periods",
    entity="period",
    key=lambda period: period.id,
    machines={"status": machines.PERIOD},
)
INPUTS: Final[Table[CommissionInput]] = Table(
    name="commission_inputs",
    entity="company figure",
    key=lambda figure: (figure.period_id, figure.name),
    references={"period_id": "commission_periods"},
)
PLANS: Final[Table[CommissionPlan]] = Table(
    name="commission_plans",
    entity="plan",
    key=lambda plan: (plan.plan_id, plan.version),
    references={"installed_by": "users"},
)
RUNS: Final[Table[CommissionRun]] = Table(
    name="commission_runs",
    entity="run",
    key=lambda run: run.id,
    uniques={"official": lambda run: run.period_id if run.official else None},
    references={"period_id": "commission_periods", "previous_run_id": "commission_runs"},
    instants=("started_at",),
)
CARRY: Final[Table[CommissionCarry]] = Table(
    name="commission_carry",
    entity="carried value",
    key=lambda value: value.id,
    uniques={"run_id_distributor_id_name": lambda value: (value.run_id, value.distributor_id, value.name)},
    references={
        "run_id": "commission_runs",
        "period_id": "commission_periods",
        "distributor_id": "distributors",
    },
)
HISTORY: Final[Table[RankHistory]] = Table(
    name="rank_history",
    entity="rank history row",
    key=lambda row: row.id,
    uniques={"distributor_id_period_id": lambda row: (row.distributor_id, row.period_id)},
    references={
        "distributor_id": "distributors",
        "period_id": "commission_periods",
        "run_id": "commission_runs",
        "rank_id": "ranks",
        "best_rank_id": "ranks",
    },
)


class MemoryRanks:
    """Ranks; see `protocols.Ranks`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, RANKS)

    def get(self, rank_id: str, /) -> Rank:
        """Return a rank."""
        return self._rows.get(rank_id)

    def find(self, rank_id: str, /) -> Rank | None:
        """Return a rank, or None."""
        return self._rows.find(rank_id)

    def add(self, rank: Rank, /) -> Rank:
        """Store a new rank."""
        return self._rows.add(rank)

    def update(self, rank: Rank, /) -> Rank:
        """Replace a stored rank."""
        return self._rows.update(rank)

    def list_all(self) -> tuple[Rank, ...]:
        """Return all ranks, by level, then id."""
        return self._rows.select(lambda _: True, lambda rank: (rank.level, rank.id))


class MemoryPeriods:
    """Periods and company figures; see `protocols.Periods`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, PERIODS)
        self._inputs = Rows(context, INPUTS)

    def get(self, period_id: str, /) -> CommissionPeriod:
        """Return a period."""
        return self._rows.get(period_id)

    def find(self, period_id: str, /) -> CommissionPeriod | None:
        """Return a period, or None."""
        return self._rows.find(period_id)

    def add(self, period: CommissionPeriod, /) -> CommissionPeriod:
        """Store a new period."""
        refuse_new_unless_open(period)
        refuse_shared_days(period, self._sharing_days(period))
        return self._rows.add(period)

    def update(self, period: CommissionPeriod, /) -> CommissionPeriod:
        """Replace a stored period."""
        refuse_period_changes(self._rows.get(period.id), period)
        refuse_shared_days(period, self._sharing_days(period))
        return self._rows.update(period)

    def list_by_status(self, status: PeriodStatus, /) -> tuple[CommissionPeriod, ...]:
        """Return the periods of a status, by first day, then id."""
        return self._rows.select(lambda period: period.status == status, lambda period: (period.start_date, period.id))

    def previous(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period before this one, of its kind, or None."""
        period = self._rows.get(period_id)
        earlier = self._rows.select(
            lambda other: other.kind == period.kind and other.end_date < period.start_date,
            lambda other: other.end_date,
        )
        return earlier[-1] if earlier else None

    def following(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period after this one, of its kind, or None."""
        period = self._rows.get(period_id)
        later = self._rows.select(
            lambda other: other.kind == period.kind and other.start_date > period.end_date,
            lambda other: other.start_date,
        )
        return later[0] if later else None

    def find_by_day(self, kind: PeriodKind, day: date, /) -> CommissionPeriod | None:
        """Return the period of a kind in which a day lies, or None."""
        found = self._rows.select(lambda period: period.kind == kind and period.start_date <= day <= period.end_date)
        return found[0] if found else None

    def set_input(self, figure: CommissionInput, /) -> CommissionInput:
        """Store a company figure of a period, or replace the one of this name."""
        period = self._rows.find(figure.period_id)
        if period is not None:
            refuse_figure_when_finalized(period, figure.name)
        if self._inputs.find((figure.period_id, figure.name)) is None:
            return self._inputs.add(figure)
        return self._inputs.update(figure)

    def list_inputs(self, period_id: str, /) -> tuple[CommissionInput, ...]:
        """Return a period's company figures, by name."""
        return self._inputs.select(lambda figure: figure.period_id == period_id)

    def _sharing_days(self, period: CommissionPeriod) -> CommissionPeriod | None:
        sharing = self._rows.select(
            lambda other: (
                other.id != period.id
                and other.kind == period.kind
                and other.start_date <= period.end_date
                and period.start_date <= other.end_date
            ),
            lambda other: (other.start_date, other.id),
        )
        return sharing[0] if sharing else None


class MemoryPlans:
    """Plans; see `protocols.Plans`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, PLANS)

    def get(self, plan_id: str, version: str, /) -> CommissionPlan:
        """Return one version of a plan."""
        return self._rows.get((plan_id, version))

    def find(self, plan_id: str, version: str, /) -> CommissionPlan | None:
        """Return one version of a plan, or None."""
        return self._rows.find((plan_id, version))

    def add(self, plan: CommissionPlan, /) -> CommissionPlan:
        """Store a new version of a plan."""
        return self._rows.add(plan)

    def list_by_plan(self, plan_id: str, /) -> tuple[CommissionPlan, ...]:
        """Return all versions of a plan, by the day from which they are effective, then version."""
        return self._rows.select(lambda plan: plan.plan_id == plan_id, lambda plan: (plan.effective_from, plan.version))

    def effective(self, plan_id: str, day: date, /) -> CommissionPlan:
        """Return the version that is effective on a day."""
        versions = [plan for plan in self._rows.values() if plan.plan_id == plan_id and plan.effective_from <= day]
        if not versions:
            raise NotFoundError("plan effective by then", [plan_id, day])
        last = max(plan.effective_from for plan in versions)
        return [plan for plan in versions if plan.effective_from == last][-1]


class MemoryRuns:
    """Runs; see `protocols.Runs`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, RUNS)

    def get(self, run_id: UUID, /) -> CommissionRun:
        """Return a run."""
        return self._rows.get(run_id)

    def find(self, run_id: UUID, /) -> CommissionRun | None:
        """Return a run, or None."""
        return self._rows.find(run_id)

    def find_official(self, period_id: str, /) -> CommissionRun | None:
        """Return the official run of a period, or None."""
        return self._rows.find_by("official", period_id)

    def add(self, run: CommissionRun, /) -> CommissionRun:
        """Store a run that is not official."""
        refuse_new_official(run)
        refuse_unknown_plan(self._context, f"run {run.id}", run.plan_id, run.plan_version)
        return self._rows.add(run)

    def update(self, run: CommissionRun, /) -> CommissionRun:
        """Replace a stored run."""
        before = self._rows.get(run.id)
        if run == before:
            return before
        refuse_run_changes(before, run)
        refuse_unknown_plan(self._context, f"run {run.id}", run.plan_id, run.plan_version)
        return self._rows.update(run)

    def list_by_period(self, period_id: str, /) -> tuple[CommissionRun, ...]:
        """Return a period's runs, by start, then id."""
        runs = self._rows.select(lambda run: run.period_id == period_id)
        return tuple(sorted(runs, key=lambda run: (run.started_at or self._context.now, run.id)))


class MemoryCarry:
    """Carried values; see `protocols.Carry`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, CARRY)

    def add_many(self, values: Sequence[CommissionCarry], /) -> None:
        """Store carried values."""
        runs = self._context.state.read("commission_runs")
        for value in values:
            run = runs.get(value.run_id)
            if run is not None and run.period_id != value.period_id:
                raise BrokenReferenceError(
                    f"carried value {value.name}: run {run.id} is of period {run.period_id}, not {value.period_id}"
                )
        self._rows.add_many(values)

    def find(self, run_id: UUID, distributor_id: UUID | None, name: str, /) -> CommissionCarry | None:
        """Return one carried value, or None."""
        return self._rows.find_by("run_id_distributor_id_name", (run_id, distributor_id, name))

    def list_by_run(self, run_id: UUID, name: str | None = None, /) -> tuple[CommissionCarry, ...]:
        """Return a run's carried values (of one name), by name, then distributor, the company's first."""
        return self._rows.select(
            lambda value: value.run_id == run_id and name in (None, value.name),
            lambda value: (value.name, value.distributor_id is not None, str(value.distributor_id)),
        )


class MemoryRankHistories:
    """Rank history; see `protocols.RankHistories`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, HISTORY)

    def add_many(self, rows: Sequence[RankHistory], /) -> None:
        """Store many rows."""
        for plan_id, version in {(row.plan_id, row.plan_version) for row in rows}:
            refuse_unknown_plan(self._context, HISTORY.entity, plan_id, version)
        self._rows.add_many(rows)

    def find(self, period_id: str, distributor_id: UUID, /) -> RankHistory | None:
        """Return the row of somebody in a period, or None."""
        return self._rows.find_by("distributor_id_period_id", (distributor_id, period_id))

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[RankHistory, ...]:
        """Return somebody's rows, by the period's first day."""
        periods = self._context.state.read("commission_periods")
        return self._rows.select(
            lambda row: row.distributor_id == distributor_id,
            lambda row: (periods[row.period_id].start_date, row.period_id),
        )

    def list_by_period(self, period_id: str, /) -> tuple[RankHistory, ...]:
        """Return a period's rows, by distributor."""
        return self._rows.select(lambda row: row.period_id == period_id, lambda row: row.distributor_id)

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, rank_id: str | None = None
    ) -> tuple[RankHistory, ...]:
        """Return a period's next rows (of one rank), by distributor; after that of a distributor."""
        checked_limit(limit)
        rows = self.list_by_period(period_id)
        later = (row for row in rows if after is None or row.distributor_id > after)
        return tuple(row for row in later if rank_id in {None, row.rank_id})[:limit]

    def record_volumes(self, rows: Sequence[Volumes], /) -> None:
        """Write a finalized period's volumes to the distributors."""
        named = {row.distributor_id: row for row in rows}
        people: dict[UUID, Distributor] = dict(self._context.state.read("distributors"))
        _refuse_strangers(named, people)
        for key, person in people.items():
            row = named.get(key)
            personal, group = (row.personal, row.group) if row else (Decimal(0), Decimal(0))
            if personal or (person.personal_pv, person.group_pv) != (personal, group):
                people[key] = evolve(
                    person,
                    personal_pv=personal,
                    group_pv=group,
                    lifetime_pv=person.lifetime_pv + personal,
                    updated_at=self._context.now,
                )
        self._context.state.write("distributors").update(people)
        audit_bulk(self._context, "distributors", len(rows))


def refuse_unknown_plan(context: Context, who: str, plan_id: str, version: str) -> None:
    """Refuse to name a plan's version that is not stored."""
    if (plan_id, version) not in context.state.read("commission_plans"):
        named = f"{plan_id}, {version}"
        raise BrokenReferenceError(not_stored(who, "plan_id, plan_version", named, "commission_plans"))


def _refuse_strangers(named: Iterable[UUID], people: dict[UUID, Distributor]) -> None:
    strangers = sorted(str(key) for key in named if key not in people)
    if strangers:
        raise BrokenReferenceError(f"volumes of distributors who are not stored: {', '.join(strangers)}")
