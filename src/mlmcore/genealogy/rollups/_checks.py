"""What every rollup is given, checked: masks, levels, legs and how many."""

import operator
from typing import Final

import numpy as np

from mlmcore.genealogy._arrays import Bools, input_error, sealed
from mlmcore.genealogy._by_node import checked_mask
from mlmcore.genealogy._kernels.rollups import Factors
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["Mask", "check_levels", "check_masks", "checked_k", "checked_leg", "factors", "mask_of"]

Mask = Bools | None
"""bool[n] by node, or None for the mask of everybody (`where`) or nobody (`until`)."""

_NO_FACTORS: Final = sealed(np.zeros(0, dtype=np.uint8))


def mask_of(tree: Genealogy, mask: Mask, name: str) -> Mask:
    """The mask, checked, or None."""
    return None if mask is None else checked_mask(tree, mask, name)


def check_masks(tree: Genealogy, where: Mask, until: Mask) -> tuple[Mask, Mask]:
    """The two masks that all rollups have in common, checked."""
    return mask_of(tree, where, "where"), mask_of(tree, until, "until")


def factors(mask: Mask) -> Factors:
    """A mask as kernels take it: 0 and 1 for no and yes, and nothing at all where there is no mask."""
    return _NO_FACTORS if mask is None else mask.view(np.uint8)


def check_levels(first: int, last: int) -> None:
    """Levels go down, and do not start above the person."""
    if not 0 <= first <= last:
        raise input_error("genealogy.levels", f"there are no levels {first} to {last}", "0 is the person, 1 the front")


def checked_k(k: int) -> int:
    """How many of the largest are asked for."""
    if operator.index(k) < 1:
        raise input_error("genealogy.k", f"the {k} largest are asked for", "ask for at least 1")
    return operator.index(k)


def checked_leg(number: int) -> int:
    """The number of a leg; 0 would mean whoever hangs without one, who can be many."""
    if operator.index(number) < 1:
        raise input_error("genealogy.leg-number", f"there is no leg {number}", "legs are numbered from 1")
    return operator.index(number)
