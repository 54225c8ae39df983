"""Hypothesis strategies: a few people in three trees, one with numbered legs, and a plan that asks many questions.

Each expression becomes a measure of one plan, which is loaded once; so an example costs a run, not a load.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from compensation.twin.small_worlds import MARCH, world
from compensation.twin.strategies import forests, orders
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from reference.engine import Inputs

IDS = ("ann", "Bob", "cy", "dee", "Eve", "fay", "gus", "Ö")
HEADER = """
[plan]
id = "asked"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = {{ mode = "half_even", places = 2, at = "line" }}
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
accounts = ["house"]
{slow}
[inputs]
trees = ["sponsor", "enroller", "placement"]
volumes = {{ pv = "points", cv = "money" }}
attributes = {{ title = "text", off = "boolean", rate = "number", since = "date", credit = "number" }}
company = {{ profit = "money" }}
[parameters]
two = 2
[order_columns]
late = "date >= 2026-03-15"
[measures]
personal = "sum(orders, pv)"
grade = "lookup(grades, title)"
[tables.grades]
by = "key"
rows = {{ bronze = 1, silver = 2, gold = 3 }}
missing = 0
[rank]
from = "attribute title"
[[ranks]]
id = "bronze"
[[ranks]]
id = "silver"
[[ranks]]
id = "gold"
"""


def asking(expressions: Sequence[str], *, slow: bool = False) -> Plan:
    """A plan with a measure `q0`, `q1`, ... for each expression."""
    measures = "".join(f"q{number} = '''{text}'''\n" for number, text in enumerate(expressions))
    header = HEADER.format(slow="slow = true" if slow else "")
    return loads_plan(header.replace("[measures]\n", f"[measures]\n{measures}"))


@st.composite
def worlds(draw: st.DrawFn) -> Inputs:
    """A March of up to eight people, with orders and refunds."""
    ids = IDS[: draw(st.integers(1, len(IDS)))]
    trees = {tree: draw(forests(ids)) for tree in ("sponsor", "enroller", "placement")}
    legs = legs_of(draw, trees["placement"])
    people = [_person(draw, identity, trees, legs) for identity in ids]
    return world(draw(st.permutations(people)), draw(orders(ids)), company={"profit": 1000})


def _person(draw: st.DrawFn, identity: str, trees: dict[str, Any], legs: dict[str, int]) -> dict[str, Any]:
    return {
        "id": identity,
        "status": draw(st.sampled_from(["active", "suspended"])),
        "joined": MARCH + timedelta(days=draw(st.integers(-40, 25))),
        "attributes": {
            "title": draw(st.sampled_from([None, "bronze", "silver", "gold"])),
            "off": draw(st.booleans()),
            "rate": draw(st.integers(-3, 5).map(lambda number: Fraction(number, 2))),
            "since": draw(st.sampled_from([None, MARCH, date(2025, 12, 24)])),
            "credit": draw(st.sampled_from([None, Fraction(0), Fraction(-1, 4), Fraction(5, 2)])),
        },
        "uplines": {tree: uplines[identity] for tree, uplines in trees.items()},
        "legs": {"placement": legs[identity]},
    }


def legs_of(draw: st.DrawFn, uplines: dict[str, str | None]) -> dict[str, int]:
    """A leg for each person, none of them twice below one upline; some hang without a number."""
    legs: dict[str, int] = {}
    for upline in {above for above in uplines.values() if above is not None}:
        children = sorted(person for person, above in uplines.items() if above == upline)
        numbers = draw(st.permutations(range(1, len(children) + 2)))
        for child, number in zip(children, numbers, strict=False):
            legs[child] = number if number <= 3 else 0
    return {person: legs.get(person, 0) for person in uplines}
