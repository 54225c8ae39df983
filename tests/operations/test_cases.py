"""Compliance cases from opening to closing, and the hold that they may have on a distributor."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, CaseStatus, DistributorStatus, UserStatus
from mlmcore.domain.errors import (
    ConflictError,
    IllegalMoveError,
    InputError,
    MlmError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import key_of, new_id
from mlmcore.domain.people import User
from mlmcore.operations import (
    CaseOpening,
    CaseSubject,
    add_evidence,
    assign_case,
    close_case,
    dismiss_case,
    escalate_case,
    open_case,
    release_hold,
    reopen_case,
    resolve_case,
)
from mlmcore.repositories.protocols import Actor, UnitOfWork
from operations.company import Company

ACTIVE, INACTIVE, ON_HOLD, TERMINATED = (
    DistributorStatus.ACTIVE,
    DistributorStatus.INACTIVE,
    DistributorStatus.ON_HOLD,
    DistributorStatus.TERMINATED,
)
EVE, FAY = key_of("eve"), key_of("fay")


@pytest.fixture
def unit(company: Company) -> Iterator[UnitOfWork]:
    """A unit of work on Eve's behalf; Eve and Fay look into things."""
    with company.store() as first:
        for name in ("eve", "fay"):
            first.users.add(User(id=key_of(name), email=f"{name}@example.com"))
    with company.store(Actor(user_id=EVE)) as entered:
        yield entered


def about(company: Company, number: str = "K-1", **changes: Any) -> CaseOpening:
    """A case about Bob that holds nobody."""
    given: dict[str, Any] = {
        "id": key_of(number),
        "case_number": number,
        "subject": CaseSubject.DISTRIBUTOR,
        "subject_id": company.bob,
        "severity": CaseSeverity.MEDIUM,
        "title": "Income claims",
        "description": "A post promises an income",
        "hold": False,
        "reporter_id": company.cid,
    }
    return CaseOpening(**{**given, **changes})


def investigated(unit: UnitOfWork, company: Company, number: str = "K-1", **changes: Any) -> ComplianceCase:
    """Open a case and give it to Fay."""
    return assign_case(unit, open_case(unit, about(company, number, **changes)).id, FAY)


def kinds(case: ComplianceCase) -> list[str]:
    """What happened to a case, in order."""
    return [entry["kind"] for entry in case.evidence or ()]


