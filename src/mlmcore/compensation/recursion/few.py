"""Expressions asked of one person at a time, for layers of a few people: a deep, narrow tree has a layer for each.

Numbers are integers at the places of their expression. What is not spelled out here, and whatever looks odd (a missing
value, a number beyond int64), is evaluated like any other rows, so that there is one meaning and one set of errors.
"""

import operator
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import NONE_DAY, Column
from mlmcore.compensation.expressions.evaluate import constant_column, evaluate
from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Rounded,
    Upward,
    children,
)
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.recursion.layers import Layer
from mlmcore.compensation.rounding import INT64_MAX
from mlmcore.domain.exact import divide

__all__ = ["FEW", "Ask", "Few", "Unsure", "asked", "bounded"]

FEW: Final = 24
"""So many people in a layer, and read by it, are asked one by one; measured: above, arrays are quicker."""

Ask = Callable[[int], Any]
"""The value of an expression for a person, by index; None for none."""


class Unsure(Exception):  # noqa: N818 - what happened; never seen outside
    """Something that only the evaluation of rows answers, with a value or with an error."""


@frozen(kw_only=True)
class Few:
    """A layer of a few people.

    Attributes:
        rows: Who.
        read: For each, whom it reads of the layer before: the children, or the upline.
        layer: The same as arrays.
    """

    rows: list[int]
    read: list[list[int]]
    layer: Layer

    @classmethod
    def of(cls, layer: Layer) -> "Few | None":
        """A layer as lists, if it is narrow enough."""
        if len(layer.rows) > FEW or len(layer.read) > FEW:
            return None
        read: list[list[int]] = [[] for _ in range(len(layer.rows))]
        for place, person in zip(layer.place.tolist(), layer.read.tolist(), strict=True):
            if person >= 0:
                read[place].append(person)
        return cls(rows=layer.rows.tolist(), read=read, layer=layer)


def asked(sheet: Sheet, node: Node) -> Ask:
    """Return how an expression is asked of one person.

    Args:
        sheet: What is known; columns that are being filled are read as they are when somebody is asked.
        node: The expression.
    """
    make = _MAKERS.get(type(node))
    if make is None or any(part.type.ratio or part.type.kind == "text" for part in (node, *children(node))):
        return partial(_by_rows, sheet, node)
    ask: Ask | None = make(sheet, node)
    return partial(_by_rows, sheet, node) if ask is None else ask


def bounded(value: int) -> int:
    """Return a number that a column can hold.

    Raises:
        Unsure: It can't.
    """
    if -INT64_MAX <= value <= INT64_MAX:
        return value
    raise Unsure


def _by_rows(sheet: Sheet, node: Node, person: int) -> Any:
    rows = np.array([person], dtype=np.int32)
    return _reader(evaluate(node, RowsFrame(sheet=sheet, size=1, indices={"self": rows})), node)(0)


def _reader(column: Column, node: Node) -> Ask:
    """How one value of a column is read, at the expression's places."""
    values: Any = _view(column.values)
    if column.kind != "number":
        return lambda person: values[person]
    factor = 10 ** (node.type.places - column.places)
    if column.absent is None:
        return (lambda person: values[person]) if factor == 1 else (lambda person: bounded(values[person] * factor))
    absent = _view(column.absent)
    return lambda person: None if absent[person] else bounded(values[person] * factor)


def _view(values: NDArray[Any]) -> Any:
    """An array that is indexed quickly, and sees what is written later."""
    return memoryview(values)  # type: ignore[arg-type] # arrays are buffers


def _constant(_: Sheet, node: Constant) -> Ask:
    value = _reader(constant_column(node), node)(0)
    return lambda _: value


def _name(sheet: Sheet, node: Name) -> Ask | None:
    return _reader(sheet.person[node.name], node) if node.subject == "self" else None


def _aggregate(sheet: Sheet, node: Aggregate) -> Ask:
    return _reader(sheet.scopes.of_people(node), node)


def _upward(sheet: Sheet, node: Upward) -> Ask | None:
    held = sheet.above.held(node)
    if node.whose != "self" or held is None:
        return None
    above = _view(held)
    item, default = _scaled(sheet, node.item, node), _scaled(sheet, node.default, node)
    return lambda person: default(person) if above[person] < 0 else item(above[person])


