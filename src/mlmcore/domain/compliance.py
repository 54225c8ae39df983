"""Compliance cases and the audit log: what was looked into, and who changed what.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import CaseSeverity, CaseStatus
from mlmcore.domain.ids import new_id

__all__ = ["AuditLog", "ComplianceCase"]


@frozen(kw_only=True, field_transformer=validators.checked)
class ComplianceCase:
    """Something that is looked into, about somebody or something.

    A resolution and its instant are there together: while a case is resolved, and perhaps once it is closed (without
    them it was dismissed); never while it is open or investigated. Nobody looks into what is about themselves.
    """

    id: UUID = field(factory=new_id)
    case_number: str = field(validator=validators.text(30, empty=False))
    subject_type: str = field(validator=validators.text(50, empty=False))
    subject_id: UUID
    reporter_id: UUID | None = None
    assignee_id: UUID | None = None
    severity: CaseSeverity
    status: CaseStatus = CaseStatus.OPEN
    category: str | None = field(default=None, validator=validators.text(50))
    title: str = field(validator=validators.text(200, empty=False))
    description: str = field(validator=validators.text(empty=False))
    evidence: tuple[Mapping[str, Any], ...] | None = field(default=None, validator=validators.json_object)
    resolution: str | None = field(default=None, validator=validators.text())
    resolved_at: datetime | None = field(default=None, validator=validators.aware)
    due_date: date | None = field(default=None, validator=validators.day)
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        self._check_resolution()
        if self.assignee_id == self.subject_id:
            raise validators.broken(
                f"case {self.case_number} about {self.subject_id} is assigned to that same person",
                "somebody else looks into it",
            )
        validators.in_order(self, "created_at", "resolved_at")

    def _check_resolution(self) -> None:
        both = (self.resolution is not None, self.resolved_at is not None)
        if both[0] != both[1]:
            raise validators.broken(
                f"case {self.case_number} has one of resolution and resolved_at", "give both or neither"
            )
        if self.resolution is not None and not self.resolution.strip():
            raise validators.broken(f"the resolution of case {self.case_number} is empty", "say what was decided")
        if both[0] != (self.status == CaseStatus.RESOLVED) and self.status != CaseStatus.CLOSED:
            there = "has a resolution" if both[0] else "has no resolution"
            raise validators.broken(
                f"case {self.case_number} is {self.status} and {there}", "a case has one once it is resolved"
            )


@frozen(kw_only=True, field_transformer=validators.checked)
class AuditLog:
    """Who changed what, when, from where."""

    id: UUID = field(factory=new_id)
    actor_id: UUID | None = None
    entity_type: str = field(validator=validators.text(50, empty=False))
    entity_id: UUID
    action: str = field(validator=validators.text(50, empty=False))
    before_data: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    after_data: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    ip_address: str | None = field(default=None, validator=validators.text(50))
    user_agent: str | None = field(default=None, validator=validators.text())
    session_id: str | None = field(default=None, validator=validators.text(100))
    request_id: str | None = field(default=None, validator=validators.text(100))
    created_at: datetime | None = field(default=None, validator=validators.aware)
