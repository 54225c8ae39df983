"""From exact amounts to a draft: merging by detail, rounding, negative sums, minimums, and what each leaves unpaid.

Every kind of bonus hands in what it found as `Found`: one row per level or person, each with an exact amount and what
became of it. Here nothing is offered or refused any more; what is cut off is written down as unpaid with its reason,
so that entitled = paid + unpaid holds for each bonus exactly. Amounts of exactly nothing make no line.
What becomes of the draft, once every bonus under the same cap has one, stands in `_books`.
"""

from typing import Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._checks._earned import earned_places
from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._found import (
    ACCOUNTS,
    Found,
    Payable,
    at_places,
    exact_product,
    group_sums,
    stacked,
    sum_too_large,
)
from mlmcore.compensation.bonuses._order import in_order, rises
from mlmcore.compensation.bonuses._refunds import Refunds
from mlmcore.compensation.bonuses._segments import missed_segment, rounding_segment, unpaid_segment
from mlmcore.compensation.bonuses._spans import since
from mlmcore.compensation.bonuses._waiting import stacked_lines, waiting_of
from mlmcore.compensation.bonuses._weighed import Weighed
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.lines import NO_RATE, MissedSegment, Reason, UnpaidSegment
from mlmcore.compensation.plan import AnyBonus, Plan
from mlmcore.compensation.rounding import INT64_MAX, allocate, largest, round_scaled, total_of
from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import RoundingMode
from mlmcore.domain.money import Money, currency_places

