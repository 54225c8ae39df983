"""Entities to plain data and back, for JSON and for anything that speaks it.

Decimals are text, ids and times ISO text, money `{"amount": "12.34", "currency": "USD"}`. Nothing is guessed on the way
back: text is not taken for a number nor a number for text, a float is refused wherever it stands, and an unknown key is
an error with the nearest name. Everything that is wrong is reported at once, each with its path and in the words of the
validator that refused it. The data holds secrets in clear: it is for the application, not for a log.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_origin
from uuid import UUID

from attrs import NOTHING, Attribute, fields, has
from cattrs import Converter
from cattrs.dispatch import StructureHook

from mlmcore.domain.decimals import as_decimal
from mlmcore.domain.errors import Finding, Findings, InputError, nearest
from mlmcore.domain.money import Money
from mlmcore.domain.rates import Rate

__all__ = ["EntityConverter", "make_converter"]

T = TypeVar("T")

_CODE: Final = "input.value"
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class EntityConverter(Converter):
    """A cattrs converter whose `structure` reports everything that is wrong as one `InputError`."""

    def structure(self, obj: Any, cl: type[T]) -> T:
        """Make an object of a class from plain data.

        Raises:
            InputError: The data is wrong; all findings, with paths such as `order.items[2].unit_price`.
        """
        findings = Findings()
        made = _attempt(partial(super().structure, obj, cl), findings, _root(cl))
        findings.raise_if_any()
        return made  # type: ignore[no-any-return]  # without a finding it is what cattrs made


def make_converter() -> EntityConverter:
    """A converter for all entities and for `Money`, `Rate` and `Period`.

    >>> converter = make_converter()
    >>> converter.unstructure(Money.of("12.34", "USD"))
    {'amount': '12.34', 'currency': 'USD'}
    >>> converter.structure({"amount": 12.34, "currency": "USD"}, Money)
    Traceback (most recent call last):
    mlmcore.domain.errors.InputError: money.amount: 12.34 is a float; write a decimal as text
    """
    converter = EntityConverter()
    for kind, structure in _STRUCTURE.items():
        converter.register_structure_hook(kind, structure)
    for kind, unstructure in _UNSTRUCTURE.items():
        converter.register_unstructure_hook(kind, unstructure)
    converter.register_structure_hook_func(_is_mapping, _mapping)
    converter.register_unstructure_hook_func(_is_mapping, _plain)
    converter.register_structure_hook_factory(_is_many, lambda kind: _many(converter, kind))
    converter.register_unstructure_hook_func(_is_many, lambda items: [converter.unstructure(item) for item in items])
    converter.register_structure_hook_factory(_is_entity, lambda kind: _entity(converter, kind))
    converter.register_structure_hook_factory(_is_optional, lambda kind: _optional(converter, kind))
    return converter


def _entity(converter: Converter, kind: type[Any]) -> StructureHook:
    """How to make an attrs class, with everything that is wrong found before it is made."""
    attributes = fields(kind)
    hooks = {item.name: converter.get_structure_hook(item.type) for item in attributes}

    def structure(data: Any, _: Any) -> Any:
        if isinstance(data, kind):
            return data
        if not isinstance(data, Mapping):
            raise _wrong(data, f"write an object with the keys of {_root(kind)}")
        findings = _unknown_keys(data, hooks)
        values = {}
        for item in attributes:
            if item.name in data:
                values[item.name] = _attempt(partial(_value, data, item, hooks), findings, item.name)
            elif item.default is NOTHING:
                findings.add(code="input.missing", what=f"{item.name} is missing", todo="give it", path=item.name)
        findings.raise_if_any()
        return kind(**values)

    return structure


def _value(data: Mapping[str, Any], attribute: "Attribute[Any]", hooks: Mapping[str, StructureHook]) -> Any:
    value = hooks[attribute.name](data[attribute.name], attribute.type)
    if attribute.validator is not None:
        attribute.validator(None, attribute, value)  # before the entity exists, so that each attribute is heard
    return value


def _unknown_keys(data: Mapping[Any, Any], known: Mapping[str, Any]) -> Findings:
    findings = Findings()
    for key in data:
        if key not in known:
            findings.add(
                code="input.unknown-key", what=f"unknown key {key!r}", todo=nearest(str(key), known), path=str(key)
            )
    return findings


def _many(converter: Converter, kind: Any) -> StructureHook:
    part = get_args(kind)[0]
    hook = converter.get_structure_hook(part)

    def structure(data: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(data, list | tuple):
            raise _wrong(data, "write a list")
        findings = Findings()
        made = [_attempt(partial(hook, item, part), findings, f"[{index}]") for index, item in enumerate(data)]
        findings.raise_if_any()
        return tuple(made)

    return structure


def _optional(converter: Converter, kind: Any) -> StructureHook:
    present = next(part for part in get_args(kind) if part is not NoneType)
    hook = converter.get_structure_hook(present)
    return lambda data, _: None if data is None else hook(data, present)


def _attempt(make: Callable[[], Any], findings: Findings, path: str) -> Any:
    """What `make` returns; what it refuses is noted under a path."""
    try:
        return make()
    except InputError as error:
        findings.extend(_under(path, item) for item in error.findings)
    except (TypeError, ValueError) as error:
        findings.add(code=_CODE, what=str(error), path=path)
    return None


def _under(path: str, finding: Finding) -> Finding:
    rest = finding.path
    joined = path + (rest if not rest or rest.startswith("[") else f".{rest}")
    return Finding(code=finding.code, what=finding.what, todo=finding.todo, path=joined)


def _wrong(value: object, todo: str) -> InputError:
    what = "nothing stands here" if value is None else f"{_shown(value)} is {_named(value)}"
    return InputError.of(what, todo, code=_CODE)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _named(value: object) -> str:
    names = {str: "text", bool: "a boolean", int: "a number", float: "a float", dict: "an object", list: "a list"}
    return names.get(type(value), f"a {type(value).__name__}")


def _root(kind: Any) -> str:
    """The name of a class as a path begins with it: `order_item`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", getattr(kind, "__name__", str(kind))).lower()


