"""`refunds = "original"`: for each line of the original order, minus its share of the rounded amount."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from compensation.engine.small_plans import HEADER, UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

PEOPLE = chain("ann", "bob", "cid", off=False)
SALE = order("sale", "cid", on=date(2026, 3, 2), cv="33.33", pv=0)
TAKING_BACK = plan(refunds="original")
RETAIL = """
[[bonuses]]
id = "retail"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "0.25 * cv"
negative = "charge"
"""


def back(identity: str, day: int, cv: str) -> dict[str, Any]:
    """A refund of the sale."""
    return order(identity, "cid", on=date(2026, 3, day), refund_of="sale", cv=cv, pv=0)


def run(*orders: dict[str, Any], by: Plan = TAKING_BACK, people: list[dict[str, Any]] = PEOPLE) -> Result:
    """March with the sale and these orders."""
    exact = [{**one, "volumes": {name: Fraction(value) for name, value in one["volumes"].items()}} for one in orders]
    return run_engine(by, world(people, exact, company={"profit": 0}))


class TestShares:
    """What a refund takes off each line."""

    def test_a_part_takes_back_its_share_of_the_rounded_amount(self) -> None:
        """1.67 and 1.00 were paid on 33.33; a third of it takes back 0.56 and 0.33."""
        result = run(SALE, back("back", 3, "-11.11"))

        assert ledger(result) == [
            "uni 1 bob sale 1.67",
            "uni 2 ann sale 1.00",
            "uni 1 bob back -0.56",
            "uni 2 ann back -0.33",
        ]

    def test_the_last_refund_takes_what_is_left(self) -> None:
        """Nothing remains of an order that is wholly given back, whatever the shares were rounded to."""
        result = run(SALE, back("one", 3, "-11.11"), back("two", 4, "-11.11"), back("three", 5, "-11.11"))

        assert [line for line in ledger(result) if " bob " in line] == [
            "uni 1 bob sale 1.67",
            "uni 1 bob one -0.56",
            "uni 1 bob two -0.56",
            "uni 1 bob three -0.55",
        ]
        assert result.lines.total == 0

    def test_a_further_column_that_is_paid_on_says_the_share(self) -> None:
        """Half of the money comes back and nothing of what was paid on, so nothing is taken back; then all of it."""
        further = 'volumes = {{ pv = "points", cv = "money" }}\norder_columns = {{ goods = "money" }}'
        header = HEADER.replace('volumes = {{ pv = "points", cv = "money" }}', further)
        text = header.format(refunds="original", at="line") + RETAIL.replace("0.25 * cv", "0.25 * goods")
        sale = order("sale", "cid", on=date(2026, 3, 2), cv=100, pv=0, goods=80)
        service = order("service", "cid", on=date(2026, 3, 3), refund_of="sale", cv=-50, pv=0, goods=0)
        rest = order("rest", "cid", on=date(2026, 3, 4), refund_of="sale", cv=-50, pv=0, goods=-80)

        result = run(sale, service, rest, by=loads_plan(text))

        assert ledger(result) == ["retail -1 cid sale 20.00", "retail -1 cid rest -20.00"]

    def test_shares_are_in_the_unit_of_the_plan(self) -> None:
        """Whole dollars were paid, 8 of 8.33, so whole dollars are taken back: 3 of 2.67, and then what is left."""
        by = loads_plan(HEADER.format(refunds="original", at="line").replace("places = 2", "places = 0") + RETAIL)

        result = run(SALE, back("one", 3, "-11.11"), back("two", 4, "-22.22"), by=by)

        assert ledger(result) == ["retail -1 cid sale 8.00", "retail -1 cid one -3.00", "retail -1 cid two -5.00"]

    def test_a_refund_of_nothing_takes_nothing_back(self) -> None:
        """It writes no line either."""
        assert ledger(run(SALE, back("back", 3, "0"))) == ["uni 1 bob sale 1.67", "uni 2 ann sale 1.00"]

    def test_a_refund_does_not_walk(self) -> None:
        """Whoever would be paid by today's rules plays no part; there is no unpaid line but the sale's roundings."""
        result = run(SALE, back("back", 3, "-33.33"))

        assert unpaid(result) == ["uni -1 ann rounding -0.0001", "uni -1 bob rounding -0.0035"]

    def test_unpaid_lines_are_not_taken_back(self) -> None:
        """Bob is off: his level was lost, and stays so."""
        people = [*chain("ann", off=False), *chain("ann", "bob", off=True)[1:], *chain("bob", "cid", off=False)[1:]]
        result = run(SALE, back("back", 3, "-33.33"), people=people)

        assert ledger(result) == ["uni 2 ann sale 1.00", "uni 2 ann back -1.00"]
        assert unpaid(result) == ["uni -1 ann rounding -0.0001", "uni 1 bob inactive 1.6665"]

    def test_account_lines_are_taken_back_too(self) -> None:
        """What the house got on the order goes back."""
        housed = plan(UNILEVEL.replace('no_upline = "lost"', 'no_upline = "account:house"'), refunds="original")
        result = run(
            order("sale", "bob", cv=100, pv=0, on=date(2026, 3, 2)),
            order("back", "bob", refund_of="sale", cv=-50, pv=0, on=date(2026, 3, 3)),
            by=housed,
        )

        assert result.accounts.segments[0].amount.tolist() == [300, -150]
        assert result.accounts.by_account() == {"house": 150}

    def test_entitled_is_paid_and_unpaid_with_refunds_among_them(self) -> None:
        """The sums are of separate hands, and still agree."""
        identity = run(SALE, back("back", 3, "-11.11")).identity["uni"]

        assert (str(identity.entitled), str(identity.paid), str(identity.unpaid)) == ("1.7764", "1.78", "-0.0036")

    def test_earned_and_paid_columns_are_less_what_was_taken_back(self) -> None:
        """Earned is exact but for what was taken back, which is a share of the rounded amount."""
        result = run(SALE, back("back", 3, "-11.11"))

        assert [result.published["uni.earned"].text(person) for person in range(3)] == ["0.6699", "1.1065", "0.0000"]
        assert [result.published["uni.paid"].text(person) for person in range(3)] == ["0.67", "1.11", "0.00"]


class TestAmounts:
    """Formulas per order, and amounts by level."""

    def test_an_amount_takes_back_the_formulas_share(self) -> None:
        """The refund's value over the original's."""
        retail = plan(RETAIL, refunds="original")
        result = run(SALE, back("back", 3, "-11.11"), by=retail)

        assert ledger(result) == ["retail -1 cid sale 8.33", "retail -1 cid back -2.78"]

    def test_an_amount_in_cents_is_taken_back_in_cents(self) -> None:
        """Exact amounts of as many places as the currency has."""
        all_of_it = plan(RETAIL.replace("0.25 * cv", "cv"), refunds="original")
        result = run(SALE, back("back", 3, "-11.11"), by=all_of_it)

        assert ledger(result) == ["retail -1 cid sale 33.33", "retail -1 cid back -11.11"]
        assert result.published["retail.earned"].text(2) == "22.22"

    def test_an_amount_in_whole_dollars_is_taken_back_in_cents(self) -> None:
        """33 were paid, and a third of it is taken back; what was earned is told in cents then."""
        whole = plan(RETAIL.replace("0.25 * cv", "floor(cv)"), refunds="original")
        result = run(SALE, back("back", 3, "-11.11"), by=whole)

        assert ledger(result) == ["retail -1 cid sale 33.00", "retail -1 cid back -11.00"]
        assert result.published["retail.earned"].text(2) == "22.00"
        assert str(result.identity["retail"].entitled) == "22.00"

    def test_amounts_by_level_take_back_their_own_shares(self) -> None:
        """Each level's amount of the refund over that of the order."""
        fixed = plan(
            UNILEVEL.replace('base = "cv"\nrates = [0.05, 0.03]', 'amounts = ["0.1 * order.cv", "order.pv"]').replace(
                "negative", "point_value = 1\nnegative"
            ),
            refunds="original",
        )
        result = run(
            order("sale", "cid", cv=10, pv=4, on=date(2026, 3, 2)),
            order("back", "cid", cv=-5, pv=-1, refund_of="sale", on=date(2026, 3, 3)),
            by=fixed,
        )

        assert ledger(result)[2:] == ["uni 1 bob back -0.50", "uni 2 ann back -1.00"]


