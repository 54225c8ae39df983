"""Whether a filter of records picks one: each condition that is given holds."""

from typing import Any

import attrs

from mlmcore.domain.commissions import LedgerLine
from mlmcore.domain.compliance import AuditLog
from mlmcore.repositories.record_filters import AuditFilter, LineFilter

__all__ = ["holds", "picks_audit_row"]


def holds(where: LineFilter | AuditFilter, record: LedgerLine | AuditLog) -> bool:
    """Whether every column that a filter names has the value that it asks for."""
    asked: dict[str, Any] = attrs.asdict(where, recurse=False)
    return all(value is None or getattr(record, name, value) == value for name, value in asked.items())


def picks_audit_row(where: AuditFilter, row: AuditLog) -> bool:
    """Whether a filter picks a row of the audit log."""
    first, end, at = where.created_from, where.created_before, row.created_at
    within = at is not None and (first is None or first <= at) and (end is None or at < end)
    return within and holds(where, row)
