"""`boards`: who sits where on boards that are open before the first period of a case."""

from pathlib import Path

import pytest

from cli.commands import PLAN
from mlmcore.domain.errors import InputError
from testing.cases.case_texts import Folder

CYCLER = (
    PLAN.partition("[[bonuses]]")[0].replace('pv = "points", ', "")
    + """
[measures]
cycles = "count(events.entry)"
waited = "sum(events.entry, days_between(entered, date))"
[boards.entry]
source = "orders"
from = "seller"
width = 2
levels = 2
under = "nearest"
placed = "breadth_first"
then = ["entry"]
"""
)
CASE = """\
plan: plan.toml
period: 2026-03
cases:
  - name: the last seat pays the head
    people: |
      ann
        bob
          cid
          dan
        eve
          fay
          gus
          hal
    boards:
      entry:
        3: |
          ann entered=2026-02-10
            bob
              cid
              ann
            eve
              fay
    orders:
      - {seller: gus, date: 2026-03-02, cv: 1}
      - {seller: hal, date: 2026-03-03, cv: 1}
    expect:
      ann: {cycles: 1, waited: 20}
"""


class TestBoards:
    def test_come_before_what_the_period_brings(self, folder: Folder) -> None:
        """The seventh seat makes the board cycle."""
        Path("plan.toml").write_text(CYCLER, "utf-8")

        [outcome] = folder.outcomes(CASE)

        assert outcome.differences == ()

    @pytest.mark.parametrize(("entered", "waited"), [("2026-02-01", 29), ("2026-02-03", 28)])
    def test_of_a_persons_positions_the_one_that_came_first_is_the_oldest(
        self, folder: Folder, entered: str, waited: int
    ) -> None:
        """Eve fills the board of ann's older one, whichever number it has."""
        Path("plan.toml").write_text(CYCLER.replace("levels = 2", "levels = 1"), "utf-8")
        first = "        1: |\n          ann entered=2026-02-02\n            bob\n"
        second = f"        2: |\n          ann entered={entered}\n            bob\n"
        orders = "    orders:\n      - {seller: eve, date: 2026-03-02, cv: 1}\n"
        expect = f"    expect:\n      ann: {{cycles: 1, waited: {waited}}}\n"

        [outcome] = folder.outcomes(CASE.partition("        3: |")[0] + first + second + orders + expect)

        assert outcome.differences == ()

    def test_go_on_in_several_periods(self, folder: Folder) -> None:
        """Each hands its boards to the next."""
        Path("plan.toml").write_text(CYCLER, "utf-8")
        head, _, _ = CASE.partition("    boards:")
        periods = """\
    periods:
      - period: 2026-03
        orders: [{seller: ann, cv: 1}, {seller: bob, cv: 1}, {seller: eve, cv: 1}, {seller: cid, cv: 1}]
        expect:
          ann: {cycles: 0}
      - period: 2026-04
        orders: [{seller: dan, cv: 1}, {seller: fay, cv: 1}, {seller: gus, cv: 1}]
        expect:
          ann: {cycles: 1, waited: 31}
"""

        [outcome] = folder.outcomes(head.replace("period: 2026-03\n", "") + periods)

        assert outcome.differences == ()

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("      entry:", "      enty:", ["15: cases[0].boards.enty: unknown key 'enty'; did you mean 'entry'?"]),
            (
                "        3: |",
                "        third: |",
                ["16: cases[0].boards.entry.third: 'third' is no number of a board; write 1, or a later one"],
            ),
            (
                "            bob\n              cid\n              ann\n",
                "            bob since=1\n              cid entered=soon\n              ann\n              dan\n",
                [
                    "18: cases[0].boards.entry.3.bob: unknown key 'since'; known: entered",
                    "19: cases[0].boards.entry.3.cid.entered: 'soon' is not a date; write it as 2026-03-31",
                    "21: cases[0].boards.entry.3.dan: is number 3 below bob, in a board 2 wide with 2 rows; draw fewer",
                ],
            ),
            (
                "              fay\n",
                "              fay\n                gus\n          hal\n",
                [
                    (
                        "23: cases[0].boards.entry.3.gus: stands below the last row of a board 2 wide with 2 rows; "
                        "draw fewer rows"
                    ),
                    "24: cases[0].boards.entry.3.hal: is a second head; indent everybody below the head",
                ],
            ),
            (
                "              fay\n",
                "              fay\n              gus\n",
                [
                    (
                        "16: cases[0].boards.entry.3: every seat is taken, so that a board 2 wide with 2 rows would "
                        "have cycled; draw what is open"
                    )
                ],
            ),
        ],
    )
    def test_what_is_wrong_is_said_with_its_line(self, folder: Folder, old: str, new: str, said: list[str]) -> None:
        """Names, numbers, keys, and what no board can be."""
        Path("plan.toml").write_text(CYCLER, "utf-8")

        assert CASE.count(old) == 1
        assert folder.refused(CASE.replace(old, new)) == said

    def test_whoever_sits_there_must_be_there(self, folder: Folder) -> None:
        """The engine says so, of the case's line."""
        Path("plan.toml").write_text(CYCLER, "utf-8")

        with pytest.raises(InputError) as caught:
            folder.outcomes(CASE.replace("              fay\n    orders", "              zoe\n    orders"))

        assert str(caught.value) == (
            "a.cases.yaml:4: case 'the last seat pays the head': board entry: board 3: person zoe: zoe has a position "
            "and is not among the people; give everybody who has a position on an open board; who left keeps it"
        )
