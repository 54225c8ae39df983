"""`binary`: pair the two legs of a placement tree, and carry what is left of them (plan language, section 5.3).

Everything is a column of people: what was carried in, what came new, what matches, what is paid, and what each leg
carries out or loses. The rules, in the order in which they are applied:

- **P1** A leg is what it carried in and the volume of its group; a person's own volume is in neither.
- **P2** The weak leg is the smaller one, the left on a tie. What matches is the weak leg, never below nothing, no more
  than `match_maximum`, and nothing below `match_minimum`.
- **P3** Whoever fails `pays` has nothing matched (`keep`, `freeze`, `reset`), or is not paid what matched (`match`).
- **P4** The cap cuts what is paid. What it took is unpaid, reason `capped`. With `over_cap = "carry"` only whole
  pairs are paid: else a part of one would be paid, and the pair would stay and be paid again.
- **P5** Volume leaves the legs as `after` and `over_cap` say; then `carry_limit` cuts each. What leaves without having
  been paid for is lost. With `over_cap = "carry"` what leaves is never less than what was paid for.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._checks._earned import CARRIED, leg_places, own_columns
from mlmcore.compensation.bonuses._divided import ratio_amounts, shown_rates
from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.bonuses._found import Found, exact_product
from mlmcore.compensation.bonuses._money import drafted
from mlmcore.compensation.bonuses._pairing import Pairing, paired
from mlmcore.compensation.bonuses._ran import Ran
from mlmcore.compensation.bonuses._sources import in_money, reason_of
from mlmcore.compensation.bonuses._spans import each_span, pays_now, spans_of
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.expressions.evaluate import evaluate, fractions
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import BinaryBonus, ThresholdTable
from mlmcore.compensation.rounding import INT64_MAX, RATIO_PLACES, largest, round_scaled
from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.domain.exact import RoundingMode
from mlmcore.genealogy import Genealogy
from mlmcore.genealogy.rollups import group_sum

__all__ = ["legs_by_span", "ran_binary"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CARRIED: Final = CARRIED[BinaryBonus]
_SUMS: Final = ("matched", "pairs", "left_lost", "right_lost", "capped")
"""What is published of all periods for which the bonus ran; the legs are those of the last one."""


@frozen(kw_only=True, eq=False)
class _Legs:
    """Both legs of everybody before anything matches; int64[n] at one number of decimal places."""

    came: tuple[Ints64, Ints64]
    left: Ints64
    right: Ints64

    @property
    def left_is_weak(self) -> Bools:
        """Whether the left leg is the weak one; it is on a tie."""
        weak: Bools = self.left <= self.right
        return weak

    @property
    def weak(self) -> Ints64:
        """The smaller leg."""
        return np.minimum(self.left, self.right)

    @property
    def strong(self) -> Ints64:
        """The larger leg."""
        return np.maximum(self.left, self.right)


@frozen(kw_only=True, eq=False)
class _Match:
    """What matches, before any cap; by person.

    Attributes:
        volume: int64[n]: what matches of the weak leg, at the legs' places.
        times: int64[n]: of pairs how many, otherwise 1 where something matches.
        taken: What leaves the left and the right leg for it.
        base: What the rate is taken of, in money.
        rate: The rate.
        amount: int64[n]: the exact money, scaled by `places`.
        places: Its decimal places.
        pairing: Of pairs, what any number of them takes.
    """

    volume: Ints64
    times: Ints64
    taken: tuple[Ints64, Ints64]
    base: Column
    rate: Column
    amount: Ints64
    places: int
    pairing: Pairing | None = None


def ran_binary(sheet: Sheet, bonus: BinaryBonus) -> Ran:
    """Match everybody's legs; what they carry out is handed on, where it is anything.

    Raises:
        InputError: The tree has other legs than 1 and 2, a unit is not above zero, or a number leaves int64.
    """
    drafts: list[Draft] = []
    ran: list[Mapping[str, Column]] = []
    own: Mapping[str, Column] = _resting(sheet, bonus)
    for _ in each_span(sheet, spans_of(sheet, bonus)):
        if not pays_now(sheet, bonus):
            continue
        found, own = _matching(sheet, bonus, own)
        drafts.append(drafted(sheet, bonus, found))
        ran.append(own)
    own = {**own, **{name: _summed(name, ran) for name in _SUMS if ran}}
    columns = {f"{bonus.id}.{name}": column for name, column in own.items()}
    carried = {f"{bonus.id}.{name}": evolve(own[name], absent=own[name].values == 0) for name in _CARRIED}
    sheet.person.update(columns)
    return Ran(drafts=tuple(drafts), columns=columns, carried=carried)


def legs_by_span(sheet: Sheet, bonus: BinaryBonus) -> dict[str, dict[str, Column]]:
    """What a bonus published of each of several periods, its legs among them, as the run computed it; by period id.

    Args:
        sheet: What the run knew; it is left as it was.
        bonus: The bonus, which ran.
    """
    own: Mapping[str, Column] = _resting(sheet, bonus)
    found: dict[str, dict[str, Column]] = {}
    with sheet.aside():
        for one in each_span(sheet, spans_of(sheet, bonus)):
            if pays_now(sheet, bonus):
                _, own = _matching(sheet, bonus, own)
                found[one.id] = {**own, **{leg: sheet.person[f"{bonus.id}.{leg}"] for leg in ("left", "right")}}
    return found


def _summed(name: str, ran: list[Mapping[str, Column]]) -> Column:
    """What came together over all periods for which the bonus ran."""
    total = np.zeros(len(ran[0][name]), dtype=np.int64)
    for columns in ran:
        _refuse_overflow(total, columns[name].values)
        total = total + columns[name].values
    return evolve(ran[0][name], values=total)


def _matching(sheet: Sheet, bonus: BinaryBonus, before: Mapping[str, Column]) -> tuple[Found, dict[str, Column]]:
    """What is offered, and what is published besides `earned` and `paid`, by name without the bonus's id.

    Args:
        sheet: What the run knows; its span is the period for which the bonus runs.
        bonus: The bonus.
        before: What the period before that one published; its legs are carried in.
    """
    places = leg_places(bonus, sheet.plan)
    assert places is not None  # noqa: S101  (the loader has typed it)
    legs = _legs(sheet, bonus, places, before)
    unit = bonus.volume.type.unit

    def leg(values: Ints64) -> Column:
        return Column.scaled(values, places, unit=unit)

    for name in ("left", "right", "weak", "strong"):
        sheet.person[f"{bonus.id}.{name}"] = leg(getattr(legs, name))
    pays = evaluate(bonus.pays.node, people_frame(sheet)).values
    matching = pays if bonus.inactive != "match" else np.ones(sheet.size, dtype=np.bool_)
    match = _matched(sheet, bonus, legs, places, matching)
    paid = _capped(sheet, bonus, match)
    left, right = _carried_out(sheet, bonus, legs, match, paid, pays, places)
    columns = {
        "matched": leg(paid.volume),
        "pairs": Column.scaled(paid.times, 0),
        "left_out": leg(left),
        "right_out": leg(right),
        "left_lost": leg(legs.left - left - paid.taken[0]),
        "right_lost": leg(legs.right - right - paid.taken[1]),
        "capped": Column.scaled(paid.capped, paid.places, unit="money"),
    }
    return _found(sheet, match, paid, pays), columns


def _resting(sheet: Sheet, bonus: BinaryBonus) -> dict[str, Column]:
    """What a binary bonus publishes in a period in which it doesn't run: the legs keep what they carried in."""
    types = own_columns(bonus, sheet.plan)
    places = leg_places(bonus, sheet.plan) or 0
    nothing = np.zeros(sheet.size, dtype=np.int64)
    columns = {
        name.partition(".")[2]: Column.scaled(nothing, found.places, unit=found.unit)
        for name, found in types.items()
        if found is not None
    }
    for name in _CARRIED:
        carried = _carried_in(sheet, bonus, f"{bonus.id}.{name}", places)
        columns[name] = Column.scaled(carried, places, unit=bonus.volume.type.unit)
    return columns


