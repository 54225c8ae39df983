"""What a `binary` bonus must and may say."""

from typing import Any, Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import BonusCheck
from mlmcore.compensation._checks._earned import leg_places
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, walk
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import BinaryBonus, PairCap, ThresholdTable

_LEGS: Final = ("left", "right", "weak", "strong")
_OF_PAY: Final = {
    "percent": ("percent", "the rate of what matches: percent = 0.10"),
    "pairs": ("amount", "money for each pair: amount = 20.00"),
    "steps": ("steps", 'the threshold table whose values are paid: steps = "NAME"'),
}


class BinaryCheck(BonusCheck):
    """The checks of a `binary` bonus."""

    bonus: BinaryBonus

    def run(self) -> BinaryBonus:
        """Check the bonus and return it typed."""
        bonus = self.bonus
        self._check_keys()
        typed = self.common(names.PAYEE, names.PAYEE)
        typed["volume"] = self.base(bonus.volume, names.PAYEE)
        self._check_every(typed["volume"])
        typed["pays"] = self.condition("pays", names.PAYEE)
        typed["unit"] = self._volume(bonus.unit, typed["volume"])
        for key in ("match_minimum", "match_maximum", "carry_limit"):
            typed[key] = self._volume(getattr(bonus, key), typed["volume"])
            self.at_least(typed[key], 0, "write a volume, or leave it out")
        self._with_legs(evolve(bonus, **typed))
        typed["percent"] = None if bonus.percent is None else self.rate(bonus.percent, names.PAYEE, division=True)
        typed["amount"] = None if bonus.amount is None else self.money(bonus.amount, names.PAYEE)
        typed["cap"] = None if bonus.cap is None else self._cap(bonus.cap)
        self._check_negative(evolve(bonus, **typed))
        if bonus.pay == "percent":
            self.check_point_value("volume", [typed["volume"]], typed)
        elif bonus.point_value is not None:
            self.wrong("point_value", "means nothing here: pairs and steps are paid in money", "leave it out")
        return evolve(bonus, **typed)

    def _check_keys(self) -> None:
        bonus = self.bonus
        for key, value in (("where", bonus.where), ("detail", bonus.detail)):
            if value is not None:
                self.wrong(key, "means nothing for a binary bonus: a line is a payee's", "leave it out")
        for pay, (key, todo) in _OF_PAY.items():
            self._belongs(key, pay, todo)
        self._belongs("unit", "pairs", "the volume that a leg gives to a pair: unit = 100")
        self._belongs("ratio", "pairs", explained(choices.RATIO))
        self._check_steps()
        self._check_width()
        if (bonus.cap is None) != (bonus.over_cap is None):
            key = "over_cap" if bonus.over_cap is None else "cap"
            todo = explained(choices.OVER_CAP) if key == "over_cap" else "the most that is paid: cap = { money = 500 }"
            self.missing(key, todo)
        if bonus.over_cap == "carry" and bonus.after != "subtract":
            self.wrong("over_cap", f'"carry" means nothing with after = "{bonus.after}"', 'write after = "subtract"')
        if bonus.pays.text != "true" and bonus.inactive is None:
            self.missing("inactive", explained(choices.INACTIVE))
        if bonus.pays.text == "true" and bonus.inactive is not None:
            self.wrong("inactive", "means nothing without `pays`", "leave it out")

    def _check_every(self, volume: Expression) -> None:
        """A measure is the plan's period's: it would come into the legs anew for each shorter one."""
        every = self.bonus.every
        if every in {None, self.plan.period} or volume.checked is None:
            return
        scopes = {node.scope.kind for node in walk(volume.checked) if isinstance(node, Aggregate)}
        if not scopes & {"orders", "purchases", "customers", "events"}:
            what = f"{volume.text!r} names no orders: it is the {self.plan.period}'s, and the bonus runs for a {every}"
            self.sheet.wrong(volume.place, what, 'name them: volume = "sum(orders, pv)" is what came in that time')

    def _belongs(self, key: str, pay: str, todo: str) -> None:
        given = getattr(self.bonus, key) is not None
        if self.bonus.pay == pay and not given:
            self.missing(key, todo)
        elif self.bonus.pay != pay and given:
            self.wrong(key, f'means nothing with pay = "{self.bonus.pay}"', "leave it out")

    def _check_width(self) -> None:
        name = self.bonus.tree or self.plan.tree
        tree = self.plan.trees.get(name)
        if tree is not None and tree.width != 2:
            self.wrong("tree", f"a binary pairs two legs, and {name!r} is {tree.width} wide", "write width = 2 there")

    def _check_steps(self) -> None:
        name = self.bonus.steps
        if name is None or name in self.sheet.namespace.broken:
            return
        table = self.plan.tables.get(name)
        if not isinstance(table, ThresholdTable):
            known = [key for key, one in self.plan.tables.items() if isinstance(one, ThresholdTable)]
            self.wrong("steps", f"{name!r} is no threshold table", nearest(name, known))
        elif table.mode != "row":
            self.wrong("steps", f"{name!r} is a marginal table", 'a step pays the value of its row: mode = "row"')

    def _volume(self, expression: Expression | None, volume: Expression) -> Expression | None:
        if expression is None:
            return None
        checked = self.sheet.number(expression, names.PAYEE)
        if checked.checked is None or volume.checked is None or checked.type.unit in {None, volume.type.unit}:
            return checked
        what = f"{expression.text!r} is {checked.type}, and the volume is {volume.type}"
        self.sheet.wrong(expression.place, what)
        return evolve(checked, checked=None)

    def _with_legs(self, bonus: BinaryBonus) -> None:
        """From here on, bare `left`, `right`, `weak` and `strong` are the legs before matching."""
        places = leg_places(bonus, self.plan)
        unit = bonus.volume.type.unit if bonus.volume.checked is not None else None
        leg = None if places is None else number(unit, places)
        space = self.sheet.namespace
        person = {**space.person, **{f"{bonus.id}.{name}": leg for name in _LEGS}}
        aliases = {name: f"{bonus.id}.{name}" for name in _LEGS}
        self.sheet = Sheet(self.plan, evolve(space, person=person, aliases=aliases), self.sheet.findings)

    def _cap(self, cap: PairCap) -> PairCap:
        if (cap.money is None) == (cap.pairs is None):
            self.wrong("cap", "is money or pairs, one of the two", "write cap = { money = 500 } or { pairs = 10 }")
        if cap.pairs is not None and self.bonus.pay != "pairs":
            self.wrong("cap", f'counts pairs, and there are none with pay = "{self.bonus.pay}"', "cap the money")
        typed = PairCap(
            money=None if cap.money is None else self.money(cap.money, names.PAYEE),
            pairs=None if cap.pairs is None else self.sheet.number(cap.pairs, names.PAYEE),
        )
        for most in (typed.money, typed.pairs):
            self.at_least(most, 0, "write the most that is paid, 0 or more")
        return typed

    def _check_negative(self, bonus: BinaryBonus) -> None:
        if bonus.pay == "steps":
            table = self.plan.tables.get(bonus.steps or "")
            low = isinstance(table, ThresholdTable) and min(value for _, value in table.rows) < 0
            if low and bonus.negative is None:
                self.missing("negative", "the amount may fall below zero: " + explained(choices.NEGATIVE))
            return
        paid: list[Any] = [bonus.percent if bonus.pay == "percent" else bonus.amount]
        if None not in paid:
            self.check_negative(paid)