class TestWhateverTheFormula:
    """Where one and the same part of every volume is given back, that part is the share."""

    def formula(self, amount: str, more: str = "") -> Plan:
        return plan(RETAIL.replace("0.25 * cv", amount) + more, refunds="original")

    def test_half_of_an_order_takes_half_of_a_fixed_amount(self) -> None:
        """25 of a refund is 25 as well: the formula, asked of it, would know nothing of what is given back."""
        result = run(
            order("sale", "cid", cv=100, pv=50, on=date(2026, 3, 2)),
            order("one", "cid", cv=-50, pv=-25, refund_of="sale", on=date(2026, 3, 3)),
            order("two", "cid", cv=-50, pv=-25, refund_of="sale", on=date(2026, 3, 4)),
            by=self.formula("25"),
        )

        assert ledger(result) == [
            "retail -1 cid sale 25.00",
            "retail -1 cid one -12.50",
            "retail -1 cid two -12.50",
        ]

    def test_a_rate_that_depends_on_the_size_of_the_order_is_taken_back_as_it_was_paid(self) -> None:
        """Ten per cent were paid on 100, and nothing is left of them, though a refund is below every threshold."""
        result = run(
            order("sale", "cid", cv=100, pv=100, on=date(2026, 3, 2)),
            order("back", "cid", cv=-100, pv=-100, refund_of="sale", on=date(2026, 3, 3)),
            by=self.formula("cv * (0.10 if pv >= 100 else 0.05)"),
        )

        assert ledger(result) == ["retail -1 cid sale 10.00", "retail -1 cid back -10.00"]

    def test_so_are_amounts_by_level_and_a_base_with_a_step(self) -> None:
        """A walk's base of the refund alone would be nothing."""
        fixed = UNILEVEL.replace('base = "cv"\nrates = [0.05, 0.03]', "amounts = [10, 5]")
        stepped = UNILEVEL.replace('"uni"', '"steps"').replace('base = "cv"', 'base = "cv if cv >= 100 else 0"')
        result = run(
            order("sale", "cid", cv=100, pv=0, on=date(2026, 3, 2)),
            order("back", "cid", cv=-25, pv=0, refund_of="sale", on=date(2026, 3, 3)),
            by=plan(fixed + stepped, refunds="original"),
        )

        assert [line for line in ledger(result) if " back " in line] == [
            "uni 1 bob back -2.50",
            "uni 2 ann back -1.25",
            "steps 1 bob back -1.25",
            "steps 2 ann back -0.75",
        ]

    def test_a_base_that_is_no_number_of_its_places_is_shown_rounded(self) -> None:
        """A third of 25 is 8.33: the base is shown as 8, and the amount is exact to the cent."""
        result = run(SALE, back("back", 3, "-11.11"), by=self.formula("25"))

        (line,) = [segment for segment in result.lines.segments if len(segment)]
        assert (line.base.tolist(), line.amount.tolist()) == ([25, -8], [2500, -833])

    def test_it_is_the_volumes_that_the_bonus_pays_on_that_count(self) -> None:
        """Half of the money and a fifth of the points: an amount of the points takes back a fifth."""
        result = run(
            order("sale", "cid", cv=100, pv=50, on=date(2026, 3, 2)),
            order("back", "cid", cv=-50, pv=-10, refund_of="sale", on=date(2026, 3, 3)),
            by=self.formula("0.10 * pv", "point_value = 1\n"),
        )

        assert ledger(result) == ["retail -1 cid sale 5.00", "retail -1 cid back -1.00"]

    def test_of_a_bonus_on_both_the_formula_is_asked(self) -> None:
        """10.00 were paid on 100.00 and 20 points; asked of half of the money and a fifth of the points it is 5.00."""
        result = run(
            order("sale", "cid", cv=100, pv=20, on=date(2026, 3, 2)),
            order("back", "cid", cv=-50, pv=-4, refund_of="sale", on=date(2026, 3, 3)),
            by=self.formula("0.10 * cv if pv != 0 else 0"),
        )

        assert ledger(result) == ["retail -1 cid sale 10.00", "retail -1 cid back -5.00"]

    def test_where_that_cannot_tell_the_refund_is_refused(self) -> None:
        """A fixed amount reads no volume, and all of them count."""
        with pytest.raises(InputError) as caught:
            run(
                order("sale", "cid", cv=100, pv=50, on=date(2026, 3, 2)),
                order("back", "cid", cv=-50, pv=-10, refund_of="sale", on=date(2026, 3, 3)),
                by=self.formula("25"),
            )
        assert str(caught.value) == (
            "order back: it gives back other parts of some volumes of sale than of others, and asked of it, "
            "retail does not fall; "
            "give back the same part of every volume, or take the refund back by an adjustment"
        )