def _legs(sheet: Sheet, bonus: BinaryBonus, places: int, before: Mapping[str, Column]) -> _Legs:
    name = bonus.tree or sheet.plan.tree
    network = sheet.rows.network
    tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
    _refuse_other_legs(tree, name)
    volume = evaluate(bonus.volume.node, people_frame(sheet)).at_places(places).values
    group = group_sum(tree, np.ascontiguousarray(volume if persons is None else volume[persons]))
    came = []
    for number in (1, 2):
        child = np.flatnonzero(tree.leg == number)
        below = np.zeros(len(tree), dtype=np.int64)
        below[tree.parent[child]] = group[child]
        came.append(below if nodes is None else below[nodes])
    carried = [before[leg].values for leg in _CARRIED]
    _refuse_overflow(*came, *carried)
    return _Legs(came=(came[0], came[1]), left=came[0] + carried[0], right=came[1] + carried[1])


def _refuse_other_legs(tree: Genealogy, name: str) -> None:
    wrong = np.flatnonzero((tree.parent >= 0) & ((tree.leg < 1) | (tree.leg > 2)))
    if not len(wrong):
        return
    findings = Findings()
    for node in wrong.tolist():
        findings.add(
            code="inputs.leg",
            what=f"hangs in leg {int(tree.leg[node])} of {tree.ids.label(int(tree.parent[node]))}",
            todo="a binary bonus knows leg 1, the left, and leg 2, the right",
            path=f"{name}: person {tree.ids.label(node)}",
        )
    findings.raise_if_any()


