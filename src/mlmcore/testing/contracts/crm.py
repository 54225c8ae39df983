"""What repositories of contacts and tasks promise."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve

from mlmcore.domain.crm import Contact
from mlmcore.domain.enums import ContactSource, ContactStatus, GenealogyTree, TaskStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    InputError,
    NotFoundError,
    RefusedError,
    TransientError,
)
from mlmcore.domain.ids import new_id
from mlmcore.repositories.filters import Below, ContactFilter
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    a_contact,
    a_customer,
    a_task,
    a_user,
    make_distributor,
    raises,
)

__all__ = ["ConcurrentCrmContract", "ContactsContract", "TasksContract"]

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def won(unit: UnitOfWork, contact: Contact, **changes: Any) -> Contact:
    """Return a contact as a new customer's, not yet stored."""
    customer = unit.customers.add(a_customer(make_distributor(unit)))
    given: dict[str, Any] = {
        "status": ContactStatus.WON,
        "converted_at": NOON,
        "converted_to_customer_id": customer.id,
    }
    return evolve(contact, **{**given, **changes})


def qualified(unit: UnitOfWork, **changes: Any) -> Contact:
    """Store a contact who may become a customer."""
    contact = a_contact(unit.users.add(a_user()), status=ContactStatus.QUALIFIED, **changes)
    return unit.contacts.add(contact)


class ContactsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            owner = unit.users.add(a_user())
            contact = a_contact(owner, tags=("tea", "ü, {x}"), notes="met", next_follow_up=NOON, lead_score=7)
            stored = unit.contacts.add(contact)
            assert stored == evolve(contact, created_at=unit.now, updated_at=unit.now)
            assert unit.contacts.get(contact.id) == stored
            assert unit.contacts.find(new_id()) is None
            with raises(NotFoundError):
                unit.contacts.get(new_id())
            with raises(InputError):
                unit.contacts.get(str(contact.id))  # type: ignore[arg-type]  # that is what is refused

    def test_everybody_who_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C1: owner, customer and distributor."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.contacts.add(a_contact(new_id()))
        with unit_of_work() as unit:
            contact = qualified(unit)
        strangers: tuple[dict[str, Any], ...] = (
            {"status": ContactStatus.WON, "converted_at": NOON, "converted_to_customer_id": new_id()},
            {"status": ContactStatus.ENROLLED, "enrolled_as_id": new_id()},
        )
        for changes in strangers:
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.contacts.update(evolve(contact, **changes))
        with unit_of_work() as unit:
            assert unit.contacts.get(contact.id) == contact

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C2, A6, A12."""
        with unit_of_work() as unit:
            contact = unit.contacts.add(a_contact(unit.users.add(a_user())))
            with raises(IllegalMoveError):
                unit.contacts.update(evolve(contact, status=ContactStatus.NEGOTIATION))
            lost = unit.contacts.update(evolve(contact, status=ContactStatus.LOST))
            assert unit.contacts.update(evolve(lost, status=ContactStatus.CONTACTED)).status == "contacted"

    def test_a_customer_came_of_one_contact(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C3."""
        with unit_of_work() as unit:
            first = unit.contacts.update(won(unit, qualified(unit)))
            assert first.converted_to_customer_id is not None
            assert unit.contacts.find_by_customer(first.converted_to_customer_id) == first
            assert unit.contacts.find_by_customer(new_id()) is None
            second = qualified(unit)
            again = won(unit, second, converted_to_customer_id=first.converted_to_customer_id)
            with raises(ConflictError):
                unit.contacts.update(again)
            assert unit.contacts.get(second.id) == second

    def test_a_distributor_came_of_one_contact(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C3."""
        with unit_of_work() as unit:
            person = make_distributor(unit).user_id
            enrolled: dict[str, Any] = {"status": ContactStatus.ENROLLED, "enrolled_as_id": person}
            first = unit.contacts.update(evolve(qualified(unit), **enrolled))
            assert unit.contacts.find_by_distributor(person) == first
            assert unit.contacts.find_by_distributor(new_id()) is None
            with raises(ConflictError):
                unit.contacts.update(evolve(qualified(unit), **enrolled))

    def test_whoever_a_contact_became_it_became_for_ever(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C4: neither another customer, nor another instant, nor another distributor."""
        with unit_of_work() as unit:
            contact = unit.contacts.update(won(unit, qualified(unit)))
            for changed in (won(unit, contact), evolve(contact, converted_at=NOON + HOUR)):
                with raises(RefusedError):
                    unit.contacts.update(changed)
            enrolled = unit.contacts.update(
                evolve(contact, status=ContactStatus.ENROLLED, enrolled_as_id=make_distributor(unit).user_id)
            )
            for changes in (
                {"enrolled_as_id": make_distributor(unit).user_id},
                {"converted_to_customer_id": None, "converted_at": None},
            ):
                with raises(RefusedError):
                    unit.contacts.update(evolve(enrolled, **changes))
            assert unit.contacts.update(evolve(enrolled, notes="pleased")).notes == "pleased"

    def test_a_contact_is_locked_as_it_stands(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C5: as often as one likes in one unit."""
        with unit_of_work() as unit:
            contact = qualified(unit)
            changed = unit.contacts.update(evolve(unit.contacts.lock(contact.id), lead_score=5))
            assert unit.contacts.lock(contact.id) == changed
            with raises(NotFoundError):
                unit.contacts.lock(new_id())

    def test_contacts_are_listed_by_owner_and_status(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C6."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            unit.contacts.add_many([a_contact(ann), a_contact(bob), a_contact(ann, status=ContactStatus.LOST)])
            of_ann = unit.contacts.list_by_owner(ann.id)
            assert len(of_ann) == 2
            assert [contact.id for contact in of_ann] == sorted(contact.id for contact in of_ann)
            (lost,) = unit.contacts.list_by_owner(ann.id, status=ContactStatus.LOST)
            assert lost in unit.contacts.list_by_status(ContactStatus.LOST)
            assert not set(of_ann) - {lost} & set(unit.contacts.list_by_status(ContactStatus.LOST))
            assert unit.contacts.list_by_owner(new_id()) == ()

    def test_contacts_are_listed_by_tag(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C6: whole tags, and in one case."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            tag = f"fair {new_id()}"
            first = unit.contacts.add(a_contact(ann, tags=("vip", tag)))
            second = unit.contacts.add(a_contact(bob, tags=(tag,)))
            unit.contacts.add_many([a_contact(ann, tags=(tag.upper(), tag[:-1])), a_contact(ann)])
            assert set(unit.contacts.list_by_tag(tag)) == {first, second}
            assert unit.contacts.list_by_tag(tag, owner_id=bob.id) == (second,)

    def test_contacts_are_listed_when_a_follow_up_is_due(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C6: at the instant itself too."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            late = unit.contacts.add(a_contact(ann, next_follow_up=NOON))
            early = unit.contacts.add(a_contact(ann, next_follow_up=NOON - HOUR))
            other = unit.contacts.add(a_contact(bob, next_follow_up=NOON))
            unit.contacts.add_many([a_contact(ann, next_follow_up=NOON + HOUR), a_contact(ann)])
            assert unit.contacts.list_due(NOON, owner_id=ann.id) == (early, late)
            everybody = unit.contacts.list_due(NOON)
            assert {early, late, other} <= set(everybody)
            assert all(contact.next_follow_up for contact in everybody)

    def test_contacts_are_paged_by_what_is_asked_of_them(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C7, A7: each condition alone, and all together."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            tag = f"fair {new_id()}"
            asked: dict[str, Any] = {
                "owner_id": ann.id,
                "status": ContactStatus.QUALIFIED,
                "source": ContactSource.TRADE_SHOW,
            }
            wanted = unit.contacts.add(a_contact(ann, **asked, tags=("vip", tag), next_follow_up=NOON))
            unit.contacts.add_many(
                [
                    evolve(wanted, id=new_id(), owner_id=bob.id),
                    evolve(wanted, id=new_id(), status=ContactStatus.NEW),
                    evolve(wanted, id=new_id(), source=None),
                    evolve(wanted, id=new_id(), tags=(tag.upper(), tag[:-1])),
                    evolve(wanted, id=new_id(), tags=None),
                    evolve(wanted, id=new_id(), next_follow_up=NOON + HOUR),
                    evolve(wanted, id=new_id(), next_follow_up=None),
                ]
            )
            asked |= {"tag": tag, "follow_up_until": NOON}
            assert unit.contacts.page(where=ContactFilter(**asked)) == (wanted,)
            ours = unit.contacts.page(where=ContactFilter(tag=tag, owner_id=ann.id))
            assert len(ours) == 5
            assert unit.contacts.page(ours[1].id, 2, where=ContactFilter(tag=tag, owner_id=ann.id)) == ours[2:4]
            for name, value in asked.items():
                assert wanted in unit.contacts.page(None, 10_000, where=ContactFilter(**{name: value}))

    def test_contacts_are_paged_by_downline(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C7: not the person's own, to so many levels, with and without paths."""
        with unit_of_work() as unit:
            top = make_distributor(unit)
            middle = make_distributor(unit, sponsor_id=top.user_id)
            bottom = make_distributor(unit, sponsor_id=middle.user_id)
            owners = [person.user_id for person in (bottom, middle, top, middle, make_distributor(unit), bottom)]
            contacts = [unit.contacts.add(a_contact(owner)) for owner in owners]

            def ask(tree: GenealogyTree = GenealogyTree.SPONSOR, levels: int | None = None, **page: Any) -> Any:
                below = Below(tree=tree, user_id=top.user_id, levels=levels)
                return unit.contacts.page(**page, where=ContactFilter(below=below))

            everybody = tuple(sorted((contacts[place] for place in (0, 1, 3, 5)), key=lambda contact: contact.id))
            for kept in (True, False):
                unit.trees.keep_paths(GenealogyTree.SPONSOR, kept)
                assert ask() == everybody
                assert set(ask(levels=1)) == {contacts[1], contacts[3]}
                assert ask(levels=0) == ask(GenealogyTree.PLACEMENT) == ()
                assert ask(after=everybody[1].id, limit=1) == everybody[2:3]
            stranger = Below(tree=GenealogyTree.SPONSOR, user_id=new_id())
            with raises(NotFoundError):
                unit.contacts.page(where=ContactFilter(below=stranger))

    def test_instants_and_ids_are_some(self, unit_of_work: UnitOfWorkFactory) -> None:
        """C8."""
        with unit_of_work() as unit:
            contacts: Any = unit.contacts
            with raises(InputError):
                contacts.list_due(NOON.replace(tzinfo=None))
            for ask in (contacts.list_by_owner, contacts.find_by_customer, contacts.find_by_distributor):
                with raises(InputError):
                    ask("ann")
            with raises(InputError):
                contacts.list_by_tag("vip", owner_id="ann")

    def test_pages_go_through_everybody_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7, A8."""
        with unit_of_work() as unit:
            owner = unit.users.add(a_user())
            unit.contacts.add_many([a_contact(owner) for _ in range(5)])
            first = unit.contacts.page(None, 3)
            rest = unit.contacts.page(first[-1].id, 10_000)
            keys = [contact.id for contact in (*first, *rest)]
            assert len(keys) >= 5
            assert keys == sorted(set(keys))

    def test_many_are_stored_all_or_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8, C3: two of them cannot have become the same customer."""
        with unit_of_work() as unit:
            owner = unit.users.add(a_user())
            first = won(unit, a_contact(owner))
            with raises(ConflictError):
                unit.contacts.add_many([first, evolve(first, id=new_id())])
            assert unit.contacts.list_by_owner(owner.id) == ()
            unit.contacts.add_many([first, a_contact(owner)])
            assert len(unit.contacts.list_by_owner(owner.id)) == 2

    def test_whom_a_contact_is_stays_out_of_the_log(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: a hash, of which erasure takes the clear text; the owner and the status are seen."""
        with unit_of_work() as unit:
            contact = a_contact(
                unit.users.add(a_user()),
                name="Zoe Zed",
                email="zoe@zed.example",
                phone="+1 555 99",
                company="Zed Ltd",
                title="Dr Zed",
                notes="Zed talks",
            )
            unit.contacts.add(contact)
            unit.contacts.update(evolve(contact, status=ContactStatus.CONTACTED, notes="Zed again"))
            rows = unit.audit.list_by_entity("contacts", contact.id)
            shown = str([(row.before_data, row.after_data) for row in rows])
            assert [row.action for row in rows] == ["insert", "update"]
            assert "Zed" not in shown
            assert "zed" not in shown
            assert "555 99" not in shown
            assert rows[1].before_data is not None
            assert rows[1].before_data["status"] == "new"
            assert set(rows[1].before_data) == {"status", "notes"}


class TasksContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            contact = unit.contacts.add(a_contact(user))
            customer = unit.customers.add(a_customer(make_distributor(unit)))
            task = a_task(user, contact_id=contact.id, customer_id=customer.id, due_at=NOON, description="soon")
            stored = unit.tasks.add(task)
            assert stored == evolve(task, created_at=unit.now, updated_at=unit.now)
            assert unit.tasks.get(task.id) == stored
            assert unit.tasks.list_by_contact(contact.id) == (stored,)
            assert unit.tasks.list_by_customer(customer.id) == (stored,)
            assert unit.tasks.list_by_contact(new_id()) == unit.tasks.list_by_customer(new_id()) == ()
            assert unit.tasks.find(new_id()) is None
            with raises(NotFoundError):
                unit.tasks.get(new_id())

    def test_everybody_who_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B1."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
        for name in ("assignee_id", "created_by_id", "contact_id", "customer_id"):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.tasks.add(a_task(user, **{name: new_id()}))
        with unit_of_work() as unit:
            assert unit.tasks.list_by_assignee(user.id) == ()

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B2, A6, A12: what is done may be taken up again, what is cancelled may not."""
        with unit_of_work() as unit:
            task = unit.tasks.add(a_task(unit.users.add(a_user())))
            done = unit.tasks.update(evolve(task, status=TaskStatus.COMPLETED, completed_at=NOON))
            opened = unit.tasks.update(evolve(done, status=TaskStatus.IN_PROGRESS, completed_at=None))
            gone = unit.tasks.update(evolve(opened, status=TaskStatus.CANCELLED))
            with raises(IllegalMoveError):
                unit.tasks.update(evolve(gone, status=TaskStatus.PENDING))
            assert unit.tasks.get(task.id) == gone

    def test_tasks_are_listed_by_assignee_and_status(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B3: what is due first comes first, what is never due last."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            tasks = [
                a_task(ann),
                a_task(ann, due_at=NOON, status=TaskStatus.CANCELLED),
                a_task(ann, due_at=NOON - HOUR),
                a_task(bob, due_at=NOON),
                a_task(ann, due_at=NOON),
            ]
            unit.tasks.add_many(tasks)
            of_ann = [task.id for task in unit.tasks.list_by_assignee(ann.id)]
            noon = sorted([tasks[1].id, tasks[4].id])
            assert of_ann == [tasks[2].id, *noon, tasks[0].id]
            (gone,) = unit.tasks.list_by_assignee(ann.id, status=TaskStatus.CANCELLED)
            listed = unit.tasks.list_by_status(TaskStatus.CANCELLED)
            assert gone in listed
            assert {task.status for task in listed} == {TaskStatus.CANCELLED}
            assert [task.id for task in listed] == sorted(task.id for task in listed)

    def test_open_tasks_are_due_and_overdue(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B3, B4: due at the instant itself, overdue only after it."""
        with unit_of_work() as unit:
            ann, bob = unit.users.add(a_user()), unit.users.add(a_user())
            tasks = [
                a_task(ann, due_at=NOON),
                a_task(ann, due_at=NOON - HOUR, status=TaskStatus.IN_PROGRESS),
                a_task(ann, due_at=NOON - HOUR, status=TaskStatus.COMPLETED, completed_at=NOON),
                a_task(ann, due_at=NOON - HOUR, status=TaskStatus.CANCELLED),
                a_task(ann, due_at=NOON + HOUR),
                a_task(ann),
                a_task(bob, due_at=NOON - HOUR),
            ]
            unit.tasks.add_many(tasks)
            due = [task.id for task in unit.tasks.list_due(NOON, assignee_id=ann.id)]
            assert due == [tasks[1].id, tasks[0].id]
            (overdue,) = unit.tasks.list_overdue(NOON, assignee_id=ann.id)
            assert overdue.id == tasks[1].id
            assert {tasks[place].id for place in (0, 1, 6)} <= {task.id for task in unit.tasks.list_due(NOON)}
            assert {tasks[place].id for place in (1, 6)} <= {task.id for task in unit.tasks.list_overdue(NOON)}

    def test_a_task_is_locked_as_it_stands(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B5."""
        with unit_of_work() as unit:
            task = unit.tasks.add(a_task(unit.users.add(a_user())))
            changed = unit.tasks.update(evolve(unit.tasks.lock(task.id), status=TaskStatus.IN_PROGRESS))
            assert unit.tasks.lock(task.id) == changed
            with raises(NotFoundError):
                unit.tasks.lock(new_id())

    def test_reminders_are_of_open_tasks_that_nobody_was_reminded_of(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B6, A7: by due date, and so many at a time."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            tasks = [
                a_task(user, due_at=NOON),
                a_task(user, due_at=NOON - HOUR),
                a_task(user, due_at=NOON - HOUR, reminder_sent=True),
                a_task(user, due_at=NOON - HOUR, status=TaskStatus.CANCELLED),
                a_task(user, due_at=NOON + HOUR),
                a_task(user),
            ]
            unit.tasks.add_many(tasks)
            assert [task.id for task in unit.tasks.take_reminders(NOON)] == [tasks[1].id, tasks[0].id]
            assert [task.id for task in unit.tasks.take_reminders(NOON, limit=1)] == [tasks[1].id]
            unit.tasks.update(evolve(unit.tasks.get(tasks[1].id), reminder_sent=True))
            assert [task.id for task in unit.tasks.take_reminders(NOON)] == [tasks[0].id]
            with raises(RefusedError):
                unit.tasks.take_reminders(NOON, limit=0)

    def test_instants_and_ids_are_some(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B7."""
        with unit_of_work() as unit:
            tasks: Any = unit.tasks
            for ask in (tasks.list_due, tasks.list_overdue, tasks.take_reminders):
                with raises(InputError):
                    ask(NOON.replace(tzinfo=None))
            for ask in (tasks.list_by_assignee, tasks.list_by_contact, tasks.list_by_customer):
                with raises(InputError):
                    ask("ann")

    def test_pages_go_through_everything_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7, A8."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            unit.tasks.add_many([a_task(user) for _ in range(5)])
            first = unit.tasks.page(None, 3)
            rest = unit.tasks.page(first[-1].id, 10_000)
            keys = [task.id for task in (*first, *rest)]
            assert len(keys) >= 5
            assert keys == sorted(set(keys))

    def test_what_a_task_says_stays_out_of_the_log(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: titles and descriptions name people."""
        with unit_of_work() as unit:
            task = unit.tasks.add(a_task(unit.users.add(a_user()), title="Call Zed", description="Zed's knee"))
            (row,) = unit.audit.list_by_entity("tasks", task.id)
            assert "Zed" not in str(row.after_data)
            assert row.after_data is not None
            assert row.after_data["status"] == "pending"


class ConcurrentCrmContract:
    """Subclass it with the fixture `unit_of_work`, whose units must not share a transaction."""

    def test_of_two_who_lock_a_contact_the_second_reads_what_the_first_kept(
        self, unit_of_work: UnitOfWorkFactory
    ) -> None:
        """C5: or is told to try again."""
        with unit_of_work() as unit:
            contact = qualified(unit)

        def second() -> int | str:
            try:
                with unit_of_work() as unit:
                    return unit.contacts.lock(contact.id).lead_score
            except TransientError:
                return "told"

        with ThreadPoolExecutor(1) as pool:
            with unit_of_work() as unit:
                unit.contacts.update(evolve(unit.contacts.lock(contact.id), lead_score=9))
                waiting = pool.submit(second)
            assert waiting.result(timeout=30) in (9, "told")

    def test_two_workers_are_given_no_task_both(self, unit_of_work: UnitOfWorkFactory) -> None:
        """B6: while the first has it, and after it was marked."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            unit.tasks.add_many([a_task(user, due_at=NOON) for _ in range(4)])

        with unit_of_work() as first:
            taken = first.tasks.take_reminders(NOON, limit=2)
            with unit_of_work() as other:
                rest = other.tasks.take_reminders(NOON)
            for task in taken:
                first.tasks.update(evolve(task, reminder_sent=True))
        assert len(taken) == len(rest) == 2
        assert not {task.id for task in taken} & {task.id for task in rest}
        with unit_of_work() as unit:
            assert unit.tasks.take_reminders(NOON) == rest

    def test_a_unit_that_began_before_is_given_none_that_was_marked_since(
        self, unit_of_work: UnitOfWorkFactory
    ) -> None:
        """B6: it reads what is kept now, or is told to try again."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            unit.tasks.add(a_task(user, due_at=NOON))

        given: tuple[UUID, ...] = ()
        try:
            with unit_of_work() as slow:
                assert slow.tasks.list_due(NOON)
                with unit_of_work() as quick:
                    (task,) = quick.tasks.take_reminders(NOON)
                    quick.tasks.update(evolve(task, reminder_sent=True))
                given = tuple(task.id for task in slow.tasks.take_reminders(NOON))
        except TransientError:
            pass
        assert given == ()
