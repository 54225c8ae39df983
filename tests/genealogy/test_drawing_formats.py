"""Text, DOT, Mermaid and SVG: one outline in four formats, whatever the labels hold."""

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genealogy.drawing_readers import Person, Picture, read_dot, read_mermaid, read_svg
from genealogy.forests import Rows, int32, rows
from mlmcore.genealogy import Genealogy, IdIndex, build, build_from_labels
from mlmcore.genealogy.drawing import Outline, to_dot, to_mermaid, to_svg, to_text

READERS: dict[str, Callable[[Outline], Picture]] = {
    "dot": lambda shown: read_dot(to_dot(shown)),
    "mermaid": lambda shown: read_mermaid(to_mermaid(shown)),
    "svg": lambda shown: read_svg(to_svg(shown)),
}
HOSTILE = st.text(
    st.characters() | st.sampled_from("\"'\\&<>[](){}#;:|`*_-+.!%$@~^=/ \n\r\t\0\u2028\u202e\ud800\uffff1aא")
)
pictures = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def family() -> Genealogy:
    """Ann with Cid in leg 1 and Bob in leg 2; Dan below Bob; Eve alone."""
    parent, leg = int32([-1, 0, 0, 1, -1]), int32([0, 2, 1, 0, 0])
    return build(IdIndex.from_labels(["ann", "bob", "cid", "dan", "eve"]), parent, leg)


def expected(shown: Outline) -> Picture:
    """What every picture holds."""
    counts = [f"+{hidden:,} below" if hidden else "" for hidden in shown.hidden]
    people = tuple(map(Person, shown.labels, shown.upline, shown.leg, counts))
    more = f" with {shown.hidden_below_roots:,} below" if shown.hidden_below_roots else ""
    rest = f"+{shown.hidden_roots:,} {'more ' if shown.nodes else ''}roots{more}" if shown.hidden_roots else ""
    return Picture(people, rest)


class TestText:
    """`Genealogy.to_text`."""

    def test_a_small_genealogy_is_drawn_whole(self) -> None:
        """One line a person, indented by depth."""
        assert family().to_text() == "ann\n  cid\n  bob\n    dan\neve"

    def test_what_does_not_fit_is_counted_where_it_hangs(self) -> None:
        """Nearest to the roots comes first."""
        star = build_from_labels([f"p{number:04}" for number in range(1205)], ["", *["p0000"] * 1204])

        assert family().to_text(max_lines=4) == "ann\n  cid\n  bob +1 below\neve"
        assert family().to_text(max_lines=2) == "ann +3 below\neve"
        assert star.to_text(max_lines=1) == "p0000 +1,204 below"
        assert star.to_text(max_lines=3) == "p0000 +1,202 below\n  p0001\n  p0002"

    def test_roots_that_do_not_fit_are_counted(self) -> None:
        """The last line counts them and those below."""
        strangers = build_from_labels(list("abcde"), ["", "", "", "", "d"])

        assert strangers.to_text(max_lines=3) == "a\nb\n+2 more roots with 1 below"
        assert strangers.to_text(max_lines=1) == "+4 roots with 1 below"
        assert build_from_labels(list("abc"), [""] * 3).to_text(max_lines=2) == "a\n+2 more roots"

    def test_nobody_is_drawn_in_words(self) -> None:
        """An empty genealogy is not an empty text."""
        assert build_from_labels([], []).to_text() == "(nobody)"

    def test_legs_are_written_where_they_are_asked_for(self) -> None:
        """Where they have a number."""
        assert family().to_text(legs=True) == "ann\n  1: cid\n  2: bob\n    dan\neve"

    def test_the_options_are_those_of_the_outline(self) -> None:
        """A group, its levels, and other labels."""
        drawn = family().to_text(under=0, levels=2, label=lambda node: f"#{node}")

        assert drawn == "#0\n  #1\n  #2 +1 below"

    @given(given_rows=rows(), room=st.integers(1, 35), said=st.lists(HOSTILE, min_size=30, max_size=30))
    def test_a_label_cannot_break_the_lines(self, given_rows: Rows, room: int, said: list[str]) -> None:
        """As many lines as the outline has people, and one for the roots that are left."""
        tree = given_rows.fast()
        shown = tree.outline(room, label=said.__getitem__)

        lines = (to_text(shown) + "\n").splitlines()

        wanted = expected(shown)
        words = [f"{person.label} {person.hidden}" if person.hidden else person.label for person in wanted.people]
        indented = ["  " * depth + text for depth, text in zip(shown.depth, words, strict=True)]
        assert lines == (indented + ([wanted.rest] if wanted.rest else []) if len(tree) else ["(nobody)"])


