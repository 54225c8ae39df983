"""The loops of the rollups: flat, dumb, over arrays; see `rollups` for what their numbers mean.

An empty mask stands for none. Masks are numbers, 0 or 1, and multiplied with: a branch that the processor cannot
foresee makes a pass over a random mask several times slower, and numba branches on truth values.
"""

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["jump", "merge_up", "sum_at", "sum_bounded", "sum_slices"]

Factors = NDArray[np.uint8]


def jump(depth: Ints32, parent: Ints32, steps: int, path: Ints32, free: Ints32, above: Ints32) -> None:
    """Find who stands so many steps above each node, whatever the number of steps.

    Args:
        depth: int32[n], read.
        parent: int32[n], read: -1 where the way up ends.
        steps: How many; at most n.
        path: int32[height + 1], written: the last node met at each depth.
        free: int32[height + 1], written: how many steps up are free from there.
        above: int32[n], written: -1 for nobody.
    """
    for node in range(len(depth)):
        at = depth[node]
        path[at] = node
        free[at] = 0 if parent[node] < 0 else free[at - 1] + 1
        above[node] = path[at - steps] if free[at] >= steps else -1


def sum_slices(subtree_size: Ints32, values: Ints64, where: Factors, own: int, total: Ints64, largest: Ints64) -> None:
    """Sum every group, or every downline, as the difference of two running sums.

    Adding each node to its parent's total takes as long on a broad tree and twice as long on a chain, where every
    addition waits for the one before. Sums wrap when they leave int64; whoever calls looks at `largest` then.

    Args:
        subtree_size: int32[n], read.
        values: int64[n], read.
        where: uint8[n] or uint8[0], read: who counts.
        own: 1 for groups, 0 for downlines.
        total: int64[n + 1], written: the sums; the last element is of no use afterwards.
        largest: int64[1], written: no counted value is further from 0 than this and 1.
    """
    count = len(subtree_size)
    running = 0
    magnitude = 0
    total[0] = 0
    if len(where) > 0:
        for node in range(count):
            value = values[node] * where[node]
            magnitude |= value ^ (value >> 63)
            running += value
            total[node + 1] = running
    else:
        for node in range(count):
            value = values[node]
            magnitude |= value ^ (value >> 63)
            running += value
            total[node + 1] = running
    # In place: both sums that a node needs stand at it or behind it. `total[node + 1 - own]` in one loop for both takes
    # a third longer.
    if own:
        for node in range(count):
            total[node] = total[node + subtree_size[node]] - total[node]
    else:
        for node in range(count):
            total[node] = total[node + subtree_size[node]] - total[node + 1]
    largest[0] = magnitude


def sum_bounded(
    depth: Ints32, values: Ints64, where: Factors, until: Factors, own: int, carried: Ints64, total: Ints64
) -> None:
    """Sum every group, or every downline, where the descent ends at some nodes.

    Args:
        depth: int32[n], read.
        values: int64[n], read.
        where: uint8[n] or uint8[0], read: who counts.
        until: uint8[n], read: whose sums do not rise any further.
        own: 1 for groups, 0 for downlines.
        carried: int64[height + 1], read and written: 0 everywhere; what rises to the next node at each depth.
        total: int64[n], written: the sums.
    """
    masked = len(where) > 0
    for node in range(len(depth) - 1, -1, -1):
        at = depth[node]
        value = values[node]
        if masked:
            value *= where[node]
        below = carried[at + 1]
        carried[at + 1] = 0
        total[node] = below + value * own
        carried[at] += (below + value) * (1 - until[node])


def sum_at(above: Ints32, values: Ints64, total: Ints64) -> None:
    """Add every node's value to the total of somebody above.

    Args:
        above: int32[n], read: to whom; -1 for nobody.
        values: int64[n], read.
        total: int64[n], read and written: added to.
    """
    for node in range(len(above)):
        to = above[node]
        if to >= 0:
            total[to] += values[node]


def merge_up(above: Ints32, given: Ints64, given_count: Ints32, kept: Ints64, kept_count: Ints32, k: int) -> None:
    """Merge every node's largest values into the largest of somebody above.

    A node's list is k values in falling order, of which the first `count` are meant. Nodes are taken from the last to
    the first; so where `kept` is `given` and `above` the parent, whole groups rise.

    Args:
        above: int32[n], read: to whom, smaller than the node; -1 for nobody.
        given: int64[n * k], read: the lists that rise; may be `kept`.
        given_count: int32[n], read: how many values of each are meant; may be `kept_count`.
        kept: int64[n * k], read and written: the lists that are merged into.
        kept_count: int32[n], read and written.
        k: How many values a list has.
    """
    for node in range(len(above) - 1, -1, -1):
        to = above[node]
        right = given_count[node]
        if to >= 0 and right > 0:
            mine = to * k - 1
            theirs = node * k - 1
            left = kept_count[to]
            if left < k or given[theirs + 1] > kept[mine + k]:
                kept_count[to] = min(left + right, k)
                while left + right > k:  # the smallest fall out
                    if kept[mine + left] < given[theirs + right]:
                        left -= 1
                    else:
                        right -= 1
                while right > 0:  # from the end, so that nothing is written over
                    if left > 0 and kept[mine + left] < given[theirs + right]:
                        kept[mine + left + right] = kept[mine + left]
                        left -= 1
                    else:
                        kept[mine + left + right] = given[theirs + right]
                        right -= 1
