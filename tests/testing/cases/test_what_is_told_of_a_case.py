"""The report of a case: asserted whole, and its trace for each kind of difference."""

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


TOLD = """\
FAILED a.cases.yaml:7: a case
  plan small version 1, variant easy, 2026-03

  given, not computed: ann rank=silver, bob personal=150.00, dan personal=120.50, ann active=true

  sponsor:
    ann  (silver, rank=silver, active=true, paid 13.35)
      bob  (bronze, personal=150.00, paid 0.50)
        cid  (bronze, paid 0.00)
      dan  (bronze, personal=120.50, paid 0.00)

  placement:
    ann  (silver, rank=silver, active=true, paid 13.35)
      1: bob  (bronze, personal=150.00, paid 0.50)
        1: cid  (bronze, paid 0.00)
      2: dan  (bronze, personal=120.50, paid 0.00)

  line 18, 2026-03: ann rank
    expected bronze
    got      silver
  line 18, 2026-03: ann legs
    expected 12.50
    got      12.05
  line 18, 2026-03: ann uni
    expected 1
    got      0.30

  ann legs came about like this:
    Statement of ann, 2026-03, by plan small version 1
      personal = 0.00, active = true, group_volume = 330.50, heads = 4, word = none, rank = silver

    legs  (small.toml:49 bonuses.legs)
      matched 120.50 x 0.1 = 12.05; left 210.00, right 120.50; matched 120.50; carried out: left 89.50, right 0.00 12.05
      1 line                                                                                       12.05

    Total                                                                                      USD 12.05"""


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

        assert report(outcome) == TOLD

    def test_a_large_tree_is_drawn_in_part(self, folder: Folder) -> None:
        """Thirty people, and whoever is below them is counted."""
        people = "\n".join(f"    p{number:02}" for number in range(1, 60))
        drawing = "trees:\n  placement: |\n    ann\n"
        told = report(folder.outcome(f"people: |\n  ann\n{people}\n{drawing}expect: {{ann: {{heads: 1}}}}"))

        assert "    ann  (none, paid 0.00) +30 below\n      p01  (none, paid 0.00)\n" in told
        assert "      p29  (none, paid 0.00)\n\n  line 72, 2026-03: ann heads\n" in told


class TestTrace:
    def test_of_a_total_is_the_statement(self, folder: Folder) -> None:
        """Whole: what was not paid too."""
        told = trace(folder, FAMILY + "expect: {bob: {total: 5}}")

        assert told[0] == "  Statement of bob, 2026-03, by plan small version 1"
        assert [line.split()[0] for line in told if line.strip()] == [
            *("Statement", "personal", "uni", "2026-03-01", "1", "Not", "uni", "rounding", "1", "Total")
        ]

    def test_of_a_measure_is_its_formula_and_what_it_reads(self, folder: Folder) -> None:
        """With its clause."""
        told = trace(folder, FAMILY + "expect: {cid: {active: true}}")

        assert told == ["  active: personal >= limit  (small.toml:23 measures.active)", "    personal = 60.00"]

    def test_of_a_rank_is_what_each_rank_requires(self, folder: Folder) -> None:
        """With the values that decide."""
        told = trace(folder, FAMILY + "expect: {bob: {rank: silver}}")

        assert told == [
            "  bronze: active  (small.toml:32 ranks.bronze.requires)",
            "    active = true",
            "  silver: active and group_volume >= 500  (small.toml:35 ranks.silver.requires)",
            "    active = true",
            "    group_volume = 210.00",
        ]

    def test_of_what_is_carried_is_its_formula(self, folder: Folder) -> None:
        """As of a measure."""
        assert trace(folder, FAMILY + "expect: {bob: {carry.lifetime: 1}}") == [
            "  lifetime: previous.lifetime + personal  (small.toml:66 carry.lifetime.value)",
            "    personal = 150.00",
        ]

    def test_of_all_that_a_bonus_pays_is_who_gets_it(self, folder: Folder) -> None:
        """Nobody, too."""
        assert trace(folder, FAMILY + "totals: {uni: 1}") == ["  bob uni 0.50", "  ann uni 0.30"]
        assert trace(folder, "people: |\n  ann\ntotals: {uni: 1}") == ["  nobody is paid anything"]
        assert trace(folder, FAMILY + "totals: {total: 1}") == [
            *("  bob uni 0.50", "  ann uni 0.30", "  ann legs 12.05", "  ann share 1.00")
        ]

    def test_of_a_bonus_that_has_nothing_for_somebody_says_so(self, folder: Folder) -> None:
        """Instead of an empty statement alone."""
        told = trace(folder, FAMILY + "expect: {dan: {uni: 1}}")

        assert told[-1] == "  uni has nothing for dan: nothing paid, not paid or missed"

    def test_of_a_line_is_the_statement_of_its_person(self, folder: Folder) -> None:
        """Of the bonus that it names, or of all."""
        one = trace(folder, FAMILY + "unpaid: [{person: ann, bonus: legs, reason: capped}]")
        all_of_them = trace(folder, FAMILY + "unpaid: [{person: ann, reason: capped}]")

        assert next(line for line in one if line.startswith("  Total")).endswith("USD 12.05")
        assert next(line for line in all_of_them if line.startswith("  Total")).endswith("USD 13.35")

    def test_of_an_account_there_is_none(self, folder: Folder) -> None:
        """Expected and got stand alone."""
        told = report(folder.outcome(FAMILY + "accounts: {house: 1}"))

        assert told.endswith("  line 17, 2026-03: accounts house\n    expected 1\n    got      0.00")


class TestDocument:
    def test_holds_the_same_for_programs(self, folder: Folder) -> None:
        """Values as texts; what is given, whether it passed or not."""
        case = "people: |\n  ann rank=silver personal=1.5\nexpect: {ann: {heads: 2}}"

        assert document_of(folder.outcome(case)) == {
            "file": "a.cases.yaml",
            "line": 7,
            "name": "a case",
            "plan": {"id": "small", "version": "1", "variant": ""},
            "passed": False,
            "given": [
                {"period": "2026-03", "person": "ann", "name": "rank", "value": "silver"},
                {"period": "2026-03", "person": "ann", "name": "personal", "value": "1.50"},
            ],
            "differences": [
                {"line": 10, "period": "2026-03", "what": "ann heads", "expected": "2", "got": "1"},
            ],
            "trace": "ann heads came about like this:\n  heads: count(group)  (small.toml:25 measures.heads)",
        }
        passed = document_of(folder.outcome(case.replace("heads: 2", "heads: 1")))
        assert (passed["passed"], passed["differences"], passed["trace"], len(passed["given"])) == (True, [], "", 2)
