"""Erasing a person: personal data goes everywhere, what money was made of stays.

Whoever asks to be forgotten has left before: somebody whose contract runs is terminated first, and nothing may still be
on its way to them. Afterwards trees, orders, ledger and payouts are as they were, and nobody can tell from them who it
was. What is kept all the same, and why, stands in `mlmcore.domain.personal.KEPT`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import validators
from mlmcore.domain.auto_ship import AutoShip
from mlmcore.domain.commissions import Payout
from mlmcore.domain.crm import Contact
from mlmcore.domain.enums import (
    AutoShipStatus,
    CustomerStatus,
    DistributorStatus,
    OrderStatus,
    PayoutStatus,
    UserStatus,
)
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.sales import Customer, Order
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["CustomerErasure", "PersonErasure", "erase_customer", "erase_person"]

_TAX_ID: Final = "user_profiles.tax_id"
_SETTLED_ORDERS: Final = frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.REFUNDED})
_SETTLED_PAYOUTS: Final = frozenset({PayoutStatus.COMPLETED, PayoutStatus.CANCELLED})

Keys = dict[str, set[UUID]]


@frozen(kw_only=True)
class PersonErasure:
    """Which user is forgotten. What laws differ in is said.

    Attributes:
        user_id: Who.
        reason: Why; it stays in the audit log, so it names nobody.
        keep_tax_id: Whether the tax id stays, sealed, because a law asks for it with what was paid.
        erase_owned_contacts: Whether the contacts whom the person talked to are erased too. They are other people's
            data: those who are handed over before (`terminate`, `hand_over_contact`) are not theirs any more.
    """

    user_id: UUID
    reason: str = field(validator=validators.text(500, empty=False))
    keep_tax_id: bool
    erase_owned_contacts: bool


@frozen(kw_only=True)
class CustomerErasure:
    """Which customer, who is no user, is forgotten.

    Attributes:
        customer_id: Who.
        reason: Why; it stays in the audit log, so it names nobody.
    """

    customer_id: UUID
    reason: str = field(validator=validators.text(500, empty=False))


def erase_person(unit: UnitOfWork, command: PersonErasure) -> Mapping[str, int]:
    """Forget a user: login, profile, notes, own purchases, bank details, and whom they were as a contact.

    Nobody can sign in as them afterwards. Repeated, it changes nothing.

    Returns:
        How many rows of each table were erased.

    Raises:
        NotFoundError: There is no such user.
        RefusedError: The person is a distributor who is not terminated, or an order or payout is still on its way; all
            of it at once.
    """
    user = unit.users.lock(command.user_id)
    done = unit.erasures.find("users", command.user_id)
    if done is not None:
        return done
    own = unit.customers.find_by_user(user.id)
    payouts, orders = _payouts(unit, user.id), _orders(unit, own)
    on_its_way = [*_open_payouts(payouts), *_open_orders(orders), *_standing_orders(unit, own)]
    _refuse(f"user {user.id}", [*_still_distributor(unit, user.id), *on_its_way])
    contacts = [*_former_contacts(unit, user.id, own), *_owned_contacts(unit, command)]
    rows: Keys = {
        "users": {user.id},
        "user_profiles": {user.id},
        "distributors": {user.id},
        "payouts": {payout.id for payout in payouts},
        **_customer_rows(unit, own, orders, contacts),
    }
    unit.users.update(evolve(user, status=UserStatus.INACTIVE, two_factor_enabled=False, two_factor_secret=None))
    _no_marketing(unit, user.id, own)
    return unit.erasures.erase(
        "users", user.id, rows, reason=command.reason, keep=(_TAX_ID,) if command.keep_tax_id else ()
    )


def erase_customer(unit: UnitOfWork, command: CustomerErasure) -> Mapping[str, int]:
    """Forget a customer: name, addresses, means of payment, the addresses of orders, and whom they were as a contact.

    Returns:
        How many rows of each table were erased.

    Raises:
        NotFoundError: There is no such customer.
        RefusedError: The customer is a user, who is erased as a whole; or an order is still on its way.
    """
    done = unit.erasures.find("customers", command.customer_id)
    if done is not None:
        return done
    customer = unit.customers.get(command.customer_id)
    orders = _orders(unit, customer)
    user = [] if customer.user_id is None else [f"this is user {customer.user_id}; erase the person"]
    _refuse(f"customer {customer.customer_number}", [*user, *_open_orders(orders), *_standing_orders(unit, customer)])
    rows = _customer_rows(unit, customer, orders, _former_contacts(unit, None, customer))
    _no_marketing(unit, None, customer)
    return unit.erasures.erase("customers", customer.id, rows, reason=command.reason)


def _refuse(who: str, reasons: list[str]) -> None:
    if reasons:
        raise RefusedError(f"{who} cannot be erased yet: {'; '.join(reasons)}")


def _still_distributor(unit: UnitOfWork, user_id: UUID) -> Iterator[str]:
    person = unit.distributors.find(user_id)
    if person is not None and person.status != DistributorStatus.TERMINATED:
        yield f"distributor {person.distributor_number} is {person.status}; terminate the contract first"


def _open_payouts(payouts: Sequence[Payout]) -> Iterator[str]:
    for payout in payouts:
        if payout.status not in _SETTLED_PAYOUTS:
            yield f"payout {payout.id} of {payout.amount} is {payout.status}; complete or cancel it first"


def _open_orders(orders: Sequence[Order]) -> Iterator[str]:
    for order in orders:
        if order.status not in _SETTLED_ORDERS:
            yield f"order {order.order_number} is {order.status}; deliver, cancel or refund it first"


def _standing_orders(unit: UnitOfWork, customer: Customer | None) -> Iterator[str]:
    for standing in _auto_ships(unit, customer):
        if standing.status != AutoShipStatus.CANCELLED:
            yield f"standing order {standing.number} is {standing.status}; cancel it first"


def _auto_ships(unit: UnitOfWork, customer: Customer | None) -> Sequence[AutoShip]:
    return () if customer is None else unit.auto_ships.list_by_customer(customer.id)


def _payouts(unit: UnitOfWork, user_id: UUID) -> Sequence[Payout]:
    return unit.payouts.list_by_distributor(user_id)


def _orders(unit: UnitOfWork, customer: Customer | None) -> Sequence[Order]:
    return () if customer is None else unit.orders.list_by_customer(customer.id)


def _former_contacts(unit: UnitOfWork, user_id: UUID | None, customer: Customer | None) -> list[Contact]:
    """Whom the person was before: the contact that became this distributor, and the one that became this customer."""
    found = [
        None if user_id is None else unit.contacts.find_by_distributor(user_id),
        None if customer is None else unit.contacts.find_by_customer(customer.id),
    ]
    return [contact for contact in found if contact is not None]


def _owned_contacts(unit: UnitOfWork, command: PersonErasure) -> Sequence[Contact]:
    return unit.contacts.list_by_owner(command.user_id) if command.erase_owned_contacts else ()


def _customer_rows(
    unit: UnitOfWork, customer: Customer | None, orders: Sequence[Order], contacts: Sequence[Contact]
) -> Keys:
    """The rows about somebody as a customer and as a contact, and the tasks that speak of them."""
    tasks = [task for contact in contacts for task in unit.tasks.list_by_contact(contact.id)]
    tasks += [] if customer is None else unit.tasks.list_by_customer(customer.id)
    return {
        "customers": set() if customer is None else {customer.id},
        "orders": {order.id for order in orders},
        "order_refunds": {refund.id for order in orders for refund in unit.orders.list_refunds(order.id)},
        "auto_ships": {standing.id for standing in _auto_ships(unit, customer)},
        "contacts": {contact.id for contact in contacts},
        "tasks": {task.id for task in tasks},
    }


def _no_marketing(unit: UnitOfWork, user_id: UUID | None, customer: Customer | None) -> None:
    """Nobody is written to any more, and nothing is ordered by itself."""
    profile = None if user_id is None else unit.users.find_profile(user_id)
    if profile is not None:
        unit.users.update_profile(evolve(profile, marketing_consent=False, data_processing_consent=False))
    if customer is not None:
        quiet = evolve(customer, status=CustomerStatus.INACTIVE, marketing_opt_in=False, auto_ship_enabled=False)
        unit.customers.update(quiet)
