"""Many sessions at once over payouts and cases: no money twice, no decision overwritten, whoever comes first."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.commissions import Payout
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseStatus, PayoutMethod, PeriodStatus, RunStatus
from mlmcore.domain.errors import ConflictError, MlmError, RefusedError, TransientError
from mlmcore.domain.people import Distributor
from mlmcore.operations import (
    ApprovalPolicy,
    PayoutPolicy,
    PayoutRequest,
    approve_payout,
    assign_case,
    cancel_payout,
    draw_up_payouts,
    request_payout,
    resolve_case,
)
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from mlmcore.testing.contracts._month import a_scene, a_successor
from mlmcore.testing.contracts._support import (
    a_case,
    a_period,
    a_user,
    make_shop,
    move_period,
    paid_order,
    usd,
)
from sql.concurrency._sessions import at_once, in_one

SEVERAL = pytest.mark.parametrize("sessions", [2, 20])
ALL = PayoutPolicy(minimum=usd("0.01"), fee={}, kyc_required=False, net_debts=False)
TEN = evolve(ALL, minimum=usd("10.00"))
LENIENT = ApprovalPolicy(kyc_required=False, debts_block=False)


def finalize(unit: SqlUnitOfWork, people: list[Distributor], order: Any, cents: list[int], period: str) -> None:
    """Finalize a month that is being calculated, by a run that is made by hand."""
    run = unit.ledger.replace(a_successor(people, order, cents, period_id=period))
    unit.runs.update(evolve(run, status=RunStatus.FINALIZED))
    move_period(unit, period, PeriodStatus.FINALIZED)


def a_month(unit: SqlUnitOfWork) -> list[Distributor]:
    """March, final: 17 dollars for the first, 6 for the second, both paid by bank."""
    people, order, _ = a_scene(unit)
    people = [unit.distributors.update(evolve(each, payout_method=PayoutMethod.BANK_TRANSFER)) for each in people]
    finalize(unit, people, order, [1200, 600], "2026-03")
    return people


def the_next(unit: SqlUnitOfWork) -> None:
    """April, final too, in which somebody else earned a cent."""
    unit.periods.add(a_period("2026-04"))
    move_period(unit, "2026-04", PeriodStatus.CLOSED, PeriodStatus.CALCULATING)
    shop = make_shop(unit)
    order = unit.orders.add(paid_order(shop, datetime(2026, 4, 10, tzinfo=UTC)))
    finalize(unit, [shop.distributor], order, [1], "2026-04")


def errors_of(results: list[Any]) -> list[MlmError]:
    """What undid units."""
    return [result for result in results if isinstance(result, MlmError)]


class TestPayouts:
    def test_are_drawn_up_once(self, database: str) -> None:
        """By twenty sessions: all see the same payouts, and one of each is stored."""
        in_one(database, a_month)

        results = at_once(database, 20, lambda unit, _: draw_up_payouts(unit, "2026-03", ALL))

        assert errors_of(results) == []
        assert all(result.payouts == results[0].payouts for result in results)
        stored = in_one(database, lambda unit: unit.payouts.page())
        assert sorted(payout.amount.minor for payout in stored) == [600, 1700]

    @SEVERAL
    def test_are_approved_once(self, database: str, sessions: int) -> None:
        """Whoever comes later sees who came first, and writes nothing."""
        person = in_one(database, a_month)[0]
        in_one(database, lambda unit: draw_up_payouts(unit, "2026-03", ALL))
        (payout,) = in_one(database, lambda unit: unit.payouts.list_by_distributor(person.user_id))

        results = at_once(database, sessions, lambda unit, _: approve_payout(unit, payout.id, LENIENT))

        assert {result.approved_at for result in results} == {results[0].approved_at}
        rows = in_one(database, lambda unit: unit.audit.list_by_entity("payouts", payout.id))
        assert [row.action for row in rows].count("update") == 1

    @SEVERAL
    def test_are_given_back_once(self, database: str, sessions: int) -> None:
        """However many call one off."""
        person = in_one(database, a_month)[0]
        in_one(database, lambda unit: (draw_up_payouts(unit, "2026-03", ALL), unit.periods.add(a_period("2026-05"))))
        (payout,) = in_one(database, lambda unit: unit.payouts.list_by_distributor(person.user_id))

        results = at_once(
            database, sessions, lambda unit, _: cancel_payout(unit, payout.id, "a mistake", into="2026-05")
        )

        assert errors_of(results) == []
        assert in_one(database, lambda unit: unit.ledger.balances("2026-05")) == {(person.user_id, "USD"): usd("17.00")}

    @SEVERAL
    def test_what_is_held_is_requested_or_taken_up_never_both(self, database: str, sessions: int) -> None:
        """Requests against the next month's payouts: six dollars are paid or held once."""
        person = in_one(database, a_month)[1]
        in_one(database, lambda unit: draw_up_payouts(unit, "2026-03", TEN))
        in_one(database, the_next)
        command = PayoutRequest(
            distributor_id=person.user_id, period_id="2026-03", policy=ALL, method=PayoutMethod.PAYPAL
        )

        def work(unit: SqlUnitOfWork, number: int) -> Any:
            return request_payout(unit, command) if number % 2 else draw_up_payouts(unit, "2026-04", TEN)

        results = at_once(database, sessions, work)

        requested = {result.id for result in results if isinstance(result, Payout)}
        held = [result.held for result in results if not isinstance(result, Payout | MlmError)]
        assert all(isinstance(error, RefusedError | TransientError) for error in errors_of(results))
        assert held
        assert len(requested) == (0 if (person.user_id, "USD") in held[0] else 1)


class TestCases:
    @SEVERAL
    def test_are_resolved_once(self, database: str, sessions: int) -> None:
        """The first decision stands; the others are told that there is one."""

        def opened(unit: SqlUnitOfWork) -> ComplianceCase:
            user = unit.users.add(a_user())
            return assign_case(unit, unit.cases.add(a_case()).id, user.id)

        case = in_one(database, opened)

        results = at_once(
            database, sessions, lambda unit, number: resolve_case(unit, case.id, f"decision {number}", release=None)
        )

        (resolved,) = [result for result in results if isinstance(result, ComplianceCase)]
        assert in_one(database, lambda unit: unit.cases.get(case.id)) == resolved
        assert resolved.status == CaseStatus.RESOLVED
        assert {type(error) for error in errors_of(results)} == {ConflictError}
