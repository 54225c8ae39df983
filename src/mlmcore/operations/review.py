"""Reviewing a calculated period before it is finalized: totals, per bonus, unpaid by reason, and the payout ratio."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from mlmcore.compensation.arranged import day_number
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.rounding import total_of
from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.enums import RunStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.exact import RoundingMode, round_to
from mlmcore.domain.money import Money
from mlmcore.operations._periods_at import period_called
from mlmcore.operations.plans import stored_plan
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Review", "review"]

_RATIO_PLACES = 4


@frozen(kw_only=True)
class Review:
    """A calculated period at a glance.

    Attributes:
        run: The official run.
        by_bonus: What each bonus pays people, by bonus and currency; adjustments under `adjustment`.
        by_account: What each account gets.
        unpaid: What was not paid, exactly, by bonus and reason.
        paid: Everything that the run pays, to people and accounts.
        volumes: The sum of each declared volume over the period's orders, refunds deducted.
        ratios: What is paid as a part of each volume that is money, to four places; none where the volume is nothing.
    """

    run: CommissionRun
    by_bonus: Mapping[tuple[str, str], Money]
    by_account: Mapping[str, Money]
    unpaid: Mapping[tuple[str, str], Decimal]
    paid: Money
    volumes: Mapping[str, Decimal]
    ratios: Mapping[str, Decimal]


def review(unit: UnitOfWork, period_id: str) -> Review:
    """Return what a calculated or finalized period comes to; nothing is changed.

    Raises:
        NotFoundError: No such period.
        RefusedError: The period is not calculated.
    """
    run = unit.runs.find_official(period_id)
    if run is None or run.status not in (RunStatus.CALCULATED, RunStatus.FINALIZED) or run.paid is None:
        period = period_called(unit, period_id)
        raise RefusedError(f"period {period_id} is {period.status} and not calculated; calculate it first")
    volumes, money = _volumes(unit, run)
    return Review(
        run=run,
        by_bonus=unit.ledger.totals(period_id),
        by_account=_by_account(unit, period_id),
        unpaid=_unpaid(unit, period_id),
        paid=Money.of(run.paid, run.currency),
        volumes=volumes,
        ratios={name: _ratio(run.paid, volumes[name]) for name in money if volumes[name]},
    )


def _volumes(unit: UnitOfWork, run: CommissionRun) -> tuple[dict[str, Decimal], list[str]]:
    plan = stored_plan(unit.plans.get(run.plan_id, run.plan_version))
    inputs = unit.snapshots.read(run.period_id, plan).inputs
    days = inputs.orders.date
    within = (days >= day_number(inputs.period.start)) & (days < day_number(inputs.period.end))
    sums = {
        name: exact_decimal(total_of(column.values[within]), column.places)
        for name, column in inputs.orders.volumes.items()
        if name in plan.inputs.volumes
    }
    return sums, [name for name, declared in plan.inputs.volumes.items() if declared.unit == "money"]


def _by_account(unit: UnitOfWork, period_id: str) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for line in unit.ledger.list_account_lines(period_id):
        sums[line.account_id] = sums.get(line.account_id, Money.zero(line.currency)) + line.amount
    return sums


def _unpaid(unit: UnitOfWork, period_id: str) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in unit.ledger.list_unpaid(period_id):
        sums[line.bonus_id, line.reason] += line.amount
    return dict(sorted(sums.items()))


def _ratio(paid: Decimal, volume: Decimal) -> Decimal:
    return round_to(Fraction(paid) / Fraction(volume), _RATIO_PLACES, RoundingMode.HALF_EVEN)
