"""The month-end run: calculate a closed period, and finalize what was calculated.

Each step happens in one unit of work: killed or failed at any point, the period is as it was before, and the step can
be repeated. Repeated after it succeeded, it changes nothing.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import numpy as np
from attrs import evolve

from mlmcore.compensation.plan import Plan
from mlmcore.domain.commissions import CommissionPeriod, CommissionPlan, CommissionRun, RankHistory
from mlmcore.domain.enums import PeriodStatus, RunStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.operations._carried_money import refuse_foreign_money
from mlmcore.operations._evaluation import Evaluation, evaluate
from mlmcore.operations._periods_at import locked_period
from mlmcore.operations._volumes import volumes_of
from mlmcore.operations.plans import rank_differences, stored_plan
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Progress", "calculate_period", "finalize_period"]

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


def _silent(step: str) -> None:
    """Show nothing."""


def calculate_period(
    unit: UnitOfWork, period_id: str, plan_id: str, *, version: str | None = None, progress: Progress = _silent
) -> CommissionRun:
    """Calculate a closed period and make the run official.

    From the same inputs comes the same run, and nothing changes. From others comes another, which replaces the one
    before while the period is not finalized.

    Args:
        unit: The unit of work.
        period_id: Which period.
        plan_id: By which plan.
        version: Which version; the one that is effective on the period's first day when left out.
        progress: Told about each step.

    Raises:
        NotFoundError: No such period, or no version of the plan is effective.
        RefusedError: The period is open or finalized, the one before it is not finalized, the plan is of another
            length or timezone, the table of ranks differs from the plan, or the one before hands on money of another
            currency.
        InputError: What is stored cannot be calculated, with all findings.
        TransientError: Another unit is calculating this period.
    """
    period = locked_period(unit, period_id)
    _refuse_state(period)
    previous = _previous_run(unit, period)
    plan = stored_plan(_plan_row(unit, period, plan_id, version))
    _refuse_plan(unit, period, plan)
    refuse_foreign_money(unit, period_id, plan, previous)
    progress("calculating")
    evaluation = evaluate(unit, period, plan, previous)
    official = unit.runs.find_official(period_id)
    if official is not None and official.id == evaluation.successor.run.id:
        return official
    progress("storing")
    _begin(unit, period)
    run = unit.ledger.replace(evaluation.successor)
    unit.periods.update(
        evolve(
            unit.periods.get(period_id),
            calculation_completed_at=unit.now,
            total_pv=_total_pv(evaluation),
            total_commissions=run.paid or Decimal(0),
        )
    )
    return run


def finalize_period(unit: UnitOfWork, period_id: str, *, progress: Progress = _silent) -> CommissionPeriod:
    """Make a calculated period final: its ledger never changes again, and ranks and volumes are written down.

    The period is evaluated once more and must come out as it did, so that nothing is finalized that cannot be
    repeated. A period that is finalized already stays as it is.

    Raises:
        NotFoundError: No such period.
        RefusedError: The period is not calculated, or what is stored has changed since.
        TransientError: Another unit works on this period.
    """
    period = locked_period(unit, period_id)
    if period.status == PeriodStatus.FINALIZED:
        return period
    run = unit.runs.find_official(period_id)
    if period.status != PeriodStatus.CALCULATING or run is None:
        raise RefusedError(f"period {period_id} is {period.status}; calculate it before it is finalized")
    plan = stored_plan(unit.plans.get(run.plan_id, run.plan_version))
    _refuse_plan(unit, period, plan)
    progress("evaluating again")
    evaluation = evaluate(unit, period, plan, _previous_run(unit, period))
    if evaluation.successor.run.id != run.id:
        raise RefusedError(
            f"period {period_id} comes out differently now: {_what_differs(run, evaluation.successor.run)} changed "
            "since it was calculated; calculate it again"
        )
    progress("storing")
    volumes = volumes_of(evaluation)
    unit.rank_history.add_many(_history(run, plan, evaluation))
    unit.rank_history.record_volumes(volumes)
    unit.runs.update(evolve(run, status=RunStatus.FINALIZED))
    return unit.periods.update(evolve(period, status=PeriodStatus.FINALIZED))


def _refuse_state(period: CommissionPeriod) -> None:
    if period.status == PeriodStatus.OPEN:
        raise RefusedError(f"period {period.id} is open; close it before it is calculated")
    if period.status == PeriodStatus.FINALIZED:
        raise RefusedError(
            f"period {period.id} is finalized and never calculated again; correct it by adjustments in an open period"
        )


def _previous_run(unit: UnitOfWork, period: CommissionPeriod) -> CommissionRun | None:
    before = unit.periods.previous(period.id)
    if before is None:
        return None
    if before.status != PeriodStatus.FINALIZED:
        raise RefusedError(
            f"period {period.id} builds on period {before.id}, which is {before.status}; finalize that one first"
        )
    return unit.runs.find_official(before.id)


def _plan_row(unit: UnitOfWork, period: CommissionPeriod, plan_id: str, version: str | None) -> CommissionPlan:
    """The version that is named, or the one that is effective; where there is none, say which there are."""
    stored = unit.plans.list_by_plan(plan_id)
    found: CommissionPlan | None = next((row for row in stored if row.version == version), None)
    if version is None and any(row.effective_from <= period.start_date for row in stored):
        found = unit.plans.effective(plan_id, period.start_date)
    if found is not None:
        return found
    which = f"effective on {period.start_date}" if version is None else f"called {version!r}"
    known = ", ".join(f"{row.version} from {row.effective_from}" for row in stored) or "none"
    raise NotFoundError(
        f"version of plan {plan_id} {which}", [], f"stored are: {known}; install the one that is meant, or name another"
    )


def _refuse_plan(unit: UnitOfWork, period: CommissionPeriod, plan: Plan) -> None:
    wrong = []
    if plan.period != period.kind.value:
        wrong.append(f"the plan is for a {plan.period}, and the period is a {period.kind}")
    if plan.timezone != period.timezone:
        wrong.append(f"the plan's timezone is {plan.timezone}, and the period's is {period.timezone}")
    if plan.effective_from > period.start_date:
        wrong.append(f"the plan is effective from {plan.effective_from}, after the period began")
    ranks = rank_differences(unit, plan)
    todo = []
    if plan.timezone != period.timezone:
        todo.append(f"a period that is closed keeps its timezone: install a version for {period.timezone}")
    if ranks:
        # Another version was installed meanwhile, or somebody wrote into the table.
        todo.append("install this version again, which writes its ranks into the table")
    if wrong or ranks:
        said = "; ".join([*wrong, *ranks, *todo])
        raise RefusedError(
            f"period {period.id} cannot be calculated by version {plan.version} of plan {plan.id}: {said}"
        )


def _begin(unit: UnitOfWork, period: CommissionPeriod) -> None:
    """Move a period to `calculating`; one that was calculated before goes by `closed`, as its machine has it."""
    if period.status == PeriodStatus.CALCULATING:
        period = unit.periods.update(evolve(period, status=PeriodStatus.CLOSED, calculation_completed_at=None))
    unit.periods.update(
        evolve(
            period,
            status=PeriodStatus.CALCULATING,
            calculation_started_at=unit.now,
            calculation_completed_at=None,
        )
    )


def _total_pv(evaluation: Evaluation) -> Decimal:
    return sum((row.personal for row in volumes_of(evaluation)), Decimal(0))


def _what_differs(before: CommissionRun, after: CommissionRun) -> str:
    names: Final = {"plan_digest": "the plan", "input_digest": "what the run reads", "result_digest": "the result"}
    changed = [text for name, text in names.items() if getattr(before, name) != getattr(after, name)]
    return " and ".join(changed) or "the run before it"


def _history(run: CommissionRun, plan: Plan, evaluation: Evaluation) -> list[RankHistory]:
    result = evaluation.result
    by_person = {row.distributor_id: row for row in volumes_of(evaluation)}
    rows = []
    for person in range(len(result.network)):
        key = uuid_of(result.network.ids.keys[person])
        volumes = by_person.get(key)
        rows.append(
            RankHistory(
                distributor_id=key,
                period_id=run.period_id,
                run_id=run.id,
                rank_id=_rank(plan, result.ranks.values[person]),
                best_rank_id=_rank(plan, result.rank_best.values[person]),
                plan_id=run.plan_id,
                plan_version=run.plan_version,
                personal_pv=volumes.personal if volumes else Decimal(0),
                group_pv=volumes.group if volumes else Decimal(0),
            )
        )
    return rows


def _rank(plan: Plan, position: np.int16) -> str | None:
    return None if position < 0 else plan.rank_ids[int(position)]
