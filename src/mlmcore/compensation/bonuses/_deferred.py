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
"""

from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._found import Found, Payable
from mlmcore.compensation.bonuses._order import in_order
from mlmcore.compensation.bonuses._segments import unpaid_segment
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
Key = tuple[str | None, int, int, int]
"""What tells a locked line from every other one: order, payee, source, level."""

_OWN: Final = -1
"""A line that takes back none that is locked."""
_EXPIRED: Final = -2
"""A line that takes back one that expires now."""


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
    locked_before = _locked_before(sheet, bonus, split)
    return (_released(sheet, bonus, split), *(_locked(sheet, bonus, draft, holds, locked_before) for draft in drafts))


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


def _locked(sheet: Sheet, bonus: AnyBonus, draft: Draft, holds: Bools, locked_before: dict[Key, int]) -> Draft:
    """A draft without the lines that are locked: they wait (D1), or have the fate of what they take back (D5)."""
    lines = draft.lines
    payee = lines.found.payee
    fate = _fates(sheet, lines, locked_before)
    locked = ((payee >= 0) & ~holds[np.maximum(payee, 0)]) | (fate != _OWN)
    gone, waits = fate == _EXPIRED, locked & (fate != _EXPIRED)
    waiting_of(sheet, bonus).keep("deferred", lines.some(waits), np.maximum(fate[waits], 0))
    expired, money = lines.some(gone), currency_places(sheet.plan.currency)
    reason = np.full(len(expired), Reason.EXPIRED, dtype=np.uint8)
    unpaid = unpaid_segment(bonus, expired.found, expired.minor, money, reason)
    return evolve(draft, lines=lines.some(~locked), unpaid=(*draft.unpaid, unpaid))


def _locked_before(sheet: Sheet, bonus: AnyBonus, split: _Split) -> dict[Key, int]:
    """The lines that were locked before and are not released: the age of each, or that it expires now."""
    if bonus.source != "orders" or sheet.plan.refunds != "original":
        return {}
    waiting = waiting_of(sheet, bonus)
    found: dict[Key, int] = {}
    for lines, ages in ((split.still.lines, split.still.age), (split.expired, np.full(len(split.expired), _EXPIRED))):
        for row, age in enumerate(ages.tolist()):
            found[_key(lines.found, row, waiting.order_of(int(lines.brought[row])))] = age
    return found


def _fates(sheet: Sheet, lines: Payable, locked_before: dict[Key, int]) -> Ints64:
    """Of each line the age of the locked line that it takes back, that it expires with it, or that it has none."""
    fate = np.full(len(lines), _OWN, dtype=np.int64)
    if locked_before:
        orders = sheet.rows.orders
        refund_of = np.append(orders.refund_of, -1)[lines.found.order]
        for row in np.flatnonzero(refund_of >= 0).tolist():
            key = _key(lines.found, row, orders.ids.label(int(refund_of[row])))
            fate[row] = locked_before.get(key, _OWN)
    return fate


def _key(found: Found, row: int, order: str | None) -> Key:
    return order, int(found.payee[row]), int(found.source[row]), int(found.level[row])


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
