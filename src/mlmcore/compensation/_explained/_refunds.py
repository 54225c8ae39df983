"""How it is told what a refund takes back: by what its order paid, not by what holds now."""

import numpy as np

from mlmcore.compensation._explained._teller import Teller
from mlmcore.compensation.bonuses._given_back import parts_given_back, percentage
from mlmcore.compensation.plan import AnyBonus, SourceBonus

__all__ = ["original_of", "taken_back_told"]


def original_of(teller: Teller, bonus: AnyBonus, order: int) -> int:
    """The order of which a line takes back what it paid; -1 of any other line."""
    if order < 0 or bonus.dated != "orders" or teller.result.plan.refunds != "original":
        return -1
    return int(teller.sheet.rows.orders.refund_of[order]) if isinstance(bonus, SourceBonus) else -1


def taken_back_told(teller: Teller, bonus: SourceBonus, order: int) -> str:
    """Which part of what is taken back: `takes back 50.00% of what order sale of 2026-03-02 paid`."""
    orders = teller.sheet.rows.orders
    original = int(orders.refund_of[order])
    (part,) = parts_given_back(teller.sheet, bonus, np.array([order], dtype=np.int32))
    share = "its share" if part is None else percentage(part)
    day = teller.sheet.dated("orders")["date"].text(original)
    return f"takes back {share} of what order {orders.ids.label(original)} of {day} paid"
