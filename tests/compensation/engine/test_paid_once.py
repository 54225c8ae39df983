"""`once_per`: an amount that is paid once for each rank, in a lifetime, in a period, or for each source."""

from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from compensation.engine.small_plans import ledger, plan, unpaid
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result

AWARD = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "bronze"
prize = 10
requires = "personal >= 10"
[[ranks]]
id = "silver"
prize = 25.50
requires = "personal >= 100"
[[ranks]]
id = "gold"
prize = 500
requires = "personal >= 1000"
[[bonuses]]
id = "award"
type = "rank_bonus"
kind = "amount"
amount = "this.prize"
once_per = "rank"
"""
PAID = plan(AWARD, more='skipped = "paid"\nqualifies = "active"\n')
LOST = plan(AWARD, more='skipped = "lost"\n')
FIRST = """
[[bonuses]]
id = "first"
type = "fast_start"
kind = "amount"
source = "orders"
from = "buyer"
customer = "skip"
payee = "seller"
amount = "cv"
negative = "charge"
"""
PERSONAL = """
[[bonuses]]
id = "own"
type = "adjustment"
kind = "amount"
amount = "personal"
point_value = 1
negative = "charge"
"""
FIRST_DAYS = [date(2026, month, 1) for month in range(3, 9)]


def months(by: Plan, *sold: str, off: str = "", left: str = "") -> list[Result]:
    """Month after month, orders by comma: seller, volume, and maybe the buyer and the order that is given back."""
    found: list[Result] = []
    state = State.empty()
    for number, written in enumerate(sold):
        start, end = FIRST_DAYS[number], FIRST_DAYS[number + 1]
        people = chain("ann", "bob", "cid", off=str(number) in off)
        if str(number) in left:
            people = people[:1]
        words = [one.split() for one in written.split(",") if one]
        orders = [_order(f"o{number}{at}", one, start) for at, one in enumerate(words)]
        inputs = engine_inputs(by, world(people, orders, start, end, company={"profit": 0}))
        found.append(calculate(by, evolve(inputs, previous=state)))
        state = found[-1].handed_on()
    return found


def _order(identity: str, words: list[str], day: date) -> dict[str, Any]:
    seller, volume, *more = words
    buyer = more[0] if more else None
    refunded = more[1] if len(more) > 1 else None
    return order(identity, seller, on=day, cv=int(volume), pv=int(volume), buyer=buyer, refund_of=refunded)


class TestPerRank:
    def test_each_rank_newly_reached_is_paid_lowest_first(self) -> None:
        """Two at once, with the numbers of each; then none, then the third."""
        march, april, may = months(PAID, "bob 100", "bob 100", "bob 1000")

        assert [ledger(month) for month in (march, april, may)] == [
            ["award -1 bob - 35.50"],
            [],
            ["award -1 bob - 500.00"],
        ]

    def test_ranks_jumped_over_may_be_lost(self) -> None:
        """Only the highest one newly reached."""
        march, april = months(LOST, "bob 100", "bob 1000")

        assert (ledger(march), ledger(april)) == (["award -1 bob - 25.50"], ["award -1 bob - 500.00"])

    def test_why_names_only_the_rank_that_is_not_lost(self) -> None:
        """Of two at once the higher one."""
        (march,) = months(LOST, "bob 100")

        assert [one.because for one in why(march, "bob").amounts] == ["newly reached: silver"]

    def test_a_rank_that_was_held_before_is_not_newly_reached(self) -> None:
        """The highest rank ever held decides."""
        assert [ledger(month) for month in months(PAID, "bob 10", "", "bob 10")][1:] == [[], []]

    def test_what_did_not_qualify_has_not_used_its_once(self) -> None:
        """Off in March: unpaid; paid in April, though the rank is gone by then."""
        march, april, may = months(PAID, "bob 10", "", "", off="0")

        assert (ledger(march), unpaid(march)) == ([], ["award -1 bob inactive 10"])
        assert (ledger(april), ledger(may)) == (["award -1 bob - 10.00"], [])

    def test_that_holds_for_the_first_of_all_people_too(self) -> None:
        """Ann is off in March."""
        _, april = months(PAID, "ann 10", "", off="0")

        assert ledger(april) == ["award -1 ann - 10.00"]

    def test_an_open_rank_waits_for_whoever_is_not_in_the_run(self) -> None:
        """Away in April, paid in May."""
        *_, may = months(PAID, "bob 10", "", "", off="0", left="1")

        assert ledger(may) == ["award -1 bob - 10.00"]

    def test_rank_is_the_one_that_is_paid_for(self) -> None:
        """Also where the person holds another; inside an aggregate everybody has their own."""
        amount = 'amount = "(1 if rank == bronze else 2) + 100 * count(front, rank == bronze)"'
        by = plan(AWARD.replace('amount = "this.prize"', amount), more='skipped = "paid"\n')

        (march,) = months(by, "bob 100,cid 10")

        assert ledger(march) == ["award -1 bob - 203.00", "award -1 cid - 1.00"]

    def test_why_says_which_ranks(self) -> None:
        """In words."""
        (march,) = months(PAID, "bob 100")

        (amount,) = why(march, "bob").amounts
        assert (amount.amount, amount.because) == (Decimal("35.50"), "newly reached: bronze, silver")


class TestPerLifetime:
    def test_only_the_first_order_of_all_pays(self) -> None:
        """Of a payee; later ones are not offered."""
        by = plan(FIRST, more='once_per = "lifetime"\n')

        march, april = months(by, "bob 5 cid,bob 7 cid", "bob 9 cid,ann 3 cid")

        assert (ledger(march), unpaid(march)) == (["first -1 bob o00 5.00"], [])
        assert ledger(april) == ["first -1 ann o11 3.00"]

    def test_with_source_it_is_the_first_of_each(self) -> None:
        """The first order of each buyer, in the trade the fast start of a new recruit."""
        by = plan(FIRST, more='once_per = ["source", "lifetime"]\n')

        march, april = months(by, "ann 5 bob,ann 7 cid,ann 8 bob", "ann 9 cid,bob 2 cid")

        assert ledger(march) == ["first -1 ann o00 5.00", "first -1 ann o01 7.00"]
        assert ledger(april) == ["first -1 bob o11 2.00"]

    def test_what_comes_to_nothing_or_does_not_qualify_has_not_used_it(self) -> None:
        """An order of nothing, then one that does not qualify (and is unpaid), then the one that is paid."""
        by = plan(FIRST, more='once_per = "lifetime"\nqualifies = "cv != 7"\n')

        (march,) = months(by, "bob 0 cid,bob 7 cid,bob 9 cid,bob 11 cid")

        assert (ledger(march), unpaid(march)) == (["first -1 bob o02 9.00"], ["first -1 bob not_qualified 7"])

    def test_an_amount_of_each_person_is_paid_in_the_first_period(self) -> None:
        """There is no order then."""
        by = plan(PERSONAL, more='once_per = "lifetime"\n')

        march, april, may = months(by, "bob 5", "bob 9,ann 2", "ann 4")

        assert ledger(march) == ["own -1 bob - 5.00"]
        assert (ledger(april), ledger(may)) == (["own -1 ann - 2.00"], [])

    def test_a_refund_follows_its_original(self) -> None:
        """With refunds that walk: of the order that was paid it is charged, of another one it is not."""
        by = plan(FIRST, more='once_per = "lifetime"\n')

        (march,) = months(by, "bob 5 cid,bob 7 cid,bob -7 cid o01,bob -5 cid o00")

        assert ledger(march) == ["first -1 bob o00 5.00", "first -1 bob o03 -5.00"]

    def test_a_refund_never_uses_it(self) -> None:
        """The refund of an order that did not qualify is not offered, and the next order is paid."""
        by = plan(FIRST, more='once_per = "lifetime"\nqualifies = "cv != 7"\n')

        (march,) = months(by, "bob 7 cid,bob -7 cid o00,bob 9 cid")

        assert ledger(march) == ["first -1 bob o02 9.00"]

    def test_what_is_below_the_minimum_has_used_it(self) -> None:
        """So has what is deferred or capped."""
        by = plan(FIRST, more='once_per = "lifetime"\nminimum = 6\nminimum_unpaid = "lost"\n')

        march, april = months(by, "bob 5 cid", "bob 9 cid")

        assert (unpaid(march), ledger(april)) == (["first -1 bob below_minimum 5"], [])


class TestPerPeriod:
    def test_the_first_of_each_period_pays(self) -> None:
        """And nothing is handed on that is for life."""
        by = plan(FIRST, more='once_per = "period"\n')

        march, april = months(by, "bob 5 cid,bob 7 cid", "bob 9 cid")

        assert (ledger(march), ledger(april)) == (["first -1 bob o00 5.00"], ["first -1 bob o10 9.00"])
        assert "first.once" not in march.handed_on().rows
