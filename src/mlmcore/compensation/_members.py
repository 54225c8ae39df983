"""Who or what is in a scope, row by row: pairs of a row that asks and one that it asks about, a step down at a time.

Rollups answer for everybody at once and need no pairs; here is what they cannot say: scopes asked by somebody else than
the person whose they are (`me.`), and legs of the placement tree along another tree.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._joined import Joined
from mlmcore.compensation.expressions._mine import PLACEMENT
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import RowsFrame, Sheet

__all__ = ["in_leg", "leg_ranges", "members_below", "person_frame"]

Ints = NDArray[np.int32]
Rows = NDArray[np.intp]
Bools = NDArray[np.bool_]


def members_below(sheet: Sheet, node: Aggregate, frame: RowsFrame) -> Iterator[tuple[Rows, RowsFrame]]:
    """The people in a scope of a tree, for each row of a frame: step by step down, all rows at once.

    Args:
        sheet: What the run knows.
        node: The aggregate, whose `until` ends the descent and whose `leg` says who is meant.
        frame: The rows; `self` is whose scope it is, `me` who asks.

    Returns:
        Chunks: the row of `frame`, and the frame of the people met there.
    """
    first, last = _depths(node)
    children = Joined(sheet.uplines(node.scope.tree), sheet.size)
    whose, me = frame.persons("self"), frame.persons("me")
    rows, people = np.arange(frame.size), whose
    depth = 0
    while len(rows):
        if depth >= first:
            inside = in_leg(sheet, whose[rows], people, node.leg) if node.leg else np.ones(len(rows), dtype=np.bool_)
            yield rows[inside], person_frame(sheet, people[inside], me[rows[inside]])
        if depth == last:
            return
        parents, people = children.of(people)
        rows = rows[parents]
        if node.until is not None:
            going_on = ~evaluate(node.until, person_frame(sheet, people, me[rows])).values
            rows, people = rows[going_on], people[going_on]
        depth += 1


def person_frame(sheet: Sheet, people: Ints, me: Ints) -> RowsFrame:
    """People, each seen by somebody."""
    return RowsFrame(sheet=sheet, size=len(people), indices={"self": people, "me": me})


def _depths(node: Aggregate) -> tuple[int, int]:
    """From how many steps below to how many; -1 for no end."""
    match node.scope.kind:
        case "front":
            return 1, 1
        case "downline":
            return 1, -1
        case "group":
            return 0, -1
        case _:
            return node.scope.bounds[0], node.scope.bounds[-1]


def in_leg(sheet: Sheet, whose: Ints, people: Ints, number: int) -> Bools:
    """Who stands in that leg of whose placement."""
    node, start, end = leg_ranges(sheet, number)
    return (node[people] >= start[whose]) & (node[people] < end[whose])


def leg_ranges(sheet: Sheet, number: int) -> tuple[Ints, Ints, Ints]:
    """The nodes of people in the placement tree, and from which node to which a leg of each reaches; all by person."""
    network = sheet.rows.network
    tree, nodes = network.tree(PLACEMENT), network.node_of_person[PLACEMENT]
    node = np.arange(sheet.size, dtype=np.int32) if nodes is None else nodes
    heads = np.flatnonzero((tree.leg == number) & (tree.parent >= 0))
    start, end = np.zeros(sheet.size, dtype=np.int32), np.zeros(sheet.size, dtype=np.int32)
    start[tree.parent[heads]] = heads
    end[tree.parent[heads]] = heads + tree.subtree_size[heads]
    return node, start[node], end[node]
