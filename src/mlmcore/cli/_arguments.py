"""Arguments that several commands share, and what they stand for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mlmcore.domain.errors import Finding, InputError

__all__ = ["company_figures", "input_options", "plan_argument"]

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path)


def plan_argument(command: Command) -> Command:
    """Give a command its plan file."""
    return click.argument("plan", type=_FILE)(command)


def input_options(command: Command) -> Command:
    """Give a command the files and choices of a run."""
    options = (
        click.option("--people", type=_FILE, required=True, help="CSV: id, status, joined, one column per tree."),
        click.option("--orders", type=_FILE, required=True, help="CSV: id, date, seller, the plan's volumes."),
        click.option("--period", "period_id", help="2026-03; may be left out where all orders lie in one period."),
        click.option("--variant", help="One of the plan's variants."),
        click.option(
            "--company", multiple=True, metavar="NAME=VALUE", help="A figure of the company; may be repeated."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def company_figures(given: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME=VALUE` arguments.

    Raises:
        InputError: One is not of that form, or a name is given twice.
    """
    figures: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value) or name in figures:
            what = f"--company {text!r} is given twice" if name in figures else f"--company {text!r} has no NAME=VALUE"
            raise InputError([Finding(code="cli.company", what=what, todo="write it as profit=1000.00, once for each")])
        figures[name] = value
    return figures
