"""Between an exact amount and a line: nothing vanishes, nothing wraps around, nothing is written for nothing."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from compensation.engine.small_plans import CASH, HEADER, UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import engine_inputs, run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.bonuses._found import exact_product, group_sums
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.rounding import cut_inexact, divide
from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import RoundingMode, round_to
from mlmcore.domain.exact import divide as exact_divide
from mlmcore.domain.money import Money

INT64_MAX = 2**63 - 1
PEOPLE = chain("ann", "bob", "cid", off=False)


class TestGroupSums:
    """Sums of amounts by payee."""

    @given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 2)), max_size=6))
    def test_they_are_exact_or_refused(self, rows: list[tuple[int, int]]) -> None:
        """Never wrapped around, also where a sum of everything would leave int64."""
        values = np.array([value for value, _ in rows], dtype=np.int64)
        group = np.array([owner for _, owner in rows], dtype=np.int64)
        slow = [sum(value for value, owner in rows if owner == number) for number in range(3)]

        if max(map(abs, slow)) > INT64_MAX:
            with pytest.raises(InputError, match=r"^a sum of amounts leaves the range of int64 before it is rounded; "):
                group_sums(values, group, 3)
        else:
            assert group_sums(values, group, 3).tolist() == slow

    def test_the_largest_number_of_all_is_a_sum(self) -> None:
        """2^62 and one less than that."""
        both, one = np.array([2**62, 2**62 - 1], dtype=np.int64), np.zeros(2, dtype=np.int64)

        assert group_sums(both, one, 1).tolist() == [INT64_MAX]

    def test_products_are_refused_before_they_wrap(self) -> None:
        """The largest that fits is taken."""
        most = np.array([INT64_MAX], dtype=np.int64)

        assert exact_product(most, np.array([-1], dtype=np.int64)).tolist() == [-INT64_MAX]
        with pytest.raises(
            InputError, match=r"^an amount leaves the range of int64 before it is rounded; round the base "
        ):
            exact_product(most, np.array([2], dtype=np.int64))


class TestLargeSums:
    """More money than 64 bits of exact amounts hold in all."""

    def test_entitled_is_exact_beyond_int64(self) -> None:
        """Four orders of three thousand million million."""
        sold = [order(f"o{number}", "cid", cv=3 * 10**15, pv=0) for number in range(4)]
        identity = run_engine(plan(), world(PEOPLE, sold, company={"profit": 0})).identity["uni"]

        assert identity.entitled == identity.paid == Decimal("0.08") * 12 * 10**15

    def test_so_are_the_sums_of_what_is_unpaid(self) -> None:
        """At ten decimal places, 1,200 million are more than int64 holds."""
        sold = [order(f"o{number}", "bob", cv=Decimal("600000000.01"), pv=0) for number in range(2)]
        alone = UNILEVEL.replace("[0.05, 0.03]", "[0.99999999]")
        result = run_engine(plan(alone), world(chain("ann", "bob", off=True), sold, company={"profit": 0}))

        assert result.unpaid.by_reason() == {"inactive": Decimal("1199999988.0199999998")}

    def test_so_are_the_totals_of_what_is_paid(self) -> None:
        """Sixty thousand million million for each of two people, and as much for the house."""
        cash = UNILEVEL.replace("[0.05, 0.03]", "[1]").replace('unpaid = "lost"', 'unpaid = "account:house"')
        people = [
            *chain("ann", "of ann", off=False),
            *chain("bob", "of bob", off=False),
            *chain("cid", "of cid", off=True),
            *chain("dan", "of dan", off=True),
        ]
        sold = [order(f"o{one['id']}", one["id"], cv=6 * 10**16, pv=0) for one in people if " " in one["id"]]
        result = run_engine(plan(cash), world(people, sold, company={"profit": 0}))

        twice = Money(12 * 10**18, "USD")
        assert result.lines.total == result.accounts.total == result.accounts.by_account()["house"] == twice.minor
        assert result.totals_by_bonus() == {"uni": twice}
        assert result.totals_by_type() == {"unilevel": twice}
        assert result.totals_by_level("uni") == {1: twice}
        assert result.totals_by_rank() == {"none": twice}
        assert result.identity["uni"].paid == Decimal(24 * 10**16)


class TestMoreThanSomebodyCanBePaid:
    """More than 92 thousand million million of one person are refused: they were a debt."""

    def sold(self, *bonuses: str) -> Result:
        """Two orders of cid, for each of which each bonus pays 40 thousand million million."""
        parts = [CASH.replace('"cash"', f'"{name}"').replace('"cv"', str(40 * 10**15)) for name in bonuses]
        sold = [order(f"o{number}", "cid", cv=1, pv=0) for number in range(2)]
        return run_engine(plan("".join(parts)), world(PEOPLE, sold, company={"profit": 0}))

    def test_by_one_bonus(self) -> None:
        """Three orders of one that pays whole dollars."""
        by = plan(CASH.replace('"cv"', str(40 * 10**15)))
        sold = [order(f"o{number}", "cid", cv=1, pv=0) for number in range(3)]

        with pytest.raises(InputError, match=r"^what somebody is paid by bonus cash leaves the range of int64; look "):
            run_engine(by, world(PEOPLE, sold, company={"profit": 0}))

    def test_by_all_together(self) -> None:
        """Each of two bonuses pays less, and their totals are exact all the same."""
        result = self.sold("cash", "more")

        assert result.paid_to(2) == Money(16 * 10**18, "USD")
        with pytest.raises(InputError, match=r"^what somebody is paid by all bonuses leaves the range of int64; look "):
            result.lines.by_person(3)

    def test_below_that_it_is_paid(self) -> None:
        """80 thousand million million."""
        assert self.sold("cash").lines.by_person(3).tolist() == [0, 0, 8 * 10**18]


class TestBesideFinerAmounts:
    """What was locked in March stands beside lines of April with six decimal places."""

    WAITS = 'deferred_until = "active"\ndeferred_expires = 1\n'

    def april(self, before: str, now: str, volume: int) -> Result:
        """April by another plan than March; ann and bob are off."""
        state = State.empty()
        for month, bonus, cv in ((3, before, Decimal(volume)), (4, now, Decimal("1.23"))):
            by = plan(bonus, more=self.WAITS)
            sold = [order(f"o{month}", "bob", on=date(2026, month, 2), cv=cv, pv=0)]
            days = date(2026, month, 1), date(2026, month + 1, 1)
            inputs = engine_inputs(by, world(chain("ann", "bob", off=True), sold, *days, company={"profit": 0}))
            result = calculate(by, evolve(inputs, previous=state))
            state = result.handed_on()
        return result

    def test_an_unpaid_amount_that_leaves_int64_there_is_refused(self) -> None:
        """A hundred million at the rate of a million expires."""
        walk = UNILEVEL.replace('pays = "active"', 'pays = "true"')
        before, now = (walk.replace("[0.05, 0.03]", rates) for rates in ("[1000000]", "[0.0001]"))

        with pytest.raises(InputError, match=r"^the amount of a line leaves the range of int64 at 6 decimal places, "):
            self.april(before, now, 10**8)

    def test_so_is_a_base(self) -> None:
        """A hundred million million."""
        now = CASH.replace('"cv"', '"0.0001 * cv"')

        with pytest.raises(InputError, match=r"^the base of a line leaves the range of int64 at 6 decimal places, "):
            self.april(CASH, now, 10**14)


class TestHalves:
    @pytest.mark.parametrize("mode", list(RoundingMode))
    def test_of_a_cent_are_rounded_as_the_plan_says(self, mode: RoundingMode) -> None:
        """5% of 0.10, 0.30, 0.50 and so on, and of what is given back of it: of even cents and odd ones."""
        by = loads_plan(HEADER.replace('"half_up"', f'"{mode}"').format(refunds="current", at="line") + UNILEVEL)
        sold = []
        for number in range(1, 9):
            cv = Decimal(number).scaleb(-1)
            sold += [order(f"o{number}", "bob", on=date(2026, 3, 2), cv=cv, pv=0)]
            sold += [order(f"b{number}", "bob", on=date(2026, 3, 3), refund_of=f"o{number}", cv=-cv, pv=0)]

        result = run_engine(by, world(chain("ann", "bob", off=False), sold, company={"profit": 0}))

        got = {line.split()[3]: Decimal(line.split()[4]) for line in ledger(result)}
        for one in sold:
            half = one["volumes"]["cv"] / 20
            assert got.get(one["id"], 0) == round_to(half, 2, mode)


class TestNothing:
    """An exact amount of nothing makes no line."""

    def test_no_ledger_line_and_no_unpaid_line(self) -> None:
        """Of an order of nothing, nobody gets anything; a hundredth of a cent is something."""
        sold = [order("none", "cid", cv=0, pv=0), order("one", "cid", cv=1, pv=0)]
        result = run_engine(plan(), world(PEOPLE, sold, company={"profit": 0}))

        assert ledger(result) == ["uni 1 bob one 0.05", "uni 2 ann one 0.03"]
        assert unpaid(result) == []

    def test_also_where_merged_rows_cancel_out(self) -> None:
        """A sale and its refund, on one line per payee."""
        sold = [
            order("sale", "cid", on=date(2026, 3, 2), cv=100, pv=0),
            order("back", "cid", on=date(2026, 3, 3), cv=-100, pv=0, refund_of="sale"),
        ]
        result = run_engine(plan(more='detail = "payee"\n'), world(PEOPLE, sold, company={"profit": 0}))

        assert (ledger(result), unpaid(result)) == ([], [])

    def test_what_rounds_to_nothing_stays_and_says_so(self) -> None:
        """A line of 0.00, and its rounding."""
        tiny = plan(UNILEVEL.replace("[0.05, 0.03]", "[0.004]"))
        result = run_engine(tiny, world(PEOPLE, [order("one", "cid", cv=1, pv=0)], company={"profit": 0}))

        assert ledger(result) == ["uni 1 bob one 0.00"]
        assert unpaid(result) == ["uni -1 bob rounding 0.004"]

    def test_what_rounding_takes_of_an_account_is_nobodys(self) -> None:
        """Of two lines of the house together; nobody stands above bob."""
        house = plan(UNILEVEL.replace('no_upline = "lost"', 'no_upline = "account:house"'))
        result = run_engine(
            house, world(PEOPLE[:2], [order("one", "ann", cv=Decimal("33.33"), pv=0)], company={"profit": 0})
        )

        assert (ledger(result), result.accounts.total) == ([], 267)
        assert unpaid(result) == ["uni -1 - rounding -0.0036"]


class TestNegative:
    """A payee's rounded sum below zero."""

    SOLD = (
        order("sale", "cid", on=date(2026, 3, 2), cv=20, pv=0),
        order("big", "cid", on=date(2026, 2, 2), cv=100, pv=0),
        order("back", "cid", on=date(2026, 3, 3), cv=-100, pv=0, refund_of="big"),
    )

    def test_zero_makes_all_its_lines_unpaid(self) -> None:
        """The paid one too: the sum is nothing, and every line says what became of it."""
        gentle = plan(UNILEVEL.replace('"charge"', '"zero"'))
        result = run_engine(gentle, world(PEOPLE, list(self.SOLD), company={"profit": 0}))

        assert ledger(result) == []
        assert unpaid(result) == [
            "uni 1 bob negative 1.0",
            "uni 2 ann negative 0.6",
            "uni 1 bob negative -5.0",
            "uni 2 ann negative -3.0",
        ]

    def test_charge_leaves_them(self) -> None:
        """The payee owes."""
        result = run_engine(plan(), world(PEOPLE, list(self.SOLD), company={"profit": 0}))

        assert result.paid_to(1).amount == Decimal("-4.00")

    def test_error_names_everybody(self) -> None:
        """At once, with the clause."""
        strict = plan(UNILEVEL.replace('"charge"', '"error"'))

        with pytest.raises(InputError) as caught:
            run_engine(strict, world(PEOPLE, list(self.SOLD), company={"profit": 0}))
        assert str(caught.value) == (
            "2 findings:\n"
            "<text>:24: bonuses.uni: ann would get -2.40 USD, below zero; "
            'say in `negative` what happens then: "zero" or "charge"\n'
            "<text>:24: bonuses.uni: bob would get -4.00 USD, below zero; "
            'say in `negative` what happens then: "zero" or "charge"'
        )


