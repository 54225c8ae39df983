"""What every store asks of periods, runs, ledger lines, payouts and debts, beyond what the entities say of themselves.

Numbers in brackets are promises of `protocols`.
"""

from typing import Final
from uuid import UUID

from attrs import AttrsInstance

from mlmcore.domain.commissions import CommissionPeriod, CommissionRun, Debt, LedgerLine, Payout
from mlmcore.domain.enums import CommissionType, PayoutStatus, PeriodStatus, RunStatus
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, RefusedError
from mlmcore.repositories.sentences import not_stored

__all__ = [
    "known_period",
    "refuse_all_but_adjustments",
    "refuse_debt_changes",
    "refuse_debt_of_nothing",
    "refuse_figure_when_finalized",
    "refuse_new_official",
    "refuse_new_unless_open",
    "refuse_payout_changes",
    "refuse_period_changes",
    "refuse_replacing",
    "refuse_run_changes",
    "refuse_shared_days",
    "refuse_wrong_correction",
]

_DAYS: Final = ("start_date", "end_date", "kind", "timezone")
_PAYOUT_FIXED: Final = ("distributor_id", "period_id", "amount", "currency", "fee_amount", "net_amount")
_DEBT_FIXED: Final = ("distributor_id", "amount", "currency")
_PUT_RIGHT: Final = "what is wrong in it is put right by adjustments in the open period"


def refuse_new_unless_open(period: CommissionPeriod) -> None:
    """Refuse to store a new period that is not open (P4)."""
    if period.status != PeriodStatus.OPEN:
        raise RefusedError(
            f"a new period is open; period {period.id} is {period.status}; "
            "store it open and close it by a step of its own"
        )


def refuse_period_changes(before: CommissionPeriod, after: CommissionPeriod) -> None:
    """Refuse to move a period's days once it is not open any more (P4)."""
    changed = _changed(before, after, _DAYS)
    if changed and before.status != PeriodStatus.OPEN:
        raise RefusedError(
            f"{', '.join(changed)} of period {after.id} cannot change: it is {before.status}, not open; "
            "what falls on other days is put right by adjustments in the open period"
        )


def refuse_figure_when_finalized(period: CommissionPeriod, name: str) -> None:
    """Refuse to give a finalized period a company figure, or another one (P5)."""
    if period.status == PeriodStatus.FINALIZED:
        raise RefusedError(f"{name} of period {period.id} cannot change: the period is finalized; {_PUT_RIGHT}")


def refuse_shared_days(period: CommissionPeriod, other: CommissionPeriod | None) -> None:
    """Refuse a period that shares days with another of its kind (P2).

    Args:
        period: As it is to be stored.
        other: The first other one that shares days with it, by first day, then id; None where there is none.
    """
    if other is not None:
        raise ConflictError(
            f"period {period.id} ({period.start_date} to {period.end_date}) shares days with period "
            f"{other.id} ({other.start_date} to {other.end_date}); two of one kind never do"
        )


def refuse_new_official(run: CommissionRun) -> None:
    """Refuse to store a run as the official one, but by `Ledger.replace` (X2)."""
    if run.official:
        raise RefusedError(_only_replace(run.id))


def refuse_run_changes(before: CommissionRun, after: CommissionRun) -> None:
    """Refuse to make a run official or not by hand, and any change of a finalized period's run (X2, X3)."""
    if after.official != before.official:
        raise RefusedError(_only_replace(after.id))
    _refuse_final(before)


def refuse_replacing(period: CommissionPeriod, official: CommissionRun | None) -> None:
    """Refuse to replace the lines of a period that is not being calculated, or whose run is final (L4, L7, X3)."""
    if period.status != PeriodStatus.CALCULATING:
        raise RefusedError(f"lines of period {period.id} are replaced while it is calculating; it is {period.status}")
    if official is not None:
        _refuse_final(official)


def _refuse_final(run: CommissionRun) -> None:
    if run.official and run.status == RunStatus.FINALIZED:
        raise RefusedError(
            f"run {run.id} cannot change: it is the official run of the finalized period {run.period_id}; {_PUT_RIGHT}"
        )


def refuse_all_but_adjustments(period: CommissionPeriod, line: LedgerLine) -> None:
    """Refuse a single line that is no adjustment in an open period (L2)."""
    if period.status != PeriodStatus.OPEN:
        raise RefusedError(
            f"ledger line {line.id}: period {period.id} is {period.status}; an adjustment goes into an open period"
        )
    if line.type != CommissionType.ADJUSTMENT or line.run_id is not None:
        raise RefusedError(
            f"ledger line {line.id} is of type {line.type}; single lines are adjustments, made by no run: "
            "all others come from a calculation"
        )


def known_period(who: str, period_id: str, period: CommissionPeriod | None) -> CommissionPeriod:
    """Return the period that something new names, if it is stored (A3).

    Args:
        who: What names it, for the message.
        period_id: The period's id.
        period: What is stored under it.
    """
    if period is None:
        raise BrokenReferenceError(not_stored(who, "period_id", period_id, "commission_periods"))
    return period


def refuse_wrong_correction(line: LedgerLine, period: CommissionPeriod | None, corrected: LedgerLine | None) -> None:
    """Refuse to correct a line that is not stored, or whose period is open (L3).

    Args:
        line: The line that corrects another.
        period: The period that it names, as stored.
        corrected: The line that it names, as stored.
    """
    if period is None or corrected is None:
        raise BrokenReferenceError(
            f"ledger line {line.id} corrects line {line.corrects_id} of period {line.corrects_period_id}, "
            "which is not stored"
        )
    if period.status == PeriodStatus.OPEN:
        raise RefusedError(
            f"ledger line {line.id} corrects a line of period {period.id}, which is still open; "
            "only lines of an earlier, closed period are corrected"
        )


def refuse_payout_changes(before: Payout, after: Payout) -> None:
    """Refuse to change who is paid, for what, and how much (W4), and to pay what is held (W8)."""
    changed = _changed(before, after, _PAYOUT_FIXED)
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} of payout {after.id} cannot change once it is stored; cancel the payout instead"
        )
    if before.held_reason is not None and after.status not in {before.status, PayoutStatus.CANCELLED}:
        raise RefusedError(
            f"payout {after.id} is held ({before.held_reason}) and cannot become {after.status}; release it first, by "
            "a step of its own"
        )


def refuse_debt_of_nothing(debt: Debt) -> None:
    """Refuse a debt of zero."""
    if not debt.amount:
        raise RefusedError(f"debt {debt.id} is of nothing; a debt is of more than zero")


def refuse_debt_changes(before: Debt, after: Debt) -> None:
    """Refuse to change a debt, but for settling more of it (W6)."""
    changed = _changed(before, after, _DEBT_FIXED)
    if changed:
        raise RefusedError(
            f"{', '.join(changed)} of debt {after.id} cannot change once it is stored; settle it, and store another one"
        )
    if after.settled < before.settled:
        raise RefusedError(
            f"debt {after.id}: {before.settled} is settled already, which cannot shrink to {after.settled}; "
            "store another debt of the difference"
        )


def _changed(before: AttrsInstance, after: AttrsInstance, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _only_replace(run: UUID) -> str:
    return f"run {run}: only Ledger.replace makes a run official, or no longer official"
