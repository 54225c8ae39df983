"""What an expression is evaluated over: rows that hand out columns by name and values of aggregates."""

from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import NONE_DAY, Column
from mlmcore.compensation.expressions._problems import problem
from mlmcore.compensation.expressions.tree import Aggregate, Name, Ordinal, Upward
from mlmcore.compensation.plan import Rounding, Table
from mlmcore.domain.periods import Period

Rows = NDArray[np.intp]
"""Positions of rows in a frame."""


class Frame(Protocol):
    """The rows over which an expression is evaluated."""

    @property
    def size(self) -> int:
        """How many rows there are."""

    @property
    def period(self) -> Period:
        """The period of the run."""

    @property
    def rounding(self) -> Rounding:
        """The plan's rounding, for `round` without a mode."""

    def column(self, ref: Name) -> Column:
        """Return a column by name, one value per row; `period.start` and `period.end` are never asked."""

    def aggregate(self, node: Aggregate) -> Column:
        """Return an aggregate's value for each row's person; numbers at `node.type.places` or fewer."""

    def uplines(self, node: Upward) -> "tuple[NDArray[np.bool_], Frame]":
        """Return which rows have somebody above as `node` means it, and those people as a frame, a row for each."""

    def ordinal(self, node: Ordinal) -> Column:
        """Return which of the person's orders or events each row is, of those for which something holds."""

    def table(self, name: str) -> Table:
        """Return one of the plan's tables."""

    @property
    def rank_ids(self) -> tuple[str, ...]:
        """The plan's rank ids, lowest first."""

    def row_name(self, row: int) -> str:
        """Say which row this is, for messages: `person 'bob'`, `order '17'`."""


def select(frame: Frame, rows: Rows) -> Frame:
    """Return some rows of a frame, as a frame; aggregates are still asked of the whole."""
    return _Selected(frame, rows)


def needed(column: Column, frame: Frame) -> Column:
    """Require a value in every row of a number or date column.

    Raises:
        InputError: A row has none.
    """
    missing = column.absent if column.kind == "number" else column.values == NONE_DAY
    if missing is not None and missing.any():
        raise problem("a value is missing", frame, int(np.argmax(missing)), "give it, or test it: x != none")
    return column


@frozen
class _Selected:
    """Some rows of a frame, as a frame."""

    whole: Frame
    rows: Rows

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def period(self) -> Period:
        return self.whole.period

    @property
    def rounding(self) -> Rounding:
        return self.whole.rounding

    @property
    def rank_ids(self) -> tuple[str, ...]:
        return self.whole.rank_ids

    def column(self, ref: Name) -> Column:
        return self.whole.column(ref).take(self.rows)

    def aggregate(self, node: Aggregate) -> Column:
        return self.whole.aggregate(node).take(self.rows)

    def uplines(self, node: Upward) -> tuple[NDArray[np.bool_], Frame]:
        there, above = self.whole.uplines(node)
        mine = there[self.rows]
        return mine, _Selected(above, (np.cumsum(there) - 1)[self.rows[mine]])

    def ordinal(self, node: Ordinal) -> Column:
        return self.whole.ordinal(node).take(self.rows)

    def table(self, name: str) -> Table:
        return self.whole.table(name)

    def row_name(self, row: int) -> str:
        return self.whole.row_name(int(self.rows[row]))
