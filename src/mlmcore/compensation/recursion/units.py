"""What a recursion computes for each layer: its columns, and the aggregates in them that read its columns.

All of them are filled together, each after what it reads of the same person. An aggregate that reads no column of the
recursion is none of them: it is known for everybody beforehand.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property, reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._checks import earned_type
from mlmcore.compensation._members import in_leg
from mlmcore.compensation._reduction import reduced
from mlmcore.compensation.bonuses._found import Found
from mlmcore.compensation.bonuses._money import in_units
from mlmcore.compensation.bonuses._sources import Sources
from mlmcore.compensation.bonuses.amount import found_by_amount
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions._mine import crosses_trees
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate, Upward
from mlmcore.compensation.expressions.types import RANK, number
from mlmcore.compensation.frames import RowsFrame, Sheet, run_frame
from mlmcore.compensation.plan import AmountBonus
from mlmcore.compensation.ranking import Ranking, rank_columns
from mlmcore.compensation.recursion.descent import Descent, Handed, legs_of
from mlmcore.compensation.recursion.elsewhere import InLegElsewhere
from mlmcore.compensation.recursion.few import Ask, Few, Unsure, asked
from mlmcore.compensation.recursion.layers import Layer
from mlmcore.compensation.recursion.live import Live
from mlmcore.compensation.recursion.members import RANKS
from mlmcore.compensation.recursion.tally import Tally
from mlmcore.compensation.step import Step

__all__ = ["Unit", "unit_of"]

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


class Unit(Protocol):
    """Something that is filled layer by layer."""

    def publish(self, sheet: Sheet) -> None:
        """Let everybody read it: first to see what is written meanwhile, and again once all is written."""

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        """Write the values of one layer, whose people are the rows of the frame."""

    def fill_few(self, few: Few) -> bool:
        """Write the values of a layer of a few people one by one; or say no, and nothing is written."""


def unit_of(sheet: Sheet, part: Step | Aggregate | Upward, texts: tuple[str, ...]) -> Unit:  # noqa: PLR0911 - one each
    """Return what fills a measure, the ranks, a bonus, an aggregate, or who is the nearest above.

    Args:
        sheet: What the run knows.
        part: What is to be filled.
        texts: Every text that a measure of the recursion may come to.
    """
    match part:
        case Step(kind="measure"):
            return _Measure(sheet, part.name, texts)
        case Step(kind="rank"):
            return _Rank(sheet)
        case Step():
            return _Bonus(sheet, part.name)
        case Upward():
            return _Nearest(sheet, part)
        case Aggregate() if part.scope.kind == "front":
            return _Front(sheet, part)
        case Aggregate() if part.scope.kind in {"events", "orders", "purchases"}:
            return _OwnRows(sheet, part)
        case Aggregate() if crosses_trees(part):
            return _InLegElsewhere(sheet, part)
        case _:
            return _Below(sheet, part)


class _Columns:
    """What fills columns of people."""

    def __init__(self, lives: Mapping[str, Live]) -> None:
        self.lives = lives

    def publish(self, sheet: Sheet) -> None:
        sheet.person.update({name: live.read() for name, live in self.lives.items()})

    def fill_few(self, few: Few) -> bool:
        return False


class _Gathered:
    """What fills the values of an aggregate."""

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        self.sheet, self.node = sheet, node
        self.live = Live(node.type, sheet.size)

    def publish(self, sheet: Sheet) -> None:
        sheet.scopes.hold(self.node, self.live.read())

    def fill_few(self, few: Few) -> bool:
        return False


class _Joined(_Gathered, ABC):
    """What fills the values of an aggregate over people, which may also be put together one by one."""

    @cached_property
    def tally(self) -> Tally | None:
        """How it is put together one by one, once everything that it reads is published."""
        return Tally(self.sheet, self.node) if Tally.can(self.node) else None

    def fill_few(self, few: Few) -> bool:
        if self.tally is None:
            return False
        try:
            found = self.found(few, self.tally)
            totals = [self.total(handed, self.tally) for handed in found]
            values = [self.tally.value(total, person) for total, person in zip(totals, few.rows, strict=True)]
        except Unsure:
            return False
        self.keep(found)
        for person, value in zip(few.rows, values, strict=True):
            self.live.put_one(person, value)
        return True

    def keep(self, found: list[Handed]) -> None:
        """Remember what people hand up, if they do."""

    @abstractmethod
    def found(self, few: Few, tally: Tally) -> list[Handed]:
        """What each person of a layer hands up."""

    @abstractmethod
    def total(self, handed: Handed, tally: Tally) -> int:
        """What somebody comes to who hands that up."""


class _Measure(_Columns):
    """A measure's formula, and what is given instead."""

    def __init__(self, sheet: Sheet, name: str, texts: tuple[str, ...]) -> None:
        self._sheet, self._node = sheet, sheet.plan.measures[name].node
        categories = {"text": texts, "rank": sheet.plan.rank_ids}.get(self._node.type.kind, ())
        self._live = Live(self._node.type, sheet.size, categories)
        super().__init__({name: self._live})
        given = sheet.rows.given.get(name)
        self._is_given = np.zeros(sheet.size, dtype=np.bool_)
        if given is not None:
            self._is_given[given.rows] = True
            self._live.put(given.rows, given.values)

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        values = evaluate(self._node, frame)
        free = np.flatnonzero(~self._is_given[layer.rows])
        self._live.put(layer.rows[free], values.take(free))

    @cached_property
    def _ask(self) -> Ask:
        return asked(self._sheet, self._node)

    def fill_few(self, few: Few) -> bool:
        if self._node.type.kind in {"date", "text"}:
            return False
        try:
            values = [self._ask(person) for person in few.rows]
        except Unsure:
            return False
        if None in values and not self._node.type.optional:
            return False
        for person, value in zip(few.rows, values, strict=True):
            if not self._is_given[person]:
                self._live.put_one(person, value)
        return True


