"""Cascades: walks on earnings that name their own bonus, whose amounts are matched again further up.

Who is paid at which rate does not depend on amounts, so all walks are made first. Then amounts are filled in from the
deepest people of the tree up, each person with the sum that those below have left: where many stand at one depth all
of them at once, and where the tree is narrow one person after the other, so that a long line costs no more than people.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._earnings import earnings_name, refuse_overflow
from mlmcore.compensation.bonuses._found import Found, exact_product
from mlmcore.compensation.bonuses._sources import in_money, money
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Name, Node, replaced
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.plan import WalkBonus
from mlmcore.compensation.recursion.few import FEW, Unsure, asked, bounded
from mlmcore.compensation.rounding import INT64_MAX, largest

__all__ = ["cascaded"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]


def cascaded(sheet: Sheet, bonus: WalkBonus, found: Found) -> Found:
    """Fill in the amounts of a walk that starts, among others, from its own: leaves first.

    Args:
        sheet: What the run knows; `ID.earnings` holds what the other bonuses bring, and is completed.
        bonus: The bonus.
        found: Its rows from everybody, without bases.

    Raises:
        InputError: A base cannot be computed, or a sum leaves int64.
    """
    rising = _Rising(sheet, bonus, found)
    narrow = _Narrow(rising, sheet, bonus)
    for persons, is_wide in _stretches(_depth(sheet, bonus)):
        if is_wide:
            rising.take(persons)
        else:
            narrow.take(persons)
    return rising.found()


def _depth(sheet: Sheet, bonus: WalkBonus) -> Ints:
    name, network = bonus.tree or sheet.plan.tree, sheet.rows.network
    depth, nodes = network.tree(name).depth, network.node_of_person[name]
    return depth if nodes is None else depth[nodes]


def _stretches(depth: Ints) -> Iterator[tuple[Ints, bool]]:
    """Yield everybody, the deepest first: each wide layer by itself, and narrow ones that follow each other together.

    Args:
        depth: int32[n]: of each person.
    """
    persons = np.argsort(-depth, kind="stable").astype(np.int32)
    size = np.bincount(depth)[::-1]
    wide, end = size > FEW, np.cumsum(size)
    last = np.flatnonzero(wide | np.append(wide[1:], True))  # where the next layer, or this one, stands by itself
    begin = 0
    for layer in last.tolist():
        yield persons[begin : end[layer]], bool(wide[layer])
        begin = int(end[layer])


class _Rising:
    """What everybody has so far, while amounts rise; whole layers at once.

    Attributes:
        earnings: int64[n]: `ID.earnings`, in which others read what has been added.
        others: int64[n]: what each person has of the other bonuses, at the same places.
        own: int64[n]: what each person has of the bonus itself, scaled as the rows' amounts.
        finer: By what those are multiplied to stand at the places of `earnings`.
        base: int64[r]: the base of each row, as far as it is known.
        kept: bool[r]: whether the row's source brings something.
        adds: bool[r]: whether the row is paid to a person, if it is kept.
    """

    def __init__(self, sheet: Sheet, bonus: WalkBonus, rows: Found) -> None:
        self._sheet, self._bonus, self.rows = sheet, bonus, rows
        name = earnings_name(bonus)
        column = sheet.person[name]
        self.others, self.earnings = column.values, column.values.copy()
        self._column = evolve(column, values=self.earnings)
        self._name = name
        self.own = np.zeros(sheet.size, dtype=np.int64)
        self.finer = 10 ** (column.places - rows.base_places - rows.rate_places)
        self.base, self.kept = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.bool_)
        self.adds = (rows.reason == 0) & ~rows.missed & (rows.payee >= 0)
        self.order = np.argsort(rows.source, kind="stable")
        self.first = np.searchsorted(rows.source[self.order], np.arange(sheet.size + 1))
        sheet.person[name] = self._column

    def take(self, persons: Ints) -> None:
        """Find what some people bring, of whom none stands above another, and add it to what their payees have."""
        self._sheet.person[self._name] = evolve(self._column)  # a column remembers how large it is
        worth, there = _bases(self._sheet, self._bonus, persons)
        first, count = self.first[persons], self.first[persons + 1] - self.first[persons]
        source = np.repeat(np.arange(len(persons)), count)
        rows = self.order[np.arange(len(source)) - np.repeat(np.cumsum(count) - count - first, count)]
        self.base[rows], self.kept[rows] = worth[source], there[source]
        self._add(rows[self.kept[rows] & self.adds[rows]])

    def found(self) -> Found:
        """The rows of everybody who brings something, with their bases."""
        self._sheet.person[self._name] = evolve(self._column)
        return evolve(self.rows, base=self.base).some(self.kept)

    def _add(self, rows: NDArray[np.intp]) -> None:
        payees, place = np.unique(self.rows.payee[rows], return_inverse=True)
        amount = exact_product(self.base[rows], self.rows.rate[rows])
        own = _added(self.own[payees], amount, place.reshape(-1))
        self.own[payees] = own
        refuse_overflow(largest(own) * self.finer + largest(self.others[payees]))
        self.earnings[payees] = self.others[payees] + own * np.int64(self.finer)


class _Narrow:
    """The same, of people one after the other; a number is an integer at the places of its expression."""

    def __init__(self, rising: _Rising, sheet: Sheet, bonus: WalkBonus) -> None:
        assert bonus.base is not None  # noqa: S101  (a cascade has one)
        self._rising, self._finer = rising, rising.finer
        self._base = asked(sheet, _of_oneself(bonus.base.node))
        self._where = None if bonus.where is None else asked(sheet, _of_oneself(bonus.where.node))
        one = np.ones(1, dtype=np.int64)
        self._point = int(in_money(sheet, bonus, Column.scaled(one, 0, unit=bonus.base.type.unit)).values[0])
        written = (rising.earnings, rising.own, rising.base, rising.kept)
        self._earnings, self._own, self._bases, self._kept = map(_view, written)
        read = (rising.first, rising.order, rising.rows.payee, rising.rows.rate, rising.adds, rising.others)
        self._first, self._order, self._payee, self._rate, self._adds, self._others = map(_view, read)

    def take(self, persons: Ints) -> None:
        """Find what people bring, the deepest first, and add it to what their payees have."""
        for person in persons.tolist():
            if not self._earnings[person]:
                continue
            try:
                worth = self._worth(person)
            except Unsure:
                self._rising.take(np.array([person], dtype=np.int32))
                continue
            if worth is not None:
                self._add(person, worth)

    def _worth(self, person: int) -> int | None:
        """The base of somebody's walk in money; None where `where` does not hold."""
        if self._where is not None and not self._where(person):
            return None
        worth = self._base(person)
        if worth is None:
            raise Unsure
        return bounded(int(worth) * self._point)

    def _add(self, person: int, worth: int) -> None:
        for at in range(self._first[person], self._first[person + 1]):
            row = self._order[at]
            self._bases[row], self._kept[row] = worth, True
            if self._adds[row]:
                payee = self._payee[row]
                own = self._own[payee] + worth * self._rate[row]
                brought = self._others[payee] + own * self._finer
                refuse_overflow(max(abs(own), abs(brought)))
                self._own[payee], self._earnings[payee] = own, brought


