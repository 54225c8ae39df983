"""`[trees.NAME]`: positions by rule, built before the plan runs, carried, and never given anew."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import plan
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs, State
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

EPOCH = date(1970, 1, 1)
BONUS = """
[[bonuses]]
id = "matrix_bonus"
type = "matrix"
kind = "levels"
source = "people"
tree = "matrix"
amounts = [1]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
TREE = '[trees.matrix]\nplaced = "breadth_first"\nunder = "nearest"\nwidth = 2\norder = "joined"\nwhere = "not off"\n'


@frozen(kw_only=True)
class Person:
    """Somebody, below the sponsor of that name."""

    name: str
    sponsor: str = ""
    joined: int = 0
    off: bool = False


def _plan(tree: str = TREE, measures: str = "") -> Plan:
    return plan(f'below = "count(downline, tree=matrix)"\n{measures}{tree}{BONUS}')


def _inputs(people: Sequence[Person], period: str = "2026-03", previous: State | None = None) -> RunInputs:
    row = {person.name: at for at, person in enumerate(people)}
    return RunInputs(
        period=Period.parse(period),
        people=People(
            ids=IdIndex.from_labels([person.name for person in people]),
            status=Column.texts(["active"] * len(people)),
            joined=[person.joined for person in people],
            attributes={
                "off": Column.booleans([person.off for person in people]),
                "title": Column.texts([None] * len(people)),
            },
        ),
        trees={"sponsor": Edges(parent=[row.get(person.sponsor, -1) for person in people])},
        orders=Orders(
            ids=IdIndex.from_labels([]),
            date=[],
            seller=[],
            volumes={
                "pv": Column.numbers([], unit="points", places=2),
                "cv": Column.numbers([], unit="money", places=2),
            },
        ),
        company={"profit": 0},
        previous=previous or State.empty(),
    )


def _seats(result: Result) -> dict[str, tuple[str, int]]:
    """Whoever hangs below somebody in the derived tree: upline and leg."""
    tree = result.network.tree("matrix")
    found = {}
    for node in range(len(tree)):
        above = int(tree.parent[node])
        if above >= 0:
            found[tree.ids.label(node)] = (tree.ids.label(above), int(tree.leg[node]))
    return found


def _run(people: Sequence[Person], tree: str = TREE, previous: State | None = None) -> Result:
    return calculate(_plan(tree), _inputs(people, previous=previous))


TEAM = [Person(name="ann"), *(Person(name=name, sponsor="ann", joined=at) for at, name in enumerate("bcdef", 1))]


class TestPlaces:
    def test_are_given_one_after_the_other_by_the_rule(self) -> None:
        """Breadth first, two wide: the third spills over."""
        assert _seats(_run(TEAM)) == {
            "b": ("ann", 1),
            "c": ("ann", 2),
            "d": ("b", 1),
            "e": ("b", 2),
            "f": ("c", 1),
        }

    def test_rules_are_those_of_the_structure(self) -> None:
        """A power leg on the left."""
        seats = _seats(_run(TEAM, TREE.replace("breadth_first", "left")))

        assert seats == {"b": ("ann", 1), "c": ("b", 1), "d": ("c", 1), "e": ("d", 1), "f": ("e", 1)}

    def test_order_is_the_plans_ties_by_id(self) -> None:
        """Never the order of the rows."""
        people = [
            Person(name="ann"),
            Person(name="z", sponsor="ann", joined=1),
            Person(name="b", sponsor="ann", joined=1),
        ]

        assert _seats(_run(people)) == {"b": ("ann", 1), "z": ("ann", 2)}
        assert _run(people).digest == _run(people[::-1]).digest

    def test_nearest_is_the_next_upline_who_has_a_place(self) -> None:
        """Whoever has none is passed over; without anybody above a person becomes a root."""
        people = [
            Person(name="ann"),
            Person(name="off", sponsor="ann", joined=1, off=True),
            Person(name="b", sponsor="off", joined=2),
            Person(name="top", off=True),
            Person(name="own", sponsor="top", joined=3),
        ]

        assert _seats(_run(people)) == {"b": ("ann", 1)}

    def test_an_upline_who_comes_later_is_not_there_yet(self) -> None:
        """Places are given in order, not as if everybody had come at once."""
        people = [
            Person(name="ann"),
            Person(name="b", sponsor="ann", joined=9),
            Person(name="c", sponsor="b", joined=2),
        ]

        assert _seats(_run(people)) == {"c": ("ann", 1), "b": ("ann", 2)}

    def test_under_the_root_there_is_one_structure(self) -> None:
        """Whoever the sponsor is."""
        people = [Person(name="ann"), Person(name="zoe", joined=1), Person(name="b", sponsor="zoe", joined=2)]

        assert _seats(_run(people, TREE.replace("nearest", "root"))) == {"zoe": ("ann", 1), "b": ("ann", 2)}

    def test_aggregates_and_walks_name_the_tree(self) -> None:
        """As any other."""
        result = _run(TEAM)

        below = result.measures["below"].values
        labels = result.network.ids.labels(range(len(result.network)))
        assert dict(zip(labels, below.tolist(), strict=True)) == {"ann": 5, "b": 2, "c": 1, "d": 0, "e": 0, "f": 0}
        assert result.totals_by_bonus()["matrix_bonus"].amount == 5

    def test_it_may_be_the_plans_own_tree(self) -> None:
        """The people then stand in its preorder."""
        made = evolve(_plan(), tree="matrix", steps=()).checked()

        result = calculate(made, _inputs(TEAM))

        assert result.network.ids.labels(range(6)) == ["ann", "b", "d", "e", "c", "f"]

    def test_it_is_made_from_a_tree_that_is_given(self) -> None:
        """One at least."""
        made = _plan()

        with pytest.raises(
            InputError, match=r"no tree is given from which it could be made; write trees = \[\"sponsor\"\]"
        ):
            evolve(made, tree="matrix", inputs=evolve(made.inputs, trees=()), steps=()).checked()

    @pytest.mark.parametrize("own", ["orders", "purchases"])
    def test_where_may_read_a_persons_own_orders(self, own: str) -> None:
        """What they sold, and what they bought."""
        assert len(_seats(_run(TEAM, TREE.replace('"not off"', f'"count({own}) == 0"')))) == 5

    def test_where_may_read_measures_of_a_persons_own(self) -> None:
        """And of nothing else: they are computed beforehand."""
        tree = TREE.replace('"not off"', '"new and personal == 0"')

        result = calculate(_plan(tree, 'new = "joined < period.start"\n'), _inputs(TEAM))

        assert len(_seats(result)) == 5


