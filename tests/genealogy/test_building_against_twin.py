"""Building a genealogy and asking about single nodes, against the slow twin on random forests."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows, shuffled
from mlmcore.genealogy import Genealogy, IdIndex, build, build_with_rows
from mlmcore.genealogy._arrays import Ints32, sealed
from mlmcore.genealogy.build import _peel, _place

ARRAYS = ("parent", "depth", "subtree_size", "leg")


def names(tree: Genealogy, nodes: object) -> list[str]:
    return tree.ids.labels(nodes)


def image(tree: Genealogy) -> tuple[bytes, ...]:
    return (tree.ids.keys.tobytes(), *(getattr(tree, array).tobytes() for array in ARRAYS))


class TestOrder:
    """The order of the nodes."""

    @given(given_rows=rows())
    def test_nodes_are_in_preorder_by_leg_and_label(self, given_rows: Rows) -> None:
        """G5, G7: a group is a slice, siblings stand by leg and then label, roots by label."""
        tree = given_rows.fast()

        assert names(tree, np.arange(len(tree))) == given_rows.slow().preorder()

    @given(given_rows=rows(), seed=st.integers())
    def test_shuffled_rows_give_the_same_bytes(self, given_rows: Rows, seed: int) -> None:
        """The order of the rows does not show."""
        again = shuffled(given_rows, random.Random(seed))

        assert image(again.fast()) == image(given_rows.fast())

    @given(given_rows=rows())
    def test_every_invariant_holds(self, given_rows: Rows) -> None:
        """What is built passes the verification, which is written apart."""
        given_rows.fast().check()

    @given(given_rows=rows())
    def test_the_rows_of_the_nodes_are_handed_out(self, given_rows: Rows) -> None:
        """`row_of_node` leads from a node to its row."""
        built = build_with_rows(IdIndex.from_labels(given_rows.labels), int32(given_rows.parent), int32(given_rows.leg))

        labels = [given_rows.labels[row] for row in built.row_of_node.tolist()]
        assert labels == names(built.genealogy, np.arange(len(labels)))


class TestQuestions:
    """Questions about one or two nodes."""

    @given(given_rows=rows())
    def test_answers_about_one_node_are_the_twins(self, given_rows: Rows) -> None:
        """Parent, front, group, downline, ancestors, path and legs."""
        tree, twin = given_rows.fast(), given_rows.slow()
        for node, person in enumerate(twin.preorder()):
            upline = tree.parent_of(node)
            group = names(tree, np.arange(len(tree))[tree.group(node)])
            above = twin.ancestors(person)

            assert (None if upline < 0 else tree.ids.label(upline)) == twin.upline[person]
            assert names(tree, tree.front(node)) == twin.front(person)
            assert sorted(group) == sorted(twin.group(person))
            assert names(tree, np.arange(len(tree))[tree.descendants(node)]) == group[1:]
            assert names(tree, tree.ancestors(node)) == above
            assert names(tree, tree.path(node)) == [*above[::-1], person]
            assert tree.depth[node] == len(above)
            assert [leg.number for leg in tree.legs(node)] == [twin.leg[child] for child in twin.front(person)]
            assert [leg.nodes for leg in tree.legs(node)] == [tree.group(leg.head) for leg in tree.legs(node)]

    @given(given_rows=rows())
    def test_roots_are_the_twins(self, given_rows: Rows) -> None:
        """The roots, by label."""
        tree = given_rows.fast()

        assert names(tree, tree.roots) == given_rows.slow().front(None)

    @settings(max_examples=40)
    @given(given_rows=rows(most=12))
    def test_answers_about_two_nodes_are_the_twins(self, given_rows: Rows) -> None:
        """Is below, and the lowest common ancestor, for every pair."""
        tree, twin = given_rows.fast(), given_rows.slow()
        people = list(enumerate(twin.preorder()))
        for node, person in people:
            flags = tree.are_below(np.arange(len(tree), dtype=np.int32), node)
            for other, another in people:
                common = tree.lowest_common_ancestor(node, other)

                assert tree.is_below(other, node) == flags[other] == (person in twin.ancestors(another))
                expected = twin.lowest_common_ancestor(person, another)
                assert (None if common < 0 else tree.ids.label(common)) == expected

    @given(given_rows=rows(), down=st.integers(0, 5))
    def test_levels_are_the_twins(self, given_rows: Rows, down: int) -> None:
        """Who stands exactly so many steps below, and at a depth."""
        tree, twin = given_rows.fast(), given_rows.slow()
        order = twin.preorder()
        for node, person in enumerate(order):
            expected = set(twin.levels(person, down, down))

            assert names(tree, tree.level(node, down)) == [one for one in order if one in expected]
        assert names(tree, tree.at_depth(down)) == [one for one in order if len(twin.ancestors(one)) == down]

    @given(given_rows=rows(most=15))
    def test_a_subtree_is_the_genealogy_of_its_group_alone(self, given_rows: Rows) -> None:
        """Extracting equals building from the group's edges."""
        tree, twin = given_rows.fast(), given_rows.slow()
        for node, person in enumerate(twin.preorder()):
            group = twin.group(person)
            uplines = [None if one == person else twin.upline[one] for one in group]
            parent = [-1 if upline is None else group.index(upline) for upline in uplines]
            leg = [0 if one == person else twin.leg[one] for one in group]
            alone = build(IdIndex.from_labels(group), int32(parent), int32(leg))

            extract = tree.subtree(node)

            extract.check()
            assert image(extract) == image(alone)


