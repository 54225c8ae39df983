"""A pool that is shared once for each week that ends in the month: rule by rule, worked out by hand.

March 2026 pays the weeks 9 to 13, from Monday the 23rd of February to Sunday the 29th of March; week 14 is April's.
"""

from datetime import date
from pathlib import Path

import pytest

from compensation.dated.small_cases import HEADER, VOLUMES, assert_case
from compensation.engine.small_plans import HEADER as SMALL
from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError

PEOPLE = "people: |\n  ann\n    bob\n      cid\n"
POOL = """
[[bonuses]]
id = "pot"
type = "pool"
kind = "pool"
every = "week"
fund = "0.10 * company.cv"
eligible = "count(orders) > 0"
shares = "sum(orders, cv)"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
negative = "charge"
"""
ORDERS = "orders: {csv: orders.csv}\n"


def sold(*rows: str) -> dict[str, str]:
    """The file of orders: id, date, seller, money."""
    return {"orders.csv": "\n".join(["id,date,seller,cv,pv", *(f"{row},0" for row in rows)]) + "\n"}


def check(folder: Path, body: str, case: str, *rows: str, header: str = HEADER + VOLUMES) -> None:
    """One case of the three people; rows outside the month are theirs too."""
    assert_case(folder, body, PEOPLE + ORDERS + case, header=header, files=sold(*rows))


