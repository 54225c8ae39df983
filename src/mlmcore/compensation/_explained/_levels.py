"""How a `levels` bonus is told: who was passed and why, and which of its rates was paid."""

from itertools import chain

from mlmcore.compensation._explained._kind import Line, ToldWalk, base_of_walk
from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import LevelsBonus

__all__ = ["ToldLevels"]


class ToldLevels(ToldWalk[LevelsBonus]):
    """How a `levels` bonus is told."""

    def rate_place(self, bonus: LevelsBonus, level: int, rank: object) -> Place:
        if bonus.rate is not None:
            return bonus.rate.place
        if bonus.rate_by_rank is not None:
            single = bonus.rate_by_rank.get(str(rank))
            return bonus.place_of("rates") if single is None else single.place
        by_rank = (bonus.rates_by_rank or {}).get(str(rank), ())
        listed = bonus.amounts or bonus.rates or by_rank
        position = level - bonus.first_level
        if 0 <= position < len(listed):
            return listed[position].place
        return bonus.beyond.place if bonus.beyond is not None and level >= 0 and listed else bonus.place_of("rates")

    def formula(self, bonus: LevelsBonus, level: int) -> str:
        if bonus.base is not None:
            return base_of_walk(bonus)
        position = level - bonus.first_level
        return bonus.amounts[position].text if bonus.amounts and 0 <= position < len(bonus.amounts) else ""

    def rate_for_show(self, bonus: LevelsBonus) -> bool:
        by_rank = chain((bonus.rate_by_rank or {}).values(), *(bonus.rates_by_rank or {}).values())
        rates = (bonus.rate, bonus.beyond, bonus.face_rate, *(bonus.rates or ()), *by_rank)
        return any(rate is not None and rate.type.ratio for rate in rates)

    def refused(
        self, teller: Teller, bonus: LevelsBonus, reason: str, person: int, level: int, pair: Pair | None
    ) -> str:
        return teller.said(bonus.depth, person, pair) if reason == "depth" and bonus.depth is not None else ""

    def behind(self, teller: Teller, bonus: LevelsBonus, line: Line) -> str:
        """What the base and the rate read of people just before the order, which no column of the period shows."""
        if bonus.as_of is None or line.order < 0 or line.source < 0 or line.level < 0:
            return ""
        frame = teller.row(bonus, line.order, line.source, line.person, line.level)
        told = (teller.just_before(bonus, one, frame) for one in (bonus.base, self._rate(bonus, line)) if one)
        return "; ".join(part for part in told if part)

    def _rate(self, bonus: LevelsBonus, line: Line) -> Expression | None:
        """The rate or amount of a level, where it is one for all ranks."""
        position, listed = line.level - bonus.first_level, bonus.amounts or bonus.rates or ()
        if bonus.rate is not None or not listed:
            return bonus.rate
        return listed[position] if 0 <= position < len(listed) else bonus.beyond

    def passed(self, teller: Teller, bonus: LevelsBonus, person: int, pair: Pair | None) -> str:
        return teller.said(bonus.counts, person, pair)
