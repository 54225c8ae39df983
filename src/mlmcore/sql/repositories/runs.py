"""Runs: one evaluation of one plan over one period each."""

from typing import Final
from uuid import UUID

from mlmcore.domain.commissions import CommissionRun
from mlmcore.repositories.commission_rules import refuse_new_official, refuse_run_changes
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["RUNS", "SqlRuns"]

RUNS: Final = Table(name="commission_runs", entity="run", type=CommissionRun, instants=("started_at",))


class SqlRuns:
    """Runs; see `protocols.Runs`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, RUNS)

    def get(self, run_id: UUID, /) -> CommissionRun:
        """Return a run."""
        return self._rows.get(run_id)

    def find(self, run_id: UUID, /) -> CommissionRun | None:
        """Return a run, or None."""
        return self._rows.find(run_id)

    def find_official(self, period_id: str, /) -> CommissionRun | None:
        """Return the official run of a period, or None."""
        return self._rows.one("WHERE period_id = %(period)s AND official", {"period": period_id})

    def add(self, run: CommissionRun, /) -> CommissionRun:
        """Store a run that is not official."""
        refuse_new_official(run)
        return self._rows.add(run)

    def update(self, run: CommissionRun, /) -> CommissionRun:
        """Replace a stored run."""
        before = self._rows.get(run.id)
        if run == before:
            return before
        refuse_run_changes(before, run)
        return self._rows.update(run)

    def list_by_period(self, period_id: str, /) -> tuple[CommissionRun, ...]:
        """Return a period's runs, by start, then id."""
        return self._rows.many("WHERE period_id = %(period)s ORDER BY started_at, id", {"period": period_id})
