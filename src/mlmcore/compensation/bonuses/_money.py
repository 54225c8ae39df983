"""From exact amounts to lines: merging by detail, rounding, negative sums, minimums, and what each leaves unpaid.

Every kind of bonus hands in what it found as `Found`: one row per level or person, each with an exact amount and what
became of it. Here nothing is offered or refused any more; what is cut off is written down as unpaid with its reason,
row by row, so that entitled = paid + unpaid holds for each bonus exactly. Amounts of exactly nothing make no line.
"""

from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.lines import NO_RATE, AccountSegment, MissedSegment, Reason, Segment, UnpaidSegment
from mlmcore.compensation.plan import AnyBonus
from mlmcore.compensation.rounding import INT64_MAX, allocate, largest, round_scaled
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import Money, currency_places

__all__ = ["ACCOUNTS", "Found", "Outcome", "exact_product", "paid_out"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

ACCOUNTS: Final = -2
"""The payee that is account 0; account k is -2 - k, as in a person column."""

_PAID: Final = 0
_PLACES_STORED: Final = 12


@frozen(kw_only=True, eq=False)
class Found:
    """What a bonus found; all arrays are of one length, a row per level or person.

    Attributes:
        payee: int32: the person; -1 for nobody (above the root); -2 - k for account k.
        whose: int32: the person whose level or amount it was, also where an account is paid; -1 for nobody.
        source: int32: the person from whom the walk started, -1 for none.
        order: int32: the order, -1 for none.
        level: int16: -1 for none.
        base: int64: money, scaled by `base_places`.
        base_places: Decimal places of `base`.
        rate: int64, scaled by `rate_places`.
        rate_places: Decimal places of `rate`.
        reason: uint8: 0 is paid, otherwise a code of `Reason`.
        missed: bool: lost to somebody further up: shown, but not part of the identity.
    """

    payee: Ints
    whose: Ints
    source: Ints
    order: Ints
    level: NDArray[np.int16]
    base: Ints64
    base_places: int
    rate: Ints64
    rate_places: int
    reason: NDArray[np.uint8]
    missed: Bools

    def __len__(self) -> int:
        return len(self.payee)

    @property
    def places(self) -> int:
        """Decimal places of the exact amounts."""
        return self.base_places + self.rate_places

    def exact(self) -> Ints64:
        """The exact amounts, scaled by `places`.

        Raises:
            InputError: One leaves int64.
        """
        return exact_product(self.base, self.rate)

    def some(self, rows: NDArray[np.generic]) -> "Found":
        """Some of the rows."""
        arrays = {name: getattr(self, name)[rows] for name in _ARRAYS}
        return evolve(self, **arrays)


def exact_product(one: Ints64, other: Ints64 | np.int64) -> Ints64:
    """The product of scaled integers.

    Raises:
        InputError: It leaves int64.
    """
    if largest(one) * largest(np.atleast_1d(other)) > INT64_MAX:
        what = "an amount leaves the range of int64 before it is rounded"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base or the rate to fewer places")])
    product: Ints64 = one * other
    return product


_ARRAYS: Final = ("payee", "whose", "source", "order", "level", "base", "rate", "reason", "missed")


@frozen(kw_only=True, eq=False)
class Outcome:
    """What became of one bonus in one period or sub-period.

    Attributes:
        lines: Ledger lines.
        unpaid: Unpaid lines.
        accounts: Account lines.
        missed: What was lost to somebody further up.
        entitled: The exact sum of everything offered, scaled by `entitled_places`; taken before anything is paid.
        entitled_places: Its decimal places.
        earned: int64[n]: what each person qualified for: exact, scaled by `entitled_places`.
    """

    lines: Segment
    unpaid: UnpaidSegment
    accounts: AccountSegment
    missed: MissedSegment
    entitled: int
    entitled_places: int
    earned: Ints64


def paid_out(sheet: Sheet, bonus: AnyBonus, found: Found) -> Outcome:
    """Merge, round and pay what a bonus found.

    Raises:
        InputError: An amount leaves int64, needs more decimal places than are kept, or a payee's sum is negative where
            the plan says that it must not be.
    """
    found = found.some(found.exact() != 0)
    offered = found.some(~found.missed)
    places = found.places
    exact = offered.exact()
    # Python's integers: the sum of many int64 may leave int64.
    entitled = sum(exact.tolist())
    earned = _earned(offered, exact, sheet.size)
    merged, amounts = _merged(sheet, bonus, offered, exact)
    paid = merged.reason == _PAID
    payable, exact_paid = merged.some(paid), amounts[paid]
    rounded, unit = _rounded(sheet, payable.payee, exact_paid, places)
    difference = exact_paid - rounded * np.int64(10 ** (places - unit)) if places >= unit else exact_paid * 0
    minor = rounded * np.int64(10 ** (currency_places(sheet.plan.currency) - unit))
    kept, refused = _kept(sheet, bonus, payable.payee, minor)
    parts = [
        _unpaid(sheet, bonus, merged.some(~paid), amounts[~paid], places, merged.reason[~paid]),
        _unpaid(sheet, bonus, payable, difference, places, np.full(len(payable), Reason.ROUNDING, dtype=np.uint8)),
        _unpaid(sheet, bonus, payable.some(~kept), minor[~kept], currency_places(sheet.plan.currency), refused[~kept]),
    ]
    lines, line_amounts = payable.some(kept), minor[kept]
    lost = found.some(found.missed)
    return Outcome(
        lines=_segment(sheet, bonus, lines, line_amounts),
        unpaid=_joined(sheet, parts),
        accounts=_account_segment(sheet, bonus, lines, line_amounts),
        missed=_missed(sheet, bonus, lost),
        entitled=entitled,
        entitled_places=places,
        earned=earned,
    )


def _earned(found: Found, exact: Ints64, people: int) -> Ints64:
    earned = np.zeros(people, dtype=np.int64)
    rows = (found.reason == _PAID) & (found.payee >= 0)
    np.add.at(earned, found.payee[rows], exact[rows])
    return earned


def _merged(sheet: Sheet, bonus: AnyBonus, found: Found, exact: Ints64) -> tuple[Found, Ints64]:
    """Rows in the engine's order, merged as `detail` says: rows of one payee, source, level and reason become one."""
    detail = bonus.detail_or_default
    if detail != "order":
        found = evolve(found, order=np.full(len(found), -1, dtype=np.int32))
    if detail == "payee":
        nobody = np.full(len(found), -1, dtype=np.int32)
        found = evolve(found, source=nobody, level=nobody.astype(np.int16))
    place = _in_order(sheet, found)
    found, exact = found.some(place), exact[place]
    if detail == "order" or not len(found):
        return found, exact
    keys = np.stack([found.payee, found.whose, found.source, found.level, found.reason], axis=1)
    first = np.flatnonzero(np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)]))
    same_rate = np.maximum.reduceat(found.rate, first) == np.minimum.reduceat(found.rate, first)
    merged = evolve(found.some(first), base=np.add.reduceat(found.base, first))
    return evolve(merged, rate=np.where(same_rate, merged.rate, NO_RATE)), np.add.reduceat(exact, first)


