"""Refunds: money, pieces, or both go back; the refund is a row of its own, and the order stays what it was."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.exact import RoundingMode, divide
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.orders_rule import EVER_PAID
from mlmcore.domain.sales import Order, OrderItem, OrderRefund, OrderRefundItem
from mlmcore.operations._periods_at import periods_at, refuse_closed
from mlmcore.operations._repeated import same_or_refused
from mlmcore.operations._stock import put_back
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Refund", "RefundLine", "refund_order"]

_CENTS = 100


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
        restock: Whether these pieces go back into the stock to be sold again. What was opened, is spoiled or stays with
            the customer does not.
        volumes: What is taken back of the order's further volumes, positive. May be left out where everything comes
            back at once; otherwise it is required where the order has any, because nothing is guessed.
    """

    refund_number: str
    order_id: UUID
    refunded_at: datetime
    amount: Money
    lines: tuple[RefundLine, ...] = field(converter=_refund_lines)
    restock: bool
    volumes: Mapping[str, Any] | None = None
    reason: str | None = None


def refund_order(unit: UnitOfWork, command: Refund) -> OrderRefund:
    """Record a refund; an order whose whole total went back is `refunded`, before that its payment is in part.

    What went back is taken off what the customer has paid.

    Raises:
        IllegalMoveError: The order was never paid, or is refunded already.
        RefusedError: More would come back than was sold, volumes are not named, the period is closed, or it is dated
            before the order's payment.
        ConflictError: The number belongs to another refund.
    """
    order = unit.orders.lock(command.order_id)
    stored = unit.orders.find_refund_by_number(command.refund_number)
    if stored is not None:
        return _same_refund(stored, command)
    _refuse_early(order, command)
    periods = periods_at(unit, command.refunded_at)
    refuse_closed(periods, command.refunded_at, f"refund {command.refund_number} cannot be recorded")
    earlier = unit.orders.list_refunds(order.id)
    with unit.savepoint():
        refund = unit.orders.add_refund(_refund(order, earlier, command))
        _move_after_refund(unit, order, (*earlier, refund))
        if command.restock:
            product_of = {item.id: item.product_id for item in order.items}
            put_back(unit, ((product_of[item.order_item_id], item.quantity) for item in refund.items))
        unit.customers.record_refund(order.customer_id, refund.amount)
    return refund


def _refuse_early(order: Order, command: Refund) -> None:
    """A period sees a refund beside an order that came before it; one that came first would be taken back in none."""
    counted = order.paid_at or order.created_at
    if order.payment_status in EVER_PAID and counted is not None and command.refunded_at < counted:
        raise RefusedError(
            f"refund {command.refund_number} is dated {command.refunded_at.isoformat()}, before order "
            f"{order.order_number} counts ({counted.isoformat()}), so no period would take it back; give the instant "
            "at which it went back"
        )


def _refund(order: Order, earlier: Sequence[OrderRefund], command: Refund) -> OrderRefund:
    key, back = new_id(), _pieces_back(earlier)
    items = []
    for line in command.lines:
        items.append(_refund_item(key, order, back[line.order_item_id], line))
        back[line.order_item_id] += line.quantity
    return OrderRefund(
        id=key,
        refund_number=command.refund_number,
        order_id=order.id,
        refunded_at=command.refunded_at,
        amount=command.amount,
        currency=command.amount.currency,
        volumes=_refunded_volumes(order, earlier, command),
        reason=command.reason,
        items=tuple(items),
    )


def _same_refund(stored: OrderRefund, command: Refund) -> OrderRefund:
    return same_or_refused(
        stored,
        command,
        ("order_id", "amount", "refunded_at"),
        there=f"refund {command.refund_number} is stored already",
        todo="a new refund needs a number of its own",
        also={
            "set of lines": _pieces(stored.items) != _pieces(command.lines),
            "volumes": command.volumes is not None and command.volumes != stored.volumes,
        },
    )


def _pieces(lines: Iterable[RefundLine | OrderRefundItem]) -> Counter[tuple[UUID, int]]:
    return Counter((line.order_item_id, line.quantity) for line in lines)


def _refunded_volumes(order: Order, earlier: Sequence[OrderRefund], command: Refund) -> Mapping[str, Any]:
    if command.volumes is not None:
        return command.volumes
    if not order.volumes:
        return {}
    everything, pieces = {item.id: item.quantity for item in order.items}, Counter[UUID]()
    for line in command.lines:
        pieces[line.order_item_id] += line.quantity
    if not earlier and pieces == everything:
        return order.volumes
    counted = [name for name, value in order.volumes.items() if _is_number(value)]
    if not counted:
        return {}
    raise RefusedError(
        f"refund {command.refund_number} takes back a part of order {order.order_number}, which has the volumes "
        f"{', '.join(sorted(counted))}; say in `volumes` how much of each goes back"
    )


def _is_number(value: object) -> bool:
    """Whether a further column of an order holds a number, of which a part can go back; a text stays what it is."""
    try:
        return not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _pieces_back(refunds: Sequence[OrderRefund]) -> Counter[UUID]:
    """How many pieces of each item have come back."""
    back = Counter[UUID]()
    for refund in refunds:
        for item in refund.items:
            back[item.order_item_id] += item.quantity
    return back


def _refund_item(refund_id: UUID, order: Order, before: int, line: RefundLine) -> OrderRefundItem:
    """A line of a refund, of an item of which so many pieces have come back before."""
    item = next((item for item in order.items if item.id == line.order_item_id), None)
    if item is None:
        raise NotFoundError(f"item of order {order.order_number}", [line.order_item_id])
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
