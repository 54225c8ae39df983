"""How a `differential` bonus is told: somebody's rate, and the highest that the walk had met before."""

from mlmcore.compensation._explained._kind import Line, ToldWalk, base_of_walk
from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation._met import Asked, highest_met
from mlmcore.compensation.bonuses._sources import source_of
from mlmcore.compensation.bonuses.differential import asks_pairs, met_before
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Place
from mlmcore.compensation.plan import DifferentialBonus

__all__ = ["ToldDifferential"]


class ToldDifferential(ToldWalk[DifferentialBonus]):
    """How a `differential` bonus is told."""

    def rate_place(self, bonus: DifferentialBonus, level: int, rank: object) -> Place:
        return bonus.rate.place

    def formula(self, bonus: DifferentialBonus, level: int) -> str:
        return base_of_walk(bonus)

    def refused(
        self, teller: Teller, bonus: DifferentialBonus, reason: str, person: int, level: int, pair: Pair | None
    ) -> str:
        if reason == "depth" and bonus.minimum_level is not None:
            return f"level {level} is below the minimum_level {bonus.minimum_level.text}"
        if reason == "blocked" and bonus.blocked_by is not None:
            return teller.said(bonus.blocked_by, person, pair)
        return ""

    def behind(self, teller: Teller, bonus: DifferentialBonus, line: Line) -> str:
        """Somebody's rate, and the highest that the walk had met before: the two that a difference is made of."""
        order, source, person, pair = line.order, line.source, line.person, line.pair
        if source < 0 or (order < 0 and bonus.dated is not None):
            return ""
        start = source_of(teller.sheet, bonus, order, source)
        if asks_pairs(bonus, teller.result.plan):
            met = met_before(teller.sheet, bonus, start, person)
            return f"{teller.said(bonus.rate, person, pair)}; {met} was met before"
        asked = Asked(
            counts=lambda one: teller.holds(bonus.counts, one),
            pays=lambda one: teller.holds(bonus.pays, one),
            rate=teller.condition(bonus.rate).decimal,
        )
        before = [] if source == person else [source, *teller.between(bonus, order, source, person)]
        initial = evaluate(bonus.initial.node, start.frame(teller.sheet)).decimal(0)
        met = highest_met(bonus, asked, initial, before, below=bool(start.below[0]))
        return f"{teller.said(bonus.rate, person)}; {met} was met before"

    def passed(self, teller: Teller, bonus: DifferentialBonus, person: int, pair: Pair | None) -> str:
        if not teller.holds(bonus.counts, person, pair):
            return teller.said(bonus.counts, person, pair)
        own = None if pair is None else teller.pair(bonus, pair.order, pair.source, person, -1)
        if bonus.unqualified == "skip" and not teller.holds(bonus.pays, person, own):
            return teller.said(bonus.pays, person, own)
        return teller.said(bonus.rate, person, own)
