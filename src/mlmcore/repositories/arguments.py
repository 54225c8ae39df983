"""What a repository is asked with is what its Protocol says, or refused in the same words by every store (A15).

A unit of work binds its repositories through `guarded`. The checks of a verb are read once from the annotations of its
Protocol: an id is a UUID, a text is one that a database can hold, a label is one of its enum, an instant has a time
zone, an entity is of its class. What only one verb knows, such as the size of a page, the verb checks itself.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache, wraps
from inspect import Parameter, signature
from types import UnionType
from typing import Any, Final, NoReturn, TypeVar, Union, cast, get_args, get_origin
from uuid import UUID

import attrs

from mlmcore.domain.errors import InputError, nearest
from mlmcore.domain.money import Money
from mlmcore.domain.validators import is_unstorable

__all__ = ["guarded"]

Check = Callable[[str, Any], Any]
"""Takes an argument's name and value, and returns the value that the verb gets, or raises `InputError`."""

R = TypeVar("R")

_CODE: Final = "storage.argument"
_SHOWN_MAX: Final = 100


def guarded(repository: type[R], protocol: type) -> type[R]:
    """Return a repository's class whose verbs check their arguments first.

    Args:
        repository: The class that keeps the promises.
        protocol: The Protocol whose annotations say what the arguments are.

    Raises:
        InputError: By the verbs: an argument is not what the Protocol says. Nothing was asked or changed.
    """
    # Made once for each pair; the cast is for mypy, which knows no class as a key.
    return cast("type[R]", _guarded(cast("Any", repository), cast("Any", protocol)))


@cache
def _guarded(repository: type[Any], protocol: type[Any]) -> type[Any]:
    verbs = {
        name: _checking(repository, name, declared)
        for name, declared in vars(protocol).items()
        if not name.startswith("_") and callable(declared)
    }
    return type(repository.__name__, (repository,), {"__doc__": repository.__doc__, "__slots__": (), **verbs})


def _checking(repository: type[Any], verb: str, declared: Callable[..., Any]) -> Callable[..., Any]:
    parameters = [item for item in signature(declared).parameters.values() if item.name != "self"]
    checks = [(item.name, _check_of(item.annotation)) for item in parameters if item.kind != Parameter.KEYWORD_ONLY]
    by_name = {item.name: _check_of(item.annotation) for item in parameters}
    last = parameters[-1].name if parameters else ""
    of_rest = by_name[last] if parameters and parameters[-1].kind == Parameter.VAR_POSITIONAL else _anything

    @wraps(getattr(repository, verb))
    def checked(self: object, *arguments: Any, **named: Any) -> Any:
        given = [check(name, value) for (name, check), value in zip(checks, arguments, strict=False)]
        # Too few or too many: the verb says so itself.
        given.extend(of_rest(last, value) for value in arguments[len(given) :])
        by_keyword = {name: by_name.get(name, _anything)(name, value) for name, value in named.items()}
        return getattr(repository, verb)(self, *given, **by_keyword)

    return checked


def _check_of(annotation: Any) -> Check:
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return _or_none(_check_of(kinds[0])) if len(kinds) == 1 else _anything
    if get_origin(annotation) in _WHOLES:
        return _WHOLES[get_origin(annotation)](*(_check_of(part) for part in get_args(annotation)))
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return _member_of(annotation)
    if isinstance(annotation, type) and (attrs.has(annotation) or annotation is Money):
        return _instance_of(annotation)
    return _anything


def _anything(_: str, value: Any) -> Any:
    return value


def _or_none(check: Check) -> Check:
    return lambda name, value: None if value is None else check(name, value)


def _each(check: Check) -> Check:
    def checked(name: str, values: Any) -> Any:
        if not isinstance(values, Sequence) or isinstance(values, str | bytes):
            _refuse(name, values, "give a list or a tuple")
        # Its place is spelled out only where it is refused: there may be a million others.
        wrong = next((at for at, value in enumerate(values) if not _passes(check, value)), None)
        if wrong is not None:
            check(f"{name}[{wrong}]", values[wrong])
        return values

    return checked


def _all(check: Check) -> Check:
    def checked(name: str, values: Any) -> Any:
        if not isinstance(values, Collection) or isinstance(values, str | bytes | Mapping):
            _refuse(name, values, "give a list, a tuple or a set")
        return [check(name, value) for value in values]

    return checked


def _by_key(key: Check, check: Check) -> Check:
    def checked(name: str, values: Any) -> Any:
        if not isinstance(values, Mapping):
            _refuse(name, values, "give a mapping")
        return {key(name, each): check(f"{name}[{each!r}]", value) for each, value in values.items()}

    return checked


def _passes(check: Check, value: Any) -> bool:
    try:
        check("", value)
    except InputError:
        return False
    return True


def _id(name: str, value: Any) -> Any:
    if not isinstance(value, UUID):
        raise InputError.of(
            f"{_shown(value)} is no id: it is of type {type(value).__name__}, and ids are UUIDs",
            "give a uuid.UUID; a text that holds one becomes it by UUID(text)",
            code="storage.id",
            path=name,
        )
    return value


def _text(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        _refuse(name, value, "give a text")
    if is_unstorable(value):
        _refuse(name, value, "take out the NUL or the lone surrogate: no database holds it")
    return value


def _whole_number(name: str, value: Any) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(name, value, "give a whole number")
    return value


def _truth(name: str, value: Any) -> Any:
    if not isinstance(value, bool):
        _refuse(name, value, "give True or False")
    return value


def _instant(name: str, value: Any) -> Any:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        _refuse(name, value, "give a datetime with a time zone")
    return value


def _day(name: str, value: Any) -> Any:
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse(name, value, "give a date without a time")
    return value


_WHOLES: Final[dict[Any, Callable[..., Check]]] = {Sequence: _each, Collection: _all, Mapping: _by_key}
"""Of arguments that have parts: what makes one check of those of the parts."""

_SCALARS: Final[dict[Any, Check]] = {
    UUID: _id,
    str: _text,
    int: _whole_number,
    bool: _truth,
    datetime: _instant,
    date: _day,
}


def _member_of(labels: type[StrEnum]) -> Check:
    def checked(name: str, value: Any) -> Any:
        try:
            return labels(value)
        except ValueError:
            _refuse(name, value, nearest(str(value), [label.value for label in labels]))

    return checked


def _instance_of(kind: type[Any]) -> Check:
    def checked(name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            _refuse(name, value, f"give a {kind.__name__}")
        return value

    return checked


def _refuse(name: str, value: Any, todo: str) -> NoReturn:
    raise InputError.of(f"{name} is {_shown(value)}", todo, code=_CODE)


def _shown(value: Any) -> str:
    # An entity could show what is personal; its kind says enough.
    shown = f"a {type(value).__name__}" if attrs.has(type(value)) else ascii(value)
    return shown if len(shown) <= _SHOWN_MAX else f"{shown[: _SHOWN_MAX - 3]}..."