def _is_entity(kind: Any) -> bool:
    return isinstance(kind, type) and has(kind) and kind not in _STRUCTURE


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping or (isinstance(kind, type) and issubclass(kind, Mapping))


def _is_many(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[1:] == (Ellipsis,)


def _is_optional(kind: Any) -> bool:
    return len(get_args(kind)) == 2 and NoneType in get_args(kind)


def _label(data: Any, kind: Any) -> Any:
    if isinstance(data, kind):
        return data
    if not isinstance(data, str):
        raise _wrong(data, f"write one of {', '.join(kind)}")
    if data not in set(kind):
        raise InputError.of(f"{_shown(data)} is no {_root(kind).replace('_', ' ')}", nearest(data, kind), code=_CODE)
    return kind(data)


def _mapping(data: Any, _: Any) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise _wrong(data, "write an object")
    return dict(data)


def _plain(data: Any) -> Any:
    """JSON data without read-only wrappers."""
    if isinstance(data, Mapping):
        return {key: _plain(item) for key, item in data.items()}
    return [_plain(item) for item in data] if isinstance(data, list | tuple) else data


def _text(data: Any, _: Any) -> str:
    if not isinstance(data, str):
        raise _wrong(data, "write it as text")
    return data


def _whole(data: Any, _: Any) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise _wrong(data, "write a whole number without quotes")
    return data


def _flag(data: Any, _: Any) -> bool:
    if not isinstance(data, bool):
        raise _wrong(data, "write true or false")
    return data


def _decimal(data: Any, _: Any) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
        raise _wrong(data, "write a decimal as text")
    return as_decimal(data)


def _rate(data: Any, _: Any) -> Rate:
    return data if isinstance(data, Rate) else Rate(_decimal(data, Decimal))


def _money(data: Any, _: Any) -> Money:
    if isinstance(data, Money):
        return data
    if not isinstance(data, Mapping):
        raise _wrong(data, 'write {"amount": "12.34", "currency": "USD"}')
    findings = _unknown_keys(data, {"amount": None, "currency": None})
    for name in ("amount", "currency"):
        if name not in data:
            findings.add(code="input.missing", what=f"{name} is missing", todo="give it", path=name)
    findings.raise_if_any()
    amount = _attempt(partial(_decimal, data["amount"], Decimal), findings, "amount")
    currency = _attempt(partial(_text, data["currency"], str), findings, "currency")
    findings.raise_if_any()
    return Money.of(amount, currency)


def _uuid(data: Any, _: Any) -> UUID:
    if isinstance(data, UUID):
        return data
    if not isinstance(data, str):
        raise _wrong(data, _UUID_TODO)
    if not _UUID.fullmatch(data):
        raise InputError.of(f"{_shown(data)} is no UUID", _UUID_TODO, code=_CODE)
    return UUID(data)


def _day(data: Any, _: Any) -> date:
    if isinstance(data, date):  # a datetime too, which the validator refuses
        return data
    return _from_iso(data, date.fromisoformat, _DATE, "write a day such as 2026-03-31")


def _instant(data: Any, _: Any) -> datetime:
    if isinstance(data, datetime):
        return data
    return _from_iso(data, datetime.fromisoformat, _INSTANT, "write an instant such as 2026-03-31T12:00:00+00:00")


def _from_iso(data: Any, parse: Callable[[str], T], pattern: re.Pattern[str], todo: str) -> T:
    if not isinstance(data, str):
        raise _wrong(data, todo)
    if not pattern.fullmatch(data):
        raise InputError.of(f"{_shown(data)} is not a time in ISO form", todo, code=_CODE)
    try:
        return parse(data)
    except ValueError:
        raise InputError.of(f"{_shown(data)} is not in the calendar", todo, code=_CODE) from None


_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?"
)
_UUID_TODO: Final = "write it as 0123abcd-0000-4000-8000-00000000ffff"
_STRUCTURE: Final[Mapping[Any, StructureHook]] = {
    str: _text,
    StrEnum: _label,
    int: _whole,
    bool: _flag,
    Decimal: _decimal,
    Rate: _rate,
    Money: _money,
    UUID: _uuid,
    date: _day,
    datetime: _instant,
}
_UNSTRUCTURE: Final[Mapping[Any, Callable[[Any], Any]]] = {
    Decimal: lambda value: f"{value:f}",
    Rate: str,
    Money: lambda value: {"amount": f"{value.amount:f}", "currency": value.currency},
    UUID: str,
    date: lambda value: value.isoformat(),
    datetime: lambda value: value.isoformat(),
}
