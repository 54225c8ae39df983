"""The loop that carries sums up a tree instead of walking it once from each start; see `merging`."""

from mlmcore.genealogy._arrays import Bools, Ints32, Ints64

__all__ = ["carry_up"]


def carry_up(parent: Ints32, rises: Bools, ends: Bools, states: int, sums: Ints64, above: Ints64) -> None:
    """Carry what arrives at each node on to its parent, state by state.

    Args:
        parent: int32[n], read: the parent's node, smaller than the node, or -1.
        rises: bool[n * states], read: whether what arrives in a state leaves in the next one; the last is its own next.
        ends: bool[n * states], read: whether it goes no further.
        states: How many states there are.
        sums: int64[n * states], read and written: what starts at each node, and then also what arrives from below.
        above: int64[states], read and written: what comes out above the roots is added.
    """
    for back in range(len(parent)):
        node = len(parent) - 1 - back
        up = parent[node]
        for state in range(states):
            at = node * states + state
            amount = sums[at]
            if amount != 0 and not ends[at]:
                left = state + 1 if rises[at] and state + 1 < states else state
                if up < 0:
                    above[left] += amount
                else:
                    sums[up * states + left] += amount
