"""Enrolling a distributor: user, profile, place in the trees, and the customer for own purchases where wanted."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.enums import DistributorStatus, PayoutMethod
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.people import Distributor, User, UserProfile
from mlmcore.domain.sales import Customer
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Enrolment", "enrol"]


@frozen(kw_only=True)
class Enrolment:
    """Who joins, and where.

    Attributes:
        user_id: The new user's id; repeating a command with the same id changes nothing.
        email: The address to sign in with.
        distributor_number: The number on badges and orders.
        join_date: The first day.
        sponsor_id: Who sponsors, None for a root.
        placement_id: Below whom in the placement tree, None for a root of it; with `placement_leg`.
        placement_leg: In which leg: 1 left, 2 right.
        enroller_id: Who brought the person in, None for nobody; never taken from the sponsor.
        own_customer_number: Where given, the person is also a customer of their own under this number.
        attributes: What plans declare about people; decimals as text.
    """

    user_id: UUID = field(factory=new_id)
    email: str
    distributor_number: str
    join_date: date
    sponsor_id: UUID | None = None
    placement_id: UUID | None = None
    placement_leg: int | None = None
    enroller_id: UUID | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    payout_method: PayoutMethod | None = None
    own_customer_number: str | None = None
    attributes: Mapping[str, Any] = field(factory=dict)


def enrol(unit: UnitOfWork, command: Enrolment) -> Distributor:
    """Store a new distributor with user and profile.

    Returns:
        The distributor as stored; the one already there when the same command is repeated.

    Raises:
        ConflictError: The id, number, e-mail or leg belongs to somebody else.
        BrokenReferenceError: Sponsor, placement parent or enroller is not stored.
        RefusedError: One of them is terminated.
    """
    stored = unit.distributors.find(command.user_id)
    if stored is not None:
        return _same_or_refused(stored, command)
    _refuse_terminated(unit, command)
    unit.users.add(_user(command))
    unit.users.add_profile(
        UserProfile(user_id=command.user_id, first_name=command.first_name, last_name=command.last_name)
    )
    distributor = unit.distributors.add(_distributor(command))
    if command.own_customer_number is not None:
        unit.customers.add(_own_customer(command, command.own_customer_number))
    return distributor


def _refuse_terminated(unit: UnitOfWork, command: Enrolment) -> None:
    for role, key in (
        ("sponsor", command.sponsor_id),
        ("placement parent", command.placement_id),
        ("enroller", command.enroller_id),
    ):
        person = None if key is None else unit.distributors.find(key)
        if person is not None and person.status == DistributorStatus.TERMINATED:
            raise RefusedError(
                f"{command.distributor_number} cannot be enrolled: the {role}, {person.distributor_number}, "
                "is terminated"
            )


def _same_or_refused(stored: Distributor, command: Enrolment) -> Distributor:
    asked = _distributor(command)
    names = (
        "distributor_number",
        "join_date",
        "sponsor_id",
        "placement_id",
        "placement_leg",
        "enroller_id",
    )
    differing = [name for name in names if getattr(stored, name) != getattr(asked, name)]
    if differing:
        raise ConflictError(
            f"user {command.user_id} is enrolled already, with another {', '.join(differing)}; "
            "a new person needs an id of their own"
        )
    return stored


def _user(command: Enrolment) -> User:
    return User(id=command.user_id, email=command.email, phone=command.phone, password_hash=command.password_hash)


def _distributor(command: Enrolment) -> Distributor:
    return Distributor(
        user_id=command.user_id,
        distributor_number=command.distributor_number,
        join_date=command.join_date,
        sponsor_id=command.sponsor_id,
        placement_id=command.placement_id,
        placement_leg=command.placement_leg,
        enroller_id=command.enroller_id,
        attributes=command.attributes,
        payout_method=command.payout_method,
    )


def _own_customer(command: Enrolment, number: str) -> Customer:
    customer = Customer(customer_number=number, distributor_id=command.user_id, email=command.email)
    return evolve(
        customer,
        user_id=command.user_id,
        first_name=command.first_name,
        last_name=command.last_name,
        phone=command.phone,
    )
