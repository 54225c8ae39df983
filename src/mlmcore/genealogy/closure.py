"""The rows of a closure table: everybody with everybody above, in chunks of arrays.

A sponsor tree of a million people has some 14 million rows, a power leg of the same size billions; so rows come in
chunks of a bounded size, and `closure_size` says how many there will be before anything is written. Who keeps the rows,
and how, is decided elsewhere.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen

from mlmcore.genealogy._arrays import Ints32, input_error, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.closure import write_closure
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["ROWS_MAX", "ClosureRows", "closure_rows", "closure_size"]

ROWS_MAX: Final = 4_000_000
"""How many rows a chunk has unless the caller says otherwise: 64 MB of arrays."""

_write_closure = compiled(write_closure)


@frozen(kw_only=True, eq=False)
class ClosureRows:
    """Some rows of a closure table, as int32[r] arrays; ancestors and descendants are nodes.

    Attributes:
        ancestor: Who stands above.
        descendant: Who stands below.
        depth: How many steps lie between, at least 1: nobody has a row with themselves.
        leg: The leg of the ancestor in which the descendant hangs; 0 without a number.
    """

    ancestor: Ints32
    descendant: Ints32
    depth: Ints32
    leg: Ints32

    def __len__(self) -> int:
        return len(self.ancestor)


def closure_size(tree: Genealogy) -> int:
    """How many closure rows a genealogy has: the sum of all depths."""
    return int(tree.depth.sum(dtype=np.int64))


def closure_rows(tree: Genealogy, *, rows_max: int = ROWS_MAX) -> Iterator[ClosureRows]:
    """All closure rows, ordered by descendant and then nearest ancestor first.

    Args:
        tree: The genealogy.
        rows_max: How many rows a chunk has. Only the last has fewer, and none is empty; the rows of one person may
            begin in one chunk and end in another.

    Returns:
        The chunks; each has arrays of its own, read-only, made when it is asked for.

    Raises:
        InputError: `rows_max` is not at least 1; at the call, not at the first chunk.
    """
    if rows_max < 1:
        raise input_error("closure.rows-max", f"chunks of {rows_max} rows", "give at least 1")
    return _chunks(tree, rows_max)


def _chunks(tree: Genealogy, rows_max: int) -> Iterator[ClosureRows]:
    left = closure_size(tree)
    state = np.array([-1, -1, -1, 0], dtype=np.int64)
    while left:
        size = min(left, rows_max)
        ancestor, descendant, depth, leg = (np.empty(size, dtype=np.int32) for _ in range(4))
        _write_closure(size, tree.parent, tree.leg, state, ancestor, descendant, depth, leg)
        left -= size
        yield ClosureRows(
            ancestor=sealed(ancestor), descendant=sealed(descendant), depth=sealed(depth), leg=sealed(leg)
        )
