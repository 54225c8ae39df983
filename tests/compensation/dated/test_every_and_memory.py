"""`every` beside what a bonus remembers: rule by rule, worked out by hand.

March 2026 pays the weeks 9 to 13, from Monday the 23rd of February to Sunday the 29th of March; week 14 is April's. A
quarter's bonus runs in March for January to March.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import CASH, UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.periods import Period

OWN = """
[[bonuses]]
id = "own"
type = "rank_bonus"
kind = "amount"
amount = "sum(orders, cv)"
negative = "charge"
"""
RANKS = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "bronze"
requires = "personal >= 10"
[[ranks]]
id = "silver"
requires = "personal >= 20"
"""
AWARD = """
[[bonuses]]
id = "award"
type = "rank_bonus"
kind = "amount"
amount = "7 if rank == silver else 3"
once_per = "rank"
skipped = "paid"
"""
WEEK = 'every = "week"\n'
QUARTER = 'every = "quarter"\n'


def sold(identity: str, day: str, seller: str, cv: int, refund_of: str | None = None, pv: int = 0) -> dict[str, Any]:
    """An order of a day such as 03-02."""
    return order(identity, seller, on=date.fromisoformat(f"2026-{day}"), cv=cv, pv=pv, refund_of=refund_of)


def months(by: Plan, first: int, last: int, *orders: dict[str, Any], off: Sequence[int] = ()) -> list[Result]:
    """Months of 2026, each with what the one before handed on; everybody is off in some of them."""
    found, state = [], State.empty()
    for number in range(first, last + 1):
        month = Period.parse(f"2026-{number:02}")
        people = chain("ann", "bob", "cid", off=number in off)
        inputs = engine_inputs(by, world(people, list(orders), month.start, month.end, company={"profit": 0}))
        found.append(calculate(by, evolve(inputs, previous=state)))
        state = found[-1].handed_on()
    return found


class TestOncePer:
    """`once_per` counts over the plan's periods, and over a lifetime, however often the bonus runs in one."""

    def test_period_is_the_plans_also_of_a_weekly_bonus(self) -> None:
        """The first of all March's weeks pays; April's first again."""
        weekly = plan(CASH, more=WEEK + 'once_per = "period"\n')
        days = ("02-24", "03-02", "03-20", "03-31", "04-20")

        march, april = months(weekly, 3, 4, *(sold(f"o{day}", day, "ann", 5) for day in days))

        assert ledger(march) == ["cash -1 ann o02-24 5.00"]
        assert ledger(april) == ["cash -1 ann o03-31 5.00"]

    def test_lifetime_is_used_in_the_first_week_in_which_somebody_qualifies(self) -> None:
        """Ann sells once in week 10 and twice in week 12; in the month it would have been enough at once."""
        weekly = plan(OWN, more=WEEK + 'once_per = "lifetime"\nqualifies = "count(orders) >= 2"\n')
        orders = [sold("a", "03-02", "ann", 5), sold("b", "03-16", "ann", 6), sold("c", "03-17", "ann", 7)]

        march, april = months(weekly, 3, 4, *orders, sold("d", "04-07", "ann", 8), sold("e", "04-08", "ann", 9))

        assert ledger(march) == ["own -1 ann - 13.00"]
        assert unpaid(march) == ["own -1 ann not_qualified 5"]
        assert ledger(april) == []

    def test_a_quarters_once_is_used_in_its_last_month(self) -> None:
        """January's order counts first, and is paid in March; April's quarter pays no more."""
        quarterly = plan(CASH, more=QUARTER + 'once_per = "lifetime"\n')
        days = ("01-05", "02-05", "03-05", "04-05")

        results = months(quarterly, 1, 6, *(sold(f"o{day}", day, "ann", 5) for day in days))

        assert [ledger(result) for result in results] == [[], [], ["cash -1 ann o01-05 5.00"], [], [], []]

    def test_a_rank_is_paid_in_one_week_of_the_month_in_which_it_is_reached(self) -> None:
        """Five weeks end in March; silver jumped over bronze, and both are paid once, 3 and 7."""
        weekly = plan(RANKS + AWARD + WEEK)

        march, april = months(weekly, 3, 4, sold("a", "03-16", "ann", 0, pv=20), sold("b", "04-06", "ann", 0, pv=30))

        assert (ledger(march), ledger(april)) == (["award -1 ann - 10.00"], [])

    def test_a_rank_of_which_nothing_was_used_in_one_week_is_open_in_the_next(self) -> None:
        """It asks for an order of the week, which comes in week 12."""
        weekly = plan(RANKS + AWARD + WEEK + 'qualifies = "count(orders) > 0"\n')

        (march,) = months(weekly, 3, 3, sold("a", "03-16", "ann", 0, pv=10))

        assert ledger(march) == ["award -1 ann - 3.00"]
        assert [line for line in unpaid(march) if " ann " in line] == ["award -1 ann not_qualified 3"] * 3

    def test_a_rank_reached_in_january_is_paid_by_the_quarter_in_march(self) -> None:
        """Bronze in January, none in February, silver in March: 3 and 7, though bronze was held before March."""
        quarterly = plan(RANKS + AWARD + QUARTER)

        results = months(quarterly, 1, 4, sold("a", "01-05", "ann", 0, pv=10), sold("b", "03-05", "ann", 0, pv=20))

        assert [ledger(result) for result in results] == [[], [], ["award -1 ann - 10.00"], []]


