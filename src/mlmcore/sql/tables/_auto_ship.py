"""Standing orders, what they hold, and the orders that were placed for their dates."""

from typing import Final

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid, text

from mlmcore.domain.enums import AutoShipStatus
from mlmcore.sql.tables._vocabulary import DECLARED, JSON, check, check_one_of, created_at, new_id, word

__all__ = ["AUTO_SHIPS", "AUTO_SHIP_ITEMS", "AUTO_SHIP_ORDERS"]

AUTO_SHIPS: Final = Table(
    "auto_ships",
    DECLARED,
    new_id(),
    Column("number", String(20), nullable=False, unique=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=False),
    Column("distributor_id", Uuid, ForeignKey("distributors.user_id")),
    Column("status", Text, nullable=False, server_default=word("active")),
    Column("interval_days", Integer, nullable=False),
    Column("next_date", Date, nullable=False),
    Column("shipping_address", JSON, nullable=False),
    Column("billing_address", JSON, nullable=False),
    Column("tried_on", Date),
    Column("failure", Text),
    created_at(),
    created_at("updated_at"),
    Index(None, "customer_id"),
    Index(None, "distributor_id"),
    Index("auto_ships_due_idx", "next_date", "id", postgresql_where=text("status = 'active'")),
    check_one_of("status", *AutoShipStatus),
    check("interval_days", "interval_days BETWEEN 1 AND 3660"),
)

AUTO_SHIP_ITEMS: Final = Table(
    "auto_ship_items",
    DECLARED,
    new_id(),
    Column("auto_ship_id", Uuid, ForeignKey("auto_ships.id"), nullable=False),
    Column("product_id", Uuid, ForeignKey("products.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    created_at(),
    UniqueConstraint("auto_ship_id", "product_id"),
    Index(None, "product_id"),
    check("quantity", "quantity > 0"),
)

AUTO_SHIP_ORDERS: Final = Table(
    "auto_ship_orders",
    DECLARED,
    new_id(),
    Column("auto_ship_id", Uuid, ForeignKey("auto_ships.id"), nullable=False),
    Column("due_date", Date, nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, unique=True),
    created_at(),
    UniqueConstraint("auto_ship_id", "due_date"),
)
