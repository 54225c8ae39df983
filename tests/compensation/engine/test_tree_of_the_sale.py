"""`tree_as_of = "sale"`: walks from orders go up the tree of the order's day, the rest uses the last one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import plan
from mlmcore.compensation.columns import Column, Unit
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Edges, Moves, Orders, People, RunInputs
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

EPOCH = date(1970, 1, 1)
FIRST = (date(2026, 3, 1) - EPOCH).days
_UNITS: Mapping[str, Unit] = {"pv": "points", "cv": "money"}
WALKS = """
team = "count(downline)"
rate = "0.3 if team >= 3 else 0.1"
[[bonuses]]
id = "uni"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.05, 0.03]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
[[bonuses]]
id = "diff"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = "rate"
initial = 0
first_level = 1
negative = "charge"
"""


@frozen(kw_only=True)
class World:
    """People by number, each with a first upline; moves and orders by day of March."""

    uplines: Sequence[int]
    moves: Sequence[tuple[int, int, int]]  # day, person, new upline
    orders: Sequence[tuple[int, int, int]]  # day, seller, cv in hundredths


def _sale() -> Plan:
    written = plan(WALKS)
    return evolve(written, tree_as_of="sale", steps=())


def _inputs(world: World, order: Sequence[int] | None = None) -> RunInputs:
    moves = [world.moves[row] for row in (order or range(len(world.moves)))]
    size = len(world.uplines)
    people = People(
        ids=IdIndex.from_labels([f"p{number}" for number in range(size)]),
        status=Column.texts(["active"] * size),
        joined=[0] * size,
        attributes={"off": Column.booleans([False] * size), "title": Column.texts([None] * size)},
    )
    orders = Orders(
        ids=IdIndex.from_labels([f"o{number:02}" for number in range(len(world.orders))]),
        date=[FIRST + day for day, _, _ in world.orders],
        seller=[seller for _, seller, _ in world.orders],
        volumes={
            name: Column.numbers([Decimal(cv) / 100 for _, _, cv in world.orders], unit=unit, places=2)
            for name, unit in _UNITS.items()
        },
    )
    moved = Moves(
        person=[person for _, person, _ in moves],
        since=[FIRST + day for day, _, _ in moves],
        parent=[upline for _, _, upline in moves],
    )
    return RunInputs(
        period=Period.parse("2026-03"),
        people=people,
        trees={"sponsor": Edges(parent=world.uplines)},
        orders=orders,
        company={"profit": 0},
        moves={"sponsor": moved},
    )


def _standing(world: World, day: int) -> dict[int, int]:
    """The twin: who hangs below whom at the end of a day."""
    stands = dict(enumerate(world.uplines))
    stands.update({person: upline for since, person, upline in sorted(world.moves) if since <= day})
    return stands


def _path(stands: dict[int, int], person: int) -> list[int]:
    found = []
    while stands[person] != -1:
        person = stands[person]
        found.append(person)
    return found


def _twin(world: World) -> dict[tuple[str, str, str], Decimal]:
    """Bonus, payee and order, and the exact amount, by dicts and the tree of each order's day."""
    last = _standing(world, 30)
    team = {person: sum(person in _path(last, other) for other in last) for person in last}
    rate = {person: Decimal("0.3") if size >= 3 else Decimal("0.1") for person, size in team.items()}
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for number, (day, seller, hundredths) in enumerate(world.orders):
        cv, so_far = Decimal(hundredths) / 100, Decimal(0)
        above = _path(_standing(world, day), seller)
        for person, level_rate in zip(above, ("0.05", "0.03"), strict=False):
            found["uni", f"p{person}", f"o{number:02}"] += Decimal(level_rate) * cv
        for person in above:
            if rate[person] > so_far:
                found["diff", f"p{person}", f"o{number:02}"] += (rate[person] - so_far) * cv
                so_far = rate[person]
    return {key: amount for key, amount in found.items() if amount}


def _paid(result: Result) -> dict[tuple[str, str, str], Decimal]:
    """The same of a result, exactly, before rounding."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for item in result.lines.segments:
        for row in range(len(item)):
            key = (
                item.bonus,
                result.network.ids.label(int(item.payee[row])),
                result.orders.ids.label(int(item.order[row])),
            )
            found[key] = item.base_of(row) * (item.rate_of(row) or 0)
    return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Trees that stay trees: nobody moves below their own group of that day."""
    size = draw(st.integers(2, 7))
    uplines = [draw(st.integers(-1, number - 1)) for number in range(size)]
    world = World(uplines=uplines, moves=[], orders=[])
    for day in sorted(draw(st.lists(st.integers(0, 30), max_size=5))):
        person, upline = draw(st.integers(0, size - 1)), draw(st.integers(-1, size - 1))
        stands = _standing(world, day)
        once = (day, person) not in {(when, who) for when, who, _ in world.moves}
        if once and upline != person and (upline < 0 or person not in _path(stands, upline)):
            world = evolve(world, moves=[*world.moves, (day, person, upline)])
    rows = st.tuples(st.integers(0, 30), st.integers(0, size - 1), st.integers(0, 5000).map(lambda cv: cv * 2))
    return evolve(world, orders=draw(st.lists(rows, max_size=6)))


