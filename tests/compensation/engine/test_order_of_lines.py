"""Sorting lines by several whole numbers: packed into one where they fit, and otherwise one after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER, ledger, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.bonuses import _order
from mlmcore.compensation.bonuses._order import in_unpaid_order, sorted_by
from mlmcore.compensation.frames import Sheet
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


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    """Of three people whose ids run against their places in the tree."""
    result = run_engine(plan(), world(chain("cid", "bob", "ann", off=False), [], company={"profit": 0}))
    return Sheet(result.plan, result.rows)


class TestUnpaidOrder:
    """`in_unpaid_order(sheet, columns)`."""

    UNPAID = st.tuples(
        st.integers(0, 3), st.integers(-1, 2), st.integers(-1, 2), st.integers(-1, 3), st.integers(-1, 2)
    )

    @pytest.mark.parametrize("bits", [63, 0], ids=["in one number", "one after the other"])
    @given(st.lists(UNPAID, max_size=12))
    def test_lines_come_by_order_level_whose_source_and_reason(
        self, sheet: Sheet, bits: int, rows: list[tuple[int, int, int, int, int]]
    ) -> None:
        """People by their ids, nobody before all; what is equal keeps its order."""
        names = ("reason", "source", "payee", "level", "order")
        columns = {name: np.array([row[at] for row in rows], dtype=np.int32) for at, name in enumerate(names)}
        by_id = {-1: -1, 0: 2, 1: 1, 2: 0}

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_order, "_BITS", bits)
            place = in_unpaid_order(sheet, columns).tolist()

        keys = [(order, level, by_id[payee], by_id[source], reason) for reason, source, payee, level, order in rows]
        assert place == sorted(range(len(rows)), key=keys.__getitem__)


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
