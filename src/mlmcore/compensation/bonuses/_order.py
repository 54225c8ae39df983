"""The engine's order of lines: order date, order id, level, payee, source; people by their ids, accounts last."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.lines import UnpaidSegment
from mlmcore.compensation.rounding import largest
from mlmcore.genealogy.threads import in_parts

__all__ = ["in_order", "in_unpaid_order", "order_keys", "rises", "sorted_by", "unpaid_rises"]

Ints = NDArray[np.int32]

_BITS: Final = 63


def in_order(sheet: Sheet, found: Found) -> NDArray[np.intp]:
    """Where each place of the order gets its row from."""
    return sorted_by(order_keys(sheet, found))


def in_unpaid_order(sheet: Sheet, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.intp]:
    """As `in_order`, of unpaid lines by column; whose line it is stands in the place of the payee.

    Where not all of it fits into one number, they come as a few runs that are in order already, which a stable sort by
    order and level merges in one pass; only what shares both is sorted by the rest.
    """
    rank = np.append(sheet.rows.network.ids.rank, np.int32(-1))
    level, order = columns["level"], columns["order"]
    packed = _packed((columns["reason"], rank[columns["source"]], rank[columns["payee"]], level, order))
    if packed is not None:
        return _sorted_packed(packed)
    key = (order.astype(np.int64) + 1) * (largest(level) + 2) + level + 1
    place = np.argsort(key, kind="stable")
    ordered = key[place]
    same = ordered[1:] == ordered[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        rows = place[tied]
        rest = (columns["reason"][rows], rank[columns["source"][rows]], rank[columns["payee"][rows]], ordered[tied])
        place[tied] = rows[sorted_by(rest)]
    return place


def sorted_by(keys: Sequence[NDArray[Any]]) -> NDArray[np.intp]:
    """As `numpy.lexsort`: positions in the order of whole-number keys, the last of which is the first to sort by.

    Where all of them fit into one number, sorting that is ten times as fast.
    """
    packed = _packed(keys)
    return np.lexsort(keys) if packed is None else _sorted_packed(packed)


def _packed(keys: Sequence[NDArray[Any]]) -> NDArray[np.int64] | None:
    """int64[n]: all keys in one number, the last one highest; None where they need more than 63 bits."""
    packed = np.zeros(len(keys[0]), dtype=np.int64)
    if not len(packed):
        return packed
    spans = [(int(key.min()), int(key.max())) for key in keys]
    widths = [(high - low).bit_length() for low, high in spans]
    if sum(widths) > _BITS:
        return None
    for key, (low, _), width in reversed(list(zip(keys, spans, widths, strict=True))):
        if width:
            packed <<= width
            packed |= key.astype(np.int64) - low
    return packed


def _sorted_packed(packed: NDArray[np.int64]) -> NDArray[np.intp]:
    """Positions in the order of the numbers; of those that are equal, the first one first."""
    place = np.argsort(packed)
    ordered = packed[place]
    return np.argsort(packed, kind="stable") if (ordered[1:] == ordered[:-1]).any() else place


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


def unpaid_rises(sheet: Sheet, lines: UnpaidSegment) -> bool:
    """Whether unpaid lines are in order already: first those of no order and level by payee, and then as in `rises`."""
    order, level = lines.order, lines.level
    head = int(np.argmax((order >= 0) | (level >= 0))) if len(lines) else 0
    rank = sheet.rows.network.ids.rank[lines.payee[:head]]
    of_people = bool((rank[1:] > rank[:-1]).all()) and bool((lines.payee[:head] >= 0).all())
    return of_people and _rise(order[head:], level[head:])


def rises(found: Found) -> bool:
    """Whether each row has a later order than the one before, or the same one at a higher level.

    So walks from orders mostly leave them, and sorting would cost the most of all.
    """
    return _rise(found.order, found.level)


def _rise(order: Ints, level: Ints) -> bool:
    def rise(begin: int, end: int) -> bool:
        here, there = slice(begin, end), slice(begin + 1, end + 1)
        later, same = order[there] > order[here], order[there] == order[here]
        return bool((later | (same & (level[there] > level[here]))).all())

    return all(in_parts(max(len(order) - 1, 0), rise))
