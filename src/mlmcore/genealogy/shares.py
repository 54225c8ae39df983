"""Level walks that share an amount of each start out at known rates, and round every share, in one loop.

The walk is that of `walks`, rules W1 to W7, without levels that go on. Where all rates are numbers nothing has to be
written down of a level but its line, which `walks` cannot know. The loop runs twice: it weighs, so that every sum is
known and each part of the walks knows where to write; then it writes. Shares of nothing make no line.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Bools, Ints32, Ints64, largest_absolute, readonly, sum_of_absolutes
from mlmcore.genealogy._compiled import COMPILE_FROM, compiled
from mlmcore.genealogy._kernels.shares import COUNTS, REFUSED, ROW, STOPS, share_levels
from mlmcore.genealogy.threads import in_parts
from mlmcore.genealogy.walks import UNLIMITED, LevelRules

__all__ = ["Columns", "ShareRules", "Sharing", "Starts", "Weight", "paid_columns", "unpaid_columns"]

Columns = dict[str, NDArray[Any]]

_LEVELS_GUESSED: Final = 4
_WALKS_AHEAD: Final = 128
"""Measured over a million people: 32 are nearly as good; none at all takes twice as long."""
_ROWS_MOST: Final = 2 ** (31 - ROW)
_INT64_MAX: Final = int(np.iinfo(np.int64).max)
_NO_SUMS: Final = np.zeros(0, dtype=np.int64)
_share_levels = compiled(share_levels)


@frozen(kw_only=True, eq=False)
class Starts:
    """Where walks start.

    Attributes:
        person: int32[m]: level 0.
        below: bool[m]: the walk starts below that person, who is then the first one above.
        order: int32[m]: a number that lines repeat.
        base: int64[m]: what is shared out.
    """

    person: Ints32
    below: Bools
    order: Ints32
    base: Ints64


@frozen(kw_only=True, eq=False)
class ShareRules:
    """How amounts are shared out; arrays are by person.

    Attributes:
        levels: How levels are counted and paid: no unpaid level goes on; above the root all are owed, or none.
        above: int32[n]: the next above, where only who counts is paid without those who neither count nor stop.
        height: The most steps that a walk can take.
        refused: uint8[n]: why somebody is not paid, 1 to 15; 0 for nothing.
        too_deep: The reason for a level too deep for somebody.
        no_rate: The reason for a level without a rate of one's own.
        no_upline: The reason for a level above the root.
        rates: int64[rows + 1, width]: what a level is worth, by row and level; the last row is nobody's.
        divisor: How many of the exact shares' units make one that is paid.
        factor: How many minor units that one is.
        limits: int64[4]: above which remainder a cut share is raised; see the kernel.
    """

    levels: LevelRules
    above: Ints32
    height: int
    refused: NDArray[np.uint8]
    too_deep: int
    no_rate: int
    no_upline: int
    rates: Ints64
    divisor: int
    factor: int
    limits: Ints64

    @property
    def people(self) -> Ints32:
        """int32[2 * (n + 1)]: what the loop asks of a person, side by side, since each step asks it of another one."""
        rules, count = self.levels, len(self.above)
        bits = rules.counts.astype(np.int32) * COUNTS | self.refused.astype(np.int32) << REFUSED | rules.rate_row << ROW
        if rules.stops is not None:
            bits |= rules.stops.astype(np.int32) * STOPS
        people = np.empty((count + 1, 2), dtype=np.int32)
        people[:-1, 0] = np.where(self.above < 0, np.int32(self.nobody), self.above)
        people[:-1, 1] = bits
        people[-1] = count, COUNTS | self.no_upline << REFUSED | (len(self.rates) - 1) << ROW
        return people.reshape(-1)

    @property
    def nobody(self) -> int:
        """Who stands above the roots: one more person, where a level is owed there."""
        return len(self.above) if self.levels.last_above_root else -1

    @property
    def shares_most(self) -> int:
        """Into how many shares a walk can cut an amount: one at each step, and one of each level that is used up."""
        levels = self.levels
        steps = self.height + 1 + levels.last_above_root
        return steps if levels.pay_uncounted else min(steps, max(levels.last_level - levels.first_level + 1, 1))

    @property
    def options(self) -> Ints64:
        """The kernel's options."""
        rules = self.levels
        stop = 0 if rules.stops is None else 1 if rules.stop_before else 2
        numbers = [rules.first_level, rules.last_level, len(rules.offered), self.nobody]
        switches = [int(rules.source_counts), int(rules.pay_uncounted), stop, int(rules.depth is not None)]
        money = [self.divisor, self.factor, self.too_deep, self.no_rate]
        return np.array([*numbers, *switches, *money], dtype=np.int64)


