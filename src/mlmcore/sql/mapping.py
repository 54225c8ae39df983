"""Entities to rows and back: where a column's form in the database meets an attribute's form in the domain.

Money becomes its amount, and finds its currency again in the row; labels become enums; JSON goes as text and is cast
in the statement; secrets are sealed on the way in and opened on the way out. Nothing is rounded: the entities'
validators have refused what a column would round.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
from attrs import frozen

from mlmcore.domain.entities import column_names
from mlmcore.domain.money import Money
from mlmcore.repositories.secrets import SECRET_COLUMNS, Cipher, open_json, seal_json

__all__ = ["Columns", "columns_of", "copy_line", "json_text"]

E = TypeVar("E", bound=attrs.AttrsInstance)
Form = Literal["plain", "money", "enum", "json", "json_array", "text_array", "instant"]

_CASTS: Mapping[str, str] = {"json": "::jsonb", "json_array": "::jsonb[]", "text_array": "::text[]"}
_TEXT_SECRETS = frozenset({"two_factor_secret", "tax_id"})  # sealed in text columns (decision D17)


@frozen(kw_only=True, eq=False)
class Columns:
    """How one class of entities stands in one table.

    Attributes:
        table: The table's name.
        entity: The class.
        forms: For each column, in order, the form of its values.
        enums: The class of each column of labels.
        uuids: The columns that hold UUIDs.
    """

    table: str
    entity: type[Any]
    forms: Mapping[str, Form]
    enums: Mapping[str, type[StrEnum]]
    uuids: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(self.forms)

    def placeholder(self, name: str) -> str:
        """The parameter of a column, with the cast that its form needs."""
        return f"%({name})s{_CASTS.get(self._stored_form(name), '')}"

    def row(self, entity: Any, cipher: Cipher | None) -> dict[str, Any]:
        """The column values of an entity, ready to be sent.

        Raises:
            RefusedError: It holds a secret, and there is no cipher.
        """
        row = {name: self._sent(name, getattr(entity, name)) for name in self.forms}
        for name in SECRET_COLUMNS.get(self.table, ()):
            row[name] = self._sealed(name, getattr(entity, name), cipher)
        return row

    def entity_of(self, row: Mapping[str, Any], cipher: Cipher | None, **more: Any) -> Any:
        """The entity behind a row.

        Args:
            row: The columns, and `currency` where a money column needs it and the table has none.
            cipher: Opens secrets.
            more: Attributes that are no columns.

        Raises:
            RefusedError: It holds a secret, and there is no cipher that opens it.
        """
        values = {name: self._read(name, row[name], row) for name in self.forms}
        for name in SECRET_COLUMNS.get(self.table, ()):
            values[name] = self._opened(name, row[name], cipher)
        return self.entity(**{key: value for key, value in values.items() if value is not None}, **more)

    def resealed(self, row: Mapping[str, Any], cipher: Cipher) -> dict[str, Any]:
        """The secret columns of a row, sealed under the cipher's current key, ready to be sent.

        Raises:
            RefusedError: The cipher does not open one of them.
        """
        names = SECRET_COLUMNS.get(self.table, ())
        return {name: self._sealed(name, self._opened(name, row[name], cipher), cipher) for name in names}

    def envelopes(self, name: str) -> str:
        """What to select `envelope` from, for the envelopes of a secret column; none where there is no secret."""
        if self.forms[name] == "json_array":
            return f"unnest({name}) AS envelope"
        return f"(SELECT {name}::jsonb AS envelope WHERE {name} IS NOT NULL) AS one"

    def _stored_form(self, name: str) -> Form:
        secret = name in SECRET_COLUMNS.get(self.table, ())
        return "plain" if secret and name in _TEXT_SECRETS else self.forms[name]

    def _sent(self, name: str, value: Any) -> Any:
        return None if value is None else _SENT[self.forms[name]](value)

    def _read(self, name: str, value: Any, row: Mapping[str, Any]) -> Any:
        if value is None:
            return None
        match self.forms[name]:
            case "money":
                return Money.of(value, row["currency"])
            case "enum":
                return self.enums[name](value)
            case "json_array" | "text_array":
                return tuple(value)
            case "instant":
                return value.astimezone(UTC)
            case _:
                return str(value) if isinstance(value, _ADDRESSES) else value

    def _sealed(self, name: str, value: Any, cipher: Cipher | None) -> Any:
        if not value:
            return None
        column = f"{self.table}.{name}"
        if self.forms[name] == "json_array":
            return [json_text(seal_json(cipher, item, column=column)) for item in value]
        return json_text(seal_json(cipher, value, column=column))

    def _opened(self, name: str, stored: Any, cipher: Cipher | None) -> Any:
        if not stored:
            return None
        column = f"{self.table}.{name}"
        if self.forms[name] == "json_array":
            return tuple(open_json(cipher, item, column=column) for item in stored)
        return open_json(cipher, json.loads(stored) if isinstance(stored, str) else stored, column=column)


_ADDRESSES = (IPv4Address, IPv4Interface, IPv6Address, IPv6Interface)


@cache
def columns_of(table: str, entity: type[Any]) -> Columns:
    """How a class of entities stands in a table."""
    hints = get_type_hints(entity)
    kinds = {name: _without_none(hints[name]) for name in column_names(entity)}
    return Columns(
        table=table,
        entity=entity,
        forms={name: _form(kind) for name, kind in kinds.items()},
        enums={name: kind for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, StrEnum)},
        uuids=frozenset(name for name, kind in kinds.items() if kind is UUID),
    )


def json_text(value: Any) -> str:
    """A value as JSON, the same text for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def copy_line(values: list[Any]) -> bytes:
    r"""One line of a text COPY.

    >>> copy_line([1, None, "a\tb", True])
    b'1\t\\N\ta\\tb\tt\n'
    """
    return "\t".join("\\N" if value is None else _escaped(_text(value)) for value in values).encode() + b"\n"


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        return next(item for item in get_args(hint) if item is not NoneType)
    return hint


def _form(kind: Any) -> Form:
    origin = get_origin(kind) or kind
    if origin is tuple:
        return "text_array" if get_args(kind)[0] is str else "json_array"
    if isinstance(origin, type) and issubclass(origin, StrEnum):
        return "enum"
    forms: dict[Any, Form] = {Money: "money", Mapping: "json", datetime: "instant"}
    return forms.get(origin, "plain")


_SENT: Mapping[Form, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "instant": lambda value: value,
    "money": lambda value: value.amount,
    "enum": lambda value: value.value,
    "json": json_text,
    "json_array": lambda value: [json_text(item) for item in value],
    "text_array": list,
}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _text(value: Any) -> str:
    forms: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
        (str, lambda item: item),
        (bool, lambda item: "t" if item else "f"),
        (Decimal, lambda item: format(item, "f")),
        ((int, UUID), str),
        ((date, datetime), lambda item: item.isoformat()),
        (list, _array),
    )
    for kinds, write in forms:
        if isinstance(value, kinds):
            return write(value)
    raise TypeError(f"no text form of {type(value).__name__} for COPY")


def _array(items: list[str]) -> str:
    quoted = ('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in items)
    return "{" + ",".join(quoted) + "}"
