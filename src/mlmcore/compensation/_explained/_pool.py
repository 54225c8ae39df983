"""How a `pool` is told: what the fund held, somebody's place and shares, and how many shares there were in all."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._teller import OfSpan, Teller
from mlmcore.compensation.bonuses.pool import Turn, published_by, turns_of
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import PoolBonus

__all__ = ["ToldPool"]


class ToldPool(Told[PoolBonus]):
    """How a `pool` is told."""

    def rate_for_show(self, bonus: PoolBonus) -> bool:
        return True

    def qualifies(self, bonus: PoolBonus) -> Expression:
        return bonus.qualifies

    def rate_place(self, bonus: PoolBonus, level: int, rank: object) -> Place:
        return bonus.parts[0].shares.place if bonus.shares is None else bonus.shares.place

    def formula(self, bonus: PoolBonus, level: int) -> str:
        return f"{bonus.id}.fund"

    def of_spans(self, teller: Teller, bonus: PoolBonus) -> Mapping[str, OfSpan]:
        found = {}
        for span, turn in self._turns(teller, bonus).items():
            columns, figures = published_by(teller.sheet, bonus, turn)
            found[span] = OfSpan(columns=columns, figures=figures)
        return found

    def behind(self, teller: Teller, bonus: PoolBonus, line: Line) -> str:
        person = line.person
        told = [f"the fund held {teller.sheet.figures[f'{bonus.id}.fund'].text(0)}"]
        if bonus.order_by is not None:
            told.append(f"place {teller.published(bonus, 'place', person)} by {teller.said(bonus.order_by, person)}")
        return "; ".join([*told, *self._shares(teller, bonus, line)])

    def _shares(self, teller: Teller, bonus: PoolBonus, line: Line) -> Iterator[str]:
        turns = self._turns(teller, bonus)
        shared = turns[line.span or teller.result.period.id].shared
        assert shared is not None  # noqa: S101  (there is a line)
        (row,) = np.flatnonzero(shared.who.people == line.person)
        weights = [f" with the weight {part.weight.text}" for part in bonus.parts] or [""]
        columns = (bonus.shares_by_part, weights, shared.shares, shared.sums)
        for expression, weight, shares, total in zip(*columns, strict=True):
            mine = Fraction(int(shares.top[row]), shares.bottom)
            yield f"{_written(mine)} of {_written(total)} shares{weight}: {expression.text}"

    def _turns(self, teller: Teller, bonus: PoolBonus) -> dict[str, Turn]:
        """Each time that the fund was shared out or carried, by period id."""
        found: dict[str, Turn] = teller.once(f"turns of {bonus.id}", lambda: _turns(teller.sheet, bonus))
        return found


def _turns(sheet: Sheet, bonus: PoolBonus) -> dict[str, Turn]:
    """As the run computed them; the sheet is left as it was."""
    with sheet.aside():
        return {turn.span: turn for turn in turns_of(sheet, bonus)}


def _written(number: Fraction) -> str:
    """A decimal where it ends, else a fraction."""
    places = 0
    while places < 12 and (number * 10**places).denominator > 1:
        places += 1
    scaled = number * 10**places
    if scaled.denominator > 1:
        return f"{number.numerator}/{number.denominator}"
    digits = f"{int(scaled):0{places + 1}}"
    return f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
