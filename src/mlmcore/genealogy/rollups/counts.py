"""Counts over every scope: how many people stand in a group, downline, front, in levels and in a leg."""

import numpy as np

from mlmcore.genealogy._arrays import Ints64, readonly, sealed
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask, check_levels, check_masks, checked_leg
from mlmcore.genealogy.rollups._totals import added, added_levels, in_leg

__all__ = ["downline_count", "front_count", "group_count", "leg_count", "level_count", "levels_count"]


def group_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count each person and everybody below.

    Args:
        tree: The genealogy.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Returns:
        int64[n], read-only.

    Raises:
        InputError: A mask has another length or type.
    """
    return sealed(_counts(tree, *check_masks(tree, where, until), own=True))


def downline_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count everybody below each person; see `group_count`."""
    return sealed(_counts(tree, *check_masks(tree, where, until), own=False))


def front_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count each person's direct children; see `group_count`."""
    return levels_count(tree, 1, 1, where=where, until=until)


def level_count(tree: Genealogy, down: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count those exactly `down` steps below each person (0 is the person); see `levels_count`."""
    return levels_count(tree, down, down, where=where, until=until)


def levels_count(tree: Genealogy, first: int, last: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count those `first` to `last` steps below each person (0 is the person); see `group_count`.

    Raises:
        InputError: As from `group_count`, or the levels are negative or in the wrong order.
    """
    check_levels(first, last)
    where, until = check_masks(tree, where, until)
    return sealed(added_levels(tree, _ones(tree, where), (first, last), until))


def leg_count(tree: Genealogy, number: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count the group of the direct child in leg `number` of each person; see `group_count`.

    `until` is asked of that child too: where it holds, the leg is empty.

    Raises:
        InputError: As from `group_count`, or the number is not at least 1.
    """
    number = checked_leg(number)
    where, until = check_masks(tree, where, until)
    return sealed(in_leg(tree, _counts(tree, where, until, own=True), number, until))


def _counts(tree: Genealogy, where: Mask, until: Mask, *, own: bool) -> Ints64:
    if where is None and until is None:
        return tree.subtree_size - np.int64(not own)
    return added(tree, _ones(tree, where), None, until, own=own)


def _ones(tree: Genealogy, where: Mask) -> Ints64:
    return readonly(np.ones(len(tree), dtype=np.int64) if where is None else where.astype(np.int64))
