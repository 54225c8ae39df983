"""How types combine: points and money never meet, places add up, and a divisor is shown to be non-zero.

A plain number (a literal, a count, a rate) goes with points and with money. The functions return the type of the
result, or the text of what is wrong.
"""

from decimal import Decimal

from attrs import evolve

from mlmcore.compensation.expressions.tree import Arithmetic, Call, Choose, Constant, Negative, Node
from mlmcore.compensation.expressions.types import Type


def combined(first: Type, second: Type) -> Type | str:
    """Return the type that holds values of both: of a comparison's sides, of a choice's branches."""
    if first.kind != second.kind:
        return f"{first} and {second} can't be compared or chosen between"
    if first.unit is not None and second.unit is not None and first.unit != second.unit:
        return "points and money don't mix: a `point_value` turns points into money, in a bonus only"
    return Type(
        kind=first.kind,
        unit=first.unit or second.unit,
        places=max(first.places, second.places),
        optional=first.optional or second.optional,
        ratio=first.ratio or second.ratio,
    )


def added(first: Type, second: Type, operator: str) -> Type | str:
    """Return the type of a sum or difference."""
    found = combined(first, second)
    if isinstance(found, str):
        return f"`{operator}` between {first} and {second}: points and money don't mix"
    return evolve(found, optional=False)


def multiplied(first: Type, second: Type, operator: str) -> Type | str:
    """Return the type of a product."""
    if first.unit is not None and second.unit is not None:
        return f"`{operator}` between {first} and {second}: one factor must be a plain number"
    ratio = first.ratio or second.ratio
    places = 0 if ratio else first.places + second.places
    return Type(kind="number", unit=first.unit or second.unit, places=places, ratio=ratio)


def divided(first: Type, second: Type, operator: str) -> Type | str:
    """Return the type of a quotient: of one unit by itself a plain number, else the dividend's unit."""
    if second.unit is not None and first.unit != second.unit:
        return f"`{operator}` of {first} by {second}: the divisor must be a plain number or of the same unit"
    unit = None if second.unit is not None else first.unit
    return Type(kind="number", unit=unit, ratio=True)


def shown_nonzero(node: Node) -> bool:  # noqa: PLR0911 - a return per kind
    """Whether the loader can show that a number is never zero."""
    match node:
        case Constant():
            return isinstance(node.value, Decimal) and node.value != 0
        case Negative():
            return shown_nonzero(node.item)
        case Arithmetic(operator="*"):
            return shown_nonzero(node.left) and shown_nonzero(node.right)
        case Choose():
            return shown_nonzero(node.then) and shown_nonzero(node.other)
        case Call(function="max"):
            return any(_positive(item) for item in node.items)
        case Call(function="abs"):
            return shown_nonzero(node.items[0])
        case Call(function="clamp"):
            return _positive(node.items[1])
        case _:
            return False


def _positive(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, Decimal) and node.value > 0