class TestWeeks:
    """`every = "week"` in a monthly plan."""

    def test_each_week_shares_what_was_sold_in_it_by_what_was_sold_in_it(self, tmp_path: Path) -> None:
        """Week 10: 10% of 300 to ann and bob, 2 to 1. Week 11: 10% of 500, all cid's. What bob sold does not count."""
        rows = ("a,2026-03-02,ann,200", "b,2026-03-08,bob,100", "c,2026-03-09,cid,500")
        check(tmp_path, POOL, "period: 2026-03\nexpect: {ann: {pot: 20}, bob: {pot: 10}, cid: {pot: 50}}\n", *rows)

    def test_a_week_belongs_to_the_month_in_which_it_ends(self, tmp_path: Path) -> None:
        """What is sold from the 23rd of February on is March's; what is sold on the 30th of March is April's."""
        rows = (
            *("old,2026-02-22,ann,1000", "a,2026-02-23,ann,100", "b,2026-03-01,bob,100"),
            *("last,2026-03-29,bob,40", "next,2026-03-30,cid,1000"),
        )
        case = "period: 2026-03\nexpect: {ann: {pot: 10}, bob: {pot: 14}, cid: {pot: 0}}\n"
        check(tmp_path, POOL, case, *rows)

    def test_what_nobody_shares_goes_to_the_next_week_and_then_to_the_next_month(self, tmp_path: Path) -> None:
        """Only whole sales of 50 make somebody eligible: week 10 carries 4, week 11 pays 4 + 6; week 13 carries 3."""
        body = POOL.replace("count(orders) > 0", "sum(orders, cv) >= 50")
        rows = (
            *("a,2026-03-02,ann,40", "b,2026-03-10,bob,60", "c,2026-03-25,cid,30"),
            *("d,2026-03-31,cid,20", "e,2026-04-07,ann,70"),
        )
        case = """\
periods:
  - period: 2026-03
    figures: {pot.fund: 3, carry.pot.fund: 3}
    expect: {bob: {pot: 10}, ann: {pot: 0}, cid: {pot: 0}}
  - period: 2026-04
    figures: {pot.fund: 0, carry.pot.fund: 0}
    expect: {ann: {pot: 12}, cid: {pot: 0}}
"""
        check(tmp_path, body, case, *rows)

    def test_a_fund_is_released_in_the_week_in_which_it_is_large_enough(self, tmp_path: Path) -> None:
        """4 and 5 wait; with the 3 of week 12 they are 12, shared by what was sold in week 12."""
        body = POOL + 'release = "pot.fund >= 10"\n'
        rows = (
            "a,2026-03-02,ann,40",
            "b,2026-03-09,bob,50",
            "c,2026-03-16,cid,20",
            "d,2026-03-16,ann,10",
            "e,2026-03-23,bob,1",
        )
        case = """\
period: 2026-03
figures: {carry.pot.fund: 0.10}
expect: {ann: {pot: 4}, bob: {pot: 0}, cid: {pot: 8}}
"""
        check(tmp_path, body, case, *rows)

    def test_places_are_those_of_the_week(self, tmp_path: Path) -> None:
        """The best seller of each week gets its fund, the smaller id of two. The place is that of the last week."""
        body = POOL + 'order_by = "sum(orders, cv)"\nties = "id"\ntop = 1\n'
        rows = ("a,2026-03-02,ann,40", "b,2026-03-03,bob,60", "c,2026-03-23,cid,50", "d,2026-03-24,ann,50")
        case = (
            "period: 2026-03\nexpect: {ann: {pot: 10, pot.place: 1}, bob: {pot: 10, pot.place: none}, cid: {pot: 0}}\n"
        )
        check(tmp_path, body, case, *rows)

    def test_measures_and_ranks_are_the_months(self, tmp_path: Path) -> None:
        """Both weeks are split by what each sold in all of March, 30 to 10, also the one in which ann sold nothing."""
        body = '[measures]\npersonal = "sum(orders, cv)"\n' + POOL.replace(
            'shares = "sum(orders, cv)"', 'shares = "personal"'
        ).replace("count(orders) > 0", "personal > 0")
        rows = ("a,2026-03-02,ann,30", "b,2026-03-09,bob,10")
        check(tmp_path, body, "period: 2026-03\nexpect: {ann: {pot: 3}, bob: {pot: 1}}\n", *rows)

    def test_a_number_comes_in_anew_each_week(self, tmp_path: Path) -> None:
        """7 in each of five weeks; where nobody sold it waits: 7 + 7 in week 10, and 7 + 7 + 7 in week 13."""
        body = POOL.replace('"0.10 * company.cv"', "7")
        rows = ("a,2026-03-02,ann,1", "b,2026-03-25,bob,1")
        check(tmp_path, body, "period: 2026-03\nexpect: {ann: {pot: 14}, bob: {pot: 21}}\n", *rows)

    def test_an_account_takes_what_nobody_shares_week_by_week(self, tmp_path: Path) -> None:
        """10% of 25 and of 35 in weeks in which nobody sold 50; week 12 is shared."""
        header = HEADER + 'accounts = ["house"]\n' + VOLUMES
        body = POOL.replace("count(orders) > 0", "sum(orders, cv) >= 50").replace('"carry"', '"account:house"')
        rows = ("a,2026-03-02,ann,25", "b,2026-03-10,bob,35", "c,2026-03-18,cid,50")
        case = "period: 2026-03\nexpect: {cid: {pot: 5}, ann: {pot: 0}}\naccounts: {house: 6}\n"
        check(tmp_path, body, case, *rows, header=header)

    def test_money_is_cut_in_each_week(self, tmp_path: Path) -> None:
        """A fund of 0.125 pays 0.12 and leaves 0.005 to rounding, twice; one of 0.25 would have paid all."""
        rows = ("a,2026-03-02,ann,1.25", "b,2026-03-09,ann,1.25")
        case = """\
period: 2026-03
expect: {ann: {pot: 0.24}}
unpaid:
  - {bonus: pot, amount: 0.005, reason: rounding}
  - {bonus: pot, amount: 0.005, reason: rounding}
"""
        check(tmp_path, POOL, case, *rows)

    def test_a_refund_counts_in_its_own_week(self, tmp_path: Path) -> None:
        """Week 10 pays 10. Week 11 holds 10% of 60 less 100, below zero: bob, who alone sold in it, is charged 4."""
        body = POOL.replace('shares = "sum(orders, cv)"', "shares = 1")
        case = """\
period: 2026-03
people: |
  ann
    bob
orders:
  - {id: a, seller: ann, date: 2026-03-02, cv: 100, pv: 0}
  - {id: b, seller: bob, date: 2026-03-10, cv: 60, pv: 0}
  - {id: r, seller: ann, refund_of: a, date: 2026-03-11, cv: -100, pv: 0}
expect: {ann: {pot: 10}, bob: {pot: -4}}
"""
        assert_case(tmp_path, body, case, header=HEADER + VOLUMES)

    def test_when_it_does_not_run_the_fund_rests_for_the_month(self, tmp_path: Path) -> None:
        """April's weeks bring nothing in and share nothing; May begins with what March left."""
        body = POOL.replace("count(orders) > 0", "sum(orders, cv) >= 50") + 'when = "month(period.start) != 4"\n'
        rows = ("a,2026-03-02,ann,40", "b,2026-04-10,bob,100", "c,2026-05-05,cid,60")
        case = """\
periods:
  - {period: 2026-03, figures: {carry.pot.fund: 4}, expect: {ann: {pot: 0}}}
  - {period: 2026-04, figures: {pot.fund: 4, carry.pot.fund: 4}, expect: {bob: {pot: 0}}}
  - {period: 2026-05, figures: {carry.pot.fund: 0}, expect: {cid: {pot: 10}}}
"""
        check(tmp_path, body, case, *rows)

    def test_others_read_the_fund_of_the_last_week(self, tmp_path: Path) -> None:
        """10% of 70; and `pot.earned` is what all weeks came to."""
        body = POOL + '[measures]\nheld = "pot.fund"\nall_weeks = "pot.earned"\n'
        rows = ("a,2026-03-02,ann,40", "b,2026-03-25,ann,70")
        check(tmp_path, body, "period: 2026-03\nexpect: {ann: {held: 7, all_weeks: 11, pot.paid: 11}}\n", *rows)

    def test_months_of_a_quarter_and_days_of_a_week(self, tmp_path: Path) -> None:
        """January pays ann 4, February bob 6; by days likewise."""
        rows = ("a,2026-01-05,ann,40", "b,2026-02-06,bob,60")
        case = "period: 2026-Q1\nexpect: {ann: {pot: 4}, bob: {pot: 6}}\n"
        header = HEADER.replace('period = "month"', 'period = "quarter"') + VOLUMES
        check(tmp_path, POOL.replace('"week"', '"month"'), case, *rows, header=header)
        by_day = ("a,2026-03-02,ann,40", "b,2026-03-03,bob,60", "c,2026-03-03,cid,20")
        case = "period: 2026-W10\nexpect: {ann: {pot: 4}, bob: {pot: 6}, cid: {pot: 2}}\n"
        header = HEADER.replace('period = "month"', 'period = "week"') + VOLUMES
        check(tmp_path, POOL.replace('"week"', '"day"'), case, *by_day, header=header)


