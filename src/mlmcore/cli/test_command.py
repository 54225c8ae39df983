"""`mlmcore test`: run the cases that a plan's designer has written."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlmcore.cli._output import format_option, progress, show
from mlmcore.domain.errors import Finding, InputError

if TYPE_CHECKING:
    from mlmcore.testing.cases import Outcome

__all__ = ["command"]


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--verbose", "-v", is_flag=True, help="Name the cases that passed, too.")
@format_option
def command(paths: tuple[Path, ...], *, verbose: bool) -> None:
    """Run the cases of PATHS: files, or folders with files called *.cases.yaml.

    Of each case that fails: the tree, what was expected, what came out, and how the first amount that differs comes
    about. Exits with 0 where all passed, 1 where some failed, 2 where a case cannot be read or run.

    \b
    Example:
      mlmcore test play/starter.cases.yaml
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.testing.cases import document_of

    with progress() as step:
        outcomes = _run_all(paths, step)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    document: dict[str, Any] = {
        "passed": len(outcomes) - len(failed),
        "failed": len(failed),
        "cases": [document_of(outcome) for outcome in outcomes],
    }
    show(_told(outcomes, len(failed), verbose=verbose), document)
    if failed:
        raise click.exceptions.Exit(1)


def _run_all(paths: tuple[Path, ...], step: Callable[[str], None]) -> "list[Outcome]":
    """Run every case of every file; where anything is wrong with any of them, say all of it and nothing else."""
    from mlmcore.testing.cases import Plans, case_files, read_cases, run_case

    plans, outcomes = Plans(), []
    findings: dict[Finding, None] = {}
    for path in case_files(paths):
        step(f"testing {path}")
        try:
            cases = read_cases(path, plans)
        except InputError as error:
            findings.update(dict.fromkeys(error.findings))
            continue
        for case in cases:
            try:
                outcomes.append(run_case(case))
            except InputError as error:
                findings.update(dict.fromkeys(error.findings))
    if findings:
        raise InputError(findings)
    return outcomes


def _told(outcomes: "list[Outcome]", failed: int, *, verbose: bool) -> str:
    from mlmcore.testing.cases import report

    parts = [report(outcome) for outcome in outcomes if verbose or not outcome.passed]
    passed = len(outcomes) - failed
    counted = "1 case" if len(outcomes) == 1 else f"{len(outcomes):,} cases"
    separator = "\n" if verbose and not failed else "\n\n"
    return separator.join([*parts, f"{counted}: {passed:,} passed, {failed:,} failed"])