class TestPictures:
    """What holds for every picture."""

    @pictures
    def test_everybody_is_drawn_with_upline_leg_and_count(self, read: Callable[[Outline], Picture]) -> None:
        """Dan doesn't fit and is counted at Bob."""
        assert read(family().outline(4)) == Picture(
            (
                Person("ann", -1, 0, ""),
                Person("cid", 0, 1, ""),
                Person("bob", 0, 2, "+1 below"),
                Person("eve", -1, 0, ""),
            ),
            "",
        )

    @pictures
    def test_a_group_is_drawn_from_its_person(self, read: Callable[[Outline], Picture]) -> None:
        """Names of nodes are those of the genealogy, not of the drawing."""
        assert read(family().outline(under=2)) == Picture((Person("bob", -1, 0, ""), Person("dan", 0, 0, "")), "")

    @pictures
    def test_roots_that_do_not_fit_are_counted(self, read: Callable[[Outline], Picture]) -> None:
        """In the words of the text."""
        assert read(family().outline(1)) == Picture((), "+2 roots with 3 below")

    @pictures
    @given(given_rows=rows(), room=st.integers(1, 35), said=st.lists(HOSTILE, min_size=30, max_size=30))
    def test_every_format_shows_the_outline(
        self, read: Callable[[Outline], Picture], given_rows: Rows, room: int, said: list[str]
    ) -> None:
        """Whatever the labels hold, they are read back as they are, by the format's own rules."""
        tree = given_rows.fast()
        shown = tree.outline(room, label=said.__getitem__)

        found = read(shown)

        wanted = expected(shown)
        assert found == (wanted if len(tree) else Picture((), "(nobody)"))

    @pictures
    @pytest.mark.parametrize(
        "label",
        ["end", "graph", "%%{init: {}}%%", "1. list", "---", "#quot;", "&quot;", r"\N", r"a\nb", "n0 --> n1", "x\\"],
    )
    def test_what_means_something_to_a_format_is_a_label_only(
        self, read: Callable[[Outline], Picture], label: str
    ) -> None:
        """Words, directives, lists, entities, escapes, edges."""
        shown = family().outline(1, under=0, label=lambda _: label)

        assert read(shown) == Picture((Person(label, -1, 0, "+3 below"),), "")

    @pytest.mark.parametrize("draw", [Genealogy.to_dot, Genealogy.to_mermaid, Genealogy.to_svg])
    def test_at_most_a_hundred_are_drawn_unless_more_are_asked_for(self, draw: Callable[..., str]) -> None:
        """A big network is no accident."""
        star = build_from_labels([f"p{number:04}" for number in range(500)], ["", *["p0000"] * 499])

        assert len(re.findall(r"p\d{4}", draw(star))) == 100
        assert len(re.findall(r"p\d{4}", draw(star, 500))) == 500
        assert "+400 below" in draw(star)

    @pytest.mark.parametrize(
        ("draw", "write"),
        [(Genealogy.to_dot, to_dot), (Genealogy.to_mermaid, to_mermaid), (Genealogy.to_svg, to_svg)],
    )
    def test_the_options_are_those_of_the_outline(
        self, draw: Callable[..., str], write: Callable[[Outline], str]
    ) -> None:
        """A bound, a group, its levels, and other labels."""
        tree = family()

        assert draw(tree, 2, under=0, levels=3, label=str) == write(tree.outline(2, under=0, levels=3, label=str))
        assert draw(tree, under=0, levels=1) == write(tree.outline(under=0, levels=1))


class TestDot:
    """`to_dot`, for Graphviz."""

    def test_the_text_as_a_whole(self) -> None:
        """Nodes in preorder, each followed by the edge from its upline; children keep their order."""
        assert family().to_dot(4) == (
            "digraph genealogy {\n"
            "  graph [ordering=out];\n"
            "  node [shape=box];\n"
            '  n0 [label="ann"];\n'
            '  n1 [label="cid"];\n'
            '  n0 -> n1 [label="1"];\n'
            '  n2 [label="bob\\n+1 below"];\n'
            '  n0 -> n2 [label="2"];\n'
            '  n4 [label="eve"];\n'
            "}\n"
        )

    def test_quotes_escapes_and_entities_are_escaped(self) -> None:
        """By the rules of Graphviz' strings and labels."""
        drawn = family().to_dot(1, under=0, label=lambda _: r'"a\N" &lt;')

        assert r'n0 [label="\"a\\N\" &amp;lt;\n+3 below"];' in drawn