class TestTogetherWithOtherOptions:
    """What holds for each week, and what for the month."""

    ROWS = ("a,2026-03-02,ann,40", "b,2026-03-09,ann,30", "c,2026-03-16,ann,60", "d,2026-03-23,ann,20")

    def test_a_minimum_is_asked_each_week(self, tmp_path: Path) -> None:
        """Of 4, 3, 6 and 2 only the 6 are enough."""
        body = POOL + 'minimum = 5\nminimum_unpaid = "lost"\n'
        case = """\
period: 2026-03
expect: {ann: {pot: 6}}
unpaid:
  - {bonus: pot, person: ann, amount: 4, reason: below_minimum}
  - {bonus: pot, person: ann, amount: 3, reason: below_minimum}
  - {bonus: pot, person: ann, amount: 2, reason: below_minimum}
"""
        check(tmp_path, body, case, *self.ROWS)

    def test_what_a_minimum_carries_joins_the_next_week(self, tmp_path: Path) -> None:
        """4 wait for the 3 of week 11; 6 are enough alone; 2 wait for April, in which 4 more make them 6."""
        body = POOL + 'minimum = 5\nminimum_unpaid = "carry"\n'
        case = """\
periods:
  - {period: 2026-03, expect: {ann: {pot: 13}}}
  - {period: 2026-04, expect: {ann: {pot: 6}}}
"""
        check(tmp_path, body, case, *self.ROWS, "e,2026-04-07,ann,40")

    def test_a_cap_is_over_the_weeks_together(self, tmp_path: Path) -> None:
        """15 in four weeks and 10 are the most: the last week's 2 go, then 3 of week 12."""
        cap = '[[caps]]\nbonuses = ["pot"]\nper = ["payee"]\nlimit = 10\napply = "cut_last"\n'
        case = """\
period: 2026-03
expect: {ann: {pot: 10}}
unpaid:
  - {bonus: pot, person: ann, amount: 3, reason: capped}
  - {bonus: pot, person: ann, amount: 2, reason: capped}
"""
        check(tmp_path, POOL + cap, case, *self.ROWS)

    def test_a_condition_locks_the_weeks_lines_until_a_later_month(self, tmp_path: Path) -> None:
        """Ann sold too little in March; in April all of it is paid with April's 20."""
        body = POOL + 'deferred_until = "sum(orders, cv) >= 200"\n'
        case = """\
periods:
  - {period: 2026-03, expect: {ann: {pot: 0}}}
  - {period: 2026-04, expect: {ann: {pot: 35}}}
"""
        check(tmp_path, body, case, *self.ROWS, "e,2026-04-07,ann,200")

    def test_only_what_months_hand_to_one_another_is_brought_and_carried(self) -> None:
        """5 and 3 are entitled, and 8 carried: that the second week began with 5 is nobody's business."""
        result = ran(POOL.replace("count(orders) > 0", "false"), ("a", 2, "ann", 50), ("b", 9, "bob", 30))

        identity = result.identity["pot"]
        assert [str(one) for one in (identity.entitled, identity.brought, identity.paid, identity.carried)] == [
            "8.000",
            "0.000",
            "0.00",
            "8.000",
        ]


