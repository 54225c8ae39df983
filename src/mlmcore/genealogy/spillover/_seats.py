"""Who sits where in a structure, by slot, and what the rules of spillover need to know of everybody's group.

How many levels below each person the nearest free place is, is kept with every placement. Group counts and volumes are
brought up to date only when a rule asks for them: kept always, they would cost a power leg its depth with everybody who
is placed. Nothing is checked here: whoever calls has done so.
"""

from enum import StrEnum
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64, readonly, sealed
from mlmcore.genealogy._compiled import COMPILE_FROM, Kernel, compiled
from mlmcore.genealogy.live._by_slot import BySlot, Paths, add_along
from mlmcore.genealogy.spillover import _kernels as kernels

__all__ = ["Seats", "SpilloverRule"]

T = TypeVar("T", np.int32, np.int64)

_place_one: Final[Kernel] = kernels.place_people
_place_people = compiled(kernels.place_people)
_sum_upward = compiled(kernels.sum_upward)
_sum_all = compiled(kernels.sum_all)


class SpilloverRule(StrEnum):
    """Which free place of a group somebody gets; the rules S3 to S6 of `docs/genealogy/spillover.md`."""

    LEFT = "left"
    RIGHT = "right"
    BREADTH_FIRST = "breadth_first"
    BALANCED = "balanced"
    WEAKER_LEG = "weaker_leg"


