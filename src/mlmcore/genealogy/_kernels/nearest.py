"""The loops that look upward for somebody, and down until an end: flat, dumb, over arrays; see `nearest`."""

from mlmcore.genealogy._arrays import Bools, Ints32

__all__ = ["collect_bounded", "find_above", "link_nearest"]


def link_nearest(parent: Ints32, holds: Bools, nearest: Ints32) -> None:
    """Link every node to the first above for whom it holds.

    Args:
        parent: int32[n], read: the parent's node, smaller than the node, or -1.
        holds: bool[n], read.
        nearest: int32[n], written: -1 for nobody.
    """
    for node in range(len(parent)):
        above = parent[node]
        if above >= 0 and not holds[above]:
            above = nearest[above]
        nearest[node] = above


def find_above(parent: Ints32, holds: Bools, start: int, found: Ints32) -> None:
    """Find the first from `start` upward, `start` included, for whom it holds.

    Args:
        parent: int32[n], read: the parent's node, or -1.
        holds: bool[n], read.
        start: Where to begin; -1 for nowhere.
        found: int32[1], written: -1 for nobody.
    """
    node = start
    while node >= 0 and not holds[node]:
        node = parent[node]
    found[0] = node


def collect_bounded(subtree_size: Ints32, until: Bools, start: int, nodes: Ints32, found: Ints32) -> None:
    """Collect the group of `start` in node order, without those at whom the descent ends and their groups.

    Args:
        subtree_size: int32[n], read.
        until: bool[n], read; not asked of `start`.
        start: The node whose group it is.
        nodes: int32[subtree_size[start]], written: as many as are found.
        found: int32[1], written: how many.
    """
    nodes[0] = start
    count = 1
    node = start + 1
    end = start + subtree_size[start]
    while node < end:
        if until[node]:
            node += subtree_size[node]
        else:
            nodes[count] = node
            count += 1
            node += 1
    found[0] = count
