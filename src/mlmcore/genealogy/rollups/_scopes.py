"""From whom to whom values rise: the shape of each scope, whatever is rolled up over it."""

import numpy as np

from mlmcore.genealogy._arrays import Ints32, sealed
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask

__all__ = ["cut", "height", "jump", "leg_heads", "twice"]


def cut(tree: Genealogy, until: Mask) -> Ints32:
    """The parents, with -1 at each node where the descent ends: nothing rises through it any more."""
    return tree.parent if until is None else sealed(np.where(until, np.int32(-1), tree.parent))


def height(tree: Genealogy) -> int:
    """How many steps the deepest person stands below a root."""
    return int(tree.depth.max(initial=0))


def jump(parent: Ints32, steps: int) -> Ints32:
    """int32[n]: who stands `steps` above each node, or -1; by doubling, so that a chain costs no more than a star."""
    above = sealed(np.arange(len(parent), dtype=np.int32))
    steps = min(steps, len(parent))
    while steps:
        if steps & 1:
            above = _then(above, parent)
        steps >>= 1
        if steps:
            parent = twice(parent)
    return above


def twice(above: Ints32) -> Ints32:
    """Who stands twice as many steps above each node."""
    return _then(above, above)


def leg_heads(tree: Genealogy, number: int, until: Mask) -> Ints32:
    """The nodes that hang in a leg of that number, where the descent does not end."""
    heads = tree.leg == number
    return np.flatnonzero(heads if until is None else heads & ~until).astype(np.int32)


def _then(first: Ints32, second: Ints32) -> Ints32:
    ended = np.append(second, np.int32(-1))  # above nobody, which is the last of these, stands nobody
    return sealed(ended[first])
