"""Sums over rectangles of points whose values come one after the other; see `range_sums`."""

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["add_points", "sum_below"]


def add_points(zeros: Ints32, added: Ints64, size: int, digits: int, at: Ints32, key: Ints32, value: Ints64) -> None:
    """Add values to points.

    Args:
        zeros: int32[digits * (size + 1)], read: for each digit from the highest, how many keys before each place have a
            0 there, in the order in which the digits before have left them.
        added: int64[digits * (size + 1)], read and written: for each digit a binary indexed tree over the places, of
            what was added to those with a 0.
        size: How many points there are.
        digits: How many binary digits a key has.
        at: int32[m], read: the places of the points, from 0.
        key: int32[m], read: their keys.
        value: int64[m], read: what is added.
    """
    for row in range(len(at)):
        place = at[row]
        for digit in range(digits):
            begin = digit * (size + 1)
            before = zeros[begin + place]
            if (key[row] >> (digits - 1 - digit)) & 1 == 0:
                node = place + 1
                while node <= size:
                    added[begin + node] += value[row]
                    node += node & -node
                place = before
            else:
                place = zeros[begin + size] + place - before


def sum_below(
    zeros: Ints32,
    added: Ints64,
    size: int,
    digits: int,
    start: Ints32,
    end: Ints32,
    limit: Ints32,
    found: Ints64,
) -> None:
    """Sum what was added to the points from a place to another whose key is below a limit.

    Args:
        zeros: int32[digits * (size + 1)], read: as for `add_points`.
        added: int64[digits * (size + 1)], read: likewise.
        size: How many points there are.
        digits: How many binary digits a key, and a limit, has.
        start: int32[m], read: the first place.
        end: int32[m], read: the place after the last.
        limit: int32[m], read: below which keys.
        found: int64[m], written: the sums.
    """
    for row in range(len(start)):
        first, last, total = start[row], end[row], 0
        for digit in range(digits):
            begin = digit * (size + 1)
            if (limit[row] >> (digits - 1 - digit)) & 1 == 1:
                node = last
                while node > 0:
                    total += added[begin + node]
                    node -= node & -node
                node = first
                while node > 0:
                    total -= added[begin + node]
                    node -= node & -node
                first = zeros[begin + size] + first - zeros[begin + first]
                last = zeros[begin + size] + last - zeros[begin + last]
            else:
                first, last = zeros[begin + first], zeros[begin + last]
        found[row] = total
