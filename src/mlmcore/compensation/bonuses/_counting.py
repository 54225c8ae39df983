"""At which level somebody stands whom a walk reaches: one more than how many of those passed count.

Three ways to count, by what the condition asks. `Passing` adds one for whoever counts. `PassingRanks`, where a rank is
compared with the payee's, keeps for each walk how many of each rank it passed, of which there are few. `PassingPairs`
asks everybody passed anew for each payee, which costs every pair and is only done where the plan says that it may be
slow.

All walks of a bonus are counted at once; arrays are by walk, and walks that have ended are dropped.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._pairs import RankCount, rank_count, reads_payee
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Node
from mlmcore.compensation.frames import RowsFrame, Sheet

__all__ = ["Counting", "counting"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Pairs = Callable[[NDArray[Any], Ints, Ints, Ints], RowsFrame]
"""Makes a frame of positions of walks, persons asked, payees, and whoever stands below the payee."""


class Counting(Protocol):
    """How levels are counted."""

    def level(self, person: Ints, child: Ints) -> Ints64:
        """The level of whoever each walk has reached."""

    def lowest_to_come(self) -> Ints64:
        """A level below which nobody will stand from here on."""

    def above_root(self) -> Ints64:
        """The level of nobody above the root; 1 where there is none without a payee."""

    def counts(self, person: Ints, child: Ints) -> Bools:
        """Whether whoever each walk has reached counts, as a payee."""

    def advance(self, person: Ints, child: Ints, passed: Bools, used: Bools) -> None:
        """Go past whoever each walk has reached.

        Args:
            person: Whom.
            child: Who stands below them on the path.
            passed: In which walks they stand between the source and whoever comes.
            used: In which they count and have used up a level.
        """

    def keep(self, walks: Bools) -> None:
        """Drop the other walks."""


def counting(sheet: Sheet, counts: Node, walks: int, pairs: Pairs) -> Counting:
    """Return how the levels of a bonus are counted.

    Args:
        sheet: What the run knows.
        counts: The condition.
        walks: How many walks there are.
        pairs: Makes frames of pairs.
    """
    if not reads_payee(counts):
        return _Passing(counts, walks, pairs)
    ranks = rank_count(counts)
    return _PassingPairs(counts, walks, pairs) if ranks is None else _PassingRanks(sheet, ranks, walks, pairs)


class _Passing:
    """One more for whoever counts."""

    def __init__(self, counts: Node, walks: int, pairs: Pairs) -> None:
        self._counts, self._pairs = counts, pairs
        self._walk = np.arange(walks)
        self._used = np.zeros(walks, dtype=np.int64)

    def level(self, person: Ints, child: Ints) -> Ints64:
        del person, child
        return self._used + 1

    def lowest_to_come(self) -> Ints64:
        return self._used + 1

    def above_root(self) -> Ints64:
        return self._used + 1

    def counts(self, person: Ints, child: Ints) -> Bools:
        found: Bools = evaluate(self._counts, self._pairs(self._walk, person, person, child)).values
        return found

    def advance(self, person: Ints, child: Ints, passed: Bools, used: Bools) -> None:
        del person, child
        self._used = self._used + (passed & used)

    def keep(self, walks: Bools) -> None:
        self._walk, self._used = self._walk[walks], self._used[walks]


class _PassingRanks:
    """How many of at least each rank were passed; ranks are turned round where the payee's must be the higher one."""

    def __init__(self, sheet: Sheet, ranks: RankCount, walks: int, pairs: Pairs) -> None:
        self._gates, self._pairs = ranks.gates, pairs
        own = sheet.person[ranks.own.name].values.astype(np.int64) + 1
        asked = sheet.person[ranks.asked.name].values.astype(np.int64) + 1
        if ranks.operator in {"<", "<="}:
            highest = len(sheet.plan.rank_ids)
            own, asked = highest - own, highest - asked
        self._own, self._asked = own, asked + (ranks.operator in {"<", ">"})
        width = len(sheet.plan.rank_ids) + 2
        self._steps = np.arange(width)
        self._walk = np.arange(walks)
        self._passed = np.zeros((walks, width), dtype=np.int64)

    def level(self, person: Ints, child: Ints) -> Ints64:
        del child
        found: Ints64 = 1 + self._passed[np.arange(len(person)), self._asked[person]]
        return found

    def lowest_to_come(self) -> Ints64:
        found: Ints64 = 1 + self._passed[:, int(self._asked.max(initial=0))]
        return found

    def above_root(self) -> Ints64:
        return np.ones(len(self._walk), dtype=np.int64)

    def counts(self, person: Ints, child: Ints) -> Bools:
        return self._through(person, child) & (self._own[person] >= self._asked[person])

    def advance(self, person: Ints, child: Ints, passed: Bools, used: Bools) -> None:
        del used  # somebody may count for another payee
        through = passed & self._through(person, child)
        self._passed += through[:, None] & (self._steps[None, :] <= self._own[person][:, None])

    def keep(self, walks: Bools) -> None:
        self._walk, self._passed = self._walk[walks], self._passed[walks]

    def _through(self, person: Ints, child: Ints) -> Bools:
        frame = self._pairs(self._walk, person, person, child)
        through = np.ones(len(person), dtype=np.bool_)
        for gate in self._gates:
            rows = np.flatnonzero(through)
            through[rows] = evaluate(gate, frame.some(rows)).values
        return through


class _PassingPairs:
    """Everybody passed, asked anew for each payee."""

    def __init__(self, counts: Node, walks: int, pairs: Pairs) -> None:
        self._counts, self._pairs = counts, pairs
        self._walk = np.arange(walks)
        self._path = np.zeros((walks, 0), dtype=np.int32)

    def level(self, person: Ints, child: Ints) -> Ints64:
        walks, steps = self._path.shape
        between = self._path.reshape(-1)
        there = between >= 0
        rows = np.repeat(np.arange(walks), steps)[there]
        frame = self._pairs(self._walk[rows], between[there], person[rows], child[rows])
        counted = evaluate(self._counts, frame).values
        return 1 + np.bincount(rows[counted], minlength=walks).astype(np.int64)

    def lowest_to_come(self) -> Ints64:
        return np.ones(len(self._walk), dtype=np.int64)

    def above_root(self) -> Ints64:
        return np.ones(len(self._walk), dtype=np.int64)

    def counts(self, person: Ints, child: Ints) -> Bools:
        found: Bools = evaluate(self._counts, self._pairs(self._walk, person, person, child)).values
        return found

    def advance(self, person: Ints, child: Ints, passed: Bools, used: Bools) -> None:
        del child, used  # somebody may count for another payee
        here = np.where(passed, person, -1).astype(np.int32)
        self._path = np.concatenate([self._path, here[:, None]], axis=1)

    def keep(self, walks: Bools) -> None:
        self._walk, self._path = self._walk[walks], self._path[walks]
