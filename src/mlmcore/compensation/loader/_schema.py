"""The JSON Schema of a plan's document, for editors that complete and explain while a plan is written.

It is made from the classes of the plan, whose fields are the document's keys: their types, what has no default, what
their docstrings say, and what the choices mean. A key whose spelling differs from its field is written in `_SPELLINGS`.
The loader says more: what keys mean together is no business of a schema.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from mlmcore.compensation import _choices
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._build import ATTRIBUTE_KINDS
from mlmcore.compensation.loader._kinds import KINDS
from mlmcore.compensation.plan import (
    AnyBonus,
    Cap,
    InputColumn,
    Inputs,
    KeyTable,
    LevelsBonus,
    Plan,
    Rank,
    RankRule,
    ThresholdTable,
)

__all__ = ["plan_schema"]

Schema = dict[str, Any]

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_SECTION_OF: Final = {"rank_rule": "rank"}
_KEYED: Final = "name"
"""A field that is the key under which its part stands."""
_TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
_NUMBER: Final[Schema] = {"type": "number"}
_WORDS: Final[Mapping[str, str]] = {
    "unpaid": "UNPAID",
    "no_upline": "NO_UPLINE",
    "remainder": "REMAINDER",
    "nobody": "NOBODY",
}
"""Texts of a bonus that are words or an account, and the choices that explain them."""
_ONE_OR_MORE: Final = frozenset({"once_per"})
"""Lists of which one element may stand alone."""
_PLAIN: Final[Mapping[type, Schema]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
    Decimal: _NUMBER,
    date: {"type": "string", "format": "date"},
    Expression: {"$ref": "#/definitions/expression"},
}


def plan_schema() -> Schema:
    """Return the schema of plans in TOML, draft 7; dates count as texts of the format `date`."""
    header, sections = _of_plan()
    whole = {**sections, "bonuses": _array({"oneOf": [_ref(kind) for kind in _kinds()]})}
    partial = {**{key: _lenient(value) for key, value in sections.items()}, "bonuses": _by_id(_ref("partial_bonus"))}
    partial["ranks"] = _by_id(_lenient(_rank()))
    partial["caps"] = _by_id(_lenient(_schema(Cap)))
    keys: Schema = dict.fromkeys(["plan", *whole, "variants", "drop"], True)
    variants = {"description": _said("variants"), "type": "object", "additionalProperties": _ref("partial")}
    return {
        "$schema": _DRAFT,
        "title": "A compensation plan of mlmcore",
        "type": "object",
        "required": ["plan"],
        "properties": {**keys, "plan": header, "variants": variants, "drop": {**_TEXTS, "description": _said("drop")}},
        "additionalProperties": False,
        "if": {"properties": {"plan": {"required": ["extends"]}}},
        "then": {"properties": partial},
        "else": {"properties": whole},
        "definitions": {
            "expression": {"description": _said("expression"), "type": ["string", "number", "boolean"]},
            "partial": _object({**partial, "plan": _lenient(header), "drop": _TEXTS}, ()),
            "partial_bonus": _partial_bonus(),
            **{kind: _bonus(bonus) for kind, bonus in _kinds().items()},
        },
    }


_SAID: Final[Mapping[str, str]] = {
    "variants": "What-ifs: partial plans that are merged over this one when they are asked for by name.",
    "drop": "Bonuses, ranks, caps and entries of sections of the other plan that this one has not.",
    "expression": "A formula, a number or a condition.",
    "extends": "The file of another plan over which this one is merged, from the folder of this file.",
    "compression": "Stands for counts and unpaid, in the words of the trade.",
    "rates": "A list by level, a list by level for each rank, or one rate for each rank.",
}


def _said(key: str) -> str:
    return _SAID[key]


def _of_plan() -> tuple[Schema, Schema]:
    """The header, and the sections by key."""
    hints, header, sections = _hints(Plan), Schema(), Schema()
    for field in _fields(Plan):
        if field.name in {"variant", "bonuses"}:
            continue
        inside = _is_section(hints[field.name])
        kept = sections if inside else header
        kept[_SECTION_OF.get(field.name, field.name)] = _described(Plan, field.name, hints[field.name])
    counts = {"type": "object", "additionalProperties": {"type": "integer"}}  # `unilevel.paid = 1` is a table in one
    sections["history"]["additionalProperties"] = {"anyOf": [{"type": "integer"}, counts]}
    required = [field.name for field in _fields(Plan) if field.default is attrs.NOTHING]
    header["extends"] = {"type": "string", "description": _said("extends")}
    plan = _object(header, ())
    return {**plan, "anyOf": [{"required": ["extends"]}, {"required": required}]}, sections


def _is_section(hint: Any) -> bool:
    hint = _without_none(hint)
    inside = get_args(hint)[:1] if get_origin(hint) is tuple else ()
    listed = any(attrs.has(_without_none(part)) for part in inside if isinstance(_without_none(part), type))
    return get_origin(hint) is Mapping or hint in {Inputs, RankRule} or listed or _is_mapping(hint)


def _is_mapping(hint: Any) -> bool:
    return isinstance(get_origin(hint), type) and issubclass(get_origin(hint), Mapping)


@cache
def _kinds() -> Mapping[str, type[Any]]:
    """The classes of bonuses, by kind."""
    classes = {_hints(one)["kind"]: one for one in _members(AnyBonus)}
    return {get_args(kind)[0]: one for kind, one in classes.items()}


def _bonus(bonus: type[Any]) -> Schema:
    schema = _schema(bonus)
    kind = get_args(_hints(bonus)["kind"])[0]
    properties = {**schema["properties"], "kind": {"const": kind, "description": KINDS[kind]}}
    for key, words in _WORDS.items():
        if key in properties:
            properties[key] = {**properties[key], "description": _explained(getattr(_choices, words))}
    return {**schema, "description": KINDS[kind], "properties": properties, "required": [*schema["required"], "kind"]}


def _partial_bonus() -> Schema:
    """Some keys of a bonus of whatever kind."""
    found: dict[str, list[Any]] = {}
    for bonus in _kinds().values():
        for key, value in _bonus(bonus)["properties"].items():
            if value not in found.setdefault(key, []):
                found[key].append(value)
    either = {key: values[0] if len(values) == 1 else {"anyOf": values} for key, values in found.items()}
    partial: Schema = _lenient(_object({**either, "kind": _enum("kind", tuple(KINDS), KINDS)}, ()))
    return partial


def _schema(part: type[Any]) -> Schema:
    """The schema of one class."""
    if part in _SPELLINGS:
        return _SPELLINGS[part]()
    hints = _hints(part)
    fields = [field for field in _fields(part) if field.name != _KEYED]
    properties = {_key(field.name): _described(part, field.name, hints[field.name]) for field in fields}
    required = [_key(field.name) for field in fields if field.default is attrs.NOTHING]
    return _object(properties, required)


def _described(part: type[Any], name: str, hint: Any) -> Schema:
    """A field's type, with what the class says of it."""
    schema = _of_type(name, hint)
    said = _documented(part).get(name)
    if said is None or "description" in schema:
        return schema
    return {"description": said, "allOf": [schema]} if "$ref" in schema else {"description": said, **schema}


