"""Level walks that share an amount of each start out at known rates, and round every share, in one loop.

The walk is that of `walks`, rules W1 to W7, without levels that go on. Where all rates are numbers nothing has to be
written down of a level but its line, which `walks` cannot know. The loop runs twice. It weighs everything that starts
at one person in one walk: what it comes to is known then, and how many lines each start has, so that each part of the
walks knows where to write. Then it writes. Shares of nothing make no line.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Bools, Ints32, Ints64, largest_absolute, readonly, sum_of_absolutes
from mlmcore.genealogy._compiled import COMPILE_FROM, compiled
from mlmcore.genealogy._kernels.shares import COUNTS, REFUSED, ROW, STOPS, count_lines, share_levels
from mlmcore.genealogy.grouped import sums_by
from mlmcore.genealogy.threads import in_parts
from mlmcore.genealogy.walks import UNLIMITED, LevelRules

__all__ = ["Columns", "ShareRules", "Sharing", "Starts", "Weight", "paid_columns", "unpaid_columns"]

Columns = dict[str, NDArray[Any]]

_SLOW_TO_COMPILE: Final = 4
"""So many steps weigh as one of other loops where it is asked whether compiling pays: this takes seconds."""
_WALKS_AHEAD: Final = 128
"""Measured over a million people: 32 are nearly as good; none at all takes twice as long."""
_ROWS_MOST: Final = 2 ** (31 - ROW)
_INT64_MAX: Final = int(np.iinfo(np.int64).max)
_NO_SUMS: Final = np.zeros(0, dtype=np.int64)
_NO_LINES: Final = np.zeros(0, dtype=np.int32)
_share_levels = compiled(share_levels)
_count_lines = compiled(count_lines)


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
    """

    paid: int
    unpaid: int
    total: int
    earned: Ints64


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
        by_rules = (
            rules.people,
            np.zeros(0, dtype=np.int32) if depth is None else np.append(depth, np.int32(UNLIMITED)),
            *(rates.reshape(-1), has_rate.reshape(-1), rules.levels.offered, rules.limits, rules.options),
        )
        self._by_rules = tuple(readonly(np.ascontiguousarray(column)) for column in by_rules)
        self._first_lines: dict[int, Ints64] = {}
        # A number for each walk, the same where they go the same way; those from nobody come first.
        self._key = (starts.person + np.int32(1)) * np.int32(2) + starts.below

    @property
    def fits(self) -> bool:
        """Whether every sum stays in int64, and every row of rates has a number; otherwise nothing may be asked."""
        rules, base = self._rules, self._starts.base
        shares = rules.shares_most
        most = sum_of_absolutes(base) * largest_absolute(rules.rates) * shares
        rounded = len(base) * shares * rules.divisor
        return max(most, rounded) * rules.factor <= _INT64_MAX and len(rules.rates) <= _ROWS_MOST

    def weigh(self) -> Weight:
        """Walk from everybody where something starts: add up, and count the lines of each start."""
        key, base = self._key, self._starts.base
        here = sums_by(key, base, 2 * (len(self._rules.above) + 1))
        begins = np.zeros(len(here), dtype=np.bool_)
        begins[key] = True
        keys = np.flatnonzero(begins).astype(np.int32)
        starts = Starts(person=keys // 2 - 1, below=keys % 2 > 0, order=keys, base=here[keys])
        lines = np.zeros(2 * len(here), dtype=np.int32)
        parts = in_parts(len(keys), lambda begin, end: self._weighed(starts, begin, end, lines))
        self._place_lines(lines)
        paid, unpaid = self._first_lines[len(base)].tolist()
        total = sum(int(part.at[2]) for part in parts)
        return Weight(paid=paid, unpaid=unpaid, total=total, earned=_summed([part.earned for part in parts]))

    def write(self, paid: Columns, unpaid: Columns, free: int) -> None:
        """Walk again, after `weigh`, from each start, and write the lines: walk by walk, and then upward.

        Args:
            paid: From `paid_columns`, written.
            unpaid: From `unpaid_columns`, written from the place `free` on.
            free: How many lines are left out in front.
        """

        def written(begin: int, end: int) -> None:
            first_paid, first_unpaid = self._first_lines[begin].tolist()
            at = np.array([first_paid, first_unpaid + free, 0], dtype=np.int64)
            part = _Part(at=at, earned=_NO_SUMS)
            self._share(self._starts, begin, end, 1, _NO_LINES, part, paid, unpaid)

        in_parts(len(self._starts.base), written)

    def rounded_off(self, weight: Weight, paid: Columns) -> Ints64:
        """int64[n]: what rounding took of each payee's exact sum, after `write`."""
        rules = self._rules
        minor = sums_by(paid["payee"], paid["minor"], len(rules.above))
        return weight.earned - minor // rules.factor * rules.divisor

    def _weighed(self, starts: Starts, begin: int, end: int, lines: Ints32) -> "_Part":
        part = _Part(at=np.zeros(3, dtype=np.int64), earned=np.zeros(len(self._rules.above), dtype=np.int64))
        self._share(starts, begin, end, 0, lines, part, paid_columns(0), unpaid_columns(0))
        return part

    def _place_lines(self, lines: Ints32) -> None:
        """Find where each part of the walks has its first paid and its first unpaid line, and where the last one ends.

        Args:
            lines: How many of both a walk has, by its key.
        """
        base = self._starts.base

        def counted(begin: int, end: int) -> tuple[int, Ints64]:
            own = np.zeros(2, dtype=np.int64)
            _count_lines(len(base), lines, self._key, base, begin, end, own)
            return end, own

        at = np.zeros(2, dtype=np.int64)
        self._first_lines = {0: at}
        for end, own in in_parts(len(base), counted):
            at = at + own
            self._first_lines[end] = at

    def _share(
        self,
        starts: Starts,
        begin: int,
        end: int,
        writing: int,
        lines: Ints32,
        part: "_Part",
        paid: Columns,
        unpaid: Columns,
    ) -> None:
        size = len(self._starts.base) * self._rules.shares_most // _SLOW_TO_COMPILE
        ahead = np.empty(_WALKS_AHEAD if size >= COMPILE_FROM else 0, dtype=np.int32)
        where = (starts.person, starts.below, starts.order, starts.base)
        inputs = (*self._by_rules, *(readonly(np.ascontiguousarray(column)) for column in where))
        outputs = (lines, part.at, part.earned, *paid.values(), *unpaid.values())
        _share_levels(size, *inputs, begin, end, writing, ahead, *outputs)


@frozen(kw_only=True, eq=False)
class _Part:
    """What a part of the walks comes to: the kernel's `at` and `earned`."""

    at: Ints64
    earned: Ints64


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
