"""Typing a command in this process, and a small company in a folder to type it about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen

from mlmcore.cli._app import run

__all__ = ["ORDERS", "PEOPLE", "PLAN", "Said", "company", "contents", "mlmcore"]

PLAN: Final = """\
[plan]
id = "small"
version = "1"
effective_from = 2000-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_up", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points", cv = "money" }

[[bonuses]]
id = "team"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
first_level = 1
rates = [0.10, 0.05]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
PEOPLE: Final = """\
id,status,joined,sponsor
ann,active,2025-01-01,
bob,active,2025-02-01,ann
cid,active,2025-03-01,bob
"""
ORDERS: Final = """\
id,date,seller,pv,cv
o1,2026-03-02,cid,80,100.00
o2,2026-03-03,bob,8,10.55
"""


@frozen(kw_only=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


def mlmcore(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Type a command."""
    capsys.readouterr()
    code = run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Said(code=code, out=said.out, err=said.err)


def company(folder: Path, plan: str = PLAN, people: str | bytes = PEOPLE, orders: str | bytes = ORDERS) -> list[str]:
    """Lay plan, people and orders into the current folder; the arguments that `run` takes for them."""
    texts: Mapping[str, str | bytes] = {"plan.toml": plan, "people.csv": people, "orders.csv": orders}
    for name, text in texts.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return ["run", "plan.toml", "--people", "people.csv", "--orders", "orders.csv", "--out", "out"]


def contents(folder: Path) -> dict[str, bytes]:
    """Everything below a folder: folders as names, files with their bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}
