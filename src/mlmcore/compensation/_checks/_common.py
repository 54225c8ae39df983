"""What every kind of bonus must and may say: types, trees, refunds, minimums, points, negative sums."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._earned import earned_places
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation._signs import never_negative
from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions._aggregates import DECLARE_EVENTS
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Plan
from mlmcore.domain.enums import CommissionType

LENGTHS: Final = {"day": 0, "week": 1, "month": 2, "quarter": 3}


class BonusCheck:
    """What all kinds share."""

    def __init__(self, bonus: Any, plan: Plan, sheet: Sheet, known: Collection[str]) -> None:
        self.bonus = bonus
        self.plan = plan
        self.sheet = sheet
        self.known = known

    def wrong(self, key: str, what: str, todo: str) -> None:
        """Note what is wrong with a key."""
        if key in self.bonus.places:
            self.sheet.wrong(self.bonus.places[key], what, todo)
        else:
            self.sheet.wrong(self.bonus.place, what, todo, key=key)

    def missing(self, key: str, explanation: str) -> None:
        """Note that a key is missing."""
        self.sheet.wrong(self.bonus.place, "is missing", explanation, key=key, code="plan.missing")

    def condition(self, key: str, context: Context) -> Expression | None:
        """Type a condition, if it is given."""
        expression = getattr(self.bonus, key)
        return None if expression is None else self.sheet.condition(expression, context)

    def common(self, where: Context, payee: Context, starting: Sheet | None = None) -> dict[str, Any]:
        """Check the keys that every bonus has, and return the typed ones.

        Args:
            where: What names mean in `where`.
            payee: What they mean in `minimum`.
            starting: The sheet in which `where` is typed, if it is another.
        """
        bonus, plan = self.bonus, self.plan
        labels = [label.value for label in CommissionType]
        if bonus.type not in labels:
            self.wrong("type", f"unknown commission type {bonus.type!r}", nearest(bonus.type, labels))
        if bonus.tree is not None and bonus.tree not in plan.tree_names and bonus.tree not in plan.broken:
            self.wrong("tree", f"unknown tree {bonus.tree!r}", nearest(bonus.tree, plan.tree_names))
        self._check_events()
        if bonus.source == "orders" and plan.refunds == "original" and bonus.detail_or_default != "order":
            todo = 'write detail = "order", or refunds = "current" in [plan]'
            self.wrong("detail", 'refunds = "original" needs a line per order', todo)
        self._check_minimum()
        self._check_column()
        if bonus.deferred_until is None and bonus.deferred_expires is not None:
            self.wrong("deferred_expires", "means nothing without `deferred_until`", "leave it out")
        minimum = None if bonus.minimum is None else self.money(bonus.minimum, payee)
        self.at_least(minimum, 0, "write the least sum that is paid, 0 or more")
        return {
            "when": self.condition("when", names.RUN),
            "where": None if bonus.where is None else (starting or self.sheet).condition(bonus.where, where),
            "minimum": minimum,
            "deferred_until": self.condition("deferred_until", evolve(payee, words="a condition on the payee")),
            "deferred_expires": self._periods(bonus.deferred_expires),
            "point_value": None if bonus.point_value is None else self.money(bonus.point_value, names.POINT_VALUE),
        }

    def _check_events(self) -> None:
        dated, known = self.bonus.dated, [f"{names.EVENTS}{name}" for name in self.plan.event_columns]
        if dated is not None and dated != "orders" and dated not in known:
            self.wrong("source", f"the plan declares no {dated!r}", nearest(dated, known) if known else DECLARE_EVENTS)

    @property
    def dated(self) -> str | None:
        """The dated rows from which the bonus starts, where the plan has them."""
        dated: str | None = self.bonus.dated
        return (
            "orders" if dated is not None and dated.removeprefix(names.EVENTS) not in self.plan.event_columns else dated
        )

    def _check_column(self) -> None:
        """A bonus that is only a column is not paid, so that nothing of it can be too little or wait."""
        for key in ("minimum", "deferred_until"):
            if self.bonus.is_column and getattr(self.bonus, key) is not None:
                self.wrong(
                    key, "means nothing for a bonus that is only a column: nothing of it is paid", "leave it out"
                )

    def _check_minimum(self) -> None:
        if self.bonus.minimum is not None and self.bonus.minimum_unpaid is None:
            self.missing("minimum_unpaid", explained(choices.MINIMUM_UNPAID))
        if self.bonus.minimum is None and self.bonus.minimum_unpaid is not None:
            self.wrong("minimum_unpaid", "means nothing without `minimum`", "leave it out")

    def _periods(self, expression: Expression | None) -> Expression | None:
        """Type a number of periods: a whole one, from 1."""
        if expression is None:
            return None
        checked = self.sheet.number(expression, evolve(names.RUN, words="a number of periods"))
        if checked.checked is None:
            return checked
        value = checked.constant
        if checked.type.unit is not None or checked.type.places or (isinstance(value, Decimal) and value < 1):
            what, todo = f"{expression.text!r} is no number of periods", "write a whole number from 1"
            self.sheet.wrong(expression.place, what, todo)
        return checked

    def at_least(self, expression: Expression | None, least: int, todo: str) -> None:
        """Refuse a number that is written in the plan and below the least that means something."""
        value = None if expression is None else expression.constant
        if expression is not None and isinstance(value, Decimal) and value < least:
            self.sheet.wrong(expression.place, f"{expression.text!r} is below {least}", todo)

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
        if self.bonus.negative is not None or None in nodes or self.bonus.is_column:
            return
        if not all(never_negative(node, self.plan, self.known) for node in nodes if node is not None):
            self.missing("negative", "the amount may fall below zero: " + explained(choices.NEGATIVE))

    def check_point_value(self, key: str, expressions: Iterable[Expression | None], typed: dict[str, Any]) -> None:
        """Require `point_value` for points, refuse it for money, and bound the decimal places."""
        types = [one.type for one in expressions if one is not None and one.checked is not None]
        points = any(found.unit == "points" for found in types)
        if self.bonus.in_points:
            self._check_points(key, expressions)
        elif points and self.bonus.point_value is None:
            self.missing("point_value", f"`{key}` is in points; say what a point is worth: point_value = 1.00")
        elif types and not points and self.bonus.point_value is not None:
            self.wrong("point_value", f"means nothing here: `{key}` is in no points", "leave it out")
        places = earned_places(evolve(self.bonus, **typed), self.plan)
        if places is not None and places > PLACES_LIMIT:
            self.wrong(
                key,
                f"the amount has {places} decimal places, more than {PLACES_LIMIT}",
                "put a round(..., places) around base or rate",
            )

    def _check_points(self, key: str, expressions: Iterable[Expression | None]) -> None:
        """Refuse money in a bonus whose amounts are points; a plain number is read as points."""
        for one in expressions:
            if one is not None and one.checked is not None and one.type.unit == "money":
                self.sheet.wrong(one.place, f"{one.text!r} is in money, and the bonus has points", "leave out `unit`")
        if self.bonus.point_value is not None:
            self.wrong("point_value", 'means nothing with unit = "points": they stay points', "leave it out")

    def check_account(self, key: str, value: str, words: tuple[str, ...], todo: str) -> None:
        """Check a key that holds one of some words, or `account:NAME`."""
        if value in words:
            return
        prefix, _, name = value.partition(":")
        if prefix != "account":
            self.wrong(key, f"{value!r} is none of the choices", todo)
        elif name not in self.plan.accounts:
            self.wrong(key, f"unknown account {name!r}", nearest(name, self.plan.accounts))

    def base(self, expression: Expression, context: Context) -> Expression:
        """Type what a rate is taken of."""
        checked = self.sheet.number(expression, context)
        if checked.checked is not None and checked.type.unit is None:
            what = f"{expression.text!r} is a plain number, and a rate is taken of points or money"
            self.sheet.wrong(expression.place, what, "declare the column as points or money")
            return evolve(checked, checked=None)
        return checked

    def rate(self, expression: Expression, context: Context, *, division: bool = False) -> Expression:
        """Type a rate: a plain number, and an unrounded division only where one can be paid."""
        checked = self.sheet.expression(expression, context)
        if checked.checked is None:
            return checked
        found = checked.type
        if found.kind == "number" and found.unit is None and (division or not found.ratio):
            return checked
        if found.kind == "number" and found.unit is None:
            what, todo = f"{expression.text!r} is an unrounded division", "write round(a / b, places)"
        else:
            what, todo = f"{expression.text!r} is {found}; a rate is a plain number, not a sum", ""
        self.sheet.wrong(expression.place, what, todo)
        return evolve(checked, checked=None)