def _of_type(name: str, hint: Any) -> Schema:  # noqa: PLR0911 - a return per kind of type
    members = _members(hint)
    if len(members) > 1:
        return {"anyOf": [_of_type(name, member) for member in members]}
    hint = members[0]
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _enum(name, inside, {})
    if origin is tuple:
        item = _of_type(name, inside[0])
        return {"anyOf": [item, _array(item)]} if name in _ONE_OR_MORE else _array(item)
    if _is_mapping(hint):
        return {"type": "object", "additionalProperties": _of_type(name, inside[1])}
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(name, tuple(item.value for item in hint), {})
    return _schema(hint)


def _enum(name: str, words: tuple[Any, ...], meanings: Mapping[str, str]) -> Schema:
    meanings = meanings or _meanings(words)
    return {"enum": list(words), "description": _explained(meanings) if any(meanings.values()) else name}


def _explained(meanings: Mapping[str, str]) -> str:
    return "; ".join(f'"{word}": {meaning}' for word, meaning in meanings.items() if meaning)


def _meanings(words: tuple[Any, ...]) -> Mapping[str, str]:
    """What the loader says of a set of choices."""
    known = (found for found in vars(_choices).values() if isinstance(found, dict))
    return next((found for found in known if set(found) == set(words)), {})


def _levels() -> Schema:
    """The three shapes of `rates` have a field each, and `compression` stands for two keys."""
    hints = _hints(LevelsBonus)
    fields = [field for field in _fields(LevelsBonus) if not field.name.endswith("_by_rank")]
    properties = {_key(field.name): _described(LevelsBonus, field.name, hints[field.name]) for field in fields}
    shapes = [_of_type("rates", hints[name]) for name in ("rates", "rates_by_rank", "rate_by_rank")]
    properties["rates"] = {"description": _said("rates"), "anyOf": shapes}
    properties["compression"] = {
        "enum": list(_choices.COMPRESSION),
        "description": f"{_said('compression')} {_explained(_choices.COMPRESSION)}",
    }
    required = [_key(field.name) for field in fields if field.default is attrs.NOTHING]
    both = ["counts", "unpaid"]
    schema = _object(properties, [key for key in required if key not in both])
    return {**schema, "anyOf": [{"required": ["compression"]}, {"required": both}]}


