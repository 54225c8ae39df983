"""How a `binary` bonus is told: what each leg held, what matched, and what is carried out."""

from mlmcore.compensation._explained._kind import Told
from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import BinaryBonus

__all__ = ["ToldBinary"]


class ToldBinary(Told[BinaryBonus]):
    """How a `binary` bonus is told."""

    def qualifies(self, bonus: BinaryBonus) -> Expression:
        return bonus.pays

    def rate_place(self, bonus: BinaryBonus, level: int, rank: object) -> Place:
        return bonus.place_of(bonus.pays_by)

    def formula(self, bonus: BinaryBonus, level: int) -> str:
        return "matched" if bonus.pay == "percent" or bonus.amount is None else bonus.amount.text

    def behind(
        self, teller: Teller, bonus: BinaryBonus, order: int, source: int, person: int, pair: Pair | None
    ) -> str:
        def told(name: str) -> str:
            return teller.published(bonus, name, person)

        return (
            f"left {told('left')}, right {told('right')}; matched {told('matched')}; "
            f"carried out: left {told('left_out')}, right {told('right_out')}"
        )
