"""Whether somebody may work and be paid for now: a hold on a distributor or a payout, and its release.

A hold that belongs to a compliance case is that case's (`mlmcore.operations.cases`), and is not released here.
"""

from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain.commissions import Payout
from mlmcore.domain.enums import DistributorStatus, PayoutStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import Distributor
from mlmcore.operations._case_files import HELD_SUBJECT, holds
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["OPEN_PAYOUTS", "hold_distributor", "hold_payout", "release_distributor", "release_payout"]

OPEN_PAYOUTS: Final = frozenset({PayoutStatus.REQUESTED, PayoutStatus.APPROVED, PayoutStatus.FAILED})
"""The states in which the money of a payout is still here, so that it can be held."""


def hold_distributor(unit: UnitOfWork, user_id: UUID) -> Distributor:
    """Put somebody on hold: their amounts are drawn up by no payout, and carried. Repeated, nothing changes.

    Raises:
        NotFoundError: There is no such distributor.
        IllegalMoveError: The person is terminated.
    """
    return unit.distributors.update(evolve(unit.distributors.lock(user_id), status=DistributorStatus.ON_HOLD))


def release_distributor(unit: UnitOfWork, user_id: UUID, to: DistributorStatus) -> Distributor:
    """Take a hold away.

    Args:
        unit: The unit of work.
        user_id: Who.
        to: What they are from now on: active or inactive. Somebody who is that already stays as they are.

    Raises:
        NotFoundError: There is no such distributor.
        RefusedError: `to` is neither, the person is not on hold, or a compliance case holds them.
    """
    person = unit.distributors.lock(user_id)
    if to not in {DistributorStatus.ACTIVE, DistributorStatus.INACTIVE}:
        raise RefusedError(f"{person.distributor_number} cannot be released to {to}; say active or inactive")
    if person.status == to:
        return person
    if person.status != DistributorStatus.ON_HOLD:
        raise RefusedError(f"{person.distributor_number} cannot be released: they are {person.status}, not on hold")
    cases = unit.cases.list_by_subject(HELD_SUBJECT, user_id)
    holding = [case.case_number for case in cases if holds(case)]
    if holding:
        raise RefusedError(
            f"{person.distributor_number} cannot be released: case {', '.join(holding)} holds them; release the hold "
            "there (release_hold, resolve_case)"
        )
    return unit.distributors.update(evolve(person, status=to))


def hold_payout(unit: UnitOfWork, payout_id: UUID, reason: str) -> Payout:
    """Let a payout wait: until it is released it can only be cancelled. Held already, it keeps its first reason.

    Raises:
        NotFoundError: There is no such payout.
        RefusedError: The bank has it already, or it is over.
    """
    payout = unit.payouts.get_for_update(payout_id)
    if payout.held_reason is not None:
        return payout
    if payout.status not in OPEN_PAYOUTS:
        raise RefusedError(f"payout {payout_id} cannot be held: it is {payout.status}")
    return unit.payouts.update(evolve(payout, held_reason=reason))


def release_payout(unit: UnitOfWork, payout_id: UUID) -> Payout:
    """Let a held payout go its way again; one that is not held stays as it is.

    Raises:
        NotFoundError: There is no such payout.
    """
    return unit.payouts.update(evolve(unit.payouts.get_for_update(payout_id), held_reason=None))
