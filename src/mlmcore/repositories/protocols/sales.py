"""Sales: categories and products with their stock, and orders with their items and refunds."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from mlmcore.domain.enums import OrderStatus, ProductStatus
from mlmcore.domain.sales import Order, OrderRefund, Product, ProductCategory
from mlmcore.repositories.filters import EVERY_ORDER, OrderFilter

__all__ = ["Categories", "Orders", "Products"]


class Categories(Protocol):
    """Categories of products, which form a tree.

    - **J1** `slug` is unique.
    - **J2** The parent that is named is stored.
    - **J3** Nothing stands below itself, however long the way (`RefusedError`); two changes at once that make a loop
      only together are not both kept.
    """

    def get(self, category_id: UUID, /) -> ProductCategory:
        """Return a category."""
        ...

    def find(self, category_id: UUID, /) -> ProductCategory | None:
        """Return a category, or None."""
        ...

    def find_by_slug(self, slug: str, /) -> ProductCategory | None:
        """Return the category with this slug, or None."""
        ...

    def add(self, category: ProductCategory, /) -> ProductCategory:
        """Store a new category."""
        ...

    def add_many(self, categories: Sequence[ProductCategory], /) -> None:
        """Store many categories, in any order."""
        ...

    def update(self, category: ProductCategory, /) -> ProductCategory:
        """Replace a stored category; another `parent_id` moves it with everything below."""
        ...

    def list_children(self, parent_id: UUID | None, /) -> tuple[ProductCategory, ...]:
        """Return the categories right below one, or the topmost ones for None, by slug."""
        ...

    def list_path(self, category_id: UUID, /) -> tuple[ProductCategory, ...]:
        """Return a category and all above it, the topmost first."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[ProductCategory, ...]:
        """Return the next categories by id."""
        ...


class Products(Protocol):
    """Products and their stock.

    - **G1** `sku` is unique.
    - **G2** The category that is named is stored.
    - **G3** A product's status moves as `machines.PRODUCT` says.
    - **G4** `take_stock` and `put_back_stock` change what is stored, not what was read before: pieces that several
      units take at once are all gone afterwards. Where the inventory is not tracked they change nothing.
    - **G5** The stock of a product whose inventory is tracked is never below zero: whoever takes more than there is
      gets `RefusedError`, and nothing is taken; and so does whoever puts back more than 2,147,483,647 pieces together.
    """

    def get(self, product_id: UUID, /) -> Product:
        """Return a product."""
        ...

    def find(self, product_id: UUID, /) -> Product | None:
        """Return a product, or None."""
        ...

    def find_by_sku(self, sku: str, /) -> Product | None:
        """Return the product with this stock-keeping unit, or None."""
        ...

    def add(self, product: Product, /) -> Product:
        """Store a new product."""
        ...

    def add_many(self, products: Sequence[Product], /) -> None:
        """Store many products."""
        ...

    def update(self, product: Product, /) -> Product:
        """Replace a stored product."""
        ...

    def list_by_status(self, status: ProductStatus, /) -> tuple[Product, ...]:
        """Return the products of a status, by sku."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Product, ...]:
        """Return the next products by id."""
        ...

    def page_by_category(
        self, category_id: UUID, /, after: UUID | None = None, limit: int = 100
    ) -> tuple[Product, ...]:
        """Return the next products of a category, or of any category below it, by id."""
        ...

    def page_low_stock(self, after: UUID | None = None, limit: int = 100) -> tuple[Product, ...]:
        """Return the next products to reorder, by id.

        Those whose inventory is tracked, that are not discontinued, and of which there are no more pieces than
        `min_stock_level`; `Product.missing` says how many are wanting.
        """
        ...

    def take_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Take pieces out of a product's stock (G4, G5).

        Whoever takes several products in one unit takes them in the order of their ids, so that no two units wait for
        each other.

        Returns:
            The product as stored afterwards.
        """
        ...

    def lock_stock(self, product_ids: Collection[UUID], /) -> None:
        """Hold the stock of products until this unit ends, in the order of their ids.

        For a unit that takes pieces for several orders: whoever asks for any of these products meanwhile waits, or gets
        `TransientError`. What is not stored, or not tracked, is passed over.
        """
        ...

    def put_back_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Put pieces back, or new ones in (G4).

        Returns:
            The product as stored afterwards.
        """
        ...


class Orders(Protocol):
    """Orders with their items, and their refunds.

    - **O1** `order_number` is unique.
    - **O2** The customer, the distributor and every item's product are stored.
    - **O3** An order comes with its items, at least one (`RefusedError`), and comes back with them, by `id`; so do
      refunds.
    - **O4** The totals add up: `subtotal` is the items' sum and `total` is `subtotal - discount + tax + shipping`. The
      entity says so itself; a store that takes rows by another way refuses them.
    - **O5** Items never change after the order is stored, nor do its seller, customer, currency and money
      (`RefusedError`): a correction is a refund and a new order.
    - **O6** `status` moves as `machines.ORDER`, `payment_status` as `machines.PAYMENT` says.
    - **O7** `paid_at` is written once: it may be set, never changed or emptied (`RefusedError`).
    - **O8** `refund_number` is unique; a refund names a stored order in the order's currency, and its items are the
      order's.
    - **O9** The refunds of an order together give back no more than its total, and of each item no more than its
      quantity, its money and its volume (`RefusedError`).
    - **O10** Refunds never change.
    - **O11** When an order is stored, its items' products are in its currency (`RefusedError`).
    - **O12** An order that `lock` returned is changed by nobody else until the unit ends; a second unit that asks
      meanwhile waits and then gets the order as it has become, or ends in `TransientError`.
    """

    def get(self, order_id: UUID, /) -> Order:
        """Return an order with its items."""
        ...

    def find(self, order_id: UUID, /) -> Order | None:
        """Return an order with its items, or None."""
        ...

    def find_by_number(self, number: str, /) -> Order | None:
        """Return the order with this number, or None."""
        ...

    def lock(self, order_id: UUID, /) -> Order:
        """Return an order with its items, which nobody else changes until the unit ends (O12)."""
        ...

    def add(self, order: Order, /) -> Order:
        """Store a new order with its items."""
        ...

    def add_many(self, orders: Sequence[Order], /) -> None:
        """Store many orders with their items."""
        ...

    def update(self, order: Order, /) -> Order:
        """Replace a stored order; its items stay (O5)."""
        ...

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Order, ...]:
        """Return a customer's orders, by number."""
        ...

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Order, ...]:
        """Return the orders that are credited to a distributor, by number."""
        ...

    def list_by_status(self, status: OrderStatus, /) -> tuple[Order, ...]:
        """Return the orders of a status, by number."""
        ...

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: OrderFilter = EVERY_ORDER
    ) -> tuple[Order, ...]:
        """Return the next orders by id, of all or of those that a filter picks.

        Raises:
            NotFoundError: The filter names a period or a person that is not stored.
        """
        ...

    def find_refund(self, refund_id: UUID, /) -> OrderRefund | None:
        """Return a refund with its items, or None."""
        ...

    def find_refund_by_number(self, number: str, /) -> OrderRefund | None:
        """Return the refund with this number, or None."""
        ...

    def add_refund(self, refund: OrderRefund, /) -> OrderRefund:
        """Store a refund with what it gives back of each item; without items it gives back money only."""
        ...

    def list_refunds(self, order_id: UUID, /) -> tuple[OrderRefund, ...]:
        """Return an order's refunds with their items, by instant, then number."""
        ...
