"""Binary bonuses against their twin: random placement trees, carried legs and plans with any of the options."""

from fractions import Fraction
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin.engine_runs import engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import loads_plan
from reference.engine import Inputs, Twin

COLUMNS = ("matched", "pairs", "left_out", "right_out", "left_lost", "right_lost", "capped")
HEADER = """\
[plan]
id = "twin"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = {{ mode = "half_even", places = 2, at = "line" }}
tree = "placement"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "active"
[inputs]
trees = ["sponsor", "placement"]
volumes = {{ pv = "points" }}
attributes = {{ off = "boolean" }}
[tables.payments]
by = "threshold"
rows = {steps}
below = 0
[measures]
personal = "sum(orders, pv)"
active = "not off"
{measures}
"""
PERCENTS = ("0.1", "0.1 if weak > 50 else 0.05", "0.1 * ratio(weak, strong, zero=0)", "0.08 if left == weak else 0.12")


@st.composite
def months(draw: st.DrawFn) -> Inputs:
    """Up to ten people in a binary placement tree, with orders, refunds, and legs from the month before."""
    ids = [f"p{number}" for number in range(draw(st.integers(1, 10)))]
    free: list[tuple[str, int]] = []
    people: list[dict[str, Any]] = []
    for name in ids:
        place = draw(st.sampled_from([None, *free])) if free else None
        if place is not None:
            free.remove(place)
        free += [(name, 1), (name, 2)]
        one = person(name, None, trees={"placement": place[0] if place else None}, off=draw(st.booleans()))
        people.append({**one, "legs": {"placement": place[1] if place else 0}})
    volume = st.integers(-2000, 30000).map(lambda number: Fraction(number, 100))
    sold: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 10))):
        seller, amount = draw(st.sampled_from(ids)), draw(volume)
        sold.append(order(f"o{number}", seller, pv=abs(amount)))
        if amount < 0:
            sold.append(order(f"r{number}", seller, pv=2 * amount, refund_of=f"o{number}"))
    carried = {
        f"bin.{leg}": draw(st.dictionaries(st.sampled_from(ids), volume, max_size=4))
        for leg in ("left_out", "right_out")
    }
    return world(draw(st.permutations(people)), sold, carried=carried)


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A plan with one binary bonus and a measure for everything that it publishes."""
    options = {"id": '"bin"', "type": '"binary"', "kind": '"binary"', "volume": '"personal"', "negative": '"charge"'}
    pay = draw(st.sampled_from(["percent", "pairs", "steps"]))
    options["pay"] = f'"{pay}"'
    if pay == "percent":
        options |= {"percent": f'"{draw(st.sampled_from(PERCENTS))}"', "point_value": "0.5"}
    elif pay == "pairs":
        options |= {"unit": draw(st.sampled_from(["10", "33.5", '"20 if active else 10"'])), "amount": "3.335"}
        options["ratio"] = f'"{draw(st.sampled_from(["1:1", "1:2", "2:1", "either", "pair_by_pair"]))}"'
    else:
        options["steps"] = '"payments"'
    options["after"] = f'"{draw(st.sampled_from(["subtract", "flush", "clear_weak"]))}"'
    if draw(st.integers(0, 2)) == 0:
        options["match_minimum"] = draw(st.sampled_from(["40", '"0.5 * personal"']))
    if draw(st.integers(0, 2)) == 0:
        options["match_maximum"] = draw(st.sampled_from(["150", '"100 if active else 33.3"']))
    if draw(st.integers(0, 2)) == 0:
        options["carry_limit"] = draw(st.sampled_from(["60", '"personal"']))
    if draw(st.booleans()):
        caps = ["{ money = 5 }", "{ money = 0.125 }", "{ money = 0 }"] + (["{ pairs = 2 }"] if pay == "pairs" else [])
        options["cap"] = draw(st.sampled_from(caps))
        over = ["flush_excess", "flush_both"] + (["carry"] if options["after"] == '"subtract"' else [])
        options["over_cap"] = f'"{draw(st.sampled_from(over))}"'
    if draw(st.booleans()):
        options["pays"] = '"active"'
        options["inactive"] = f'"{draw(st.sampled_from(["keep", "freeze", "match", "reset"]))}"'
    measures = "\n".join(f'm_{name} = "bin.{name}"' for name in COLUMNS)
    bonus = "[[bonuses]]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
    steps = draw(st.sampled_from(["[[50, 5], [100, 12.5], [200, 30]]", "[[0, 0], [100, 12.5]]", "[[-5, 0], [0, 1]]"]))
    return HEADER.format(measures=measures, steps=steps) + bonus


class TestBinaryAgainstTwin:
    @given(text=plans(), inputs=months())
    @settings(max_examples=150, deadline=None)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Lines, unpaid lines, what was offered, all columns, and what each leg hands on."""
        note(text)
        plan = loads_plan(text)

        engine, twin = engine_answer(run_engine(plan, inputs)), twin_answer(plan, inputs)

        carried = engine.pop("carried")
        twin.pop("carried")
        for part, said in engine.items():
            assert said == twin[part], part
        legs = Twin(plan, inputs)
        for leg in ("left_out", "right_out"):
            assert {name: found or 0 for name, found in carried[f"bin.{leg}"].items()} == legs.measures(f"bin.{leg}")