class TestMermaid:
    """`to_mermaid`."""

    def test_the_text_as_a_whole(self) -> None:
        """Nodes in preorder, each followed by the edge from its upline."""
        assert family().to_mermaid(4) == (
            "flowchart TD\n"
            '  n0["ann"]\n'
            '  n1["cid"]\n'
            '  n0 -->|"1"| n1\n'
            '  n2["bob<br/>+1 below"]\n'
            '  n0 -->|"2"| n2\n'
            '  n4["eve"]\n'
        )

    @pytest.mark.parametrize(
        ("label", "written"),
        [
            ("p-0001 of 1,200.50", "p-0001 of 1,200.50"),
            ('say "hi" #1', "say #34;hi#34; #35;1"),
            ("1. x", "1#46; x"),
            ("a -- b", "a #45;#45; b"),
            ("a- b", "a#45; b"),
            ("A.5", "A#46;5"),
            ("  two  ", "#32;#32;two #32;"),
            ("a_b*c", "a#95;b#42;c"),
            ("數 é 👩", "數 é 👩"),
        ],
    )
    def test_what_could_be_syntax_is_an_entity(self, label: str, written: str) -> None:
        """The rest can be read in the source."""
        assert f'n0["{written}<br/>' in family().to_mermaid(1, under=0, label=lambda _: label)


class TestSvg:
    """`to_svg`, and notebooks."""

    def test_the_text_as_a_whole(self) -> None:
        """Rows of 20 pixels, indented by 20; lines from below an upline's first letter to before the child's."""
        assert family().to_svg(4, under=0, levels=2) == (
            '<svg xmlns="http://www.w3.org/2000/svg" width="156" height="76" viewBox="0 0 156 76" role="img"'
            ' direction="ltr" font-family="monospace" font-size="13" fill="currentColor">\n'
            "<title>Genealogy of 4 people</title>\n"
            "<desc>One row a person, indented below the upline: 3 of 4 people; the rest is counted.</desc>\n"
            "<style>svg:root{color:#777}</style>\n"
            '<path d="M12 26V38H26M12 26V58H26" fill="none" stroke="currentColor" stroke-opacity="0.5"/>\n'
            '<text x="8" y="23" xml:space="preserve">ann</text>\n'
            '<text x="28" y="43" xml:space="preserve"><tspan fill-opacity="0.7">1: </tspan>cid</text>\n'
            '<text x="28" y="63" xml:space="preserve"><tspan fill-opacity="0.7">2: </tspan>bob'
            '<tspan fill-opacity="0.7"> +1 below</tspan></text>\n'
            "</svg>\n"
        )

    def test_it_says_what_it_is(self) -> None:
        """For whoever doesn't see it: a role, a title, a description."""
        whole, part = (ET.fromstring(family().to_svg(room)) for room in (5, 4))

        assert whole.attrib["role"] == "img"
        assert [whole[0].tag.partition("}")[2], whole[0].text] == ["title", "Genealogy of 5 people"]
        assert whole[1].text == "One row for each person, indented below the upline."
        assert part[1].text == "One row a person, indented below the upline: 4 of 5 people; the rest is counted."

    def test_one_person_is_not_people(self) -> None:
        """Numbers agree with their nouns."""
        assert "<title>Genealogy of 1 person</title>" in family().to_svg(under=4)

    def test_nothing_is_loaded_or_run(self) -> None:
        """No script, link or font; colours are those of the text around it."""
        drawn = family().to_svg(label=lambda _: "<script>alert(1)</script>")

        assert {element.tag.partition("}")[2] for element in ET.fromstring(drawn).iter()} == {
            "svg",
            "title",
            "desc",
            "style",
            "path",
            "text",
            "tspan",
        }
        assert re.findall(r"https?://[^\"]+|href|url\(|@import|@font", drawn) == ["http://www.w3.org/2000/svg"]
        assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)) == {"currentColor", "none"}

    @pytest.mark.parametrize(("label", "columns"), [("abcdef", 6), ("數數數", 6), ("e\u0301x", 2), ("a\u200db", 2)])
    def test_it_is_as_wide_as_the_widest_row(self, label: str, columns: int) -> None:
        """Wide characters take two columns, marks and joiners none."""
        tree = build_from_labels(["a", "b"], ["", "a"])

        root = ET.fromstring(tree.to_svg(label=lambda node: label if node else ""))

        assert int(root.attrib["width"]) == 8 + 20 + 8 * columns + 8
        assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"

    def test_rows_lie_inside(self) -> None:
        """The last one too, and the roots that are left."""
        root = ET.fromstring(build_from_labels(list("abcd"), [""] * 4).to_svg(3))

        baselines = [int(element.attrib["y"]) for element in root.iter() if "y" in element.attrib]
        assert len(baselines) == 3
        assert 0 < min(baselines) < max(baselines) < int(root.attrib["height"])

    def test_a_notebook_shows_it(self) -> None:
        """Bounded, whatever the size."""
        star = build_from_labels([f"p{number:04}" for number in range(500)], ["", *["p0000"] * 499])

        assert star._repr_svg_() == star.to_svg(100)
