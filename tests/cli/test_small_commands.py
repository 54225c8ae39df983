"""`mlmcore init`, `lint` and `why`."""

import json
import shlex
from pathlib import Path

import pytest

from cli.commands import PLAN, company, mlmcore
from mlmcore.compensation.loader import plan_schema


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestInit:
    @pytest.mark.parametrize("folder", ["play", "my first try"])
    def test_what_it_prints_works(self, folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Plan, cases, people and orders are there, and each printed command runs, also where the path has spaces."""
        said = mlmcore(capsys, "init", folder)

        typed = [shlex.split(line) for line in said.out.splitlines()[1:]]
        codes = [(words[1], mlmcore(capsys, *words[1:]).code) for words in typed]
        assert codes == [("run", 0), ("why", 0), ("lint", 0), ("test", 0)]
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == [
            "README.txt",
            "orders.csv",
            "out",
            "people.csv",
            "starter.cases.yaml",
            "starter.toml",
        ]

    def test_what_its_readme_says_works(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Typed in the folder itself, as it asks."""
        mlmcore(capsys, "init", "play")
        monkeypatch.chdir(tmp_path / "play")

        lines = Path("README.txt").read_text(encoding="utf-8").splitlines()
        typed = [shlex.split(line) for line in lines if line.startswith("  mlmcore ")]
        codes = [(words[1], mlmcore(capsys, *words[1:]).code) for words in typed]
        assert codes == [("run", 0), ("why", 0), ("lint", 0), ("test", 0)]
        assert lines[0] == "A small company that never was: 60 people, and their orders of 2026-03."

    def test_a_folder_that_holds_something_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """And nothing is put into it."""
        (tmp_path / "play").mkdir()
        (tmp_path / "play" / "mine.txt").write_text("mine", encoding="utf-8")

        said = mlmcore(capsys, "init", "play")

        assert (said.code, said.out, said.err) == (
            2,
            "",
            "mlmcore: play is there already; name a new or an empty folder\n",
        )
        assert [path.name for path in (tmp_path / "play").iterdir()] == ["mine.txt"]

    def test_as_json_names_folder_and_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One document."""
        document = json.loads(mlmcore(capsys, "init", "play", "--format", "json").out)

        assert (document["folder"], len(document["next"])) == ("play", 4)


class TestLint:
    def test_says_what_a_plan_computes(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """In the order in which it does."""
        company(tmp_path, PLAN.replace("[[bonuses]]", '[measures]\nown = "sum(orders, pv)"\n\n[[bonuses]]'))

        said = mlmcore(capsys, "lint", "plan.toml")

        assert said.code == 0
        assert said.out == (
            "plan.toml: plan 'small', version 1, is sound\nit computes, in this order:\n  measure own\n  bonus team\n"
            "worth knowing:\n  plan.toml:18 measures.own: nothing reads this measure\n"
        )

    def test_says_what_is_worth_knowing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """After the order of computation, and in the document."""
        company(tmp_path, PLAN.replace("[[bonuses]]", "[parameters]\nidle = 3\n\n[[bonuses]]"))

        said, document = (mlmcore(capsys, "lint", "plan.toml", *more) for more in ((), ("--format", "json")))

        note = "plan.toml:18 parameters.idle: nothing reads this parameter"
        assert said.out.endswith(f"\nworth knowing:\n  {note}\n")
        assert json.loads(document.out)["notes"] == [note]

    def test_prints_the_schema_of_plans(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a plan."""
        assert json.loads(mlmcore(capsys, "lint", "--schema").out) == plan_schema()

    def test_needs_a_plan_otherwise(self, capsys: pytest.CaptureFixture[str]) -> None:
        """As any command."""
        said = mlmcore(capsys, "lint")

        assert (said.code, "Missing argument 'PLAN'" in said.err) == (2, True)


class TestWhy:
    TYPED = ("--people", "people.csv", "--orders", "orders.csv")

    def test_explains_every_amount(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Asserted whole."""
        company(tmp_path)

        said = mlmcore(capsys, "why", "plan.toml", "ann", *self.TYPED)

        assert (said.code, said.err) == (0, "")
        assert [line.split() for line in said.out.splitlines() if line] == [
            line.split()
            for line in (
                "Statement of ann, 2026-03, by plan small version 1",
                "team (plan.toml:17 bonuses.team)",
                "2026-03-02 order o1, from cid, level 2: cv 100.00 x 0.05 = 5 5.00",
                "passed bob: uses up a level",
                "2026-03-03 order o2, from bob, level 1: cv 10.55 x 0.10 = 1.055 1.06",
                "2 lines 6.06",
                "Not paid",
                "team (plan.toml:17 bonuses.team)",
                "rounding -0.0050",
                "1 line -0.0050",
                "Total USD 6.06",
            )
        ]

    def test_as_json_holds_the_same(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One document, decimals as texts."""
        company(tmp_path)

        document = json.loads(mlmcore(capsys, "why", "plan.toml", "ann", *self.TYPED, "--format", "json").out)

        assert (document["person"], document["total"]) == ("ann", "6.06")
        assert [(item["kind"], item["amount"]) for item in document["amounts"]] == [
            ("paid", "5.00"),
            ("paid", "1.06"),
            ("unpaid", "-0.0050"),
        ]

    @pytest.mark.parametrize(
        ("person", "todo"),
        [("anm", "did you mean 'ann'?"), ("zoe", "known: ann, bob, cid"), ("", "known: ann, bob, cid")],
    )
    def test_somebody_unknown_is_refused(
        self, person: str, todo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With the nearest name."""
        company(tmp_path)

        said = mlmcore(capsys, "why", "plan.toml", person, *self.TYPED)

        assert (said.code, said.out, said.err) == (
            2,
            "",
            f"mlmcore: PERSON: {person!r} is nobody in this run; {todo}\n",
        )
