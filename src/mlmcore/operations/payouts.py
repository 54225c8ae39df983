"""Drawing up payouts: who is paid how much for a finalized period, and what is held back for which reason.

Per person and currency, what is available is the period's ledger and what was held before, less what of a debt is
settled from it. All of it is paid, or all of it is held. Over everybody, to the cent: *paid + held + settled = ledger
+ held before*.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from attrs import Attribute, evolve, field, frozen

from mlmcore.domain.commissions import CommissionCarry, CommissionPeriod, CommissionRun, Payout
from mlmcore.domain.enums import DistributorStatus, KycStatus, PayoutMethod, PeriodStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money
from mlmcore.repositories.held import DRAWN_UP, HELD, held_value
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.values import Claim

__all__ = ["HeldReason", "PayoutPolicy", "PayoutSums", "Payouts", "draw_up_payouts"]


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
class PayoutSums:
    """What became of one currency, and the proof that nothing was lost.

    Attributes:
        ledger: The period's lines.
        held_before: What was held from the period before.
        settled: What debts took.
        paid: The payouts, fees included.
        held: What is carried to the next period.
    """

    ledger: Money
    held_before: Money
    settled: Money
    paid: Money
    held: Money

    @property
    def agrees(self) -> bool:
        """Whether what came in is what went out, to the cent."""
        return self.ledger + self.held_before == self.paid + self.held + self.settled


@frozen(kw_only=True)
class Payouts:
    """What was drawn up.

    Attributes:
        payouts: By distributor, then currency.
        sums: By currency.
        held: By distributor and currency: how much, and why.
    """

    payouts: tuple[Payout, ...]
    sums: Mapping[str, PayoutSums]
    held: Mapping[tuple[UUID, str], tuple[Money, HeldReason]] = field(factory=dict)


@frozen(kw_only=True)
class _Decision:
    """What one claim comes to."""

    claim: Claim
    settled: Money
    available: Money
    reason: HeldReason | None

    @property
    def currency(self) -> str:
        return self.available.currency


def draw_up_payouts(unit: UnitOfWork, period_id: str, policy: PayoutPolicy) -> Payouts:
    """Draw up the payouts of a finalized period; drawn up again by the same policy, nothing changes.

    Raises:
        RefusedError: The period is not finalized, the payouts of the period before it were not drawn up, these were
            drawn up by another policy, the policy is in another currency than the period, or the sums do not agree.
    """
    unit.lock_period(period_id)
    period = unit.periods.get(period_id)
    run = _finalized_run(unit, period)
    done = unit.carry.find(run.id, None, DRAWN_UP)
    if done is not None:
        return _drawn_up_before(unit, run, done, policy)
    _refuse_gap(unit, period)
    _refuse_currency(run, policy)
    decisions = [_decide(claim, policy) for claim in unit.payouts.claims(period_id)]
    sums = _sums(decisions)
    _refuse_disagreement(period_id, sums)
    _settle_debts(unit, decisions)
    unit.payouts.add_many([_payout(period, policy, decision) for decision in decisions if _is_paid(decision)])
    unit.carry.add_many([*_held_values(run, decisions), _done_value(run, policy, sums)])
    return Payouts(payouts=unit.payouts.list_by_period(period_id), sums=sums, held=_held(decisions))


def _finalized_run(unit: UnitOfWork, period: CommissionPeriod) -> CommissionRun:
    run = unit.runs.find_official(period.id)
    if period.status != PeriodStatus.FINALIZED or run is None:
        raise RefusedError(f"payouts of period {period.id} are drawn up once it is finalized; it is {period.status}")
    return run


def _refuse_gap(unit: UnitOfWork, period: CommissionPeriod) -> None:
    """Refuse to pass over a period: what is held of it would come to nobody."""
    before = unit.periods.previous(period.id)
    run = unit.runs.find_official(before.id) if before else None
    if before is not None and (run is None or unit.carry.find(run.id, None, DRAWN_UP) is None):
        raise RefusedError(
            f"payouts of period {period.id} take up what is held of period {before.id}, whose payouts were not "
            "drawn up yet; draw those up first"
        )


def _refuse_currency(run: CommissionRun, policy: PayoutPolicy) -> None:
    if policy.minimum.currency != run.currency:
        raise RefusedError(
            f"period {run.period_id} was calculated in {run.currency}, and the policy's minimum is {policy.minimum}; "
            f"give one in {run.currency}"
        )


def _decide(claim: Claim, policy: PayoutPolicy) -> _Decision:
    credit = claim.earned + claim.held
    nothing = Money.zero(credit.currency)
    settled = min(claim.owed, max(credit, nothing)) if policy.net_debts else nothing
    available = credit - settled
    return _Decision(claim=claim, settled=settled, available=available, reason=_why_held(claim, available, policy))


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


def _is_paid(decision: _Decision) -> bool:
    return bool(decision.available) and decision.reason is None


def _is_held(decision: _Decision) -> bool:
    return bool(decision.available) and decision.reason is not None


def _payout(period: CommissionPeriod, policy: PayoutPolicy, decision: _Decision) -> Payout:
    claim, amount = decision.claim, decision.available
    assert claim.method is not None  # noqa: S101 - for the type checker: without a method it is held
    fee = _fee(policy, claim.method)
    return Payout(
        distributor_id=claim.distributor_id,
        period_id=period.id,
        amount=amount,
        currency=amount.currency,
        method=claim.method,
        fee_amount=fee,
        net_amount=amount - fee,
        kyc_status=claim.kyc_status,
    )


def _settle_debts(unit: UnitOfWork, decisions: Sequence[_Decision]) -> None:
    for decision in decisions:
        rest = decision.settled
        debts = unit.payouts.list_debts(decision.claim.distributor_id) if rest else ()
        for debt in debts:
            if debt.currency == rest.currency:
                part = min(rest, debt.amount - debt.settled)
                unit.payouts.update_debt(evolve(debt, settled=debt.settled + part))
                rest -= part


def _sums(decisions: Sequence[_Decision]) -> dict[str, PayoutSums]:
    by_currency: dict[str, list[_Decision]] = defaultdict(list)
    for decision in decisions:
        by_currency[decision.currency].append(decision)
    return {
        currency: PayoutSums(
            ledger=_total(currency, [item.claim.earned for item in items]),
            held_before=_total(currency, [item.claim.held for item in items]),
            settled=_total(currency, [item.settled for item in items]),
            paid=_total(currency, [item.available for item in items if _is_paid(item)]),
            held=_total(currency, [item.available for item in items if _is_held(item)]),
        )
        for currency, items in sorted(by_currency.items())
    }


def _total(currency: str, amounts: Sequence[Money]) -> Money:
    return sum(amounts, Money.zero(currency))


def _refuse_disagreement(period_id: str, sums: Mapping[str, PayoutSums]) -> None:
    for currency, each in sums.items():
        if not each.agrees:
            raise RefusedError(
                f"payouts of period {period_id} do not add up in {currency}: ledger {each.ledger} and held before "
                f"{each.held_before} against paid {each.paid}, held {each.held} and settled {each.settled}"
            )


def _held(decisions: Sequence[_Decision]) -> dict[tuple[UUID, str], tuple[Money, HeldReason]]:
    return {
        (item.claim.distributor_id, item.currency): (item.available, item.reason)
        for item in decisions
        if item.reason is not None and item.available
    }


def _held_values(run: CommissionRun, decisions: Sequence[_Decision]) -> list[CommissionCarry]:
    by_person: dict[UUID, list[tuple[Money, str]]] = defaultdict(list)
    for (person, _), (amount, reason) in _held(decisions).items():
        by_person[person].append((amount, reason.value))
    return [held_value(run, person, amounts) for person, amounts in by_person.items()]


_SUMS: Final = ("ledger", "held_before", "settled", "paid", "held")


def _done_value(run: CommissionRun, policy: PayoutPolicy, sums: Mapping[str, PayoutSums]) -> CommissionCarry:
    totals = {currency: {name: str(getattr(each, name).amount) for name in _SUMS} for currency, each in sums.items()}
    value = {"policy": policy.document(), "sums": totals}
    return CommissionCarry(run_id=run.id, period_id=run.period_id, name=DRAWN_UP, value=value)


def _drawn_up_before(unit: UnitOfWork, run: CommissionRun, done: CommissionCarry, policy: PayoutPolicy) -> Payouts:
    if done.value["policy"] != policy.document():
        raise RefusedError(
            f"payouts of period {run.period_id} were drawn up by another policy: {done.value['policy']}; "
            "what was drawn up stays, and differences go into the next period"
        )
    sums = {
        currency: PayoutSums(**{name: Money.of(each[name], currency) for name in _SUMS})
        for currency, each in done.value["sums"].items()
    }
    held = {
        (value.distributor_id, currency): (Money.of(item["amount"], currency), HeldReason(item["reason"]))
        for value in unit.carry.list_by_run(run.id, HELD)
        if value.distributor_id is not None
        for currency, item in value.value.items()
    }
    return Payouts(payouts=unit.payouts.list_by_period(run.period_id), sums=sums, held=held)