class _Rank(_Columns):
    """All ranks together."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet, self._plan = sheet, sheet.plan
        self._ranking = Ranking(sheet)
        super().__init__({name: Live(RANK, sheet.size, sheet.plan.rank_ids) for name in RANKS})

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        for name, column in rank_columns(self._ranking.of(frame, layer.rows), self._plan).items():
            self.lives[name].put(layer.rows, column)

    @cached_property
    def _asks(self) -> list[Ask]:
        return [asked(self._sheet, rank.requires.node) for rank in self._plan.ranks if rank.requires is not None]

    def fill_few(self, few: Few) -> bool:
        try:
            found = [self._ranking.of_one(person, [ask(person) for ask in self._asks]) for person in few.rows]
        except Unsure:
            return False
        for person, (current, best, now) in zip(few.rows, found, strict=True):
            for name, value in (("rank", current), ("rank.best", best), ("rank.now", now)):
                self.lives[name].put_one(person, value)
        return True


class _Bonus(_Columns):
    """What an amount per person comes to for those who qualify; its lines are made once everybody's is known."""

    def __init__(self, sheet: Sheet, bonus_id: str) -> None:
        bonus = sheet.plan.bonus(bonus_id)
        assert isinstance(bonus, AmountBonus)  # noqa: S101  (no other kind is part of a recursion)
        self._sheet, self._bonus = sheet, bonus
        self._runs = bonus.when is None or bool(evaluate(bonus.when.node, run_frame(sheet)).values[0])
        self._earned = Live(earned_type(bonus, sheet.plan) or number("money"), sheet.size)
        self._paid = Live(number("money", sheet.plan.rounding.places), sheet.size)
        super().__init__({f"{bonus_id}.earned": self._earned, f"{bonus_id}.paid": self._paid})

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        if not self._runs:
            return
        count = len(layer.rows)
        sources = Sources(
            order=np.full(count, -1, dtype=np.int32),
            person=layer.rows,
            below=np.zeros(count, dtype=np.bool_),
            indices={"self": layer.rows, "source": layer.rows},
        )
        if self._bonus.where is not None:
            sources = sources.some(evaluate(self._bonus.where.node, frame).values)
        found = found_by_amount(self._sheet, self._bonus, sources)
        found = found.some(found.reason == 0)
        self._earned.put(found.payee, Column.scaled(found.exact(), found.places, unit="money"))
        self._paid.put(found.payee, self._rounded(found))

    def _rounded(self, found: Found) -> Column:
        """What is paid: one line for each person, rounded, and nothing of a negative one where the plan says so."""
        plan = self._sheet.plan
        values = in_units(plan, found, found.exact(), found.places)
        if self._bonus.negative == "zero":
            values = np.maximum(values, 0)
        return Column.scaled(values, plan.unit_places, unit="money")


