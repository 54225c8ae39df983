"""`deferred_until` and `deferred_expires`: a line is locked, carried, and paid whole when its condition holds.

The rules:

- **D1** What is left of a line after rounding, minimum and caps is locked where the condition fails for its payee. The
  period in which it was locked is its period 0. Lines of accounts are never locked.
- **D2** In each later period the condition is asked again, whether or not the bonus runs: where it holds, everything
  that is locked for the payee is paid whole. No minimum and no cap is asked again.
- **D3** With `deferred_expires = N` a line that is still locked at the end of period N is unpaid, reason `expired`.
- **D4** Whoever is not in the run keeps what is locked. It grows older; it expires when they are back.
- **D5** What a refund takes back of a line that is locked (`refunds = "original"`) has the fate of that line: it waits
  as long as that, and is released or expires with it, so that nobody is charged for what was never paid.
- **D6** What it takes back of a line that has been paid is charged at once, whether or not the condition holds: were
  it to wait, it could expire, and somebody would keep what was given back.
"""

from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._found import Payable
from mlmcore.compensation.bonuses._order import in_order
from mlmcore.compensation.bonuses._segments import unpaid_segment
from mlmcore.compensation.bonuses._takes_back import Line, lines_given_back, taken_back_by
from mlmcore.compensation.bonuses._waiting import Kept, waiting_of
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import AnyBonus
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import currency_places

__all__ = ["deferred"]

Bools = NDArray[np.bool_]
Ints64 = NDArray[np.int64]
Fates = dict[Line, int]
"""What becomes of lines that refunds may take back: the age at which one waits, or one of the following."""

_OWN: Final = -1
"""The condition of its payee decides."""
_EXPIRED: Final = -2
"""It expires now."""
_CHARGED: Final = -3
"""It takes back what has been paid."""


def deferred(sheet: Sheet, bonus: AnyBonus, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """What is paid now: drafts without the lines that are locked, and before them what was locked and is released.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        drafts: As the caps have left them.

    Raises:
        InputError: The condition cannot be computed, or `deferred_expires` is no number of periods.
    """
    if bonus.deferred_until is None:
        return drafts
    holds, waiting = evaluate(bonus.deferred_until.node, people_frame(sheet)).values, waiting_of(sheet, bonus)
    split = _Split.of(sheet, bonus, waiting.take("deferred"), holds)
    waiting.keep("deferred", split.still.lines, split.still.age)
    fates = {**_locked_now(sheet, bonus, drafts, holds), **_locked_before(sheet, bonus, split)}
    return (_released(sheet, bonus, split), *(_locked(sheet, bonus, draft, holds, fates) for draft in drafts))


@frozen(kw_only=True, eq=False)
class _Split:
    """What becomes of lines that were locked before."""

    paid: Payable
    expired: Payable
    still: Kept

    @classmethod
    def of(cls, sheet: Sheet, bonus: AnyBonus, kept: Kept, holds: Bools) -> "_Split":
        """Ask the condition of each, and how long it has waited (D2, D3)."""
        most = None if bonus.deferred_expires is None else _periods(sheet, bonus, bonus.deferred_expires)
        in_time = np.ones(len(kept.age), dtype=np.bool_) if most is None else kept.age <= most
        last = np.zeros(len(kept.age), dtype=np.bool_) if most is None else kept.age >= most
        paid = in_time & holds[kept.lines.found.payee]
        expired = last & ~paid
        return cls(paid=kept.lines.some(paid), expired=kept.lines.some(expired), still=kept.some(~paid & ~expired))


def _locked(sheet: Sheet, bonus: AnyBonus, draft: Draft, holds: Bools, fates: Fates) -> Draft:
    """A draft without the lines that are locked: they wait (D1), or have the fate of what they take back (D5, D6)."""
    lines = draft.lines
    fate = np.full(len(lines), _OWN, dtype=np.int64)
    for row, line in taken_back_by(sheet, bonus, lines):
        fate[row] = fates.get(line, _CHARGED)
    gone, waits = fate == _EXPIRED, (fate >= 0) | ((fate == _OWN) & _fails(lines, holds))
    waiting_of(sheet, bonus).keep("deferred", lines.some(waits), np.maximum(fate[waits], 0))
    expired, money = lines.some(gone), currency_places(sheet.plan.currency)
    reason = np.full(len(expired), Reason.EXPIRED, dtype=np.uint8)
    unpaid = unpaid_segment(bonus, expired.found, expired.minor, money, reason)
    return evolve(draft, lines=lines.some(~(gone | waits)), unpaid=(*draft.unpaid, unpaid))


def _fails(lines: Payable, holds: Bools) -> Bools:
    """Of which lines the condition fails for the payee."""
    payee = lines.found.payee
    return np.asarray((payee >= 0) & ~holds[np.maximum(payee, 0)])


def _locked_now(sheet: Sheet, bonus: AnyBonus, drafts: tuple[Draft, ...], holds: Bools) -> Fates:
    """The lines that begin to wait now, as the condition of their payee says."""
    locked = (draft.lines.some(_fails(draft.lines, holds)) for draft in drafts)
    return {line: _OWN for lines in locked for _, line in lines_given_back(sheet, bonus, lines)}


def _locked_before(sheet: Sheet, bonus: AnyBonus, split: _Split) -> Fates:
    """The lines that were locked before and are not released: the age of each, or that it expires now."""
    still = lines_given_back(sheet, bonus, split.still.lines)
    found = {line: int(split.still.age[row]) for row, line in still}
    return {**found, **{line: _EXPIRED for _, line in lines_given_back(sheet, bonus, split.expired)}}


def _periods(sheet: Sheet, bonus: AnyBonus, expression: Expression) -> int:
    found = int(evaluate(expression.node, run_frame(sheet)).values[0])
    if found < 1:
        what = f"{expression.text!r} is {found}"
        todo = "a line waits for at least one period"
        raise InputError([bonus.finding("plan.value", what, todo, "deferred_expires")])
    return found


def _released(sheet: Sheet, bonus: AnyBonus, split: _Split) -> Draft:
    """What was locked before and is paid or unpaid now: nothing of it is entitled or earned again."""
    draft, money = nothing_drafted(sheet, bonus), currency_places(sheet.plan.currency)
    paid, expired = split.paid, split.expired
    reason = np.full(len(expired), Reason.EXPIRED, dtype=np.uint8)
    return evolve(
        draft,
        lines=paid.some(in_order(sheet, paid.found)),
        unpaid=(unpaid_segment(bonus, expired.found, expired.minor, money, reason, expired.brought),),
    )
