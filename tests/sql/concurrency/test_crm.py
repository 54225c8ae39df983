"""Many sessions at once over contacts and tasks: one conversion, one reminder, nothing lost, whoever comes first."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen

from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, TaskType
from mlmcore.domain.errors import ConflictError
from mlmcore.domain.ids import new_id
from mlmcore.domain.sales import Customer
from mlmcore.operations.contacts import Activity, record_activity
from mlmcore.operations.conversion import Conversion, convert_contact, mark_enrolled, match_contact
from mlmcore.operations.enrolment import Enrolment, enrol
from mlmcore.operations.tasks import due_reminders, mark_reminded
from mlmcore.repositories.protocols import UnitOfWork
from sql.concurrency._sessions import at_once, in_one

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SEVERAL = pytest.mark.parametrize("sessions", [2, 20])


@frozen(kw_only=True)
class Desk:
    """A database in which Ann talks to as many people as there are sessions."""

    dsn: str
    ann: UUID
    contacts: tuple[UUID, ...]

    def stored(self) -> list[Contact]:
        """All contacts."""
        found: list[Contact] = in_one(self.dsn, lambda unit: list(unit.contacts.page()))
        return found

    def customers(self) -> list[Customer]:
        """All customers."""
        found: list[Customer] = in_one(self.dsn, lambda unit: list(unit.customers.page()))
        return found


@pytest.fixture
def desk(database: str, sessions: int) -> Desk:
    """Ann, and her contacts."""
    ann, contacts = new_id(), tuple(new_id() for _ in range(sessions))

    def store(unit: UnitOfWork) -> None:
        enrol_as(unit, ann, "ann")
        for key in contacts:
            unit.contacts.add(
                Contact(id=key, owner_id=ann, name="Zoe", email="z@example.com", status=ContactStatus.QUALIFIED)
            )

    in_one(database, store)
    return Desk(dsn=database, ann=ann, contacts=contacts)


def enrol_as(unit: UnitOfWork, user_id: UUID, name: str) -> None:
    """Enrol somebody under a name."""
    enrol(
        unit,
        Enrolment(user_id=user_id, email=f"{name}@example.com", distributor_number=name, join_date=date(2026, 1, 5)),
    )


def conversion(desk: Desk, contact: UUID, number: str) -> Conversion:
    """How a contact becomes a customer of Ann's."""
    return Conversion(contact_id=contact, customer_number=number, distributor_id=desk.ann, converted_at=NOON)


