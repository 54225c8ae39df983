"""Evaluate a checked expression over columns: vectorised and exact.

The caller supplies a `Frame`: rows of some kind (people, orders, pairs of a walk) that can hand out columns by name
and values of aggregates. This module knows arithmetic, comparison and choice; it knows no trees and no orders.

Only the branch taken can fail: the branches of `if`, and what stands after the first condition of `and` and `or`,
are evaluated for the rows that need them, where they could fail at all.
"""

import operator
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.expressions._dates import FUNCTIONS as DATE_FUNCTIONS
from mlmcore.compensation.expressions._lookup import keyed, marginal, row_values, threshold_row
from mlmcore.compensation.expressions._plan_calls import called, rows_of
from mlmcore.compensation.expressions._problems import MisfitError, problem
from mlmcore.compensation.expressions.frame import Frame, Rows, needed, select
from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Logic,
    Lookup,
    Name,
    Negative,
    Node,
    Not,
    OneOf,
    Ordinal,
    PlanCall,
    Rounded,
    Several,
    Upward,
    WholeTable,
    walk,
)
from mlmcore.compensation.plan import ThresholdTable
from mlmcore.compensation.rounding import divide_wide

T = TypeVar("T")

__all__ = ["FractionColumn", "Frame", "constant_column", "evaluate", "fractions", "may_fail", "needed"]


def evaluate(node: Node, frame: Frame) -> Column:
    """Evaluate an expression on every row.

    Args:
        node: A checked expression that is no ratio.
        frame: The rows.

    Returns:
        A column of `frame.size` rows with the kind, unit and places of `node.type`.

    Raises:
        InputError: A value is missing where one is needed, a table has no such row, or a number leaves int64.
    """
    try:
        column = _COLUMNS[type(node)](node, frame)
        if not node.type.optional and node.type.kind in {"number", "date"}:
            needed(column, frame)
    except MisfitError as error:
        error.node = node
        raise
    return column


@frozen
class FractionColumn:
    """An exact fraction per row, int64 or Python ints; denominators are positive."""

    top: _wide.Wide
    bottom: _wide.Wide


def fractions(node: Node, frame: Frame) -> FractionColumn:
    """Evaluate a number, a ratio or not, as exact fractions.

    Raises:
        InputError: As `evaluate`.
    """
    if node.type.ratio:
        return _FRACTIONS[type(node)](node, frame)
    values = needed(evaluate(node, frame), frame).values
    return FractionColumn(values, np.broadcast_to(np.int64(10**node.type.places), values.shape))


def may_fail(node: Node) -> bool:
    """Whether evaluating could raise: anything but columns and constants, and choices and comparisons of them.

    A column of the buyer could, since an order of a customer has none, and of whoever stands below the source. (That of
    a payee who may be an account is optional.)
    """
    safe = (Constant, Name, Compare, Logic, Not, Choose, OneOf)
    return any(
        not isinstance(part, safe)
        or part.type.optional
        or (isinstance(part, Name) and part.subject in {"buyer", "child"})
        for part in walk(node)
    )


# --- columns ------------------------------------------------------------------------------------------------------


def _constant(node: Constant, frame: Frame) -> Column:
    column = constant_column(node).repeat(frame.size)
    return evolve(column, categories=frame.rank_ids) if node.type.kind == "rank" else column


def constant_column(node: Constant) -> Column:
    """Return a constant as a column of one row."""
    kind, value = node.type.kind, node.value
    match kind:
        case "number":
            return Column.numbers([cast("Decimal | None", value)], unit=node.type.unit, places=node.type.places)
        case "boolean":
            return Column.booleans([bool(value)])
        case "text":
            return Column.texts([cast("str | None", value)])
        case "date":
            return Column.dates([cast("date | None", value)])
        case _:
            position = -1 if value is None else int(cast("int", value))
            dtype = np.int16 if kind == "rank" else np.int32
            return Column(kind=kind, values=np.array([position], dtype=dtype))


