"""Compliance cases: opened, looked into, decided; and the hold on a distributor that a case may take and give back.

What happens to a case is written into its evidence, which only grows: an entry says what (`kind`), when (`at`), on
whose behalf (`by`), and why. Whether a case holds a distributor is read there too, so that two cases about one person
don't release each other's hold.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain import machines
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, CaseStatus, DistributorStatus, UserStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.operations._case_files import (
    HELD_SUBJECT,
    add_held,
    entry,
    opened_held,
    said,
    update_held,
    update_released,
    was_released,
    with_entries,
)
from mlmcore.operations._repeated import same_or_refused
from mlmcore.repositories.case_rules import UNSETTLED
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "CaseOpening",
    "CaseSubject",
    "add_evidence",
    "assign_case",
    "close_case",
    "dismiss_case",
    "escalate_case",
    "open_case",
    "release_hold",
    "reopen_case",
    "resolve_case",
]


class CaseSubject(StrEnum):
    """What a case that is opened here may be about; `unit.cases.add` takes one about anything."""

    USER = "user"
    DISTRIBUTOR = HELD_SUBJECT
    CUSTOMER = "customer"
    ORDER = "order"
    PAYOUT = "payout"


@frozen(kw_only=True)
class CaseOpening:
    """What is to be looked into.

    Attributes:
        id: The new case's id; repeating a command with the same id changes nothing.
        case_number: Unique.
        subject: What it is about,
        subject_id: and which one; it must be stored.
        severity: How serious it is.
        title: In a few words.
        description: What somebody saw.
        hold: Whether a distributor is put on hold until the case takes the hold away. A held person keeps their place,
            and nothing is paid to them meanwhile; what a held person earns is the plan's business.
        category: The host's own word.
        reporter_id: The user who saw it, None where nobody is to be named.
        due_date: By when it should be settled.
    """

    id: UUID = field(factory=new_id)
    case_number: str
    subject: CaseSubject
    subject_id: UUID
    severity: CaseSeverity
    title: str
    description: str
    hold: bool
    category: str | None = None
    reporter_id: UUID | None = None
    due_date: date | None = None


def open_case(unit: UnitOfWork, command: CaseOpening) -> ComplianceCase:
    """Open a case, and put the distributor it is about on hold where the command says so.

    Returns:
        The case as stored; the one already there when the same command is repeated.

    Raises:
        NotFoundError: What it is about is not stored.
        BrokenReferenceError: The reporter is not stored.
        ConflictError: The id belongs to another case, or the number does.
        RefusedError: Something else than a distributor was to be put on hold, or one who is terminated.
    """
    stored = unit.cases.find(command.id)
    if stored is not None:
        return _same_or_refused(stored, command)
    _get_subject(unit, command)
    case = ComplianceCase(
        id=command.id,
        case_number=command.case_number,
        subject_type=command.subject.value,
        subject_id=command.subject_id,
        reporter_id=command.reporter_id,
        severity=command.severity,
        category=command.category,
        title=command.title,
        description=command.description,
        due_date=command.due_date,
    )
    return add_held(unit, case) if command.hold else unit.cases.add(case)


def assign_case(unit: UnitOfWork, case_id: UUID, assignee_id: UUID) -> ComplianceCase:
    """Say who looks into a case; an open one is investigated from then on.

    Raises:
        NotFoundError: Case or user is not stored.
        InputError: The case is about that same person.
        RefusedError: The case is settled, or the user is not active.
    """
    case = unit.cases.get_for_update(case_id)
    if case.status == CaseStatus.INVESTIGATING and case.assignee_id == assignee_id:
        return case
    _refuse_settled(case, "assigned")
    user = unit.users.get(assignee_id)
    if user.status != UserStatus.ACTIVE:
        raise RefusedError(
            f"case {case.case_number} cannot be assigned to user {assignee_id}, who is {user.status}; "
            "somebody active looks into it"
        )
    done = entry(unit, "assigned", to=str(assignee_id))
    return unit.cases.update(
        with_entries(case, done, assignee_id=assignee_id, status=CaseStatus.INVESTIGATING),
    )


def escalate_case(
    unit: UnitOfWork, case_id: UUID, severity: CaseSeverity, *, reason: str, due_date: date | None = None
) -> ComplianceCase:
    """Make a case more serious, and perhaps due earlier or later.

    Args:
        unit: The unit of work.
        case_id: Which case.
        severity: How serious it is now; a case as serious as that already stays as it is.
        reason: Why.
        due_date: By when it should be settled; as before where it is left out.

    Raises:
        NotFoundError: There is no such case.
        RefusedError: The case is settled, or is more serious already.
    """
    case = unit.cases.get_for_update(case_id)
    if case.severity == severity and due_date in {None, case.due_date}:
        return case
    _refuse_settled(case, "escalated")
    if _SEVERITIES.index(severity) < _SEVERITIES.index(case.severity):
        raise RefusedError(
            f"case {case.case_number} is {case.severity} and cannot be escalated to {severity}; "
            "dismiss it where there is nothing in it"
        )
    done = entry(unit, "escalated", to=severity.value, reason=reason, **{"from": case.severity.value})
    return unit.cases.update(with_entries(case, done, severity=severity, due_date=due_date or case.due_date))


def add_evidence(unit: UnitOfWork, case_id: UUID, item: Mapping[str, Any]) -> ComplianceCase:
    """Add something to a case's evidence: a link, a note, the id of a document.

    The same item again changes nothing. A closed case takes no more.

    Raises:
        NotFoundError: There is no such case.
        RefusedError: The case is closed.
    """
    case = unit.cases.get_for_update(case_id)
    if any(entry.get("kind") == "evidence" and entry.get("item") == item for entry in case.evidence or ()):
        return case
    if case.status == CaseStatus.CLOSED:
        raise RefusedError(f"case {case.case_number} is closed and takes no more evidence; open another case")
    return unit.cases.update(with_entries(case, entry(unit, "evidence", item=dict(item))))


def resolve_case(
    unit: UnitOfWork, case_id: UUID, resolution: str, *, release: DistributorStatus | None
) -> ComplianceCase:
    """Write down what was decided about a case that is investigated.

    Args:
        unit: The unit of work.
        case_id: Which case.
        resolution: What was decided.
        release: What becomes of a distributor whom the case holds: `ACTIVE` or `INACTIVE` takes the hold away,
            `ON_HOLD` keeps it, until `release_hold`. None where the case holds nobody.

    Returns:
        The case as stored; as it is when it was resolved like that already.

    Raises:
        NotFoundError: There is no such case.
        IllegalMoveError: Nobody looks into it yet, or it is closed.
        ConflictError: It was resolved in other words.
        RefusedError: `release` is not what the hold asks for, or another case holds the distributor too.
    """
    case = unit.cases.get_for_update(case_id)
    if case.resolution is not None:
        if case.resolution == resolution:
            return case
        raise ConflictError(
            f"case {case.case_number} was resolved already, in other words; reopen it before it is decided anew"
        )
    machines.CASE.check(case.status, CaseStatus.RESOLVED)
    return update_released(unit, case, release, status=CaseStatus.RESOLVED, resolution=resolution, resolved_at=unit.now)


def dismiss_case(unit: UnitOfWork, case_id: UUID, reason: str, *, release: DistributorStatus | None) -> ComplianceCase:
    """Close a case without a resolution, because there is nothing in it; see `resolve_case` for `release`.

    Raises:
        NotFoundError: There is no such case.
        ConflictError: It was resolved, or dismissed for another reason.
        RefusedError: As in `resolve_case`.
    """
    case = unit.cases.get_for_update(case_id)
    if case.status not in UNSETTLED:
        if case.resolution is None and reason in said(case, "dismissed", "reason"):
            return case
        what = "dismissed for another reason" if case.resolution is None else "resolved"
        raise ConflictError(f"case {case.case_number} was {what} already, so it cannot be dismissed")
    return update_released(unit, case, release, entry(unit, "dismissed", reason=reason), status=CaseStatus.CLOSED)


def close_case(unit: UnitOfWork, case_id: UUID) -> ComplianceCase:
    """Close a resolved case: the decision stands. A closed one stays as it is.

    Raises:
        NotFoundError: There is no such case.
        RefusedError: It is not resolved.
    """
    case = unit.cases.get_for_update(case_id)
    if case.status in UNSETTLED:
        raise RefusedError(
            f"case {case.case_number} is {case.status}; resolve it, or dismiss it where there is nothing in it"
        )
    return unit.cases.update(evolve(case, status=CaseStatus.CLOSED))


def reopen_case(unit: UnitOfWork, case_id: UUID, reason: str, *, hold: bool) -> ComplianceCase:
    """Look into a resolved case again; the resolution so far goes into the evidence.

    Args:
        unit: The unit of work.
        case_id: Which case.
        reason: What came up.
        hold: Whether the distributor is put on hold (again).

    Raises:
        NotFoundError: There is no such case.
        RefusedError: It is not resolved, or there is nobody to hold; a closed case stays closed.
    """
    case = unit.cases.get_for_update(case_id)
    if case.status == CaseStatus.INVESTIGATING and reason in said(case, "reopened", "reason"):
        return case
    if case.status != CaseStatus.RESOLVED:
        raise RefusedError(f"case {case.case_number} is {case.status}; only a resolved case is reopened")
    done = entry(unit, "reopened", reason=reason, resolution=case.resolution)
    changes = {"status": CaseStatus.INVESTIGATING, "resolution": None, "resolved_at": None}
    if hold:
        return update_held(unit, case, done, **changes)
    return unit.cases.update(with_entries(case, done, **changes))


def release_hold(unit: UnitOfWork, case_id: UUID, to: DistributorStatus) -> ComplianceCase:
    """Take the hold away that a case has on a distributor, whatever the case's state.

    Raises:
        NotFoundError: There is no such case.
        RefusedError: The case holds nobody, another case holds the person too, or `to` is neither active nor inactive.
    """
    case = unit.cases.get_for_update(case_id)
    if was_released(case, to):
        return case
    if to == DistributorStatus.ON_HOLD:
        raise RefusedError(f"case {case.case_number}: on hold is no release; say active or inactive")
    return update_released(unit, case, to)


_SEVERITIES: Final = tuple(CaseSeverity)


def _same_or_refused(stored: ComplianceCase, command: CaseOpening) -> ComplianceCase:
    names = ("case_number", "subject_id", "reporter_id", "title", "description", "category")
    return same_or_refused(
        stored,
        command,
        names,
        there=f"case {command.id} is open already",
        todo="a new case needs an id of its own",
        also={"subject": stored.subject_type != command.subject, "hold": opened_held(stored) != command.hold},
    )


def _get_subject(unit: UnitOfWork, command: CaseOpening) -> None:
    read = {
        CaseSubject.USER: unit.users.get,
        CaseSubject.DISTRIBUTOR: unit.distributors.get,
        CaseSubject.CUSTOMER: unit.customers.get,
        CaseSubject.ORDER: unit.orders.get,
        CaseSubject.PAYOUT: unit.payouts.get,
    }
    read[command.subject](command.subject_id)


def _refuse_settled(case: ComplianceCase, verb: str) -> None:
    if case.status not in UNSETTLED:
        raise RefusedError(f"case {case.case_number} is {case.status} and cannot be {verb} any more")
