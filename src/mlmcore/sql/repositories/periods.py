"""Commission periods and the company figures that belong to them."""

from datetime import date
from typing import Final

from mlmcore.domain import machines
from mlmcore.domain.commissions import CommissionInput, CommissionPeriod
from mlmcore.domain.enums import PeriodKind, PeriodStatus
from mlmcore.repositories.commission_rules import (
    refuse_figure_when_finalized,
    refuse_new_unless_open,
    refuse_period_changes,
    refuse_shared_days,
)
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlPeriods"]

_PERIODS: Final = Table(
    name="commission_periods", entity="period", type=CommissionPeriod, machines={"status": machines.PERIOD}
)
_INPUTS: Final = Table(
    name="commission_inputs", entity="company figure", type=CommissionInput, key=("period_id", "name")
)


class SqlPeriods:
    """Periods and company figures; see `protocols.Periods`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _PERIODS)
        self._inputs = Rows(context, _INPUTS)

    def get(self, period_id: str, /) -> CommissionPeriod:
        """Return a period."""
        return self._rows.get(period_id)

    def find(self, period_id: str, /) -> CommissionPeriod | None:
        """Return a period, or None."""
        return self._rows.find(period_id)

    def add(self, period: CommissionPeriod, /) -> CommissionPeriod:
        """Store a new period; a trigger makes its partitions."""
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
        rest = 'WHERE status = %(status)s ORDER BY start_date, id COLLATE "C"'
        return self._rows.many(rest, {"status": status.value})

    def previous(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period before this one, of its kind, or None."""
        period = self._rows.get(period_id)
        rest = "WHERE kind = %(kind)s AND end_date < %(start)s ORDER BY end_date DESC LIMIT 1"
        return self._rows.one(rest, {"kind": period.kind.value, "start": period.start_date})

    def following(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period after this one, of its kind, or None."""
        period = self._rows.get(period_id)
        rest = "WHERE kind = %(kind)s AND start_date > %(end)s ORDER BY start_date LIMIT 1"
        return self._rows.one(rest, {"kind": period.kind.value, "end": period.end_date})

    def find_by_day(self, kind: PeriodKind, day: date, /) -> CommissionPeriod | None:
        """Return the period of a kind in which a day lies, or None."""
        rest = "WHERE kind = %(kind)s AND %(day)s BETWEEN start_date AND end_date"
        return self._rows.one(rest, {"kind": kind.value, "day": day})

    def set_input(self, figure: CommissionInput, /) -> CommissionInput:
        """Store a company figure of a period, or replace the one of this name."""
        period = self._rows.find(figure.period_id)
        if period is not None:
            refuse_figure_when_finalized(period, figure.name)
        if self._inputs.find(figure.period_id, figure.name) is None:
            return self._inputs.add(figure)
        return self._inputs.update(figure)

    def list_inputs(self, period_id: str, /) -> tuple[CommissionInput, ...]:
        """Return a period's company figures, by name."""
        return self._inputs.many('WHERE period_id = %(period)s ORDER BY name COLLATE "C"', {"period": period_id})

    def _sharing_days(self, period: CommissionPeriod) -> CommissionPeriod | None:
        # The table refuses it too, also where two units write at once, but knows only the days.
        rest = (
            "WHERE id <> %(id)s AND kind = %(kind)s AND start_date <= %(end)s AND end_date >= %(start)s"
            ' ORDER BY start_date, id COLLATE "C" LIMIT 1'
        )
        days = {"start": period.start_date, "end": period.end_date}
        return self._rows.one(rest, {"id": period.id, "kind": period.kind.value, **days})
