"""What a person had just before an order or event: columns and aggregates as of a moment, and ordinals of events.

A moment is a place among all orders and events of a run, which stand by date, then id. Just before it, somebody has
sold and bought what stands strictly before it in the span that aggregates see; a measure sees the plan's period,
whatever the span of the bonus that asks. Only what is made of a person's own rows, attributes and previous state can
be asked this way; the loader has refused the rest.

Everything is a difference of prefix sums: rows are sorted by person and place once, and each asking is two binary
searches, so that a walk may ask for another few people at each step.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._given import laid_over
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate, Name, Ordinal, walk
from mlmcore.compensation.inputs import Given
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.periods import Period

if TYPE_CHECKING:
    from mlmcore.compensation.frames import RowsFrame, Sheet

__all__ = ["Moments", "measure_before", "ordinals"]

Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PAIRS: Final = 1_000_000
"""How many pairs of a counted row and a paid one are looked at together."""


def measure_before(frame: "RowsFrame", name: str) -> Column:
    """A measure of each row's `self`, just before the row's moment; somebody's given value is given at any time."""
    sheet = frame.sheet
    span, sheet.span = sheet.span, sheet.rows.period
    try:
        found = evaluate(sheet.plan.measures[name].node, frame)
    finally:
        sheet.span = span
    given = sheet.rows.given.get(name)
    if given is None:
        return found
    persons = np.asarray(frame.indices["self"])
    fixed = np.flatnonzero(np.isin(persons, given.rows)).astype(np.int32)
    return laid_over(found, Given(rows=fixed, values=sheet.person[name].take(persons[fixed])))


class Moments:
    """Computes a run's aggregates as of moments; what each needs is sorted once for each span.

    Args:
        sheet: What the run knows.
    """

    def __init__(self, sheet: "Sheet") -> None:
        self._sheet = sheet
        self._known: dict[tuple[Aggregate, Period], _Running] = {}

    def aggregate(self, frame: "RowsFrame", node: Aggregate) -> Column:
        """An aggregate over each row's own orders or events, of those strictly before the row's moment."""
        from mlmcore.compensation._reduction import as_column, or_default  # noqa: PLC0415  (they need each other)

        assert frame.moment is not None  # noqa: S101  (only such frames ask)
        key = (node, self._sheet.span)
        if key not in self._known:
            self._known[key] = _Running.of(self._sheet, node)
        values, nothing = self._known[key].before(np.asarray(frame.indices["self"]), frame.moment)
        if node.function not in {"max", "min"}:
            return as_column(node, values)
        default = None if node.default is None else evaluate(node.default, frame)
        return or_default(node, values, nothing, default)


@frozen(kw_only=True, eq=False)
class _Running:
    """One aggregate as it runs on, from each person's first row to the last.

    Attributes:
        keys: int64[k], ascending: whose each row is and at which place it stands, as one number.
        scale: How many places a person's keys are apart.
        between: From the first row up to, not including, the last: what comes out.
    """

    keys: Ints64
    scale: int
    between: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]

    @classmethod
    def of(cls, sheet: "Sheet", node: Aggregate) -> "_Running":
        """Sort the rows of a scope that count."""
        rows, _, counting = sheet.scopes.own_rows(node)
        chosen = np.flatnonzero(counting)
        if node.where is not None:
            chosen = chosen[evaluate(node.where, rows.some(chosen)).values]
        rows = rows.some(chosen)
        owner = np.asarray(rows.indices["self"]).astype(np.int64)
        place = sheet.rows.places(rows.of)[rows.indices["order"]]
        order = np.argsort(owner, kind="stable")  # within a table, rows stand by place already
        scale = sheet.rows.dated_count + 1
        values = np.ones(rows.size, dtype=np.int64)
        if node.value is not None:
            values = np.ascontiguousarray(evaluate(node.value, rows).values)[order]
        return cls(keys=owner[order] * scale + place[order], scale=scale, between=_between(node, values, owner[order]))

    def before(self, persons: NDArray[Any], moment: Ints64) -> tuple[NDArray[Any], Bools]:
        """What it comes to just before moments, and whether that is nothing at all."""
        base = persons.astype(np.int64) * self.scale
        first, last = np.searchsorted(self.keys, base), np.searchsorted(self.keys, base + moment)
        return self.between(first, last), first == last


def _between(
    node: Aggregate, values: NDArray[Any], owner: Ints64
) -> Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]:
    """What a function gives of the rows between two of one person, of which the first is the person's first."""
    if node.function in {"max", "min"}:
        return _extremes(node, values, owner)
    if largest(values.astype(np.int64)) * len(values) > INT64_MAX:
        what = "a sum of orders leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])
    sums = np.concatenate([[0], np.cumsum(values, dtype=np.int64)]).astype(np.int64)
    match node.function:
        case "any":
            return lambda first, last: sums[last] > sums[first]
        case "all":
            return lambda first, last: sums[last] - sums[first] == last - first
        case _:
            return lambda first, last: sums[last] - sums[first]


def _extremes(node: Aggregate, values: Ints64, owner: Ints64) -> Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]:
    """The largest or smallest of each owner's first values; of none of them, anything.

    Values become places in the order of values, behind all of the owners before: so a running maximum begins anew with
    each owner.
    """
    if not len(values):
        return lambda first, _: np.zeros(len(first), dtype=np.int64)
    known, code = np.unique(values if node.function == "max" else -values, return_inverse=True)
    _, group = np.unique(owner, return_inverse=True)
    running = np.maximum.accumulate(group.reshape(-1) * len(known) + code.reshape(-1))
    found = np.asarray(known[running % len(known)], dtype=np.int64)
    found = found if node.function == "max" else -found
    return lambda _, last: found[np.maximum(last - 1, 0)]


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
