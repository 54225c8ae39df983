"""A binary whose cap postpones volume: over any number of weeks nothing is paid twice, and no pair is lost."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.test_binary import HEADER, PAIRS, PERCENT
from compensation.published.test_published_binary_examples import member
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import order, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result

MONDAY = date(2026, 3, 2)
PEOPLE = [member("You"), member("Lea", "You", 1), member("Rob", "You", 2)]
WEEKS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=4)
CAPS = st.integers(0, 1200).map(lambda cents: Decimal(cents) / 100)


def weeks(text: str, sold: Sequence[tuple[int, int]]) -> Iterator[Result]:
    """Weeks in a row in which so much is sold on the left and on the right, each with the state of the one before."""
    plan, state = loads_plan(text), State.empty()
    for number, (left, right) in enumerate(sold):
        start = MONDAY + timedelta(weeks=number)
        orders = [order(f"l{number}", "Lea", on=start, cv=left), order(f"r{number}", "Rob", on=start, cv=right)]
        one = world(PEOPLE, orders, start, start + timedelta(weeks=1), company={"open": True})
        result = calculate(plan, evolve(engine_inputs(plan, one), previous=state))
        state = result.handed_on()
        yield result


def yours(result: Result, name: str) -> Fraction:
    """What a column of the bonus says of you, nothing where it is not there."""
    return Fraction(str(result.published[f"bin.{name}"].value(int(result.network.ids.positions(["You"])[0])) or 0))


def carrying(bonus: str, cap: Decimal, rounding: str = "half_up") -> str:
    """The plan with a cap in money that postpones what it takes."""
    header = HEADER.replace("half_up", rounding)
    return header + bonus + f'cap = {{ money = {cap} }}\nover_cap = "carry"\n'


class TestNothingIsPaidTwice:
    """`over_cap = "carry"`: what is paid for leaves the legs, and the rest stays."""

    @given(sold=WEEKS, cap=CAPS, ratio=st.sampled_from(["1:1", "1:2", "2:1", "either", "pair_by_pair"]))
    @settings(max_examples=40, deadline=None)
    def test_of_pairs(self, sold: list[tuple[int, int]], cap: Decimal, ratio: str) -> None:
        """What is paid is the pairs' money, and each pair has left the legs: 10 from each leg, or 10 and 20."""
        results = list(weeks(carrying(PAIRS.replace("1:1", ratio), cap), sold))
        pairs = sum(yours(result, "pairs") for result in results)
        left = yours(results[-1], "left_out") + yours(results[-1], "right_out")

        assert [yours(result, "paid") <= cap for result in results] == [True] * len(sold)
        assert sum(yours(result, "paid") for result in results) == 2 * pairs
        assert sum(map(sum, sold)) == left + pairs * (20 if ratio == "1:1" else 30)

    @given(sold=WEEKS, cap=CAPS)
    @settings(max_examples=40, deadline=None)
    def test_of_a_percentage(self, sold: list[tuple[int, int]], cap: Decimal) -> None:
        """What is paid is never more than the rate of what left each leg, and less by cents only."""
        text = carrying(PERCENT.replace("0.10", "0.07"), cap, "down")
        results = list(weeks(text, sold))
        paid = sum(yours(result, "paid") for result in results)
        gone = sum(left for left, _ in sold) - yours(results[-1], "left_out")

        assert gone == sum(right for _, right in sold) - yours(results[-1], "right_out")
        assert 0 <= Fraction(7, 100) * gone - paid < len(sold) * Fraction(2, 100)
