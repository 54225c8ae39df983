"""Pieces that go back into the stock, in the order in which they are taken."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["put_back"]


def put_back(unit: UnitOfWork, pieces: Iterable[tuple[UUID, int]]) -> None:
    """Put pieces back in the order of the products' ids, in which they are taken too: nobody waits in a circle."""
    back = Counter[UUID]()
    for product_id, quantity in pieces:
        back[product_id] += quantity
    for product_id in sorted(back):
        if back[product_id]:
            unit.products.put_back_stock(product_id, back[product_id])
