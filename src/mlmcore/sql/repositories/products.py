"""Products and their stock, which is changed where it is stored."""

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.enums import ProductStatus
from mlmcore.domain.sales import Product
from mlmcore.repositories.catalogue_rules import checked_pieces, refuse_overfull, refuse_short
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table

__all__ = ["SqlProducts"]

_PRODUCTS: Final = Table(name="products", entity="product", type=Product, machines={"status": machines.PRODUCT})
_LOW: Final = (
    "coalesce(inventory_tracked, TRUE) AND status IS DISTINCT FROM 'discontinued'"
    " AND coalesce(stock_quantity, 0) <= coalesce(min_stock_level, 0)"
)


class SqlProducts(Aggregate[Product]):
    """Products; see `protocols.Products`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _PRODUCTS)

    def find_by_sku(self, sku: str, /) -> Product | None:
        """Return the product with this stock-keeping unit, or None."""
        return self._rows.one("WHERE sku = %(sku)s", {"sku": sku})

    def list_by_status(self, status: ProductStatus, /) -> tuple[Product, ...]:
        """Return the products of a status, by sku."""
        return self._rows.many('WHERE status = %(status)s ORDER BY sku COLLATE "C"', {"status": status.value})

    def page_by_category(
        self, category_id: UUID, /, after: UUID | None = None, limit: int = 100
    ) -> tuple[Product, ...]:
        """Return the next products of a category, or of any category below it, by id."""
        where = "category_id IN (SELECT c.id FROM {schema}.categories_below(%(category)s) AS c (id))"
        parameters = {"category": category_id}
        return self._rows.page(after, limit, where=where, parameters=parameters)

    def page_low_stock(self, after: UUID | None = None, limit: int = 100) -> tuple[Product, ...]:
        """Return the next products to reorder, by id."""
        return self._rows.page(after, limit, where=_LOW)

    def take_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Take pieces out of a product's stock."""
        checked_pieces(quantity)
        return self._change_stock("products_take_stock", product_id, quantity, refuse_short)

    def lock_stock(self, product_ids: Collection[UUID], /) -> None:
        """Hold the stock of products until the transaction ends, in the order of their ids."""
        self._session.rows("products_lock_stock", {"ids": sorted(product_ids)})

    def put_back_stock(self, product_id: UUID, quantity: int, /) -> Product:
        """Put pieces back, or new ones in."""
        checked_pieces(quantity)
        return self._change_stock("products_put_back_stock", product_id, quantity, refuse_overfull)

    def _change_stock(
        self, query: str, product_id: UUID, quantity: int, refuse: Callable[[Product, int], None]
    ) -> Product:
        with self._session.savepoint():
            rows = self._session.rows(query, {"id": product_id, "quantity": quantity})
        if rows:
            return next(self._rows.entities(rows))
        product = self.get(product_id)
        refuse(product, quantity)
        return product
