"""Tasks and reminders."""

from collections.abc import Callable
from uuid import UUID

import pytest
from attrs import evolve

from mlmcore.domain.crm import Task
from mlmcore.domain.enums import TaskPriority, TaskStatus, TaskType, UserStatus
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, IllegalMoveError, InputError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.tasks import (
    cancel_task,
    complete_task,
    due_reminders,
    mark_reminded,
    put_back_task,
    reassign_task,
    reopen_task,
    reschedule_task,
    start_task,
)
from operations.company import Company
from operations.crm_stage import DAY, NINE, task

CALL = key_of("call")
Step = Callable[..., Task]


class TestAddTask:
    """`add_task`."""

    def test_it_stores_a_pending_task(self, company: Company) -> None:
        """Of middling priority unless it is said."""
        with company.store() as unit:
            stored = task(unit, company, customer_id=company.customer_of(company.ann))

            assert unit.tasks.get(CALL) == stored
            assert (stored.status, stored.priority, stored.reminder_sent) == ("pending", TaskPriority.MEDIUM, False)

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """However far the task has come, and whoever has it."""
        with company.store() as unit:
            task(unit, company)
            reassign_task(unit, CALL, company.bob)
            done = complete_task(unit, CALL)
        before = company.store.as_dict()

        with company.store() as unit:
            assert task(unit, company) == done

        assert company.store.as_dict() == before

    def test_another_task_with_the_same_id_is_refused(self, company: Company) -> None:
        """It names what differs."""
        with company.store() as unit:
            task(unit, company)
            with pytest.raises(ConflictError) as caught:
                task(unit, company, title="Write", type=TaskType.EMAIL)

        assert str(caught.value) == (
            f"task {CALL} is stored already, with another title, type; a new task needs an id of its own"
        )

    def test_it_goes_to_somebody_who_is_there_and_is_about_somebody_who_is_stored(self, company: Company) -> None:
        """Nothing is stored otherwise."""
        with company.store() as unit:
            unit.users.update(evolve(unit.users.get(company.bob), status=UserStatus.INACTIVE))
            with pytest.raises(RefusedError) as caught:
                task(unit, company, assignee_id=company.bob)
            with pytest.raises(BrokenReferenceError):
                task(unit, company, contact_id=new_id())
            assert unit.tasks.find(CALL) is None

        assert str(caught.value) == (
            f"task {CALL} cannot go to user {company.bob}, who is inactive; choose somebody who is active"
        )


class TestSteps:
    """How far a task has come."""

    def test_it_is_started_put_back_done_and_reopened(self, company: Company) -> None:
        """With the instant at which it was done, while it is."""
        with company.store() as unit:
            task(unit, company)
            steps: list[Step] = [start_task, put_back_task, start_task, complete_task, reopen_task, cancel_task]
            states = [step(unit, CALL) for step in steps]
            now = unit.now

        assert [state.status for state in states] == [
            "in_progress",
            "pending",
            "in_progress",
            "completed",
            "in_progress",
            "cancelled",
        ]
        assert [state.completed_at for state in states] == [None, None, None, now, None, None]

    @pytest.mark.parametrize("step", [start_task, put_back_task, complete_task, cancel_task])
    def test_repeating_a_step_changes_nothing(self, company: Company, step: Step) -> None:
        """Also later: what is done stays done when it was."""
        with company.store() as unit:
            task(unit, company)
            once = step(unit, CALL)
        before = company.store.as_dict()

        with company.store() as unit:
            assert step(unit, CALL) == once

        assert company.store.as_dict() == before

    def test_it_is_done_when_it_is_said(self, company: Company) -> None:
        """Once."""
        with company.store() as unit:
            task(unit, company)
            done = complete_task(unit, CALL, completed_at=NINE)
            assert complete_task(unit, CALL, completed_at=NINE) == complete_task(unit, CALL) == done
            with pytest.raises(ConflictError) as caught:
                complete_task(unit, CALL, completed_at=NINE + DAY)

        assert done.completed_at == NINE
        assert str(caught.value) == f"task {CALL} is completed already, at 2026-04-01T09:00:00+00:00"

    @pytest.mark.parametrize("step", [start_task, put_back_task, complete_task, reopen_task])
    def test_what_is_cancelled_stays_so(self, company: Company, step: Step) -> None:
        """The machine says it."""
        with company.store() as unit:
            task(unit, company)
            gone = cancel_task(unit, CALL)
            with pytest.raises(IllegalMoveError):
                step(unit, CALL)
            assert unit.tasks.get(CALL) == gone

    @pytest.mark.parametrize("step", [put_back_task, cancel_task])
    def test_what_is_done_is_neither_put_back_nor_cancelled(self, company: Company, step: Step) -> None:
        """It is reopened first."""
        with company.store() as unit:
            task(unit, company)
            complete_task(unit, CALL)
            with pytest.raises(IllegalMoveError) as caught:
                step(unit, CALL)

        assert "from completed it can become in_progress" in str(caught.value)

    def test_starting_is_no_reopening(self, company: Company) -> None:
        """Nor the other way round."""
        with company.store() as unit:
            task(unit, company)
            with pytest.raises(RefusedError) as pending:
                reopen_task(unit, CALL)
            complete_task(unit, CALL)
            with pytest.raises(RefusedError) as done:
                start_task(unit, CALL)

        assert str(pending.value) == f"task {CALL} is pending and cannot be reopened; start it"
        assert str(done.value) == (
            f"task {CALL} is completed and cannot be started; reopen it if it was not done after all"
        )


