"""Pools: rules F1 to F6, each by an example that can be checked by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import ledger, unpaid
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import PoolBonus
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money

HEADER = """
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_up", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "active"
accounts = ["house"]
[inputs]
volumes = { cv = "money" }
attributes = { score = "number", off = "boolean" }
company = { profit = { kind = "money", places = 4 } }
[tables.prizes]
by = "threshold"
rows = [[1, 0.5], [2, 0.3], [3, 0.2], [4, 0]]
below = 0
[measures]
active = "not off"
[[bonuses]]
id = "pool"
type = "pool"
kind = "pool"
"""
PLAIN = {
    "fund": '"company.profit"',
    "shares": '"score"',
    "share_value": '"exact"',
    "remainder": '"largest_remainder"',
    "nobody": '"carry"',
}


def run(scores: dict[str, Any], profit: str = "100", *, brought: str = "", more: str = "", **options: str) -> Result:
    """A pool over people with scores; an option of "" is left out."""
    chosen = {key: value for key, value in (PLAIN | options).items() if value}
    plan = loads_plan(HEADER + "".join(f"{key} = {value}\n" for key, value in chosen.items()) + more)
    people = [one if isinstance(one, dict) else person(name, score=one, off=False) for name, one in scores.items()]
    inputs = engine_inputs(plan, world(people, [], company={"profit": Decimal(profit)}))
    if brought:
        fund = CarriedRows(columns={"amount": Column.numbers([Decimal(brought)], unit="money")})
        inputs = evolve(inputs, previous=evolve(inputs.previous, rows={"pool.fund": fund}))
    return calculate(plan, inputs)


def paid(result: Result) -> list[str]:
    """What each is paid."""
    return [line.removeprefix("pool -1 ").replace(" - ", " ") for line in ledger(result)]


def identity(result: Result) -> list[Decimal]:
    """Entitled, brought, paid, unpaid, carried."""
    found = result.identity["pool"]
    return [found.entitled, found.brought, found.paid, found.unpaid, found.carried]


def numbers(*items: str) -> list[Decimal]:
    """Decimals."""
    return [Decimal(item) for item in items]


class TestTheFund:
    def test_holds_what_comes_in_and_what_was_carried(self) -> None:
        """F1."""
        result = run({"ann": 1}, "100", brought="20.50")

        assert result.figures["pool.fund"].text(0) == "120.5000"
        assert identity(result) == numbers("100", "20.50", "120.50", "0", "0")

    def test_rests_where_when_is_false(self) -> None:
        """F1: nothing comes in, and what was carried stays."""
        result = run({"ann": 1}, "100", brought="20.50", when='"month(period.start) in [6, 12]"')

        assert (paid(result), identity(result)) == ([], numbers("0", "20.50", "0", "0", "20.50"))
        assert result.figures["pool.fund"].text(0) == "20.5000"

    def test_is_carried_until_it_is_released(self) -> None:
        """F2: `release` may read what the fund holds, with what is carried; to the last digit."""
        short = run({"ann": 1}, "99.9999", release='"pool.fund >= 100"')
        full = run({"ann": 1}, "0.0001", brought="99.9999", release='"pool.fund >= 100"')

        assert (paid(short), identity(short)) == ([], numbers("99.9999", "0", "0", "0", "99.9999"))
        assert short.handed_on().rows["pool.fund"].columns["amount"].text(0) == "99.9999"
        assert (paid(full), "pool.fund" in full.handed_on().rows) == (["ann 100.00"], False)

    def test_may_be_a_sum_over_everybody(self) -> None:
        """A part of what the company sold."""
        plan = loads_plan(
            HEADER + "".join(f"{key} = {value}\n" for key, value in {**PLAIN, "fund": '"0.02 * company.cv"'}.items())
        )
        people = [person("ann", score=1, off=False), person("bob", "ann", score=3, off=False)]
        sold = [order("one", "bob", cv=1000), order("two", "ann", cv=500)]

        result = calculate(plan, engine_inputs(plan, world(people, sold, company={"profit": Decimal(0)})))

        assert paid(result) == ["ann 7.50", "bob 22.50"]

    def test_below_zero_is_refused_unless_the_plan_says_what_then(self) -> None:
        """Without `negative` it is an error."""
        with pytest.raises(InputError) as caught:
            run({"ann": 1}, "-10")

        assert str(caught.value).partition(": ")[2] == (
            "bonuses.pool: the fund of pool holds -10.0000, below zero, and would be shared out; "
            'carry it with `release`, or say in `negative` what happens then: "zero" or "charge"'
        )
        assert paid(run({"ann": 1, "bob": 2}, "-10", negative='"charge"')) == ["ann -3.33", "bob -6.67"]

    def test_with_nothing_in_it_pays_nothing(self) -> None:
        """And is no error."""
        assert paid(run({"ann": 1, "bob": 2}, "0")) == []

    def test_that_the_plan_has_no_pool_for_is_not_lost_in_silence(self) -> None:
        """A fund that was carried must go somewhere."""
        plan = loads_plan(
            (HEADER + "".join(f"{key} = {value}\n" for key, value in PLAIN.items())).replace(
                'id = "pool"', 'id = "other"'
            )
        )
        inputs = engine_inputs(plan, world([person("ann", score=1, off=False)], [], company={"profit": Decimal(0)}))
        fund = CarriedRows(columns={"amount": Column.numbers([Decimal(5)], unit="money")})

        with pytest.raises(InputError) as caught:
            calculate(plan, evolve(inputs, previous=evolve(inputs.previous, rows={"pool.fund": fund})))

        assert str(caught.value) == (
            "previous.pool.fund: pool.fund was carried with 5, and the plan has no such pool; "
            "give it out by a plan that has the pool, or carry it to a pool of this plan under its name"
        )

    def test_everything_that_the_plan_keeps_no_more_is_found_at_once(self) -> None:
        """Funds and lines that wait; a column that is called like them and kept is neither."""
        plan = loads_plan(HEADER + "".join(f"{key} = {value}\n" for key, value in PLAIN.items()))
        inputs = engine_inputs(plan, world([person("ann", score=1, off=False)], [], company={"profit": Decimal(0)}))
        fund = CarriedRows(columns={"amount": Column.numbers([Decimal(5)], unit="money")})
        texts = {name: Column.texts(["minimum"]) for name in ("state", "payee", "source", "order", "period")}
        rows = {"gone.fund": fund, "pool.waiting": CarriedRows(columns=texts), "history.fund": fund}

        with pytest.raises(InputError) as caught:
            calculate(plan, evolve(inputs, previous=evolve(inputs.previous, rows=rows)))

        assert [str(finding).partition(";")[0] for finding in caught.value.findings] == [
            "previous.gone.fund: gone.fund was carried with 5, and the plan has no such pool",
            "previous.pool.waiting: lines of pool wait for a minimum, and the plan lets none of them wait for it",
        ]


class TestWholeUnits:
    def test_missing_cents_go_to_the_largest_remainders_then_by_id(self) -> None:
        """F5: a third each of 100.00: the first by id gets the cent."""
        assert paid(run({"cid": 1, "bob": 1, "ann": 1})) == ["ann 33.34", "bob 33.33", "cid 33.33"]
        assert paid(run({"ann": 1, "bob": 1, "cid": 4}, "0.11")) == ["ann 0.02", "bob 0.02", "cid 0.07"]

    def test_or_to_an_account(self) -> None:
        """F5: everybody's share is cut down."""
        result = run({"cid": 1, "bob": 1, "ann": 1}, remainder='"account:house"')

        assert paid(result) == ["ann 33.33", "bob 33.33", "cid 33.33"]
        assert result.accounts.by_account() == {"house": 1}
        (segment,) = result.accounts.segments
        assert segment.rate.tolist() == [10**segment.rate_places]

    def test_what_is_below_a_cent_is_rounding(self) -> None:
        """F6."""
        result = run({"ann": 1, "bob": 1}, "10.0175")

        assert paid(result) == ["ann 5.01", "bob 5.00"]
        assert unpaid(result) == ["pool -1 - rounding 0.0075"]

    def test_a_share_may_be_worth_whole_cents(self) -> None:
        """F4: 100.00 over 7 shares is 14.28 each; what is left of the fund is rounding, or an account's."""
        lost = run({"ann": 2, "bob": 5}, share_value='"rounded"')
        kept = run({"ann": 2, "bob": 5}, share_value='"rounded"', remainder='"account:house"')

        assert paid(lost) == paid(kept) == ["ann 28.56", "bob 71.40"]
        assert (unpaid(lost), kept.accounts.by_account()) == (["pool -1 - rounding 0.04"], {"house": 4})

    def test_parts_of_a_share_of_whole_cents_are_whole_cents_too(self) -> None:
        """F5: 2.5 and 1.5 shares of 0.25 are 0.625 and 0.375; together a dollar, the cent to the first by id."""
        result = run({"ann": Decimal("2.5"), "bob": Decimal("1.5")}, "1.03", share_value='"rounded"')

        assert (paid(result), unpaid(result)) == (["ann 0.63", "bob 0.37"], ["pool -1 - rounding 0.03"])

    def test_earned_is_what_it_came_to(self) -> None:
        """A fraction has no column, so `earned` is in whole cents too."""
        result = run({"ann": 1, "bob": 1, "cid": 1})

        assert [result.published["pool.earned"].text(row) for row in range(3)] == ["33.3400", "33.3300", "33.3300"]


