"""`refunds = "original"` across periods: what an order paid in an earlier period comes with the previous state."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import CASH, HEADER, UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

FIRST = [date(2026, month, 1) for month in range(3, 8)]
PEOPLE = chain("ann", "bob", "cid", off=False)
SALE = order("sale", "cid", on=date(2026, 3, 2), cv=Decimal("33.33"), pv=0)
TAKING_BACK = plan(refunds="original")


def back(identity: str, month: int, cv: str) -> dict[str, Any]:
    """A refund of the sale."""
    return order(identity, "cid", on=FIRST[month].replace(day=9), refund_of="sale", cv=Decimal(cv), pv=0)


def months(by: Plan, *refunds: dict[str, Any], off: str = "", left: str = "", count: int = 3) -> list[Result]:
    """Month after month from the sale in March; off in some months, and all but ann and cid gone in others."""
    found: list[Result] = []
    state = State.empty()
    for number in range(count):
        people = chain("ann", "bob", "cid", off=str(number) in off)
        if str(number) in left:
            people = [people[0], {**people[2], "uplines": {"sponsor": "ann"}}]
        orders = [SALE, *(refund for refund in refunds if refund["date"].month == FIRST[number].month)]
        inputs = engine_inputs(by, world(people, orders, FIRST[number], FIRST[number + 1], company={"profit": 0}))
        found.append(calculate(by, evolve(inputs, previous=state)))
        state = found[-1].handed_on()
    return found


def _with_rates(rates: str) -> str:
    """The plan with other rates, and perhaps another base, than it has."""
    lines = [line for line in UNILEVEL.splitlines() if not line.startswith(("rates", "base"))]
    base = [] if "base" in rates else ['base = "cv"']
    return HEADER.format(refunds="original", at="line") + "\n".join([*lines, *base, rates, ""])


def _minor(result: Result, order: str) -> list[int]:
    """What people got of one order, in cents, by level."""
    return [int(Decimal(line.split()[-1]) * 100) for line in ledger(result) if f" {order} " in line]


class TestSharesOfAnEarlierMonth:
    def test_refunds_take_back_their_shares_and_the_last_one_what_is_left(self) -> None:
        """1.67 and 1.00 were paid; a third takes back 0.56 and 0.33, the rest 1.11 and 0.67."""
        march, april, may = months(TAKING_BACK, back("one", 1, "-11.11"), back("two", 2, "-22.22"))

        assert ledger(march) == ["uni 1 bob sale 1.67", "uni 2 ann sale 1.00"]
        assert ledger(april) == ["uni 1 bob one -0.56", "uni 2 ann one -0.33"]
        assert ledger(may) == ["uni 1 bob two -1.11", "uni 2 ann two -0.67"]
        assert len(may.handed_on().rows["uni.refundable"]) == 0

    def test_thirds_of_a_fixed_amount_come_to_the_whole(self) -> None:
        """The part that was given back is handed on exactly, so the last third takes what is left of 25.00."""
        fixed = plan(CASH.replace('"cv"', '"25"'), refunds="original")
        thirds = [back(name, number, "-11.11") for number, name in enumerate(("one", "two", "three"))]

        results = months(fixed, *thirds)

        assert [[line.split()[-1] for line in ledger(month)] for month in results] == [
            ["25.00", "-8.33"],
            ["-8.33"],
            ["-8.34"],
        ]
        assert len(results[-1].handed_on().rows["cash.refundable"]) == 0

    def test_what_was_taken_back_in_the_month_of_the_order_counts(self) -> None:
        """A third of 1.67 in March, a third in April; the third in May is what is left."""
        thirds = [back(name, number, "-11.11") for number, name in enumerate(("one", "two", "three"))]

        results = months(TAKING_BACK, *thirds)

        bob = [[line.split()[-1] for line in ledger(month) if " bob " in line] for month in results]
        assert bob == [["1.67", "-0.56"], ["-0.56"], ["-0.55"]]

    def test_what_is_taken_back_of_an_order_of_this_month_is_not_taken_off_an_earlier_one(self) -> None:
        """The new order of April is given back at once; the sale of March is whole in May."""
        new = {**SALE, "id": "new", "date": FIRST[1].replace(day=2)}
        returned = {**back("newback", 1, "-33.33"), "refund_of": "new"}

        *_, may = months(TAKING_BACK, new, returned, back("one", 2, "-33.33"))

        assert ledger(may) == ["uni 1 bob one -1.67", "uni 2 ann one -1.00"]

    def test_more_than_the_order_is_refused(self) -> None:
        """Over all periods together."""
        with pytest.raises(InputError) as caught:
            months(TAKING_BACK, back("one", 1, "-22.22"), back("two", 2, "-22.22"))

        assert str(caught.value) == (
            "order two: with it, 133.33% of what bonus uni was paid on for sale is given back; correct its volumes"
        )

    def test_unpaid_lines_are_not_taken_back(self) -> None:
        """Everybody is off in March, so nothing was paid."""
        march, april, _ = months(TAKING_BACK, back("one", 1, "-33.33"), off="0")

        assert (ledger(march), ledger(april)) == ([], [])

    def test_account_lines_are(self) -> None:
        """What the house got instead of bob."""
        house = UNILEVEL.replace('unpaid = "lost"', 'unpaid = "account:house"')

        march, april, _ = months(plan(house, refunds="original"), back("one", 1, "-33.33"), off="0")

        assert [march.accounts.total, april.accounts.total] == [267, -267]

    def test_an_account_that_the_plan_has_no_more_is_charged_nothing(self) -> None:
        """Nor is another one in its place."""
        house = UNILEVEL.replace('unpaid = "lost"', 'unpaid = "account:house"')
        (march,) = months(plan(house, refunds="original"), off="0", count=1)
        head = HEADER.format(refunds="original", at="line").replace('"house"', '"club"')
        april = loads_plan(head + UNILEVEL)
        inputs = world(
            chain("ann", "bob", "cid"), [SALE, back("one", 1, "-33.33")], FIRST[1], FIRST[2], company={"profit": 0}
        )

        result = calculate(april, evolve(engine_inputs(april, inputs), previous=march.handed_on()))

        assert (march.accounts.total, result.accounts.total, ledger(result)) == (267, 0, [])

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("rates = [0.0525, 0.03]", "rates = [0.1, 0.03]"),
            ("rates = [0.1, 0.03]", "rates = [0.0525, 0.03]"),
            ('base = "0.125 * cv"\nrates = [0.4, 0.3]', "rates = [0.1, 0.03]"),
            ('rate = "ratio(1, 3, zero=0)"\ndepth = 2\nface_rate = 0', "rates = [0.1]"),
            ("rates = [0.1]", 'rate = "ratio(1, 3, zero=0)"\ndepth = 2\nface_rate = 0'),
        ],
    )
    def test_a_plan_may_have_coarser_or_finer_rates_than_what_it_takes_back(self, before: str, after: str) -> None:
        """What was paid is known, so a company may change its rates: a third of it goes back, at the old rates."""
        old, new = (loads_plan(_with_rates(rates)) for rates in (before, after))
        (march,) = months(old, count=1)
        orders = [SALE, back("one", 1, "-11.11"), {**SALE, "id": "new", "date": FIRST[1].replace(day=2)}]
        inputs = engine_inputs(new, world(PEOPLE, orders, FIRST[1], FIRST[2], company={"profit": 0}))
        april = calculate(new, evolve(inputs, previous=march.handed_on()))
        (paid,) = months(new, count=1)

        taken = [-minor for minor in _minor(april, "one")]
        assert taken == [round(minor / Decimal(3)) for minor in _minor(march, "sale")]
        assert _minor(april, "new") == _minor(paid, "sale")

    def test_whoever_is_not_in_the_run_is_charged_nothing(self) -> None:
        """Their line is left as it was."""
        _, april, _ = months(TAKING_BACK, back("one", 1, "-33.33"), left="1")

        assert ledger(april) == ["uni 2 ann one -1.00"]

    def test_without_a_previous_state_it_is_refused(self) -> None:
        """The lines are not known; nothing is guessed."""
        inputs = world(chain("ann", "cid"), [SALE, back("one", 1, "-1.00")], FIRST[1], FIRST[2], company={"profit": 0})

        with pytest.raises(InputError, match="was paid in an earlier period, whose lines are not known here"):
            calculate(TAKING_BACK, engine_inputs(TAKING_BACK, inputs))

    def test_an_order_of_this_period_that_paid_nothing_gives_nothing_back(self) -> None:
        """Also where it is the first of all orders: its lines are known, there are none."""
        by = plan(UNILEVEL + 'where = "cv > 100"\n', refunds="original")
        orders = [order("sale", "cid", on=date(2026, 3, 2), cv=10, pv=0), back("one", 0, "-10")]
        inputs = world(chain("ann", "bob", "cid"), orders, FIRST[0], FIRST[1], company={"profit": 0})

        result = calculate(by, engine_inputs(by, inputs))

        assert (ledger(result), unpaid(result)) == ([], [])

    def test_the_order_of_the_rows_changes_nothing(self) -> None:
        """Of those that are handed on."""
        (march,) = months(TAKING_BACK, count=1)
        rows = march.handed_on().rows["uni.refundable"].columns
        turned = {name: column.take([1, 0]) for name, column in rows.items()}  # type: ignore[arg-type]
        orders = [SALE, back("one", 1, "-11.11")]
        inputs = world(chain("ann", "bob", "cid"), orders, FIRST[1], FIRST[2], company={"profit": 0})
        april = engine_inputs(TAKING_BACK, inputs)

        states = [
            evolve(march.handed_on(), rows={"uni.refundable": CarriedRows(columns=columns)})
            for columns in (rows, turned)
        ]
        lines = [ledger(calculate(TAKING_BACK, evolve(april, previous=state))) for state in states]

        assert lines[0] == lines[1] == ["uni 1 bob one -0.56", "uni 2 ann one -0.33"]


class TestPartsThatTheFormulaTells:
    """Half of the money comes back and a fifth of the points, of a bonus that reads both."""

    SALE = order("sale", "cid", on=date(2026, 3, 2), cv=100, pv=20)
    BACK = order("back", "cid", on=date(2026, 4, 9), refund_of="sale", cv=-50, pv=-4)

    def in_april(self, formula: str) -> Result:
        """April, in which cid is off as he was not in March."""
        by = plan(CASH.replace('"cv"', f'"{formula}"'), refunds="original")
        state = State.empty()
        for number, orders in enumerate(([self.SALE], [self.SALE, self.BACK])):
            people = chain("ann", "cid", off=number == 1)
            months = world(people, orders, FIRST[number], FIRST[number + 1], company={"profit": 0})
            result = calculate(by, evolve(engine_inputs(by, months), previous=state))
            state = result.handed_on()
        return result

    def test_are_those_of_the_order_whatever_else_the_formula_reads(self) -> None:
        """200.00 were paid; now the formula says 50.00 of the refund and 100.00 of its order: half of what was paid."""
        assert ledger(self.in_april("cv * (1 if off else 2) if pv != 0 else 0")) == ["cash -1 cid back -100.00"]

    def test_are_refused_where_the_formula_gives_nothing_now(self) -> None:
        """100.00 were paid, and of nothing there is no part."""
        with pytest.raises(InputError) as caught:
            self.in_april("cv if pv != 0 and not off else 0")
        assert str(caught.value) == (
            "order back: it gives back other parts of some volumes of sale than of others, and asked of sale now, "
            "cash comes to nothing, so which part of it is given back cannot be told; "
            "give back the same part of every volume, or take the refund back by an adjustment"
        )


class TestWhatWasNotPaidInFull:
    def test_of_a_capped_line_what_was_paid_is_taken_back(self) -> None:
        """33.33 was cut to 10.00; giving back all of it takes back 10.00."""
        more = '[[caps]]\nbonuses = ["cash"]\nper = ["payee"]\nlimit = 10\napply = "scale"\n'

        march, april, _ = months(plan(CASH, refunds="original", more=more), back("one", 1, "-33.33"))

        assert (ledger(march), ledger(april)) == (["cash -1 cid sale 10.00"], ["cash -1 cid one -10.00"])

    def test_under_a_cap_a_line_in_cents_keeps_them_in_a_plan_of_whole_dollars(self) -> None:
        """The plan rounds to dollars from April on: cid is charged 33.33, and what dan has is cut in dollars."""
        more = '[[caps]]\nbonuses = ["cash"]\nper = ["payee"]\nlimit = 50\napply = "scale"\n'
        text = HEADER.format(at="line", refunds="original") + CASH + more
        march, april = loads_plan(text), loads_plan(text.replace("places = 2", "places = 0"))
        sold = [order(f"dan {number}", "dan", on=date(2026, 4, 3), cv=617, pv=0) for number in range(3)]
        state = State.empty()
        for number, (by, orders) in enumerate(((march, [SALE]), (april, [SALE, back("one", 1, "-33.33"), *sold]))):
            people = chain("cid", "dan", off=False)
            inputs = engine_inputs(by, world(people, orders, FIRST[number], FIRST[number + 1], company={"profit": 0}))
            result = calculate(by, evolve(inputs, previous=state))
            state = result.handed_on()

        amounts = [" ".join(line.split()[2:]) for line in ledger(result)]
        assert amounts == ["dan dan 0 17.00", "dan dan 1 17.00", "dan dan 2 16.00", "cid one -33.33"]

    def test_a_locked_line_and_its_refund_wait_together(self) -> None:
        """Off in March and April; in May both are released."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\n')

        _, april, may = months(by, back("one", 1, "-33.33"), off="01")

        assert ledger(april) == []
        assert [line.split()[-1] for line in ledger(may)] == ["33.33", "-33.33"]

    def test_the_refund_of_a_locked_line_expires_with_it(self) -> None:
        """Locked in March, given back in April, expired in May with its refund: in June there is nothing to charge."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\ndeferred_expires = 2\n')

        *_, may, june = months(by, back("one", 1, "-33.33"), off="012", count=4)

        assert sorted(line.split()[-1] for line in unpaid(may)) == ["-33.33", "33.33"]
        assert (ledger(june), unpaid(june)) == ([], [])

    def test_a_refund_in_the_period_in_which_its_line_expires_charges_nobody(self) -> None:
        """It expires too."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\ndeferred_expires = 1\n')

        _, april, may = months(by, back("one", 1, "-33.33"), off="01")

        assert sorted(line.split()[-1] for line in unpaid(april)) == ["-33.33", "33.33"]
        assert (ledger(may), unpaid(may)) == ([], [])

    def test_a_line_that_has_expired_is_forgotten(self) -> None:
        """Its refund takes back nothing: it never was paid."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\ndeferred_expires = 1\n')

        _, april, may = months(by, back("one", 2, "-33.33"), off="01")

        assert unpaid(april) == ["cash -1 cid expired 33.33"]
        assert (ledger(may), unpaid(may)) == ([], [])

    def test_a_line_below_the_minimum_that_waits_is_taken_back_from_the_sum(self) -> None:
        """33.33 waits for 50; half of it is given back, and 16.66 waits on."""
        by = plan(CASH, refunds="original", more='minimum = 50\nminimum_unpaid = "carry"\n')

        _, april, _ = months(by, back("one", 1, "-16.67"))

        assert (ledger(april), april.identity["cash"].carried) == ([], Decimal("16.66"))


class TestWhatIsGivenBackInTheEnd:
    """Nobody has more of it, or less, than before the orders were placed."""

    CAPPED = '[[caps]]\nbonuses = ["cash"]\nper = ["company"]\nlimit = 50\napply = "cut_last"\n'

    def in_a_row(self, by: Plan, *orders: dict[str, Any], off: str = "") -> list[Result]:
        """March and April with these orders; in the months of `off` cid is off, dan never is."""
        found: list[Result] = []
        state = State.empty()
        for number in range(2):
            known = [one for one in orders if one["date"] < FIRST[number + 1]]
            people = [person("cid", off=str(number) in off), person("dan", off=False)]
            inputs = engine_inputs(by, world(people, known, FIRST[number], FIRST[number + 1], company={"profit": 0}))
            found.append(calculate(by, evolve(inputs, previous=state)))
            state = found[-1].handed_on()
        return found

    def test_under_a_cap_a_refund_makes_room_for_its_own_line_first(self) -> None:
        """Of 100.00 and 100.00 the second is given back at once, so that 50.00 were paid on the first one."""
        one, two = (order(name, "cid", on=date(2026, 3, day), cv=100, pv=0) for day, name in ((3, "one"), (4, "two")))
        backs = [
            order(f"{name} back", "cid", on=date(2026, month, 9), cv=-100, pv=0, refund_of=name)
            for name, month in (("two", 3), ("one", 4))
        ]

        march, april = self.in_a_row(plan(CASH, refunds="original", more=self.CAPPED), one, two, *backs)

        assert [line.split()[-1] for line in ledger(march)] == ["50.00", "100.00", "-100.00"]
        assert ledger(april) == ["cash -1 cid one back -50.00"]

    def test_a_refund_of_a_locked_line_makes_no_room(self) -> None:
        """It waits as its line does; of dan's 60.00 the cap leaves 50.00."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\n' + self.CAPPED)
        new = order("new", "dan", on=date(2026, 4, 9), cv=60, pv=0)

        _, april = self.in_a_row(by, SALE, back("one", 1, "-33.33"), new, off="01")

        assert ledger(april) == ["cash -1 dan new 50.00"]

    def test_what_was_paid_is_charged_whether_or_not_the_condition_holds_now(self) -> None:
        """Were it locked, it would expire in May, and cid would keep the 33.33."""
        by = plan(CASH, refunds="original", more='deferred_until = "active"\ndeferred_expires = 1\n')

        march, april = self.in_a_row(by, SALE, back("one", 1, "-33.33"), off="1")

        assert (ledger(march), ledger(april)) == (["cash -1 cid sale 33.33"], ["cash -1 cid one -33.33"])
        assert "cash.waiting" not in april.handed_on().rows

    def test_what_waits_below_a_minimum_and_is_locked_then_is_not_charged(self) -> None:
        """33.33 wait in March for 50; with 40.00 they are locked in April, and so is what is given back of them."""
        more = 'deferred_until = "active"\nminimum = 50\nminimum_unpaid = "carry"\n'
        new = order("new", "cid", on=date(2026, 4, 8), cv=40, pv=0)

        by = plan(CASH, refunds="original", more=more)
        _, april = self.in_a_row(by, SALE, back("one", 1, "-16.67"), new, off="01")

        assert (ledger(april), april.identity["cash"].carried) == ([], Decimal("56.66"))

    def test_of_a_line_that_waited_and_was_cut_what_was_paid_is_taken_back(self) -> None:
        """30.00 wait in March for 50; with 70.00 they are cut to 15.00 and 35.00 in April."""
        more = 'minimum = 50\nminimum_unpaid = "carry"\n' + self.CAPPED.replace("cut_last", "scale")
        old, new = (
            order(name, "cid", on=date(2026, month, 2), cv=cv, pv=0) for name, month, cv in (("a", 3, 30), ("b", 4, 70))
        )
        by = plan(CASH, refunds="original", more=more)
        april = self.in_a_row(by, old, new)[-1]
        given_back = order("c", "cid", on=date(2026, 5, 2), cv=-30, pv=0, refund_of="a")
        days = world([person("cid", off=False)], [old, given_back], FIRST[2], FIRST[3], company={"profit": 0})

        may = calculate(by, evolve(engine_inputs(by, days), previous=april.handed_on()))

        assert [line.split()[-1] for line in ledger(april)] == ["15.00", "35.00"]
        assert ledger(may) == ["cash -1 cid c -15.00"]

    def test_what_waits_and_is_not_given_back_is_locked_like_any_line(self) -> None:
        """Also where the first order of the month is: dan's, in April."""
        more = 'deferred_until = "active"\nminimum = 50\nminimum_unpaid = "carry"\n'
        first = order("a", "dan", on=date(2026, 3, 1), cv=60, pv=0)
        again = order("b", "dan", on=date(2026, 4, 1), cv=-60, pv=0, refund_of="a")
        new = order("new", "cid", on=date(2026, 4, 8), cv=40, pv=0)

        by = plan(CASH, refunds="original", more=more)
        _, april = self.in_a_row(by, first, SALE, again, new, off="01")

        assert (ledger(april), april.identity["cash"].carried) == (["cash -1 dan b -60.00"], Decimal("73.33"))


