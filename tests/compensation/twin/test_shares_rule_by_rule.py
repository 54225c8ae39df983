"""Rates that fade, levels without end and fixed sums, each rule on a small tree; engine and twin say the same.

`top` stands above `cid`, `bob` and `ann`, in that order; ann sells for 100, so a rate of 0.10 is 10.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, world
from compensation.twin.test_levels_rule_by_rule import (
    FOUR,
    HEADER,
    SALE,
    accounts,
    answer,
    off,
    options,
    paid,
    unpaid,
)
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError

FADING: dict[str, Any] = {"rates": None, "rate": "0.10", "depth": "unlimited", "slow": True}
BUDGET: dict[str, Any] = {"budget": "0.25 * cv", "residual": "account:house"}


def fading(places: int, factor: str = "0.5", **changes: Any) -> dict[str, Any]:
    """Options of a rate of 10 per cent that fades."""
    return {**FADING, "decay": f"{{ factor = {factor}, places = {places} }}", **changes}


def left(found: Any) -> Any:
    """What the account has of the budget, which has no level."""
    return accounts(found).get((None, None))


class TestDecay:
    """`decay = { factor, places }`."""

    def test_each_level_is_the_rate_times_a_power_of_the_factor(self) -> None:
        """10, 5 and 2.5 per cent."""
        assert paid(answer(fading(6))) == {"bob": 10, "cid": 5, "top": Fraction("2.5")}

    def test_the_first_level_has_the_rate_itself(self) -> None:
        """The power counts levels above `first_level`."""
        assert paid(answer(fading(6, first_level=0)))["ann"] == 10

    def test_each_rate_is_rounded_once_from_the_exact_power(self) -> None:
        """0.3 and 0.09 of ten per cent at two places: 3 and 1 per cent."""
        assert paid(answer(fading(2, "0.3"))) == {"bob": 10, "cid": 3, "top": 1}

    def test_levels_end_where_the_rate_has_come_to_nothing(self) -> None:
        """At two places a tenth of ten per cent is one per cent, and a tenth of that nothing."""
        found = answer(fading(2, "0.1", face_rate="0.10", no_upline="account:house"))

        assert paid(found) == {"bob": 10, "cid": 1}
        assert accounts(found) == {}

    def test_above_the_root_face_rates_fade_too(self) -> None:
        """Level 4 is 1.25 per cent, at two places 1 (half to even), level 5 nothing."""
        found = answer(fading(2, face_rate="0.10", no_upline="account:house"))

        assert paid(found) == {"bob": 10, "cid": 5, "top": 2}
        assert accounts(found) == {(None, 4): 1, (None, 5): 1}

    def test_a_literal_depth_ends_it_sooner(self) -> None:
        """Two levels."""
        assert paid(answer(fading(6, depth=2))) == {"bob": 10, "cid": 5}


class TestUnlimited:
    """`depth = "unlimited"`."""

    def test_goes_up_to_the_root(self) -> None:
        """The infinity bonus: one rate by rank, at every level."""
        who = [{**one, "attributes": {**one["attributes"], "title": "gold"}} for one in FOUR]

        found = answer({"rates": "{ gold = 0.01 }", "depth": "unlimited", "slow": True}, who)

        assert paid(found) == {"bob": 1, "cid": 1, "top": 1}

    def test_nothing_is_owed_above_the_root_where_levels_never_end(self) -> None:
        """Or it would be owed without end."""
        found = answer({"rates": "[0.10]", "beyond": "0.01", "depth": "unlimited", "detail": "payee"})

        assert not unpaid(found)


class TestBudget:
    """`budget` with `residual`."""

    def test_what_the_walk_leaves_goes_to_the_account(self) -> None:
        """25 less 10, 5 and 2."""
        found = answer(BUDGET)

        assert paid(found) == {"bob": 10, "cid": 5, "top": 2}
        assert left(found) == 8
        assert found["entitled"]["b"] == 25

    def test_a_level_that_is_not_paid_is_part_of_what_is_left(self) -> None:
        """And is shown as missed, not as unpaid: the account has it."""
        found = answer({**BUDGET, "pays": "on"}, off("cid"))

        assert left(found) == 13
        assert not unpaid(found)
        assert {(line[1], line[5]): (line[8], line[9]) for line in found["missed"]} == {("cid", 2): (5, "inactive")}

    def test_so_is_the_level_of_whoever_stands_first(self) -> None:
        """Top is the first of all people."""
        found = answer({**BUDGET, "pays": "on"}, off("top"))

        assert left(found) == 10
        assert {(line[1], line[5]): (line[8], line[9]) for line in found["missed"]} == {("top", 3): (2, "inactive")}

    def test_all_of_it_is_left_where_nobody_is_paid(self) -> None:
        """Nobody stands above top."""
        found = answer(BUDGET, FOUR[:1], order("sale", "top", cv=100, pv=0))

        assert (paid(found), left(found)) == ({}, 25)

    def test_all_of_it_may_be_spent(self) -> None:
        """10, 5 and 2 of 17: nothing is left, and nothing is too much, nor of the order that gives half of it back."""
        back = order("back", "ann", refund_of="sale", cv=-50, pv=-20)

        found = answer({**BUDGET, "budget": "0.17 * cv"}, FOUR, SALE, back)

        assert paid(found) == {"bob": 5, "cid": Fraction("2.5"), "top": 1}
        assert left(found) is None

    def test_what_other_accounts_get_is_paid_of_it(self) -> None:
        """Levels that an account takes are no residual."""
        found = answer({**BUDGET, "pays": "on", "unpaid": "account:house", "residual": "account:house"}, off("cid"))

        assert accounts(found) == {("cid", 2): 5, (None, None): 8}

    def test_levels_above_the_root_that_are_lost_are_left(self) -> None:
        """Only bob stands above: 15 are left."""
        found = answer(BUDGET, FOUR[:2], order("sale", "cid", cv=100, pv=0))

        assert (paid(found), left(found)) == ({"top": 10}, 15)

    def test_each_source_has_its_own(self) -> None:
        """Nothing of one order's budget pays another's levels."""
        found = answer({**BUDGET, "budget": "17"}, FOUR, SALE, order("small", "ann", cv=10, pv=0))

        assert sorted(line[8] for line in found["accounts"]) == [Fraction("15.3")]

    def test_a_refund_takes_back_its_share_of_what_was_left(self) -> None:
        """Half of the order: half of 8."""
        back = order("back", "ann", refund_of="sale", cv=-50, pv=-20)

        found = answer(BUDGET, FOUR, SALE, back, refunds="original")

        assert sorted(line[8] for line in found["accounts"]) == [-4, 8]

    def test_why_says_what_somebody_missed_of_it_and_that_the_level_was_used_up(self) -> None:
        """Cid missed 5.00; for top, cid stands between and counts."""
        lines = "".join(
            f"{key} = {value}\n" for key, value in options(**{**BUDGET, "pays": "on"}).items() if value is not None
        )
        result = run_engine(loads_plan(HEADER + lines), world(off("cid"), [SALE]))

        cid, top = why(result, "cid").amounts[0], why(result, "top").amounts[0]

        assert (cid.kind, cid.amount, cid.because) == ("missed", Decimal(5), "on is false: off = true")
        assert [(one.person, one.counts) for one in top.passed] == [("bob", True), ("cid", True)]

    def test_a_walk_that_pays_more_is_refused_with_its_order(self) -> None:
        """The run stops: a plan that promises a sum pays no more."""
        lines = "".join(
            f"{key} = {value}\n" for key, value in options(**{**BUDGET, "budget": "10"}).items() if value is not None
        )
        plan = loads_plan(HEADER + lines, "plan.toml")

        with pytest.raises(InputError) as caught:
            run_engine(plan, world(FOUR, [SALE]))

        assert str(caught.value) == (
            "plan.toml:41: bonuses.b.budget: the walk from order sale pays 17.0000 of a budget of 10.0000; "
            "lower the rates, or raise the budget"
        )
