"""Money that one period hands to the next stays money of its currency: it is never taken up as so much of another.

What is carried says that it is money, not of which currency; that is the currency of the run that carried it.
"""

from collections.abc import Iterator

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import State
from mlmcore.compensation.plan import Plan
from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.errors import RefusedError
from mlmcore.repositories.carried import state_of
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["refuse_foreign_money"]


def refuse_foreign_money(unit: UnitOfWork, period_id: str, plan: Plan, previous: CommissionRun | None) -> None:
    """Refuse a plan that would take up money of another currency.

    Args:
        unit: The unit of work.
        period_id: The period that is to be calculated.
        plan: By which plan.
        previous: The official run of the period before.

    Raises:
        RefusedError: The run before was in another currency and hands on money that the plan would read.
    """
    if previous is None or previous.currency == plan.currency:
        return
    state = state_of(unit.carry.list_by_run(previous.id))
    names = sorted({*_columns(plan, state), *_rows(state)})
    if names:
        raise RefusedError(
            f"period {period_id} cannot be calculated by version {plan.version} of plan {plan.id}: period "
            f"{previous.period_id} hands on money in {previous.currency} ({', '.join(names)}), which the plan would "
            f"take up as {plan.currency}; calculate it in {previous.currency} until nothing of it is left, or call "
            f"what begins anew in {plan.currency} by another name"
        )


def _columns(plan: Plan, state: State) -> Iterator[str]:
    """The values of people that the plan reads: its own, and those of its bonuses."""
    bonuses = {bonus.id for bonus in plan.bonuses}
    for name, column in state.carried.items():
        if _is_money(column) and (name in plan.carry or name.rpartition(".")[0] in bonuses):
            yield name


def _rows(state: State) -> Iterator[str]:
    for name, rows in state.rows.items():
        if any(_is_money(column) for column in rows.columns.values()):
            yield name


def _is_money(column: Column) -> bool:
    return column.unit == "money" and bool(column.values.any())
