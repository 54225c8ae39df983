"""`mlmcore why`: every amount of one person, explained."""

from pathlib import Path

import click

from mlmcore.cli._arguments import company_figures, input_options, plan_argument, read_run
from mlmcore.cli._output import format_option, progress, show

__all__ = ["command"]


@click.command()
@plan_argument
@click.argument("person")
@input_options
@format_option
def command(
    plan: Path,
    person: str,
    people: Path,
    orders: Path,
    period_id: str | None,
    variant: str | None,
    company: tuple[str, ...],
) -> None:
    r"""Explain every amount of PERSON under PLAN: what was paid, what was not, and why.

    \b
    Example:
      mlmcore why play/starter.toml d000001 --people play/people.csv --orders play/orders.csv
    """
    from mlmcore.compensation.engine import calculate
    from mlmcore.compensation.statement import statement

    with progress() as step:
        read = read_run(
            step, plan=plan, people=people, orders=orders, period_id=period_id, variant=variant,
            company=company_figures(company),
        )  # fmt: skip
        step("calculating")
        said = statement(calculate(*read), person)
    show(said.to_text(), said.to_dict())
