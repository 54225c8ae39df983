"""Rollups: for every node, a sum, count, maximum, any or all over its group, downline, front or levels.

The judgement sits here (types, lengths, overflow, masks); the loops that numpy cannot do are in `_kernels`. Values are
int64 and sums are exact: what could leave int64 is refused before anything is added. Every function answers for all
nodes at once, in node order, and hands out a read-only array.

Two masks are common to all. `where` says who counts; a node that does not count is still descended into. `until` says
where the descent ends: that node and everybody below it are out. It is never asked of the node whose scope it is.

What a group is worth in money, and what a person is, is decided elsewhere.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy import _kernels
from mlmcore.genealogy._arrays import Bools, Ints32, Ints64, input_error, readonly, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy.genealogy import Genealogy

__all__ = [
    "RollupOverflowError",
    "downline_all",
    "downline_any",
    "downline_count",
    "downline_max",
    "downline_sum",
    "front_all",
    "front_any",
    "front_count",
    "front_max",
    "front_sum",
    "group_all",
    "group_any",
    "group_count",
    "group_max",
    "group_sum",
    "level_count",
    "level_sum",
    "levels_count",
    "levels_sum",
]

_INT64: Final = np.iinfo(np.int64)
_SMALLEST: Final = int(_INT64.min)
_LARGEST: Final = int(_INT64.max)
_sum_below = compiled(_kernels.sum_below)
_max_below = compiled(_kernels.max_below)

Mask = Bools | None


class RollupOverflowError(RefusedError, OverflowError):
    """A sum could leave int64; nothing was added.

    Attributes:
        bound: The sum of the absolute values, which no partial sum exceeds.
    """

    code = "genealogy.overflow"

    def __init__(self, bound: int) -> None:
        self.bound = bound
        super().__init__(
            f"sums of these values could reach {bound:,}, beyond the {_LARGEST:,} that 64 bits hold; "
            "use fewer decimal places, or sum a part"
        )


def group_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over each person and everybody below.

    Args:
        tree: The genealogy.
        values: int64[n], by node.
        where: bool[n]: who counts; None: everybody.
        until: bool[n]: where the descent ends; None: nowhere.

    Returns:
        int64[n], read-only.

    Raises:
        InputError: An array has another length or type; floats are never taken.
        RollupOverflowError: The sum of the absolute values leaves int64.
    """
    counted = _summable(tree, values, where)
    return sealed(_below(tree, counted, until) + counted)


def downline_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over everybody below each person; see `group_sum`."""
    return sealed(_below(tree, _summable(tree, values, where), until))


def front_sum(tree: Genealogy, values: Ints64, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over each person's direct children; see `group_sum`."""
    return level_sum(tree, values, 1, where=where, until=until)


