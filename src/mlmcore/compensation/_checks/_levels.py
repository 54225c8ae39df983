"""What a `levels` bonus must and may say."""

from itertools import zip_longest
from typing import Any

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._earned import rates_of
from mlmcore.compensation._checks._shares import SharesCheck
from mlmcore.compensation._choices import explained
from mlmcore.compensation._pairs import asks_whoever_is_reached
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import LevelsBonus


class LevelsCheck(SharesCheck):
    """The checks of a `levels` bonus."""

    bonus: LevelsBonus

    def run(self) -> LevelsBonus:
        """Check the bonus and return it typed."""
        start = self.start
        self.check_source()
        self._check_keys()
        self._check_companions()
        self.check_account("unpaid", self.bonus.unpaid, ("lost", "next"), explained(choices.UNPAID))
        self.check_account("no_upline", self.bonus.no_upline, ("lost",), explained(choices.NO_UPLINE))
        earned = self.earned()
        typed = self.common(start, names.PAYEE, self.starting(earned))
        typed["earnings"] = earned
        typed.update(self._rates(self.on_the_way(names.WALK_RATE), start))
        self._check_faces(typed)
        reached = self.on_the_way(names.WALK_REACHED)
        typed["counts"] = self.sheet.condition(self.bonus.counts, self.on_the_way(names.WALK_COUNTS))
        self.check_counts(typed["counts"])
        typed["stop_at"] = self.condition("stop_at", reached)
        typed["pays"] = self.condition("pays", reached)
        typed["depth"] = self.depth(self.bonus.depth)
        typed["decay"] = self.decay()
        typed["budget"] = self.budget(typed)
        typed.update(self.settle(typed))
        checked = evolve(self.bonus, **typed)
        paid = checked.amounts if checked.amounts is not None else (checked.base, *rates_of(checked))
        self.check_negative((*paid, *(() if checked.budget is None else (checked.budget,))))
        key = "base" if checked.amounts is None else "amounts"
        self.check_point_value(key, checked.amounts or (checked.base,), typed)
        self.check_cost(checked)
        return checked

    def _check_keys(self) -> None:
        bonus = self.bonus
        shapes = {
            "rates": bonus.rates is not None or bonus.rates_by_rank is not None or bonus.rate_by_rank is not None,
            "rate": bonus.rate is not None,
            "amounts": bonus.amounts is not None,
        }
        given = [key for key, there in shapes.items() if there]
        if not given:
            todo = (
                "write rates = [0.05, 0.03] by level, rates = { gold = [0.05] } by rank, rate = EXPRESSION, or amounts"
            )
            self.missing("rates", todo)
        for key in given[1:]:
            self.wrong(key, f"stands beside `{given[0]}`", "keep one of them")
        accounts = bonus.unpaid.startswith("account:") or bonus.no_upline.startswith("account:")
        if bonus.rate is not None and bonus.face_rate is None and accounts:
            self.missing(
                "face_rate", "an account may be paid: say what a level is worth where no person's rate says it"
            )
        if (bonus.stop_at is None) != (bonus.stop is None):
            key = "stop" if bonus.stop is None else "stop_at"
            self.missing(key, explained(choices.STOP) if key == "stop" else "the condition that ends the walk")
        for key in ("rates", "amounts"):
            if getattr(bonus, key) == ():
                self.wrong(key, "is empty", "list at least one level")

    def _check_companions(self) -> None:
        """Check the keys that only mean something beside others."""
        bonus = self.bonus
        if bonus.base is None and bonus.amounts is None and bonus.earnings is None:
            self.missing("base", 'what a rate is taken of: base = "cv"')
        if bonus.base is not None and bonus.amounts is not None:
            self.wrong("base", "means nothing with `amounts`", "leave it out")
        lists = bonus.rates is not None or bonus.rates_by_rank is not None
        if bonus.beyond is not None and not lists:
            self.wrong("beyond", "means nothing without a list of rates", "leave it out")
        if bonus.face_rate is not None and bonus.rate is None:
            self.wrong("face_rate", "means nothing without `rate`", "leave it out")

    def _rates(self, context: Context, start: Context) -> dict[str, Any]:
        bonus = self.bonus
        by_rank = [*(bonus.rates_by_rank or {}), *(bonus.rate_by_rank or {})]
        for name in by_rank:
            if name not in self.plan.rank_ids and name not in self.plan.broken:
                self.wrong(f"rates.{name}", f"unknown rank {name!r}", nearest(name, self.plan.rank_ids))

        # Amounts of a cascade are multiplied again, which cut ones must not be; a rate that fades is rounded itself.
        division = not bonus.cascades and bonus.decay is None

        def rate(expression: Expression | None) -> Expression | None:
            return None if expression is None else self.rate(expression, context, division=division)

        def rates(row: tuple[Expression, ...] | None) -> tuple[Expression, ...] | None:
            return (
                None
                if row is None
                else tuple(_no_rate(one) or self.rate(one, context, division=division) for one in row)
            )

        at_level = evolve(start, level=True, aggregates=False)  # asked on the way, where a scope is the payee's
        face = None if bonus.face_rate is None else self.rate(bonus.face_rate, at_level, division=division)
        if face is not None and face.checked is not None and face.type.optional:
            todo = "write 0 where a level is worth nothing, and end the levels by `depth`"
            self.wrong("face_rate", f"{face.text!r} may be none", todo)
        return {
            "rates": rates(bonus.rates),
            "rates_by_rank": None
            if bonus.rates_by_rank is None
            else {name: rates(row) for name, row in bonus.rates_by_rank.items()},
            "rate_by_rank": None
            if bonus.rate_by_rank is None
            else {name: rate(one) for name, one in bonus.rate_by_rank.items()},
            "rate": rate(bonus.rate),
            "beyond": rate(bonus.beyond),
            "face_rate": face,
            "amounts": None
            if bonus.amounts is None
            else tuple(self.sheet.number(one, self.on_the_way(names.WALK_AMOUNT)) for one in bonus.amounts),
        }

    def _check_faces(self, typed: dict[str, Any]) -> None:
        """Refuse to pay an account what nobody's rate says, and to look for the highest of ranks' formulas."""
        lists = [typed["rates"], typed["amounts"], *(typed["rates_by_rank"] or {}).values()]
        single = [typed["beyond"], *(typed["rate_by_rank"] or {}).values()]
        written = [one for row in (*lists, single) for one in row or () if one is not None and one.checked is not None]
        endless = self.bonus.depth is None and any(one is not None for one in single)  # nothing is owed above the root
        for one in written if self.bonus.no_upline.startswith("account:") and not endless else ():
            if asks_whoever_is_reached(one.node):
                what = f"{one.text!r} asks whoever is reached, and above the root, where the account is paid, nobody is"
                todo = 'write rate = "... if level == 1 else ..." with a `face_rate`, or no_upline = "lost"'
                self.sheet.wrong(one.place, what, todo)
        by_rank = (typed["rates_by_rank"] or {}).values()
        columns = zip_longest(*by_rank, fillvalue=typed["beyond"])
        for column in (*columns, tuple((typed["rate_by_rank"] or {}).values())):
            rates = [one for one in column if one is not None and one.text.strip() != "none"]
            formulas = [one for one in rates if one.checked is not None and one.constant is None]
            if formulas and any(one is not rates[0] for one in rates):
                what = "which of several ranks' rates is the highest at a level must be known, and one is a formula"
                self.sheet.wrong(formulas[0].place, what, "write numbers, or one `rate` with a `face_rate`")


def _no_rate(expression: Expression) -> Expression | None:
    """`none` in a list: there is no rate at that level."""
    if expression.text.strip() != "none":
        return None
    return evolve(expression, checked=Constant(type=number(optional=True), value=None))