def _name(node: Name, frame: Frame) -> Column:
    if node.name in {"period.start", "period.end"}:
        day = frame.period.start if node.name == "period.start" else frame.period.end
        return Column.dates([day]).repeat(frame.size)
    return _at_type(frame.column(node), node, frame)


def _aggregate(node: Aggregate, frame: Frame) -> Column:
    return _at_type(frame.aggregate(node), node, frame)


def _upward(node: Upward, frame: Frame) -> Column:
    there, uplines = frame.uplines(node)
    yes, no = np.flatnonzero(there), np.flatnonzero(~there)
    item = evaluate(node.item, uplines).spread(yes, frame.size)
    default = evaluate(node.default, select(frame, no)).spread(no, frame.size)
    return _merged(there, item, default, node, frame)


def _ordinal(node: Ordinal, frame: Frame) -> Column:
    return frame.ordinal(node)


def _at_type(column: Column, node: Node, frame: Frame) -> Column:
    """Bring what a frame handed out to the places and unit that the type says."""
    if column.kind != node.type.kind or len(column) != frame.size:
        raise TypeError(f"the frame gave {len(column)} rows of {column.kind} for {node}")
    if column.kind != "number":
        return column
    if column.places > node.type.places:
        raise TypeError(f"the frame gave {column.places} decimal places for {node}")
    return _number(_wide.scale(column.values, 10 ** (node.type.places - column.places)), node, frame, column.absent)


def _number(values: _wide.Wide, node: Node, frame: Frame, absent: NDArray[np.bool_] | None = None) -> Column:
    """Return exact integers as the column that the node's type describes, refusing what int64 can't hold."""
    row = _wide.first_outside(values)
    if row is not None:
        raise problem(
            f"a number of {node.type.places} decimal places is too large to be exact",
            frame,
            row,
            "round to fewer places on the way",
        )
    return Column.scaled(values.astype(np.int64, copy=False), node.type.places, unit=node.type.unit, absent=absent)


def _scaled(node: Node, places: int, frame: Frame) -> _wide.Wide:
    column = needed(evaluate(node, frame), frame)
    return _wide.scale(column.values, 10 ** (places - column.places))


def _negative(node: Negative, frame: Frame) -> Column:
    return _number(_wide.negate(_scaled(node.item, node.type.places, frame)), node, frame)


def _arithmetic(node: Arithmetic, frame: Frame) -> Column:
    if node.operator == "*":
        left, right = (_scaled(part, part.type.places, frame) for part in (node.left, node.right))
        return _number(_wide.multiply(left, right), node, frame)
    left, right = (_scaled(part, node.type.places, frame) for part in (node.left, node.right))
    combine = _wide.add if node.operator == "+" else _wide.subtract
    return _number(combine(left, right), node, frame)


def _rounded(node: Rounded, frame: Frame) -> Column:
    mode = node.mode or frame.rounding.mode
    if not node.item.type.ratio and node.item.type.places <= node.places:
        return _number(_scaled(node.item, node.places, frame), node, frame)
    exact = fractions(node.item, frame)
    top = _wide.scale(exact.top, 10**node.places)
    found = divide_wide(top, exact.bottom, mode)
    row = _wide.first_outside(found)
    if row is not None:
        raise problem("a rounded number is too large to be exact", frame, row)
    return Column.scaled(found.astype(np.int64), node.places, unit=node.type.unit)


def _call(node: Call, frame: Frame) -> Column:
    if node.function in DATE_FUNCTIONS:
        days = [needed(evaluate(item, frame), frame).values for item in node.items]
        return Column.scaled(DATE_FUNCTIONS[node.function](*days), 0)
    items = [_scaled(item, node.type.places, frame) for item in node.items]
    if node.function == "abs":
        return _number(_wide.where(_wide.truth(items[0] < 0), _wide.negate(items[0]), items[0]), node, frame)
    result = items[0]
    for larger, item in _extremes(node.function, items[1:]):
        taken = item > result if larger else item < result
        result = _wide.where(_wide.truth(taken), item, result)
    return _number(result, node, frame)


