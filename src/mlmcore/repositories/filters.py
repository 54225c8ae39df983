"""What pages of people and orders are asked for: conditions that hold together; one that is left out asks for nothing.

A filter is checked when it is made, so that every store is asked the same sound question. How it is answered is each
store's own business.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from attrs import Attribute, field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import (
    ContactSource,
    ContactStatus,
    DistributorStatus,
    GenealogyTree,
    OrderStatus,
    PaymentStatus,
    UserRole,
    UserStatus,
)
from mlmcore.repositories.network_rules import checked_id, checked_levels, checked_tree

__all__ = [
    "EVERYBODY",
    "EVERY_CONTACT",
    "EVERY_ORDER",
    "EVERY_USER",
    "Below",
    "ContactFilter",
    "DistributorFilter",
    "OrderFilter",
    "UserFilter",
]


def _person(user_id: UUID) -> UUID:
    return checked_id("distributor", user_id)


def _each_id(_: object, attribute: "Attribute[Any]", value: tuple[UUID, ...] | None) -> None:
    for item in value or ():
        checked_id(attribute.name, item)


@frozen(kw_only=True)
class Below:
    """Everybody below a person in a tree, at most so many levels down (None: all); not the person."""

    tree: GenealogyTree = field(converter=checked_tree)
    user_id: UUID = field(converter=_person)
    levels: int | None = field(default=None, converter=checked_levels)


@frozen(kw_only=True, field_transformer=validators.checked)
class DistributorFilter:
    """Which distributors.

    Attributes:
        status: Of this status.
        rank_id: Of this rank.
        territory_ids: Of one of these territories; for one with all below it, the ids of `Territories.list_within`.
        joined_from: Joined on this day or later.
        joined_until: Joined on this day or earlier.
        below: Below somebody in a tree.
    """

    status: DistributorStatus | None = None
    rank_id: str | None = None
    territory_ids: tuple[UUID, ...] | None = field(default=None, validator=_each_id)
    joined_from: date | None = field(default=None, validator=validators.day)
    joined_until: date | None = field(default=None, validator=validators.day)
    below: Below | None = None

    def __attrs_post_init__(self) -> None:
        validators.in_order(self, "joined_from", "joined_until")


@frozen(kw_only=True, field_transformer=validators.checked)
class ContactFilter:
    """Which contacts.

    Attributes:
        owner_id: Of this user.
        status: Of this status.
        source: From there.
        tag: With this tag, as it is written.
        follow_up_until: To be followed up at this instant or earlier.
        below: Of somebody below a person in a tree; not the person's own.
    """

    owner_id: UUID | None = None
    status: ContactStatus | None = None
    source: ContactSource | None = None
    tag: str | None = field(default=None, validator=validators.text())
    follow_up_until: datetime | None = field(default=None, validator=validators.aware)
    below: Below | None = None


@frozen(kw_only=True, field_transformer=validators.checked)
class UserFilter:
    """Which users.

    Attributes:
        role: Of this role.
        status: Of this status.
        created_from: Created at this instant or later.
        created_before: Created before this instant.
        locked_at: Locked out at this instant: `locked_until` is later.
    """

    role: UserRole | None = None
    status: UserStatus | None = None
    created_from: datetime | None = field(default=None, validator=validators.aware)
    created_before: datetime | None = field(default=None, validator=validators.aware)
    locked_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        validators.in_order(self, "created_from", "created_before")


@frozen(kw_only=True, field_transformer=validators.checked)
class OrderFilter:
    """Which orders.

    Attributes:
        status: Of this status.
        payment_status: Of this payment status.
        customer_id: Bought by this customer.
        distributor_id: Credited to this distributor.
        below: Credited to somebody below a person in a tree; not the person's own.
        paid_in: First paid within the days of this period, in its zone. An order that was paid and has no `paid_at`,
            because it was imported without, was paid when it was made (D16).
    """

    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    customer_id: UUID | None = None
    distributor_id: UUID | None = None
    below: Below | None = None
    paid_in: str | None = field(default=None, validator=validators.text(20))


EVERYBODY = DistributorFilter()
"""All distributors."""

EVERY_USER = UserFilter()
"""All users."""

EVERY_CONTACT = ContactFilter()
"""No condition."""

EVERY_ORDER = OrderFilter()
"""All orders."""
