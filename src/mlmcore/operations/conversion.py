"""Whom contacts become: a customer, a distributor, or first the one and then the other.

A contact makes one customer and one distributor, for ever, and each of them came of one contact at most. The contact is
locked first: of two who convert it at once the second finds what the first has done.
"""

from datetime import datetime
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import machines, validators
from mlmcore.domain.crm import Contact
from mlmcore.domain.enums import ContactStatus, DistributorStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.people import Distributor
from mlmcore.domain.sales import Customer
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Conversion", "convert_contact", "mark_enrolled", "match_contact"]


@frozen(kw_only=True, field_transformer=validators.checked)
class Conversion:
    """A contact who becomes a customer.

    Attributes:
        contact_id: Who.
        customer_number: The new customer's number; repeating a command with the same number changes nothing.
        distributor_id: Who is credited with what they buy. It must be said: the contact's owner may be no distributor,
            and where owner and seller differ somebody is paid for it.
        converted_at: When.
        email: The customer's address; the contact's when left out.
        first_name: Of the customer; a contact has its name in one piece, which is not cut by guess.
        last_name: Of the customer.
    """

    contact_id: UUID
    customer_number: str = field(validator=validators.text(20, empty=False))
    distributor_id: UUID
    converted_at: datetime = field(validator=validators.aware)
    email: str | None = field(default=None, validator=validators.email(255))
    first_name: str | None = field(default=None, validator=validators.text(100))
    last_name: str | None = field(default=None, validator=validators.text(100))


def convert_contact(unit: UnitOfWork, command: Conversion) -> Customer:
    """Make a customer of a contact: the customer, the contact's state and their audit rows, all or nothing.

    Of two who convert one contact at once, one does; the other gets the same customer where the command was the same,
    and otherwise an error.

    Returns:
        The new customer; the one that the contact is already when the command is repeated.

    Raises:
        NotFoundError: Contact or distributor is not stored.
        IllegalMoveError: The contact has not come so far, was lost, or is a distributor already.
        RefusedError: The contact has no e-mail and none is given, or the distributor is terminated.
        ConflictError: The contact became another customer, or the number belongs to somebody else.
    """
    contact = unit.contacts.lock(command.contact_id)
    if contact.converted_to_customer_id is not None:
        return _same_customer(unit, contact, command)
    machines.CONTACT.check(contact.status, ContactStatus.WON)
    _refuse_terminated(unit, command)
    with unit.savepoint():
        customer = unit.customers.add(_customer(contact, command))
        unit.contacts.update(_won(contact, customer, command.converted_at))
    return customer


def match_contact(unit: UnitOfWork, contact_id: UUID, customer_id: UUID, *, converted_at: datetime) -> Contact:
    """Write down that a contact became a customer who is stored already, one who signed up in a shop for example.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: Contact or customer is not stored.
        IllegalMoveError: The contact has not come so far, was lost, or is a distributor already.
        ConflictError: The contact became another customer, or another contact became this one.
    """
    contact = unit.contacts.lock(contact_id)
    customer = unit.customers.get(customer_id)
    if contact.converted_to_customer_id == customer.id:
        return contact
    if contact.converted_to_customer_id is not None:
        raise _converted_already(contact, unit.customers.get(contact.converted_to_customer_id))
    machines.CONTACT.check(contact.status, ContactStatus.WON)
    other = unit.contacts.find_by_customer(customer.id)
    if other is not None:
        raise ConflictError(
            f"contact {contact.id} cannot become customer {customer.customer_number}: contact {other.id} did; "
            "a customer came of one contact"
        )
    return unit.contacts.update(_won(contact, customer, converted_at))


def mark_enrolled(unit: UnitOfWork, contact_id: UUID, user_id: UUID) -> Contact:
    """Write down that a contact became a distributor, whom `enrol` has stored in this unit or before.

    Whom they became as a customer, they stay; that they buy for own use from now on is said to `enrol`, by its
    `former_customer`, because companies differ in who is credited with it.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: Contact or distributor is not stored.
        IllegalMoveError: The contact has not come so far, or was lost.
        ConflictError: The contact became another distributor, another contact became this one, or the customer that
            the contact became is another distributor's own.
    """
    contact = unit.contacts.lock(contact_id)
    person = unit.distributors.get(user_id)
    if contact.enrolled_as_id == person.user_id:
        return contact
    if contact.enrolled_as_id is not None:
        raise ConflictError(
            f"contact {contact.id} became distributor "
            f"{unit.distributors.get(contact.enrolled_as_id).distributor_number} already, and not "
            f"{person.distributor_number}"
        )
    other = unit.contacts.find_by_distributor(person.user_id)
    if other is not None:
        raise ConflictError(
            f"contact {contact.id} cannot become distributor {person.distributor_number}: contact {other.id} did; "
            "a distributor came of one contact"
        )
    _refuse_other_customer(unit, contact, person)
    machines.CONTACT.check(contact.status, ContactStatus.ENROLLED)
    return unit.contacts.update(evolve(contact, status=ContactStatus.ENROLLED, enrolled_as_id=person.user_id))


def _same_customer(unit: UnitOfWork, contact: Contact, command: Conversion) -> Customer:
    assert contact.converted_to_customer_id is not None  # noqa: S101 - for the type checker: that is why we are here
    customer = unit.customers.get(contact.converted_to_customer_id)
    if customer.customer_number != command.customer_number:
        raise _converted_already(contact, customer)
    if customer.distributor_id != command.distributor_id:
        raise ConflictError(
            f"contact {contact.id} became customer {customer.customer_number} already, whose distributor is "
            f"{customer.distributor_id} and not {command.distributor_id}"
        )
    return customer


def _converted_already(contact: Contact, customer: Customer) -> ConflictError:
    assert contact.converted_at is not None  # noqa: S101 - for the type checker: they come together
    return ConflictError(
        f"contact {contact.id} became customer {customer.customer_number} on {contact.converted_at.isoformat()}; "
        "a contact makes one customer"
    )


def _refuse_other_customer(unit: UnitOfWork, contact: Contact, person: Distributor) -> None:
    """Refuse that one contact is two people: as a customer this one, as a distributor that one."""
    key = contact.converted_to_customer_id
    customer = None if key is None else unit.customers.get(key)
    if customer is not None and customer.user_id not in {None, person.user_id}:
        raise ConflictError(
            f"contact {contact.id} cannot become distributor {person.distributor_number}: it is customer "
            f"{customer.customer_number}, who is distributor {customer.user_id}"
        )


def _refuse_terminated(unit: UnitOfWork, command: Conversion) -> None:
    person = unit.distributors.get(command.distributor_id)
    if person.status == DistributorStatus.TERMINATED:
        raise RefusedError(
            f"contact {command.contact_id} cannot become a customer of {person.distributor_number}, who is terminated"
        )


def _customer(contact: Contact, command: Conversion) -> Customer:
    email = command.email or contact.email
    if email is None:
        raise RefusedError(f"contact {contact.id} has no e-mail, and a customer has one; give it as email")
    return Customer(
        customer_number=command.customer_number,
        distributor_id=command.distributor_id,
        email=email,
        phone=contact.phone,
        first_name=command.first_name,
        last_name=command.last_name,
    )


def _won(contact: Contact, customer: Customer, at: datetime) -> Contact:
    return evolve(contact, status=ContactStatus.WON, converted_at=at, converted_to_customer_id=customer.id)