class TestRefundsThatWalk:
    """With `refunds = "current"` a refund is an order of its own, and takes back no line."""

    def in_march(self, *orders: dict[str, Any], more: str) -> Result:
        """March, in which cid is off."""
        by = plan(CASH, refunds="current", more=more)
        people = [person("cid", off=True), person("dan", off=False)]
        return calculate(by, engine_inputs(by, world(people, list(orders), FIRST[0], FIRST[1], company={"profit": 0})))

    def test_make_room_for_every_line(self) -> None:
        """100.00 and 100.00, of which the second is given back: the last is cut, as ever."""
        sold = [order(name, "dan", on=date(2026, 3, day), cv=100, pv=0) for day, name in ((3, "one"), (4, "two"))]
        given_back = order("two back", "dan", on=date(2026, 3, 9), cv=-100, pv=0, refund_of="two")

        result = self.in_march(*sold, given_back, more=TestWhatIsGivenBackInTheEnd.CAPPED)

        assert [line.split()[-1] for line in ledger(result)] == ["100.00", "50.00", "-100.00"]

    def test_are_locked_with_their_orders(self) -> None:
        """The charge waits as the order does."""
        sold = order("one", "cid", on=date(2026, 3, 3), cv=100, pv=0)
        given_back = order("one back", "cid", on=date(2026, 3, 9), cv=-40, pv=0, refund_of="one")

        result = self.in_march(sold, given_back, more='deferred_until = "active"\n')

        assert (ledger(result), result.identity["cash"].carried) == ([], Decimal(60))
