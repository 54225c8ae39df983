"""From whom to whom values rise: the shape of each scope, whatever is rolled up over it."""

import numpy as np

from mlmcore.genealogy._arrays import Ints32, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels import rollups as kernels
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask

__all__ = ["cut", "height", "jump", "leg_heads"]

_jump = compiled(kernels.jump)


def cut(tree: Genealogy, until: Mask) -> Ints32:
    """The parents, with -1 at each node where the descent ends: nothing rises through it any more."""
    return tree.parent if until is None else sealed(np.where(until, np.int32(-1), tree.parent))


def height(tree: Genealogy) -> int:
    """How many steps the deepest person stands below a root."""
    return int(tree.depth.max(initial=0))


def jump(tree: Genealogy, parent: Ints32, steps: int) -> Ints32:
    """int32[n]: who stands `steps` (at least 1) above each node along these parents, or -1.

    One pass, however many steps; doubling took two passes for each binary digit.
    """
    if steps == 1:
        return parent
    above = np.empty(len(tree), dtype=np.int32)
    path, free = (np.empty(height(tree) + 1, dtype=np.int32) for _ in range(2))
    _jump(len(tree), tree.depth, parent, min(steps, len(tree)), path, free, above)
    return sealed(above)


def leg_heads(tree: Genealogy, number: int, until: Mask) -> Ints32:
    """The nodes that hang in a leg of that number, where the descent does not end."""
    heads = tree.leg == number
    return np.flatnonzero(heads if until is None else heads & ~until).astype(np.int32)
