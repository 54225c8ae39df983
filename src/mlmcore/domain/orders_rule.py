"""When an order counts, and on which day: the Python half of a rule that SQL holds too (decisions D5, D16).

An order counts when it is paid, or refunded in part (less its refunds, which are rows of their own), and is not
pending, cancelled or refunded. A paid order that is still `pending` does not count, and that is meant. It counts on
the day on which it was first paid, in the zone of the period.
"""

from datetime import date

from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import zone
from mlmcore.domain.sales import Order

__all__ = ["EVER_PAID", "counting_day", "counts"]

EVER_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
"""The states of an order that was paid once, whatever went back since."""

_NOT_YET_OR_NO_MORE = frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.REFUNDED})
_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED})


def counts(status: OrderStatus, payment_status: PaymentStatus) -> bool:
    """Whether an order in these states counts for volumes and commissions."""
    return payment_status in _PAID and status not in _NOT_YET_OR_NO_MORE


def counting_day(order: Order, timezone: str) -> date:
    """The day on which an order counts: that of its first payment, else that of its making (imported orders).

    Raises:
        InputError: The order has neither time, or the zone is unknown.
    """
    moment = order.paid_at or order.created_at
    if moment is None:
        what = f"order {order.order_number} has neither paid_at nor created_at, so no day to count on"
        raise InputError.of(what, "give it the instant of its first payment", code="order.no-day")
    return moment.astimezone(zone(timezone)).date()
