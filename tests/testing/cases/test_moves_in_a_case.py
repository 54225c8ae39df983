"""`moves`: who moved when, in a case and in files."""

from pathlib import Path

import pytest

from cli.commands import PLAN, company, mlmcore
from testing.cases.case_texts import Folder

SALE = PLAN.replace('tree_as_of = "period_end"', 'tree_as_of = "sale"')
CASE = """\
plan: plan.toml
period: 2026-03
cases:
  - name: an order belongs to the sponsor of its day
    people: |
      ann
        cid
      bob
    moves:
      - {date: 2026-03-10, person: cid, sponsor: bob}
    orders:
      - {seller: cid, date: 2026-03-09, pv: 0, cv: 100}
      - {seller: cid, date: 2026-03-10, pv: 0, cv: 200}
    totals: {team: 30}
    lines:
      - {person: ann, bonus: team, order: o1, amount: 10}
      - {person: bob, bonus: team, order: o2, amount: 20}
"""


class TestInACase:
    def test_an_order_goes_up_the_tree_of_its_day(self, folder: Folder) -> None:
        """The outline is where people stood before the first move."""
        Path("plan.toml").write_text(SALE, "utf-8")

        [outcome] = folder.outcomes(CASE)

        assert outcome.differences == ()

    def test_a_file_says_the_same(self, folder: Folder) -> None:
        """The columns of a moves file."""
        Path("plan.toml").write_text(SALE, "utf-8")
        Path("m.csv").write_text("date,person,tree,upline\n2026-03-10,cid,sponsor,bob\n", "utf-8")
        text = CASE.replace(
            "    moves:\n      - {date: 2026-03-10, person: cid, sponsor: bob}\n", "    moves: {csv: m.csv}\n"
        )

        [outcome] = folder.outcomes(text)

        assert outcome.differences == ()

    def test_what_is_wrong_is_said_with_its_line(self, folder: Folder) -> None:
        """Keys, people, dates, and a move to nowhere."""
        Path("plan.toml").write_text(SALE, "utf-8")
        wrong = CASE.replace(
            "      - {date: 2026-03-10, person: cid, sponsor: bob}\n",
            "      - {date: 2026-03-10, person: cid}\n"
            "      - {date: 2026-03-11, person: cid, sponsor: bob}\n"
            "      - {date: 2026-03-12, person: cid, sponsor: none, weight: 3}\n",
        )

        assert folder.refused(wrong) == [
            "10: cases[0].moves[0]: moves nowhere; name the new upline by the tree: sponsor: cid, or sponsor: none",
            "12: cases[0].moves[2].weight: unknown key 'weight'; known: date, person, sponsor",
        ]

    def test_what_fields_say_is_judged_as_in_a_file(self, folder: Folder) -> None:
        """Dates and people."""
        Path("plan.toml").write_text(SALE, "utf-8")
        wrong = CASE.replace(
            "{date: 2026-03-10, person: cid, sponsor: bob}", "{date: 1.3., person: cyd, sponsor: bill}"
        )

        assert folder.refused(wrong) == [
            "10: date: '1.3.' is not a date; write it as 2026-03-31",
            "10: person: 'cyd' is nobody among the people; correct it, or add the person",
            "10: upline: 'bill' is nobody among the people; correct it, or add the person",
        ]


class TestInFiles:
    @pytest.fixture(autouse=True)
    def _in_a_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def test_the_command_takes_them(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """`--moves`."""
        arguments = company(tmp_path, plan=SALE)
        moves = tmp_path / "moves.csv"
        moves.write_text("date,person,tree,upline\n2026-03-01,cid,sponsor,ann\n", "utf-8")

        said = mlmcore(capsys, *arguments, "--moves", moves)

        assert said.err == ""
        ledger = (tmp_path / "out" / "ledger.csv").read_text("utf-8").splitlines()[1:]
        assert [line.split(",")[:6] for line in ledger] == [
            ["ann", "team", "unilevel", "o1", "cid", "1"],
            ["ann", "team", "unilevel", "o2", "bob", "1"],
        ]

    def test_what_a_run_finds_wrong_has_its_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """As with orders and people."""
        arguments = company(tmp_path, plan=SALE)
        Path("moves.csv").write_text("date,person,tree,upline\n2025-02-28,cid,sponsor,ann\n", "utf-8")

        said = mlmcore(capsys, *arguments, "--moves", "moves.csv")

        what = "sponsor: person cid: moves on 2025-02-28, before joining"
        assert (said.code, said.err) == (2, f"mlmcore: moves.csv:2: {what}; correct one of the dates\n")

    def test_whoever_moves_away_may_leave_the_leg_to_somebody_else(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """So two people of one leg are no finding where one of them moves."""
        plan = SALE.replace('trees = ["sponsor"]', 'trees = ["placement"]').replace(
            'tree = "sponsor"', 'tree = "placement"'
        )
        people = "id,status,joined,placement,leg\nann,active,2025-01-01,,\nbob,active,2025-02-01,ann,1\n"
        arguments = company(tmp_path, plan=plan, people=people + "cid,active,2026-03-02,ann,1\n")
        Path("moves.csv").write_text("date,person,tree,upline,leg\n2026-03-02,bob,placement,ann,2\n", "utf-8")

        refused, said = mlmcore(capsys, *arguments), mlmcore(capsys, *arguments, "--moves", "moves.csv")

        assert (refused.code, said.code, said.err) == (2, 0, "")