class TestWhoShares:
    def test_who_does_not_qualify_is_in_the_divisor_and_unpaid(self) -> None:
        """`eligible` decides about the divisor, `qualifies` about the money."""
        people = {"ann": 1, "bob": person("bob", score=1, off=True), "cid": 0}
        result = run(people, eligible='"score > 0"', qualifies='"active"')

        assert (paid(result), unpaid(result)) == (["ann 50.00"], ["pool -1 bob inactive 50"])

    def test_a_negative_number_of_shares_is_refused_by_name(self) -> None:
        """Shares are never below nothing."""
        with pytest.raises(InputError) as caught:
            run({"ann": 1, "bob": -1})

        assert str(caught.value).partition("bonuses")[2] == (
            ".pool.shares: bob has fewer than no shares of pool; "
            "write max(0, score), or leave such people out with `eligible`"
        )

    def test_of_a_plan_in_python_it_names_the_bonus(self) -> None:
        """There is no line to point at."""
        text = HEADER + "".join(f"{key} = {value}\n" for key, value in PLAIN.items())
        (pool,) = loads_plan(text).bonuses
        assert isinstance(pool, PoolBonus)
        by = evolve(loads_plan(text), bonuses=(evolve(pool, shares=Expression.of("score")),), steps=()).checked()
        inputs = engine_inputs(by, world([person("bob", score=-1, off=False)], [], company={"profit": Decimal(1)}))

        with pytest.raises(InputError, match=r"^bonuses\.pool\.shares: bob has fewer than no shares of pool; "):
            calculate(by, inputs)

    def test_where_nobody_has_a_share_the_fund_is_carried_whole(self) -> None:
        """To the last digit; or an account gets it, less what is below a cent."""
        carried = run({"ann": 0}, "10.0175")
        given = run({"ann": 0}, "10.0175", nobody='"account:house"')

        assert identity(carried) == numbers("10.0175", "0", "0", "0", "10.0175")
        assert (given.accounts.by_account(), identity(given)[3]) == ({"house": 1001}, Decimal("0.0075"))


