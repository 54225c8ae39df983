"""What README and pages tell people to type exists in the command line, and what needs no database really runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from docs.pages import PAGES, ROOT, blocks, page_id
from mlmcore.cli._app import app

TYPED = re.compile(r"(?:^|&& |\s)(?:\.venv/bin/)?mlmcore ([a-z].*)$", re.MULTILINE)


def _typed(page: Path) -> list[str]:
    """What follows `mlmcore` in the shell blocks of a page, a command each."""
    return [found for block in blocks(page, "sh") for found in TYPED.findall(block)]


def _resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the first words name, and the words that are left for it."""
    command: click.Command = app
    context = click.Context(command)
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        command, words = found, words[1:]
    return command, words


WITH_COMMANDS = [(page, typed) for page in PAGES for typed in _typed(page)]


class TestCommands:
    @pytest.mark.parametrize(
        ("page", "typed"), WITH_COMMANDS, ids=[f"{page_id(page)}: {t}" for page, t in WITH_COMMANDS]
    )
    def test_it_exists_with_its_options(self, page: Path, typed: str) -> None:
        """Each command and each option by name."""
        command, rest = _resolved(shlex.split(typed))
        options = {name for parameter in command.params for name in parameter.opts}

        assert not isinstance(command, click.Group), f"{page_id(page)} types a group of commands only"
        assert {word for word in rest if word.startswith("-")} <= options

    def test_the_readme_names_the_main_ones(self) -> None:
        """So that an empty list cannot pass."""
        named = {typed.split()[0] for typed in _typed(ROOT / "README.md")}

        assert named == {"demo", "diff", "init", "run", "test", "why"}


class TestWithoutADatabase:
    def test_the_block_of_the_readme_runs(self, tmp_path: Path) -> None:
        """Files in, ledger and statements out, as it is typed there."""
        (block,) = [block for block in blocks(ROOT / "README.md", "sh") if "mlmcore init" in block]
        ours = block.replace(".venv/bin/", f"{Path(sys.executable).parent}/")

        done = subprocess.run(["sh", "-ec", ours], cwd=tmp_path, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, "")
        assert sorted(path.name for path in (tmp_path / "play" / "out").iterdir()) == [
            "accounts.csv",
            "ledger.csv",
            "people.csv",
            "statements.txt",
            "totals.json",
            "unpaid.csv",
        ]
        assert "Statement of d000001, 2026-03" in done.stdout
        assert "bonuses.unilevel.rates.gold  [0.10, 0.05, 0.03]  [0.11, 0.05, 0.03]\n" in done.stdout
