"""Sorting lines by several whole numbers: packed into one where they fit, and otherwise one after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.bonuses._order import sorted_by

KEYS = st.one_of(st.integers(-3, 3), st.integers(-(2**40), 2**40))


class TestSortedBy:
    """`sorted_by(keys)`."""

    @given(st.lists(st.tuples(KEYS, KEYS, KEYS), max_size=12))
    def test_the_last_key_is_the_first_to_sort_by_and_equals_keep_their_order(
        self, rows: list[tuple[int, int, int]]
    ) -> None:
        """As Python sorts tuples, read from behind."""
        keys = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)] or [np.zeros(0, np.int64)]

        assert sorted_by(keys).tolist() == sorted(range(len(rows)), key=lambda at: rows[at][::-1])

    def test_what_needs_more_than_63_bits_is_not_packed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """63 bits are, and the highest one is no sign."""
        sorted_one_by_one: list[int] = []
        monkeypatch.setattr("numpy.lexsort", lambda keys: sorted_one_by_one.append(len(keys)))

        assert sorted_by([np.array([2**32 - 1, 0]), np.array([2**31 - 1, 0])]).tolist() == [1, 0]
        sorted_by([np.array([2**32 - 1, 0]), np.array([2**31, 0])])
        assert sorted_one_by_one == [2]
