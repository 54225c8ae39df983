"""Validators that the entities share: what a column of the schema can hold, said before the database has to say it.

Each is an attrs validator. Its message names the attribute, the value and the rule; a secret's value is not shown. A
value of another type is a `TypeError`, a value that breaks a rule an `InputError`. Nothing is rounded or cut to fit.
`None` passes where the attribute's type has it. Rules over several attributes stand in the entities.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, Final, NoReturn, get_args, get_origin
from uuid import UUID

from attrs import NOTHING, Attribute, Factory, fields, frozen

from mlmcore.domain.decimals import places_of
from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import to_units
from mlmcore.domain.money import Money, currency_places
from mlmcore.domain.periods import zone
from mlmcore.domain.rates import RATE_PLACES

__all__ = [
    "Email",
    "Text",
    "aware",
    "broken",
    "checked",
    "currency",
    "day",
    "decimal_places",
    "digest",
    "each_text",
    "email",
    "exact_decimal",
    "in_order",
    "integer",
    "is_unstorable",
    "json_object",
    "money",
    "money_amount",
    "of_type",
    "rate",
    "same_currency",
    "text",
    "timezone",
    "unit",
    "volume",
    "zero_like",
]

Validator = Callable[[Any, "Attribute[Any]", Any], None]

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
YEAR_MIN, YEAR_MAX = 1900, 2999
_SHOWN_MAX: Final = 80
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_UNITS: Final = ("number", "points", "money")
_CODE: Final = "entity.value"


def checked(_: type, attributes: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Give every attribute without a validator one that checks its type; the `field_transformer` of all entities."""
    return [item if item.validator else item.evolve(validator=of_type) for item in attributes]


