"""Rows in, one value for each owner out: what the functions of aggregates do, whatever the rows are.

Rows may come in several chunks; everything is exact, and nothing depends on their order.
"""

from typing import Any, Final, Protocol

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.columns import NONE_DAY, Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import RowsFrame
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

__all__ = ["NOTHING", "Reduction", "as_column", "has_value", "or_default", "reduced", "refuse_overflow"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOTHING: Final = -INT64_MAX - 1
"""The one int64 that no column holds: an extreme over nothing."""


def reduced(
    node: Aggregate, frame: RowsFrame, owner: Ints, counting: Bools, size: int, default: Column | None
) -> Column:
    """Reduce rows by owner.

    Args:
        node: What to compute.
        frame: The rows.
        owner: int32[rows]: whose each row is.
        counting: bool[rows]: which rows take part at all.
        size: How many owners there are.
        default: What an empty `min` gives each owner.
    """
    reduction = Reduction(node, size)
    reduction.add(frame, owner, counting)
    return reduction.column(default)


class Reduction:
    """One aggregate on the way, over `size` owners."""

    def __init__(self, node: Aggregate, size: int) -> None:
        self._node = node
        self._counts = np.zeros(size, dtype=np.int64)
        self._gathered = _gathering(node, size)

    def add(self, frame: RowsFrame, owner: Ints, counting: Bools | None = None) -> None:
        """Take in some rows: those that count, and for which `where` holds."""
        if counting is not None and not counting.all():
            rows = np.flatnonzero(counting)
            frame, owner = frame.some(rows), owner[rows]
        if self._node.where is not None:
            rows = np.flatnonzero(evaluate(self._node.where, frame).values)
            frame, owner = frame.some(rows), owner[rows]
        self._counts += np.bincount(owner, minlength=len(self._counts))
        value = self._node.value if self._node.distinct is None else self._node.distinct
        if value is not None:
            self._gathered.add(evaluate(value, frame), owner)

    def column(self, default: Column | None) -> Column:
        """One value for each owner; `default` is what an empty `min` gives."""
        values = self._gathered.values(self._counts)
        if self._node.function in {"max", "min"}:
            return or_default(self._node, values, self._counts == 0, default)
        return as_column(self._node, values)


class _Gathered(Protocol):
    def add(self, column: Column, owner: Ints) -> None:
        """Take in a value for each row."""

    def values(self, counts: Ints64) -> NDArray[Any]:
        """What it comes to for each owner, who had so many rows."""


def _gathering(node: Aggregate, size: int) -> _Gathered:
    if node.distinct is not None:
        return _Different()
    match node.function:
        case "count":
            return _Counted()
        case "any" | "all":
            return _Held(node.function, size)
        case "max" | "min":
            return _Extreme(node.function, size)
        case "top":
            return _Top(node.k)
        case _:
            return _Summed(size)


class _Counted:
    def add(self, column: Column, owner: Ints) -> None:
        """Nothing but the number of rows matters."""

    def values(self, counts: Ints64) -> Ints64:
        return counts


class _Held:
    """How many rows hold."""

    def __init__(self, function: str, size: int) -> None:
        self._any = function == "any"
        self._holding = np.zeros(size, dtype=np.int64)

    def add(self, column: Column, owner: Ints) -> None:
        self._holding += np.bincount(owner[column.values], minlength=len(self._holding))

    def values(self, counts: Ints64) -> Bools:
        held: Bools = self._holding > 0 if self._any else self._holding == counts
        return held


class _Extreme:
    """The largest or smallest so far."""

    def __init__(self, function: str, size: int) -> None:
        highest = function == "max"
        self._further = np.maximum if highest else np.minimum
        self._found = np.full(size, NOTHING if highest else INT64_MAX, dtype=np.int64)

    def add(self, column: Column, owner: Ints) -> None:
        self._further.at(self._found, owner, column.values)

    def values(self, counts: Ints64) -> Ints64:
        return self._found


class _Summed:
    """The sum so far, and the sum of all absolute values, which bounds it."""

    def __init__(self, size: int) -> None:
        self._sums = np.zeros(size, dtype=np.int64)
        self._absolute = 0

    def add(self, column: Column, owner: Ints) -> None:
        self._absolute = refuse_overflow(column.values, self._absolute)
        np.add.at(self._sums, owner, column.values)

    def values(self, counts: Ints64) -> Ints64:
        return self._sums


class _Top:
    """Each owner's `k` largest so far."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._values, self._owner = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)

    def add(self, column: Column, owner: Ints) -> None:
        values, owner = np.append(self._values, column.values), np.append(self._owner, owner)
        by_value = np.lexsort((-values, owner))
        values, owner = values[by_value], owner[by_value]
        place = np.arange(len(owner)) - np.searchsorted(owner, owner)
        self._values, self._owner = values[place < self._k], owner[place < self._k]

    def values(self, counts: Ints64) -> Ints64:
        sums = _Summed(len(counts))
        sums.add(Column.scaled(self._values, 0), self._owner)
        return sums.values(counts)


class _Different:
    """Each owner's different values so far; none is no value. Sorted out whenever twice as many rows have come in."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._owner, self._code = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._waiting: list[tuple[Ints64, Ints64]] = []
        self._rows = 0

    def add(self, column: Column, owner: Ints) -> None:
        codes, there = self._codes(column)
        self._waiting.append((owner[there].astype(np.int64), codes[there].astype(np.int64)))
        self._rows += int(there.sum())
        if self._rows > len(self._owner):
            self._sort_out()

    def values(self, counts: Ints64) -> Ints64:
        self._sort_out()
        return np.bincount(self._owner, minlength=len(counts)).astype(np.int64)

    def _sort_out(self) -> None:
        owner, code = (np.concatenate(part) for part in zip((self._owner, self._code), *self._waiting, strict=True))
        order = np.lexsort((code, owner))
        owner, code = owner[order], code[order]
        new = np.ones(len(owner), dtype=np.bool_)
        new[1:] = (owner[1:] != owner[:-1]) | (code[1:] != code[:-1])
        self._owner, self._code, self._waiting, self._rows = owner[new], code[new], [], 0

    def _codes(self, column: Column) -> tuple[NDArray[Any], Bools]:
        if column.kind != "text":
            return column.values, has_value(column)
        codes = [self._texts.setdefault(text, len(self._texts)) for text in column.categories]
        return np.array([*codes, -1], dtype=np.int64)[column.values], has_value(column)


def refuse_overflow(values: Ints64, absolute: int = 0) -> int:
    """The sum of absolute values so far and of these.

    Raises:
        InputError: It leaves int64, so that a sum could.
    """
    fits = largest(values) * len(values) <= INT64_MAX
    absolute += int(np.abs(values).sum()) if fits else sum(map(abs, values.tolist()))
    if absolute > INT64_MAX:
        what = "a sum leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])
    return absolute


def has_value(column: Column) -> Bools:
    """bool[n]: where a column is not none."""
    match column.kind:
        case "number":
            return ~column.is_absent
        case "boolean":
            return np.ones(len(column), dtype=np.bool_)
        case "date":
            return np.asarray(column.values != NONE_DAY)
        case _:
            return np.asarray(column.values != -1)


def as_column(node: Aggregate, values: NDArray[Any]) -> Column:
    """What a function gave for each owner, as a column of the aggregate's type."""
    if node.type.kind == "boolean":
        return Column(kind="boolean", values=values.astype(np.bool_))
    places = 0 if node.value is None else node.value.type.places
    return Column.scaled(values.astype(np.int64), places, unit=node.type.unit).at_places(node.type.places)


def or_default(node: Aggregate, values: Ints64, empty: Bools, default: Column | None) -> Column:
    """An extreme, and over nothing the default; without one, 0."""
    found = as_column(node, np.where(empty, 0, values))
    given = 0 if default is None else default.at_places(node.type.places).values
    return evolve(found, values=np.where(empty, given, found.values))
