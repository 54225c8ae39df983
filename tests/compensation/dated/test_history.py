"""`[history]`, `past(n)` and `rolling(n, x)`: what somebody had in earlier periods."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.dated.small_cases import HEADER, VOLUMES, assert_case
from compensation.engine.small_plans import plan as small_plan
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.loader import dumps_plan, loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period
from mlmcore.operations._digests import input_digest

PLAN = """
[history]
personal = 3
active = 2
rank = 2
award.paid = 2
[measures]
personal = "sum(orders, pv)"
active = "personal >= 10 or any(past(1), active)"
known = "count(past(3), personal > 0)"
steady = "count(past(2), active) >= 2"
least = "min(past(2), personal, default=-1)"
quarter = "rolling(3, personal)"
mean_before = "round(mean(past(3), personal, default=0), 2)"
was_gold = "any(past(2), rank >= gold)"
more = "count(past(3), personal < me.personal)"
paid_before = "sum(past(2), award.paid)"
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "gold"
requires = "personal >= 100"
[[bonuses]]
id = "award"
type = "rank_bonus"
kind = "amount"
amount = "0.5 * rolling(2, personal)"
point_value = 1
negative = "zero"
"""
PEOPLE = "people: |\n  ann\n    bob joined=2026-02-10\n"


class TestPast:
    """`past(n)`: the last n closed periods, of which each column is declared."""

    def test_months_in_a_row_remember_the_ones_before(self, tmp_path: Path) -> None:
        """Bob joined in February, so there is one month less of him; January's rank is out of sight in April."""
        case = f"""\
{PEOPLE}orders:
  - {{seller: ann, date: 2026-01-05, pv: 100, cv: 0}}
  - {{seller: ann, date: 2026-02-05, pv: 3, cv: 0}}
  - {{seller: ann, date: 2026-03-05, pv: 4, cv: 0}}
  - {{seller: bob, date: 2026-03-06, pv: 8, cv: 0}}
  - {{seller: ann, date: 2026-04-06, pv: 1, cv: 0}}
periods:
  - period: 2026-01
    expect:
      ann: {{known: 0, steady: false, least: -1, quarter: 100, mean_before: 0, was_gold: false, award: 50}}
  - period: 2026-02
    expect:
      ann: {{known: 1, least: 100, quarter: 103, mean_before: 100, was_gold: true, award: 51.50, active: true}}
      bob: {{known: 0, least: -1, quarter: 0, active: false, more: 0}}
  - period: 2026-03
    expect:
      ann: {{known: 2, steady: true, least: 3, quarter: 107, mean_before: 51.5, more: 1, paid_before: 101.50}}
      bob: {{known: 0, least: 0, quarter: 8, more: 1}}
  - period: 2026-04
    expect:
      ann: {{known: 3, least: 3, quarter: 8, mean_before: 35.67, was_gold: false, paid_before: 55.00}}
      bob: {{known: 1, least: 0, quarter: 8, mean_before: 4}}
"""
        assert_case(tmp_path, PLAN, case)

    def test_a_case_may_give_the_history(self, tmp_path: Path) -> None:
        """By period, person and name; a period that is further back than is asked for plays no part."""
        case = f"""\
period: 2026-04
{PEOPLE}history:
  2026-03: {{ann: {{personal: 5, active: true, rank: gold, award.paid: 7.5}}, bob: {{personal: 1, rank: none}}}}
  2026-02: {{ann: {{personal: 6}}}}
  2025-12: {{ann: {{personal: 1000}}}}
expect:
  ann: {{known: 2, least: 5, quarter: 11, was_gold: true, active: true, steady: false, paid_before: 7.50}}
  bob: {{known: 1, least: 1, quarter: 1, was_gold: false, active: false}}
"""
        assert_case(tmp_path, PLAN, case)

    @settings(max_examples=12, deadline=None)
    @given(
        sold=st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.integers(0, 5), st.integers(0, 120)), max_size=9),
        joined=st.integers(0, 5),
    )
    def test_six_months_agree_with_the_twin(self, sold: list[tuple[str, int, int]], joined: int) -> None:
        """A twin that keeps everything in lists and looks back."""
        plan = loads_plan(HEADER + VOLUMES + PLAN)
        results = months(plan, sold, joined)
        before: dict[str, list[tuple[int, bool]]] = {"ann": [], "bob": []}
        for month, result in enumerate(results):
            for name in ("ann", "bob") if month >= joined else ("ann",):
                personal = sum(pv for who, when, pv in sold if who == name and when == month)
                past = before[name]
                active = personal >= 10 or (bool(past) and past[-1][1])
                assert of(result, name, "active") is active
                assert of(result, name, "known") == sum(pv > 0 for pv, _ in past[-3:])
                assert of(result, name, "steady") is (sum(was for _, was in past[-2:]) >= 2)
                assert of(result, name, "least") == min((pv for pv, _ in past[-2:]), default=-1)
                assert of(result, name, "quarter") == personal + sum(pv for pv, _ in past[-2:])
                assert of(result, name, "was_gold") is any(pv >= 100 for pv, _ in past[-2:])
                past.append((personal, active))

    def test_no_more_is_handed_on_than_the_plan_keeps(self) -> None:
        """For each column as many periods as it says, with everybody who existed then, by id."""
        result = months(loads_plan(HEADER + VOLUMES + PLAN), [("ann", 0, 100)], 1)[3]

        rows = result.handed_on().rows
        kept = {name: len(one) for name, one in rows.items()}
        assert kept == {
            "history.personal": 6,
            "history.active": 4,
            "history.rank": 4,
            "history.award.paid": 4,
        }
        assert {texts(rows["history.rank"], row) for row in range(4)} == {
            ("2026-04", "ann", "none"),
            ("2026-04", "bob", "none"),
            ("2026-03", "ann", "none"),
            ("2026-03", "bob", "none"),
        }

    def test_the_history_is_an_input_like_any_other(self) -> None:
        """Another past is another digest."""
        plan = loads_plan(HEADER + VOLUMES + PLAN)
        inputs = engine_inputs(plan, world([person("ann")], []))

        digests = {input_digest(evolve(inputs, previous=past("2026-02", "ann", pv))) for pv in (1, 2)}

        assert len(digests) == 2

    def test_a_plan_with_a_history_is_written_out_and_read_back(self) -> None:
        """The dotted name too."""
        plan = loads_plan(HEADER + VOLUMES + PLAN)

        assert loads_plan(dumps_plan(plan)) == plan


