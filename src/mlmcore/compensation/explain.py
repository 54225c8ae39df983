"""`why`: every amount of one person with its inputs, the path walked, and the clause of the plan that says so.

A result already holds every amount; here it is only read, in a sheet of its own, so asking never changes a result. What was
not paid, and what was lost to somebody further up, is explained beside what was paid, with the condition that failed and the
values that made it fail.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from attrs import frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.lines import MissedSegment, Reason, Segment, UnpaidSegment
from mlmcore.compensation.plan import AmountBonus, AnyBonus, LevelsBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.money import Money

__all__ = ["Amount", "Explanation", "Passed", "why"]

AnySegment = Segment | UnpaidSegment | MissedSegment


@frozen(kw_only=True)
class Passed:
    """Somebody between the source and the payee.

    Attributes:
        person: Who.
        counts: Whether they use up a level.
        because: The condition, with its values: `active is false: personal = 20.00`.
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
        exact: Base times rate, exactly; None where a line merges several rates.
        amount: What was paid, rounded; of what was not paid, the exact amount.
        reason: Why it was not paid, or "".
        because: The condition that failed, with its values, or "".
        passed: Who stood between, from the source up.
    """

    kind: Literal["paid", "unpaid", "missed"]
    bonus: str
    clause: str
    order: str
    day: str
    source: str
    level: int | None
    base: Decimal
    formula: str
    rate: Decimal | None
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
    index = int(result.network.ids.positions([person])[0])
    reader = _Reader(result, index)
    columns = {name: column.text(index) for name, column in result.measures.items()}
    if result.plan.ranks:
        columns["rank"] = result.ranks.text(index)
    return Explanation(
        person=result.network.ids.label(index),
        period=result.period.id,
        plan=f"{result.plan.id} version {result.plan.version}",
        currency=result.plan.currency,
        columns=columns,
        amounts=tuple(reader.amounts()),
        total=result.paid_to(index),
    )


class _Reader:
    """Reads one person's lines out of a result."""

    def __init__(self, result: Result, person: int) -> None:
        self._result = result
        self._person = person
        self._sheet = _sheet_of(result)
        self._conditions: dict[str, Column] = {}

    def amounts(self) -> Iterator[Amount]:
        """Everything about the person."""
        groups: Sequence[tuple[Literal["paid", "unpaid", "missed"], Sequence[AnySegment]]] = (
            ("paid", self._result.lines.segments),
            ("unpaid", self._result.unpaid.segments),
            ("missed", self._result.missed),
        )
        for kind, segments in groups:
            for segment in segments:
                for line in (segment.payee == self._person).nonzero()[0].tolist():
                    yield self._amount(kind, segment, line)

    def _amount(self, kind: Literal["paid", "unpaid", "missed"], segment: AnySegment, line: int) -> Amount:
        bonus = self._result.plan.bonus(segment.bonus)
        order, source, level = int(segment.order[line]), int(segment.source[line]), int(segment.level[line])
        rate, base = segment.rate_of(line), segment.base_of(line)
        orders, people = self._result.orders, self._result.network.ids
        reason = "" if isinstance(segment, Segment) else Reason(int(segment.reason[line])).label
        return Amount(
            kind=kind,
            bonus=segment.bonus,
            clause=str(bonus.place),
            order=orders.ids.label(order) if order >= 0 else "",
            day=Column.days(orders.date).text(order) if order >= 0 else "",
            source=people.label(source) if source >= 0 else "",
            level=level if level >= 0 else None,
            base=base,
            formula=_formula(bonus),
            rate=rate,
            exact=None if rate is None else _product(base, rate),
            amount=self._money(segment, line),
            reason=reason,
            because=self._because(bonus, reason),
            passed=self._passed(bonus, source),
        )

    def _money(self, segment: AnySegment, line: int) -> Decimal:
        if isinstance(segment, Segment):
            return Money(int(segment.amount[line]), self._result.plan.currency).amount
        return segment.amount_of(line)

    def _because(self, bonus: AnyBonus, reason: str) -> str:
        if reason in {"inactive", "not_qualified"}:
            return self._said(bonus.pays if isinstance(bonus, LevelsBonus) else bonus.qualifies, self._person)
        if reason == "depth" and isinstance(bonus, LevelsBonus) and bonus.depth is not None:
            return self._said(bonus.depth, self._person)
        return ""

    def _passed(self, bonus: AnyBonus, source: int) -> tuple[Passed, ...]:
        """Everybody strictly between the source and the person."""
        if isinstance(bonus, AmountBonus) or source < 0:
            return ()
        name = bonus.tree or self._result.plan.tree
        network = self._result.network
        tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
        node = int(tree.parent[source if nodes is None else nodes[source]])
        found = []
        while node >= 0:
            person = node if persons is None else int(persons[node])
            if person == self._person:
                return tuple(found)
            counts = bool(self._condition(bonus.counts).values[person])
            because = self._said(bonus.counts, person)
            found.append(Passed(person=network.ids.label(person), counts=counts, because=because))
            node = int(tree.parent[node])
        return ()

    def _condition(self, expression: Expression) -> Column:
        if expression.text not in self._conditions:
            self._conditions[expression.text] = evaluate(expression.node, people_frame(self._sheet))
        return self._conditions[expression.text]

    def _said(self, expression: Expression, person: int) -> str:
        """A condition and the values that decide it: `active is false: personal = 20.00`."""
        told = f"{expression.text} is {self._condition(expression).text(person)}"
        values = [f"{name} = {self._sheet.person[name].text(person)}" for name in self._behind(expression)]
        return f"{told}: {', '.join(values)}" if values else told

    def _behind(self, expression: Expression) -> list[str]:
        """The columns that a condition reads; behind a measure that it only names, those that the measure reads."""
        names = [ref.name for ref in expression.names if ref.name in self._sheet.person and ref.subject == "self"]
        if names == [expression.text] and expression.text in self._result.plan.measures:
            return self._behind(self._result.plan.measures[expression.text])
        return list(dict.fromkeys(name for name in names if name != expression.text))


def _sheet_of(result: Result) -> Sheet:
    """The run's columns as they were, in a sheet of our own."""
    sheet = Sheet(result.plan, result.rows)
    sheet.order.update(result.order_columns)
    sheet.person.update(result.measures)
    sheet.person.update(result.published)
    sheet.person.update({"rank": result.ranks, "rank.now": result.ranks, "rank.best": result.rank_best})
    return sheet


def _formula(bonus: AnyBonus) -> str:
    if isinstance(bonus, AmountBonus):
        return bonus.amount.text
    return bonus.base.text if bonus.base is not None else ""


def _product(base: Decimal, rate: Decimal) -> Decimal:
    # By integers, since the host's decimal context may hold fewer digits.
    (_, top, down), (_, left, right) = base.as_tuple(), rate.as_tuple()
    digits = int("".join(map(str, top))) * int("".join(map(str, left)))
    sign = -1 if (base < 0) != (rate < 0) else 1
    return Decimal(sign * digits).scaleb(int(down) + int(right))
