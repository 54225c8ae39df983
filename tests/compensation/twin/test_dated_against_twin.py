"""What happens within a period, against the slow twin: moves, people who join, walks on the tree of the order's day."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.twin import strategies, test_moments_against_twin, test_pairs_against_twin
from compensation.twin.small_worlds import APRIL, MARCH
from compensation.twin.test_engine_against_twin import check
from reference.engine import Inputs

TREES = ("sponsor", "enroller")


@st.composite
def moving(draw: st.DrawFn, given: Inputs) -> Inputs:
    """The same, of whom some move within the period, and one or two on its edges."""
    people = [{**person, "moves": {tree: [] for tree in TREES}} for person in given.people]
    for tree in TREES:
        stands = {person["id"]: person["uplines"][tree] for person in people}
        days = draw(st.lists(st.integers(-2, 32), max_size=5))
        for day in sorted(days):
            _move(draw, people, tree, stands, MARCH + timedelta(days=day))
    return replace(given, people=people)


def _move(draw: st.DrawFn, people: list[dict[str, Any]], tree: str, stands: dict[str, str | None], on: date) -> None:
    """Somebody moves below somebody who is there by then and stands not below them, or becomes a root."""
    there = [person for person in people if person["joined"] <= min(on, APRIL - timedelta(days=1))]
    free = [person for person in there if on not in {since for since, _ in person["moves"][tree]}]
    if not free:
        return
    mover = draw(st.sampled_from(free))
    places = [None, *(one["id"] for one in there if mover["id"] not in _line(stands, one["id"]))]
    stands[mover["id"]] = draw(st.sampled_from(places))
    mover["moves"][tree].append((on, stands[mover["id"]]))


def _line(stands: dict[str, str | None], person: str) -> list[str]:
    """Somebody and everybody above."""
    found: list[str] = []
    above: str | None = person
    while above is not None:
        found.append(above)
        above = stands[above]
    return found


def by_sale(text: str) -> str:
    """The same plan, whose walks from orders go up the tree of the order's day."""
    return text.replace('tree_as_of = "period_end"', 'tree_as_of = "sale"')


as_of = st.sampled_from([str, by_sale, by_sale])
plain = st.builds(lambda text, change: change(text), strategies.plans(), as_of)
of_pairs = st.builds(
    lambda text, change: change(text),
    st.one_of(
        test_pairs_against_twin.plans(), test_pairs_against_twin.differences(), test_moments_against_twin.plans()
    ),
    as_of,
)


def quarterly(text: str) -> str:
    """The same plan, whose bonuses of weeks and days are those of a quarter."""
    return re.sub(r'every = "(week|day)"', 'every = "quarter"', text)


def weekly(text: str) -> str:
    """The same plan of weeks, whose bonuses of a week are those of the month that ends in it."""
    return text.replace('every = "week"', 'every = "month"').replace('period = "month"', 'period = "week"')


def since_december(given: Inputs) -> Inputs:
    """The same March, whose orders reach back to the quarter before."""
    return _on_other_days(given, lambda day: APRIL - timedelta(days=(APRIL - day).days * 11 // 4))


def of_a_week(given: Inputs) -> Inputs:
    """The week in which March ends, after four weeks of orders."""
    start, end = date(2026, 3, 30), date(2026, 4, 6)
    people = [{**person, "joined": end} if person["joined"] == APRIL else person for person in given.people]
    moved = _on_other_days(given, lambda day: min(day + timedelta(days=5), end - timedelta(days=1)))
    return replace(moved, start=start, end=end, people=people)


def _on_other_days(given: Inputs, other: Callable[[date], date]) -> Inputs:
    orders = [{**order, "date": other(order["date"])} for order in given.orders]
    events = {
        name: [{**event, "date": other(event["date"])} for event in events] for name, events in given.events.items()
    }
    return replace(given, orders=orders, events=events)


any_plan = st.one_of(strategies.plans(), test_moments_against_twin.plans("current"))


class TestOtherSpansAgainstTwin:
    """`every` longer than the plan's period, which reaches back before it."""

    @given(text=any_plan.map(quarterly), inputs=test_moments_against_twin.inputs(squeeze=False).map(since_december))
    @settings(max_examples=8, deadline=None)
    def test_a_quarter_in_a_monthly_plan(self, text: str, inputs: Inputs) -> None:
        """It ends with March, and begins in January."""
        check(text, inputs)

    @given(text=any_plan.map(weekly), inputs=test_moments_against_twin.inputs(squeeze=False).map(of_a_week))
    @settings(max_examples=7, deadline=None)
    def test_a_month_in_a_weekly_plan(self, text: str, inputs: Inputs) -> None:
        """March ends within the week, some days before it."""
        check(text, inputs)


class TestMovesAgainstTwin:
    """`tree_as_of`, with people who move and join within the period, orders on the days of both."""

    @given(text=plain, inputs=strategies.inputs().flatmap(moving))
    @settings(max_examples=8, deadline=None)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Of any plan."""
        check(text, inputs)

    @given(text=of_pairs, inputs=test_moments_against_twin.inputs().flatmap(moving))
    @settings(max_examples=7, deadline=None)
    def test_so_it_is_where_people_are_asked_on_the_way(self, text: str, inputs: Inputs) -> None:
        """Of pairs, and just before each order."""
        check(text, inputs)
