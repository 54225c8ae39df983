"""Several periods in a row against the slow twin: what one hands on is what the next is given."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.test_engine_against_twin import both
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from reference.engine import Inputs, Twin
from reference.engine_refundable import refundable_rows

MONTHS = (date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))


def of_month(orders: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The orders of a month: in March all but every other refund; in April those; in May all again, by other ids."""
    late = [order for order in orders if order["refund_of"] and (int(order["id"][1]) + int(order["id"][-1])) % 2]
    if number == 0:
        return [order for order in orders if order not in late]
    later = [{**order, "date": order["date"] + timedelta(days=31)} for order in late]
    originals = [order for order in orders if order["id"] in {refund["refund_of"] for refund in late}]
    return [*originals, *later] if number == 1 else again(orders)


def again(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same orders in May, under other ids."""
    return [
        {
            **order,
            "id": f"m{order['id']}",
            "date": order["date"] + timedelta(days=61),
            "refund_of": order["refund_of"] and f"m{order['refund_of']}",
        }
        for order in orders
    ]


def handed_on(plan: Plan, inputs: Inputs) -> Inputs:
    """What the twin hands to the next month, everything else as it is."""
    twin = Twin(plan, inputs)
    best = {person: twin.rank_id(rank) for person, rank in twin.measures("rank.best").items()}
    for bonus in plan.bonuses:
        twin.final(bonus.id)
    return replace(
        inputs,
        best={person: rank for person, rank in best.items() if rank is not None},
        carried={name: twin.carried(name) for name in plan.carry},
        history={
            name: [twin.measures(name), *inputs.history.get(name, [])][:periods]
            for name, periods in plan.history.items()
        },
        waiting={bonus.id: twin.waiting(bonus.id).rows() for bonus in plan.bonuses},
        refundable={bonus.id: refundable_rows(twin, bonus.id) for bonus in plan.bonuses if twin.takes_back},
    )


HISTORY = """
[history]
personal = 3
active = 2
rank = 2
volume = 2
"""
VOLUMES = (
    "rolling(3, personal)",
    "sum(past(2), personal)",
    "max(past(3), personal)",
    "min(past(2), personal, where=active, default=personal)",
    "round(mean(past(3), personal, default=1), 2)",
    "sum(past(2), volume) - personal",
    "top(1, past(2), personal, where=rank >= silver)",
    "sum(front, rolling(2, personal))",
)
FEWS = (
    "count(past(3))",
    "count(past(2))",
    "count(past(2), rank >= silver)",
    "count(past(3), personal < me.personal)",
    "count(past(2), distinct=active)",
    "count(downline, any(past(2), active), tree=enroller)",
)
SOMES = (
    "any(past(2), active)",
    "all(past(1), active) and active",
    "all(past(2), rank == none)",
    "rolling(2, volume) > 50",
)


@st.composite
def with_a_past(draw: st.DrawFn) -> str:
    """A plan that keeps columns of earlier periods, and reads them."""
    text = draw(strategies.plans(caps_over=(0, 1)))
    for name, pool in (("volume", VOLUMES), ("few", FEWS), ("some", SOMES)):
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{draw(st.sampled_from(pool))}"', text, flags=re.MULTILINE)
    return text.replace("\n[order_columns]\n", f"{HISTORY}\n[order_columns]\n")


def march_alone(given: Inputs) -> Inputs:
    """Without orders from before March, and without anybody who joins only after it."""
    return strategies.march_only(given)


class TestPeriodsInARow:
    """Three months, the same people, each month the state that the one before handed on."""

    @given(text=strategies.plans(caps_over=(0, 1)), inputs=strategies.inputs().map(march_alone))
    @settings(max_examples=15, deadline=None)
    def test_each_is_the_twins(self, text: str, inputs: Inputs) -> None:
        """In everything, what waits among it; and brought + entitled = paid + unpaid + carried."""
        self.check(text, inputs)

    @given(text=strategies.plans(refunds="original", caps_over=(0, 1)), inputs=strategies.inputs().map(march_alone))
    @settings(max_examples=15, deadline=None)
    def test_refunds_take_back_what_an_earlier_month_paid(self, text: str, inputs: Inputs) -> None:
        """Every other refund comes in the month after its order."""
        self.check(text, inputs)

    @given(text=with_a_past(), inputs=strategies.inputs().map(march_alone))
    @settings(max_examples=5, deadline=None)
    def test_each_remembers_the_ones_before(self, text: str, inputs: Inputs) -> None:
        """`past(n)` and `rolling(n, x)`, also of people who join only later."""
        self.check(text, inputs)

    def check(self, text: str, inputs: Inputs) -> None:
        """Three months of both."""
        note(text)
        plan, orders = loads_plan(text), inputs.orders
        for number, (start, end) in enumerate(pairwise(MONTHS)):
            inputs = replace(inputs, start=start, end=end, orders=of_month(orders, number))
            answers = both(plan, inputs)
            if answers is None:
                return
            engine, twin = answers
            for part, said in engine.items():
                assert said == twin[part], (number, part)
            inputs = handed_on(plan, inputs)
