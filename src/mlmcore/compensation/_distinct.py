"""How many different values each group holds, for everybody at once.

Everybody who has a value counts 1, and where two of the same value come next to each other in the tree's order, their
lowest common ancestor counts 1 less: so each group counts each of its values once.
"""

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._two_trees import bounded_order
from mlmcore.genealogy import Genealogy, rollups

__all__ = ["different_below"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


def different_below(tree: Genealogy, codes: Ints64, until: Bools | None, *, own: bool) -> Ints64:
    """int64[n] by node: how many different values each group holds, or each downline (not `own`).

    Args:
        tree: The genealogy.
        codes: int64[n] by node: equal numbers are equal values; -1 for whoever has none or does not count.
        until: bool[n] by node: where the descent ends, or None.
        own: Whether the person's own value counts.
    """
    place, size = bounded_order(tree, until)
    node_at = np.empty(len(tree), dtype=np.int32)
    node_at[place] = np.arange(len(tree), dtype=np.int32)
    one, next_one = _neighbours(codes[node_at])
    common = _lowest(tree, node_at, place, one, next_one, until)
    weight = (codes >= 0).astype(np.int64)
    np.subtract.at(weight, common[common >= 0], 1)
    total = np.array(rollups.group_sum(tree, weight, until=until))
    if own:
        return total
    again = np.full(len(tree), len(tree), dtype=np.int64)  # where the person's own value comes next
    again[node_at[one]] = next_one
    return total - ((codes >= 0) & (again >= place + size))


def _neighbours(codes: Ints64) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of equal values, each with the next one of the same value."""
    there = np.flatnonzero(codes >= 0)
    there = there[np.argsort(codes[there], kind="stable")]
    same = codes[there[1:]] == codes[there[:-1]]
    return there[:-1][same], there[1:][same]


def _lowest(
    tree: Genealogy,
    node_at: Ints,
    place: Ints,
    one: NDArray[np.intp],
    other: NDArray[np.intp],
    until: Bools | None,
) -> NDArray[np.int64]:
    """The lowest common ancestors of pairs of places, as nodes; -1 where a descent ends between them.

    The shallowest of those from behind the one to the other is a child of it; where that child begins a descent of
    its own, or is a root, there is none.
    """
    depth = np.where(tree.parent < 0, -1, tree.depth.astype(np.int64))
    if until is not None:
        depth = np.where(until, -1, depth)
    shallowest = _least(depth[node_at] * len(tree) + np.arange(len(tree)), one + 1, other)
    child = node_at[shallowest % len(tree)] if len(one) else np.zeros(0, dtype=np.int32)
    ends = depth[child] < 0
    return np.where(ends, -1, tree.parent[child])


def _least(values: Ints64, first: NDArray[np.intp], last: NDArray[np.intp]) -> Ints64:
    """The smallest value from `first` to `last`, both included, for many ranges: by blocks of 1, 2, 4, ..."""
    found = np.empty(len(first), dtype=np.int64)
    length = last - first + 1
    width, block = 1, values
    while (length >= width).any():
        rows = np.flatnonzero((length >= width) & (length < 2 * width))
        found[rows] = np.minimum(block[first[rows]], block[last[rows] - width + 1])
        if len(block) <= width:
            break
        block = np.minimum(block[:-width], block[width:])
        width *= 2
    return found
