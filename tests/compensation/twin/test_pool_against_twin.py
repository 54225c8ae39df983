"""Pools against their twin: random funds, people who tie, parts, and every option; and what must hold of each run."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import LONG_AGO, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.genealogy import IdIndex
from reference.pools import Member, Outcome, Shares, place_all, share

HEADER = """\
[plan]
id = "twin"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
accounts = ["house", "charity"]
[inputs]
attributes = { measure = "number", factor = "number", good = "boolean" }
company = { fund = { kind = "money", places = 4 } }
[tables.prizes]
by = "threshold"
rows = [[1, 5], [2, 3.5], [3, 1], [5, 0]]
below = 0
"""
PRIZES = {1: Fraction(5), 2: Fraction(7, 2), 3: Fraction(1), 4: Fraction(1)}
SHARES: dict[str, Shares] = {
    "factor": lambda member, _: member.factor,
    "lookup(prizes, place)": lambda _, place: PRIZES.get(place, Fraction(0)),
    "lookup(prizes, place) * factor": lambda member, place: PRIZES.get(place, Fraction(0)) * member.factor,
    "1": lambda *_: Fraction(1),
    "0": lambda *_: Fraction(0),
}


@dataclass
class Drawn:
    """A plan's text, what goes into it, and what the twin says comes out."""

    text: str
    people: list[dict[str, Any]]
    came: Fraction
    brought: Fraction
    expected: Outcome | None  # None: the fund is carried
    members: list[Member]


@st.composite
def pools(draw: st.DrawFn) -> Drawn:
    """A pool with any of the options, over up to nine people of whom many tie."""
    number = st.integers(0, 300).map(lambda cents: Fraction(cents, 100))
    few = st.integers(0, 3).map(Fraction)
    people = [
        person(
            f"p{row}",
            joined=LONG_AGO + timedelta(days=draw(st.integers(0, 2))),
            measure=draw(few),
            factor=draw(st.one_of(number, few)),
            good=draw(st.booleans()),
        )
        for row in range(draw(st.integers(0, 9)))
    ]
    options = {"id": '"pot"', "type": '"pool"', "kind": '"pool"', "fund": '"company.fund"', "eligible": '"measure > 0"'}
    options["qualifies"] = '"good"'
    rounded, remainder, nobody = (draw(st.booleans()) for _ in range(3))
    options["share_value"] = '"rounded"' if rounded else '"exact"'
    options["remainder"] = '"account:house"' if remainder else '"largest_remainder"'
    options["nobody"] = '"account:charity"' if nobody else '"carry"'
    ties, top = draw(st.sampled_from([None, "share", "joined", "id"])), draw(st.sampled_from([None, 1, 2, 3]))
    if ties is not None:
        options |= {"order_by": '"measure"', "ties": f'"{ties}"', **({} if top is None else {"top": f"{top}"})}
    formulas = [formula for formula in SHARES if ties is not None or "place" not in formula]
    formula = st.sampled_from(formulas)
    parts = draw(st.lists(st.tuples(st.integers(0, 3), formula), min_size=1, max_size=3))
    if not any(weight for weight, _ in parts):
        parts[0] = (1, parts[0][1])
    came = draw(st.integers(-20_000, 2_000_000).map(lambda part: Fraction(part, 10_000)))
    brought = draw(st.sampled_from([Fraction(0), Fraction(1234, 100), Fraction(55_555, 10_000)]))
    release = draw(st.sampled_from([None, Fraction(50)]))
    options |= {"negative": '"charge"'} | ({} if release is None else {"release": '"pot.fund >= 50"'})
    text = HEADER + "[[bonuses]]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
    if len(parts) == 1:
        text += f'shares = "{parts[0][1]}"\n'
    else:
        text += "".join(f'[[bonuses.parts]]\nweight = {weight}\nshares = "{one}"\n' for weight, one in parts)
    members = [_member(one) for one in people if one["attributes"]["measure"] > 0]
    if ties is not None:
        members = place_all(members, ties, top)
    expected = None
    if release is None or came + brought >= release:
        expected = share(
            came + brought,
            members,
            [(Fraction(weight), SHARES[one]) for weight, one in parts],
            rounded=rounded,
            give_out=not remainder,
            carry_all=not nobody,
        )
    return Drawn(text, draw(st.permutations(people)), came, brought, expected, members)


