"""Differential walks whose conditions ask about pairs: all walks climb together, as in `_climb`.

The quick walk of `genealogy.differentials` links everybody to the next higher rate above; where a rate depends on the
source, the order or the level there is no such link. The rules are R1 to R6 of that module.
"""

from collections.abc import Callable

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._climb import PairCount, Reached
from mlmcore.compensation.bonuses._counting import Counting
from mlmcore.genealogy.differentials import DifferenceFigures, DifferenceWalk, Met

__all__ = ["DifferenceClimbRules", "climb_differences"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class DifferenceClimbRules(DifferenceFigures):
    """How walks meet people, asked on the way.

    Attributes:
        pairs: How many pairs are asked.
        counting: How levels are counted, and who is met.
        pays: Who may be paid.
        blocks: Before whom walks end, or None.
        rate: The rate of whoever is met.
    """

    pairs: PairCount
    counting: Counting
    pays: Callable[[Reached], Bools]
    blocks: Callable[[Reached], Bools] | None
    rate: Callable[[Reached], Ints64]


def climb_differences(
    upline: Ints, start: Ints, below: Bools, initial: Ints64, rules: DifferenceClimbRules
) -> DifferenceWalk:
    """Walk up from many starts, all together.

    Args:
        upline: int32[n]: the person above each, -1 for none.
        start: int32[m]: the person at whom each walk starts.
        below: bool[m]: whether it starts below that person, who is then the first one above it.
        initial: int64[m]: the rate that counts as met at the start of each walk.
        rules: How people are met and paid.
    """
    climbing = _Climbing(
        upline=upline,
        rules=rules,
        walk=np.arange(len(start)),
        person=start,
        child=np.full_like(start, -1),
        met=initial.copy(),
        left=np.full(len(start), rules.equal_generations, dtype=np.int64),
    )
    climbing.begin(below)
    while len(climbing.walk):
        climbing.step()
    return climbing.walked()


@define(kw_only=True, eq=False)
class _Climbing:
    """Walks under way; those that have ended are in it no more.

    Attributes:
        upline: int32[n].
        rules: How people are met and paid.
        walk: Positions of walks.
        person: int32: who is reached next, -1 above the root.
        child: int32: who stands below them on the path, -1 for nobody.
        met: int64: the highest rate met.
        left: int64: how many equal rates may still be paid.
        rows: What was met: walks, persons, levels, rates, outcomes.
    """

    upline: Ints
    rules: DifferenceClimbRules
    walk: NDArray[np.intp]
    person: Ints
    child: Ints
    met: Ints64
    left: Ints64
    rows: list[tuple[NDArray[np.intp], Ints, Ints, Ints64, NDArray[np.uint8]]] = field(factory=list)

    def begin(self, below: Bools) -> None:
        """Meet the starts where the first level is 0, and go on to whoever stands above them."""
        counting = self.rules.counting
        if self.rules.first_level == 0:
            self._meet(~below & self._open(), np.zeros(len(below), dtype=np.int32))
        if self.rules.source_counts:
            counts = counting.counts(self.person, self.child)
            counting.advance(self.person, self.child, ~below, counts)
        self.child, self.person = (
            np.where(below, -1, self.person).astype(np.int32),
            np.where(below, self.person, self.upline[self.person]).astype(np.int32),
        )

    def step(self) -> None:
        """Meet whoever is reached, and go on to the next upline."""
        rules, counting = self.rules, self.rules.counting
        self._leave(self.person < 0)
        self._drop(~self._open())
        if not len(self.walk):
            return
        rules.pairs.add(len(self.walk))
        level = counting.level(self.person, self.child).astype(np.int32)
        counts = counting.counts(self.person, self.child)
        there = counts & (level >= rules.first_level)
        blocked = np.zeros(len(there), dtype=np.bool_)
        if rules.blocks is not None:
            blocked[there] = rules.blocks(self._reached(there, level))
        self._leave_over(blocked, self.person, level, Met.BLOCKED)
        self._meet(there & ~blocked, level)
        counting.advance(self.person, self.child, np.ones_like(counts), counts)
        self.person, self.child = self.upline[self.person], self.person
        self._drop(blocked)

    def walked(self) -> DifferenceWalk:
        """Everything that was met, in the order of the walks and then upward."""
        empty = (np.zeros(0, np.intp), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
        rows = [(*empty, np.zeros(0, np.uint8)), *self.rows]
        walk, person, level, rate, outcome = (np.concatenate(column) for column in zip(*rows, strict=True))
        place = np.argsort(walk, kind="stable")
        return DifferenceWalk(
            source=walk[place].astype(np.int32),
            node=person[place],
            level=level[place],
            rate=rate[place],
            outcome=outcome[place],
        )

    def _reached(self, there: Bools, level: Ints) -> Reached:
        return Reached(walk=self.walk, person=self.person, child=self.child, level=level).some(there)

    def _open(self) -> Bools:
        """Which walks have not met the limit."""
        limit = self.rules.limit
        return np.ones(len(self.walk), dtype=np.bool_) if limit is None else self.met < limit

    def _meet(self, there: Bools, level: Ints) -> None:
        """Offer differences, and the rate of equals, where somebody is met."""
        if not there.any():
            return
        rules, at = self.rules, np.flatnonzero(there)
        reached = self._reached(there, level)
        pays, rate = rules.pays(reached), rules.rate(reached)
        if rules.limit is not None:
            rate = np.minimum(rate, rules.limit)
        met, high = self.met[at], reached.level >= rules.lowest_level
        rises = (rate > met) & (pays | rules.unpaid_are_met)
        equals = pays & high & (rate == met) & (met != 0) & (self.left[at] > 0)
        outcome = np.where(pays, np.where(high, Met.PAID, Met.TOO_LOW), Met.PAYS_FAILED)
        outcome = np.where(equals, Met.EQUAL, outcome).astype(np.uint8)
        gain = np.where(equals, rules.equal_rate, rate - met)
        found = rises | equals
        self.rows.append(
            (reached.walk[found], reached.person[found], reached.level[found], gain[found], outcome[found])
        )
        self.met[at[rises]] = rate[rises]
        self.left[at[rises]] = rules.equal_generations
        self.left[at[equals]] -= 1

    def _leave(self, above_root: Bools) -> None:
        """Walks that come out at the root leave what the limit leaves to nobody."""
        level = np.maximum(self.rules.counting.above_root(), self.rules.first_level).astype(np.int32)
        self._leave_over(above_root & self._open(), np.full_like(self.person, -1), level, Met.NO_UPLINE)
        self._drop(above_root)

    def _leave_over(self, ended: Bools, person: Ints, level: Ints, outcome: Met) -> None:
        if self.rules.limit is not None and ended.any():
            rest = self.rules.limit - self.met[ended]
            what = np.full(len(rest), outcome, dtype=np.uint8)
            self.rows.append((self.walk[ended], person[ended], level[ended], rest, what))

    def _drop(self, ended: Bools) -> None:
        if ended.any():
            kept = ~ended
            self.rules.counting.keep(kept)
            self.walk, self.person, self.child = self.walk[kept], self.person[kept], self.child[kept]
            self.met, self.left = self.met[kept], self.left[kept]
