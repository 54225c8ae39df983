"""Orders on their way: packed, sent, arrived."""

from datetime import datetime
from uuid import UUID

from attrs import evolve

from mlmcore.domain.enums import OrderStatus
from mlmcore.domain.errors import ConflictError
from mlmcore.domain.sales import Order
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["deliver_order", "process_order", "ship_order"]

_SENT = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})


def process_order(unit: UnitOfWork, order_id: UUID) -> Order:
    """Record that a confirmed order is being picked and packed.

    Raises:
        IllegalMoveError: The order is not confirmed.
    """
    return unit.orders.update(evolve(unit.orders.lock(order_id), status=OrderStatus.PROCESSING))


def ship_order(
    unit: UnitOfWork,
    order_id: UUID,
    *,
    tracking_number: str | None,
    method: str | None = None,
    shipped_at: datetime | None = None,
) -> Order:
    """Record that an order was sent; one that was sent already stays as it is.

    Args:
        unit: The unit of work.
        order_id: Which order.
        tracking_number: The carrier's; None where there is none.
        method: How it goes; as ordered when left out.
        shipped_at: When; the unit's instant when left out.

    Raises:
        IllegalMoveError: The order is not confirmed, or was cancelled or refunded meanwhile.
        ConflictError: It was sent already, under another tracking number.
    """
    order = unit.orders.lock(order_id)
    if order.status in _SENT:
        if order.tracking_number != tracking_number:
            raise ConflictError(
                f"order {order.order_number} was sent already with tracking number {order.tracking_number}, "
                f"not {tracking_number}"
            )
        return order
    return unit.orders.update(
        evolve(
            order,
            status=OrderStatus.SHIPPED,
            tracking_number=tracking_number,
            shipping_method=method or order.shipping_method,
            shipped_at=shipped_at or unit.now,
        )
    )


def deliver_order(unit: UnitOfWork, order_id: UUID, *, delivered_at: datetime | None = None) -> Order:
    """Record that an order arrived; one that arrived already stays as it is.

    Args:
        unit: The unit of work.
        order_id: Which order.
        delivered_at: When; the unit's instant when left out.

    Raises:
        IllegalMoveError: The order was not sent.
        InputError: It would arrive before it was sent.
    """
    order = unit.orders.lock(order_id)
    if order.status == OrderStatus.DELIVERED:
        return order
    return unit.orders.update(evolve(order, status=OrderStatus.DELIVERED, delivered_at=delivered_at or unit.now))
