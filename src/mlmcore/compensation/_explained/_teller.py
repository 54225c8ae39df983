"""What a result's columns say in words: conditions with the values that decided them, and who stands between two.

It reads a result, in a sheet of its own, so asking never changes one; what was asked once is remembered.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from attrs import evolve, field, frozen

from mlmcore.compensation._just_before import changes_by_moment
from mlmcore.compensation._pairs import asks_moment, asks_on_the_way, own_names
from mlmcore.compensation.bonuses._sources import pairs, source_of
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.syntax import call_at
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Ordinal, Upward, asked, children
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame, run_frame
from mlmcore.compensation.plan import AnyBonus, Cap, SourceBonus, WalkBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.periods import Period

__all__ = ["OfSpan", "Pair", "Teller"]

Key = tuple[str, str]
"""A bonus and a period for which it ran; both "" where the plan's is meant."""

_ASKED: Final = ("stop_at", "depth", "blocked_by", "rate")


@frozen(kw_only=True)
class Pair:
    """Whom a walk reached, and from where: what a condition may ask besides the person.

    Attributes:
        bonus: The walk.
        order: The order, -1 for none or several.
        source: The person from whom the walk started, -1 for several.
        payee: Whose level is asked.
        child: Who stands below them on the path, -1 for nobody.
        level: The level, -1 where it is not known.
    """

    bonus: WalkBonus
    order: int
    source: int
    payee: int
    child: int
    level: int


@frozen(kw_only=True, eq=False)
class OfSpan:
    """What a bonus published in one of several periods for which it ran, by full name.

    Attributes:
        columns: About people.
        figures: About the run as a whole.
    """

    columns: Mapping[str, Column] = field(factory=dict)
    figures: Mapping[str, Column] = field(factory=dict)


