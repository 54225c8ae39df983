"""Who is nearest above, and who stands in a bounded group, as the slow twin says; compiled and interpreted alike."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build, nearest
from mlmcore.genealogy._arrays import Bools
from mlmcore.genealogy.nearest import bounded_group, nearest_above, nearest_above_of
from reference.genealogy import Forest


@frozen(kw_only=True)
class Question:
    """A forest on both sides, and for whom something holds."""

    fast: Genealogy
    slow: Forest
    holds: dict[str, bool]

    @property
    def names(self) -> list[str]:
        return self.fast.ids.labels(np.arange(len(self.fast)))

    @property
    def mask(self) -> Bools:
        return np.array([self.holds[name] for name in self.names], dtype=np.bool_)

    def named(self, node: int) -> str | None:
        return None if node < 0 else self.names[node]


@st.composite
def questions(draw: st.DrawFn, least: int = 0) -> Question:
    """A random forest where it holds for few or many."""
    given_rows = draw(rows().filter(lambda one: len(one.labels) >= least))
    count = len(given_rows.labels)
    often = draw(st.integers(1, 6))
    chosen = draw(st.lists(st.integers(0, often).map(lambda drawn: drawn == 0), min_size=count, max_size=count))
    return Question(
        fast=given_rows.fast(), slow=given_rows.slow(), holds=dict(zip(given_rows.labels, chosen, strict=True))
    )


def chain() -> Genealogy:
    """Ann above bob above cid above dan."""
    return build(IdIndex.from_labels(["ann", "bob", "cid", "dan"]), int32([-1, 0, 1, 2]))


class TestNearestAbove:
    """`nearest_above` and `nearest_above_of`."""

    def test_it_is_strictly_above(self) -> None:
        """Nobody is nearest to themselves; above the last for whom it holds stands nobody."""
        holds = np.array([False, True, False, True])

        assert nearest_above(chain(), holds).tolist() == [-1, -1, 1, 1]

    @given(asked=questions())
    def test_it_is_the_twins(self, asked: Question) -> None:
        """The first above for whom it holds, for everybody at once."""
        answer = nearest_above(asked.fast, asked.mask)

        expected = [asked.slow.nearest_above(name, asked.holds.__getitem__) for name in asked.names]
        assert [asked.named(node) for node in answer.tolist()] == expected
        assert answer.dtype == np.int32
        assert not answer.flags.writeable

    @given(asked=questions(least=1), pick=st.randoms(use_true_random=False))
    def test_one_is_as_everybody(self, asked: Question, pick: random.Random) -> None:
        """The question about one node has the answer of the question about all."""
        node = pick.randrange(len(asked.fast))

        assert nearest_above_of(asked.fast, node, asked.mask) == nearest_above(asked.fast, asked.mask)[node]


class TestBoundedGroup:
    """`bounded_group`."""

    def test_the_descent_ends_at_until_and_never_at_the_person(self) -> None:
        """Whoever ends it is out with everybody below; the person is not asked."""
        until = np.array([True, False, True, False])

        assert bounded_group(chain(), 0, until).tolist() == [0, 1]
        assert bounded_group(chain(), 2, until).tolist() == [2, 3]

    @given(asked=questions(least=1), pick=st.randoms(use_true_random=False))
    def test_it_is_the_twins(self, asked: Question, pick: random.Random) -> None:
        """The person and whoever is reached, in preorder."""
        node = pick.randrange(len(asked.fast))

        answer = bounded_group(asked.fast, node, asked.mask)

        expected = asked.slow.bounded(asked.names[node], asked.holds.__getitem__)
        assert asked.fast.ids.labels(answer) == expected
        assert answer.dtype == np.int32
        assert not answer.flags.writeable


class TestRefusals:
    """Nodes that are none, masks that are none."""

    @pytest.mark.parametrize("ask", [nearest_above_of, bounded_group])
    @pytest.mark.parametrize("node", [-1, 4])
    def test_there_is_no_such_node(self, ask: Callable[[Genealogy, int, Bools], object], node: int) -> None:
        """-1 is nobody, not the last."""
        with pytest.raises(InputError) as caught:
            ask(chain(), node, np.zeros(4, dtype=np.bool_))

        assert str(caught.value) == f"{node} is no node; there are 4, from 0"

    def test_a_condition_is_bool_for_each_node(self) -> None:
        """Neither another type nor another length."""
        with pytest.raises(InputError, match=r"^the condition is int64; give bool, one for each node$"):
            nearest_above(chain(), np.zeros(4, dtype=np.int64))
        with pytest.raises(InputError) as caught:
            bounded_group(chain(), 0, np.zeros(3, dtype=np.bool_))

        assert str(caught.value) == (
            "until: shape (3,), but the genealogy has 4 nodes; give one for each node, in node order"
        )


class TestBothWaysOfRunning:
    """Kernels compiled and interpreted."""

    @settings(max_examples=30)
    @given(asked=questions(least=1), pick=st.randoms(use_true_random=False))
    def test_compiled_and_interpreted_give_the_same(self, asked: Question, pick: random.Random) -> None:
        """A kernel says the same whether it is compiled or not."""
        tree, node = asked.fast, pick.randrange(len(asked.fast))
        calls = [
            (nearest._link_nearest, (tree.parent, asked.mask), len(tree)),
            (nearest._find_above, (tree.parent, asked.mask, node), 1),
        ]
        for kernel, given_arrays, size in calls:
            slow, fast = (np.full(size, -7, dtype=np.int32) for _ in range(2))
            kernel.run_interpreted(*given_arrays, slow)
            kernel.run_compiled(*given_arrays, fast)

            assert slow.tolist() == fast.tolist()

    @settings(max_examples=30)
    @given(asked=questions(least=1), pick=st.randoms(use_true_random=False))
    def test_a_bounded_group_is_the_same_compiled(self, asked: Question, pick: random.Random) -> None:
        """The same for the kernel with two outputs."""
        tree, node = asked.fast, pick.randrange(len(asked.fast))
        outputs = []
        for run in (nearest._collect_bounded.run_interpreted, nearest._collect_bounded.run_compiled):
            nodes, found = np.full(len(tree), -7, dtype=np.int32), np.zeros(1, dtype=np.int32)
            run(tree.subtree_size, asked.mask, node, nodes, found)
            outputs.append([nodes.tolist(), found.tolist()])

        assert outputs[0] == outputs[1]
