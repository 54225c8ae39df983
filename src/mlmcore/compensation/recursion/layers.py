"""One tree in layers of equal depth: whoever is below somebody stands in a later one, whoever is above in an earlier.

A recursion goes through the layers from the deepest up, or from the roots down, and in each computes everybody at once.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.genealogy import Genealogy

__all__ = ["Layer", "layers_of"]

Ints = NDArray[np.int32]


@frozen(kw_only=True, eq=False)
class Layer:
    """Everybody of one depth.

    Attributes:
        rows: int32[n]: who, in the order of the tree's nodes.
        read: int32[m]: those of the next layer that was computed before: the direct children, or, going down from the
            roots, the direct uplines of `rows`, -1 where somebody has none (then m = n).
        place: int32[m]: going up, the position in `rows` of each child's upline, never falling; going down 0 to n - 1.
    """

    rows: Ints
    read: Ints
    place: Ints


def layers_of(tree: Genealogy, persons: Ints | None, way: Literal["down", "up"]) -> Iterator[Layer]:
    """Yield the layers, whoever is read first.

    Args:
        tree: The tree.
        persons: int32[n]: the person at each node; None where both are the same.
        way: Whom people read: those below, or those above.
    """
    height = int(tree.depth.max()) + 1 if len(tree) else 0
    for depth in reversed(range(height)) if way == "down" else range(height):
        nodes = tree.at_depth(depth)
        if way == "down":
            read = tree.at_depth(depth + 1)
            place = np.searchsorted(nodes, tree.parent[read]).astype(np.int32)
        else:
            read = tree.parent[nodes]
            place = np.arange(len(nodes), dtype=np.int32)
        yield Layer(rows=_persons(persons, nodes), read=_persons(persons, read), place=place)


def _persons(persons: Ints | None, nodes: Ints) -> Ints:
    if persons is None:
        return nodes
    found: Ints = np.where(nodes < 0, np.int32(-1), persons[nodes])
    return found
