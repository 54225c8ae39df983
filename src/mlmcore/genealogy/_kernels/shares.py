"""The loops that share amounts out over levels: flat, dumb, over arrays; see `shares` for what their numbers mean."""

from typing import Any, Final

from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["COUNTS", "REFUSED", "ROW", "STEPS_AHEAD", "STOPS", "count_lines", "share_levels"]

COUNTS: Final = 1
"""The bit of whoever uses up a level."""
STOPS: Final = 2
"""The bit of whoever ends a walk."""
REFUSED: Final = 2
"""From which bit on four bits say why somebody is not paid."""
ROW: Final = 6
"""From which bit on somebody's row of the rates stands."""
STEPS_AHEAD: Final = 4
"""How far a walk is looked ahead; who stands higher is asked by so many walks that they are near."""


def share_levels(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop; split up it would be called once a step)
    people: Ints32,
    depth: Ints32,
    rates: Ints64,
    has_rate: NDArray[Any],
    offered: NDArray[Any],
    limits: Ints64,
    options: Ints64,
    start: Ints32,
    below: NDArray[Any],
    order: Ints32,
    base: Ints64,
    begin: int,
    end: int,
    writing: int,
    ahead: Ints32,
    lines: Ints32,
    at: Ints64,
    earned: Ints64,
    paid_payee: Ints32,
    paid_source: Ints32,
    paid_order: Ints32,
    paid_level: Ints32,
    paid_base: Ints64,
    paid_rate: Ints64,
    paid_minor: Ints64,
    unpaid_payee: Ints32,
    unpaid_source: Ints32,
    unpaid_order: Ints32,
    unpaid_level: Ints32,
    unpaid_base: Ints64,
    unpaid_rate: Ints64,
    unpaid_amount: Ints64,
    unpaid_reason: NDArray[Any],
) -> None:
    """Walk up from some starts; weigh what the levels are worth and count their lines, or write the lines.

    The walk is that of `genealogy.walks`, rules W1 to W7, without levels that go on. Nobody, above the roots, is a
    person too: the last one, who counts and stands above themselves.

    Args:
        people: int32[2 * (n + 1)], read: of each person the next above, -1 for none, and then bits: `COUNTS`, `STOPS`,
            why the person is not paid (from bit `REFUSED` on, 0 for nothing), the row of rates (from `ROW` on).
        depth: int32[n + 1], or of nothing where `options` says so, read: up to which level each person is paid.
        rates: int64[rows * width], read: by row and level; the last column serves all levels beyond it.
        has_rate: bool[rows * width], read: whether the person has a rate of their own there.
        offered: bool[width], read: whether a level is offered at all; likewise.
        limits: int64[4], read: above which remainder a cut amount is raised by one unit: at 2 for amounts below zero,
            plus 1 for an odd number of units.
        options: int64[12], read: first level, last level, width, who nobody is (-1 where nothing is owed above the
            root), as 0 or 1: the source counts, the uncounted may be paid; where to stop: 0 never, 1 before, 2 after;
            as 0 or 1: there is a depth; how many of the exact amounts' units make one that is paid, and how many
            minor units that one is; the reasons for a level that is too deep, and for one without a rate.
        start: int32[m], read: level 0 of each walk.
        below: bool[m], read: the walk starts below this person, who is then the first above.
        order: int32[m], read: what lines say about the order; when weighing, the number of the walk.
        base: int64[m], read: what rates are taken of.
        begin: The first walk.
        end: The one after the last.
        writing: 0 to weigh, 1 to write.
        ahead: int32[b], written: room for looking ahead, b walks at a time; of nothing for not looking ahead. People
            stand far apart in memory, and a walk waits for each; looked up for many walks in turn, they are there when
            they are asked for, which halves the time.
        lines: int32[2 * k], written when weighing: by number of the walk, how many lines are paid, and how many not.
        at: int64[3], read and written: the next paid and unpaid line; the sum of all exact amounts, when weighing.
        earned: int64[n], read and written when weighing: to each payee's, the exact amounts are added.
        paid_payee: int32, written, as the others: the lines of whoever is paid.
        paid_source: int32.
        paid_order: int32.
        paid_level: int32.
        paid_base: int64.
        paid_rate: int64.
        paid_minor: int64: the rounded amount in minor units.
        unpaid_payee: int32: the lines of whoever is not; -1 above the root.
        unpaid_source: int32.
        unpaid_order: int32.
        unpaid_level: int32.
        unpaid_base: int64.
        unpaid_rate: int64.
        unpaid_amount: int64: the exact amount.
        unpaid_reason: uint8.
    """
    first, last, width, nobody = options[0], options[1], options[2], options[3]
    source_counts, uncounted, stop, has_depth = options[4], options[5], options[6], options[7]
    divisor, factor, too_deep, no_rate = options[8], options[9], options[10], options[11]
    paid, unpaid, total = at[0], at[1], at[2]
    block = len(ahead)
    for walk in range(begin, end):
        if block and (walk - begin) % block == 0:
            for one in range(min(block, end - walk)):
                ahead[one] = start[walk + one]
            for _ in range(STEPS_AHEAD):
                for one in range(min(block, end - walk)):
                    ahead[one] = people[2 * max(ahead[one], 0)]
        paid_before, unpaid_before = paid, unpaid
        person = -1 if writing and base[walk] == 0 else start[walk]
        level = 1 if below[walk] else 0
        while person >= 0 and level <= last:
            bits = people[2 * person + 1]
            above_start = level > 0
            if above_start and stop == 1 and bits & STOPS:
                break
            column = level if level < width else width - 1
            if level >= first and offered[column] and (bits & COUNTS or uncounted or not above_start):
                place = (bits >> ROW) * width + column
                rate = rates[place]
                reason = (bits >> REFUSED) & 15
                if reason == 0:
                    if has_depth and level > depth[person]:
                        reason = too_deep
                    elif not has_rate[place]:
                        reason = no_rate
                if rate == 0:
                    pass
                elif reason == 0:
                    if writing:
                        exact = base[walk] * rate
                        units = exact // divisor
                        if exact - units * divisor > limits[(2 if exact < 0 else 0) + (units & 1)]:
                            units += 1
                        paid_payee[paid] = person
                        paid_source[paid] = start[walk]
                        paid_order[paid] = order[walk]
                        paid_level[paid] = level
                        paid_base[paid] = base[walk]
                        paid_rate[paid] = rate
                        paid_minor[paid] = units * factor
                    else:
                        total += base[walk] * rate
                        earned[person] += base[walk] * rate
                    paid += 1
                else:
                    if writing:
                        unpaid_payee[unpaid] = -1 if person == nobody else person
                        unpaid_source[unpaid] = start[walk]
                        unpaid_order[unpaid] = order[walk]
                        unpaid_level[unpaid] = level
                        unpaid_base[unpaid] = base[walk]
                        unpaid_rate[unpaid] = rate
                        unpaid_amount[unpaid] = base[walk] * rate
                        unpaid_reason[unpaid] = reason
                    else:
                        total += base[walk] * rate
                    unpaid += 1
            elif person == nobody and level >= first:
                break
            if above_start and stop == 2 and bits & STOPS:
                break
            if not above_start:
                level = 2 if source_counts and bits & COUNTS else 1
            elif bits & COUNTS:
                level += 1
            person = people[2 * person]
        if not writing:
            lines[2 * order[walk]] = paid - paid_before
            lines[2 * order[walk] + 1] = unpaid - unpaid_before
    at[0], at[1], at[2] = paid, unpaid, total


def count_lines(by_key: Ints32, key: Ints32, base: Ints64, begin: int, end: int, counts: Ints64) -> None:
    """Count the lines of some walks, where it is known how many each way to go has.

    Args:
        by_key: int32[2 * k], read: how many paid and how many unpaid lines a walk has, by its key.
        key: int32[m], read: which way each walk goes.
        base: int64[m], read: what it shares out; nothing makes no lines.
        begin: The first walk.
        end: The one after the last.
        counts: int64[2], read and written: the lines are added.
    """
    paid, unpaid = 0, 0
    for walk in range(begin, end):
        if base[walk] != 0:
            paid += by_key[2 * key[walk]]
            unpaid += by_key[2 * key[walk] + 1]
    counts[0] += paid
    counts[1] += unpaid
