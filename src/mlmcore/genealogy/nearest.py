"""The next qualified person above, for one or for everybody; and who stands in a bounded group.

Breakaway and generation plans end a group at the next person of a rank: seen from below that is the nearest above for
whom something holds, seen from above a group whose descent ends at them. Numbers over bounded groups are rollups with
`until`; here are the people.
"""

import numpy as np

from mlmcore.genealogy._arrays import Bools, Ints32, sealed
from mlmcore.genealogy._by_node import checked_mask
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.nearest import collect_bounded, find_above, link_nearest
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["bounded_group", "nearest_above", "nearest_above_of"]

_link_nearest = compiled(link_nearest)
_find_above = compiled(find_above)
_collect_bounded = compiled(collect_bounded)


def nearest_above(tree: Genealogy, holds: Bools) -> Ints32:
    """For every node the first person strictly above for whom it holds.

    Args:
        tree: The genealogy.
        holds: bool[n], by node.

    Returns:
        The nodes, -1 for nobody; int32[n], read-only.

    Raises:
        InputError: `holds` has another length or type.
    """
    nearest = np.empty(len(tree), dtype=np.int32)
    _link_nearest(len(tree), tree.parent, checked_mask(tree, holds, "the condition"), nearest)
    return sealed(nearest)


def nearest_above_of(tree: Genealogy, node: int, holds: Bools) -> int:
    """The first person strictly above one node for whom it holds, -1 for nobody; looks no further than that.

    Raises:
        InputError: As from `nearest_above`, or there is no such node.
    """
    found = np.empty(1, dtype=np.int32)
    start = tree.parent_of(node)
    _find_above(int(tree.depth[node]), tree.parent, checked_mask(tree, holds, "the condition"), start, found)
    return int(found[0])


def bounded_group(tree: Genealogy, node: int, until: Bools) -> Ints32:
    """The group of a person when the descent ends at `until`, who and whose groups are out; in node order.

    Args:
        tree: The genealogy.
        node: Whose group; always in it, since `until` is never asked of this node.
        until: bool[n], by node: where the descent ends.

    Returns:
        int32[m], read-only. What is cut off costs nothing.

    Raises:
        InputError: `until` has another length or type, or there is no such node.
    """
    group = tree.group(node)
    size = group.stop - group.start
    nodes, found = np.empty(size, dtype=np.int32), np.empty(1, dtype=np.int32)
    _collect_bounded(size, tree.subtree_size, checked_mask(tree, until, "until"), group.start, nodes, found)
    return sealed(nodes[: found[0]].copy())  # a copy, so that a group of three does not keep the memory of a million
