"""Contacts and tasks: whom somebody is talking to, and what is to be done.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for `created_at` and
`updated_at` means that the store sets it. What a state demands of the other attributes is checked here: nobody is won
without a customer, enrolled without a distributor, nor done without an instant.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import ContactSource, ContactStatus, TaskPriority, TaskStatus, TaskType
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import new_id

__all__ = ["CONVERTED", "OPEN", "Contact", "Task"]

CONVERTED: Final = frozenset({ContactStatus.WON, ContactStatus.ENROLLED})
"""The states in which a contact has become somebody: a customer, a distributor, or both."""

OPEN: Final = frozenset({TaskStatus.PENDING, TaskStatus.IN_PROGRESS})
"""The states in which there is something left to do."""


@frozen(kw_only=True, field_transformer=validators.checked)
class Contact:
    """Somebody whom a user is talking to and who may become a customer, a distributor, or both.

    `converted_at` and `converted_to_customer_id` come together, and only while the contact is won or enrolled; a won
    contact has both. A contact has `enrolled_as_id`, the distributor, exactly while it is enrolled.
    """

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
    enrolled_as_id: UUID | None = None

    def __attrs_post_init__(self) -> None:
        if (self.converted_at is None) != (self.converted_to_customer_id is None):
            raise self._broken("has one of converted_at and converted_to_customer_id", "give both or neither")
        if self.converted_to_customer_id is not None and self.status not in CONVERTED:
            raise self._broken(
                f"is {self.status} and has a converted_to_customer_id", "whoever became a customer is won or enrolled"
            )
        if self.converted_to_customer_id is None and self.status == ContactStatus.WON:
            raise self._broken("is won and has no converted_to_customer_id", "name the customer that they became")
        if self.enrolled_as_id is None and self.status == ContactStatus.ENROLLED:
            raise self._broken("is enrolled and has no enrolled_as_id", "name the distributor that they became")
        if self.enrolled_as_id is not None and self.status != ContactStatus.ENROLLED:
            raise self._broken(
                f"is {self.status} and has an enrolled_as_id", "whoever became a distributor is enrolled"
            )

    def _broken(self, what: str, todo: str) -> InputError:
        return validators.broken(f"contact {self.id} {what}", todo)


@frozen(kw_only=True, field_transformer=validators.checked)
class Task:
    """Something that a user has to do, by when, about whom.

    It has `completed_at` exactly while it is completed.
    """

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

    def __attrs_post_init__(self) -> None:
        if self.completed_at is None and self.status == TaskStatus.COMPLETED:
            raise validators.broken(f"task {self.id} is completed and has no completed_at", "say when it was done")
        if self.completed_at is not None and self.status != TaskStatus.COMPLETED:
            raise validators.broken(
                f"task {self.id} is {self.status} and has a completed_at", "only what is completed was done"
            )

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.status in OPEN
