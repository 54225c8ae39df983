"""Contacts and tasks in memory."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, TaskStatus
from mlmcore.repositories.crm_rules import refuse_conversion_changes
from mlmcore.repositories.filters import EVERY_CONTACT, ContactFilter
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._picking import picks_contact
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table
from mlmcore.repositories.memory._trees import TreeKeeper
from mlmcore.repositories.paging import checked_limit

__all__ = ["MemoryContacts", "MemoryTasks"]

_CONTACTS: Final[Table[Contact]] = Table(
    name="contacts",
    entity="contact",
    key=lambda contact: contact.id,
    uniques={
        "converted_to_customer_id": lambda contact: contact.converted_to_customer_id,
        "enrolled_as_id": lambda contact: contact.enrolled_as_id,
    },
    references={"owner_id": "users", "converted_to_customer_id": "customers", "enrolled_as_id": "distributors"},
    machines={"status": machines.CONTACT},
    guard=refuse_conversion_changes,
)
_TASKS: Final[Table[Task]] = Table(
    name="tasks",
    entity="task",
    key=lambda task: task.id,
    references={
        "assignee_id": "users",
        "created_by_id": "users",
        "contact_id": "contacts",
        "customer_id": "customers",
    },
    machines={"status": machines.TASK},
)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)  # where something that is not there must be compared


class MemoryContacts(Aggregate[Contact]):
    """Contacts; see `protocols.Contacts`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _CONTACTS)

    def find_by_customer(self, customer_id: UUID, /) -> Contact | None:
        """Return the contact that became this customer, or None."""
        return self._rows.find_by("converted_to_customer_id", customer_id)

    def find_by_distributor(self, user_id: UUID, /) -> Contact | None:
        """Return the contact that became this distributor, or None."""
        return self._rows.find_by("enrolled_as_id", user_id)

    def lock(self, contact_id: UUID, /) -> Contact:
        """Return a contact, which nobody else changes until this unit ends."""
        return self._rows.lock(contact_id)

    def list_by_owner(self, owner_id: UUID, /, *, status: ContactStatus | None = None) -> tuple[Contact, ...]:
        """Return an owner's contacts, or those of one status."""
        return self._rows.select(
            lambda contact: contact.owner_id == owner_id and status in (None, contact.status),
        )

    def list_by_status(self, status: ContactStatus, /) -> tuple[Contact, ...]:
        """Return everybody's contacts of a status."""
        return self._rows.select(lambda contact: contact.status == status)

    def list_by_tag(self, tag: str, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts with a tag, everybody's or one owner's."""
        ours = _of(owner_id, lambda contact: contact.owner_id)
        return self._rows.select(lambda contact: tag in (contact.tags or ()) and ours(contact))

    def list_due(self, until: datetime, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts to be followed up by an instant, everybody's or one owner's."""
        ours = _of(owner_id, lambda contact: contact.owner_id)
        return self._rows.select(
            lambda contact: contact.next_follow_up is not None and contact.next_follow_up <= until and ours(contact),
            lambda contact: (contact.next_follow_up, contact.id),
        )

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: ContactFilter = EVERY_CONTACT
    ) -> tuple[Contact, ...]:
        """Return the next contacts by id, of all or of those that a filter picks."""
        below = None if where.below is None else TreeKeeper(self._context).ids_below(where.below)
        return self._rows.page(after, limit, partial(picks_contact, where, below))


class MemoryTasks(Aggregate[Task]):
    """Tasks; see `protocols.Tasks`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _TASKS)

    def lock(self, task_id: UUID, /) -> Task:
        """Return a task, which nobody else changes until this unit ends."""
        return self._rows.lock(task_id)

    def list_by_assignee(self, assignee_id: UUID, /, *, status: TaskStatus | None = None) -> tuple[Task, ...]:
        """Return the tasks of an assignee, or those of one status."""
        return self._rows.select(
            lambda task: task.assignee_id == assignee_id and status in (None, task.status), _by_due_date
        )

    def list_by_status(self, status: TaskStatus, /) -> tuple[Task, ...]:
        """Return everybody's tasks of a status."""
        return self._rows.select(lambda task: task.status == status)

    def list_by_contact(self, contact_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a contact."""
        return self._rows.select(lambda task: task.contact_id == contact_id)

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a customer."""
        return self._rows.select(lambda task: task.customer_id == customer_id)

    def list_due(self, until: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what is to be done by an instant, by everybody or by one assignee."""
        theirs = _of(assignee_id, lambda task: task.assignee_id)
        return self._rows.select(
            lambda task: task.is_open and task.due_at is not None and task.due_at <= until and theirs(task),
            _by_due_date,
        )

    def list_overdue(self, now: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what should have been done before an instant, by everybody or by one assignee."""
        theirs = _of(assignee_id, lambda task: task.assignee_id)
        return self._rows.select(
            lambda task: task.is_open and task.due_at is not None and task.due_at < now and theirs(task),
            _by_due_date,
        )

    def take_reminders(self, until: datetime, /, limit: int = 100) -> tuple[Task, ...]:
        """Return tasks of which somebody is to be reminded, for this unit alone until it ends."""
        checked_limit(limit)
        due = (task for task in self.list_due(until) if not task.reminder_sent)
        return tuple(islice((task for task in due if self._rows.try_lock(task.id)), limit))


def _by_due_date(task: Task) -> tuple[bool, datetime, UUID]:
    return task.due_at is None, task.due_at or _NEVER, task.id


def _of(person: UUID | None, whose: Callable[[Any], UUID]) -> Callable[[Any], bool]:
    """The condition that something is a person's, or none where it may be anybody's."""
    if person is None:
        return lambda _: True
    return lambda entity: whose(entity) == person
