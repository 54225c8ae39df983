"""How an `amount` bonus is told: its formula is all there is."""

from mlmcore.compensation._explained._kind import Told
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import AmountBonus

__all__ = ["ToldAmount"]


class ToldAmount(Told[AmountBonus]):
    """How an `amount` bonus is told."""

    def qualifies(self, bonus: AmountBonus) -> Expression:
        return bonus.qualifies

    def rate_place(self, bonus: AmountBonus, level: int, rank: object) -> Place:
        return bonus.amount.place

    def formula(self, bonus: AmountBonus, level: int) -> str:
        return bonus.amount.text