class TestWhatIsHandedOnWrongly:
    """A history that is none is an error with the column's name."""

    @pytest.mark.parametrize(
        ("rows", "what"),
        [
            (("2026-03", "ann", 1), "it holds 2026-03, which is no month before 2026-03"),
            (("2026-W02", "ann", 1), "it holds 2026-W02, which is no month before 2026-03"),
        ],
    )
    def test_is_refused(self, rows: tuple[str, str, int], what: str) -> None:
        """Never guessed around."""
        plan = loads_plan(HEADER + VOLUMES + PLAN)
        inputs = engine_inputs(plan, world([person("ann")], []))

        with pytest.raises(InputError) as caught:
            calculate(plan, evolve(inputs, previous=past(*rows)))

        todo = "correct what was handed on, or start the plan anew without it"
        assert str(caught.value) == f"previous.history.personal: {what}; {todo}"

    def test_a_person_twice_and_another_unit_are_refused(self) -> None:
        """And columns that are no history."""
        plan = loads_plan(HEADER + VOLUMES + PLAN)
        inputs = engine_inputs(plan, world([person("ann")], []))
        said = []
        once = past("2026-02", "ann", 1).rows["history.personal"]
        for columns in (
            {name: column.take(np.array([0, 0])) for name, column in once.columns.items()},
            {**once.columns, "value": Column.numbers([1], unit="money")},
            {"value": once.columns["value"]},
        ):
            state = evolve(State.empty(), rows={"history.personal": CarriedRows(columns=columns)})
            with pytest.raises(InputError) as caught:
                calculate(plan, evolve(inputs, previous=state))
            said.append(caught.value.findings[0].what)

        assert said == [
            "it holds a person twice in one period",
            "it is money, and the plan carries points",
            "it has the columns value, not period, person and value",
        ]


