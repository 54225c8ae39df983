"""The slow twin of a `differential` bonus: it walks as `reference.differentials` says, for each source of the bonus."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from mlmcore.compensation.plan import DifferentialBonus
from reference.differentials import Difference, Rules, differences
from reference.engine import Line, Offers, Twin
from reference.engine_expressions import Account

__all__ = ["Differentials"]


class Differentials(Offers):
    """Walk up from each source and pay the difference to the highest rate met."""

    bonus: DifferentialBonus

    def __init__(self, twin: Twin, bonus: DifferentialBonus) -> None:
        super().__init__(twin, bonus)
        self.env: dict[str, Any] = {}
        self.uplines: dict[str, str | None] = {}
        self.below = False

    def offer_all(self, start: date, end: date) -> None:
        if self.bonus.dated is None:
            self.from_everybody()
            return
        for order in self.orders(start, end):
            source = self.whose(order)
            if source is not None:
                of_customer = "event" not in order and self.bonus.from_ == "buyer" and order["buyer"] is None
                below = of_customer and self.bonus.customer == "under_seller"
                self._walk({"source": source, **self.of_row(order)}, below=below)

    def walk_from(self, person: str) -> None:
        self._walk({"source": person}, below=False)

    def base_again(self, order: Mapping[str, Any], line: Line) -> Fraction | None:
        source = self.whose(order)
        return None if source is None else self._base({"source": source, **self.of_row(order)})

    def _base(self, env: dict[str, Any]) -> Fraction:
        assert self.bonus.base is not None
        return Fraction(self.twin.ask(self.bonus.base, {**env, "self": env["source"]}) * self.point)

    def _walk(self, env: dict[str, Any], *, below: bool) -> None:
        of_source = {**env, "self": env["source"]}
        if self.bonus.where is not None and not self.twin.ask(self.bonus.where, of_source):
            return
        initial = Fraction(self.twin.ask(self.bonus.initial, of_source))
        order = env["order"]["id"] if "order" in env else None
        base, self.env, self.below = self._base(env), env, below
        self.uplines = {person: self.twin.upline(self._tree, person, self.day(env)) for person in self.twin.people}
        for found in differences(env["source"], initial, self._rules(), below=below):
            self.note(self._line(found, env["source"], order, base))

    def _line(self, found: Difference, source: str, order: str | None, base: Fraction) -> Line:
        reason = {"TOO_LOW": "depth", "BLOCKED": "blocked", "NO_UPLINE": "no_upline"}.get(found.outcome, "")
        payee: str | Account | None = found.person
        if found.outcome == "PAYS_FAILED":
            assert found.person is not None
            reason = self.twin.reason(found.person, self.env.get("before"))
        if found.outcome == "NO_UPLINE" and self.bonus.no_upline != "lost":
            payee, reason = Account((self.bonus.no_upline or "").removeprefix("account:")), ""
        amount = base * found.rate
        return Line(self.bonus.id, payee, source, order, found.level, base, found.rate, amount, reason)

    def _rules(self) -> Rules:
        bonus, twin = self.bonus, self.twin

        def asked(expression: Any, person: str) -> Any:
            level = Fraction(self._level(person))
            return twin.ask(expression, {**self.env, "self": person, "child": self._child(person), "level": level})

        equal = bonus.equal
        return Rules(
            upline=self.uplines,
            counts=lambda person: self._counts(person, person),
            pays=lambda person: bool(asked(bonus.pays, person)),
            blocks=lambda person: bonus.blocked_by is not None and bool(asked(bonus.blocked_by, person)),
            rate=lambda person: Fraction(asked(bonus.rate, person)),
            first_level=bonus.first_level,
            lowest_level=0 if bonus.minimum_level is None else int(twin.ask(bonus.minimum_level, {})),
            limit=None if bonus.limit is None else Fraction(twin.ask(bonus.limit, {})),
            equal=None if equal is None else (Fraction(twin.ask(equal.rate, {})), int(twin.ask(equal.generations, {}))),
            source_counts=bonus.source_counts,
            consumes=bonus.unqualified == "consumes",
            level=self._level if self._of_payee else None,
        )

    @property
    def _of_payee(self) -> bool:
        return any(name.subject in {"payee", "child"} for name in self.bonus.counts.names)

    def _path(self, person: str) -> list[str]:
        """Everybody from where the walk starts up to somebody, who is not among them."""
        path, one = [], self.env["source"]
        while one != person:
            path.append(one)
            one = self.uplines[one]
        return path

    def _child(self, person: str) -> str | None:
        return self._path(person)[-1] if self._path(person) else None

    def _counts(self, person: str, payee: str) -> bool:
        env = {**self.env, "self": person, "payee": payee, "child": self._child(payee)}
        return bool(self.twin.ask(self.bonus.counts, env))

    def _level(self, person: str) -> int:
        """One more than how many between count, for this payee."""
        path = self._path(person)
        if not path and not self.below:
            return 0
        between = path if self.below or self.bonus.source_counts else path[1:]
        return 1 + sum(self._counts(one, person) for one in between)
