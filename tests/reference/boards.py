"""The twin of boards, written from `docs/plan-language/structures.md`: nested seats, looked through one by one."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field, frozen


@frozen(kw_only=True)
class Rules:
    """What a plan says of one kind of board."""

    width: int
    levels: int
    under: str
    placed: str
    then: tuple[str, ...]


@define(eq=False)
class Seat:
    """A seat: who sits there (nobody: ""), since when, which position it is, and the seats below."""

    below: "list[Seat]"
    person: str = ""
    entered: int = 0
    number: int = 0

    def rows(self) -> "Iterator[list[Seat]]":
        """This seat, then those directly below, and so on."""
        row = [self]
        while row:
            yield row
            row = [seat for above in row for seat in above.below]

    def all(self) -> "list[Seat]":
        """This seat and all below, row by row."""
        return [seat for row in self.rows() for seat in row]


@define
class Company:
    """All boards of a company; `boards[name][number]` is the head's seat."""

    rules: Mapping[str, Rules]
    sponsor: Mapping[str, str]
    boards: dict[str, dict[int, Seat]] = field(init=False)
    opened: dict[str, int] = field(init=False)
    taken: dict[str, int] = field(init=False)
    cycles: list[tuple[Any, ...]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.boards = {name: {} for name in self.rules}
        self.opened = dict.fromkeys(self.rules, 0)
        self.taken = dict.fromkeys(self.rules, 0)

    def enter(self, name: str, person: str, day: int) -> None:
        """One position, and whatever comes of it."""
        waiting = [(name, person)]
        while waiting:
            name, person = waiting.pop(0)
            head = self._take(name, person, day)
            waiting += [(other, head) for other in self.rules[name].then if head]

    def _take(self, name: str, person: str, day: int) -> str:
        """Who cycles, or nobody."""
        rules, upline = self.rules[name], self._upline(name, person)
        self.taken[name] += 1
        if rules.under == "nearest":
            number, own = upline or (0, None)
        else:
            number, own = min(self.boards[name], default=0), None
        if not number:
            head = self._open(name, rules.levels)
            self._sit(name, head, person, day)
            return ""
        board = self.boards[name][number]
        free = [seat for seat in own.all() if not seat.person] if own and rules.placed == "below" else []
        free = free or [seat for seat in board.all() if not seat.person]
        self._sit(name, free[0], person, day)
        return "" if len(free) > 1 or any(not seat.person for seat in board.all()) else self._cycle(name, number, day)

    def _cycle(self, name: str, number: int, day: int) -> str:
        head = self.boards[name].pop(number)
        last = max(head.all(), key=lambda seat: seat.number)
        self.cycles.append((name, number, day, head.person, head.entered, last.person))
        for child in head.below:
            for seat in child.all():
                seat.below = seat.below or [Seat(below=[]) for _ in range(self.rules[name].width)]
            self.opened[name] += 1
            self.boards[name][self.opened[name]] = child
        return head.person

    def _open(self, name: str, levels: int) -> Seat:
        self.opened[name] += 1
        head = self._empty(self.rules[name].width, levels)
        self.boards[name][self.opened[name]] = head
        return head

    def _empty(self, width: int, levels: int) -> Seat:
        return Seat(below=[self._empty(width, levels - 1) for _ in range(width)] if levels else [])

    def _sit(self, name: str, seat: Seat, person: str, day: int) -> None:
        seat.person, seat.entered, seat.number = person, day, self.taken[name]

    def _upline(self, name: str, person: str) -> tuple[int, Seat] | None:
        above = self.sponsor[person]
        while above:
            own = [
                (seat.number, number, seat)
                for number, head in self.boards[name].items()
                for seat in head.all()
                if seat.person == above
            ]
            if own:
                return min(own, key=lambda one: one[0])[1:]
            above = self.sponsor[above]
        return None

    def seated(self, name: str) -> list[str]:
        """The boards as `2: b d e - -`."""
        return [
            f"{number}: {' '.join(seat.person or '-' for seat in head.all())}"
            for number, head in sorted(self.boards[name].items())
        ]
