"""Aggregates over people below, gathered layer by layer from the leaves up.

What a person hands up is a row of numbers: for a whole group one (its sum, its count, its largest), for `top` the k
largest, for `levels(a, b)` one for each of b levels. A layer's rows are the children's, put together by upline.
"""

from collections.abc import Callable
from functools import cached_property, reduce
from typing import Any, Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._reduction import NOTHING
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.recursion.few import Few, bounded
from mlmcore.compensation.recursion.layers import Layer
from mlmcore.compensation.recursion.members import holds_oneself
from mlmcore.compensation.recursion.tally import Tally
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

__all__ = ["Descent", "Handed", "legs_of"]

Ints64 = NDArray[np.int64]
Ints = NDArray[np.int32]
Handed = int | list[int]
"""What one person hands up: a number, or one for each level."""

_NEUTRAL: Final = {"all": 1, "max": NOTHING, "min": NOTHING, "top": NOTHING}
_JOINING: Final[dict[str, Callable[..., Any]]] = {
    "all": np.minimum,
    "any": np.maximum,
    "max": np.maximum,
    "min": np.maximum,
}


class Descent:
    """One aggregate over `group`, `downline`, `level(k)` or `levels(a, b)`.

    Conditions are numbers here, 0 and 1, and a smallest value is the largest of the opposite ones.
    """

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        self._sheet = sheet
        self._node = node
        self._neutral = _NEUTRAL.get(node.function, 0)
        self._below: Ints64 = np.zeros((0, self._width), dtype=np.int64)  # of the layer before, in its order

    def of(self, layer: Layer, frame: RowsFrame) -> Column:
        """The values of one layer, which comes after the layer of its children.

        Args:
            layer: The layer.
            frame: Its people.
        """
        children = RowsFrame(sheet=self._sheet, size=len(layer.read), indices={"self": layer.read})
        handed = self._handed(children)
        if self._node.until is not None:
            handed[evaluate(self._node.until, children).values] = self._neutral
        found = self._together(handed, layer.place, len(layer.rows))
        if holds_oneself(self._node):
            found = self._joined(self._own(frame), found)
        self._below = found
        if self._node.leg:  # of which the person is none, and further up it is another's
            handed[self._legs[layer.read] != self._node.leg] = self._neutral
            found = self._together(handed, layer.place, len(layer.rows))
        return self._column(found, frame)

    @cached_property
    def _legs(self) -> Ints:
        return legs_of(self._sheet, self._node.scope.tree)

    def of_few(self, few: Few, tally: Tally) -> list[Handed]:
        """As `of`, of a few people one by one: what each hands up; `total` makes of it what the person comes to.

        Raises:
            Unsure: Somebody's is to be found as everybody's is.
        """
        if self._node.scope.bounds:
            return self._levels_of_few(few, tally)
        return [*self._whole_of_few(few, tally)]

    def total(self, handed: Handed, tally: Tally) -> int:
        """What somebody comes to, before it is brought to the aggregate's type."""
        if isinstance(handed, int):
            return handed
        bounds = self._node.scope.bounds
        return reduce(tally.join, handed[bounds[0] - 1 : bounds[-1]])

    def _levels_of_few(self, few: Few, tally: Tally) -> list[Handed]:
        """Level by level: a child is on the first, and whom it counts on a level is one further down from here."""
        found: list[Handed] = []
        below = iter(self._below.tolist())
        for children in few.read:
            levels = [tally.neutral] * self._width
            for child, deeper in zip(children, below, strict=False):
                if tally.until is None or not tally.until(child):
                    levels = list(map(tally.join, levels, [tally.own(child), *deeper[:-1]]))
            for value in levels:
                if value != self._neutral:
                    bounded(value)
            found.append(levels)
        return found

    def _whole_of_few(self, few: Few, tally: Tally) -> list[int]:
        found, below, number = [], self._below[:, 0].tolist(), 0
        whole = holds_oneself(self._node)
        for person, children in zip(few.rows, few.read, strict=True):
            total = tally.neutral
            for child in children:
                if tally.until is None or not tally.until(child):
                    handed = below[number] if whole else tally.join(tally.own(child), below[number])
                    total = tally.join(total, handed)
                number += 1
            total = tally.join(tally.own(person), total) if whole else total
            if total != self._neutral:
                bounded(total)
            found.append(total)
        return found

    def keep(self, found: list[Handed]) -> None:
        """Remember what `of_few` found for a layer, which is what its people hand up."""
        self._below = np.array(found, dtype=np.int64).reshape(-1, self._width)

    @property
    def _width(self) -> int:
        if self._node.scope.bounds:
            return self._node.scope.bounds[-1]
        return self._node.k if self._node.function == "top" else 1

    def _handed(self, children: RowsFrame) -> Ints64:
        """What the people of the layer before hand up: int64[m, width]."""
        if holds_oneself(self._node):
            return self._below.copy()
        own = self._own(children)
        if self._node.scope.bounds:
            return np.concatenate([own[:, :1], self._below[:, :-1]], axis=1)
        return self._joined(own, self._below)

    def _own(self, frame: RowsFrame) -> Ints64:
        """What each person brings: int64[m, width], neutral where `where` does not hold."""
        own = np.full((frame.size, self._width), self._neutral, dtype=np.int64)
        rows = np.arange(frame.size)
        if self._node.where is not None:
            rows = np.flatnonzero(evaluate(self._node.where, frame).values)
        if self._node.value is None:
            own[rows, 0] = 1
        elif len(rows):
            values = evaluate(self._node.value, frame.some(rows)).values.astype(np.int64)
            own[rows, 0] = -values if self._node.function == "min" else values
        return own

    def _joined(self, one: Ints64, other: Ints64) -> Ints64:
        if self._node.function == "top":
            return np.sort(np.concatenate([one, other], axis=1), axis=1)[:, ::-1][:, : self._width]
        joining = _JOINING.get(self._node.function)
        if joining is not None:
            return np.asarray(joining(one, other), dtype=np.int64)
        if largest(one.ravel()) + largest(other.ravel()) > INT64_MAX:
            _refuse(one.astype(object) + other.astype(object))
        return one + other

    def _together(self, handed: Ints64, place: Ints, size: int) -> Ints64:
        """The children's rows by upline: int64[size, width]."""
        found = np.full((size, self._width), self._neutral, dtype=np.int64)
        if not len(handed):
            return found
        starts = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]]))
        uplines = place[starts]
        if self._node.function == "top":
            return self._largest(handed, place, found)
        joining = _JOINING.get(self._node.function, np.add)
        if joining is np.add and largest(handed.ravel()) * len(handed) > INT64_MAX:
            _refuse(np.add.reduceat(handed.astype(object), starts, axis=0))
        found[uplines] = joining.reduceat(handed, starts, axis=0)  # type: ignore[attr-defined] # a ufunc, all of them
        return found

    def _largest(self, handed: Ints64, place: Ints, found: Ints64) -> Ints64:
        """The k largest of each upline's children's."""
        values, owner = handed.ravel(), np.repeat(place, self._width)
        order = np.lexsort((values, owner))
        values, owner = values[order], owner[order]
        end = np.searchsorted(owner, np.arange(len(found)), side="right")
        nth = end[owner] - 1 - np.arange(len(owner))
        kept = nth < self._width
        found[owner[kept], nth[kept]] = values[kept]
        return found

    def _column(self, found: Ints64, frame: RowsFrame) -> Column:
        node = self._node
        if node.scope.bounds:
            found = self._over_levels(found)
        values = found[:, 0]
        if node.type.kind == "boolean":
            return Column(kind="boolean", values=values != 0)
        if node.function == "top":
            values = self._added(np.where(found == NOTHING, 0, found))
        places = 0 if node.value is None else node.value.type.places
        empty = values == NOTHING if node.function in {"max", "min"} else np.zeros(len(values), dtype=np.bool_)
        values = np.where(empty, 0, -values if node.function == "min" else values)
        column = Column.scaled(values, places, unit=node.type.unit).at_places(node.type.places)
        if not empty.any() or node.default is None:
            return column
        default = evaluate(node.default, frame).at_places(node.type.places)
        return evolve(column, values=np.where(empty, default.values, column.values))

    def _over_levels(self, found: Ints64) -> Ints64:
        """The levels that count, put together: int64[n, 1]."""
        first, last = self._node.scope.bounds[0], self._node.scope.bounds[-1]
        joining = _JOINING.get(self._node.function)
        counted = found[:, first - 1 : last]
        if joining is None:
            return self._added(counted)[:, None]
        return np.asarray(joining.reduce(counted, axis=1), dtype=np.int64)[:, None]  # type: ignore[attr-defined] # as above

    def _added(self, parts: Ints64) -> Ints64:
        if largest(parts.ravel()) * max(parts.shape[1], 1) > INT64_MAX:
            _refuse(parts.astype(object).sum(axis=1))
        return np.asarray(parts.sum(axis=1), dtype=np.int64)


def legs_of(sheet: Sheet, name: str) -> Ints:
    """int32[n]: in which leg of the direct upline each person stands in a tree, 0 without a number."""
    network = sheet.rows.network
    legs, nodes = network.tree(name).leg, network.node_of_person[name]
    return legs if nodes is None else legs[nodes]


def _refuse(sums: NDArray[Any]) -> None:
    """Stop where exact sums leave int64."""
    if largest(sums.ravel()) > INT64_MAX:
        what = "a sum over people leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])