class TestParts:
    PARTS = '[[bonuses.parts]]\nweight = 30\nshares = "score"\n[[bonuses.parts]]\nweight = 15\nshares = "{other}"\n'

    def test_split_the_fund_first(self) -> None:
        """F4: two thirds by score, one third equally; one line, rounded once."""
        result = run({"ann": 1, "bob": 3}, shares="", more=self.PARTS.format(other="1"))

        assert paid(result) == ["ann 33.33", "bob 66.67"]

    def test_a_part_without_shares_is_carried(self) -> None:
        """F4: its third, in whole cents."""
        result = run({"ann": 1, "bob": 3}, shares="", more=self.PARTS.format(other="0"))

        assert paid(result) == ["ann 16.67", "bob 50.00"]
        assert identity(result) == numbers("100", "0", "66.67", "0", "33.33")

    def test_weights_of_nothing_are_refused(self) -> None:
        """There is nothing to split by."""
        parts = self.PARTS.format(other="1").replace("30", "0").replace("15", "0")
        with pytest.raises(InputError, match="the weights of pool are 0, 0: one is negative, or all are nothing"):
            run({"ann": 1}, shares="", more=parts)


BY_PLACE = {"order_by": '"score"', "shares": '"lookup(prizes, place)"', "eligible": '"score > 0"'}


