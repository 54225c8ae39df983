"""What a `custom` bonus must and may say."""

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import BonusCheck
from mlmcore.compensation._choices import explained
from mlmcore.compensation._code import CodeError, bonus_class
from mlmcore.compensation.expressions import names
from mlmcore.compensation.plan import CustomBonus


class CustomCheck(BonusCheck):
    """The checks of a `custom` bonus."""

    bonus: CustomBonus

    def run(self) -> CustomBonus:
        """Check the bonus and return it typed."""
        bonus = self.bonus
        for key, value in (("where", bonus.where), ("point_value", bonus.point_value), ("tree", bonus.tree)):
            if value is not None:
                self.wrong(key, "means nothing for a custom bonus, whose class says it", "give it as an option")
        if bonus.negative is None:
            self.missing("negative", "the amount may fall below zero: " + explained(choices.NEGATIVE))
        self._find_class()
        typed = self.common(names.PAYEE, names.PAYEE)
        typed["people"] = {name: self.sheet.column(one, names.PAYEE) for name, one in bonus.people.items()}
        typed["orders"] = {name: self.sheet.column(one, names.ORDER_COLUMN) for name, one in bonus.orders.items()}
        typed["options"] = {name: self.sheet.column(one, names.FIGURE) for name, one in bonus.options.items()}
        return evolve(bonus, **typed)

    def _find_class(self) -> None:
        try:
            bonus_class(self.bonus.class_)
        except CodeError as error:
            self.wrong("class", error.what, error.todo)
