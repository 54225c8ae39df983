"""Evaluate a checked expression over columns: vectorised and exact.

The caller supplies a `Frame`: rows of some kind (people, orders, pairs of a walk) that can hand out columns by name
and values of aggregates. This module knows arithmetic, comparison and choice; it knows no trees and no orders.
"""

from typing import Protocol

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node
from mlmcore.compensation.plan import Rounding, Table
from mlmcore.domain.periods import Period


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
        """Return a column by name, one value per row."""

    def aggregate(self, node: Aggregate) -> Column:
        """Return an aggregate's value for each row's person; numbers at `node.type.places` or fewer."""

    def table(self, name: str) -> Table:
        """Return one of the plan's tables."""

    def row_name(self, row: int) -> str:
        """Say which row this is, for messages: `person 'bob'`, `order '17'`."""


def evaluate(node: Node, frame: Frame) -> Column:
    """Evaluate an expression on every row.

    Args:
        node: A checked expression that is no ratio.
        frame: The rows.

    Returns:
        A column of `frame.size` rows with the kind, unit and places of `node.type`.

    Raises:
        InputError: A value is missing where one is needed, a table has no such row, or a number leaves int64.
    """
    raise AssertionError((node, frame))