class Teller:
    """Says what a result's columns held.

    Args:
        result: A run's result; it is not changed.

    Attributes:
        result: The result.
        sheet: The run's columns as they were.
        at: The bonus and the period `within` which things are told.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.sheet = _sheet_of(result)
        self.at: Key = ("", "")
        self._conditions: dict[tuple[Key, str], Column] = {}
        self._reads: dict[tuple[Key, str], dict[str, Column]] = {}
        self._said: dict[tuple[Key, str, int], str] = {}
        self._uplines: dict[str, list[int]] = {}
        self._known: dict[str, Any] = {}
        self._of_pairs: dict[str, bool] = {}

    @contextmanager
    def within(self, bonus: AnyBonus, span: str, of_spans: Callable[[], Mapping[str, OfSpan]]) -> Iterator[None]:
        """While it lasts, orders, events and what a bonus published are those of one period for which it ran.

        Args:
            bonus: The bonus.
            span: The period's id; "" where the bonus runs for the plan's.
            of_spans: What it published in each, where that differs.
        """
        if not span:
            yield
            return
        own = self.once(f"spans of {bonus.id}", of_spans).get(span, OfSpan())
        with self.sheet.aside():
            self.sheet.span = Period.parse(span, self.result.plan.timezone)
            self.sheet.person.update(own.columns)
            self.sheet.figures.update(own.figures)
            before, self.at = self.at, (bonus.id, span)
            try:
                yield
            finally:
                self.at = before

    def pair(self, bonus: AnyBonus, order: int, source: int, payee: int, level: int) -> Pair | None:
        """Whom a walk reached; None where nothing asks more of it than the person.

        Nobody stands below the source, nor below a seller whose customer bought.
        """
        if not isinstance(bonus, WalkBonus) or not self._asks_pairs(bonus):
            return None
        path = [source, *self.between(bonus, order, source, payee)] if source not in {payee, -1} else []
        child = path[-1] if path else -1
        return Pair(bonus=bonus, order=order, source=source, payee=payee, child=child, level=level)

    def condition(self, expression: Expression) -> Column:
        """An expression's value for everybody."""
        key = (self.at, expression.text)
        if key not in self._conditions:
            self._conditions[key] = evaluate(expression.node, people_frame(self.sheet))
        return self._conditions[key]

    def holds(self, expression: Expression, person: int, pair: Pair | None = None) -> bool:
        """Whether a condition held for somebody; taken to hold where a line merges several walks that it asks about."""
        if pair is None or not self._on_the_way(expression, pair):
            return bool(self.condition(expression).values[person])
        frame = self._frame(expression, person, pair)
        return frame is None or bool(evaluate(expression.node, frame).values[0])

    def is_merged(self, expression: Expression, pair: Pair | None) -> bool:
        """Whether a line merges several walks, of each of which a condition was asked."""
        if pair is None or not self._on_the_way(expression, pair):
            return False
        return self._frame(expression, pair.payee, pair) is None

    def said(self, expression: Expression, person: int, pair: Pair | None = None) -> str:
        """A condition and the values that decide it: `active is false: personal = 20.00`."""
        if pair is not None and self._on_the_way(expression, pair):
            return self._said_of_pair(expression, person, pair)
        key = (self.at, expression.text, person)
        if key not in self._said:
            told = f"{expression.text} is {self.condition(expression).text(person)}"
            values = [f"{name} = {self._text(column, person)}" for name, column in self._behind(expression).items()]
            self._said[key] = f"{told}: {', '.join(values)}" if values else told
        return self._said[key]

    def said_of_a_row(self, bonus: SourceBonus, condition: Expression, person: int, order: int, source: int) -> str:
        """A condition that may read an order or event, with the values that it had there; of several, its words."""
        if order < 0:
            return f"{condition.text} is false"
        frame = source_of(self.sheet, bonus, order, source).frame(self.sheet)
        frame = evolve(frame, indices={**frame.indices, "self": np.array([person], dtype=np.int32)})
        value = evaluate(condition.node, frame).text(0)
        told = f"{condition.text} is {value}"
        if asks_moment(bonus, self.result.plan, condition.node):
            told += f" just before the {_word(bonus)}"
        if condition.text in self.result.plan.measures and frame.moment is not None:
            values = dict.fromkeys(self._values(self._parts(condition), frame))
        else:
            read = (ref for ref in _direct(condition.node) if ref.subject in frame.indices)
            values = dict.fromkeys(f"{ref.name} = {frame.column(ref).text(0)}" for ref in read)
        return f"{told}: {', '.join(values)}" if values and [*values] != [f"{condition.text} = {value}"] else told

    def just_before(self, bonus: SourceBonus, formula: Expression, frame: RowsFrame) -> str:
        """What a formula read that somebody had just before an order, of one row; "" where it reads nothing like that.

        Args:
            bonus: The bonus.
            formula: Its base, rate or amount.
            frame: The one row: who is paid, from which order or event.
        """
        if frame.moment is None:
            return ""
        parts = self._parts(formula)
        then = {name: node for name, node in parts.items() if changes_by_moment(node, self.result.plan)}
        return f"just before the {_word(bonus)} {', '.join(self._values(then, frame))}" if then else ""

    def row(self, bonus: SourceBonus, order: int, source: int, person: int, level: int = -1) -> RowsFrame:
        """The one row of a line: somebody who is paid from an order, event or person, at a level."""
        sources, one = source_of(self.sheet, bonus, order, source), np.array([person], dtype=np.int32)
        return pairs(self.sheet, sources, np.zeros(1, np.intp), one, np.array([max(level, 0)]))

    def cut(self, bonus: AnyBonus, reason: str, person: int) -> str:
        """The caps over a bonus, where one has cut what it pays; a binary bonus's own cap is told with its legs."""
        caps = self.result.plan.caps_by_name if reason == "capped" else {}
        return "; ".join(self._cap(name, cap, person) for name, cap in caps.items() if bonus.id in cap.bonuses)

    def _cap(self, name: str, cap: Cap, person: int) -> str:
        """What a cap goes by, and its limit."""
        if "payee" in cap.per:
            limit = self.condition(cap.limit).text(person)
        else:
            limit = evaluate(cap.limit.node, run_frame(self.sheet)).text(0)
        return f"{name} is over {' and '.join(cap.bonuses)} per {' and '.join(cap.per)}: the limit is {limit}"

    def once(self, key: str, compute: Callable[[], Any]) -> Any:
        """What is computed the first time that it is asked for."""
        if key not in self._known:
            self._known[key] = compute()
        return self._known[key]

    def _asks_pairs(self, bonus: WalkBonus) -> bool:
        if bonus.id not in self._of_pairs:
            asked = (bonus.counts, bonus.pays, *(getattr(bonus, key, None) for key in _ASKED))
            self._of_pairs[bonus.id] = asks_on_the_way(bonus, self.result.plan, *asked)
        return self._of_pairs[bonus.id]

    def _on_the_way(self, expression: Expression, pair: Pair) -> bool:
        return asks_on_the_way(pair.bonus, self.result.plan, expression)

    def _said_of_pair(self, expression: Expression, person: int, pair: Pair) -> str:
        frame = self._frame(expression, person, pair)
        if frame is None:
            return f"{expression.text} was asked of each walk, and the line merges several"
        values = self._values(self._parts(expression), frame)
        told = f"{expression.text} is {evaluate(expression.node, frame).text(0)}"
        if asks_moment(pair.bonus, self.result.plan, expression.node):
            told += f" just before the {_word(pair.bonus)}"
        return f"{told}: {', '.join(values)}" if values else told

    def _parts(self, expression: Expression) -> dict[str, Node]:
        """What an expression reads in a row, by what it is called; of a measure that it only names what that reads."""
        measures = self.result.plan.measures
        if expression.text in measures and measures[expression.text].node != expression.node:
            return self._parts(measures[expression.text])
        found: dict[str, Node] = {}
        for part in asked(expression.node):
            if isinstance(part, Name):
                found[part.name if part.subject in {"self", "run"} else f"{part.subject}.{part.name}"] = part
            elif text := call_at(expression.text, part.at):
                found[text] = part
        return {name: part for name, part in found.items() if not name.startswith("mean(")}

    def _values(self, parts: dict[str, Node], frame: RowsFrame) -> list[str]:
        """Parts with their values in the one row of a frame."""
        return [f"{name} = {self._text(evaluate(part, frame), 0)}" for name, part in parts.items()]

    def _frame(self, expression: Expression, person: int, pair: Pair) -> RowsFrame | None:
        """The one row of a pair; None where the line merges several, or nobody remembers the level."""
        asked = {name.name if name.subject == "run" else name.subject for name in own_names(expression.node)}
        of_order = bool(asked & {"order", "seller", "buyer"}) or asks_moment(
            pair.bonus, self.result.plan, expression.node
        )
        if pair.source < 0 or (of_order and pair.order < 0) or ("level" in asked and pair.level < 0):
            return None
        sources = source_of(self.sheet, pair.bonus, pair.order, pair.source)
        one, child, payee = (np.array([who], dtype=np.int32) for who in (person, pair.child, pair.payee))
        level = np.array([max(pair.level, 0)])
        return pairs(self.sheet, sources, np.zeros(1, np.intp), one, level, child=child, payee=payee)

    def published(self, bonus: AnyBonus, name: str, person: int) -> str:
        """A column that a bonus publishes, in words."""
        return self.sheet.person[f"{bonus.id}.{name}"].text(person)

    def between(self, bonus: AnyBonus, order: int, source: int, payee: int) -> Iterator[int]:
        """Everybody strictly between two people of one line of the tree that was walked, from the source up.

        A line that joins orders of several days has no one path where each was walked on the tree of its day; nobody is
        named then.
        """
        name, versions = bonus.tree or self.result.plan.tree, self.result.rows.versions
        if bonus.source == "orders" and name in versions.days:
            if order < 0:
                return
            name = versions.name_on(name, int(self.result.orders.date[order]))
        upline = self._upline(name)
        person = upline[source]
        while person not in {payee, -1}:
            yield person
            person = upline[person]

    def _upline(self, name: str) -> list[int]:
        """The direct upline of each person in a tree, -1 for none."""
        if name not in self._uplines:
            network = self.result.network
            tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
            parent = tree.parent if nodes is None else tree.parent[nodes]
            above = parent if persons is None else np.where(parent >= 0, persons[np.maximum(parent, 0)], -1)
            self._uplines[name] = above.tolist()
        return self._uplines[name]

    def _behind(self, expression: Expression) -> dict[str, Column]:
        """What a condition reads of somebody, and what it asks of others, as it says it.

        Behind a measure that it only names stands what the measure reads.
        """
        key = (self.at, expression.text)
        if key not in self._reads:
            found = self._read(expression)
            if list(found) == [expression.text] and expression.text in self.result.plan.measures:
                found = self._behind(self.result.plan.measures[expression.text])
            self._reads[key] = {name: column for name, column in found.items() if name != expression.text}
        return self._reads[key]

    def _read(self, expression: Expression) -> dict[str, Column]:
        """The columns and answers that an expression is made of, by what they are called in it."""
        found: dict[str, Column] = {}
        for part in asked(expression.node):
            if isinstance(part, Name) and part.subject == "self" and part.name in self.sheet.person:
                found[part.name] = self.sheet.person[part.name]
            elif isinstance(part, Aggregate | Upward) and (text := call_at(expression.text, part.at)):
                found[text] = evaluate(part, people_frame(self.sheet))
        return {name: column for name, column in found.items() if not name.startswith("mean(")}

    def _text(self, column: Column, person: int) -> str:
        """Somebody's value; a person by id."""
        value = int(column.values[person])
        if column.kind != "person" or value == -1:
            return column.text(person)
        return self.result.network.ids.label(value) if value >= 0 else self.result.plan.accounts[-2 - value]


def _sheet_of(result: Result) -> Sheet:
    """The run's columns as they were, in a sheet of our own."""
    sheet = Sheet(result.plan, result.rows)
    sheet.order.update(result.order_columns)
    sheet.person.update(result.measures)
    sheet.person.update(result.published)
    sheet.figures.update(result.figures)
    sheet.person.update({"rank": result.ranks, "rank.now": result.rank_now, "rank.best": result.rank_best})
    return sheet


def _word(bonus: SourceBonus) -> str:
    return "order" if bonus.dated == "orders" else "event"


def _direct(node: Node) -> Iterator[Name]:
    """The columns that a condition reads of its own row, not those inside aggregates."""
    if isinstance(node, Name):
        yield node
    for part in () if isinstance(node, Aggregate | Ordinal) else children(node):
        yield from _direct(part)
