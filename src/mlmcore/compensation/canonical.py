"""A plan in canonical form: what is stored with a run, and what its digest is taken of.

Only meaning is in it: no file, no lines, no order of keys, no spelling of the file. Defaults are written out, so a
default that changes in a later version changes the digest too.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from mlmcore.compensation.expressions.expression import Expression

if TYPE_CHECKING:
    from mlmcore.compensation.plan import Plan


def document_of(plan: "Plan") -> dict[str, Any]:
    """Return a plan as JSON-able values; whatever is None is left out."""
    return _fields(plan)


def canonical_text(plan: "Plan") -> str:
    """Return the canonical form as text: JSON with sorted keys and no white space."""
    return json.dumps(document_of(plan), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(plan: "Plan") -> str:
    """Return the sha256 of the canonical text in UTF-8, in hex."""
    return hashlib.sha256(canonical_text(plan).encode()).hexdigest()


def _fields(item: attrs.AttrsInstance) -> dict[str, Any]:
    values = {field.name: getattr(item, field.name) for field in attrs.fields(type(item)) if field.eq}
    return {name.rstrip("_"): _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:  # noqa: PLR0911 - a return per kind
    match value:
        case Expression():
            return value.text
        case Decimal():
            return f"{value:f}"
        case Enum():
            return value.value
        case Mapping():
            return {_key(key): _plain(item) for key, item in value.items()}
        case tuple():
            return [_plain(item) for item in value]
        case date():
            return value.isoformat()
        case _ if attrs.has(type(value)):
            return _fields(value)
        case _:
            return value


def _key(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else "/".join(key)
