"""Adding and moving people: the result is what `build` and the twin make of the same edges, and nobody is lost.

Tests quote the rules E1 to E7 of `docs/genealogy/changing.md`.
"""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, Places, build, build_from_labels
from mlmcore.genealogy._arrays import INT32_MAX
from mlmcore.genealogy.edits import Edited, add_leaves, add_leaves_from_labels, move, move_many
from reference.edits import Newcomer, added, faults, moved, refusals_of_added
from reference.genealogy import Forest

ARRAYS = ("parent", "depth", "subtree_size", "leg")
FEW = settings(max_examples=60)


def people(tree: Genealogy) -> list[str]:
    return tree.ids.labels(np.arange(len(tree)))


def image(tree: Genealogy) -> tuple[object, ...]:
    arrays = [getattr(tree, name).tobytes() for name in ARRAYS]
    return (tree.ids.keys.tobytes(), people(tree), tree.ids.rank.tobytes(), *arrays)


def built(forest: Forest) -> Genealogy:
    """What `build` makes of a forest."""
    labels, uplines = list(forest.upline), list(forest.upline.values())
    return build_from_labels(labels, uplines, [forest.leg[label] for label in labels])


def node(tree: Genealogy, label: str) -> int:
    return int(tree.ids.positions([label])[0])


def family() -> Genealogy:
    """Ann with bob (leg 1, above dan) and cid (leg 2); zed stands alone."""
    return build_from_labels(["ann", "bob", "cid", "dan", "zed"], ["", "ann", "ann", "bob", ""], [0, 1, 2, 1, 0])


