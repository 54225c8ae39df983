"""Explaining what is stored: an official run once more, and one person's statement of it.

A run is a function of what it reads, so it is explained by being repeated. What comes out must be what was stored;
otherwise the explanation would be of something else, and there is none.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID

from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.enums import RunStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.operations._digests import input_digest
from mlmcore.operations._periods_at import period_called
from mlmcore.operations.plans import stored_plan
from mlmcore.repositories.protocols import UnitOfWork

if TYPE_CHECKING:
    from mlmcore.compensation.inputs import RunInputs
    from mlmcore.compensation.result import Result
    from mlmcore.compensation.statement import Statement

__all__ = ["Names", "explain_person", "repeat_period"]


def repeat_period(unit: UnitOfWork, period_id: str) -> "Result":
    """Return the result of a period's official run, calculated once more; nothing is stored.

    Raises:
        NotFoundError: No such period.
        RefusedError: It has no official run, or comes out differently now.
        StorageError: The plan's document no longer means what it meant when it was installed.
    """
    from mlmcore.compensation.engine import calculate  # noqa: PLC0415  (enrolling needs no engine)

    period = period_called(unit, period_id)
    run = unit.runs.find_official(period_id)
    if run is None:
        raise RefusedError(f"period {period_id} is {period.status} and not calculated; calculate it first")
    plan = stored_plan(unit.plans.get(run.plan_id, run.plan_version))
    inputs = unit.snapshots.read(period_id, plan).inputs
    result = calculate(plan, inputs)
    if result.digest != run.result_digest:
        _refuse_other(run, inputs)
    return result


def explain_person(unit: UnitOfWork, period_id: str, distributor_id: UUID) -> "Statement":
    """Explain every amount that somebody got, did not get or missed in a calculated period.

    >>> print(explain_person(unit, "2026-03", ann.user_id).to_text(Names(unit)))  # doctest: +SKIP

    The whole period is calculated for it; who explains several people asks `repeat_period` once and takes
    `compensation.statement` for each.

    Raises:
        NotFoundError: No such period, or the person was not in it.
        RefusedError: As `repeat_period`.
        StorageError: As `repeat_period`.
    """
    from mlmcore.compensation.statement import statement  # noqa: PLC0415  (as above)

    result, label = repeat_period(unit, period_id), str(distributor_id)
    if int(result.network.ids.find_labels([label])[0]) < 0:
        raise NotFoundError(f"distributor in period {period_id}", [label])
    return statement(result, label)


def _refuse_other(run: CommissionRun, inputs: "RunInputs") -> NoReturn:
    """Say why a run does not come out as it did, and what is left to do."""
    if input_digest(inputs) == run.input_digest:
        why, todo = f"it was calculated by {run.software_version}", "explain it by that version"
    else:
        why, todo = "what the run reads has changed since", "calculate it again"
        if run.status == RunStatus.FINALIZED:
            todo = "it is final: its ledger lines say what was paid, of which base and at which rate"
    raise RefusedError(f"period {run.period_id} comes out differently now: {why}; {todo}")


class Names(Mapping[str, str]):
    """What people, orders and refunds are called, by id: their numbers, looked up as a statement asks.

    Args:
        unit: The unit of work, while it is open.
    """

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._known: dict[str, str] = {}

    def __getitem__(self, label: str) -> str:
        """The number, or a KeyError where the id is none of a distributor, an order or a refund."""
        if label not in self._known:
            self._known[label] = self._number(label)
        return self._known[label]

    def __iter__(self) -> Iterator[str]:
        """The ids that were asked for so far."""
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _number(self, label: str) -> str:
        try:
            key = UUID(label)
        except ValueError:
            raise KeyError(label) from None
        distributor = self._unit.distributors.find(key)
        if distributor is not None:
            return distributor.distributor_number
        order = self._unit.orders.find(key)
        if order is not None:
            return order.order_number
        refund = self._unit.orders.find_refund(key)
        if refund is not None:
            return refund.refund_number
        raise KeyError(label)
