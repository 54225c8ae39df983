"""What stands scattered over rows, brought together by group: values added up, or the rows themselves."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64, readonly
from mlmcore.genealogy._compiled import COMPILE_FROM, compiled
from mlmcore.genealogy._kernels.grouped import add_up, gather
from mlmcore.genealogy.threads import in_parts, taken

__all__ = ["rows_by", "sums_by"]

_add_up, _gather = compiled(add_up), compiled(gather)
_WORTH_IT: Final = 4 * COMPILE_FROM
"""Numpy adds as fast as the kernel; but it keeps Python's lock meanwhile, and several threads take half as long."""
_FULL_ENOUGH: Final = 4
"""Each thread has sums of its own, so there must be at least a value for so many groups."""


def sums_by(group: NDArray[Any], values: Ints64, size: int) -> Ints64:
    """Add values up by group; whoever calls knows that no sum leaves int64.

    >>> sums_by(np.array([2, 0, 2]), np.array([1, 10, 100]), 4).tolist()
    [10, 0, 101, 0]

    Args:
        group: int[m]: from 0 to `size - 1`.
        values: int64[m].
        size: How many groups there are.

    Returns:
        int64[size].
    """
    sums = np.zeros(size, dtype=np.int64)
    if len(values) < max(_WORTH_IT, size // _FULL_ENOUGH) or group.dtype != np.int32:
        np.add.at(sums, group, values)
        return sums
    where, what = readonly(np.ascontiguousarray(group)), readonly(np.ascontiguousarray(values))

    def part(begin: int, end: int) -> Ints64:
        own = np.zeros(size, dtype=np.int64) if begin else sums
        _add_up(len(values), where, what, begin, end, own)
        return own

    for own in in_parts(len(values), part)[1:]:
        sums += own
    return sums


def rows_by(group: Ints32, size: int, rows: Ints32) -> Ints32:
    """Return rows group by group, those of one group in the order in which they are given.

    Rows are counted, not compared, so that it takes one pass. There should be few groups: each has a place of its own
    where the next row is written.

    >>> rows_by(np.array([1, 0, 1], dtype=np.int32), 2, np.array([2, 1, 0], dtype=np.int32)).tolist()
    [1, 2, 0]

    Args:
        group: int32[n]: the group of each row, from 0 to `size - 1`.
        size: How many groups there are.
        rows: int32[n]: all rows, in some order.
    """
    free = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=size))]).astype(np.int64)
    gathered = np.empty(len(rows), dtype=np.int32)
    _gather(len(rows), readonly(np.ascontiguousarray(rows)), readonly(taken(group, rows)), free, gathered)
    return gathered
