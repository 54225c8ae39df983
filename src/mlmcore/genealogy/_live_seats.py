"""Who hangs where in the live layer: parents, legs and siblings by slot, in arrays with room for more.

Siblings are a list linked both ways, so that somebody comes to a front or leaves it in no time however wide it is.
Nothing is checked here: whoever calls has done so.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy import _live_kernels
from mlmcore.genealogy._arrays import Ints32, Ints64, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["Seats", "add_along", "with_room"]

_ROOM_MIN: Final = 64
_COMPILE_FROM: Final = 4_096
"""From which room for a path on the kernels are compiled.

Interpreted, a step up costs 0.1 to 0.2 microseconds: a path of 2,000 takes a third of a millisecond, which an order
may cost; compiling takes a second, which an order may not, so it is done when a deep tree is taken over.
"""

_climb = compiled(_live_kernels.climb, _COMPILE_FROM)
_add_along = compiled(_live_kernels.add_along, _COMPILE_FROM // 2)


def add_along(total: Ints64, path: Ints32, amount: int) -> None:
    """Add an amount to everybody on a path."""
    _add_along(len(path), total, path, amount)


def with_room(values: NDArray[Any]) -> NDArray[Any]:
    """A writable copy with as much room behind it again; memory that nobody writes to costs nothing."""
    roomy = np.zeros(max(2 * len(values), _ROOM_MIN), dtype=values.dtype)
    roomy[: len(values)] = values
    return roomy


class Seats:
    """Everybody's place, by slot.

    Attributes:
        size: How many people there are.
        parent: int32[capacity]: the upline's slot, -1 for a root.
        leg: int32[capacity]: the leg of the upline, 0 without a number.
        count: int64[capacity]: people in the group, the person included.
    """

    def __init__(self, tree: Genealogy) -> None:
        self.size = len(tree)
        self.parent: Ints32 = with_room(tree.parent)
        self.leg: Ints32 = with_room(tree.leg)
        self.count: Ints64 = with_room(tree.subtree_size.astype(np.int64))
        self._leg_max: Ints32 = with_room(_highest_legs(tree))
        first, following, previous = _linked(tree.parent)
        self._first: Ints32 = with_room(first)
        self._next: Ints32 = with_room(following)
        self._previous: Ints32 = with_room(previous)
        self._room: Ints32 = np.empty(_ROOM_MIN, dtype=np.int32)
        self._filled: Ints64 = np.zeros(1, dtype=np.int64)
        if self.size:
            add_along(self.count, self.path(int(tree.depth.argmax())), 0)  # what is to be compiled is compiled now

    def path(self, slot: int) -> Ints32:
        """A slot and everybody above it, nearest first; of -1, nobody."""
        while True:
            _climb(len(self._room), self.parent, slot, self._room, self._filled)
            filled = int(self._filled[0])
            if filled < len(self._room):
                return sealed(self._room[:filled].copy())
            self._room = np.empty(2 * len(self._room), dtype=np.int32)

    def front(self, slot: int) -> Iterator[int]:
        """The direct children, in no order."""
        child = int(self._first[slot])
        while child >= 0:
            yield child
            child = int(self._next[child])

    def holder(self, above: int, leg: int) -> int:
        """Who hangs in a leg, or -1; at once for a leg beyond all that were ever given there."""
        if leg > self._leg_max[above]:
            return -1
        return next((child for child in self.front(above) if self.leg[child] == leg), -1)

    def add(self, above: int, leg: int) -> int:
        """Seat the next slot, above whom nobody has counted it yet."""
        if self.size == len(self.parent):
            self._grow()
        slot = self.size
        self.size += 1
        self.count[slot] = 1
        self._leg_max[slot] = 0
        self._first[slot] = -1
        self._link(slot, above, leg)
        return slot

    def move(self, slot: int, above: int, leg: int) -> None:
        """Seat a slot elsewhere; the counts above are the caller's."""
        self._unlink(slot)
        self._link(slot, above, leg)

    def _link(self, slot: int, above: int, leg: int) -> None:
        self.parent[slot] = above
        self.leg[slot] = leg
        self._previous[slot] = self._next[slot] = -1
        if above < 0:  # roots are no front
            return
        head = int(self._first[above])
        self._next[slot] = head
        if head >= 0:
            self._previous[head] = slot
        self._first[above] = slot
        self._leg_max[above] = max(leg, int(self._leg_max[above]))

    def _unlink(self, slot: int) -> None:
        above, before, after = int(self.parent[slot]), int(self._previous[slot]), int(self._next[slot])
        if before >= 0:
            self._next[before] = after
        elif above >= 0:
            self._first[above] = after
        if after >= 0:
            self._previous[after] = before

    def _grow(self) -> None:
        for name in ("parent", "leg", "count", "_leg_max", "_first", "_next", "_previous"):
            setattr(self, name, with_room(getattr(self, name)))


def _highest_legs(tree: Genealogy) -> Ints32:
    """int32[n]: the highest leg in which somebody hangs below each node."""
    child = np.flatnonzero(tree.parent >= 0)
    highest = np.zeros(len(tree), dtype=np.int32)
    np.maximum.at(highest, tree.parent[child], tree.leg[child])
    return highest


def _linked(parent: Ints32) -> tuple[Ints32, Ints32, Ints32]:
    """The first child of each, and the sibling after and before; -1 for none."""
    first, following, previous = (np.full(len(parent), -1, dtype=np.int32) for _ in range(3))
    child = np.flatnonzero(parent >= 0).astype(np.int32)
    child = child[np.argsort(parent[child], kind="stable")]
    earlier, later = child[:-1], child[1:]
    siblings = parent[earlier] == parent[later]
    following[earlier[siblings]] = later[siblings]
    previous[later[siblings]] = earlier[siblings]
    heads = child[previous[child] < 0]
    first[parent[heads]] = heads
    return first, following, previous
