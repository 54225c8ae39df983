"""`mlmcore plan`: store a plan in the database, so that periods can be calculated by it."""

import tomllib
from pathlib import Path

import click

from mlmcore.cli._arguments import plan_argument, read_plan
from mlmcore.cli._database import database_options, stored
from mlmcore.cli._output import format_option, show

__all__ = ["command"]


@click.group()
def command() -> None:
    """Store a plan in the database.

    \b
    Example:
      mlmcore plan install starter.toml --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)


@command.command()
@plan_argument
@click.option("--variant", help="One of the plan's variants, which is stored as the plan.")
@click.option("--name", help="What people call it.")
@database_options
@format_option
def install(plan: Path, variant: str | None, name: str | None, dsn: str, schema: str) -> None:
    """Store a plan and write its ranks into the table of ranks; a second time changes nothing.

    A version that is stored already with another meaning is refused: a changed plan is another version.

    \b
    Example:
      mlmcore plan install starter.toml --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.operations import install_plan

    text = _whole_text(plan, variant)
    with stored(dsn, schema) as store, store() as unit:
        row = install_plan(unit, text, name=name)
    document = {
        "plan": row.plan_id,
        "version": row.version,
        "effective_from": row.effective_from,
        "currency": row.currency,
        "digest": row.digest,
    }
    show(f"plan {row.plan_id}, version {row.version}, is stored; effective from {row.effective_from}", document)


def _whole_text(path: Path, variant: str | None) -> str:
    """A plan as it is written, comments and all; written out where it extends another one or a variant is meant."""
    from mlmcore.compensation.loader import dumps_plan

    plan = read_plan(path, variant)
    text = path.read_text(encoding="utf-8-sig")
    if variant is None and "extends" not in tomllib.loads(text)["plan"]:
        return text
    return dumps_plan(plan)
