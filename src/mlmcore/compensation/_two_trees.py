"""Sums over those who stand below a person in one tree and in a leg of theirs in the placement tree.

A group is a range of the one tree's order, a leg a range of the other's: a sum over both ranges at once, for everybody,
in as many passes as the number of people has binary digits.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._members import leg_ranges
from mlmcore.compensation.frames import Sheet
from mlmcore.genealogy import Genealogy, rollups
from mlmcore.genealogy.nearest import nearest_above

__all__ = ["bounded_order", "sums_in_leg"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


def sums_in_leg(sheet: Sheet, name: str, values: Ints64, until: Bools | None, number: int) -> Ints64:
    """int64[n] by person: the sum over those below in a tree who stand in a leg of the placement tree.

    Args:
        sheet: What the run knows.
        name: The tree that is walked.
        values: int64[n] by person, 0 for who does not count; their absolute sum must fit.
        until: bool[n] by person: where the descent ends, or None.
        number: The leg.
    """
    network = sheet.rows.network
    tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
    by_node = until if until is None or persons is None else until[persons]
    place, size = bounded_order(tree, None if by_node is None else np.ascontiguousarray(by_node))
    if nodes is not None:
        place, size = place[nodes], size[nodes]
    node, start, end = leg_ranges(sheet, number)
    person_at = np.empty(sheet.size, dtype=np.int32)
    person_at[node] = np.arange(sheet.size, dtype=np.int32)
    ordered = place[person_at], values[person_at]
    return _below(*ordered, start, end, place + size) - _below(*ordered, start, end, place)


def bounded_order(tree: Genealogy, until: Bools | None) -> tuple[Ints, Ints]:
    """Each node's place in an order in which bounded groups are ranges, and how many are in its own.

    Whoever ends the descent begins a range of their own.
    """
    if until is None:
        return np.arange(len(tree), dtype=np.int32), tree.subtree_size
    head = np.where(until, np.arange(len(tree), dtype=np.int32), nearest_above(tree, until))
    place = np.empty(len(tree), dtype=np.int32)
    place[np.argsort(head, kind="stable")] = np.arange(len(tree), dtype=np.int32)
    return place, rollups.group_count(tree, until=until).astype(np.int32)


def _below(keys: Ints, values: Ints64, start: Ints, end: Ints, limit: Ints) -> Ints64:
    """The sum of the values from `start` to `end` whose key is below `limit`; keys are 0 to n - 1, each once.

    Digit by digit from the highest: whoever has a 0 where the limit has a 1 is below it, whoever has the same digit
    is asked on, among those alone.
    """
    total = np.zeros(len(limit), dtype=np.int64)
    for digit in range(len(keys).bit_length() - 1, -1, -1):
        zero = (keys >> digit) & 1 == 0
        zeros = np.append(0, np.cumsum(zero))
        sums = np.append(np.int64(0), np.cumsum(np.where(zero, values, 0)))
        above = (limit >> digit) & 1 == 1
        total += np.where(above, sums[end] - sums[start], 0)
        ones = cast("int", zeros[-1])
        start, end = (
            np.where(above, ones + at - zeros[at], zeros[at]) for at in (start.astype(np.int64), end.astype(np.int64))
        )
        order = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
        keys, values = keys[order], values[order]
    return total
