"""Lines of orders that may still be given back, from one period to the next, with `refunds = "original"`.

They are kept as rows by id: for each ledger and account line of an order that has not been given back in full, its
base, rate and amount as it was paid (after caps), which part of it was given back (`given` over `of`, two whole
numbers, so that thirds are exact), and how much of the amount has been taken back.
A line that waits is kept too, since it is paid in the end or expires, upon which it is forgotten. An order that paid
nothing has no rows, so a refund of it takes nothing back. That can only be told of orders from the first day on that
was calculated with `refunds = "original"`, which is handed on too: a refund of an older one is refused.
"""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._row_names import REFUNDABLE, SINCE, row_name
from mlmcore.compensation.arranged import Arranged, day_number
from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.bonuses._found import ACCOUNTS, Found, Payable
from mlmcore.compensation.bonuses._waiting import (
    joined_numbers,
    joined_texts,
    labels_of,
    optional_numbers,
    stacked_lines,
    waiting_of,
)
from mlmcore.compensation.columns import EPOCH, Column
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.lines import NO_RATE
from mlmcore.compensation.plan import AnyBonus, Plan
from mlmcore.compensation.rounding import INT64_MAX
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import currency_places
from mlmcore.domain.periods import Period

__all__ = [
    "Key",
    "LineBefore",
    "Taken",
    "key_of",
    "known_since",
    "lines_before",
    "refundable_rows",
    "since_rows",
    "taken_before",
]

Ints = NDArray[np.int32]
Key = tuple[int, int, int, int, int]
"""What tells a line of one bonus from every other: order, payee, whose level it was, source, level."""

_ALWAYS: Final = np.iinfo(np.int32).min
_TEXTS: Final = ("payee", "account", "whose", "source", "order")
_NUMBERS: Final = ("level", "base", "rate", "amount", "given", "of", "taken")


@frozen(kw_only=True)
class Taken:
    """How much of a line has been taken back.

    Attributes:
        given: The part of it that was given back.
        minor: Minor units taken off its amount.
        before: The row of the previous state that it came from, -1 for a line of this run.
    """

    given: Fraction
    minor: int
    before: int


@frozen(kw_only=True, eq=False)
class LineBefore:
    """A line of an earlier period whose order is given back now."""

    order: int
    window: Payable
    row: int
    taken: Taken


def known_since(sheet: Sheet, bonus: AnyBonus) -> int | None:
    """From which day on, in days since 1970-01-01, an order without rows is one that paid nothing; None: of none.

    Of a bonus of shorter or longer periods it is the first day of that one in which the first run's period began.
    Rows that no run has handed on together with that day (an older version's, or those of somebody's own) are taken to
    be all there are.
    """
    previous = sheet.rows.previous.rows
    if SINCE in previous and not bonus.is_column:
        first = EPOCH + timedelta(days=int(previous[SINCE].columns["day"].values[0]))
        every = PeriodKind(bonus.every or sheet.plan.period)
        return day_number(Period.containing(first, every, sheet.plan.timezone).start)
    return _ALWAYS if row_name(bonus.id, REFUNDABLE) in previous else None


def since_rows(plan: Plan, rows: Arranged) -> dict[str, CarriedRows]:
    """The first day of which a run of this plan, or of those before it, has kept every line that may be taken back."""
    previous = rows.previous.rows
    if plan.refunds != "original" or (SINCE not in previous and any(_is_refundable(name) for name in previous)):
        return {}
    since = CarriedRows(columns={"day": Column.dates([rows.period.start])})
    return {SINCE: previous.get(SINCE, since)}


def taken_before(sheet: Sheet, bonus: AnyBonus) -> dict[Any, int] | None:
    """What earlier runs took back of each line that may still be given back, by id; None where nothing is known."""
    before = sheet.rows.previous.rows.get(row_name(bonus.id, REFUNDABLE))
    if before is None:
        return None
    taken = before.columns["taken"].values.tolist()
    return {_identity(before.columns, row): taken[row] for row in range(len(before))}


def _is_refundable(name: str) -> bool:
    return name.endswith(row_name("", REFUNDABLE))


