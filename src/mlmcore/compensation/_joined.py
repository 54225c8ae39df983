"""What belongs to whom, looked up for many at once: children of people, orders of sellers, orders of customers."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joined"]

Ints = NDArray[np.int32]


class Joined:
    """What belongs to whom, to be looked up for many at once.

    Args:
        owner: int32[k]: whose each item is; -1 for nobody's.
        size: How many owners there are.
    """

    def __init__(self, owner: Ints, size: int) -> None:
        self._items = np.argsort(owner, kind="stable").astype(np.int32)
        self._starts = np.searchsorted(owner[self._items], np.arange(size + 1))

    def of(self, wanted: Ints) -> tuple[NDArray[np.intp], Ints]:
        """For each of `wanted` all items: the row of `wanted`, and the item."""
        counts = self._starts[wanted + 1] - self._starts[wanted]
        rows = np.repeat(np.arange(len(wanted)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self._items[self._starts[wanted[rows]] + within]
