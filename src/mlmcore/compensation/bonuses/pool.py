"""`pool`: share a fund, and carry what is not shared (plan language, section 5.4).

The rules, in the order in which they are applied:

- **F1** The fund holds what comes in and what was carried. Where `when` is false nothing comes in or is shared.
- **F2** Until `release` holds the whole fund is carried.
- **F3** Who is eligible is in the divisor, and placed by `order_by`; only places up to `top` have shares. Whoever ties
  under `ties = "share"` has the first of the places that they fill, and the mean of what all of them would get.
- **F4** The fund is split over the parts in proportion to their weights, each part in proportion to its shares; all
  exactly, or with a share that is worth a whole number of units, rounded down. A part without shares goes where
  `nobody` says, and if that is all of the fund and it is carried, it is carried to the last digit.
- **F5** What somebody gets out of all parts is one amount of whole units, cut down. The units that are then missing go
  to the largest remainders, by id where they are equal, or to an account.
- **F6** What the fund holds below a unit, and what the rounded value of a share leaves where no account takes it, is
  unpaid, reason `rounding`.
- **F7** A pool that runs for shorter periods shares once for each that ends within the run's, in their order: what one
  carries, the next one holds besides what comes in; the last one hands it to the next run.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._checks._earned import fund_type
from mlmcore.compensation._row_names import FUND, row_name
from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._found import ACCOUNTS, Found, exact_product
from mlmcore.compensation.bonuses._money import drafted
from mlmcore.compensation.bonuses._places import Placed, Shares, placed, shares_of
from mlmcore.compensation.bonuses._ran import Ran
from mlmcore.compensation.bonuses._sources import in_money, reason_of
from mlmcore.compensation.bonuses._spans import each_span, pays_now, spans_of
from mlmcore.compensation.bonuses._split import Claims, claims_of, whole_units
from mlmcore.compensation.columns import Column, exact_decimal
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame, run_frame
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import Plan, PoolBonus
from mlmcore.compensation.rounding import INT64_MAX, RATIO_PLACES, divide
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.exact import RoundingMode

__all__ = ["Pot", "Shared", "Turn", "published_by", "ran_pool", "turns_of"]


@frozen(kw_only=True)
class Pot:
    """What a fund holds, in whole numbers of `places` decimal places of money.

    Attributes:
        came: What came in.
        brought: What was carried to it.
        places: Decimal places.
    """

    came: int
    brought: int
    places: int

    @property
    def held(self) -> int:
        """Both together."""
        return self.came + self.brought


@frozen(kw_only=True, eq=False)
class Shared:
    """A pool, shared out.

    Attributes:
        who: Who is in the divisor.
        shares: What each has, by part.
        sums: All shares of each part, exactly.
        claims: What each claims exactly, in units; after them what parts without shares come to.
        units: int64: what each gets, in units; after them likewise.
        empty: The weights of parts without shares, over all weights.
    """

    who: Placed
    shares: tuple[Shares, ...]
    sums: tuple[Fraction, ...]
    claims: Claims
    units: NDArray[np.int64]
    empty: tuple[Fraction, ...]


@frozen(kw_only=True, eq=False)
class Turn:
    """A fund that is shared out, or carried: once in a period, or once for each of several.

    Attributes:
        span: The id of the period.
        pot: What it holds.
        who: Who is in the divisor; None where the pool does not run.
        shared: Who gets what; None where the whole fund is carried.
        carried: What is handed to the next turn, scaled by the places of `pot`.
    """

    span: str
    pot: Pot
    who: Placed | None
    shared: Shared | None
    carried: int


def ran_pool(sheet: Sheet, bonus: PoolBonus) -> Ran:
    """Share a pool's fund, or carry it; where it runs for shorter periods, in each of them what is there by then.

    Raises:
        InputError: Shares or weights are negative, the fund is negative and no `negative` says what then, or a number
            leaves int64.
    """
    turns: list[Turn] = []
    drafts: list[Draft] = []
    for turn in turns_of(sheet, bonus):
        turns.append(turn)
        drafts += [_drafted(sheet, bonus, turn)] if turn.who is not None or turn.pot.held else []
    first, last = turns[0], turns[-1]
    if drafts:  # what one turn hands to the next is nothing that the run was brought or hands on
        brought, carried = (exact_decimal(one, last.pot.places) for one in (first.pot.brought, last.carried))
        drafts[-1] = evolve(drafts[-1], brought=brought, carried=carried)
    columns, figures = published_by(sheet, bonus, last)
    return Ran(drafts=tuple(drafts), columns=columns, figures=figures, rows=_rows(bonus, last.carried, last.pot.places))


def turns_of(sheet: Sheet, bonus: PoolBonus) -> Iterator[Turn]:
    """Share a fund once for each period for which it runs; with what a turn leaves, the next one begins.

    While a turn is looked at, the sheet's span is its period, and what the pool publishes is the turn's. Where `when`
    is false the fund rests for the turn, and where no such period ends, for the one turn that there is.

    Raises:
        InputError: As in `ran_pool`.
    """
    spans = spans_of(sheet, bonus)
    carried = _brought(sheet.rows.previous, bonus, _places(sheet, bonus))
    for _ in each_span(sheet, spans or (sheet.rows.period,)):
        runs = bool(spans) and pays_now(sheet, bonus)
        turn = _turn(sheet, bonus, _pot(sheet, bonus, carried, runs=runs), runs=runs)
        carried = turn.carried
        yield turn


def published_by(sheet: Sheet, bonus: PoolBonus, turn: Turn) -> tuple[dict[str, Column], dict[str, Column]]:
    """What a pool publishes of a turn, by full name: about people, and about the run as a whole."""
    who = _nobody() if turn.who is None else turn.who
    columns = {} if bonus.order_by is None else {f"{bonus.id}.place": who.column(sheet.size)}
    return columns, {f"{bonus.id}.fund": _figure(bonus, turn.pot)}


def _turn(sheet: Sheet, bonus: PoolBonus, pot: Pot, *, runs: bool) -> Turn:
    """Share a fund out of the orders and events of the sheet's span, or carry it."""
    sheet.figures[f"{bonus.id}.fund"] = _figure(bonus, pot)
    who = placed(sheet, bonus) if runs else None
    turn = Turn(span=sheet.span.id, pot=pot, who=who, shared=None, carried=pot.held)
    sheet.person.update(published_by(sheet, bonus, turn)[0])
    if who is None or not _released(sheet, bonus):
        return turn
    shared = _shared_out(sheet, bonus, pot, who)
    if _all_carried(bonus, shared):
        return turn
    return evolve(turn, shared=shared, carried=_carried(sheet.plan, bonus, pot, shared))


