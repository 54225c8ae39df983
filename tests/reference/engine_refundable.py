"""The slow twin of what is handed on of orders that may still be given back, with `refunds = "original"`."""

from fractions import Fraction
from typing import Any

from reference.engine import Line, PaidLine, Twin
from reference.engine_expressions import Account

__all__ = ["known_before", "refundable_rows"]

Row = dict[str, Any]


def known_before(twin: Twin, bonus_id: str) -> list[PaidLine]:
    """The lines of earlier periods, but for those of people who are not in the run."""
    rows = twin.inputs.refundable.get(bonus_id, [])
    return [_read(bonus_id, row) for row in rows if row["account"] or row["payee"] in twin.people]


def _read(bonus_id: str, row: Row) -> PaidLine:
    payee = Account(row["account"]) if row["account"] else row["payee"]
    line = Line(
        bonus=bonus_id,
        payee=payee,
        source=row["source"],
        order=row["order"],
        level=row["level"],
        base=row["base"],
        rate=row["rate"],
        amount=row["amount"],
        of=row["whose"] if row["account"] else None,
    )
    return PaidLine(line, Fraction(row["given"], row["of"]), row["taken"])


def refundable_rows(twin: Twin, bonus_id: str) -> list[Row]:
    """What is handed on: lines of earlier periods and of this one, as caps have left them."""
    bonus = twin.plan.bonus(bonus_id)
    before = twin.inputs.refundable.get(bonus_id, [])
    if not twin.takes_back or bonus.source != "orders" or bonus.is_column:
        return []
    outcome = twin.final(bonus_id)
    known = twin.paid_on_orders[bonus_id]
    expired = [
        (line.payee, line.since[2], line.since[0], line.level)
        for line in outcome.unpaid
        if line.reason == "expired" and line.since is not None
    ]
    rows = [_with(row, _of(known, _read(bonus_id, row).line)) for row in before]
    rows = [row for row in rows if (row["payee"], row["source"], row["order"], row["level"]) not in expired]
    rows = [cut for row in rows for cut in _cut(twin, bonus_id, row)]
    refunds = {order["id"] for order in twin.orders if order["refund_of"] is not None}
    waits = [one.line for one in twin.waiting(bonus_id).waited if one.state == "minimum"]
    for line in [*twin.after_caps(bonus_id), *waits]:
        if line.order is not None and line.since is None and line.order not in refunds:
            rows.append(_with(_row(line), _of(known, line)))
    return [row for row in rows if row["given"] != row["of"]]


def _cut(twin: Twin, bonus_id: str, row: Row) -> list[Row]:
    """A row of a line that waited for a minimum and waits no more, with what caps have left of it; none of nothing."""
    key = row["order"], row["payee"], row["source"], row["level"]
    came = twin.inputs.waiting.get(bonus_id, [])
    came = [one for one in came if one["state"] == "minimum" and one["payee"] in twin.people]
    still = [one.line for one in twin.waiting(bonus_id).waited if one.state == "minimum"]
    if key not in [(one["order"], one["payee"], one["source"], one["level"]) for one in came] or key in map(
        _key, still
    ):
        return [row]
    left = {_key(line): line.amount for line in twin.after_caps(bonus_id) if line.since is not None}
    return [{**row, "amount": left[key]}] if key in left else []


def _key(line: Line) -> tuple[Any, ...]:
    order, _, source = line.since or (line.order, None, line.source)
    return order, line.payee, source, line.level


def _of(known: list[PaidLine], line: Line) -> PaidLine | None:
    def key(one: Line) -> tuple[Any, ...]:
        return one.order, one.payee, one.of, one.source, one.level

    return next((one for one in known if key(one.line) == key(line)), None)


def _with(row: Row, known: PaidLine | None) -> Row:
    if known is None:
        return row
    given = Fraction(known.given_back)
    return {**row, "given": given.numerator, "of": given.denominator, "taken": known.taken_back}


def _row(line: Line) -> Row:
    account = line.payee.name if isinstance(line.payee, Account) else None
    return {
        "payee": None if account else line.payee,
        "account": account,
        "whose": line.of if account else line.payee,
        "source": line.source,
        "order": line.order,
        "level": line.level,
        "base": line.base,
        "rate": line.rate,
        "amount": line.amount,
        "given": 0,
        "of": 1,
        "taken": Fraction(0),
    }
