"""Orders with their items, and their refunds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.enums import OrderStatus
from mlmcore.domain.errors import BrokenReferenceError, NotFoundError
from mlmcore.domain.sales import Order, OrderItem, OrderRefund, OrderRefundItem
from mlmcore.repositories.filters import EVERY_ORDER, OrderFilter
from mlmcore.repositories.order_rules import refuse_changes, refuse_empty, refuse_excess
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._picking import order_condition
from mlmcore.sql.repositories._rows import Rows, Table, bulk
from mlmcore.sql.repositories.network import refuse_strangers
from mlmcore.sql.repositories.periods import SqlPeriods

__all__ = ["SqlOrders"]

_ORDERS: Final = Table(
    name="orders",
    entity="order",
    type=Order,
    machines={"status": machines.ORDER, "payment_status": machines.PAYMENT},
)
_ITEMS: Final = Table(name="order_items", entity="order item", type=OrderItem)
_REFUNDS: Final = Table(name="order_refunds", entity="refund", type=OrderRefund)
_REFUND_ITEMS: Final = Table(name="order_refund_items", entity="refund item", type=OrderRefundItem)


class SqlOrders:
    """Orders with items and refunds; see `protocols.Orders`.

    Heads and items are two tables; an order is put together when it is read, all items of a page by one query.
    """

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._context = context
        self._orders = Rows(context, _ORDERS)
        self._items = Rows(context, _ITEMS)
        self._refunds = Rows(context, _REFUNDS)
        self._refund_items = Rows(context, _REFUND_ITEMS)

    def get(self, order_id: UUID, /) -> Order:
        """Return an order with its items."""
        return self._whole([self._orders.get(order_id)])[0]

    def find(self, order_id: UUID, /) -> Order | None:
        """Return an order with its items, or None."""
        found = self._orders.find(order_id)
        return None if found is None else self._whole([found])[0]

    def find_by_number(self, number: str, /) -> Order | None:
        """Return the order with this number, or None."""
        return self._one("WHERE order_number = %(number)s", {"number": number})

    def lock(self, order_id: UUID, /) -> Order:
        """Return an order with its items, which nobody else changes until the transaction ends."""
        self._session.rows("orders_lock", {"id": order_id})
        return self.get(order_id)

    def add(self, order: Order, /) -> Order:
        """Store a new order with its items."""
        refuse_empty(order)
        with self._session.savepoint():
            self._orders.add(order)
            for item in order.items:
                self._items.insert(item)
        return self.get(order.id)

    def add_many(self, orders: Sequence[Order], /) -> None:
        """Store many orders with their items, and check once that all of them add up."""
        if not orders:
            return
        for order in orders:
            refuse_empty(order)
        with bulk(self._context, None, 0):
            self._orders.add_many(orders)
            self._items.add_many([item for order in orders for item in order.items])
            self._session.rows("orders_check_totals", {"orders": [order.id for order in orders]})

    def update(self, order: Order, /) -> Order:
        """Replace a stored order; its items stay (O5)."""
        with self._session.savepoint():
            self._session.rows("orders_lock", {"id": order.id})
            refuse_changes(self.get(order.id), order)
            self._orders.update(order)
        return self.get(order.id)

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Order, ...]:
        """Return a customer's orders, by number."""
        return self._many("customer_id = %(id)s", {"id": customer_id})

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Order, ...]:
        """Return the orders that are credited to a distributor, by number."""
        return self._many("distributor_id = %(id)s", {"id": distributor_id})

    def list_by_status(self, status: OrderStatus, /) -> tuple[Order, ...]:
        """Return the orders of a status, by number."""
        return self._many("status = %(status)s", {"status": status.value})

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: OrderFilter = EVERY_ORDER
    ) -> tuple[Order, ...]:
        """Return the next orders by id, of all or of those that a filter picks."""
        if where.below is not None:
            refuse_strangers(self._session, where.below.user_id)
        period = None if where.paid_in is None else SqlPeriods(self._context).get(where.paid_in).period
        condition, parameters = order_condition(where, period)
        return self._whole(self._orders.page(after, limit, where=condition, parameters=parameters))

    def find_refund(self, refund_id: UUID, /) -> OrderRefund | None:
        """Return a refund with its items, or None."""
        return self._one_refund("WHERE id = %(id)s", {"id": refund_id})

    def find_refund_by_number(self, number: str, /) -> OrderRefund | None:
        """Return the refund with this number, or None."""
        return self._one_refund("WHERE refund_number = %(number)s", {"number": number})

    def add_refund(self, refund: OrderRefund, /) -> OrderRefund:
        """Store a refund with what it gives back of each item.

        The order's row is locked meanwhile, so that two refunds cannot together give back more than there was (O9).
        """
        with self._session.savepoint():
            self._session.rows("orders_lock", {"id": refund.order_id})
            try:
                order = self.get(refund.order_id)
            except NotFoundError as error:
                raise BrokenReferenceError(
                    f"refund {refund.id}: order_id names {refund.order_id}, which is not stored in orders"
                ) from error
            refuse_excess(order, self.list_refunds(order.id), refund)
            head = self._refunds.add(refund)
            for item in refund.items:
                self._refund_items.insert(item)
        return self._whole_refunds([head])[0]

    def list_refunds(self, order_id: UUID, /) -> tuple[OrderRefund, ...]:
        """Return an order's refunds with their items, by instant, then number."""
        rest = 'WHERE order_id = %(order)s ORDER BY refunded_at, refund_number COLLATE "C"'
        return self._whole_refunds(self._refunds.many(rest, {"order": order_id}))

    def _one(self, rest: str, parameters: Mapping[str, Any]) -> Order | None:
        head = self._orders.one(rest, parameters)
        return self._whole([head])[0] if head else None

    def _one_refund(self, rest: str, parameters: Mapping[str, Any]) -> OrderRefund | None:
        head = self._refunds.one(rest, parameters)
        return self._whole_refunds([head])[0] if head else None

    def _many(self, where: str, parameters: Mapping[str, Any]) -> tuple[Order, ...]:
        return self._whole(self._orders.many(f'WHERE {where} ORDER BY order_number COLLATE "C"', parameters))

    def _whole(self, heads: Sequence[Order]) -> tuple[Order, ...]:
        rows = self._session.rows("orders_items", {"orders": [head.id for head in heads]}) if heads else []
        items: dict[UUID, list[OrderItem]] = defaultdict(list)
        for item in self._items.entities(rows):
            items[item.order_id].append(item)
        return tuple(evolve(head, items=tuple(items[head.id])) for head in heads)

    def _whole_refunds(self, heads: Iterable[OrderRefund]) -> tuple[OrderRefund, ...]:
        found = list(heads)
        rows = self._session.rows("orders_refund_items", {"refunds": [head.id for head in found]}) if found else []
        items: dict[UUID, list[OrderRefundItem]] = defaultdict(list)
        for item in self._refund_items.entities(rows):
            items[item.refund_id].append(item)
        return tuple(evolve(head, items=tuple(items[head.id])) for head in found)
