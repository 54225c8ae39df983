"""Products, orders and refunds in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.enums import OrderStatus, ProductStatus
from mlmcore.domain.errors import BrokenReferenceError
from mlmcore.domain.sales import Order, OrderItem, OrderRefund, OrderRefundItem, Product, ProductCategory
from mlmcore.repositories.catalogue_rules import checked_pieces, refuse_overfull, refuse_short
from mlmcore.repositories.filters import EVERY_ORDER, OrderFilter
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._picking import picks_order
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table
from mlmcore.repositories.memory._trees import TreeKeeper
from mlmcore.repositories.memory.commissions import MemoryPeriods
from mlmcore.repositories.order_rules import refuse_changes, refuse_empty, refuse_excess, refuse_other_currencies

__all__ = ["MemoryOrders", "MemoryProducts"]

_PRODUCTS: Final[Table[Product]] = Table(
    name="products",
    entity="product",
    key=lambda product: product.id,
    uniques={"sku": lambda product: product.sku},
    references={"category_id": "product_categories"},
    machines={"status": machines.PRODUCT},
)
_ORDERS: Final[Table[Order]] = Table(
    name="orders",
    entity="order",
    key=lambda order: order.id,
    uniques={"order_number": lambda order: order.order_number},
    references={"customer_id": "customers", "distributor_id": "distributors"},
    machines={"status": machines.ORDER, "payment_status": machines.PAYMENT},
)
_ITEMS: Final[Table[OrderItem]] = Table(
    name="order_items",
    entity="order item",
    key=lambda item: item.id,
    references={"order_id": "orders", "product_id": "products"},
)
_REFUNDS: Final[Table[OrderRefund]] = Table(
    name="order_refunds",
    entity="refund",
    key=lambda refund: refund.id,
    uniques={"refund_number": lambda refund: refund.refund_number},
    references={"order_id": "orders"},
)
_REFUND_ITEMS: Final[Table[OrderRefundItem]] = Table(
    name="order_refund_items",
    entity="refund item",
    key=lambda item: item.id,
    references={"refund_id": "order_refunds", "order_item_id": "order_items"},
)


class MemoryProducts(Aggregate[Product]):
    """Products; see `protocols.Products`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _PRODUCTS)

    def find_by_sku(self, sku: str, /) -> Product | None:
        """Return the product with this stock-keeping unit, or None."""
        return self._rows.find_by("sku", sku)

    def list_by_status(self, status: ProductStatus, /) -> tuple[Product, ...]:
        """Return the products of a status, by sku."""
        return self._rows.select(lambda product: product.status == status, lambda product: product.sku)

    def page_by_category(
        self, category_id: UUID, /, after: UUID | None = None, limit: int = 100
    ) -> tuple[Product, ...]:
        """Return the next products of a category, or of any category below it, by id."""
        inside = self._with_all_below(category_id)
        return self._rows.page(after, limit, lambda product: product.category_id in inside)

    def page_low_stock(self, after: UUID | None = None, limit: int = 100) -> tuple[Product, ...]:
        """Return the next products to reorder, by id."""
        return self._rows.page(after, limit, _is_low)

    def take_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Take pieces out of a product's stock."""
        checked_pieces(quantity)
        product = self.get(product_id)
        refuse_short(product, quantity)
        return self._with_more(product, -quantity)

    def lock_stock(self, product_ids: Collection[UUID], /) -> None:
        """Hold the stock of products until this unit ends, in the order of their ids."""
        for key in sorted(product_ids):
            product = self.find(key)
            if product is not None and product.inventory_tracked:
                self._rows.lock(key)

    def put_back_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Put pieces back, or new ones in."""
        checked_pieces(quantity)
        product = self.get(product_id)
        refuse_overfull(product, quantity)
        return self._with_more(product, quantity)

    def _with_more(self, product: Product, quantity: int) -> Product:
        if not product.inventory_tracked:
            return product
        return self.update(evolve(product, stock_quantity=product.stock_quantity + quantity))

    def _with_all_below(self, category_id: UUID) -> set[UUID]:
        rows: Mapping[UUID, ProductCategory] = self._context.state.read("product_categories")
        inside, layer = set[UUID](), {category_id}
        while layer:
            inside |= layer
            layer = {key for key, category in rows.items() if category.parent_id in layer} - inside
        return inside


def _is_low(product: Product) -> bool:
    return (
        product.inventory_tracked
        and product.status != ProductStatus.DISCONTINUED
        and product.stock_quantity <= product.min_stock_level
    )


class MemoryOrders:
    """Orders with items and refunds; see `protocols.Orders`.

    Heads and items are two tables, as in the database; an order is put together when it is read.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._products = Rows(context, _PRODUCTS)
        self._orders = Rows(context, _ORDERS)
        self._items = Rows(context, _ITEMS)
        self._refunds = Rows(context, _REFUNDS)
        self._refund_items = Rows(context, _REFUND_ITEMS)

    def get(self, order_id: UUID, /) -> Order:
        """Return an order with its items."""
        return self._whole(self._orders.get(order_id))

    def find(self, order_id: UUID, /) -> Order | None:
        """Return an order with its items, or None."""
        head = self._orders.find(order_id)
        return None if head is None else self._whole(head)

    def find_by_number(self, number: str, /) -> Order | None:
        """Return the order with this number, or None."""
        head = self._orders.find_by("order_number", number)
        return None if head is None else self._whole(head)

    def lock(self, order_id: UUID, /) -> Order:
        """Return an order with its items, which nobody else changes until this unit ends."""
        return self._whole(self._orders.lock(order_id))

    def add(self, order: Order, /) -> Order:
        """Store a new order with its items."""
        refuse_empty(order)
        with self._context.state.savepoint():
            head = self._orders.add(evolve(order, items=()))
            for item in order.items:
                self._items.add(item)
            refuse_other_currencies(order, self._products.get)
            self._remember_items([order])
        return self._whole(head)

    def add_many(self, orders: Sequence[Order], /) -> None:
        """Store many orders with their items."""
        for order in orders:
            refuse_empty(order)
        with self._context.state.savepoint():
            self._orders.add_many([evolve(order, items=()) for order in orders])
            self._items.add_many([item for order in orders for item in order.items])
            for order in orders:
                refuse_other_currencies(order, self._products.get)
            self._remember_items(orders)

    def update(self, order: Order, /) -> Order:
        """Replace a stored order; its items stay (O5)."""
        before = self.get(order.id)
        refuse_changes(before, order)
        return self._whole(self._orders.update(evolve(order, items=())))

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Order, ...]:
        """Return a customer's orders, by number."""
        return self._select(lambda order: order.customer_id == customer_id)

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Order, ...]:
        """Return the orders that are credited to a distributor, by number."""
        return self._select(lambda order: order.distributor_id == distributor_id)

    def list_by_status(self, status: OrderStatus, /) -> tuple[Order, ...]:
        """Return the orders of a status, by number."""
        return self._select(lambda order: order.status == status)

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: OrderFilter = EVERY_ORDER
    ) -> tuple[Order, ...]:
        """Return the next orders by id, of all or of those that a filter picks."""
        below = None if where.below is None else TreeKeeper(self._context).ids_below(where.below)
        period = None if where.paid_in is None else MemoryPeriods(self._context).get(where.paid_in).period
        picked = self._orders.page(after, limit, partial(picks_order, where, below, period))
        return tuple(self._whole(head) for head in picked)

    def find_refund(self, refund_id: UUID, /) -> OrderRefund | None:
        """Return a refund with its items, or None."""
        head = self._refunds.find(refund_id)
        return None if head is None else self._whole_refund(head)

    def find_refund_by_number(self, number: str, /) -> OrderRefund | None:
        """Return the refund with this number, or None."""
        head = self._refunds.find_by("refund_number", number)
        return None if head is None else self._whole_refund(head)

    def add_refund(self, refund: OrderRefund, /) -> OrderRefund:
        """Store a refund with what it gives back of each item."""
        order = self.find(refund.order_id)
        if order is None:
            raise BrokenReferenceError(
                f"refund {refund.id}: order_id names {refund.order_id}, which is not stored in orders"
            )
        refuse_excess(order, self.list_refunds(order.id), refund)
        with self._context.state.savepoint():
            head = self._refunds.add(evolve(refund, items=()))
            for item in refund.items:
                self._refund_items.add(item)
            key_sets = self._context.state.write("order_refunds.items")
            key_sets[refund.id] = sorted(item.id for item in refund.items)
            of_order = self._context.state.write("orders.refunds")
            of_order[order.id] = (*of_order.get(order.id, ()), refund.id)
        return self._whole_refund(head)

    def list_refunds(self, order_id: UUID, /) -> tuple[OrderRefund, ...]:
        """Return an order's refunds with their items, by instant, then number."""
        keys = self._context.state.read("orders.refunds").get(order_id, ())
        refunds = [self._whole_refund(self._refunds.get(key)) for key in keys]
        return tuple(sorted(refunds, key=lambda refund: (refund.refunded_at, refund.refund_number)))

    def _select(self, where: Callable[[Order], bool]) -> tuple[Order, ...]:
        return tuple(self._whole(head) for head in self._orders.select(where, lambda order: order.order_number))

    def _remember_items(self, orders: Sequence[Order]) -> None:
        keys = self._context.state.write("orders.items")
        for order in orders:
            keys[order.id] = sorted(item.id for item in order.items)

    def _whole(self, head: Order) -> Order:
        keys = self._context.state.read("orders.items")[head.id]
        return evolve(head, items=tuple(self._items.get(key) for key in keys))

    def _whole_refund(self, head: OrderRefund) -> OrderRefund:
        keys = self._context.state.read("order_refunds.items")[head.id]
        return evolve(head, items=tuple(self._refund_items.get(key) for key in keys))
