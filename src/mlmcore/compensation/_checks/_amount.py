"""What an `amount` bonus must and may say."""

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import BonusCheck
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.plan import AmountBonus


class AmountCheck(BonusCheck):
    """The checks of an `amount` bonus."""

    bonus: AmountBonus

    def run(self) -> AmountBonus:
        """Check the bonus and return it typed."""
        qualifies = context = names.AMOUNT_OF_PERSON
        if self.dated:
            qualifies = names.of_rows(names.AMOUNT_OF_ORDER, self.dated)
            context = qualifies if self.bonus.payee is None else names.of_rows(names.AMOUNT_TO_ANOTHER, self.dated)
        self.check_from(explained(choices.CUSTOMER_AMOUNT))
        typed = self.common(context, names.PAYEE)
        typed["amount"] = self.sheet.number(self.bonus.amount, context)
        typed["qualifies"] = self.condition("qualifies", qualifies)
        if self.bonus.payee is not None:
            typed["payee"] = self._payee(self.bonus.payee, context)
        self.check_negative([typed["amount"]])
        self.check_point_value("amount", [typed["amount"]], typed)
        return evolve(self.bonus, **typed)

    def _payee(self, expression: Expression, context: Context) -> Expression:
        checked = self.sheet.expression(expression, context)
        if checked.checked is not None and checked.type.kind != "person":
            what = f"{expression.text!r} is {checked.type}, not a person or an account"
            self.sheet.wrong(expression.place, what)
            return evolve(checked, checked=None)
        return checked
