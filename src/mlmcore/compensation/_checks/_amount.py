"""What an `amount` bonus must and may say."""

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import BonusCheck
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import RANK, number
from mlmcore.compensation.plan import AmountBonus, AmountOfRank
from mlmcore.domain.decimals import places_of
from mlmcore.domain.errors import Findings


class AmountCheck(BonusCheck):
    """The checks of an `amount` bonus."""

    bonus: AmountBonus

    def run(self) -> AmountBonus:
        """Check the bonus and return it typed."""
        self.check_from(explained(choices.CUSTOMER_AMOUNT))
        self._check_once()
        if not self.bonus.per_rank or not self.plan.ranks:
            return self._typed()
        return self._of_each_rank()

    def _typed(self) -> AmountBonus:
        qualifies = context = amount = names.AMOUNT_OF_PERSON
        if self.dated:
            qualifies = context = amount = names.of_rows(names.AMOUNT_OF_ORDER, self.dated)
        elif self.bonus.per_rank:
            qualifies = context = amount = evolve(context, this=True)
        if self.dated and self.bonus.payee is not None:
            context = names.of_rows(names.BEFORE_PAYEE, self.dated)
            amount = names.of_rows(names.ANOTHERS_AMOUNT, self.dated)
        typed = self.common(context, names.PAYEE)
        typed["amount"] = self.sheet.number(self.bonus.amount, amount)
        typed["qualifies"] = self.condition("qualifies", qualifies)
        if self.bonus.payee is not None:
            typed["payee"] = self._payee(self.bonus.payee, context)
        self.check_negative([typed["amount"]])
        self.check_point_value("amount", [typed["amount"]], typed)
        return evolve(self.bonus, **typed)

    def _of_each_rank(self) -> AmountBonus:
        """Type the bonus for each rank; what is wrong is said of the first rank for which something is."""
        whole, said, of_ranks = self.sheet, False, {}
        for position, rank in enumerate(self.plan.ranks):
            tested = Constant(type=evolve(RANK, optional=False), value=position, name=rank.id)
            numbers = {
                name: Constant(type=number(places=places_of(value)), value=value, name=name)
                for name, value in rank.numbers.items()
            }
            found = Findings()
            space = evolve(whole.namespace, this=numbers, this_rank=rank.id, tested=tested)
            self.sheet = Sheet(self.plan, space, found)
            typed = self._typed()
            if found and not said:
                whole.findings.extend(found)
                said = True
            of_ranks[rank.id] = AmountOfRank(
                amount=typed.amount, qualifies=typed.qualifies, where=typed.where, payee=typed.payee
            )
        self.sheet = whole
        return evolve(typed, of_ranks=of_ranks)

    def _check_once(self) -> None:
        bonus = self.bonus
        if not bonus.per_rank and bonus.skipped is not None:
            self.wrong("skipped", 'means nothing without once_per = "rank"', "leave it out")
        if not bonus.per_rank:
            return
        if bonus.skipped is None:
            self.missing("skipped", explained(choices.SKIPPED))
        if not self.plan.ranks:
            self.wrong("once_per", "there are no ranks", "list them, lowest first: [[ranks]]")
        if bonus.source is not None:
            self.wrong("once_per", "a rank is reached by a person, not by an order", "leave out `source` and `from`")

    def _payee(self, expression: Expression, context: Context) -> Expression:
        checked = self.sheet.expression(expression, context)
        if checked.checked is not None and checked.type.kind != "person":
            what = f"{expression.text!r} is {checked.type}, not a person or an account"
            self.sheet.wrong(expression.place, what)
            return evolve(checked, checked=None)
        return checked
