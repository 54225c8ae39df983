"""`Genealogy` as a value: frozen arrays, refused nodes, verified invariants."""

from collections.abc import Callable

import numpy as np
import pytest
from attrs.exceptions import FrozenInstanceError

from genealogy.forests import int32
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build_from_labels


def family() -> Genealogy:
    """Ann with Bob and Cid; Dan below Bob; Eve alone."""
    return build_from_labels(["ann", "bob", "cid", "dan", "eve"], ["", "ann", "ann", "bob", ""])


def altered(**arrays: list[int]) -> Genealogy:
    """The family with arrays that somebody got wrong."""
    good = family()
    names = ("parent", "depth", "subtree_size", "leg")
    return Genealogy(
        ids=good.ids, **{name: int32(arrays[name]) if name in arrays else getattr(good, name) for name in names}
    )


class TestFrozen:
    """Nothing can be changed."""

    def test_arrays_cannot_be_written_to(self) -> None:
        """What is handed out is frozen."""
        tree = family()
        with pytest.raises(ValueError, match="read-only"):
            tree.parent[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            tree.front(0)[0] = 1

    def test_attributes_cannot_be_replaced(self) -> None:
        """A genealogy is a value."""
        with pytest.raises(FrozenInstanceError):
            family().parent = int32([])  # type: ignore[misc]  # the fault

    def test_arrays_of_the_caller_are_copied(self) -> None:
        """Whoever wrote the array can go on writing to theirs."""
        depth = int32([0, 1, 2, 1, 0])
        good = family()
        tree = Genealogy(ids=good.ids, parent=good.parent, depth=depth, subtree_size=good.subtree_size, leg=good.leg)
        depth[0] = 7

        assert tree.depth.tolist() == [0, 1, 2, 1, 0]

    def test_repr_is_short(self) -> None:
        """A million people are no page."""
        assert repr(family()) == "Genealogy(5 people, 2 roots, 3 deep)"
        assert repr(build_from_labels([], [])) == "Genealogy(0 people, 0 roots, 0 deep)"


class TestNodes:
    """What is no node."""

    @pytest.mark.parametrize("node", [-1, 5])
    @pytest.mark.parametrize(
        "question",
        [
            Genealogy.parent_of,
            Genealogy.front,
            Genealogy.group,
            Genealogy.descendants,
            Genealogy.ancestors,
            Genealogy.path,
            Genealogy.legs,
            Genealogy.subtree,
            lambda tree, node: tree.is_below(node, 0),
            lambda tree, node: tree.is_below(0, node),
            lambda tree, node: tree.are_below(int32([0, node]), 0),
            lambda tree, node: tree.level(node, 1),
            lambda tree, node: tree.lowest_common_ancestor(0, node),
        ],
    )
    def test_what_is_no_node_is_refused(self, question: Callable[[Genealogy, int], object], node: int) -> None:
        """A negative index does not silently mean somebody else."""
        with pytest.raises(InputError, match=rf"^{node} is no node; there are 5, from 0$"):
            question(family(), node)

    def test_levels_outside_are_empty(self) -> None:
        """Nobody stands deeper than the deepest or above the roots."""
        tree = family()

        assert [len(tree.at_depth(depth)) for depth in (-1, 0, 1, 2, 3)] == [0, 2, 2, 1, 0]
        assert tree.level(3, -1).tolist() == []


class TestInvariants:
    """`Genealogy.check`."""

    def test_a_good_genealogy_passes(self) -> None:
        """G1..G8 hold for what was built."""
        family().check()

    def test_g1_arrays_are_int32_and_one_for_each_id(self) -> None:
        """G1 is checked when the value is made."""
        with pytest.raises(InputError) as caught:
            altered(depth=[0, 1])

        assert str(caught.value) == "G1: depth is int32 of shape (2,); it must be int32 of shape (5,)"

    @pytest.mark.parametrize(
        ("arrays", "says"),
        [
            (
                {"parent": [-1, 0, 1, 3, -1]},
                "G2: parent is neither -1 nor a smaller node, at 1 of 5 nodes, first at node 3 (cid)",
            ),
            (
                {"parent": [-2, 0, 1, 0, -1]},
                "G2: parent is neither -1 nor a smaller node, at 1 of 5 nodes, first at node 0 (ann)",
            ),
            (
                {"depth": [0, 1, 2, 2, 0]},
                "G3: depth is not one more than the parent's, at 1 of 5 nodes, first at node 3 (cid)",
            ),
            (
                {"subtree_size": [4, 2, 1, 1, 2]},
                "G4: subtree_size is not 1 and the sizes below, at 1 of 5 nodes, first at node 4 (eve)",
            ),
            (
                {"parent": [-1, 0, 0, 1, -1], "depth": [0, 1, 1, 2, 0], "subtree_size": [4, 2, 1, 1, 1]},
                "G5: the group does not lie inside the parent's, at 1 of 5 nodes, first at node 3 (cid)",
            ),
            (
                {"leg": [0, -1, 0, 0, 0]},
                "G6: leg is negative, or a root has one, at 1 of 5 nodes, first at node 1 (bob)",
            ),
            (
                {"leg": [3, 0, 0, 0, 0]},
                "G6: leg is negative, or a root has one, at 1 of 5 nodes, first at node 0 (ann)",
            ),
            ({"leg": [0, 1, 0, 1, 0]}, "G6: the leg is a sibling's, at 1 of 5 nodes, first at node 3 (cid)"),
            (
                {"leg": [0, 2, 0, 1, 0]},
                "G7: siblings are not in the order of leg and label, at 1 of 5 nodes, first at node 3 (cid)",
            ),
        ],
    )
    def test_a_broken_invariant_is_quoted_by_number(self, arrays: dict[str, list[int]], says: str) -> None:
        """G2..G7: the number, how many nodes break it, and the first of them."""
        with pytest.raises(InputError) as caught:
            altered(**arrays).check()

        assert says in [finding.what for finding in caught.value.findings]

    def test_g7_roots_stand_in_the_order_of_their_labels(self) -> None:
        """G7 holds among roots too."""
        zero, one = int32([0, 0]), int32([1, 1])
        tree = Genealogy(
            ids=IdIndex.from_labels(["b", "a"]), parent=int32([-1, -1]), depth=zero, subtree_size=one, leg=zero
        )
        with pytest.raises(InputError) as caught:
            tree.check()

        assert str(caught.value) == (
            "G7: siblings are not in the order of leg and label, at 1 of 2 nodes, first at node 1 (a); "
            "build the genealogy from its edges again"
        )


def test_an_empty_genealogy_answers() -> None:
    """Nobody is a network too."""
    tree = build_from_labels([], [])

    tree.check()
    assert tree.roots.tolist() == []
    assert np.array_equal(tree.at_depth(0), [])