def _extremes(function: str, items: list[T]) -> list[tuple[bool, T]]:
    """Say for each further argument whether the larger of it and the result so far is kept, or the smaller."""
    if function == "clamp":  # max(low, min(x, high))
        low, high = items
        return [(False, high), (True, low)]
    return [(function == "max", item) for item in items]


def _lookup(node: Lookup, frame: Frame) -> Column:
    table = frame.table(node.table)
    if not isinstance(table, ThresholdTable):
        keys = [_key(key, frame) for key in node.keys]
        values = keyed(table, keys, frame.rank_ids, node.type.places, frame)
        return Column.scaled(values, node.type.places)
    if table.mode == "marginal":
        key = needed(evaluate(node.keys[0], frame), frame)
        amounts, places = marginal(table, key.values, key.places, frame)
        return _number(_wide.scale(amounts, 10 ** (node.type.places - places)), node, frame)
    exact = fractions(node.keys[0], frame)
    found = threshold_row(table, exact.top, exact.bottom, frame)
    return Column.scaled(row_values(table, found, node.type.places), node.type.places)


def _key(node: Node, frame: Frame) -> Column:
    column = evaluate(node, frame)
    return needed(column, frame) if column.kind == "number" else column


# --- conditions ---------------------------------------------------------------------------------------------------


def _booleans(node: Node, frame: Frame) -> NDArray[np.bool_]:
    return cast("NDArray[np.bool_]", evaluate(node, frame).values)


def _boolean(values: Any) -> Column:
    return Column(kind="boolean", values=_wide.truth(values))


def _compare(node: Compare, frame: Frame) -> Column:
    if node.left.type.kind == "number":
        return _boolean(_compare_numbers(node, frame))
    left, right = evaluate(node.left, frame), evaluate(node.right, frame)
    if left.kind == "date" and node.operator not in {"==", "!="}:
        left, right = needed(left, frame), needed(right, frame)
    return _boolean(_OPERATORS[node.operator](left.values, _codes_like(right, left)))


def _compare_numbers(node: Compare, frame: Frame) -> Any:
    operator = _OPERATORS[node.operator]
    if node.left.type.ratio or node.right.type.ratio:
        return _compare_fractions(node, frame)
    left_column, right_column = evaluate(node.left, frame), evaluate(node.right, frame)
    if node.operator not in {"==", "!="}:
        left_column, right_column = needed(left_column, frame), needed(right_column, frame)
    places = max(left_column.places, right_column.places)
    left_values, right_values = (
        _wide.scale(column.values, 10 ** (places - column.places)) for column in (left_column, right_column)
    )
    outcome = _wide.truth(operator(left_values, right_values))
    if left_column.absent is None and right_column.absent is None:
        return outcome
    left_absent, right_absent = left_column.is_absent, right_column.is_absent
    equal = np.where(left_absent | right_absent, left_absent & right_absent, outcome == (node.operator == "=="))
    return equal == (node.operator == "==")


def _compare_fractions(node: Compare, frame: Frame) -> Any:
    """Compare where one side is a ratio, which is never none: whatever is none is unequal to it.

    Both sides are evaluated for every row, as in any comparison: what is missing in the ratio is missed.
    """
    left, left_there = _fraction_or_none(node.left, node.operator, frame)
    right, right_there = _fraction_or_none(node.right, node.operator, frame)
    holds = _OPERATORS[node.operator](_wide.multiply(left.top, right.bottom), _wide.multiply(right.top, left.bottom))
    return np.where(left_there & right_there, holds, node.operator == "!=")


def _fraction_or_none(node: Node, operator: str, frame: Frame) -> tuple[FractionColumn, NDArray[np.bool_]]:
    """A side as fractions, and where it has a value; only `==` and `!=` know none."""
    if node.type.ratio or not node.type.optional or operator not in {"==", "!="}:
        return fractions(node, frame), np.ones(frame.size, dtype=np.bool_)
    column = evaluate(node, frame)
    values = np.where(column.is_absent, 0, column.values)
    return FractionColumn(values, np.broadcast_to(np.int64(10**column.places), values.shape)), ~column.is_absent


