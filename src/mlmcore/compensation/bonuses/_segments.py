"""Lines as the result holds them: segments of ledger lines, account lines, unpaid and missed lines, out of found rows.

Nothing is decided here: who is paid what, and what is unpaid for which reason, is known before.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found, Payable, group_sums
from mlmcore.compensation.bonuses._order import in_unpaid_order, unpaid_rises
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.lines import (
    NO_RATE,
    AccountSegment,
    MissedSegment,
    Reason,
    Segment,
    UnpaidSegment,
    at_same_places,
)
from mlmcore.compensation.plan import AnyBonus
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy.threads import taken

__all__ = [
    "account_segment",
    "all_unpaid",
    "ledger_segment",
    "missed_segment",
    "rounding_lines",
    "rounding_segment",
    "unpaid_segment",
]

Ints64 = NDArray[np.int64]

_PLACES_STORED: Final = 12
_LOOKED_AT_FIRST: Final = 1000
"""Most columns show within so many amounts that they need all their places."""


def ledger_segment(bonus: AnyBonus, lines: Payable) -> Segment:
    """The lines that people are paid."""
    chosen = lines.some(lines.found.payee >= 0)
    return Segment(
        **_traced(bonus, chosen.found),  # type: ignore[arg-type]
        payee=chosen.found.payee,
        amount=chosen.minor,
        brought=chosen.brought,
    )


def account_segment(bonus: AnyBonus, lines: Payable) -> AccountSegment:
    """The lines that accounts are paid."""
    chosen = lines.some(lines.found.payee <= ACCOUNTS)
    return AccountSegment(
        **_traced(bonus, chosen.found),  # type: ignore[arg-type]
        account=(ACCOUNTS - chosen.found.payee).astype(np.int16),
        payee=chosen.found.whose,
        amount=chosen.minor,
    )


def unpaid_segment(
    bonus: AnyBonus,
    found: Found,
    amount: Ints64,
    places: int,
    reason: NDArray[np.uint8],
    brought: NDArray[np.int32] | None = None,
) -> UnpaidSegment:
    """What is unpaid of some rows; of nothing there is no line."""
    rows = amount != 0
    chosen = found.some(rows)
    of_now = np.full(len(found), -1, dtype=np.int32)
    return UnpaidSegment(
        **_traced(bonus, chosen),  # type: ignore[arg-type]
        payee=chosen.whose,
        amount=amount[rows],
        amount_places=places,
        reason=reason[rows],
        brought=(of_now if brought is None else brought)[rows],
    )


def rounding_segment(bonus: AnyBonus, found: Found, difference: Ints64, places: int, people: int) -> UnpaidSegment:
    """What rounding took of paid rows: one line for each person, and one for all accounts together.

    Each ledger line has its base and its rate, so what its own rounding was can be read there; a line more for each of
    them would be most of what a run writes.
    """
    by_person = group_sums(difference, np.maximum(found.payee, -1) + 1, people + 1)
    whose = np.flatnonzero(by_person)
    payee = (whose - 1).astype(np.int32)
    return rounding_lines(bonus, payee, by_person[whose], places, found.base_places, found.rate_places)


def rounding_lines(
    bonus: AnyBonus, payee: NDArray[np.int32], amount: Ints64, places: int, base_places: int, rate_places: int
) -> UnpaidSegment:
    """What rounding took of each payee's lines, as lines."""
    nobody = np.full(len(payee), -1, dtype=np.int32)
    return UnpaidSegment(
        bonus=bonus.id,
        type=bonus.type,
        source=nobody,
        order=nobody,
        level=nobody,
        base=np.zeros(len(payee), dtype=np.int64),
        base_places=base_places,
        rate=np.full(len(payee), NO_RATE, dtype=np.int64),
        rate_places=rate_places,
        payee=payee,
        amount=amount,
        amount_places=places,
        reason=np.full(len(payee), Reason.ROUNDING, dtype=np.uint8),
    )


def missed_segment(bonus: AnyBonus, found: Found) -> MissedSegment:
    """What was lost to somebody further up."""
    return MissedSegment(
        **_traced(bonus, found),  # type: ignore[arg-type]
        payee=found.whose,
        amount=found.exact(),
        amount_places=found.places,
        reason=found.reason,
    )


def all_unpaid(sheet: Sheet, parts: Sequence[UnpaidSegment]) -> UnpaidSegment:
    """Unpaid segments of one bonus as one, in the engine's order and at one number of decimal places.

    Raises:
        InputError: An amount leaves int64, or needs more decimal places than are kept.
    """
    parts = at_same_places(parts, ("base", "rate"))
    places = max(part.amount_places for part in parts)
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1 and unpaid_rises(sheet, parts[0]):
        only: UnpaidSegment = parts[0]
        amount = _at_places(only.amount, only.amount_places, places)
        amount, places = _stored(amount, places, only.bonus)
        return only if amount is only.amount else evolve(only, amount=amount, amount_places=places)
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("source", "order", "level", "base", "rate", "payee", "reason", "brought")
    }
    amount = np.concatenate([_at_places(part.amount, part.amount_places, places) for part in parts])
    place = in_unpaid_order(sheet, arrays)
    amount, places = _stored(taken(amount, place), places, parts[0].bonus)
    ordered: dict[str, Any] = {name: taken(array, place) for name, array in arrays.items()}
    together: UnpaidSegment = evolve(parts[0], **ordered, amount=amount, amount_places=places)
    return together


def _at_places(amount: Ints64, places: int, wanted: int) -> Ints64:
    if places == wanted:
        return amount
    factor = 10 ** (wanted - places)
    if largest(amount) * factor > INT64_MAX:
        what = f"an unpaid amount leaves the range of int64 at {wanted} decimal places"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base or the rate")])
    return amount * np.int64(factor)


def _stored(amount: Ints64, places: int, bonus: str) -> tuple[Ints64, int]:
    """Amounts with as few decimal places as they need, at most twelve, which is what is kept."""
    while places > 0 and not ((amount[:_LOOKED_AT_FIRST] % 10).any() or (amount % 10).any()):
        amount, places = amount // 10, places - 1
    if places > _PLACES_STORED:
        example = exact_decimal(int(amount[np.flatnonzero(amount % 10)[0]]), places)
        what = f"bonus {bonus} has the exact amount {example}, more than {_PLACES_STORED} decimal places"
        raise InputError(
            [Finding(code="plan.places", what=what, todo="put the base or the rate inside round(..., places)")]
        )
    return amount, places


def _traced(bonus: AnyBonus, found: Found) -> dict[str, object]:
    return {
        "bonus": bonus.id,
        "type": bonus.type,
        "source": found.source,
        "order": found.order,
        "level": found.level,
        "base": found.base,
        "base_places": found.base_places,
        "rate": found.rate,
        "rate_places": found.rate_places,
    }
