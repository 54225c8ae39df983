"""Sums of what walks bring to each person, where nobody asks from which walk it comes.

Walks that are at one person in the same state go on alike, so they are carried on as one sum: each edge of the tree is
passed once for each state, whatever the number of walks and the depth of the tree. A state is how many levels a walk
has used up, counted to a last one from which on nothing differs.
"""

import numpy as np
from attrs import frozen

from mlmcore.genealogy._arrays import Bools, Ints32, Ints64, input_error, sum_of_absolutes
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.merging import carry_up
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["Starting", "carried_up"]

_INT64_MAX = int(np.iinfo(np.int64).max)
_carry_up = compiled(carry_up)


@frozen(kw_only=True, eq=False)
class Starting:
    """What walks set out with.

    Attributes:
        node: int32[m]: the first node at which each walk is looked at; -1 where it comes out above a root at once.
        state: int64[m]: its state there.
        amount: int64[m]: what it brings.
    """

    node: Ints32
    state: Ints64
    amount: Ints64


def carried_up(tree: Genealogy, start: Starting, rises: Bools, ends: Bools) -> tuple[Ints64, Ints64]:
    """Carry what walks bring up the tree.

    Args:
        tree: The genealogy.
        start: Where the walks start.
        rises: bool[n, states]: whether a walk that is at a node in a state leaves it in the next one.
        ends: bool[n, states]: whether it goes no further.

    Returns:
        int64[n, states], the sum of what is at each node in each state, and int64[states], what came out above roots.

    Raises:
        InputError: All amounts together leave int64.
    """
    count, states = rises.shape
    if sum_of_absolutes(start.amount) > _INT64_MAX:
        raise input_error("overflow", "what the walks bring leaves the range of int64", "use fewer decimal places")
    sums, above = np.zeros(count * states, dtype=np.int64), np.zeros(states, dtype=np.int64)
    outside = start.node < 0
    np.add.at(above, start.state[outside], start.amount[outside])
    inside = ~outside
    np.add.at(sums, start.node[inside].astype(np.int64) * states + start.state[inside], start.amount[inside])
    flat = (np.ascontiguousarray(rises).reshape(-1), np.ascontiguousarray(ends).reshape(-1))
    _carry_up(count * states, tree.parent, *flat, states, sums, above)
    return sums.reshape(count, states), above
