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


BINARY = (
    PLAN.partition("[[bonuses]]")[0]
    + """
[measures]
own = "sum(orders, pv)"
legs = "count(group, tree=spill)"
[trees.spill]
placed = "weaker_leg"
under = "nearest"
width = 2
order = "joined"
where = "own > 0 or previous.bought"
volume = "own"
[carry]
bought = { value = "own > 0 or previous.bought", initial = false }
[[bonuses]]
id = "pairs"
type = "binary"
kind = "binary"
tree = "spill"
volume = "own"
pay = "percent"
percent = 0.10
point_value = 1
after = "subtract"
negative = "zero"
"""
)
TWO_MONTHS = """\
plan: plan.toml
defaults: {orders: {cv: 0}}
cases:
  - name: a binary on places that the plan gives
    people: |
      ann
        b joined=2026-03-02
        c joined=2026-03-03
        d joined=2026-03-04
        e joined=2026-04-04
    periods:
      - period: 2026-03
        orders:
          - {seller: ann, pv: 10}
          - {seller: b, pv: 100}
          - {seller: c, pv: 50}
          - {seller: d, pv: 20}
        expect:
          ann: {pairs: 7, legs: 4}
          c: {legs: 2}
      - period: 2026-04
        orders:
          - {seller: e, pv: 100}
        expect:
          ann: {pairs: 0, legs: 5}
          b: {legs: 2}
"""


class TestPlaces:
    def test_are_kept_from_period_to_period(self, folder: Folder) -> None:
        """Dan comes below Cid, whose leg brings less; in April nobody else brings anything."""
        Path("plan.toml").write_text(BINARY, "utf-8")

        [outcome] = folder.outcomes(TWO_MONTHS)

        assert outcome.differences == ()

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
