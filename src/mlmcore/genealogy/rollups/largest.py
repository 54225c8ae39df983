"""The k largest values of every scope, and their sum (`top`): two strongest legs, five best months.

Both hold k values for each person in memory; k is meant to be small.
"""

from mlmcore.genealogy._arrays import Ints64, sealed
from mlmcore.genealogy._by_node import checked_values
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups import _merging
from mlmcore.genealogy.rollups._checks import Mask, check_levels, check_masks, checked_k, checked_leg
from mlmcore.genealogy.rollups._merging import Largest
from mlmcore.genealogy.rollups._totals import require_top

__all__ = [
    "Largest",
    "downline_largest",
    "downline_top",
    "front_largest",
    "front_top",
    "group_largest",
    "group_top",
    "leg_largest",
    "leg_top",
    "level_largest",
    "level_top",
    "levels_largest",
    "levels_top",
]


def group_largest(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Largest:
    """The k largest values of each person and everybody below.

    Args:
        tree: The genealogy.
        values: int64[n], by node.
        k: How many, at least 1.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Raises:
        InputError: An array has another length or type, or k is not at least 1; floats are never taken.
    """
    own, until = _own(tree, values, k, where, until)
    return _largest(_merging.of_group(tree, own, until))


def downline_largest(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Largest:
    """The k largest values of everybody below each person; see `group_largest`."""
    own, until = _own(tree, values, k, where, until)
    return _largest(_merging.of_downline(tree, own, until))


def front_largest(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Largest:
    """The k largest values of each person's direct children; see `group_largest`."""
    return levels_largest(tree, values, k, 1, 1, where=where, until=until)


def level_largest(
    tree: Genealogy, values: Ints64, k: int, down: int, *, where: Mask = None, until: Mask = None
) -> Largest:
    """The k largest values of those exactly `down` steps below each person; see `levels_largest`."""
    return levels_largest(tree, values, k, down, down, where=where, until=until)


def levels_largest(
    tree: Genealogy, values: Ints64, k: int, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Largest:
    """The k largest values of those `first` to `last` steps below each person; see `group_largest`.

    Raises:
        InputError: As from `group_largest`, or the levels are negative or in the wrong order.
    """
    check_levels(first, last)
    own, until = _own(tree, values, k, where, until)
    return _largest(_merging.of_levels(tree, own, (first, last), until))


def leg_largest(
    tree: Genealogy, values: Ints64, k: int, number: int, *, where: Mask = None, until: Mask = None
) -> Largest:
    """The k largest values in leg `number` of each person; see `group_largest`, and `leg_sum` for what is in a leg.

    Raises:
        InputError: As from `group_largest`, or the number is not at least 1.
    """
    number = checked_leg(number)
    own, until = _own(tree, values, k, where, until)
    return _largest(_merging.of_leg(tree, own, number, until))


def group_top(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """The sum of the k largest values of each person and everybody below; of those there are, where there are fewer.

    Arguments are those of `group_largest`.

    Returns:
        int64[n], read-only; 0 of nobody.

    Raises:
        InputError: As from `group_largest`.
        RollupOverflowError: Both k times the largest absolute value and the sum of all absolute values leave int64.
    """
    return _top(tree, values, k, where, group_largest(tree, values, k, where=where, until=until))


def downline_top(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """The sum of the k largest values of everybody below each person; see `group_top`."""
    return _top(tree, values, k, where, downline_largest(tree, values, k, where=where, until=until))


def front_top(tree: Genealogy, values: Ints64, k: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """The sum of the k largest values of each person's direct children; see `group_top`."""
    return _top(tree, values, k, where, front_largest(tree, values, k, where=where, until=until))


def level_top(tree: Genealogy, values: Ints64, k: int, down: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """The sum of the k largest values of those exactly `down` steps below; see `group_top` and `levels_largest`."""
    return _top(tree, values, k, where, level_largest(tree, values, k, down, where=where, until=until))


def levels_top(
    tree: Genealogy, values: Ints64, k: int, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Ints64:
    """The sum of the k largest values of those `first` to `last` steps below; see `group_top` and `levels_largest`."""
    return _top(tree, values, k, where, levels_largest(tree, values, k, first, last, where=where, until=until))


def leg_top(tree: Genealogy, values: Ints64, k: int, number: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """The sum of the k largest values in leg `number` of each person; see `group_top` and `leg_largest`."""
    return _top(tree, values, k, where, leg_largest(tree, values, k, number, where=where, until=until))


def _own(tree: Genealogy, values: Ints64, k: int, where: Mask, until: Mask) -> tuple[Largest, Mask]:
    where, until = check_masks(tree, where, until)
    return _merging.of_each(checked_values(tree, values), where, checked_k(k)), until


def _largest(largest: Largest) -> Largest:
    sealed(largest.values)
    sealed(largest.count)
    return largest


def _top(tree: Genealogy, values: Ints64, k: int, where: Mask, largest: Largest) -> Ints64:
    require_top(checked_values(tree, values), where, k)
    return sealed(largest.values.sum(axis=1))
