"""What a repository of payouts and debts promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.enums import (
    KycStatus,
    PayoutMethod,
    PayoutStatus,
    PeriodStatus,
)
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    InputError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, UserProfile
from mlmcore.repositories.held import held_value
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._month import a_scene, a_successor
from mlmcore.testing.contracts._support import (
    a_debt,
    a_payout,
    a_period,
    make_distributor,
    make_shop,
    move_period,
    paid_order,
    raises,
    usd,
)

__all__ = ["PayoutsContract"]


class PayoutsContract:
    """Subclass it with the fixtures `unit_of_work` (with a cipher) and `unit_of_work_without_cipher`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
            payout = a_payout(person)
            stored = unit.payouts.add(payout)
            assert stored == evolve(payout, created_at=unit.now, requested_at=unit.now)
            assert unit.payouts.get(payout.id) == stored
            assert unit.payouts.find_by_period(person.user_id, "2026-03", "USD") == stored
            assert unit.payouts.find_by_period(person.user_id, "2026-03", "EUR") is None
            assert unit.payouts.list_by_distributor(person.user_id) == (stored,)
            assert unit.payouts.list_by_period("2026-03") == (stored,)
            assert unit.payouts.find(new_id()) is None
            with raises(NotFoundError):
                unit.payouts.get(new_id())

    def test_somebody_is_paid_once_for_a_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W1: once per currency."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person, other = make_distributor(unit), make_distributor(unit)
            unit.payouts.add(a_payout(person))
            with raises(ConflictError):
                unit.payouts.add(a_payout(person))
            with raises(ConflictError):
                unit.payouts.add_many([a_payout(other), a_payout(person)])
            assert unit.payouts.find_by_period(other.user_id, "2026-03", "USD") is None
            euros = {name: Money.of("5.00", "EUR") for name in ("amount", "net_amount")}
            unit.payouts.add(a_payout(person, currency="EUR", fee_amount=Money.of(0, "EUR"), **euros))

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W2."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            person = make_distributor(unit)
        for broken in (a_payout(person, period_id="2026-04"), a_payout(person, distributor_id=new_id())):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.payouts.add(broken)

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W3."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            payout = unit.payouts.add(a_payout(make_distributor(unit)))
            done: dict[str, Any] = {"approved_at": unit.now, "processed_at": unit.now}
            with raises(IllegalMoveError):
                unit.payouts.update(evolve(payout, status=PayoutStatus.COMPLETED, **done))
            approved = unit.payouts.update(evolve(payout, status=PayoutStatus.APPROVED, approved_at=unit.now))
            assert unit.payouts.list_by_status(PayoutStatus.APPROVED) == (approved,)
            assert unit.payouts.get_for_update(payout.id) == approved
            with raises(NotFoundError):
                unit.payouts.get_for_update(new_id())

    def test_what_is_paid_never_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W4."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.periods.add(a_period("2026-04"))
            payout, other = unit.payouts.add(a_payout(make_distributor(unit))), make_distributor(unit)
            for changed in (
                evolve(payout, amount=usd("51.00"), net_amount=usd("50.00")),
                evolve(payout, fee_amount=usd("0"), net_amount=usd("50.00")),
                evolve(payout, distributor_id=other.user_id),
                evolve(payout, period_id="2026-04"),
            ):
                with raises(RefusedError):
                    unit.payouts.update(changed)
            assert unit.payouts.get(payout.id) == payout

    def test_bank_details_are_secret(
        self, unit_of_work: UnitOfWorkFactory, unit_of_work_without_cipher: UnitOfWorkFactory
    ) -> None:
        """W5, A11."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            payout = unit.payouts.add(a_payout(make_distributor(unit), bank_details={"iban": "DE00 1"}))
            assert unit.payouts.get(payout.id).bank_details == {"iban": "DE00 1"}
            rows = unit.audit.list_by_entity("payouts", payout.id)
            assert "DE00" not in str([row.after_data for row in rows])
        with unit_of_work_without_cipher() as unit:
            if unit.periods.find("2026-03") is None:
                unit.periods.add(a_period())
            person = make_distributor(unit)
            with raises(RefusedError):
                unit.payouts.add(a_payout(person, bank_details={"iban": "DE00 1"}))
            assert unit.payouts.list_by_distributor(person.user_id) == ()

    def test_what_is_settled_never_shrinks(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W6."""
        with unit_of_work() as unit:
            person, other = make_distributor(unit), make_distributor(unit)
            debt = unit.payouts.add_debt(a_debt(person))
            partly = unit.payouts.update_debt(evolve(debt, settled=usd("10.00")))
            for changed in (
                evolve(partly, settled=usd("9.99")),
                evolve(partly, amount=usd("40.00")),
                evolve(partly, distributor_id=other.user_id),
            ):
                with raises(RefusedError):
                    unit.payouts.update_debt(changed)
            assert unit.payouts.get_debt(debt.id) == partly
            assert unit.payouts.list_debts(person.user_id) == (partly,)
            with raises(NotFoundError):
                unit.payouts.get_debt(new_id())

    def test_what_is_held_is_not_paid(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W8: nor by somebody who read the payout before it was held; it is released by a step of its own."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            unit.periods.add(a_period())
            read = unit.payouts.add(a_payout(person))
            held = unit.payouts.update(evolve(read, held_reason="looked into"))
            with raises(RefusedError):
                unit.payouts.update(evolve(read, status=PayoutStatus.APPROVED, approved_at=unit.now))
            with raises(InputError):
                evolve(held, status=PayoutStatus.PROCESSING, approved_at=unit.now, processed_at=unit.now)
            assert unit.payouts.get(read.id) == held
            released = unit.payouts.update(evolve(held, held_reason=None))
            approved = evolve(released, status=PayoutStatus.APPROVED, approved_at=unit.now)
            assert unit.payouts.update(approved).held_reason is None
            again = unit.payouts.update(evolve(unit.payouts.get(read.id), held_reason="again"))
            assert unit.payouts.update(evolve(again, status=PayoutStatus.CANCELLED)).held_reason == "again"

    def test_a_debt_is_of_something(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W6."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            with raises(RefusedError):
                unit.payouts.add_debt(a_debt(person, amount=usd("0")))

    def test_claims_name_who_has_something_to_come(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W7."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            ann, bob = people
            owing, held, nobody = (make_distributor(unit) for _ in range(3))
            ann = unit.distributors.update(evolve(ann, payout_method=PayoutMethod.PAYPAL))
            unit.users.add_profile(UserProfile(user_id=ann.user_id, kyc_status=KycStatus.VERIFIED))
            unit.payouts.add_debt(a_debt(owing))
            settled = unit.payouts.add_debt(a_debt(bob))
            unit.payouts.update_debt(evolve(settled, settled=usd("30.00")))
            unit.periods.add(a_period("2026-02"))
            _hold(unit, "2026-02", held, usd("7.50"))
            unit.ledger.replace(a_successor(people, order, [150, -25]))

            claims = unit.payouts.claims("2026-03")
            by_person = {claim.distributor_id: claim for claim in claims}
            assert [claim.distributor_id for claim in claims] == sorted(by_person)
            assert nobody.user_id not in by_person
            assert by_person[ann.user_id].earned == usd("6.50")
            assert by_person[ann.user_id].method == PayoutMethod.PAYPAL
            assert by_person[ann.user_id].kyc_status == KycStatus.VERIFIED
            assert by_person[bob.user_id].earned == usd("-0.25")
            assert by_person[bob.user_id].owed == usd("0")
            assert by_person[bob.user_id].kyc_status == KycStatus.PENDING
            assert (by_person[owing.user_id].earned, by_person[owing.user_id].owed) == (usd("0"), usd("30.00"))
            assert by_person[held.user_id].held == usd("7.50")

    def test_what_was_requested_is_held_no_longer(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W7: only by whom it was, and in that currency."""
        with unit_of_work() as unit:
            people, order, _ = a_scene(unit)
            asking, waiting = make_distributor(unit), make_distributor(unit)
            unit.periods.add(a_period("2026-02"))
            run = _hold(unit, "2026-02", waiting, usd("7.50"))
            euros = Money.of("3.00", "EUR")
            unit.carry.add_many([held_value(run, asking.user_id, [(usd("2.50"), "kyc"), (euros, "currency")])])
            amounts = {"amount": usd("2.50"), "fee_amount": usd("0"), "net_amount": usd("2.50")}
            unit.payouts.add(a_payout(asking, period_id="2026-02", **amounts))
            unit.ledger.replace(a_successor(people, order, [150]))
            held = {(claim.distributor_id, claim.held) for claim in unit.payouts.claims("2026-03") if claim.held}
            assert held == {(waiting.user_id, usd("7.50")), (asking.user_id, euros)}

    def test_who_asked_first_is_first_in_the_queue(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W9: then by id; a page begins after one that may have left it; what is held does not wait in it."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
            late, *early = (
                unit.payouts.add(a_payout(make_distributor(unit), requested_at=noon - timedelta(hours=hours)))
                for hours in (0, 1, 1)
            )
            first, second = sorted(early, key=lambda payout: payout.id)
            assert unit.payouts.queue() == (first, second, late)
            assert unit.payouts.queue(first.id, 1) == (second,)
            unit.payouts.update(evolve(second, status=PayoutStatus.APPROVED, approved_at=unit.now))
            assert unit.payouts.queue() == (first, late)
            assert unit.payouts.queue(second.id) == (late,)
            unit.payouts.update(evolve(first, held_reason="looked into"))
            assert unit.payouts.queue() == (late,)
            for limit in (0, 10_001):
                with raises(RefusedError):
                    unit.payouts.queue(None, limit)

    def test_pages_go_by_id(self, unit_of_work: UnitOfWorkFactory) -> None:
        """W9, A7: all of them, or those of a status."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            payouts = [unit.payouts.add(a_payout(make_distributor(unit))) for _ in range(3)]
            keys = sorted(payout.id for payout in payouts)
            unit.payouts.update(evolve(unit.payouts.get(keys[1]), status=PayoutStatus.CANCELLED))
            assert [payout.id for payout in unit.payouts.page(keys[0], 2)] == keys[1:]
            waiting = unit.payouts.page(None, 2, status=PayoutStatus.REQUESTED)
            assert [payout.id for payout in waiting] == [keys[0], keys[2]]
            assert unit.payouts.page(keys[0], 2, status=PayoutStatus.APPROVED) == ()


def _hold(unit: UnitOfWork, period_id: str, person: Distributor, amount: Money) -> CommissionRun:
    """Make an official run of a period, and hold something back from its payouts."""
    other = make_shop(unit)
    order = unit.orders.add(paid_order(other, datetime(2026, 2, 10, tzinfo=UTC)))
    move_period(unit, period_id, PeriodStatus.CLOSED, PeriodStatus.CALCULATING)
    run = unit.ledger.replace(a_successor([other.distributor], order, [10], period_id=period_id))
    unit.carry.add_many([held_value(run, person.user_id, [(amount, "kyc")])])
    return run
