"""What a board must and may say, and that its cycles come to an end.

A board that cycles leaves so many boards, each of which needs its last row filled anew; so in the long run a board
cycles once for as many positions as its last row has seats. If each position then led to one more, or to more than
one, filling boards would never end.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._known_before import known_before
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions._aggregates import DECLARE_EVENTS
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Board, Plan
from mlmcore.compensation.plan.boards import SEATS_MAX
from mlmcore.genealogy.spillover.structure import WIDTH_MAX

__all__ = ["check_boards"]

_WHEN: Final = "boards are filled before anything is computed"
_ORDERS: Final = "orders"
_MISSING: Final = "is missing"
_ALWAYS: Final = Expression(text="true")
_ONE: Final = Expression(text="1")
Wrong = Iterator[tuple[str, str, str]]
"""Key, what is wrong, and what to do."""


def check_boards(plan: Plan, sheet: Sheet) -> dict[str, Board]:
    """Check the boards of a plan and return them typed; after everything else of the plan was typed.

    Args:
        plan: The plan, its measures and order columns typed where they are right.
        sheet: Types expressions against what the plan declares.
    """
    wrong = [(board, *found) for board in plan.boards.values() for found in _wrong(board, plan)]
    for board, key, what, todo in wrong:
        sheet.wrong(board.place, what, todo, key=key, code="plan.missing" if what == _MISSING else "plan.value")
    if not any(found.path.startswith("boards.") for found in sheet.findings):
        _check_entered(plan, sheet)
        _check_end(plan, sheet)
    return {name: _typed(board, plan, sheet) for name, board in plan.boards.items()}


def _wrong(board: Board, plan: Plan) -> Wrong:
    yield from _sources(board, plan)
    yield from _uplines(board, plan)
    yield from _shapes(board)
    yield from _next(board, plan)


def _typed(board: Board, plan: Plan, sheet: Sheet) -> Board:
    where = sheet.condition(board.where, _asked(board, plan))
    entries = sheet.number(board.entries, _asked(board, plan))
    return evolve(
        board,
        where=known_before(where, plan, sheet, _WHEN),
        entries=known_before(entries, plan, sheet, _WHEN),
    )


def _asked(board: Board, plan: Plan) -> names.Context:
    """What names mean: the row's columns, then those of the person who takes the position."""
    given = board.source is not None and board.source.removeprefix(names.EVENTS) in plan.inputs.events
    return names.of_rows(names.BOARD_ENTRY, board.source if given else None)


def _sources(board: Board, plan: Plan) -> Wrong:
    if board.source is None:
        said = {"from": board.from_ is not None, "where": board.where != _ALWAYS, "entries": board.entries != _ONE}
        yield from ((key, "means nothing without `source`", "leave it out") for key, there in said.items() if there)
    elif board.source == _ORDERS:
        if board.from_ is None:
            yield "from", _MISSING, f"say who takes the position: {explained(choices.FROM)}"
    else:
        if board.from_ is not None:
            yield "from", 'means nothing without source = "orders"', "leave it out"
        yield from _events(board.source, board.name, plan)


def _events(source: str, name: str, plan: Plan) -> Wrong:
    event, known = source.removeprefix(names.EVENTS), [f"{names.EVENTS}{one}" for one in plan.inputs.events]
    if event in plan.boards:
        yield "source", f"{source!r} are the cycles of a board", f'write "{name}" into `then` of {event}'
    elif event not in plan.inputs.events:
        yield "source", f"the plan declares no {source!r}", nearest(source, known) if known else DECLARE_EVENTS


def _uplines(board: Board, plan: Plan) -> Wrong:
    if board.under == "oldest":
        if board.tree is not None:
            yield "tree", 'means nothing with under = "oldest"', "leave it out"
        if board.placed == "below":
            yield "placed", '"below" means nothing with under = "oldest"', 'write "breadth_first"'
    elif not plan.inputs.trees:
        yield "under", "no tree is given in which an upline could be found", 'write trees = ["sponsor"] in [inputs]'
    elif board.tree is not None and board.tree not in plan.inputs.trees:
        yield "tree", f"{board.tree!r} is no tree that is given", nearest(board.tree, plan.inputs.trees)


