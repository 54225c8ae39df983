"""What every walk must and may say about where it starts: orders, people, or what people earned of other bonuses."""

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._common import BonusCheck
from mlmcore.compensation._checks._earned import EARNINGS, earned_places, earnings_type
from mlmcore.compensation._choices import explained
from mlmcore.compensation._pairs import asks_moment, rank_count, reads_payee
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import Context
from mlmcore.compensation.expressions.tree import Name
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AnyBonus, WalkBonus


class WalkCheck(BonusCheck):
    """What the kinds that walk share."""

    bonus: Any

    @property
    def start(self) -> Context:
        """What names mean where a walk starts."""
        return names.of_rows(names.WALK_SOURCE, self.dated) if self.dated else names.WALK_PEOPLE_SOURCE

    def on_the_way(self, context: Context) -> Context:
        """What names mean in a clause about somebody whom a walk reaches."""
        return names.of_rows(context, self.dated) if self.dated else names.from_people(context)

    @property
    def may_be_slow(self) -> bool:
        """Whether the plan allows what costs more than people and orders."""
        return bool(self.bonus.slow or self.plan.slow)

    def check_counts(self, counts: Expression) -> None:
        """Refuse what counting anew for every payee makes slow, or leaves without meaning."""
        if counts.checked is None or not reads_payee(counts.checked):
            return
        if not self.may_be_slow and rank_count(counts.checked) is None:
            what = "asks everybody passed anew for every payee, which costs every pair of people"
            todo = "compare two ranks, once and with `and` beside it, or write slow = true"
            self.sheet.wrong(counts.place, what, todo, code="plan.cost")
        if getattr(self.bonus, "unpaid", None) == "next":
            what = '"next" means nothing where `counts` reads `payee.`: levels are another for each payee'
            self.wrong("unpaid", what, 'write "lost", or an account')
        if (self.bonus.no_upline or "lost") != "lost" and self.bonus.kind == "levels":
            what = "nothing is owed above the root where `counts` reads `payee.`"
            self.wrong("no_upline", what, 'write "lost"')

    def check_moments(self, checked: WalkBonus, keys: Iterable[str], *, ends: bool) -> bool:
        """Refuse to ask everybody up to the root what they had just before each order, where levels never end.

        Args:
            checked: The bonus, typed.
            keys: Its clauses that are asked on the way.
            ends: Whether its walks end somewhere.

        Returns:
            Whether something was refused.
        """
        refused = False
        for key in () if ends or self.may_be_slow else keys:
            clause: Expression | None = getattr(checked, key)
            if clause is not None and clause.checked is not None and asks_moment(checked, self.plan, clause.checked):
                what = "asks everybody up to the root, for each order or event anew, what they had just before it"
                todo = "end the levels by `depth`, or by a list of rates without `beyond`; or write slow = true"
                if checked.kind == "differential":
                    todo = "write a `limit`, at which a walk ends; or slow = true"
                self.sheet.wrong(clause.place, what, todo, code="plan.cost")
                refused = True
        return refused

    def check_source(self) -> None:
        """Check that there is one source, with the keys that belong to it."""
        bonus = self.bonus
        self.check_from(explained(choices.CUSTOMER_LEVELS))
        if bonus.source is None and bonus.earnings is None:
            self.missing("source", explained(choices.SOURCES) + '; or earnings = ["ID"]')
        if bonus.source is not None and bonus.earnings is not None:
            self.wrong("source", "stands beside `earnings`", "keep one of them")
        if bonus.earnings is None:
            if bonus.basis is not None:
                self.wrong("basis", "means nothing without `earnings`", "leave it out")
            return
        if bonus.basis is None:
            self.missing("basis", explained(choices.BASIS))
        if bonus.every is not None and bonus.every != self.plan.period:
            self.wrong("every", "means nothing with `earnings`: they are those of the whole period", "leave it out")
        self._check_earnings()

    def _check_earnings(self) -> None:
        bonus, known = self.bonus, [other.id for other in self.plan.bonuses]
        written = [one.text for one in bonus.earnings]
        if not written:
            self.wrong("earnings", "is empty", "name at least one bonus")
        for name in dict.fromkeys(written):
            if name not in known:
                self.wrong("earnings", f"unknown bonus {name!r}", nearest(name, known))
            if written.count(name) > 1:
                self.wrong("earnings", f"names {name!r} twice", "name it once")
        for other in self.plan.bonuses:
            if other.id in written and other.id != bonus.id:
                self._check_matched(other)
        if EARNINGS in self.sheet.namespace.names():
            what = f"means the sum of {', '.join(written)} here, and the plan declares another `{EARNINGS}`"
            self.wrong("earnings", what, "rename the other")
        if bonus.cascades:
            self._check_cascade()

    def _check_cascade(self) -> None:
        """Refuse what means nothing where matches are matched again."""
        bonus = self.bonus
        if bonus.basis == "paid":
            what = '"paid" means nothing with its own id: nothing is paid before all is earned'
            self.wrong("basis", what, 'write "earned"')
        if bonus.first_level == 0:
            self.wrong("first_level", "0 pays what it pays itself, without end", "write 1 or more")
        if getattr(bonus, "amounts", None) is not None:
            self.wrong("amounts", "mean nothing with its own id: fixed money is no share of a match", "use rates")
        elif bonus.base is None:
            todo = f'say where its amounts, which are multiplied again, are rounded: base = "round({EARNINGS}, 4)"'
            self.missing("base", todo)

    def _check_matched(self, other: AnyBonus) -> None:
        """Refuse to match what is no money, and what is never paid."""
        if other.in_points:
            what = f"what {other.id!r} earns is points, which are not matched like money"
            todo = f'write source = "people" with base = "{other.id}.earned" and a `point_value`'
            self.wrong("earnings", what, todo)
        elif other.is_column and self.bonus.basis == "paid":
            self.wrong("earnings", f"{other.id!r} is only a column, and never paid", 'write basis = "earned"')

    def earned(self) -> tuple[Expression, ...] | None:
        """Type what the source has of each bonus; its own amounts are typed when the base is."""
        if self.bonus.earnings is None:
            return None
        return tuple(self._earned(one) for one in self.bonus.earnings)

    def _earned(self, one: Expression) -> Expression:
        name = f"{one.text}.{self.bonus.basis or 'earned'}"
        found = self.sheet.namespace.person.get(name)
        if one.text == self.bonus.id or found is None:
            return one
        return evolve(one, checked=Name(subject="self", name=name, type=found))

    def starting(self, earned: Iterable[Expression] | None, own: int = 0) -> Sheet:
        """Return a sheet in which bare `earnings` is the sum of what the source has.

        Args:
            earned: As from `earned`.
            own: Decimal places of its own amounts, where they are among them.
        """
        space = self.sheet.namespace
        if earned is None:
            return self.sheet
        column = f"{self.bonus.id}.{EARNINGS}"
        person = {**space.person, column: earnings_type([one for one in earned if one.text != self.bonus.id], own)}
        return Sheet(self.plan, evolve(space, person=person, aliases={EARNINGS: column}), self.sheet.findings)

    def settle(self, typed: dict[str, Any]) -> dict[str, Any]:
        """Type the base, and of a cascade also its own amounts, whose decimal places must not grow.

        Args:
            typed: The rest of the bonus, typed.
        """
        bonus, earned, written = self.bonus, typed["earnings"], self.bonus.base
        if written is None and earned is not None and getattr(bonus, "amounts", None) is None:
            written = Expression(text=EARNINGS, place=bonus.place_of("earnings"))
        if written is None:
            return {"base": None}
        self.sheet, outside = self.starting(earned), self.sheet
        base = self.base(written, self.start)
        self.sheet = outside
        if not bonus.cascades or base.checked is None or bonus.base is None:
            return {"base": base}
        return self._settled(evolve(bonus, **typed, base=base))

    def _settled(self, bonus: WalkBonus) -> dict[str, Any]:
        """Type a cascade's base again, now that the places of its own amounts are known."""
        assert bonus.base is not None  # noqa: S101  (a cascade has one)
        assert bonus.earnings is not None  # noqa: S101  (likewise)
        own = earned_places(bonus, self.plan)
        if own is None or own > PLACES_LIMIT:
            return {"base": bonus.base}
        again = self.starting(bonus.earnings, own).number(bonus.base, self.start)
        if again.checked is not None and again.type.places != bonus.base.type.places:
            what = f"{bonus.base.text!r} has more decimal places each time that a match is matched"
            self.sheet.wrong(bonus.base.place, what, f'round what is matched: base = "round({EARNINGS}, 4)"')
        name = Name(subject="self", name=f"{bonus.id}.earned", type=number("money", own))
        earned = tuple(evolve(one, checked=name) if one.text == bonus.id else one for one in bonus.earnings)
        where = None if bonus.where is None else self.starting(bonus.earnings, own).condition(bonus.where, self.start)
        return {"base": again, "earnings": earned, "where": where}
