"""What errors look like: everything that is wrong at once, with what, where, and what to do.

Run it with the base install: `python examples/bad_input.py`. It writes a plan and two files with mistakes into a
temporary folder and reads them.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.domain.errors import InputError
from mlmcore.files import read_inputs

PLAN = """\
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points", cv = "money" }

[measures]
personal = "sum(orders, pv)"

[[bonuses]]
id = "retail"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "0.25 * cv"
negative = "charge"
"""

WRONG_PLAN = PLAN.replace("sum(orders, pv)", "sum(orders, vp)").replace('negative = "charge"\n', "")

PEOPLE = """\
id,status,joined,sponsor
ann,active,2026-01-05,
bob,activ,2026-01-06,ann
cid,active,2026-01-07,dan
dan,active,2026-01-08,cid
eve,active,2026-01-09,zoe
bob,active,2026-01-10,ann
"""

ORDERS = """\
id,date,seller,pv,cv
o-1,2026-03-02,ann,1e3,10.00
o-2,2026-03-03,bob,20,"1,000.00"
o-3,2026-03-04,max,20,10.005
"""


def main() -> None:
    """Try a wrong plan and wrong files, and print what is said."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # so that messages show short names
        Path("wrong.toml").write_text(WRONG_PLAN, encoding="utf-8")
        Path("people.csv").write_text(PEOPLE, encoding="utf-8")
        Path("orders.csv").write_text(ORDERS, encoding="utf-8")

        _show("A plan with a misspelt name and an option left out", lambda: load_plan("wrong.toml"))
        _show("Files with a loop, an orphan, somebody twice, and numbers that are none", _read_files)
        os.chdir("/")


def _read_files() -> object:
    return read_inputs(loads_plan(PLAN), people=Path("people.csv"), orders=Path("orders.csv"), period="2026-03")


def _show(heading: str, attempt: Callable[[], object]) -> None:
    print(f"{heading}:")
    try:
        attempt()
    except InputError as error:
        for finding in error.findings:
            print(f"  {finding}")
    print()


if __name__ == "__main__":
    main()
