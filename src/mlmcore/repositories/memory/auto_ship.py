"""Standing orders in memory."""

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.repositories.auto_ship_rules import refuse_auto_ship_changes, refuse_empty_auto_ship
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Rows, Table
from mlmcore.repositories.paging import checked_limit

__all__ = ["MemoryAutoShips"]

_AUTO_SHIPS: Final[Table[AutoShip]] = Table(
    name="auto_ships",
    entity="auto-ship",
    key=lambda auto_ship: auto_ship.id,
    uniques={"number": lambda auto_ship: auto_ship.number},
    references={"customer_id": "customers", "distributor_id": "distributors"},
    machines={"status": machines.AUTO_SHIP},
)
_ITEMS: Final[Table[AutoShipItem]] = Table(
    name="auto_ship_items",
    entity="auto-ship item",
    key=lambda item: item.id,
    uniques={"auto_ship_id_product_id": lambda item: (item.auto_ship_id, item.product_id)},
    references={"auto_ship_id": "auto_ships", "product_id": "products"},
)
_ORDERS: Final[Table[AutoShipOrder]] = Table(
    name="auto_ship_orders",
    entity="auto-ship order",
    key=lambda placed: placed.id,
    uniques={
        "auto_ship_id_due_date": lambda placed: (placed.auto_ship_id, placed.due_date),
        "order_id": lambda placed: placed.order_id,
    },
    references={"auto_ship_id": "auto_ships", "order_id": "orders"},
)


class MemoryAutoShips:
    """Standing orders; see `protocols.AutoShips`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._heads = Rows(context, _AUTO_SHIPS)
        self._items = Rows(context, _ITEMS)
        self._orders = Rows(context, _ORDERS)

    def get(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order with its items."""
        return self._whole(self._heads.get(auto_ship_id))

    def find(self, auto_ship_id: UUID, /) -> AutoShip | None:
        """Return a standing order with its items, or None."""
        head = self._heads.find(auto_ship_id)
        return None if head is None else self._whole(head)

    def find_by_number(self, number: str, /) -> AutoShip | None:
        """Return the standing order with this number, or None."""
        head = self._heads.find_by("number", number)
        return None if head is None else self._whole(head)

    def lock(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order, which nobody else changes until this unit ends."""
        return self._whole(self._heads.lock(auto_ship_id))

    def add(self, auto_ship: AutoShip, /) -> AutoShip:
        """Store a new standing order with its items."""
        refuse_empty_auto_ship(auto_ship)
        with self._context.state.savepoint():
            head = self._heads.add(evolve(auto_ship, items=()))
            for item in auto_ship.items:
                self._items.add(item)
            self._remember_items([auto_ship])
        return self._whole(head)

    def add_many(self, auto_ships: Sequence[AutoShip], /) -> None:
        """Store many standing orders with their items."""
        for auto_ship in auto_ships:
            refuse_empty_auto_ship(auto_ship)
        with self._context.state.savepoint():
            self._heads.add_many([evolve(auto_ship, items=()) for auto_ship in auto_ships])
            self._items.add_many([item for auto_ship in auto_ships for item in auto_ship.items])
            self._remember_items(auto_ships)

    def update(self, auto_ship: AutoShip, /) -> AutoShip:
        """Replace a stored standing order; its items stay (V4)."""
        refuse_auto_ship_changes(self.get(auto_ship.id), auto_ship)
        return self._whole(self._heads.update(evolve(auto_ship, items=())))

    def list_by_customer(self, customer_id: UUID, /) -> tuple[AutoShip, ...]:
        """Return a customer's standing orders, by number."""
        heads = self._heads.select(lambda head: head.customer_id == customer_id, lambda head: head.number)
        return tuple(map(self._whole, heads))

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders by id."""
        return tuple(map(self._whole, self._heads.page(after, limit)))

    def page_failed(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders that could not be placed when they were tried last, by id."""
        return tuple(map(self._whole, self._heads.page(after, limit, lambda head: head.failure is not None)))

    def take_due(self, day: date, /, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return standing orders that are due on a day, for this unit alone until it ends."""
        checked_limit(limit)
        due = self._heads.select(lambda head: head.is_due(day), lambda head: (head.next_date, head.id))
        free = (head for head in due if self._heads.try_lock(head.id))
        return tuple(map(self._whole, islice(free, limit)))

    def record_order(self, placed: AutoShipOrder, /) -> AutoShipOrder:
        """Store which order was placed for a due date."""
        return self._orders.add(placed)

    def list_orders(self, auto_ship_id: UUID, /) -> tuple[AutoShipOrder, ...]:
        """Return what was placed for a standing order, by due date."""
        return self._orders.select(lambda placed: placed.auto_ship_id == auto_ship_id, lambda placed: placed.due_date)

    def _remember_items(self, auto_ships: Sequence[AutoShip]) -> None:
        keys = self._context.state.write("auto_ships.items")
        for auto_ship in auto_ships:
            keys[auto_ship.id] = sorted(item.id for item in auto_ship.items)

    def _whole(self, head: AutoShip) -> AutoShip:
        keys = self._context.state.read("auto_ships.items")[head.id]
        return evolve(head, items=tuple(self._items.get(key) for key in keys))
