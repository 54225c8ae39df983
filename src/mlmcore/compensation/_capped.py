"""`[[caps]]`: what some bonuses pay together is cut to a limit (plan language, section 5.7).

A cap sees the rounded lines of its bonuses, those of all sub-periods together, as earlier caps have left them. The
rules:

- **C1** Lines that agree in everything that `per` names are a group. An account is no payee of a cap per payee or
  owner: it has no limit, and its lines are left alone. Somebody without an owner is their own.
- **C2** The limit is cut to the plan's unit of money, and is never below nothing.
- **C3** A group is over its limit where the sum of *all* its lines is; then its positive lines are cut so that the sum
  is the limit. Negative lines are left alone, and make room.
- **C4** `scale` cuts in proportion, by largest remainder. `cut_last` takes from the end, in the order of order date,
  order id, level, payee, source; lines without an order come first, those of earlier sub-periods before later ones.
  `priority` fills the limit bonus by bonus, in the order of `bonuses`; the one at the limit is scaled.
- **C5** What a refund takes back makes room for its own line first (`refunds = "original"`): such a line counts with
  what is left of it, and no more than that is cut. What takes back a line that was locked before, which no cap is asked
  of again, makes no room. So what is given back in the end leaves nobody more or less than what they were paid.
- **C6** What is cut is unpaid, reason `capped`. No volume is given back for it.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.bonuses._found import Found, Payable, exact_product, group_sums
from mlmcore.compensation.bonuses._order import order_keys, sorted_by
from mlmcore.compensation.bonuses._segments import unpaid_segment
from mlmcore.compensation.bonuses._takes_back import lines_given_back, taken_back_before, taken_back_by
from mlmcore.compensation.bonuses._waiting import waiting_of
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, people_frame, run_frame
from mlmcore.compensation.lines import Reason
from mlmcore.compensation.plan import AnyBonus, Cap
from mlmcore.compensation.rounding import in_proportion, round_scaled
from mlmcore.domain.exact import RoundingMode
from mlmcore.domain.money import currency_places

__all__ = ["capped"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Drafts = Mapping[str, tuple[Draft, ...]]

_OWN: Final = -1
"""The owner's code of whoever has none."""


def capped(sheet: Sheet, cap: Cap, drafts: Drafts) -> dict[str, tuple[Draft, ...]]:
    """What a cap leaves of the drafts of its bonuses.

    Args:
        sheet: What the run knows.
        cap: The cap.
        drafts: By bonus, as earlier caps have left them; those of other bonuses are not looked at.

    Raises:
        InputError: The limit cannot be computed.
    """
    every = [(bonus, place, draft) for bonus in cap.bonuses for place, draft in enumerate(drafts[bonus])]
    if not every:
        return {bonus: drafts[bonus] for bonus in cap.bonuses}
    lines = _Lines.of(sheet, cap, drafts)
    group, limits = _groups(sheet, cap, lines)
    unit = np.int64(10 ** (currency_places(sheet.plan.currency) - sheet.plan.unit_places))
    counted = _counted(sheet, cap, drafts, lines.minor)
    left = _left(cap, lines, counted // unit, group, limits) * unit
    finer = counted % unit != 0
    if finer.any():  # lines of a period whose plan rounded finer keep their last cent, and so does who has them
        in_minor = _left(cap, lines, counted, group, exact_product(limits, unit))
        left = np.where(np.isin(group, group[finer]), in_minor, left)
    left = left + (lines.minor - counted)
    ends = np.cumsum([len(draft.lines) for _, _, draft in every])
    found: dict[str, tuple[Draft, ...]] = dict.fromkeys(cap.bonuses, ())
    for (bonus, _, draft), part in zip(every, np.split(left, ends[:-1]), strict=True):
        found[bonus] += (_cut(sheet, bonus, draft, part),)
    return found


@frozen(kw_only=True, eq=False)
class _Lines:
    """All lines under a cap: bonus after bonus, draft after draft.

    Attributes:
        payee: int32: as in `Found`.
        source: int32.
        level: int32.
        minor: int64: minor units.
        bonus: int64: the position of the bonus in the cap.
        place: int64: where each line stands in the order in which the end is cut.
    """

    payee: Ints
    source: Ints
    level: Ints
    minor: Ints64
    bonus: NDArray[np.int64]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, sheet: Sheet, cap: Cap, drafts: Drafts) -> "_Lines":
        """The lines of all drafts of the cap's bonuses."""
        parts: list[Found] = [draft.lines.found for bonus in cap.bonuses for draft in drafts[bonus]]
        sizes = [len(part) for part in parts]
        bonus = [position for position, name in enumerate(cap.bonuses) for _ in drafts[name]]
        # The last sub-periods end together, with the period.
        span = [place - len(drafts[name]) for name in cap.bonuses for place in range(len(drafts[name]))]
        dated = [sheet.plan.bonus(name).dated or "orders" for name in cap.bonuses for _ in drafts[name]]
        by_part = [order_keys(sheet, part, rows) for part, rows in zip(parts, dated, strict=True)]
        keys = [np.concatenate(column) for column in zip(*by_part, strict=True)]
        bonuses, spans = np.repeat(bonus, sizes), np.repeat(span, sizes)
        order = sorted_by((bonuses, *keys[:-1], spans, keys[-1]))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return cls(
            payee=np.concatenate([part.payee for part in parts]),
            source=np.concatenate([part.source for part in parts]),
            level=np.concatenate([part.level for part in parts]),
            minor=np.concatenate([draft.lines.minor for name in cap.bonuses for draft in drafts[name]]),
            bonus=bonuses,
            place=place,
        )


