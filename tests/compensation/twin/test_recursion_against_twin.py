"""Columns that read themselves, against a twin that asks person by person: random formulas over random forests."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.asked_worlds import legs_of
from compensation.twin.engine_runs import engine_answer, run_engine, twin_answer
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.recursion import few
from reference.engine import Inputs, Twin
from reference.recursion import FixpointTwin, RecursiveTwin

VOLUMES = (
    "1 + max(front, volume{tree})",
    "personal + sum(front, 0 if active else volume{tree})",
    "personal - round(0.5 * sum(front, volume{tree}), 1)",
    "personal + max(downline, volume, until=autoship{tree})",
    "personal + sum(levels(1, 2), volume, where=active{tree})",
    "personal - sum(level(2), volume{tree}) + min(front, volume, default=personal{tree})",
    "personal + min(front, volume, default=personal{tree})",
    "sum(front, min(volume, 2 * me.few){tree}) + max(personal, 5)",
    "sum(group, personal, until=rank >= silver{tree})",
    "sum(group, personal, where=not some, until=rank >= gold{tree})",
    "personal + top(2, front, volume{tree})",
    "personal - top(2, downline, volume, where=autoship{tree}) + min(level(1), volume, default=7{tree})",
    "personal + top(3, group, personal, until=some{tree}) - min(downline, volume, default=0{tree})",
    "max(orders, pv) - sum(downline, volume, where=some{tree})",
    "sum(orders, few * pv) + max(front, volume{tree})",
    "abs(clamp(personal - 30, -20, max(front, volume{tree}))) - min(downline, volume, where=few > 0, default=-3{tree})",
    "-round(sum(front, volume{tree}) / 3, 1) if title == 'gold' else round(0.7 * sum(downline, volume{tree}), 2)",
)
COUNTS = (
    "1 + count(front, few >= 2{tree})",
    "count(downline, rank >= bronze{tree})",
    "count(front, any(group, rank >= silver{tree}){tree})",
    "count(levels(1, 3), some{tree})",
    "max(downline, few{tree}) + count(orders)",
    "count(group, personal > 0{tree})",
)
BOOLEANS = (
    "active and all(front, some or autoship{tree})",
    "not any(front, some{tree})",
    "any(downline, rank >= bronze, until=some{tree}) or autoship",
    "any(level(2), some{tree}) or all(levels(1, 2), volume > 20{tree})",
    "personal > 50",
)
REQUIREMENTS = (
    "personal >= this.need",
    "volume >= this.need",
    "few >= 2",
    "some",
    "count(front, any(group, rank >= bronze{tree}){tree}) >= 2 or personal >= this.need",
    "all(front, rank >= bronze{tree}) and personal > 0",
    "max(downline, b0.earned{tree}) > 3",
)
AMOUNTS = (
    "sum(orders, cv) - sum(front, b0.earned{tree})",
    "round(0.5 * sum(downline, b0.earned, until=active{tree}), 3) + sum(orders, cv)",
    "max(front, b0.earned{tree}) + 0.01 * few",
    "0.333 * sum(orders, cv) - sum(front, b0.paid{tree})",
    "0.125 * max(orders, cv) - 0.5 * max(downline, b0.paid{tree}) + min(front, b0.earned, default=0{tree})",
    "10 if rank >= silver else sum(level(1), b0.earned{tree})",
)
UPWARD_VOLUMES = (
    "1 + sponsor(volume, default=0{tree})",
    "min(personal, sponsor(volume, default=50{tree}))",
    "personal - nearest(active, volume, default=personal{tree})",
    "max(personal, nearest(volume > 60, volume, default=few{tree}))",
    "personal + sum(orders, few * sponsor(volume, default=1{tree}) * 1, where=sponsor(some, default=true{tree}))",
    "round(0.5 * nearest(rank >= silver, volume, default=100{tree}), 1)",
)
UPWARD_COUNTS = (
    "1 + nearest(few > 1, few, default=count(orders){tree})",
    "count(orders, pv > sponsor(volume, default=20{tree}))",
    "count(downline, active) + sponsor(few, default=0{tree})",
)
UPWARD_BOOLEANS = (
    "autoship or not sponsor(some, default=false{tree})",
    "nearest(rank == none, few > 1, default=active{tree})",
    "active",
)
UPWARD_REQUIREMENTS = (
    "personal >= this.need",
    "volume >= this.need",
    "sponsor(rank >= bronze, default=true{tree}) and personal > 0",
    "nearest(some, rank >= silver, default=autoship{tree}) or few >= 2",
    "sponsor(rank, default=none{tree}) == none or sponsor(rank, default=none{tree}) >= silver",
)
UPWARD_AMOUNTS = (
    "sum(orders, cv) - sponsor(b0.earned, default=0{tree})",
    "max(10, nearest(few > 0, b0.earned, default=5{tree}))",
    "0.7 * sponsor(b0.paid, default=0.1{tree}) - 0.1 * count(orders)",
)
MONOTONE = (
    "personal >= this.need",
    "count(front, rank >= bronze) >= 1 and personal > 0",
    "count(downline, rank >= bronze, tree=enroller) >= 2 or personal >= this.need",
    "any(front, rank >= silver, tree=enroller) or autoship",
    "sum(downline, max(personal, 0), where=rank >= bronze) >= this.need",
    "all(front, rank >= bronze) and not (any(downline, rank >= silver) and rank_free)",
    "count(front, not (rank < bronze), tree=enroller) - few >= 1",
    "strong >= 2",
    "sponsor(rank, default=none) >= bronze or any(front, rank >= bronze)",
)
IN_LEGS = {
    "volume": (
        "personal + sum(downline, volume, leg=1{tree})",
        "personal - sum(group, volume, leg=2, until=autoship{tree}) + sum(downline, volume, leg=1, where=some{tree})",
        "max(personal, sum(downline, few, leg=2{tree})) + max(front, volume, leg=1{tree})",
    ),
    "few": (
        "count(downline, rank >= bronze, leg=1{tree})",
        "1 + count(group, few > 1, leg=2, until=active{tree}) + count(downline, active, leg=1, where=volume > 5{tree})",
        "count(orders)",
    ),
    "some": (
        "any(downline, rank >= bronze, leg=1{tree}) or personal > 50",
        "all(downline, volume > 20, leg=2{tree})",
        "active or all(group, some, leg=1, where=few > 0{tree})",
    ),
}
IN_LEGS_REQUIRED = (
    "personal >= this.need",
    "any(downline, rank >= bronze, leg=1{tree}) and any(downline, rank >= bronze, leg=2{tree})",
    "some or count(group, rank >= silver, leg=1{tree}) > 0",
    "few >= 2 and volume > 10",
)
IN_LEGS_PAID = (
    "sum(orders, cv) + sum(downline, b0.earned, leg=1{tree})",
    "0.5 * sum(orders, cv) - sum(downline, b0.paid, leg=2, where=autoship{tree}) + 0.01 * few",
)


def _plan(draw: st.DrawFn, requirements: tuple[str, ...], **formulas: str) -> str:
    """A plan of the strategies' header with recursive formulas."""
    asked = (draw(st.sampled_from(requirements)) for _ in strategies.RANKS)
    ranks = "".join(
        f'[[ranks]]\nid = "{rank}"\nneed = {need}\nrequires = "{requires}"\n'
        for rank, need, requires in zip(strategies.RANKS, (20, 100, 200), asked, strict=True)
    )
    source, climb = draw(st.sampled_from(["requires", "best"])), draw(st.sampled_from(["highest", "ladder"]))
    head = f'[rank]\nfrom = "{source}"\nclimb = "{climb}"\n'
    rounding = {"mode": "half_even", "places": 2, "at": "line", "refunds": "current", "active": 'active = "active"'}
    return strategies.HEADER.format(**rounding, **formulas, ranks=head + ranks)