class TestLinesThatWait:
    """`minimum_unpaid = "carry"` and `deferred_until`."""

    def test_what_a_quarters_minimum_carries_waits_for_the_next_quarter(self) -> None:
        """In the months between nothing is asked, and nothing is lost."""
        quarterly = plan(OWN, more=QUARTER + 'minimum = 10\nminimum_unpaid = "carry"\n')

        results = months(quarterly, 1, 6, sold("a", "02-05", "ann", 6), sold("b", "05-05", "ann", 4))

        assert [ledger(result) for result in results[:-1]] == [[]] * 5
        assert sorted(ledger(results[-1])) == ["own -1 ann - 4.00", "own -1 ann - 6.00"]
        assert [str(result.identity["own"].carried) for result in results[2:]] == ["6.00", "6.00", "6.00", "0.00"]

    def test_a_quarters_line_is_locked_from_the_month_in_which_it_is_earned(self) -> None:
        """March is its period 0; it is asked again each month, and expires at the end of May."""
        quarterly = plan(OWN, more=QUARTER + 'deferred_until = "active"\ndeferred_expires = 2\n')
        orders = [sold("a", "01-05", "ann", 6)]

        paid = months(quarterly, 1, 4, *orders, off=[1, 2, 3])
        expired = months(quarterly, 1, 5, *orders, off=[1, 2, 3, 4, 5])

        assert [ledger(result) for result in paid] == [[], [], [], ["own -1 ann - 6.00"]]
        assert [unpaid(result) for result in expired] == [[], [], [], [], ["own -1 ann expired 6"]]

    def test_weeks_of_one_month_wait_equally_long(self) -> None:
        """Those of week 9 and of week 13 both expire at the end of April, the first period after their own."""
        weekly = plan(OWN, more=WEEK + 'deferred_until = "active"\ndeferred_expires = 1\n')
        orders = [sold("a", "02-24", "ann", 6), sold("b", "03-29", "ann", 4), sold("c", "03-30", "ann", 1)]

        march, april = months(weekly, 3, 4, *orders, off=[3, 4])

        assert (unpaid(march), str(march.identity["own"].carried)) == ([], "10.00")
        assert sorted(unpaid(april)) == ["own -1 ann expired 4", "own -1 ann expired 6"]
        assert str(april.identity["own"].carried) == "1.00"

    def test_a_condition_is_the_months_not_the_weeks(self) -> None:
        """Ann sold once in each of two weeks, so twice in March: nothing is locked."""
        weekly = plan(OWN, more=WEEK + 'deferred_until = "count(orders) >= 2"\n')

        (march,) = months(weekly, 3, 3, sold("a", "03-02", "ann", 6), sold("b", "03-16", "ann", 4))

        assert ledger(march) == ["own -1 ann - 6.00", "own -1 ann - 4.00"]


class TestCaps:
    """A cap is over everything that its bonuses pay in the plan's period."""

    def test_weeks_and_the_month_share_one_limit(self) -> None:
        """8 of week 10 and 5 of week 11 beside the month's 13: of 26, 20 are left; the last lines lose."""
        weekly = OWN.replace('"own"', '"weekly"') + WEEK
        cap = '[[caps]]\nbonuses = ["weekly", "own"]\nper = ["payee"]\nlimit = 20\napply = "priority"\n'

        (march,) = months(plan(weekly + OWN + cap), 3, 3, sold("a", "03-02", "ann", 8), sold("b", "03-09", "ann", 5))

        assert ledger(march) == ["weekly -1 ann - 8.00", "weekly -1 ann - 5.00", "own -1 ann - 7.00"]
        assert unpaid(march) == ["own -1 ann capped 6"]

    def test_of_a_quarter_it_is_asked_in_the_month_that_ends_it(self) -> None:
        """The limit is March's: ten for each order of March, and there is one."""
        cap = '[[caps]]\nbonuses = ["own"]\nper = ["payee"]\nlimit = "10 * count(orders)"\napply = "scale"\n'
        orders = [sold("a", "01-05", "ann", 8), sold("b", "02-05", "ann", 8), sold("c", "03-05", "ann", 8)]

        results = months(plan(OWN + QUARTER + cap), 1, 3, *orders)

        assert [ledger(result) for result in results] == [[], [], ["own -1 ann - 10.00"]]
        assert unpaid(results[-1]) == ["own -1 ann capped 14"]


