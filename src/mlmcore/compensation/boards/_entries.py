"""Who takes positions in a period, one row after the other: by date, orders before events, then id, then board."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import RowsFrame, Sheet, events_frame, orders_frame
from mlmcore.compensation.plan import Board, Plan
from mlmcore.domain.errors import Finding, InputError

__all__ = ["Entry", "entries_of"]

_EVENTS: Final = "events."
Ints = NDArray[np.int32]


@frozen
class Entry:
    """A row that brings positions.

    Attributes:
        board: The name of the boards on which they are taken.
        person: Who takes them.
        day: The row's day.
        count: How many.
    """

    board: str
    person: int
    day: int
    count: int


def entries_of(plan: Plan, sheet: Sheet) -> Iterator[Entry]:
    """Yield the entries of a run's period in their order; of one row the boards by their names.

    The order of a table's keys means nothing in a plan, so document order would not do.

    Args:
        plan: A checked plan.
        sheet: What is known before the run.

    Raises:
        InputError: What a row brings is no whole number from 0.
    """
    names = sorted(name for name, board in plan.boards.items() if board.source is not None)
    places = _places(sheet, sorted({plan.boards[name].source or "" for name in names}))
    found = [_of_board(sheet, plan.boards[name], places) for name in names]
    rows = [(*row, name) for name, (*columns,) in zip(names, found, strict=True) for row in zip(*columns, strict=True)]
    for day, _, person, count, name in sorted(rows, key=_turn):
        yield Entry(name, person, day, count)


def _turn(row: tuple[int, int, int, int, str]) -> tuple[int, int, str]:
    day, place, _, _, name = row
    return day, place, name


def _of_board(sheet: Sheet, board: Board, places: dict[str, NDArray[np.int64]]) -> tuple[list[int], ...]:
    """Of each row that brings positions: day, place among the rows of a day, who takes them, how many."""
    source = board.source or ""
    frame = _rows(sheet, board, source)
    frame = frame.some(np.flatnonzero(evaluate(board.where.node, frame).values))
    counts = _whole(board, evaluate(board.entries.node, frame), frame)
    rows = frame.persons("order")
    columns = (sheet.rows.dated(source).date[rows], places[source][rows], frame.persons("source"), counts)
    return tuple(column.tolist() for column in columns)


def _rows(sheet: Sheet, board: Board, source: str) -> RowsFrame:
    """The rows of the period; no refunds, and no orders of which nobody would take the position."""
    window = sheet.rows.within(sheet.rows.period, source)
    rows = np.arange(window.start, window.stop, dtype=np.int32)
    if source != "orders":
        return events_frame(sheet, source, rows, source=sheet.rows.events[source.removeprefix(_EVENTS)].person[rows])
    orders = sheet.rows.orders
    who = orders.seller if board.from_ == "seller" else orders.buyer
    rows = rows[(orders.refund_of[rows] < 0) & (who[rows] >= 0)]
    return orders_frame(sheet, rows, source=who[rows])


def _places(sheet: Sheet, sources: list[str]) -> dict[str, NDArray[np.int64]]:
    """The place of each row among those of its day: orders by id, then events by id and name."""
    events = [name for name in sources if name != "orders"]
    labels = [(label, name, row) for name in events for row, label in enumerate(_labels(sheet, name))]
    count = len(sheet.rows.orders)
    found = {name: np.zeros(len(sheet.rows.dated(name)), dtype=np.int64) for name in events}
    for place, (_, name, row) in enumerate(sorted(labels), start=count):
        found[name][row] = place
    return {"orders": np.arange(count, dtype=np.int64), **found}


def _labels(sheet: Sheet, name: str) -> list[str]:
    table = sheet.rows.dated(name)
    return table.ids.labels(np.arange(len(table)))


def _whole(board: Board, counts: Column, frame: RowsFrame) -> NDArray[np.int64]:
    """How many positions each row brings.

    Raises:
        InputError: Some number is none, negative or no whole one.
    """
    unit = 10**counts.places
    wrong = np.flatnonzero(counts.is_absent | (counts.values < 0) | (counts.values % unit != 0))
    if not len(wrong):
        whole: NDArray[np.int64] = counts.values // unit
        return whole
    first, place = int(wrong[0]), board.entries.place
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    what = f"{board.entries.text!r} is {counts.text(first)} for {frame.row_name(first)}{more}"
    todo = (
        "a row brings a whole number of positions, from 0: put a floor(...) around it, or leave the row out by `where`"
    )
    path = place.path or f"boards.{board.name}.entries"
    raise InputError([Finding(code="plan.board", what=what, todo=todo, file=place.file, line=place.line, path=path)])
