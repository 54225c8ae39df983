"""`mlmcore network check`, `draw` and `generate`: what they print and write, whole, and what they refuse."""

import csv
import io
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cli.commands import PEOPLE, company, contents, mlmcore
from mlmcore.cli import _arguments, _people_rows, network_command
from mlmcore.cli._people_rows import MadePeople, make_people
from mlmcore.files.trees import TREES, TreeFacts
from mlmcore.genealogy import build_from_labels
from mlmcore.simulation import shapes

SOUND = """\
id,status,joined,sponsor,placement,leg,country
ann,active,2025-01-01,,,,NL
bob,actve,yesterday,ann,ann,1,
cid,,,ann,ann,2,NL
dan,active,2025-01-01,bob,bob,1,NL
eve,active,2025-01-01,,bob,2,NL
fay,active,2025-01-01,eve,dan,1,NL
"""
WRONG = """\
id,placement,leg,sponsor
ann,,1,
bob,ann,1,ann
bob,ann,2,ann
cid,ann,1,dan
dan,cid,x,eve
eve,dan,1,cid
fay,zoe,1,fay
,ann,3,ann
gus,ann,0,zoe
"""
ONCE = "every id stands once; remove one, or rename it"
ORPHAN = "add that person, correct the id, or leave the upline empty for a root"
WHOLE = "write 1, 2, ..."
KNOWN = "known: id, sponsor, placement, enroller, leg"
PAGE = Path(__file__).parents[2] / "docs" / "cli" / "index.md"
SHAPES = ("random", "preferential", "chain", "star", "power-leg")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "people.csv") -> str:
    Path(name).write_text(text, encoding="utf-8", newline="")
    return name


def findings(*listed: str) -> str:
    return "mlmcore: " + "\n".join(listed if len(listed) == 1 else [f"{len(listed)} findings:", *listed]) + "\n"


