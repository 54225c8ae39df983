"""What every store asks of an order and its refunds, beyond what the entities say (O3, O5, O7, O9, O11)."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from attrs import evolve

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Order, OrderItem, OrderRefund, Product

__all__ = ["refuse_changes", "refuse_empty", "refuse_excess", "refuse_other_currencies"]

_FIXED: Final = (
    "order_number",
    "customer_id",
    "distributor_id",
    "currency",
    "subtotal",
    "discount_amount",
    "tax_amount",
    "shipping_amount",
    "total",
    "volumes",
)
"""What an order keeps from the moment it is stored (O5)."""

_Quantity = TypeVar("_Quantity", int, Money, Decimal)


def refuse_empty(order: Order) -> None:
    """Refuse an order without items (O3)."""
    if not order.items:
        raise RefusedError(f"order {order.order_number} has no items; an order has at least one")


def refuse_other_currencies(order: Order, product_of: Callable[[UUID], Product]) -> None:
    """Refuse an order whose items' products are sold in another currency (O11)."""
    for item in order.items:
        product = product_of(item.product_id)
        if product.currency != order.currency:
            raise RefusedError(
                f"order {order.order_number} is in {order.currency}, and product {product.sku} is sold in "
                f"{product.currency}; An order is in the currency of its products"
            )


def refuse_changes(before: Order, after: Order) -> None:
    """Refuse a change of what an order keeps (O5, O7)."""
    changed = [name for name in _FIXED if getattr(before, name) != getattr(after, name)]
    if after.items and _contents(before) != _contents(after):
        changed.append("items")
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} of order {before.order_number} cannot change once it is stored; "
            "refund the order and place a new one"
        )
    if before.paid_at is not None and after.paid_at != before.paid_at:
        raise RefusedError(
            f"paid_at of order {before.order_number} is {before.paid_at.isoformat()} and is written once"
        )


def refuse_excess(order: Order, earlier: Sequence[OrderRefund], refund: OrderRefund) -> None:
    """Refuse a refund that is not of this order, or gives back more than it had (O8, O9)."""
    if refund.currency != order.currency:
        raise RefusedError(
            f"refund {refund.refund_number} is in {refund.currency}, and order {order.order_number} in {order.currency}"
        )
    zero = Money.zero(order.currency)
    given = sum((item.amount for item in earlier), zero)
    _refuse_more(refund, f"order {order.order_number}", "of money", given + refund.amount, order.total)
    sold = {item.id: item for item in order.items}
    for item in refund.items:
        if item.order_item_id not in sold:
            raise RefusedError(
                f"refund {refund.refund_number} names item {item.order_item_id}, "
                f"which order {order.order_number} has not"
            )
    for key, of_order in sold.items():
        back = [item for each in (*earlier, refund) for item in each.items if item.order_item_id == key]
        where = f"item {key} of order {order.order_number}"
        _refuse_more(refund, where, "pieces", sum(item.quantity for item in back), of_order.quantity)
        _refuse_more(refund, where, "of money", sum((item.amount for item in back), zero), of_order.total_price)
        _refuse_more(refund, where, "PV", sum((item.pv for item in back), Decimal(0)), of_order.pv)


def _contents(order: Order) -> list[OrderItem]:
    return sorted((evolve(item, created_at=None) for item in order.items), key=lambda item: item.id)


def _refuse_more(refund: OrderRefund, where: str, what: str, back: _Quantity, sold: _Quantity) -> None:
    if back > sold:
        raise RefusedError(
            f"refund {refund.refund_number} would bring what came back of {where} to {back} {what}; it had {sold}"
        )