@st.composite
def recursive_plans(draw: st.DrawFn) -> str:
    """Measures, ranks and a bonus that read one another down one tree."""
    pools = {"volume": VOLUMES, "few": COUNTS, "some": BOOLEANS}
    text = _plan(draw, REQUIREMENTS, **{name: draw(st.sampled_from(pool)) for name, pool in pools.items()})
    return _with_bonus(draw, text, AMOUNTS)


@st.composite
def plans_with_legs(draw: st.DrawFn) -> str:
    """Of people below in one tree those who stand in a leg of the placement tree."""
    formulas = {name: draw(st.sampled_from(pool)) for name, pool in IN_LEGS.items()}
    text = _with_bonus(draw, _plan(draw, IN_LEGS_REQUIRED, **formulas), IN_LEGS_PAID)
    return text.replace('"enroller"]', '"enroller", "placement"]')


@st.composite
def inputs_with_legs(draw: st.DrawFn) -> Inputs:
    """The same people in a third tree."""
    given = draw(strategies.inputs())
    ids = [person["id"] for person in given.people if person["joined"] < given.end]
    uplines = draw(strategies.forests(ids))
    numbers = legs_of(draw, uplines)
    people = [
        {
            **person,
            "uplines": {**person["uplines"], "placement": uplines.get(person["id"])},
            "legs": {"placement": numbers.get(person["id"], 0)},
        }
        for person in given.people
    ]
    return replace(given, people=people)


