"""Sums over people who stand in a range of one tree's order and in a range of another's, while values still come in.

A group is a range of its tree's order, a leg a range of the placement's. Everybody is a point: a place in the one
order and a key in the other. Values are added to points as they become known, in any order; a sum over both ranges
costs the square of the number of binary digits, and so does adding a value.
"""

import numpy as np

from mlmcore.genealogy._arrays import Ints32, Ints64
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.range_sums import add_points, sum_below

__all__ = ["RangeSums"]

_add_points = compiled(add_points)
_sum_below = compiled(sum_below)


class RangeSums:
    """Points with values that are added to, and sums over ranges of their places and keys.

    Args:
        key: int32[n]: the key at each place, the numbers from 0 to n - 1, each once.
    """

    def __init__(self, key: Ints32) -> None:
        self._key, self._size = key, len(key)
        self._digits = len(key).bit_length()  # a limit may be n
        self._zeros = np.zeros(self._digits * (self._size + 1), dtype=np.int32)
        self._added = np.zeros(self._digits * (self._size + 1), dtype=np.int64)
        for digit in range(self._digits):
            zero = (key >> (self._digits - 1 - digit)) & 1 == 0
            begin = digit * (self._size + 1)
            self._zeros[begin + 1 : begin + 1 + self._size] = np.cumsum(zero)
            key = np.concatenate([key[zero], key[~zero]])

    def add(self, place: Ints32, value: Ints64) -> None:
        """Add values to the points at some places; all that is ever added must fit into int64, signs left out."""
        at = np.ascontiguousarray(place, dtype=np.int32)
        _add_points(self._size, self._zeros, self._added, self._size, self._digits, at, self._key[at], value)

    def between(self, start: Ints32, end: Ints32, low: Ints32, high: Ints32) -> Ints64:
        """int64[m]: what was added to the points from a place to another, end not included, with keys likewise."""
        return self._below(start, end, high) - self._below(start, end, low)

    def _below(self, start: Ints32, end: Ints32, limit: Ints32) -> Ints64:
        found = np.zeros(len(start), dtype=np.int64)
        ranges = (np.ascontiguousarray(one, dtype=np.int32) for one in (start, end, limit))
        _sum_below(self._size, self._zeros, self._added, self._size, self._digits, *ranges, found)
        return found
