"""The audit log, as it is read; the database writes it by itself."""

from typing import Final
from uuid import UUID

from mlmcore.domain.compliance import AuditLog
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.record_filters import EVERY_AUDIT_ROW, AuditFilter
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._record_picking import audit_condition
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlAuditLogs"]

_AUDIT: Final = Table(name="audit_logs", entity="audit row", type=AuditLog)


class SqlAuditLogs:
    """The audit log; see `protocols.AuditLogs`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _AUDIT)

    def list_by_entity(self, entity_type: str, entity_id: UUID, /) -> tuple[AuditLog, ...]:
        """Return the rows about one row of one table, the oldest first."""
        rest = "WHERE entity_type = %(type)s AND entity_id = %(id)s ORDER BY created_at, id"
        return self._rows.many(rest, {"type": entity_type, "id": entity_id})

    def list_by_actor(self, actor_id: UUID | None, /) -> tuple[AuditLog, ...]:
        """Return the rows that an actor caused, the oldest first."""
        rest = "WHERE actor_id IS NOT DISTINCT FROM %(actor)s::uuid ORDER BY created_at, id"
        return self._rows.many(rest, {"actor": actor_id})

    def list_by_request(self, request_id: str, /) -> tuple[AuditLog, ...]:
        """Return the rows that a request of the host wrote, the oldest first."""
        return self._rows.many("WHERE request_id = %(request)s ORDER BY created_at, id", {"request": request_id})

    def page(
        self, after: AuditLog | None = None, limit: int = 1000, *, where: AuditFilter = EVERY_AUDIT_ROW
    ) -> tuple[AuditLog, ...]:
        """Return the next rows that a filter picks."""
        checked_limit(limit)
        words, parameters = audit_condition(where)
        start = "" if after is None else "AND (created_at, id) > (%(at)s, %(id)s)"
        place = {} if after is None else {"at": after.created_at, "id": after.id}
        rest = f"WHERE {words} {start} ORDER BY created_at, id LIMIT %(limit)s"
        return self._rows.many(rest, {**parameters, **place, "limit": limit})
