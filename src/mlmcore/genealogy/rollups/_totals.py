"""Exact sums over groups and levels, for everything that adds: sums and counts.

Sums are int64; what could leave it is refused and never handed out. The functions here that do not check say so: they
are for values whose absolute sum is known to fit, and then no order of adding can go wrong.
"""

from typing import Final, cast

import numpy as np

from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy._arrays import Bools, Ints32, Ints64, largest_absolute, readonly, sealed, sum_of_absolutes
from mlmcore.genealogy._by_node import checked_values
from mlmcore.genealogy._compiled import COMPILE_FROM, compiled
from mlmcore.genealogy._kernels import rollups as kernels
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask, factors
from mlmcore.genealogy.rollups._scopes import cut, height, jump, leg_heads

__all__ = [
    "RollupOverflowError",
    "added",
    "added_levels",
    "counted",
    "group_totals",
    "in_leg",
    "require_sum",
    "require_top",
]

_LARGEST: Final = int(np.iinfo(np.int64).max)
_sum_slices = compiled(kernels.sum_slices)
_sum_bounded = compiled(kernels.sum_bounded)
_sum_at = compiled(kernels.sum_at)


class RollupOverflowError(RefusedError, OverflowError):
    """A sum could leave int64; nothing is handed out.

    Attributes:
        bound: What sums of these values could reach, by their absolute values.
    """

    code = "genealogy.overflow"

    def __init__(self, bound: int) -> None:
        self.bound = bound
        super().__init__(
            f"sums of these values could reach {bound:,}, beyond the {_LARGEST:,} that 64 bits hold; "
            "use fewer decimal places, or sum a part"
        )


def group_totals(tree: Genealogy, values: Ints64, where: Mask, until: Mask, *, own: bool) -> Ints64:
    """int64[n]: the sum over each group, or over each downline (not `own`).

    Raises:
        InputError: The values have another length or type.
        RollupOverflowError: The sum of the absolute values leaves int64.
    """
    checked = checked_values(tree, values)
    if until is None and len(tree) >= COMPILE_FROM:
        # The pass that adds also finds the largest value; looking for it first would cost a quarter of the pass.
        total, largest = _slices(tree, checked, where, own=own)
        if (largest + 1) * len(tree) > _LARGEST:
            require_sum(checked, where)
        return total
    require_sum(checked, where)
    return added(tree, checked, where, until, own=own)


def added(tree: Genealogy, values: Ints64, where: Mask, until: Mask, *, own: bool) -> Ints64:
    """As `group_totals`, of values whose sum is known to fit."""
    if until is not None:
        return _bounded(tree, values, where, until, own=own)
    if len(tree) >= COMPILE_FROM:
        return _slices(tree, values, where, own=own)[0]
    running = np.append(np.int64(0), np.cumsum(counted(values, where)))
    node = np.arange(len(tree))
    return cast("Ints64", running[node + tree.subtree_size] - running[node if own else node + 1])


def added_levels(tree: Genealogy, values: Ints64, levels: tuple[int, int], until: Mask) -> Ints64:
    """int64[n]: the sum over a range of levels below each node, of values whose sum is known to fit."""
    first, last = levels
    parent = cut(tree, until)
    nearest = _raised(tree, parent, values, first)
    if first == last:
        return nearest
    # Whoever stands at least `first` below, less whoever stands deeper than `last`: one group instead of many levels.
    # No sum on the way is over anybody twice, so none leaves int64.
    deeper = _raised(tree, parent, values, last + 1)
    return added(tree, readonly(nearest - deeper), None, until, own=True)


def in_leg(tree: Genealogy, totals: Ints64, number: int, until: Mask) -> Ints64:
    """int64[n]: what the totals are for whoever hangs in that leg of each node; 0 for nobody."""
    heads = leg_heads(tree, number, until)
    result = np.zeros(len(tree), dtype=np.int64)
    result[tree.parent[heads]] = totals[heads]
    return result


def counted(values: Ints64, where: Mask) -> Ints64:
    """The values of those who count and 0 elsewhere."""
    return values if where is None else np.where(where, values, np.int64(0))


def require_sum(values: Ints64, where: Mask) -> None:
    """Refuse values whose absolute sum leaves int64."""
    if largest_absolute(values) * len(values) > _LARGEST:
        bound = sum_of_absolutes(counted(values, where))
        if bound > _LARGEST:
            raise RollupOverflowError(bound)


def require_top(values: Ints64, where: Mask, k: int) -> None:
    """Refuse values of which k, wherever they stand, could leave int64."""
    k = min(k, len(values))
    if largest_absolute(values) * k > _LARGEST:
        those = counted(values, where)
        bound = min(largest_absolute(those) * k, sum_of_absolutes(those))
        if bound > _LARGEST:
            raise RollupOverflowError(bound)


def _slices(tree: Genealogy, values: Ints64, where: Mask, *, own: bool) -> tuple[Ints64, int]:
    total, largest = np.empty(len(tree) + 1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    with np.errstate(over="ignore"):  # where numba is switched off, numpy would warn of what the caller looks at
        _sum_slices(len(tree), tree.subtree_size, values, factors(where), int(own), total, largest)
    return sealed(total)[:-1], int(largest[0])


def _bounded(tree: Genealogy, values: Ints64, where: Mask, until: Bools, *, own: bool) -> Ints64:
    total, carried = np.empty(len(tree), dtype=np.int64), np.zeros(height(tree) + 2, dtype=np.int64)
    masks = factors(where), factors(until)
    _sum_bounded(len(tree), tree.depth, values, *masks, int(own), carried, total)
    return total


def _raised(tree: Genealogy, parent: Ints32, values: Ints64, down: int) -> Ints64:
    """The sum over those exactly `down` below each node; an array of its own."""
    if down == 0:
        return values.copy()
    total = np.zeros(len(tree), dtype=np.int64)
    _sum_at(len(tree), jump(tree, parent, down), values, total)
    return total