def _drafted(sheet: Sheet, bonus: PoolBonus, turn: Turn) -> Draft:
    """What a turn offers; what it was brought and carries is the whole run's."""
    pot = turn.pot
    if turn.who is None:  # what waits is not asked either
        return nothing_drafted(sheet, bonus)
    found = _nothing(pot) if turn.shared is None else _found(sheet, bonus, pot, turn.shared, turn.carried)
    return evolve(drafted(sheet, bonus, found), entitled=pot.came)


def _pot(sheet: Sheet, bonus: PoolBonus, brought: int, *, runs: bool) -> Pot:
    """What a pool's fund holds, where so much was carried to it."""
    places, came = _places(sheet, bonus), 0
    if runs:
        column = in_money(sheet, bonus, evaluate(bonus.fund.node, run_frame(sheet)))
        came = int(column.values[0]) * _ten(places - column.places)
    return Pot(came=came, brought=brought, places=places)


def _places(sheet: Sheet, bonus: PoolBonus) -> int:
    declared = fund_type(bonus, sheet.plan)
    assert declared is not None  # noqa: S101  (the loader has typed it)
    return declared.places


def _shared_out(sheet: Sheet, bonus: PoolBonus, pot: Pot, who: Placed) -> Shared:
    """Who gets how many units of a fund.

    Raises:
        InputError: Shares or weights are negative.
    """
    weights = _weights(sheet, bonus)
    shares = tuple(shares_of(sheet, bonus, one, who) for one in bonus.shares_by_part)
    tops = [sum(one.top.tolist()) for one in shares]
    fund = Fraction(pot.held, _ten(pot.places - sheet.plan.unit_places))
    valued = [
        (one.top, _worth(bonus, fund * weight, top, one.bottom))
        for one, weight, top in zip(shares, weights, tops, strict=True)
        if top
    ]
    empty = tuple(weight for weight, top in zip(weights, tops, strict=True) if not top)
    claims = claims_of(len(who.people), valued, [fund * weight for weight in empty])
    return Shared(
        who=who,
        shares=shares,
        sums=tuple(Fraction(top, one.bottom) for one, top in zip(shares, tops, strict=True)),
        claims=claims,
        units=whole_units(claims, give_out=bonus.remainder == "largest_remainder"),
        empty=empty,
    )


