"""Compliance cases in memory."""

from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, CaseStatus
from mlmcore.repositories.case_rules import UNSETTLED, refuse_case_changes
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table

__all__ = ["MemoryComplianceCases"]

_CASES: Final[Table[ComplianceCase]] = Table(
    name="compliance_cases",
    entity="case",
    key=lambda case: case.id,
    uniques={"case_number": lambda case: case.case_number},
    references={"reporter_id": "users", "assignee_id": "users"},
    machines={"status": machines.CASE},
)


class MemoryComplianceCases(Aggregate[ComplianceCase]):
    """Compliance cases; see `protocols.ComplianceCases`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _CASES)

    def get_for_update(self, case_id: UUID, /) -> ComplianceCase:
        """Return a case, which nobody else changes until the unit ends."""
        return self._rows.get(case_id)

    def find_by_number(self, case_number: str, /) -> ComplianceCase | None:
        """Return the case with this number, or None."""
        return self._rows.find_by("case_number", case_number)

    def update(self, case: ComplianceCase, /) -> ComplianceCase:
        """Replace a stored case."""
        refuse_case_changes(self._rows.get(case.id), case)
        return self._rows.update(case)

    def list_by_status(self, status: CaseStatus, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a status."""
        return self._by_number(lambda case: case.status == status)

    def list_by_assignee(self, assignee_id: UUID | None, /) -> tuple[ComplianceCase, ...]:
        """Return the cases that somebody looks into, or nobody."""
        return self._by_number(lambda case: case.assignee_id == assignee_id)

    def list_by_severity(self, severity: CaseSeverity, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a severity."""
        return self._by_number(lambda case: case.severity == severity)

    def list_by_subject(self, subject_type: str, subject_id: UUID, /) -> tuple[ComplianceCase, ...]:
        """Return the cases about somebody or something."""
        return self._by_number(lambda case: (case.subject_type, case.subject_id) == (subject_type, subject_id))

    def list_due(self, by: date, /) -> tuple[ComplianceCase, ...]:
        """Return the open and investigated cases whose due date is a day or before it."""
        return self._rows.select(
            lambda case: case.status in UNSETTLED and case.due_date is not None and case.due_date <= by,
            lambda case: (case.due_date, case.case_number),
        )

    def _by_number(self, where: Callable[[ComplianceCase], bool]) -> tuple[ComplianceCase, ...]:
        return self._rows.select(where, lambda case: case.case_number)
