"""Who shares a pool, in which place, and how many shares each has: the exact mean of the places that ties fill."""

from math import lcm
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, walk
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame, run_frame
from mlmcore.compensation.plan import PoolBonus
from mlmcore.domain.errors import Finding, InputError

__all__ = ["Placed", "Shares", "placed", "shares_of"]

Ints64 = NDArray[np.int64]

_PAIRS_LIMIT: Final = 20_000_000
"""Most pairs of somebody and a place that ties may make, where the shares read more than the place."""


@frozen(kw_only=True, eq=False)
class Placed:
    """Who is in the divisor of a pool, in the order of ids.

    Attributes:
        people: int32[k]: the persons.
        place: int64[k]: the place of each, the first of those that ties fill; 0 where nobody is placed.
        filled: int64[k]: how many places somebody fills together with whom they share it, else 1.
    """

    people: NDArray[np.int32]
    place: Ints64
    filled: Ints64

    def column(self, size: int) -> Column:
        """The place of everybody, none of whom has no place."""
        values, absent = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.bool_)
        values[self.people], absent[self.people] = self.place, False
        return Column.scaled(values, 0, absent=absent)

    def some(self, rows: NDArray[Any]) -> "Placed":
        """Some of them."""
        return Placed(people=self.people[rows], place=self.place[rows], filled=self.filled[rows])


@frozen(kw_only=True, eq=False)
class Shares:
    """How many shares each has, exactly.

    Attributes:
        top: Whole numbers, int64 or Python ints; shares are `top / bottom`.
        bottom: The same for all, positive.
    """

    top: _wide.Wide
    bottom: int


def placed(sheet: Sheet, bonus: PoolBonus) -> Placed:
    """Everybody who is eligible, with their places; without `order_by` nobody has one.

    Raises:
        InputError: A value is missing.
    """
    everybody = people_frame(sheet)
    people = np.flatnonzero(evaluate(bonus.eligible.node, everybody).values).astype(np.int32)
    people = people[np.argsort(sheet.rows.network.ids.rank[people])]
    nothing, one = np.zeros(len(people), dtype=np.int64), np.ones(len(people), dtype=np.int64)
    if bonus.order_by is None:
        return Placed(people=people, place=nothing, filled=one)
    values = evaluate(bonus.order_by.node, everybody.some(people)).values
    found = Placed(people=people, place=_places(sheet, bonus, people, values), filled=one)
    if bonus.ties == "share":
        found = _shared(found, values)
    return found if bonus.top is None else found.some(found.place <= _whole(sheet, bonus.top))


def shares_of(sheet: Sheet, bonus: PoolBonus, expression: Expression, who: Placed) -> Shares:
    """How many shares each has; whoever fills a place together with others, the mean of their places.

    Raises:
        InputError: Somebody has fewer than none, or too many tie.
    """
    name = f"{bonus.id}.place"
    if (who.filled == 1).all() or not _reads(expression, name):
        column = evaluate(expression.node, people_frame(sheet).some(who.people))
        shares = Shares(top=column.values, bottom=10**column.places)
    else:
        shares = _means(sheet, bonus, expression, who)
    _refuse_negative(sheet, bonus, expression, who, shares)
    return shares


def _places(sheet: Sheet, bonus: PoolBonus, people: NDArray[np.int32], values: Ints64) -> Ints64:
    """1 for the largest, and so on; people are in the order of ids, which decides between equals."""
    keys: tuple[NDArray[Any], ...] = (np.arange(len(people)), -values)
    if bonus.ties == "joined":
        keys = (np.arange(len(people)), sheet.rows.people.joined[people], -values)
    place = np.empty(len(people), dtype=np.int64)
    place[np.lexsort(keys)] = np.arange(1, len(people) + 1)
    return place


def _shared(found: Placed, values: Ints64) -> Placed:
    """One place, the first that they fill, for all who are equal."""
    _, group, count = np.unique(values, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    first = np.full(len(count), len(values) + 1, dtype=np.int64)
    np.minimum.at(first, group, found.place)
    return evolve(found, place=first[group], filled=count[group].astype(np.int64))


def _whole(sheet: Sheet, expression: Expression) -> int:
    column = evaluate(expression.node, run_frame(sheet))
    whole: int = int(column.values[0]) // 10**column.places
    return whole


def _reads(expression: Expression, name: str) -> bool:
    return any(found.name == name for found in expression.names)


def _means(sheet: Sheet, bonus: PoolBonus, expression: Expression, who: Placed) -> Shares:
    """The mean over the places that each fills: evaluated for each of them, by person only where persons matter."""
    name = f"{bonus.id}.place"
    _, first, group = np.unique(who.place, return_index=True, return_inverse=True)
    alike = all(_only_place(node, name) for node in walk(expression.node))
    asked = first if alike else np.arange(len(who.people))
    _refuse_too_many(bonus, int(who.filled[asked].sum()))
    row = np.repeat(np.arange(len(asked)), who.filled[asked])
    nth = np.arange(len(row)) - (np.cumsum(who.filled[asked]) - who.filled[asked])[row]
    frame = _AtPlaces(
        sheet=sheet,
        size=len(row),
        indices={"self": who.people[asked][row]},
        name=name,
        places=Column.scaled(who.place[asked][row] + nth, 0),
    )
    column = evaluate(expression.node, frame)
    sums = np.zeros(len(asked), dtype=object)
    np.add.at(sums, row, column.values.astype(object))
    sums = sums[group.reshape(-1)] if alike else sums
    common = lcm(*map(int, np.unique(who.filled)))
    return Shares(top=sums * (common // who.filled.astype(object)), bottom=common * 10**column.places)


def _only_place(node: object, name: str) -> bool:
    if isinstance(node, Aggregate):
        return False
    return not isinstance(node, Name) or node.subject == "run" or node.name == name


@frozen(kw_only=True, eq=False)
class _AtPlaces(RowsFrame):
    """People, each in a place that need not be the one that they have.

    Attributes:
        name: The column that holds places.
        places: The place of each row.
    """

    name: str
    places: Column

    def column(self, ref: Name) -> Column:
        return self.places if ref.name == self.name else super().column(ref)


def _refuse_too_many(bonus: PoolBonus, pairs: int) -> None:
    if pairs > _PAIRS_LIMIT:
        what = f"so many tie in {bonus.id} that their shares would be computed for {pairs} pairs of person and place"
        todo = 'let `shares` read nothing but the place, or write ties = "joined" or "id"'
        raise InputError([bonus.finding("plan.ties", what, todo, "ties")])


def _refuse_negative(sheet: Sheet, bonus: PoolBonus, expression: Expression, who: Placed, shares: Shares) -> None:
    findings = [
        Finding(
            code="plan.negative",
            what=f"{sheet.rows.network.ids.label(int(person))} has fewer than no shares of {bonus.id}",
            todo=f"write max(0, {expression.text}), or leave such people out with `eligible`",
            file=expression.place.file,
            line=expression.place.line,
            path=expression.place.path or f"bonuses.{bonus.id}.shares",
        )
        for person in who.people[_wide.truth(shares.top < 0)]
    ]
    if findings:
        raise InputError(findings)
