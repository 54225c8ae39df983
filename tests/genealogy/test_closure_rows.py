"""Closure rows equal the slow twin, in chunks of any size, compiled and interpreted alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy.closure import ClosureRows, _write_closure, closure_rows, closure_size

Named = tuple[str, str, int, int]


def named(tree: Genealogy, chunk: ClosureRows) -> list[Named]:
    """Rows by label: descendant, ancestor, depth, leg."""
    below, above = tree.ids.labels(chunk.descendant), tree.ids.labels(chunk.ancestor)
    return list(zip(below, above, chunk.depth.tolist(), chunk.leg.tolist(), strict=True))


def from_twin(given_rows: Rows) -> list[Named]:
    """The same from the twin, in preorder."""
    slow = given_rows.slow()
    return [(person, *row) for person in slow.preorder() for row in slow.closure(person)]


def family() -> Genealogy:
    """Ann above bob (leg 2) above cid (leg 1); dan beside bob without a leg, eve alone."""
    return build(
        IdIndex.from_labels(["ann", "bob", "cid", "dan", "eve"]), int32([-1, 0, 1, 0, -1]), int32([0, 2, 1, 0, 0])
    )


class TestRows:
    """`closure_rows`."""

    def test_everybody_has_a_row_with_everybody_above(self) -> None:
        """By descendant, the nearest ancestor first; the leg is the ancestor's, 0 without a number."""
        (chunk,) = closure_rows(family())

        assert named(family(), chunk) == [
            ("dan", "ann", 1, 0),
            ("bob", "ann", 1, 2),
            ("cid", "bob", 1, 1),
            ("cid", "ann", 2, 2),
        ]

    @given(given_rows=rows(), rows_max=st.integers(1, 50))
    def test_the_rows_are_the_twins_in_chunks_of_any_size(self, given_rows: Rows, rows_max: int) -> None:
        """All chunks but the last are full, none is empty, and together they are all rows in order."""
        tree = given_rows.fast()
        chunks = list(closure_rows(tree, rows_max=rows_max))

        assert [row for chunk in chunks for row in named(tree, chunk)] == from_twin(given_rows)
        assert all(len(chunk) == rows_max for chunk in chunks[:-1])
        assert all(1 <= len(chunk) <= rows_max for chunk in chunks)

    @given(given_rows=rows())
    def test_the_size_is_known_before(self, given_rows: Rows) -> None:
        """The number of rows is the sum of the depths."""
        assert closure_size(given_rows.fast()) == len(from_twin(given_rows))

    def test_the_size_may_leave_32_bits(self) -> None:
        """A chain of 100,000 has five billion rows; counting them writes none."""
        keys = np.stack([np.zeros(100_000, np.uint64), np.arange(100_000, dtype=np.uint64)], axis=1)
        chain = build(IdIndex.from_keys(keys), np.arange(-1, 99_999, dtype=np.int32))

        assert closure_size(chain) == 100_000 * 99_999 // 2

    def test_nobody_above_anybody_is_no_chunk(self) -> None:
        """Neither an empty genealogy nor roots alone give a chunk."""
        assert list(closure_rows(build(IdIndex.from_labels([]), int32([])))) == []
        assert list(closure_rows(build(IdIndex.from_labels(["a", "b"]), int32([-1, -1])))) == []

    def test_chunks_are_read_only_and_their_own(self) -> None:
        """A chunk stays what it was when the next is made."""
        first, second = closure_rows(family(), rows_max=2)

        assert first.descendant.tolist() == [1, 2]
        assert second.descendant.tolist() == [3, 3]
        for column in (first.ancestor, first.descendant, first.depth, first.leg):
            assert column.dtype == np.int32
            assert not column.flags.writeable

    @pytest.mark.parametrize("rows_max", [0, -1])
    def test_a_chunk_holds_at_least_a_row(self, rows_max: int) -> None:
        """Refused at the call, before anybody asks for a chunk."""
        with pytest.raises(InputError) as caught:
            closure_rows(family(), rows_max=rows_max)

        assert str(caught.value) == f"chunks of {rows_max} rows; give at least 1"


class TestBothWaysOfRunning:
    """The kernel compiled and interpreted."""

    @settings(max_examples=30)
    @given(given_rows=rows())
    def test_compiled_and_interpreted_give_the_same(self, given_rows: Rows) -> None:
        """A kernel says the same whether it is compiled or not."""
        tree = given_rows.fast()
        written = []
        for run in (_write_closure.run_interpreted, _write_closure.run_compiled):
            state = np.array([-1, -1, -1, 0], dtype=np.int64)
            outputs = [np.full(closure_size(tree), -7, dtype=np.int32) for _ in range(4)]
            run(tree.parent, tree.leg, state, *outputs)
            written.append([state.tolist(), *(column.tolist() for column in outputs)])

        assert written[0] == written[1]
