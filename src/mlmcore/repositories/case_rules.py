"""What every store asks of a compliance case, beyond what the entity says of itself (J3, J4)."""

from typing import Final

from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseStatus
from mlmcore.domain.errors import RefusedError

__all__ = ["UNSETTLED", "refuse_case_changes"]

UNSETTLED: Final = (CaseStatus.OPEN, CaseStatus.INVESTIGATING)
"""Cases that somebody still has to do something about."""

_FIXED: Final = ("case_number", "subject_type", "subject_id")


def refuse_case_changes(before: ComplianceCase, after: ComplianceCase) -> None:
    """Refuse to change what a case is about, or evidence that is in it."""
    changed = [name for name in _FIXED if getattr(before, name) != getattr(after, name)]
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} of case {before.case_number} cannot change once it is stored; "
            "dismiss it and open another one"
        )
    old, new = before.evidence or (), after.evidence or ()
    if new[: len(old)] != old:
        raise RefusedError(f"evidence of case {before.case_number} is only ever added to; add what puts it right")
