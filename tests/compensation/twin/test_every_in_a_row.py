"""Bonuses of shorter and longer periods than the plan's, months in a row, against the slow twin.

What a quarter's bonus pays in March is of orders of January; what a week's pays in April may be of March, and be given
back in May. What waits, what may still be given back and what a refund takes goes from month to month.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.small_worlds import MARCH
from compensation.twin.test_engine_against_twin import both
from compensation.twin.test_periods_in_a_row import handed_on
from mlmcore.compensation.loader import loads_plan
from reference.engine import Inputs

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
EVERY = st.sampled_from(['"week"', '"quarter"', '"quarter"', '"day"', '"month"'])


@st.composite
def plans(draw: st.DrawFn, refunds: str) -> str:
    """A plan of the twin's, whose bonuses have any period but the plan's."""
    text = draw(strategies.plans(refunds=refunds, caps_over=(0, 1)))
    text = re.sub(r"^every = .*\n", "", text, flags=re.MULTILINE)
    first, *bonuses = text.split("[[bonuses]]\n")
    return "".join([first, *(f"[[bonuses]]\nevery = {draw(EVERY)}\n{bonus}" for bonus in bonuses)])


def spread(given: Inputs) -> Inputs:
    """A March of orders, over the months from January to April; who joined in March joined in December."""
    before = MONTHS[0] - timedelta(days=1)
    people = [{**one, "joined": min(one["joined"] - timedelta(days=90), before)} for one in given.people]
    orders = [{**order, "date": MONTHS[0] + _days((order["date"] - MARCH).days)} for order in given.orders]
    return replace(given, people=people, orders=orders)


def _days(days: int) -> timedelta:
    """Four times as many, now and then a day or two less, so that every day of a week occurs."""
    return timedelta(days=4 * days - days % 3)


def check(text: str, inputs: Inputs) -> None:
    """Four months of both."""
    note(text)
    plan = loads_plan(text)
    for start, end in pairwise(MONTHS):
        inputs = replace(inputs, start=start, end=end)
        answers = both(plan, inputs)
        if answers is None:
            return
        engine, twin = answers
        for part, said in engine.items():
            assert said == twin[part], (start, part)
        inputs = handed_on(plan, inputs)


class TestEveryInARow:
    """Four months, a quarter's end among them."""

    @given(text=plans("current"), inputs=strategies.inputs().map(strategies.march_only).map(spread))
    @settings(max_examples=6, deadline=None)
    def test_each_is_the_twins(self, text: str, inputs: Inputs) -> None:
        """In everything: lines, what is unpaid and why, columns, what waits and is handed on."""
        check(text, inputs)

    @given(text=plans("original"), inputs=strategies.inputs().map(strategies.march_only).map(spread))
    @settings(max_examples=6, deadline=None)
    def test_refunds_take_back_what_another_week_or_quarter_paid(self, text: str, inputs: Inputs) -> None:
        """Of orders whose bonus is paid by then, and of those whose quarter is still open."""
        check(text, inputs)