def months(plan: Plan, sold: list[tuple[str, int, int]], joined: int) -> list[Result]:
    """Six months in a row, each handing on to the next; bob joins on the first day of the month `joined`."""
    results: list[Result] = []
    for month in range(6):
        period = Period.parse(f"2026-{month + 1:02}")
        people = [person("ann"), person("bob", "ann", joined=Period.parse(f"2026-{joined + 1:02}").start)]
        orders = [
            order(f"o{number}", who, on=period.start, pv=pv, cv=0)
            for number, (who, when, pv) in enumerate(sold)
            if when == month and (who == "ann" or month >= joined)
        ]
        inputs = engine_inputs(plan, world(people, orders, period.start, period.end))
        state = results[-1].handed_on() if results else State.empty()
        results.append(calculate(plan, evolve(inputs, previous=state)))
    return results


def of(result: Result, name: str, measure: str) -> Decimal | bool | object:
    """Somebody's measure."""
    return result.measures[measure].value(int(result.network.ids.positions([name])[0]))


def past(period: str, name: str, pv: int) -> State:
    """A state that knows somebody's personal volume in one earlier period."""
    columns = {
        "period": Column.texts([period]),
        "person": Column.texts([name]),
        "value": Column.numbers([pv], unit="points"),
    }
    return evolve(State.empty(), rows={"history.personal": CarriedRows(columns=columns)})


def texts(rows: CarriedRows, row: int) -> tuple[str, ...]:
    """A row as texts."""
    return tuple(rows.columns[name].text(row) for name in ("period", "person", "value"))


class TestTogetherWithRecursion:
    """A measure that reads itself down the tree may read its own past, and events, on the way."""

    def test_a_recursion_reads_its_own_past_and_events(self, tmp_path: Path) -> None:
        """Roll-up of volume: what was rolled last month counts once more, in full."""
        plan = """
[history]
rolled = 1
[measures]
rolled = "sum(front, rolled) + sum(past(1), rolled) + sum(events.cycles, size, where=size > 0 * rolled_below)"
rolled_below = "sum(front, rolled)"
"""
        case = """\
period: 2026-03
people: |
  ann
    bob
      cid
history:
  2026-02: {ann: {rolled: 100}, cid: {rolled: 7}}
events:
  cycles:
    - {person: cid, size: 3}
    - {person: bob, size: 2}
expect:
  cid: {rolled: 10}
  bob: {rolled: 12}
  ann: {rolled: 112}
"""
        assert_case(tmp_path, plan, case)


DIGITS = "write digits with at most one point, such as 1000.50"


class TestCasesThatGiveIt:
    """What a case says of the past is read like everything else."""

    def test_names_and_people_that_are_none_are_refused(self, tmp_path: Path) -> None:
        """With the nearest, all at once."""
        case = """\
period: 2026-04
people: |
  ann
history:
  2026-03: {ann: {personl: 5}, anna: {personal: 1}}
  2026-02: {ann: {personal: x}}
expect:
  ann: {known: 1}
"""
        with pytest.raises(InputError) as caught:
            assert_case(tmp_path, PLAN, case, header=HEADER + VOLUMES)

        assert [f"{finding.path}: {finding.what}; {finding.todo}" for finding in caught.value.findings] == [
            "cases[0].history.2026-03.ann.personl: unknown key 'personl'; did you mean 'personal'?",
            "cases[0].history.2026-03.anna: 'anna' is nobody in this case; did you mean 'ann'?",
            f"cases[0].history.2026-02.ann.personal: 'x' is not a decimal; {DIGITS}",
        ]


class TestItsOwnPast:
    @pytest.mark.parametrize(
        ("formula", "unit"), [("count(orders)", None), ("sum(orders, pv)", "points"), ("sum(orders, cv)", "money")]
    )
    def test_has_the_kind_of_what_is_added_to_it(self, formula: str, unit: str | None) -> None:
        """Though it is read on the way to itself."""
        made = small_plan(f'kept = "{formula} + sum(past(1), kept)"\n[history]\nkept = 1\n')

        assert made.measures["kept"].type.unit == unit
