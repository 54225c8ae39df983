"""What every store asks of categories and of stock, beyond what the entities say of themselves (J3, G4, G5)."""

from collections.abc import Callable
from uuid import UUID

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.sales import Product, ProductCategory
from mlmcore.domain.validators import INT32_MAX

__all__ = ["checked_pieces", "refuse_category_loop", "refuse_overfull", "refuse_short"]


def refuse_category_loop(category: ProductCategory, find: Callable[[UUID], ProductCategory | None]) -> None:
    """Refuse a category that would stand below itself (J3).

    Args:
        category: As it is to be stored.
        find: Returns a stored category.
    """
    slugs, seen, above = [category.slug], {category.id}, category.parent_id
    while above is not None and (parent := find(above)) is not None:
        slugs.append(parent.slug)
        if parent.id == category.id:
            raise RefusedError(
                f"the tree of categories would have a loop: {' -> '.join(slugs)}; "
                "Nothing can stand below itself: give one of them another parent, or none"
            )
        if parent.id in seen:
            return  # a loop further up is another category's, and was refused there
        seen.add(parent.id)
        above = parent.parent_id


def checked_pieces(quantity: object) -> int:
    """Return a number of pieces to take or put back, or refuse it."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise RefusedError(f"{quantity!r} is no number of pieces; at least one is taken or put back")
    return quantity


def refuse_short(product: Product, quantity: int) -> None:
    """Refuse to take more of a product than there is (G5)."""
    if product.inventory_tracked and product.stock_quantity < quantity:
        raise RefusedError(
            f"{quantity} of product {product.sku} were asked for, and {product.stock_quantity} are in stock; "
            "order fewer, or wait until more have come in"
        )


def refuse_overfull(product: Product, quantity: int) -> None:
    """Refuse to put back more of a product than its stock can count (G5)."""
    if product.inventory_tracked and product.stock_quantity + quantity > INT32_MAX:
        raise RefusedError(
            f"{quantity} of product {product.sku} cannot be put back: {product.stock_quantity} are in stock, and at "
            f"most {INT32_MAX} are counted"
        )