def _counted(sheet: Sheet, cap: Cap, drafts: Drafts, minor: Ints64) -> Ints64:
    """With what each line counts: less what refunds take back of it, which then count no more (C5)."""
    counted, begin = minor.copy(), 0
    for bonus in map(sheet.plan.bonus, cap.bonuses):
        parts = [draft.lines for draft in drafts[bonus.id]]
        starts = [begin + start for start in accumulate(map(len, parts), initial=0)]
        begin = starts[-1]
        both = [*zip(starts, parts, strict=False)]
        place = {line: start + row for start, lines in both for row, line in lines_given_back(sheet, bonus, lines)}
        locked = {line for _, line in lines_given_back(sheet, bonus, waiting_of(sheet, bonus).waits("deferred"))}
        for start, lines in both:
            _count_what_waited(sheet, bonus, lines, counted[start : start + len(lines)])
            for row, line in taken_back_by(sheet, bonus, lines):
                if line in place:
                    counted[place[line]] += minor[start + row]
                if line in place or line in locked:
                    counted[start + row] = 0
    return counted


def _count_what_waited(sheet: Sheet, bonus: AnyBonus, lines: Payable, counted: Ints64) -> None:
    """What was taken back of a line while it waited comes as a line of its own, and counts on the line (C5)."""
    found, charges = lines.found, defaultdict[tuple[int, int, int], list[int]](list)

    def key(row: int) -> tuple[int, int, int]:
        return int(found.payee[row]), int(found.source[row]), int(found.level[row])

    for row in np.flatnonzero((lines.brought >= 0) & (lines.minor < 0)).tolist():
        charges[key(row)].append(row)
    for row, taken in taken_back_before(sheet, bonus, lines) if charges else ():
        left = taken
        for charge in charges[key(row)]:
            part = min(left, -int(counted[charge]))
            counted[row] -= part
            counted[charge] += part
            left -= part


