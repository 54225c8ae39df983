"""`why`: every amount of one person with its inputs, the path walked, and the clause of the plan that says so.

A result already holds every amount; here it is only read. What was not paid, and what was lost to somebody further up,
is explained beside what was paid, with the condition that failed and the values that made it fail. How each kind of
bonus is told stands in `_explained`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._explained import Line, Pair, Teller, told
from mlmcore.compensation._explained._cycles import cycle_told
from mlmcore.compensation._explained._refunds import original_of, taken_back_told
from mlmcore.compensation._row_names import WAITING, row_name
from mlmcore.compensation.bonuses._spans import since_of
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.lines import MissedSegment, Reason, Segment, UnpaidSegment
from mlmcore.compensation.plan import AnyBonus, BinaryBonus, SourceBonus, WalkBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.money import Money

__all__ = ["Amount", "Explainer", "Explanation", "Passed", "why"]

AnySegment = Segment | UnpaidSegment | MissedSegment
Outcome = Literal["paid", "unpaid", "missed"]
Kind = Outcome | Literal["carried"]


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
        kind: `paid`, `unpaid`, `missed`, or `carried`: it waits for a later period.
        bonus: The bonus's id.
        clause: Where it stands in the plan.
        order: The order's or event's id, or "".
        day: Its day, or "".
        dated: What `order` is: `orders`, or the name of the events.
        span: The period for which the bonus ran, where that is another than the plan's: a week of the month; or "".
        source: From whom it comes, or "".
        level: The level, or None.
        base: What the rate was taken of, in money.
        formula: The base's or amount's formula.
        rate: The rate; None where a line merges several.
        rate_clause: Where in the plan the rate or the formula stands.
        exact: Base times rate, exactly; None where a line merges several rates, or its rate is rounded for show.
        amount: What was paid, rounded; of what was not paid, the exact amount.
        reason: Why it was not paid, or "".
        because: The condition that failed, with its values, or "".
        passed: Who stood between, from the source up.
        takes_back: Of what a refund takes back, which part of what; then no rate of this period plays a part. Or "".
        original: The id of the order of which it takes back, or "".
    """

    kind: Kind
    bonus: str
    clause: str
    order: str
    day: str
    dated: str
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
    span: str = ""
    takes_back: str = ""
    original: str = ""


