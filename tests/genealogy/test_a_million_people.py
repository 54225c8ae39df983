"""A million people in the shapes that break things: nothing recurses, and every number is found in a second way.

Chains as deep as there are people, stars, random trees, preferential attachment, power legs 70,000 deep. Where a shape
has a closed formula the formula is asked; elsewhere sums are held against differences of running sums over preorder.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from mlmcore.genealogy import Genealogy, IdIndex, build, rollups
from mlmcore.genealogy._arrays import Ints32, Ints64, sealed
from mlmcore.genealogy.closure import closure_rows, closure_size
from mlmcore.genealogy.edits import add_leaves, move
from mlmcore.genealogy.live import LiveGenealogy
from mlmcore.genealogy.nearest import bounded_group, nearest_above
from mlmcore.simulation import shapes

MANY = 1_000_000
SHAPES: dict[str, Callable[[], shapes.Shape]] = {
    "chain": lambda: shapes.chain(MANY),
    "star": lambda: shapes.star(MANY),
    "random recursive": lambda: shapes.random_recursive(MANY, 1),
    "preferential": lambda: shapes.preferential(MANY, 2),
    "power leg": lambda: shapes.power_leg(MANY, 70_000, 3),
}
VALUES: Ints64 = sealed(np.arange(MANY, dtype=np.int64) % 1009)


@cache
def tree_of(name: str) -> Genealogy:
    """The shape with random ids and its rows shuffled, built once."""
    shape = shapes.shuffled(SHAPES[name](), 4)
    return build(IdIndex.from_keys(shapes.random_keys(MANY, 5)), shape.parent, shape.leg)


@pytest.fixture(params=sorted(SHAPES))
def tree(request: pytest.FixtureRequest) -> Genealogy:
    """Each of the shapes."""
    return tree_of(request.param)


def ends(tree: Genealogy) -> Ints64:
    """Where each group ends."""
    return np.arange(MANY) + tree.subtree_size


def summed(tree: Genealogy, values: Ints64) -> Ints64:
    """Group sums as differences of running sums."""
    running = np.append(np.int64(0), np.cumsum(values))
    difference: Ints64 = running[ends(tree)] - running[:-1]
    return difference


class TestEveryShape:
    def test_is_built_sound_from_shuffled_edges(self, tree: Genealogy) -> None:
        """Every invariant, and one root with everybody in its group."""
        tree.check()

        assert tree.subtree_size[0] == MANY

    def test_sums_counts_and_bounded_groups(self, tree: Genealogy) -> None:
        """Over the group; with a bound, everybody is in the group of exactly one person who bounds, or of the root."""
        until = sealed(np.arange(MANY) % 1000 == 0)

        assert np.array_equal(rollups.group_sum(tree, VALUES), summed(tree, VALUES))
        assert np.array_equal(rollups.group_count(tree), tree.subtree_size)
        assert rollups.group_count(tree, until=until)[until].sum() == MANY
        assert rollups.group_sum(tree, VALUES, until=until)[until].sum() == VALUES.sum()

    def test_the_largest_of_a_group_is_in_it(self, tree: Genealogy) -> None:
        """No value of the group is larger; the two largest are the largest and another."""
        largest = rollups.group_max(tree, VALUES, empty=-1)
        best = rollups.group_largest(tree, VALUES, 2)
        sample = np.linspace(0, MANY - 1, 300, dtype=np.int64)

        assert np.array_equal(best.values[:, 0], largest)
        for node, end in zip(sample.tolist(), ends(tree)[sample].tolist(), strict=True):
            assert np.sort(VALUES[node:end])[-2:][::-1].tolist() == best.values[node, : best.count[node]].tolist()

    def test_level_ranges_cost_no_levels(self, tree: Genealogy) -> None:
        """Levels 1 to 400,000 of the root are everybody not deeper than that, whatever the depth of the tree."""
        counts = rollups.levels_count(tree, 1, 400_000)
        largest = rollups.levels_max(tree, VALUES, 1, 400_000, empty=-1)

        assert counts[0] == np.count_nonzero((tree.depth > 0) & (tree.depth <= 400_000))
        assert largest[0] == VALUES[(tree.depth > 0) & (tree.depth <= 400_000)].max()

    def test_next_qualified_above_and_bounded_groups_agree(self, tree: Genealogy) -> None:
        """Seen from below and from above: whose next qualified person somebody is stands in their bounded group."""
        holds = sealed(np.arange(MANY) % 1000 == 0)
        above = nearest_above(tree, holds)

        members = bounded_group(tree, 0, holds)

        assert set(np.flatnonzero((above == 0) & ~holds).tolist()) == set(members.tolist()) - {0}

    def test_people_are_added_and_moved(self, tree: Genealogy) -> None:
        """A thousand leaves, and the last person moved to the root: nobody is lost."""
        added = add_leaves(
            tree,
            IdIndex.from_keys(shapes.random_keys(1000, 6)),
            np.linspace(0, MANY - 1, 1000, dtype=np.int32),
            np.full(1000, 7, dtype=np.int32),
        ).genealogy
        last = len(added) - 1
        moved = move(added, last, under=0, leg=9).genealogy

        moved.check()
        assert len(moved) == MANY + 1000
        assert moved.parent_of(int(moved.ids.find(added.ids.keys[last:])[0])) == 0

    def test_the_live_layer_stays_right(self, tree: Genealogy) -> None:
        """An order of the deepest person reaches everybody above and nobody else."""
        live = LiveGenealogy(tree, {"pv": VALUES})
        deepest = int(tree.depth.argmax())

        live.order(deepest, pv=5)

        above = np.append(tree.ancestors(deepest), np.int32(deepest))
        expected = rollups.group_sum(tree, VALUES).copy()
        expected[above] += 5
        assert np.array_equal(live.groups(np.arange(MANY, dtype=np.int32), "pv"), expected)

    def test_pictures_are_bounded(self, tree: Genealogy) -> None:
        """Nobody draws a million people; shown and hidden are everybody."""
        assert len(tree.to_text().splitlines()) <= 40
        assert tree.to_svg().count("<text") < 400


class TestLowestCommonAncestor:
    @pytest.mark.parametrize("name", ["random recursive", "preferential", "power leg"])
    def test_is_the_first_that_both_paths_share(self, name: str) -> None:
        """Far apart in a shallow tree it is found by walking, otherwise by looking between: both are right."""
        tree = tree_of(name)
        nodes = np.random.default_rng(7).integers(0, MANY, (50, 2)).tolist()
        nodes += [[one, one + 20] for one, _ in nodes if one + 20 < MANY]

        for one, other in nodes:
            above = {one, *tree.ancestors(one).tolist()}
            shared = next(node for node in (other, *tree.ancestors(other).tolist()) if node in above)
            assert tree.lowest_common_ancestor(one, other) == shared


class TestClosure:
    @pytest.mark.parametrize("name", ["random recursive", "preferential", "star"])
    def test_has_a_row_for_everybody_above(self, name: str) -> None:
        """As many as the depths add up to; as many below each as the group holds."""
        tree = tree_of(name)
        below = np.zeros(MANY, dtype=np.int64)
        for rows in closure_rows(tree):
            below += np.bincount(rows.ancestor, minlength=MANY)

        assert below.sum() == closure_size(tree)
        assert np.array_equal(below, tree.subtree_size - 1)


class TestDepthAndPaths:
    def test_a_chain_has_formulas(self) -> None:
        """Depths, sums, the path to the end, the lowest common ancestor."""
        tree = tree_of("chain")
        node = np.arange(MANY)

        assert np.array_equal(tree.depth, node)
        assert np.array_equal(rollups.group_sum(tree, node), (MANY - node) * (MANY - 1 + node) // 2)
        assert len(tree.path(MANY - 1)) == MANY
        assert tree.lowest_common_ancestor(MANY - 1, 5) == 5

    def test_a_star_has_formulas(self) -> None:
        """Everybody but one is a leaf of the first."""
        tree = tree_of("star")
        front: Ints32 = tree.front(0)

        assert len(front) == MANY - 1
        assert rollups.front_max(tree, np.arange(MANY), empty=-1).tolist()[:3] == [MANY - 1, -1, -1]
        assert tree.lowest_common_ancestor(MANY - 1, 5) == 0

    def test_a_power_leg_is_as_deep_as_it_is(self) -> None:
        """70,000 in leg 1 of each other."""
        tree = tree_of("power leg")

        assert tree.depth.max() >= 69_999
        assert rollups.leg_count(tree, 1)[0] > 900_000
