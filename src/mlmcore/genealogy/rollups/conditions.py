"""Whether something holds for anybody, or for everybody, in every scope: counts that are compared with 0."""

from mlmcore.genealogy._arrays import Bools, sealed
from mlmcore.genealogy._by_node import checked_mask
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask, mask_of
from mlmcore.genealogy.rollups.counts import downline_count, front_count, group_count, leg_count, levels_count

__all__ = [
    "downline_all",
    "downline_any",
    "front_all",
    "front_any",
    "group_all",
    "group_any",
    "leg_all",
    "leg_any",
    "level_all",
    "level_any",
    "levels_all",
    "levels_any",
]


def group_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for the person or anybody below; of nobody, no.

    Args:
        tree: The genealogy.
        holds: bool[n], by node: the condition.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Returns:
        bool[n], read-only.

    Raises:
        InputError: An array has another length or type.
    """
    return sealed(group_count(tree, where=_holding(tree, holds, where), until=until) > 0)


def downline_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for anybody below; of nobody, no. See `group_any`."""
    return sealed(downline_count(tree, where=_holding(tree, holds, where), until=until) > 0)


def front_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for any direct child; of nobody, no. See `group_any`."""
    return sealed(front_count(tree, where=_holding(tree, holds, where), until=until) > 0)


def level_any(tree: Genealogy, holds: Bools, down: int, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for anybody exactly `down` steps below; of nobody, no. See `levels_any`."""
    return levels_any(tree, holds, down, down, where=where, until=until)


def levels_any(
    tree: Genealogy, holds: Bools, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Bools:
    """Whether it holds for anybody `first` to `last` steps below; of nobody, no. See `group_any`.

    Raises:
        InputError: As from `group_any`, or the levels are negative or in the wrong order.
    """
    return sealed(levels_count(tree, first, last, where=_holding(tree, holds, where), until=until) > 0)


def leg_any(tree: Genealogy, holds: Bools, number: int, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for anybody in leg `number`; of nobody, no. See `group_any` and `leg_count`.

    Raises:
        InputError: As from `group_any`, or the number is not at least 1.
    """
    return sealed(leg_count(tree, number, where=_holding(tree, holds, where), until=until) > 0)


def group_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for the person and everybody below; of nobody, yes. See `group_any`."""
    return sealed(group_count(tree, where=_failing(tree, holds, where), until=until) == 0)


def downline_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for everybody below; of nobody, yes. See `group_any`."""
    return sealed(downline_count(tree, where=_failing(tree, holds, where), until=until) == 0)


def front_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for every direct child; of nobody, yes. See `group_any`."""
    return sealed(front_count(tree, where=_failing(tree, holds, where), until=until) == 0)


def level_all(tree: Genealogy, holds: Bools, down: int, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for everybody exactly `down` steps below; of nobody, yes. See `levels_any`."""
    return levels_all(tree, holds, down, down, where=where, until=until)


def levels_all(
    tree: Genealogy, holds: Bools, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Bools:
    """Whether it holds for everybody `first` to `last` steps below; of nobody, yes. See `levels_any`."""
    return sealed(levels_count(tree, first, last, where=_failing(tree, holds, where), until=until) == 0)


def leg_all(tree: Genealogy, holds: Bools, number: int, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for everybody in leg `number`; of nobody, yes. See `leg_any`."""
    return sealed(leg_count(tree, number, where=_failing(tree, holds, where), until=until) == 0)


def _holding(tree: Genealogy, holds: Bools, where: Mask) -> Bools:
    return _both(tree, checked_mask(tree, holds, "the condition"), where)


def _failing(tree: Genealogy, holds: Bools, where: Mask) -> Bools:
    return _both(tree, ~checked_mask(tree, holds, "the condition"), where)


def _both(tree: Genealogy, holds: Bools, where: Mask) -> Bools:
    counts = mask_of(tree, where, "where")
    return holds if counts is None else holds & counts
