"""Code that a plan names as `package:name`: found, and what is wrong with it said in words.

A plan that names code runs it: whoever loads such a plan trusts it as they trust an import.
"""

import importlib
from collections.abc import Iterator
from importlib.metadata import entry_points
from inspect import Parameter, signature
from typing import Any, Final

from mlmcore.compensation.nearest import nearest

__all__ = ["BONUSES", "CodeError", "bonus_class", "code_of", "takes"]

BONUSES: Final = "mlmcore.bonuses"
"""The group of entry points in which packages offer kinds of bonus."""


class CodeError(Exception):
    """Code that a plan names is not there.

    Attributes:
        what: What is wrong.
        todo: What to do about it.
    """

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo


def code_of(call: str) -> Any:
    """Import what a plan names.

    Args:
        call: `package:name`, both dotted if need be.

    Raises:
        CodeError: There is no such thing.
    """
    module_name, colon, name = call.partition(":")
    if not colon or not all(part.isidentifier() for part in (*module_name.split("."), *name.split("."))):
        raise CodeError(f"{call!r} names no code", 'write "package:name"')
    try:
        found: Any = importlib.import_module(module_name)
    except Exception as error:
        what = f"{module_name} cannot be imported: {type(error).__name__}: {error}"
        raise CodeError(what, "install it where the plan is run, or mend the name") from error
    for part in name.split("."):
        if not hasattr(found, part):
            known = [one for one in dir(found) if not one.startswith("_")]
            raise CodeError(f"{module_name} has no {name!r}", nearest(part, known))
        found = getattr(found, part)
    if not callable(found):
        raise CodeError(f"{call!r} is {type(found).__name__}, and cannot be called", "name a function or a class")
    return found


def bonus_class(name: str) -> Any:
    """Find the class of a custom bonus.

    Args:
        name: An entry point of the group `mlmcore.bonuses`, or `package:Class`.

    Raises:
        CodeError: There is no such class, or it has no `offers`.
    """
    found = code_of(name) if ":" in name else _entry_point(name)
    if not callable(getattr(found, "offers", None)):
        raise CodeError(f"{name!r} has no method `offers`", "a bonus is a class with offers(given)")
    return found


def _entry_point(name: str) -> Any:
    offered = {one.name: one.value for one in entry_points(group=BONUSES)}
    if name not in offered:
        todo = nearest(name, offered) if offered else 'install the package that offers it, or write "package:Class"'
        raise CodeError(f"no package offers a bonus {name!r}", todo)
    return code_of(offered[name])


def takes(function: Any) -> tuple[int, int | None] | None:
    """The fewest and the most arguments by position that a function takes; None where that is not known."""
    try:
        parameters = list(signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    by_position = list(_by_position(parameters))
    endless = any(one.kind is Parameter.VAR_POSITIONAL for one in parameters)
    return sum(one.default is Parameter.empty for one in by_position), None if endless else len(by_position)


def _by_position(parameters: list[Parameter]) -> Iterator[Parameter]:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    yield from (one for one in parameters if one.kind in kinds)
