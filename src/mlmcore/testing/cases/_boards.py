"""Who sits where on boards that are open: what a case says of the periods before it."""

from collections.abc import Mapping
from datetime import date

from attrs import frozen

from mlmcore.compensation._row_names import BOARD
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.types import DATE
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.plan import Board, Plan
from mlmcore.domain.errors import nearest
from mlmcore.testing.cases._document import Node, Source, Text
from mlmcore.testing.cases._outline import Row, read_outline
from mlmcore.testing.cases._values import read_typed

__all__ = ["read_boards"]

_ENTERED = "entered"
_DATE = DATE.as_optional()


@frozen(kw_only=True)
class _Taken:
    """A seat that somebody has."""

    board: int
    seat: int
    above: int
    person: str
    entered: date | None

    def age(self) -> tuple[date, int, int]:
        """Who came earlier is less: by the day, where it is said; then by board and seat."""
        return self.entered or date.min, self.board, self.seat


def read_boards(node: Node | None, plan: Plan, source: Source) -> dict[str, CarriedRows]:
    """The boards that are drawn, by name and number, as the period before hands them on."""
    section = source.keyed(node, plan.boards)
    found: dict[str, CarriedRows] = {}
    for name, drawn in section.entries.items() if section is not None else ():
        numbered = source.keyed(drawn) if name in plan.boards else None
        taken: list[_Taken] = []
        for number, outline in numbered.entries.items() if numbered is not None else ():
            taken += _board(number, outline, plan, plan.boards[name], source)
        if taken:
            found[f"{BOARD}{name}"] = _carried(taken)
    return found


def _board(number: str, drawn: Node, plan: Plan, board: Board, source: Source) -> list[_Taken]:
    """Everybody on one board: the head, and below whom the others sit, from the left."""
    if not (number.isascii() and number.isdigit() and int(number)):
        source.wrong(drawn, f"{number!r} is no number of a board", "write 1, or a later one")
    elif not isinstance(drawn, Text):
        source.wrong(drawn, "is no outline", "write | here, and the board below it, indented, the head first")
    else:
        rows = read_outline(drawn, source)
        seats = _seats(rows, drawn, board, source)
        taken = [_taken(int(number), rows, at, seats, drawn, plan, source) for at in range(len(rows))]
        if sorted(seats) == list(range(board.seats)):
            source.wrong(drawn, f"every seat is taken, so that {board.words} would have cycled", "draw what is open")
        return taken
    return []


def _seats(rows: list[Row], drawn: Text, board: Board, source: Source) -> list[int]:
    """The seat of each row: below whoever stands above, beside those who are drawn before."""
    seats: list[int] = []
    beside: dict[int, int] = {}
    for at, row in enumerate(rows):
        leg = beside[row.above] = beside.get(row.above, 0) + 1
        seat = board.width * seats[row.above] + leg if row.above >= 0 else 0
        path = f"{drawn.path}.{row.id}"
        if row.above < 0 and at:
            source.wrong_at(row.line, path, "is a second head", "indent everybody below the head")
        elif row.above >= 0 and leg > board.width:
            source.wrong_at(row.line, path, f"is number {leg} below {row.upline}, in {board.words}", "draw fewer")
        elif seat >= board.seats:
            source.wrong_at(row.line, path, f"stands below the last row of {board.words}", "draw fewer rows")
        seats.append(seat)
    return seats


def _taken(number: int, rows: list[Row], at: int, seats: list[int], drawn: Text, plan: Plan, source: Source) -> _Taken:
    row = rows[at]
    path = f"{drawn.path}.{row.id}"
    for key in row.fields:
        if key != _ENTERED:
            source.wrong_at(row.line, path, f"unknown key {key!r}", nearest(key, [_ENTERED]), "cases.unknown-key")
    text = row.fields.get(_ENTERED)
    entered = None if text is None else read_typed(text, _DATE, plan, source, row.line, f"{path}.{_ENTERED}")
    above = seats[row.above] if row.above >= 0 else -1
    day = entered if isinstance(entered, date) else None
    return _Taken(board=number, seat=seats[at], above=above, person=row.id, entered=day)


def _carried(taken: list[_Taken]) -> CarriedRows:
    """The rows as a run hands them on; positions are numbered by age."""
    age: Mapping[tuple[int, int], int] = {
        (one.board, one.seat): number for number, one in enumerate(sorted(taken, key=_Taken.age), start=1)
    }
    return CarriedRows(
        columns={
            "board": Column.numbers([one.board for one in taken], places=0),
            "seat": Column.numbers([one.seat for one in taken], places=0),
            "above": Column.numbers([one.above for one in taken], places=0),
            "position": Column.numbers([age[one.board, one.seat] for one in taken], places=0),
            "person": Column.texts([one.person for one in taken]),
            "entered": Column.dates([one.entered for one in taken]),
        }
    )