class TestWalks:
    @settings(max_examples=60, deadline=None)
    @given(world=worlds(), data=st.data())
    def test_go_up_the_tree_of_the_day(self, world: World, data: st.DataObject) -> None:
        """As the twin does; the rows of the moves in any order."""
        order = data.draw(st.permutations(range(len(world.moves))))

        result = calculate(_sale(), _inputs(world, order))

        assert {key: amount for key, amount in _paid(result).items() if amount} == _twin(world)
        assert result.digest == calculate(_sale(), _inputs(world)).digest

    def test_a_move_holds_from_its_day_on(self) -> None:
        """That day included."""
        world = World(uplines=[-1, -1, 0], moves=[(14, 2, 1)], orders=[(13, 2, 10000), (14, 2, 10000)])

        paid = _paid(calculate(_sale(), _inputs(world)))

        assert [(payee, order) for bonus, payee, order in paid if bonus == "uni"] == [("p0", "o00"), ("p1", "o01")]

    def test_are_explained_on_that_tree(self) -> None:
        """Who stood between them then."""
        world = World(uplines=[-1, 0, 1, -1], moves=[(14, 2, 3)], orders=[(3, 2, 10000)])

        said = statement(calculate(_sale(), _inputs(world)), "p0").to_text()

        assert "p1" in said


class TestEverythingElse:
    def test_uses_the_tree_of_the_periods_end(self) -> None:
        """Also where walks do: measures are made after all moves."""
        world = World(uplines=[-1, -1, 0], moves=[(14, 2, 1)], orders=[(1, 2, 100)])

        result = calculate(_sale(), _inputs(world))

        team = {label: int(result.measures["team"].values[row]) for row, label in enumerate(_labels(result))}
        assert team == {"p0": 0, "p1": 1, "p2": 0}

    def test_so_do_walks_of_a_plan_that_says_period_end(self) -> None:
        """The moves only lead there."""
        world = World(uplines=[-1, -1, 0], moves=[(14, 2, 1)], orders=[(1, 2, 10000)])

        paid = _paid(calculate(plan(WALKS), _inputs(world)))

        assert [payee for bonus, payee, _ in paid if bonus == "uni"] == ["p1"]

    def test_moves_after_the_period_play_no_part(self) -> None:
        """They belong to the next one."""
        world = World(uplines=[-1, -1, 0], moves=[(31, 2, 1)], orders=[(30, 2, 10000)])

        paid = _paid(calculate(_sale(), _inputs(world)))

        assert [payee for bonus, payee, _ in paid if bonus == "uni"] == ["p0"]


class TestWhatIsRefused:
    def test_moves_that_nobody_can_place(self) -> None:
        """All at once: twice on a day, before joining, below somebody who joins later."""
        inputs = _inputs(World(uplines=[-1, 0, 0], moves=[(4, 1, 2), (4, 1, -1), (2, 2, 1), (1, 1, 2)], orders=[]))
        people = evolve(inputs.people, joined=[0, 0, FIRST + 3])

        with pytest.raises(InputError) as caught:
            calculate(_sale(), evolve(inputs, people=people))

        assert [str(finding) for finding in caught.value.findings] == [
            "sponsor: person p1: moves on 2026-03-02 below p2, who joins later; correct one of the dates",
            "sponsor: person p1: moves twice on 2026-03-05; give the place at the end of the day",
            "sponsor: person p2: moves on 2026-03-03, before joining; correct one of the dates",
        ]

    def test_no_move_on_the_day_of_joining(self) -> None:
        """Whoever joins may be placed anew on that day, also below somebody who joins on it."""
        inputs = _inputs(World(uplines=[-1, 0, 0], moves=[(3, 2, 1)], orders=[(3, 2, 10000)]))
        people = evolve(inputs.people, joined=[0, FIRST + 3, FIRST + 3])

        paid = _paid(calculate(_sale(), evolve(inputs, people=people)))

        assert [payee for bonus, payee, _ in paid if bonus == "uni"] == ["p1", "p0"]

    def test_moves_into_a_circle(self) -> None:
        """The version in which it would be is named."""
        world = World(uplines=[-1, 0, 1], moves=[(4, 0, 2), (9, 0, -1)], orders=[(5, 1, 100)])

        with pytest.raises(InputError, match="sponsor before 2026-03-10"):
            calculate(_sale(), _inputs(world))

    def test_rows_that_are_nobody(self) -> None:
        """A mistake of the caller's code."""
        with pytest.raises(ValueError, match="name row 7, but there are 1 people"):
            _inputs(World(uplines=[-1], moves=[(1, 0, 7), (2, 0, -1)], orders=[]))


def _labels(result: Result) -> list[str]:
    return result.network.ids.labels(range(len(result.network)))