@SEVERAL
class TestConversion:
    """One contact makes one customer."""

    def test_the_same_command_makes_one_customer_for_all(self, desk: Desk, sessions: int) -> None:
        """Everybody is given the same one; it leaves one row in the log."""
        command = conversion(desk, desk.contacts[0], "C-1")

        results = at_once(desk.dsn, sessions, lambda unit, _: convert_contact(unit, command))

        (customer,) = desk.customers()
        assert {result.id for result in results} == {customer.id}
        assert desk.stored()[0].converted_to_customer_id == customer.id
        rows = in_one(desk.dsn, lambda unit: unit.audit.list_by_entity("contacts", desk.contacts[0]))
        assert [row.action for row in rows] == ["insert", "update"]

    def test_of_different_commands_one_makes_a_customer(self, desk: Desk, sessions: int) -> None:
        """The others hear which, and leave nothing."""
        contact = desk.contacts[0]

        results = at_once(
            desk.dsn, sessions, lambda unit, number: convert_contact(unit, conversion(desk, contact, f"C-{number}"))
        )

        (customer,) = desk.customers()
        assert [result for result in results if isinstance(result, Customer)] == [customer]
        refused = [result for result in results if not isinstance(result, Customer)]
        assert {type(error) for error in refused} == {ConflictError}
        said = f"contact {contact} became customer {customer.customer_number} on 2026-03-20T12:00:00+00:00; "
        assert {str(error) for error in refused} == {said + "a contact makes one customer"}

    def test_of_many_contacts_one_becomes_a_customer_who_is_there(self, desk: Desk, sessions: int) -> None:
        """The others stay as they were."""
        customer = in_one(
            desk.dsn,
            lambda unit: unit.customers.add(
                Customer(customer_number="C-1", distributor_id=desk.ann, email="z@example.com")
            ),
        )

        results = at_once(
            desk.dsn,
            sessions,
            lambda unit, number: match_contact(unit, desk.contacts[number], customer.id, converted_at=NOON),
        )

        assert Counter(type(result) for result in results) == {Contact: 1, ConflictError: sessions - 1}
        assert Counter(contact.status for contact in desk.stored()) == {"won": 1, "qualified": sessions - 1}
        assert in_one(desk.dsn, lambda unit: unit.contacts.find_by_customer(customer.id)) in results

    def test_of_many_distributors_a_contact_becomes_one(self, desk: Desk, sessions: int) -> None:
        """Whoever comes second is refused, and what was enrolled in the same unit is undone with it."""
        contact = desk.contacts[0]

        def join(unit: UnitOfWork, number: int) -> Contact:
            person = new_id()
            enrol_as(unit, person, f"zoe-{number}")
            return mark_enrolled(unit, contact, person)

        results = at_once(desk.dsn, sessions, join)

        assert Counter(type(result) for result in results) == {Contact: 1, ConflictError: sessions - 1}
        people = in_one(desk.dsn, lambda unit: unit.distributors.page())
        assert {person.user_id for person in people} == {desk.ann, desk.stored()[0].enrolled_as_id}

    def test_what_many_write_about_one_contact_ends_with_what_came_last(self, desk: Desk, sessions: int) -> None:
        """In whatever order they arrive."""

        def talk(unit: UnitOfWork, number: int) -> Any:
            at = NOON + timedelta(hours=number)
            return record_activity(
                unit,
                Activity(contact_id=desk.contacts[0], occurred_at=at, next_follow_up=None, lead_score=number),
            )

        results = at_once(desk.dsn, sessions, talk)

        assert {type(result) for result in results} == {Contact}
        (last,) = [contact for contact in desk.stored() if contact.id == desk.contacts[0]]
        assert (last.last_activity_at, last.lead_score) == (NOON + timedelta(hours=sessions - 1), sessions - 1)


@SEVERAL
class TestReminders:
    """One reminder is sent once."""

    def test_workers_send_each_reminder_once(self, desk: Desk, sessions: int) -> None:
        """Some of them give up in the middle; what they had is taken by others."""
        tasks = [
            Task(title="Call", type=TaskType.CALL, assignee_id=desk.ann, created_by_id=desk.ann, due_at=NOON)
            for _ in range(60)
        ]
        in_one(desk.dsn, lambda unit: unit.tasks.add_many(tasks))

        def work(unit: UnitOfWork, number: int) -> list[UUID]:
            marked = [task.id for task in due_reminders(unit, NOON, limit=4) if mark_reminded(unit, task.id)]
            if number % 4 == 3:
                raise ConflictError("gives up")
            return marked

        sent: list[UUID] = []
        rounds = 0
        while len(sent) < len(tasks):
            rounds += 1
            kept = [result for result in at_once(desk.dsn, sessions, work) if isinstance(result, list)]
            sent += [task for each in kept for task in each]
            # A round may go to those who give up alone.
            assert rounds < 100, "nobody is given what nobody has"

        assert Counter(sent) == {task.id: 1 for task in tasks}
        assert in_one(desk.dsn, lambda unit: due_reminders(unit, NOON)) == ()
        assert rounds >= 60 / (4 * sessions)

    def test_of_many_who_mark_one_reminder_one_sends_it(self, desk: Desk, sessions: int) -> None:
        """The others are told that it is not theirs."""
        task = Task(title="Call", type=TaskType.CALL, assignee_id=desk.ann, created_by_id=desk.ann, due_at=NOON)
        in_one(desk.dsn, lambda unit: unit.tasks.add(task))

        results = at_once(desk.dsn, sessions, lambda unit, _: mark_reminded(unit, task.id))

        assert Counter(results) == {True: 1, False: sessions - 1}
        assert in_one(desk.dsn, lambda unit: unit.tasks.get(task.id).reminder_sent)