__all__ = ["drafted", "in_units", "settled"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PAID: Final = 0
_OWN: Final = -1


def drafted(sheet: Sheet, bonus: AnyBonus, found: Found, refunds: Refunds | None = None) -> Draft:
    """Merge and round what a bonus found, and take out what is negative or too little.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        found: What it found in the sheet's window.
        refunds: Takes back what it paid on orders that were refunded; None where refunds walk like orders.

    Raises:
        InputError: An amount leaves int64, needs more decimal places than are kept, or a payee's sum is negative where
            the plan says that it must not be.
    """
    exact = _exact(sheet, bonus, found)
    something = exact != 0
    if not something.all():
        found, exact = found.some(something), exact[something]
    offered, offered_exact = (found, exact) if not found.missed.any() else _not_missed(found, exact)
    if bonus.is_column:
        return _column(sheet, bonus, offered, offered_exact, refunds)
    missed = missed_segment(bonus, found.some(found.missed))
    return settled(sheet, bonus, _weighed(sheet, bonus, offered, offered_exact, missed), refunds)


def settled(sheet: Sheet, bonus: AnyBonus, weighed: Weighed, refunds: Refunds | None = None) -> Draft:
    """Take out of what was weighed what refunds take back, and what is negative or too little.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        weighed: What it offers in the sheet's window.
        refunds: As in `drafted`.

    Raises:
        InputError: A payee's sum is negative where the plan says that it must not be.
    """
    payable, money = weighed.payable, currency_places(sheet.plan.currency)
    entitled, earned, places = weighed.entitled, weighed.earned, weighed.places
    back = None if refunds is None else refunds.taken_back(payable)
    if back is not None and len(back):
        coarser, places = 10 ** max(money - places, 0), max(places, money)  # an amount in whole dollars
        entitled = entitled * coarser + sum(back.minor.tolist()) * 10 ** (places - money)
        earned = exact_product(earned, np.int64(coarser)) + _earned_back(back, places - money, sheet.size)
    together, place = (payable, np.arange(len(payable))) if back is None else _together(sheet, payable, back)
    negative = _negative(sheet, bonus, together)
    lines, small = _with_minimum(sheet, bonus, together.some(~negative))
    if refunds is not None:
        kept = ~negative
        if bonus.minimum_unpaid == "lost":
            kept[kept] = ~small
        refunds.forget(kept[np.argsort(place)[: len(payable.minor)]], payable)
    below = lines.some(small)
    if bonus.minimum_unpaid == "carry":
        waiting_of(sheet, bonus).keep("minimum", _waiting(sheet, bonus, below), np.zeros(len(below), dtype=np.int64))
        below = below.some(np.zeros(0, dtype=np.intp))
    out = together.some(negative)
    return Draft(
        lines=lines.some(~small),
        unpaid=(
            *weighed.unpaid,
            *_cut_off(bonus, out, money, Reason.NEGATIVE),
            *_cut_off(bonus, below, money, Reason.BELOW_MINIMUM),
        ),
        missed=weighed.missed,
        entitled=entitled,
        entitled_places=places,
        earned=earned,
        span=sheet.span.id,
    )


def _weighed(sheet: Sheet, bonus: AnyBonus, offered: Found, exact: Ints64, missed: MissedSegment) -> Weighed:
    """What was offered, merged and rounded: who is paid what, and what is unpaid of it."""
    places = offered.places
    merged, amounts = _merged(sheet, bonus, offered, exact)
    paid = merged.reason == _PAID
    payable, difference = _rounded(sheet, merged.some(paid), amounts[paid], places)
    return Weighed(
        payable=payable,
        unpaid=(
            unpaid_segment(bonus, merged.some(~paid), amounts[~paid], places, merged.reason[~paid]),
            rounding_segment(bonus, payable.found, difference, places, sheet.size),
        ),
        missed=missed,
        entitled=_offered(offered),
        places=places,
        earned=_earned(offered, exact, sheet.size),
    )


def _exact(sheet: Sheet, bonus: AnyBonus, found: Found) -> Ints64:
    """The exact amounts.

    Raises:
        InputError: One leaves int64; the largest base and whose it is are named.
    """
    try:
        return found.exact()
    except InputError:
        row = int(np.argmax(np.abs(found.base)))
        order, person = int(found.order[row]), int(found.whose[row])
        of = f", of order {sheet.rows.dated(bonus.dated or 'orders').ids.label(order)}" if order >= 0 else ""
        of = of or (f", of {sheet.rows.network.ids.label(person)}" if person >= 0 else "")
        base = exact_decimal(int(found.base[row]), found.base_places)
        what = f"an amount leaves the range of int64 before it is rounded; its base is at most {base:f}{of}"
        raise InputError([bonus.finding("plan.overflow", what, "round the base or the rate to fewer places")]) from None


def _column(sheet: Sheet, bonus: AnyBonus, offered: Found, exact: Ints64, refunds: Refunds | None) -> Draft:
    """The draft of a bonus that is only a column: what people earned, exactly, and no line at all."""
    places = earned_places(bonus, sheet.plan) or 0
    exact = round_scaled(exact, offered.places, places, RoundingMode.FLOOR)
    earned = _earned(offered, exact, sheet.size)
    if refunds is not None:
        merged, amounts = _merged(sheet, bonus, offered, exact)
        paid = merged.reason == _PAID
        lines = evolve(merged.some(paid), amount=None, amount_places=0)
        back = refunds.taken_back(Payable(found=lines, minor=amounts[paid]))
        people = back.found.payee >= 0
        earned = earned + group_sums(back.minor[people], back.found.payee[people], sheet.size)
    return evolve(nothing_drafted(sheet, bonus), earned=earned, entitled_places=places)


def _cut_off(bonus: AnyBonus, lines: Payable, places: int, reason: Reason) -> tuple[UnpaidSegment, ...]:
    """Lines that are unpaid for one reason, as a segment; none where there are no lines."""
    if not len(lines):
        return ()
    reasons = np.full(len(lines), reason, dtype=np.uint8)
    return (unpaid_segment(bonus, lines.found, lines.minor, places, reasons),)


def _offered(found: Found) -> int:
    """The exact sum of everything offered: multiplied and added apart from the amounts that are paid."""
    if found.amount is not None:
        return total_of(found.amount)
    if largest(found.base) * largest(found.rate) * len(found) <= INT64_MAX:
        return int(np.dot(found.base, found.rate))
    return sum(base * rate for base, rate in zip(found.base.tolist(), found.rate.tolist(), strict=True))


def _not_missed(found: Found, exact: Ints64) -> tuple[Found, Ints64]:
    rows = np.flatnonzero(~found.missed)
    return found.some(rows), exact[rows]


def _earned(found: Found, exact: Ints64, people: int) -> Ints64:
    rows = np.flatnonzero((found.reason == _PAID) & (found.payee >= 0))
    return group_sums(exact[rows], found.payee[rows], people)


def _earned_back(back: Payable, finer: int, people: int) -> Ints64:
    """What refunds take off `earned`: whole minor units, with so many finer places."""
    people_only = back.found.payee >= 0
    scaled = exact_product(back.minor[people_only], np.int64(10**finer))
    return group_sums(scaled, back.found.payee[people_only], people)


def _together(sheet: Sheet, payable: Payable, back: Payable) -> tuple[Payable, NDArray[np.intp]]:
    """Lines and what refunds take back, in the engine's order, and where each of them was before."""
    if not len(back):
        return payable, np.arange(len(payable))
    like, taken = at_places([payable.found, back.found])
    found = stacked(like, [like, taken])
    place = in_order(sheet, found)
    return Payable(found=found.some(place), minor=np.concatenate([payable.minor, back.minor])[place]), place


def _merged(sheet: Sheet, bonus: AnyBonus, found: Found, exact: Ints64) -> tuple[Found, Ints64]:
    """Rows in the engine's order, merged as `detail` says: rows of one payee, source, level and reason become one."""
    detail = bonus.detail_or_default
    if detail != "order":
        found = evolve(found, order=np.full(len(found), -1, dtype=np.int32))
    if detail == "payee":
        nobody = np.full(len(found), -1, dtype=np.int32)
        # An account is one payee, whosever level it was.
        of_account = (found.payee <= ACCOUNTS) & (found.reason == _PAID)
        whose = np.where(of_account, -1, found.whose).astype(np.int32)
        found = evolve(found, source=nobody, level=nobody, whose=whose)
    if not rises(found):
        place = in_order(sheet, found)
        found, exact = found.some(place), exact[place]
    if detail == "order" or not len(found):
        return found, exact
    keys = np.stack([found.payee, found.whose, found.source, found.level, found.reason], axis=1)
    first = np.flatnonzero(np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)]))
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(found))))
    same_rate = np.maximum.reduceat(found.rate, first) == np.minimum.reduceat(found.rate, first)
    sums = group_sums(exact, group, len(first))
    merged = evolve(found.some(first), base=group_sums(found.base, group, len(first)))
    merged = evolve(
        merged, rate=np.where(same_rate, merged.rate, NO_RATE), amount=None if found.amount is None else sums
    )
    return merged.some(sums != 0), sums[sums != 0]