def _scaled(sheet: Sheet, part: Node, whole: Node) -> Ask:
    """A part at the places of the whole; none stays none."""
    ask = asked(sheet, part)
    factor = 10 ** (whole.type.places - part.type.places) if part.type.kind == "number" else 1
    if factor == 1:
        return ask
    return lambda person: None if (value := ask(person)) is None else bounded(value * factor)


def _number(sheet: Sheet, part: Node, places: int) -> Ask:
    """A number that must be there, at some places."""
    ask, factor, optional = asked(sheet, part), 10 ** (places - part.type.places), part.type.optional
    if factor == 1 and not optional:
        return ask

    def found(person: int) -> int:
        value = ask(person)
        if value is None:
            raise Unsure
        scaled: int = int(value) * factor
        return scaled

    return found


def _negative(sheet: Sheet, node: Negative) -> Ask:
    item = _number(sheet, node.item, node.type.places)
    return lambda person: -item(person)


def _arithmetic(sheet: Sheet, node: Arithmetic) -> Ask | None:
    if node.operator == "/":
        return None
    if node.operator == "*":
        left, right = (_number(sheet, part, part.type.places) for part in (node.left, node.right))
        return lambda person: bounded(left(person) * right(person))
    left, right = (_number(sheet, part, node.type.places) for part in (node.left, node.right))
    if node.operator == "+":
        return lambda person: bounded(left(person) + right(person))
    return lambda person: bounded(left(person) - right(person))


def _compare(sheet: Sheet, node: Compare) -> Ask:
    compare, equality = _OPERATORS[node.operator], node.operator in {"==", "!="}
    if node.left.type.kind != "number":
        return _compare_codes(sheet, node)
    places = max(node.left.type.places, node.right.type.places)
    if equality and (node.left.type.optional or node.right.type.optional):
        return partial(_by_rows, sheet, node)
    left, right = (_number(sheet, part, places) for part in (node.left, node.right))
    return lambda person: compare(left(person), right(person))


def _compare_codes(sheet: Sheet, node: Compare) -> Ask:
    compare = _OPERATORS[node.operator]
    left, right = asked(sheet, node.left), asked(sheet, node.right)
    if node.left.type.kind != "date" or node.operator in {"==", "!="}:
        return lambda person: compare(left(person), right(person))

    def found(person: int) -> bool:
        one, other = left(person), right(person)
        if NONE_DAY in {one, other}:
            raise Unsure
        return bool(compare(one, other))

    return found


def _logic(sheet: Sheet, node: Logic) -> Ask:
    items = [asked(sheet, item) for item in node.items]
    join: Callable[[Iterable[object]], bool] = all if node.operator == "and" else any
    return lambda person: join(item(person) for item in items)


def _not(sheet: Sheet, node: Not) -> Ask:
    item = asked(sheet, node.item)
    return lambda person: not item(person)


def _choose(sheet: Sheet, node: Choose) -> Ask:
    condition = asked(sheet, node.condition)
    then, other = _scaled(sheet, node.then, node), _scaled(sheet, node.other, node)
    return lambda person: then(person) if condition(person) else other(person)


def _call(sheet: Sheet, node: Call) -> Ask | None:
    if node.function not in {"abs", "clamp", "max", "min"}:
        return None
    items = [_number(sheet, item, node.type.places) for item in node.items]
    if node.function == "abs":
        return lambda person: abs(items[0](person))
    if node.function == "clamp":
        value, low, high = items
        return lambda person: max(low(person), min(value(person), high(person)))
    choose: Callable[[Iterable[int]], int] = max if node.function == "max" else min
    return lambda person: bounded(choose(item(person) for item in items))


def _rounded(sheet: Sheet, node: Rounded) -> Ask:
    places = max(node.item.type.places, node.places)
    item, divisor = _number(sheet, node.item, places), 10 ** (places - node.places)
    mode = node.mode or sheet.plan.rounding.mode
    if divisor == 1:
        return lambda person: bounded(item(person))
    return lambda person: divide(item(person), divisor, mode)


_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_MAKERS: Final[dict[type[Node], Callable[[Sheet, Any], Ask | None]]] = {
    Aggregate: _aggregate,
    Arithmetic: _arithmetic,
    Call: _call,
    Choose: _choose,
    Compare: _compare,
    Constant: _constant,
    Logic: _logic,
    Name: _name,
    Negative: _negative,
    Not: _not,
    Rounded: _rounded,
    Upward: _upward,
}
