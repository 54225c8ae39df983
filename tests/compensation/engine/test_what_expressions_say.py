"""What each thing that an expression can say comes to, rule by rule, in one small month.

    ann
     |-- bob (left)  -- dan (left of bob)
     |-- cid (right) -- eve (left of cid)

Ann enrolled dan, and dan eve; in the other trees they stand as drawn.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

import pytest

from compensation.twin.asked_worlds import asking
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.result import Result

RULES: Final = (
    # expression, whose value, what it comes to, the rule
    ("abs(0 - 7.25)", "ann", "7.25", "abs takes the sign away"),
    ("clamp(120, 0, 100)", "ann", "100", "clamp keeps to the higher bound"),
    ("clamp(-5, 0, 100)", "ann", "0", "and to the lower one"),
    ("floor(-7 / 2)", "ann", "-4", "floor goes toward minus infinity"),
    ("round(2.5, 0)", "ann", "2", "round takes the plan's mode"),
    ("round(2.5, 0, half_up)", "ann", "3", "or a named one"),
    ("round(-2.5, 0, up)", "ann", "-3", "up is away from zero"),
    ("round(-2.5, 0, down)", "ann", "-2", "down is toward zero"),
    ("round(2.344, two)", "ann", "2.34", "places may be a parameter"),
    ("round(ratio(5, grade, zero=9.99), 2)", "eve", "9.99", "a ratio to nothing is what zero= says"),
    ("rank in [silver, gold]", "bob", True, "a rank is in a list"),
    ("rank in [silver, none]", "dan", True, "also when it is none"),
    ("id in [house, sponsor(id, default=none)]", "ann", False, "a person is in a list of persons and accounts"),
    ("joined in [2026-03-02, period.start]", "eve", True, "a date is in a list"),
    ("title not in ['gold']", "cid", True, "not in is the opposite"),
    ("sponsor(id, default=house) == house", "ann", True, "an account is a person"),
    ("sum(orders, pv)", "bob", "85", "a sum nets refunds"),
    ("sum(orders, pv, refunds=false)", "bob", "100", "unless it is told not to"),
    ("count(orders)", "bob", "2", "a count skips refunds"),
    ("count(orders, refunds=true)", "bob", "3", "unless it is told not to"),
    ("min(orders, pv, default=0)", "bob", "40", "so does a minimum"),
    ("min(orders, pv, default=0, refunds=true)", "bob", "-15", "unless it is told not to"),
    ("all(orders, pv > 0)", "bob", True, "so does all"),
    ("round(mean(orders, pv, default=0), 1)", "bob", "50", "so does a mean"),
    ("top(1, orders, pv, where=buyer == none)", "bob", "60", "and top"),
    ("count(orders, distinct=customer)", "bob", "1", "none is no different value"),
    ("sum(purchases, pv)", "dan", "25", "purchases nets refunds too"),
    ("count(purchases)", "dan", "1", "and counts orders that the person bought"),
    ("sum(purchases, pv, where=seller == me.id)", "dan", "0", "of which somebody else is the seller"),
    ("sum(orders, pv, where=buyer == id)", "cid", "30", "what the seller bought for herself"),
    ("sum(orders, pv, where=seller.off or buyer.off)", "bob", "25", "an order's people are reached by prefixes"),
    ("count(customers)", "bob", "1", "customers are of orders without a buying distributor"),
    ("count(customers)", "ann", "1", "and of the seller alone, whoever else they buy from"),
    ("max(customers, sum(orders, pv))", "bob", "60", "inside, orders are that customer's with that seller"),
    ("count(customers, refunds=true)", "dan", "1", "a customer of refunds only counts where refunds do"),
    ("count(customers)", "dan", "0", "and else does not"),
    ("max(front, personal)", "dan", "0", "a maximum over nothing is 0"),
    ("max(front, personal, default=-1)", "dan", "-1", "or its default"),
    ("max(downline, personal - 1000)", "ann", "-915", "but not over people with less"),
    ("top(2, front, personal)", "dan", "0", "top over nothing is 0"),
    ("any(front, true)", "dan", False, "any over nothing is false"),
    ("all(front, false)", "dan", True, "all over nothing is true"),
    ("min(front, personal, default=grade)", "ann", "30", "a minimum"),
    ("min(front, personal, default=grade)", "dan", "0", "has a default of the person whose scope it is"),
    ("count(group)", "ann", "5", "a group is the person and everybody below"),
    ("count(downline)", "ann", "4", "a downline is everybody below"),
    ("count(level(2))", "ann", "2", "a level is exactly so far below"),
    ("count(levels(1, two))", "ann", "4", "levels are a range, by literal or parameter"),
    (
        "count(downline, until=title == 'silver')",
        "ann",
        "2",
        "until cuts",
    ),
    ("count(group, until=title == 'silver')", "bob", "2", "and is never asked of the person whose scope it is"),
    ("count(downline, where=title != 'silver')", "ann", "3", "whom where refuses is still descended into"),
    ("count(front, year(since) > 2000)", "ann", "2", "nobody asks a root, who is in no front"),
    ("count(downline, until=month(since) == 4)", "ann", "4", "nor does until"),
    ("count(group, leg=1)", "ann", "2", "a leg is the child's group"),
    ("count(downline, tree=enroller, leg=1)", "ann", "1", "of the placement, whatever tree is walked"),
    ("count(front, tree=enroller, leg=2)", "bob", "0", "and of the person's own placement"),
    ("count(front, leg=3)", "ann", "0", "a leg where nobody hangs is empty"),
    ("count(downline, distinct=title)", "ann", "1", "equal values count once"),
    ("count(front, any(group, off != me.off))", "ann", "1", "me. is who asks, however deep"),
    ("sum(downline, personal * me.rate)", "ann", "230", "a factor of me."),
    ("sum(downline, personal * me.rate)", "eve", "0", "which nobody asks for over nobody"),
    ("sponsor(personal, default=0)", "dan", "85", "sponsor is the direct upline"),
    ("sponsor(personal, default=0, tree=enroller)", "dan", "20", "in another tree too"),
    (
        "nearest(title == none, id == me.id, default=false)",
        "dan",
        False,
        "nearest never asks oneself",
    ),
    ("nearest(personal < 50, personal, default=0)", "dan", "20", "and passes whom it does not hold for"),
    ("nearest(personal > 500, personal, default=7)", "dan", "7", "over nobody it is the default"),
    ("company.personal", "eve", "135", "company. sums a measure over everybody"),
    ("company.pv", "eve", "135", "or a volume over all orders"),
    ("company.profit", "eve", "1000", "or is a company input"),
)


@cache
def month() -> Result:
    """All expressions, asked once of everybody."""

    def somebody(
        identity: str, upline: str | None, enroller: str | None, leg: int, title: str | None, **more: Any
    ) -> Any:
        made = person(identity, upline, trees={"placement": upline, "enroller": enroller}, title=title, **more)
        return {**made, "legs": {"placement": leg}}

    people = [
        somebody("ann", None, None, 0, title="gold", rate=2, off=False),
        somebody("bob", "ann", None, 1, title="silver", rate=1, off=False, since=date(2026, 1, 31)),
        somebody("cid", "ann", None, 2, title=None, rate=1, off=False, since=date(2026, 1, 31)),
        somebody("dan", "bob", "ann", 1, title=None, rate=1, off=True, since=date(2026, 1, 31)),
        somebody(
            "eve", "cid", "dan", 1, title=None, rate=None, since=date(2026, 1, 31), off=False, joined=date(2026, 3, 2)
        ),
    ]
    orders = [
        order("a", "ann", customer="kim", pv=20, cv=20),
        order("b", "bob", customer="kim", pv=60, cv=60),
        order("c", "bob", buyer="dan", pv=40, cv=40),
        order("d", "bob", buyer="dan", refund_of="c", pv=-15, cv=-15),
        order("e", "cid", buyer="cid", pv=30, cv=30),
        order("f", "dan", customer="lou", on=date(2026, 2, 28), pv=50, cv=50),
        order("g", "dan", customer="lou", on=date(2026, 3, 3), refund_of="f", pv=0, cv=0),
    ]
    plan = asking([expression for expression, *_ in RULES])
    return run_engine(plan, world(people, orders, company={"profit": Decimal(1000)}))


class TestExpressions:
    @pytest.mark.parametrize("position", range(len(RULES)), ids=[rule for *_, rule in RULES])
    def test_say_what_the_language_says(self, position: int) -> None:
        """Each rule of the page on expressions, in one value."""
        _, whose, expected, _ = RULES[position]
        result = month()

        found = result.measures[f"q{position}"].value(int(result.network.ids.positions([whose])[0]))

        assert found == (Decimal(expected) if isinstance(expected, str) else expected)