@st.composite
def upward_plans(draw: st.DrawFn) -> str:
    """The same up one tree."""
    pools = {"volume": UPWARD_VOLUMES, "few": UPWARD_COUNTS, "some": UPWARD_BOOLEANS}
    text = _plan(draw, UPWARD_REQUIREMENTS, **{name: draw(st.sampled_from(pool)) for name, pool in pools.items()})
    return _with_bonus(draw, text, UPWARD_AMOUNTS)


def _with_bonus(draw: st.DrawFn, text: str, amounts: tuple[str, ...]) -> str:
    qualifies, where = draw(st.sampled_from(["true", "active", "some"])), draw(st.sampled_from(["true", "few >= 1"]))
    text += f"""
[[bonuses]]
id = "b0"
type = "rank_bonus"
kind = "amount"
amount = "{draw(st.sampled_from(amounts))}"
qualifies = "{qualifies}"
where = "{where}"
negative = "{draw(st.sampled_from(["charge", "zero"]))}"
"""
    return text.replace("{tree}", draw(st.sampled_from(["", ", tree=enroller"])))


@st.composite
def monotone_plans(draw: st.DrawFn) -> str:
    """Ranks that read one another through two trees."""
    strong = "count(front, rank >= bronze) + count(levels(1, 2), rank.best >= bronze, tree=enroller)"
    text = _plan(draw, MONOTONE, volume="personal", few="count(orders)", some="autoship")
    more = f'strong = "{strong}"\nrank_free = "joined > 2026-01-01"\n\n[carry]'
    return text.replace("\n[carry]", more).replace(" and not (any(downline, rank >= silver) and rank_free)", "")


WIDTHS = st.sampled_from([0, 1, few.FEW])
"""Up to which width a layer's people are asked one by one: never, alone, always."""


def check(text: str, inputs: Inputs, kind: type[Twin], width: int = 0) -> None:
    """Compare both answers, part by part."""
    note(text)
    plan = loads_plan(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", width)
        engine: dict[str, Any] = engine_answer(run_engine(plan, inputs))
    twin = twin_answer(plan, inputs, kind)
    for part, said in engine.items():
        assert said == twin[part], part


class TestRecursionAgainstTwin:
    """Down one tree everybody is computed once, whatever the shape of the tree."""

    @given(text=recursive_plans(), inputs=strategies.inputs(), width=WIDTHS)
    @settings(max_examples=25)
    def test_everything_is_the_same(self, text: str, inputs: Inputs, width: int) -> None:
        """Measures, ranks, and every line of a bonus that reads what it has earned further down."""
        check(text, inputs, RecursiveTwin, width)

    @given(text=plans_with_legs(), inputs=inputs_with_legs(), width=WIDTHS)
    @settings(max_examples=10)
    def test_everything_is_the_same_in_legs(self, text: str, inputs: Inputs, width: int) -> None:
        """`leg=` along another tree than the placement, of what is still being computed."""
        check(text, inputs, RecursiveTwin, width)

    @given(text=upward_plans(), inputs=strategies.inputs(), width=WIDTHS)
    @settings(max_examples=15)
    def test_everything_is_the_same_going_up(self, text: str, inputs: Inputs, width: int) -> None:
        """With whoever is above read first."""
        check(text, inputs, RecursiveTwin, width)


class TestFixpointAgainstTwin:
    """Ranks through two trees come to the least solution."""

    @given(text=monotone_plans(), inputs=strategies.inputs())
    @settings(max_examples=15)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """As when everybody is asked again and again, from no rank on."""
        check(text, inputs, FixpointTwin)
