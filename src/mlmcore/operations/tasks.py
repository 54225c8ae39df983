"""Tasks: given, started, done, put off, passed on, and the reminders of them.

A reminder is taken by one worker at a time and marked once. Sending it is the host's, and so is the choice between a
reminder that may be lost and one that may come twice: mark it and send it once the unit is kept, or send it first.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import machines
from mlmcore.domain.crm import Task
from mlmcore.domain.enums import TaskPriority, TaskStatus, TaskType
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.operations._colleagues import refuse_absent
from mlmcore.operations._repeated import same_or_refused
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "NewTask",
    "add_task",
    "cancel_task",
    "complete_task",
    "due_reminders",
    "mark_reminded",
    "put_back_task",
    "reassign_task",
    "reopen_task",
    "reschedule_task",
    "start_task",
]

_WHAT: Final = ("title", "description", "type", "created_by_id", "contact_id", "customer_id")
"""What makes a repeated command the same; who does it, by when and how far it has come may change."""


@frozen(kw_only=True)
class NewTask:
    """Something to do.

    Attributes:
        id: The task's; repeating a command with the same id changes nothing.
        assignee_id: Who is to do it.
        created_by_id: Who says so.
        contact_id: About whom, before they buy or join.
        customer_id: About whom, since they buy.
        due_at: By when; without it nobody is reminded.
    """

    id: UUID = field(factory=new_id)
    title: str
    description: str | None = None
    type: TaskType
    priority: TaskPriority = TaskPriority.MEDIUM
    assignee_id: UUID
    created_by_id: UUID
    contact_id: UUID | None = None
    customer_id: UUID | None = None
    due_at: datetime | None = None


def add_task(unit: UnitOfWork, command: NewTask) -> Task:
    """Store a new task.

    Returns:
        The task as stored; the one already there when the same command is repeated, however far it has come since.

    Raises:
        NotFoundError: The assignee is not stored.
        BrokenReferenceError: The creator, the contact or the customer is not stored.
        RefusedError: The assignee is inactive or suspended.
        ConflictError: The id belongs to another task.
    """
    task = _task(command)
    stored = unit.tasks.find(command.id)
    if stored is None:
        refuse_absent(unit, command.assignee_id, f"task {command.id}")
        return unit.tasks.add(task)
    there = f"task {command.id} is stored already"
    return same_or_refused(stored, task, _WHAT, there=there, todo="a new task needs an id of its own")


def start_task(unit: UnitOfWork, task_id: UUID) -> Task:
    """Write down that somebody works on a task.

    Raises:
        NotFoundError: There is no such task.
        RefusedError: It is completed; `reopen_task` is for what was not done after all.
        IllegalMoveError: It was cancelled.
    """
    task = unit.tasks.lock(task_id)
    if task.status == TaskStatus.COMPLETED:
        raise RefusedError(f"task {task_id} is completed and cannot be started; reopen it if it was not done after all")
    return unit.tasks.update(evolve(task, status=TaskStatus.IN_PROGRESS))


def put_back_task(unit: UnitOfWork, task_id: UUID) -> Task:
    """Write down that nobody works on a task now.

    Raises:
        NotFoundError: There is no such task.
        IllegalMoveError: It is completed or cancelled.
    """
    return _moved(unit, unit.tasks.lock(task_id), TaskStatus.PENDING)


def complete_task(unit: UnitOfWork, task_id: UUID, *, completed_at: datetime | None = None) -> Task:
    """Write down that a task is done; one that is done already stays as it is.

    Args:
        unit: The unit of work.
        task_id: Which.
        completed_at: When; the unit's instant when left out.

    Raises:
        NotFoundError: There is no such task.
        IllegalMoveError: It was cancelled.
        ConflictError: It was done at another instant than the one given.
    """
    task = unit.tasks.lock(task_id)
    if task.status != TaskStatus.COMPLETED:
        return unit.tasks.update(evolve(task, status=TaskStatus.COMPLETED, completed_at=completed_at or unit.now))
    if completed_at not in (None, task.completed_at):
        assert task.completed_at is not None  # noqa: S101 - for the type checker: it is completed
        raise ConflictError(f"task {task_id} is completed already, at {task.completed_at.isoformat()}")
    return task


def reopen_task(unit: UnitOfWork, task_id: UUID) -> Task:
    """Take up again what was not done after all; what is in progress stays so.

    Raises:
        NotFoundError: There is no such task.
        RefusedError: It was not begun.
        IllegalMoveError: It was cancelled.
    """
    task = unit.tasks.lock(task_id)
    if task.status == TaskStatus.PENDING:
        raise RefusedError(f"task {task_id} is pending and cannot be reopened; start it")
    return unit.tasks.update(evolve(task, status=TaskStatus.IN_PROGRESS, completed_at=None))


def cancel_task(unit: UnitOfWork, task_id: UUID) -> Task:
    """Write down that a task is not needed any more, for ever.

    Raises:
        NotFoundError: There is no such task.
        IllegalMoveError: It is completed.
    """
    return _moved(unit, unit.tasks.lock(task_id), TaskStatus.CANCELLED)


def reassign_task(unit: UnitOfWork, task_id: UUID, assignee_id: UUID) -> Task:
    """Give a task to somebody else, who has not been reminded of it; whoever has it already keeps it.

    Raises:
        NotFoundError: The task or the new assignee is not stored.
        RefusedError: The task is completed or cancelled, or the new assignee is inactive or suspended.
    """
    task = unit.tasks.lock(task_id)
    if task.assignee_id == assignee_id:
        return task
    _refuse_finished(task, "reassigned")
    refuse_absent(unit, assignee_id, f"task {task_id}")
    return unit.tasks.update(evolve(task, assignee_id=assignee_id, reminder_sent=False))


def reschedule_task(unit: UnitOfWork, task_id: UUID, due_at: datetime | None) -> Task:
    """Have a task done by another instant, or by none, and have its assignee reminded anew.

    Raises:
        NotFoundError: There is no such task.
        InputError: The instant has no time zone.
        RefusedError: The task is completed or cancelled.
    """
    task = unit.tasks.lock(task_id)
    if task.due_at == due_at:
        return task
    _refuse_finished(task, "rescheduled")
    return unit.tasks.update(evolve(task, due_at=due_at, reminder_sent=False))


def due_reminders(unit: UnitOfWork, until: datetime, *, limit: int = 100) -> tuple[Task, ...]:
    """Take open tasks that are due by an instant and of which nobody was reminded.

    They are this unit's until it ends: another worker who asks meanwhile gets others. Those that this unit does not
    mark are due again afterwards.

    Args:
        unit: The unit of work.
        until: Due at this instant or earlier: *now* and how long ahead somebody wants to know.
        limit: At most so many.

    Returns:
        By due date, then id.

    Raises:
        InputError: The instant has no time zone.
        RefusedError: The limit is not from 1 to 10,000.
    """
    return unit.tasks.take_reminders(until, limit)


def mark_reminded(unit: UnitOfWork, task_id: UUID) -> bool:
    """Write down that somebody is reminded of a task, once.

    Returns:
        True to whoever is to remind them, once; False where somebody was reminded already or nothing is left to do.

    Raises:
        NotFoundError: There is no such task.
    """
    task = unit.tasks.lock(task_id)
    if task.reminder_sent or not task.is_open:
        return False
    unit.tasks.update(evolve(task, reminder_sent=True))
    return True


def _task(command: NewTask) -> Task:
    return Task(
        id=command.id,
        title=command.title,
        description=command.description,
        type=command.type,
        priority=command.priority,
        assignee_id=command.assignee_id,
        created_by_id=command.created_by_id,
        contact_id=command.contact_id,
        customer_id=command.customer_id,
        due_at=command.due_at,
    )


def _moved(unit: UnitOfWork, task: Task, status: TaskStatus) -> Task:
    # Not by evolving alone: the entity would say that a completed task keeps its instant, before the machine speaks.
    machines.TASK.check(task.status, status)
    return unit.tasks.update(evolve(task, status=status))


def _refuse_finished(task: Task, what: str) -> None:
    if not task.is_open:
        raise RefusedError(f"task {task.id} is {task.status} and cannot be {what}")
