"""What is worth knowing about a plan that is sound: names that nothing reads, and what words of the trade stand for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.expressions.tree import Constant, Lookup, Name, walk
from mlmcore.compensation.plan import BinaryBonus, LevelsBonus, Plan

__all__ = ["plan_notes"]

_SECTIONS: Final = {
    "parameters": "parameter",
    "tables": "table",
    "measures": "measure",
    "order_columns": "order column",
}


def plan_notes(plan: Plan) -> tuple[str, ...]:
    """Return notes on a checked plan, each with the place that it is about."""
    return (*_stand_for(plan), *_unread(plan))


def _stand_for(plan: Plan) -> Iterator[str]:
    for bonus in plan.bonuses:
        if isinstance(bonus, LevelsBonus) and "compression" in bonus.places:
            said = f'counts = "{bonus.counts.text}" and unpaid = "{bonus.unpaid}"'
            yield f"{bonus.place_of('compression')} stands for {said}"


def _unread(plan: Plan) -> Iterator[str]:
    read = set(_names(plan))
    for section, word in _SECTIONS.items():
        for name in getattr(plan, section):
            if name not in read:
                place = plan.places.get(f"{section}.{name}", Place(path=f"{section}.{name}"))
                yield f"{place}: nothing reads this {word}"


def _names(plan: Plan) -> Iterator[str]:
    """Every name that something of the plan reads."""
    yield plan.active or ""
    for bonus in plan.bonuses:
        if isinstance(bonus, BinaryBonus):
            yield bonus.steps or ""
    for expression in _expressions(plan):
        for node in walk(expression.node):
            match node:
                case Name() | Constant():
                    yield node.name
                case Lookup():
                    yield node.table
                case _:
                    pass


def _expressions(part: Any) -> Iterator[Expression]:
    """Every formula in a part of a plan."""
    if isinstance(part, Expression):
        if part.checked is not None:
            yield part
    elif isinstance(part, Mapping):
        for item in part.values():
            yield from _expressions(item)
    elif isinstance(part, tuple):
        for item in part:
            yield from _expressions(item)
    elif attrs.has(type(part)):
        for field in attrs.fields(type(part)):
            if field.eq:
                yield from _expressions(getattr(part, field.name))
