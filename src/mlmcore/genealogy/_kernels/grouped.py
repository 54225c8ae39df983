"""The loops over groups: flat, dumb, over arrays; see `grouped` for what their numbers mean."""

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["add_up", "gather"]


def add_up(group: Ints32, values: Ints64, begin: int, end: int, sums: Ints64) -> None:
    """Add each value to the sum of its group.

    Args:
        group: int32[m], read.
        values: int64[m], read.
        begin: The first value.
        end: The one after the last.
        sums: int64[size], read and written.
    """
    for one in range(begin, end):
        sums[group[one]] += values[one]


def gather(rows: Ints32, group: Ints32, free: Ints64, gathered: Ints32) -> None:
    """Write rows group by group, those of one group as they come.

    The place is looked up before anything is written: the processor waits long where it cannot know whether the one
    is the other.

    Args:
        rows: int32[m], read.
        group: int32[m], read: the group of each of them.
        free: int64[groups], read and written: the next free place of each group.
        gathered: int32[m], written: the rows.
    """
    for one in range(len(rows)):
        at = group[one]
        place = free[at]
        free[at] = place + 1
        gathered[place] = rows[one]
