"""The k largest values of every scope, of which a maximum is the case of one.

Everybody has a list of k values in falling order. Two things are done with lists: they rise to somebody above and are
merged there, or they are taken as they are. Every scope is made of that.
"""

import numpy as np
from attrs import frozen

from mlmcore.genealogy._arrays import Ints32, Ints64, readonly
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.rollups import merge_up
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.rollups._checks import Mask
from mlmcore.genealogy.rollups._scopes import cut, height, jump, leg_heads

__all__ = ["Largest", "of_downline", "of_each", "of_group", "of_leg", "of_levels"]

_merge_up = compiled(merge_up)


@frozen(kw_only=True, eq=False)
class Largest:
    """The k largest values of each person's scope; arrays are by node, and read-only when they are handed out.

    Attributes:
        values: int64[n, k], in falling order; 0 where there are no more.
        count: int32[n]: how many there are.
    """

    values: Ints64
    count: Ints32


def of_each(values: Ints64, where: Mask, k: int) -> Largest:
    """Everybody's own value, of those who count; the other functions take this and use it up."""
    own = _of_nobody(len(values), k)
    own.values[:, 0] = values if where is None else np.where(where, values, np.int64(0))
    own.count[:] = 1 if where is None else where
    return own


def of_group(tree: Genealogy, own: Largest, until: Mask) -> Largest:
    """Of the person and everybody below."""
    return _risen(cut(tree, until), own, own)


def of_downline(tree: Genealogy, own: Largest, until: Mask) -> Largest:
    """Of everybody below: of the children's groups."""
    return _risen(cut(tree, until), of_group(tree, own, until), _of_nobody(*own.values.shape))


def of_levels(tree: Genealogy, own: Largest, levels: tuple[int, int], until: Mask) -> Largest:
    """Of those who stand `first` to `last` steps below: what reaches so many levels, from `first` steps below."""
    first, last = levels
    parent = cut(tree, until)
    reaches_all = last - first >= height(tree)
    reached = of_group(tree, own, until) if reaches_all else _of_nearest(tree, own, last - first + 1, until)
    return reached if first == 0 else _risen(jump(tree, parent, first), reached, _of_nobody(*own.values.shape))


def of_leg(tree: Genealogy, own: Largest, number: int, until: Mask) -> Largest:
    """Of the group of whoever hangs in that leg."""
    heads, leg = leg_heads(tree, number, until), _of_nobody(*own.values.shape)
    group = of_group(tree, own, until)
    leg.values[tree.parent[heads]] = group.values[heads]
    leg.count[tree.parent[heads]] = group.count[heads]
    return leg


def _of_nearest(tree: Genealogy, own: Largest, levels: int, until: Mask) -> Largest:
    """Of the person and the next levels, so many in all: put together from 1, 2, 4, ... that do not overlap."""
    parent, block, result, width = cut(tree, until), own, _of_nobody(*own.values.shape), 1
    while width <= levels:
        above = jump(tree, parent, width)
        if levels & width:
            result = _risen(above, result, _copied(block))
        width *= 2
        if width <= levels:
            block = _risen(above, block, _copied(block))
    return result


def _risen(above: Ints32, given: Largest, kept: Largest) -> Largest:
    """`kept`, with each given list merged into that of the node above; where both are one, whole groups rise."""
    size, k = given.values.shape
    lists = given.values.reshape(-1), given.count, kept.values.reshape(-1), kept.count
    _merge_up(size * k, readonly(above), *lists, k)
    return kept


def _of_nobody(size: int, k: int) -> Largest:
    return Largest(values=np.zeros((size, k), dtype=np.int64), count=np.zeros(size, dtype=np.int32))


def _copied(largest: Largest) -> Largest:
    return Largest(values=largest.values.copy(), count=largest.count.copy())
