"""Compliance: what is looked into, about whom, by whom, and what came of it."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, CaseStatus

__all__ = ["ComplianceCases"]


class ComplianceCases(Protocol):
    """Compliance cases.

    - **J1** `case_number` is unique; reporter and assignee are stored users. What the case is about may be anything.
    - **J2** A status moves as `machines.CASE` says.
    - **J3** Number and subject never change (`RefusedError`).
    - **J4** Evidence is only ever added to (`RefusedError`).
    - **J5** Lists come by case number, in the order of code points; what is due, by day first.
    """

    def get(self, case_id: UUID, /) -> ComplianceCase:
        """Return a case."""
        ...

    def get_for_update(self, case_id: UUID, /) -> ComplianceCase:
        """Return a case, which nobody else changes until the unit ends."""
        ...

    def find(self, case_id: UUID, /) -> ComplianceCase | None:
        """Return a case, or None."""
        ...

    def find_by_number(self, case_number: str, /) -> ComplianceCase | None:
        """Return the case with this number, or None."""
        ...

    def add(self, case: ComplianceCase, /) -> ComplianceCase:
        """Store a new case."""
        ...

    def add_many(self, cases: Sequence[ComplianceCase], /) -> None:
        """Store many cases, in whatever states."""
        ...

    def update(self, case: ComplianceCase, /) -> ComplianceCase:
        """Replace a stored case."""
        ...

    def list_by_status(self, status: CaseStatus, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a status."""
        ...

    def list_by_assignee(self, assignee_id: UUID | None, /) -> tuple[ComplianceCase, ...]:
        """Return the cases that somebody looks into, or nobody."""
        ...

    def list_by_severity(self, severity: CaseSeverity, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a severity."""
        ...

    def list_by_subject(self, subject_type: str, subject_id: UUID, /) -> tuple[ComplianceCase, ...]:
        """Return the cases about somebody or something."""
        ...

    def list_due(self, by: date, /) -> tuple[ComplianceCase, ...]:
        """Return the open and investigated cases whose due date is a day or before it, by due date, then number."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[ComplianceCase, ...]:
        """Return the next cases, by id."""
        ...
