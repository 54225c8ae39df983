"""Events: further dated rows by person, as a scope of aggregates and as the source of bonuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.dated.small_cases import HEADER, INPUTS, assert_case
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Events, RunInputs
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import IdIndex
from mlmcore.operations._digests import input_digest

PEOPLE = "people: |\n  ann\n    bob\n      cid\n"
CYCLES = "events: {cycles: {csv: cycles.csv}}\n"
FILES = {
    "cycles.csv": """\
id,person,date,size,board
c1,cid,2026-03-05,100,small
c2,cid,2026-03-02,40,large
c3,bob,2026-03-31,7,
c4,bob,2026-04-01,1000,
c5,bob,2026-02-28,1000,
"""
}
WALK = """
[[bonuses]]
id = "walk"
type = "matrix"
kind = "levels"
source = "events.cycles"
where = "board == 'small' or size < 10"
base = "size"
point_value = 1
rates = [0.10, 0.05]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "zero"
"""


class TestScope:
    """`events.NAME` in aggregates: the person's events of the period."""

    def test_only_those_of_the_period_count_and_the_events_columns_come_first(self, tmp_path: Path) -> None:
        """A person without any has none."""
        plan = """
[measures]
number = "count(events.cycles)"
sized = "sum(events.cycles, size)"
small = "sum(events.cycles, size, where=board == 'small')"
late = "count(events.cycles, date >= 2026-03-05 and number > 1)"
own = "sum(events.cycles, size, where=order.size > 50 and id == me.id)"
"""
        case = f"""\
period: 2026-03
{PEOPLE}{CYCLES}expect:
  cid: {{number: 2, sized: 140, small: 100, late: 1, own: 100}}
  bob: {{number: 1, sized: 7, small: 0, late: 0, own: 0}}
  ann: {{number: 0, sized: 0, small: 0, late: 0, own: 0}}
"""
        assert_case(tmp_path, plan, case, files=FILES)

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["ann", "bob"]), st.integers(-1, 32), st.none() | st.integers(-3, 3)),
            max_size=7,
        )
    )
    def test_every_function_agrees_with_the_twin(self, rows: list[tuple[str, int, int | None]]) -> None:
        """A twin that looks through all events for each person."""
        plan = loads_plan(HEADER + INPUTS + MEASURES)
        inputs = _inputs(plan, [(f"c{n}", name, MARCH + day, size) for n, (name, day, size) in enumerate(rows)])

        result = calculate(plan, inputs)

        for name in ("ann", "bob"):
            mine = [size for who, day, size in rows if who == name and 0 <= day < 31]
            known = [size for size in mine if size is not None]
            row = int(result.network.ids.positions([name])[0])
            assert {key: result.measures[key].decimal(row) for key in result.measures} == {
                "number": len(mine),
                "summed": sum(known),
                "least": min(known, default=9),
                "most": max(known, default=0),
                "two": sum(sorted(known)[-2:]),
                "odd": sum(size is not None and size > 0 for size in mine),
            }

    def test_rows_in_any_order_give_the_same_bytes(self) -> None:
        """In the result and in the digest of the inputs."""
        plan = loads_plan(HEADER + INPUTS + WALK)
        rows = [("c1", "bob", MARCH, 5), ("c2", "bob", MARCH, 7), ("c3", "ann", MARCH + 3, None)]

        inputs, other = _inputs(plan, rows), _inputs(plan, rows[::-1])

        assert calculate(plan, inputs).digest == calculate(plan, other).digest
        assert input_digest(inputs) == input_digest(other)

    def test_another_event_is_another_input(self) -> None:
        """A run is repeated from its inputs, so what it read must show in their digest."""
        plan = loads_plan(HEADER + INPUTS + WALK)

        digests = {input_digest(_inputs(plan, [("c1", who, MARCH, size)])) for who in ("ann", "bob") for size in (1, 2)}

        assert len(digests) == 4


MARCH = 20513
TODO = "give it, or take it out of [inputs]"
MEASURES = """
[measures]
number = "count(events.cycles)"
summed = "sum(events.cycles, size, where=size != none)"
least = "min(events.cycles, size, where=size != none, default=9)"
most = "max(events.cycles, size, where=size != none)"
two = "top(2, events.cycles, size, where=size != none)"
odd = "count(events.cycles, size != none and size > 0)"
"""


