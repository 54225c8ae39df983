"""A small plan that is right, in parts, for tests that make it wrong."""

PLAN = """\
[plan]
id = "starter"
version = "1"
effective_from = 2026-03-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "active"
accounts = ["house"]

[inputs]
trees = ["sponsor", "enroller"]
volumes = { pv = "points", cv = "money" }
attributes = { autoship = "boolean", title = "text" }

[parameters]
active_pv = 100

[tables.bonus_rates]
by = "rank"
rows = { bronze = 0.05, silver = 0.1 }
missing = 0

[order_columns]
fast = "days_between(seller.joined, date) < 60"

[measures]
personal = "sum(orders, pv)"
active = "personal >= active_pv"
group_volume = "sum(group, personal)"

[rank]
from = "requires"
climb = "highest"

[[ranks]]
id = "bronze"
requires = "active"

[[ranks]]
id = "silver"
volume = 1000
requires = "active and group_volume >= this.volume"

[[bonuses]]
id = "walk"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = { bronze = [0.05, 0.03], silver = [0.05, 0.05] }
counts = "active"
pays = "active"
unpaid = "lost"
no_upline = "lost"
negative = "charge"

[[bonuses]]
id = "award"
type = "rank_bonus"
kind = "amount"
amount = "50 if rank >= silver else 0"

[carry]
lifetime = { value = "previous.lifetime + personal", initial = 0 }

[variants.generous]
drop = ["award"]
parameters.active_pv = 50
bonuses.walk.unpaid = "next"
"""


def changed(old: str, new: str) -> str:
    """Return the plan with one part replaced, which must be there exactly once."""
    assert PLAN.count(old) == 1, (PLAN.count(old), old)
    return PLAN.replace(old, new)
