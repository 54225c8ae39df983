"""Products."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.enums import ProductStatus
from mlmcore.domain.sales import Product
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlProducts"]

_PRODUCTS: Final = Table(name="products", entity="product", type=Product, machines={"status": machines.PRODUCT})


class SqlProducts:
    """Products; see `protocols.Products`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _PRODUCTS)

    def get(self, product_id: UUID, /) -> Product:
        """Return a product."""
        return self._rows.get(product_id)

    def find(self, product_id: UUID, /) -> Product | None:
        """Return a product, or None."""
        return self._rows.find(product_id)

    def find_by_sku(self, sku: str, /) -> Product | None:
        """Return the product with this stock-keeping unit, or None."""
        return self._rows.one("WHERE sku = %(sku)s", {"sku": sku})

    def add(self, product: Product, /) -> Product:
        """Store a new product."""
        return self._rows.add(product)

    def add_many(self, products: Sequence[Product], /) -> None:
        """Store many products."""
        self._rows.add_many(products)

    def update(self, product: Product, /) -> Product:
        """Replace a stored product."""
        return self._rows.update(product)

    def list_by_status(self, status: ProductStatus, /) -> tuple[Product, ...]:
        """Return the products of a status, by sku."""
        return self._rows.many('WHERE status = %(status)s ORDER BY sku COLLATE "C"', {"status": status.value})

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Product, ...]:
        """Return the next products by id."""
        return self._rows.page(after, limit)
