"""What a `differential` bonus must and may say."""

from typing import Any

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._walks import WalkCheck
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.plan import DifferentialBonus, Equal


class DifferentialCheck(WalkCheck):
    """The checks of a `differential` bonus."""

    bonus: DifferentialBonus

    def run(self) -> DifferentialBonus:
        """Check the bonus and return it typed."""
        bonus = self.bonus
        start = self.start
        self.check_source()
        self._check_companions()
        earned = self.earned()
        typed = self.common(start, names.PAYEE, self.starting(earned))
        typed["earnings"] = earned
        reached = self.on_the_way(names.WALK_REACHED)
        typed["rate"] = self._rate(bonus.rate, self.on_the_way(names.WALK_RATE))
        typed["initial"] = self._initial(earned)
        typed["counts"] = self.sheet.condition(bonus.counts, self.on_the_way(names.WALK_COUNTS))
        self.check_counts(typed["counts"])
        typed["pays"] = self.condition("pays", reached)
        typed["blocked_by"] = self.condition("blocked_by", reached)
        typed["minimum_level"] = self._whole(bonus.minimum_level)
        self.at_least(typed["minimum_level"], 0, "write the first level that is paid")
        typed["limit"] = None if bonus.limit is None else self._rate(bonus.limit, names.RUN)
        self.at_least(typed["limit"], 0, "write the highest rate that is worth something")
        typed["equal"] = None if bonus.equal is None else self._equal(bonus.equal)
        typed.update(self.settle(typed))
        equal = () if typed["equal"] is None else (typed["equal"].rate,)
        self.check_negative([typed["base"], *equal])
        self.check_point_value("base", [typed["base"]], typed)
        checked = evolve(bonus, **typed)
        self.check_moments(checked, ("counts", "pays", "blocked_by", "rate"), ends=bonus.limit is not None)
        return checked

    def _initial(self, earned: tuple[Expression, ...] | None) -> Expression:
        """Type `initial`, which may read `earnings` unless they are still being earned."""
        outside, self.sheet = self.sheet, self.sheet if self.bonus.cascades else self.starting(earned)
        initial = self._rate(self.bonus.initial, self.start)
        self.sheet = outside
        return initial

    def _check_companions(self) -> None:
        bonus = self.bonus
        if bonus.base is None and bonus.earnings is None:
            self.missing("base", 'what a rate is taken of: base = "cv"')
        if bonus.pays.text != "true" and bonus.unqualified is None:
            self.missing("unqualified", explained(choices.UNQUALIFIED))
        if bonus.pays.text == "true" and bonus.unqualified is not None:
            self.wrong("unqualified", "means nothing without `pays`", "leave it out")
        if bonus.limit is None and bonus.no_upline is not None:
            self.wrong("no_upline", "means nothing without `limit`: nothing is owed above the root", "leave it out")
        if bonus.limit is not None:
            if bonus.no_upline is None:
                self.missing("no_upline", explained(choices.NO_UPLINE))
            else:
                self.check_account("no_upline", bonus.no_upline, ("lost",), explained(choices.NO_UPLINE))

    def _rate(self, expression: Expression, context: Context) -> Expression:
        checked = self.rate(expression, context)
        if checked.checked is not None and checked.type.optional:
            what = f"{expression.text!r} may be none"
            default = "write 0 where there is no rate: x if x != none else 0"
            self.sheet.wrong(expression.place, what, f"a difference needs a number: {default}")
            return evolve(checked, checked=None)
        return checked

    def _whole(self, expression: Expression | None) -> Expression | None:
        if expression is None:
            return None
        checked = self.sheet.number(expression, names.RUN)
        if checked.checked is not None and (checked.type.places or checked.type.unit is not None):
            self.sheet.wrong(expression.place, f"{expression.text!r} is no whole number", "write 1, 2, ...")
            return evolve(checked, checked=None)
        return checked

    def _equal(self, equal: Equal) -> Equal:
        typed: dict[str, Any] = {
            "rate": self._rate(equal.rate, names.RUN),
            "generations": self._whole(equal.generations),
        }
        self.at_least(typed["generations"], 1, "write how often an equal rate is paid")
        return evolve(equal, **typed)
