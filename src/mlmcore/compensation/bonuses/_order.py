"""The engine's order of lines: order date, order id, level, payee, source; people by their ids, accounts last."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.frames import Sheet

__all__ = ["in_order", "order_keys"]

Ints = NDArray[np.int32]


def in_order(sheet: Sheet, found: Found) -> NDArray[np.intp]:
    """Where each place of the order gets its row from."""
    if _rises(found.order, found.level):  # as walks from orders mostly leave them; sorting would cost the most of all
        return np.arange(len(found))
    return np.lexsort(order_keys(sheet, found))


def order_keys(sheet: Sheet, found: Found, dated: str | None = None) -> tuple[NDArray[Any], ...]:
    """The keys to sort by, the last one first: reason, whose, source, payee, level, order.

    Args:
        sheet: What the run knows.
        found: The lines.
        dated: What their orders are, `orders` or `events.NAME`, where lines of several bonuses are sorted together.
    """
    rank = np.concatenate([sheet.rows.network.ids.rank, [-1]]).astype(np.int64)
    payee = np.where(
        found.payee <= ACCOUNTS, len(rank) - found.payee.astype(np.int64), rank[np.maximum(found.payee, -1)]
    )
    order = found.order if dated is None else np.concatenate([sheet.rows.places(dated), [-1]])[found.order]
    return (found.reason, rank[found.whose], rank[found.source], payee, found.level, order)


def _rises(order: Ints, level: Ints) -> bool:
    """Whether each row has a later order than the one before, or the same one at a higher level."""
    later, same = order[1:] > order[:-1], order[1:] == order[:-1]
    return bool((later | (same & (level[1:] > level[:-1]))).all())
