"""A payout from the request to the bank: approved, handed over, arrived, or failed and requested again, or cancelled.

A payout's amount never changes and never gets lost. One that is cancelled goes back to its distributor as an adjustment
in an open period, whose payouts take it up; one that failed is tried again as it is. A mistake in a completed one is a
debt.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from attrs import evolve, frozen

from mlmcore.domain import machines
from mlmcore.domain.commissions import LedgerLine, Payout
from mlmcore.domain.enums import CommissionType, DistributorStatus, KycStatus, PayoutStatus
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "ApprovalPolicy",
    "approve_payout",
    "cancel_payout",
    "complete_payout",
    "fail_payout",
    "process_payout",
    "retry_payout",
]


@frozen(kw_only=True)
class ApprovalPolicy:
    """What is asked again when a payout is approved, since time has passed. All of it is said; nothing has a default.

    Attributes:
        kyc_required: Whether only a payout to somebody whose identity is verified now is approved.
        debts_block: Whether nothing is approved for somebody who has open debts in its currency: the payout is then
            cancelled, so that the next ones settle them, or approved by a policy that lets it pass.
    """

    kyc_required: bool
    debts_block: bool


def approve_payout(unit: UnitOfWork, payout_id: UUID, policy: ApprovalPolicy) -> Payout:
    """Release a requested payout. One that is approved already, or further on, stays as it is.

    Raises:
        NotFoundError: There is no such payout.
        IllegalMoveError: It failed or was cancelled.
        RefusedError: It is held or its payee is, the payee approves it, or the policy asks for what is not so.
    """
    payout = unit.payouts.get_for_update(payout_id)
    if payout.status in _AFTER_APPROVAL:
        return payout
    machines.PAYOUT.check(payout.status, PayoutStatus.APPROVED)
    kyc_status = _kyc_status(unit, payout)
    _refuse_on_hold(unit, payout)
    _refuse_own(unit, payout)
    if policy.kyc_required and kyc_status != KycStatus.VERIFIED:
        raise RefusedError(f"{_who(unit, payout)} is not approved: their identity is {kyc_status}, not verified")
    owed = _owed(unit, payout)
    if policy.debts_block and owed:
        raise RefusedError(
            f"{_who(unit, payout)} is not approved: they owe {owed}; cancel it, so that the next payouts settle that, "
            "or approve it by a policy that lets debts pass"
        )
    return unit.payouts.update(
        evolve(payout, status=PayoutStatus.APPROVED, approved_at=unit.now, kyc_status=kyc_status)
    )


def process_payout(
    unit: UnitOfWork, payout_id: UUID, *, reference_number: str, bank_details: Mapping[str, Any] | None = None
) -> Payout:
    """Hand an approved payout to the bank. One that is handed over already under this reference stays as it is.

    Args:
        unit: The unit of work.
        payout_id: Which payout.
        reference_number: The bank's, or the batch's.
        bank_details: Where it goes; those of the payout where left out. Sealed.

    Raises:
        NotFoundError: There is no such payout.
        IllegalMoveError: It is not approved.
        ConflictError: It was handed over under another reference.
        RefusedError: It is held, or its payee is.
    """
    payout = unit.payouts.get_for_update(payout_id)
    if payout.status in (PayoutStatus.PROCESSING, PayoutStatus.COMPLETED):
        if payout.reference_number == reference_number:
            return payout
        raise ConflictError(
            f"payout {payout.id} was handed over already, as {payout.reference_number}, not {reference_number}"
        )
    machines.PAYOUT.check(payout.status, PayoutStatus.PROCESSING)
    _refuse_on_hold(unit, payout)
    return unit.payouts.update(
        evolve(
            payout,
            status=PayoutStatus.PROCESSING,
            processed_at=unit.now,
            reference_number=reference_number,
            bank_details=payout.bank_details if bank_details is None else bank_details,
        )
    )


def complete_payout(unit: UnitOfWork, payout_id: UUID) -> Payout:
    """Write down that the money arrived. A completed payout stays as it is.

    Raises:
        NotFoundError: There is no such payout.
        IllegalMoveError: It was not handed over.
    """
    payout = unit.payouts.get_for_update(payout_id)
    machines.PAYOUT.check(payout.status, PayoutStatus.COMPLETED)
    return unit.payouts.update(evolve(payout, status=PayoutStatus.COMPLETED))


def fail_payout(unit: UnitOfWork, payout_id: UUID, reason: str) -> Payout:
    """Write down that the bank sent the money back. One that failed for this reason stays as it is.

    Raises:
        NotFoundError: There is no such payout.
        IllegalMoveError: It was not handed over.
        ConflictError: It failed for another reason.
        InputError: The reason says nothing.
    """
    payout = unit.payouts.get_for_update(payout_id)
    if payout.status == PayoutStatus.FAILED and payout.failed_reason != reason:
        raise ConflictError(f"payout {payout.id} failed already, for another reason; it is tried again or cancelled")
    machines.PAYOUT.check(payout.status, PayoutStatus.FAILED)
    return unit.payouts.update(evolve(payout, status=PayoutStatus.FAILED, failed_reason=reason))


def retry_payout(unit: UnitOfWork, payout_id: UUID, *, bank_details: Mapping[str, Any] | None = None) -> Payout:
    """Request a failed payout again: the same money, to be approved anew. One that is requested stays as it is.

    Args:
        unit: The unit of work.
        payout_id: Which payout.
        bank_details: Where it goes now; those of the payout where left out. Sealed.

    Raises:
        NotFoundError: There is no such payout.
        RefusedError: It did not fail.
    """
    payout = unit.payouts.get_for_update(payout_id)
    details = payout.bank_details if bank_details is None else bank_details
    if payout.status == PayoutStatus.REQUESTED and payout.bank_details == details:
        return payout
    if payout.status != PayoutStatus.FAILED:
        raise RefusedError(f"payout {payout.id} is {payout.status}; one that failed is requested again")
    return unit.payouts.update(
        evolve(
            payout,
            status=PayoutStatus.REQUESTED,
            approved_at=None,
            processed_at=None,
            failed_reason=None,
            bank_details=details,
        )
    )


def cancel_payout(unit: UnitOfWork, payout_id: UUID, reason: str, *, into: str) -> Payout:
    """Call a payout off, and give its whole amount back to the distributor as an adjustment. Done once, it stays so.

    Args:
        unit: The unit of work.
        payout_id: Which payout: requested, approved, or failed.
        reason: Why.
        into: The open period into whose ledger the amount goes; its payouts take it up, by their policy.

    Raises:
        NotFoundError: There is no such payout or period.
        IllegalMoveError: It was handed to the bank, or arrived.
        RefusedError: The period is not open.
        InputError: The reason says nothing.
    """
    payout = unit.payouts.get_for_update(payout_id)
    if payout.status == PayoutStatus.CANCELLED:
        return payout
    machines.PAYOUT.check(payout.status, PayoutStatus.CANCELLED)
    unit.periods.get(into)
    cancelled = evolve(payout, status=PayoutStatus.CANCELLED, failed_reason=reason)
    unit.ledger.add(
        LedgerLine(
            id=key_of(f"payout {payout.id} cancelled"),
            period_id=into,
            distributor_id=payout.distributor_id,
            type=CommissionType.ADJUSTMENT,
            amount=payout.amount,
            currency=payout.currency,
            description=f"payout {payout.id} of period {payout.period_id or 'none'} was cancelled",
            metadata={"payout": str(payout.id)},
        )
    )
    return unit.payouts.update(cancelled)


_AFTER_APPROVAL: Final = (PayoutStatus.APPROVED, PayoutStatus.PROCESSING, PayoutStatus.COMPLETED)


def _who(unit: UnitOfWork, payout: Payout) -> str:
    return f"payout {payout.id} to {unit.distributors.get(payout.distributor_id).distributor_number}"


def _kyc_status(unit: UnitOfWork, payout: Payout) -> KycStatus:
    profile = unit.users.find_profile(payout.distributor_id)
    return profile.kyc_status if profile else KycStatus.PENDING


def _refuse_on_hold(unit: UnitOfWork, payout: Payout) -> None:
    if payout.held_reason is not None:
        raise RefusedError(
            f"{_who(unit, payout)} waits: it is held ({payout.held_reason}); release it first, or cancel it"
        )
    if unit.distributors.get(payout.distributor_id).status == DistributorStatus.ON_HOLD:
        raise RefusedError(f"{_who(unit, payout)} waits: they are on hold; release them first, or cancel it")


def _refuse_own(unit: UnitOfWork, payout: Payout) -> None:
    if unit.actor.user_id == payout.distributor_id:
        raise RefusedError(f"{_who(unit, payout)} is not approved by the payee; somebody else approves it")


def _owed(unit: UnitOfWork, payout: Payout) -> Money:
    debts = [debt for debt in unit.payouts.list_debts(payout.distributor_id) if debt.currency == payout.currency]
    return sum((debt.amount - debt.settled for debt in debts), Money.zero(payout.currency))
