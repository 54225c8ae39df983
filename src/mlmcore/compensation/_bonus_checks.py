"""What one bonus must and may say: keys that need or exclude one another, kinds, units and decimal places."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation._signs import never_negative
from mlmcore.compensation.available import LATER
from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AmountBonus, AnyBonus, LevelsBonus, Plan
from mlmcore.domain.enums import CommissionType

LENGTHS: Final = {"day": 0, "week": 1, "month": 2, "quarter": 3}


def check_bonus(bonus: AnyBonus, plan: Plan, sheet: Sheet, known: Collection[str]) -> AnyBonus:
    """Return a bonus with its expressions typed; what is wrong goes to the sheet's findings.

    Args:
        bonus: As written.
        plan: The plan that it stands in.
        sheet: The plan's namespace and findings.
        known: Columns that are shown never to be negative.
    """
    check = _Levels(bonus, plan, sheet, known) if isinstance(bonus, LevelsBonus) else None
    return check.run() if check is not None else _Amount(bonus, plan, sheet, known).run()


def earned_type(bonus: AnyBonus) -> Type | None:
    """Return the type of what a bonus publishes as `earned`: exact money. None when the bonus is wrong."""
    places = _earned_places(bonus)
    return None if places is None or places > PLACES_LIMIT else number("money", places)


def _earned_places(bonus: AnyBonus) -> int | None:
    point = 0 if bonus.point_value is None else _places([bonus.point_value])
    if isinstance(bonus, AmountBonus):
        return _sum(_places([bonus.amount]), point)
    if bonus.amounts is not None:
        return _sum(_places(bonus.amounts), point)
    face = () if bonus.face_rate is None else (bonus.face_rate,)
    return _sum(_places([bonus.base]), _places((*rates_of(bonus), *face)), point)


def _places(expressions: Iterable[Expression | None]) -> int | None:
    types = [None if one is None or one.checked is None else one.type for one in expressions]
    return None if not types or None in types else max(found.places for found in types if found is not None)


def _sum(*places: int | None) -> int | None:
    return None if None in places else sum(one for one in places if one is not None)


def rates_of(bonus: LevelsBonus) -> tuple[Expression, ...]:
    """Return every rate that a bonus may pay."""
    rows = [row for rates in (bonus.rates_by_rank or {}).values() for row in rates]
    single = [one for one in (bonus.rate, bonus.beyond) if one is not None]
    return (*(bonus.rates or ()), *rows, *(bonus.rate_by_rank or {}).values(), *single)


class _BonusCheck:
    """What both kinds share."""

    def __init__(self, bonus: Any, plan: Plan, sheet: Sheet, known: Collection[str]) -> None:
        self.bonus = bonus
        self.plan = plan
        self.sheet = sheet
        self.known = known

    def wrong(self, key: str, what: str, todo: str = "") -> None:
        """Note what is wrong with a key."""
        if key in self.bonus.places:
            self.sheet.wrong(self.bonus.places[key], what, todo)
        else:
            self.sheet.wrong(self.bonus.place, what, todo, key=key)

    def missing(self, key: str, explanation: str) -> None:
        """Note that a key is missing."""
        self.sheet.wrong(self.bonus.place, "is missing", explanation, key=key, code="plan.missing")

    def later(self, key: str, what: str, todo: str = "") -> None:
        """Note that something can't be run yet."""
        self.sheet.wrong(self.bonus.place_of(key), f"{what} is {LATER}", todo, code="plan.not-available")

    def condition(self, key: str, context: Context) -> Expression | None:
        """Type a condition, if it is given."""
        expression = getattr(self.bonus, key)
        return None if expression is None else self.sheet.condition(expression, context)

    def common(self, where: Context, payee: Context) -> dict[str, Any]:
        """Check the keys that every bonus has, and return the typed ones."""
        bonus, plan = self.bonus, self.plan
        labels = [label.value for label in CommissionType]
        if bonus.type not in labels:
            self.wrong("type", f"unknown commission type {bonus.type!r}", nearest(bonus.type, labels))
        if bonus.tree is not None and bonus.tree not in plan.inputs.trees:
            self.wrong("tree", f"unknown tree {bonus.tree!r}", nearest(bonus.tree, plan.inputs.trees))
        if bonus.every is not None and LENGTHS[bonus.every] > LENGTHS[plan.period]:
            self.later("every", "a period longer than the plan's", f"write {plan.period!r} or a shorter one")
        if bonus.source == "orders" and plan.refunds == "original" and bonus.detail_or_default != "order":
            todo = 'write detail = "order", or refunds = "current" in [plan]'
            self.wrong("detail", 'refunds = "original" needs a line per order', todo)
        self._check_minimum()
        return {
            "when": self.condition("when", names.RUN),
            "where": self.condition("where", where),
            "minimum": None if bonus.minimum is None else self.money(bonus.minimum, payee),
            "point_value": None if bonus.point_value is None else self.money(bonus.point_value, names.RUN),
        }

    def _check_minimum(self) -> None:
        if self.bonus.minimum is not None and self.bonus.minimum_unpaid is None:
            self.missing("minimum_unpaid", explained(choices.MINIMUM_UNPAID))
        if self.bonus.minimum is None and self.bonus.minimum_unpaid is not None:
            self.wrong("minimum_unpaid", "means nothing without `minimum`", "leave it out")

    def money(self, expression: Expression, context: Context) -> Expression:
        """Type an amount of money; a plain number is read as money."""
        checked = self.sheet.number(expression, context)
        if checked.checked is not None and checked.type.unit == "points":
            what = f"{expression.text!r} is in points, not in money"
            self.sheet.wrong(expression.place, what)
        return checked

    def check_from(self, explained_customer: str) -> None:
        """Check `from` and `customer` against the source."""
        bonus = self.bonus
        if bonus.source != "orders":
            for key, value in (("from", bonus.from_), ("customer", bonus.customer)):
                if value is not None:
                    self.wrong(key, 'means nothing without source = "orders"', "leave it out")
            return
        if bonus.from_ is None:
            self.missing("from", explained(choices.FROM))
        if bonus.from_ == "buyer" and bonus.customer is None:
            self.missing("customer", explained_customer)
        if bonus.from_ == "seller" and bonus.customer is not None:
            self.wrong("customer", 'means nothing with from = "seller"', "leave it out")

    def check_negative(self, expressions: Iterable[Expression | None]) -> None:
        """Require `negative` wherever the amount may fall below zero."""
        nodes = [one.checked for one in expressions if one is not None]
        if self.bonus.negative is not None or None in nodes:
            return
        if not all(never_negative(node, self.plan, self.known) for node in nodes if node is not None):
            self.missing("negative", "the amount may fall below zero: " + explained(choices.NEGATIVE))

    def check_point_value(self, key: str, expressions: Iterable[Expression | None], typed: dict[str, Any]) -> None:
        """Require `point_value` for points, refuse it for money, and bound the decimal places."""
        types = [one.type for one in expressions if one is not None and one.checked is not None]
        points = any(found.unit == "points" for found in types)
        if points and self.bonus.point_value is None:
            self.missing("point_value", f"`{key}` is in points; say what a point is worth: point_value = 1.00")
        if types and not points and self.bonus.point_value is not None:
            self.wrong("point_value", f"means nothing here: `{key}` is in no points", "leave it out")
        places = _earned_places(evolve(self.bonus, **typed))
        if places is not None and places > PLACES_LIMIT:
            self.wrong(
                key,
                f"the amount has {places} decimal places, more than {PLACES_LIMIT}",
                "put a round(..., places) around base or rate",
            )


