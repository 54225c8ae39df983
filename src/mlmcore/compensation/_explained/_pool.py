"""How a `pool` is told: what the fund held, somebody's place and shares, and how many shares there were in all."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._teller import Teller
from mlmcore.compensation.bonuses._places import placed
from mlmcore.compensation.bonuses._spans import spans_of
from mlmcore.compensation.bonuses.pool import Shared, pot_of, shared_out
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import PoolBonus

__all__ = ["ToldPool"]


class ToldPool(Told[PoolBonus]):
    """How a `pool` is told."""

    rate_for_show = True

    def qualifies(self, bonus: PoolBonus) -> Expression:
        return bonus.qualifies

    def rate_place(self, bonus: PoolBonus, level: int, rank: object) -> Place:
        return bonus.parts[0].shares.place if bonus.shares is None else bonus.shares.place

    def formula(self, bonus: PoolBonus, level: int) -> str:
        return f"{bonus.id}.fund"

    def behind(self, teller: Teller, bonus: PoolBonus, line: Line) -> str:
        person = line.person
        fund = teller.sheet.figures[f"{bonus.id}.fund"].text(0)
        told = [f"the fund held {fund}"]
        if bonus.order_by is not None:
            told.append(f"place {teller.published(bonus, 'place', person)} by {teller.said(bonus.order_by, person)}")
        return "; ".join([*told, *self._shares(teller, bonus, person)])

    def _shares(self, teller: Teller, bonus: PoolBonus, person: int) -> Iterator[str]:
        shared: Shared = teller.once(f"shared {bonus.id}", lambda: _shared(teller, bonus))
        (row,) = np.flatnonzero(shared.who.people == person)
        weights = [f" with the weight {part.weight.text}" for part in bonus.parts] or [""]
        columns = (bonus.shares_by_part, weights, shared.shares, shared.sums)
        for expression, weight, shares, total in zip(*columns, strict=True):
            mine = Fraction(int(shares.top[row]), shares.bottom)
            yield f"{_written(mine)} of {_written(total)} shares{weight}: {expression.text}"


def _shared(teller: Teller, bonus: PoolBonus) -> Shared:
    sheet = teller.sheet
    sheet.span = (*spans_of(sheet, bonus), sheet.rows.period)[0]
    found = shared_out(sheet, bonus, pot_of(sheet, bonus), placed(sheet, bonus))
    sheet.span = sheet.rows.period
    return found


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