def _carried_in(sheet: Sheet, bonus: BinaryBonus, name: str, places: int) -> Ints64:
    """What a leg carried out of the period before; nothing where nothing was carried."""
    column = sheet.rows.previous.carried.get(name)
    if column is None:
        return np.zeros(sheet.size, dtype=np.int64)
    column = column.trimmed(places) if column.kind == "number" else column
    if column.kind != "number" or column.unit != bonus.volume.type.unit or column.places > places:
        what = f"it is {column.unit or column.kind} of {column.places} decimal places, and the bonus carries "
        what += f"{bonus.volume.type.unit} of {places}"
        todo = "correct what was carried, or start the plan anew without it"
        raise InputError([Finding(code="inputs.previous", what=what, todo=todo, path=f"previous.{name}")])
    values = column.at_places(places).values
    return np.where(column.is_absent, np.int64(0), values)


def _refuse_overflow(*parts: Ints64) -> None:
    if sum(map(largest, parts)) > INT64_MAX:
        what = "the volume of a leg leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])


def _matched(sheet: Sheet, bonus: BinaryBonus, legs: _Legs, places: int, matching: Bools) -> _Match:
    weak = np.where(matching, np.maximum(legs.weak, 0), np.int64(0))
    if bonus.match_maximum is not None:
        weak = np.minimum(weak, np.maximum(_volumes(sheet, bonus.match_maximum, places), 0))
    if bonus.match_minimum is not None:
        weak = np.where(weak < _volumes(sheet, bonus.match_minimum, places), np.int64(0), weak)
    match bonus.pay:
        case "percent":
            return _by_percent(sheet, bonus, weak, places)
        case "pairs":
            return _by_pairs(sheet, bonus, legs, weak, places)
        case _:
            return _by_steps(sheet, bonus, weak, places)


def _by_percent(sheet: Sheet, bonus: BinaryBonus, weak: Ints64, places: int) -> _Match:
    volume = Column.scaled(weak, places, unit=bonus.volume.type.unit)
    base = in_money(sheet, bonus, volume)
    assert bonus.percent is not None  # noqa: S101  (the loader requires it)
    frame = people_frame(sheet)
    if bonus.percent.type.ratio:
        divided = fractions(bonus.percent.node, frame)
        amount, rate, exact_places = ratio_amounts(base, divided), shown_rates(divided), RATIO_PLACES
    else:
        rate = evaluate(bonus.percent.node, frame)
        amount, exact_places = exact_product(base.values, rate.values), base.places + rate.places
    times = (weak > 0).astype(np.int64)
    return _Match(
        volume=weak, times=times, taken=(weak, weak), base=base, rate=rate, amount=amount, places=exact_places
    )