class TestMinimum:
    """Sums below the least that is paid."""

    def test_all_lines_of_the_payee_become_unpaid(self) -> None:
        """Exactly the minimum is paid."""
        least = plan(more='minimum = 5\nminimum_unpaid = "lost"\n')
        result = run_engine(least, world(PEOPLE, [order("sale", "cid", cv=100, pv=0)], company={"profit": 0}))

        assert ledger(result) == ["uni 1 bob sale 5.00"]
        assert unpaid(result) == ["uni 2 ann below_minimum 3"]


class TestDeepTrees:
    """Trees as deep as they come."""

    def test_a_level_is_counted_beyond_any_small_number(self) -> None:
        """One order at the end of a chain of 40,000 people, paid to the top without a limit."""
        people = chain(*(f"p{number:05}" for number in range(40_000)), off=False)
        everywhere = UNILEVEL.replace("rates = [0.05, 0.03]", 'rate = "0.05"')
        sold = [order("o", "p39999", cv=100, pv=0)]
        (lines,) = run_engine(plan(everywhere), world(people, sold, company={"profit": 0})).lines.segments

        assert lines.level.tolist() == list(range(1, 40_000))


class TestRatesThatDivide:
    """A rate may be an unrounded division: the amount is kept to eight places and rounds as the exact one."""

    def paid(self, rate: str, cv: str, mode: str = "half_up") -> tuple[list[str], list[str], Decimal]:
        """Ledger and unpaid lines and what was offered, of one sale by bob of ann."""
        text = UNILEVEL.replace("rates = [0.05, 0.03]", f'rate = "{rate}"\ndepth = 1')
        result = run_engine(
            plan(text), world(PEOPLE[:2], [order("sale", "bob", cv=Decimal(cv), pv=0)], company={"profit": 0})
        )
        return ledger(result), unpaid(result), result.identity["uni"].entitled

    def test_a_third_is_paid_and_its_rest_is_a_rounding(self) -> None:
        """100 / 3 is 33.33; what is left is unpaid by rounding, and all adds up."""
        lines, rest, entitled = self.paid("1 / 3", "100")

        assert lines == ["uni 1 ann sale 33.33"]
        assert rest == ["uni -1 ann rounding 0.00333333"]
        assert entitled == Decimal("33.33333333")

    def test_what_is_just_above_a_half_rounds_up(self) -> None:
        """0.0050000000001 is more than half a cent, also where eight places don't show it."""
        lines, rest, _ = self.paid("0.005 + ratio(1, 10000000000000, zero=0)", "1")

        assert lines == ["uni 1 ann sale 0.01"]
        assert rest == ["uni -1 ann rounding -0.00499999"]

    @given(
        st.integers(-(10**9), 10**9),
        st.integers(1, 10**7),
        st.integers(0, 7),
        st.sampled_from(list(RoundingMode)),
    )
    def test_cutting_changes_no_later_rounding(self, top: int, bottom: int, places: int, mode: RoundingMode) -> None:
        """To any number of places below eight, in every mode."""
        cut = cut_inexact(np.array([top * 10**8], dtype=object), bottom)
        factor = 10 ** (8 - places)

        assert divide(cut, factor, mode).tolist() == [exact_divide(top * 10**places, bottom, mode)]
