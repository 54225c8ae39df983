"""Random histories of contacts and tasks, in memory and in PostgreSQL: the two never differ."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.domain.enums import ContactSource, ContactStatus, GenealogyTree, TaskStatus, TaskType
from mlmcore.operations import (
    Activity,
    Conversion,
    Enrolment,
    HandOver,
    NewContact,
    NewTask,
    add_contact,
    add_task,
    cancel_task,
    complete_task,
    convert_contact,
    due_reminders,
    enrol,
    hand_over_contact,
    mark_enrolled,
    mark_reminded,
    match_contact,
    put_back_task,
    reassign_task,
    record_activity,
    reopen_task,
    reschedule_task,
    start_task,
)
from mlmcore.repositories.filters import Below, ContactFilter
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._history import NewDatabase, StoreHistory, run_side_by_side

_STEPS = 40
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_INSTANTS = st.integers(0, 5).map(lambda days: _NOON + timedelta(days=days))
_MAYBE = st.none() | _INSTANTS
_TAGS = st.sampled_from([None, (), ("tea",), ("Tea", "fair"), ("ü, {x}", "tea")])
_STATES = st.sampled_from([None, *ContactStatus, ContactStatus.QUALIFIED, ContactStatus.QUALIFIED])
_STEPS_OF_TASKS = (start_task, put_back_task, complete_task, reopen_task, cancel_task)


class CrmHistory(StoreHistory):
    """Three distributors, one below the other, to whose contacts and tasks anything may happen."""

    texts = ("tea", "ann", "C-1", "z@x.org")

    def joins(self, name: str, sponsor: UUID | None = None) -> None:
        """Somebody enrols."""
        command = Enrolment(
            user_id=self.new_id(),
            email=f"{name}@example.com",
            distributor_number=name,
            join_date=date(2026, 1, 1),
            sponsor_id=sponsor,
            own_customer_number=f"C-{name}",
        )
        self.did("distributors", lambda unit: enrol(unit, command))

    @initialize()
    def begin(self) -> None:
        """Ann, Bob below her, Cid below him, and a contact of Bob's who may buy."""
        for name in ("ann", "bob", "cid"):
            self.joins(name, next(reversed(self.keys("distributors")), None))
        owner = self.keys("distributors")[1]
        self.did("contacts", lambda unit: add_contact(unit, NewContact(owner_id=owner, name="Zoe", email="z@x.org")))
        command = Activity(
            contact_id=self.keys("contacts")[0],
            occurred_at=_NOON - timedelta(days=1),
            status=ContactStatus.QUALIFIED,
            next_follow_up=None,
        )
        self.did("contacts", lambda unit: record_activity(unit, command))

    @rule(data=st.data(), tags=_TAGS, follow_up=_MAYBE, email=st.sampled_from([None, "z@example.com"]))
    def a_contact_is_added(
        self, data: st.DataObject, tags: tuple[str, ...] | None, follow_up: datetime | None, email: str | None
    ) -> None:
        """Or one that is there is named again."""
        owner = self.some(data, "distributors")
        again = data.draw(st.booleans(), label="again")
        given = {"id": self.some(data, "contacts")} if again else {}
        source = data.draw(st.sampled_from([None, *ContactSource]), label="source")
        self.did(
            "contacts",
            lambda unit: add_contact(
                unit,
                NewContact(
                    owner_id=owner,
                    name="Zoe",
                    email=email,
                    tags=tags,
                    source=source,
                    next_follow_up=follow_up,
                    **given,  # type: ignore[arg-type]  # an id or nothing
                ),
            ),
        )

    @rule(data=st.data(), at=_INSTANTS, status=_STATES, follow_up=_MAYBE, score=st.sampled_from([None, 0, 50]))
    def somebody_is_talked_to(
        self,
        data: st.DataObject,
        at: datetime,
        status: ContactStatus | None,
        follow_up: datetime | None,
        score: int | None,
    ) -> None:
        """In whatever order it is written down, and also what an activity cannot say."""
        command = Activity(
            contact_id=self.some(data, "contacts"),
            occurred_at=at,
            next_follow_up=follow_up,
            status=status,
            lead_score=score,
        )
        self.did("contacts", lambda unit: record_activity(unit, command))

    @rule(data=st.data(), number=st.integers(1, 3))
    def somebody_buys(self, data: st.DataObject, number: int) -> None:
        """Under a number that may be taken."""
        command = Conversion(
            contact_id=self.some(data, "contacts"),
            customer_number=f"C-{number}",
            distributor_id=self.some(data, "distributors"),
            converted_at=_NOON,
        )
        self.did("customers", lambda unit: convert_contact(unit, command))

    @rule(data=st.data())
    def somebody_is_known_already(self, data: st.DataObject) -> None:
        """As a customer or as a distributor."""
        contact, customer = self.some(data, "contacts"), self.some(data, "customers")
        person = self.some(data, "distributors")
        if data.draw(st.booleans(), label="as a customer"):
            self.did("contacts", lambda unit: match_contact(unit, contact, customer, converted_at=_NOON))
        else:
            self.did("contacts", lambda unit: mark_enrolled(unit, contact, person))

    @rule(data=st.data(), with_open_tasks=st.booleans())
    def a_contact_is_handed_over(self, data: st.DataObject, with_open_tasks: bool) -> None:
        """With tasks or without."""
        command = HandOver(
            contact_id=self.some(data, "contacts"),
            to_owner_id=self.some(data, "distributors"),
            with_open_tasks=with_open_tasks,
        )
        self.did("contacts", lambda unit: hand_over_contact(unit, command))

    @rule(data=st.data(), due=_MAYBE, about=st.booleans())
    def a_task_is_added(self, data: st.DataObject, due: datetime | None, about: bool) -> None:
        """About somebody, or nobody."""
        assignee, creator = self.some(data, "distributors"), self.some(data, "distributors")
        contact = self.some(data, "contacts") if about else None
        self.did(
            "tasks",
            lambda unit: add_task(
                unit,
                NewTask(
                    title="Call",
                    type=TaskType.CALL,
                    assignee_id=assignee,
                    created_by_id=creator,
                    contact_id=contact,
                    due_at=due,
                ),
            ),
        )

    @rule(data=st.data(), step=st.sampled_from(_STEPS_OF_TASKS))
    def a_task_goes_on(self, data: st.DataObject, step: Callable[[UnitOfWork, UUID], Any]) -> None:
        """Or does not."""
        task = self.some(data, "tasks")
        self.did("tasks", lambda unit: step(unit, task))

    @rule(data=st.data(), due=_MAYBE)
    def a_task_changes(self, data: st.DataObject, due: datetime | None) -> None:
        """Its day, or who has it."""
        task, person = self.some(data, "tasks"), self.some(data, "distributors")
        if data.draw(st.booleans(), label="who"):
            self.did("tasks", lambda unit: reassign_task(unit, task, person))
        else:
            self.did("tasks", lambda unit: reschedule_task(unit, task, due))

    @rule(until=_INSTANTS, limit=st.integers(0, 2))
    def somebody_is_reminded(self, until: datetime, limit: int) -> None:
        """Of so many."""
        self.pair.do(lambda unit: [mark_reminded(unit, task.id) for task in due_reminders(unit, until, limit=limit)])

    @rule(data=st.data(), at=_INSTANTS)
    def what_is_stored_is_compared(self, data: st.DataObject, at: datetime) -> None:
        """By everything that can be asked."""
        person = self.some(data, "distributors")
        self.pair.do(partial(_asked, person, at))
        levels = data.draw(st.sampled_from([None, 0, 1]), label="levels")
        below = Below(tree=GenealogyTree.SPONSOR, user_id=person, levels=levels)
        for where in (ContactFilter(below=below), ContactFilter(tag="tea", follow_up_until=at, owner_id=person)):
            self.pair.do(partial(_page_of, where))


class TestCrmHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents and audit rows."""
        run_side_by_side(CrmHistory, new_database, cipher, examples=3, steps=_STEPS)


def _asked(person: UUID, at: datetime, unit: UnitOfWork) -> list[Any]:
    contacts, tasks = unit.contacts, unit.tasks
    return [
        contacts.list_by_owner(person),
        contacts.list_by_owner(person, status=ContactStatus.QUALIFIED),
        contacts.list_by_status(ContactStatus.WON),
        contacts.list_by_tag("tea"),
        contacts.list_by_tag("tea", owner_id=person),
        contacts.list_due(at),
        contacts.list_due(at, owner_id=person),
        contacts.find_by_distributor(person),
        tasks.list_by_assignee(person),
        tasks.list_by_assignee(person, status=TaskStatus.PENDING),
        tasks.list_by_status(TaskStatus.COMPLETED),
        tasks.list_due(at),
        tasks.list_due(at, assignee_id=person),
        tasks.list_overdue(at, assignee_id=person),
    ]


def _page_of(where: ContactFilter, unit: UnitOfWork) -> Any:
    return unit.contacts.page(where=where)
