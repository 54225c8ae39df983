"""Categories of products. That nothing stands below itself is the schema's to see (050_functions_9_shop.sql)."""

from typing import Final
from uuid import UUID

from mlmcore.domain.errors import NotFoundError
from mlmcore.domain.sales import ProductCategory
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table

__all__ = ["SqlCategories"]

_CATEGORIES: Final = Table(name="product_categories", entity="category", type=ProductCategory)


class SqlCategories(Aggregate[ProductCategory]):
    """Categories; see `protocols.Categories`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _CATEGORIES)

    def find_by_slug(self, slug: str, /) -> ProductCategory | None:
        """Return the category with this slug, or None."""
        return self._rows.one("WHERE slug = %(slug)s", {"slug": slug})

    def update(self, category: ProductCategory, /) -> ProductCategory:
        """Replace a stored category."""
        # Before any row is held: a mover who holds one and one who needs it would wait for each other.
        self._session.rows("categories_lock")
        return self._rows.update(category)

    def list_children(self, parent_id: UUID | None, /) -> tuple[ProductCategory, ...]:
        """Return the categories right below one, or the topmost ones for None, by slug."""
        rest = 'WHERE parent_id IS NOT DISTINCT FROM %(parent)s::uuid ORDER BY slug COLLATE "C"'
        return self._rows.many(rest, {"parent": parent_id})

    def list_path(self, category_id: UUID, /) -> tuple[ProductCategory, ...]:
        """Return a category and all above it, the topmost first."""
        category = category_id
        rows = self._session.rows("categories_path", {"category": category})
        if not rows:
            raise NotFoundError("category", [category])
        return tuple(self._rows.entities(rows))
