"""Opening and closing a period."""

from attrs import evolve

from mlmcore.domain.commissions import CommissionPeriod
from mlmcore.domain.enums import PeriodStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.periods import Period
from mlmcore.operations._periods_at import period_called
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["close_period", "open_period"]


def open_period(unit: UnitOfWork, period_id: str, *, timezone: str) -> CommissionPeriod:
    """Store a period by its id: `2026-03` is a month, `2026-W09` a week, `2026-Q1` a quarter, `2026-03-01` a day.

    Returns:
        The period as stored; the one already there, in whatever state, when the same is opened again.

    Raises:
        ValueError: The id names no period, or there is no such timezone.
        ConflictError: It is stored with another timezone, or shares days with another period of its kind.
        RefusedError: A later period of its kind is closed already, and what is carried has passed this one by.
    """
    span = Period.parse(period_id, timezone)
    stored = unit.periods.find(period_id)
    if stored is not None:
        if stored.period != span:
            raise ConflictError(
                f"period {period_id} is stored already, from {stored.start_date} to {stored.end_date} "
                f"in {stored.timezone}; open it with that timezone, or, while it is open, give it another by "
                "`unit.periods.update`"
            )
        return stored
    _refuse_late(unit, span)
    return unit.periods.add(
        CommissionPeriod(
            id=span.id,
            name=span.id,
            start_date=span.start,
            end_date=span.last_day,
            kind=span.kind,
            timezone=timezone,
        )
    )


def close_period(unit: UnitOfWork, period_id: str) -> CommissionPeriod:
    """Close an open period: no further order counts in it. One that is closed already stays as it is.

    Raises:
        NotFoundError: There is no such period.
        RefusedError: It has not ended, or a period between it and the one before was never opened.
    """
    period = period_called(unit, period_id)
    if period.status != PeriodStatus.OPEN:
        return period
    if unit.now < period.period.end_instant:
        raise RefusedError(
            f"period {period_id} ends at {period.period.end_instant.isoformat()}, and it is {unit.now.isoformat()}; "
            "close it afterwards"
        )
    _refuse_gap(unit, period)
    return unit.periods.update(evolve(period, status=PeriodStatus.CLOSED, close_date=unit.now))


def _refuse_gap(unit: UnitOfWork, period: CommissionPeriod) -> None:
    """What lies between could never be opened any more, and whatever counted in it would be paid to nobody."""
    before = unit.periods.previous(period.id)
    if before is None or before.period.end == period.start_date:
        return
    raise RefusedError(
        f"period {period.id} cannot be closed: {before.period.next().id} after period {before.id} was never "
        "opened, and could not be any more; open what lies between first, also where nothing was sold"
    )


def _refuse_late(unit: UnitOfWork, span: Period) -> None:
    for status in (PeriodStatus.CLOSED, PeriodStatus.CALCULATING, PeriodStatus.FINALIZED):
        for later in unit.periods.list_by_status(status):
            if later.kind == span.kind and later.start_date >= span.end:
                raise RefusedError(
                    f"period {span.id} cannot be opened: period {later.id} after it is {later.status} already, and "
                    "what one period hands to the next would pass it by"
                )
