"""One evaluation of a stored period, from reading the snapshot to the successor that the store takes.

Calculating stores the successor; finalizing evaluates again and compares, so that nothing is finalized that could not
be repeated. Neither knows how the other uses it.
"""

from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve, frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.lines import AccountLines, LedgerLines, UnpaidLines
from mlmcore.compensation.plan import Plan
from mlmcore.domain.commissions import CommissionPeriod, CommissionRun
from mlmcore.domain.enums import RunStatus
from mlmcore.domain.errors import Findings
from mlmcore.domain.money import Money
from mlmcore.operations._digests import chained, input_digest, run_digest
from mlmcore.repositories.carried import BEST_RANK
from mlmcore.repositories.line_ids import run_id
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.values import Snapshot, Successor

if TYPE_CHECKING:
    from mlmcore.compensation.result import Result

__all__ = ["Evaluation", "evaluate"]

_SOFTWARE: Final = f"mlmcore {version('mlmcore')}"


@frozen(kw_only=True, eq=False)
class Evaluation:
    """What a plan makes of a stored period.

    Attributes:
        snapshot: What was read.
        result: What the engine made of it.
        successor: What the store takes.
    """

    snapshot: Snapshot
    result: "Result"
    successor: Successor

    @property
    def digest(self) -> str:
        """The run's digest, in hex."""
        return self.successor.digest


def evaluate(unit: UnitOfWork, period: CommissionPeriod, plan: Plan, previous: CommissionRun | None) -> Evaluation:
    """Read a period and calculate it; nothing is stored.

    Args:
        unit: The unit of work.
        period: Which period.
        plan: By which plan.
        previous: The official run of the period before, None before the first.
    """
    from mlmcore.compensation.engine import calculate  # noqa: PLC0415 - enrolling needs no engine

    _refuse_figures(unit, period, plan)
    snapshot = unit.snapshots.read(period.id, plan)
    result = calculate(plan, snapshot.inputs)
    inputs = input_digest(snapshot.inputs)
    digest = run_digest(period=period.id, plan=plan.digest, inputs=inputs, result=result.digest)
    run = CommissionRun(
        id=run_id(digest),
        period_id=period.id,
        plan_id=plan.id,
        plan_version=plan.version,
        official=True,
        status=RunStatus.CALCULATED,
        plan_digest=plan.digest,
        input_digest=inputs,
        result_digest=result.digest,
        previous_run_id=previous.id if previous else None,
        chain_hash=chained(previous.chain_hash if previous else None, digest),
        software_version=_SOFTWARE,
        currency=plan.currency,
        completed_at=unit.now,
    )
    successor = _successor(run, digest, plan, snapshot, result)
    return Evaluation(snapshot=snapshot, result=result, successor=successor)


def _refuse_figures(unit: UnitOfWork, period: CommissionPeriod, plan: Plan) -> None:
    """A figure that is missing, or stored in another unit, is told of as what it is here: a row of the period."""
    stored = {figure.name: figure.unit for figure in unit.periods.list_inputs(period.id)}
    findings = Findings()
    for name, declared in plan.inputs.company.items():
        where, given, wanted = f"period {period.id} company.{name}", stored.get(name), declared.unit or "number"
        if given is None:
            what = "the plan declares this figure, and it is not stored"
        elif given != wanted:
            what = f"is stored as {given}, and the plan declares {wanted}"
        else:
            continue
        todo = f"store it as {wanted}: `unit.periods.set_input`, or `mlmcore period figure`"
        findings.add(code="inputs.company", what=what, todo=todo, path=where)
    findings.raise_if_any()


def _successor(run: CommissionRun, digest: str, plan: Plan, snapshot: Snapshot, result: "Result") -> Successor:
    rows = snapshot.inputs.orders.ids.find(result.orders.ids.keys)
    paid = Money(result.lines.total + result.accounts.total, plan.currency).amount
    unpaid = sum(result.unpaid.by_reason().values(), Decimal(0))
    counted = evolve(
        run,
        people_count=len(result.network),
        order_count=len(rows),
        line_count=len(result.lines),
        unpaid_count=len(result.unpaid),
        entitled=sum((each.entitled for each in result.identity.values()), Decimal(0)),
        brought_forward=sum((each.brought for each in result.identity.values()), Decimal(0)),
        carried_forward=sum((each.carried for each in result.identity.values()), Decimal(0)),
        paid=paid,
        unpaid=unpaid,
    )
    return Successor(
        run=counted,
        digest=digest,
        people=result.network.ids.keys,
        orders=np.ascontiguousarray(snapshot.source_orders[rows]),
        lines=LedgerLines(_of_orders(result, result.lines.segments)),
        unpaid=UnpaidLines(_of_orders(result, result.unpaid.segments)),
        accounts=AccountLines(_of_orders(result, result.accounts.segments), result.accounts.accounts),
        carried=_carried(plan, result),
        carried_rows=result.carried_rows,
    )


def _of_orders(result: "Result", segments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Lines as they are stored: the ledger names orders; a line of an event names its person alone."""
    events = {bonus.id for bonus in result.plan.bonuses if bonus.dated not in {None, "orders"}}
    return tuple(
        evolve(segment, order=np.full_like(segment.order, -1)) if segment.bonus in events else segment
        for segment in segments
    )


def _carried(plan: Plan, result: "Result") -> dict[str, Column]:
    return {**result.carried, BEST_RANK: result.rank_best} if plan.ranks else dict(result.carried)
