"""Arguments that several commands share, and what they stand for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mlmcore.domain.errors import Finding, InputError

if TYPE_CHECKING:
    from mlmcore.compensation.inputs import RunInputs
    from mlmcore.compensation.plan import Plan

__all__ = ["company_figures", "input_options", "plan_argument", "read_run"]

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


def read_run(
    step: Callable[[str], None],
    *,
    plan: Path,
    people: Path,
    orders: Path,
    period_id: str | None,
    variant: str | None,
    company: Mapping[str, str],
) -> "tuple[Plan, RunInputs]":
    """Read a plan and the files that it runs on.

    Raises:
        InputError: Everything that is wrong with them.
    """
    from mlmcore.compensation.loader import load_plan
    from mlmcore.files import read_inputs

    step(f"reading {plan}")
    loaded = load_plan(plan, variant)
    step(f"reading {people} and {orders}")
    return loaded, read_inputs(loaded, people=people, orders=orders, period=period_id, company=company)