def lines_before(sheet: Sheet, bonus: AnyBonus, refunded: Ints) -> list[LineBefore]:
    """The lines of earlier periods of orders that are given back in this run.

    Bases and rates are of as many decimal places as they had when they were paid, which may be more than the plan's
    have now: a company may change its rates.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        refunded: The orders that are given back, by index.
    """
    carried = sheet.rows.previous.rows.get(row_name(bonus.id, REFUNDABLE))
    if carried is None:
        return []
    columns, wanted = carried.columns, dict(zip(sheet.rows.orders.ids.labels(refunded), refunded.tolist(), strict=True))
    of_code = np.array([*(wanted.get(text, -1) for text in columns["order"].categories), -1], dtype=np.int32)
    order = of_code[columns["order"].values]
    rows = np.flatnonzero(order >= 0)
    found = _found(sheet, {name: column.take(rows) for name, column in columns.items()}, order[rows])
    window = Payable(found=found, minor=columns["amount"].values[rows])
    return [
        LineBefore(
            order=int(order[row]),
            window=window,
            row=place,
            taken=Taken(
                given=Fraction(int(columns["given"].values[row]), int(columns["of"].values[row])),
                minor=int(columns["taken"].values[row]),
                before=int(row),
            ),
        )
        for place, row in enumerate(rows.tolist())
        if found.payee[place] != -1  # whoever has left the run is charged nothing
    ]


def _found(sheet: Sheet, columns: Mapping[str, Column], order: Ints) -> Found:
    ids, level = sheet.rows.network.ids, columns["level"]
    base, rate = columns["base"], columns["rate"]

    def people(name: str) -> Ints:
        column = columns[name]
        known = ids.find_labels(list(column.categories)).tolist() if column.categories else []
        return np.asarray(np.array([*known, -1], dtype=np.int32)[column.values])

    accounts = {name: ACCOUNTS - position for position, name in enumerate(sheet.plan.accounts)}
    of_code = np.array([*(accounts.get(text, -1) for text in columns["account"].categories), -1], dtype=np.int32)
    account = of_code[columns["account"].values]
    return Found(
        payee=np.where(account <= ACCOUNTS, account, people("payee")).astype(np.int32),
        whose=people("whose"),
        source=people("source"),
        order=order,
        level=np.where(level.is_absent, -1, level.values).astype(np.int32),
        base=base.values,
        base_places=base.places,
        rate=np.where(rate.is_absent, NO_RATE, rate.values),
        rate_places=rate.places,
        reason=np.zeros(len(order), dtype=np.uint8),
        missed=np.zeros(len(order), dtype=np.bool_),
    )


def refundable_rows(
    sheet: Sheet, bonus: AnyBonus, drafts: tuple[Draft, ...], waits: Payable, taken: Mapping[Key, Taken], gone: set[Any]
) -> CarriedRows:
    """What is handed on.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        drafts: What is paid or locked, after caps.
        waits: Lines of this run that wait for a larger sum.
        taken: What refunds of this run have come to take off lines, those of earlier periods among them.
        gone: Lines that have expired: payee, source, order and level by id.
    """
    lines = stacked_lines([*(draft.lines for draft in drafts), waits])
    refund_of = np.concatenate([sheet.rows.orders.refund_of, [0]])
    own = (lines.found.order >= 0) & (lines.brought < 0) & (refund_of[lines.found.order] < 0)
    parts = [_earlier(sheet, bonus, taken, gone, _cut_since(sheet, bonus, lines)), _rows(sheet, lines.some(own), taken)]
    columns = {name: joined_texts([part[name] for part in parts]) for name in _TEXTS}
    columns |= {name: joined_numbers([part[name] for part in parts]) for name in _NUMBERS}
    left = np.flatnonzero(columns["given"].values != columns["of"].values)
    return CarriedRows(columns={name: column.take(left) for name, column in columns.items()})


