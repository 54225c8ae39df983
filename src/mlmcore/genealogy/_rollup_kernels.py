"""The loops of the rollups: flat, dumb, over arrays; see `rollups` for what their numbers mean.

An empty mask stands for none. Masks are multiplied with, never branched on: a branch that the processor cannot foresee
makes a pass over a random mask five times slower.
"""

from mlmcore.genealogy._arrays import Bools, Ints32, Ints64

__all__ = ["merge_up", "sum_at", "sum_bounded", "sum_slices"]


def sum_slices(subtree_size: Ints32, values: Ints64, where: Bools, skip: int, total: Ints64, largest: Ints64) -> None:
    """Sum every group, or every downline, as the difference of two running sums.

    Adding each node to its parent's total takes as long on a broad tree and twice as long on a chain, where every
    addition waits for the one before. Sums wrap when they leave int64; whoever calls looks at `largest` then.

    Args:
        subtree_size: int32[n], read.
        values: int64[n], read.
        where: bool[n] or bool[0], read: who counts.
        skip: 0 for groups, 1 for downlines.
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
    for node in range(count):  # in place: both sums that a node needs stand at it or behind it
        total[node] = total[node + subtree_size[node]] - total[node + skip]
    largest[0] = magnitude


def sum_bounded(
    depth: Ints32, values: Ints64, where: Bools, until: Bools, own: int, carried: Ints64, total: Ints64
) -> None:
    """Sum every group, or every downline, where the descent ends at some nodes.

    Args:
        depth: int32[n], read.
        values: int64[n], read.
        where: bool[n] or bool[0], read: who counts.
        until: bool[n], read: whose sums do not rise any further.
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


def merge_up(
    above: Ints32, given: Ints64, given_count: Ints32, kept: Ints64, kept_count: Ints32, k: int, scratch: Ints64
) -> None:
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
        scratch: int64[k], written: of no use afterwards.
    """
    for node in range(len(above) - 1, -1, -1):
        to = above[node]
        more = given_count[node]
        if to >= 0 and more > 0:
            mine = to * k
            theirs = node * k
            have = kept_count[to]
            if have < k or given[theirs] > kept[mine + k - 1]:
                filled = min(have + more, k)
                left = 0
                right = 0
                for at in range(filled):
                    if right >= more or (left < have and kept[mine + left] >= given[theirs + right]):
                        scratch[at] = kept[mine + left]
                        left += 1
                    else:
                        scratch[at] = given[theirs + right]
                        right += 1
                for at in range(filled):
                    kept[mine + at] = scratch[at]
                kept_count[to] = filled
