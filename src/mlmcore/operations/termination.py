"""Ending somebody's contract: what becomes of the people below, the customers, the work, the payouts and the login.

Companies differ in each of these, so each is said. Termination is final (`machines.DISTRIBUTOR`): whoever comes back
enrols anew. A hold, which is not final, is in `mlmcore.operations.standing`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import DistributorStatus, GenealogyTree, UserStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.machines import DISTRIBUTOR
from mlmcore.domain.people import Distributor, PersonEvent
from mlmcore.operations._rolling_up import plan_steps, too_many
from mlmcore.operations.contacts import HandOver, hand_over_contact
from mlmcore.operations.standing import OPEN_PAYOUTS, hold_payout
from mlmcore.operations.tasks import reassign_task
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "TERMINATED",
    "CustomersStay",
    "CustomersTo",
    "CustomersToSponsor",
    "KeepDownline",
    "RollUpDownline",
    "Termination",
    "terminate",
]

TERMINATED: Final = "mlmcore.terminated"
"""The name of the event of a person that says how and why they were terminated."""


@frozen(kw_only=True)
class KeepDownline:
    """Everybody stays below the terminated person, who earns nothing where the plan asks for an active status."""


@frozen(kw_only=True)
class RollUpDownline:
    """The direct children move to the terminated person's parent, in each tree.

    Attributes:
        placement_width: How many legs everybody has in the placement tree: 2 in a binary. The first child takes the leg
            that the person gives up, the others the parent's free legs; where these are too few nothing is done.
    """

    placement_width: int = field(validator=validators.integer(1, 1_000))


@frozen(kw_only=True)
class CustomersStay:
    """The customers stay the terminated person's, and orders of theirs are credited to nobody else."""


@frozen(kw_only=True)
class CustomersToSponsor:
    """The customers become the sponsor's."""


@frozen(kw_only=True)
class CustomersTo:
    """The customers become a distributor's who is named."""

    distributor_id: UUID


@frozen(kw_only=True)
class Termination:
    """Whose contract ends, and what becomes of everything.

    Attributes:
        user_id: Who.
        reason: Why, for the record.
        downline: Whether those below stay there or move up.
        customers: Whose customers theirs become. Their own purchases stay their own.
        work_to: Which user takes the contacts and the open tasks; None leaves them.
        may_sign_in: Whether the user may still sign in, to read old statements.
    """

    user_id: UUID
    reason: str = field(validator=validators.text(500, empty=False))
    downline: KeepDownline | RollUpDownline
    customers: CustomersStay | CustomersToSponsor | CustomersTo
    work_to: UUID | None
    may_sign_in: bool

    def document(self) -> Mapping[str, Any]:
        """The command as it is written down."""
        customers: str = type(self.customers).__name__
        if isinstance(self.customers, CustomersTo):
            customers += f" {self.customers.distributor_id}"
        width = self.downline.placement_width if isinstance(self.downline, RollUpDownline) else None
        return {
            "reason": self.reason,
            "downline": type(self.downline).__name__,
            "placement_width": width,
            "customers": customers,
            "work_to": None if self.work_to is None else str(self.work_to),
            "may_sign_in": self.may_sign_in,
        }


def terminate(unit: UnitOfWork, command: Termination) -> Distributor:
    """End somebody's contract, all of it or nothing; how and why stands in an event of the person (`TERMINATED`).

    Payouts whose money is still here are held (`release_payout` lets them go). The same command again changes nothing.

    Returns:
        The distributor as stored.

    Raises:
        NotFoundError: The person is not stored.
        IllegalMoveError: The machine of distributors knows no such step.
        ConflictError: The person was terminated already, in another way.
        RefusedError: Something does not fit; all of it at once.
    """
    person = unit.distributors.lock(command.user_id, trees=tuple(GenealogyTree))
    if person.status == DistributorStatus.TERMINATED:
        return _same_or_refused(unit, person, command)
    DISTRIBUTOR.check(person.status, DistributorStatus.TERMINATED)
    _refuse_misfits(unit, person, command)
    _roll_up(unit, person, command)
    _hand_over_customers(unit, person, command)
    _hand_over_work(unit, person, command)
    _hold_payouts(unit, person)
    _end_sign_in(unit, command)
    unit.events.add(_event(unit, command))
    ended = evolve(unit.distributors.get(person.user_id), status=DistributorStatus.TERMINATED)
    return unit.distributors.update(ended, reason=command.reason)


