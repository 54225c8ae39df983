"""A plan as the values of its document: what `dumps_plan` writes, and in what a variant differs from its plan.

Every part is an attrs class whose fields are the document's keys, so most of it is written by one rule; a part whose
spelling differs has a function of its own in `_SPELLINGS`. What is left out stands at its default.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import attrs

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._build import KINDS
from mlmcore.compensation.plan import InputColumn, KeyTable, LevelsBonus, Plan, Rank, RankRule, ThresholdTable

__all__ = ["HEADER", "document_values"]

HEADER: Final = "plan"
_NOT_WRITTEN: Final = frozenset({"variant", "name"})
"""Fields that stand elsewhere: a part's name is the key under which it stands."""
_ALWAYS: Final = frozenset({"kind"})
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", re.ASCII)
_SECTION_OF: Final[Mapping[str, str]] = {"rank_rule": "rank"}
"""Sections that are called otherwise than their field."""


def document_values(plan: Plan) -> dict[str, Any]:
    """Return the header, and each section that is not empty, by name."""
    written = _fields(plan)
    header = {key: value for key, value in written.items() if not _is_section(plan, key)}
    return {HEADER: header, **{_SECTION_OF.get(key, key): written[key] for key in written if key not in header}}


def _is_section(plan: Plan, key: str) -> bool:
    value = getattr(plan, key)
    is_list_of_parts = isinstance(value, tuple) and any(attrs.has(type(part)) for part in value)
    return isinstance(value, Mapping) or is_list_of_parts or key in {"inputs", *_SECTION_OF}


def _plain(value: Any) -> Any:
    """A part of a plan as values of TOML."""
    if type(value) in _SPELLINGS:
        return _SPELLINGS[type(value)](value)
    match value:
        case Expression():
            return _expression(value.text)
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case tuple():
            return [_plain(item) for item in value]
        case _ if attrs.has(type(value)):
            return _fields(value)
        case _:
            return getattr(value, "value", value)  # an enum is its value


def _expression(text: str) -> str | Decimal:
    """A formula as a text; a number as the number that it was in most files."""
    if _NUMBER.fullmatch(text) is None:
        return text
    value = Decimal(text)
    return value if f"{value:f}" == text else text


def _fields(part: attrs.AttrsInstance) -> dict[str, Any]:
    """Every field of a part that plays a role in its meaning and differs from its default."""
    fields = [field for field in attrs.fields(type(part)) if field.eq and field.name not in _NOT_WRITTEN]
    return {
        field.name.rstrip("_"): _plain(getattr(part, field.name))
        for field in fields
        if field.name in _ALWAYS or not _at_default(part, field)
    }


def _at_default(part: attrs.AttrsInstance, field: "attrs.Attribute[Any]") -> bool:
    value: Any = getattr(part, field.name)
    default: Any = field.default
    if default is attrs.NOTHING:
        return value is None
    return value is None or bool(value == (default.factory() if hasattr(default, "factory") else default))


def _levels(bonus: LevelsBonus) -> dict[str, Any]:
    """The three shapes of `rates` have a field each."""
    found = _fields(bonus)
    return {"rates" if key in {"rates_by_rank", "rate_by_rank"} else key: value for key, value in found.items()}


def _rank(rank: Rank) -> dict[str, Any]:
    """A rank's own numbers stand beside its requirement."""
    found = _fields(rank)
    return {**{key: value for key, value in found.items() if key != "numbers"}, **found.get("numbers", {})}


def _rank_rule(rule: RankRule) -> dict[str, Any]:
    given = rule.source == "attribute"
    climb = {} if given and rule.climb == "highest" else {"climb": rule.climb}
    return {"from": f"attribute {rule.attribute}" if given else rule.source, **climb}


def _column(column: InputColumn) -> dict[str, Any]:
    word = next(word for word, kind in KINDS.items() if kind == (column.kind, column.unit))
    return {"kind": word, "places": column.places}


def _threshold_table(table: ThresholdTable) -> dict[str, Any]:
    return {"by": "threshold", **_fields(table)}


def _key_table(table: KeyTable) -> dict[str, Any]:
    rows: dict[str, Any] = {keys[0]: value for keys, value in table.rows.items()}
    if len(table.by) > 1:
        by_first = groupby(sorted(table.rows.items()), key=lambda row: row[0][0])
        rows = {first: {keys[1]: value for keys, value in same} for first, same in by_first}
    return {"by": table.by[0] if len(table.by) == 1 else list(table.by), "rows": rows, "missing": table.missing}


_SPELLINGS: Final[Mapping[type, Callable[[Any], Any]]] = {
    InputColumn: _column,
    KeyTable: _key_table,
    LevelsBonus: _levels,
    Rank: _rank,
    RankRule: _rank_rule,
    ThresholdTable: _threshold_table,
}
