"""`mlmcore why`: every amount of one person, explained."""

from pathlib import Path

import click

from mlmcore.cli._arguments import calculated, input_options, person_of, plan_argument
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
    people: Path,
    orders: Path,
    events: tuple[str, ...],
    period_id: str | None,
    variant: str | None,
    company: tuple[str, ...],
    moves: Path | None,
) -> None:
    """Explain every amount of PERSON under PLAN: what was paid, what was not, and why.

    \b
    Example:
      mlmcore why play/starter.toml d000001 --people play/people.csv --orders play/orders.csv
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.compensation.statement import statement

    with progress() as step:
        result = calculated(
            step,
            plan=plan,
            people=people,
            orders=orders,
            events=events,
            period_id=period_id,
            variant=variant,
            company=company,
            moves=moves,
        )
    person_of(person, result.network.ids, "this run", "PERSON")
    said = statement(result, person)
    show(said.to_text(), said.to_dict())
