"""Level walks whose conditions ask about pairs: who is reached, from whom, for which order, at which level.

The quick walk of `genealogy.walks` knows each person's answers before it starts. Here they depend on the way, so all
walks climb together: at each step everybody who is reached is asked at once, walks that end are dropped, the others go
on to the next upline. What a step costs is its walks, and there are as many steps as the longest walk has people. The
rules are W1 to W7 of that module.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._counting import Counting
from mlmcore.compensation.plan import Plan, SourceBonus
from mlmcore.domain.errors import InputError
from mlmcore.genealogy.walks import LevelWalk, Outcome

__all__ = ["ClimbRules", "PairCount", "Reached", "climb"]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
_PASSED = 4  # outcomes above it are those of levels that went on
_PAIRS_MOST: Final = int(np.iinfo(np.int32).max)
"""So many pairs are asked in minutes. Trees that people make are far from it: it is a million walks of 2,000 steps."""


@define(eq=False)
class PairCount:
    """How many pairs the walks of a bonus have asked, which only the plan's `slow` lets be any number.

    Attributes:
        bonus: The bonus.
        may_be_slow: Whether the plan says so.
        asked: How many so far.
    """

    bonus: SourceBonus
    may_be_slow: bool
    asked: int = 0

    @classmethod
    def of(cls, bonus: SourceBonus, plan: Plan) -> "PairCount":
        """None yet."""
        return cls(bonus, bonus.slow or plan.slow)

    def add(self, pairs: int) -> None:
        """Count the pairs of a step.

        Raises:
            InputError: They are more than is asked without `slow`.
        """
        self.asked += pairs
        if self.asked > _PAIRS_MOST and not self.may_be_slow:
            what = (
                f"its walks have asked more than {_PAIRS_MOST:,} pairs of a source and somebody above it, and go on: "
                "the tree is deep, and nearly every source asks something else"
            )
            todo = "end the walks earlier (`depth`, `limit`, `stop_at`), ask less of the source, or write slow = true"
            raise InputError([self.bonus.finding("plan.slow", what, todo)])


@frozen(kw_only=True, eq=False)
class Reached:
    """Whom walks have reached.

    Attributes:
        walk: Positions of walks.
        person: int32: who is reached.
        child: int32: who stands below them on the path, -1 for nobody.
        level: int32: the level about to be paid.
    """

    walk: NDArray[np.intp]
    person: Ints
    child: Ints
    level: Ints

    def some(self, rows: NDArray[Any]) -> "Reached":
        """Some of the rows."""
        return Reached(walk=self.walk[rows], person=self.person[rows], child=self.child[rows], level=self.level[rows])


@frozen(kw_only=True, eq=False)
class ClimbRules:
    """How walks count and pay.

    Attributes:
        pairs: How many pairs are asked.
        counting: How levels are counted.
        outcome: What becomes of a level that is offered to whoever is reached, codes of `Outcome`.
        stops: At whom walks end, or None.
        stop_before: Whether they end before that person is considered, or after.
        offered: bool[width]: whether a level is offered at all; the last column serves all levels beyond it.
        first_level: The first level that is paid.
        last_level: The level after which walks end.
        last_above_root: The last level offered above the root, 0 for none.
        unpaid_goes_on: Whether a level that is not paid is offered further up.
        source_counts: Whether the start uses up a level where it counts.
        pay_uncounted: Whether somebody who doesn't count may be paid.
    """

    pairs: PairCount
    counting: Counting
    outcome: Callable[[Reached], NDArray[np.uint8]]
    stops: Callable[[Reached], Bools] | None
    stop_before: bool
    offered: Bools
    first_level: int
    last_level: int
    last_above_root: int
    unpaid_goes_on: bool
    source_counts: bool
    pay_uncounted: bool

    def is_offered(self, level: Ints) -> Bools:
        """Whether each level is offered at all."""
        found: Bools = self.offered[np.minimum(level, len(self.offered) - 1)]
        return found


def climb(upline: Ints, start: Ints, below: Bools, rules: ClimbRules) -> LevelWalk:
    """Walk up from many starts, all together.

    Args:
        upline: int32[n]: the person above each, -1 for none.
        start: int32[m]: the person at whom each walk starts.
        below: bool[m]: whether it starts below that person, who is then the first one above it.
        rules: How levels are counted and paid.
    """
    climbing = _Climbing.begun(upline, start, below, rules)
    while len(climbing.walk):
        climbing.step()
    return climbing.walked()


@define(kw_only=True, eq=False)
class _Climbing:
    """Walks under way; those that have ended are in it no more."""

    upline: Ints
    rules: ClimbRules
    walk: NDArray[np.intp]
    person: Ints
    child: Ints
    rows: list[tuple[Reached, NDArray[np.uint8]]] = field(factory=list)

    @classmethod
    def begun(cls, upline: Ints, start: Ints, below: Bools, rules: ClimbRules) -> "_Climbing":
        """Offer level 0 to the starts, and go on to whoever stands above them."""
        climbing = cls(
            upline=upline, rules=rules, walk=np.arange(len(start)), person=start, child=np.full_like(start, -1)
        )
        at_start = Reached(walk=climbing.walk, person=start, child=climbing.child, level=np.zeros_like(start))
        if rules.first_level == 0 and rules.offered[0]:
            there = at_start.some(~below)
            climbing.rows.append((there, rules.outcome(there)))
        if rules.source_counts:
            counts = rules.counting.counts(start, climbing.child)
            rules.counting.advance(start, climbing.child, ~below, counts & ~below)
        climbing.child = np.where(below, -1, start).astype(np.int32)
        climbing.person = np.where(below, start, upline[start]).astype(np.int32)
        return climbing

    def step(self) -> None:
        """Ask whoever is reached, and go on to the next upline."""
        rules = self.rules
        self._leave(self.person < 0)
        self._drop(rules.counting.lowest_to_come() > rules.last_level)
        if not len(self.walk):
            return
        rules.pairs.add(len(self.walk))
        level = rules.counting.level(self.person, self.child).astype(np.int32)
        reached = Reached(walk=self.walk, person=self.person, child=self.child, level=level)
        stops = np.zeros(len(level), dtype=np.bool_) if rules.stops is None else rules.stops(reached)
        if rules.stop_before and stops.any():
            self._drop(stops)
            reached, stops = reached.some(~stops), stops[~stops]
        counts = rules.counting.counts(self.person, self.child)
        used = counts & ~self._offer(reached, counts)
        rules.counting.advance(self.person, self.child, np.ones_like(used), used)
        self.person, self.child = self.upline[self.person], self.person
        self._drop(stops)

    def walked(self) -> LevelWalk:
        """Every level that was offered, in the order of the walks and then upward."""
        reached = [item for item, _ in self.rows]
        walk = np.concatenate([np.zeros(0, np.intp), *(item.walk for item in reached)])
        place = np.argsort(walk, kind="stable")

        def column(name: str) -> Ints:
            parts = [np.zeros(0, np.int32), *(getattr(item, name) for item in reached)]
            return np.concatenate(parts)[place].astype(np.int32)

        outcome = np.concatenate([np.zeros(0, np.uint8), *(item for _, item in self.rows)])[place]
        return LevelWalk(
            source=walk[place].astype(np.int32),
            node=column("person"),
            child=column("child"),
            level=column("level"),
            outcome=outcome,
        )

    def _offer(self, reached: Reached, counts: Bools) -> Bools:
        """Offer each level to whoever may be paid; which of them go on to the next one."""
        rules = self.rules
        offered = (counts | rules.pay_uncounted) & (reached.level >= rules.first_level)
        offered &= rules.is_offered(reached.level) & (reached.level <= rules.last_level)
        goes_on = np.zeros(len(counts), dtype=np.bool_)
        if not offered.any():
            return goes_on
        there = reached.some(offered)
        outcome = rules.outcome(there)
        if rules.unpaid_goes_on:
            outcome = np.where(outcome > 0, outcome + _PASSED, 0).astype(np.uint8)
        self.rows.append((there, outcome))
        goes_on[offered] = outcome > _PASSED
        return goes_on

    def _leave(self, above_root: Bools) -> None:
        """Walks that come out at the root offer what is left to nobody."""
        rules = self.rules
        if rules.last_above_root and above_root.any():
            walk, child = self.walk[above_root], self.child[above_root]
            begin = np.maximum(rules.counting.above_root()[above_root], rules.first_level)
            going = np.ones(len(walk), dtype=np.bool_)
            for level in range(int(begin.min()), rules.last_above_root + 1):
                going &= rules.offered[min(level, len(rules.offered) - 1)] | (begin > level)
                self._nobody(walk, child, level, going & (begin <= level))
        self._drop(above_root)

    def _nobody(self, walk: NDArray[np.intp], child: Ints, level: int, there: Bools) -> None:
        count = int(there.sum())
        if count:
            nobody = Reached(
                walk=walk[there],
                person=np.full(count, -1, dtype=np.int32),
                child=child[there],
                level=np.full(count, level, dtype=np.int32),
            )
            self.rows.append((nobody, np.full(count, Outcome.NO_UPLINE, dtype=np.uint8)))

    def _drop(self, ended: Bools) -> None:
        if ended.any():
            kept = ~ended
            self.rules.counting.keep(kept)
            self.walk, self.person, self.child = self.walk[kept], self.person[kept], self.child[kept]