class TestRefunds:
    """`refunds = "original"` of an order in another week, or another quarter."""

    @pytest.mark.parametrize("every", [WEEK, QUARTER])
    def test_an_order_from_before_the_first_month_that_the_bonus_saw_is_known(self, every: str) -> None:
        """Week 9 began in February, and the quarter in January; ann has nobody above, so her order paid nothing.

        March is the first month of all. In April half of ann's order is given back, and of bob's a third.
        """
        orders = [
            *(sold("a", "02-24", "ann", 90), sold("b", "02-25", "bob", 90)),
            *(sold("ra", "04-01", "ann", -45, "a"), sold("rb", "04-01", "bob", -30, "b")),
        ]

        march, *later = months(plan(UNILEVEL + every, refunds="original"), 3, 6, *orders)

        assert ledger(march) == ["uni 1 ann b 4.50"]
        assert [line for result in later for line in ledger(result)] == ["uni 1 ann rb -1.50"]

    def test_a_refund_between_the_quarters_months_waits_for_the_quarters_end(self) -> None:
        """January's order is paid in March; given back in April, it is taken back in June."""
        orders = [sold("b", "01-25", "bob", 90), sold("rb", "04-01", "bob", -30, "b")]

        results = months(plan(UNILEVEL + QUARTER, refunds="original"), 1, 6, *orders)

        assert [ledger(one) for one in results] == [[], [], ["uni 1 ann b 4.50"], [], [], ["uni 1 ann rb -1.50"]]

    def test_what_is_given_back_within_the_quarter_is_taken_back_at_once(self) -> None:
        """Both lines stand in March."""
        orders = [sold("b", "01-25", "bob", 90), sold("rb", "02-01", "bob", -90, "b")]

        *_, march = months(plan(UNILEVEL + QUARTER, refunds="original"), 1, 3, *orders)

        assert ledger(march) == ["uni 1 ann b 4.50", "uni 1 ann rb -4.50"]


class TestWhen:
    """`when` is asked in each period of `every`: what it sums is what was sold in that one."""

    STRONG = 'when = "company.cv >= 100"\n'

    def test_of_a_quarter_it_sums_the_quarter(self) -> None:
        """March alone sold 30; January to March 110."""
        orders = [sold("a", "01-05", "ann", 80), sold("b", "03-05", "ann", 30), sold("c", "05-05", "ann", 99)]

        results = months(plan(OWN, more=QUARTER + self.STRONG), 1, 6, *orders)

        assert [ledger(result) for result in results] == [[], [], ["own -1 ann - 110.00"], [], [], []]

    def test_of_a_week_it_sums_the_week(self) -> None:
        """Week 10 sold 120 and is paid; week 11 sold 90, and is not, though March sold more than 200."""
        orders = [sold("a", "03-02", "ann", 120), sold("b", "03-09", "ann", 90)]

        (march,) = months(plan(OWN, more=WEEK + self.STRONG), 3, 3, *orders)

        assert ledger(march) == ["own -1 ann - 120.00"]

    def test_a_fund_rests_in_a_weak_week(self) -> None:
        """10% of week 10's 120 has no taker and waits; nothing comes in in week 11; week 12 holds 12 + 20."""
        pool = """
[[bonuses]]
id = "pot"
type = "pool"
kind = "pool"
fund = "0.10 * company.cv"
shares = "1 if sum(orders, cv) >= 150 else 0"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
negative = "charge"
"""
        orders = [sold("a", "03-02", "ann", 120), sold("b", "03-09", "ann", 90), sold("c", "03-16", "bob", 200)]

        (march,) = months(plan(pool + WEEK + self.STRONG), 3, 3, *orders)

        assert ledger(march) == ["pot -1 bob - 32.00"]
        assert str(march.identity["pot"].entitled) == "32.000"

    def test_refunds_of_a_weak_week_take_back_what_a_strong_one_paid(self) -> None:
        """Week 11 pays nothing; half of week 10's order comes back in it, and an order of its own that paid nothing."""
        orders = [
            *(sold("b", "03-02", "bob", 120), sold("weak", "03-09", "bob", 90)),
            *(sold("rb", "03-10", "bob", -60, "b"), sold("rw", "03-18", "bob", -90, "weak")),
        ]

        (march,) = months(plan(UNILEVEL + WEEK + self.STRONG, refunds="original"), 3, 3, *orders)

        assert ledger(march) == ["uni 1 ann b 6.00", "uni 1 ann rb -3.00"]