def _same_or_refused(unit: UnitOfWork, person: Distributor, command: Termination) -> Distributor:
    event = unit.events.find(_event_id(command.user_id))
    if event is not None and event.data == command.document():
        return person
    raise ConflictError(
        f"{person.distributor_number} was terminated already, in another way; terminated is final: "
        "move people and customers one by one"
    )


def _refuse_misfits(unit: UnitOfWork, person: Distributor, command: Termination) -> None:
    room, customers = _no_room(unit, person, command), _no_customers_to(unit, person, command)
    reasons = [*room, *customers, *_no_heir(unit, command)]
    if reasons:
        raise RefusedError(f"{person.distributor_number} cannot be terminated: {'; '.join(reasons)}")


def _no_room(unit: UnitOfWork, person: Distributor, command: Termination) -> Iterator[str]:
    if not isinstance(command.downline, RollUpDownline) or person.placement_id is None:
        return
    width = command.downline.placement_width
    left_over = [child.distributor_number for child in too_many(unit, person, width)]
    if left_over:
        parent = unit.distributors.get(person.placement_id).distributor_number
        yield f"{parent}, with {width} legs, has no leg for {', '.join(left_over)}; move them somewhere else first"


def _no_customers_to(unit: UnitOfWork, person: Distributor, command: Termination) -> Iterator[str]:
    if isinstance(command.customers, CustomersStay):
        return
    key = _customers_to(person, command)
    heir = None if key is None else unit.distributors.lock_uplines(None, key).get(key)
    if key is None:
        yield "there is no sponsor to take the customers"
    elif heir is None:
        yield f"no distributor {key} takes the customers"
    elif heir.user_id == person.user_id:
        yield "the customers cannot go to the person who leaves"
    elif heir.status == DistributorStatus.TERMINATED:
        yield f"{heir.distributor_number}, who would take the customers, is terminated"


def _no_heir(unit: UnitOfWork, command: Termination) -> Iterator[str]:
    if command.work_to is None:
        return
    user = unit.users.find(command.work_to)
    if user is None:
        yield f"no user {command.work_to} takes the contacts and tasks"
    elif user.status != UserStatus.ACTIVE or user.id == command.user_id:
        why = "leaves" if user.id == command.user_id else f"is {user.status}"
        yield f"user {user.id}, who would take the contacts and tasks, {why}"


def _roll_up(unit: UnitOfWork, person: Distributor, command: Termination) -> None:
    if isinstance(command.downline, RollUpDownline):
        for step in plan_steps(unit, person, command.downline.placement_width):
            unit.distributors.move(step.person.user_id, step.tree, step.parent_id, step.leg, reason=command.reason)


def _customers_to(person: Distributor, command: Termination) -> UUID | None:
    return command.customers.distributor_id if isinstance(command.customers, CustomersTo) else person.sponsor_id


def _hand_over_customers(unit: UnitOfWork, person: Distributor, command: Termination) -> None:
    heir = _customers_to(person, command)
    if isinstance(command.customers, CustomersStay) or heir is None:
        return
    for customer in unit.customers.list_by_distributor(person.user_id):
        if customer.user_id != person.user_id:
            unit.customers.update(evolve(customer, distributor_id=heir))


def _hand_over_work(unit: UnitOfWork, person: Distributor, command: Termination) -> None:
    if command.work_to is None:
        return
    for contact in unit.contacts.list_by_owner(person.user_id):
        hand_over_contact(unit, HandOver(contact_id=contact.id, to_owner_id=command.work_to, with_open_tasks=False))
    for task in unit.tasks.list_by_assignee(person.user_id):
        if task.is_open:
            reassign_task(unit, task.id, command.work_to)


def _hold_payouts(unit: UnitOfWork, person: Distributor) -> None:
    for payout in unit.payouts.list_by_distributor(person.user_id):
        if payout.status in OPEN_PAYOUTS:
            hold_payout(unit, payout.id, "terminated")


def _end_sign_in(unit: UnitOfWork, command: Termination) -> None:
    if not command.may_sign_in:
        unit.users.update(evolve(unit.users.lock(command.user_id), status=UserStatus.INACTIVE))


def _event(unit: UnitOfWork, command: Termination) -> PersonEvent:
    return PersonEvent(
        id=_event_id(command.user_id),
        distributor_id=command.user_id,
        name=TERMINATED,
        occurred_at=unit.now,
        data=command.document(),
    )


def _event_id(user_id: UUID) -> UUID:
    """One id for a person's termination, which happens once."""
    return key_of(f"{TERMINATED} {user_id}")