def _rounded(sheet: Sheet, found: Found, exact: Ints64, places: int) -> tuple[Payable, Ints64]:
    """Amounts in minor units, rounded to the plan's unit, and exactly what rounding took, at `places`."""
    rounding, money, unit = sheet.plan.rounding, currency_places(sheet.plan.currency), sheet.plan.unit_places
    rounded = in_units(sheet.plan, found, exact, places)
    minor = round_scaled(rounded, unit, money, rounding.mode)
    difference = exact - round_scaled(rounded, unit, places, rounding.mode) if places >= unit else exact * 0
    return Payable(found=evolve(found, amount=None, amount_places=0), minor=minor), difference


def in_units(plan: Plan, found: Found, exact: Ints64, places: int) -> Ints64:
    """Amounts in the plan's unit of money: each line rounded, or each payee's total and split over its lines.

    Raises:
        InputError: What somebody has in all leaves int64.
    """
    if plan.rounding.at == "line" or places <= plan.unit_places:
        return round_scaled(exact, places, plan.unit_places, plan.rounding.mode)
    try:
        return allocate(exact, found.payee, 10 ** (places - plan.unit_places), plan.rounding.mode)
    except OverflowError:
        raise sum_too_large() from None


def _negative(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> Bools:
    """The lines of payees whose sum is below zero and becomes nothing."""
    if bonus.negative == "charge":
        return np.zeros(len(lines), dtype=np.bool_)
    payees, group, sums = _sums(lines)
    if bonus.negative == "zero":
        return np.asarray(sums < 0)[group]
    _refuse_negative(sheet, bonus, payees[sums < 0], sums[sums < 0])
    return np.zeros(len(lines), dtype=np.bool_)


def _with_minimum(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> tuple[Payable, Bools]:
    """The lines, with those that an earlier period has carried, and which of them are of a sum below the minimum."""
    if bonus.minimum is None:
        return lines, np.zeros(len(lines), dtype=np.bool_)
    if bonus.minimum_unpaid == "carry":
        brought = waiting_of(sheet, bonus).take("minimum").lines
        if len(brought):
            lines = stacked_lines([lines, brought])
            lines = lines.some(in_order(sheet, lines.found))
    payees, group, sums = _sums(lines)
    least = evaluate(bonus.minimum.node, people_frame(sheet))
    places = currency_places(sheet.plan.currency)
    # Up, since a sum below the exact minimum is below it however the plan rounds money.
    limits = round_scaled(least.values, least.places, places, RoundingMode.CEILING)
    people = payees >= 0
    below = np.zeros(len(payees), dtype=np.bool_)
    below[people] = (sums[people] >= 0) & (sums[people] < limits[payees[people]])
    return lines, below[group]


def _waiting(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> Payable:
    """Lines that remember since when they wait."""
    own = lines.brought == _OWN
    return evolve(lines, brought=np.where(own, since(sheet, bonus), lines.brought)) if own.any() else lines


def _sums(lines: Payable) -> tuple[Ints, NDArray[np.intp], Ints64]:
    """The payees, which of them each line is of, and the sum of each."""
    payees, group = np.unique(lines.found.payee, return_inverse=True)
    group = group.reshape(-1)
    return payees, group, group_sums(lines.minor, group, len(payees))


def _refuse_negative(sheet: Sheet, bonus: AnyBonus, payees: Ints, sums: Ints64) -> None:
    if not len(payees):
        return
    todo = 'say in `negative` what happens then: "zero" or "charge"'
    findings = [
        bonus.finding(
            "plan.negative",
            f"{_name(sheet, int(payee))} would get {Money(int(amount), sheet.plan.currency)}, below zero",
            todo,
        )
        for payee, amount in zip(payees, sums, strict=True)
    ]
    raise InputError(findings)


def _name(sheet: Sheet, payee: int) -> str:
    return sheet.rows.network.ids.label(payee) if payee >= 0 else sheet.plan.accounts[ACCOUNTS - payee]