class TestWeakerLeg:
    def test_goes_down_the_leg_that_brings_least(self) -> None:
        """What each person brings is a formula of that person."""
        tree = TREE.replace("breadth_first", "weaker_leg") + 'volume = "10 if title == none and joined == j else 1"\n'
        made = plan("below = 0\n[parameters]\nj = 1970-01-02\n" + tree + BONUS)

        seats = _seats(calculate(made, _inputs(TEAM)))

        assert seats == {"b": ("ann", 1), "c": ("ann", 2), "d": ("c", 1), "e": ("c", 2), "f": ("d", 1)}


class TestAValueThatIsMissing:
    OFF = Person(name="off", sponsor="ann", joined=1, off=True)
    WEAKER = TREE.replace("breadth_first", "weaker_leg") + 'volume = "none if off else 1"\n'

    @pytest.mark.parametrize(("size", "whose"), [(1, "ann"), (2, "ann and 1 more"), (6, "ann and 5 more")])
    def test_is_told_with_whose_it_is_and_of_how_many_more(self, size: int, whose: str) -> None:
        """Of those who get a place now; nobody else is asked when they come."""
        with pytest.raises(InputError) as caught:
            _run([*TEAM[:size], self.OFF], TREE.replace('"joined"', '"1 if off else none"'))

        assert str(caught.value) == (
            f"<text>:28: trees.matrix.order: '1 if off else none' is none for {whose}; "
            "give everybody who gets a place a value, or leave them out by `where`: order"
        )

    def test_of_a_plan_written_in_python_it_is_told_by_its_names(self) -> None:
        """It has no file and no lines."""
        made = _plan()
        made = evolve(made, trees={"matrix": evolve(made.trees["matrix"], order="1 if off else none")}, steps=())

        with pytest.raises(
            InputError, match=r"^trees\.matrix\.order: '1 if off else none' is none for ann and 5 more; "
        ) as told:
            calculate(made, _inputs(TEAM))

        assert [(finding.file, finding.line) for finding in told.value.findings] == [("", None)]

    def test_who_is_left_out_needs_no_volume(self) -> None:
        """They bring nothing to any leg, since they stand in none."""
        assert _seats(_run([*TEAM[:3], self.OFF], self.WEAKER)) == {"b": ("ann", 1), "c": ("ann", 2)}

    def test_who_has_a_place_needs_a_volume_in_every_period(self) -> None:
        """The legs above are weighed by it, whatever `where` says of them by now."""
        state = _run(TEAM[:3], self.WEAKER).handed_on()

        with pytest.raises(InputError, match=r"'none if off else 1' is none for b; give everybody who gets a place"):
            _run([TEAM[0], evolve(TEAM[1], off=True), *TEAM[2:]], self.WEAKER, state)


class TestTheNextPeriod:
    def test_everybody_keeps_the_place(self) -> None:
        """Whatever has changed since; only who is new gets one."""
        first = _run(TEAM)
        moved = [evolve(person, sponsor="f" if person.name == "b" else person.sponsor, off=True) for person in TEAM]
        moved[5] = evolve(moved[5], sponsor="")

        second = _run([*moved, Person(name="g", sponsor="b", joined=3)], previous=first.handed_on())

        assert _seats(second) == {**_seats(first), "g": ("b", 1)} | {"g": ("d", 1)}

    def test_whoever_has_a_place_must_be_there(self) -> None:
        """A hole in the structure would move others."""
        state = _run(TEAM).handed_on()

        with pytest.raises(InputError) as caught:
            _run(TEAM[:-1], previous=state)

        assert str(caught.value) == (
            "tree matrix: person f: f has a place in the tree 'matrix' and is not among the people; "
            "give everybody who ever had a place; who left keeps it"
        )


