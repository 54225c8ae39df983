"""`mlmcore init`: a folder with the shipped plan, a small network, its orders, and three cases of the plan."""

import shlex
from importlib.resources import files
from pathlib import Path

import click

from mlmcore.cli._output import format_option, show
from mlmcore.domain.errors import RefusedError

__all__ = ["command"]

_PEOPLE, _ORDERS, _PERIOD = 60, 240, "2026-03"
_README = """\
A small company that never was: {people} people, and their orders of {period}.

starter.toml         the plan that ships with mlmcore: every clause says what it does; change one and run again
starter.cases.yaml   three tests of it: what must come out of a few people and orders
people.csv           who is there, since when, and below whom
orders.csv           who sold what to whom; a refund is an order that names the one that came back

Type in this folder:

{commands}
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@format_option
def command(folder: Path) -> None:
    """Make FOLDER with a plan, three cases, a network of 60 people and a month of orders to play with.

    \b
    Example:
      mlmcore init play
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.domain.periods import Period
    from mlmcore.simulation import seeded_network, write_orders, write_people

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(f"{folder} is there already; name a new or an empty folder")
    shipped = files("mlmcore.compensation") / "shipped"
    network = seeded_network(_PEOPLE, _ORDERS, period=Period.parse(_PERIOD))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("starter.toml", "starter.cases.yaml"):
            text = (shipped / name).read_text(encoding="utf-8")
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        write_people(network, folder / "people.csv")
        write_orders(network, folder / "orders.csv")
        (folder / "README.txt").write_text(_readme(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise RefusedError(f"{folder} cannot be written: {error.strerror}") from error
    commands = _commands(folder)
    held = "the plan starter.toml, starter.cases.yaml, people.csv, orders.csv and README.txt"
    text = f"{folder} holds {held}. Try:\n" + "\n".join(f"  {line}" for line in commands)
    show(text, {"folder": str(folder), "next": commands})


def _readme() -> str:
    """What is in the folder and what to type in it; the same wherever the folder is."""
    commands = "\n".join(f"  {line}" for line in _commands(Path()))
    return _README.format(people=_PEOPLE, period=_PERIOD, commands=commands)


def _commands(folder: Path) -> list[str]:
    plan, cases, people, orders, out = (
        shlex.quote(str(folder / name))
        for name in ("starter.toml", "starter.cases.yaml", "people.csv", "orders.csv", "out")
    )
    inputs = f"--people {people} --orders {orders}"
    return [
        f"mlmcore run {plan} {inputs} --out {out}",
        f"mlmcore why {plan} d000001 {inputs}",
        f"mlmcore lint {plan}",
        f"mlmcore test {cases}",
    ]
