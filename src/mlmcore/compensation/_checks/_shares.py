"""What a `levels` bonus must and may say about rates that fade, levels without end, and a fixed sum."""

from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation._checks._walks import WalkCheck
from mlmcore.compensation._merging import merges
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import TEXT
from mlmcore.compensation.plan import Decay, LevelsBonus
from mlmcore.compensation.steps import expressions_of

__all__ = ["SharesCheck"]

_ON_THE_WAY: Final = ("counts", "pays", "stop_at", "depth")


class SharesCheck(WalkCheck):
    """The checks of `decay`, `depth`, `budget` and `residual`."""

    bonus: LevelsBonus

    def decay(self) -> Decay | None:
        """Type the factor by which rates fade."""
        decay = self.bonus.decay
        if decay is None:
            return None
        if self.bonus.rate is None:
            self.wrong("decay", "means nothing without `rate`", "leave it out")
        elif self.bonus.depth is None:
            self.missing("depth", 'say how far up it goes: a number of levels, or depth = "unlimited"')
        factor = self.sheet.number(decay.factor, names.RUN)
        value = factor.constant
        if factor.checked is not None and not (isinstance(value, Decimal) and 0 < value < 1):
            what = f"{decay.factor.text!r} is no number between 0 and 1 that the plan says"
            self.sheet.wrong(decay.factor.place, what, "write decay = { factor = 0.5, places = 6 }")
        return evolve(decay, factor=factor)

    def depth(self, expression: Expression | None) -> Expression | None:
        """Type `depth`: a last level, a number or condition on the person reached, or `unlimited`."""
        if expression is None:
            return None
        if expression.text == "unlimited":
            self._check_unlimited(expression)
            return evolve(expression, checked=Constant(type=TEXT, value="unlimited"))
        checked = self.sheet.column(expression, self.on_the_way(names.WALK_REACHED))
        if checked.checked is None:
            return checked
        kind, value = checked.type.kind, checked.constant
        if kind not in {"number", "boolean"}:
            what = f"{expression.text!r} is {checked.type}"
            self.sheet.wrong(expression.place, what, "a depth is a number of levels, or a condition on the person")
        elif isinstance(value, Decimal) and (value != int(value) or value < self.bonus.first_level):
            what = f"{expression.text!r} is no last level"
            todo = f"write a whole number from {self.bonus.first_level}"
            self.sheet.wrong(expression.place, what, todo)
        return checked

    def _check_unlimited(self, expression: Expression) -> None:
        bonus = self.bonus
        ends = bonus.rates is not None or bonus.rates_by_rank is not None or bonus.amounts is not None
        if ends and bonus.beyond is None:
            what = '"unlimited" means nothing with a list that ends'
            self.sheet.wrong(expression.place, what, "write `beyond`, or leave it out")
        elif bonus.detail_or_default == "order" and not bonus.is_column and not self.may_be_slow:
            what = '"unlimited" with a line per order makes a line for everybody above each of them'
            todo = 'write a number of levels, detail = "payee", or slow = true'
            self.sheet.wrong(expression.place, what, todo, code="plan.cost")

    def check_cost(self, checked: LevelsBonus) -> None:
        """Refuse levels without end where each walk has to be made by itself, unless the plan says `slow = true`."""
        depth = checked.depth
        if self.may_be_slow or _fades_away(checked) or any(one.checked is None for one in expressions_of(checked)):
            return
        if depth is None or depth.text != "unlimited":
            self.check_moments(checked, _ON_THE_WAY, ends=_ends(checked))
        elif merges(checked, self.plan):
            return
        elif checked.detail_or_default == "person" and not checked.is_column:
            what = '"unlimited" with a line per source makes a line for everybody above each of them'
            todo = 'write a number of levels, detail = "payee", or slow = true'
            self.sheet.wrong(depth.place, what, todo, code="plan.cost")
        elif (checked.detail_or_default != "order" or checked.is_column) and not self.check_moments(
            checked, _ON_THE_WAY, ends=False
        ):
            what = '"unlimited" goes up to the root from each source where not only the payee is asked'
            todo = (
                "ask the payee alone in conditions and `rate`, write rates by level with `beyond`, leave levels to "
                'nobody else (unpaid = "next"), or write slow = true'
            )
            self.sheet.wrong(depth.place, what, todo, code="plan.cost")

    def budget(self, typed: dict[str, Any]) -> Expression | None:
        """Type the fixed sum of a source, and check where what is left of it goes."""
        bonus = self.bonus
        if bonus.residual is not None:
            self.check_account("residual", bonus.residual, (), "an account gets what is left of the budget")
        if (bonus.budget is None) != (bonus.residual is None):
            key = "residual" if bonus.residual is None else "budget"
            words = {"residual": 'the account that gets what is left: residual = "account:NAME"'}
            self.missing(key, words.get(key, 'the fixed sum of each source: budget = "0.4 * cv"'))
        if bonus.budget is None:
            return None
        if bonus.cascades:
            self.wrong("budget", "means nothing with its own id among the earnings", "leave it out")
            return None
        outside, self.sheet = self.sheet, self.starting(typed["earnings"])
        budget = self.money(bonus.budget, self.start)
        self.sheet = outside
        return budget


def _ends(bonus: LevelsBonus) -> bool:
    """Whether levels end: after the last of a list, or at a depth that the plan says."""
    lists = bonus.amounts is not None or bonus.rates is not None or bonus.rates_by_rank is not None
    last = None if bonus.depth is None else bonus.depth.constant
    return (lists and bonus.beyond is None) or isinstance(last, Decimal)


def _fades_away(bonus: LevelsBonus) -> bool:
    """Whether the rates come to nothing on some level, so that walks end there."""
    rates = [rate for rate in (bonus.rate, bonus.face_rate) if rate is not None]
    return bonus.decay is not None and all(rate.checked is None or rate.constant is not None for rate in rates)
