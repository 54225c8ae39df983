"""Boards against a twin that looks through nested seats, over random companies, plans and periods."""

from collections.abc import Mapping, Sequence
from datetime import date

from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from compensation.engine.small_boards import EPOCH, Sale, board_inputs, boards_plan, seated
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import RunInputs, State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.plan.bonus import PeriodName
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from reference.boards import Company, Rules

NAMES = ("blue", "green")
MONTHS = (3, 4, 5)
DAYS = (1, 2)


@st.composite
def _rules(draw: st.DrawFn) -> dict[str, Rules]:
    """Two kinds of boards whose cycles may lead to one another."""
    found = {}
    for name in NAMES:
        under = draw(st.sampled_from(["nearest", "oldest"]))
        found[name] = Rules(
            width=draw(st.integers(1, 3)),
            levels=draw(st.integers(1, 2)),
            under=under,
            placed="breadth_first" if under == "oldest" else draw(st.sampled_from(["breadth_first", "below"])),
            then=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=2))),
        )
    return found


@st.composite
def _companies(draw: st.DrawFn) -> dict[str, str]:
    size = draw(st.integers(1, 7))
    return {f"p{at}": f"p{draw(st.integers(0, at - 1))}" if at and draw(st.booleans()) else "" for at in range(size)}


@st.composite
def _sales(draw: st.DrawFn, people: Sequence[str]) -> list[Sale]:
    """Orders of three months, each of which brings as many positions as its pv says."""
    return [
        Sale(
            id=f"o{number:02}",
            seller=draw(st.sampled_from(people)),
            day=draw(st.sampled_from(DAYS)),
            month=draw(st.sampled_from(MONTHS)),
            pv=draw(st.sampled_from([0, 1, 1, 1, 2])),
        )
        for number in range(draw(st.integers(0, 24)))
    ]


def _plan(rules: Mapping[str, Rules], period: PeriodName = "month") -> Plan:
    text = ""
    for name, one in rules.items():
        then = ", ".join(f'"{other}"' for other in one.then)
        text += (
            f'[boards.{name}]\nsource = "orders"\nfrom = "seller"\nentries = "pv"\nwidth = {one.width}\n'
            f'levels = {one.levels}\nunder = "{one.under}"\nplaced = "{one.placed}"\nthen = [{then}]\n'
        )
    try:
        made = boards_plan(text, "")
    except InputError as error:
        assume("never come to an end" not in str(error))
        raise
    return evolve(made, period=period, steps=()).checked()


def _twin(rules: Mapping[str, Rules], people: Mapping[str, str], orders: Sequence[Sale]) -> Company:
    company = Company(rules, people)
    for order in sorted(orders, key=lambda one: (one.month, one.day, one.id)):
        for name in sorted(rules):
            for _ in range(order.pv):
                company.enter(name, order.seller, (date(2026, order.month, order.day) - EPOCH).days)
    return company


def _cycles(result: Result, name: str) -> list[tuple[object, ...]]:
    events, ids = result.events[name], result.network.ids
    return [
        (
            name,
            int(events.ids.label(at).rpartition("-")[2]),
            int(events.date[at]),
            ids.label(int(events.person[at])),
            int(events.columns["entered"].values[at]),
            events.columns["filled_by"].text(at),
        )
        for at in range(len(events))
    ]


def _run_all(made: Plan, inputs: Sequence[RunInputs]) -> tuple[Result, list[tuple[object, ...]]]:
    """Several periods in a row: the last result, and the cycles of all."""
    state, cycles = State.empty(), []
    result = None
    for one in inputs:
        result = calculate(made, evolve(one, previous=state))
        cycles += [cycle for name in NAMES for cycle in _cycles(result, name)]
        state = result.handed_on()
    assert result is not None
    return result, sorted(cycles)


class TestBoards:
    @settings(max_examples=50, deadline=None)
    @given(rules=_rules(), people=_companies(), data=st.data())
    def test_come_out_like_the_twin_in_three_months(
        self, rules: dict[str, Rules], people: dict[str, str], data: st.DataObject
    ) -> None:
        """Whoever sits where, and every cycle with all that is said of it."""
        made, orders = _plan(rules), data.draw(_sales(list(people)))
        twin = _twin(rules, people, orders)

        inputs = [board_inputs(people, orders, f"2026-{month:02}") for month in MONTHS]
        result, cycles = _run_all(made, inputs)

        assert {name: seated(result, name) for name in NAMES} == {name: twin.seated(name) for name in NAMES}
        assert cycles == sorted(twin.cycles)

    @settings(max_examples=15, deadline=None)
    @given(rules=_rules(), people=_companies(), data=st.data())
    def test_are_the_same_however_the_days_are_cut_and_the_rows_stand(
        self, rules: dict[str, Rules], people: dict[str, str], data: st.DataObject
    ) -> None:
        """Day by day, or month by month with the rows shuffled."""
        orders = [one for one in data.draw(_sales(list(people))) if one.month < 5]
        shuffled = data.draw(st.permutations(orders))
        days = [f"2026-{month:02}-{day:02}" for month in (3, 4) for day in range(1, 32) if (month, day) != (4, 31)]

        made = _plan(rules, "day")
        busy = [board_inputs(people, orders, day) for day in days if int(day[-2:]) in DAYS]
        last, of_days = _run_all(made, busy)

        month, of_months = _run_all(_plan(rules), [board_inputs(people, shuffled, f"2026-0{at}") for at in (3, 4)])

        assert {name: seated(last, name) for name in NAMES} == {name: seated(month, name) for name in NAMES}
        assert of_days == of_months
