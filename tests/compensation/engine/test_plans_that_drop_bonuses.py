"""What becomes of what a bonus has handed on when the plan changes: dropped, renamed, silent for a while, or back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import UNILEVEL, ledger, plan
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

FIRST = [date(2026, month, 1) for month in range(3, 9)]
RANKS = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "bronze"
requires = "personal >= 10"
[[ranks]]
id = "silver"
requires = "personal >= 100"
"""
FIRST_ORDER = """
[[bonuses]]
id = "first"
type = "fast_start"
kind = "amount"
source = "orders"
from = "seller"
amount = "cv"
negative = "charge"
"""
AWARD = """
[[bonuses]]
id = "award"
type = "rank_bonus"
kind = "amount"
amount = "10 if rank == bronze else 20"
qualifies = "active"
"""
PER_RANK = 'once_per = "rank"\nskipped = "paid"\n'
PAYING = plan(refunds="original")
NOTHING = plan("", refunds="original")
SILENT = plan(refunds="original", more='when = "false"\n')


def sold(identity: str, month: int, cv: str, of: str | None = None) -> dict[str, Any]:
    """An order of cid, or the refund of one."""
    return order(identity, "cid", on=FIRST[month].replace(day=9), refund_of=of, cv=Decimal(cv), pv=Decimal(cv))


SALE = sold("sale", 0, "33.33")


def months(plans: list[Plan], *orders: dict[str, Any], off: str = "") -> list[Result]:
    """Month after month from March, each by its own plan; everybody is off in some of them."""
    found: list[Result] = []
    state = State.empty()
    for number, by in enumerate(plans):
        start, end = FIRST[number], FIRST[number + 1]
        known = [one for one in orders if one["date"] < end]
        people = chain("ann", "bob", "cid", off=str(number) in off)
        inputs = engine_inputs(by, world(people, known, start, end, company={"profit": 0}))
        found.append(calculate(by, evolve(inputs, previous=state)))
        state = found[-1].handed_on()
    return found


