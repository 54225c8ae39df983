"""What a repository of compliance cases promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import date, timedelta
from typing import Any

from attrs import evolve

from mlmcore.domain.enums import CaseSeverity, CaseStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import a_case, a_user, raises

__all__ = ["ComplianceCasesContract"]


class ComplianceCasesContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            case = a_case(
                reporter_id=user.id,
                assignee_id=user.id,
                category="income claims",
                evidence=({"link": "https://example.com/1"}, {"pages": [1, 2], "of": {"kind": "flyer"}}),
                due_date=date(2026, 5, 1),
            )
            stored = unit.cases.add(case)
            assert stored == evolve(case, created_at=unit.now, updated_at=unit.now)
            assert unit.cases.get(case.id) == unit.cases.find(case.id) == stored
            assert unit.cases.find_by_number(case.case_number) == stored
            assert unit.cases.find_by_number("none") is None
            assert unit.cases.find(new_id()) is None
            with raises(NotFoundError):
                unit.cases.get(new_id())
            with raises(NotFoundError):
                unit.cases.update(a_case())

    def test_a_number_is_given_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J1, A8."""
        with unit_of_work() as unit:
            case = unit.cases.add(a_case())
            other = a_case()
            with raises(ConflictError):
                unit.cases.add(a_case(case_number=case.case_number))
            with raises(ConflictError):
                unit.cases.add_many([other, a_case(case_number=case.case_number)])
            assert unit.cases.find(other.id) is None

    def test_reporter_and_assignee_are_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J1, A3."""
        for name in ("reporter_id", "assignee_id"):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.cases.add(a_case(**{name: new_id()}))

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J2: a resolution comes and goes with it."""
        with unit_of_work() as unit:
            case = unit.cases.add(a_case())
            decided: dict[str, Any] = {"resolution": "warned", "resolved_at": unit.now, "status": CaseStatus.RESOLVED}
            with raises(IllegalMoveError):
                unit.cases.update(evolve(case, **decided))
            looked = unit.cases.update(evolve(case, status=CaseStatus.INVESTIGATING))
            resolved = unit.cases.update(evolve(looked, **decided))
            assert resolved.resolution == "warned"
            again: dict[str, Any] = {"resolution": None, "resolved_at": None, "status": CaseStatus.INVESTIGATING}
            assert unit.cases.update(evolve(resolved, **again)).resolved_at is None
            closed = unit.cases.update(evolve(unit.cases.get(case.id), status=CaseStatus.CLOSED))
            assert closed.resolution is None
            with raises(IllegalMoveError):
                unit.cases.update(evolve(closed, status=CaseStatus.OPEN))

    def test_what_it_is_about_never_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J3."""
        with unit_of_work() as unit:
            case = unit.cases.add(a_case())
            others: list[dict[str, Any]] = [
                {"subject_id": new_id()},
                {"subject_type": "order"},
                {"case_number": "other"},
            ]
            for changes in others:
                with raises(RefusedError):
                    unit.cases.update(evolve(case, **changes))
            assert unit.cases.get(case.id) == case

    def test_evidence_only_grows(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J4."""
        with unit_of_work() as unit:
            case = unit.cases.add(a_case(evidence=({"n": 1}, {"n": 2})))
            more = unit.cases.update(evolve(case, evidence=({"n": 1}, {"n": 2}, {"n": 3})))
            for numbers in ((), (1, 2), (2, 1, 3), (9, 2, 3)):
                with raises(RefusedError):
                    unit.cases.update(evolve(more, evidence=tuple({"n": number} for number in numbers) or None))
            assert unit.cases.get(case.id) == more

    def test_lists_come_by_number(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J5: by code point, so capitals stand before small letters."""
        with unit_of_work() as unit:
            user, subject = unit.users.add(a_user()), new_id()
            about = {"subject_id": subject, "severity": CaseSeverity.CRITICAL}
            last, first, middle = (
                unit.cases.add(a_case(case_number=f"{letter}-{new_id().hex[:8]}", **about)) for letter in "bBa"
            )
            other = unit.cases.add(a_case(assignee_id=user.id))
            assert unit.cases.list_by_subject("distributor", subject) == (first, middle, last)
            assert unit.cases.list_by_subject("order", subject) == ()
            assert unit.cases.list_by_severity(CaseSeverity.CRITICAL) == (first, middle, last)
            assert unit.cases.list_by_assignee(user.id) == (other,)
            assert unit.cases.list_by_assignee(None) == (first, middle, last)
            assert set(unit.cases.list_by_status(CaseStatus.OPEN)) == {first, middle, last, other}
            assert unit.cases.list_by_status(CaseStatus.CLOSED) == ()

    def test_what_is_due_is_not_settled_yet(self, unit_of_work: UnitOfWorkFactory) -> None:
        """J5, `list_due`: that day included, by day first."""
        today = date(2026, 4, 2)
        with unit_of_work() as unit:
            now = unit.now
            due, early, late, settled, resolved = (
                a_case(due_date=today - timedelta(days=back)) for back in (0, 1, -1, 5, 5)
            )
            unit.cases.add_many(
                [
                    due,
                    evolve(early, status=CaseStatus.INVESTIGATING),
                    late,
                    evolve(settled, status=CaseStatus.CLOSED),
                    evolve(resolved, status=CaseStatus.RESOLVED, resolution="warned", resolved_at=now, created_at=now),
                    a_case(),
                ]
            )
            assert [case.id for case in unit.cases.list_due(today)] == [early.id, due.id]

    def test_pages_go_through_everything(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            unit.cases.add_many([a_case() for _ in range(3)])
            first = unit.cases.page(None, 2)
            rest = unit.cases.page(first[-1].id, 2)
            ids = [case.id for case in (*first, *rest)]
            assert (len(first), len(rest)) == (2, 1)
            assert ids == sorted(ids)

    def test_what_is_said_in_a_case_is_personal(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: title, description, evidence and resolution appear as hashes."""
        with unit_of_work() as unit:
            case = unit.cases.add(a_case(title="Zoe promised income", evidence=({"by": "Zoe"},)))
            unit.cases.update(evolve(case, description="Zoe said so"))
            rows = unit.audit.list_by_entity("compliance_cases", case.id)
            assert [row.action for row in rows] == ["insert", "update"]
            assert "Zoe" not in str([(row.before_data, row.after_data) for row in rows])
            assert case.case_number in str(rows[0].after_data)