class _Levels(_BonusCheck):
    """The checks of a `levels` bonus."""

    bonus: LevelsBonus

    def run(self) -> LevelsBonus:
        """Check the bonus and return it typed."""
        orders = self.bonus.source == "orders"
        start = names.WALK_SOURCE if orders else names.WALK_PEOPLE_SOURCE
        self.check_from(explained(choices.CUSTOMER_LEVELS))
        self._check_keys()
        self._check_companions()
        self._check_account("unpaid", self.bonus.unpaid, ("lost", "next"), explained(choices.UNPAID))
        self._check_account("no_upline", self.bonus.no_upline, ("lost",), explained(choices.NO_UPLINE))
        typed = self.common(start, names.PAYEE)
        typed.update(self._rates(names.WALK_RATE if orders else names.WALK_PEOPLE_RATE, start))
        typed["base"] = None if self.bonus.base is None else self._base(self.bonus.base, start)
        typed["counts"] = self.condition("counts", names.WALK_PERSON)
        typed["stop_at"] = self.condition("stop_at", names.WALK_PAYEE)
        typed["pays"] = self.condition("pays", names.WALK_PAYEE)
        typed["depth"] = None if self.bonus.depth is None else self._depth(self.bonus.depth)
        checked = evolve(self.bonus, **typed)
        paid = checked.amounts if checked.amounts is not None else (checked.base, *rates_of(checked))
        self.check_negative(paid)
        key = "base" if checked.amounts is None else "amounts"
        self.check_point_value(key, checked.amounts or (checked.base,), typed)
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
        if bonus.base is None and bonus.amounts is None:
            self.missing("base", 'what a rate is taken of: base = "cv"')
        if bonus.base is not None and bonus.amounts is not None:
            self.wrong("base", "means nothing with `amounts`", "leave it out")
        lists = bonus.rates is not None or bonus.rates_by_rank is not None
        if bonus.beyond is not None and not lists:
            self.wrong("beyond", "means nothing without a list of rates", "leave it out")
        if bonus.face_rate is not None and bonus.rate is None:
            self.wrong("face_rate", "means nothing without `rate`", "leave it out")

    def _check_account(self, key: str, value: str, words: tuple[str, ...], todo: str) -> None:
        if value in words:
            return
        prefix, _, name = value.partition(":")
        if prefix != "account":
            self.wrong(key, f"{value!r} is none of the choices", todo)
        elif name not in self.plan.accounts:
            self.wrong(key, f"unknown account {name!r}", nearest(name, self.plan.accounts))

    def _base(self, expression: Expression, context: Context) -> Expression:
        checked = self.sheet.number(expression, context)
        if checked.checked is not None and checked.type.unit is None:
            what = f"{expression.text!r} is a plain number, and a rate is taken of points or money"
            self.sheet.wrong(expression.place, what, "declare the column as points or money")
            return evolve(checked, checked=None)
        return checked

    def _rate(self, expression: Expression, context: Context) -> Expression:
        checked = self.sheet.expression(expression, context)
        if checked.checked is None:
            return checked
        found = checked.type
        if found.kind == "number" and found.unit is None and not found.ratio:
            return checked
        if found.ratio:
            what, todo = f"an unrounded division as a rate is {LATER}", "write round(a / b, places)"
        else:
            what, todo = f"{expression.text!r} is {found}; a rate is a plain number, not a sum", ""
        self.sheet.wrong(expression.place, what, todo)
        return evolve(checked, checked=None)

    def _rates(self, context: Context, start: Context) -> dict[str, Any]:
        bonus = self.bonus
        by_rank = [*(bonus.rates_by_rank or {}), *(bonus.rate_by_rank or {})]
        for name in by_rank:
            if name not in self.plan.rank_ids:
                self.wrong(f"rates.{name}", f"unknown rank {name!r}", nearest(name, self.plan.rank_ids))

        def rate(expression: Expression | None) -> Expression | None:
            return None if expression is None else self._rate(expression, context)

        def rates(row: tuple[Expression, ...] | None) -> tuple[Expression, ...] | None:
            return None if row is None else tuple(self._rate(one, context) for one in row)

        face = None if bonus.face_rate is None else self._rate(bonus.face_rate, evolve(start, level=True))
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
            else tuple(self.sheet.number(one, context) for one in bonus.amounts),
        }

    def _depth(self, expression: Expression) -> Expression:
        checked = self.sheet.column(expression, names.WALK_PAYEE)
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


class _Amount(_BonusCheck):
    """The checks of an `amount` bonus."""

    bonus: AmountBonus

    def run(self) -> AmountBonus:
        """Check the bonus and return it typed."""
        qualifies = context = names.AMOUNT_OF_PERSON
        if self.bonus.source == "orders":
            qualifies = names.AMOUNT_OF_ORDER
            context = qualifies if self.bonus.payee is None else names.AMOUNT_TO_ANOTHER
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