@frozen(kw_only=True, eq=False)
class Weight:
    """What walks come to.

    Attributes:
        paid: How many lines are paid.
        unpaid: How many are not.
        total: The sum of all exact shares.
        earned: int64[n]: the exact sum of each payee's.
        rounded_off: int64[n]: what rounding takes of it.
    """

    paid: int
    unpaid: int
    total: int
    earned: Ints64
    rounded_off: Ints64


class Sharing:
    """Walks from some starts, by rules.

    Args:
        starts: Where they start.
        rules: How they share.
    """

    def __init__(self, starts: Starts, rules: ShareRules) -> None:
        self._starts, self._rules = starts, rules
        depth = rules.levels.depth
        rates, has_rate = rules.rates, np.pad(rules.levels.has_rate, ((0, 1), (0, 0)), constant_values=True)
        fixed = (
            rules.people,
            np.zeros(0, dtype=np.int32) if depth is None else np.append(depth, np.int32(UNLIMITED)),
            *(rates.reshape(-1), has_rate.reshape(-1), rules.levels.offered, rules.limits, rules.options),
            *(starts.person, starts.below, starts.order, starts.base),
        )
        self._fixed = tuple(readonly(np.ascontiguousarray(column)) for column in fixed)
        self._parts: list[_Part] = []

    @property
    def fits(self) -> bool:
        """Whether every sum stays in int64, and every row of rates has a number; otherwise nothing may be asked."""
        rules, base = self._rules, self._starts.base
        shares = rules.shares_most
        most = sum_of_absolutes(base) * largest_absolute(rules.rates) * shares
        rounded = len(base) * shares * rules.divisor
        return max(most, rounded) * rules.factor <= _INT64_MAX and len(rules.rates) <= _ROWS_MOST

    def weigh(self) -> Weight:
        """Walk, and add up."""
        parts = self._parts = in_parts(len(self._starts.base), self._weighed)
        sums = _summed([part.sums for part in parts]).reshape(-1, 2)
        paid, unpaid, total = (sum(int(part.at[which]) for part in parts) for which in range(3))
        return Weight(paid=paid, unpaid=unpaid, total=total, earned=sums[:, 0].copy(), rounded_off=sums[:, 1].copy())

    def write(self, paid: Columns, unpaid: Columns, free: int) -> None:
        """Walk again, after `weigh`, and write the lines: walk by walk, and then upward.

        Args:
            paid: From `paid_columns`, written.
            unpaid: From `unpaid_columns`, written from the place `free` on.
            free: How many lines are left out in front.
        """
        places = np.cumsum([[0, free, 0], *(part.at for part in self._parts)], axis=0)
        first = {part.begin: at for part, at in zip(self._parts, places[:-1], strict=True)}
        in_parts(
            len(self._starts.base),
            lambda begin, end: self._share(begin, end, 1, first[begin].copy(), _NO_SUMS, paid, unpaid),
        )

    def _weighed(self, begin: int, end: int) -> "_Part":
        part = _Part(
            begin=begin, at=np.zeros(3, dtype=np.int64), sums=np.zeros(2 * len(self._rules.above), dtype=np.int64)
        )
        self._share(begin, end, 0, part.at, part.sums, paid_columns(0), unpaid_columns(0))
        return part

    def _share(
        self, begin: int, end: int, writing: int, at: Ints64, sums: Ints64, paid: Columns, unpaid: Columns
    ) -> None:
        size = len(self._starts.base) * _LEVELS_GUESSED
        ahead = np.empty(_WALKS_AHEAD if size >= COMPILE_FROM else 0, dtype=np.int32)
        _share_levels(size, *self._fixed, begin, end, writing, ahead, at, sums, *paid.values(), *unpaid.values())


@frozen(kw_only=True, eq=False)
class _Part:
    """What a part of the walks comes to: the first of them, and the kernel's `at` and `sums`."""

    begin: int
    at: Ints64
    sums: Ints64


def paid_columns(size: int) -> Columns:
    """Columns for lines that are paid, in the kernel's order."""
    return {**_traced(size), "minor": np.empty(size, dtype=np.int64)}


def unpaid_columns(size: int) -> Columns:
    """Columns for lines that are not, in the kernel's order."""
    return {**_traced(size), "amount": np.empty(size, dtype=np.int64), "reason": np.empty(size, dtype=np.uint8)}


def _traced(size: int) -> Columns:
    narrow = {name: np.empty(size, dtype=np.int32) for name in ("payee", "source", "order", "level")}
    return {**narrow, **{name: np.empty(size, dtype=np.int64) for name in ("base", "rate")}}


def _summed(parts: Sequence[Ints64]) -> Ints64:
    total, *others = parts
    for other in others:
        total += other
    return total
