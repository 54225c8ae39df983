"""Boards of one name while they fill: who sits where, and what happens when the last seat is taken.

Seats stand in heap order: the head is seat 0, and directly below seat i are the seats w*i + 1 to w*i + w of a board w
wide. So rows stand one after the other, and what is below a seat is one run of seats in each row.
Everything here is plain Python over positions of people and days since 1970; who a person is plays no part.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field, frozen

from mlmcore.compensation.plan import Board

__all__ = ["Cycle", "Filling", "OpenBoard", "Position", "enter"]


@define(eq=False)
class Position:
    """A seat that somebody took.

    Attributes:
        number: Which one it is of all that were ever taken on boards of this name.
        person: Whose it is.
        entered: The day on which it was taken.
        board: On which board it is now; None once it has cycled.
        seat: On which seat of that board.
    """

    number: int
    person: int
    entered: int
    board: "OpenBoard | None" = None
    seat: int = 0


@define(eq=False)
class OpenBoard:
    """A board that has not cycled.

    Attributes:
        number: Which one it is of all that were ever opened under this name.
        seats: Who sits where, in heap order; None where a seat is free.
        free: How many seats are free.
    """

    number: int
    seats: list[Position | None]
    free: int = 0

    def take(self, seat: int, position: Position) -> None:
        """Let a position have a free seat."""
        self.seats[seat] = position
        self.free -= 1
        position.board, position.seat = self, seat

    def find_free(self, first: int, end: int) -> int:
        """The first free seat of a run of seats, -1 where all are taken."""
        try:
            return self.seats.index(None, first, end)
        except ValueError:
            return -1


@frozen
class Cycle:
    """A head who left a board.

    Attributes:
        board: The number of the board.
        day: When its last seat was taken.
        person: The head.
        entered: When the head took the position with which they cycled.
        filled_by: Who took the last seat.
    """

    board: int
    day: int
    person: int
    entered: int
    filled_by: int


@define(eq=False)
class Filling:
    """All boards of one name.

    Attributes:
        shape: What the plan says of them.
        upline: The direct upline of each person, -1 for none; read only where the plan asks for the nearest one.
    """

    shape: Board
    upline: Sequence[int] = ()
    _boards: dict[int, OpenBoard] = field(factory=dict, init=False)
    _by_age: deque[OpenBoard] = field(factory=deque, init=False)
    _positions_of: dict[int, deque[Position]] = field(factory=dict, init=False)
    _last_board: int = field(default=0, init=False)
    _last_position: int = field(default=0, init=False)

    def restore(self, positions: Mapping[int, Mapping[int, Position]]) -> None:
        """Put back the boards of earlier periods: by board and seat; before anybody enters."""
        for number in sorted(positions):
            self._add(number, positions[number])
        for position in sorted((one for board in positions.values() for one in board.values()), key=_age):
            self._remember(position)

    def enter(self, person: int, day: int) -> Cycle | None:
        """Let somebody take a position; what comes of it where that fills a board."""
        nearest = self._nearest(person) if self.shape.under == "nearest" else None
        board = self._oldest() if nearest is None else nearest.board
        position = Position(number=self._last_position + 1, person=person, entered=day)
        self._remember(position)
        if board is None:
            self._add(self._last_board + 1, {0: position})
            return None
        board.take(self._seat(board, nearest), position)
        return None if board.free else self._split(board, day, person)

    def open_boards(self) -> Iterator[OpenBoard]:
        """Every board that is open, the oldest first."""
        return iter(self._boards.values())

    def _seat(self, board: OpenBoard, upline: Position | None) -> int:
        """The free seat that the plan's rule gives."""
        if self.shape.placed == "below" and upline is not None:
            width, first, last = self.shape.width, upline.seat, upline.seat
            while (first := width * first + 1) < len(board.seats):
                last = width * last + width
                if (found := board.find_free(first, last + 1)) >= 0:
                    return found
        return board.find_free(0, len(board.seats))

    def _nearest(self, person: int) -> Position | None:
        """The oldest position of the nearest upline who has one."""
        above = self.upline[person]
        while above >= 0:
            own = self._positions_of.get(above)
            while own and own[0].board is None:
                own.popleft()
            if own:
                return own[0]
            above = self.upline[above]
        return None

    def _oldest(self) -> OpenBoard | None:
        """The board that opened first; None before the first entry, and under "nearest", where age plays no part."""
        while self._by_age and not self._by_age[0].free:
            self._by_age.popleft()
        return self._by_age[0] if self._by_age else None

    def _remember(self, position: Position) -> None:
        self._last_position = position.number
        if self.shape.under == "nearest":
            self._positions_of.setdefault(position.person, deque()).append(position)

    def _add(self, number: int, positions: Mapping[int, Position]) -> None:
        board = OpenBoard(number=number, seats=[None] * self.shape.seats, free=self.shape.seats)
        for seat, position in positions.items():
            board.take(seat, position)
        self._boards[number] = board
        self._last_board = number
        if self.shape.under == "oldest":
            self._by_age.append(board)

    def _split(self, board: OpenBoard, day: int, filled_by: int) -> Cycle:
        """Let the head go; each of those directly below heads a board of what was below."""
        head = board.seats[0]
        assert head is not None  # noqa: S101  (every seat is taken)
        head.board = None
        del self._boards[board.number]
        for leg in range(1, self.shape.width + 1):
            self._add(self._last_board + 1, dict(enumerate(self._below(board, leg))))
        return Cycle(board.number, day, head.person, head.entered, filled_by)

    def _below(self, board: OpenBoard, seat: int) -> Iterator[Position]:
        """Whoever sits on a seat of a full board and below, row by row."""
        width, first, last = self.shape.width, seat, seat
        while first < len(board.seats):
            yield from (position for position in board.seats[first : last + 1] if position is not None)
            first, last = width * first + 1, width * last + width


def enter(fillings: Mapping[str, Filling], name: str, person: int, day: int) -> Iterator[tuple[str, Cycle]]:
    """Let somebody enter a board, and whoever thereby cycles those that come next, first in, first out.

    Yields:
        Each cycle, with the name of its board.
    """
    waiting = deque([(name, person)])
    while waiting:
        name, person = waiting.popleft()
        cycle = fillings[name].enter(person, day)
        if cycle is not None:
            yield name, cycle
            waiting.extend((following, cycle.person) for following in fillings[name].shape.then)


def _age(position: Position) -> int:
    return position.number
