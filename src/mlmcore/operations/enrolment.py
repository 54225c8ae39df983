"""Enrolling a distributor: user, profile, place in the trees, and the customer for own purchases where wanted.

Somebody who signs in already, or who bought before, becomes a distributor by the same command: their user is kept as it
is, and the customer that they were stays the one that they are.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.enums import DistributorStatus, PayoutMethod, UserStatus
from mlmcore.domain.errors import ConflictError, InputError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.numbering import NumberFormat
from mlmcore.domain.people import Distributor, User, UserProfile
from mlmcore.domain.sales import Customer
from mlmcore.operations._repeated import same_or_refused
from mlmcore.repositories.placing import Spillover
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["Enrolment", "FormerCustomer", "OwnSeller", "enrol"]

_DRAWS_MAX: Final = 100


class OwnSeller(StrEnum):
    """Under whom somebody who was a customer buys once they are a distributor."""

    THEMSELVES = "themselves"
    AS_BEFORE = "as_before"


@frozen(kw_only=True)
class FormerCustomer:
    """A customer who becomes a distributor, and goes on buying for own use as the same customer.

    Attributes:
        customer_id: Who.
        seller: Under whom: companies differ, so it is said. Past orders stay with whom they were credited to.
    """

    customer_id: UUID
    seller: OwnSeller


@frozen(kw_only=True)
class Enrolment:
    """Who joins, and where.

    Attributes:
        user_id: The new user's id, or that of a user who is there and no distributor yet; repeating a command with the
            same id changes nothing.
        email: The address to sign in with; of a user who is there, that user's.
        distributor_number: The number on badges and orders, or how a number that the store draws is written.
        join_date: The first day.
        sponsor_id: Who sponsors, None for a root.
        placement_id: Below whom in the placement tree, None for a root of it; with `placement_leg`.
        placement_leg: In which leg: 1 left, 2 right.
        spillover: Instead of both: the place that a rule finds.
        enroller_id: Who brought the person in, None for nobody; never taken from the sponsor.
        territory_id: In which territory.
        own_customer_number: Where given, the person is also a customer of their own under this number.
        former_customer: Instead: the customer whom they were.
        attributes: What plans declare about people; decimals as text.
    """

    user_id: UUID = field(factory=new_id)
    email: str
    distributor_number: str | NumberFormat
    join_date: date
    sponsor_id: UUID | None = None
    placement_id: UUID | None = None
    placement_leg: int | None = None
    spillover: Spillover | None = None
    enroller_id: UUID | None = None
    territory_id: UUID | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    payout_method: PayoutMethod | None = None
    own_customer_number: str | None = None
    former_customer: FormerCustomer | None = None
    attributes: Mapping[str, Any] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.spillover is not None and (self.placement_id, self.placement_leg) != (None, None):
            raise InputError.of("an enrolment has both a placement and a spillover", "give one of them")
        if self.former_customer is not None and self.own_customer_number is not None:
            raise InputError.of(
                "an enrolment has both own_customer_number and former_customer",
                "give the number of a new customer, or the customer who is there",
            )

    @property
    def who(self) -> str:
        """How messages call the person: by the number, or by the address where it is not drawn yet."""
        return f"user {self.user_id}" if isinstance(self.distributor_number, NumberFormat) else self.distributor_number


def enrol(unit: UnitOfWork, command: Enrolment) -> Distributor:
    """Store a new distributor with user and profile.

    Returns:
        The distributor as stored; the one already there when the same command is repeated.

    Raises:
        ConflictError: The id, number, e-mail or leg belongs to somebody else; or the user or customer who is there is
            another than the command says.
        BrokenReferenceError: Sponsor, placement parent, enroller or territory is not stored.
        NotFoundError: The customer, or the person under whom a place is looked for, is not stored.
        RefusedError: An upline is terminated, the territory is closed, the user is not active, there is no free place,
            or no free number is drawn; all that is wrong with whom the command names at once.
    """
    stored = unit.distributors.find(command.user_id)
    if stored is not None:
        return _same_or_refused(stored, command)
    command = _placed(unit, command)
    uplines, user = list(_uplines(unit, command)), unit.users.find(command.user_id)
    _refuse(command, [*uplines, *_territory(unit, command), *_sleeping(user)])
    _add_or_keep_user(unit, command, user)
    distributor = unit.distributors.add(_distributor(command, _number(unit, command)))
    if command.own_customer_number is not None:
        unit.customers.add(_own_customer(command, command.own_customer_number))
    if command.former_customer is not None:
        _take_over(unit, command, command.former_customer)
    return distributor


def _placed(unit: UnitOfWork, command: Enrolment) -> Enrolment:
    """The command with the place that its rule finds."""
    wanted = command.spillover
    if wanted is None:
        return command
    place = unit.distributors.free_place(wanted)
    if place is None:
        top = unit.distributors.get(wanted.under_id).distributor_number
        raise RefusedError(
            f"{command.who} cannot be enrolled: {top} has no free place by the rule {wanted.rule} within "
            f"{wanted.levels} levels of {wanted.width} legs; place the person below somebody else, or let them wait"
        )
    return evolve(command, spillover=None, placement_id=place.parent_id, placement_leg=place.leg)


def _refuse(command: Enrolment, reasons: list[str]) -> None:
    if reasons:
        raise RefusedError(f"{command.who} cannot be enrolled: {'; '.join(reasons)}")


def _uplines(unit: UnitOfWork, command: Enrolment) -> Iterator[str]:
    """Whoever is terminated; nobody of them becomes it until the unit ends."""
    roles = {
        "sponsor": command.sponsor_id,
        "placement parent": command.placement_id,
        "enroller": command.enroller_id,
    }
    people = unit.distributors.lock_uplines(command.sponsor_id, command.placement_id, command.enroller_id)
    for role, key in roles.items():
        person = people.get(key) if key else None
        if person is not None and person.status == DistributorStatus.TERMINATED:
            yield f"the {role}, {person.distributor_number}, is terminated"


def _territory(unit: UnitOfWork, command: Enrolment) -> Iterator[str]:
    territory = unit.territories.find(command.territory_id) if command.territory_id else None
    if territory is not None and not territory.is_active:
        yield f"the territory {territory.code} is closed"


def _sleeping(user: User | None) -> Iterator[str]:
    if user is not None and user.status not in {UserStatus.ACTIVE, UserStatus.PENDING}:
        yield f"user {user.id} is {user.status}; let the user come back first"


def _same_or_refused(stored: Distributor, command: Enrolment) -> Distributor:
    number = command.distributor_number
    asked = _distributor(command, stored.distributor_number if isinstance(number, NumberFormat) else number)
    names = ["distributor_number", "join_date", "sponsor_id", "enroller_id", "territory_id"]
    if command.spillover is None:
        names += ["placement_id", "placement_leg"]
    there = f"user {command.user_id} is enrolled already"
    return same_or_refused(stored, asked, names, there=there, todo="a new person needs an id of their own")


def _add_or_keep_user(unit: UnitOfWork, command: Enrolment, user: User | None) -> None:
    if user is None:
        unit.users.add(_user(command))
    else:
        _refuse_other_user(user, command)
    if user is None or unit.users.find_profile(command.user_id) is None:
        unit.users.add_profile(
            UserProfile(user_id=command.user_id, first_name=command.first_name, last_name=command.last_name)
        )


def _refuse_other_user(user: User, command: Enrolment) -> None:
    """An enrolment changes nothing of a user who is there; the profile is the user's own."""
    differing = {
        "email": command.email.lower() != user.email.lower(),
        "phone": command.phone not in {None, user.phone},
        "password_hash": command.password_hash not in {None, user.password_hash},
    }
    names = [name for name, differs in differing.items() if differs]
    if names:
        raise ConflictError(
            f"user {user.id} is stored already, with another {', '.join(names)}; change the user first, or leave out "
            "what shall stay"
        )


