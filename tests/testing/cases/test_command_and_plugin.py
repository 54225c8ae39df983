"""`mlmcore test` and the pytest plugin: the same files, the same words."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import pytest

from cli.commands import mlmcore
from testing.cases.case_texts import TOP, Folder, below

GOOD = below("people: |\n  ann personal=5\nexpect: {ann: {group_volume: 5}}")
BAD = GOOD.replace("a case", "another").replace("group_volume: 5", "group_volume: 6")
BESIDE_PYTEST = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-c", "none.ini", "--rootdir", ".")


@pytest.fixture(autouse=True)
def _folder(folder: Folder) -> None:
    Path("good.cases.yaml").write_text(TOP + GOOD, encoding="utf-8")
    Path("none.ini").write_text("[pytest]\n", encoding="utf-8")


class TestCommand:
    def test_all_passed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 0; they are named where that is asked for."""
        said = mlmcore(capsys, "test", "good.cases.yaml")
        more = mlmcore(capsys, "test", "good.cases.yaml", "-v")

        assert (said.code, said.out, said.err) == (0, "1 case: 1 passed, 0 failed\n", "")
        assert more.out == "passed good.cases.yaml:7: a case\n1 case: 1 passed, 0 failed\n"

    def test_some_failed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 1; every failing case is told, of all files below the folder, each file once."""
        Path("inner").mkdir()
        Path("inner/bad.cases.yaml").write_text(TOP.replace("small", "../small") + GOOD + BAD, encoding="utf-8")

        said = mlmcore(capsys, "test", ".", "good.cases.yaml")

        assert (said.code, said.err) == (1, "")
        assert said.out.startswith("FAILED inner/bad.cases.yaml:11: another\n  plan small version 1, 2026-03\n")
        assert said.out.endswith("\n\n3 cases: 2 passed, 1 failed\n")

    def test_a_wrong_file_or_run_says_everything_that_is_wrong_and_nothing_else(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2; of all files."""
        Path("bad.cases.yaml").write_text(TOP + BAD + "  - {nam: x}\n", encoding="utf-8")
        Path("run.cases.yaml").write_text(TOP + below("people: |\n  ann heads=-1\nexpect: {ann: {heads: 1}}"))

        said = mlmcore(capsys, "test", ".")

        assert (said.code, said.out) == (2, "")
        assert said.err.splitlines()[0] == "mlmcore: 5 findings:"
        assert {line.partition(":")[0] for line in said.err.splitlines()[1:]} == {"bad.cases.yaml", "run.cases.yaml"}

    def test_paths_without_cases_are_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        """All of them at once; a file may be called anything."""
        Path("empty").mkdir()
        Path("any.yml").write_text(TOP + GOOD, encoding="utf-8")

        said = mlmcore(capsys, "test", "empty", "nowhere.cases.yaml")

        assert (said.code, said.err) == (
            2,
            (
                "mlmcore: 2 findings:\n"
                "empty: the folder holds no cases; files of cases are called *.cases.yaml\n"
                "nowhere.cases.yaml: there is no such file; name a file\n"
            ),
        )
        assert mlmcore(capsys, "test", "any.yml").code == 0

    def test_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """One document, with the same exit code; errors too."""
        Path("bad.cases.yaml").write_text(TOP + BAD, encoding="utf-8")

        said = mlmcore(capsys, "test", ".", "--format", "json")
        document = json.loads(said.out)
        refused = json.loads(mlmcore(capsys, "test", "nowhere", "--format", "json").out)

        assert (said.code, document["passed"], document["failed"]) == (1, 1, 1)
        assert [(one["file"], one["passed"]) for one in document["cases"]] == [
            ("bad.cases.yaml", False),
            ("good.cases.yaml", True),
        ]
        assert [finding["file"] for finding in refused["error"]["findings"]] == ["nowhere"]

    def test_the_cases_that_ship_pass(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Three of them."""
        shipped = Path(str(files("mlmcore.compensation") / "shipped"))

        assert mlmcore(capsys, "test", shipped).out == "3 cases: 3 passed, 0 failed\n"


def collected(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Let pytest run in a process of its own."""
    typed = [sys.executable, "-m", "pytest", *BESIDE_PYTEST, *arguments]
    return subprocess.run(typed, capture_output=True, text=True, check=False, timeout=60)


class TestPlugin:
    def test_it_is_installed_with_the_library(self) -> None:
        """Nobody sets anything up."""
        (found,) = entry_points(group="pytest11", name="mlmcore")

        assert found.value == "mlmcore.testing.pytest_plugin"

    def test_each_case_is_a_test(self) -> None:
        """A failing one shows the report; a file that is wrong shows its findings; neither shows a traceback."""
        Path("bad.cases.yaml").write_text(TOP + GOOD + BAD, encoding="utf-8")
        Path("wrong.cases.yaml").write_text("plann: x\n", encoding="utf-8")
        Path("run.cases.yaml").write_text(TOP + below("people: |\n  ann heads=-1\nexpect: {ann: {heads: 1}}"))

        said = collected("--continue-on-collection-errors").stdout

        assert "FAILED " + str(Path("bad.cases.yaml").resolve()) + ":11: another\n  plan small version 1" in said
        assert "wrong.cases.yaml:1: plann: unknown key 'plann'; did you mean 'plan'?" in said
        assert "given.heads: it is negative, and the formula never is; give what the formula could come to" in said
        assert "2 failed, 2 passed, 1 error" in said
        assert "Traceback" not in said
        assert "def " not in said

    def test_a_run_without_cases_imports_nothing_of_ours(self) -> None:
        """Besides the plugin itself."""
        Path("test_other.py").write_text(
            "import sys\n"
            "def test_other():\n"
            "    ours = {name for name in sys.modules if name.partition('.')[0] in {'mlmcore', 'numpy', 'yaml'}}\n"
            "    assert ours == {'mlmcore', 'mlmcore.testing', 'mlmcore.testing.pytest_plugin'}\n"
        )

        said = collected("test_other.py").stdout

        assert "1 passed" in said

    def test_reading_cases_needs_no_database_driver(self) -> None:
        """Nor anything of `sql`."""
        program = (
            "import sys, mlmcore.testing.cases as cases, pathlib\n"
            "(case,) = cases.read_cases(pathlib.Path('good.cases.yaml'))\n"
            "assert cases.run_case(case).passed\n"
            "print(sorted(n for n in sys.modules if n in {'psycopg', 'sqlalchemy', 'numba', 'mlmcore.sql', 'click'}))\n"
        )

        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

        assert said.stdout == "[]\n"