class TestSubPeriods:
    """Weeks within the month."""

    def weekly(self, more: str = "") -> Plan:
        return plan(UNILEVEL, more='every = "week"\n' + more, refunds="original")

    def test_a_refund_of_a_later_week_takes_back_what_the_earlier_one_paid(self) -> None:
        """Lines are remembered from week to week."""
        result = run(SALE, back("one", 3, "-11.11"), back("two", 12, "-22.22"), by=self.weekly())

        assert ledger(result)[2:] == [
            "uni 1 bob one -0.56",
            "uni 2 ann one -0.33",
            "uni 1 bob two -1.11",
            "uni 2 ann two -0.67",
        ]

    def test_what_a_minimum_made_unpaid_is_not_taken_back_later(self) -> None:
        """There is nothing to take."""
        least = self.weekly('minimum = 5\nminimum_unpaid = "lost"\n')
        result = run(SALE, back("two", 12, "-33.33"), by=least)

        assert ledger(result) == []
        assert [line for line in unpaid(result) if "below" in line] == [
            "uni 1 bob below_minimum 1.6700",
            "uni 2 ann below_minimum 1.0000",
        ]


class TestWhatIsRefused:
    """In words."""

    def test_more_than_the_order(self) -> None:
        """Once for each order, however many lines it has."""
        with pytest.raises(InputError) as caught:
            run(SALE, back("one", 3, "-30"), back("two", 4, "-14"))

        assert str(caught.value) == (
            "order two: with it, 132.01% of what bonus uni was paid on for sale is given back; correct its volumes"
        )

    def test_an_order_of_an_earlier_period(self) -> None:
        """Its lines are not known here."""
        earlier = order("sale", "cid", on=date(2026, 2, 20), cv="33.33", pv=0)

        with pytest.raises(InputError) as caught:
            run(earlier, back("back", 3, "-11.11"))

        assert str(caught.value) == (
            "order back: its original sale was paid in an earlier period, whose lines are not known here; "
            "calculate that period first and hand on what it says (over files: --since), "
            "or take the refund back by an adjustment"
        )
