"""Compliance cases."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, CaseStatus
from mlmcore.repositories.case_rules import UNSETTLED, refuse_case_changes
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table

__all__ = ["SqlComplianceCases"]

_CASES: Final = Table(name="compliance_cases", entity="case", type=ComplianceCase, machines={"status": machines.CASE})


class SqlComplianceCases(Aggregate[ComplianceCase]):
    """Compliance cases; see `protocols.ComplianceCases`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _CASES)

    def get_for_update(self, case_id: UUID, /) -> ComplianceCase:
        """Return a case, which nobody else changes until the unit ends."""
        return self._rows.get_for_update(case_id)

    def find_by_number(self, case_number: str, /) -> ComplianceCase | None:
        """Return the case with this number, or None."""
        return self._rows.one("WHERE case_number = %(number)s", {"number": case_number})

    def update(self, case: ComplianceCase, /) -> ComplianceCase:
        """Replace a stored case."""
        refuse_case_changes(self._rows.get_for_update(case.id), case)
        return self._rows.update(case)

    def list_by_status(self, status: CaseStatus, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a status."""
        return self._by_number("status = %(status)s", {"status": status.value})

    def list_by_assignee(self, assignee_id: UUID | None, /) -> tuple[ComplianceCase, ...]:
        """Return the cases that somebody looks into, or nobody."""
        if assignee_id is None:
            return self._by_number("assignee_id IS NULL", {})
        return self._by_number("assignee_id = %(assignee)s", {"assignee": assignee_id})

    def list_by_severity(self, severity: CaseSeverity, /) -> tuple[ComplianceCase, ...]:
        """Return the cases of a severity."""
        return self._by_number("severity = %(severity)s", {"severity": severity.value})

    def list_by_subject(self, subject_type: str, subject_id: UUID, /) -> tuple[ComplianceCase, ...]:
        """Return the cases about somebody or something."""
        return self._by_number(
            "subject_type = %(type)s AND subject_id = %(id)s", {"type": subject_type, "id": subject_id}
        )

    def list_due(self, by: date, /) -> tuple[ComplianceCase, ...]:
        """Return the open and investigated cases whose due date is a day or before it."""
        unsettled = ", ".join(f"'{status.value}'" for status in UNSETTLED)
        rest = f'WHERE status IN ({unsettled}) AND due_date <= %(by)s ORDER BY due_date, case_number COLLATE "C"'
        return self._rows.many(rest, {"by": by})

    def _by_number(self, condition: str, parameters: dict[str, Any]) -> tuple[ComplianceCase, ...]:
        return self._rows.many(f'WHERE {condition} ORDER BY case_number COLLATE "C"', parameters)