class TestLinesThatMayBeGivenBack:
    def test_a_plan_that_drops_their_bonus_is_refused(self) -> None:
        """A refund would take nothing back from whom was paid."""
        with pytest.raises(InputError) as caught:
            months([PAYING, NOTHING], SALE)

        assert str(caught.value) == (
            "previous.uni.refundable: uni paid 2.67 on 1 order that may still be given back, and no bonus of the plan "
            'would take it back; keep uni as it was, with `when = "false"` if it is to pay no more, or take the lines '
            "out of the previous state once nobody can give the orders back"
        )

    @pytest.mark.parametrize(
        "body",
        [
            UNILEVEL.replace('"uni"', '"other"'),
            UNILEVEL + "ledger = false\n",
            UNILEVEL.replace('source = "orders"\nfrom = "seller"', 'source = "people"').replace('"cv"', '"personal"')
            + "point_value = 1\n",
        ],
        ids=["renamed", "only a column", "from people"],
    )
    def test_so_is_one_whose_bonus_takes_nothing_back(self, body: str) -> None:
        """Under another name, as a column, or from other sources it is another bonus."""
        with pytest.raises(InputError, match=r"^previous\.uni\.refundable: uni paid 2\.67 on 1 order that may still"):
            months([PAYING, plan(body, refunds="original")], SALE)

    def test_what_was_taken_back_in_full_is_missed_by_nobody(self) -> None:
        """The bonus may go."""
        (_, april) = months([PAYING, NOTHING], SALE, sold("back", 0, "-33.33", "sale"))

        assert ledger(april) == []

    def test_a_bonus_that_pays_no_more_takes_back_all_the_same(self) -> None:
        """`when` is false in April and in May: no order is paid, and the sale is given back in two parts."""
        orders = [SALE, sold("more", 1, "50"), sold("half", 1, "-11.11", "sale"), sold("rest", 2, "-22.22", "sale")]

        march, april, may = months([PAYING, SILENT, SILENT], *orders)

        assert ledger(march) == ["uni 1 bob sale 1.67", "uni 2 ann sale 1.00"]
        assert ledger(april) == ["uni 1 bob half -0.56", "uni 2 ann half -0.33"]
        assert ledger(may) == ["uni 1 bob rest -1.11", "uni 2 ann rest -0.67"]

    def test_what_was_sold_meanwhile_was_paid_nothing(self) -> None:
        """So that its refund takes nothing back, be it at once or when the bonus pays again."""
        orders = [sold("sold", 1, "50"), sold("half", 1, "-25", "sold"), sold("rest", 2, "-25", "sold")]

        results = months([PAYING, SILENT, PAYING], *orders)

        assert [ledger(month) for month in results] == [[], [], []]

    def test_so_it_was_in_an_earlier_week_of_the_month(self) -> None:
        """Weeks of a bonus that pays nothing at the moment are known to have paid nothing."""
        weekly = plan(refunds="original", more='when = "false"\nevery = "week"\n')
        back = {**sold("back", 0, "-50", "sold"), "date": date(2026, 3, 20)}

        (march,) = months([weekly], sold("sold", 0, "50"), back)

        assert ledger(march) == []

    def test_a_bonus_that_is_new_has_paid_nothing_before(self) -> None:
        """A refund of an order from before it takes nothing back from it, and is no error."""
        new = plan(UNILEVEL + FIRST_ORDER, refunds="original")

        _, april = months([PAYING, new], SALE, sold("back", 1, "-33.33", "sale"))

        assert ledger(april) == ["uni 1 bob back -1.67", "uni 2 ann back -1.00"]

    @pytest.mark.parametrize("before", [[PAYING], [PAYING, PAYING], [plan(), PAYING]])
    def test_an_order_from_before_everything_that_is_known_is_refused_in_every_month(self, before: list[Plan]) -> None:
        """Not only in the first one; and a plan whose refunds walked knows no lines."""
        number = len(before)
        old = sold("old", 0, "33.33") if before[0] is not PAYING else {**SALE, "id": "old", "date": date(2026, 2, 3)}

        with pytest.raises(InputError, match="its original old was paid in an earlier period, whose lines are not"):
            months([*before, PAYING], old, sold("back", number, "-1", "old"))


class TestLinesThatWait:
    def test_are_paid_at_their_own_rates_beside_finer_new_ones(self) -> None:
        """Off in March: 5% and 3% wait; in April rates have a decimal place more."""
        by, finer = (
            plan(
                UNILEVEL.replace("[0.05, 0.03]", rates).replace("active", "true"), more='deferred_until = "active"\n'
            ).checked()
            for rates in ("[0.05, 0.03]", "[0.055, 0.035]")
        )

        _, april = months([by, finer], sold("o0", 0, "100"), sold("o1", 1, "100"), off="0")

        lines = ledger(april)
        assert sorted(line.split()[-1] for line in lines if " bob " in line) == ["5.00", "5.50"]
        assert sorted(line.split()[-1] for line in lines if " ann " in line) == ["3.00", "3.50"]
        (segment,) = april.lines.segments
        assert sorted(segment.rate.tolist()) == [30, 35, 50, 55]