def refusal(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


@st.composite
def growths(draw: st.DrawFn) -> tuple[Forest, Forest]:
    """A forest and a part of it that is closed upwards: the old people; the others are to be added."""
    whole = draw(rows()).slow()
    order = whole.preorder()
    chosen = set(draw(st.sets(st.sampled_from(order)))) if order else set()
    old = {person for person in order if not chosen & {person, *whole.ancestors(person)}}
    return whole, Forest(
        upline={person: whole.upline[person] for person in order if person in old},
        leg={person: whole.leg[person] for person in order if person in old},
    )


@st.composite
def relocations(draw: st.DrawFn, most: int) -> tuple[Forest, list[tuple[str, str | None, int]]]:
    """A forest and people who are to go elsewhere, which may be impossible."""
    forest = draw(rows(most=12)).slow()
    names = sorted(forest.upline)
    movers = draw(st.lists(st.sampled_from(names), unique=True, max_size=most)) if names else []
    return forest, [
        (person, draw(st.sampled_from([None, *names])), draw(st.sampled_from([0, 0, 1, 2, -1]))) for person in movers
    ]


class TestAddingLeaves:
    """`add_leaves`."""

    @given(growth=growths(), chance=st.randoms(use_true_random=False))
    def test_the_result_is_what_build_makes_of_all_edges(self, growth: tuple[Forest, Forest], chance: object) -> None:
        """E1, E3: new people hang under old ones, new ones or nobody, in any order of rows."""
        whole, old = growth
        new = [person for person in whole.upline if person not in old.upline]
        chance.shuffle(new)  # type: ignore[attr-defined]  # Hypothesis gives a `random.Random`
        tree = built(old)
        number = dict(zip([*people(tree), *new], range(len(whole.upline)), strict=True))
        parent = [-1 if whole.upline[one] is None else number[str(whole.upline[one])] for one in new]

        edited = add_leaves(tree, IdIndex.from_labels(new), int32(parent), int32([whole.leg[one] for one in new]))

        edited.genealogy.check()
        assert image(edited.genealogy) == image(built(whole))
        assert people(edited.genealogy) == whole.preorder()
        assert edited.genealogy.ids.labels(edited.node_of_old) == people(tree)
        assert edited.genealogy.ids.labels(edited.node_of_added) == new

    @given(
        given_rows=rows(most=8),
        newcomers=st.lists(st.tuples(st.integers(0, 11), st.integers(-1, 12), st.integers(-1, 3)), max_size=8),
    )
    def test_everything_that_the_twin_refuses_is_refused_at_once(
        self, given_rows: Rows, newcomers: list[tuple[int, int, int]]
    ) -> None:
        """E7: taken and doubled ids, unknown uplines, loops and legs, each once."""
        forest = given_rows.slow()
        names = [*given_rows.labels, *(f"new{number}" for number in range(12 - len(given_rows.labels)))]
        coming = [
            Newcomer(names[who], None if above < 0 else [*names, "nobody"][above], leg) for who, above, leg in newcomers
        ]
        expected = refusals_of_added(forest, coming)
        labels, uplines, legs = ([getattr(one, name) for one in coming] for name in ("label", "upline", "leg"))
        try:
            grown = add_leaves_from_labels(built(forest), labels, uplines, legs).genealogy
            found = []
        except InputError as error:
            found = sorted(finding.code for finding in error.findings)

        assert found == expected
        assert expected or image(grown) == image(built(added(forest, coming)))

    def test_of_groups_that_go_in_at_one_place_the_deeper_comes_first(self) -> None:
        """E3: below the last of a group and behind the group is one place in preorder."""
        chain = build_from_labels(["a", "b", "c"], ["", "a", "b"])

        grown = add_leaves_from_labels(chain, ["w", "x", "y", "z"], [None, "a", "b", "c"]).genealogy

        grown.check()
        assert grown.to_text() == "a\n  b\n    c\n      z\n    y\n  x\nw"

    def test_new_siblings_stand_by_leg_and_then_label(self) -> None:
        """E1: between old ones, behind them, and among themselves."""
        grown = add_leaves_from_labels(family(), ["a", "b", "c", "d"], ["ann"] * 4, [4, 3, 0, 0]).genealogy

        assert grown.to_text(legs=True) == "ann\n  c\n  d\n  1: bob\n    1: dan\n  2: cid\n  3: b\n  4: a\nzed"

    def test_nobody_new_gives_an_equal_tree(self) -> None:
        """E1: adding nobody is no special case."""
        edited = add_leaves(family(), IdIndex.from_labels([]), int32([]))

        assert image(edited.genealogy) == image(family())
        assert edited.node_of_added.tolist() == []

    def test_an_empty_tree_can_grow(self) -> None:
        """E1: nor is having had nobody."""
        empty = build(IdIndex.from_labels([]), int32([]))

        grown = add_leaves(empty, IdIndex.from_labels(["bob", "ann"]), int32([1, -1])).genealogy

        assert grown.to_text() == "ann\n  bob"

    def test_uuids_and_labels_go_together(self) -> None:
        """E6: labels stay as written, and those who had only a key are called by it."""
        plain = build(IdIndex.from_uuids([UUID(int=7)]), int32([-1]))

        grown = add_leaves_from_labels(plain, ["ann"], [str(UUID(int=7)).upper()]).genealogy

        assert grown.to_text() == "00000000-0000-0000-0000-000000000007\n  ann"

    def test_handed_out_arrays_are_read_only(self) -> None:
        """E1: nothing that is handed out can be changed."""
        edited = add_leaves(family(), IdIndex.from_labels(["eve"]), int32([0]))

        arrays = [edited.node_of_old, edited.node_of_added, *(getattr(edited.genealogy, name) for name in ARRAYS)]
        assert not any(array.flags.writeable for array in arrays)

    def test_findings_name_people_and_lines(self) -> None:
        """E7: all at once, in the words that users write."""
        ids = IdIndex.from_labels(["ann", "eve", "fay", "gus", "hal", "ivy", "joe"])
        parent, leg = [0, 12, 7, 9, 8, -1, 0], [0, 0, 0, 0, 0, 3, 1]
        with pytest.raises(InputError) as caught:
            add_leaves(family(), ids, int32(parent), int32(leg), Places(file="new.csv", lines=range(2, 9)))

        assert refusal(caught) == (
            "6 findings:\n"
            "new.csv:2: person ann: the id stands in the tree already; "
            "every id stands once; choose another, or leave the person out\n"
            "new.csv:3: person eve: the upline is 12, but nodes and those who are added go from 0 to 11; "
            "-1 stands for no upline\n"
            "new.csv:4: person fay: is named as the own upline; name another upline, or none for a root\n"
            "new.csv:5: person gus: the uplines go round in a cycle: gus -> hal -> gus; "
            "give one of them another upline, or none\n"
            "new.csv:7: person ivy: hangs in leg 3 of nobody; name the upline, or leave the leg out\n"
            "new.csv:8: person joe: leg 1 of ann would hold 2 people: bob, joe; one person hangs in a leg"
        )

    def test_another_spelling_of_a_uuid_is_the_same_id(self) -> None:
        """E6, E7: told with both spellings."""
        lower = "0123abcd-0000-4000-8000-00000000ffff"
        with pytest.raises(InputError) as caught:
            add_leaves_from_labels(build_from_labels([lower], [""]), [lower.upper()], [""])

        assert refusal(caught) == (
            f"person {lower.upper()}: '{lower}' stands in the tree already, and '{lower.upper()}' is the same id in "
            "another spelling; every id stands once; choose another, or leave the person out"
        )

    def test_unknown_uplines_are_all_told_and_their_legs_are_no_further_findings(self) -> None:
        """E7: one finding for one mistake."""
        with pytest.raises(InputError) as caught:
            add_leaves_from_labels(family(), ["eve", "", "fay"], ["nil", "ann", "ned"], [1, 0, 0])

        assert refusal(caught) == (
            "3 findings:\n"
            "row 1: an empty text is no id; an id is not empty and has no white space around it\n"
            "person eve: the upline 'nil' is unknown; "
            "add that person too, correct the id, or leave the upline empty for a root\n"
            "person fay: the upline 'ned' is unknown; "
            "add that person too, correct the id, or leave the upline empty for a root"
        )

    def test_a_crowded_leg_is_told_once_and_cut_short(self) -> None:
        """E7: a message stays readable whatever would hang in the leg."""
        with pytest.raises(InputError) as caught:
            add_leaves_from_labels(family(), list("efghijklmno"), ["ann"] * 11, [2] * 11)

        assert refusal(caught) == (
            "person o: leg 2 of ann would hold 12 people: cid, e, f, g, h, i, j, k, l, m and 2 more; "
            "one person hangs in a leg"
        )

    def test_columns_have_one_length(self) -> None:
        """E7: nothing is guessed about missing uplines."""
        with pytest.raises(InputError, match=r"^there are 2 ids and 1 uplines; give one for each$"):
            add_leaves_from_labels(family(), ["eve", "fay"], ["ann"])
        with pytest.raises(InputError) as caught:
            add_leaves(family(), IdIndex.from_labels(["eve"]), int32([0, 0]))

        assert refusal(caught) == (
            "parent has the shape (2,), but there are 1 ids; give one number for each id, in the same order"
        )

    def test_more_people_than_int32_holds_are_refused(self) -> None:
        """E7: before anything is allocated (the keys here take no memory)."""
        many = IdIndex(np.broadcast_to(np.zeros((1, 2), dtype=np.uint64), (INT32_MAX, 2)))
        with pytest.raises(InputError) as caught:
            add_leaves(family(), many, int32([]))

        assert refusal(caught) == "2,147,483,652 ids are more than a genealogy holds (2,147,483,647)"


class TestMoving:
    """`move`."""

    @given(relocation=relocations(1))
    def test_a_move_gives_what_build_gives_or_is_refused_as_build_refuses(
        self, relocation: tuple[Forest, list[tuple[str, str | None, int]]]
    ) -> None:
        """E1, E4, E5, E7: one person with the whole group, against the twin."""
        forest, places = relocation
        tree = built(forest)
        for person, under, leg in places:
            after = moved(forest, places)
            above = -1 if under is None else node(tree, under)
            try:
                edited = move(tree, node(tree, person), above, leg)
                found = []
            except InputError as error:
                found = sorted(finding.code for finding in error.findings)

            assert found == faults(after)
            if not found:
                edited.genealogy.check()
                assert image(edited.genealogy) == image(built(after))
                assert edited.genealogy.ids.labels(edited.node_of_old) == people(tree)
                assert len(edited.node_of_added) == 0

    @FEW
    @given(given_rows=rows(most=10))
    def test_moving_to_where_one_stands_gives_an_equal_tree(self, given_rows: Rows) -> None:
        """E4: to the byte."""
        tree = given_rows.fast()

        stayed = [move(tree, at, int(tree.parent[at]), int(tree.leg[at])) for at in range(len(tree))]

        assert all(image(edited.genealogy) == image(tree) for edited in stayed)

    @FEW
    @given(given_rows=rows(most=10))
    def test_nobody_comes_to_stand_below_themselves(self, given_rows: Rows) -> None:
        """E5: every upline in the group, and no other, is refused as a loop."""
        tree = given_rows.fast()
        for at in range(len(tree)):
            for under in range(len(tree)):
                in_group = under == at or tree.is_below(under, at)

                assert _refuses_loop(tree, at, under) == in_group

    def test_a_group_goes_along_and_the_old_tree_stays(self) -> None:
        """E1, E4: bob goes below zed, and dan with him."""
        tree = family()

        after = move(tree, node(tree, "bob"), node(tree, "zed"), leg=3).genealogy

        assert after.to_text(legs=True) == "ann\n  2: cid\nzed\n  3: bob\n    1: dan"
        assert tree.to_text(legs=True) == "ann\n  1: bob\n    1: dan\n  2: cid\nzed"

    def test_the_leg_is_not_taken_over(self) -> None:
        """E4: without a new leg somebody hangs without a number."""
        tree = family()

        after = move(tree, node(tree, "bob"), node(tree, "ann")).genealogy

        assert after.to_text(legs=True) == "ann\n  bob\n    1: dan\n  2: cid\nzed"

    def test_the_loop_that_would_close_is_shown(self) -> None:
        """E5: each person's upline after the person."""
        tree = family()
        with pytest.raises(InputError) as caught:
            move(tree, node(tree, "ann"), node(tree, "dan"))

        assert refusal(caught) == (
            "person ann: the uplines would go round in a cycle: ann -> dan -> bob -> ann; "
            "choose an upline outside the group of ann"
        )

    def test_a_long_loop_is_cut_short(self) -> None:
        """E5: ten people and the number of the others."""
        chain = build_from_labels(list("abcdefghijkl"), ["", *"abcdefghijk"])
        with pytest.raises(InputError) as caught:
            move(chain, 0, 11)

        assert refusal(caught) == (
            "person a: the uplines would go round in a cycle: a -> l -> k -> j -> i -> h -> g -> f -> e -> d -> "
            "2 more -> a; choose an upline outside the group of a"
        )

    def test_nobody_is_their_own_upline(self) -> None:
        """E5: told as such."""
        with pytest.raises(InputError) as caught:
            move(family(), 0, 0)

        assert refusal(caught) == ("person ann: is named as the own upline; choose an upline outside the group of ann")

    def test_who_hangs_in_a_taken_leg_is_told(self) -> None:
        """E7: by label."""
        tree = family()
        with pytest.raises(InputError) as caught:
            move(tree, node(tree, "zed"), node(tree, "ann"), leg=2)

        assert refusal(caught) == ("person zed: cid hangs in leg 2 of ann; one person hangs in a leg; choose another")

    @pytest.mark.parametrize(
        ("under", "leg", "said"),
        [
            (-1, 1, "person zed: would hang in leg 1 of nobody; name the upline, or leave the leg out"),
            (0, -1, "person zed: the leg is -1; legs count from 1 to 2,147,483,647; 0 stands for no number"),
            (0, 2**31, f"person zed: the leg is {2**31}; legs count from 1 to 2,147,483,647; 0 stands for no number"),
            (0, True, "person zed: the leg is True; legs count from 1 to 2,147,483,647; 0 stands for no number"),
            (5, 0, "5 is no node; there are 5, from 0"),
            (-2, 0, "-2 is no node; there are 5, from 0"),
            (0.0, 0, "0.0 is no node; there are 5, from 0"),
        ],
    )
    def test_what_is_no_place_is_refused(self, under: int, leg: int, said: str) -> None:
        """E7: legs and nodes that are none."""
        with pytest.raises(InputError) as caught:
            move(family(), 4, under, leg)

        assert refusal(caught) == said

    def test_person_and_upline_are_both_looked_at(self) -> None:
        """E7: -1 is nobody, and nobody moves."""
        with pytest.raises(InputError) as caught:
            move(family(), -1, 7)

        assert refusal(caught) == ("2 findings:\n-1 is no node; there are 5, from 0\n7 is no node; there are 5, from 0")


class TestMovingMany:
    """`move_many`."""

    @given(relocation=relocations(6))
    def test_the_result_alone_decides(self, relocation: tuple[Forest, list[tuple[str, str | None, int]]]) -> None:
        """E5, E7: what `build` says of the edges after all moves."""
        forest, places = relocation
        tree, after = built(forest), moved(forest, places)
        nodes, under = ([-1 if one is None else node(tree, one) for one in column] for column in _columns(places))
        try:
            edited = move_many(tree, int32(nodes), int32(under), int32([leg for _, _, leg in places]))
            found = []
        except InputError as error:
            found = sorted(finding.code for finding in error.findings)

        assert found == faults(after)
        if not found:
            assert image(edited.genealogy) == image(built(after))
            assert edited.genealogy.ids.labels(edited.node_of_old) == people(tree)

    def test_two_people_can_change_places(self) -> None:
        """E5: which no order of single moves allows."""
        tree = family()
        ann, bob = node(tree, "ann"), node(tree, "bob")

        after = move_many(tree, int32([ann, bob]), int32([bob, -1])).genealogy

        assert after.to_text() == "bob\n  ann\n    cid\n  dan\nzed"

    def test_nobody_moves_twice_and_nodes_are_nodes(self) -> None:
        """E7: all at once."""
        with pytest.raises(InputError) as caught:
            move_many(family(), int32([1, 1, 9]), int32([0, 4, -2]))

        assert refusal(caught) == (
            "3 findings:\n"
            "-2 is no node; there are 5, from 0\n"
            "9 is no node; there are 5, from 0\n"
            "person bob: is to move 2 times at once; give each person one new place"
        )


def _columns(places: list[tuple[str, str | None, int]]) -> tuple[list[str], list[str | None]]:
    return [person for person, _, _ in places], [under for _, under, _ in places]


def _refuses_loop(tree: Genealogy, at: int, under: int) -> bool:
    try:
        edited: Edited = move(tree, at, under)
    except InputError as error:
        return {finding.code for finding in error.findings} <= {"genealogy.cycle", "genealogy.self"}
    edited.genealogy.check()
    return False