def level_sum(tree: Genealogy, values: Ints64, down: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Sum over those who stand exactly `down` steps below each person (0 is the person); see `group_sum`."""
    return levels_sum(tree, values, down, down, where=where, until=until)


def levels_sum(
    tree: Genealogy, values: Ints64, first: int, last: int, *, where: Mask = None, until: Mask = None
) -> Ints64:
    """Sum over those who stand `first` to `last` steps below each person (0 is the person); see `group_sum`.

    Raises:
        InputError: As from `group_sum`, or the levels are negative or in the wrong order.
    """
    _check_levels(first, last)
    counted = _summable(tree, values, where)
    nearest = _at_level(tree, counted, first, until)
    if first == last:
        return sealed(nearest)
    # Whoever stands at least `first` below, less whoever stands deeper than `last`: two groups instead of many levels.
    deeper = _at_level(tree, counted, last + 1, until)
    return sealed((_below(tree, nearest, until) + nearest) - (_below(tree, deeper, until) + deeper))


def group_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count each person and everybody below; see `group_sum`."""
    return group_sum(tree, _ones(tree), where=where, until=until)


def downline_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count everybody below each person; see `group_sum`."""
    return downline_sum(tree, _ones(tree), where=where, until=until)


def front_count(tree: Genealogy, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count each person's direct children; see `group_sum`."""
    return front_sum(tree, _ones(tree), where=where, until=until)


def level_count(tree: Genealogy, down: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count those exactly `down` steps below each person; see `level_sum`."""
    return level_sum(tree, _ones(tree), down, where=where, until=until)


def levels_count(tree: Genealogy, first: int, last: int, *, where: Mask = None, until: Mask = None) -> Ints64:
    """Count those `first` to `last` steps below each person; see `levels_sum`."""
    return levels_sum(tree, _ones(tree), first, last, where=where, until=until)


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
    counted = _comparable(tree, values, where)
    largest = np.maximum(_largest_below(tree, counted, until), counted)
    return _or_empty(largest, group_count(tree, where=where, until=until), empty)


def downline_max(tree: Genealogy, values: Ints64, *, empty: int, where: Mask = None, until: Mask = None) -> Ints64:
    """The largest value of everybody below each person; see `group_max`."""
    largest = _largest_below(tree, _comparable(tree, values, where), until)
    return _or_empty(largest, downline_count(tree, where=where, until=until), empty)


def front_max(tree: Genealogy, values: Ints64, *, empty: int, where: Mask = None, until: Mask = None) -> Ints64:
    """The largest value of each person's direct children; see `group_max`."""
    counted = _comparable(tree, values, where)
    parent = _cut(tree, until)
    child = np.flatnonzero(parent >= 0)
    largest = np.full(len(tree), _SMALLEST, dtype=np.int64)
    np.maximum.at(largest, parent[child], counted[child])
    return _or_empty(largest, front_count(tree, where=where, until=until), empty)


def group_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for the person or anybody below; of nobody, no. See `group_sum`."""
    return _any(group_count, tree, holds, where, until)


def downline_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for anybody below; of nobody, no. See `group_sum`."""
    return _any(downline_count, tree, holds, where, until)


def front_any(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for any direct child; of nobody, no. See `group_sum`."""
    return _any(front_count, tree, holds, where, until)


def group_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for the person and everybody below; of nobody, yes. See `group_sum`."""
    return _all(group_count, tree, holds, where, until)


def downline_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for everybody below; of nobody, yes. See `group_sum`."""
    return _all(downline_count, tree, holds, where, until)


def front_all(tree: Genealogy, holds: Bools, *, where: Mask = None, until: Mask = None) -> Bools:
    """Whether it holds for every direct child; of nobody, yes. See `group_sum`."""
    return _all(front_count, tree, holds, where, until)


def _any(count: Callable[..., Ints64], tree: Genealogy, holds: Bools, where: Mask, until: Mask) -> Bools:
    both = _mask(tree, holds, "the condition") & _mask(tree, where, "where")
    return sealed(count(tree, where=both, until=until) > 0)


def _all(count: Callable[..., Ints64], tree: Genealogy, holds: Bools, where: Mask, until: Mask) -> Bools:
    against = ~_mask(tree, holds, "the condition") & _mask(tree, where, "where")
    return sealed(count(tree, where=against, until=until) == 0)


def _below(tree: Genealogy, counted: Ints64, until: Mask) -> Ints64:
    """The sum below each node; no sum of any of `counted` leaves int64."""
    if until is None:  # a downline is a slice: the difference of two running sums
        running = np.append(np.int64(0), np.cumsum(counted))
        node = np.arange(1, len(tree) + 1)
        return cast("Ints64", running[node - 1 + tree.subtree_size] - running[node])
    below = np.zeros(len(tree), dtype=np.int64)
    _sum_below(len(tree), _cut(tree, until), readonly(counted), below)
    return below


def _largest_below(tree: Genealogy, counted: Ints64, until: Mask) -> Ints64:
    below = np.full(len(tree), _SMALLEST, dtype=np.int64)
    _max_below(len(tree), _cut(tree, until), readonly(counted), below)
    return below


def _at_level(tree: Genealogy, counted: Ints64, down: int, until: Mask) -> Ints64:
    """The sum over those exactly `down` below each node."""
    if down == 0:
        return counted.copy()  # the result is sealed, and these may be the caller's own
    above = _ancestor(_cut(tree, until), down)
    source = np.flatnonzero(above >= 0)
    total = np.zeros(len(tree), dtype=np.int64)
    np.add.at(total, above[source], counted[source])
    return total


def _ancestor(parent: Ints32, steps: int) -> Ints32:
    """int32[n]: who stands `steps` above each node, or -1; by doubling, so that a chain costs no more than a star."""
    parent = np.append(parent, np.int32(-1))  # so that -1 has itself above
    result = np.append(np.arange(len(parent) - 1, dtype=np.int32), np.int32(-1))
    steps = min(steps, len(parent))
    while steps:
        if steps & 1:
            result = parent[result]
        parent = parent[parent]
        steps >>= 1
    return result[:-1]


def _cut(tree: Genealogy, until: Mask) -> Ints32:
    """The parents, with -1 at each node where the descent ends: nothing rises through it any more."""
    if until is None:
        return tree.parent
    return sealed(np.where(_mask(tree, until, "until"), np.int32(-1), tree.parent))


def _summable(tree: Genealogy, values: Ints64, where: Mask) -> Ints64:
    """The values of those who count and 0 elsewhere, when no sum of them can leave int64."""
    checked = _checked(tree, values)
    counted = checked if where is None else np.where(_mask(tree, where, "where"), checked, np.int64(0))
    bound = _sum_of_absolutes(counted)
    if bound > _LARGEST:
        raise RollupOverflowError(bound)
    return counted


def _comparable(tree: Genealogy, values: Ints64, where: Mask) -> Ints64:
    """The values of those who count and the smallest int64 elsewhere."""
    checked = _checked(tree, values)
    return checked if where is None else np.where(_mask(tree, where, "where"), checked, _INT64.min)


def _or_empty(largest: Ints64, counts: Ints64, empty: int) -> Ints64:
    return sealed(np.where(counts > 0, largest, np.int64(empty)))


def _sum_of_absolutes(values: Ints64) -> int:
    """Exact, whatever the values: an upper bound first, and only where that is too large the sum in two halves."""
    if not len(values):
        return 0
    largest = max(int(values.max()), -int(values.min()))
    if largest * len(values) <= _LARGEST:
        return largest * len(values)
    negative = values < 0
    high = np.where(negative, -(values >> 32), values >> 32)
    low = np.where(negative, -(values & 0xFFFFFFFF), values & 0xFFFFFFFF)
    return (int(high.sum()) << 32) + int(low.sum())


def _checked(tree: Genealogy, values: object) -> Ints64:
    if not isinstance(values, np.ndarray) or values.dtype.kind != "i":
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise input_error("rollup.dtype", f"the values are {kind}", "give int64: whole numbers of the smallest unit")
    _check_length(tree, values, "the values")
    return np.ascontiguousarray(values, dtype=np.int64)


def _mask(tree: Genealogy, mask: object, name: str) -> Bools:
    if mask is None:
        return np.ones(len(tree), dtype=np.bool_)
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        kind = mask.dtype if isinstance(mask, np.ndarray) else type(mask).__name__
        raise input_error("rollup.dtype", f"{name} is {kind}", "give bool, one for each node")
    _check_length(tree, mask, name)
    return cast("Bools", mask)


def _check_length(tree: Genealogy, array: NDArray[Any], name: str) -> None:
    if array.shape != (len(tree),):
        raise input_error(
            "rollup.length",
            f"{name}: shape {array.shape}, but the genealogy has {len(tree):,} nodes",
            "give one for each node, in node order",
        )


def _check_levels(first: int, last: int) -> None:
    if not 0 <= first <= last:
        raise input_error("rollup.levels", f"there are no levels {first} to {last}", "0 is the person, 1 the front")


def _ones(tree: Genealogy) -> Ints64:
    return np.ones(len(tree), dtype=np.int64)