class _Front(_Joined):
    """An aggregate over direct children."""

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        indices = {"self": layer.read, "me": layer.rows[layer.place]}
        children = RowsFrame(sheet=self.sheet, size=len(layer.read), indices=indices)
        counting = np.ones(len(layer.read), dtype=np.bool_)
        if self.node.leg:
            counting = self.in_leg[layer.read]
        default = _default(self.node, frame)
        self.live.put(layer.rows, reduced(self.node, children, layer.place, counting, frame.size, default))

    @cached_property
    def in_leg(self) -> Bools:
        """bool[n]: whether each person stands in the leg that is asked for, of the direct upline's placement."""
        name, leg = self.node.scope.tree, self.node.leg
        if not crosses_trees(self.node):
            return np.asarray(legs_of(self.sheet, name) == leg)
        uplines = self.sheet.uplines(name)
        below = np.flatnonzero(uplines >= 0).astype(np.int32)
        found = np.zeros(self.sheet.size, dtype=np.bool_)
        found[below] = in_leg(self.sheet, uplines[below], below, leg)
        return found

    def found(self, few: Few, tally: Tally) -> list[Handed]:
        return [reduce(tally.join, map(tally.own, children), tally.neutral) for children in few.read]

    def total(self, handed: Handed, tally: Tally) -> int:
        assert isinstance(handed, int)  # noqa: S101  (children are on one level)
        return handed


class _Below(_Joined):
    """An aggregate over everybody below, or over some levels."""

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        super().__init__(sheet, node)
        self._descent = Descent(sheet, node)

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        self.live.put(layer.rows, self._descent.of(layer, frame))

    def found(self, few: Few, tally: Tally) -> list[Handed]:
        return self._descent.of_few(few, tally)

    def total(self, handed: Handed, tally: Tally) -> int:
        return self._descent.total(handed, tally)

    def keep(self, found: list[Handed]) -> None:
        self._descent.keep(found)


class _InLegElsewhere(_Gathered):
    """An aggregate over everybody below in one tree who stands in a leg of the placement tree."""

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        super().__init__(sheet, node)
        self._sums = InLegElsewhere(sheet, node)

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        self.live.put(layer.rows, self._sums.of(layer))


class _OwnRows(_Gathered):
    """An aggregate over the person's own orders, events or periods that reads a column of the recursion, of oneself."""

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        super().__init__(sheet, node)
        rows, owner, counting = sheet.scopes.own_rows(node)
        order = np.argsort(owner, kind="stable")
        self._rows, self._owner, self._counting = rows.some(order), owner[order], counting[order]

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        rows, count = self._of(layer.rows)
        place = np.repeat(np.arange(len(layer.rows), dtype=np.int32), count)
        default = _default(self.node, frame)
        found = reduced(self.node, self._rows.some(rows), place, self._counting[rows], frame.size, default)
        self.live.put(layer.rows, found)

    def _of(self, persons: Ints) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where the rows of some people stand, one person after the other, and how many each has."""
        first = np.searchsorted(self._owner, persons)
        count = np.searchsorted(self._owner, persons, side="right") - first
        start = np.cumsum(count) - count
        return np.arange(count.sum()) + np.repeat(first - start, count), count


class _Nearest:
    """Who is the nearest above for whom something holds, which is asked of people whose columns are being filled."""

    def __init__(self, sheet: Sheet, node: Upward) -> None:
        self._sheet, self._node = sheet, node
        self._above = np.full(sheet.size, -1, dtype=np.int32)

    def publish(self, sheet: Sheet) -> None:
        sheet.above.hold(self._node, self._above)

    def fill(self, layer: Layer, frame: RowsFrame) -> None:
        assert self._node.condition is not None  # noqa: S101  (else the sponsor is known)
        rows = np.flatnonzero(layer.read >= 0)
        uplines = layer.read[rows]
        asked = RowsFrame(sheet=self._sheet, size=len(rows), indices={"self": uplines})
        holds = evaluate(self._node.condition, asked).values
        self._above[layer.rows[rows]] = np.where(holds, uplines, self._above[uplines])

    @cached_property
    def _ask(self) -> Ask:
        assert self._node.condition is not None  # noqa: S101  (as above)
        return asked(self._sheet, self._node.condition)

    def fill_few(self, few: Few) -> bool:
        uplines = {person: read[0] for person, read in zip(few.rows, few.read, strict=True) if read}
        try:
            holds = [self._ask(upline) for upline in uplines.values()]
        except Unsure:
            return False
        for (person, upline), held in zip(uplines.items(), holds, strict=True):
            self._above[person] = upline if held else self._above[upline]
        return True


def _default(node: Aggregate, frame: RowsFrame) -> Column | None:
    return None if node.default is None else evaluate(node.default, frame)