def refusal(kind: type[MlmError], call: Callable[[], object]) -> str:
    """What is said when something is refused."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return str(caught.value)


class TestOpenCase:
    """`open_case`."""

    def test_it_is_stored_open(self, company: Company, unit: UnitOfWork) -> None:
        """With nobody to look into it yet, and nobody held."""
        case = open_case(unit, about(company, due_date=date(2026, 4, 30)))

        assert case == unit.cases.get(key_of("K-1"))
        assert (case.status, case.assignee_id, case.evidence) == (CaseStatus.OPEN, None, None)
        assert (case.reporter_id, case.due_date) == (company.cid, date(2026, 4, 30))
        assert unit.distributors.get(company.bob).status == ACTIVE

    def test_it_may_put_a_distributor_on_hold(self, company: Company, unit: UnitOfWork) -> None:
        """The case says since when, on whose behalf, and what the person was before."""
        case = open_case(unit, about(company, hold=True))

        assert case.evidence == ({"kind": "hold", "at": unit.now.isoformat(), "by": str(EVE), "from": "active"},)
        assert unit.distributors.get(company.bob).status == ON_HOLD

    def test_the_same_again_changes_nothing(self, company: Company, unit: UnitOfWork) -> None:
        """Even after the case went on."""
        opened = open_case(unit, about(company, hold=True))
        escalated = escalate_case(unit, opened.id, CaseSeverity.HIGH, reason="more posts")

        assert open_case(unit, about(company, hold=True)) == escalated
        assert refusal(
            ConflictError, lambda: open_case(unit, about(company, title="Other", subject=CaseSubject.USER))
        ) == (f"case {opened.id} is open already, with another title, subject, hold; a new case needs an id of its own")

    def test_it_is_about_what_is_stored(self, company: Company, unit: UnitOfWork) -> None:
        """Of each kind."""
        for subject in CaseSubject:
            with pytest.raises(NotFoundError):
                open_case(unit, about(company, subject=subject, subject_id=new_id()))
        customer = open_case(
            unit, about(company, subject=CaseSubject.CUSTOMER, subject_id=company.customer_of(company.ann))
        )
        assert unit.cases.list_by_subject("customer", company.customer_of(company.ann)) == (customer,)

    def test_only_a_distributor_who_is_there_is_held(self, company: Company, unit: UnitOfWork) -> None:
        """And nothing is stored otherwise."""
        user = about(company, hold=True, subject=CaseSubject.USER)
        assert refusal(RefusedError, lambda: open_case(unit, user)) == (
            f"case K-1 is about user {company.bob}; only a distributor is put on hold"
        )
        unit.distributors.update(evolve(unit.distributors.get(company.bob), status=TERMINATED))
        assert refusal(RefusedError, lambda: open_case(unit, about(company, hold=True))) == (
            "case K-1: D-bob is terminated and cannot be put on hold"
        )
        assert unit.cases.page() == ()


class TestAssignAndEscalate:
    """`assign_case`, `escalate_case`, `add_evidence`."""

    def test_whoever_gets_it_investigates(self, company: Company, unit: UnitOfWork) -> None:
        """And may hand it on; the same again changes nothing."""
        case = investigated(unit, company)
        again = assign_case(unit, case.id, FAY)
        handed = assign_case(unit, case.id, EVE)

        assert (case.status, case.assignee_id, again) == (CaseStatus.INVESTIGATING, FAY, case)
        assert (handed.assignee_id, kinds(handed)) == (EVE, ["assigned", "assigned"])
        assert unit.cases.list_by_assignee(EVE) == (handed,)

    def test_somebody_active_and_somebody_else(self, company: Company, unit: UnitOfWork) -> None:
        """Nobody looks into themselves."""
        case = open_case(unit, about(company))
        assert refusal(InputError, lambda: assign_case(unit, case.id, company.bob)) == (
            f"case K-1 about {company.bob} is assigned to that same person; somebody else looks into it"
        )
        unit.users.update(evolve(unit.users.get(FAY), status=UserStatus.SUSPENDED))
        assert refusal(RefusedError, lambda: assign_case(unit, case.id, FAY)) == (
            f"case K-1 cannot be assigned to user {FAY}, who is suspended; somebody active looks into it"
        )
        assert unit.cases.get(case.id) == case

    def test_it_becomes_more_serious_only(self, company: Company, unit: UnitOfWork) -> None:
        """With a reason, and perhaps another due date."""
        case = open_case(unit, about(company))
        high = escalate_case(unit, case.id, CaseSeverity.HIGH, reason="more posts", due_date=date(2026, 4, 10))

        assert (high.severity, high.due_date) == (CaseSeverity.HIGH, date(2026, 4, 10))
        assert escalate_case(unit, case.id, CaseSeverity.HIGH, reason="again") == high
        assert (
            refusal(RefusedError, lambda: escalate_case(unit, case.id, CaseSeverity.LOW, reason="less"))
            == "case K-1 is high and cannot be escalated to low; dismiss it where there is nothing in it"
        )
        assert (
            refusal(RefusedError, lambda: escalate_case(unit, case.id, CaseSeverity.CRITICAL, reason=" "))
            == "the reason for which a case is escalated is empty; say why"
        )

    def test_evidence_is_added_once(self, company: Company, unit: UnitOfWork) -> None:
        """Until the case is closed."""
        case = open_case(unit, about(company))
        item = {"link": "https://example.com/post"}
        added = add_evidence(unit, case.id, item)

        assert add_evidence(unit, case.id, item) == added
        assert [entry["item"] for entry in added.evidence or ()] == [item]
        dismiss_case(unit, case.id, "a parody", release=None)
        assert refusal(RefusedError, lambda: add_evidence(unit, case.id, {"link": "other"})) == (
            "case K-1 is closed and takes no more evidence; open another case"
        )


class TestResolveAndDismiss:
    """`resolve_case`, `dismiss_case`, `close_case`, `reopen_case`."""

    def test_a_decision_is_written_down_once(self, company: Company, unit: UnitOfWork) -> None:
        """In the same words again nothing changes, also once it is closed."""
        case = resolve_case(unit, investigated(unit, company).id, "warned", release=None)

        assert (case.status, case.resolution, case.resolved_at) == (CaseStatus.RESOLVED, "warned", unit.now)
        assert resolve_case(unit, case.id, "warned", release=None) == case
        assert refusal(ConflictError, lambda: resolve_case(unit, case.id, "fined", release=None)) == (
            "case K-1 was resolved already, in other words; reopen it before it is decided anew"
        )
        closed = close_case(unit, case.id)
        assert (closed.status, closed.resolution) == (CaseStatus.CLOSED, "warned")
        assert close_case(unit, case.id) == resolve_case(unit, case.id, "warned", release=None) == closed

    def test_nothing_is_decided_before_somebody_looked(self, company: Company, unit: UnitOfWork) -> None:
        """As the machine has it."""
        case = open_case(unit, about(company))
        with pytest.raises(IllegalMoveError):
            resolve_case(unit, case.id, "warned", release=None)
        assert refusal(RefusedError, lambda: close_case(unit, case.id)) == (
            "case K-1 is open; resolve it, or dismiss it where there is nothing in it"
        )

    def test_what_is_nothing_is_dismissed(self, company: Company, unit: UnitOfWork) -> None:
        """With a reason and without a resolution, opened or investigated."""
        opened, looked_into = open_case(unit, about(company, "K-1")), investigated(unit, company, "K-2")
        for case in (opened, looked_into):
            closed = dismiss_case(unit, case.id, "a parody", release=None)

            assert (closed.status, closed.resolution, kinds(closed)[-1]) == (CaseStatus.CLOSED, None, "dismissed")
            assert dismiss_case(unit, case.id, "a parody", release=None) == closed
        assert refusal(ConflictError, lambda: dismiss_case(unit, opened.id, "spite", release=None)) == (
            "case K-1 was dismissed for another reason already, so it cannot be dismissed"
        )

    def test_a_resolved_case_is_looked_into_again(self, company: Company, unit: UnitOfWork) -> None:
        """The resolution so far stays in the evidence; a closed case stays closed."""
        case = resolve_case(unit, investigated(unit, company).id, "warned", release=None)
        again = reopen_case(unit, case.id, "a second post", hold=True)

        assert (again.status, again.resolution, again.resolved_at) == (CaseStatus.INVESTIGATING, None, None)
        assert [entry.get("resolution") for entry in again.evidence or ()] == [None, "warned", None]
        assert kinds(again) == ["assigned", "reopened", "hold"]
        assert unit.distributors.get(company.bob).status == ON_HOLD
        assert reopen_case(unit, case.id, "a second post", hold=True) == again
        resolve_case(unit, case.id, "fined", release=ACTIVE)
        close_case(unit, case.id)
        assert refusal(RefusedError, lambda: reopen_case(unit, case.id, "a third post", hold=False)) == (
            "case K-1 is closed; only a resolved case is reopened"
        )


class TestTheHold:
    """What becomes of a distributor whom a case holds."""

    @pytest.mark.parametrize("settle", [resolve_case, dismiss_case])
    @pytest.mark.parametrize("to", [ACTIVE, INACTIVE, ON_HOLD])
    def test_is_taken_away_or_kept(
        self, company: Company, unit: UnitOfWork, settle: Callable[..., ComplianceCase], to: DistributorStatus
    ) -> None:
        """As it was said, and written down where it was taken away."""
        case = settle(unit, investigated(unit, company, hold=True).id, "so be it", release=to)

        assert unit.distributors.get(company.bob).status == to
        assert ("release" in kinds(case)) == (to != ON_HOLD)

    def test_nothing_is_said_for_anybody(self, company: Company, unit: UnitOfWork) -> None:
        """A held distributor needs a word, and nobody else may have one."""
        held, free = investigated(unit, company, hold=True), investigated(unit, company, "K-2")
        assert refusal(RefusedError, lambda: resolve_case(unit, held.id, "warned", release=None)) == (
            "case K-1 holds D-bob, and nothing was said about the hold: release to active or inactive, or keep on_hold "
            "(termination is an operation of its own)"
        )
        assert refusal(RefusedError, lambda: resolve_case(unit, held.id, "warned", release=TERMINATED)) == (
            "case K-1 holds D-bob, and terminated is none of the choices about the hold: release to active or "
            "inactive, or keep on_hold (termination is an operation of its own)"
        )
        assert refusal(RefusedError, lambda: resolve_case(unit, free.id, "warned", release=ACTIVE)) == (
            "case K-2 holds nobody, so there is nobody to release to active"
        )
        assert unit.cases.get(held.id) == held
        assert unit.distributors.get(company.bob).status == ON_HOLD

    def test_two_cases_don_t_release_each_other_s(self, company: Company, unit: UnitOfWork) -> None:
        """The last one does."""
        first, second = (investigated(unit, company, number, hold=True) for number in ("K-1", "K-2"))
        assert refusal(RefusedError, lambda: resolve_case(unit, first.id, "warned", release=ACTIVE)) == (
            "D-bob cannot be released by case K-1: case K-2 holds them too; "
            "keep on_hold here, or release that one first"
        )
        resolve_case(unit, first.id, "warned", release=ON_HOLD)
        assert refusal(RefusedError, lambda: dismiss_case(unit, second.id, "nothing", release=ACTIVE)).startswith(
            "D-bob cannot be released by case K-2: case K-1 holds them too"
        )
        dismiss_case(unit, second.id, "nothing", release=ON_HOLD)
        assert refusal(RefusedError, lambda: release_hold(unit, first.id, ACTIVE)).startswith("D-bob cannot be")

    def test_is_taken_away_later(self, company: Company, unit: UnitOfWork) -> None:
        """Where it was kept; once."""
        case = resolve_case(unit, investigated(unit, company, hold=True).id, "until paid back", release=ON_HOLD)
        assert refusal(RefusedError, lambda: release_hold(unit, case.id, ON_HOLD)) == (
            "case K-1: on hold is no release; say active or inactive"
        )
        released = release_hold(unit, case.id, INACTIVE)

        assert unit.distributors.get(company.bob).status == INACTIVE
        assert release_hold(unit, case.id, INACTIVE) == released
        assert refusal(RefusedError, lambda: release_hold(unit, case.id, ACTIVE)) == (
            "case K-1 holds nobody, so there is nobody to release to active"
        )

    def test_is_gone_when_the_person_was_terminated(self, company: Company, unit: UnitOfWork) -> None:
        """Then there is nothing to say."""
        case = investigated(unit, company, hold=True)
        unit.distributors.update(evolve(unit.distributors.get(company.bob), status=TERMINATED))

        assert resolve_case(unit, case.id, "terminated", release=None).status == CaseStatus.RESOLVED