def _rank() -> Schema:
    said = _documented(Rank)
    properties = {"id": {"type": "string"}, "requires": dict(_PLAIN[Expression])}
    return {
        **_object(properties, ["id"]),
        "description": said.get("numbers", "Its requirement, and its own numbers."),
        "additionalProperties": _NUMBER,
    }


def _rank_rule() -> Schema:
    said = _documented(RankRule)
    source = {"type": "string", "pattern": "^(requires|best|attribute \\S+)$", "description": said["source"]}
    climb = _described(RankRule, "climb", _hints(RankRule)["climb"])
    return _object({"from": source, "climb": climb}, ["from"])


def _column() -> Schema:
    kind = {"enum": list(ATTRIBUTE_KINDS)}
    places = {"type": "integer", "minimum": 0, "maximum": 12}
    return {"anyOf": [kind, _object({"kind": kind, "places": places}, ["kind"])]}


def _threshold_table() -> Schema:
    schema = _plain_schema(ThresholdTable)
    pair = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
    properties = {**schema["properties"], "rows": {"type": "array", "items": pair, "minItems": 1}}
    return _object({"by": {"const": "threshold"}, **properties}, ["by", "rows"])


def _key_table() -> Schema:
    word: Schema = {"enum": ["rank", "level", "key"]}
    several = {"type": "array", "items": word, "minItems": 1, "maxItems": 2}
    values = {"anyOf": [_NUMBER, _array(_NUMBER), {"type": "object", "additionalProperties": _NUMBER}]}
    properties = {
        "by": {"anyOf": [{"enum": ["rank", "key"]}, several], "description": _explained(_choices.TABLE_BY)},
        "rows": {"type": "object", "additionalProperties": values},
        "missing": {"anyOf": [_NUMBER, {"const": "error"}]},
    }
    return _object(properties, ["by", "rows", "missing"])


def _plain_schema(part: type[Any]) -> Schema:
    hints = _hints(part)
    fields = [field for field in _fields(part) if field.name != _KEYED]
    return _object({field.name: _described(part, field.name, hints[field.name]) for field in fields}, ())


_SPELLINGS: Final[Mapping[type, Callable[[], Schema]]] = {
    InputColumn: _column,
    KeyTable: _key_table,
    LevelsBonus: _levels,
    Rank: _rank,
    RankRule: _rank_rule,
    ThresholdTable: _threshold_table,
}


def _object(properties: Schema, required: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by_id(part: Schema) -> Schema:
    """A list of parts with ids, or a table by id."""
    return {"anyOf": [_array(part), {"type": "object", "additionalProperties": part}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _lenient(schema: Any) -> Any:
    """A schema of which nothing is required, and whose tables may drop keys."""
    if isinstance(schema, list):
        return [_lenient(part) for part in schema if not _only_required(part)]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _lenient(value) for key, value in schema.items() if key != "required"}
    kept = {key: value for key, value in kept.items() if not (key == "anyOf" and value == [])}
    if schema.get("type") == "object" and "properties" in schema:
        kept["properties"] = {**kept["properties"], "drop": _TEXTS}
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        kept["properties"] = {"drop": {}}
    return kept


def _only_required(part: Any) -> bool:
    return isinstance(part, dict) and set(part) == {"required"}


def _fields(part: type[Any]) -> Iterator["attrs.Attribute[Any]"]:
    return (field for field in attrs.fields(part) if field.eq)


def _key(name: str) -> str:
    return name.rstrip("_")


def _hints(part: type[Any]) -> Mapping[str, Any]:
    return {field.name: field.type for field in _fields(part)}


def _members(hint: Any) -> list[Any]:
    """The types of a union without None."""
    if get_origin(hint) in {Union, UnionType}:
        return [member for part in get_args(hint) if part is not type(None) for member in _members(part)]
    return [hint]


def _without_none(hint: Any) -> Any:
    members = _members(hint)
    return members[0] if len(members) == 1 else hint


def _documented(part: type[Any]) -> Mapping[str, str]:
    """What the docstrings of a class and those above it say of each attribute."""
    found: dict[str, str] = {}
    for one in reversed(part.__mro__):
        _, _, text = (inspect.cleandoc(one.__doc__ or "")).partition("Attributes:\n")
        for name, said in re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", text, re.DOTALL | re.MULTILINE):
            found[name] = " ".join(said.split())
    return found
