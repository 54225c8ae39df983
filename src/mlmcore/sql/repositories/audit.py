"""The audit log, as it is read; the database writes it by itself."""

from typing import Final
from uuid import UUID

from mlmcore.domain.compliance import AuditLog
from mlmcore.sql.repositories._context import Context
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