def _rows(sheet: Sheet, lines: Payable, taken: Mapping[Key, Taken]) -> dict[str, Column]:
    """Lines of this run as rows."""
    found, count = lines.found, len(lines)
    given, of, minor = np.zeros(count, np.int64), np.ones(count, np.int64), np.zeros(count, np.int64)
    refunded = np.array(sorted({key[0] for key in taken}), dtype=np.int32)
    for row in np.flatnonzero(np.isin(found.order, refunded)).tolist():
        one = taken.get(key_of(found, row))
        if one is not None:
            (given[row], of[row]), minor[row] = _whole_numbers(one.given), one.minor
    ids, money = sheet.rows.network.ids, currency_places(sheet.plan.currency)
    account = np.where(found.payee <= ACCOUNTS, ACCOUNTS - found.payee, -1).astype(np.int32)
    return {
        "payee": labels_of(ids, np.maximum(found.payee, -1)),
        "account": Column(kind="text", values=account, categories=sheet.plan.accounts),
        "whose": labels_of(ids, found.whose),
        "source": labels_of(ids, found.source),
        "order": labels_of(sheet.rows.orders.ids, found.order),
        "level": optional_numbers(found.level.astype(np.int64), found.level < 0, 0),
        "base": Column.scaled(found.base, found.base_places, unit="money"),
        "rate": optional_numbers(found.rate, found.rate == NO_RATE, found.rate_places),
        "amount": Column.scaled(lines.minor, money, unit="money"),
        "given": Column.scaled(given, 0),
        "of": Column.scaled(of, 0),
        "taken": Column.scaled(minor, money, unit="money"),
    }


def _cut_since(sheet: Sheet, bonus: AnyBonus, lines: Payable) -> dict[Any, int]:
    """What caps have left of lines that waited for a minimum until now, by id; nothing of those that are cut whole."""
    waiting = waiting_of(sheet, bonus)
    left = dict.fromkeys(waiting.gone(), 0)
    for row in np.flatnonzero(lines.brought >= 0).tolist():
        identity = waiting.identity(int(lines.brought[row]))
        left.update({identity: int(lines.minor[row])} if identity in left else {})
    return left


def _earlier(
    sheet: Sheet, bonus: AnyBonus, taken: Mapping[Key, Taken], gone: set[Any], left: Mapping[Any, int]
) -> dict[str, Column]:
    """The rows of earlier periods, with what this run has taken off them, and what caps have left of each.

    Those that have expired, or of which nothing is left, are not among them.
    """
    before = sheet.rows.previous.rows.get(row_name(bonus.id, REFUNDABLE))
    if before is None:
        texts = {name: Column.texts([]) for name in _TEXTS}
        return {**texts, **{name: Column.scaled(np.zeros(0, dtype=np.int64), 0) for name in _NUMBERS}}
    columns = dict(before.columns)
    given, of, minor = (columns[name].values.copy() for name in ("given", "of", "taken"))
    for one in taken.values():
        if one.before >= 0:
            (given[one.before], of[one.before]), minor[one.before] = _whole_numbers(one.given), one.minor
    amount, stays = columns["amount"].values.copy(), np.ones(len(before), dtype=np.bool_)
    for row in range(len(before)) if gone or left else ():
        identity = _identity(columns, row)
        amount[row] = left.get(identity, amount[row])
        stays[row] = identity not in gone and (left.get(identity, 1) != 0)
    changed = {"given": given, "of": of, "taken": minor, "amount": amount}
    columns |= {name: evolve(columns[name], values=values) for name, values in changed.items()}
    kept = np.flatnonzero(stays)
    return {name: column.take(kept) for name, column in columns.items()}


def _whole_numbers(part: Fraction) -> tuple[int, int]:
    """A part as two whole numbers.

    Raises:
        InputError: They leave int64.
    """
    if part.denominator > INT64_MAX:
        what = "what refunds gave back of an order is a part whose denominator leaves the range of int64"
        todo = "give back the same part of every volume, or take the refund back by an adjustment"
        raise InputError([Finding(code="plan.overflow", what=what, todo=todo)])
    return part.numerator, part.denominator


def _identity(columns: Mapping[str, Column], row: int) -> tuple[Any, ...]:
    return tuple(columns[name].value(row) for name in ("payee", "source", "order", "level"))


def key_of(found: Found, row: int) -> Key:
    """What tells a line from every other one of the bonus."""
    columns = (found.order, found.payee, found.whose, found.source, found.level)
    order, payee, whose, source, level = (int(column[row]) for column in columns)
    return order, payee, whose, source, level
