"""Contacts and tasks: whom somebody is talking to, and what is to be done.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from datetime import datetime
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import ContactSource, ContactStatus, TaskPriority, TaskStatus, TaskType
from mlmcore.domain.ids import new_id

__all__ = ["Contact", "Task"]


@frozen(kw_only=True, field_transformer=validators.checked)
class Contact:
    """Somebody whom a user is talking to and who may become a customer."""

    id: UUID = field(factory=new_id)
    owner_id: UUID
    name: str = field(validator=validators.text(200, empty=False))
    email: str | None = field(default=None, validator=validators.email(255))
    phone: str | None = field(default=None, validator=validators.text(20))
    company: str | None = field(default=None, validator=validators.text(200))
    title: str | None = field(default=None, validator=validators.text(100))
    source: ContactSource | None = None
    status: ContactStatus = ContactStatus.NEW
    tags: tuple[str, ...] | None = field(default=None, validator=validators.each_text)
    notes: str | None = field(default=None, validator=validators.text())
    lead_score: int = field(default=0, validator=validators.integer(0))
    last_activity_at: datetime | None = field(default=None, validator=validators.aware)
    next_follow_up: datetime | None = field(default=None, validator=validators.aware)
    converted_at: datetime | None = field(default=None, validator=validators.aware)
    converted_to_customer_id: UUID | None = None
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class Task:
    """Something that a user has to do, by when, about whom."""

    id: UUID = field(factory=new_id)
    title: str = field(validator=validators.text(200, empty=False))
    description: str | None = field(default=None, validator=validators.text())
    type: TaskType
    priority: TaskPriority = TaskPriority.MEDIUM
    status: TaskStatus = TaskStatus.PENDING
    assignee_id: UUID
    created_by_id: UUID
    contact_id: UUID | None = None
    customer_id: UUID | None = None
    due_at: datetime | None = field(default=None, validator=validators.aware)
    completed_at: datetime | None = field(default=None, validator=validators.aware)
    reminder_sent: bool = False
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