def _in_order(sheet: Sheet, found: Found) -> NDArray[np.intp]:
    """Order date and id, level, payee, source: orders are in order already, people by their labels; accounts last."""
    rank = np.concatenate([sheet.rows.network.ids.rank, [-1]]).astype(np.int64)
    payee = np.where(
        found.payee <= ACCOUNTS, len(rank) - found.payee.astype(np.int64), rank[np.maximum(found.payee, -1)]
    )
    whose = rank[found.whose]
    return np.lexsort((found.reason, rank[found.source], whose, payee, found.level, found.order))


def _rounded(sheet: Sheet, payee: Ints, exact: Ints64, places: int) -> tuple[Ints64, int]:
    """Amounts in the plan's unit, and its decimal places."""
    rounding = sheet.plan.rounding
    unit = min(rounding.places, currency_places(sheet.plan.currency))
    if rounding.at == "line" or places <= unit:
        return round_scaled(exact, places, unit, rounding.mode), unit
    return allocate(exact, payee, 10 ** (places - unit), rounding.mode), unit


def _kept(sheet: Sheet, bonus: AnyBonus, payee: Ints, minor: Ints64) -> tuple[Bools, NDArray[np.uint8]]:
    """Which lines stay, and why the others do not: a negative sum that becomes nothing, a sum below the minimum."""
    payees, group = np.unique(payee, return_inverse=True)
    group = group.reshape(-1)
    sums = np.zeros(len(payees), dtype=np.int64)
    np.add.at(sums, group, minor)
    refused = np.zeros(len(payees), dtype=np.uint8)
    if bonus.negative == "zero":
        refused[sums < 0] = Reason.NEGATIVE
    elif bonus.negative == "error" or bonus.negative is None:
        _refuse_negative(sheet, bonus, payees[sums < 0], sums[sums < 0])
    if bonus.minimum is not None:
        least = evaluate(bonus.minimum.node, people_frame(sheet))
        places = currency_places(sheet.plan.currency)
        limits = round_scaled(least.values, least.places, places, sheet.plan.rounding.mode)
        people = payees >= 0
        below = np.zeros(len(payees), dtype=np.bool_)
        below[people] = (sums[people] >= 0) & (sums[people] < limits[payees[people]])
        refused[below] = Reason.BELOW_MINIMUM
    by_line = refused[group]
    return by_line == _PAID, by_line


