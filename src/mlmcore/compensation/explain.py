"""`why`: every amount of one person with its inputs, the path walked, and the clause of the plan that says so.

A result already holds every amount; here it is only read, in a sheet of its own, so asking never changes a result.
What was not paid, and what was lost to somebody further up, is explained beside what was paid, with the condition
that failed and the values that made it fail.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation._met import Asked, highest_met
from mlmcore.compensation.bonuses._sources import source_of
from mlmcore.compensation.columns import Column, exact_decimal
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.lines import MissedSegment, Reason, Segment, UnpaidSegment
from mlmcore.compensation.plan import AmountBonus, AnyBonus, BinaryBonus, DifferentialBonus, LevelsBonus, WalkBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.money import Money

__all__ = ["Amount", "Explainer", "Explanation", "Passed", "why"]

AnySegment = Segment | UnpaidSegment | MissedSegment
Kind = Literal["paid", "unpaid", "missed"]


@frozen(kw_only=True)
class Passed:
    """Somebody between the source and the payee.

    Attributes:
        person: Who.
        counts: Whether they use up a level.
        because: The condition, with its values: `active is false: personal = 20.00`; of somebody whose level went on
            to the next one, why it was not theirs.
    """

    person: str
    counts: bool
    because: str


@frozen(kw_only=True)
class Amount:
    """One amount, explained.

    Attributes:
        kind: `paid`, `unpaid`, or `missed`.
        bonus: The bonus's id.
        clause: Where it stands in the plan.
        order: The order's id, or "".
        day: The order's day, or "".
        source: From whom it comes, or "".
        level: The level, or None.
        base: What the rate was taken of, in money.
        formula: The base's or amount's formula.
        rate: The rate; None where a line merges several.
        rate_clause: Where in the plan the rate or the formula stands.
        exact: Base times rate, exactly; None where a line merges several rates.
        amount: What was paid, rounded; of what was not paid, the exact amount.
        reason: Why it was not paid, or "".
        because: The condition that failed, with its values, or "".
        passed: Who stood between, from the source up.
    """

    kind: Kind
    bonus: str
    clause: str
    order: str
    day: str
    source: str
    level: int | None
    base: Decimal
    formula: str
    rate: Decimal | None
    rate_clause: str
    exact: Decimal | None
    amount: Decimal
    reason: str = ""
    because: str = ""
    passed: tuple[Passed, ...] = ()


@frozen(kw_only=True)
class Explanation:
    """All amounts of one person.

    Attributes:
        person: Who.
        period: When.
        plan: By which plan: id and version.
        currency: In what.
        columns: The person's measures and rank, as texts, by name.
        amounts: In the plan's order of bonuses: what was paid, then what was not, then what was missed.
        total: The sum of what was paid.
    """

    person: str
    period: str
    plan: str
    currency: str
    columns: dict[str, str]
    amounts: tuple[Amount, ...]
    total: Money


def why(result: Result, person: str) -> Explanation:
    """Explain every amount of one person.

    Args:
        result: A run's result; it is not changed.
        person: The id, as the user writes it.

    Raises:
        InputError: Nobody in the run has this id.
    """
    return Explainer(result).explain(int(result.network.ids.positions([person])[0]))


class Explainer:
    """Explains people of one result, one after the other; what they share is read once.

    Args:
        result: A run's result; it is not changed.
    """

    def __init__(self, result: Result) -> None:
        self._result = result
        self._sheet = _sheet_of(result)
        self._people = result.network.ids.labels(np.arange(len(result.network)))
        self._orders = result.orders.ids.labels(np.arange(len(result.orders)))
        self._conditions: dict[str, Column] = {}
        self._reads: dict[str, list[str]] = {}
        self._told: dict[tuple[str, int], str] = {}
        self._steps: dict[tuple[str, int], Passed] = {}
        self._uplines: dict[str, list[int]] = {}
        size = len(result.network)
        self._lines = {id(item): _by_payee(item, size) for _, segments in _kinds(result) for item in segments}

    def explain(self, person: int) -> Explanation:
        """Explain every amount of one person, by index."""
        result = self._result
        columns = {name: column.text(person) for name, column in result.measures.items()}
        if result.plan.ranks:
            columns["rank"] = result.ranks.text(person)
        amounts = tuple(self._amounts(person))
        paid = sum((item.amount for item in amounts if item.kind == "paid"), Decimal(0))
        return Explanation(
            person=self._people[person],
            period=result.period.id,
            plan=f"{result.plan.id} version {result.plan.version}",
            currency=result.plan.currency,
            columns=columns,
            amounts=amounts,
            total=Money.of(paid, result.plan.currency),
        )

    def _amounts(self, person: int) -> Iterator[Amount]:
        """Everything about the person."""
        for kind, segments in _kinds(self._result):
            for segment in segments:
                order, starts = self._lines[id(segment)]
                for line in order[starts[person] : starts[person + 1]].tolist():
                    yield self._amount(kind, segment, line, person)

    def _amount(self, kind: Kind, segment: AnySegment, line: int, person: int) -> Amount:
        bonus = self._result.plan.bonus(segment.bonus)
        order, source, level = int(segment.order[line]), int(segment.source[line]), int(segment.level[line])
        rate = segment.rate_of(line)
        reason = "" if isinstance(segment, Segment) else Reason(int(segment.reason[line])).label
        return Amount(
            kind=kind,
            bonus=segment.bonus,
            clause=str(bonus.place),
            order=self._orders[order] if order >= 0 else "",
            day=self._sheet.order["date"].text(order) if order >= 0 else "",
            source=self._people[source] if source >= 0 else "",
            level=level if level >= 0 else None,
            base=segment.base_of(line),
            formula=_formula(bonus, level),
            rate=rate,
            rate_clause=str(_rate_place(bonus, level, self._result.ranks.value(person))),
            exact=None if rate is None else _exact(segment, line),
            amount=self._money(segment, line),
            reason=reason,
            because=self._because(bonus, reason, person, level) or self._difference(bonus, order, source, person),
            passed=self._passed(bonus, order, source, person),
        )

    def _money(self, segment: AnySegment, line: int) -> Decimal:
        if isinstance(segment, Segment):
            return Money(int(segment.amount[line]), self._result.plan.currency).amount
        return segment.amount_of(line)

    def _because(self, bonus: AnyBonus, reason: str, person: int, level: int) -> str:
        if reason in {"inactive", "not_qualified"}:
            condition = bonus.qualifies if isinstance(bonus, AmountBonus) else bonus.pays
            if not self._condition(condition).values[person]:
                return self._said(condition, person)
            return f"there is no rate on level {level} for the rank {self._result.ranks.text(person)}"
        if reason == "depth" and isinstance(bonus, LevelsBonus) and bonus.depth is not None:
            return self._said(bonus.depth, person)
        if reason == "depth" and isinstance(bonus, DifferentialBonus) and bonus.minimum_level is not None:
            return f"level {level} is below the minimum_level {bonus.minimum_level.text}"
        if reason == "blocked" and isinstance(bonus, DifferentialBonus) and bonus.blocked_by is not None:
            return self._said(bonus.blocked_by, person)
        return ""

    def _difference(self, bonus: AnyBonus, order: int, source: int, person: int) -> str:
        """Somebody's rate, and the highest that the walk had met before: the two that a difference is made of."""
        if isinstance(bonus, BinaryBonus):
            return self._legs(bonus, person)
        if not isinstance(bonus, DifferentialBonus) or source < 0 or (order < 0 and bonus.source == "orders"):
            return ""
        start = source_of(self._sheet, bonus, order, source)
        asked = Asked(
            counts=lambda one: bool(self._condition(bonus.counts).values[one]),
            pays=lambda one: bool(self._condition(bonus.pays).values[one]),
            rate=self._condition(bonus.rate).decimal,
        )
        before = [] if source == person else [source, *self._between(bonus, source, person)]
        initial = evaluate(bonus.initial.node, start.frame(self._sheet)).decimal(0)
        met = highest_met(bonus, asked, initial, before, below=bool(start.below[0]))
        return f"{self._said(bonus.rate, person)}; {met} was met before"

    def _legs(self, bonus: BinaryBonus, person: int) -> str:
        """What each leg held, what matched, and what is carried out."""
        columns = self._result.published

        def told(name: str) -> str:
            return columns[f"{bonus.id}.{name}"].text(person)

        return (
            f"left {told('left')}, right {told('right')}; matched {told('matched')}; "
            f"carried out: left {told('left_out')}, right {told('right_out')}"
        )

    def _passed(self, bonus: AnyBonus, order: int, source: int, payee: int) -> tuple[Passed, ...]:
        """Everybody strictly between the source and the payee."""
        if isinstance(bonus, AmountBonus | BinaryBonus) or source in {payee, -1}:  # on level 0 the source pays itself
            return ()
        found = []
        for person in self._between(bonus, source, payee):
            missed = self._missed.get((bonus.id, order, source, person))
            found.append(self._step(bonus, person) if missed is None else self._missing(bonus, person, *missed))
        return tuple(found)

    def _between(self, bonus: AnyBonus, source: int, payee: int) -> Iterator[int]:
        """Everybody strictly between two people of one line, from the source up."""
        upline = self._upline(bonus.tree or self._result.plan.tree)
        person = upline[source]
        while person not in {payee, -1}:
            yield person
            person = upline[person]

    def _upline(self, name: str) -> list[int]:
        """The direct upline of each person in a tree, -1 for none."""
        if name not in self._uplines:
            network = self._result.network
            tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
            parent = tree.parent if nodes is None else tree.parent[nodes]
            above = parent if persons is None else np.where(parent >= 0, persons[np.maximum(parent, 0)], -1)
            self._uplines[name] = above.tolist()
        return self._uplines[name]

    def _step(self, bonus: WalkBonus, person: int) -> Passed:
        key = (bonus.id, person)
        if key not in self._steps:
            counts = bool(self._condition(bonus.counts).values[person])
            because = self._said(bonus.counts, person)
            if counts and isinstance(bonus, DifferentialBonus):
                because = self._said(bonus.rate, person)
                if bonus.unqualified == "skip" and not self._condition(bonus.pays).values[person]:
                    because = self._said(bonus.pays, person)
            self._steps[key] = Passed(person=self._people[person], counts=counts, because=because)
        return self._steps[key]

    def _missing(self, bonus: WalkBonus, person: int, reason: str, level: int) -> Passed:
        """Somebody whose level went on to the next one, so that it was not used up."""
        because = f"{reason}: {self._because(bonus, reason, person, level)}; level {level} goes on"
        return Passed(person=self._people[person], counts=False, because=because)

    @cached_property
    def _missed(self) -> dict[tuple[str, int, int, int], tuple[str, int]]:
        """Reason and level of everything that was missed, by bonus, order, source and person."""
        found = {}
        for item in self._result.missed:
            columns = (item.order, item.source, item.payee, item.reason, item.level)
            for order, source, person, reason, level in zip(*(column.tolist() for column in columns), strict=True):
                found[item.bonus, order, source, person] = Reason(reason).label, level
        return found

    def _condition(self, expression: Expression) -> Column:
        if expression.text not in self._conditions:
            self._conditions[expression.text] = evaluate(expression.node, people_frame(self._sheet))
        return self._conditions[expression.text]

    def _said(self, expression: Expression, person: int) -> str:
        """A condition and the values that decide it: `active is false: personal = 20.00`."""
        key = (expression.text, person)
        if key not in self._told:
            told = f"{expression.text} is {self._condition(expression).text(person)}"
            values = [f"{name} = {self._sheet.person[name].text(person)}" for name in self._behind(expression)]
            self._told[key] = f"{told}: {', '.join(values)}" if values else told
        return self._told[key]

    def _behind(self, expression: Expression) -> list[str]:
        """The columns that a condition reads; behind a measure that it only names, those that the measure reads."""
        if expression.text not in self._reads:
            names = [ref.name for ref in expression.names if ref.name in self._sheet.person and ref.subject == "self"]
            if names == [expression.text] and expression.text in self._result.plan.measures:
                names = self._behind(self._result.plan.measures[expression.text])
            self._reads[expression.text] = [name for name in dict.fromkeys(names) if name != expression.text]
        return self._reads[expression.text]


