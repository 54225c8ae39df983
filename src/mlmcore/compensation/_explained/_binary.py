"""How a `binary` bonus is told: what each leg held, what matched, and what is carried out."""

from collections.abc import Mapping

from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._teller import OfSpan, Teller
from mlmcore.compensation.bonuses.binary import legs_by_span
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
        if bonus.pay == "percent" or bonus.amount is None:
            return "matched"
        return "a pair" if bonus.amount.constant is not None else bonus.amount.text

    def rate_for_show(self, bonus: BinaryBonus) -> bool:
        return bonus.percent is not None and bonus.percent.type.ratio

    def of_spans(self, teller: Teller, bonus: BinaryBonus) -> Mapping[str, OfSpan]:
        legs = legs_by_span(teller.sheet, bonus)
        return {
            span: OfSpan(columns={f"{bonus.id}.{name}": column for name, column in own.items()})
            for span, own in legs.items()
        }

    def behind(self, teller: Teller, bonus: BinaryBonus, line: Line) -> str:
        def told(name: str) -> str:
            return teller.published(bonus, name, line.person)

        return (
            f"left {told('left')}, right {told('right')}; matched {told('matched')}; "
            f"carried out: left {told('left_out')}, right {told('right_out')}"
        )