class TestPlaces:
    def test_the_largest_is_first(self) -> None:
        """And `top` keeps the first places."""
        result = run({"ann": 5, "bob": 9, "cid": 7, "dan": 6, "eve": 0}, **BY_PLACE, ties='"id"', top="3")

        assert paid(result) == ["bob 50.00", "cid 30.00", "dan 20.00"]
        assert [result.published["pool.place"].text(row) for row in range(5)] == ["none", "1", "2", "3", "none"]

    def test_those_who_share_a_place_get_the_mean_of_those_they_fill(self) -> None:
        """Two firsts share 0.5 and 0.3; a shared third place over the border keeps both."""
        first = run({"ann": 9, "bob": 9, "cid": 1}, **BY_PLACE, ties='"share"', top="3")
        border = run({"ann": 9, "bob": 5, "cid": 1, "dan": 1}, **BY_PLACE, ties='"share"', top="3")

        assert paid(first) == ["ann 40.00", "bob 40.00", "cid 20.00"]
        assert paid(border) == ["ann 50.00", "bob 30.00", "cid 10.00", "dan 10.00"]

    def test_means_are_exact(self) -> None:
        """Three who share 0.5, 0.3 and 0.2 have a third of a share each: nothing is rounded but the money."""
        result = run({"ann": 9, "bob": 9, "cid": 9}, "1", **BY_PLACE, ties='"share"')

        assert paid(result) == ["ann 0.34", "bob 0.33", "cid 0.33"]

    def test_who_joined_earlier_stands_first(self) -> None:
        """Then the id."""
        old = person("zoe", score=9, off=False, joined=date(2020, 1, 1))
        new = {name: person(name, score=9, off=False, joined=date(2025, 1, 1)) for name in ("ann", "bob")}

        assert paid(run({"zoe": old, **new}, **BY_PLACE, ties='"joined"', top="2")) == ["ann 37.50", "zoe 62.50"]
        assert paid(run({"zoe": old, **new}, **BY_PLACE, ties='"id"', top="2")) == ["ann 62.50", "bob 37.50"]


class TestWhy:
    def test_says_the_fund_the_place_and_the_shares(self) -> None:
        """Everything that an amount is made of."""
        result = run({"ann": 9, "bob": 9, "cid": 1}, **BY_PLACE, ties='"share"')

        (amount,) = why(result, "ann").amounts

        assert (amount.formula, amount.base, amount.rate) == ("pool.fund", Decimal(100), Decimal("0.4"))
        assert amount.because == (
            "the fund held 100.0000; place 1 by score is 9.00; 0.4 of 1 shares: lookup(prizes, place)"
        )

    def test_a_statement_says_that_the_rate_is_rounded_for_show(self) -> None:
        """A third of the fund is no decimal, so base times rate is not told as if it were the amount."""
        told = statement(run({"ann": 1, "bob": 1, "cid": 1}), "ann").to_text()

        assert "pool.fund 100.0000 x about 0.33333333; the fund held 100.0000; 1 of 3 shares: score" in " ".join(
            told.split()
        )

    def test_says_the_shares_of_each_part(self) -> None:
        """With its weight."""
        result = run({"ann": 1, "bob": 2}, shares="", more=TestParts.PARTS.format(other="1"))

        (amount,) = why(result, "bob").amounts

        assert amount.because == (
            "the fund held 100.0000; 2 of 3 shares with the weight 30: score; 1 of 2 shares with the weight 15: 1"
        )
        assert why(result, "bob").total == Money.of("61.11", "USD")
