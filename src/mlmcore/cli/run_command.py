"""`mlmcore run`: files in, ledger and statements out, without a database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from mlmcore.cli._arguments import Files, calculated, input_options, plan_argument
from mlmcore.cli._output import format_option, plain_table, progress, show

__all__ = ["command"]


@click.command()
@plan_argument
@input_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder, or one of an earlier run.")
@format_option
def command(
    *,
    plan: Path,
    variant: str | None,
    out: Path,
    **files: Any,
) -> None:
    """Calculate PLAN over the people and orders of two CSV files.

    Writes ledger.csv, unpaid.csv, accounts.csv, people.csv, statements.txt and totals.json into the folder of --out;
    all of them, or nothing where anything is wrong.

    The period is calculated as the first one, unless --since names an earlier one to begin with.

    \b
    Example:
      mlmcore run play/starter.toml --people play/people.csv --orders play/orders.csv --out play/out
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.compensation.in_a_row import handed_on_by
    from mlmcore.files import totals_of, write_output

    with progress() as step:
        result = calculated(step, plan, variant, Files(**files))
        step("writing")
        write_output(result, out)
    totals = totals_of(result)
    columns = ["entitled", "paid", "unpaid", *(name for name in ("brought", "carried") if name in totals)]
    sums = [*totals["by_bonus"].items(), ("all", totals)]
    rows = [[name, *(item.get(column, "0") for column in columns)] for name, item in sums]
    table = plain_table(["bonus", *columns], rows, right=tuple(range(1, len(columns) + 1)))
    heading = (
        f"{totals['period']}: {totals['people']:,} people, {totals['orders']:,} orders, "
        f"plan {result.plan.id} version {result.plan.version}, {totals['currency']}"
    )
    anew = () if files["since"] else handed_on_by(result.plan)
    shown = [heading, table, *([_anew(totals["period"], anew)] if anew else []), f"written to {out}"]
    show("\n\n".join(shown), {**totals, "out": str(out), "begun_anew": list(anew)})


def _anew(period: str, what: Sequence[str]) -> str:
    """That a period was calculated as the first one, and what therefore began anew."""
    return (
        f"{period} was calculated as the first period, so these began anew: {', '.join(what)}.\n"
        "Where there are earlier periods, --since names the one to begin with."
    )