def of_type(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """An id, a flag, a label or a tuple of parts: a value of the attribute's own type."""
    if _is_absent(attribute, value):
        return
    kind = _kind(attribute)
    if isinstance(kind, type) and not isinstance(value, kind):
        _refuse_type(attribute, value, _described(kind))
    if kind is tuple:
        _check_parts(attribute, value)


@frozen
class Text:
    """Lets a text pass that PostgreSQL can store; see `text`."""

    length: int | None
    empty: bool

    def __call__(self, _: object, attribute: "Attribute[Any]", value: Any) -> None:
        """Check a value."""
        if _is_absent(attribute, value):
            return
        _check_text(attribute, value)
        if self.length is not None and len(value) > self.length:
            raise broken(f"{attribute.name} has {len(value)} characters", f"at most {self.length} fit")
        if not self.empty and not value.strip():
            _refuse(attribute, value, "text with something in it")


def text(length: int | None = None, *, empty: bool = True) -> Validator:
    """Text that PostgreSQL can store: no NUL, no lone surrogate, at most `length` characters."""
    return Text(length, empty)


@frozen
class Email:
    """Lets an address pass; see `email`."""

    check: Text

    def __call__(self, entity: object, attribute: "Attribute[Any]", value: Any) -> None:
        """Check a value."""
        self.check(entity, attribute, value)
        if value is None:
            return
        local, _, host = value.rpartition("@")
        if not (local and host) or any(character.isspace() for character in value):
            _refuse(attribute, value, "an address such as ann@example.com")


def email(length: int) -> Validator:
    """An address: text with something on both sides of an @ and no white space."""
    return Email(Text(length, empty=False))


def each_text(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A tuple of texts, each of which the database can store."""
    if _is_absent(attribute, value):
        return
    if not isinstance(value, tuple):
        _refuse_type(attribute, value, "a tuple of texts")
    for item in value:
        _check_text(attribute, item)


def integer(minimum: int = INT32_MIN, maximum: int = INT32_MAX) -> Validator:
    """A whole number in a range."""

    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if _is_absent(attribute, value):
            return
        if isinstance(value, bool) or not isinstance(value, int):
            _refuse_type(attribute, value, "a whole number")
        if not minimum <= value <= maximum:
            _refuse(attribute, value, f"from {minimum} to {maximum}")

    return validate


@frozen
class _ExactDecimal:
    """Lets a decimal pass that a column `numeric(digits, places)` holds unrounded."""

    places: int
    minimum: int | None
    digits: int

    def __call__(self, _: object, attribute: "Attribute[Any]", value: Any) -> None:
        if _is_absent(attribute, value):
            return
        if not isinstance(value, Decimal):
            _refuse_type(attribute, value, "a Decimal, never a float")
        if not value.is_finite():
            _refuse(attribute, value, "a finite number")
        if places_of(value) > self.places:
            _refuse(attribute, value, f"rounded to at most {self.places} decimal places before it comes here")
        # In whole units: arithmetic of `decimal` would round to the precision of the host's context.
        limit = 10 ** (self.digits - self.places)
        if abs(to_units(value, self.places)) >= to_units(limit, self.places):
            _refuse(attribute, value, f"below {limit}, which is what its column holds")
        if self.minimum is not None and value < self.minimum:
            _refuse(attribute, value, f"at least {self.minimum}")


def exact_decimal(places: int, minimum: int | None = None, *, digits: int = 18) -> Validator:
    """An exact decimal that `numeric(digits, places)` holds unrounded."""
    return _ExactDecimal(places, minimum, digits)


@cache
def decimal_places(entity_type: type[Any]) -> Mapping[str, int]:
    """The decimal places of the columns of an entity that are exact decimals, by name.

    >>> from mlmcore.domain.sales import OrderItem
    >>> decimal_places(OrderItem)
    {'pv': 2}
    """
    return {
        item.name: item.validator.places for item in fields(entity_type) if isinstance(item.validator, _ExactDecimal)
    }


def volume(minimum: int | None = None) -> Validator:
    """A volume: hundredths at the finest."""
    return exact_decimal(2, minimum)


def money_amount(minimum: int | None = None) -> Validator:
    """An amount of money in a table that names no currency: hundredths at the finest."""
    return exact_decimal(2, minimum)


def rate(minimum: int | None = None) -> Validator:
    """A rate: at most eight decimal places, and below 10,000."""
    return exact_decimal(RATE_PLACES, minimum, digits=12)


def money(minimum: int | None = None) -> Validator:
    """`Money` of a currency with at most two decimal places (decision D4) that `numeric(18,2)` holds.

    Args:
        minimum: In minor units: 0 for "not negative", 1 for "something".
    """

    def validate(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        if _is_absent(attribute, value):
            return
        if not isinstance(value, Money):
            _refuse_type(attribute, value, "Money")
        if currency_places(value.currency) > 2:
            _refuse(attribute, value, "of a currency with at most two decimal places, which is what its column holds")
        if minimum is not None and value.minor < minimum:
            _refuse(attribute, value, "more than zero" if minimum else "zero or more")
        if abs(value.minor) >= 10 ** (16 + currency_places(value.currency)):
            _refuse(attribute, value, f"below {10**16}, which is what its column holds")

    return validate


def currency(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """Three letters of ISO 4217."""
    if not isinstance(value, str):
        _refuse_type(attribute, value, "the code of a currency, such as USD")
    currency_places(value)


def timezone(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """The IANA name of a time zone."""
    if not isinstance(value, str):
        _refuse_type(attribute, value, "the name of a time zone, such as America/New_York")
    zone(value)


def digest(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A SHA-256 in hexadecimal."""
    if _is_absent(attribute, value):
        return
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        _refuse(attribute, value, "64 hexadecimal digits in lower case")


def unit(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """What a figure is counted in."""
    if value not in _UNITS:
        _refuse(attribute, value, f"one of {', '.join(_UNITS)}")


def aware(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """An instant: a datetime with a zone, in a year that people mean."""
    if _is_absent(attribute, value):
        return
    if not isinstance(value, datetime):
        _refuse_type(attribute, value, "a datetime")
    if value.utcoffset() is None:
        _refuse(attribute, value, "a datetime with a time zone")
    _check_year(attribute, value)


def day(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A day, not an instant, in a year that people mean."""
    if _is_absent(attribute, value):
        return
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse_type(attribute, value, "a date without a time")
    _check_year(attribute, value)


def json_object(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    """A mapping, or a tuple of mappings, that JSON can hold without a float."""
    if _is_absent(attribute, value):
        return
    many = _kind(attribute) is tuple
    if many and not isinstance(value, tuple):
        _refuse_type(attribute, value, "a tuple of JSON objects")
    for item in value if many else (value,):
        if not isinstance(item, Mapping):
            _refuse_type(attribute, item, "a JSON object")
        _check_json(attribute.name, item)


def zero_like(name: str) -> Any:
    """The default of a money attribute: zero in the currency of another attribute, which stands before it."""

    def zero(entity: Any) -> Money | None:
        value = getattr(entity, name)
        return Money.zero(value.currency) if isinstance(value, Money) else None  # its own validator says the rest

    return Factory(zero, takes_self=True)


def same_currency(entity: Any, *names: str) -> None:
    """The money attributes named agree with the entity's `currency`.

    Raises:
        InputError: One of them has another currency.
    """
    for name in names:
        value = getattr(entity, name)
        if value is not None and value.currency != entity.currency:
            raise broken(
                f"{name} is {value}, and the {type(entity).__name__}'s currency is {entity.currency}",
                "one entity has one currency",
            )


def in_order(entity: Any, earlier: str, later: str) -> None:
    """Of two times that are both there, the second is not before the first.

    Raises:
        InputError: It is.
    """
    first, second = getattr(entity, earlier), getattr(entity, later)
    if first is not None and second is not None and second < first:
        raise broken(f"{later} is {second.isoformat()}, before {earlier}, which is {first.isoformat()}")


def broken(what: str, todo: str = "") -> InputError:
    """The error of a rule that an entity breaks, to be raised."""
    return InputError.of(what, todo, code=_CODE)


def _is_absent(attribute: "Attribute[Any]", value: object) -> bool:
    if value is not None:
        return False
    if not _allows_none(attribute):
        hint = "" if attribute.default is NOTHING else "; leave it out for its default"
        raise TypeError(f"{attribute.name} must not be None{hint}")
    return True


def _allows_none(attribute: "Attribute[Any]") -> bool:
    return NoneType in get_args(attribute.type)


def _kind(attribute: "Attribute[Any]") -> Any:
    """The class of the values: `UUID` for `UUID | None`, `tuple` for `tuple[OrderItem, ...]`."""
    annotation: Any = attribute.type
    parts = get_args(annotation)
    if NoneType in parts:
        annotation = next(part for part in parts if part is not NoneType)
    return get_origin(annotation) or annotation


def _check_parts(attribute: "Attribute[Any]", value: tuple[Any, ...]) -> None:
    part: type[Any] = get_args(attribute.type)[0]
    for item in value:
        if not isinstance(item, part):
            _refuse_type(attribute, item, f"a tuple of {part.__name__}")


def _described(kind: type) -> str:
    if issubclass(kind, StrEnum):
        return f"a member of {kind.__name__}: {', '.join(kind)}"
    return {UUID: "a UUID", bool: "True or False", tuple: "a tuple"}.get(kind, f"a {kind.__name__}")


def _check_text(attribute: "Attribute[Any]", value: Any) -> None:
    if not isinstance(value, str):
        _refuse_type(attribute, value, "text")
    if is_unstorable(value):
        _refuse(attribute, value, "without NUL and lone surrogates, which the database cannot store")


def is_unstorable(value: str) -> bool:
    """Whether a text holds what no database can: a NUL, or half of a surrogate pair."""
    return "\0" in value or (not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value))


def _check_year(attribute: "Attribute[Any]", value: date) -> None:
    if not YEAR_MIN <= value.year <= YEAR_MAX:
        raise broken(f"{attribute.name} is {value.isoformat()}", f"it must lie in the years {YEAR_MIN} to {YEAR_MAX}")


def _check_json(path: str, value: object) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_json_key(path, key)
            _check_json(f"{path}.{key}", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_json(f"{path}[{index}]", item)
    elif isinstance(value, str):
        if is_unstorable(value):
            raise broken(f"{path} holds a NUL or a lone surrogate, which the database cannot store", "remove it")
    elif isinstance(value, float):
        raise TypeError(f"{path} is a float; write a decimal as text")
    elif value is not None and not isinstance(value, bool | int):
        raise TypeError(f"{path} is a {type(value).__name__}, which JSON has not; write it as text")


def _check_json_key(path: str, key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"{path} has a key that is a {type(key).__name__}; JSON's keys are text")
    if is_unstorable(key):
        raise broken(f"{path} has a key with a NUL or a lone surrogate, which the database cannot store", "remove it")


def _refuse(attribute: "Attribute[Any]", value: object, rule: str) -> NoReturn:
    raise broken(f"{attribute.name} is {_shown(attribute, value)}", f"it must be {rule}")


def _refuse_type(attribute: "Attribute[Any]", value: object, rule: str) -> NoReturn:
    raise TypeError(
        f"{attribute.name} is {_shown(attribute, value)}, of type {type(value).__name__}; it must be {rule}"
    )


def _shown(attribute: "Attribute[Any]", value: object) -> str:
    if not attribute.repr:
        return "a secret that is not shown"
    if isinstance(value, Money | Decimal | date):
        return str(value)
    shown = ascii(value) if isinstance(value, str) and is_unstorable(value) else repr(value)
    return shown if len(shown) <= _SHOWN_MAX else f"{shown[: _SHOWN_MAX - 3]}..."
