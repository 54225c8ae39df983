"""Random histories of compliance cases and holds, in memory and in PostgreSQL: the two never differ."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.domain.commissions import Payout
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import (
    CaseSeverity,
    CaseStatus,
    DistributorStatus,
    PayoutMethod,
    UserRole,
    UserStatus,
)
from mlmcore.domain.people import User
from mlmcore.operations import (
    CaseOpening,
    CaseSubject,
    Enrolment,
    add_evidence,
    assign_case,
    close_case,
    dismiss_case,
    enrol,
    escalate_case,
    hold_distributor,
    hold_payout,
    open_case,
    open_period,
    release_distributor,
    release_hold,
    release_payout,
    reopen_case,
    resolve_case,
)
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._history import NOBODY, NewDatabase, StoreHistory, run_side_by_side, usd

_DUE: Final = st.none() | st.integers(0, 5).map(lambda days: date(2025, 1, 1) + timedelta(days=days))
_WORDS: Final = st.sampled_from(["a post", "a post", "an income claim", "it is spam", " ", ""])
_TO: Final = st.sampled_from(
    [None, DistributorStatus.ACTIVE, DistributorStatus.INACTIVE, DistributorStatus.ON_HOLD, *DistributorStatus]
)


class ComplianceHistory(StoreHistory):
    """Three distributors with a payout each, whom somebody may look into."""

    texts = ("K1", "K2", "distributor", "payout", "D1", "2025-01")

    @initialize()
    def begin(self) -> None:
        """So that few steps go to nobody."""
        self.did("periods", lambda unit: open_period(unit, "2025-01", timezone="UTC"))
        for number in ("1", "2", "3"):
            command = Enrolment(
                user_id=self.new_id(),
                email=f"d{number}@example.com",
                distributor_number=f"D{number}",
                join_date=date(2024, 1, 1),
            )
            self.did("distributors", partial(_enrol, command))
            self.did("users", partial(_user, command))
            payout = Payout(
                id=self.new_id(),
                distributor_id=command.user_id,
                period_id="2025-01",
                amount=usd("50.00"),
                currency="USD",
                method=PayoutMethod.BANK_TRANSFER,
                net_amount=usd("50.00"),
            )
            self.did("payouts", partial(_add_payout, payout))
        for name in ("eve", "fay"):
            agent = User(id=self.new_id(), email=f"{name}@example.com", role=UserRole.ADMIN)
            self.did("users", partial(_add_user, agent))
        self.opens("K1", CaseSubject.DISTRIBUTOR, self.keys("distributors")[0], hold=True)

    def opens(self, number: str, subject: CaseSubject, about: Any, *, hold: bool, **more: Any) -> None:
        """Somebody reports something."""
        command = CaseOpening(
            **{"id": self.new_id(), **more},
            case_number=number,
            subject=subject,
            subject_id=about,
            severity=CaseSeverity.MEDIUM,
            title="Income claims",
            description="A post promises an income",
            hold=hold,
        )
        self.did("cases", lambda unit: open_case(unit, command))

    def case(self, data: st.DataObject, step: Callable[[UnitOfWork, Any], Any]) -> None:
        """Something happens to a case, or to what is none."""
        key = self.any_id(data, "cases")
        self.did("cases", lambda unit: step(unit, key))

    @rule(data=st.data(), hold=st.booleans(), due=_DUE)
    def a_case_is_opened(self, data: st.DataObject, hold: bool, due: date | None) -> None:
        """About somebody or something that may not be there, under a number or an id that may be taken."""
        subject = data.draw(
            st.sampled_from([CaseSubject.DISTRIBUTOR] * 8 + [CaseSubject.USER, CaseSubject.PAYOUT, *CaseSubject]),
            label="about",
        )
        kind = "payouts" if subject == CaseSubject.PAYOUT else "distributors"
        reporter = self.one_of(data, "users", None)
        more: dict[str, Any] = {"reporter_id": reporter, "due_date": due}
        if self.seldom(data, "again"):
            more["id"] = self.some(data, "cases")
        self.opens(self.number(data, "K"), subject, self.any_id(data, kind), hold=hold, **more)

    @rule(data=st.data(), many=st.booleans(), due=_DUE)
    def a_case_comes_from_elsewhere(self, data: st.DataObject, many: bool, due: date | None) -> None:
        """In whatever state, about anything, alone or among several."""
        case = ComplianceCase(
            id=self.new_id(),
            case_number=self.number(data, "K"),
            subject_type=data.draw(st.sampled_from(["distributor", "website"]), label="about"),
            subject_id=self.some(data, "distributors"),
            severity=data.draw(st.sampled_from(CaseSeverity), label="severity"),
            status=data.draw(
                st.sampled_from([CaseStatus.OPEN, CaseStatus.INVESTIGATING, CaseStatus.CLOSED]), label="status"
            ),
            title="Imported",
            description="From the old system",
            evidence=data.draw(st.sampled_from([None, ({"kind": "hold"},), ({"kind": "note"},)]), label="evidence"),
            due_date=due,
        )
        if many:
            self.did("none", lambda unit: unit.cases.add_many([case]))
            self.did("cases", lambda unit: unit.cases.get(case.id))
        else:
            self.did("cases", lambda unit: unit.cases.add(case))

    @rule(data=st.data())
    def a_case_is_written_back(self, data: st.DataObject) -> None:
        """With another state, or with what never changes."""
        case, title = self.one(data, "cases"), data.draw(st.sampled_from(["Income claims", "Spam"]), label="title")
        changes: dict[str, Any] = data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "evidence": st.sampled_from([None, (*(case.evidence or ()), {"kind": "link"})]),
                    "severity": st.sampled_from(CaseSeverity),
                    "case_number": st.sampled_from(["K1"]),
                    "reporter_id": st.sampled_from([None, *self.keys("users"), NOBODY]),
                },
            ),
            label="changes",
        )
        self.did("cases", lambda unit: unit.cases.update(evolve(case, title=title, **changes)))

    @rule(data=st.data())
    def somebody_looks_into_it(self, data: st.DataObject) -> None:
        """Who may be the one it is about, or nobody."""
        assignee = self.any_id(data, "users")
        self.case(data, lambda unit, key: assign_case(unit, key, assignee))

    @rule(data=st.data(), severity=st.sampled_from(CaseSeverity), reason=_WORDS, due=_DUE)
    def it_is_more_serious(self, data: st.DataObject, severity: CaseSeverity, reason: str, due: date | None) -> None:
        """Or less, which is refused."""
        self.case(data, lambda unit, key: escalate_case(unit, key, severity, reason=reason, due_date=due))

    @rule(data=st.data(), what=st.sampled_from(["a link", "a photo"]), page=st.integers(1, 2))
    def something_comes_to_light(self, data: st.DataObject, what: str, page: int) -> None:
        """Perhaps for the second time."""
        self.case(data, lambda unit, key: add_evidence(unit, key, {"what": what, "page": page, "of": {"day": "x"}}))

    @rule(data=st.data(), words=_WORDS, to=_TO)
    def a_case_is_decided(self, data: st.DataObject, words: str, to: DistributorStatus | None) -> None:
        """One way or the other, with a hold that is kept or not."""
        steps: list[Callable[[UnitOfWork, Any], ComplianceCase]] = [
            lambda unit, key: resolve_case(unit, key, words, release=to),
            lambda unit, key: resolve_case(unit, key, words, release=to),
            lambda unit, key: dismiss_case(unit, key, words, release=to),
            close_case,
        ]
        self.case(data, data.draw(st.sampled_from(steps), label="how"))

    @rule(data=st.data(), reason=_WORDS, hold=st.booleans())
    def a_case_is_taken_up_again(self, data: st.DataObject, reason: str, hold: bool) -> None:
        """If it was resolved."""
        self.case(data, lambda unit, key: reopen_case(unit, key, reason, hold=hold))

    @rule(data=st.data(), to=st.sampled_from(DistributorStatus))
    def a_hold_ends(self, data: st.DataObject, to: DistributorStatus) -> None:
        """The case's own."""
        self.case(data, lambda unit, key: release_hold(unit, key, to))

    @rule(data=st.data(), to=st.sampled_from(DistributorStatus))
    def somebody_is_held_or_released(self, data: st.DataObject, to: DistributorStatus) -> None:
        """Without a case, or although a case holds them."""
        person = self.any_id(data, "distributors")
        if data.draw(st.booleans(), label="held"):
            self.did("distributors", lambda unit: hold_distributor(unit, person))
        else:
            self.did("distributors", lambda unit: release_distributor(unit, person, to))

    @rule(data=st.data(), reason=_WORDS)
    def a_payout_is_held_or_released(self, data: st.DataObject, reason: str) -> None:
        """For a reason that may say nothing."""
        payout = self.any_id(data, "payouts")
        if data.draw(st.booleans(), label="held"):
            self.did("payouts", lambda unit: hold_payout(unit, payout, reason))
        else:
            self.did("payouts", lambda unit: release_payout(unit, payout))

    @rule(data=st.data())
    def somebody_changes(self, data: st.DataObject) -> None:
        """The user who looks into cases, or the distributor they are about."""
        self.changed(
            data,
            "users",
            lambda unit, user: unit.users.update(user),
            status=st.sampled_from([UserStatus.ACTIVE, *UserStatus]),
        )
        self.changed(
            data,
            "distributors",
            lambda unit, person: unit.distributors.update(person, reason="by hand"),
            status=st.sampled_from([DistributorStatus.ACTIVE, DistributorStatus.ACTIVE, *DistributorStatus]),
        )


class TestComplianceHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents and audit rows."""
        run_side_by_side(ComplianceHistory, new_database, cipher, examples=3, steps=60)


def _enrol(command: Enrolment, unit: UnitOfWork) -> Any:
    return enrol(unit, command)


def _user(command: Enrolment, unit: UnitOfWork) -> Any:
    return unit.users.get(command.user_id)


def _add_user(user: User, unit: UnitOfWork) -> User:
    return unit.users.add(user)


def _add_payout(payout: Payout, unit: UnitOfWork) -> Payout:
    return unit.payouts.add(payout)