def _worth(bonus: PoolBonus, fund: Fraction, top: int, bottom: int) -> Fraction:
    """What one of the whole numbers that shares are made of is worth, in units."""
    if bonus.share_value == "exact":
        return fund / top
    return Fraction(fund * bottom // top, bottom)


def _weights(sheet: Sheet, bonus: PoolBonus) -> tuple[Fraction, ...]:
    """The part of the fund that each part gets."""
    if bonus.shares is not None:
        return (Fraction(1),)
    weights = [_number(sheet, part.weight) for part in bonus.parts]
    if min(weights) < 0 or not sum(weights):
        what = f"the weights of {bonus.id} are {', '.join(map(str, weights))}: one is negative, or all are nothing"
        todo = "say how much of the fund each part gets, in proportion"
        raise InputError([bonus.finding("plan.weights", what, todo, "parts")])
    return tuple(weight / sum(weights) for weight in weights)


def _number(sheet: Sheet, expression: Expression) -> Fraction:
    return Fraction(evaluate(expression.node, run_frame(sheet)).decimal(0))


def _released(sheet: Sheet, bonus: PoolBonus) -> bool:
    return bonus.release is None or bool(evaluate(bonus.release.node, run_frame(sheet)).values[0])


def _all_carried(bonus: PoolBonus, shared: Shared) -> bool:
    return bonus.nobody == "carry" and not any(shared.sums)


def _carried(plan: Plan, bonus: PoolBonus, pot: Pot, shared: Shared) -> int:
    """What is carried of a fund that is shared out: the units of parts in which nobody has a share."""
    if bonus.nobody != "carry":
        return 0
    units = sum(shared.units[len(shared.who.people) :].tolist())
    return int(units) * _ten(pot.places - plan.unit_places)


def _found(sheet: Sheet, bonus: PoolBonus, pot: Pot, shared: Shared, carried: int) -> Found:
    """A row for everybody who shares, for what accounts get, and for what is left to rounding."""
    _refuse_negative_fund(sheet, bonus, pot)
    people, scale = shared.who.people, _ten(pot.places - sheet.plan.unit_places)
    amounts = exact_product(shared.units, np.int64(scale))
    qualified = evaluate(bonus.qualifies.node, people_frame(sheet).some(people)).values
    reason = np.where(qualified, 0, reason_of(sheet, people)).astype(np.uint8)
    rest, further = pot.held - int(sum(amounts.tolist())), []
    if bonus.nobody != "carry":
        further.append((_account(sheet.plan, bonus.nobody), 0, int(sum(amounts[len(people) :].tolist()))))
    if bonus.remainder != "largest_remainder":
        whole = rest - rest % scale
        further.append((_account(sheet.plan, bonus.remainder), 0, whole))
        rest -= whole
    further.append((-1, int(Reason.ROUNDING), rest))
    assert pot.held == carried + sum(amounts[: len(people)].tolist()) + sum(row[2] for row in further)  # noqa: S101
    return _rows_found(pot, shared, amounts[: len(people)], reason, further, scale)


def _rows_found(
    pot: Pot,
    shared: Shared,
    amounts: NDArray[np.int64],
    reason: NDArray[np.uint8],
    further: list[tuple[int, int, int]],
    scale: int,
) -> Found:
    """Rows: of people the rate is their part of the fund; of what is left, all of itself."""
    payees, reasons, rest = (np.array(column) for column in zip(*further, strict=True))
    people, count = shared.who.people, len(further)
    none = np.full(len(people) + count, -1, dtype=np.int32)
    held = np.full(len(people), pot.held, dtype=np.int64)
    return Found(
        payee=np.concatenate([people, payees]).astype(np.int32),
        whose=np.concatenate([people, none[:count]]),
        source=none,
        order=none,
        level=none,
        base=np.concatenate([held, rest]).astype(np.int64),
        base_places=pot.places,
        rate=np.concatenate([_rates(pot, shared, scale), np.full(count, 10**RATIO_PLACES, dtype=np.int64)]),
        rate_places=RATIO_PLACES,
        reason=np.concatenate([reason, reasons]).astype(np.uint8),
        missed=np.zeros(len(none), dtype=np.bool_),
        amount=np.concatenate([amounts, rest]).astype(np.int64),
        amount_places=pot.places,
    )


def _rates(pot: Pot, shared: Shared, scale: int) -> NDArray[np.int64]:
    """Everybody's part of the fund, rounded for show."""
    claims, count = shared.claims, len(shared.who.people)
    if not pot.held:
        return np.zeros(count, dtype=np.int64)
    top = claims.top[:count].astype(object) * (10**RATIO_PLACES * scale)
    return divide(top, claims.bottom * pot.held, RoundingMode.HALF_EVEN)


def _refuse_negative_fund(sheet: Sheet, bonus: PoolBonus, pot: Pot) -> None:
    if pot.held >= 0 or bonus.negative is not None:
        return
    held = sheet.figures[f"{bonus.id}.fund"].text(0)
    what = f"the fund of {bonus.id} holds {held}, below zero, and would be shared out"
    todo = 'carry it with `release`, or say in `negative` what happens then: "zero" or "charge"'
    raise InputError([bonus.finding("plan.negative", what, todo)])


def _account(plan: Plan, word: str) -> int:
    return ACCOUNTS - plan.accounts.index(word.partition(":")[2])


def _figure(bonus: PoolBonus, pot: Pot) -> Column:
    if abs(pot.held) > INT64_MAX:
        what = f"the fund of {bonus.id} leaves the range of int64 at {pot.places} decimal places"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round what comes in to fewer places")])
    return Column.scaled(np.array([pot.held], dtype=np.int64), pot.places, unit="money")


def _nobody() -> Placed:
    nothing = np.zeros(0, dtype=np.int64)
    return Placed(people=np.zeros(0, dtype=np.int32), place=nothing, filled=nothing)


def _nothing(pot: Pot) -> Found:
    none = np.zeros(0, dtype=np.int32)
    numbers: NDArray[Any] = np.zeros(0, dtype=np.int64)
    return Found(
        payee=none,
        whose=none,
        source=none,
        order=none,
        level=none,
        base=numbers,
        base_places=pot.places,
        rate=numbers,
        rate_places=RATIO_PLACES,
        reason=np.zeros(0, dtype=np.uint8),
        missed=np.zeros(0, dtype=np.bool_),
        amount=numbers,
        amount_places=pot.places,
    )


def _ten(places: int) -> int:
    ten: int = 10**places
    return ten


def _rows(bonus: PoolBonus, carried: int, places: int) -> dict[str, CarriedRows]:
    if not carried:
        return {}
    amount = Column.scaled(np.array([carried], dtype=np.int64), places, unit="money")
    return {row_name(bonus.id, FUND): CarriedRows(columns={"amount": amount})}


def _brought(previous: State, bonus: PoolBonus, places: int) -> int:
    rows = previous.rows.get(row_name(bonus.id, FUND))
    if rows is None:
        return 0
    amount = rows.columns["amount"].trimmed(places)
    if amount.places > places:
        what = f"the fund was carried with {amount.places} decimal places, and the plan keeps {places}"
        todo = f"correct what was carried, or let the plan keep as many: fund = round(..., {amount.places})"
        path = f"previous.{row_name(bonus.id, FUND)}"
        raise InputError([Finding(code="inputs.previous", what=what, todo=todo, path=path)])
    return int(amount.values[0]) * _ten(places - amount.places)
