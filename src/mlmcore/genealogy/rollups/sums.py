"""Sums over every scope: group, downline, front, levels and a leg."""

from mlmcore.genealogy._arrays import Ints64, readonly, sealed
from mlmcore.genealogy._by_node import checked_values
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask, check_levels, check_masks, checked_leg
from mlmcore.genealogy.rollups._totals import (
    RollupOverflowError,
    added_levels,
    counted,
    group_totals,
    in_leg,
    require_sum,
)

__all__ = ["RollupOverflowError", "downline_sum", "front_sum", "group_sum", "leg_sum", "level_sum", "levels_sum"]


def group_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over each person and everybody below.

    Args:
        tree: The genealogy.
        values: int64[n], by node.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Returns:
        int64[n], read-only; 0 of nobody.

    Raises:
        InputError: An array has another length or type; floats are never taken.
        RollupOverflowError: The sum of the absolute values leaves int64.
    """
    return sealed(group_totals(tree, values, *check_masks(tree, where, until), own=True))


def downline_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over everybody below each person; see `group_sum`."""
    return sealed(group_totals(tree, values, *check_masks(tree, where, until), own=False))


def front_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over each person's direct children; see `group_sum`."""
    return levels_sum(tree, values, 1, 1, where=where, until=until)


def level_sum(tree: Genealogy, values: Ints64, down: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over those who stand exactly `down` steps below each person (0 is the person); see `levels_sum`."""
    return levels_sum(tree, values, down, down, where=where, until=until)


def levels_sum(
    tree: Genealogy, values: Ints64, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Ints64:
    """Sum over those who stand `first` to `last` steps below each person (0 is the person); see `group_sum`.

    Raises:
        InputError: As from `group_sum`, or the levels are negative or in the wrong order.
        RollupOverflowError: The sum of the absolute values leaves int64.
    """
    check_levels(first, last)
    where, until = check_masks(tree, where, until)
    checked = checked_values(tree, values)
    require_sum(checked, where)
    return sealed(added_levels(tree, readonly(counted(checked, where)), (first, last), until))


def leg_sum(tree: Genealogy, values: Ints64, number: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over the group of the direct child in leg `number` of each person; see `group_sum`.

    `until` is asked of that child too: where it holds, the leg is empty.

    Raises:
        InputError: As from `group_sum`, or the number is not at least 1.
        RollupOverflowError: The sum of the absolute values leaves int64.
    """
    number = checked_leg(number)
    where, until = check_masks(tree, where, until)
    return sealed(in_leg(tree, group_totals(tree, values, where, until, own=True), number, until))
