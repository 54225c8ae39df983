"""Sums that are carried up a tree against walks that are made one by one, compiled and interpreted alike."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, build_from_labels, merging
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.merging import carry_up
from mlmcore.genealogy.merging import Starting, carried_up

STATES = 3


@frozen(kw_only=True)
class Question:
    """A forest, walks as first node, state and amount, and where a walk takes the next state or ends."""

    tree: Genealogy
    walks: list[tuple[int, int, int]]
    rises: list[list[bool]]
    ends: list[list[bool]]

    def carried(self) -> tuple[list[list[int]], list[int]]:
        """As the code under test says."""
        node, state, amount = zip(*self.walks, strict=True) if self.walks else ((), (), ())
        start = Starting(
            node=int32(list(node)), state=np.array(state, dtype=np.int64), amount=np.array(amount, dtype=np.int64)
        )
        shape = (len(self.tree), STATES)
        sums, above = carried_up(
            self.tree,
            start,
            np.array(self.rises, dtype=np.bool_).reshape(shape),
            np.array(self.ends, dtype=np.bool_).reshape(shape),
        )
        return sums.tolist(), above.tolist()

    def walked(self) -> tuple[list[list[int]], list[int]]:
        """As somebody says who makes each walk."""
        sums, above = [[0] * STATES for _ in range(len(self.tree))], [0] * STATES
        for first, state, amount in self.walks:
            for node, at in self._steps(first, state):
                (sums[node] if node >= 0 else above)[at] += amount
        return sums, above

    def _steps(self, node: int, state: int) -> Iterator[tuple[int, int]]:
        """Where one walk comes, and in which state; -1 above the root."""
        while node >= 0:
            yield node, state
            if self.ends[node][state]:
                return
            state = min(state + self.rises[node][state], STATES - 1)
            node = int(self.tree.parent[node])
        yield -1, state


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A random forest, walks from anywhere, few ends."""
    tree = draw(rows()).fast()
    count = len(tree)
    walk = st.tuples(st.integers(-1, count - 1), st.integers(0, STATES - 1), st.integers(-9, 9))

    def table(seldom: int) -> list[list[bool]]:
        cells = draw(st.lists(st.integers(0, seldom), min_size=count * STATES, max_size=count * STATES))
        return [[cell == 0 for cell in cells[at : at + STATES]] for at in range(0, len(cells), STATES)]

    return Question(tree=tree, walks=draw(st.lists(walk, max_size=12)), rises=table(1), ends=table(8))


class TestCarriedUp:
    """`carried_up`."""

    @given(asked=questions())
    def test_sums_are_those_of_walks_made_one_by_one(self, asked: Question) -> None:
        """At each node, in each state, and above the roots."""
        assert asked.carried() == asked.walked()

    def test_compiled_it_says_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three in a row, the second of whom uses up a state, the third ends what comes in the last state."""
        monkeypatch.setattr(merging, "_carry_up", compiled(carry_up, compile_from=0))
        tree = build_from_labels(["c", "b", "a"], ["b", "a", ""])
        rises: list[Any] = [[False] * STATES, [True] * STATES, [False] * STATES]
        asked = Question(
            tree=tree, walks=[(2, 0, 5), (2, 1, 7), (1, 2, -1)], rises=rises, ends=[[False, False, True], *rises[::2]]
        )

        assert asked.carried() == asked.walked() == ([[0, 5, 6], [5, 7, -1], [5, 7, 0]], [0, 5, 0])

    def test_what_leaves_int64_is_refused(self) -> None:
        """The amounts of all walks together, since they may meet."""
        tree = build_from_labels(["a"], [""])
        nothing = np.zeros((1, 1), dtype=np.bool_)
        most = np.array([2**62, 2**62], dtype=np.int64)
        start = Starting(node=int32([0, 0]), state=np.zeros(2, dtype=np.int64), amount=most)

        with pytest.raises(InputError) as caught:
            carried_up(tree, start, nothing, nothing)

        assert str(caught.value) == "what the walks bring leaves the range of int64; use fewer decimal places"
        sums, _ = carried_up(tree, evolve(start, amount=most - np.array([1, 0])), nothing, nothing)
        assert sums.tolist() == [[2**63 - 1]]
