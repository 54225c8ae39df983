"""The audit log in memory, as it is read."""

from uuid import UUID

from mlmcore.domain.compliance import AuditLog
from mlmcore.repositories.memory._context import Context

__all__ = ["MemoryAuditLogs"]


class MemoryAuditLogs:
    """The audit log; see `protocols.AuditLogs`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list_by_entity(self, entity_type: str, entity_id: UUID, /) -> tuple[AuditLog, ...]:
        """Return the rows about one row of one table, the oldest first."""
        return tuple(row for row in self._all() if row.entity_type == entity_type and row.entity_id == entity_id)

    def list_by_actor(self, actor_id: UUID | None, /) -> tuple[AuditLog, ...]:
        """Return the rows that an actor caused, the oldest first."""
        return tuple(row for row in self._all() if row.actor_id == actor_id)

    def _all(self) -> list[AuditLog]:
        return list(self._context.state.read("audit_logs").values())
