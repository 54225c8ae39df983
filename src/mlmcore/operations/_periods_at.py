"""Which period is meant by an id; which hold an instant, whether they still take what is dated there, and its day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from mlmcore.domain.commissions import CommissionPeriod
from mlmcore.domain.enums import PeriodKind, PeriodStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["day_counted", "locked_period", "period_called", "periods_at", "refuse_closed"]


def period_called(unit: UnitOfWork, period_id: str) -> CommissionPeriod:
    """Return the period with an id.

    Raises:
        NotFoundError: It was never opened.
    """
    found = unit.periods.find(period_id)
    if found is None:
        raise NotFoundError("period", [period_id], "open it first, or correct the id")
    return found


def locked_period(unit: UnitOfWork, period_id: str) -> CommissionPeriod:
    """Return the period with an id, which nobody else works on until the unit ends.

    Raises:
        NotFoundError: It was never opened.
        TransientError: Another unit works on it.
    """
    period_called(unit, period_id)  # its sentence says what to do; what is read before the lock is not used
    unit.lock_period(period_id)
    return unit.periods.get(period_id)


def periods_at(unit: UnitOfWork, instant: datetime) -> tuple[CommissionPeriod, ...]:
    """Return the stored periods in which an instant lies, those of the month first.

    The days around it are asked for too, because each period has a timezone of its own.
    """
    days = [instant.date() + timedelta(days=shift) for shift in (-1, 0, 1)]
    kinds = sorted(PeriodKind, key=lambda kind: kind != PeriodKind.MONTH)
    stored = (unit.periods.find_by_day(kind, day) for kind in kinds for day in days)
    found = {period.id: period for period in stored if period is not None and instant in period.period}
    return tuple(found.values())


def refuse_closed(periods: Sequence[CommissionPeriod], instant: datetime, what: str) -> None:
    """Refuse an instant that lies in a period which is not open."""
    for period in periods:
        if period.status != PeriodStatus.OPEN:
            raise RefusedError(
                f"{what} on {instant.isoformat()}: period {period.id} is {period.status}; "
                "date it into an open period, or correct the ledger by an adjustment"
            )


def day_counted(periods: Sequence[CommissionPeriod], instant: datetime) -> date:
    """Return the day on which an instant falls in the zone of its period; in UTC where no period is stored for it."""
    return periods[0].period.day_of(instant) if periods else instant.astimezone(UTC).date()