class TestWhoAndWhen:
    """`reassign_task` and `reschedule_task`."""

    def test_somebody_else_is_reminded_anew(self, company: Company) -> None:
        """And so is whoever has another day."""
        with company.store() as unit:
            task(unit, company)
            mark_reminded(unit, CALL)
            passed_on = reassign_task(unit, CALL, company.bob)
            mark_reminded(unit, CALL)
            put_off = reschedule_task(unit, CALL, NINE + DAY)

        assert (passed_on.assignee_id, passed_on.reminder_sent) == (company.bob, False)
        assert (put_off.due_at, put_off.reminder_sent) == (NINE + DAY, False)

    def test_repeating_either_changes_nothing(self, company: Company) -> None:
        """Nobody is reminded twice for it."""
        with company.store() as unit:
            task(unit, company)
            mark_reminded(unit, CALL)
            before = unit.tasks.get(CALL)

            assert reassign_task(unit, CALL, company.ann) == reschedule_task(unit, CALL, NINE) == before

    @pytest.mark.parametrize(("step", "state"), [(complete_task, "completed"), (cancel_task, "cancelled")])
    def test_what_is_finished_is_left_alone(self, company: Company, step: Step, state: str) -> None:
        """Its record is whose it was."""
        with company.store() as unit:
            task(unit, company)
            step(unit, CALL)
            with pytest.raises(RefusedError) as who:
                reassign_task(unit, CALL, company.bob)
            with pytest.raises(RefusedError) as when:
                reschedule_task(unit, CALL, None)

        assert str(who.value) == f"task {CALL} is {state} and cannot be reassigned"
        assert str(when.value) == f"task {CALL} is {state} and cannot be rescheduled"

    def test_an_instant_has_a_zone(self, company: Company) -> None:
        """Whose nine o'clock would it be?"""
        with company.store() as unit:
            task(unit, company)
            with pytest.raises(InputError):
                reschedule_task(unit, CALL, NINE.replace(tzinfo=None))


class TestReminders:
    """`due_reminders` and `mark_reminded`."""

    def test_a_reminder_is_sent_once(self, company: Company) -> None:
        """Whoever marks it, sends it."""
        with company.store() as unit:
            task(unit, company)
            (due,) = due_reminders(unit, NINE)
            assert mark_reminded(unit, due.id)
            assert not mark_reminded(unit, due.id)
        with company.store() as unit:
            assert due_reminders(unit, NINE) == ()

    def test_what_was_not_marked_is_due_again(self, company: Company) -> None:
        """A worker that fails loses nothing."""
        with company.store() as unit:
            task(unit, company)
        with pytest.raises(ZeroDivisionError):
            self.work(company, fails=True)

        assert self.work(company) == [CALL]
        assert self.work(company) == []

    def work(self, company: Company, *, fails: bool = False) -> list[UUID]:
        """Remind of all that is due, in one unit."""
        with company.store() as unit:
            marked = [due.id for due in due_reminders(unit, NINE) if mark_reminded(unit, due.id)]
            if fails:
                raise ZeroDivisionError
        return marked

    @pytest.mark.parametrize("step", [complete_task, cancel_task])
    def test_nobody_is_reminded_of_what_is_finished(self, company: Company, step: Step) -> None:
        """Even by a worker that read it before."""
        with company.store() as unit:
            task(unit, company)
            step(unit, CALL)
            assert due_reminders(unit, NINE) == ()
            assert not mark_reminded(unit, CALL)

    def test_two_workers_take_different_ones(self, company: Company) -> None:
        """The second takes what the first left."""
        with company.store() as unit:
            for place in range(3):
                task(unit, company, id=key_of(f"call {place}"), due_at=NINE + place * DAY)

        with company.store() as first, company.store() as second:
            taken = [due_reminders(unit, NINE + 9 * DAY, limit=2) for unit in (first, second)]

        assert [[due.id for due in each] for each in taken] == [
            [key_of("call 0"), key_of("call 1")],
            [key_of("call 2")],
        ]

    def test_a_changed_status_is_what_counts(self, company: Company) -> None:
        """In progress is open, too."""
        with company.store() as unit:
            started = start_task(unit, task(unit, company).id)
            assert started.status == TaskStatus.IN_PROGRESS
            assert due_reminders(unit, NINE) == (started,)
