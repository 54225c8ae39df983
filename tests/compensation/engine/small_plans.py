"""Plans of a few lines for tests of the engine, and what comes out of them in words."""

from typing import Any

from mlmcore.compensation.lines import Reason
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result

HEADER = """
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = {{ mode = "half_up", places = 2, at = "{at}" }}
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "{refunds}"
active = "active"
accounts = ["house"]
[inputs]
trees = ["sponsor"]
volumes = {{ pv = "points", cv = "money" }}
attributes = {{ off = "boolean", title = "text" }}
company = {{ profit = "money" }}
[measures]
personal = "sum(orders, pv)"
active = "not off"
"""

UNILEVEL = """
[[bonuses]]
id = "uni"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.05, 0.03]
counts = "true"
pays = "active"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""

JUST_BEFORE = """
[[bonuses]]
id = "step"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
as_of = "event"
amount = "{amount}"
negative = "charge"
"""

CASH = """
[[bonuses]]
id = "cash"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "cv"
negative = "charge"
"""


def plan(body: str = UNILEVEL, *, refunds: str = "current", at: str = "line", more: str = "") -> Plan:
    """A plan of the header, a body, and lines that follow the body's last table."""
    return loads_plan(HEADER.format(refunds=refunds, at=at) + body + more)


def ledger(result: Result) -> list[str]:
    """Ledger lines as `uni 1 bob sale 1.67`: bonus, level, payee, order, amount."""
    return [
        f"{item.bonus} {item.level[line]} {label(result, item.payee[line])} {order(result, item.order[line])} "
        f"{cents(int(item.amount[line]))}"
        for item in result.lines.segments
        for line in range(len(item))
    ]


def label(result: Result, person: Any) -> str:
    """Who a person index is."""
    return result.network.ids.label(int(person)) if person >= 0 else "-"


def order(result: Result, index: Any) -> str:
    """Which order an index is."""
    return result.orders.ids.label(int(index)) if index >= 0 else "-"


def cents(amount: int) -> str:
    """Minor units as written."""
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:02}"


def unpaid(result: Result) -> list[str]:
    """Unpaid lines as `uni 1 bob inactive 5.0000`."""
    return [
        f"{item.bonus} {item.level[line]} {label(result, item.payee[line])} "
        f"{Reason(int(item.reason[line])).label} {item.amount_of(line)}"
        for item in result.unpaid.segments
        for line in range(len(item))
    ]