class Seats:
    """Everybody's place, by slot; a parent has a smaller slot than the children.

    Attributes:
        size: How many people there are.
        width: How many legs everybody has.
        parent: int32: the upline's slot, -1 for a root.
        leg: int32: the leg of the upline, 0 for a root.
        depth: int32: how many people stand above.
        own: int64: what each brings.
    """

    def __init__(self, width: int, depth_max: int) -> None:
        self.width = width
        self._depth_max = depth_max
        self._paths = Paths()
        self._done = np.zeros(1, dtype=np.int64)
        self._done_view = _view(self._done)
        self._one = np.zeros(2, dtype=np.int32)  # below whom, and in which leg, a single person is placed
        self._one_view = _view(self._one)
        self._clear()

    def seat(self, rule: SpilloverRule | None, unders: Ints32, numbers: Ints32, own: Ints64) -> int:
        """Seat several people one after the other, or nobody where one of them finds no place.

        Args:
            rule: How; None: in the leg `numbers[i]` of `unders[i]`.
            unders: int32[m], read-only: below whom, -1 for a root; may be the slots of those before.
            numbers: int32[m], read-only.
            own: int64[m]: what each brings.

        Returns:
            How many found a place before the first who did not; m when all have.
        """
        before = self.size
        self._prepare(rule, own)
        _place_people(self._steps(rule, len(unders)), before, unders, numbers, 1, *self._arrays(rule))
        done = int(self._done[0])
        self._seated(rule, done)
        if done < len(unders):
            self._rebuild(before)
        return done

    def seat_one(self, rule: SpilloverRule | None, under: int, number: int, own: int, *, seating: bool = True) -> bool:
        """As `seat`, of one person in some microseconds; or only write the place in which that person would sit."""
        self._prepare(rule, (own,))
        self._one_view[0], self._one_view[1] = under, number
        steps = self._steps(rule, 1)
        if steps < COMPILE_FROM:
            _place_one(self.size, self._one_view[:1], self._one_view[1:], int(seating), *self._views(rule))
        else:
            people = (readonly(self._one[:1]), readonly(self._one[1:]))
            _place_people(steps, self.size, *people, int(seating), *self._arrays(rule))
        found = bool(self._done_view[0])
        self._seated(rule, int(found and seating))
        return found

    def holder(self, slot: int, number: int) -> int:
        """Who hangs in a leg, 0 for nobody."""
        return self._child.view[slot * self.width + number - 1]

    def levels_between(self, slot: int, above: int) -> int:
        """How many levels somebody stands below another, 0 for the same person; -1 where they do not."""
        levels = self.depth.view[slot] - self.depth.view[above]
        return levels if levels >= 0 and self._paths.up(self.parent, slot)[levels] == above else -1

    def bring(self, slot: int, amount: int) -> None:
        """Change what somebody brings."""
        more = amount - self.own.view[slot]
        self.own.view[slot] = amount
        if slot < self._summed:
            add_along(self._volume, self._paths.up(self.parent, slot), more)

    def bring_all(self, own: Ints64) -> None:
        """Change what everybody brings."""
        self.own.array[: self.size] = own
        self._summed = 0

    def _clear(self) -> None:
        slots, numbers = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
        self.size = self._summed = self._height = 0
        self.parent, self.leg, self.depth = BySlot(slots), BySlot(slots), BySlot(slots)
        self._child, self._left, self._right = BySlot(slots), BySlot(slots), BySlot(slots)
        self.own: BySlot[np.int64] = BySlot(numbers)
        self._nearest = BySlot(numbers)
        self._count, self._volume = BySlot(numbers), BySlot(numbers)
        self._kept_views: dict[SpilloverRule | None, list[Any]] = {}

    def _rebuild(self, size: int) -> None:
        """Begin again with the first so many people alone; looks at everybody."""
        parent, leg, own = self.parent.array[:size].copy(), self.leg.array[:size].copy(), self.own.array[:size].copy()
        self._clear()
        self.seat(None, sealed(parent), sealed(leg), own)

    def _prepare(self, rule: SpilloverRule | None, own: Ints64 | tuple[int]) -> None:
        """Make room for some more, and sums right where the rule asks for them."""
        if self._sums(rule):
            self._sum_up()
        last = self.size + len(own)
        if last > len(self.parent.view):
            for slots in (self.parent, self.leg, self.depth, self._left, self._right):
                _reserve(slots, last)
            for numbers in (self.own, self._nearest, self._count, self._volume):
                _reserve(numbers, last)
            self._kept_views.clear()
        if last * self.width > len(self._child.view):
            _reserve(self._child, last * self.width)
            self._kept_views.clear()
        if isinstance(own, tuple):
            self.own.view[self.size] = own[0]
        else:
            self.own.array[self.size : last] = own

    def _seated(self, rule: SpilloverRule | None, done: int) -> None:
        """Take over what the kernel has written for so many people."""
        if self._sums(rule):
            self._summed += done
        if done == 1:  # apart, since asking an array takes as long as a placement
            self._height = max(self._height, self.depth.view[self.size])
        elif done:
            self._height = max(self._height, int(self.depth.array[self.size : self.size + done].max()))
        self.size += done

    def _sums(self, rule: SpilloverRule | None) -> bool:
        """Whether a rule looks at group sums; where everybody has one leg none has to."""
        return self.width > 1 and rule in {SpilloverRule.BALANCED, SpilloverRule.WEAKER_LEG}

    def _steps(self, rule: SpilloverRule | None, people: int) -> int:
        return people * (self._height + 1 if self._sums(rule) else 1)

    def _sum_up(self) -> None:
        """Count those who are not counted yet: each upward, or all anew where that is less."""
        pending = self.depth.array[self._summed : self.size]
        steps = len(pending) + int(pending.sum(dtype=np.int64)) if len(pending) else 0
        arrays = (self.parent.array, self.own.array, self._count.array, self._volume.array)
        if steps > 2 * self.size:
            _sum_all(self.size, self.size, *arrays)
        elif steps:
            _sum_upward(steps, self._summed, self.size, *arrays)
        self._summed = self.size

    def _fixed(self, rule: SpilloverRule | None) -> list[Any]:
        """What the kernel is given for a rule, after the people."""
        outside = rule in {SpilloverRule.LEFT, SpilloverRule.RIGHT} or self.width == 1
        way = kernels.AT if rule is None else kernels.OUTSIDE if outside else kernels.WEAKEST
        right = rule is SpilloverRule.RIGHT
        first_key = self._volume if rule is SpilloverRule.WEAKER_LEG else self._count
        keys = (first_key, self._count) if self._sums(rule) else (self._nearest, self._nearest)
        return [
            *(way, int(self._sums(rule)), self.width if right else 1, self.width, self._depth_max),
            *(self._child, self.parent, self.leg, self.depth, self._nearest, self._right if right else self._left),
            *keys,
            *(self.own, self._count, self._volume, self._done),
        ]

    def _arrays(self, rule: SpilloverRule | None) -> list[Any]:
        return [item.array if isinstance(item, BySlot) else item for item in self._fixed(rule)]

    def _views(self, rule: SpilloverRule | None) -> list[Any]:
        """The same as views, which are kept until the arrays grow: making them costs more than a placement."""
        if rule not in self._kept_views:
            arrays = self._arrays(rule)
            self._kept_views[rule] = [_view(item) if isinstance(item, np.ndarray) else item for item in arrays]
        return self._kept_views[rule]


def _reserve(numbers: BySlot[T], size: int) -> None:
    """Make room for so many slots."""
    while len(numbers.view) < size:
        numbers.reserve(size - 1)


def _view(array: NDArray[Any]) -> memoryview:
    return memoryview(cast("Any", array))  # numpy's types do not say that they are buffers on Python 3.11
