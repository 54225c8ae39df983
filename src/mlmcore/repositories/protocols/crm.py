"""Whom people talk to and what they have to do: contacts and tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, TaskStatus
from mlmcore.repositories.filters import EVERY_CONTACT, ContactFilter

__all__ = ["Contacts", "Tasks"]


class Contacts(Protocol):
    """Contacts, and whom they became.

    - **C1** The owner, the customer and the distributor that are named are stored.
    - **C2** A contact's status moves as `machines.CONTACT` says.
    - **C3** A customer came of one contact at most, and so did a distributor: `converted_to_customer_id` and
      `enrolled_as_id` are unique where they are set (`ConflictError`).
    - **C4** Whoever a contact has become, it has become for ever: `converted_at`, `converted_to_customer_id` and
      `enrolled_as_id` are written once, never changed or emptied (`RefusedError`).
    - **C5** `lock` returns a contact as it stands now. Of two units that lock or change it at once the second waits
      until the first has ended and then reads what that one kept, or gets `TransientError`.
    - **C6** Lists are by `id`; `list_due` has the contacts whose `next_follow_up` is that instant or an earlier one, by
      `next_follow_up`, then `id`.
    - **C7** `page` with a filter goes through the contacts for which all that the filter says holds; below somebody
      means what it does for distributors (D10): the contacts of everybody below, not the person's own, the same whether
      paths are kept or not, and a person who is not stored raises `NotFoundError`.
    - **C8** An instant without a time zone and an id that is no UUID raise `InputError`.
    """

    def get(self, contact_id: UUID, /) -> Contact:
        """Return a contact."""
        ...

    def find(self, contact_id: UUID, /) -> Contact | None:
        """Return a contact, or None."""
        ...

    def find_by_customer(self, customer_id: UUID, /) -> Contact | None:
        """Return the contact that became this customer, or None."""
        ...

    def find_by_distributor(self, user_id: UUID, /) -> Contact | None:
        """Return the contact that became this distributor, or None."""
        ...

    def lock(self, contact_id: UUID, /) -> Contact:
        """Return a contact, which nobody else changes until this unit ends (C5)."""
        ...

    def add(self, contact: Contact, /) -> Contact:
        """Store a new contact."""
        ...

    def add_many(self, contacts: Sequence[Contact], /) -> None:
        """Store many contacts."""
        ...

    def update(self, contact: Contact, /) -> Contact:
        """Replace a stored contact."""
        ...

    def list_by_owner(self, owner_id: UUID, /, *, status: ContactStatus | None = None) -> tuple[Contact, ...]:
        """Return an owner's contacts, or those of one status."""
        ...

    def list_by_status(self, status: ContactStatus, /) -> tuple[Contact, ...]:
        """Return everybody's contacts of a status."""
        ...

    def list_by_tag(self, tag: str, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts with a tag, everybody's or one owner's."""
        ...

    def list_due(self, until: datetime, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts to be followed up by an instant, everybody's or one owner's."""
        ...

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: ContactFilter = EVERY_CONTACT
    ) -> tuple[Contact, ...]:
        """Return the next contacts by id, of all or of those that a filter picks (C7)."""
        ...


class Tasks(Protocol):
    """Tasks, and the reminders of them.

    - **B1** The assignee, the creator, the contact and the customer that are named are stored.
    - **B2** A task's status moves as `machines.TASK` says.
    - **B3** `list_by_assignee`, `list_due` and `list_overdue` are by `due_at`, whatever has none last, then `id`; the
      other lists are by `id`.
    - **B4** `list_due` has the open tasks (pending or in progress) that are due at an instant or before it,
      `list_overdue` those that were due before it.
    - **B5** `lock` returns a task as it stands now. Of two units that lock or change it at once the second waits until
      the first has ended and then reads what that one kept, or gets `TransientError`.
    - **B6** `take_reminders` returns open tasks that are due at an instant or before it and whose reminder was not
      sent, by `due_at`, then `id`, at most so many (A7). What it returns is locked; what another unit has locked is
      left out without waiting. So of all units that are kept and set `reminder_sent`, no two were given one task.
    - **B7** An instant without a time zone and an id that is no UUID raise `InputError`.
    """

    def get(self, task_id: UUID, /) -> Task:
        """Return a task."""
        ...

    def find(self, task_id: UUID, /) -> Task | None:
        """Return a task, or None."""
        ...

    def lock(self, task_id: UUID, /) -> Task:
        """Return a task, which nobody else changes until this unit ends (B5)."""
        ...

    def add(self, task: Task, /) -> Task:
        """Store a new task."""
        ...

    def add_many(self, tasks: Sequence[Task], /) -> None:
        """Store many tasks."""
        ...

    def update(self, task: Task, /) -> Task:
        """Replace a stored task."""
        ...

    def list_by_assignee(self, assignee_id: UUID, /, *, status: TaskStatus | None = None) -> tuple[Task, ...]:
        """Return the tasks of an assignee, or those of one status."""
        ...

    def list_by_status(self, status: TaskStatus, /) -> tuple[Task, ...]:
        """Return everybody's tasks of a status."""
        ...

    def list_by_contact(self, contact_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a contact."""
        ...

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a customer."""
        ...

    def list_due(self, until: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what is to be done by an instant, by everybody or by one assignee (B4)."""
        ...

    def list_overdue(self, now: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what should have been done before an instant, by everybody or by one assignee (B4)."""
        ...

    def take_reminders(self, until: datetime, /, limit: int = 100) -> tuple[Task, ...]:
        """Return tasks of which somebody is to be reminded, for this unit alone until it ends (B6)."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Task, ...]:
        """Return the next tasks by id."""
        ...