class TestFull:
    DEEP = TREE + "depth = 1\n"
    CHAIN = (Person(name="top"), Person(name="ann", sponsor="top", joined=1))

    def _people(self) -> list[Person]:
        return [*self.CHAIN, *(Person(name=name, sponsor="ann", joined=at) for at, name in enumerate("bcd", 2))]

    def test_up_is_the_next_upline_with_room(self) -> None:
        """Ann's matrix of one level is full."""
        seats = _seats(_run(self._people(), self.DEEP + 'full = "up"\n'))

        assert seats == {"ann": ("top", 1), "b": ("ann", 1), "c": ("ann", 2), "d": ("top", 2)}

    def test_wait_is_no_place_now_and_another_try_later(self) -> None:
        """Those who come later and find one are not held up."""
        people = [*self._people(), Person(name="e", sponsor="d", joined=9)]
        result = _run(people, self.DEEP + 'full = "wait"\n')

        assert _seats(result) == {"ann": ("top", 1), "b": ("ann", 1), "c": ("ann", 2)}
        wider = TREE.replace("width = 2", "width = 3") + 'depth = 1\nfull = "wait"\n'
        assert _seats(_run(people, wider, result.handed_on()))["d"] == ("ann", 3)

    def test_error_stops_the_run(self) -> None:
        """It says who finds no place below whom."""
        with pytest.raises(InputError) as caught:
            _run(self._people(), self.DEEP + 'full = "error"\n')

        assert str(caught.value) == (
            "tree matrix: person d: every place in the 1 level below ann is taken; "
            'widen the structure, or write full = "up" or "wait"'
        )


@st.composite
def _companies(draw: st.DrawFn) -> tuple[list[Person], list[Person]]:
    """Some people, and those who come in the next period."""
    size = draw(st.integers(1, 9))
    people = []
    for at in range(size):
        above = draw(st.integers(-1, at - 1))
        sponsor = f"p{above}" if above >= 0 else ""
        people.append(Person(name=f"p{at}", sponsor=sponsor, joined=draw(st.integers(0, 5)), off=draw(st.booleans())))
    return people[: size // 2], people


@frozen
class _Matrix:
    """The twin: breadth first by lists, level by level below the upline, legs from the left."""

    width: int
    depth: int | None
    taken: dict[str, tuple[str, int]]

    def free(self, top: str) -> tuple[str, int] | None:
        """The place that whoever comes below somebody gets."""
        level = [top]
        for _ in range(99 if self.depth is None else self.depth):
            places = [(one, leg) for one in level for leg in range(1, self.width + 1)]
            open_places = [place for place in places if place not in self.taken.values()]
            if open_places:
                return open_places[0]
            level = [name for place in places for name, seat in self.taken.items() if seat == place]
        return None

    def tops(self, above: str, sponsor: Mapping[str, str], full: str, under: str) -> list[str]:
        """Below whom somebody may come."""
        if under == "root":
            return [name for name, (upline, _) in self.taken.items() if not upline][:1]
        found = []
        while above:
            found += [above] if above in self.taken else []
            above = sponsor[above]
        return found if full == "up" else found[:1]


def _twin(people: Sequence[Person], matrix: _Matrix, full: str, under: str) -> None:
    sponsor = {person.name: person.sponsor for person in people}
    for person in sorted(people, key=lambda one: (one.joined, one.name)):
        if person.name in matrix.taken or person.off:
            continue
        tops = matrix.tops(person.sponsor, sponsor, full, under)
        found = next((seat for top in tops if (seat := matrix.free(top))), None)
        if found or not tops:
            matrix.taken[person.name] = found or ("", 0)


class TestAgainstTheTwin:
    @settings(max_examples=60, deadline=None)
    @given(
        company=_companies(),
        width=st.integers(1, 3),
        depth=st.sampled_from([None, 1, 2]),
        full=st.sampled_from(["up", "wait"]),
        under=st.sampled_from(["nearest", "root"]),
    )
    def test_two_periods_come_out_alike(
        self, company: tuple[list[Person], list[Person]], width: int, depth: int | None, full: str, under: str
    ) -> None:
        """By lists and dicts, one person after the other."""
        full = "wait" if under == "root" else full
        tree = TREE.replace("width = 2", f"width = {width}").replace('"nearest"', f'"{under}"')
        tree += "" if depth is None else f'depth = {depth}\nfull = "{full}"\n'
        state, matrix = State.empty(), _Matrix(width, depth, {})

        for people in company:
            result = _run(people, tree, state)
            state = result.handed_on()
            _twin(people, matrix, full, under)
            assert _seats(result) == {name: seat for name, seat in matrix.taken.items() if seat[0]}
