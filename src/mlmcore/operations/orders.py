"""Orders: placed, paid or not, called off. States move by the domain's machines.

Stock is reserved when an order is placed, so that nobody pays for what is not there, and is free again when the
order is cancelled. What was paid is not cancelled but refunded (`refunds`); how it is sent stands in `shipping`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.auto_ship import AutoShipItem
from mlmcore.domain.enums import CustomerStatus, OrderStatus, PaymentStatus, ProductStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.orders_rule import EVER_PAID
from mlmcore.domain.sales import Order, OrderItem, Product
from mlmcore.operations._periods_at import day_counted, periods_at, refuse_closed
from mlmcore.operations._repeated import same_or_refused
from mlmcore.operations._stock import put_back
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "OrderLine",
    "OrderPlacement",
    "cancel_order",
    "fail_payment",
    "pay_order",
    "place_order",
    "retry_payment",
]


@frozen(kw_only=True)
class OrderLine:
    """So many pieces of a product, at the product's price and volume."""

    product_id: UUID
    quantity: int


def lines_of(lines: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Lines as a tuple, for commands that hold them."""
    # `converter=tuple` would tell mypy nothing of what is in it.
    return tuple(lines)


def pieces_of(lines: Iterable[OrderLine | OrderItem | AutoShipItem]) -> Counter[tuple[UUID, int]]:
    """How many pieces of which product, whatever the order of the lines."""
    return Counter((line.product_id, line.quantity) for line in lines)


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
    lines: tuple[OrderLine, ...] = field(converter=lines_of)
    discount: Money
    tax: Money
    shipping: Money
    shipping_address: Mapping[str, Any]
    billing_address: Mapping[str, Any]
    volumes: Mapping[str, Any] = field(factory=dict)


def place_order(unit: UnitOfWork, command: OrderPlacement) -> Order:
    """Store a pending order at the products' prices, and reserve its pieces.

    The products are taken in the order of their ids, so that two orders never wait for each other.

    Returns:
        The order as stored; the one already there when the same command is repeated, at the prices that it was placed
        at.

    Raises:
        NotFoundError: Customer or product is not stored.
        RefusedError: The customer is suspended, a product is not sold, or there are not enough of it: all that is wrong
            with the lines at once. Nothing is stored or reserved.
        ConflictError: The number belongs to another order, or the id to an order with other contents.
    """
    customer = unit.customers.get(command.customer_id)
    seller = command.distributor_id or customer.distributor_id
    stored = unit.orders.find(command.id)
    if stored is not None:
        return _same_order(stored, command, seller)
    if customer.status == CustomerStatus.SUSPENDED:
        raise RefusedError(f"customer {customer.customer_number} is suspended and cannot order")
    if not command.lines:
        raise RefusedError(f"order {command.order_number} has no lines; an order has at least one")
    with unit.savepoint():
        products = _reserve(unit, command)
        items = tuple(_item(command, line, products[line.product_id]) for line in command.lines)
        return unit.orders.add(_order(command, seller, items))


def pay_order(
    unit: UnitOfWork, order_id: UUID, *, paid_at: datetime | None = None, method: str = "", reference: str = ""
) -> Order:
    """Record the first payment of an order, which confirms it; an order that is paid already stays as it is.

    What the customer has paid, and the days of the first and last order, are kept up with it.

    Args:
        unit: The unit of work.
        order_id: Which order.
        paid_at: When; the unit's instant when left out.
        method: How, for the record.
        reference: Of the payment, for the record.

    Raises:
        RefusedError: The order is cancelled, or a period in which that instant lies is closed, so that the order could
            not count any more.
        ConflictError: The order was paid by a payment with another reference: the customer has paid twice.
    """
    order = unit.orders.lock(order_id)
    if order.paid_at is not None:
        return _same_payment(order, reference)
    if order.status == OrderStatus.CANCELLED:
        raise RefusedError(f"order {order.order_number} is cancelled and cannot be paid; place a new one")
    instant = paid_at or unit.now
    periods = periods_at(unit, instant)
    refuse_closed(periods, instant, f"order {order.order_number} cannot be paid")
    with unit.savepoint():
        paid = unit.orders.update(
            evolve(
                order,
                status=OrderStatus.CONFIRMED if order.status == OrderStatus.PENDING else order.status,
                payment_status=PaymentStatus.PAID,
                paid_at=instant,
                payment_method=method or order.payment_method,
                payment_reference=reference or order.payment_reference,
            )
        )
        unit.customers.record_payment(order.customer_id, order.total, day_counted(periods, instant))
    return paid


def fail_payment(unit: UnitOfWork, order_id: UUID, *, reference: str = "") -> Order:
    """Record that the card or bank said no; the pieces stay reserved until the order is paid or cancelled.

    Args:
        unit: The unit of work.
        order_id: Which order.
        reference: Of the attempt, for the record.

    Raises:
        IllegalMoveError: The order was paid.
        RefusedError: The order is cancelled.
    """
    order = unit.orders.lock(order_id)
    _refuse_cancelled(order, "a payment of it cannot fail")
    return unit.orders.update(
        evolve(order, payment_status=PaymentStatus.FAILED, payment_reference=reference or order.payment_reference)
    )


def retry_payment(unit: UnitOfWork, order_id: UUID) -> Order:
    """Record that a failed payment is tried again.

    Raises:
        IllegalMoveError: The order was paid.
        RefusedError: The order is cancelled.
    """
    order = unit.orders.lock(order_id)
    _refuse_cancelled(order, "its payment cannot be tried again")
    return unit.orders.update(evolve(order, payment_status=PaymentStatus.PENDING))


def cancel_order(unit: UnitOfWork, order_id: UUID) -> Order:
    """Call an order off that was neither paid nor sent, and put its pieces back into the stock.

    Returns:
        The order as stored; a cancelled one stays as it is.

    Raises:
        RefusedError: The order was paid: it is refunded instead.
        IllegalMoveError: The order was sent.
    """
    order = unit.orders.lock(order_id)
    if order.status == OrderStatus.CANCELLED:
        return order
    if order.payment_status in EVER_PAID or order.paid_at is not None:
        raise RefusedError(
            f"order {order.order_number} was paid and cannot be cancelled; refund it, which gives the money back"
        )
    with unit.savepoint():
        cancelled = unit.orders.update(evolve(order, status=OrderStatus.CANCELLED))
        put_back(unit, ((item.product_id, item.stock_taken) for item in order.items))
    return cancelled


def _reserve(unit: UnitOfWork, command: OrderPlacement) -> dict[UUID, Product]:
    wanted = Counter[UUID]()
    for line in command.lines:
        wanted[line.product_id] += line.quantity
    products, reasons = {}, []
    for key in sorted(wanted):
        try:
            products[key] = unit.products.take_stock(key, wanted[key])
        except RefusedError as error:
            reasons.append(str(error))
    reasons += [
        f"product {product.sku} is {product.status} and not sold"
        for product in products.values()
        if product.status != ProductStatus.ACTIVE
    ]
    currencies = sorted({product.currency for product in products.values()})
    if len(currencies) > 1:
        reasons.append(f"its products are sold in {' and '.join(currencies)}; place an order for each currency")
    if reasons:
        raise RefusedError(f"order {command.order_number} cannot be placed: {'; '.join(reasons)}")
    return products


def _item(command: OrderPlacement, line: OrderLine, product: Product) -> OrderItem:
    return OrderItem(
        order_id=command.id,
        product_id=product.id,
        quantity=line.quantity,
        unit_price=product.price,
        total_price=product.price * line.quantity,
        pv=product.pv * line.quantity,
        stock_taken=line.quantity if product.inventory_tracked else 0,
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


def _same_order(stored: Order, command: OrderPlacement, distributor_id: UUID) -> Order:
    """Whether it is what the command asks for; prices may have changed since."""
    return same_or_refused(
        stored,
        command,
        ("order_number", "customer_id", "volumes"),
        there=f"order {stored.id} is stored already, as {stored.order_number}",
        todo="a new order needs an id of its own",
        also={
            "distributor_id": stored.distributor_id != distributor_id,
            "discount": stored.discount_amount != command.discount,
            "tax": stored.tax_amount != command.tax,
            "shipping": stored.shipping_amount != command.shipping,
            "set of lines": pieces_of(stored.items) != pieces_of(command.lines),
        },
    )


def _same_payment(order: Order, reference: str) -> Order:
    if reference and order.payment_reference and reference != order.payment_reference:
        raise ConflictError(
            f"order {order.order_number} was paid by {order.payment_reference}; {reference} is a second payment of it: "
            "give that money back"
        )
    return order


def _refuse_cancelled(order: Order, what: str) -> None:
    if order.status == OrderStatus.CANCELLED:
        raise RefusedError(f"order {order.order_number} is cancelled, and {what}; place a new one")
