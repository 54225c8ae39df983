"""How an `amount` bonus is told: its formula is all there is."""

import numpy as np
from attrs import evolve

from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import AmountBonus
from mlmcore.compensation.previous import best_before

__all__ = ["ToldAmount"]


class ToldAmount(Told[AmountBonus]):
    """How an `amount` bonus is told."""

    def qualifies(self, bonus: AmountBonus) -> Expression:
        return bonus.qualifies

    def unqualified(self, teller: Teller, bonus: AmountBonus, line: Line) -> str:
        if bonus.per_rank:
            return f"{bonus.qualifies.text} is false; {self._reached(teller, bonus, line.person)}"
        if bonus.dated is not None:
            return teller.said_of_a_row(bonus, bonus.qualifies, line.person, line.order, line.source)
        return super().unqualified(teller, bonus, line)

    def refused(
        self, teller: Teller, bonus: AmountBonus, reason: str, person: int, level: int, pair: Pair | None
    ) -> str:
        return self._reached(teller, bonus, person)

    def behind(self, teller: Teller, bonus: AmountBonus, line: Line) -> str:
        if bonus.as_of is None or line.order < 0 or line.source < 0:
            return self._reached(teller, bonus, line.person)
        frame = teller.row(bonus, line.order, line.source, line.source)
        payee = np.array([line.person], dtype=np.int32)
        return teller.just_before(bonus, bonus.amount, evolve(frame, indices={**frame.indices, "payee": payee}))

    def _reached(self, teller: Teller, bonus: AmountBonus, person: int) -> str:
        """The ranks newly reached, where the amount is paid for each."""
        if not bonus.per_rank:
            return ""
        plan, result = teller.result.plan, teller.result
        before, best = int(best_before(plan, result.rows)[person]), int(result.rank_best.values[person])
        ranks = plan.rank_ids[before + 1 : best + 1][-1 if bonus.skipped == "lost" else None :]
        return f"newly reached: {', '.join(ranks)}" if ranks else "for a rank reached before, whose once was not used"

    def rate_place(self, bonus: AmountBonus, level: int, rank: object) -> Place:
        return bonus.amount.place

    def formula(self, bonus: AmountBonus, level: int) -> str:
        return bonus.amount.text