def _bases(sheet: Sheet, bonus: WalkBonus, persons: Ints) -> tuple[Ints64, NDArray[np.bool_]]:
    """What the rates of some sources are taken of, and which of them bring something and fulfil `where`."""
    assert bonus.base is not None  # noqa: S101  (a cascade has one)
    frame = RowsFrame(sheet=sheet, size=len(persons), indices={"self": persons, "source": persons})
    there = sheet.person[earnings_name(bonus)].values[persons] != 0
    if bonus.where is not None:
        there = there & evaluate(bonus.where.node, frame).values
    values = np.zeros(len(persons), dtype=np.int64)
    values[there] = money(sheet, bonus, bonus.base, frame.some(there)).values
    return values, there


def _of_oneself(node: Node) -> Node:
    """An expression of a source that is a person, in which `source.` is that person."""
    return replaced(node, lambda part: evolve(part, subject="self") if _is_source(part) else None)


def _is_source(part: Node) -> TypeGuard[Name]:
    return isinstance(part, Name) and part.subject == "source"


def _view(array: NDArray[Any]) -> Any:
    """An array that is indexed quickly, one element at a time."""
    return memoryview(array)  # type: ignore[arg-type] # arrays are buffers


def _added(sums: Ints64, amounts: Ints64, place: NDArray[np.intp]) -> Ints64:
    """Sums, and amounts added to some of them, exactly."""
    if largest(sums) + largest(amounts) * max(len(amounts), 1) <= INT64_MAX:
        found = sums.copy()
        np.add.at(found, place, amounts)
        return found
    wide = sums.astype(object)
    np.add.at(wide, place, amounts.astype(object))
    refuse_overflow(largest(wide))
    return wide.astype(np.int64)
