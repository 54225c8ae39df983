"""A chain and a star of a million: nothing recurses, and the numbers are those of a closed formula."""

import numpy as np

from mlmcore.genealogy import Genealogy, IdIndex, build, rollups
from mlmcore.genealogy._arrays import Ints32

MANY = 1_000_000


def built(parent: Ints32) -> Genealogy:
    """People whose labels have the order of their rows, handed in backwards."""
    keys = np.zeros((MANY, 2), dtype=np.uint64)
    keys[:, 1] = np.arange(MANY)
    backwards = np.where(parent < 0, -1, MANY - 1 - parent)[::-1].astype(np.int32)
    return build(IdIndex.from_keys(keys[::-1].copy()), backwards)


def test_a_chain() -> None:
    """Each person stands under the one before."""
    tree = built(np.arange(-1, MANY - 1, dtype=np.int32))
    values, below = np.arange(MANY), np.arange(MANY, 0, -1)
    until = np.arange(MANY) % 1000 == 0

    tree.check()
    assert np.array_equal(tree.depth, np.arange(MANY))
    assert np.array_equal(rollups.group_sum(tree, values), below * (MANY - 1 + np.arange(MANY)) // 2)
    assert np.array_equal(rollups.group_count(tree, until=until), 1000 - (np.arange(MANY) % 1000))
    assert np.array_equal(rollups.group_max(tree, values, empty=0), np.full(MANY, MANY - 1))
    assert rollups.levels_count(tree, 1, 400_000)[0] == 400_000
    assert len(tree.path(MANY - 1)) == MANY
    assert tree.lowest_common_ancestor(MANY - 1, 5) == 5


def test_a_star() -> None:
    """Everybody stands under the first."""
    parent = np.zeros(MANY, dtype=np.int32)
    parent[0] = -1
    tree = built(parent)
    values = np.arange(MANY)

    tree.check()
    assert rollups.group_sum(tree, values).tolist()[:3] == [MANY * (MANY - 1) // 2, 1, 2]
    assert rollups.front_max(tree, values, empty=-1).tolist()[:3] == [MANY - 1, -1, -1]
    assert rollups.downline_sum(tree, values, until=values % 2 == 0)[0] == (MANY // 2) ** 2
    assert len(tree.front(0)) == MANY - 1
    assert tree.lowest_common_ancestor(MANY - 1, 5) == 0
