"""Drawing up payouts: who is paid how much for a finalized period, and what is held back for which reason.

Per person and currency, what is available is the period's ledger and what was held before, less what of a debt is
settled from it. All of it is paid, or all of it is held. Over everybody, to the cent: *paid + held + settled = ledger
+ held before*.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain.commissions import CommissionCarry, CommissionPeriod, CommissionRun, Payout
from mlmcore.domain.enums import PeriodStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money
from mlmcore.operations._periods_at import locked_period
from mlmcore.operations.payout_policy import Decision, HeldReason, PayoutPolicy, decide, payout_of, settle_debts
from mlmcore.repositories.held import DRAWN_UP, HELD, held_value
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["PayoutSums", "Payouts", "draw_up_payouts", "finalized_run"]


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


def draw_up_payouts(unit: UnitOfWork, period_id: str, policy: PayoutPolicy) -> Payouts:
    """Draw up the payouts of a finalized period; drawn up again by the same policy, nothing changes.

    Raises:
        RefusedError: The period is not finalized, the payouts of the period before it were not drawn up, these were
            drawn up by another policy, the policy is in another currency than the period, or the sums do not agree.
    """
    period = locked_period(unit, period_id)
    run = finalized_run(unit, period)
    done = unit.carry.find(run.id, None, DRAWN_UP)
    if done is not None:
        return _drawn_up_before(unit, run, done, policy)
    _lock_previous(unit, period)
    _refuse_gap(unit, period)
    _refuse_currency(run, policy)
    decisions = [decide(claim, policy) for claim in unit.payouts.claims(period_id)]
    sums = _sums(decisions)
    _refuse_disagreement(period_id, sums)
    settle_debts(unit, decisions)
    unit.payouts.add_many([payout_of(period_id, policy, decision) for decision in decisions if decision.is_paid])
    unit.carry.add_many([*_held_values(run, decisions), _done_value(run, policy, sums)])
    return Payouts(payouts=unit.payouts.list_by_period(period_id), sums=sums, held=_held(decisions))


def finalized_run(unit: UnitOfWork, period: CommissionPeriod) -> CommissionRun:
    """Return the official run of a finalized period; see `draw_up_payouts`."""
    run = unit.runs.find_official(period.id)
    if period.status != PeriodStatus.FINALIZED or run is None:
        raise RefusedError(f"payouts of period {period.id} are drawn up once it is finalized; it is {period.status}")
    return run


def _lock_previous(unit: UnitOfWork, period: CommissionPeriod) -> None:
    """Let nobody request what is held of the period before while it is taken up here."""
    before = unit.periods.previous(period.id)
    if before is not None:
        unit.lock_period(before.id)


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


def _sums(decisions: Sequence[Decision]) -> dict[str, PayoutSums]:
    by_currency: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_currency[decision.currency].append(decision)
    return {
        currency: PayoutSums(
            ledger=_total(currency, [item.claim.earned for item in items]),
            held_before=_total(currency, [item.claim.held for item in items]),
            settled=_total(currency, [item.settled for item in items]),
            paid=_total(currency, [item.available for item in items if item.is_paid]),
            held=_total(currency, [item.available for item in items if item.is_held]),
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


def _held(decisions: Sequence[Decision]) -> dict[tuple[UUID, str], tuple[Money, HeldReason]]:
    return {
        (item.claim.distributor_id, item.currency): (item.available, item.reason)
        for item in decisions
        if item.reason is not None and item.available
    }


def _held_values(run: CommissionRun, decisions: Sequence[Decision]) -> list[CommissionCarry]:
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
            f"payouts of period {run.period_id} were drawn up by another policy ({_said(done.value['policy'])}); "
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
    # What was requested since then is a payout of something held.
    stored = unit.payouts.list_by_period(run.period_id)
    drawn = tuple(payout for payout in stored if (payout.distributor_id, payout.currency) not in held)
    return Payouts(payouts=drawn, sums=sums, held=held)


def _said(policy: Mapping[str, Any]) -> str:
    """A stored policy in words; no store keeps the order of what is in a document."""
    fees = ", ".join(f"{method} {fee}" for method, fee in sorted(policy["fee"].items())) or "none"
    return ", ".join(f"{name} {value}" for name, value in sorted({**policy, "fee": fees}.items()))
