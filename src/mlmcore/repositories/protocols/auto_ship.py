"""Auto-ship: standing orders and the orders that were placed for their dates."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from mlmcore.domain.auto_ship import AutoShip, AutoShipOrder

__all__ = ["AutoShips"]


class AutoShips(Protocol):
    """Standing orders.

    - **V1** `number` is unique.
    - **V2** The customer, the distributor where there is one, and every item's product are stored.
    - **V3** A standing order comes with its items, at least one (`RefusedError`), each product once (`ConflictError`),
      and comes back with them, by `id`.
    - **V4** Its customer, number and items never change (`RefusedError`): cancel it and begin another.
    - **V5** `status` moves as `machines.AUTO_SHIP` says.
    - **V6** For a due date at most one order is recorded, and an order for at most one due date (`ConflictError`); the
      record never changes.
    - **V7** `take_due` returns those that `AutoShip.is_due` on a day and that nobody else holds, the longest due first,
      then by `id`; they are this unit's alone until it ends.
    """

    def get(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order with its items."""
        ...

    def find(self, auto_ship_id: UUID, /) -> AutoShip | None:
        """Return a standing order with its items, or None."""
        ...

    def find_by_number(self, number: str, /) -> AutoShip | None:
        """Return the standing order with this number, or None."""
        ...

    def lock(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order, which nobody else changes until this unit ends."""
        ...

    def add(self, auto_ship: AutoShip, /) -> AutoShip:
        """Store a new standing order with its items."""
        ...

    def add_many(self, auto_ships: Sequence[AutoShip], /) -> None:
        """Store many standing orders with their items."""
        ...

    def update(self, auto_ship: AutoShip, /) -> AutoShip:
        """Replace a stored standing order; its items stay (V4)."""
        ...

    def list_by_customer(self, customer_id: UUID, /) -> tuple[AutoShip, ...]:
        """Return a customer's standing orders, by number."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders by id."""
        ...

    def page_failed(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders that could not be placed when they were tried last, by id."""
        ...

    def take_due(self, day: date, /, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return standing orders that are due on a day, for this unit alone until it ends (V7)."""
        ...

    def record_order(self, placed: AutoShipOrder, /) -> AutoShipOrder:
        """Store which order was placed for a due date (V6)."""
        ...

    def list_orders(self, auto_ship_id: UUID, /) -> tuple[AutoShipOrder, ...]:
        """Return what was placed for a standing order, by due date."""
        ...