def _number(unit: UnitOfWork, command: Enrolment) -> str:
    """The number that was given, or one that is drawn; those that somebody has by hand are passed over."""
    written = command.distributor_number
    if not isinstance(written, NumberFormat):
        return written
    for _ in range(_DRAWS_MAX):
        number = written.written(unit.distributors.next_number())
        if unit.distributors.find_by_number(number) is None:
            return number
    raise RefusedError(
        f"{command.who} cannot be enrolled: {_DRAWS_MAX} numbers in a row are taken, the last {number}; let drawn "
        "numbers begin after those that were given by hand (begin_numbers)"
    )


def _user(command: Enrolment) -> User:
    return User(id=command.user_id, email=command.email, phone=command.phone, password_hash=command.password_hash)


def _distributor(command: Enrolment, number: str) -> Distributor:
    return Distributor(
        user_id=command.user_id,
        distributor_number=number,
        join_date=command.join_date,
        sponsor_id=command.sponsor_id,
        placement_id=command.placement_id,
        placement_leg=command.placement_leg,
        enroller_id=command.enroller_id,
        territory_id=command.territory_id,
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


def _take_over(unit: UnitOfWork, command: Enrolment, former: FormerCustomer) -> None:
    customer = unit.customers.get(former.customer_id)
    if customer.user_id not in {None, command.user_id}:
        raise ConflictError(
            f"customer {customer.customer_number} is user {customer.user_id} already, and cannot be user "
            f"{command.user_id} too"
        )
    seller = command.user_id if former.seller == OwnSeller.THEMSELVES else customer.distributor_id
    unit.customers.update(evolve(customer, user_id=command.user_id, distributor_id=seller))