def weekly(body: str) -> Plan:
    """A monthly plan with the pool."""
    return plan(body)


def ran(body: str, *sold: tuple[str, int, str, int], company: int = 0) -> Result:
    """March, with orders: id, day of March, seller, money."""
    orders = [order(name, seller, on=date(2026, 3, day), cv=cv, pv=0) for name, day, seller, cv in sold]
    return run_engine(weekly(body), world(chain("ann", "bob", off=False), orders, company={"profit": company}))


def because(result: Result, person: str) -> list[str]:
    """Of each amount the week, what became of it, and why."""
    return [f"{one.span} {one.kind} {one.amount}: {one.because}" for one in why(result, person).amounts]


class TestWhy:
    """`why` tells of each line its week, and what was so in that week."""

    def test_tells_the_fund_and_the_shares_of_the_week(self) -> None:
        """20 of 30 in week 10, which carries nothing; all 30 in week 12, which holds 3."""
        result = ran(POOL, ("a", 2, "ann", 20), ("b", 3, "bob", 10), ("c", 17, "ann", 30))

        assert because(result, "ann") == [
            "2026-W10 paid 2.00: the fund held 3.000; 20 of 30 shares: sum(orders, cv)",
            "2026-W12 paid 3.00: the fund held 3.000; 30 of 30 shares: sum(orders, cv)",
        ]

    def test_tells_the_place_of_the_week_and_by_what_somebody_had_it(self) -> None:
        """Ann was second in week 10 and first in week 11."""
        body = POOL + 'order_by = "sum(orders, cv)"\nties = "id"\n'
        result = ran(body, ("a", 2, "ann", 20), ("b", 3, "bob", 30), ("c", 9, "ann", 10))

        assert [one.split("; ")[1] for one in because(result, "ann")] == [
            "place 2 by sum(orders, cv) is 20.00",
            "place 1 by sum(orders, cv) is 10.00",
        ]

    def test_tells_the_condition_that_failed_in_the_week(self) -> None:
        """In the month ann sold twice, in each week once."""
        body = POOL + 'qualifies = "count(orders) >= 2"\n'
        result = ran(body, ("a", 2, "ann", 20), ("b", 9, "ann", 10))

        assert because(result, "ann") == [
            "2026-W10 unpaid 2: count(orders) >= 2 is false: count(orders) = 1",
            "2026-W11 unpaid 1: count(orders) >= 2 is false: count(orders) = 1",
        ]

    def test_tells_of_what_waited_its_own_week_and_with_which_it_was_paid(self) -> None:
        """2 of week 10 were below the minimum, and are paid with the 4 of week 11, in which bob shared as well."""
        body = POOL + 'minimum = 4\nminimum_unpaid = "carry"\n'
        result = ran(body, ("a", 2, "ann", 20), ("b", 9, "ann", 40), ("c", 9, "bob", 40))

        assert because(result, "ann") == [
            "2026-W11 paid 4.00: the fund held 8.000; 40 of 80 shares: sum(orders, cv)",
            "2026-W10 paid 2.00: the fund held 2.000; 20 of 20 shares: sum(orders, cv); paid with 2026-W11",
        ]

    def test_tells_the_week_of_lines_that_a_condition_lets_through(self) -> None:
        """A bonus whose lines may wait knows of those that do not in which week they were earned."""
        result = ran(POOL + 'deferred_until = "personal >= 0"\n', ("a", 2, "ann", 20), ("b", 17, "ann", 30))

        assert [one.partition(":")[0] for one in because(result, "ann")] == ["2026-W10 paid 2.00", "2026-W12 paid 3.00"]

    def test_a_statement_names_the_weeks(self) -> None:
        """A line for each."""
        result = ran(POOL, ("a", 2, "ann", 20), ("c", 17, "ann", 30))

        assert statement(result, "ann").to_text().splitlines()[3:-2] == [
            "pot  (<text>:24 bonuses.pot)",
            "  2026-W10: pot.fund 2.000 x about 1.00000000; the fund held 2.000; 20 of 20 shares: sum(orders, cv) 2.00",
            "  2026-W12: pot.fund 3.000 x about 1.00000000; the fund held 3.000; 30 of 30 shares: sum(orders, cv) 3.00",
            f"  2 lines{'5.00':>91}",
        ]