def _member(one: dict[str, Any]) -> Member:
    attributes = one["attributes"]
    return Member(one["id"], one["joined"].toordinal(), attributes["measure"], attributes["factor"], [0])


def run(drawn: Drawn) -> Result:
    """What the engine says."""
    plan = loads_plan(drawn.text)
    inputs = engine_inputs(plan, world(drawn.people, [], company={"fund": Decimal(int(drawn.came * 10_000)) / 10_000}))
    return calculate(plan, _with_fund(inputs, drawn.brought))


def _with_fund(inputs: Any, brought: Fraction) -> Any:
    from attrs import evolve  # noqa: PLC0415  (only here)

    amount = Column.numbers([Decimal(int(brought * 10_000)) / 10_000], unit="money", places=4)
    rows = {"pot.fund": CarriedRows(columns={"amount": amount})} if brought else {}
    return evolve(inputs, previous=State(ids=IdIndex.from_labels([]), rows=rows))


class TestPoolAgainstTwin:
    @given(drawn=pools())
    @settings(max_examples=200, deadline=None)
    def test_everything_is_the_same(self, drawn: Drawn) -> None:
        """What people and accounts get, what is unpaid and why, what is carried, and everybody's place."""
        note(drawn.text)

        result = run(drawn)

        held = drawn.came + drawn.brought
        assert Fraction(result.figures["pot.fund"].decimal(0)) == held
        if drawn.expected is None:
            assert carried(result) == held
            assert (len(result.lines), len(result.unpaid), len(result.accounts)) == (0, 0, 0)
            return
        expected, good = drawn.expected, {one["id"]: one["attributes"]["good"] for one in drawn.people}
        carry = 'nobody = "carry"' in drawn.text
        assert amounts(result, result.lines.segments) == wanted(expected, good, qualified=True)
        refused, rounding = unpaid(result)
        assert (refused, rounding) == (wanted(expected, good, qualified=False), expected.rounding)
        assert carried(result) == (expected.nobody if carry else 0)
        assert accounts(result) == [expected.remainder, 0 if carry else expected.nobody]
        if "order_by" in drawn.text:
            places = result.published["pot.place"]
            said = {result.network.ids.label(row): places.value(row) for row in range(len(places))}
            assert {name: place for name, place in said.items() if place is not None} == {
                member.id: member.places[0] for member in drawn.members
            }


def wanted(expected: Outcome, good: dict[str, bool], *, qualified: bool) -> dict[str, Fraction]:
    """The amounts that the twin gives those who qualify, or the others; nothing makes no line."""
    return {name: amount for name, amount in expected.amounts.items() if amount and good[name] == qualified}


def amounts(result: Result, segments: Any) -> dict[str, Fraction]:
    """What each person is paid."""
    found: dict[str, Fraction] = {}
    for item in segments:
        for payee, amount in zip(item.payee.tolist(), item.amount.tolist(), strict=True):
            assert result.network.ids.label(payee) not in found  # one line each
            found[result.network.ids.label(payee)] = Fraction(amount, 100)
    return found


def unpaid(result: Result) -> tuple[dict[str, Fraction], Fraction]:
    """What each person is not paid, and what is left to rounding."""
    found, rounding = {}, Fraction(0)
    for item in result.unpaid.segments:
        for line, payee in enumerate(item.payee.tolist()):
            if payee < 0:
                rounding += Fraction(item.amount_of(line))
            else:
                found[result.network.ids.label(payee)] = Fraction(item.amount_of(line))
    return found, rounding


def accounts(result: Result) -> list[Fraction]:
    """What the house and the charity get."""
    found = result.accounts.by_account()
    return [Fraction(found[name], 100) for name in ("house", "charity")]


def carried(result: Result) -> Fraction:
    """What the fund hands on."""
    rows = result.handed_on().rows.get("pot.fund")
    return Fraction(0) if rows is None else Fraction(rows.columns["amount"].decimal(0))
