"""The loop of the level walk: flat, dumb, over arrays; see `walks` for what its numbers mean."""

from typing import Any

from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["link_under", "walk_levels"]


def link_under(parent: Ints32, noticed: NDArray[Any], under: Ints32) -> None:
    """Find who stands directly below the next person above of whom a walk takes notice, on the way there.

    Args:
        parent: int32[n], read: the upline's node, -1 for none; always before the node itself.
        noticed: bool[n], read.
        under: int32[n], written: the root where nobody above is noticed.
    """
    for node in range(len(parent)):
        upline = parent[node]
        under[node] = node if upline < 0 or noticed[upline] else under[upline]


def walk_levels(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop; split up it would be called once a step)
    above: Ints32,
    under: Ints32,
    counts: NDArray[Any],
    pays: NDArray[Any],
    stops: NDArray[Any],
    depth: Ints32,
    rate_row: Ints32,
    has_rate: NDArray[Any],
    offered: NDArray[Any],
    options: Ints64,
    start: Ints32,
    start_is_below: NDArray[Any],
    filling: int,
    offset: Ints64,
    out_source: Ints32,
    out_node: Ints32,
    out_child: Ints32,
    out_level: Ints32,
    out_outcome: NDArray[Any],
) -> None:
    """Walk up from every start and write a row for each level that is offered.

    Args:
        above: int32[n], read: the next node above, -1 for none; nobody left out neither counts, stops nor may be paid.
        under: int32[n], read: who stands directly below that one on the way.
        counts: bool[n], read: who uses up a level.
        pays: bool[n], read: who may be paid.
        stops: bool[n], read: at whom the walk ends.
        depth: int32[n], read: up to which level each person is paid.
        rate_row: int32[n], read: each person's row of `has_rate`.
        has_rate: bool[rows * width], read: whether a row has a rate at a level; the last column serves all beyond it.
        offered: bool[width], read: whether a level is offered at all; likewise.
        options: int64[8], read: first level, last level, width, last level above the root, and as 0 or 1: an unpaid
            level goes on, the source counts, the uncounted may be paid; then where to stop: 0 never, 1 before, 2 after.
        start: int32[m], read: level 0 of each walk.
        start_is_below: bool[m], read: the walk starts below this node, which is then the first above.
        filling: 0 to count rows into `offset`, 1 to write them.
        offset: int64[m + 1], read and written: when counting, the rows of walk i at i + 1; when filling, where they go.
        out_source: int32, written: which walk a row belongs to.
        out_node: int32, written: the person; -1 above the root.
        out_child: int32, written: who stands directly below on the path, -1 for nobody.
        out_level: int32, written: the level.
        out_outcome: uint8, written: see `walks.Outcome`.
    """
    first, last, width, top = options[0], options[1], options[2], options[3]
    goes_on, source_counts, uncounted, stop = options[4], options[5], options[6], options[7]
    for walk in range(len(start)):
        at = offset[walk] if filling else 0
        node = start[walk]
        child = -1
        used = 0
        if not start_is_below[walk]:
            if source_counts and counts[node]:
                used = 1
            if first == 0 and offered[0]:
                if filling:
                    out_source[at] = walk
                    out_node[at] = node
                    out_child[at] = -1
                    out_level[at] = 0
                    if not pays[node]:
                        out_outcome[at] = 1
                    elif depth[node] < 0:
                        out_outcome[at] = 2
                    elif not has_rate[rate_row[node] * width]:
                        out_outcome[at] = 3
                    else:
                        out_outcome[at] = 0
                at += 1
            child = under[node]
            node = above[node]
        walking = True
        while walking and node >= 0:
            level = 1 + used
            column = level if level < width else width - 1
            if level > last or (stop == 1 and stops[node]):
                walking = False
            else:
                if (counts[node] or uncounted) and level >= first and offered[column]:
                    outcome = 0
                    if not pays[node]:
                        outcome = 1
                    elif level > depth[node]:
                        outcome = 2
                    elif not has_rate[rate_row[node] * width + column]:
                        outcome = 3
                    if outcome and goes_on:
                        outcome += 4
                    if filling:
                        out_source[at] = walk
                        out_node[at] = node
                        out_child[at] = child
                        out_level[at] = level
                        out_outcome[at] = outcome
                    at += 1
                    if counts[node] and outcome < 4:
                        used += 1
                elif counts[node]:
                    used += 1
                if stop == 2 and stops[node]:
                    walking = False
                child = under[node]
                node = above[node]
        if walking:
            level = max(first, used + 1)
            while level <= top and level <= last and offered[level if level < width else width - 1]:
                if filling:
                    out_source[at] = walk
                    out_node[at] = -1
                    out_child[at] = child
                    out_level[at] = level
                    out_outcome[at] = 4
                at += 1
                level += 1
        if not filling:
            offset[walk + 1] = at
