"""Installed plans, and the table of ranks that installing one writes."""

from datetime import date
from typing import Final

from mlmcore.domain.commissions import CommissionPlan, Rank
from mlmcore.domain.errors import NotFoundError
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlPlans", "SqlRanks"]

_RANKS: Final = Table(name="ranks", entity="rank", type=Rank)
_PLANS: Final = Table(name="commission_plans", entity="plan", type=CommissionPlan, key=("plan_id", "version"))


class SqlRanks:
    """Ranks; see `protocols.Ranks`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _RANKS)

    def get(self, rank_id: str, /) -> Rank:
        """Return a rank."""
        return self._rows.get(rank_id)

    def find(self, rank_id: str, /) -> Rank | None:
        """Return a rank, or None."""
        return self._rows.find(rank_id)

    def add(self, rank: Rank, /) -> Rank:
        """Store a new rank."""
        return self._rows.add(rank)

    def update(self, rank: Rank, /) -> Rank:
        """Replace a stored rank."""
        return self._rows.update(rank)

    def list_all(self) -> tuple[Rank, ...]:
        """Return all ranks, by level, then id."""
        return self._rows.many('ORDER BY level, id COLLATE "C"')


class SqlPlans:
    """Plans; see `protocols.Plans`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _PLANS)

    def get(self, plan_id: str, version: str, /) -> CommissionPlan:
        """Return one version of a plan."""
        return self._rows.get(plan_id, version)

    def find(self, plan_id: str, version: str, /) -> CommissionPlan | None:
        """Return one version of a plan, or None."""
        return self._rows.find(plan_id, version)

    def add(self, plan: CommissionPlan, /) -> CommissionPlan:
        """Store a new version of a plan."""
        return self._rows.add(plan)

    def list_by_plan(self, plan_id: str, /) -> tuple[CommissionPlan, ...]:
        """Return all versions of a plan, by the day from which they are effective, then version."""
        rest = 'WHERE plan_id = %(plan)s ORDER BY effective_from, version COLLATE "C"'
        return self._rows.many(rest, {"plan": plan_id})

    def effective(self, plan_id: str, day: date, /) -> CommissionPlan:
        """Return the version that is effective on a day."""
        rest = (
            "WHERE plan_id = %(plan)s AND effective_from <= %(day)s "
            'ORDER BY effective_from DESC, created_at DESC, version COLLATE "C" DESC LIMIT 1'
        )
        found = self._rows.one(rest, {"plan": plan_id, "day": day})
        if found is None:
            raise NotFoundError("plan effective by then", [plan_id, day])
        return found
