"""Categories of products in memory."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mlmcore.domain.sales import ProductCategory
from mlmcore.repositories.catalogue_rules import refuse_category_loop
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table

__all__ = ["MemoryCategories"]

_CATEGORIES: Final[Table[ProductCategory]] = Table(
    name="product_categories",
    entity="category",
    key=lambda category: category.id,
    uniques={"slug": lambda category: category.slug},
    references={"parent_id": "product_categories"},
)


class MemoryCategories(Aggregate[ProductCategory]):
    """Categories; see `protocols.Categories`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _CATEGORIES)

    def find_by_slug(self, slug: str, /) -> ProductCategory | None:
        """Return the category with this slug, or None."""
        return self._rows.find_by("slug", slug)

    def add_many(self, categories: Sequence[ProductCategory], /) -> None:
        """Store many categories, in any order."""
        with self._context.state.savepoint():
            self._rows.add_many(categories)
            for category in categories:
                refuse_category_loop(category, self.find)

    def update(self, category: ProductCategory, /) -> ProductCategory:
        """Replace a stored category."""
        with self._context.state.savepoint():
            stored = self._rows.update(category)
            refuse_category_loop(stored, self.find)
        return stored

    def list_children(self, parent_id: UUID | None, /) -> tuple[ProductCategory, ...]:
        """Return the categories right below one, or the topmost ones for None, by slug."""
        return self._rows.select(lambda category: category.parent_id == parent_id, lambda category: category.slug)

    def list_path(self, category_id: UUID, /) -> tuple[ProductCategory, ...]:
        """Return a category and all above it, the topmost first."""
        path = [self.get(category_id)]
        while path[-1].parent_id is not None:
            path.append(self.get(path[-1].parent_id))
        return tuple(reversed(path))
