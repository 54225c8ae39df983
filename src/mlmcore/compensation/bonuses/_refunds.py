"""`refunds = "original"`: a refund takes back, line by line, its share of what the original order paid.

For each line of the original order a refund writes minus its share of the rounded amount. The share is the part of the
order that is given back (`_given_back`); where the volumes say different parts, the refund's base over the original's,
both asked now: a point value or a rank that has changed since would else be taken for a part of the order.
The refund that gives back the last of an order takes what is left, so that nothing remains of its lines. Unpaid lines
are not taken back, nor are lines that a minimum made unpaid in an earlier sub-period. Lines of an earlier period come
with the previous state (`_refundable`); a refund of an order from before everything of which it knows is refused in
words. A bonus whose `when` is false pays nothing, and refunds take back what it paid before.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import numpy as np
from attrs import define, evolve
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Found, Payable, at_places, stacked
from mlmcore.compensation.bonuses._given_back import parts_given_back, percentage
from mlmcore.compensation.bonuses._refundable import Key, Taken, key_of, known_since, lines_before
from mlmcore.compensation.bonuses._sources import (
    Sources,
    bases,
    original_sources,
    pairs,
    refund_sources,
    refuse_elsewhere,
)
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import SourceBonus
from mlmcore.domain.errors import Findings
from mlmcore.domain.exact import divide
from mlmcore.domain.money import currency_places

__all__ = ["Refunds"]

_OF_EVERY_VOLUME: Final = "give back the same part of every volume, or take the refund back by an adjustment"


@define
class _Line:
    """One line of an order that is refunded.

    Attributes:
        window: The lines among which it stands.
        row: Its position there.
        share: Which part of it was given back.
        taken: How much of its amount was taken back, in minor units.
        before: Its row in the previous state, -1 for a line of this run.
    """

    window: Payable
    row: int
    share: Fraction = Fraction(0)
    taken: int = 0
    before: int = -1


class Refunds:
    """Takes back what one bonus paid on orders that were refunded; remembers lines from one sub-period to the next."""

    def __init__(self, sheet: Sheet, bonus: SourceBonus) -> None:
        self._sheet = sheet
        self._bonus = bonus
        self._lines: dict[int, list[_Line]] = {}
        self._first: int | None = None
        self._recalled = False
        self._since = known_since(sheet, bonus)
        table = sheet.rows.orders
        self._refunded = np.unique(table.refund_of[table.refund_of >= 0])
        # A bonus that is only a column has exact amounts; their last decimal place is its unit.
        self._unit = 1 if bonus.is_column else 10 ** (currency_places(sheet.plan.currency) - sheet.plan.unit_places)

    def taken_back(self, paid: Payable) -> Payable:
        """The lines that the refunds of the sheet's window write.

        Args:
            paid: The rounded lines of the same window.

        Raises:
            InputError: A refund gives back more than its order, or an order of an earlier period.
        """
        if not len(self._refunded):
            self._begin()
            return paid.some(np.zeros(0, dtype=np.intp))
        self._recall(paid)
        self._remember(paid)
        refunds = refund_sources(self._sheet, self._bonus)
        self._refuse_earlier(refunds)
        due = list(self._due(refunds))
        rows = np.array([row for row, _ in due], dtype=np.intp)
        like, *founds = at_places([paid.found, *(line.window.found.some(np.array([line.row])) for _, line in due)])
        found = stacked(like, founds)
        shares = self._shares(refunds, rows, found)
        self._refuse_too_much(refunds, due, shares)
        amounts = [-self._amount(line, share) for (_, line), share in zip(due, shares, strict=True)]
        base = [_shown(-share * whole) for share, whole in zip(shares, found.base.tolist(), strict=True)]
        found = evolve(found, order=refunds.order[rows], base=np.array(base, dtype=np.int64))
        given = np.array([share != 0 for share in shares], dtype=np.bool_)  # a refund of nothing writes no line
        return Payable(found=found.some(given), minor=np.array(amounts, dtype=np.int64)[given])

    def _shares(self, refunds: Sources, rows: NDArray[np.intp], found: Found) -> list[Fraction]:
        """Which part of each line a refund takes back: `found` are the lines, `rows` their refunds."""
        parts = parts_given_back(self._sheet, self._bonus, refunds.order)
        shares = [parts[row] for row in rows.tolist()]
        asked = np.flatnonzero([share is None for share in shares])
        if not len(asked):
            return [share for share in shares if share is not None]
        refuse_elsewhere(self._sheet, self._bonus, refunds.order[np.unique(rows[asked])])
        lines, asking = found.some(asked), rows[asked]
        given, whole = (
            self._bases(sources, asking, lines)
            for sources in (refunds, original_sources(self._sheet, self._bonus, refunds))
        )
        self._refuse_untold(refunds.order[asking[whole == 0]])
        by_base = map(Fraction, (-given).tolist(), whole.tolist())
        return [next(by_base) if share is None else share for share in shares]

    def _bases(self, sources: Sources, rows: NDArray[np.intp], lines: Found) -> NDArray[np.int64]:
        """What the bonus says now that each line is a share of, of sources that are refunds, or their originals."""
        frame = pairs(self._sheet, sources, rows, lines.whose, lines.level, payee=np.maximum(lines.payee, -1))
        return bases(self._sheet, self._bonus, sources, rows, frame).values

    def forget(self, kept: NDArray[np.bool_], paid: Payable) -> None:
        """Forget lines of this window that were not paid after all: there is nothing to take back from them later."""
        for order, lines in self._lines.items():
            self._lines[order] = [line for line in lines if line.window is not paid or kept[line.row]]

    def are_due(self) -> bool:
        """Whether the sheet's window has refunds at all; of a window without any it is remembered that it came."""
        self._begin()
        return len(refund_sources(self._sheet, self._bonus)) > 0

    @property
    def taken(self) -> dict[Key, Taken]:
        """What refunds have come to take off each line of which they took anything."""
        lines = [line for lines in self._lines.values() for line in lines if line.share]
        return {
            key_of(line.window.found, line.row): Taken(given=line.share, minor=line.taken, before=line.before)
            for line in lines
        }

    def _recall(self, paid: Payable) -> None:
        """Remember the lines of earlier periods, once."""
        if self._recalled:
            return
        self._recalled = True
        earlier = lines_before(self._sheet, self._bonus, self._refunded)
        for line in earlier:
            known = _Line(line.window, line.row, line.taken.given, line.taken.minor, line.taken.before)
            self._lines.setdefault(line.order, []).append(known)

    def _remember(self, paid: Payable) -> None:
        self._begin()
        for row in np.flatnonzero(np.isin(paid.found.order, self._refunded)).tolist():
            self._lines.setdefault(int(paid.found.order[row]), []).append(_Line(paid, row))

    def _begin(self) -> None:
        """Remember where the first window began: what was sold from then on, and has no lines, was paid nothing."""
        self._first = self._sheet.window.start if self._first is None else self._first

    def _due(self, refunds: Sources) -> Iterator[tuple[int, _Line]]:
        """Each refund with each line of its original."""
        for row, original in enumerate(self._originals(refunds)):
            for line in self._lines.get(original, ()):
                yield row, line

    def _originals(self, refunds: Sources) -> list[int]:
        return list(self._sheet.rows.orders.refund_of[refunds.order].tolist())

    def _amount(self, line: _Line, share: Fraction) -> int:
        """What one refund takes off one line, in minor units."""
        whole = int(line.window.minor[line.row])
        line.share += share
        if line.share == 1:
            amount = whole - line.taken
        else:
            part = Fraction(whole, self._unit) * share
            amount = divide(part.numerator, part.denominator, self._sheet.plan.rounding.mode) * self._unit
        line.taken += amount
        return amount

    def _refuse_earlier(self, refunds: Sources) -> None:
        ids, findings = self._sheet.rows.orders.ids, Findings()
        for order, original in zip(refunds.order.tolist(), self._originals(refunds), strict=True):
            if not self._is_known(original):
                what = (
                    f"its original {ids.label(original)} was paid in an earlier period, whose lines are not known here"
                )
                todo = "calculate that period first and hand on what it says (over files: --since), "
                todo += "or take the refund back by an adjustment"
                findings.add(code="inputs.refund", what=what, todo=todo, path=f"order {ids.label(order)}")
        findings.raise_if_any()

    def _is_known(self, original: int) -> bool:
        """Whether the lines of an order are known, be it that there are none."""
        if original in self._lines or self._first is None or original >= self._first:
            return True
        return self._since is not None and int(self._sheet.rows.orders.date[original]) >= self._since

    def _refuse_untold(self, refunds: NDArray[np.int32]) -> None:
        """Refuse refunds of orders on which the bonus would pay nothing now, and of which that was to tell the part."""
        ids, findings = self._sheet.rows.orders.ids, Findings()
        for order in np.unique(refunds).tolist():
            original = ids.label(int(self._sheet.rows.orders.refund_of[order]))
            what = f"it gives back other parts of some volumes of {original} than of others, and asked of {original} "
            what += f"now, {self._bonus.id} comes to nothing, so which part of it is given back cannot be told"
            findings.add(code="inputs.refund", what=what, todo=_OF_EVERY_VOLUME, path=f"order {ids.label(order)}")
        findings.raise_if_any()

    def _refuse_too_much(self, refunds: Sources, due: list[tuple[int, _Line]], shares: list[Fraction]) -> None:
        """Refuse refunds that come to more than their order, or that add to it."""
        ids, given = self._sheet.rows.orders.ids, {id(line): line.share for _, line in due}
        wrong: dict[int, Fraction] = {}
        for (row, line), share in zip(due, shares, strict=True):
            given[id(line)] += share
            if share < 0 or given[id(line)] > 1:
                wrong.setdefault(row, given[id(line)])
        findings = Findings()
        for row, share in wrong.items():
            order = int(refunds.order[row])
            original = ids.label(int(self._sheet.rows.orders.refund_of[order]))
            given_back = f"{percentage(share)} of what bonus {self._bonus.id} was paid on for {original} is given back"
            what, todo = f"with it, {given_back}", "correct its volumes"
            if share < 0:
                what = f"it gives back other parts of some volumes of {original} than of others, and asked of it, "
                what, todo = f"{what}{self._bonus.id} does not fall", _OF_EVERY_VOLUME
            findings.add(code="inputs.refund", what=what, todo=todo, path=f"order {ids.label(order)}")
        findings.raise_if_any()


def _shown(base: Fraction) -> int:
    """The base of what a refund takes back, as it is shown: in the units of its line's base, half to even."""
    return round(base)
