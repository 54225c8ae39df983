"""Arguments that several commands share, and what they stand for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from attrs import evolve, frozen

from mlmcore.domain.errors import Finding, Findings, InputError, nearest

if TYPE_CHECKING:
    from mlmcore.compensation.plan import Plan
    from mlmcore.compensation.result import Result
    from mlmcore.domain.periods import Period
    from mlmcore.genealogy import IdIndex

__all__ = [
    "Files",
    "calculated",
    "company_figures",
    "event_files",
    "file_options",
    "input_options",
    "person_of",
    "plan_argument",
    "read_plan",
]

Command = TypeVar("Command", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path)
_COMPARED_MAX: Final = 20_000
"""Among how many people the nearest name is looked for: among a million it takes a minute."""


def plan_argument(command: Command) -> Command:
    """Give a command its plan file."""
    return click.argument("plan", type=_FILE)(command)


def input_options(command: Command) -> Command:
    """Give a command the files and choices of a run, and a variant of its plan."""
    return file_options(click.option("--variant", help="One of the plan's variants.")(command))


def file_options(command: Command) -> Command:
    """Give a command the files and choices of a run."""
    options = (
        click.option("--people", type=_FILE, required=True, help="CSV: id, status, joined, one column per tree."),
        click.option("--orders", type=_FILE, required=True, help="CSV: id, date, seller, the plan's volumes."),
        click.option("--events", multiple=True, metavar="NAME=FILE", help="CSV: id, date, person, the plan's columns."),
        click.option("--period", "period_id", help="2026-03; may be left out where all orders lie in one period."),
        click.option("--since", help="2026-01: the period to begin with, where earlier ones hand on to it."),
        click.option(
            "--company", multiple=True, metavar="NAME=VALUE", help="A figure of the company; may be repeated."
        ),
        click.option("--moves", type=_FILE, help="CSV: date, person, tree, upline, leg: who moved where, and when."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def person_of(label: str, known: "IdIndex", where: str, argument: str) -> int:
    """Find somebody by id.

    Args:
        label: As the user wrote it.
        known: Among whom.
        where: In what they stand, for the message: `this run`, a file.
        argument: What named them.

    Raises:
        InputError: Nobody is called so; with the nearest name.
    """
    found = int(known.find_labels([label])[0]) if len(known) else -1
    if found >= 0:
        return found
    few = len(known) <= _COMPARED_MAX
    todo = nearest(label, known.labels(range(len(known)))) if few else f"{len(known):,} people are in it"
    raise InputError.of(f"{label!r} is nobody in {where}", todo, code="cli.person", path=argument)


def event_files(given: tuple[str, ...], findings: Findings) -> dict[str, Path]:
    """Read `NAME=FILE` arguments, and note those that are not of that form or give a name again."""
    texts = _named("events", "file", given, "NAME=FILE", "cycles=cycles.csv", findings)
    return {name: Path(text) for name, text in texts.items()}


def company_figures(given: tuple[str, ...], findings: Findings) -> dict[str, str]:
    """Read `NAME=VALUE` arguments, and note those that are not of that form or give a name again."""
    return _named("company", "figure", given, "NAME=VALUE", "profit=1000.00", findings)


def _named(
    option: str, word: str, given: tuple[str, ...], form: str, example: str, findings: Findings
) -> dict[str, str]:
    """What an option that may be repeated gives by name."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            what, todo = f"--{option} {text!r} has no {form}", f"write it as {example}"
        elif name in found:
            what, todo = f"--{option} {text!r} gives {name} a second time", f"give each {word} once"
        else:
            found[name] = value
            continue
        findings.add(code=f"cli.{option}", what=what, todo=todo, path=option)
    return found


def read_plan(path: Path, variant: str | None) -> "Plan":
    """Read a plan.

    Raises:
        InputError: Everything that is wrong with it; also that there is none.
    """
    from mlmcore.compensation.loader import load_plan

    try:
        return load_plan(path, variant)
    except FileNotFoundError:
        what = "there is no such file"
    except IsADirectoryError:
        what = "is a folder"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    raise InputError([Finding(code="plan.unreadable", what=what, todo="name a plan in TOML", file=str(path))])


def _period(text: str, timezone: str) -> "Period":
    from mlmcore.domain.periods import Period

    try:
        return Period.parse(text, timezone)
    except InputError as error:
        raise InputError(evolve(finding, path="since") for finding in error.findings) from None


@frozen(kw_only=True)
class Files:
    """The files and choices of a run, as a command was given them by `file_options`."""

    people: Path
    orders: Path
    events: tuple[str, ...]
    period_id: str | None
    since: str | None
    company: tuple[str, ...]
    moves: Path | None


def calculated(
    step: Callable[[str], None], plan: Path, variant: str | None, files: Files, beside: "Plan | None" = None
) -> "Result":
    """Read a plan and the files that it runs on, and run it, and the periods before it where that is asked for.

    Args:
        step: Told what begins.
        plan: The plan's file.
        variant: One of its variants.
        files: What it runs on.
        beside: Another plan that the files serve.

    Raises:
        InputError: Everything that is wrong with them, each with its file and line.
    """
    from mlmcore.compensation.in_a_row import calculate_since
    from mlmcore.files import placed, read_inputs

    findings = Findings()
    figures = company_figures(files.company, findings)
    events = event_files(files.events, findings)
    places: Any = {"people": files.people, "orders": files.orders, "events": events, "moves": files.moves}
    try:
        step(f"reading {plan}")
        loaded = read_plan(plan, variant)
        step(f"reading {files.people} and {files.orders}")
        inputs = read_inputs(loaded, **places, period=files.period_id, company=figures, beside=beside)
    except InputError as error:
        raise InputError([*findings, *error.findings]) from None
    findings.raise_if_any()
    step("calculating")
    try:
        first = inputs.period if files.since is None else _period(files.since, loaded.timezone)
        return calculate_since(loaded, inputs, first)
    except InputError as error:
        raise placed(error, loaded, **places, beside=beside) from error
