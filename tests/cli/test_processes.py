"""The command line as a process: help, imports, interrupts and pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.commands import company, mlmcore
from mlmcore.cli import _app, lint_command

MLMCORE = str(Path(sys.executable).parent / "mlmcore")
HEAVY = {"numpy", "numba", "sqlalchemy", "psycopg", "rich"}
COMMANDS = [
    (), ("demo",), ("diff",), ("init",), ("lint",), ("run",), ("test",), ("why",),
    ("network",), ("network", "check"), ("network", "draw"), ("network", "generate"),
    ("period",), *(("period", name) for name in ("open", "close", "calculate", "review", "why", "finalize")),
    ("plan",), ("plan", "install"),
    ("schema",), ("schema", "apply"), ("schema", "status"), ("schema", "check"), ("schema", "sql"),
]  # fmt: skip


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_shows_an_example(self, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        """On lines of its own."""
        said = mlmcore(capsys, *command, "--help")

        assert said.code == 0
        assert f"\n  Example:\n    mlmcore {' '.join(command)}" in said.out

    def test_lists_every_command(self) -> None:
        """The list above is complete."""
        names = {command[0] for command in COMMANDS if command}

        assert names == set(_app.app.list_commands(click.Context(_app.app)))

    @pytest.mark.parametrize("option", ["--help", "--version"])
    def test_imports_nothing_heavy(self, option: str) -> None:
        """A process of its own says which modules it has loaded."""
        words = f"import sys\nfrom mlmcore.cli._app import run\nrun([{option!r}])\nprint(*sys.modules, file=sys.stderr)"

        done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)

        assert set(done.stderr.split()) & HEAVY == set()
        assert "mlmcore" in done.stdout


class TestExit:
    def test_a_process_exits_with_the_code_and_without_a_traceback(self, tmp_path: Path) -> None:
        """The entry point, not only the function behind it."""
        typed = company(tmp_path, people="id\n")

        done = subprocess.run([MLMCORE, *typed], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("mlmcore: 3 findings:\npeople.csv:1: the column 'joined' is missing")

    def test_a_run_in_a_process_succeeds(self, tmp_path: Path) -> None:
        """Nothing on standard error."""
        done = subprocess.run([MLMCORE, *company(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")

    def test_the_package_can_be_run(self) -> None:
        """`python -m mlmcore` is the same command."""
        words = [sys.executable, "-m", "mlmcore", "--version"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("mlmcore, version ")

    def test_a_reader_who_goes_away_is_no_error(self) -> None:
        """As in `mlmcore schema sql | head -1`."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [MLMCORE, "schema", "sql"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
            )
        finally:
            os.close(writer)

        assert (done.returncode, done.stderr) == (0, "")

    def test_an_interrupt_exits_with_130(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A signal that comes while a plan is read."""

        def interrupted(*_: object) -> None:
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(lint_command, "read_plan", interrupted)

        said = mlmcore(capsys, "lint", "plan.toml")

        assert (said.code, said.out) == (130, "")

    def test_a_fault_of_ours_shows_no_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 1; with MLMCORE_DEBUG the error itself comes."""

        def broken(*_: object) -> None:
            raise ZeroDivisionError("by nothing")

        monkeypatch.setattr(lint_command, "read_plan", broken)

        said = mlmcore(capsys, "lint", "plan.toml")

        assert (said.code, said.out, said.err) == (
            1,
            "",
            (
                "mlmcore: ZeroDivisionError: by nothing; run it again with MLMCORE_DEBUG=1 to see where, "
                "and report it if it is a fault of mlmcore\n"
            ),
        )
        monkeypatch.setenv("MLMCORE_DEBUG", "1")
        with pytest.raises(ZeroDivisionError, match="by nothing"):
            mlmcore(capsys, "lint", "plan.toml")
