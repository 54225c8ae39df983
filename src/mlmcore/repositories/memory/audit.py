"""The audit log in memory, as it is read."""

from datetime import datetime
from uuid import UUID

from mlmcore.domain.compliance import AuditLog
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._record_picking import picks_audit_row
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.record_filters import EVERY_AUDIT_ROW, AuditFilter

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

    def list_by_request(self, request_id: str, /) -> tuple[AuditLog, ...]:
        """Return the rows that a request of the host wrote, the oldest first."""
        return tuple(row for row in self._all() if row.request_id == request_id)

    def page(
        self, after: AuditLog | None = None, limit: int = 1000, *, where: AuditFilter = EVERY_AUDIT_ROW
    ) -> tuple[AuditLog, ...]:
        """Return the next rows that a filter picks."""
        checked_limit(limit)
        rows = sorted((row for row in self._all() if picks_audit_row(where, row)), key=_place)
        return tuple(row for row in rows if after is None or _place(row) > _place(after))[:limit]

    def _all(self) -> list[AuditLog]:
        return list(self._context.state.read("audit_logs").values())


def _place(row: AuditLog) -> tuple[datetime | None, UUID]:
    return row.created_at, row.id
