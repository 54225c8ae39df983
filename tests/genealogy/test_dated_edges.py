"""Trees as of an instant, histories from logs of moves, and what differs between two trees; against the twin.

Tests quote the rules H1 to H7 of `docs/genealogy/changing.md`.
"""

import random
from typing import Any

import numpy as np
import pytest
from attrs import field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build_from_labels
from mlmcore.genealogy._arrays import Ints64
from mlmcore.genealogy.dated import DatedEdges, Differences, differences
from reference.edits import Station, as_of
from reference.edits import differences as slow_differences
from reference.genealogy import Forest

ARRAYS = ("parent", "depth", "subtree_size", "leg")
LAST = 16
"""The instant after everything in random histories."""


def people(tree: Genealogy) -> list[str]:
    return tree.ids.labels(np.arange(len(tree)))


def image(tree: Genealogy) -> tuple[object, ...]:
    arrays = [getattr(tree, name).tobytes() for name in ARRAYS]
    return (tree.ids.keys.tobytes(), people(tree), tree.ids.rank.tobytes(), *arrays)


def built(forest: Forest) -> Genealogy:
    """What `build` makes of a forest."""
    labels, uplines = list(forest.upline), list(forest.upline.values())
    return build_from_labels(labels, uplines, [forest.leg[label] for label in labels])


def int64(values: list[int]) -> Ints64:
    return np.array(values, dtype=np.int64)


def edges(stations: list[Station], labels: list[str]) -> DatedEdges:
    """Stations by label as the arrays that the code under test takes."""
    at = {label: position for position, label in enumerate(labels)}
    return DatedEdges(
        ids=IdIndex.from_labels(labels),
        person=int32([at[one.person] for one in stations]),
        parent=int32([-1 if one.upline is None else at[one.upline] for one in stations]),
        leg=int32([one.leg for one in stations]),
        since=int64([one.since for one in stations]),
    )