def _codes_like(column: Column, other: Column) -> NDArray[Any]:
    """Return a column's values; of a text column the codes that the other column has for the same texts."""
    if column.kind != "text" or column.categories == other.categories:
        return column.values
    place = {text: code for code, text in enumerate(other.categories)}
    codes = np.array([*(place.get(text, -2) for text in column.categories), -1], dtype=np.int32)
    result: NDArray[Any] = codes[column.values]
    return result


def _logic(node: Logic, frame: Frame) -> Column:
    conjunction = node.operator == "and"
    result = _booleans(node.items[0], frame).copy()
    for item in node.items[1:]:
        if may_fail(item):
            rows = np.flatnonzero(result if conjunction else ~result)
            result[rows] = _booleans(item, select(frame, rows))
        elif conjunction:
            result &= _booleans(item, frame)
        else:
            result |= _booleans(item, frame)
    return _boolean(result)


def _not(node: Not, frame: Frame) -> Column:
    return _boolean(~_booleans(node.item, frame))


def _one_of(node: OneOf, frame: Frame) -> Column:
    equals = tuple(Compare(operator="==", left=node.item, right=option, type=node.type) for option in node.options)
    found = equals[0] if len(equals) == 1 else Logic(operator="or", items=equals, type=node.type)
    values = _booleans(found, frame)
    return _boolean(~values if node.negated else values)


# --- choice -------------------------------------------------------------------------------------------------------


def _choose(node: Choose, frame: Frame) -> Column:
    condition = _booleans(node.condition, frame)
    if not (may_fail(node.then) or may_fail(node.other)):
        return _merged(condition, evaluate(node.then, frame), evaluate(node.other, frame), node, frame)
    yes, no = np.flatnonzero(condition), np.flatnonzero(~condition)
    then = evaluate(node.then, select(frame, yes)).spread(yes, frame.size)
    other = evaluate(node.other, select(frame, no)).spread(no, frame.size)
    return _merged(condition, then, other, node, frame)


def _merged(condition: NDArray[np.bool_], then: Column, other: Column, node: Node, frame: Frame) -> Column:
    if node.type.kind == "number":
        values = [_wide.scale(column.values, 10 ** (node.type.places - column.places)) for column in (then, other)]
        absent = np.where(condition, then.is_absent, other.is_absent) if node.type.optional else None
        return _number(_wide.where(condition, *values), node, frame, absent)
    if node.type.kind == "text":
        return _merged_texts(condition, then, other)
    chosen = np.where(condition, then.values, other.values)
    return evolve(then, values=chosen, categories=then.categories or other.categories)


def _merged_texts(condition: NDArray[np.bool_], then: Column, other: Column) -> Column:
    categories = tuple(sorted({*then.categories, *other.categories}))
    like = Column(kind="text", values=np.zeros(0, dtype=np.int32), categories=categories)
    values = np.where(condition, _codes_like(then, like), _codes_like(other, like))
    return evolve(like, values=values.astype(np.int32))


# --- fractions ----------------------------------------------------------------------------------------------------


def _fraction_arithmetic(node: Arithmetic, frame: Frame) -> FractionColumn:
    left, right = fractions(node.left, frame), fractions(node.right, frame)
    if node.operator == "*":
        return FractionColumn(_wide.multiply(left.top, right.top), _wide.multiply(left.bottom, right.bottom))
    if node.operator == "/":
        return _quotient(left, right, node, frame)
    combine = _wide.add if node.operator == "+" else _wide.subtract
    top = combine(_wide.multiply(left.top, right.bottom), _wide.multiply(right.top, left.bottom))
    return FractionColumn(top, _wide.multiply(left.bottom, right.bottom))


