"""What entities ask across their attributes, asked of whole sheets: whether no row can break any of it.

Each function stands for the `__attrs_post_init__` of one entity, and a test holds them together. Sums are looked at
before they are made: where one might leave 64 bits, nothing is vouched for.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.rounding import largest
from mlmcore.domain.errors import InputError
from mlmcore.genealogy.ids import IdIndex
from mlmcore.repositories.columnar.arrays import Sheet

__all__ = ["add_up", "hang_together"]

_SAFE: Final = 1 << 62
_NO_ROWS: Final[NDArray[np.int32]] = np.zeros(0, dtype=np.int32)


def hang_together(sheet: Sheet) -> bool:
    """Whether the attributes of every row agree with each other."""
    rule = _RULES.get(sheet.shape.table)
    return rule is None or rule(sheet)


def add_up(orders: Sheet | None, items: Sheet | None) -> NDArray[np.int32] | None:
    """Whether every order has items, and their prices come to its subtotal.

    Returns:
        int32[m]: the row of each item's order; None where one has none, or something does not add up.
    """
    if items is None or orders is None:
        alone = orders if items is None else items
        return _NO_ROWS if alone is None or not alone.rows else None
    of_item = _rows_of(orders.keys("id"), items.keys("order_id"))
    prices = items.numbers("total_price")
    if of_item is None or _might_overflow(prices, len(prices)):
        return None
    sums, counts = np.zeros(orders.rows, dtype=np.int64), np.bincount(of_item, minlength=orders.rows)
    np.add.at(sums, of_item, prices)
    return of_item if (counts > 0).all() and (sums == orders.numbers("subtotal")).all() else None


def _rows_of(keys: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.int32] | None:
    try:
        found = IdIndex.from_keys(keys).find(wanted)
    except InputError:  # a key is given twice
        return None
    return None if (found < 0).any() else found


def _distributor(sheet: Sheet) -> bool:
    own = sheet.keys("user_id")
    parents = ("sponsor_id", "placement_id", "enroller_id")
    below_oneself = [sheet.there(name) & (sheet.keys(name) == own).all(axis=1) for name in parents]
    half_placed = sheet.there("placement_id") != sheet.there("placement_leg")
    leg_of_nobody = sheet.there("sponsor_leg") & ~sheet.there("sponsor_id")
    return not (np.any(below_oneself) or half_placed.any() or leg_of_nobody.any())


def _customer(sheet: Sheet) -> bool:
    return _in_order(sheet, "first_order_date", "last_order_date")


def _product(sheet: Sheet) -> bool:
    short = (sheet.numbers("inventory_tracked") != 0) & (sheet.numbers("stock_quantity") < 0)
    return not short.any() and _in_order(sheet, "launch_date", "discontinued_date")


def _order_item(sheet: Sheet) -> bool:
    quantity, price = sheet.numbers("quantity"), sheet.numbers("unit_price")
    if _might_overflow(price, int(quantity.max(initial=0))):
        return False
    more_taken = sheet.numbers("stock_taken") > quantity
    return not more_taken.any() and bool((sheet.numbers("total_price") == price * quantity).all())


def _order(sheet: Sheet) -> bool:
    parts = [sheet.numbers(name) for name in ("subtotal", "discount_amount", "tax_amount", "shipping_amount")]
    if any(_might_overflow(part, len(parts)) for part in parts):
        return False
    subtotal, discount, tax, shipping = parts
    adds_up = sheet.numbers("total") == subtotal - discount + tax + shipping
    return bool(adds_up.all()) and _in_order(sheet, "shipped_at", "delivered_at")


def _in_order(sheet: Sheet, earlier: str, later: str) -> bool:
    both = sheet.there(earlier) & sheet.there(later)
    return not (both & (sheet.numbers(later) < sheet.numbers(earlier))).any()


def _might_overflow(numbers: NDArray[np.int64], times: int) -> bool:
    return largest(numbers) * max(times, 1) > _SAFE


_RULES: Final[Mapping[str, Callable[[Sheet], bool]]] = {
    "distributors": _distributor,
    "customers": _customer,
    "products": _product,
    "order_items": _order_item,
    "orders": _order,
}