def _by_pairs(sheet: Sheet, bonus: BinaryBonus, legs: _Legs, weak: Ints64, places: int) -> _Match:
    assert bonus.unit is not None  # noqa: S101  (the loader requires both)
    assert bonus.amount is not None  # noqa: S101
    unit = _volumes(sheet, bonus.unit, places)
    _refuse_no_unit(sheet, bonus, unit)
    strong = np.maximum(legs.strong, 0)
    left, right = np.where(legs.left_is_weak, weak, strong), np.where(legs.left_is_weak, strong, weak)
    pairing = paired(bonus.ratio or "1:1", left, right, unit, legs.left_is_weak)
    pairs = pairing.pairs
    each = evaluate(bonus.amount.node, people_frame(sheet))
    base = Column.scaled(each.values, each.places, unit="money")
    return _Match(
        volume=pairs * unit,
        times=pairs,
        taken=pairing.taken(pairs),
        pairing=pairing,
        base=base,
        rate=Column.scaled(pairs, 0),
        amount=exact_product(base.values, pairs),
        places=base.places,
    )


def _refuse_no_unit(sheet: Sheet, bonus: BinaryBonus, unit: Ints64) -> None:
    wrong = np.flatnonzero(unit <= 0)
    if len(wrong):
        label = sheet.rows.network.ids.label(int(wrong[0]))
        what = f"the unit of {bonus.id} is not above zero for {len(wrong):,} people, {label} among them"
        todo = "a pair takes some volume from each leg"
        raise InputError([bonus.finding("plan.unit", what, todo, "unit")])


def _by_steps(sheet: Sheet, bonus: BinaryBonus, weak: Ints64, places: int) -> _Match:
    table = sheet.plan.tables[bonus.steps or ""]
    assert isinstance(table, ThresholdTable)  # noqa: S101  (the loader has looked)
    scale = 10**places
    thresholds = np.array([int(threshold * scale) for threshold, _ in table.rows], dtype=np.int64)
    reached = np.searchsorted(thresholds, weak, side="right") - 1
    there = (reached >= 0) & (weak > 0)
    volume = np.where(there, np.maximum(thresholds[np.maximum(reached, 0)], 0), np.int64(0))
    values = Column.numbers([value for _, value in table.rows])
    amount = np.where(there, values.values[np.maximum(reached, 0)], np.int64(0))
    base = Column.scaled(amount, values.places, unit="money")
    return _Match(
        volume=volume,
        times=(volume > 0).astype(np.int64),  # a step at 0 takes nothing, so nothing matched
        taken=(volume, volume),
        base=base,
        rate=Column.scaled(np.ones(len(weak), dtype=np.int64), 0),
        amount=amount,
        places=values.places,
    )


def _volumes(sheet: Sheet, expression: Expression, places: int) -> Ints64:
    """A volume that the plan writes, at the places of the legs."""
    return evaluate(expression.node, people_frame(sheet)).at_places(places).values


@frozen(kw_only=True, eq=False)
class _Paid:
    """What the cap left of a match.

    Attributes:
        amount: int64[n]: what is paid, scaled by `places`.
        capped: int64[n]: what the cap took.
        places: Decimal places of both.
        times: Of pairs how many are paid, otherwise 1 where something matches.
        volume: What matched and is paid for.
        taken: What leaves the left and the right leg for what is paid.
    """

    amount: Ints64
    capped: Ints64
    places: int
    times: Ints64
    volume: Ints64
    taken: tuple[Ints64, Ints64]


