"""Amounts at a rate that is a division, where they are added up before they are rounded: three thirds are one."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER, UNILEVEL, ledger, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.bonuses._divided import cut_together
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.domain.exact import RoundingMode
from mlmcore.domain.exact import divide as exact_divide

THIRD = UNILEVEL.replace("rates = [0.05, 0.03]", 'rate = "1 / 3"\ndepth = 1')


def paid(bonus: str, sold: list[tuple[str, str]], mode: str, at: str = "line", people: int = 2) -> Result:
    """What bob's sales pay, in a plan that rounds so."""
    text = HEADER.format(refunds="current", at=at).replace('"half_up"', f'"{mode}"') + bonus
    chained = chain(*("ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal")[:people], off=False)
    orders = [order(name, chained[-1]["id"], cv=Decimal(cv), pv=0) for name, cv in sold]
    return run_engine(loads_plan(text), world(chained, orders, company={"profit": 0}))


class TestAddedUp:
    """A sum is cut once, not its parts."""

    @pytest.mark.parametrize("mode", ["down", "floor", "up", "ceiling", "half_even"])
    @pytest.mark.parametrize("detail", ["person", "payee"])
    def test_a_line_of_three_thirds_is_one(self, detail: str, mode: str) -> None:
        """As one sale of three would be, in every mode, and nothing is left by rounding."""
        result = paid(THIRD + f'detail = "{detail}"\n', [("o1", "1"), ("o2", "1"), ("o3", "1")], mode)

        level = 1 if detail == "person" else -1
        assert ledger(result) == [f"uni {level} ann - 1.00"]
        assert unpaid(result) == []

    @pytest.mark.parametrize("mode", ["down", "floor", "up", "ceiling", "half_even"])
    def test_a_payees_total_of_three_thirds_is_one(self, mode: str) -> None:
        """The units that the lines lack go to the first, since all remainders are equal."""
        result = paid(THIRD, [("o1", "1"), ("o2", "1"), ("o3", "1")], mode, at="payee")

        assert ledger(result) == ["uni 1 ann o1 0.34", "uni 1 ann o2 0.33", "uni 1 ann o3 0.33"]

    def test_why_does_not_multiply_what_is_shown_rounded(self) -> None:
        """3.00 times 0.33333333 would be less than is paid."""
        result = paid(THIRD + 'detail = "payee"\n', [("o1", "1"), ("o2", "2")], "down")

        (amount,) = why(result, "ann").amounts

        assert (amount.exact, amount.rate, amount.amount) == (None, Decimal("0.33333333"), Decimal("1.00"))

    def test_lines_that_are_rounded_alone_stay_as_they_are(self) -> None:
        """Each of three thirds is cut to a third."""
        result = paid(THIRD, [("o1", "1"), ("o2", "1"), ("o3", "1")], "down")

        assert ledger(result) == ["uni 1 ann o1 0.33", "uni 1 ann o2 0.33", "uni 1 ann o3 0.33"]

    def test_a_budget_that_is_spent_exactly_is_not_overspent(self) -> None:
        """Seven sevenths of 6.00, of which five would be cut upward when each is cut alone."""
        seventh = UNILEVEL.replace("rates = [0.05, 0.03]", 'rate = "1 / 7"\ndepth = 7\nface_rate = 0')
        budget = 'budget = "cv"\nresidual = "account:house"\n'
        result = paid(seventh + budget, [("o1", "6")], "half_even", people=8)

        assert [line.split()[-1] for line in ledger(result)] == ["0.86"] * 7

    @given(
        st.lists(
            st.tuples(st.integers(-(10**6), 10**6), st.sampled_from([1, 3, 3, 7, 30]), st.integers(0, 3)),
            min_size=1,
            max_size=9,
        ),
        st.integers(0, 7),
        st.sampled_from(list(RoundingMode)),
    )
    def test_a_sum_rounds_as_the_exact_one(
        self, rows: list[tuple[int, int, int]], places: int, mode: RoundingMode
    ) -> None:
        """To any number of places below eight, and no part is further than a unit from its own quotient."""
        groups = np.array([group for *_, group in rows])
        top = np.array([number * 10**8 for number, _, _ in rows], dtype=np.int64)
        bottom = np.array([divisor for _, divisor, _ in rows], dtype=np.int64)
        cut = cut_together(top, bottom, groups)
        assert cut.tolist() == cut_together(top.astype(object), bottom, groups).tolist()  # one group after the other
        exact: dict[int, Fraction] = defaultdict(Fraction)
        got: dict[int, int] = defaultdict(int)
        for (number, divisor, group), amount in zip(rows, cut.tolist(), strict=True):
            exact[group] += Fraction(number, divisor)
            got[group] += amount
            assert abs(amount - Fraction(number * 10**8, divisor)) <= 1

        for group, total in exact.items():
            wanted = exact_divide(total.numerator * 10**places, total.denominator, mode)
            assert exact_divide(got[group], 10 ** (8 - places), mode) == wanted
