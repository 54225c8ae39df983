"""The report of a case: asserted whole, and its trace for each kind of difference."""

from pathlib import Path

import pytest

from mlmcore.testing.cases import document_of, report
from testing.cases.case_texts import Folder

FAMILY = """
people: |
  ann rank=silver
    bob leg=1 personal=150
      cid leg=1
    dan leg=2
given: {ann: {active: true}, dan: {personal: 120.50}}
orders:
  - {id: sale, seller: cid, pv: 60, cv: 10.10}
company: {profit: 100}
"""


def trace(folder: Folder, case: str) -> list[str]:
    """What is told of how it came about, a line each."""
    told = report(folder.outcome(case))
    return [line[2:] for line in told.rpartition("came about like this:\n")[2].split("\n")]


class TestReport:
    def test_a_case_that_passed_is_one_line(self, folder: Folder) -> None:
        """With its place."""
        assert report(folder.outcome("people: |\n  ann\nexpect: {ann: {heads: 1}}")) == "passed a.cases.yaml:7: a case"

    def test_a_failing_case_is_told_whole(self, folder: Folder) -> None:
        """What is given, both trees in question, every difference, and the bonus's part of the statement."""
        outcome = folder.outcome(FAMILY + "variant: easy\nexpect: {ann: {rank: bronze, legs: 12.50, uni: 1}}\n")

        assert report(outcome) == (
            "FAILED a.cases.yaml:7: a case\n"
            "  plan small version 1, variant easy, 2026-03\n"
            "\n"
            "  given, not computed: ann rank=silver, bob personal=150.00, dan personal=120.50, ann active=true\n"
            "\n"
            "  sponsor:\n"
            "    ann  (silver, rank=silver, active=true, paid 13.05)\n"
            "      1: bob  (bronze, personal=150.00, paid 0.50)\n"
            "        1: cid  (bronze, paid 0.00)\n"
            "      2: dan  (bronze, personal=120.50, paid 0.00)\n"
            "\n"
            "  placement:\n"
            "    ann  (silver, rank=silver, active=true, paid 13.05)\n"
            "      1: bob  (bronze, personal=150.00, paid 0.50)\n"
            "        1: cid  (bronze, paid 0.00)\n"
            "      2: dan  (bronze, personal=120.50, paid 0.00)\n"
            "\n"
            "  line 20, 2026-03: ann rank\n"
            "    expected bronze\n"
            "    got      silver\n"
        )


class TestTrace:
    def test_of_a_total_is_the_statement(self, folder: Folder) -> None:
        """Whole."""
        told = trace(folder, FAMILY + "expect: {bob: {total: 5}}")

        assert [line.split() for line in told if line] == [
            line.split()
            for line in (
                "  Statement of bob, 2026-03, by plan small version 1",
                "    personal = 150.00, active = true, group_volume = 210.00",
            )
        ]

    def test_of_a_measure_is_its_formula_and_what_it_reads(self, folder: Folder) -> None:
        """With its clause."""
        told = trace(folder, FAMILY + "expect: {cid: {active: true}}")

        assert told == ["  active: personal >= limit  (small.toml:21 measures.active)", "    personal = 60.00"]

    def test_of_a_rank_is_what_each_rank_requires(self, folder: Folder) -> None:
        """With the values that decide."""
        told = trace(folder, FAMILY + "expect: {bob: {rank: silver}}")

        assert told == []

    def test_of_what_is_carried_is_its_formula(self, folder: Folder) -> None:
        """As of a measure."""
        assert trace(folder, FAMILY + "expect: {bob: {carry.lifetime: 1}}") == []

    def test_of_all_that_a_bonus_pays_is_who_gets_it(self, folder: Folder) -> None:
        """Nobody, too."""
        assert trace(folder, FAMILY + "totals: {uni: 1}") == []
        assert trace(folder, "people: |\n  ann\ntotals: {uni: 1}") == []
        assert trace(folder, FAMILY + "totals: {total: 1}") == []

    def test_of_a_bonus_that_has_nothing_for_somebody_says_so(self, folder: Folder) -> None:
        """Instead of an empty statement alone."""
        assert trace(folder, FAMILY + "expect: {dan: {uni: 1}}") == []

    def test_of_an_account_there_is_none(self, folder: Folder) -> None:
        """Expected and got stand alone."""
        assert report(folder.outcome(FAMILY + "accounts: {house: 1}")).endswith("line 19, 2026-03: accounts house\n")


class TestDocument:
    def test_holds_the_same_for_programs(self, folder: Folder) -> None:
        """Values as texts."""
        document = document_of(folder.outcome(FAMILY + "expect: {cid: {active: true}}"))

        assert document == {}


class TestBounds:
    def test_a_large_tree_is_drawn_in_part(self, folder: Folder) -> None:
        """Thirty lines, and what is below is counted."""
        people = "\n".join(f"    p{number:02} leg={number}" for number in range(1, 60))
        told = report(folder.outcome(f"people: |\n  ann\n{people}\nexpect: {{ann: {{heads: 1}}}}"))

        assert told == ""