def _kinds(result: Result) -> Sequence[tuple[Kind, Sequence[AnySegment]]]:
    """All segments, by what became of their lines."""
    return (
        ("paid", result.lines.segments),
        ("unpaid", result.unpaid.segments),
        ("missed", result.missed),
    )


def _by_payee(segment: AnySegment, people: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Lines by payee, each payee's in the engine's order, and where those of each person begin and end."""
    order = np.argsort(segment.payee, kind="stable")
    return order, np.searchsorted(segment.payee[order], np.arange(people + 1))


def _sheet_of(result: Result) -> Sheet:
    """The run's columns as they were, in a sheet of our own."""
    sheet = Sheet(result.plan, result.rows)
    sheet.order.update(result.order_columns)
    sheet.person.update(result.measures)
    sheet.person.update(result.published)
    sheet.person.update({"rank": result.ranks, "rank.now": result.rank_now, "rank.best": result.rank_best})
    return sheet


def _rate_place(bonus: AnyBonus, level: int, rank: object) -> Place:
    """Where the rate of a level stands, for somebody of this rank; a formula's own place."""
    if isinstance(bonus, AmountBonus):
        return bonus.amount.place
    if isinstance(bonus, BinaryBonus):
        return bonus.place_of(bonus.pays_by)
    if isinstance(bonus, DifferentialBonus) or bonus.rate is not None:
        return bonus.place if bonus.rate is None else bonus.rate.place
    if bonus.rate_by_rank is not None:
        single = bonus.rate_by_rank.get(str(rank))
        return bonus.place_of("rates") if single is None else single.place
    by_rank = (bonus.rates_by_rank or {}).get(str(rank), ())
    listed = bonus.amounts or bonus.rates or by_rank
    position = level - bonus.first_level
    if 0 <= position < len(listed):
        return listed[position].place
    return bonus.beyond.place if bonus.beyond is not None and level >= 0 and listed else bonus.place_of("rates")


def _formula(bonus: AnyBonus, level: int) -> str:
    if isinstance(bonus, AmountBonus):
        return bonus.amount.text
    if isinstance(bonus, BinaryBonus):
        return "matched" if bonus.pay == "percent" or bonus.amount is None else bonus.amount.text
    if isinstance(bonus, DifferentialBonus) or bonus.base is not None:
        return "" if bonus.base is None else bonus.base.text
    position = level - bonus.first_level
    return bonus.amounts[position].text if bonus.amounts and 0 <= position < len(bonus.amounts) else ""


def _exact(segment: AnySegment, line: int) -> Decimal:
    scaled = int(segment.base[line]) * int(segment.rate[line])
    return exact_decimal(scaled, segment.base_places + segment.rate_places)