class TestSource:
    """`source = "events.NAME"`: a walk from, or an amount for, each event."""

    def test_walks_start_at_the_events_person_and_lines_name_the_event(self, tmp_path: Path) -> None:
        """`where` and `base` read the event."""
        case = f"""\
period: 2026-03
{PEOPLE}{CYCLES}expect:
  bob: {{walk: 10.00}}
  ann: {{walk: 5.70}}
lines:
  - {{person: bob, bonus: walk, order: c1, source: cid, level: 1, base: 100, amount: 10.00}}
  - {{person: ann, bonus: walk, order: c1, source: cid, level: 2, amount: 5.00}}
  - {{person: ann, bonus: walk, order: c3, source: bob, level: 1, amount: 0.70}}
"""
        assert_case(tmp_path, WALK, case, files=FILES)

    def test_an_amount_is_paid_to_the_person_or_to_whom_payee_names(self, tmp_path: Path) -> None:
        """`order.` reaches the paid event, bare names its columns and then the person's."""
        plan = """
[measures]
summed = "sum(events.cycles, size)"
[[bonuses]]
id = "own"
type = "matrix"
kind = "amount"
source = "events.cycles"
amount = "order.size + summed if board != none else 1"
point_value = 1
qualifies = "summed > 10"
negative = "zero"
[[bonuses]]
id = "up"
type = "matrix"
kind = "amount"
source = "events.cycles"
detail = "payee"
payee = "source.id"
amount = "size"
point_value = 1
negative = "zero"
"""
        case = f"""\
period: 2026-03
{PEOPLE}{CYCLES}expect:
  cid: {{own: 420, up: 140}}
  bob: {{own: 0, up: 7}}
unpaid:
  - {{person: bob, bonus: own, order: c3, reason: not_qualified, amount: 1}}
"""
        assert_case(tmp_path, plan, case, files=FILES)

    def test_a_differential_walks_from_events(self, tmp_path: Path) -> None:
        """As from orders."""
        plan = """
[[bonuses]]
id = "gap"
type = "differential"
kind = "differential"
source = "events.cycles"
base = "size"
point_value = 1
rate = "0.10 if joined < 2021-01-01 else 0.20"
initial = 0
first_level = 0
negative = "zero"
"""
        case = f"""\
period: 2026-03
people:
  - {{id: ann, joined: 2021-01-01}}
  - {{id: bob, sponsor: ann}}
  - {{id: cid, sponsor: bob}}
{CYCLES}expect:
  cid: {{gap: 14.00}}
  bob: {{gap: 0.70}}
  ann: {{gap: 14.70}}
"""
        assert_case(tmp_path, plan, case, files=FILES)

    def test_a_cap_cuts_the_last_of_orders_and_events_in_one_order(self, tmp_path: Path) -> None:
        """By date, then id, whatever they are."""
        plan = """
[[caps]]
bonuses = ["sale", "cycle"]
per = ["payee"]
limit = "25"
apply = "cut_last"
[[bonuses]]
id = "sale"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "10"
[[bonuses]]
id = "cycle"
type = "matrix"
kind = "amount"
source = "events.cycles"
amount = "10"
"""
        case = f"""\
period: 2026-03
{PEOPLE}orders:
  - {{id: b, seller: bob, date: 2026-03-02, pv: 0, cv: 0}}
  - {{id: a, seller: bob, date: 2026-03-04, pv: 0, cv: 0}}
events:
  cycles:
    - {{id: c, person: bob, date: 2026-03-03, size: 1}}
    - {{id: a, person: bob, date: 2026-03-02, size: 1}}
lines:
  - {{bonus: cycle, order: a, amount: 10}}
  - {{bonus: sale, order: b, amount: 10}}
  - {{bonus: cycle, order: c, amount: 5}}
"""
        assert_case(tmp_path, plan, case)

    def test_why_says_which_event_it_was(self) -> None:
        """By the name of the events, its day and its id."""
        plan = loads_plan(HEADER + INPUTS + WALK)

        said = statement(calculate(plan, _inputs(plan, [("c1", "bob", MARCH + 4, 5)])), "ann").to_text()

        assert "2026-03-05 cycles c1, from bob, level 1: size 5.00 x 0.10 = 0.5" in said


class TestWhatDoesNotFit:
    """Events that a run can't take, all at once."""

    def test_whoever_is_not_in_the_run_and_events_that_are_not_there(self) -> None:
        """An event of nobody; declared events or columns that the inputs lack."""
        plan = loads_plan(HEADER + INPUTS)
        inputs = _inputs(plan, [("c1", "bob", MARCH, 5), ("c2", "bob", MARCH + 60, 5)])
        nobody = evolve(inputs.events["cycles"], person=np.array([-1, -1], dtype=np.int32))
        fewer = evolve(inputs.events["cycles"], columns={"size": Column.texts(["a", "b"])})

        assert _said(plan, evolve(inputs, events={"cycles": nobody})) == [
            "event cycles c1: its person is not in the run; the person must have joined by the period's end"
        ]
        assert _said(plan, evolve(inputs, events={})) == [
            f"inputs: the plan declares the events 'cycles', and the inputs have none; {TODO}"
        ]
        assert _said(plan, evolve(inputs, events={"cycles": fewer})) == [
            "inputs: 'size' is text, and the plan declares points; give it as declared",
            f"inputs: the plan declares the column 'board' of cycles, and the inputs have none; {TODO}",
        ]


def _said(plan: Plan, inputs: RunInputs) -> list[str]:
    with pytest.raises(InputError) as caught:
        calculate(plan, inputs)
    return [str(finding) for finding in caught.value.findings]


def _inputs(plan: Plan, rows: list[tuple[str, str, int, Any]]) -> RunInputs:
    """Ann, bob below her, and events: id, person, day, size."""
    people = [person("ann"), person("bob", "ann")]
    given_inputs = engine_inputs(plan, world(people, []))
    cycles = Events(
        ids=IdIndex.from_labels([row[0] for row in rows]),
        date=[row[2] for row in rows],
        person=[("ann", "bob").index(row[1]) for row in rows],
        columns={
            "size": Column.numbers([row[3] for row in rows], unit="points", places=2),
            "board": Column.texts(["small"] * len(rows)),
        },
    )
    return evolve(given_inputs, events={"cycles": cycles})