def _refuse_negative(sheet: Sheet, bonus: AnyBonus, payees: Ints, sums: Ints64) -> None:
    if not len(payees):
        return
    todo = 'say in `negative` what happens then: "zero" or "charge"'
    findings = [
        Finding(
            code="plan.negative",
            what=f"{_name(sheet, int(payee))} would get {Money(int(amount), sheet.plan.currency)}, below zero",
            todo=todo,
            file=bonus.place.file,
            line=bonus.place.line,
            path=f"bonuses.{bonus.id}",
        )
        for payee, amount in zip(payees, sums, strict=True)
    ]
    raise InputError(findings)


def _name(sheet: Sheet, payee: int) -> str:
    return sheet.rows.network.ids.label(payee) if payee >= 0 else sheet.plan.accounts[ACCOUNTS - payee]


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


def _segment(sheet: Sheet, bonus: AnyBonus, found: Found, amount: Ints64) -> Segment:
    people = found.payee >= 0
    chosen = found.some(people)
    return Segment(**_traced(bonus, chosen), payee=chosen.payee, amount=amount[people])  # type: ignore[arg-type]


def _account_segment(sheet: Sheet, bonus: AnyBonus, found: Found, amount: Ints64) -> AccountSegment:
    accounts = found.payee <= ACCOUNTS
    chosen = found.some(accounts)
    return AccountSegment(
        **_traced(bonus, chosen),  # type: ignore[arg-type]
        account=(ACCOUNTS - chosen.payee).astype(np.int16),
        payee=chosen.whose,
        amount=amount[accounts],
    )


def _unpaid(
    sheet: Sheet, bonus: AnyBonus, found: Found, amount: Ints64, places: int, reason: NDArray[np.uint8]
) -> UnpaidSegment:
    rows = amount != 0
    chosen = found.some(rows)
    return UnpaidSegment(
        **_traced(bonus, chosen),  # type: ignore[arg-type]
        payee=chosen.whose,
        amount=amount[rows],
        amount_places=places,
        reason=reason[rows],
    )


def _missed(sheet: Sheet, bonus: AnyBonus, found: Found) -> MissedSegment:
    return MissedSegment(
        **_traced(bonus, found),  # type: ignore[arg-type]
        payee=found.whose,
        amount=found.exact(),
        amount_places=found.places,
        reason=found.reason,
    )


def _joined(sheet: Sheet, parts: list[UnpaidSegment]) -> UnpaidSegment:
    """Unpaid segments of one bonus as one, in the engine's order and at one number of decimal places."""
    places = max(part.amount_places for part in parts)
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("source", "order", "level", "base", "rate", "payee", "reason")
    }
    amount = np.concatenate([_at_places(part.amount, part.amount_places, places) for part in parts])
    rank = np.concatenate([sheet.rows.network.ids.rank, [-1]])
    keys = (arrays["reason"], rank[arrays["source"]], rank[arrays["payee"]], arrays["level"], arrays["order"])
    place = np.lexsort(keys)
    amount, places = _stored(amount[place], places, parts[0].bonus)
    ordered: dict[str, Any] = {name: array[place] for name, array in arrays.items()}
    return evolve(parts[0], **ordered, amount=amount, amount_places=places)


def _at_places(amount: Ints64, places: int, wanted: int) -> Ints64:
    factor = 10 ** (wanted - places)
    if largest(amount) * factor > INT64_MAX:
        what = f"an unpaid amount leaves the range of int64 at {wanted} decimal places"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base or the rate")])
    return amount * np.int64(factor)


def _stored(amount: Ints64, places: int, bonus: str) -> tuple[Ints64, int]:
    """Amounts with as few decimal places as they need, at most twelve, which is what is kept."""
    while places > 0 and not (amount % 10).any():
        amount, places = amount // 10, places - 1
    if places > _PLACES_STORED:
        example = exact_decimal(int(amount[np.flatnonzero(amount % 10)[0]]), places)
        what = f"bonus {bonus} has the exact amount {example}, more than {_PLACES_STORED} decimal places"
        raise InputError(
            [Finding(code="plan.places", what=what, todo="put the base or the rate inside round(..., places)")]
        )
    return amount, places
