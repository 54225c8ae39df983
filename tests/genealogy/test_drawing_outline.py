"""What a drawing shows: rules D1..D6 of `docs/genealogy/drawing.md`, and the twin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import Rows, int32, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build, build_from_labels
from mlmcore.genealogy.drawing import Outline
from reference.drawing import shown


def family() -> Genealogy:
    """Ann with Bob and Cid; Dan below Bob; Eve alone."""
    return build_from_labels(["ann", "bob", "cid", "dan", "eve"], ["", "ann", "ann", "bob", ""])


def binary() -> Genealogy:
    """Ann with Cid in leg 1 and Bob in leg 2; Dan in leg 2 of Bob."""
    return build(IdIndex.from_labels(["ann", "bob", "cid", "dan"]), int32([-1, 0, 0, 1]), int32([0, 2, 1, 2]))


class TestWhoIsShown:
    """`Outline.of`."""

    def test_who_fits_is_shown_in_preorder(self) -> None:
        """D1: everybody, where everybody fits."""
        found = Outline.of(family(), 5)

        assert found == Outline(
            nodes=(0, 1, 2, 3, 4),
            labels=("ann", "bob", "dan", "cid", "eve"),
            upline=(-1, 0, 1, 0, -1),
            depth=(0, 1, 2, 1, 0),
            leg=(0, 0, 0, 0, 0),
            hidden=(0, 0, 0, 0, 0),
            people=5,
        )

    def test_whole_levels_come_first_and_then_node_order(self) -> None:
        """D2: both roots before Bob, and Bob before Cid."""
        assert [Outline.of(family(), room).labels for room in (2, 3, 4)] == [
            ("ann", "eve"),
            ("ann", "bob", "eve"),
            ("ann", "bob", "cid", "eve"),
        ]

    def test_who_is_hidden_is_counted_at_the_nearest_who_is_shown(self) -> None:
        """D3: Dan at Bob when Bob is shown, otherwise at Ann."""
        assert [Outline.of(family(), room).hidden for room in (2, 3, 4)] == [(3, 0), (1, 1, 0), (0, 1, 0, 0)]

    def test_roots_that_do_not_fit_take_one_place_for_their_count(self) -> None:
        """D4: and those below them are counted apart."""
        found = Outline.of(family(), 1)

        assert (found.nodes, found.hidden_roots, found.hidden_below_roots) == ((), 2, 3)

    def test_those_below_hidden_roots_are_only_theirs(self) -> None:
        """D4: what hangs below a root that is shown is counted there."""
        tree = build_from_labels(["a", "b", "c", "d", "e"], ["", "a", "", "c", ""])

        found = Outline.of(tree, 2)

        assert (found.labels, found.hidden, found.hidden_roots, found.hidden_below_roots) == (("a",), (1,), 2, 1)

    def test_one_group_is_drawn_with_its_person_at_the_top(self) -> None:
        """D5: nothing above or beside it is drawn or counted, and its person hangs in no leg."""
        found = Outline.of(binary(), 9, under=2)

        assert (found.labels, found.upline, found.depth, found.leg, found.people) == (
            ("bob", "dan"),
            (-1, 0),
            (0, 1),
            (0, 2),
            2,
        )

    def test_levels_beyond_are_hidden_though_they_would_fit(self) -> None:
        """D6: one level is the top alone."""
        assert Outline.of(family(), 9, levels=1).labels == ("ann", "eve")
        assert Outline.of(family(), 9, levels=2).hidden == (0, 1, 0, 0)
        assert Outline.of(family(), 9, levels=1, under=1).hidden == (1,)

    def test_legs_are_those_of_the_uplines(self) -> None:
        """Cid hangs in leg 1, so before Bob."""
        found = Outline.of(binary(), 9)

        assert list(zip(found.labels, found.leg, strict=True)) == [("ann", 0), ("cid", 1), ("bob", 2), ("dan", 2)]

    def test_nobody_is_an_outline_too(self) -> None:
        """Of an empty genealogy."""
        found = Outline.of(build_from_labels([], []), 1)

        assert (len(found), found.people, found.hidden_roots) == (0, 0, 0)

    @given(given_rows=rows(), room=st.integers(1, 35), levels=st.none() | st.integers(1, 6), data=st.data())
    def test_the_twin_shows_the_same(
        self, given_rows: Rows, room: int, levels: int | None, data: st.DataObject
    ) -> None:
        """D1..D6: who is shown, and who is counted where."""
        tree, forest = given_rows.fast(), given_rows.slow()
        person = data.draw(st.none() | st.sampled_from(given_rows.labels)) if given_rows.labels else None
        under = None if person is None else int(tree.ids.positions([person])[0])

        found = Outline.of(tree, room, under=under, levels=levels)
        wanted = shown(forest, room, person, levels)

        assert dict(zip(found.labels, found.hidden, strict=True)) == wanted.hidden
        assert list(found.labels) == list(wanted.hidden)
        assert (found.hidden_roots, found.hidden_below_roots) == (wanted.hidden_roots, wanted.hidden_below_roots)

    @given(given_rows=rows(), room=st.integers(1, 35), levels=st.none() | st.integers(1, 6))
    def test_shown_and_hidden_are_everybody(self, given_rows: Rows, room: int, levels: int | None) -> None:
        """D3 and D4: each once, and never more than there is room for."""
        tree = given_rows.fast()

        found = Outline.of(tree, room, levels=levels)

        roots = found.hidden_roots + found.hidden_below_roots
        assert len(found) + sum(found.hidden) + roots == found.people == len(tree)
        assert len(found) + (found.hidden_roots > 0) <= room

    @given(given_rows=rows(), room=st.integers(1, 35))
    def test_the_drawing_hangs_together(self, given_rows: Rows, room: int) -> None:
        """Uplines, depths and legs are those of the genealogy."""
        tree = given_rows.fast()

        found = Outline.of(tree, room)

        assert [found.nodes[at] if at >= 0 else -1 for at in found.upline] == [
            tree.parent_of(node) for node in found.nodes
        ]
        assert list(found.depth) == [int(tree.depth[node]) for node in found.nodes]
        assert list(found.leg) == [int(tree.leg[node]) for node in found.nodes]


class TestLabels:
    """What is written for a node."""

    def test_a_label_is_asked_for_those_shown_only(self) -> None:
        """D7: it may be slow, and the network big."""
        asked = []

        def label(node: int) -> str:
            asked.append(node)
            return f"{'ABCDE'[node]} 1,200.00"

        found = Outline.of(family(), 3, label=label)

        assert found.labels == ("A 1,200.00", "B 1,200.00", "E 1,200.00")
        assert asked == [0, 1, 4]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("two\nlines\r", r"two\nlines\r"),
            ("\x1b[31mred\x00", r"\x1b[31mred\x00"),
            ("a\u2028b\u2029c\x85d\x0be", r"a\u2028b\u2029c\x85d\x0be"),
            ("half\ud83d", r"half\ud83d"),
            ("not\ufffe\uffffXML", r"not\ufffe\uffffXML"),
            ("turned\u202e\u2066", r"turned\u202e\u2066"),
            ("back\\slash", "back\\slash"),
            ("ünïcode 数 👩\u200d👧", "ünïcode 数 👩\u200d👧"),
            ("", ""),
        ],
    )
    def test_a_label_is_one_line(self, text: str, line: str) -> None:
        """D8: what would break a line, its direction or a file is written as an escape; the rest stays."""
        assert Outline.of(family(), 1, under=0, label=lambda _: text).labels == (line,)

    @pytest.mark.parametrize("text", ["אבג", "abc ابج", "٣"])
    def test_right_to_left_is_kept_apart(self, text: str) -> None:
        """D8: so that a count behind the label stays behind it."""
        assert Outline.of(family(), 1, under=0, label=lambda _: text).labels == (f"\u2068{text}\u2069",)


class TestRefusals:
    """What can't be drawn."""

    def test_a_drawing_needs_room(self) -> None:
        """No room, no drawing; both faults are told."""
        with pytest.raises(InputError) as caught:
            Outline.of(family(), 0, levels=-1)

        assert str(caught.value) == (
            "2 findings:\n"
            "nothing fits into -1 levels; allow at least 1\n"
            "nothing fits into a drawing of 0; allow at least 1"
        )

    def test_half_a_node_is_no_node(self) -> None:
        """A bound is a whole number."""
        with pytest.raises(TypeError, match="float"):
            Outline.of(family(), 2.5)  # type: ignore[arg-type]  # the fault

    @pytest.mark.parametrize("under", [-1, 5])
    def test_the_top_is_a_node(self, under: int) -> None:
        """As in every question."""
        with pytest.raises(InputError, match=rf"^{under} is no node; there are 5, from 0$"):
            Outline.of(family(), 9, under=under)

    def test_a_label_is_a_text(self) -> None:
        """Each that is none is told, by the id."""
        with pytest.raises(InputError) as caught:
            Outline.of(family(), 3, label=lambda node: None if node else "ann")  # type: ignore[arg-type,return-value]  # the fault

        assert str(caught.value) == (
            "2 findings:\n"
            "the label of node 1 (bob) is NoneType; return a text\n"
            "the label of node 4 (eve) is NoneType; return a text"
        )
