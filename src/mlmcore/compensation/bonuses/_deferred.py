"""`deferred_until` and `deferred_expires`: a line is locked, carried, and paid whole when its condition holds.

The rules:

- **D1** What is left of a line after rounding, minimum and caps is locked where the condition fails for its payee. The
  period in which it was locked is its period 0. Lines of accounts are never locked.
- **D2** In each later period the condition is asked again, whether or not the bonus runs: where it holds, everything
  that is locked for the payee is paid whole. No minimum and no cap is asked again.
- **D3** With `deferred_expires = N` a line that is still locked at the end of period N is unpaid, reason `expired`.
- **D4** Whoever is not in the run keeps what is locked. It grows older; it expires when they are back.
"""

import numpy as np
from attrs import evolve, frozen

from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._found import Payable
from mlmcore.compensation.bonuses._order import in_order
from mlmcore.compensation.bonuses._segments import unpaid_segment
from mlmcore.compensation.bonuses._waiting import Kept, waiting_of
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import AnyBonus
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import currency_places

__all__ = ["deferred"]


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
    holds = evaluate(bonus.deferred_until.node, people_frame(sheet)).values
    split = _Split.of(sheet, bonus, waiting_of(sheet, bonus).take("deferred"), holds)
    waiting = waiting_of(sheet, bonus)
    waiting.keep("deferred", split.still.lines, split.still.age)
    left = []
    for draft in drafts:
        payee = draft.lines.found.payee
        locked = (payee >= 0) & ~holds[np.maximum(payee, 0)]
        waiting.keep("deferred", draft.lines.some(locked), np.zeros(int(locked.sum()), dtype=np.int64))
        left.append(evolve(draft, lines=draft.lines.some(~locked)))
    return (_released(sheet, bonus, split), *left)


@frozen(kw_only=True, eq=False)
class _Split:
    """What becomes of lines that were locked before."""

    paid: Payable
    expired: Payable
    still: Kept

    @classmethod
    def of(
        cls, sheet: Sheet, bonus: AnyBonus, kept: Kept, holds: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    ) -> "_Split":
        """Ask the condition of each, and how long it has waited (D2, D3)."""
        most = None if bonus.deferred_expires is None else _periods(sheet, bonus, bonus.deferred_expires)
        in_time = np.ones(len(kept.age), dtype=np.bool_) if most is None else kept.age <= most
        last = np.zeros(len(kept.age), dtype=np.bool_) if most is None else kept.age >= most
        paid = in_time & holds[kept.lines.found.payee]
        expired = last & ~paid
        return cls(paid=kept.lines.some(paid), expired=kept.lines.some(expired), still=kept.some(~paid & ~expired))


def _periods(sheet: Sheet, bonus: AnyBonus, expression: Expression) -> int:
    found = int(evaluate(expression.node, run_frame(sheet)).values[0])
    if found < 1:
        what = f"{expression.text!r} is {found}"
        todo = "a line waits for at least one period"
        path = f"bonuses.{bonus.id}.deferred_expires"
        raise InputError([Finding(code="plan.value", what=what, todo=todo, file=bonus.place.file, path=path)])
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
