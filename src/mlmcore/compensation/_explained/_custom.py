"""How a `custom` bonus is told: what its class was given about somebody."""

from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._teller import Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import CustomBonus

__all__ = ["ToldCustom"]


class ToldCustom(Told[CustomBonus]):
    """How a `custom` bonus is told."""

    def qualifies(self, bonus: CustomBonus) -> Expression | None:
        return None

    def rate_place(self, bonus: CustomBonus, level: int, rank: object) -> Place:
        return bonus.place_of("class")

    def formula(self, bonus: CustomBonus, level: int) -> str:
        return bonus.class_

    def behind(self, teller: Teller, bonus: CustomBonus, line: Line) -> str:
        return "; ".join(teller.said(one, line.person) for one in bonus.people.values())
