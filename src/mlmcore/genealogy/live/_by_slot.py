"""Arrays of the live layer: numbers by slot with room for more, and the two loops over paths, run in the fitting way.

A short path is walked by Python over views that are kept, in a few microseconds: calling machine code would cost no
less, and loading a compiler a second. A long one is for the compiled kernels.
"""

from typing import Any, Final, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, sealed
from mlmcore.genealogy._compiled import Kernel, compiled
from mlmcore.genealogy.live import _kernels

__all__ = ["BySlot", "Paths", "add_along"]

T = TypeVar("T", np.int32, np.int64)

_SHORT: Final = 64
_COMPILE_FROM: Final = 2_048
"""From how much room for a path on the kernels are compiled, so for paths of 1,024 and more.

Interpreted, a step costs 0.1 to 0.2 microseconds for the way up and again for each total: a few times as deep, an order
would leave its millisecond. Compiling takes a second, which is paid when a deep tree is taken over.
"""

_climb_short: Final[Kernel] = _kernels.climb
_add_short: Final[Kernel] = _kernels.add_along
_climb_long = compiled(_kernels.climb, _COMPILE_FROM)
_add_long = compiled(_kernels.add_along, _COMPILE_FROM)


class BySlot(Generic[T]):
    """Numbers by slot, as an array and as a view, which gives single numbers faster and as Python's own.

    Attributes:
        array: int32 or int64[capacity].
        view: The same memory.
    """

    def __init__(self, values: NDArray[T]) -> None:
        self._fill(values)

    def reserve(self, slot: int) -> None:
        """Make room for a slot, twice as much as there was; memory that nobody writes to costs nothing."""
        if slot >= len(self.view):
            self._fill(self.array)

    def _fill(self, values: NDArray[T]) -> None:
        self.array: NDArray[T] = np.zeros(max(2 * len(values), _SHORT), dtype=values.dtype)
        self.array[: len(values)] = values
        self.view = _view(self.array)


class Paths:
    """The ways up; how long one is shows only at its end, so the room for them grows with the longest."""

    def __init__(self) -> None:
        self._filled = np.zeros(1, dtype=np.int64)
        self._filled_view = _view(self._filled)
        self._short = np.empty(_SHORT, dtype=np.int32)
        self._short_view = _view(self._short)
        self._long = np.empty(2 * _SHORT, dtype=np.int32)

    def up(self, parent: BySlot[np.int32], slot: int) -> Ints32:
        """A slot and everybody above it, nearest first; of -1, nobody."""
        _climb_short(parent.view, slot, self._short_view, self._filled_view)
        filled = self._filled_view[0]
        return sealed(self._short[:filled].copy()) if filled < _SHORT else self._long_way(parent, slot)

    def _long_way(self, parent: BySlot[np.int32], slot: int) -> Ints32:
        while True:
            _climb_long(len(self._long), parent.array, slot, self._long, self._filled)
            filled = self._filled_view[0]
            if filled < len(self._long):
                return sealed(self._long[:filled].copy())
            self._long = np.empty(2 * len(self._long), dtype=np.int32)


def add_along(total: BySlot[np.int64], path: Ints32, amount: int) -> None:
    """Add an amount to everybody on a path."""
    if len(path) < _SHORT:
        _add_short(total.view, _view(path), amount)
    else:
        _add_long(len(path), total.array, path, amount)


def _view(array: NDArray[Any]) -> memoryview:
    return memoryview(cast("Any", array))  # numpy's types do not say that they are buffers on Python 3.11
