"""How the fields of a plan are made: frozen mappings, exact decimals, expressions out of what Python may write."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from attrs import Attribute

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.domain.decimals import as_decimal

Value = Expression | Decimal | int | str | bool | date
"""What may stand where a plan expects an expression; texts are formulas."""


def items(items: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(items))


def tables(items: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType({name: MappingProxyType(dict(item)) for name, item in items.items()})


def decimals(items: Mapping[str, Decimal | int]) -> Mapping[str, Decimal]:
    return MappingProxyType({name: as_decimal(item) for name, item in items.items()})


def rows(rows: Mapping[tuple[str, ...], Decimal]) -> Mapping[tuple[str, ...], Decimal]:
    return MappingProxyType(dict(rows))


def expression(value: Value | None) -> Expression | None:
    return None if value is None else Expression.of(value)


def required(value: Value) -> Expression:
    return Expression.of(value)


def expressions(items: Iterable[Value] | None) -> tuple[Expression, ...] | None:
    return None if items is None else tuple(map(Expression.of, items))


def expressions_by_name_or_none(items: Mapping[str, Value] | None) -> Mapping[str, Expression] | None:
    return None if items is None else expressions_by_name(items)


def expressions_by_name(items: Mapping[str, Value]) -> Mapping[str, Expression]:
    return MappingProxyType({name: Expression.of(item) for name, item in items.items()})


def lists_by_name(items: Mapping[str, Iterable[Value]] | None) -> Mapping[str, tuple[Expression, ...]] | None:
    if items is None:
        return None
    return MappingProxyType({name: tuple(map(Expression.of, row)) for name, row in items.items()})


def texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def source_of(*words: str) -> Callable[[object, "Attribute[Any]", object], None]:
    """Return the validator of where a bonus starts: some words, or `events.NAME`."""
    known = one_of(*words)

    def validate(instance: object, attribute: "Attribute[Any]", value: object) -> None:
        if not (isinstance(value, str) and value.startswith("events.")):
            known(instance, attribute, value)

    return validate


def one_of(*words: str) -> Callable[[object, "Attribute[Any]", object], None]:
    """Return the validator of a choice, which None passes where the field is optional."""

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if value not in words and not (value is None and attribute.default is None):
            known = ", ".join(map(repr, words))
            raise ValueError(f"{attribute.name.rstrip('_')} must be one of {known}, not {value!r}")

    return validate
