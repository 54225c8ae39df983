"""The loops of the live layer: flat, dumb, over arrays by slot; see `live_genealogy` for what a slot is."""

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["add_along", "climb"]


def climb(parent: Ints32, slot: int, path: Ints32, filled: Ints64) -> None:
    """Write a slot and everybody above it, nearest first, until nobody is above or the path is full.

    Args:
        parent: int32[capacity], read: the upline's slot, -1 for none; without a cycle.
        slot: Where to start; -1 writes nothing.
        path: int32[room], written.
        filled: int64[1], written: how many were written.
    """
    steps = 0
    while slot >= 0 and steps < len(path):
        path[steps] = slot
        steps += 1
        slot = parent[slot]
    filled[0] = steps


def add_along(total: Ints64, path: Ints32, amount: int) -> None:
    """Add an amount to everybody on a path.

    Args:
        total: int64[capacity], read and written.
        path: int32[m], read: slots, each at most once.
        amount: What is added; no total leaves int64.
    """
    for at in range(len(path)):
        total[path[at]] += amount
