"""Whether a filter picks a row: each condition that is given holds."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from mlmcore.domain.crm import Contact
from mlmcore.domain.orders_rule import EVER_PAID
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.periods import Period
from mlmcore.domain.sales import Order
from mlmcore.repositories.filters import ContactFilter, DistributorFilter, OrderFilter, UserFilter

__all__ = ["picks_contact", "picks_distributor", "picks_order", "picks_user"]


def picks_distributor(where: DistributorFilter, below: AbstractSet[UUID] | None, person: Distributor) -> bool:
    """Whether somebody is picked; `below` is who stands below the person that the filter names, or None."""
    return (
        where.status in {None, person.status}
        and where.rank_id in {None, person.rank_id}
        and (where.territory_ids is None or person.territory_id in where.territory_ids)
        and (where.joined_from is None or where.joined_from <= person.join_date)
        and (where.joined_until is None or person.join_date <= where.joined_until)
        and (below is None or person.user_id in below)
    )


def picks_contact(where: ContactFilter, below: AbstractSet[UUID] | None, contact: Contact) -> bool:
    """Whether a contact is picked; `below` is who stands below the person that the filter names, or None."""
    until, follow_up = where.follow_up_until, contact.next_follow_up
    return (
        where.owner_id in {None, contact.owner_id}
        and where.status in {None, contact.status}
        and where.source in {None, contact.source}
        and (where.tag is None or where.tag in (contact.tags or ()))
        and (until is None or (follow_up is not None and follow_up <= until))
        and (below is None or contact.owner_id in below)
    )


def picks_order(where: OrderFilter, below: AbstractSet[UUID] | None, period: Period | None, order: Order) -> bool:
    """Whether an order is picked; `below` and `period` are what the filter names by id, or None."""
    paid_at = (order.paid_at or order.created_at) if order.payment_status in EVER_PAID else None
    return (
        where.status in {None, order.status}
        and where.payment_status in {None, order.payment_status}
        and where.customer_id in {None, order.customer_id}
        and where.distributor_id in {None, order.distributor_id}
        and (below is None or order.distributor_id in below)
        and (period is None or (paid_at is not None and paid_at in period))
    )


def picks_user(where: UserFilter, user: User) -> bool:
    """Whether a user is picked."""
    created, locked = user.created_at, user.locked_until
    return (
        where.role in {None, user.role}
        and where.status in {None, user.status}
        and (where.created_from is None or (created is not None and where.created_from <= created))
        and (where.created_before is None or (created is not None and created < where.created_before))
        and (where.locked_at is None or (locked is not None and locked > where.locked_at))
    )