class TestFund:
    """What may come into the fund of a week."""

    @pytest.mark.parametrize(
        ("fund", "named", "more"),
        [
            ("0.01 * company.sold", "company.sold", ""),
            (
                "0.01 * company.profit",
                "company.profit",
                "; an amount that is meant for each week is declared as a number",
            ),
            ("0.01 * company.cv + company.other.paid", "company.other.paid", ""),
            ("0.5 * month_long.fund", "month_long.fund", ""),
        ],
    )
    def test_is_no_amount_of_the_month(self, fund: str, named: str, more: str) -> None:
        """It would come in five times."""
        others = """
sold = "sum(orders, cv)"
[[bonuses]]
id = "other"
type = "retail"
kind = "amount"
amount = 1
""" + POOL.replace('"pot"', '"month_long"').replace('every = "week"\n', "")
        with pytest.raises(InputError) as raised:
            plan(others + POOL.replace("0.10 * company.cv", fund))

        (finding,) = raised.value.findings
        assert finding.what == f"{named} is the month's, and would come into the fund of each week anew"
        assert finding.todo == (
            "sum orders, which are the week's: 0.01 * company.VOLUME; or let the pool run for the month" + more
        )

    def test_of_each_day_is_no_amount_of_the_week(self) -> None:
        """In a weekly plan it would come in seven times."""
        text = SMALL.format(at="line", refunds="current").replace('period = "month"', 'period = "week"')
        text += POOL.replace('"week"', '"day"').replace("0.10 * company.cv", "0.01 * company.profit")

        with pytest.raises(InputError) as raised:
            loads_plan(text)

        (finding,) = raised.value.findings
        assert finding.what == "company.profit is the week's, and would come into the fund of each day anew"

    def test_of_a_longer_period_is_what_the_plan_says(self) -> None:
        """A quarter's pool shares the profit that March's inputs say, once."""
        body = POOL.replace('"week"', '"quarter"').replace("company.cv", "company.profit")

        assert because(ran(body, ("a", 2, "ann", 20), company=50), "ann") == [
            "2026-Q1 paid 5.00: the fund held 5.000; 20 of 20 shares: sum(orders, cv)"
        ]