def _shapes(board: Board) -> Wrong:
    if not 1 <= board.width <= WIDTH_MAX:
        yield "width", f"{board.width} is no whole number from 1 to {WIDTH_MAX}", "a 2x2 board has width = 2"
    elif not 1 <= board.levels < SEATS_MAX:
        yield "levels", f"{board.levels} is no whole number from 1 to {SEATS_MAX - 1}", "a 2x2 board has levels = 2"
    elif _too_large(board):
        yield "levels", f"{board.words} has more than {SEATS_MAX} seats", "write fewer"


def _too_large(board: Board) -> bool:
    """Whether there are too many seats; counted row by row, since their number may be beyond all counting."""
    row = seats = 1
    for _ in range(board.levels):
        row *= board.width
        seats += row
        if seats > SEATS_MAX:
            return True
    return False


def _next(board: Board, plan: Plan) -> Wrong:
    for name in dict.fromkeys(board.then):
        if name not in plan.boards:
            yield "then", f"{name!r} is no board of the plan", nearest(name, plan.boards)


def _check_entered(plan: Plan, sheet: Sheet) -> None:
    """Report boards that neither a row nor a cycle of another board ever reaches."""
    entered = {name for name, board in plan.boards.items() if board.source is not None}
    waiting = list(entered)
    while waiting:
        new = set(plan.boards[waiting.pop()].then) - entered
        entered |= new
        waiting += new
    for name, board in plan.boards.items():
        if name not in entered:
            todo = f'write source = "orders" or "events.NAME", or "{name}" into `then` of a board that is entered'
            sheet.wrong(board.place, "nobody ever enters it", todo)


def _check_end(plan: Plan, sheet: Sheet) -> None:
    """Report cycles that lead to as many positions as they take, or more.

    With `led[b][c]` the positions on c to which one on b leads in the long run, all of them come to an end where the
    powers of that matrix vanish; of a matrix without negative numbers this is so just where elimination of I - led
    meets positive pivots only.
    """
    for part in _parts(plan.boards):
        if not _ends(part):
            cycles = [board for board in part.values() if set(board.then) & set(part)]
            said = ", ".join(f"{board.name} ({_led(board, part)})" for board in cycles)
            what = f"its cycles never come to an end: they lead to as many positions as they take, or more: {said}"
            sheet.wrong(cycles[0].place, what, "name fewer boards in `then`, or make a last row longer", key="then")


def _led(board: Board, part: Mapping[str, Board]) -> str:
    back = sum(name in part for name in board.then)
    return f"{back} for every {board.last_row}"


def _parts(boards: Mapping[str, Board]) -> Iterator[dict[str, Board]]:
    """The boards whose cycles lead back to one another, each part once; a board alone where nothing leads back."""
    reached = {name: _reached(name, boards) for name in boards}
    told: set[str] = set()
    for name in boards:
        if name not in told:
            part = {other for other in reached[name] if name in reached[other]} | {name}
            told |= part
            yield {other: board for other, board in boards.items() if other in part}


def _reached(name: str, boards: Mapping[str, Board]) -> set[str]:
    found, waiting = set(), list(boards[name].then)
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting += boards[other].then
    return found


def _ends(part: Mapping[str, Board]) -> bool:
    """Whether all pivots are positive."""
    rows = [
        [Fraction(int(one is other)) - Fraction(one.then.count(other.name), one.last_row) for other in part.values()]
        for one in part.values()
    ]
    for at, pivot in enumerate(rows):
        if pivot[at] <= 0:
            return False
        for row in rows[at + 1 :]:
            factor = row[at] / pivot[at]
            row[:] = [value - factor * above for value, above in zip(row, pivot, strict=True)]
    return True