class TestCheck:
    def test_says_how_big_each_tree_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Each whose column is there; what a plan would say of status, date and country is not looked at.

        The page about the command line shows the same.
        """
        said = mlmcore(capsys, "network", "check", write(SOUND))

        assert (said.code, said.err) == (0, "")
        assert said.out == (
            "people.csv: 6 people, and nothing is wrong\n"
            "\n"
            "tree       roots  deepest       widest front  people by leg\n"
            "---------  -----  ------------  ------------  -------------\n"
            "sponsor        2  dan, under 2  ann, with 2\n"
            "placement      1  fay, under 3  ann, with 2   1: 3, 2: 2\n"
            "\n"
            "not read: status, joined, country\n"
        )
        assert f"```text\n{said.out}```" in PAGE.read_text(encoding="utf-8")

    def test_of_one_tree_reads_only_that(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The others, and the legs of the placement tree, may be wrong; a tree named twice is told once."""
        broken = write("enroller,id,leg,placement\nann,bob,x,zoe\n,ann,1,ann\n")

        said = mlmcore(capsys, "network", "check", broken, "--tree", "enroller", "--tree", "enroller")

        assert (said.code, said.err) == (0, "")
        assert said.out == (
            "people.csv: 2 people, and nothing is wrong\n"
            "\n"
            "tree      roots  deepest       widest front  people by leg\n"
            "--------  -----  ------------  ------------  -------------\n"
            "enroller      1  bob, under 1  ann, with 1\n"
            "\n"
            "not read: leg, placement\n"
        )

    def test_as_json_is_one_document(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The same numbers."""
        said = mlmcore(capsys, "network", "check", write(SOUND), "--format", "json")

        assert (said.code, said.err) == (0, "")
        assert json.loads(said.out) == {
            "file": "people.csv",
            "people": 6,
            "trees": {
                "sponsor": {
                    "people": 6,
                    "roots": 2,
                    "deepest": {"person": "dan", "above": 2},
                    "widest_front": {"person": "ann", "people": 2},
                    "people_by_leg": {},
                },
                "placement": {
                    "people": 6,
                    "roots": 1,
                    "deepest": {"person": "fay", "above": 3},
                    "widest_front": {"person": "ann", "people": 2},
                    "people_by_leg": {"1": 3, "2": 2},
                },
            },
            "not_read": ["status", "joined", "country"],
        }

    @pytest.mark.parametrize(
        ("text", "first", "row"),
        [
            ("id,sponsor\n", "0 people", "sponsor      0"),
            ("id,sponsor\nann,\n", "1 person", "sponsor      1  ann, under 0"),
        ],
        ids=["nobody", "somebody alone"],
    )
    def test_of_hardly_anybody(self, text: str, first: str, row: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Nobody is deepest where nobody is there, and nobody's front is widest where all are empty."""
        said = mlmcore(capsys, "network", "check", write(text))

        lines = said.out.splitlines()
        assert (said.code, lines[0], lines[4:]) == (0, f"people.csv: {first}, and nothing is wrong", [row])

    @pytest.mark.parametrize(
        ("legs", "listed"),
        [
            ((1, 2, 3, 4, 6), "1: 1, 2: 1, 3: 1, 4: 1, 6: 1"),
            ((1, 2, 3, 4, 6, 1200), "1: 1, 2: 1, 3: 1, 4: 1, 6: 1 and 1 more, up to 1,200"),
            ((1, 2, 3, 4, 6, 7, 1200), "1: 1, 2: 1, 3: 1, 4: 1, 6: 1 and 2 more, up to 1,200"),
        ],
    )
    def test_of_many_legs_counts_the_rest(
        self, legs: Sequence[int], listed: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Five are listed."""
        rows = "".join(f"p{leg},ann,{leg}\n" for leg in legs)

        said = mlmcore(capsys, "network", "check", write("id,placement,leg\nann,,\n" + rows))

        assert said.out.splitlines()[-1] == f"placement      1  p1, under 1  ann, with {len(legs)}   {listed}"


class TestCheckOfAWrongFile:
    def test_tells_everything_at_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Both trees, ids and legs, each with file and line; exit code 2, nothing on standard output."""
        said = mlmcore(capsys, "network", "check", write(WRONG))

        assert (said.code, said.out) == (2, "")
        assert said.err == findings(
            ("people.csv:2: placement: person ann: hangs in leg 1 of nobody; name the upline, or leave the leg out"),
            f"people.csv:4: id bob: the id is given 2 times (line 3, line 4); {ONCE}",
            "people.csv:5: placement: person cid: leg 1 of ann holds 2 people: bob, cid; one person hangs in a leg",
            (
                "people.csv:5: sponsor: person cid: the uplines go round in a cycle: cid -> dan -> eve -> cid; "
                "give one of them another upline, or none"
            ),
            f"people.csv:6: leg: 'x' is not a whole number from 1 on; {WHOLE}",
            f"people.csv:8: placement: person fay: the upline 'zoe' is unknown; {ORPHAN}",
            ("people.csv:8: sponsor: person fay: is named as the own upline; name another upline, or none for a root"),
            "people.csv:9: id: an empty text is no id; an id is not empty and has no white space around it",
            f"people.csv:10: leg: '0' is not a whole number from 1 on; {WHOLE}",
            f"people.csv:10: sponsor: person gus: the upline 'zoe' is unknown; {ORPHAN}",
        )

    def test_says_so_as_json_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One document, with the same exit code."""
        said = mlmcore(capsys, "network", "check", write("id,sponsor\nann,ann\n"), "--format", "json")

        assert (said.code, said.err) == (2, "")
        assert json.loads(said.out)["error"]["findings"] == [
            {
                "code": "genealogy.self",
                "what": "is named as the own upline",
                "todo": "name another upline, or none for a root",
                "file": "people.csv",
                "line": 2,
                "path": "sponsor: person ann",
            }
        ]

    @pytest.mark.parametrize(
        ("text", "typed", "listed"),
        [
            pytest.param(
                "id,sponser,country\nann,,NL\n",
                (),
                [
                    (
                        "people.csv:1: none of the columns id, sponser, country is a tree; "
                        "name one sponsor, placement or enroller"
                    )
                ],
                id="no tree",
            ),
            pytest.param(
                "sponsor\nann\n",
                ("--tree", "placement", "--tree", "placement"),
                [
                    f"people.csv:1: the column 'id' is missing; add it; {KNOWN}",
                    f"people.csv:1: the column 'placement' is missing; add it; {KNOWN}",
                ],
                id="neither id nor the tree that was asked for",
            ),
            pytest.param(
                "id,sponsor,a,a\n",
                (),
                ["people.csv:1: the column 'a' stands here 2 times; keep one"],
                id="a column twice",
            ),
            pytest.param(
                "id,sponsor\nann\nbob,ann\nbob,\n",
                (),
                [
                    (
                        "people.csv:2: 1 fields, and the header names 2 columns; write one field for each column, "
                        'empty ones too; put a field with a comma in it in "quotes"'
                    ),
                    f"people.csv:4: id bob: the id is given 2 times (line 3, line 4); {ONCE}",
                ],
                id="a row that cannot be read, without whom nobody is missing",
            ),
            pytest.param("", (), ["people.csv: the file is empty; write the header id"], id="nothing"),
        ],
    )
    def test_names_file_and_line(
        self, text: str, typed: Sequence[str], listed: Sequence[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Also of the file as a whole."""
        said = mlmcore(capsys, "network", "check", write(text), *typed)

        assert (said.code, said.out, said.err) == (2, "", findings(*listed))

    def test_that_is_not_there_is_an_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        """No traceback."""
        said = mlmcore(capsys, "network", "check", "nope.csv")

        assert (said.code, said.out) == (2, "")
        assert said.err == "mlmcore: nope.csv: there is no such file; name a CSV file\n"

    def test_a_tree_of_another_name_is_a_wrong_call(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The three that there are stand in the message."""
        said = mlmcore(capsys, "network", "check", write(SOUND), "--tree", "sponser")

        assert (said.code, said.out) == (2, "")
        assert said.err.splitlines()[-1] == (
            "Error: Invalid value for '--tree': 'sponser' is not one of 'sponsor', 'placement', 'enroller'."
        )

    @pytest.mark.parametrize(
        "rows",
        [
            "bob,active,2025-01-01,ann\n",
            "eve,active,2025-01-01,fay\nfay,active,2025-01-01,eve\n",
            "x,active,2025-01-01,y\n",
        ],
        ids=["an id twice", "a cycle", "an orphan"],
    )
    def test_is_told_in_the_words_of_a_run(self, rows: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """So that whoever mends a file need not learn two languages."""
        run = mlmcore(capsys, *company(tmp_path, people=PEOPLE + rows))

        said = mlmcore(capsys, "network", "check", "people.csv")

        assert said == run
        assert said.code == 2


@st.composite
def forests(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    """Labels in any order, and for each the position of an earlier one as upline, or -1."""
    size = draw(st.integers(1, 12))
    labels = draw(st.lists(st.text("abXYé", min_size=1, max_size=3), min_size=size, max_size=size, unique=True))
    return labels, [draw(st.integers(-1, position - 1)) for position in range(size)]


class TestTreeFacts:
    @given(forest=forests())
    @settings(deadline=None)
    def test_are_those_counted_one_by_one(self, forest: tuple[list[str], list[int]]) -> None:
        """By climbing from everybody; of several, the first by code point."""
        labels, uplines = forest
        fronts = Counter(labels[upline] for upline in uplines if upline >= 0)
        above = {labels[row]: len(list(_climbed(row, uplines))) for row in range(len(labels))}

        facts = TreeFacts.of(build_from_labels(labels, ["" if up < 0 else labels[up] for up in uplines]))

        deepest = min(labels, key=lambda label: (-above[label], label))
        widest = min(fronts, key=lambda label: (-fronts[label], label)) if fronts else None
        assert facts == TreeFacts(
            roots=uplines.count(-1),
            deepest=deepest,
            above=above[deepest],
            widest=widest,
            front=0 if widest is None else fronts[widest],
            legs={},
        )


def _climbed(row: int, uplines: Sequence[int]) -> Iterator[int]:
    while (row := uplines[row]) >= 0:
        yield row


class TestDraw:
    @pytest.mark.parametrize(
        ("typed", "drawing"),
        [
            pytest.param((), "ann\n  bob\n    dan\n  cid\neve\n  fay\n", id="the sponsor tree"),
            pytest.param(
                ("--tree", "placement"),
                "ann\n  1: bob\n    1: dan\n      1: fay\n    2: eve\n  2: cid\n",
                id="the placement tree, with its legs",
            ),
            pytest.param(
                ("--under", "bob", "--tree", "placement"), "bob\n  1: dan\n    1: fay\n  2: eve\n", id="a group"
            ),
            pytest.param(("--levels", "1"), "ann +3 below\neve +1 below\n", id="a level"),
            pytest.param(("--max", "3"), "ann +1 below\n  bob +1 below\neve +1 below\n", id="three"),
            pytest.param(
                ("--as", "dot", "--under", "eve"),
                "digraph genealogy {\n  graph [ordering=out];\n  node [shape=box];\n"
                '  n4 [label="eve"];\n  n5 [label="fay"];\n  n4 -> n5;\n}\n',
                id="for Graphviz",
            ),
            pytest.param(
                ("--as", "mermaid", "--tree", "placement", "--levels", "2"),
                'flowchart TD\n  n0["ann"]\n  n1["bob<br/>+3 below"]\n  n0 -->|"1"| n1\n'
                '  n5["cid"]\n  n0 -->|"2"| n5\n',
                id="for Mermaid",
            ),
            pytest.param(
                ("--as", "dot", "--levels", "1"),
                "digraph genealogy {\n  graph [ordering=out];\n  node [shape=box];\n"
                '  n0 [label="ann\\n+3 below"];\n  n4 [label="eve\\n+1 below"];\n}\n',
                id="a level for Graphviz",
            ),
        ],
    )
    def test_prints_a_drawing(self, typed: Sequence[str], drawing: str, capsys: pytest.CaptureFixture[str]) -> None:
        """What does not fit is counted; nothing but the drawing is printed."""
        said = mlmcore(capsys, "network", "draw", write(SOUND), *typed)

        assert (said.code, said.out, said.err) == (0, drawing, "")

    @pytest.mark.parametrize(
        ("typed", "under", "levels"), [((), None, None), (("--under", "bob"), 1, None), (("--levels", "2"), None, 2)]
    )
    def test_as_svg_is_that_of_the_genealogy(
        self,
        typed: Sequence[str],
        under: int | None,
        levels: int | None,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The file that is written holds the same bytes as are printed, and nothing else is left beside it."""
        drawn = ("network", "draw", write(SOUND), "--as", "svg", *typed)
        tree = build_from_labels(["ann", "bob", "cid", "dan", "eve", "fay"], ["", "ann", "ann", "bob", "", "eve"])
        svg = tree.to_svg(under=under, levels=levels)

        printed = mlmcore(capsys, *drawn)
        written = mlmcore(capsys, *drawn, "--out", "tree.svg")

        assert (printed.code, printed.out) == (0, svg)
        assert (written.code, written.err) == (0, "")
        assert written.out == "tree.svg holds the sponsor tree of people.csv as svg\n"
        assert contents(tmp_path) == {"people.csv": SOUND.encode(), "tree.svg": svg.encode()}

    def test_shows_forty_lines_or_a_hundred_boxes(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Of any number of people, unless another number is asked for."""
        star = write("id,sponsor\nann,\n" + "".join(f"p{number},ann\n" for number in range(300)))

        text = mlmcore(capsys, "network", "draw", star)
        more = mlmcore(capsys, "network", "draw", star, "--max", "200")
        boxes = {form: mlmcore(capsys, "network", "draw", star, "--as", form).out for form in ("dot", "mermaid", "svg")}

        assert (len(text.out.splitlines()), text.out.splitlines()[0]) == (40, "ann +261 below")
        assert len(more.out.splitlines()) == 200
        assert [boxes["dot"].count(" [label="), boxes["mermaid"].count('["'), boxes["svg"].count("<text ")] == [100] * 3

    def test_as_json_holds_the_drawing_or_names_the_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One document."""
        typed = ("network", "draw", write(SOUND), "--levels", "1", "--format", "json")

        printed = mlmcore(capsys, *typed)
        written = mlmcore(capsys, *typed, "--out", "tree.txt")

        about = {"file": "people.csv", "tree": "sponsor", "people": 6, "as": "text"}
        assert (printed.code, json.loads(printed.out)) == (0, {**about, "drawing": "ann +3 below\neve +1 below\n"})
        assert (written.code, json.loads(written.out)) == (0, {**about, "out": "tree.txt"})

    @pytest.mark.parametrize(
        ("person", "todo"),
        [
            ("annn", "did you mean 'ann'?"),
            ("zoe", "known: ann, bob, cid, dan, eve, fay"),
            ("", "known: ann, bob, cid, dan, eve, fay"),
        ],
    )
    def test_of_somebody_unknown_is_refused(self, person: str, todo: str, capsys: pytest.CaptureFixture[str]) -> None:
        """With the nearest name."""
        said = mlmcore(capsys, "network", "draw", write(SOUND), "--under", person)

        assert (said.code, said.out) == (2, "")
        assert said.err == f"mlmcore: --under: {person!r} is nobody in people.csv; {todo}\n"

    def test_of_somebody_unknown_among_many_counts_them(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Comparing a name with a million others takes a minute."""
        monkeypatch.setattr(_arguments, "_COMPARED_MAX", 5)

        said = mlmcore(capsys, "network", "draw", write(SOUND), "--under", "anm")

        assert said.err == "mlmcore: --under: 'anm' is nobody in people.csv; 6 people are in it\n"

    def test_finds_a_uuid_in_any_spelling(self, capsys: pytest.CaptureFixture[str]) -> None:
        """And draws it as the file spells it."""
        upper = "8C1F2E4A-0000-4000-8000-000000000001"

        said = mlmcore(capsys, "network", "draw", write(f"id,sponsor\n{upper},\n"), "--under", upper.lower())

        assert (said.code, said.out) == (0, f"{upper}\n")

    @pytest.mark.parametrize(
        ("text", "listed"),
        [
            pytest.param(
                "id,placement\nann,\n",
                f"people.csv:1: the column 'sponsor' is missing; add it; {KNOWN}",
                id="a file without that tree",
            ),
            pytest.param(
                "id,sponsor\nann,bob\nbob,ann\n",
                (
                    "people.csv:2: sponsor: person ann: the uplines go round in a cycle: ann -> bob -> ann; "
                    "give one of them another upline, or none"
                ),
                id="a cycle",
            ),
        ],
    )
    def test_of_a_wrong_file_is_refused(
        self, text: str, listed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2, and nothing is written."""
        said = mlmcore(capsys, "network", "draw", write(text), "--out", "tree.txt")

        assert (said.code, said.out, said.err) == (2, "", findings(listed))
        assert contents(tmp_path) == {"people.csv": text.encode()}


class TestOut:
    """The new file of `draw` and of `generate`."""

    TYPED = (("draw", "people.csv"), ("generate", "--people", "3"))

    @pytest.mark.parametrize("typed", TYPED, ids=["draw", "generate"])
    @pytest.mark.parametrize(
        ("out", "error"),
        [
            ("mine.txt", "mine.txt is there already; name a new file"),
            (".", ". is there already; name a new file"),
            ("link", "link is there already; name a new file"),
            ("no/new.txt", "no/new.txt cannot be written: there is no folder no; make it, or name another"),
            ("mine.txt/new", "mine.txt/new cannot be written: there is no folder mine.txt; make it, or name another"),
        ],
    )
    def test_that_has_no_place_is_refused(
        self, out: str, error: str, typed: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file, a folder, a link to nowhere; no folder to write into. What was there stays as it was."""
        write(SOUND)
        write("mine", "mine.txt")
        Path("link").symlink_to("nowhere")
        before = contents(tmp_path)

        said = mlmcore(capsys, "network", *typed, "--out", out)

        assert (said.code, said.out, said.err) == (2, "", f"mlmcore: {error}\n")
        assert contents(tmp_path) == before

    def test_is_looked_for_before_anything_is_read(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Nobody waits for a million people to be told so."""
        said = mlmcore(capsys, "network", "draw", "nope.csv", "--out", write("mine", "mine.txt"))

        assert (said.code, said.err) == (2, "mlmcore: mine.txt is there already; name a new file\n")

    def test_of_which_a_part_could_not_be_written_is_not_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A disk that is full half-way: nothing is left."""

        def half(_: MadePeople) -> Iterator[tuple[int, bytes]]:
            yield 1, b"id\n"
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(MadePeople, "chunks", half)

        said = mlmcore(capsys, "network", "generate", "--people", "3", "--out", "new.csv")

        assert (said.code, said.out) == (2, "")
        assert said.err == "mlmcore: new.csv cannot be written: No space left on device\n"
        assert contents(tmp_path) == {}

    def test_of_an_interrupted_command_is_not_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A signal while rows are written: exit code 130."""

        def half(_: MadePeople) -> Iterator[tuple[int, bytes]]:
            yield 1, b"id\n"
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(MadePeople, "chunks", half)

        said = mlmcore(capsys, "network", "generate", "--people", "3", "--out", "new.csv")

        assert (said.code, said.out, contents(tmp_path)) == (130, "", {})

    def test_that_somebody_else_wrote_meanwhile_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It is looked for once more in the end."""

        def slow(_: MadePeople) -> Iterator[tuple[int, bytes]]:
            write("theirs", "new.csv")
            yield 1, b"ours"

        monkeypatch.setattr(MadePeople, "chunks", slow)

        said = mlmcore(capsys, "network", "generate", "--people", "3", "--out", "new.csv")

        assert (said.code, said.err) == (2, "mlmcore: new.csv is there already; name a new file\n")
        assert contents(tmp_path) == {"new.csv": b"theirs"}


def slowly(made: MadePeople) -> str:
    """The file of these people, written row by row."""

    def name(row: int) -> str:
        return "" if row < 0 else f"p{row + 1:07d}"

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "status", "joined", "sponsor"] + (["placement", "leg"] if made.placement else []))
    for row in range(len(made)):
        joined = date(2024, 1, 1) + timedelta(days=731 * row // len(made))
        cells = [name(row), "active", joined.isoformat(), name(int(made.sponsor[row]))]
        if made.placement is not None:
            leg = int(made.placement.leg[row])
            cells += [name(int(made.placement.parent[row])), str(leg) if leg else ""]
        writer.writerow(cells)
    return text.getvalue()


class TestGenerate:
    @pytest.mark.parametrize(
        ("shape", "sponsors"),
        [("chain", ["", "p0000001", "p0000002", "p0000003"]), ("star", ["", "p0000001", "p0000001", "p0000001"])],
    )
    def test_writes_a_people_file(
        self, shape: str, sponsors: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Whole, and nothing else is left beside it."""
        said = mlmcore(capsys, "network", "generate", "--people", "4", "--shape", shape, "--out", "new.csv")

        days = ["2024-01-01", "2024-07-01", "2024-12-31", "2025-07-02"]
        rows = [f"p000000{at + 1},active,{days[at]},{sponsors[at]}\n" for at in range(4)]
        assert (said.code, said.err) == (0, "")
        assert said.out == f"new.csv holds 4 people in the shape {shape}, seed 1: id, status, joined, sponsor\n"
        assert contents(tmp_path) == {"new.csv": "".join(["id,status,joined,sponsor\n", *rows]).encode()}

    def test_of_a_power_leg_has_places_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Ten people in the leg, from which the others hang; one alone is the leg."""
        said = mlmcore(capsys, "network", "generate", "--people", "13", "--shape", "power-leg", "--out", "new.csv")
        alone = mlmcore(capsys, "network", "generate", "--people", "1", "--shape", "power-leg", "--out", "one.csv")

        rows = [line.split(",") for line in Path("new.csv").read_text("ascii").splitlines()]
        assert said.out == (
            "new.csv holds 13 people in the shape power-leg, seed 1: id, status, joined, sponsor, placement, leg\n"
        )
        assert [row[4:] for row in rows[:11]] == [
            ["placement", "leg"],
            ["", ""],
            *([f"p{row:07d}", "1"] for row in range(1, 10)),
        ]
        assert [leg for *_, leg in rows[11:]] == ["2"] * 3
        assert alone.out.startswith("one.csv holds 1 person in")
        assert Path("one.csv").read_text("ascii") == (
            "id,status,joined,sponsor,placement,leg\np0000001,active,2024-01-01,,,\n"
        )

    def test_as_json_says_what_was_made(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One document."""
        typed = ("network", "generate", "--people", "2", "--seed", "7", "--out", "new.csv", "--format", "json")

        said = mlmcore(capsys, *typed)

        assert (said.code, json.loads(said.out)) == (
            0,
            {
                "file": "new.csv",
                "people": 2,
                "shape": "random",
                "seed": 7,
                "columns": ["id", "status", "joined", "sponsor"],
            },
        )

    @pytest.mark.parametrize("shape", SHAPES)
    def test_depends_on_nothing_but_its_numbers(self, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The same seed gives the same bytes; another one others, where anything is left to chance."""
        files = []
        for name, seed in (("a.csv", 5), ("b.csv", 5), ("c.csv", 6)):
            typed = ("generate", "--people", "400", "--shape", shape, "--seed", seed, "--out", name)
            assert mlmcore(capsys, "network", *typed).code == 0
            files.append(Path(name).read_bytes())

        assert files[0] == files[1]
        assert (files[0] == files[2]) == (shape in {"chain", "star"})

    @pytest.mark.parametrize("shape", SHAPES)
    def test_makes_what_check_finds_sound(self, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
        """One root, everybody in it."""
        mlmcore(capsys, "network", "generate", "--people", "3000", "--shape", shape, "--out", "new.csv")

        said = mlmcore(capsys, "network", "check", "new.csv", "--format", "json")

        trees = ["sponsor", "placement"] if shape == "power-leg" else ["sponsor"]
        document = json.loads(said.out)
        assert (said.code, document["people"], list(document["trees"])) == (0, 3000, trees)
        assert [tree["roots"] for tree in document["trees"].values()] == [1] * len(trees)

    def test_of_a_hundred_thousand_has_a_row_for_each(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Written in one piece or several."""
        typed = ("network", "generate", "--people", "100001", "--shape", "preferential", "--out", "new.csv")

        said = mlmcore(capsys, *typed)

        lines = Path("new.csv").read_bytes().splitlines()
        assert (said.code, len(lines)) == (0, 100_002)
        assert (lines[1], lines[-1][:27]) == (b"p0000001,active,2024-01-01,", b"p0100001,active,2025-12-31,")

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            (("--people", "0"), "Invalid value for '--people': 0 is not in the range 1<=x<=50000000."),
            (("--people", "50000001"), "Invalid value for '--people': 50000001 is not in the range 1<=x<=50000000."),
            (("--people", "1e3"), "Invalid value for '--people': '1e3' is not a valid integer range."),
            (
                ("--people", "3", "--shape", "ring"),
                (
                    "Invalid value for '--shape': 'ring' is not one of "
                    "'random', 'preferential', 'chain', 'star', 'power-leg'."
                ),
            ),
            (("--people", "3", "--seed", "-1"), "Invalid value for '--seed': -1 is not in the range x>=0."),
        ],
    )
    def test_of_numbers_that_are_none_is_refused(
        self, typed: Sequence[str], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2, and nothing is written."""
        said = mlmcore(capsys, "network", "generate", *typed, "--out", "new.csv")

        assert (said.code, said.out, said.err.splitlines()[-1]) == (2, "", f"Error: {error}")
        assert contents(tmp_path) == {}


class TestRows:
    @given(shape=st.sampled_from(SHAPES), people=st.integers(1, 300), seed=st.integers(0, 2**70))
    @settings(deadline=None)
    def test_are_those_written_one_by_one(self, shape: str, people: int, seed: int) -> None:
        """Every byte."""
        made = make_people(shape, people, seed)

        assert b"".join(chunk for _, chunk in made.chunks()).decode() == slowly(made)

    def test_are_the_same_in_any_number_of_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And each piece says how many people have been written."""
        made = make_people("power-leg", 50, 1)
        monkeypatch.setattr(_people_rows, "_CHUNK", 20)

        pieces = list(made.chunks())

        assert [written for written, _ in pieces] == [0, 20, 40, 50]
        assert b"".join(chunk for _, chunk in pieces).decode() == slowly(made)

    def test_of_more_than_seven_digits_have_ids_of_one_length(self) -> None:
        """So that the order of ids is that of rows."""
        ids = _people_rows._ids(np.array([0, 9_999_999, -1]), 10_000_000)

        assert [bytes(row) for row in ids] == [b"p00000001", b"p10000000", bytes(9)]

    @given(people=st.integers(2, 400), seed=st.integers(0, 99))
    @settings(deadline=None)
    def test_of_a_power_leg_name_a_sponsor_of_the_leg_above(self, people: int, seed: int) -> None:
        """Spillover: whoever sponsors stands in the power leg, somewhere above in the placement tree."""
        made = make_people("power-leg", people, seed)
        assert made.placement is not None
        places = made.placement.parent.tolist()
        deep = min(people, max(10, people * 7 // 100))

        for row, sponsor in enumerate(made.sponsor.tolist()):
            above = [up for up in _climbed(row, places) if up < deep]
            assert sponsor in above if row else sponsor == -1

    def test_of_a_power_leg_choose_among_all_who_stand_above(self) -> None:
        """The next above as well as the first, and the upper half about as often as the lower."""
        leg = make_people("power-leg", 20_000, 1).sponsor[:1400].tolist()

        shares = [sponsor / (row - 1) for row, sponsor in enumerate(leg) if row > 1]

        assert {0.0, 1.0} <= set(shares)
        assert 0.45 < sum(share < 0.5 for share in shares) / len(shares) < 0.55

    @pytest.mark.parametrize(
        ("shape", "parent"),
        [
            ("random", shapes.random_recursive(500, 3).parent),
            ("preferential", shapes.preferential(500, 3).parent),
            ("chain", shapes.chain(500).parent),
            ("star", shapes.star(500).parent),
        ],
    )
    def test_stand_as_the_shape_of_that_name_says(self, shape: str, parent: NDArray[np.int32]) -> None:
        """So that a benchmark in memory and one from a file run over the same tree."""
        assert make_people(shape, 500, 3).sponsor.tolist() == parent.tolist()


class TestImports:
    def test_the_lists_of_the_options_are_those_of_the_code(self) -> None:
        """They stand in the command too, so that its help needs no numpy."""
        assert tuple(_people_rows.SHAPES) == network_command._SHAPES == SHAPES
        assert network_command._TREES == TREES

    def test_the_help_brings_no_numpy(self) -> None:
        """A process of its own says which modules it has loaded."""
        words = (
            "import sys\nfrom mlmcore.cli._app import run\nrun(['network', 'draw', '--help'])\n"
            "print(*sys.modules, file=sys.stderr)"
        )

        done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

        assert set(done.stderr.split()) & {"numpy", "numba", "rich"} == set()
        assert "--levels" in done.stdout

    @pytest.mark.parametrize("command", ["", "check", "draw", "generate"])
    def test_the_help_shows_an_example(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        """On lines of its own."""
        said = mlmcore(capsys, "network", *command.split(), "--help")

        assert said.code == 0
        assert f"\n  Example:\n    mlmcore network {command}" in said.out
