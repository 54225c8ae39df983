"""Orders: placed, paid, and refunded in part or whole. States move by the domain's machines."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.enums import CustomerStatus, OrderStatus, PaymentStatus, PeriodKind, PeriodStatus, ProductStatus
from mlmcore.domain.errors import ConflictError, NotFoundError, RefusedError
from mlmcore.domain.exact import RoundingMode, divide
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Order, OrderItem, OrderRefund, OrderRefundItem
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["OrderLine", "OrderPlacement", "Refund", "RefundLine", "pay_order", "place_order", "refund_order"]

_CENTS = 100


@frozen(kw_only=True)
class OrderLine:
    """So many pieces of a product, at the product's price and volume."""

    product_id: UUID
    quantity: int


def _lines(lines: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    # `converter=tuple` would tell mypy nothing of what is in it.
    return tuple(lines)


@frozen(kw_only=True)
class OrderPlacement:
    """What somebody orders.

    Attributes:
        id: The order's; repeating a command with the same id changes nothing.
        distributor_id: Who is credited; the customer's own distributor when left out.
        volumes: Further volumes that plans declare, decimals as text.
    """

    id: UUID = field(factory=new_id)
    order_number: str
    customer_id: UUID
    distributor_id: UUID | None = None
    lines: tuple[OrderLine, ...] = field(converter=_lines)
    discount: Money
    tax: Money
    shipping: Money
    shipping_address: Mapping[str, Any]
    billing_address: Mapping[str, Any]
    volumes: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class RefundLine:
    """So many pieces of an order's item come back."""

    order_item_id: UUID
    quantity: int


def _refund_lines(lines: Iterable[RefundLine]) -> tuple[RefundLine, ...]:
    return tuple(lines)


@frozen(kw_only=True)
class Refund:
    """What is given back.

    Attributes:
        refund_number: Repeating a command with the same number changes nothing.
        amount: The money that goes back to the customer.
        lines: The pieces that come back; none where only money does.
        volumes: What is taken back of the order's further volumes, positive. May be left out where everything comes
            back at once; otherwise it is required where the order has any, because nothing is guessed.
    """

    refund_number: str
    order_id: UUID
    refunded_at: datetime
    amount: Money
    lines: tuple[RefundLine, ...] = field(converter=_refund_lines)
    volumes: Mapping[str, Any] | None = None
    reason: str | None = None


def place_order(unit: UnitOfWork, command: OrderPlacement) -> Order:
    """Store a pending order at the products' prices.

    Returns:
        The order as stored; the one already there when the same command is repeated.

    Raises:
        NotFoundError: Customer or product is not stored.
        RefusedError: The customer is suspended, or a product is not sold.
        ConflictError: The number belongs to another order, or the id to an order with other contents.
    """
    customer = unit.customers.get(command.customer_id)
    if customer.status == CustomerStatus.SUSPENDED:
        raise RefusedError(f"customer {customer.customer_number} is suspended and cannot order")
    items = tuple(_item(unit, command, line) for line in command.lines)
    if not items:
        raise RefusedError(f"order {command.order_number} has no lines; an order has at least one")
    order = _order(command, command.distributor_id or customer.distributor_id, items)
    stored = unit.orders.find(order.id)
    if stored is None:
        return unit.orders.add(order)
    if _essence(stored) != _essence(order):
        raise ConflictError(f"order {order.id} is stored already with other contents, as {stored.order_number}")
    return stored


def pay_order(
    unit: UnitOfWork, order_id: UUID, *, paid_at: datetime | None = None, method: str = "", reference: str = ""
) -> Order:
    """Record the first payment of an order, which confirms it; an order that is paid already stays as it is.

    Args:
        unit: The unit of work.
        order_id: Which order.
        paid_at: When; the unit's instant when left out.
        method: How, for the record.
        reference: Of the payment, for the record.

    Raises:
        RefusedError: The order is cancelled, or a period in which that instant lies is closed, so that the order could
            not count any more.
    """
    order = unit.orders.get(order_id)
    if order.paid_at is not None:
        return order
    if order.status == OrderStatus.CANCELLED:
        raise RefusedError(f"order {order.order_number} is cancelled and cannot be paid; place a new one")
    instant = paid_at or unit.now
    _refuse_closed(unit, instant, f"order {order.order_number} cannot be paid")
    return unit.orders.update(
        evolve(
            order,
            status=OrderStatus.CONFIRMED if order.status == OrderStatus.PENDING else order.status,
            payment_status=PaymentStatus.PAID,
            paid_at=instant,
            payment_method=method or order.payment_method,
            payment_reference=reference or order.payment_reference,
        )
    )


def refund_order(unit: UnitOfWork, command: Refund) -> OrderRefund:
    """Record a refund; an order whose whole total went back is `refunded`, before that its payment is in part.

    Raises:
        IllegalMoveError: The order was never paid, or is refunded already.
        RefusedError: More would come back than was sold, volumes are not named, or the period is closed.
        ConflictError: The number belongs to another refund.
    """
    order = unit.orders.get(command.order_id)
    stored = unit.orders.find_refund(command.refund_number)
    if stored is not None:
        return _same_refund(stored, command)
    _refuse_closed(unit, command.refunded_at, f"refund {command.refund_number} cannot be recorded")
    earlier = unit.orders.list_refunds(order.id)
    key = new_id()
    refund = OrderRefund(
        id=key,
        refund_number=command.refund_number,
        order_id=order.id,
        refunded_at=command.refunded_at,
        amount=command.amount,
        currency=command.amount.currency,
        volumes=_refunded_volumes(order, earlier, command),
        reason=command.reason,
        items=tuple(_refund_item(key, order, earlier, line) for line in command.lines),
    )
    added = unit.orders.add_refund(refund)
    _move_after_refund(unit, order, (*earlier, added))
    return added


def _item(unit: UnitOfWork, command: OrderPlacement, line: OrderLine) -> OrderItem:
    product = unit.products.get(line.product_id)
    if product.status != ProductStatus.ACTIVE:
        raise RefusedError(f"product {product.sku} is {product.status} and not sold")
    return OrderItem(
        order_id=command.id,
        product_id=product.id,
        quantity=line.quantity,
        unit_price=product.price,
        total_price=product.price * line.quantity,
        pv=product.pv * line.quantity,
    )


def _order(command: OrderPlacement, distributor_id: UUID, items: tuple[OrderItem, ...]) -> Order:
    subtotal = sum((item.total_price for item in items[1:]), items[0].total_price)
    return Order(
        id=command.id,
        order_number=command.order_number,
        customer_id=command.customer_id,
        distributor_id=distributor_id,
        subtotal=subtotal,
        discount_amount=command.discount,
        tax_amount=command.tax,
        shipping_amount=command.shipping,
        total=subtotal - command.discount + command.tax + command.shipping,
        currency=subtotal.currency,
        shipping_address=command.shipping_address,
        billing_address=command.billing_address,
        volumes=command.volumes,
        items=items,
    )


def _essence(order: Order) -> tuple[object, ...]:
    lines = sorted((str(item.product_id), item.quantity) for item in order.items)
    return (order.order_number, order.customer_id, order.distributor_id, order.total, order.volumes, lines)


def _same_refund(stored: OrderRefund, command: Refund) -> OrderRefund:
    asked = (command.order_id, command.amount, command.refunded_at)
    if (stored.order_id, stored.amount, stored.refunded_at) != asked:
        raise ConflictError(f"refund {command.refund_number} is stored already with other contents")
    return stored


def _refunded_volumes(order: Order, earlier: Sequence[OrderRefund], command: Refund) -> Mapping[str, Any]:
    if command.volumes is not None:
        return command.volumes
    if not order.volumes:
        return {}
    everything = {item.id: item.quantity for item in order.items}
    if not earlier and {line.order_item_id: line.quantity for line in command.lines} == everything:
        return order.volumes
    raise RefusedError(
        f"refund {command.refund_number} takes back a part of order {order.order_number}, which has the volumes "
        f"{', '.join(sorted(order.volumes))}; say in `volumes` how much of each goes back"
    )


def _refund_item(refund_id: UUID, order: Order, earlier: Sequence[OrderRefund], line: RefundLine) -> OrderRefundItem:
    item = next((item for item in order.items if item.id == line.order_item_id), None)
    if item is None:
        raise NotFoundError(f"item of order {order.order_number}", [line.order_item_id])
    before = sum(back.quantity for each in earlier for back in each.items if back.order_item_id == item.id)
    return OrderRefundItem(
        refund_id=refund_id,
        order_item_id=item.id,
        quantity=line.quantity,
        amount=item.unit_price * line.quantity,
        pv=_pv_of(item, before + line.quantity) - _pv_of(item, before),
    )


def _pv_of(item: OrderItem, pieces: int) -> Decimal:
    """The volume of the first so many pieces, cut to hundredths, so that all pieces have the line's volume together."""
    hundredths = divide(int(item.pv * _CENTS) * pieces, item.quantity, RoundingMode.FLOOR)
    return Decimal(hundredths) / _CENTS


def _move_after_refund(unit: UnitOfWork, order: Order, refunds: Sequence[OrderRefund]) -> None:
    back = sum((refund.amount for refund in refunds), Money.zero(order.currency))
    whole = back == order.total
    unit.orders.update(
        evolve(
            order,
            status=OrderStatus.REFUNDED if whole else order.status,
            payment_status=PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED,
        )
    )


def _refuse_closed(unit: UnitOfWork, instant: datetime, what: str) -> None:
    """Refuse an instant that lies in a period which is not open.

    The days around it are asked for too, because each period has a timezone of its own.
    """
    days = [instant.date() + timedelta(days=shift) for shift in (-1, 0, 1)]
    for kind in PeriodKind:
        for day in days:
            period = unit.periods.find_by_day(kind, day)
            if period and instant in period.period and period.status != PeriodStatus.OPEN:
                raise RefusedError(
                    f"{what} on {instant.isoformat()}: period {period.id} is {period.status}; "
                    "date it into an open period, or correct the ledger by an adjustment"
                )
