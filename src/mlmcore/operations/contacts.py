"""Contacts: taken up, talked to, lost and found again, handed over. Whom they become is told by `conversion`.

Whatever changes a contact locks it first, so that nobody decides by what somebody else is changing.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import machines, validators
from mlmcore.domain.crm import CONVERTED, Contact
from mlmcore.domain.enums import ContactSource, ContactStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.operations._colleagues import refuse_absent
from mlmcore.operations._repeated import same_or_refused
from mlmcore.operations.tasks import reassign_task
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "Activity",
    "HandOver",
    "NewContact",
    "add_contact",
    "hand_over_contact",
    "lose_contact",
    "record_activity",
    "take_up_contact",
]

_AHEAD_MAX: Final = timedelta(days=1)
"""How far the clock of whoever records an activity may run ahead of the store's."""

_WHO: Final = ("name", "email", "phone", "company", "title", "source", "tags")
"""What makes a repeated command the same; the rest is what happens to a contact."""


def _tags(tags: Iterable[str] | None) -> tuple[str, ...] | None:
    # A text is a row of letters, and no list of tags; the contact's validator refuses it as it is.
    return tags if tags is None or isinstance(tags, str) else tuple(tags)  # type: ignore[return-value]


@frozen(kw_only=True)
class NewContact:
    """Somebody to talk to.

    Attributes:
        id: The contact's; repeating a command with the same id changes nothing.
        owner_id: The user who talks to them.
        next_follow_up: When to talk to them next.
    """

    id: UUID = field(factory=new_id)
    owner_id: UUID
    name: str
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    title: str | None = None
    source: ContactSource | None = None
    tags: tuple[str, ...] | None = field(default=None, converter=_tags)
    notes: str | None = None
    lead_score: int = 0
    next_follow_up: datetime | None = None


@frozen(kw_only=True, field_transformer=validators.checked)
class Activity:
    """Something that happened with a contact, and what is known since.

    Attributes:
        contact_id: With whom.
        occurred_at: When.
        next_follow_up: When to talk to them next; None where there is nothing to follow up. It must be said.
        status: How far they have come; None where that did not change.
        lead_score: The new score, None where it did not change. How it is reckoned is the host's business.
        notes: What is known of them now, in place of what was; None where that did not change.
    """

    contact_id: UUID
    occurred_at: datetime = field(validator=validators.aware)
    next_follow_up: datetime | None = field(validator=validators.aware)
    status: ContactStatus | None = None
    lead_score: int | None = field(default=None, validator=validators.integer(0))
    notes: str | None = field(default=None, validator=validators.text())


@frozen(kw_only=True, field_transformer=validators.checked)
class HandOver:
    """A contact who gets another owner.

    Attributes:
        contact_id: Who.
        to_owner_id: The user who talks to them from now on.
        with_open_tasks: Whether what the owner before still had to do about them goes along. It must be said.
    """

    contact_id: UUID
    to_owner_id: UUID
    with_open_tasks: bool


def add_contact(unit: UnitOfWork, command: NewContact) -> Contact:
    """Store a new contact.

    Returns:
        The contact as stored; the one already there when the same command is repeated, with all that has happened to it
        since.

    Raises:
        NotFoundError: The owner is not stored.
        RefusedError: The owner is inactive or suspended.
        ConflictError: The id belongs to a contact who is somebody else.
    """
    contact = _contact(command)
    stored = unit.contacts.find(command.id)
    if stored is None:
        refuse_absent(unit, command.owner_id, f"contact {command.id}")
        return unit.contacts.add(contact)
    there = f"contact {command.id} is stored already"
    return same_or_refused(stored, contact, _WHO, there=there, todo="a new contact needs an id of its own")


