"""Frames made of dicts, and the namespace that goes with them, for tests of expressions."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.check import check
from mlmcore.compensation.expressions.evaluate import Frame, evaluate
from mlmcore.compensation.expressions.names import MEASURE, Context, Namespace
from mlmcore.compensation.expressions.tree import Aggregate, Constant, Name, Node, Ordinal, Upward
from mlmcore.compensation.expressions.types import BOOLEAN, DATE, PERSON, RANK, TEXT, number
from mlmcore.compensation.plan import KeyTable, Rounding, Table, ThresholdTable
from mlmcore.domain.exact import RoundingMode
from mlmcore.domain.periods import Period

RANKS = ("bronze", "silver", "gold")
TABLES: Mapping[str, Table] = {
    "steps": ThresholdTable(
        name="steps",
        rows=((Decimal(0), Decimal("0.03")), (Decimal("99.5"), Decimal("0.06")), (Decimal(500), Decimal("0.125"))),
        below=Decimal(-1),
    ),
    "strict": ThresholdTable(name="strict", rows=((Decimal(0), Decimal(1)), (Decimal(10), Decimal(2)))),
    "tax": ThresholdTable(
        name="tax",
        rows=((Decimal(-1000), Decimal("0.1")), (Decimal("0.5"), Decimal("0.2")), (Decimal(100), Decimal("0.3"))),
        mode="marginal",
    ),
    "by_rank": KeyTable(
        name="by_rank", by=("rank",), rows={("bronze",): Decimal(1), ("gold",): Decimal("2.5")}, missing=Decimal(0)
    ),
    "by_text": KeyTable(name="by_text", by=("key",), rows={("eu",): Decimal("0.2")}, missing="error"),
    "by_level": KeyTable(
        name="by_level",
        by=("rank", "level"),
        rows={("bronze", "1"): Decimal("0.05"), ("gold", "1"): Decimal("0.05"), ("gold", "2"): Decimal("0.03")},
        missing=Decimal(0),
    ),
}
NAMESPACE = Namespace(
    person={
        "id": PERSON,
        "x": number(None, 2),
        "y": number(None, 2),
        "n": number(),
        "cash": number("money", 2),
        "volume": number("points", 2),
        "o": number(None, 2, optional=True),
        "flag": BOOLEAN,
        "text": TEXT.as_optional(),
        "day": DATE,
        "start": DATE,
        "lapsed": DATE.as_optional(),
        "rank": RANK,
        "broken": None,
    },
    order={"pv": number("points", 2), "cv": number("money", 2), "date": DATE, "seller": PERSON, "flagged": BOOLEAN},
    run={"period.start": DATE, "period.end": DATE},
    constants={
        "limit": Constant(type=number(), value=Decimal(100), name="limit"),
        "nought": Constant(type=number(), value=Decimal(0), name="nought"),
        "house": Constant(type=PERSON, value=-2, name="house"),
        **{rank: Constant(type=RANK, value=index, name=rank) for index, rank in enumerate(RANKS)},
    },
    tables=dict(TABLES),
    trees=("sponsor", "placement"),
    default_tree="sponsor",
    rank_ids=RANKS,
)


@frozen(kw_only=True)
class RowsFrame:
    """A frame over columns; `aggregates` are handed out by the function's name."""

    columns: Mapping[str, Column]
    size: int
    aggregates: Mapping[str, Column] = field(factory=dict)
    rounding: Rounding = field(factory=lambda: Rounding(mode=RoundingMode.HALF_EVEN, places=2, at="line"))
    rank_ids: tuple[str, ...] = RANKS

    @property
    def period(self) -> Period:
        """March 2026."""
        return Period.parse("2026-03", "UTC")

    def column(self, ref: Name) -> Column:
        """Return a column by name."""
        return self.columns[ref.name]

    def aggregate(self, node: Aggregate) -> Column:
        """Return the prepared column."""
        return self.aggregates[node.function]

    def ordinal(self, node: Ordinal) -> Column:
        raise NotImplementedError(node)

    def uplines(self, node: Upward) -> "tuple[NDArray[np.bool_], Frame]":
        """These rows are no people, and stand below nobody."""
        raise NotImplementedError(node)

    def table(self, name: str) -> Table:
        """Return a table."""
        return TABLES[name]

    def row_name(self, row: int) -> str:
        """Name a row."""
        return f"row {row}"


def typed(text: str, context: Context = MEASURE) -> Node:
    """Check an expression that is right."""
    node, errors = check(text, NAMESPACE, context)
    assert node is not None, [(error.what, error.todo) for error in errors]
    return node


def problems(text: str, context: Context = MEASURE) -> list[tuple[str, str, int]]:
    """Return everything that is wrong with an expression."""
    _, errors = check(text, NAMESPACE, context)
    return [(error.what, error.todo, error.at) for error in errors]


def values(text: str, frame: RowsFrame) -> list[Any]:
    """Evaluate an expression and read every row."""
    column = evaluate(typed(text), frame)
    return [column.value(row) for row in range(frame.size)]


def numbers(name: str, items: Sequence[Decimal | int | None], places: int = 2) -> RowsFrame:
    """Make a frame of one number column."""
    return RowsFrame(columns={name: Column.numbers(items, places=places)}, size=len(items))
