"""Requesting what was held: somebody asks to be paid what the last payouts held back for them.

What is held of a period is paid at most once: by a request, as the one payout of that person, period and currency, or
by the next period's payouts, which take up what is held and was not requested. Both lock the period in which it is
held, so never both.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.commissions import CommissionPeriod, CommissionRun, Payout
from mlmcore.domain.enums import KycStatus, PayoutMethod
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor
from mlmcore.operations._periods_at import locked_period
from mlmcore.operations.payout_policy import Decision, HeldReason, PayoutPolicy, decide, payout_of, settle_debts
from mlmcore.operations.payouts import finalized_run
from mlmcore.repositories.held import DRAWN_UP, HELD, held_amounts
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.values import Claim

__all__ = ["PayoutRequest", "request_payout"]


@frozen(kw_only=True)
class PayoutRequest:
    """Who asks for what is held, and how it is to be paid.

    Attributes:
        distributor_id: Who.
        period_id: The period whose payouts held it back; the last one whose payouts were drawn up.
        policy: The rules for requests, in the currency that is asked for. Its minimum may be another one than that of
            the payouts, and what was held for its currency is asked for by a policy of that currency.
        method: How it is paid.
        bank_details: Where to; sealed.
    """

    distributor_id: UUID
    period_id: str
    policy: PayoutPolicy
    method: PayoutMethod
    bank_details: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def currency(self) -> str:
        """Which currency is asked for."""
        return self.policy.minimum.currency


def request_payout(unit: UnitOfWork, command: PayoutRequest) -> Payout:
    """Draw up a payout of all that is held for somebody, less what of it goes to debts.

    Returns:
        The payout as stored; the one already there when the same is requested again.

    Raises:
        NotFoundError: No such period or distributor.
        ConflictError: It is requested already, by another method.
        RefusedError: Nothing is held, it was taken up by a later period's payouts, or a rule of the policy holds it.
        TransientError: Another unit works on this period's payouts, or on the person's debts.
    """
    period = locked_period(unit, command.period_id)
    run = finalized_run(unit, period)
    person = unit.distributors.get(command.distributor_id)
    held = _held(unit, run, command)
    stored = unit.payouts.find_by_period(command.distributor_id, command.period_id, command.currency)
    if stored is not None:
        return _same_or_refused(stored, person, command, requested=bool(held))
    _refuse_late(unit, period, person)
    if not held:
        raise RefusedError(
            f"nothing is held for {person.distributor_number} in {command.currency} of period {command.period_id}"
        )
    decision = decide(_claim(unit, person, command, held), command.policy)
    _refuse_held(person, command, decision)
    settle_debts(unit, [decision])
    payout = payout_of(command.period_id, command.policy, decision)
    return unit.payouts.add(evolve(payout, bank_details=command.bank_details))


def _held(unit: UnitOfWork, run: CommissionRun, command: PayoutRequest) -> Money:
    if unit.carry.find(run.id, None, DRAWN_UP) is None:
        raise RefusedError(f"payouts of period {run.period_id} were not drawn up yet, so nothing is held of it")
    value = unit.carry.find(run.id, command.distributor_id, HELD)
    amounts = {} if value is None else {amount.currency: amount for amount in held_amounts(value)}
    return amounts.get(command.currency, Money.zero(command.currency))


def _same_or_refused(stored: Payout, person: Distributor, command: PayoutRequest, *, requested: bool) -> Payout:
    if requested and stored.method == command.method:
        return stored
    how = f"requested already, by {stored.method}" if requested else "paid, not held"
    raise ConflictError(
        f"what {person.distributor_number} has in {command.currency} of period {command.period_id} is {how}: "
        f"payout {stored.id}, {stored.status}"
    )


def _refuse_late(unit: UnitOfWork, period: CommissionPeriod, person: Distributor) -> None:
    later = unit.periods.following(period.id)
    run = unit.runs.find_official(later.id) if later else None
    if later is not None and run is not None and unit.carry.find(run.id, None, DRAWN_UP) is not None:
        raise RefusedError(
            f"what was held for {person.distributor_number} of period {period.id} was taken up by the payouts of "
            f"period {later.id}; request what is held of that one"
        )


def _claim(unit: UnitOfWork, person: Distributor, command: PayoutRequest, held: Money) -> Claim:
    nothing = Money.zero(command.currency)
    debts = [debt for debt in unit.payouts.list_debts(person.user_id) if debt.currency == command.currency]
    profile = unit.users.find_profile(person.user_id)
    return Claim(
        distributor_id=person.user_id,
        earned=nothing,
        held=held,
        owed=sum((debt.amount - debt.settled for debt in debts), nothing),
        status=person.status,
        kyc_status=profile.kyc_status if profile else KycStatus.PENDING,
        method=command.method,
    )


_WORDS: Mapping[HeldReason, str] = {
    HeldReason.NEGATIVE: "it is below zero",
    HeldReason.BELOW_MINIMUM: "it is below the minimum of {policy.minimum}",
    HeldReason.KYC: "their identity is {claim.kyc_status}, not verified",
    HeldReason.ON_HOLD: "they are on hold",
    HeldReason.FEE: "it is less than the fee",
}


def _refuse_held(person: Distributor, command: PayoutRequest, decision: Decision) -> None:
    if decision.is_paid:
        return
    words = "all of it goes to debts, which the next payouts settle"
    if decision.reason is not None:
        words = _WORDS[decision.reason].format(policy=command.policy, claim=decision.claim)
    raise RefusedError(
        f"{decision.available} of {person.distributor_number} stay held of period {command.period_id}: {words}"
    )
