"""Random forests as rows in any order, for Hypothesis: many roots, stars, chains, with and without legs."""

import random
from collections import Counter
from collections.abc import Callable

import numpy as np
from attrs import frozen
from hypothesis import strategies as st

from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy._arrays import Ints32
from reference.genealogy import Forest

__all__ = ["Rows", "rows", "shuffled"]

SHAPES: dict[str, Callable[[random.Random, int], int]] = {
    "scattered": lambda chance, row: chance.randint(-1, row - 1),
    "one tree": lambda chance, row: chance.randint(0, row - 1),
    "chain": lambda _, row: row - 1,
    "star": lambda _, __: 0,
    "strangers": lambda _, __: -1,
    "power leg": lambda chance, row: row - 1 if chance.random() < 0.8 else chance.randint(-1, row - 1),
}


@frozen(kw_only=True)
class Rows:
    """Edges as somebody hands them in."""

    labels: list[str]
    parent: list[int]
    leg: list[int]

    def fast(self) -> Genealogy:
        """As the code under test builds it."""
        return build(IdIndex.from_labels(self.labels), int32(self.parent), int32(self.leg))

    def slow(self) -> Forest:
        """As the twin sees it."""
        return Forest.of(self.labels, self.parent, self.leg)


def int32(values: list[int]) -> Ints32:
    """A list as the arrays that the genealogy takes."""
    return np.array(values, dtype=np.int32)


@st.composite
def rows(draw: st.DrawFn, most: int = 30) -> Rows:
    """A forest of up to `most` people in random row order."""
    count = draw(st.integers(0, most))
    chance = random.Random(draw(st.integers(0, 2**32)))
    shape = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    parent = [-1 if row == 0 else shape(chance, row) for row in range(count)]
    leg = _legs(parent, chance) if draw(st.booleans()) else [0] * count
    labels = [f"{chance.choice('aZéß0😀')}{number}" for number in chance.sample(range(1000), count)]
    return shuffled(Rows(labels=labels, parent=parent, leg=leg), chance)


def shuffled(given: Rows, chance: random.Random) -> Rows:
    """The same edges in another row order."""
    old_rows = list(range(len(given.labels)))
    chance.shuffle(old_rows)
    new_row = {old: new for new, old in enumerate(old_rows)}
    return Rows(
        labels=[given.labels[old] for old in old_rows],
        parent=[-1 if given.parent[old] < 0 else new_row[given.parent[old]] for old in old_rows],
        leg=[given.leg[old] for old in old_rows],
    )


def _legs(parent: list[int], chance: random.Random) -> list[int]:
    """Legs that nobody shares, in no order, with gaps; some children without a number."""
    width = Counter(parent)
    free = {upline: chance.sample(range(1, 2 * children + 1), children) for upline, children in width.items()}
    return [0 if upline < 0 or chance.random() < 0.2 else free[upline].pop() for upline in parent]
