"""The group of commands: each is imported when it is asked for, so that `--help` and `--version` stay quick."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Final

import click

from mlmcore.cli._output import as_json, expect_format, show_error, show_failure
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, InputError, MlmError, NotFoundError, RefusedError

__all__ = ["app", "run"]

_COMMANDS: Final = {
    "demo": "a whole month on a PostgreSQL of its own, with a statement explained",
    "diff": "two plans side by side: who gains, who loses, what it costs",
    "init": "a plan, its cases, a small network and orders to play with",
    "lint": "check a plan and say what it computes",
    "network": "check, draw and generate people files, without a plan",
    "period": "open, close, calculate, review, explain and finalize a period in the database",
    "plan": "store a plan in the database",
    "run": "files in, ledger and statements out, without a database",
    "schema": "install, check and print the PostgreSQL schema",
    "test": "run a plan's cases: what must come out of small companies",
    "why": "explain every amount of one person",
}
_WRONG_INPUT: Final = (InputError, RefusedError, NotFoundError, ConflictError, BrokenReferenceError)
_WRONG: Final = 2
_INTERRUPTED: Final = 130


class _LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"mlmcore.cli.{cmd_name}_command").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The lines stand here, so that listing the commands imports none of them.
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("mlmcore"), prog_name="mlmcore")
def app() -> None:
    """Direct-selling back office: networks, exact compensation plans, a PostgreSQL schema.

    \b
    Example:
      mlmcore demo
    """  # noqa: D301  (click wants the backspace itself)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    expect_format(given)
    try:
        # Not `app.main`: it answers a broken pipe with exit code 1.
        with app.make_context("mlmcore", given) as context:
            app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _misused(error)
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        return _failed(error)
    return 0


def _misused(error: click.ClickException) -> int:
    if as_json():
        show_failure("cli.usage", error.format_message())
    else:
        error.show()
    return error.exit_code


def _failed(error: Exception) -> int:
    """Say what went wrong without a traceback; the one place that catches everything."""
    if os.environ.get("MLMCORE_DEBUG"):
        raise error
    if isinstance(error, MlmError):
        show_error(error)
        return _WRONG if isinstance(error, _WRONG_INPUT) else 1
    kind = type(error).__name__
    todo = "run it again with MLMCORE_DEBUG=1 to see where, and report it if it is a fault of mlmcore"
    show_failure("cli.failed", f"{kind}: {error}; {todo}")
    return 1
