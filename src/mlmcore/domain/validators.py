"""Validators that the entities share: what a column of the schema can hold, said before the database has to say it.

Each is an attrs validator; its message names the attribute, the value and the rule. Nothing is rounded or cut to fit.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from attrs import Attribute

from mlmcore.domain.decimals import as_decimal
from mlmcore.domain.money import Money, currency_places
from mlmcore.domain.rates import RATE_PLACES

__all__ = [
    "aware",
    "currency",
    "day",
    "digest",
    "each_text",
    "email",
    "exact_decimal",
    "integer",
    "json_object",
    "money",
    "money_amount",
    "rate",
    "same_currency",
    "text",
    "unit",
    "volume",
]

Validator = Callable[[Any, "Attribute[Any]", Any], None]

INT32_MAX: Final = 2**31 - 1
YEAR_MIN, YEAR_MAX = 1900, 2999
_SHOWN_MAX: Final = 80
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_UNITS: Final = ("number", "points", "money")
_NUMERIC_18_2_MAX: Final = Decimal(10) ** 16


def text(length: int | None = None, *, empty: bool = True) -> Validator:
    """Text that PostgreSQL can store: no NUL, no lone surrogate, at most `length` characters."""

    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            _refuse(attribute, value, "is text", TypeError)
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            _refuse(
                attribute,
                value,
                "holds a NUL or a lone surrogate, which the database cannot store; remove it",
            )
        if length is not None and len(value) > length:
            raise ValueError(f"{attribute.name} has {len(value)} characters; at most {length} fit")
        if not empty and not value.strip():
            _refuse(attribute, value, "must not be empty")

    return validate


def email(length: int) -> Validator:
    """An address: text with something on both sides of an @ and no white space."""
    check = text(length, empty=False)

    def validate(entity: object, attribute: "Attribute[Any]", value: Any) -> None:
        check(entity, attribute, value)
        if isinstance(value, str):
            local, at, host = value.rpartition("@")
            if not (local and at and host) or any(character.isspace() for character in value):
                _refuse(attribute, value, "is an address such as ann@example.com")

    return validate


def each_text(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A tuple of texts, each of which the database can store."""
    if value is None:
        return
    if not isinstance(value, tuple):
        _refuse(attribute, value, "is a tuple of texts", TypeError)
    for item in value:
        text()(None, attribute, item)


def integer(minimum: int = -INT32_MAX, maximum: int = INT32_MAX) -> Validator:
    """A whole number in a range."""

    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            _refuse(attribute, value, "is a whole number", TypeError)
        if not minimum <= value <= maximum:
            _refuse(attribute, value, f"is from {minimum} to {maximum}")

    return validate


def exact_decimal(places: int, minimum: Decimal | None = None) -> Validator:
    """An exact decimal with at most so many places that `numeric(18,2)` or its like holds unrounded."""

    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, Decimal):
            _refuse(attribute, value, "is a Decimal, never a float", TypeError)
        try:
            as_decimal(value, places)
        except ValueError as error:
            raise ValueError(f"{attribute.name}: {error}") from None
        if abs(value) >= _NUMERIC_18_2_MAX:
            _refuse(attribute, value, f"is below {_NUMERIC_18_2_MAX:f}, which is what its column holds")
        if minimum is not None and value < minimum:
            _refuse(attribute, value, f"is at least {minimum}")

    return validate


def volume(minimum: int | None = None) -> Validator:
    """A volume: hundredths at the finest."""
    return exact_decimal(2, None if minimum is None else Decimal(minimum))


def money_amount(minimum: int | None = None) -> Validator:
    """Money of a column whose table names no currency: hundredths at the finest."""
    return exact_decimal(2, None if minimum is None else Decimal(minimum))


def rate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A rate: at most eight decimal places, and below 10,000."""
    exact_decimal(RATE_PLACES)(_, attribute, value)
    if isinstance(value, Decimal) and abs(value) >= 10_000:
        _refuse(attribute, value, "is below 10000, which is what its column holds")


def money(minimum: int | None = None) -> Validator:
    """`Money` of a currency with at most two decimal places (decision D4) that `numeric(18,2)` holds."""

    def validate(entity: object, attribute: "Attribute[Any]", value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, Money):
            _refuse(attribute, value, "is Money", TypeError)
        if currency_places(value.currency) > 2:
            _refuse(attribute, value, "has more decimal places than the database's two; files and memory take it")
        exact_decimal(2, None if minimum is None else Decimal(minimum))(entity, attribute, value.amount)

    return validate


def currency(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """Three letters of ISO 4217."""
    if not isinstance(value, str):
        _refuse(attribute, value, "is text", TypeError)
    currency_places(value)


def digest(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A SHA-256 in hexadecimal."""
    if value is None:
        return
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        _refuse(attribute, value, "is 64 hexadecimal digits")


def unit(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """What a figure is counted in."""
    if value not in _UNITS:
        _refuse(attribute, value, f"is one of {', '.join(_UNITS)}")


def aware(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """An instant: a datetime with a zone, in a year that people mean."""
    if value is None:
        return
    if not isinstance(value, datetime) or value.tzinfo is None:
        _refuse(attribute, value, "is a datetime with a time zone", TypeError)
    _check_year(attribute, value)


def day(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A day, not an instant, in a year that people mean."""
    if value is None:
        return
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse(attribute, value, "is a date", TypeError)
    _check_year(attribute, value)


def json_object(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A mapping, or a tuple of mappings, that JSON can hold without a float."""
    if value is None:
        return
    for item in value if isinstance(value, tuple) else (value,):
        if not isinstance(item, Mapping):
            raise TypeError(f"{attribute.name} holds JSON objects, not {type(item).__name__}")
        _check_json(attribute.name, item)


def same_currency(entity: Any, *names: str) -> None:
    """The money attributes named agree with the entity's `currency`.

    Raises:
        ValueError: One of them has another currency.
    """
    for name in names:
        value = getattr(entity, name)
        if value is not None and value.currency != entity.currency:
            raise ValueError(f"{name} is {value}, and the {type(entity).__name__}'s currency is {entity.currency}")


def _check_year(attribute: "Attribute[Any]", value: date) -> None:
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        _refuse(attribute, value.isoformat(), f"lies between the years {YEAR_MIN} and {YEAR_MAX}")


def _check_json(path: str, value: object) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_json(f"{path}.{key}", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_json(f"{path}[{index}]", item)
    elif isinstance(value, float):
        raise TypeError(f"{path} holds the float {value!r}; write a decimal as text")
    elif isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{path} holds a NUL or a lone surrogate, which the database cannot store")
    elif not isinstance(value, bool | int | None):
        raise TypeError(f"{path} holds a {type(value).__name__}, which JSON has not; write it as text")


def _refuse(attribute: "Attribute[Any]", value: object, rule: str, error: type[Exception] = ValueError) -> None:
    shown = repr(value)
    if len(shown) > _SHOWN_MAX:
        shown = f"{shown[: _SHOWN_MAX - 3]}..."
    raise error(f"{attribute.name} {rule}; got {shown}")
