"""The rates of a `levels` bonus as a table by rank and level, and the rate of each row of a walk."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation._pairs import asks_whoever_is_reached
from mlmcore.compensation.bonuses._decay import last_level_of_decay
from mlmcore.compensation.columns import Column, scaled_integer
from mlmcore.compensation.expressions.evaluate import FractionColumn, evaluate, fractions
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import number
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.genealogy.walks import UNLIMITED, LevelWalk

__all__ = ["RateTable"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class RateTable:
    """A bonus's rates by rank and level, as expressions, with one column for all levels beyond the last of the lists.

    Attributes:
        rows: The rates of each row: of nobody's rank first, then of each rank; one row where ranks play no part.
        face: The rate of each level in the plan itself; None where it has none.
        row_of_person: int32[n]: each person's row.
        first_level: The level of the first column.
        last_level: The last level that is offered, `UNLIMITED` where they never end.
    """

    rows: tuple[tuple[Expression | None, ...], ...]
    face: tuple[Expression | None, ...]
    row_of_person: Ints
    first_level: int
    last_level: int

    @classmethod
    def of(cls, sheet: Sheet, bonus: LevelsBonus) -> "RateTable":
        """Read the rates of a bonus."""
        lists = _lists(sheet, bonus)
        longest = max(map(len, lists))
        endless = bonus.beyond is not None or bonus.rate is not None or bonus.rate_by_rank is not None
        rows = tuple(_padded(row, longest, bonus.beyond, endless) for row in lists)
        ranked = bonus.rates_by_rank is not None or bonus.rate_by_rank is not None
        rank = sheet.person["rank"].values.astype(np.int32) + 1 if ranked else np.zeros(sheet.size, dtype=np.int32)
        face = tuple(_highest(column) for column in zip(*rows, strict=True))
        if bonus.rate is not None:
            face = (bonus.face_rate,) * len(face)
        last = UNLIMITED if endless else bonus.first_level + longest - 1
        if bonus.decay is not None:
            fades = last_level_of_decay(bonus, sheet.plan.rounding.mode)
            last = last if fades is None else fades
        return cls(rows=rows, face=face, row_of_person=rank, first_level=bonus.first_level, last_level=last)

    @property
    def has_face(self) -> bool:
        """Whether a level may be worth something where nobody stands."""
        return any(rate is not None for rate in self.face)

    @property
    def has_rate(self) -> Bools:
        """bool[rows, width] for the walk: by level from 0 on."""
        lead = [False] * self.first_level
        return np.array([[*lead, *(rate is not None for rate in row)] for row in self.rows], dtype=np.bool_)

    @property
    def offered(self) -> Bools:
        """bool[width] for the walk: a level is offered when somebody may have a rate there."""
        lead = [False] * self.first_level
        return np.array([*lead, *(any(rate is not None for rate in column) for column in zip(*self.rows, strict=True))])

    def rates(self, walked: LevelWalk, frame: RowsFrame) -> Column:
        """The rate of each row: the person's own, or where there is none, the level's."""
        if self.are_numbers:
            return self.known_rates(walked)
        parts = [(rows, evaluate(rate.node, frame.some(rows))) for rows, rate in self._groups(walked)]
        places = max((rate.type.places for rate in self._written), default=0)  # whichever the data reaches
        return _together(parts, len(walked), places)

    @property
    def are_numbers(self) -> bool:
        """Whether every rate is a number."""
        return not self.divides and all(isinstance(rate.node, Constant) for rate in self._written)

    def numbers(self) -> tuple[Ints64, int]:
        """int64[rows + 1, width], where all are numbers: by row and level, 0 for no rate; and their decimal places.

        Whoever has no rate of their own has the level's, which is also the last row: that of nobody.
        """
        places = max((rate.type.places for rate in self._written), default=0)
        face = [_scaled(rate, places) for rate in self.face]
        own = [
            [_scaled(face if rate is None else rate, places) for rate, face in zip(row, self.face, strict=True)]
            for row in self.rows
        ]
        return np.array([*own, face], dtype=np.int64), places

    def known_rates(self, walked: LevelWalk) -> Column:
        """As `rates`, where all are numbers: a table by row and level, looked up for all rows at once."""
        table, places = self.numbers()
        row = np.append(self.row_of_person, np.int32(len(self.rows)))[walked.node]
        return Column.scaled(table[row, np.minimum(walked.level - self.first_level, len(self.face) - 1)], places)

    def payees_rates(self, walked: LevelWalk, everybody: RowsFrame) -> Column:
        """As `rates`, where there is one formula for all levels, which asks the payee alone; the face is a number."""
        rate, face = self.rows[0][0], self.face[0]
        assert rate is not None  # noqa: S101  (it is the formula)
        places = rate.type.places if face is None else max(rate.type.places, face.type.places)
        values = np.full(len(walked), _scaled(face, places), dtype=np.int64)
        there = np.flatnonzero(walked.node >= 0)
        values[there] = evaluate(rate.node, everybody.some(walked.node[there])).at_places(places).values
        return Column.scaled(values, places)

    def fractions(self, walked: LevelWalk, frame: RowsFrame) -> FractionColumn:
        """As `rates`, where some are unrounded divisions."""
        top, bottom = np.zeros(len(walked), dtype=object), np.ones(len(walked), dtype=object)
        for rows, rate in self._groups(walked):
            found = fractions(rate.node, frame.some(rows))
            top[rows], bottom[rows] = found.top, found.bottom
        return FractionColumn(top, bottom)

    @property
    def divides(self) -> bool:
        """Whether some rate is an unrounded division."""
        return any(rate.type.ratio for rate in self._written)

    @property
    def _written(self) -> Iterator[Expression]:
        return (rate for row in (*self.rows, self.face) for rate in row if rate is not None)

    def _groups(self, walked: LevelWalk) -> Iterator[tuple[NDArray[np.intp], Expression]]:
        column = np.minimum(walked.level - self.first_level, len(self.face) - 1)
        row = np.where(walked.node >= 0, self.row_of_person[np.maximum(walked.node, 0)], -1)
        for at in np.unique(column).tolist():
            for own in np.unique(row[column == at]).tolist():
                rate = self.rows[own][at] if own >= 0 else None
                rate = self.face[at] if rate is None else rate
                if rate is not None and (own >= 0 or not asks_whoever_is_reached(rate.node)):  # of nobody it is nothing
                    yield np.flatnonzero((column == at) & (row == own)), rate


def _lists(sheet: Sheet, bonus: LevelsBonus) -> list[tuple[Expression | None, ...]]:
    """A list of rates for each row of the table."""
    if bonus.amounts is not None:
        return [(_ONE,) * len(bonus.amounts)]
    if bonus.rate is not None:
        return [(bonus.rate,)]
    if bonus.rates is not None:
        return [tuple(map(_or_none, bonus.rates))]
    by_rank: Mapping[str, tuple[Expression, ...]] = bonus.rates_by_rank or {
        rank: (rate,) for rank, rate in (bonus.rate_by_rank or {}).items()
    }
    return [(), *(tuple(map(_or_none, by_rank.get(rank, ()))) for rank in sheet.plan.rank_ids)]


_ONE: Final = Expression(text="1", checked=Constant(type=number(), value=Decimal(1)))


def _scaled(rate: Expression | None, places: int) -> int:
    """A rate that is a number, scaled; 0 for no rate."""
    value = None if rate is None else rate.constant
    return scaled_integer(value, places) if isinstance(value, Decimal) else 0


def _or_none(rate: Expression) -> Expression | None:
    """A rate, or None where the plan writes `none`: no rate."""
    return None if isinstance(rate.node, Constant) and rate.node.value is None else rate


def _padded(
    row: tuple[Expression | None, ...], length: int, beyond: Expression | None, endless: bool
) -> tuple[Expression | None, ...]:
    """A row as long as the longest, and one more column for the levels beyond it.

    After a row's own list comes `beyond`; a rank that the plan gives no list has no rate at any level.
    """
    after = beyond if beyond is not None else row[-1] if endless and row else None
    if not row:
        after = None
    return (*row, *((after,) * (length + 1 - len(row))))


def _highest(column: tuple[Expression | None, ...]) -> Expression | None:
    """The face rate of a level: the highest that any row has there."""
    rates = [rate for rate in column if rate is not None]
    if all(rate is rates[0] for rate in rates):
        return rates[0] if rates else None
    return max(rates, key=lambda rate: rate.node.value)  # type: ignore[attr-defined]  # the loader asks for numbers


def _together(parts: list[tuple[NDArray[np.intp], Column]], size: int, places: int) -> Column:
    """The rates of all rows as one column; 0 and absent where a rate is none."""
    values, absent = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    for rows, column in parts:
        values[rows] = column.at_places(places).values
        if column.absent is not None:
            absent[rows] = column.absent
    return Column.scaled(np.where(absent, 0, values), places, absent=absent if absent.any() else None)