def _quotient(left: FractionColumn, right: FractionColumn, node: Arithmetic, frame: Frame) -> FractionColumn:
    top, bottom = _wide.multiply(left.top, right.bottom), _wide.multiply(left.bottom, right.top)
    negative = _wide.truth(bottom < 0)
    top = _wide.where(negative, _wide.negate(top), top)
    bottom = _wide.where(negative, _wide.negate(bottom), bottom)
    if node.zero is None:
        return FractionColumn(top, bottom)
    rows = np.flatnonzero(_wide.truth(bottom == 0))
    if not len(rows):
        return FractionColumn(top, bottom)
    zero = fractions(node.zero, select(frame, rows))
    return _placed(FractionColumn(top, bottom), zero, rows)


def _placed(whole: FractionColumn, part: FractionColumn, rows: Rows) -> FractionColumn:
    """Return the fractions with some rows replaced."""
    replaced = []
    for values, new in ((whole.top, part.top), (whole.bottom, part.bottom)):
        copy = values.astype(object) if new.dtype == object else values.copy()
        copy[rows] = new
        replaced.append(copy)
    return FractionColumn(*replaced)


def _plan_call(node: PlanCall, frame: Frame) -> FractionColumn:
    return FractionColumn(*called(node, [_given(item, frame) for item in node.items], frame, frame.size))


def _given(node: Node, frame: Frame) -> list[Any]:
    """What a function of the plan is given in each row: decimals, tuples of them, a table's rows."""
    if isinstance(node, WholeTable):
        return [rows_of(frame.table(node.table))] * frame.size
    if isinstance(node, Several):
        return list(zip(*(_given(item, frame) for item in node.items), strict=True)) or [()] * frame.size
    column = needed(evaluate(node, frame), frame)
    return [column.decimal(row) for row in range(frame.size)]


def _fraction_negative(node: Negative, frame: Frame) -> FractionColumn:
    item = fractions(node.item, frame)
    return FractionColumn(_wide.negate(item.top), item.bottom)


def _fraction_call(node: Call, frame: Frame) -> FractionColumn:
    items = [fractions(item, frame) for item in node.items]
    result = items[0]
    if node.function == "abs":
        negative = _wide.truth(result.top < 0)
        return FractionColumn(_wide.where(negative, _wide.negate(result.top), result.top), result.bottom)
    for larger, item in _extremes(node.function, items[1:]):
        mine, its = _wide.multiply(result.top, item.bottom), _wide.multiply(item.top, result.bottom)
        taken = _wide.truth(its > mine if larger else its < mine)
        result = FractionColumn(
            _wide.where(taken, item.top, result.top), _wide.where(taken, item.bottom, result.bottom)
        )
    return result


def _fraction_choose(node: Choose, frame: Frame) -> FractionColumn:
    condition = _booleans(node.condition, frame)
    whole = FractionColumn(np.zeros(frame.size, dtype=np.int64), np.ones(frame.size, dtype=np.int64))
    for branch, rows in ((node.then, np.flatnonzero(condition)), (node.other, np.flatnonzero(~condition))):
        whole = _placed(whole, fractions(branch, select(frame, rows)), rows)
    return whole


_OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

# Each function takes the kind of node that it is listed under.
_COLUMNS: Final[dict[type[Node], Callable[[Any, Frame], Column]]] = {
    Ordinal: _ordinal,
    Aggregate: _aggregate,
    Arithmetic: _arithmetic,
    Call: _call,
    Choose: _choose,
    Compare: _compare,
    Constant: _constant,
    Logic: _logic,
    Lookup: _lookup,
    Name: _name,
    Negative: _negative,
    Not: _not,
    OneOf: _one_of,
    Rounded: _rounded,
    Upward: _upward,
}
_FRACTIONS: Final[dict[type[Node], Callable[[Any, Frame], FractionColumn]]] = {
    Arithmetic: _fraction_arithmetic,
    Call: _fraction_call,
    Choose: _fraction_choose,
    Negative: _fraction_negative,
    PlanCall: _plan_call,
}
