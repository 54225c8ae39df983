"""Who hangs where in the live layer: parents, legs and siblings by slot.

Siblings are a list linked both ways, so that somebody comes to a front or leaves it in no time however wide it is.
Nothing is checked here: whoever calls has done so.
"""

from collections.abc import Iterator

import numpy as np

from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.live._by_slot import BySlot, Paths, add_along

__all__ = ["Seats"]


class Seats:
    """Everybody's place, by slot.

    Attributes:
        size: How many people there are.
        parent: int32: the upline's slot, -1 for a root.
        leg: int32: the leg of the upline, 0 without a number.
        count: int64: people in the group, the person included.
    """

    def __init__(self, tree: Genealogy) -> None:
        self.size = len(tree)
        self.parent = BySlot(tree.parent)
        self.leg = BySlot(tree.leg)
        self.count = BySlot(tree.subtree_size.astype(np.int64))
        self._leg_max = BySlot(_highest_legs(tree))
        first, following, previous = _linked(tree.parent)
        self._first, self._next, self._previous = BySlot(first), BySlot(following), BySlot(previous)
        self._paths = Paths()
        if self.size:
            add_along(self.count, self.path(int(tree.depth.argmax())), 0)  # what is to be compiled is compiled now

    def path(self, slot: int) -> Ints32:
        """A slot and everybody above it, nearest first; of -1, nobody."""
        return self._paths.up(self.parent, slot)

    def front(self, slot: int) -> Iterator[int]:
        """The direct children, in no order."""
        child = self._first.view[slot]
        while child >= 0:
            yield child
            child = self._next.view[child]

    def holder(self, above: int, leg: int) -> int:
        """Who hangs in a leg, or -1; at once for a leg beyond all that were ever given there."""
        if leg > self._leg_max.view[above]:
            return -1
        return next((child for child in self.front(above) if self.leg.view[child] == leg), -1)

    def add(self, above: int, leg: int) -> int:
        """Give somebody new the next slot; the counts above are the caller's."""
        slot = self.size
        for numbers in (self.parent, self.leg, self.count, self._leg_max, self._first, self._next, self._previous):
            numbers.reserve(slot)
        self.size += 1
        self.count.view[slot] = 1
        self._leg_max.view[slot] = 0
        self._first.view[slot] = -1
        self._link(slot, above, leg)
        return slot

    def move(self, slot: int, above: int, leg: int) -> None:
        """Seat somebody elsewhere; the counts above are the caller's."""
        self._unlink(slot)
        self._link(slot, above, leg)

    def _link(self, slot: int, above: int, leg: int) -> None:
        self.parent.view[slot], self.leg.view[slot] = above, leg
        head = self._first.view[above] if above >= 0 else -1
        self._previous.view[slot], self._next.view[slot] = -1, head
        if head >= 0:
            self._previous.view[head] = slot
        if above >= 0:  # roots are nobody's front
            self._first.view[above] = slot
            self._leg_max.view[above] = max(leg, self._leg_max.view[above])

    def _unlink(self, slot: int) -> None:
        above, before, after = self.parent.view[slot], self._previous.view[slot], self._next.view[slot]
        if before >= 0:
            self._next.view[before] = after
        elif above >= 0:
            self._first.view[above] = after
        if after >= 0:
            self._previous.view[after] = before


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
