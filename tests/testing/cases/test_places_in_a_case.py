"""`places`: who has which place already in a tree that the plan makes."""

from pathlib import Path

from cli.commands import PLAN
from testing.cases.case_texts import Folder

MATRIX = (
    PLAN.replace('tree = "sponsor"', 'tree = "matrix"')
    + '[trees.matrix]\nplaced = "breadth_first"\nunder = "root"\nwidth = 2\norder = "joined"\n'
    + '[measures]\nbelow = "count(downline)"\n'
)
CASE = """\
plan: plan.toml
period: 2026-03
cases:
  - name: who is new is placed beside those who have a place
    people: |
      ann
      bob
        cid joined=2026-03-02
        dan joined=2026-03-01
    places:
      matrix: |
        bob
          ann leg=2
    expect:
      bob: {below: 3}
      ann: {below: 0}
      dan: {below: 1}
"""


class TestPlaces:
    def test_come_before_those_that_are_given_now(self, folder: Folder) -> None:
        """The people's outline is the given tree, also where the plan's own tree is made."""
        Path("plan.toml").write_text(MATRIX, "utf-8")

        [outcome] = folder.outcomes(CASE)

        assert outcome.differences == ()

    def test_what_is_wrong_is_said_with_its_line(self, folder: Folder) -> None:
        """Legs, keys, trees."""
        Path("plan.toml").write_text(MATRIX, "utf-8")
        wrong = CASE.replace(
            "        bob\n          ann leg=2\n", "        bob leg=1\n          ann side=2\n          dan leg=3\n"
        )

        assert folder.refused(wrong.replace("people: |", "people: |", 1)) == [
            "12: cases[0].places.matrix.bob: is a root, and stands in no leg; leave leg out",
            "13: cases[0].places.matrix.ann: has no leg; write leg=1 to 2",
            "13: cases[0].places.matrix.ann: unknown key 'side'; known: leg",
            "14: cases[0].places.matrix.dan: leg=3 is no leg; write leg=1 to 2",
        ]
        assert folder.refused(CASE.replace("      matrix: |", "      matrx: |")) == [
            "11: cases[0].places.matrx: unknown key 'matrx'; did you mean 'matrix'?"
        ]
