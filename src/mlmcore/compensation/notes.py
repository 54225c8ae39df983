"""What is worth knowing about a plan that is sound.

Names that nothing reads, what words of the trade stand for, fixed amounts that would be paid on refunds too, and legs
that files cannot give.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.expressions.tree import Constant, Lookup, Name, walk
from mlmcore.compensation.plan import AmountBonus, BinaryBonus, LevelsBonus, Plan
from mlmcore.compensation.references import names_read

__all__ = ["plan_notes"]

_SECTIONS: Final = {
    "parameters": "parameter",
    "tables": "table",
    "measures": "measure",
    "order_columns": "order column",
}

_WITH_LEGS: Final = "placement"
"""The given tree whose people have legs, in files, cases and stores."""


def plan_notes(plan: Plan) -> tuple[str, ...]:
    """Return notes on a checked plan, each with the place that it is about."""
    return (*_stand_for(plan), *_paid_once_more(plan), *_without_legs(plan), *_unread(plan))


def _stand_for(plan: Plan) -> Iterator[str]:
    for bonus in plan.bonuses:
        if isinstance(bonus, LevelsBonus) and "compression" in bonus.places:
            said = f'counts = "{bonus.counts.text}" and unpaid = "{bonus.unpaid}"'
            yield f"{bonus.place_of('compression')} stands for {said}"


def _paid_once_more(plan: Plan) -> Iterator[str]:
    """Fixed amounts of orders where refunds are orders too: nothing in them knows that something is given back."""
    further = plan.inputs.order_columns
    amounts = {*plan.inputs.volumes, *(name for name in further if further[name].kind in {"money", "points", "number"})}
    for bonus in plan.bonuses if plan.refunds == "current" else ():
        key = "amount" if isinstance(bonus, AmountBonus) else "amounts"
        paid = getattr(bonus, key, None)
        if isinstance(bonus, AmountBonus | LevelsBonus) and bonus.source == "orders" and paid:
            read = names_read(plan, [*_expressions(paid), *_expressions(bonus.where)])
            if not read & amounts:
                what = "no volume decides about it, so a refund, which is an order too, is paid it once more"
                yield f'{bonus.place_of(key)}: {what}; write refunds = "original", or let `where` leave refunds out'


def _without_legs(plan: Plan) -> Iterator[str]:
    for bonus in plan.bonuses:
        tree = bonus.tree or plan.tree
        if isinstance(bonus, BinaryBonus) and tree not in {*plan.trees, _WITH_LEGS}:
            what = f"files and cases give no legs of the tree {tree!r}, only of {_WITH_LEGS!r}"
            yield f"{bonus.place_of('tree')}: {what}; without legs nobody can be paid: call it {_WITH_LEGS}"


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
