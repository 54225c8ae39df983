"""`mlmcore init`: a folder with the shipped plan, a small network and its orders."""

from importlib.resources import files
from pathlib import Path

import click

from mlmcore.cli._output import format_option, show
from mlmcore.domain.errors import RefusedError

__all__ = ["command"]

_PEOPLE, _ORDERS, _PERIOD = 60, 240, "2026-03"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@format_option
def command(folder: Path) -> None:
    r"""Make FOLDER with a plan, a network of 60 people and a month of orders to play with.

    \b
    Example:
      mlmcore init play
    """
    from mlmcore.domain.periods import Period
    from mlmcore.simulation import seeded_network, write_orders, write_people

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(f"{folder} is there already; name a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    shipped = (files("mlmcore.compensation") / "shipped" / "starter.toml").read_text(encoding="utf-8")
    (folder / "starter.toml").write_text(shipped, encoding="utf-8")
    network = seeded_network(_PEOPLE, _ORDERS, period=Period.parse(_PERIOD))
    write_people(network, folder / "people.csv")
    write_orders(network, folder / "orders.csv")
    inputs = f"{folder / 'starter.toml'} --people {folder / 'people.csv'} --orders {folder / 'orders.csv'}"
    commands = [
        f"mlmcore run {inputs} --out {folder / 'out'}",
        f"mlmcore why {folder / 'starter.toml'} d000001 {inputs.partition(' ')[2]}",
        f"mlmcore lint {folder / 'starter.toml'}",
    ]
    text = f"{folder} holds the plan starter.toml, people.csv and orders.csv. Try:\n" + "\n".join(
        f"  {line}" for line in commands
    )
    show(text, {"folder": str(folder), "next": commands})
