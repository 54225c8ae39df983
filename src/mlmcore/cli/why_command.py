"""`mlmcore why`: every amount of one person, explained."""

from pathlib import Path
from typing import Any

import click

from mlmcore.cli._arguments import Files, calculated, input_options, person_of, plan_argument
from mlmcore.cli._output import format_option, progress, show

__all__ = ["command"]


@click.command()
@plan_argument
@click.argument("person")
@input_options
@format_option
def command(
    *,
    plan: Path,
    person: str,
    variant: str | None,
    **files: Any,
) -> None:
    """Explain every amount of PERSON under PLAN: what was paid, what was not, and why.

    The period is calculated as the first one, unless --since names an earlier one to begin with.

    \b
    Example:
      mlmcore why play/starter.toml d000001 --people play/people.csv --orders play/orders.csv
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.compensation.statement import statement

    with progress() as step:
        result = calculated(step, plan, variant, Files(**files))
    person_of(person, result.network.ids, "this run", "PERSON")
    said = statement(result, person)
    show(said.to_text(), said.to_dict())
