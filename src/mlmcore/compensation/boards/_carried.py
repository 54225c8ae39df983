"""Boards as they are handed on: who sits where on those that are open, and the cycles that a later period may count.

What comes back is read with suspicion, since it may be written by hand, or by a plan whose boards had another shape: a
seat that means something else would pay somebody else.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from attrs import frozen

from mlmcore.compensation.boards._filling import Cycle, OpenBoard, Position
from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.plan import Board
from mlmcore.domain.errors import Findings
from mlmcore.genealogy import IdIndex

__all__ = ["NamedCycle", "named", "read_boards", "read_cycles", "rows_of_boards", "rows_of_cycles"]

_OF_BOARDS: Final = {
    "board": "number",
    "seat": "number",
    "above": "number",
    "position": "number",
    "person": "text",
    "entered": "date",
}
_OF_CYCLES: Final = {"board": "number", "date": "date", "person": "text", "entered": "date", "filled_by": "text"}
_TODO: Final = "correct what was handed on, or leave width and levels of the board as they were"


@frozen
class NamedCycle:
    """A cycle, of people by id; days since 1970."""

    board: int
    day: int
    person: str
    entered: int
    filled_by: str


@frozen
class _Row:
    """A row of a board."""

    board: int
    seat: int
    above: int
    position: int
    person: str
    entered: int


def named(cycles: Iterable[Cycle], ids: IdIndex) -> list[NamedCycle]:
    """Cycles with the people's ids instead of their positions."""
    label = ids.label
    return [NamedCycle(one.board, one.day, label(one.person), one.entered, label(one.filled_by)) for one in cycles]


def rows_of_boards(boards: Iterable[OpenBoard], width: int, ids: IdIndex) -> CarriedRows:
    """Everybody who sits on an open board, by board and seat; `above` is the seat directly above, -1 above the head."""
    taken = [(board.number, one) for board in boards for one in board.seats if one is not None]
    return CarriedRows(
        columns={
            "board": _whole(number for number, _ in taken),
            "seat": _whole(one.seat for _, one in taken),
            "above": _whole(_above(one.seat, width) for _, one in taken),
            "position": _whole(one.number for _, one in taken),
            "person": Column.texts(ids.labels(np.array([one.person for _, one in taken], dtype=np.int32))),
            "entered": _days(one.entered for _, one in taken),
        }
    )


def rows_of_cycles(cycles: Iterable[NamedCycle]) -> CarriedRows:
    """Cycles as they are handed on."""
    kept = list(cycles)
    return CarriedRows(
        columns={
            "board": _whole(one.board for one in kept),
            "date": _days(one.day for one in kept),
            "person": Column.texts(one.person for one in kept),
            "entered": _days(one.entered for one in kept),
            "filled_by": Column.texts(one.filled_by for one in kept),
        }
    )


def read_cycles(path: str, rows: CarriedRows | None, findings: Findings) -> list[NamedCycle]:
    """The cycles that the period before handed on."""
    if rows is None or _wrong_columns(path, rows, _OF_CYCLES, findings):
        return []
    return [NamedCycle(*values) for values in _values(rows, _OF_CYCLES)]


def read_boards(
    path: str, board: Board, rows: CarriedRows | None, ids: IdIndex, findings: Findings
) -> dict[int, dict[int, Position]]:
    """The positions that the period before handed on, by board and seat; nothing of a board with which one is wrong.

    Args:
        path: The name of the rows, for messages.
        board: What the plan says of the boards.
        rows: What was handed on.
        ids: The people of the run.
        findings: Takes what is wrong.
    """
    if rows is None or _wrong_columns(path, rows, _OF_BOARDS, findings):
        return {}
    by_board: dict[int, list[_Row]] = {}
    for row in (_Row(*values) for values in _values(rows, _OF_BOARDS)):
        by_board.setdefault(row.board, []).append(row)
    met: set[int] = set()
    found: dict[int, dict[int, Position]] = {}
    for number, taken in by_board.items():
        problem = next(_problems(board, number, taken, met), "")
        if problem:
            findings.add(code="inputs.board", what=problem, todo=_TODO, path=f"{path}: board {number}")
            continue
        persons = ids.find_labels([row.person for row in taken]).tolist()
        _find_gone(path, number, taken, persons, findings)
        found[number] = {
            row.seat: Position(row.position, person, row.entered) for row, person in zip(taken, persons, strict=True)
        }
    return found


def _find_gone(path: str, number: int, taken: list[_Row], persons: list[int], findings: Findings) -> None:
    for row, person in zip(taken, persons, strict=True):
        if person < 0:
            what = f"{row.person} has a position and is not among the people"
            todo = "give everybody who has a position on an open board; who left keeps it"
            findings.add(code="inputs.board", what=what, todo=todo, path=f"{path}: board {number}: person {row.person}")


def _problems(board: Board, number: int, taken: list[_Row], met: set[int]) -> Iterator[str]:
    """Why the rows of a board cannot be one of those that the plan describes."""
    seats = {row.seat for row in taken}
    if number < 1:
        yield "boards are numbered from 1"
    if len(seats) < len(taken):
        yield "a seat is taken twice"
    for row in taken:
        above = _above(row.seat, board.width)
        if not 0 <= row.seat < board.seats:
            yield f"{row.person} sits on seat {row.seat}, and {board.words} has the seats 0 to {board.seats - 1}"
        if row.above != above:
            yield f"seat {row.seat} stands below seat {row.above}, and in {board.words} below seat {above}"
        if row.seat and above not in seats:
            yield f"{row.person} sits on seat {row.seat}, and nobody on seat {above} above it"
        if row.position < 1 or row.position in met:
            yield f"position {row.position} of {row.person} is no number of its own, from 1"
        met.add(row.position)
    if len(taken) >= board.seats:
        yield f"every seat is taken, so that {board.words} would have cycled"


def _wrong_columns(path: str, rows: CarriedRows, wanted: Mapping[str, str], findings: Findings) -> bool:
    """Whether the columns are others than those that are handed on."""
    wrong = set(rows.columns) ^ set(wanted)
    wrong |= {name for name, column in rows.columns.items() if not wrong and not _is(column, wanted[name])}
    if wrong:
        what = f"{', '.join(sorted(wrong))} is not as it is handed on"
        todo = "the columns are " + ", ".join(f"{name} ({kind})" for name, kind in wanted.items())
        findings.add(code="inputs.board", what=what, todo=todo, path=path)
    return bool(wrong)


def _is(column: Column, kind: str) -> bool:
    if column.kind != kind:
        return False
    missing = column.values < 0 if kind == "text" else column.is_absent
    return column.places == 0 and (kind == "date" or not missing.any())


def _values(rows: CarriedRows, names: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """The rows as whole numbers, days and texts."""
    columns = [rows.columns[name] for name in names]
    plain = [
        [column.categories[code] for code in column.values.tolist()]
        if column.kind == "text"
        else column.values.tolist()
        for column in columns
    ]
    return zip(*plain, strict=True)


def _above(seat: int, width: int) -> int:
    """The seat directly above another; -1 above the head."""
    return (seat - 1) // width if seat > 0 else -1


def _whole(values: Iterable[int]) -> Column:
    return Column.scaled(np.fromiter(values, dtype=np.int64), 0)


def _days(values: Iterable[int]) -> Column:
    return Column.days(np.fromiter(values, dtype=np.int32))
