"""A plan, four people, three orders: the ledger lines, what was not paid, and why.

Run it with the base install: `python examples/a_plan_in_python.py`. Nothing is stored: the engine takes a plan and
columns, and reads nothing else.
"""

from datetime import date
from decimal import Decimal

import numpy as np

from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.money import Money
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

PLAN = """
[plan]
id = "two_levels"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "active"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points", cv = "money" }

[measures]
personal = "sum(orders, pv)"
active = "personal >= 50"

[[bonuses]]
id = "unilevel"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.10, 0.05]
counts = "true"
pays = "active"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""

NAMES = ["ann", "bob", "cid", "dan"]
SPONSOR = [-1, 0, 1, 2]  # positions in NAMES: each sponsors the next
ORDERS = [  # id, day of March, seller, PV, CV
    ("o-1", 3, 0, "60", "48.00"),
    ("o-2", 10, 2, "80", "63.70"),
    ("o-3", 21, 3, "100", "79.95"),
]


def inputs() -> RunInputs:
    """People, tree and orders as columns; exact decimals, days since 1970."""
    people = People(
        ids=IdIndex.from_labels(NAMES),
        status=Column.texts(["active"] * len(NAMES)),
        joined=np.full(len(NAMES), _day(date(2026, 1, 1)), dtype=np.int32),
    )
    ids, days, sellers, pv, cv = zip(*ORDERS, strict=True)
    orders = Orders(
        ids=IdIndex.from_labels(ids),
        date=np.array([_day(date(2026, 3, day)) for day in days], dtype=np.int32),
        seller=np.array(sellers, dtype=np.int32),
        volumes={
            "pv": Column.numbers([Decimal(text) for text in pv], unit="points", places=2),
            "cv": Column.numbers([Decimal(text) for text in cv], unit="money", places=2),
        },
    )
    tree = Edges(parent=np.array(SPONSOR, dtype=np.int32))
    return RunInputs(period=Period.parse("2026-03", "UTC"), people=people, trees={"sponsor": tree}, orders=orders)


def show_lines(result: Result) -> None:
    """Print every ledger line and every unpaid line."""
    people, orders = result.network.ids, result.orders.ids
    print("Ledger lines:")
    for paid in result.lines.segments:
        for line in range(len(paid)):
            payee, order = people.label(int(paid.payee[line])), orders.label(int(paid.order[line]))
            told = f"level {paid.level[line]}: {paid.base_of(line)} x {paid.rate_of(line)}"
            print(f"  {order}  {payee}  {told} = {Money(int(paid.amount[line]), 'USD')}")
    print("Not paid:")
    for lost in result.unpaid.segments:
        for line in range(len(lost)):
            person = int(lost.payee[line])
            whom = people.label(person) if person >= 0 else "(nobody above the root)"
            reason, place = Reason(int(lost.reason[line])).label, int(lost.order[line])
            order = orders.label(place) if place >= 0 else "all"  # what rounding took is one line for each payee
            print(f"  {order}  {whom}  {lost.amount_of(line)}: {reason}")


def main() -> None:
    """Calculate the month and explain it."""
    result = calculate(loads_plan(PLAN), inputs())

    show_lines(result)
    whole = result.identity["unilevel"]
    print(f"\nEntitled {whole.entitled} = paid {whole.paid} + unpaid {whole.unpaid}\n")
    print(statement(result, "bob").to_text())
    print(statement(result, "ann").to_text())


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


if __name__ == "__main__":
    main()
