"""What happens within a period, against the slow twin: moves, people who join, walks on the tree of the order's day."""

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


class TestMovesAgainstTwin:
    """`tree_as_of`, with people who move and join within the period, orders on the days of both."""

    @given(text=plain, inputs=strategies.inputs().flatmap(moving))
    @settings(max_examples=12, deadline=None)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Of any plan."""
        check(text, inputs)

    @given(text=of_pairs, inputs=test_moments_against_twin.inputs().flatmap(moving))
    @settings(max_examples=10, deadline=None)
    def test_so_it_is_where_people_are_asked_on_the_way(self, text: str, inputs: Inputs) -> None:
        """Of pairs, and just before each order."""
        check(text, inputs)
