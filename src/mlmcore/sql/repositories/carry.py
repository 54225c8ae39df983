"""Carried values: what one period hands to the next."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mlmcore.domain.commissions import CommissionCarry
from mlmcore.domain.errors import BrokenReferenceError
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["CARRY", "SqlCarry"]

CARRY: Final = Table(name="commission_carry", entity="carried value", type=CommissionCarry)


class SqlCarry:
    """Carried values; see `protocols.Carry`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, CARRY)

    def add_many(self, values: Sequence[CommissionCarry], /) -> None:
        """Store carried values."""
        self._refuse_other_periods(values)
        self._rows.add_many(values)

    def find(self, run_id: UUID, distributor_id: UUID | None, name: str, /) -> CommissionCarry | None:
        """Return one carried value, or None."""
        rest = "WHERE run_id = %(run)s AND distributor_id IS NOT DISTINCT FROM %(person)s::uuid AND name = %(name)s"
        return self._rows.one(rest, {"run": run_id, "person": distributor_id, "name": name})

    def list_by_run(self, run_id: UUID, name: str | None = None, /) -> tuple[CommissionCarry, ...]:
        """Return a run's carried values (of one name), by name, then distributor, the company's first."""
        rest = (
            "WHERE run_id = %(run)s AND (%(name)s::text IS NULL OR name = %(name)s) "
            'ORDER BY name COLLATE "C", distributor_id NULLS FIRST'
        )
        return self._rows.many(rest, {"run": run_id, "name": name})

    def _refuse_other_periods(self, values: Sequence[CommissionCarry]) -> None:
        runs = sorted({value.run_id for value in values})
        periods = {row["id"]: row["period_id"] for row in self._session.rows("runs_periods", {"runs": runs})}
        for value in values:
            period = periods.get(value.run_id, value.period_id)
            if period != value.period_id:
                raise BrokenReferenceError(
                    f"carried value {value.name}: run {value.run_id} is of period {period}, not {value.period_id}"
                )