class TestWhatWasPaidOnce:
    LIFE = plan(FIRST_ORDER, more='once_per = "lifetime"\n')
    EACH = plan(FIRST_ORDER, more='once_per = "period"\n')

    @pytest.mark.parametrize("meanwhile", [plan(""), EACH])
    def test_is_not_paid_again_when_the_bonus_is_back(self, meanwhile: Plan) -> None:
        """The plan had no such bonus for two months, or paid it more often."""
        orders = [sold(f"o{month}", month, "5") for month in (0, 3)]

        march, _, _, june = months([self.LIFE, meanwhile, meanwhile, self.LIFE], *orders)

        assert (ledger(march), ledger(june)) == (["first -1 cid o0 5.00"], [])

    def test_for_life_is_paid_in_each_period_while_the_plan_says_so(self) -> None:
        """What was paid for life is remembered meanwhile, and takes nothing from anybody."""
        orders = [sold(f"o{month}", month, "5") for month in range(3)]

        _, april, may = months([self.LIFE, self.EACH, self.LIFE], *orders)

        assert (ledger(april), ledger(may)) == (["first -1 cid o1 5.00"], [])

    @pytest.mark.parametrize("later", [EACH, LIFE])
    def test_a_refund_follows_what_was_paid_once_in_an_earlier_period(self, later: Plan) -> None:
        """Of the first order of March, also where it is once in a lifetime by now; the second one paid nothing."""
        orders = [sold("a", 0, "5"), sold("b", 0, "7"), sold("back a", 2, "-5", "a"), sold("back b", 2, "-7", "b")]

        *_, may, june = months([self.EACH, later, later, later], *orders, sold("c", 3, "3"))

        assert (ledger(may), ledger(june)) == (["first -1 cid back a -5.00"], ["first -1 cid c 3.00"])

    def test_under_another_name_it_is_another_bonus(self) -> None:
        """Which has paid nobody; the first one's memory stays."""
        other = plan(FIRST_ORDER.replace('"first"', '"second"'), more='once_per = "lifetime"\n')

        _, april, may = months([self.LIFE, other, self.LIFE], *(sold(f"o{month}", month, "5") for month in range(3)))

        assert (ledger(april), ledger(may)) == (["second -1 cid o1 5.00"], [])

    def test_a_rank_that_is_open_stays_open(self) -> None:
        """Off in March, so unpaid; no such bonus in April; paid in May."""
        by = plan(RANKS + AWARD, more=PER_RANK)

        *_, may, june = months([by, plan(RANKS), by, by], sold("o", 0, "10"), off="0")

        assert (ledger(may), ledger(june)) == (["award -1 cid - 10.00"], [])

    def test_a_rank_that_the_plan_has_not_for_a_while_stays_open(self) -> None:
        """Bronze and silver are open from March; in April there is no bronze."""
        by = plan(RANKS + AWARD, more=PER_RANK)
        alone = RANKS.replace('[[ranks]]\nid = "bronze"\nrequires = "personal >= 10"\n', "")
        silver = plan(alone + AWARD.replace("10 if rank == bronze else 20", "20"), more=PER_RANK)

        _, april, may = months([by, silver, by], sold("o", 0, "100"), off="0")

        assert (ledger(april), ledger(may)) == (["award -1 cid - 20.00"], ["award -1 cid - 10.00"])

    def test_ranks_and_lifetimes_are_remembered_apart(self) -> None:
        """Per rank in March (unpaid), in a lifetime in April, per rank in May and June, in a lifetime in July."""
        ranks, life = plan(RANKS + AWARD, more=PER_RANK), plan(RANKS + AWARD, more='once_per = "lifetime"\n')

        *_, april, may, june = months([ranks, life, ranks, life], sold("o", 0, "10"), off="0")

        assert ledger(april) == ["award -1 ann - 20.00", "award -1 bob - 20.00", "award -1 cid - 20.00"]
        assert (ledger(may), ledger(june)) == (["award -1 cid - 10.00"], [])

    def test_as_many_ranks_that_are_open_as_lifetimes_are_both_remembered(self) -> None:
        """Cid was paid for a lifetime in March; a rank is open in April; in May the lifetime still has been used."""
        volume = AWARD.replace('"10 if rank == bronze else 20"', '"personal"\npoint_value = 1\nnegative = "charge"')
        life = plan(RANKS + volume, more='once_per = "lifetime"\n')
        ranks = plan(RANKS + AWARD, more=PER_RANK)

        march, april, may, june = months(
            [life, ranks, life, ranks],
            *(sold(f"o{month}", month, cv) for month, cv in enumerate(("5", "10", "7"))),
            off="1",
        )

        assert [ledger(month) for month in (march, april, may, june)] == [
            ["award -1 cid - 5.00"],
            [],
            [],
            ["award -1 cid - 10.00"],
        ]