@frozen(kw_only=True)
class Explanation:
    """All amounts of one person.

    Attributes:
        person: Who.
        period: When.
        plan: By which plan: id and version.
        currency: In what.
        columns: The person's measures and rank, as texts, by name.
        amounts: In the plan's order of bonuses: what was paid, what was not, what was missed, and what is carried.
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
        self._teller = Teller(result)
        self._people = result.network.ids.labels(np.arange(len(result.network)))
        self._steps: dict[tuple[str, int, tuple[int, int, int] | None, tuple[str, str]], Passed] = {}
        self._waiting: dict[str, dict[str, list[int]]] = {}
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
        yield from self._carried(person)

    def _brought(self, amount: Amount, row: int, person: int, cut: str) -> Amount:
        """An amount that waited since an earlier run: from which period it comes, and of which order it was."""
        bonus = self._result.plan.bonus(amount.bonus)
        before = self._result.rows.previous.rows[row_name(bonus.id, WAITING)].columns
        because = [f"brought forward from {before['period'].text(row)}"]
        if before["state"].text(row) == "deferred" and bonus.deferred_until is not None:
            because.append(self._teller.said(bonus.deferred_until, person))
        order, source = before["order"].value(row), before["source"].value(row)
        told = "; ".join([*because, cut] if cut else because)
        return evolve(amount, order=str(order or ""), source=str(source or ""), because=told)

    def _carried(self, person: int) -> Iterator[Amount]:
        """What waits for the person, for a larger sum or for a condition."""
        for bonus in self._result.plan.bonuses:
            waiting = self._result.carried_rows.get(row_name(bonus.id, WAITING))
            if waiting is not None:
                rows = self._waiting_rows(bonus.id, waiting).get(self._people[person], ())
                yield from (self._waits(bonus, waiting, row, person) for row in rows)

    def _waiting_rows(self, bonus: str, waiting: CarriedRows) -> dict[str, list[int]]:
        """The rows of each payee."""
        if bonus not in self._waiting:
            payee = waiting.columns["payee"]
            found: dict[str, list[int]] = {}
            for row in range(len(waiting)):
                found.setdefault(payee.text(row), []).append(row)
            self._waiting[bonus] = found
        return self._waiting[bonus]

    def _waits(self, bonus: AnyBonus, waiting: CarriedRows, row: int, person: int) -> Amount:
        column = waiting.columns
        level, rate, base = column["level"].value(row), column["rate"].value(row), column["base"].decimal(row)
        because = f"the sum is below the minimum; from {column['period'].text(row)}"
        if column["state"].text(row) == "deferred" and bonus.deferred_until is not None:
            because = f"{self._teller.said(bonus.deferred_until, person)}; from {column['period'].text(row)}"
        number = -1 if level is None else int(str(level))
        return Amount(
            kind="carried",
            bonus=bonus.id,
            clause=str(bonus.place),
            order=str(column["order"].value(row) or ""),
            day="",
            dated=(bonus.dated or "orders").removeprefix("events."),
            source=str(column["source"].value(row) or ""),
            level=None if level is None else number,
            base=base,
            formula=told(bonus).formula(bonus, number),
            rate=rate if isinstance(rate, Decimal) else None,
            rate_clause=str(told(bonus).rate_place(bonus, number, self._result.ranks.value(person))),
            exact=base * rate if isinstance(rate, Decimal) else None,
            amount=column["amount"].decimal(row),
            reason="deferred" if column["state"].text(row) == "deferred" else "carried",
            because=because,
        )

    def _amount(self, kind: Outcome, segment: AnySegment, line: int, person: int) -> Amount:
        """One line, whatever became of it; what it says was so in the period for which the bonus ran."""
        bonus = self._result.plan.bonus(segment.bonus)
        amount, row = self._line(kind, segment, line, person), int(segment.brought[line])
        cut = self._teller.cut(bonus, amount.reason, person)
        if row >= 0:
            return self._brought(amount, row, person, cut)
        paid_with = self._span(kind, segment, line)
        span = since_of(self._teller.sheet, bonus, row) or paid_with
        with self._teller.within(bonus, span, lambda: told(bonus).of_spans(self._teller, bonus)):
            if cut and self._cut_itself(kind, segment, line, person):
                cut = ""  # its legs tell of it
            amount = self._told(amount, segment, line, person, span, cut)
        return amount if span == paid_with else evolve(amount, because=f"{amount.because}; paid with {paid_with}")

    def _line(self, kind: Outcome, segment: AnySegment, line: int, person: int) -> Amount:
        """What a line says by itself."""
        bonus = self._result.plan.bonus(segment.bonus)
        of_kind, dated = told(bonus), bonus.dated or "orders"
        order, source, level = int(segment.order[line]), int(segment.source[line]), int(segment.level[line])
        rate = segment.rate_of(line)
        return Amount(
            kind=kind,
            bonus=segment.bonus,
            clause=str(bonus.place),
            order=self._result.rows.dated(dated).ids.label(order) if order >= 0 else "",
            day=self._teller.sheet.dated(dated)["date"].text(order) if order >= 0 else "",
            dated=dated.removeprefix("events."),
            source=self._people[source] if source >= 0 else "",
            level=level if level >= 0 else None,
            base=segment.base_of(line),
            formula=of_kind.formula(bonus, level),
            rate=rate,
            rate_clause=str(of_kind.rate_place(bonus, level, self._result.ranks.value(person))),
            exact=None if rate is None or of_kind.rate_for_show(bonus) else _exact(segment, line),
            amount=self._money(segment, line),
            reason="" if isinstance(segment, Segment) else Reason(int(segment.reason[line])).label,
        )

    def _told(self, amount: Amount, segment: AnySegment, line: int, person: int, span: str, cut: str) -> Amount:
        """An amount with what stands behind it: why, and whom a walk passed."""
        bonus = self._result.plan.bonus(segment.bonus)
        order, source, level = int(segment.order[line]), int(segment.source[line]), int(segment.level[line])
        if isinstance(bonus, SourceBonus) and original_of(self._teller, bonus, order) >= 0:
            words = taken_back_told(self._teller, bonus, order)
            original = self._result.orders.ids.label(int(self._result.orders.refund_of[order]))
            return evolve(amount, takes_back=words, original=original, because=cut, exact=None, span=span)
        pair = self._teller.pair(bonus, order, source, person, level)
        about = Line(person=person, level=level, pair=pair, order=order, source=source, span=span)
        because = self._because(bonus, amount.reason, about) or cut
        because = because or told(bonus).behind(self._teller, bonus, about)
        cycle = cycle_told(self._result, bonus.dated or "orders", order)
        return evolve(
            amount,
            because="; ".join(part for part in (because, cycle) if part),
            span=span,
            passed=self._passed(bonus, order, source, person, pair),
        )

    def _span(self, kind: Outcome, segment: AnySegment, line: int) -> str:
        """For which period of several a line was computed; "" where the bonus runs for the plan's."""
        if kind == "missed":
            earlier = takewhile(lambda item: item is not segment, self._result.missed)
            line += sum(len(item) for item in earlier if item.bonus == segment.bonus)
        before = 0
        for span in self._result.spans.get(segment.bonus, ()):
            before += {"paid": span.lines, "unpaid": span.unpaid, "missed": span.missed}[kind]
            if line < before:
                return span.period
        return ""

    def _cut_itself(self, kind: Outcome, segment: AnySegment, line: int, person: int) -> bool:
        """Whether a binary bonus's own cap took it: once a span, before what caps over the bonus cut."""
        bonus = self._result.plan.bonus(segment.bonus)
        if not isinstance(bonus, BinaryBonus) or not Decimal(self._teller.published(bonus, "capped", person)):
            return False
        of_person = takewhile(lambda one: segment.payee[one] == person, range(line - 1, -1, -1))
        capped = (one for one in of_person if _is_capped(segment, one))
        before = next(capped, None)
        return before is None or self._span(kind, segment, before) != self._span(kind, segment, line)

    def _money(self, segment: AnySegment, line: int) -> Decimal:
        if isinstance(segment, Segment):
            return Money(int(segment.amount[line]), self._result.plan.currency).amount
        return segment.amount_of(line)

    def _because(self, bonus: AnyBonus, reason: str, line: Line) -> str:
        if reason in {"inactive", "not_qualified"}:
            return told(bonus).unqualified(self._teller, bonus, line)
        return told(bonus).refused(self._teller, bonus, reason, line.person, line.level, line.pair)

    def _passed(self, bonus: AnyBonus, order: int, source: int, payee: int, pair: Pair | None) -> tuple[Passed, ...]:
        """Everybody strictly between the source and the payee."""
        if not isinstance(bonus, WalkBonus) or source in {payee, -1}:  # on level 0 the source pays itself
            return ()
        found = []
        for person in self._teller.between(bonus, order, source, payee):
            missed = self._missed.get((bonus.id, order, source, person))
            if missed is None or getattr(bonus, "unpaid", "") != "next":  # of a fixed sum much is missed, and stays
                found.append(self._step(bonus, person, pair))
            else:
                found.append(self._missing(bonus, order, source, person, *missed))
        return tuple(found)

    def _step(self, bonus: WalkBonus, person: int, pair: Pair | None) -> Passed:
        """Somebody who was passed; on the way to whom, where that is asked."""
        whom = None if pair is None else (pair.order, pair.source, pair.payee)
        key = (bonus.id, person, whom, self._teller.at)
        if key not in self._steps:
            self._steps[key] = Passed(
                person=self._people[person],
                counts=self._teller.holds(bonus.counts, person, pair),
                because=told(bonus).passed(self._teller, bonus, person, pair),
            )
        return self._steps[key]

    def _missing(self, bonus: AnyBonus, order: int, source: int, person: int, reason: str, level: int) -> Passed:
        """Somebody whose level went on to the next one, so that it was not used up."""
        pair = self._teller.pair(bonus, order, source, person, level)
        line = Line(person=person, level=level, pair=pair)
        because = f"{reason}: {self._because(bonus, reason, line)}; level {level} goes on"
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


def _kinds(result: Result) -> Sequence[tuple[Outcome, Sequence[AnySegment]]]:
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


def _is_capped(segment: AnySegment, line: int) -> bool:
    return isinstance(segment, UnpaidSegment) and bool(segment.reason[line] == Reason.CAPPED)


def _exact(segment: AnySegment, line: int) -> Decimal:
    scaled = int(segment.base[line]) * int(segment.rate[line])
    return exact_decimal(scaled, segment.base_places + segment.rate_places)