def _groups(sheet: Sheet, cap: Cap, lines: _Lines) -> tuple[NDArray[np.intp], Ints64]:
    """The group of each line, -1 where the cap leaves it alone, and each group's limit in units (C1, C2)."""
    of_person = "payee" in cap.per or "owner" in cap.per
    rows = np.flatnonzero(lines.payee >= 0) if of_person else np.arange(len(lines.payee))
    code = np.zeros(len(rows), dtype=np.intp)
    for word in cap.per:
        _, key = np.unique(_column(sheet, word, lines)[rows], return_inverse=True)
        _, code = np.unique(code * (key.max(initial=0) + 1) + key.reshape(-1), return_inverse=True)
        code = code.reshape(-1)
    group = np.full(len(lines.payee), -1, dtype=np.intp)
    group[rows] = code
    count = int(code.max(initial=-1)) + 1
    frame = people_frame(sheet) if "payee" in cap.per else run_frame(sheet)
    column = evaluate(cap.limit.node, frame)
    limit = np.maximum(round_scaled(column.values, column.places, sheet.plan.unit_places, RoundingMode.FLOOR), 0)
    if "payee" not in cap.per:
        return group, np.repeat(limit, count)
    payee = np.zeros(count, dtype=np.int32)
    payee[code] = lines.payee[rows]
    return group, limit[payee]


def _column(sheet: Sheet, word: str, lines: _Lines) -> NDArray[Any]:
    """What lines of one group have in common."""
    match word:
        case "payee":
            return lines.payee
        case "source":
            return lines.source
        case "level":
            return lines.level
        case "owner":
            owner = sheet.person[sheet.plan.inputs.owner or ""].values
            nobody = np.arange(sheet.size) + (int(owner.max(initial=0)) + 1)
            return np.where(owner == _OWN, nobody, owner)[np.maximum(lines.payee, 0)]
        case _:
            return np.zeros(len(lines.payee), dtype=np.int8)


def _left(cap: Cap, lines: _Lines, units: Ints64, group: NDArray[np.intp], limits: Ints64) -> Ints64:
    """What is left of each line, in units (C3, C4)."""
    inside = group >= 0
    total = group_sums(units[inside], group[inside], len(limits))
    over = inside & (total > limits)[group] if len(limits) else inside
    rows = np.flatnonzero(over & (units > 0))
    if not len(rows):
        return units
    rows = rows[np.argsort(lines.place[rows])]
    # The sum without the positive lines is not above nothing, so at least the limit is left for them.
    positive = group_sums(units[rows], group[rows], len(limits))
    room = np.where(total > limits, limits - (total - positive), 0)
    left = units.copy()
    match cap.apply:
        case "scale":
            left[rows] = in_proportion(units[rows], group[rows], room)
        case "cut_last":
            left[rows] = _filled(units[rows], group[rows], room)
        case _:
            left[rows] = _by_bonus(units[rows], group[rows], room, lines.bonus[rows], len(cap.bonuses))
    return left


def _filled(units: Ints64, group: NDArray[np.intp], room: Ints64) -> Ints64:
    """Whatever fits into each group's room, from the front; the one at the border in part."""
    order = np.argsort(group, kind="stable")
    there, sums = units[order], np.cumsum(units[order])
    first = np.flatnonzero(np.concatenate([[True], group[order][1:] != group[order][:-1]]))
    start = np.repeat((sums - there)[first], np.diff(np.append(first, len(order))))
    left = np.empty_like(units)
    left[order] = np.clip(room[group[order]] - (sums - there - start), 0, there)
    return left


def _by_bonus(units: Ints64, group: NDArray[np.intp], room: Ints64, bonus: NDArray[np.int64], bonuses: int) -> Ints64:
    """Each group's room filled bonus by bonus, what one bonus gets split over its lines in proportion."""
    pair = group * bonuses + bonus
    sums = group_sums(units, pair, len(room) * bonuses)
    each = _filled(sums, np.arange(len(sums)) // bonuses, room)
    return in_proportion(units, pair, each)


def _cut(sheet: Sheet, bonus_id: str, draft: Draft, left: Ints64) -> Draft:
    """A draft of which less is left, the rest unpaid (C6)."""
    taken = draft.lines.minor - left
    if not taken.any():
        return draft
    bonus, money = sheet.plan.bonus(bonus_id), currency_places(sheet.plan.currency)
    reason = np.full(len(taken), Reason.CAPPED, dtype=np.uint8)
    lines = evolve(draft.lines, minor=left).some((left != 0) | (taken == 0))
    cut = unpaid_segment(bonus, draft.lines.found, taken, money, reason, draft.lines.brought)
    return evolve(draft, lines=lines, unpaid=(*draft.unpaid, cut))
