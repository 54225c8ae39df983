"""`mlmcore why`: every amount of one person, explained."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mlmcore.cli._arguments import calculated, input_options, plan_argument
from mlmcore.cli._output import format_option, progress, show
from mlmcore.domain.errors import InputError, nearest

if TYPE_CHECKING:
    from mlmcore.genealogy import IdIndex

__all__ = ["command"]

_COMPARED_MAX: Final = 20_000
"""Among how many people the nearest name is looked for: among a million it takes a minute."""


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
    """Explain every amount of PERSON under PLAN: what was paid, what was not, and why.

    \b
    Example:
      mlmcore why play/starter.toml d000001 --people play/people.csv --orders play/orders.csv
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.compensation.statement import statement

    with progress() as step:
        result = calculated(
            step, plan=plan, people=people, orders=orders, period_id=period_id, variant=variant, company=company
        )
    _refuse_unknown(person, result.network.ids)
    said = statement(result, person)
    show(said.to_text(), said.to_dict())


def _refuse_unknown(person: str, known: "IdIndex") -> None:
    if len(known) and known.find_labels([person])[0] >= 0:
        return
    few = len(known) <= _COMPARED_MAX
    todo = nearest(person, known.labels(range(len(known)))) if few else f"{len(known):,} people are in it"
    raise InputError.of(f"{person!r} is nobody in this run", todo, code="cli.person", path="PERSON")
