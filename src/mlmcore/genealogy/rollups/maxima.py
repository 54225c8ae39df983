"""The largest value of every scope: group, downline, front, levels and a leg. Nothing is added, so all values fit."""

import numpy as np

from mlmcore.genealogy._arrays import Ints64, sealed
from mlmcore.genealogy._by_node import checked_values
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups import _merging
from mlmcore.genealogy.rollups._checks import Mask, check_levels, check_masks, checked_leg

__all__ = ["downline_max", "front_max", "group_max", "leg_max", "level_max", "levels_max"]


def group_max(tree: Genealogy, values: Ints64, *, empty: int, where: Mask = None, until: Mask = None) -> Ints64:
    """The largest value of each person and everybody below.

    Args:
        tree: The genealogy.
        values: int64[n], by node.
        empty: What the maximum of nobody is.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Returns:
        int64[n], read-only.

    Raises:
        InputError: An array has another length or type; floats are never taken.
    """
    own, until = _own(tree, values, where, until)
    return _first(_merging.of_group(tree, own, until), empty)


def downline_max(tree: Genealogy, values: Ints64, *, empty: int, where: Mask = None, until: Mask = None) -> Ints64:
    """The largest value of everybody below each person; see `group_max`."""
    own, until = _own(tree, values, where, until)
    return _first(_merging.of_downline(tree, own, until), empty)


def front_max(tree: Genealogy, values: Ints64, *, empty: int, where: Mask = None, until: Mask = None) -> Ints64:
    """The largest value of each person's direct children; see `group_max`."""
    return levels_max(tree, values, 1, 1, empty=empty, where=where, until=until)


def level_max(
    tree: Genealogy, values: Ints64, down: int, *, empty: int, where: Mask = None, until: Mask = None
) -> Ints64:
    """The largest value of those exactly `down` steps below each person; see `levels_max`."""
    return levels_max(tree, values, down, down, empty=empty, where=where, until=until)


def levels_max(
    tree: Genealogy, values: Ints64, first: int, last: int, *, empty: int, where: Mask = None, until: Mask = None
) -> Ints64:
    """The largest value of those `first` to `last` steps below each person (0 is the person); see `group_max`.

    Raises:
        InputError: As from `group_max`, or the levels are negative or in the wrong order.
    """
    check_levels(first, last)
    own, until = _own(tree, values, where, until)
    return _first(_merging.of_levels(tree, own, (first, last), until), empty)


def leg_max(
    tree: Genealogy, values: Ints64, number: int, *, empty: int, where: Mask = None, until: Mask = None
) -> Ints64:
    """The largest value in leg `number` of each person; see `group_max`, and `leg_sum` for what is in a leg.

    Raises:
        InputError: As from `group_max`, or the number is not at least 1.
    """
    number = checked_leg(number)
    own, until = _own(tree, values, where, until)
    return _first(_merging.of_leg(tree, own, number, until), empty)


def _own(tree: Genealogy, values: Ints64, where: Mask, until: Mask) -> tuple[_merging.Largest, Mask]:
    where, until = check_masks(tree, where, until)
    return _merging.of_each(checked_values(tree, values), where, 1), until


def _first(largest: _merging.Largest, empty: int) -> Ints64:
    return sealed(np.where(largest.count > 0, largest.values[:, 0], np.int64(empty)))
