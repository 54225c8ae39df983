"""Bad edges: everything that is wrong is told at once, by the ids that users write."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows
from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy import IdIndex, Places, build, build_from_labels
from mlmcore.genealogy.build import Edge, build_from_edges, check_edges, check_parents
from reference.edges import wrong_edges

MANY = 1_000_000
LOWER = "0123abcd-0000-4000-8000-00000000ffff"


def refusal(parents: list[int], legs: list[int] | None = None, labels: str = "abcdefghijklmnop") -> str:
    """What `build` says about people called a, b, c, ..."""
    ids = IdIndex.from_labels(list(labels[: len(parents)]))
    with pytest.raises(InputError) as caught:
        build(ids, int32(parents), None if legs is None else int32(legs))
    return str(caught.value)


class TestCycles:
    """Uplines that go round."""

    def test_a_cycle_is_told_with_its_path_from_the_first_label_upwards(self) -> None:
        """A cycle is one finding, whoever hangs below it is none."""
        assert refusal([1, 2, 0, 0, 3]) == (
            "person a: the uplines go round in a cycle: a -> b -> c -> a; give one of them another upline, or none"
        )

    def test_all_cycles_are_told(self) -> None:
        """Two cycles are two findings."""
        assert refusal([1, 0, 3, 2, -1]) == (
            "2 findings:\n"
            "person a: the uplines go round in a cycle: a -> b -> a; give one of them another upline, or none\n"
            "person c: the uplines go round in a cycle: c -> d -> c; give one of them another upline, or none"
        )

    def test_a_long_cycle_is_cut_short(self) -> None:
        """A message stays readable whatever the length of the cycle."""
        assert refusal([*range(1, 14), 0]) == (
            "person a: the uplines go round in a cycle: a -> b -> c -> d -> e -> f -> g -> h -> i -> j -> 4 more -> a; "
            "give one of them another upline, or none"
        )

    def test_a_cycle_of_a_million_is_one_finding(self) -> None:
        """Nothing recurses, nothing is printed a million times."""
        keys = np.zeros((MANY, 2), dtype=np.uint64)
        keys[:, 1] = np.arange(MANY)
        parent = np.roll(np.arange(MANY, dtype=np.int32), -1)
        with pytest.raises(InputError) as caught:
            build(IdIndex.from_keys(keys), parent)

        assert str(caught.value).endswith(
            "-> 00000000-0000-0000-0000-000000000009 -> 999,990 more -> 00000000-0000-0000-0000-000000000000; "
            "give one of them another upline, or none"
        )

    @given(uplines=st.lists(st.integers(-1, 11), min_size=12, max_size=12))
    def test_there_is_a_finding_for_each_cycle_and_each_own_upline(self, uplines: list[int]) -> None:
        """Random maps: as many findings as there are ways to go round for ever."""
        rounds = set()
        for start in range(12):
            seen: list[int] = []
            row = start
            while row >= 0 and row not in seen:
                seen.append(row)
                row = uplines[row]
            if row >= 0:
                rounds.add(frozenset(seen[seen.index(row) :]))
        ids = IdIndex.from_labels([f"p{row}" for row in range(12)])

        try:
            build(ids, int32(uplines)).check()
            found = 0
        except InputError as error:
            found = len(error.findings)

        assert found == len(rounds)


class TestSingleEdges:
    """Faults of one edge."""

    def test_nobody_is_their_own_upline(self) -> None:
        """A self-sponsor is told as such and not as a cycle."""
        assert refusal([-1, 1]) == "person b: is named as the own upline; name another upline, or none for a root"

    def test_an_upline_is_a_row(self) -> None:
        """A parent beyond the rows is no upline, and -1 alone means none."""
        assert refusal([-2, 5, -1]) == (
            "2 findings:\n"
            "person a: the upline is row -2, but rows go from 0 to 2; -1 stands for no upline\n"
            "person b: the upline is row 5, but rows go from 0 to 2; -1 stands for no upline"
        )

    def test_different_faults_are_told_together(self) -> None:
        """One reading of the input tells everything."""
        assert refusal([1, 0, 2, 99, 3], [0, 0, 0, 0, -1]) == (
            "4 findings:\n"
            "person a: the uplines go round in a cycle: a -> b -> a; give one of them another upline, or none\n"
            "person c: is named as the own upline; name another upline, or none for a root\n"
            "person d: the upline is row 99, but rows go from 0 to 4; -1 stands for no upline\n"
            "person e: the leg is -1; legs count from 1; 0 stands for no number"
        )

    def test_findings_name_file_and_line_where_they_are_known(self) -> None:
        """What comes from a file is found there."""
        places = Places(file="people.csv", lines=[2, 3], tree="placement")
        with pytest.raises(InputError) as caught:
            build(IdIndex.from_labels(["a", "b"]), int32([-1, 1]), None, places)

        assert str(caught.value) == (
            "people.csv:3: placement: person b: is named as the own upline; name another upline, or none for a root"
        )


class TestLegs:
    """Faults of legs."""

    def test_one_person_hangs_in_a_leg(self) -> None:
        """Two children in one leg of one upline are told; 0 is no leg, and other uplines have their own."""
        assert refusal([-1, 0, 0, 1, 0, 0], [0, 1, 1, 1, 0, 0]) == (
            "person c: leg 1 of a holds 2 people: b, c; one person hangs in a leg"
        )

    def test_a_root_hangs_in_no_leg(self) -> None:
        """A leg without an upline is a mistake in one of both."""
        assert refusal([-1], [2]) == "person a: hangs in leg 2 of nobody; name the upline, or leave the leg out"

    def test_a_crowded_leg_is_cut_short(self) -> None:
        """A message stays readable whatever hangs in the leg."""
        assert refusal([-1, *[0] * 13], [0, *[1] * 13]) == (
            "person n: leg 1 of a holds 13 people: b, c, d, e, f, g, h, i, j, k and 3 more; one person hangs in a leg"
        )


class TestShapes:
    """Arrays of a wrong shape or type."""

    def test_there_is_one_upline_for_each_id(self) -> None:
        """Arrays of another length are refused."""
        assert refusal_of_parent(int32([-1, 0, 0])) == (
            "parent has the shape (3,), but there are 2 ids; give one number for each id, in the same order"
        )

    def test_floats_are_no_rows(self) -> None:
        """Nothing is rounded on the way in."""
        assert refusal_of_parent(np.array([-1.0, 0.0])) == "parent holds float64; give whole numbers (int32)"

    def test_rows_fit_int32(self) -> None:
        """Nothing wraps around on the way in."""
        assert refusal_of_parent(np.array([-1, 2**32])) == "parent holds 4294967296, which does not fit int32"

    def test_legs_fit_int32(self) -> None:
        """Nothing wraps around on the way in."""
        with pytest.raises(InputError) as caught:
            build(IdIndex.from_labels(["a", "b"]), int32([-1, 0]), np.array([0, 2**40]))

        assert str(caught.value) == "leg holds 1099511627776, which does not fit int32"


def refusal_of_parent(parent: object) -> str:
    """What `build` says about two people with such uplines."""
    with pytest.raises(InputError) as caught:
        build(IdIndex.from_labels(["a", "b"]), parent)  # type: ignore[arg-type]  # wrong on purpose
    return str(caught.value)


class TestFromLabels:
    """`build_from_labels`."""

    def test_orphans_duplicates_malformed_ids_and_cycles_are_told_together(self) -> None:
        """One reading of a file tells everything."""
        labels = ["ann", "bob", "bob", "cid", "dan", "", "eve"]
        parents = ["", "ann", "ann", "zed", "eve", "ann", "dan"]
        with pytest.raises(InputError) as caught:
            build_from_labels(labels, parents, None, Places(file="p.csv", lines=range(2, 9)))

        assert str(caught.value) == (
            "4 findings:\n"
            "p.csv:4: person bob: the id is given 2 times (line 3, line 4); "
            "every id stands once; remove one, or rename it\n"
            "p.csv:5: person cid: the upline 'zed' is unknown; "
            "add that person, correct the id, or leave the upline empty for a root\n"
            "p.csv:6: person dan: the uplines go round in a cycle: dan -> eve -> dan; "
            "give one of them another upline, or none\n"
            "p.csv:7: an empty text is no id; an id is not empty and has no white space around it"
        )

    def test_there_is_one_upline_for_each_id(self) -> None:
        """Lists of different lengths are refused."""
        with pytest.raises(InputError, match=r"^there are 2 ids and 1 uplines; give one for each$"):
            build_from_labels(["a", "b"], [""])

    def test_an_upline_may_be_written_in_another_spelling(self) -> None:
        """A UUID is one id in either case."""
        label = "0123abcd-0000-4000-8000-00000000ffff"

        tree = build_from_labels(["b", label], [label.upper(), ""])

        assert tree.to_text() == f"{label}\n  b"


class TestLooking:
    """`check_edges` and `check_parents`: the same findings without building."""

    labels = st.sampled_from(["ann", "bob", "cid", "dan", "", " eve", LOWER, LOWER.upper()])
    uplines = st.sampled_from(["ann", "bob", "cid", "dan", "", "zed", LOWER.upper(), None])

    @given(edges=st.lists(st.tuples(labels, uplines, st.integers(-1, 2)), max_size=8))
    def test_looking_finds_what_building_refuses(self, edges: list[tuple[str, str | None, int]]) -> None:
        """Nothing more and nothing less, in the same order."""
        labels, parents = [label for label, _, _ in edges], [parent for _, parent, _ in edges]
        legs = [leg for _, _, leg in edges]
        refused: tuple[Finding, ...] = ()
        try:
            build_from_labels(labels, parents, legs)
        except InputError as error:
            refused = error.findings

        assert check_edges(labels, parents, legs) == refused

    @given(edges=st.lists(st.tuples(labels, uplines, st.integers(-1, 2)), max_size=8))
    def test_everything_that_the_twin_finds_is_found_and_nothing_else(
        self, edges: list[tuple[str, str | None, int]]
    ) -> None:
        """E3: each thing once, at the same person."""
        labels, parents = [label for label, _, _ in edges], [parent for _, parent, _ in edges]
        legs = [leg for _, _, leg in edges]

        found = check_edges(labels, parents, legs)

        told = sorted((finding.code, finding.path.removeprefix("person ")) for finding in found)
        assert told == wrong_edges(labels, parents, legs)

    @given(uplines=st.lists(st.integers(-2, 6), max_size=6), data=st.data())
    def test_looking_at_rows_finds_what_building_refuses(self, uplines: list[int], data: st.DataObject) -> None:
        """Likewise, where uplines are rows."""
        legs = int32(data.draw(st.lists(st.integers(-1, 2), min_size=len(uplines), max_size=len(uplines))))
        ids = IdIndex.from_labels([f"p{row}" for row in range(len(uplines))])
        refused: tuple[Finding, ...] = ()
        try:
            build(ids, int32(uplines), legs)
        except InputError as error:
            refused = error.findings

        assert check_parents(ids, int32(uplines), legs) == refused

    def test_everything_is_told_at_one_look(self) -> None:
        """Cycles, orphans, duplicates, and who is the own upline, by id."""
        found = check_edges(["ann", "bob", "cid", "ann", "dan", "eve"], ["", "cid", "bob", "", "dan", "zed"])

        assert [(finding.code, finding.path) for finding in found] == [
            ("ids.twice", "person ann"),
            ("genealogy.cycle", "person bob"),
            ("genealogy.self", "person dan"),
            ("genealogy.orphan", "person eve"),
        ]

    def test_good_edges_have_no_findings(self) -> None:
        """Nothing is found where nothing is wrong."""
        assert check_edges(["ann", "bob"], ["", "ann"]) == ()
        assert check_parents(IdIndex.from_labels(["ann", "bob"]), int32([-1, 0])) == ()

    def test_a_finding_of_a_later_row_names_its_own_line(self) -> None:
        """Rows that are left out before do not shift the lines of the others."""
        found = check_edges(
            ["", "ann", "ann", "bob"], ["", "", "", "zed"], None, Places(file="p.csv", lines=[2, 3, 4, 5])
        )

        assert [(finding.line, finding.code) for finding in found] == [
            (2, "ids.malformed"),
            (4, "ids.twice"),
            (5, "genealogy.orphan"),
        ]


class TestFromEdges:
    """`build_from_edges`."""

    def test_an_iterable_is_read_once(self) -> None:
        """A generator will do; legs are where they are given."""
        edges: list[Edge] = [("bob", "ann", 2), ("ann", None), ("cid", "ann", 1), ("dan", "bob"), ("eve", "")]

        tree = build_from_edges(iter(edges))

        assert tree.to_text(legs=True) == "ann\n  1: cid\n  2: bob\n    dan\neve"

    @given(given_rows=rows())
    def test_rows_one_by_one_are_the_same_as_columns(self, given_rows: Rows) -> None:
        """Both ways build the same tree."""
        uplines = [None if parent < 0 else given_rows.labels[parent] for parent in given_rows.parent]

        tree = build_from_edges(zip(given_rows.labels, uplines, given_rows.leg, strict=True))

        assert tree.to_text(1000, legs=True) == given_rows.fast().to_text(1000, legs=True)

    def test_rows_of_another_shape_are_all_told(self) -> None:
        """And then nothing else is looked at: a row might have meant anything."""
        wrong = [("ann", None), ("bob",), "cid", ("dan", 3), ("eve", "ann", True), ("fay", "ann", "1"), (None, "ann")]
        with pytest.raises(InputError) as caught:
            build_from_edges(wrong)  # type: ignore[arg-type]  # wrong on purpose

        todo = "which is no edge; give who, under whom (None for a root) and perhaps in which leg: ('bob', 'ann', 1)"
        assert str(caught.value) == (
            "6 findings:\n"
            f"row 1 is ('bob',), {todo}\n"
            f"row 2 is 'cid', {todo}\n"
            f"row 3 is ('dan', 3), {todo}\n"
            f"row 4 is ('eve', 'ann', True), {todo}\n"
            f"row 5 is ('fay', 'ann', '1'), {todo}\n"
            f"row 6 is (None, 'ann'), {todo}"
        )
