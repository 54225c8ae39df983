"""What the tests of contacts and tasks begin with: a contact of Ann's in a company, and the day on which it plays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import ContactStatus, TaskType
from mlmcore.domain.ids import key_of
from mlmcore.operations.contacts import Activity, NewContact, add_contact, record_activity
from mlmcore.operations.conversion import Conversion
from mlmcore.operations.tasks import NewTask, add_task
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import Company

__all__ = ["DAY", "ZOE", "conversion", "new_contact", "qualified", "talk", "task"]

ZOE = key_of("zoe")
NINE = datetime(2026, 4, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def new_contact(company: Company, **changes: Any) -> NewContact:
    """Return Zoe, whom Ann talks to."""
    given: dict[str, Any] = {"id": ZOE, "owner_id": company.ann, "name": "Zoe Zed", "email": "zoe@example.com"}
    return NewContact(**{**given, **changes})


def talk(**changes: Any) -> Activity:
    """Return a talk with Zoe on 1 April at nine."""
    given: dict[str, Any] = {"contact_id": ZOE, "occurred_at": NINE, "next_follow_up": NINE + 7 * DAY}
    return Activity(**{**given, **changes})


def qualified(unit: UnitOfWork, company: Company, **changes: Any) -> Contact:
    """Store Zoe as somebody who may become a customer."""
    add_contact(unit, new_contact(company, **changes))
    return record_activity(unit, talk(status=ContactStatus.QUALIFIED))


def conversion(company: Company, **changes: Any) -> Conversion:
    """Return how Zoe becomes customer C-zoe of Ann."""
    given: dict[str, Any] = {
        "contact_id": ZOE,
        "customer_number": "C-zoe",
        "distributor_id": company.ann,
        "converted_at": NINE + DAY,
    }
    return Conversion(**{**given, **changes})


def task(unit: UnitOfWork, company: Company, **changes: Any) -> Task:
    """Store a call that Ann has to make."""
    given: dict[str, Any] = {
        "id": key_of("call"),
        "title": "Call",
        "type": TaskType.CALL,
        "assignee_id": company.ann,
        "created_by_id": company.ann,
        "due_at": NINE,
    }
    return add_task(unit, NewTask(**{**given, **changes}))