class TestEqual:
    """`equal` of a differential begins anew with every walk, and its rates are those of the week."""

    def test_weeks_do_not_share_generations(self) -> None:
        """Everybody has 3% in week 10 and in week 11: the first above gets one per cent, in each of them."""
        walk = """
[[bonuses]]
id = "steps"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = "0.03 if count(orders) >= 1 else 0.01"
initial = 0
first_level = 0
equal = { rate = 0.01, generations = 1 }
negative = "charge"
"""
        orders = [
            *(sold("c1", "03-02", "cid", 100), sold("b1", "03-03", "bob", 0), sold("a1", "03-04", "ann", 0)),
            *(sold("c2", "03-09", "cid", 100), sold("a2", "03-10", "ann", 0)),
        ]

        (march,) = months(plan(walk + WEEK), 3, 3, *orders)

        assert ledger(march) == [
            "steps 0 cid c1 3.00",
            "steps 1 bob c1 1.00",
            "steps 0 cid c2 3.00",
            "steps 2 ann c2 1.00",
        ]


class TestWhy:
    """`why` says what was so in the week."""

    def test_of_a_condition(self) -> None:
        """Twice in the month, once in each week."""
        weekly = plan(OWN, more=WEEK + 'qualifies = "count(orders) >= 2"\n')

        (march,) = months(weekly, 3, 3, sold("a", "03-02", "ann", 6), sold("b", "03-16", "ann", 4))

        assert [(one.span, one.because) for one in why(march, "ann").amounts] == [
            ("2026-W10", "count(orders) >= 2 is false: count(orders) = 1"),
            ("2026-W12", "count(orders) >= 2 is false: count(orders) = 1"),
        ]

    def test_of_who_was_passed(self) -> None:
        """Bob counted in week 10, and not in week 11."""
        walk = UNILEVEL.replace('counts = "true"', 'counts = "count(orders) > 0"').replace('pays = "active"\n', "")
        orders = [sold("c1", "03-02", "cid", 100), sold("b", "03-02", "bob", 0), sold("c2", "03-09", "cid", 100)]
        orders += [sold("a1", "03-02", "ann", 0), sold("a2", "03-09", "ann", 0)]

        (march,) = months(plan(walk + WEEK), 3, 3, *orders)

        assert [
            (one.order, one.level, [(step.person, step.counts, step.because) for step in one.passed])
            for one in why(march, "ann").amounts
        ] == [
            ("c1", 2, [("bob", True, "count(orders) > 0 is true: count(orders) = 1")]),
            ("c2", 1, [("bob", False, "count(orders) > 0 is false: count(orders) = 0")]),
        ]

    def test_of_what_was_missed(self) -> None:
        """Bob's level goes on to ann in both weeks: he sold nothing in week 10, and less than 5 in week 11."""
        walk = UNILEVEL.replace('pays = "active"', 'pays = "sum(orders, cv) >= 5"').replace(
            'unpaid = "lost"', 'unpaid = "next"'
        )
        orders = [sold("c1", "03-02", "cid", 100), sold("b", "03-09", "bob", 4), sold("c2", "03-10", "cid", 100)]
        orders += [sold("a1", "03-02", "ann", 5), sold("a2", "03-09", "ann", 5)]

        (march,) = months(plan(walk + WEEK), 3, 3, *orders)

        assert [(one.span, one.order, one.because) for one in why(march, "bob").amounts if one.kind == "missed"] == [
            ("2026-W10", "c1", "sum(orders, cv) >= 5 is false: sum(orders, cv) = 0.00"),
            ("2026-W11", "c2", "sum(orders, cv) >= 5 is false: sum(orders, cv) = 4.00"),
        ]

    def test_of_what_waited_since_an_earlier_month_and_is_cut_by_a_cap(self) -> None:
        """4 of March wait for 4 of April; 6 are the most, and both lines are cut."""
        cap = '[[caps]]\nbonuses = ["own"]\nper = ["payee"]\nlimit = 6\napply = "scale"\n'
        body = OWN + WEEK + 'minimum = 5\nminimum_unpaid = "carry"\n' + cap

        _, april = months(plan(body), 3, 4, sold("a", "03-02", "ann", 4), sold("b", "04-06", "ann", 4))

        limit = "caps[0] is over own per payee: the limit is 6"
        assert [(one.kind, str(one.amount), one.because) for one in why(april, "ann").amounts] == [
            ("paid", "3.00", ""),
            ("paid", "3.00", "brought forward from 2026-03"),
            ("unpaid", "1", limit),
            ("unpaid", "1", f"brought forward from 2026-03; {limit}"),
        ]
