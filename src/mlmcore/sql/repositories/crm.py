"""Contacts and tasks."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, TaskStatus
from mlmcore.repositories.crm_rules import refuse_conversion_changes
from mlmcore.repositories.filters import EVERY_CONTACT, ContactFilter
from mlmcore.repositories.paging import checked_limit
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._picking import contact_condition
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table
from mlmcore.sql.repositories.network import refuse_strangers

__all__ = ["SqlContacts", "SqlTasks"]

_CONTACTS: Final = Table(
    name="contacts",
    entity="contact",
    type=Contact,
    machines={"status": machines.CONTACT},
    guard=refuse_conversion_changes,
)
_TASKS: Final = Table(name="tasks", entity="task", type=Task, machines={"status": machines.TASK})

_OPEN: Final = "status IN ('pending', 'in_progress')"
_BY_DUE_DATE: Final = "ORDER BY due_at NULLS LAST, id"


class SqlContacts(Aggregate[Contact]):
    """Contacts; see `protocols.Contacts`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _CONTACTS)

    def find_by_customer(self, customer_id: UUID, /) -> Contact | None:
        """Return the contact that became this customer, or None."""
        parameters = {"customer": customer_id}
        return self._rows.one("WHERE converted_to_customer_id = %(customer)s", parameters)

    def find_by_distributor(self, user_id: UUID, /) -> Contact | None:
        """Return the contact that became this distributor, or None."""
        return self._rows.one("WHERE enrolled_as_id = %(person)s", {"person": user_id})

    def lock(self, contact_id: UUID, /) -> Contact:
        """Return a contact, which nobody else changes until the transaction ends."""
        return self._rows.get_for_update(contact_id)

    def list_by_owner(self, owner_id: UUID, /, *, status: ContactStatus | None = None) -> tuple[Contact, ...]:
        """Return an owner's contacts, or those of one status."""
        return _listed(self._rows, {"owner_id": owner_id}, status, order="ORDER BY id")

    def list_by_status(self, status: ContactStatus, /) -> tuple[Contact, ...]:
        """Return everybody's contacts of a status."""
        return _listed(self._rows, {}, status, order="ORDER BY id")

    def list_by_tag(self, tag: str, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts with a tag, everybody's or one owner's."""
        whose, parameters = _whose("owner_id", owner_id)
        return self._rows.many(f"WHERE tags @> ARRAY[%(tag)s::text]{whose} ORDER BY id", {**parameters, "tag": tag})

    def list_due(self, until: datetime, /, *, owner_id: UUID | None = None) -> tuple[Contact, ...]:
        """Return the contacts to be followed up by an instant, everybody's or one owner's."""
        whose, parameters = _whose("owner_id", owner_id)
        parameters["until"] = until
        return self._rows.many(f"WHERE next_follow_up <= %(until)s{whose} ORDER BY next_follow_up, id", parameters)

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: ContactFilter = EVERY_CONTACT
    ) -> tuple[Contact, ...]:
        """Return the next contacts by id, of all or of those that a filter picks."""
        if where.below is not None:
            refuse_strangers(self._session, where.below.user_id)
        condition, parameters = contact_condition(where)
        return self._rows.page(after, limit, where=condition, parameters=parameters)


class SqlTasks(Aggregate[Task]):
    """Tasks; see `protocols.Tasks`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _TASKS)

    def lock(self, task_id: UUID, /) -> Task:
        """Return a task, which nobody else changes until the transaction ends."""
        return self._rows.get_for_update(task_id)

    def list_by_assignee(self, assignee_id: UUID, /, *, status: TaskStatus | None = None) -> tuple[Task, ...]:
        """Return the tasks of an assignee, or those of one status."""
        return _listed(self._rows, {"assignee_id": assignee_id}, status, order=_BY_DUE_DATE)

    def list_by_status(self, status: TaskStatus, /) -> tuple[Task, ...]:
        """Return everybody's tasks of a status."""
        return _listed(self._rows, {}, status, order="ORDER BY id")

    def list_by_contact(self, contact_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a contact."""
        return _listed(self._rows, {"contact_id": contact_id}, order="ORDER BY id")

    def list_by_customer(self, customer_id: UUID, /) -> tuple[Task, ...]:
        """Return the tasks about a customer."""
        return _listed(self._rows, {"customer_id": customer_id}, order="ORDER BY id")

    def list_due(self, until: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what is to be done by an instant, by everybody or by one assignee."""
        whose, parameters = _whose("assignee_id", assignee_id)
        parameters["until"] = until
        return self._rows.many(f"WHERE {_OPEN} AND due_at <= %(until)s{whose} {_BY_DUE_DATE}", parameters)

    def list_overdue(self, now: datetime, /, *, assignee_id: UUID | None = None) -> tuple[Task, ...]:
        """Return what should have been done before an instant, by everybody or by one assignee."""
        whose, parameters = _whose("assignee_id", assignee_id)
        parameters["now"] = now
        return self._rows.many(f"WHERE {_OPEN} AND due_at < %(now)s{whose} {_BY_DUE_DATE}", parameters)

    def take_reminders(self, until: datetime, /, limit: int = 100) -> tuple[Task, ...]:
        """Return tasks of which somebody is to be reminded, for this transaction alone until it ends."""
        parameters = {"limit": checked_limit(limit), "until": until}
        # Rows that another worker has locked are passed over; one that was marked while this statement ran is looked at
        # again once it is locked, and drops out.
        rest = (
            f"WHERE NOT reminder_sent AND {_OPEN} AND due_at <= %(until)s "
            "ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED"
        )
        return self._rows.many(rest, parameters)


def _listed(
    rows: Rows[Any], columns: dict[str, UUID], status: ContactStatus | TaskStatus | None = None, *, order: str
) -> tuple[Any, ...]:
    values: dict[str, Any] = {**columns} if status is None else {**columns, "status": status.value}
    return rows.many(f"WHERE {' AND '.join(f'{name} = %({name})s' for name in values)} {order}", values)


def _whose(column: str, person: UUID | None) -> tuple[str, dict[str, Any]]:
    """A further condition with its parameter, or none where it may be anybody's."""
    if person is None:
        return "", {}
    return f" AND {column} = %(whose)s", {"whose": person}
