"""Sorting lines by several whole numbers: packed into one where they fit, and otherwise one after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER, ledger
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.bonuses._order import sorted_by
from mlmcore.compensation.loader import loads_plan

TO_ACCOUNTS = """
[[bonuses]]
id = "gift"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
payee = "club if order.pv > 5 else house if order.pv > 0 else order.seller"
amount = "cv"
detail = "payee"
negative = "charge"
"""
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


class TestAccounts:
    def test_stand_in_the_order_of_the_plan_behind_all_people(self) -> None:
        """Whichever is paid first."""
        text = HEADER.format(refunds="current", at="line").replace('["house"]', '["house", "club"]') + TO_ACCOUNTS
        people = chain("ann", "bob", off=False)
        sold = [order("o1", "ann", cv=100, pv=7), order("o2", "bob", cv=50, pv=1), order("o3", "ann", cv=5, pv=0)]

        result = run_engine(loads_plan(text), world(people, sold, company={"profit": 0}))

        (segment,) = result.accounts.segments
        assert [result.accounts.accounts[each] for each in segment.account] == ["house", "club"]
        assert segment.amount.tolist() == [5000, 10000]
        assert ledger(result) == ["gift -1 ann - 5.00"]
