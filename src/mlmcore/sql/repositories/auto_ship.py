"""Standing orders. That each due date brings one order is the schema's unique fact."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.repositories.auto_ship_rules import refuse_auto_ship_changes, refuse_empty_auto_ship
from mlmcore.repositories.paging import checked_limit
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlAutoShips"]

_AUTO_SHIPS: Final = Table(
    name="auto_ships", entity="auto-ship", type=AutoShip, machines={"status": machines.AUTO_SHIP}
)
_ITEMS: Final = Table(name="auto_ship_items", entity="auto-ship item", type=AutoShipItem)
_ORDERS: Final = Table(name="auto_ship_orders", entity="auto-ship order", type=AutoShipOrder)
_DUE: Final = "status = 'active' AND next_date <= %(day)s AND (tried_on IS NULL OR tried_on < %(day)s)"


class SqlAutoShips:
    """Standing orders; see `protocols.AutoShips`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._heads = Rows(context, _AUTO_SHIPS)
        self._items = Rows(context, _ITEMS)
        self._orders = Rows(context, _ORDERS)

    def get(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order with its items."""
        return self._whole([self._heads.get(auto_ship_id)])[0]

    def find(self, auto_ship_id: UUID, /) -> AutoShip | None:
        """Return a standing order with its items, or None."""
        head = self._heads.find(auto_ship_id)
        return self._whole([head])[0] if head else None

    def find_by_number(self, number: str, /) -> AutoShip | None:
        """Return the standing order with this number, or None."""
        head = self._heads.one("WHERE number = %(number)s", {"number": number})
        return self._whole([head])[0] if head else None

    def lock(self, auto_ship_id: UUID, /) -> AutoShip:
        """Return a standing order, which nobody else changes until the transaction ends."""
        return self._whole([self._heads.get_for_update(auto_ship_id)])[0]

    def add(self, auto_ship: AutoShip, /) -> AutoShip:
        """Store a new standing order with its items."""
        refuse_empty_auto_ship(auto_ship)
        with self._session.savepoint():
            head = self._heads.add(auto_ship)
            for item in auto_ship.items:
                self._items.insert(item)
        return self._whole([head])[0]

    def add_many(self, auto_ships: Sequence[AutoShip], /) -> None:
        """Store many standing orders with their items."""
        for auto_ship in auto_ships:
            refuse_empty_auto_ship(auto_ship)
        with self._session.savepoint():
            self._heads.add_many(auto_ships)
            self._items.add_many([item for auto_ship in auto_ships for item in auto_ship.items])

    def update(self, auto_ship: AutoShip, /) -> AutoShip:
        """Replace a stored standing order; its items stay (V4)."""
        with self._session.savepoint():
            refuse_auto_ship_changes(self.lock(auto_ship.id), auto_ship)
            return self._whole([self._heads.update(auto_ship)])[0]

    def list_by_customer(self, customer_id: UUID, /) -> tuple[AutoShip, ...]:
        """Return a customer's standing orders, by number."""
        rest = 'WHERE customer_id = %(customer)s ORDER BY number COLLATE "C"'
        return self._whole(self._heads.many(rest, {"customer": customer_id}))

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders by id."""
        return self._whole(self._heads.page(after, limit))

    def page_failed(self, after: UUID | None = None, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return the next standing orders that could not be placed when they were tried last, by id."""
        return self._whole(self._heads.page(after, limit, where="failure IS NOT NULL"))

    def take_due(self, day: date, /, limit: int = 100) -> tuple[AutoShip, ...]:
        """Return standing orders that are due on a day, for this transaction alone until it ends."""
        # Those that another worker holds are passed over; one that was placed while this statement ran is looked at
        # again once it is locked, and drops out.
        rest = f"WHERE {_DUE} ORDER BY next_date, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED"
        return self._whole(self._heads.many(rest, {"day": day, "limit": checked_limit(limit)}))

    def record_order(self, placed: AutoShipOrder, /) -> AutoShipOrder:
        """Store which order was placed for a due date."""
        return self._orders.add(placed)

    def list_orders(self, auto_ship_id: UUID, /) -> tuple[AutoShipOrder, ...]:
        """Return what was placed for a standing order, by due date."""
        return self._orders.many("WHERE auto_ship_id = %(id)s ORDER BY due_date", {"id": auto_ship_id})

    def _whole(self, heads: Sequence[AutoShip]) -> tuple[AutoShip, ...]:
        rows = self._session.rows("auto_ships_items", {"auto_ships": [head.id for head in heads]}) if heads else []
        items: dict[UUID, list[AutoShipItem]] = defaultdict(list)
        for item in self._items.entities(rows):
            items[item.auto_ship_id].append(item)
        return tuple(evolve(head, items=tuple(items[head.id])) for head in heads)
