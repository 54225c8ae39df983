"""Rank history, and the volumes of a finalized period."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mlmcore.domain.commissions import RankHistory
from mlmcore.domain.errors import BrokenReferenceError
from mlmcore.repositories.values import Volumes
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table, bulk

__all__ = ["SqlRankHistories"]

_HISTORY: Final = Table(name="rank_history", entity="rank history row", type=RankHistory)


class SqlRankHistories:
    """Rank history; see `protocols.RankHistories`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session
        self._rows = Rows(context, _HISTORY)

    def add_many(self, rows: Sequence[RankHistory], /) -> None:
        """Store many rows."""
        self._rows.add_many(rows)

    def find(self, period_id: str, distributor_id: UUID, /) -> RankHistory | None:
        """Return the row of somebody in a period, or None."""
        rest = "WHERE period_id = %(period)s AND distributor_id = %(person)s"
        return self._rows.one(rest, {"period": period_id, "person": distributor_id})

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[RankHistory, ...]:
        """Return somebody's rows, by the period's first day."""
        rows = self._session.rows("rank_history_by_distributor", {"person": distributor_id})
        return tuple(self._rows.entities(rows))

    def list_by_period(self, period_id: str, /) -> tuple[RankHistory, ...]:
        """Return a period's rows, by distributor."""
        return self._rows.many("WHERE period_id = %(period)s ORDER BY distributor_id", {"period": period_id})

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, rank_id: str | None = None
    ) -> tuple[RankHistory, ...]:
        """Return a period's next rows (of one rank), by distributor; after that of a distributor."""
        where = "period_id = %(period)s" + ("" if rank_id is None else " AND rank_id = %(rank)s")
        parameters = {"period": period_id, **({} if rank_id is None else {"rank": rank_id})}
        return self._rows.page(after, limit, key="distributor_id", where=where, parameters=parameters)

    def record_volumes(self, rows: Sequence[Volumes], /) -> None:
        """Write a finalized period's volumes to the distributors."""
        parameters = {
            "people": [row.distributor_id for row in rows],
            "personal": [row.personal for row in rows],
            "group": [row.group for row in rows],
        }
        strangers = self._session.rows("distributors_unknown", {"people": parameters["people"]})
        if strangers:
            named = ", ".join(str(row["id"]) for row in strangers)
            raise BrokenReferenceError(f"volumes of distributors who are not stored: {named}")
        with bulk(self._context, "distributors", len(rows)):
            self._session.run("distributors_record_volumes", parameters)
