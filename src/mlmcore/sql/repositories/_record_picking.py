"""A filter of records as the condition of a query and its parameters; what it leaves out stands in neither."""

from typing import Any

import attrs

from mlmcore.repositories.record_filters import AuditFilter, LineFilter

__all__ = ["audit_condition", "line_condition"]

Condition = tuple[str, dict[str, Any]]


def line_condition(where: LineFilter) -> Condition:
    """The condition of a filter of ledger lines."""
    return _joined({name: f"{name} = %({name})s" for name in attrs.fields_dict(LineFilter)}, where)


def audit_condition(where: AuditFilter) -> Condition:
    """The condition of a filter of the audit log."""
    words = {name: f"{name} = %({name})s" for name in attrs.fields_dict(AuditFilter)}
    words["created_from"] = "created_at >= %(created_from)s"
    words["created_before"] = "created_at < %(created_before)s"
    return _joined(words, where)


def _joined(words: dict[str, str], where: LineFilter | AuditFilter) -> Condition:
    given = {name: value for name in words if (value := getattr(where, name)) is not None}
    return " AND ".join(["true", *(words[name] for name in given)]), given
