"""Which line a refund's line takes back, with `refunds = "original"`: one of this run, or one that waits since before.

Two must know it: a cap, under which a refund makes room for its own line first, and a deferral, under which what a
refund takes back of a line that waits is not charged.
"""

from collections.abc import Iterator

import numpy as np

from mlmcore.compensation.bonuses._found import Found, Payable
from mlmcore.compensation.bonuses._refundable import taken_before
from mlmcore.compensation.bonuses._waiting import waiting_of
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AnyBonus

__all__ = ["Line", "lines_given_back", "taken_back_before", "taken_back_by"]

Line = tuple[str | None, int, int, int, int]
"""What tells a line of one bonus from every other: the order's id, payee, whose level it was, source, level."""


def taken_back_by(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> Iterator[tuple[int, Line]]:
    """Yield the rows that refunds have written, and which line each takes back.

    Args:
        sheet: What the run knows.
        bonus: Whose lines they are.
        lines: The lines.
    """
    if _takes_back(sheet, bonus):
        orders = sheet.rows.orders
        original = np.append(orders.refund_of, np.int32(-1))[lines.found.order]
        for row in np.flatnonzero(original >= 0).tolist():
            yield row, _line(lines.found, row, orders.ids.label(int(original[row])))


def lines_given_back(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> Iterator[tuple[int, Line]]:
    """Yield the rows of orders that are given back in this run, and those that wait since an earlier one.

    Args:
        sheet: What the run knows.
        bonus: Whose lines they are.
        lines: The lines.
    """
    if _takes_back(sheet, bonus):
        orders, waiting = sheet.rows.orders, waiting_of(sheet, bonus)
        given_back = np.unique(orders.refund_of[orders.refund_of >= 0])
        for row in np.flatnonzero(np.isin(lines.found.order, given_back)).tolist():
            yield row, _line(lines.found, row, orders.ids.label(int(lines.found.order[row])))
        came = np.flatnonzero(lines.brought >= 0)
        for row in came[waiting.are_of(lines.brought[came], {*orders.ids.labels(given_back)})].tolist():
            yield row, _line(lines.found, row, waiting.order_of(int(lines.brought[row])))


def taken_back_before(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> Iterator[tuple[int, int]]:
    """Yield the rows that wait since an earlier run, and how much refunds had taken back of each by then.

    Of what is given back in full nothing is kept: then it is all of it.

    Args:
        sheet: What the run knows.
        bonus: Whose lines they are.
        lines: The lines.
    """
    before = taken_before(sheet, bonus) if _writes_lines(sheet, bonus) else None
    if before is not None:
        waiting = waiting_of(sheet, bonus)
        for row in np.flatnonzero((lines.brought >= 0) & (lines.minor > 0)).tolist():
            yield row, before.get(waiting.identity(int(lines.brought[row])), int(lines.minor[row]))


def _writes_lines(sheet: Sheet, bonus: AnyBonus) -> bool:
    """Whether refunds write lines of their own."""
    return bonus.source == "orders" and sheet.plan.refunds == "original"


def _takes_back(sheet: Sheet, bonus: AnyBonus) -> bool:
    """Whether they do, and there is one."""
    return _writes_lines(sheet, bonus) and bool((sheet.rows.orders.refund_of >= 0).any())


def _line(found: Found, row: int, order: str | None) -> Line:
    payee, whose, source, level = (int(each[row]) for each in (found.payee, found.whose, found.source, found.level))
    return order, payee, whose, source, level