class TestHugeLegs:
    """Legs are any int32."""

    @given(given_rows=rows(), shift=st.sampled_from([20, 25]))
    def test_siblings_stand_by_leg_however_large_it_is(self, given_rows: Rows, shift: int) -> None:
        """G7: nothing runs over from one into the other."""
        large = Rows(
            labels=given_rows.labels,
            parent=given_rows.parent,
            leg=[(leg > 0) * (leg << shift) for leg in given_rows.leg],
        )

        tree = large.fast()

        tree.check()
        assert names(tree, np.arange(len(tree))) == large.slow().preorder()

    def test_the_largest_leg_among_many_people(self) -> None:
        """G7, also where upline, leg and label don't fit into one number together."""
        count, middle = 70_000, 65_536
        parent, leg = np.zeros(count, np.int32), np.arange(count, dtype=np.int32)
        parent[0], parent[middle + 1 :], leg[1] = -1, middle, 2**31 - 1
        keys = np.stack((np.zeros(count, np.uint64), np.arange(count, dtype=np.uint64)), axis=1)

        built = build_with_rows(IdIndex.from_keys(keys), parent, leg)

        assert built.row_of_node.tolist() == [0, *range(2, count), 1]


class TestBothWaysOfRunning:
    """Kernels compiled and interpreted."""

    @settings(max_examples=30)
    @given(given_rows=rows())
    def test_compiled_and_interpreted_kernels_build_the_same(self, given_rows: Rows) -> None:
        """`peel` and `place` say the same whether they are compiled or not."""
        parent = sealed(int32(given_rows.parent))

        assert _taken_apart(parent, compiled=True) == _taken_apart(parent, compiled=False)


def _taken_apart(parent: Ints32, *, compiled: bool) -> list[list[int]]:
    count = len(parent)
    children = sealed(np.bincount(parent[parent >= 0], minlength=count).astype(np.int32))
    still_open, size, done = children.copy(), np.ones(count, np.int32), np.zeros(1, np.int32)
    order, position, depth = (np.zeros(count, np.int32) for _ in range(3))
    peel, place = (kernel.run_compiled if compiled else kernel.run_interpreted for kernel in (_peel, _place))
    peel(parent, still_open, size, order, done)
    place(sealed(order), parent, sealed(size), position, depth)
    return [array.tolist() for array in (still_open, size, done, order, position, depth)]
