"""Several periods in a row against the slow twin: what one hands on is what the next is given."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, note, settings

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
        waiting={bonus.id: twin.waiting(bonus.id).rows() for bonus in plan.bonuses},
        refundable={bonus.id: refundable_rows(twin, bonus.id) for bonus in plan.bonuses if twin.takes_back},
    )


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
