"""The loops of spillover: one finds places and seats people, two keep group sums. Flat, dumb, over arrays.

What their numbers mean stands in `_seats`. A single placement runs the first interpreted over kept views,
many at once compiled: one source, so the same places. Slot 0 is a root and hangs in nobody's leg; so here 0 stands for
nobody wherever somebody below is meant, and new memory, which is zero, needs no filling.
"""

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["AT", "OUTSIDE", "WEAKEST", "place_people", "sum_all", "sum_upward"]

AT = 0
OUTSIDE = 1
WEAKEST = 2


def place_people(  # noqa: C901, PLR0912, PLR0915, PLR0917  (one loop; split up it would be called once a person)
    first: int,
    unders: Ints32,
    numbers: Ints32,
    seating: int,
    way: int,
    summing: int,
    number_given: int,
    width: int,
    depth_max: int,
    child: Ints32,
    parent: Ints32,
    leg: Ints32,
    depth: Ints32,
    nearest: Ints64,
    jump: Ints32,
    first_key: Ints64,
    second_key: Ints64,
    own: Ints64,
    count: Ints64,
    volume: Ints64,
    done: Ints64,
) -> None:
    """Find a place for one person after the other, and seat them, until somebody finds none.

    The levels to the nearest free place (`nearest`) only ever grow, and not beyond the logarithm of the group, so all
    walks that keep them cost little more than a step for each person, however deep the tree is.

    Args:
        first: The slot of the first person; the others get the slots that follow.
        unders: int32[m], read: below whom each is placed; -1 for a root.
        numbers: int32[m], read: the leg of each, with `AT` alone.
        seating: 1 to seat them; 0 to find a place for the first alone (its parent, leg and depth are written).
        way: `AT` the leg `numbers[i]` of `unders[i]`; `OUTSIDE`: down the leg `number_given` to its end; `WEAKEST`:
            down the leg with the lowest keys, until that leg is free.
        summing: 1 to keep `count` and `volume` of everybody above.
        number_given: See `way`.
        width: How many legs everybody has.
        depth_max: How many levels below `unders[i]` places end.
        child: int32[slots * width], read and written: who hangs in each leg, 0 for nobody.
        parent: int32[slots], read and written: -1 for none.
        leg: int32[slots], written: 0 for a root.
        depth: int32[slots], read and written.
        nearest: int64[slots], read and written: how many levels below each the nearest free place is; not kept where
            the width is 1.
        jump: int32[slots], read and written: somebody further down the leg `number_given`, 0 where none is known;
            every walk halves the next one.
        first_key: int64[slots], read: what the group of each weighs (`nearest`, `count` or `volume`).
        second_key: int64[slots], read: the same for ties.
        own: int64[slots], read: what each brings.
        count: int64[slots], read and written: people of each group, the person included.
        volume: int64[slots], read and written: what each group brings.
        done: int64[1], written: how many found a place.
    """
    done[0] = 0
    for at in range(len(unders)):
        slot = first + at
        upline = unders[at]
        number = 0
        if upline >= 0:
            if way == 0:
                number = numbers[at]
            elif way == 1:
                top = depth[upline]
                number = number_given
                below = jump[upline]
                if below == 0:
                    below = child[upline * width + number - 1]
                while below > 0:
                    further = jump[below]
                    if further == 0:
                        further = child[below * width + number - 1]
                    if further > 0:
                        jump[upline] = further
                    upline = below
                    below = further
                if depth[upline] - top >= depth_max:
                    return
            else:
                if nearest[upline] > depth_max:
                    return
                levels = depth_max
                here = upline
                while here >= 0:
                    upline = here
                    levels -= 1
                    here = -2  # no leg yet; -1 will be a free one
                    least = 0
                    second = 0
                    for one in range(width):
                        below = child[upline * width + one]
                        weight = 0
                        tie = 0
                        if below > 0:
                            weight = first_key[below]
                            tie = second_key[below]
                        open_leg = below == 0 or nearest[below] <= levels  # within the depth there is a free place
                        if open_leg and (here == -2 or weight < least or (weight == least and tie < second)):
                            here = below if below > 0 else -1
                            number = one + 1
                            least = weight
                            second = tie
        parent[slot] = upline
        leg[slot] = number
        depth[slot] = 0
        if upline >= 0:
            depth[slot] = depth[upline] + 1
        done[0] = at + 1
        if seating == 0:
            return
        nearest[slot] = 1
        if upline >= 0:
            child[upline * width + number - 1] = slot
        here = upline if width > 1 else -1
        while here >= 0:
            levels = first + len(unders)  # more than there can be
            for one in range(width):
                below = child[here * width + one]
                levels = min(levels, nearest[below] if below > 0 else 0)
            if nearest[here] == levels + 1:
                here = -1
            else:
                nearest[here] = levels + 1
                here = parent[here]
        if summing == 1:
            count[slot] = 1
            volume[slot] = own[slot]
            here = upline
            while here >= 0:
                count[here] += 1
                volume[here] += own[slot]
                here = parent[here]


def sum_upward(first: int, last: int, parent: Ints32, own: Ints64, count: Ints64, volume: Ints64) -> None:
    """Count people, and what they bring, in their own groups and in all groups above.

    Args:
        first: The first slot to be counted; everybody from here on counts for nothing yet.
        last: The slot after the last.
        parent: int32[slots], read: an earlier slot, -1 for none.
        own: int64[slots], read: what each brings.
        count: int64[slots], read and written: people of each group.
        volume: int64[slots], read and written: what each group brings.
    """
    for slot in range(first, last):
        count[slot] = 1
        volume[slot] = own[slot]
        here = parent[slot]
        while here >= 0:
            count[here] += 1
            volume[here] += own[slot]
            here = parent[here]


def sum_all(size: int, parent: Ints32, own: Ints64, count: Ints64, volume: Ints64) -> None:
    """The same for everybody anew, in one sweep.

    Args:
        size: How many slots there are.
        parent: int32[slots], read: an earlier slot, -1 for none.
        own: int64[slots], read: what each brings.
        count: int64[slots], written: people of each group.
        volume: int64[slots], written: what each group brings.
    """
    for slot in range(size):
        count[slot] = 1
        volume[slot] = own[slot]
    for slot in range(size - 1, 0, -1):
        upline = parent[slot]
        if upline >= 0:
            count[upline] += count[slot]
            volume[upline] += volume[slot]
