"""Auto-ship: standing orders, which are placed again and again on their dates.

The seed knows products that are sold by subscription and customers who agree to it; the order that stands is ours. One
frozen class per table; attributes are named as the columns and stand in their order.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import AutoShipStatus
from mlmcore.domain.ids import new_id

__all__ = ["AutoShip", "AutoShipItem", "AutoShipOrder"]


@frozen(kw_only=True, field_transformer=validators.checked)
class AutoShipItem:
    """So many pieces of a product, each time, at the price of that day."""

    id: UUID = field(factory=new_id)
    auto_ship_id: UUID
    product_id: UUID
    quantity: int = field(validator=validators.integer(1))
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class AutoShip:
    """A standing order.

    Attributes:
        number: The beginning of its orders' numbers; the due date follows.
        distributor_id: Who is credited; whoever the customer belongs to on the day, when None.
        interval_days: How many days lie between two due dates.
        next_date: When it is due next.
        tried_on: The day of the last run that tried to place it.
        failure: Why that run could not; None where it could.
        items: What is sent; no column.
    """

    id: UUID = field(factory=new_id)
    number: str = field(validator=validators.text(20, empty=False))
    customer_id: UUID
    distributor_id: UUID | None = None
    status: AutoShipStatus = AutoShipStatus.ACTIVE
    interval_days: int = field(validator=validators.integer(1, 3660))
    next_date: date = field(validator=validators.day)
    shipping_address: Mapping[str, Any] = field(validator=validators.json_object)
    billing_address: Mapping[str, Any] = field(validator=validators.json_object)
    tried_on: date | None = field(default=None, validator=validators.day)
    failure: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
    items: tuple[AutoShipItem, ...] = ()

    def __attrs_post_init__(self) -> None:
        strangers = [item.id for item in self.items if item.auto_ship_id != self.id]
        if strangers:
            raise validators.broken(
                f"items of auto-ship {self.number} name another auto-ship: {', '.join(map(str, strangers))}"
            )

    def is_due(self, day: date) -> bool:
        """Whether it is to be placed on a day: it is active, its date has come, and nobody tried on that day."""
        tried = self.tried_on is not None and self.tried_on >= day
        return self.status == AutoShipStatus.ACTIVE and self.next_date <= day and not tried

    def date_after(self, day: date) -> date:
        """The first of its dates after a day: whole intervals from `next_date` on."""
        missed = max(0, (day - self.next_date).days // self.interval_days)
        return self.next_date + timedelta(days=(missed + 1) * self.interval_days)


@frozen(kw_only=True, field_transformer=validators.checked)
class AutoShipOrder:
    """The order that was placed for one due date."""

    id: UUID = field(factory=new_id)
    auto_ship_id: UUID
    due_date: date = field(validator=validators.day)
    order_id: UUID
    created_at: datetime | None = field(default=None, validator=validators.aware)
