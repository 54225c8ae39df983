"""Aggregates over people below who stand in a leg of the placement tree, along another tree, gathered layer by layer.

Who is below somebody and in a leg of theirs is known from the beginning; what each of them has is known once their
layer is filled. So everybody of a layer is added to sums over both trees' orders when the next layer begins, and who
asks then finds in them all who stand below.
"""

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._members import leg_ranges
from mlmcore.compensation._reduction import as_column, refuse_overflow
from mlmcore.compensation._two_trees import bounded_order
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.recursion.layers import Layer
from mlmcore.genealogy.range_sums import RangeSums

__all__ = ["InLegElsewhere"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]


class InLegElsewhere:
    """One `sum`, `count`, `any` or `all` over `group` or `downline` with `leg=`, along another tree than placement.

    Args:
        sheet: What the run knows; whatever `until` reads is known.
        node: The aggregate.
    """

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        self._sheet, self._node = sheet, node
        network, name = sheet.rows.network, node.scope.tree
        tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
        until = sheet.scopes.ends(node)
        by_node = until if until is None or persons is None else until[persons]
        place, size = bounded_order(tree, None if by_node is None else np.ascontiguousarray(by_node))
        self._low: Ints = place if nodes is None else place[nodes]
        self._high: Ints = self._low + (size if nodes is None else size[nodes])
        self._at, self._start, self._end = leg_ranges(sheet, node.leg)
        key = np.empty(sheet.size, dtype=np.int32)
        key[self._at] = self._low
        self._sums = RangeSums(key)
        self._absolute = 0
        self._before: Ints = np.zeros(0, dtype=np.int32)

    def of(self, layer: Layer) -> Column:
        """The values of one layer, which comes after the layers of all who are below."""
        self._add(self._before)
        self._before = rows = layer.rows
        found = self._sums.between(self._start[rows], self._end[rows], self._low[rows], self._high[rows])
        match self._node.function:
            case "any":
                return as_column(self._node, found > 0)
            case "all":
                return as_column(self._node, found == 0)
            case _:
                return as_column(self._node, found)

    def _add(self, people: Ints) -> None:
        """Add what some people bring: a value, or whether they make an `any` true or an `all` false."""
        frame = RowsFrame(sheet=self._sheet, size=len(people), indices={"self": people})
        if self._node.where is not None:
            frame = frame.some(np.flatnonzero(evaluate(self._node.where, frame).values))
        values = np.ones(frame.size, dtype=np.int64)
        if self._node.value is not None:
            held = evaluate(self._node.value, frame).values
            values = (~held if self._node.function == "all" else held).astype(np.int64)
        self._absolute = refuse_overflow(values, self._absolute)
        self._sums.add(self._at[frame.persons("self")], values)
