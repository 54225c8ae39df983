"""Whether somebody is paid what there is, and what is settled of their debts first: for drawing up and for requests.

Per person and currency, all of what is available is paid, or all of it is held, for the first reason that holds it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import Attribute, evolve, field, frozen

from mlmcore.domain.commissions import Payout
from mlmcore.domain.enums import DistributorStatus, KycStatus, PayoutMethod
from mlmcore.domain.errors import TransientError
from mlmcore.domain.money import Money
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.values import Claim

__all__ = ["Decision", "HeldReason", "PayoutPolicy", "decide", "payout_of", "settle_debts"]


class HeldReason(StrEnum):
    """Why an amount is held back and carried to the next period."""

    NEGATIVE = "negative"
    BELOW_MINIMUM = "below_minimum"
    KYC = "kyc"
    NO_METHOD = "no_method"
    ON_HOLD = "on_hold"
    FEE = "fee"
    CURRENCY = "currency"


@frozen(kw_only=True)
class PayoutPolicy:
    """The rules by which payouts are drawn up. All of them are said; none has a default.

    Attributes:
        minimum: The least that is paid, in the currency of the period's plan. What somebody has in another currency is
            held, because nobody said what is the least there.
        fee: What a payout costs its payee, by method, in the same currency; a method that is not named costs nothing.
        kyc_required: Whether only people whose identity is verified are paid.
        net_debts: Whether open debts are settled from what is available.
    """

    minimum: Money = field()
    fee: Mapping[PayoutMethod, Money] = field()
    kyc_required: bool
    net_debts: bool

    @minimum.validator
    def _check_minimum(self, attribute: "Attribute[Money]", value: Money) -> None:
        if value.minor < 0:
            raise ValueError(f"{attribute.name} of a payout policy is not below zero; got {value}")

    @fee.validator
    def _check_fee(
        self, attribute: "Attribute[Mapping[PayoutMethod, Money]]", value: Mapping[PayoutMethod, Money]
    ) -> None:
        for method, fee in value.items():
            if fee.currency != self.minimum.currency or fee.minor < 0:
                raise ValueError(
                    f"{attribute.name} of a payout policy is not below zero and in {self.minimum.currency}, as its "
                    f"minimum; got {fee} for {method}"
                )

    def document(self) -> dict[str, Any]:
        """Return the policy as it is stored with what was drawn up."""
        return {
            "minimum": str(self.minimum),
            "fee": {method.value: str(fee) for method, fee in sorted(self.fee.items())},
            "kyc_required": self.kyc_required,
            "net_debts": self.net_debts,
        }


@frozen(kw_only=True)
class Decision:
    """What one claim comes to.

    Attributes:
        claim: The claim.
        settled: What of it goes to debts.
        available: The rest.
        reason: Why the rest is held; None where it is paid, or nothing.
    """

    claim: Claim
    settled: Money
    available: Money
    reason: HeldReason | None

    @property
    def currency(self) -> str:
        """The currency of all of it."""
        return self.available.currency

    @property
    def is_paid(self) -> bool:
        """Whether there is a payout of it."""
        return bool(self.available) and self.reason is None

    @property
    def is_held(self) -> bool:
        """Whether something of it is carried to the next period."""
        return bool(self.available) and self.reason is not None


def decide(claim: Claim, policy: PayoutPolicy) -> Decision:
    """Return what a claim comes to under a policy."""
    credit = claim.earned + claim.held
    nothing = Money.zero(credit.currency)
    settled = min(claim.owed, max(credit, nothing)) if policy.net_debts else nothing
    available = credit - settled
    return Decision(claim=claim, settled=settled, available=available, reason=_why_held(claim, available, policy))


def payout_of(period_id: str, policy: PayoutPolicy, decision: Decision) -> Payout:
    """Return the payout of a decision to pay."""
    claim, amount = decision.claim, decision.available
    assert claim.method is not None  # noqa: S101 - for the type checker: without a method it is held
    fee = _fee(policy, claim.method)
    return Payout(
        distributor_id=claim.distributor_id,
        period_id=period_id,
        amount=amount,
        currency=amount.currency,
        method=claim.method,
        fee_amount=fee,
        net_amount=amount - fee,
        kyc_status=claim.kyc_status,
    )


def settle_debts(unit: UnitOfWork, decisions: Sequence[Decision]) -> None:
    """Settle what the decisions settle, the oldest debt first.

    Raises:
        TransientError: Somebody else settled one of the debts since they were read.
    """
    for decision in decisions:
        if decision.settled:
            _settle(unit, decision.claim.distributor_id, decision.settled)


def _why_held(claim: Claim, available: Money, policy: PayoutPolicy) -> HeldReason | None:
    """Return the first reason that holds an amount back, None where it is paid."""
    if available.currency != policy.minimum.currency:
        return HeldReason.CURRENCY
    reasons = {
        HeldReason.NEGATIVE: available.minor < 0,
        HeldReason.ON_HOLD: claim.status == DistributorStatus.ON_HOLD,
        HeldReason.KYC: policy.kyc_required and claim.kyc_status != KycStatus.VERIFIED,
        HeldReason.NO_METHOD: claim.method is None,
        HeldReason.BELOW_MINIMUM: available < policy.minimum,
        HeldReason.FEE: available < _fee(policy, claim.method),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _fee(policy: PayoutPolicy, method: PayoutMethod | None) -> Money:
    fee = policy.fee.get(method) if method else None
    return fee if fee is not None else Money.zero(policy.minimum.currency)


def _settle(unit: UnitOfWork, distributor_id: UUID, rest: Money) -> None:
    for debt in unit.payouts.list_debts(distributor_id):
        if debt.currency == rest.currency and rest:
            part = min(rest, debt.amount - debt.settled)
            unit.payouts.update_debt(evolve(debt, settled=debt.settled + part))
            rest -= part
    if rest:
        raise TransientError(
            f"debts of distributor {distributor_id} were settled by somebody else meanwhile: {rest} would go to "
            "nobody; try again from the start"
        )