def record_activity(unit: UnitOfWork, command: Activity) -> Contact:
    """Write down what is known of a contact since something happened.

    A contact shows what is known last: an activity that happened before the last one recorded changes nothing, so that
    repeating a command, even a late one, does not bring the past back.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: There is no such contact.
        IllegalMoveError: The contact cannot come to that status.
        RefusedError: The status is one that only a customer or distributor gives, or the activity lies more than a day
            ahead.
        ConflictError: Something else was recorded of the same instant.
    """
    contact = unit.contacts.lock(command.contact_id)
    _refuse_short_cut(command)
    _refuse_future(unit, command)
    last = contact.last_activity_at
    if last is not None and command.occurred_at < last:
        return contact
    known = _known(command)
    differing = [name for name, value in known.items() if getattr(contact, name) != value]
    if last == command.occurred_at and differing:
        raise ConflictError(
            f"contact {contact.id} has an activity at {command.occurred_at.isoformat()} already, with another "
            f"{', '.join(differing)}; each activity has an instant of its own"
        )
    machines.CONTACT.check(contact.status, command.status or contact.status)
    return unit.contacts.update(evolve(contact, **known))


def lose_contact(
    unit: UnitOfWork,
    contact_id: UUID,
    *,
    lost_at: datetime,
    next_follow_up: datetime | None,
    notes: str | None = None,
) -> Contact:
    """Write down that somebody was lost, and when to ask again, or None for never.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: There is no such contact.
        IllegalMoveError: They are a customer or distributor already.
        RefusedError, ConflictError: As by `record_activity`.
    """
    return record_activity(
        unit,
        Activity(
            contact_id=contact_id,
            occurred_at=lost_at,
            next_follow_up=next_follow_up,
            status=ContactStatus.LOST,
            notes=notes,
        ),
    )


def take_up_contact(
    unit: UnitOfWork,
    contact_id: UUID,
    *,
    taken_up_at: datetime,
    next_follow_up: datetime | None,
    notes: str | None = None,
) -> Contact:
    """Write down that somebody who was lost is talked to again.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: There is no such contact.
        IllegalMoveError: They have come further than being talked to.
        RefusedError, ConflictError: As by `record_activity`.
    """
    return record_activity(
        unit,
        Activity(
            contact_id=contact_id,
            occurred_at=taken_up_at,
            next_follow_up=next_follow_up,
            status=ContactStatus.CONTACTED,
            notes=notes,
        ),
    )


def hand_over_contact(unit: UnitOfWork, command: HandOver) -> Contact:
    """Give a contact to another owner, with what is to be done about them or without.

    Whoever has the contact already keeps it, and no task moves: repeating a command changes nothing.

    Returns:
        The contact as stored.

    Raises:
        NotFoundError: The contact or the new owner is not stored.
        RefusedError: The new owner is inactive or suspended.
    """
    contact = unit.contacts.lock(command.contact_id)
    if contact.owner_id == command.to_owner_id:
        return contact
    refuse_absent(unit, command.to_owner_id, f"contact {contact.id}")
    with unit.savepoint():
        for task in unit.tasks.list_by_contact(contact.id) if command.with_open_tasks else ():
            if task.is_open and task.assignee_id == contact.owner_id:
                reassign_task(unit, task.id, command.to_owner_id)
        return unit.contacts.update(evolve(contact, owner_id=command.to_owner_id))


def _contact(command: NewContact) -> Contact:
    return Contact(
        id=command.id,
        owner_id=command.owner_id,
        name=command.name,
        email=command.email,
        phone=command.phone,
        company=command.company,
        title=command.title,
        source=command.source,
        tags=command.tags,
        notes=command.notes,
        lead_score=command.lead_score,
        next_follow_up=command.next_follow_up,
    )


def _refuse_short_cut(command: Activity) -> None:
    if command.status in CONVERTED:
        raise RefusedError(
            f"contact {command.contact_id} does not become {command.status} by an activity: convert_contact makes a "
            "customer of them, mark_enrolled names the distributor that they became"
        )


def _refuse_future(unit: UnitOfWork, command: Activity) -> None:
    """Refuse an activity that would keep out all that really happen until then."""
    if command.occurred_at > unit.now + _AHEAD_MAX:
        raise RefusedError(
            f"the activity with contact {command.contact_id} at {command.occurred_at.isoformat()} has not happened: "
            f"it is {unit.now.isoformat()}; what is planned is a follow-up or a task"
        )


def _known(command: Activity) -> dict[str, Any]:
    said = {"status": command.status, "lead_score": command.lead_score, "notes": command.notes}
    return {
        "last_activity_at": command.occurred_at,
        "next_follow_up": command.next_follow_up,
        **{name: value for name, value in said.items() if value is not None},
    }