def _capped(sheet: Sheet, bonus: BinaryBonus, match: _Match) -> _Paid:
    places, amount = match.places, match.amount
    most = amount
    if bonus.cap is not None and bonus.cap.money is not None:
        cap = evaluate(bonus.cap.money.node, people_frame(sheet))
        places = max(match.places, cap.places)
        amount = round_scaled(match.amount, match.places, places, RoundingMode.FLOOR)
        most = np.maximum(cap.at_places(places).values, 0)
    elif bonus.cap is not None and bonus.cap.pairs is not None:
        cap = evaluate(bonus.cap.pairs.node, people_frame(sheet))
        pairs = np.maximum(cap.values // np.int64(10**cap.places), 0)
        most = exact_product(match.base.values, np.minimum(match.times, pairs))
    paid = np.minimum(amount, most)
    carry, by_pairs = bonus.over_cap == "carry", bonus.pay == "pairs"
    times = _share(match.times, paid, amount) if by_pairs else match.times
    if carry and by_pairs:
        paid = np.where(paid < amount, amount // np.maximum(match.times, 1) * times, paid)
    if match.pairing is not None:
        volume = match.pairing.unit * times
        left, right = match.pairing.taken(times)
    else:
        volume, left, right = (_share(one, paid, amount, up=carry) for one in (match.volume, *match.taken))
    return _Paid(amount=paid, capped=amount - paid, places=places, times=times, volume=volume, taken=(left, right))


def _share(values: Ints64, paid: Ints64, amount: Ints64, *, up: bool = False) -> Ints64:
    """What of something goes with the part of the amount that is paid, cut or raised to whole units."""
    bites = paid < amount
    product, whole = _wide.multiply(values, paid), np.where(bites, amount, 1)
    share = -(-product // whole) if up else product // whole
    return np.where(bites, share, values).astype(np.int64)


def _carried_out(
    sheet: Sheet, bonus: BinaryBonus, legs: _Legs, match: _Match, paid: _Paid, pays: Bools, places: int
) -> tuple[Ints64, Ints64]:
    """What each leg hands to the next period."""
    nothing = np.int64(0)
    left, right = paid.taken if bonus.over_cap == "carry" else match.taken
    out_left, out_right = legs.left - left, legs.right - right
    something = match.times > 0
    if bonus.after == "clear_weak":
        out_left = np.where(something & legs.left_is_weak, nothing, out_left)
        out_right = np.where(something & ~legs.left_is_weak, nothing, out_right)
    emptied = something if bonus.after == "flush" else np.zeros(len(pays), dtype=np.bool_)
    if bonus.over_cap == "flush_both":
        emptied = emptied | (paid.capped > 0)
    if bonus.inactive == "reset":
        emptied = emptied | ~pays
    out_left, out_right = np.where(emptied, nothing, out_left), np.where(emptied, nothing, out_right)
    if bonus.inactive == "freeze":
        out_left = np.where(pays, out_left, legs.left - legs.came[0])
        out_right = np.where(pays, out_right, legs.right - legs.came[1])
    if bonus.carry_limit is None:
        return out_left, out_right
    # Below nothing it is nothing, as that of a cap: else a leg would lose volume that is still to come.
    limit = np.maximum(_volumes(sheet, bonus.carry_limit, places), 0)
    return np.minimum(out_left, limit), np.minimum(out_right, limit)


def _found(sheet: Sheet, match: _Match, paid: _Paid, pays: Bools) -> Found:
    """A row for what is paid, or would be, and a row for what the cap took."""
    some, cut = np.flatnonzero(paid.amount), np.flatnonzero(paid.capped)
    person = np.concatenate([some, cut]).astype(np.int32)
    reason = np.where(pays[some], 0, reason_of(sheet, some.astype(np.int32)))
    nobody = np.full(len(person), -1, dtype=np.int32)
    return Found(
        payee=person,
        whose=person,
        source=nobody,
        order=nobody,
        level=nobody,
        base=match.base.values[person],
        base_places=match.base.places,
        rate=match.rate.values[person],
        rate_places=match.rate.places,
        reason=np.concatenate([reason, np.full(len(cut), Reason.CAPPED)]).astype(np.uint8),
        missed=np.zeros(len(person), dtype=np.bool_),
        amount=np.concatenate([paid.amount[some], paid.capped[cut]]),
        amount_places=paid.places,
    )
