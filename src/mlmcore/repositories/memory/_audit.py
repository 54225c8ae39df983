"""Audit rows as the database writes them: who, which row of which table, and what changed.

Secrets appear as `{"changed": true}`; personal values as a salted hash, and their clear text in `audit_personal`, from
which alone an erasure may delete.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from attrs import frozen

from mlmcore.domain.compliance import AuditLog
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.personal import SECRET, audited_personal
from mlmcore.repositories.memory._context import Context

__all__ = ["AuditPersonal", "audit_bulk", "audit_insert", "audit_update", "audited_key", "plain", "write_audit"]

DERIVED: Mapping[str, frozenset[str]] = {
    "distributors": frozenset(
        {"personal_pv", "group_pv", "current_month_pv", "current_month_gv", "lifetime_pv", "sponsor_leg"}
    ),
}
_STAMPS = frozenset({"created_at", "updated_at"})


@frozen(kw_only=True)
class AuditPersonal:
    """The clear text of one personal value in the log; erasure deletes it, and the log stays."""

    audit_id: UUID
    entity_type: str
    entity_id: UUID
    column_name: str
    moment: str
    value: Any
    salt: bytes
    created_at: datetime


def audit_insert(context: Context, table: str, key: object, columns: Mapping[str, Any]) -> None:
    """Write the row of an insert: all columns that are set."""
    after = {name: value for name, value in columns.items() if value is not None}
    _write(context, table, audited_key(table, key), "insert", None, after)


def audit_update(
    context: Context, table: str, key: object, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Write the row of an update: the changed columns, and no row when only derived ones changed."""
    quiet = DERIVED.get(table, frozenset()) | _STAMPS
    changed = [name for name in after if name not in quiet and before[name] != after[name]]
    if changed:
        _write(
            context,
            table,
            audited_key(table, key),
            "update",
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        )


def audit_bulk(context: Context, table: str, rows: int, key: UUID | None = None) -> None:
    """Write the one row of a bulk step."""
    _write(context, table, key or audited_key(table, "bulk"), "bulk", None, {"rows": rows})


def write_audit(context: Context, table: str, key: UUID, action: str, document: Mapping[str, Any]) -> None:
    """Write a row of another action, about one row of a table."""
    _write(context, table, key, action, None, document)


def audited_key(table: str, key: object) -> UUID:
    """Return the entity id under which a row is audited: its own, or for a key that is no UUID one made from it."""
    if isinstance(key, UUID):
        return key
    text = ",".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
    return UUID(hashlib.md5(f"{table}:{text}".encode(), usedforsecurity=False).hexdigest())


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: decimals and ids as text."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    match value:
        case Money():
            return str(value.amount)
        case Enum():
            return value.value
        case Decimal():
            return f"{value:f}"  # never with an exponent: zero with twelve places is no 0E-12
        case UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _write(
    context: Context,
    table: str,
    entity_id: UUID,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    audit_id = new_id()

    def shown(moment: str, columns: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if columns is None:
            return None
        hide = _hider(context, table, entity_id, audit_id, moment)
        return {name: hide(name, value) for name, value in columns.items()}

    log = context.state.write("audit_logs")
    log[len(log)] = AuditLog(
        id=audit_id,
        actor_id=context.actor.user_id,
        entity_type=table,
        entity_id=entity_id,
        action=action,
        before_data=shown("before", before),
        after_data=shown("after", after),
        ip_address=context.actor.ip_address,
        user_agent=context.actor.user_agent,
        session_id=context.actor.session_id,
        request_id=context.actor.request_id,
        created_at=context.now,
    )


def _hider(context: Context, table: str, entity_id: UUID, audit_id: UUID, moment: str) -> Callable[[str, Any], Any]:
    secret, personal = SECRET.get(table, frozenset()), audited_personal(table)

    def hide(name: str, value: Any) -> Any:
        if name in secret:
            return {"changed": True}
        if name not in personal or value is None:
            return plain(value)
        clear = AuditPersonal(
            audit_id=audit_id,
            entity_type=table,
            entity_id=entity_id,
            column_name=name,
            moment=moment,
            value=plain(value),
            salt=secrets.token_bytes(16),
            created_at=context.now,
        )
        rows = context.state.write("audit_personal")
        rows[len(rows)] = clear
        return {"sha256": hashlib.sha256(clear.salt + json.dumps(clear.value).encode()).hexdigest()}

    return hide
