"""What a person had just before an order or event: columns and aggregates as of a moment, and ordinals of events.

A moment is a place among all orders and events of a run, which stand by date, then id. Just before it, somebody has
sold and bought what stands strictly before it in the span that aggregates see. Only what is made of a person's own
rows, attributes and previous state can be asked this way; the loader has refused the rest.

Everything is a difference of prefix sums: rows sorted by person and place, and two binary searches for each asking.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate, Name, Ordinal, walk
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

if TYPE_CHECKING:
    from mlmcore.compensation.frames import RowsFrame

__all__ = ["aggregate_before", "measure_before", "ordinals"]

Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PAIRS: Final = 1_000_000
"""How many pairs of a counted row and a paid one are looked at together."""


def measure_before(frame: "RowsFrame", name: str) -> Column:
    """A measure of each row's `self`, just before the row's moment; somebody's given value is given at any time."""
    sheet = frame.sheet
    found = evaluate(sheet.plan.measures[name].node, frame)
    given = sheet.rows.given.get(name)
    if given is None:
        return found
    persons = np.asarray(frame.indices["self"])
    fixed = np.isin(persons, given.rows)
    whole = sheet.person[name].take(persons)
    return evolve(found, values=np.where(fixed, whole.values, found.values))


def aggregate_before(frame: "RowsFrame", node: Aggregate) -> Column:
    """An aggregate over each row's own orders or events, of those strictly before the row's moment."""
    from mlmcore.compensation._reduction import as_column, or_default  # noqa: PLC0415  (they need each other)

    sheet, persons = frame.sheet, np.asarray(frame.indices["self"]).astype(np.int64)
    assert frame.moment is not None  # noqa: S101  (only such frames ask)
    rows, _, counting = sheet.scopes.own_rows(node)
    chosen = np.flatnonzero(counting)
    if node.where is not None:
        chosen = chosen[evaluate(node.where, rows.some(chosen)).values]
    rows = rows.some(chosen)
    owner, place = np.asarray(rows.indices["self"]).astype(np.int64), sheet.rows.places(rows.of)[rows.indices["order"]]
    order = np.argsort(owner, kind="stable")  # within a table, rows stand by place already
    scale = np.int64(sheet.rows.dated_count + 1)
    keys = owner[order] * scale + place[order]
    first = np.searchsorted(keys, persons * scale)
    last = np.searchsorted(keys, persons * scale + frame.moment)
    if node.function == "count":
        return as_column(node, last - first)
    assert node.value is not None  # noqa: S101  (the checker gives every other function a value)
    values = np.ascontiguousarray(evaluate(node.value, rows).values)[order]
    if node.function in {"any", "all"}:
        held = _between(values.astype(np.int64), first, last)
        return as_column(node, held > 0 if node.function == "any" else held == last - first)
    if node.function == "sum":
        return as_column(node, _between(values, first, last))
    default = None if node.default is None else evaluate(node.default, frame)
    return or_default(node, _extremes(node, values, owner[order], first, last), first == last, default)


def _between(values: Ints64, first: NDArray[Any], last: NDArray[Any]) -> Ints64:
    if largest(values) * len(values) > INT64_MAX:
        what = "a sum of orders leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])
    sums = np.concatenate([[0], np.cumsum(values)]).astype(np.int64)
    between: Ints64 = sums[last] - sums[first]
    return between


def _extremes(node: Aggregate, values: Ints64, owner: Ints64, first: NDArray[Any], last: NDArray[Any]) -> Ints64:
    """The largest or smallest of each owner's first values; of none of them, anything.

    Values become places in the order of values, behind all of the owners before: so a running maximum begins anew with
    each owner.
    """
    if not len(values):
        return np.zeros(len(first), dtype=np.int64)
    known, code = np.unique(values if node.function == "max" else -values, return_inverse=True)
    _, group = np.unique(owner, return_inverse=True)
    running = np.maximum.accumulate(group.reshape(-1) * len(known) + code.reshape(-1))
    found = known[running[np.maximum(last - 1, 0)] % len(known)]
    return np.asarray(found if node.function == "max" else -found, dtype=np.int64)


def ordinals(frame: "RowsFrame", node: Ordinal) -> Column:
    """`position(COND)` of every row of a frame that holds all rows of a table from which a bonus starts.

    Args:
        frame: Orders or events, each with the person from whom the bonus starts as `self`; none that is a refund.
        node: Which rows are counted.
    """
    person = np.asarray(frame.indices["self"])
    order = np.argsort(person, kind="stable")
    ordered = frame.some(order)
    if any(isinstance(part, Name) and part.subject == "paid" for part in walk(node.item)):
        counted = _by_pairs(ordered, person[order], node)
    else:
        holds = evaluate(node.item, ordered).values
        first = np.searchsorted(person[order], person[order])
        sums = np.concatenate([[0], np.cumsum(holds)]).astype(np.int64)
        counted = np.where(holds, sums[1:] - sums[first], 0)
    found = np.zeros(frame.size, dtype=np.int64)
    found[order] = counted
    return Column.scaled(found, 0)


def _by_pairs(frame: "RowsFrame", person: NDArray[Any], node: Ordinal) -> Ints64:
    """Where the condition reads the paid row too: each row with itself and all rows of its person before it."""
    first = np.searchsorted(person, person)
    count = np.arange(len(person)) - first + 1
    found = np.zeros(len(person), dtype=np.int64)
    start = 0
    while start < len(person):
        end = max(start + 1, int(np.searchsorted(np.cumsum(count[start:]), _PAIRS, side="right")) + start)
        paid = np.repeat(np.arange(start, end), count[start:end])
        ends = np.cumsum(count[start:end])
        counted = np.arange(len(paid)) - np.repeat(ends - count[start:end], count[start:end]) + first[paid]
        pair = frame.some(counted)
        whose = np.asarray(frame.indices["order"])[paid]
        holds = evaluate(node.item, evolve(pair, indices={**pair.indices, "paid": whose})).values
        sums = np.add.reduceat(holds.astype(np.int64), ends - count[start:end])
        found[start:end] = np.where(holds[ends - 1], sums, 0)
        start = end
    return found
