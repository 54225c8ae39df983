"""The loops of the differential walk: flat, dumb, over arrays; see `differentials` for what their numbers mean."""

from typing import Any

from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["link_rates", "walk_differences"]


def link_rates(  # noqa: PLR0917  (a kernel's arrays)
    parent: Ints32,
    counts: NDArray[Any],
    pays: NDArray[Any],
    blocks: NDArray[Any],
    meets: NDArray[Any],
    rate: Ints64,
    counted: Ints32,
    above: Ints32,
    higher: Ints32,
    as_high: Ints32,
    block: Ints32,
) -> None:
    """Link everybody to whom a walk would meet next, so that a walk costs its rows and not its depth.

    Args:
        parent: int32[n], read: the parent of each node, smaller than the node, or -1.
        counts: bool[n], read: who uses up a level.
        pays: bool[n], read: who may be paid.
        blocks: bool[n], read: before whom a walk ends.
        meets: bool[n], read: whose rate a walk can meet.
        rate: int64[n], read: the rate of each.
        counted: int32[n], written: how many who count stand from the root down to the node, itself included.
        above: int32[n], written: the nearest above who can be met, -1 for nobody.
        higher: int32[n], written: the nearest above who can be met and has a higher rate.
        as_high: int32[n], written: likewise, or an equal rate and may be paid.
        block: int32[n], written: the nearest above who counts and blocks.
    """
    for node in range(len(parent)):
        upline = parent[node]
        counted[node] = 1 if counts[node] else 0
        above[node] = -1
        block[node] = -1
        if upline >= 0:
            counted[node] += counted[upline]
            above[node] = upline if meets[upline] else above[upline]
            block[node] = upline if blocks[upline] and counts[upline] else block[upline]
        one = above[node]
        while one >= 0 and rate[one] <= rate[node]:
            one = higher[one]
        higher[node] = one
        one = above[node]
        while one >= 0 and (rate[one] < rate[node] or (rate[one] == rate[node] and not pays[one])):
            one = higher[one] if rate[one] < rate[node] else as_high[one]
        as_high[node] = one


def walk_differences(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop; split up it would be called once a step)
    counts: NDArray[Any],
    pays: NDArray[Any],
    blocks: NDArray[Any],
    meets: NDArray[Any],
    rate: Ints64,
    counted: Ints32,
    above: Ints32,
    higher: Ints32,
    as_high: Ints32,
    block: Ints32,
    options: Ints64,
    start: Ints32,
    start_is_below: NDArray[Any],
    initial: Ints64,
    filling: int,
    offset: Ints64,
    out_source: Ints32,
    out_node: Ints32,
    out_level: Ints32,
    out_rate: Ints64,
    out_outcome: NDArray[Any],
) -> None:
    """Walk up from every start and write a row for each difference and each equal rate.

    Args:
        counts: bool[n], read: as given to `link_rates`; so the next four.
        pays: bool[n], read.
        blocks: bool[n], read.
        meets: bool[n], read.
        rate: int64[n], read: none above the limit.
        counted: int32[n], read: as from `link_rates`; so the next four.
        above: int32[n], read.
        higher: int32[n], read.
        as_high: int32[n], read.
        block: int32[n], read.
        options: int64[8], read: first level, lowest level that is paid, the limit, 1 if there is one, the rate of
            equals, how many of them, 1 if the source counts, 1 if a rate that is not paid is met all the same.
        start: int32[m], read: level 0 of each walk.
        start_is_below: bool[m], read: the walk starts below this node, which is then the first above.
        initial: int64[m], read: the rate that counts as met at the start.
        filling: 0 to count rows into `offset`, 1 to write them.
        offset: int64[m + 1], read and written: when counting, the rows of walk i at i + 1; when filling, where they go.
        out_source: int32, written: which walk a row belongs to.
        out_node: int32, written: the person; -1 above the root.
        out_level: int32, written: the level.
        out_rate: int64, written: the difference, or the rate of an equal.
        out_outcome: uint8, written: see `differentials.Met`.
    """
    first, lowest, limit, limited = options[0], options[1], options[2], options[3]
    equal, generations, source_counts, consumes = options[4], options[5], options[6], options[7]
    for walk in range(len(start)):
        at = offset[walk] if filling else 0
        met, left = initial[walk], generations
        source, below = start[walk], start_is_below[walk]
        base = counted[source] + 1  # somebody's level is this, less how many count from the root down to them
        if not below and counts[source] and not source_counts:
            base -= 1
        at_start = not below and first == 0
        node = source if at_start or (below and meets[source]) else above[source]
        blocked = source if below and counts[source] and blocks[source] else block[source]
        while blocked >= 0 and base - counted[blocked] < first:
            blocked = block[blocked]
        while not at_start and node >= 0 and base - counted[node] < first:
            node = above[node]
        while node >= 0 and (at_start or blocked < node) and not (limited and met >= limit):
            level = 0 if at_start else base - counted[node]
            outcome = 9
            gain = equal
            if rate[node] > met:
                gain = rate[node] - met
                if pays[node]:
                    outcome = 0 if level >= lowest else 2
                elif consumes:
                    outcome = 1
                if outcome != 9:
                    met = rate[node]
                    left = generations
            elif rate[node] == met and met != 0 and left > 0 and pays[node] and level >= lowest:
                outcome = 3
                left -= 1
            if outcome != 9:
                if filling:
                    out_source[at] = walk
                    out_node[at] = node
                    out_level[at] = level
                    out_rate[at] = gain
                    out_outcome[at] = outcome
                at += 1
            if at_start:
                at_start = False
                node = above[node]
            elif rate[node] == met and met != 0 and left > 0:
                node = as_high[node]
            else:
                node = higher[node]
        if limited and met < limit:
            if filling:
                out_source[at] = walk
                out_node[at] = blocked
                out_level[at] = base - counted[blocked] if blocked >= 0 else max(first, base)
                out_rate[at] = limit - met
                out_outcome[at] = 4 if blocked >= 0 else 5
            at += 1
        if not filling:
            offset[walk + 1] = at