def refusal(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


@frozen
class Move:
    """What a log says of a move."""

    person: str
    before: tuple[str | None, int]
    after: tuple[str | None, int]
    at: int


@frozen
class Lives:
    """A history that could have happened: stations, the log of moves, and the forest after everything."""

    stations: list[Station] = field(factory=list)
    moves: list[Move] = field(factory=list)
    forest: Forest = field(factory=lambda: Forest(upline={}, leg={}))

    def happen(self, chance: random.Random, at: int) -> None:
        """Somebody joins, or goes elsewhere if there is another place."""
        names = list(self.forest.upline)
        if not names or chance.random() < 0.5:
            person = f"{chance.choice('aZé')}{at}"
            self._stand(person, *self._place(chance, names), at)
            return
        person = chance.choice(names)
        inside = set(self.forest.group(person))
        before = (self.forest.upline[person], self.forest.leg[person])
        after = self._place(chance, [name for name in names if name not in inside])
        if after != before:
            self.moves.append(Move(person, before, after, at))
            self._stand(person, *after, at)

    def _place(self, chance: random.Random, uplines: list[str]) -> tuple[str | None, int]:
        upline = chance.choice([None, *uplines])
        if upline is None:
            return None, 0
        taken = {self.forest.leg[child] for child in self.forest.front(upline)}
        return upline, chance.choice([0, *(leg for leg in (1, 2, 3) if leg not in taken)])

    def _stand(self, person: str, upline: str | None, leg: int, at: int) -> None:
        self.forest.upline[person], self.forest.leg[person] = upline, leg
        self.stations.append(Station(person, upline, leg, at))


@st.composite
def lives(draw: st.DrawFn) -> Lives:
    """Joins and moves at different instants, each leaving a sound tree."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    happened = Lives()
    for at in sorted(chance.sample(range(LAST), draw(st.integers(0, LAST)))):
        happened.happen(chance, at)
    chance.shuffle(happened.stations)
    chance.shuffle(happened.moves)
    return happened


@st.composite
def rumours(draw: st.DrawFn) -> list[Station]:
    """Stations that may contradict each other, though nobody has two at one instant nor is the own upline."""
    instants = st.tuples(st.sampled_from("abcde"), st.integers(0, 6))
    stations = []
    for person, since in draw(st.lists(instants, unique=True, max_size=14)):
        upline = draw(st.sampled_from([None, *(name for name in "abcde" if name != person)]))
        stations.append(Station(person, upline, draw(st.integers(0, 2)) if upline else 0, since))
    return stations


class TestAsOf:
    """`DatedEdges.as_of`."""

    @given(happened=lives())
    def test_every_instant_is_what_the_twin_replays(self, happened: Lives) -> None:
        """H1, H2: whoever had joined, each at the latest place, to the byte."""
        history = edges(happened.stations, sorted(happened.forest.upline))
        for at in range(-1, LAST + 1):
            forest, _ = as_of(happened.stations, at)
            tree = history.as_of(at)

            tree.check()
            assert image(tree) == image(built(forest))
        assert image(history.as_of(LAST)) == image(built(happened.forest))

    @given(stations=rumours())
    def test_everything_that_the_twin_finds_is_refused_at_once(self, stations: list[Station]) -> None:
        """H3: uplines who come later or never, loops, and shared legs, at each instant."""
        history = edges(stations, list("abcde"))
        for at in range(-1, 7):
            forest, expected = as_of(stations, at)
            try:
                tree = history.as_of(at)
                found = []
            except InputError as error:
                found = sorted(finding.code for finding in error.findings)

            assert found == expected
            assert expected or image(tree) == image(built(forest))

    def test_findings_name_the_instant_and_both_people(self) -> None:
        """H3: who, below whom, and when that one joins."""
        stations = [Station("bob", "ann", 1, 5), Station("ann", None, 0, 8), Station("cid", "zed", 0, 6)]
        stations += [Station("dan", "eve", 0, 6), Station("eve", "dan", 0, 6), Station("ann", "dan", 0, 9)]
        history = edges(stations, ["ann", "bob", "cid", "dan", "eve", "zed"])
        with pytest.raises(InputError) as caught:
            history.as_of(6)

        assert refusal(caught) == (
            "3 findings:\n"
            "as of 6: person bob: stands below ann, who joins at 8; correct a date, or the upline\n"
            "as of 6: person cid: stands below zed, who never joins; give zed a row, or correct the upline\n"
            "as of 6: person dan: the uplines go round in a cycle: dan -> eve -> dan; "
            "give one of them another upline, or none"
        )

    def test_an_instant_is_a_whole_number(self) -> None:
        """H1: neither a float nor a truth value is an instant."""
        for at in (1.0, True, None):
            with pytest.raises(InputError) as caught:
                edges([], []).as_of(at)  # type: ignore[arg-type]  # wrong on purpose

            assert refusal(caught) == f"{at!r} is no instant; give a whole number in the unit of `since`"

    def test_the_largest_instants_are_instants(self) -> None:
        """H1: nothing wraps around, also beyond int64."""
        history = edges([Station("ann", None, 0, 2**63 - 1), Station("bob", None, 0, -(2**63))], ["ann", "bob"])

        trees = [history.as_of(at) for at in (-(2**63) - 1, -(2**63), 2**63 - 2, 2**63 - 1, 2**70)]
        assert [people(tree) for tree in trees] == [[], ["bob"], ["bob"], ["ann", "bob"], ["ann", "bob"]]


class TestRows:
    """What is no dated edge."""

    def test_every_wrong_row_is_told_at_once(self) -> None:
        """H4: ranges, own uplines, legs, and two rows of a person at one instant."""
        with pytest.raises(InputError) as caught:
            DatedEdges(
                ids=IdIndex.from_labels(["ann", "bob", "cid", "dan"]),
                person=int32([0, 1, 1, 2, 3, 4, 0, 3, -1]),
                parent=int32([-1, 0, -1, 2, 4, 0, -1, -2, -1]),
                leg=int32([0, 1, 0, 0, 0, 0, 2, -1, 0]),
                since=int64([1, 5, 5, 3, 4, 5, 6, 7, 0]),
            )

        assert refusal(caught) == (
            "8 findings:\n"
            "person ann: hangs in leg 2 of nobody since 6; name the upline, or leave the leg out\n"
            "person bob: has 2 rows since 5 (rows 1, 2); "
            "a person stands at one place at a time; leave all but one out\n"
            "person cid: is named as the own upline since 3; name another upline, or none for a root\n"
            "person dan: the leg since 7 is -1; legs count from 1; 0 stands for no number\n"
            "person dan: the upline since 4 is 4, but there are 4 people, from 0; -1 stands for no upline\n"
            "person dan: the upline since 7 is -2, but there are 4 people, from 0; -1 stands for no upline\n"
            "row 5: the row is of person 4, but there are 4, from 0; give a position in the ids\n"
            "row 8: the row is of person -1, but there are 4, from 0; give a position in the ids"
        )

    def test_many_rows_at_one_instant_are_cut_short(self) -> None:
        """H4: a message stays readable."""
        with pytest.raises(InputError) as caught:
            edges([Station("ann", None, 0, 3)] * 12, ["ann"])

        assert refusal(caught) == (
            "person ann: has 12 rows since 3 (rows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...); "
            "a person stands at one place at a time; leave all but one out"
        )

    def test_columns_have_one_length_and_their_types(self) -> None:
        """H4: nothing is converted on the way in."""
        columns: dict[str, Any] = {name: int32([0]) for name in ("person", "parent", "leg")}
        for name, wrong, said in [
            ("since", int32([0]), "since is int32 of shape (1,); it must be int64 of shape (1,)"),
            ("leg", int64([0]), "leg is int64 of shape (1,); it must be int32 of shape (1,)"),
            ("parent", int32([0, 0]), "parent is int32 of shape (2,); it must be int32 of shape (1,)"),
        ]:
            given_columns = {**columns, "since": int64([0]), name: wrong}
            with pytest.raises(InputError) as caught:
                DatedEdges(ids=IdIndex.from_labels(["ann"]), **given_columns)

            assert refusal(caught) == said

    def test_columns_are_read_only_and_copied_from_whoever_could_change_them(self) -> None:
        """H1: a history does not change."""
        since = int64([4])
        history = DatedEdges(
            ids=IdIndex.from_labels(["ann"]), person=int32([0]), parent=int32([-1]), leg=int32([0]), since=since
        )
        since[0] = 9

        assert people(history.as_of(4)) == ["ann"]
        assert not any(getattr(history, name).flags.writeable for name in ("person", "parent", "leg", "since"))
        assert repr(history) == "DatedEdges(1 rows of 1 people, from 4 to 4)"
        assert repr(edges([], [])) == "DatedEdges(0 rows of 0 people)"


class TestFromTreeAndMoves:
    """`DatedEdges.from_tree_and_moves`."""

    @given(happened=lives(), told=st.booleans())
    def test_the_tree_and_its_log_give_the_history(self, happened: Lives, told: bool) -> None:
        """H5: every instant is as in the history that wrote the log."""
        history = edges(happened.stations, sorted(happened.forest.upline))

        again = from_log(happened, told=told)

        for at in range(-1, LAST + 1):
            assert image(again.as_of(at)) == image(history.as_of(at))

    @given(happened=lives(), late=st.integers(0, LAST))
    def test_moves_up_to_the_joining_have_no_row(self, happened: Lives, late: int) -> None:
        """H5: whoever is said to join later joins where they stood by then."""
        again = from_log(happened, not_before=late)

        history = edges(happened.stations, sorted(happened.forest.upline))
        assert len(again) == len(happened.forest.upline) + sum(move.at > late for move in happened.moves)
        for at in range(late, LAST + 1):
            assert image(again.as_of(at)) == image(history.as_of(at))

    @given(happened=lives(), chance=st.randoms(use_true_random=False))
    def test_a_log_that_lacks_a_move_is_refused_where_it_says_where_moves_led(
        self, happened: Lives, chance: random.Random
    ) -> None:
        """H6: a chain with a missing link doesn't hold, unless that was the first one of somebody."""
        firsts = {move.person: move for move in sorted(happened.moves, key=lambda one: -one.at)}
        links = [move for move in happened.moves if firsts[move.person] != move]
        if links:
            happened.moves.remove(chance.choice(links))

            with pytest.raises(InputError) as caught:
                from_log(happened, told=True)

            assert {finding.code for finding in caught.value.findings} == {"dated.chain"}

    def test_a_move_that_leads_nowhere_is_told(self) -> None:
        """H6: of two moves from one place another one is missing between; and one leads to where the tree has her."""
        tree = build_from_labels(["ann", "bob", "cid"], ["", "ann", ""], [0, 2, 0])
        with pytest.raises(InputError) as caught:
            DatedEdges.from_tree_and_moves(
                tree,
                int64([0, 0, 0]),
                person=int32([1, 1, 2, 1]),
                from_parent=int32([2, 2, -1, 0]),
                from_leg=int32([0, 0, 0, 2]),
                at=int64([9, 5, 4, 11]),
            )

        assert refusal(caught) == (
            "3 findings:\n"
            "person bob: moves at 11 from ann (leg 2) and stands there afterwards; "
            "each move leads to where the next comes from; complete the log\n"
            "person bob: moves at 5 from cid and stands there afterwards; "
            "each move leads to where the next comes from; complete the log\n"
            "person cid: moves at 4 from the top and stands there afterwards; "
            "each move leads to where the next comes from; complete the log"
        )

    def test_a_move_that_leads_elsewhere_than_it_says_is_told(self) -> None:
        """H6: by upline and by leg."""
        tree = build_from_labels(["ann", "bob", "cid"], ["", "ann", ""], [0, 2, 0])
        with pytest.raises(InputError) as caught:
            DatedEdges.from_tree_and_moves(
                tree,
                int64([0, 0, 0]),
                person=int32([1, 1]),
                from_parent=int32([2, -1]),
                from_leg=int32([0, 0]),
                at=int64([9, 5]),
                to_parent=int32([-1, 7]),
                to_leg=int32([3, 0]),
            )

        assert refusal(caught) == (
            "3 findings:\n"
            "person bob: moves at 5 to person 7, but stands at cid afterwards; "
            "each move leads to where the next comes from; complete the log\n"
            "person bob: moves at 9 to leg 3, but stands in leg 2 afterwards; "
            "each move leads to where the next comes from; complete the log\n"
            "person bob: moves at 9 to the top, but stands at ann afterwards; "
            "each move leads to where the next comes from; complete the log"
        )

    def test_rows_of_the_log_are_looked_at_like_other_rows(self) -> None:
        """H4: two moves of a person at one instant, and an own upline."""
        tree = build_from_labels(["ann", "bob"], ["", "ann"])
        with pytest.raises(InputError) as caught:
            DatedEdges.from_tree_and_moves(
                tree,
                int64([0, 0]),
                person=int32([1, 1]),
                from_parent=int32([-1, 1]),
                from_leg=int32([0, 0]),
                at=int64([5, 5]),
            )

        assert refusal(caught) == (
            "2 findings:\n"
            "person bob: has 2 rows since 5 (rows 0, 1); "
            "a person stands at one place at a time; leave all but one out\n"
            "person bob: is named as the own upline since 5; name another upline, or none for a root"
        )

    def test_everybody_has_one_joining(self) -> None:
        """H5: one instant for each node."""
        with pytest.raises(InputError) as caught:
            DatedEdges.from_tree_and_moves(
                build_from_labels(["ann"], [""]),
                int64([0, 0]),
                person=int32([]),
                from_parent=int32([]),
                from_leg=int32([]),
                at=int64([]),
            )

        assert refusal(caught) == "joined is int64 of shape (2,); it must be int64 of shape (1,)"


class TestDifferences:
    """`differences`."""

    @given(one=rows(most=15), other=rows(most=15), kept=st.integers(0, 15))
    def test_the_differences_are_the_twins(self, one: Rows, other: Rows, kept: int) -> None:
        """H7: by key, of any two trees that share some people."""
        before, after = one.slow(), renamed(other.slow(), one.labels[:kept])
        found = differences(built(before), built(after))
        joined, left, elsewhere = slow_differences(before, after)

        assert found.later.ids.labels(found.joined) == [name for name in after.preorder() if name in joined]
        assert found.earlier.ids.labels(found.left) == [name for name in before.preorder() if name in left]
        assert found.later.ids.labels(found.moved_after) == [name for name in after.preorder() if name in elsewhere]
        assert found.earlier.ids.labels(found.moved_before) == found.later.ids.labels(found.moved_after)
        assert len(found) == len(joined) + len(left) + len(elsewhere)

    @given(happened=lives(), early=st.integers(-1, LAST), late=st.integers(-1, LAST))
    def test_differences_applied_to_the_earlier_tree_give_the_later(
        self, happened: Lives, early: int, late: int
    ) -> None:
        """H7: nothing is left out, forwards and backwards in time."""
        history = edges(happened.stations, sorted(happened.forest.upline))
        earlier, later = history.as_of(early), history.as_of(late)

        assert image(built(applied(differences(earlier, later)))) == image(later)

    @settings(max_examples=30)
    @given(given_rows=rows())
    def test_a_tree_does_not_differ_from_itself(self, given_rows: Rows) -> None:
        """H7: and that is said."""
        found = differences(given_rows.fast(), given_rows.fast())

        assert (len(found), found.to_text()) == (0, "no difference")

    def test_differences_are_told_in_words(self) -> None:
        """H7: one line each: who joined, who left, who moved, in the order of the tree."""
        earlier = build_from_labels(
            ["ann", "bob", "cid", "dan", "gus", "hal"], ["", "ann", "ann", "bob", "", "cid"], [0, 1, 2, 2, 0, 0]
        )
        later = build_from_labels(
            ["ann", "bob", "dan", "eve", "fay", "gus", "hal"],
            ["", "ann", "ann", "", "ann", "dan", ""],
            [0, 3, 1, 0, 4, 0, 0],
        )
        found = differences(earlier, later)

        assert repr(found) == "Differences(2 joined, 1 left, 4 moved)"
        assert found.to_text() == (
            "fay joined below ann (leg 4)\n"
            "eve joined as a root\n"
            "cid left ann (leg 2)\n"
            "dan moved from bob (leg 2) to ann (leg 1)\n"
            "gus moved from the top to dan\n"
            "bob moved from ann (leg 1) to ann (leg 3)\n"
            "hal moved from cid to the top"
        )
        assert found.to_text(7) == found.to_text()
        assert found.to_text(3) == "fay joined below ann (leg 4)\neve joined as a root\nand 5 more"
        assert found.to_text(1) == "7 differences"

    def test_a_picture_of_no_lines_is_refused(self) -> None:
        """H7: at least the number fits."""
        tree = build_from_labels(["ann"], [""])
        with pytest.raises(InputError) as caught:
            differences(tree, tree).to_text(0)

        assert refusal(caught) == "0 lines are too few; give at least 1"

    def test_places_before_and_after_are_nodes_of_their_trees(self) -> None:
        """H7: bob stands at other nodes, and below another person."""
        earlier = build_from_labels(["ann", "bob", "cid"], ["", "ann", ""], [0, 5, 0])
        later = build_from_labels(["aaa", "ann", "bob", "cid"], ["", "", "cid", ""], [0, 0, 6, 0])
        found = differences(earlier, later)

        numbers = [found.moved_before, found.moved_after, found.parent_before, found.parent_after]
        assert [array.tolist() for array in numbers] == [[1], [3], [0], [2]]
        assert (found.leg_before.tolist(), found.leg_after.tolist()) == ([5], [6])
        assert not any(array.flags.writeable for array in [*numbers, found.joined, found.left])

    def test_another_spelling_is_the_same_person_and_an_upline_who_left_is_another(self) -> None:
        """H7: keys decide, not labels; bob's upline is gone, so bob stands elsewhere."""
        label = "0123abcd-0000-4000-8000-00000000ffff"
        earlier = build_from_labels([label, "ann", "bob"], ["", label, "ann"])
        later = build_from_labels([label.upper(), "bob"], ["", label])

        assert differences(earlier, later).to_text() == f"ann left {label}\nbob moved from ann to {label.upper()}"


def from_log(happened: Lives, *, told: bool = False, not_before: int = -1) -> DatedEdges:
    """The history from the last tree and the log; nobody joins before an instant."""
    tree = built(happened.forest)
    at: dict[str | None, int] = {None: -1}
    at.update((label, position) for position, label in enumerate(people(tree)))
    joined = {one.person: one.since for one in sorted(happened.stations, key=lambda one: -one.since)}
    moves = happened.moves
    return DatedEdges.from_tree_and_moves(
        tree,
        int64([max(joined[label], not_before) for label in people(tree)]),
        person=int32([at[move.person] for move in moves]),
        from_parent=int32([at[move.before[0]] for move in moves]),
        from_leg=int32([move.before[1] for move in moves]),
        at=int64([move.at for move in moves]),
        to_parent=int32([at[move.after[0]] for move in moves]) if told else None,
        to_leg=int32([move.after[1] for move in moves]) if told else None,
    )


def renamed(forest: Forest, labels: list[str]) -> Forest:
    """The same forest, some of whose people are called otherwise."""
    old = list(forest.upline)
    name = {one: one for one in old} | {
        one: label for one, label in zip(old, labels, strict=False) if label not in forest.upline
    }
    upline = {name[person]: None if above is None else name[above] for person, above in forest.upline.items()}
    return Forest(upline=upline, leg={name[person]: leg for person, leg in forest.leg.items()})


def applied(found: Differences) -> Forest:
    """The earlier tree after what happened, put together from the differences alone."""
    earlier, later = found.earlier, found.later
    upline = {
        label: None if above < 0 else earlier.ids.label(above)
        for label, above in zip(people(earlier), earlier.parent.tolist(), strict=True)
    }
    leg = dict(zip(people(earlier), earlier.leg.tolist(), strict=True))
    for label in earlier.ids.labels(found.left):
        del upline[label], leg[label]
    for nodes, parents, legs in (
        (found.joined, later.parent[found.joined], later.leg[found.joined]),
        (found.moved_after, found.parent_after, found.leg_after),
    ):
        for label, above, number in zip(later.ids.labels(nodes), parents.tolist(), legs.tolist(), strict=True):
            upline[label] = None if above < 0 else later.ids.label(above)
            leg[label] = number
    return Forest(upline=upline, leg=leg)
