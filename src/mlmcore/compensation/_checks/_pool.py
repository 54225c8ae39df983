"""What a `pool` bonus must and may say."""

from typing import Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import LENGTHS, BonusCheck
from mlmcore.compensation._checks._earned import fund_type
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Name
from mlmcore.compensation.expressions.tree import names as names_in
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.plan import PoolBonus, PoolPart

_ORDERED: Final = ("top", "ties")


class PoolCheck(BonusCheck):
    """The checks of a `pool` bonus."""

    bonus: PoolBonus

    def run(self) -> PoolBonus:
        """Check the bonus and return it typed."""
        bonus = self.bonus
        self._check_keys()
        typed = self.common(names.PAYEE, names.PAYEE)
        typed["fund"] = self.sheet.number(bonus.fund, names.FIGURE)
        self.check_point_value("fund", [typed["fund"]], typed)
        self._check_every(typed["fund"])
        self._with_figures(evolve(bonus, **typed))
        typed["release"] = self.condition("release", names.RUN)
        typed["eligible"] = self.condition("eligible", names.PAYEE)
        typed["order_by"] = None if bonus.order_by is None else self.sheet.number(bonus.order_by, names.PAYEE)
        typed["top"] = None if bonus.top is None else self._plain(bonus.top)
        self.at_least(typed["top"], 1, "the first place is 1; write how many places have shares")
        if bonus.order_by is not None:
            self._with_place()
        typed["qualifies"] = self.condition("qualifies", names.PAYEE)
        typed["shares"] = None if bonus.shares is None else self.sheet.number(bonus.shares, names.PAYEE)
        typed["parts"] = [self._part(part) for part in bonus.parts]
        return evolve(bonus, **typed)

    def _check_keys(self) -> None:
        bonus = self.bonus
        if bonus.where is not None:
            self.wrong("where", "means nothing for a pool", "say in `eligible` who has shares at all")
        for key, value in (("detail", bonus.detail), ("tree", bonus.tree)):
            if value is not None:
                self.wrong(key, "means nothing for a pool: a line is a payee's", "leave it out")
        if bonus.shares is None and not bonus.parts:
            self.missing("shares", 'how many shares somebody has: shares = "personal"; or several [[bonuses.parts]]')
        if bonus.shares is not None and bonus.parts:
            self.wrong("shares", "stands beside parts, which have their own", "keep one of the two")
        self._check_places()
        for key, words in (("remainder", choices.REMAINDER), ("nobody", choices.NOBODY)):
            plain = tuple(word for word in words if word != "account:NAME")
            self.check_account(key, getattr(bonus, key), plain, explained(words))

    def _check_every(self, fund: Expression) -> None:
        """Refuse in a fund of shorter periods what is the plan's period's: it would come in anew in each of them."""
        every, period = self.bonus.every, self.plan.period
        if every is None or LENGTHS[every] >= LENGTHS[period] or fund.checked is None:
            return
        for name in dict.fromkeys(one.name for one in names_in(fund.checked) if self._is_of_the_period(one)):
            what = f"{name} is the {period}'s, and would come into the fund of each {every} anew"
            todo = f"sum orders, which are the {every}'s: 0.01 * company.VOLUME; or let the pool run for the {period}"
            if name.removeprefix("company.") in self.plan.inputs.company:
                todo += f"; an amount that is meant for each {every} is declared as a number"
            self.sheet.wrong(fund.place, what, todo)

    def _is_of_the_period(self, name: Name) -> bool:
        """Whether a figure is an amount of the plan's period, or a sum over people's columns."""
        column = name.name.removeprefix("company.")
        if column in self.plan.inputs.company or not name.name.startswith("company."):
            return name.type.unit is not None
        return column in self.sheet.namespace.person

    def _check_places(self) -> None:
        bonus = self.bonus
        if bonus.order_by is not None and bonus.ties is None:
            self.missing("ties", explained(choices.TIES))
        for key in _ORDERED:
            if bonus.order_by is None and getattr(bonus, key) is not None:
                self.wrong(key, "means nothing without `order_by`", "say by what people are placed, or leave it out")

    def _with_figures(self, bonus: PoolBonus) -> None:
        """From here on `ID.fund` is what the fund holds."""
        space = self.sheet.namespace
        run = {**space.run, f"{bonus.id}.fund": fund_type(bonus, self.plan)}
        self.sheet = Sheet(self.plan, evolve(space, run=run), self.sheet.findings)

    def _with_place(self) -> None:
        """From here on bare `place` is the person's place."""
        space, name = self.sheet.namespace, f"{self.bonus.id}.place"
        person = {**space.person, name: number(optional=True)}
        self.sheet = Sheet(self.plan, evolve(space, person=person, aliases={"place": name}), self.sheet.findings)

    def _part(self, part: PoolPart) -> PoolPart:
        return PoolPart(weight=self._plain(part.weight), shares=self.sheet.number(part.shares, names.PAYEE))

    def _plain(self, expression: Expression) -> Expression:
        """Type a plain number that is the same for everybody."""
        checked = self.sheet.number(expression, names.FIGURE)
        if checked.checked is not None and checked.type.unit is not None:
            self.sheet.wrong(expression.place, f"{expression.text!r} is {checked.type}, not a plain number")
            return evolve(checked, checked=None)
        return checked
