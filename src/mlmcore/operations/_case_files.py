"""What happens to a case as entries of its evidence, and the hold on a distributor that is read from them.

An entry is `{"kind": ..., "at": instant, "by": user or null, ...}`. The last entry `hold` or `release` says whether the
case holds the distributor it is about.
"""

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve

from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import DistributorStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import Distributor
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "HELD_SUBJECT",
    "add_held",
    "entry",
    "holds",
    "opened_held",
    "said",
    "update_held",
    "update_released",
    "was_released",
    "with_entries",
]

HELD_SUBJECT: Final = "distributor"
"""What a case must be about to hold somebody."""

Entry = Mapping[str, Any]


def entry(unit: UnitOfWork, kind: str, **more: Any) -> Entry:
    """Return an entry, made now and on the unit's behalf.

    Raises:
        RefusedError: It has a reason that says nothing.
    """
    if not str(more.get("reason", "-")).strip():
        raise RefusedError(f"the reason for which a case is {kind} is empty; say why")
    by = unit.actor.user_id
    return {"kind": kind, "at": unit.now.isoformat(), "by": None if by is None else str(by), **more}


def with_entries(case: ComplianceCase, *entries: Entry, **changes: Any) -> ComplianceCase:
    """Return a case with more in its evidence, and changed."""
    return evolve(case, evidence=(*(case.evidence or ()), *entries) or None, **changes)


def said(case: ComplianceCase, kind: str, name: str) -> list[Any]:
    """Return one value of each entry of a kind."""
    return [item.get(name) for item in case.evidence or () if item.get("kind") == kind]


def opened_held(case: ComplianceCase) -> bool:
    """Whether the case has held the distributor from the beginning."""
    return [item.get("kind") for item in (case.evidence or ())[:1]] == ["hold"]


def was_released(case: ComplianceCase, to: DistributorStatus) -> bool:
    """Whether the hold was taken away, and the distributor made that."""
    return not holds(case) and said(case, "release", "to")[-1:] == [to.value]


def add_held(unit: UnitOfWork, case: ComplianceCase) -> ComplianceCase:
    """Store a new case, and put the distributor it is about on hold.

    Raises:
        RefusedError: It is about something else, or about somebody who is terminated.
    """
    added = unit.cases.add(with_entries(case, _hold_entry(unit, case)))
    _change_status(unit, case, DistributorStatus.ON_HOLD)
    return added


def update_held(unit: UnitOfWork, case: ComplianceCase, *entries: Entry, **changes: Any) -> ComplianceCase:
    """Change a stored case, and put the distributor it is about on hold; see `add_held`."""
    hold = _hold_entry(unit, case)
    stored = unit.cases.update(with_entries(case, *entries, *(() if holds(case) else (hold,)), **changes))
    _change_status(unit, case, DistributorStatus.ON_HOLD)
    return stored


def update_released(
    unit: UnitOfWork, case: ComplianceCase, to: DistributorStatus | None, *entries: Entry, **changes: Any
) -> ComplianceCase:
    """Change a stored case, and take its hold away as it was asked for.

    Args:
        unit: The unit of work.
        case: The case as it is stored.
        to: What becomes of the distributor whom it holds; None where it holds nobody.
        entries: What is written down besides.
        changes: What else changes of the case.

    Raises:
        RefusedError: `to` is not what the hold asks for, or another case holds the distributor too.
    """
    released = _is_released(unit, case, to)
    more = [entry(unit, "release", to=to.value)] if released and to is not None else []
    stored = unit.cases.update(with_entries(case, *more, *entries, **changes))
    if released and to is not None:
        _change_status(unit, case, to)
    return stored


def holds(case: ComplianceCase) -> bool:
    """Whether the case holds the distributor it is about."""
    steps = [item["kind"] for item in case.evidence or () if item.get("kind") in {"hold", "release"}]
    return steps[-1:] == ["hold"]


def _hold_entry(unit: UnitOfWork, case: ComplianceCase) -> Entry:
    if case.subject_type != HELD_SUBJECT:
        raise RefusedError(
            f"case {case.case_number} is about {case.subject_type} {case.subject_id}; only a distributor is put on hold"
        )
    person = unit.distributors.get(case.subject_id)
    if person.status == DistributorStatus.TERMINATED:
        raise RefusedError(
            f"case {case.case_number}: {person.distributor_number} is terminated and cannot be put on hold"
        )
    return entry(unit, "hold", **{"from": person.status.value})


def _change_status(unit: UnitOfWork, case: ComplianceCase, status: DistributorStatus) -> None:
    unit.distributors.update(evolve(unit.distributors.get(case.subject_id), status=status))


def _is_released(unit: UnitOfWork, case: ComplianceCase, to: DistributorStatus | None) -> bool:
    """Whether the hold is to be taken away; whatever does not fit is refused."""
    person = unit.distributors.get(case.subject_id) if holds(case) else None
    if person is None or person.status != DistributorStatus.ON_HOLD:
        if to is not None:
            raise RefusedError(f"case {case.case_number} holds nobody, so there is nobody to release to {to}")
        return False
    _refuse_unclear(case, person, to)
    if to == DistributorStatus.ON_HOLD:
        return False
    _refuse_held_by_another(unit, case, person)
    return True


def _refuse_unclear(case: ComplianceCase, person: Distributor, to: DistributorStatus | None) -> None:
    if to not in {DistributorStatus.ACTIVE, DistributorStatus.INACTIVE, DistributorStatus.ON_HOLD}:
        asked = "nothing was said" if to is None else f"{to} is none of the choices"
        raise RefusedError(
            f"case {case.case_number} holds {person.distributor_number}, and {asked} about the hold: release to active "
            "or inactive, or keep on_hold (termination is an operation of its own)"
        )


def _refuse_held_by_another(unit: UnitOfWork, case: ComplianceCase, person: Distributor) -> None:
    cases = unit.cases.list_by_subject(case.subject_type, case.subject_id)
    others = [other.case_number for other in cases if other.id != case.id and holds(other)]
    if others:
        raise RefusedError(
            f"{person.distributor_number} cannot be released by case {case.case_number}: "
            f"case {', '.join(others)} holds them too; keep on_hold here, or release that one first"
        )
