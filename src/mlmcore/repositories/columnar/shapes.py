"""Which tables pass as columns, and what each of their columns holds.

A column is an attribute of the table's entity under the same name; its kind follows from the attribute's type, its
decimal places from the schema. Secrets and password hashes are no columns: they leave a store one by one, if at all.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
from attrs import frozen

from mlmcore.domain.commissions import LedgerLine, UnpaidLine
from mlmcore.domain.errors import RefusedError, nearest
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.sales import Customer, Order, OrderItem, Product
from mlmcore.repositories.secrets import SECRET_COLUMNS

__all__ = ["ADDABLE", "BY_PERIOD", "SHAPES", "ColumnShape", "Kind", "Shape", "shape_of"]

Kind = Literal["uuid", "text", "label", "json", "integer", "flag", "decimal", "day", "instant"]

ADDABLE: Final = ("users", "distributors", "customers", "products", "orders", "order_items")
"""The tables that take columns, each after those that it refers to."""

BY_PERIOD: Final = frozenset({"commission_ledger", "commission_unpaid"})
"""The tables that are read period by period."""

_ENTITIES: Final[Mapping[str, type[attrs.AttrsInstance]]] = {
    "users": User,
    "distributors": Distributor,
    "customers": Customer,
    "products": Product,
    "orders": Order,
    "order_items": OrderItem,
    "commission_ledger": LedgerLine,
    "commission_unpaid": UnpaidLine,
}
_KEYS: Final[Mapping[str, str]] = {"distributors": "user_id"}
_NEVER: Final = frozenset({"items", "password_hash"})
_USUAL: Final = (18, 2)
_RATE: Final = (12, 8)
_EXACT: Final = (30, 12)
_DIGITS: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    ("products", "weight"): (8, 2),
    ("commission_ledger", "rate"): _RATE,
    ("commission_ledger", "base"): _EXACT,
    ("commission_unpaid", "rate"): _RATE,
    ("commission_unpaid", "base"): _EXACT,
    ("commission_unpaid", "amount"): _EXACT,
}
"""Digits and decimal places of the decimals that are neither money nor volume; a test holds them to the schema."""


@frozen(kw_only=True)
class ColumnShape:
    """What a column holds.

    Attributes:
        name: The column's, and the attribute's.
        kind: Of its values.
        required: Whether an entity needs it.
        money: Whether it is `Money`, whose currency stands in the row.
        labels: The class of its labels.
        digits: Of a decimal: how many it has.
        places: Of a decimal: how many of them stand behind the point.
        many: Of JSON: whether it is an array.
    """

    name: str
    kind: Kind
    required: bool
    money: bool = False
    labels: type[StrEnum] | None = None
    digits: int = 0
    places: int = 0
    many: bool = False


@frozen(kw_only=True)
class Shape:
    """A table as columns.

    Attributes:
        table: Its name.
        entity: The class of its rows.
        key: The column by which its rows are ordered.
        columns: By name, in the schema's order.
    """

    table: str
    entity: type[attrs.AttrsInstance]
    key: str
    columns: Mapping[str, ColumnShape]


def shape_of(table: str) -> Shape:
    """A table's shape.

    Raises:
        RefusedError: The table does not pass as columns.
    """
    found = SHAPES.get(table)
    if found is None:
        hint = nearest(table, SHAPES)
        raise RefusedError(f"{table!r} is no table that passes as columns; {hint or 'those are ' + ', '.join(SHAPES)}")
    return found


@cache
def _shape(table: str, entity: type[attrs.AttrsInstance]) -> Shape:
    hints = get_type_hints(entity)
    secret = SECRET_COLUMNS.get(table, frozenset())
    fields = [item for item in attrs.fields(entity) if item.name not in _NEVER | secret]
    columns = {item.name: _column(table, item, hints[item.name]) for item in fields}
    return Shape(table=table, entity=entity, key=_KEYS.get(table, "id"), columns=columns)


def _column(table: str, item: "attrs.Attribute[Any]", hint: Any) -> ColumnShape:
    kind = _without_none(hint)
    origin = get_origin(kind) or kind
    digits, places = _DIGITS.get((table, item.name), _USUAL) if origin in {Decimal, Money} else (0, 0)
    return ColumnShape(
        name=item.name,
        kind=_kind(origin),
        required=item.default is attrs.NOTHING,
        money=origin is Money,
        labels=origin if issubclass(origin, StrEnum) else None,
        digits=digits,
        places=places,
        many=origin is tuple,
    )


def _kind(origin: type[Any]) -> Kind:
    if issubclass(origin, StrEnum):
        return "label"
    kinds: dict[Any, Kind] = {
        UUID: "uuid",
        str: "text",
        bool: "flag",
        int: "integer",
        Decimal: "decimal",
        Money: "decimal",
        date: "day",
        datetime: "instant",
    }
    return kinds.get(origin, "json")


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        return next(item for item in get_args(hint) if item is not NoneType)
    return hint


SHAPES: Final[Mapping[str, Shape]] = {table: _shape(table, entity) for table, entity in _ENTITIES.items()}
"""The tables that pass as columns."""
