"""The three trees over the distributors in memory: no loops, legs given once, moves written down."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NoReturn
from uuid import UUID

from attrs import evolve

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor
from mlmcore.repositories.filters import Below
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._placing import free_place
from mlmcore.repositories.moves import Stood
from mlmcore.repositories.network_rules import LEG_COLUMN, PARENT_COLUMN
from mlmcore.repositories.placing import FreePlace, Spillover

__all__ = ["TreeKeeper"]

_MICROSECOND: Final = timedelta(microseconds=1)
_SHOWN_WHOLE: Final = 20
_SHOWN_OF_MORE: Final = 10


class TreeKeeper:
    """Keeps promises D3 to D6 of `protocols.Distributors`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def with_sponsor_leg(self, person: Distributor) -> Distributor:
        """Return a person with the next leg of the sponsor, which is thereby given (D5)."""
        if person.sponsor_id is None:
            return evolve(person, sponsor_leg=None)
        given = self._context.state.write("distributors.legs_given")
        given[person.sponsor_id] = given.get(person.sponsor_id, 0) + 1
        return evolve(person, sponsor_leg=given[person.sponsor_id])

    def check_loops(self, people: Iterable[UUID]) -> None:
        """Refuse a chain that comes back to where it began, from any of these people up (D3)."""
        people = sorted(people)
        for tree, column in PARENT_COLUMN.items():
            self._check_tree(tree, column, people)

    def record_moves(self, before: Distributor, after: Distributor, reason: str | None) -> None:
        """Write down what changed in each tree, and why (D6)."""
        for tree, column in PARENT_COLUMN.items():
            leg = LEG_COLUMN.get(tree)
            where = (column, leg) if leg else (column,)
            if any(getattr(before, name) != getattr(after, name) for name in where):
                self._record(tree, before, after, reason or None)

    def list_moves(self, person: UUID) -> tuple[GenealogyMove, ...]:
        """Return somebody's moves, the oldest first, then by tree."""
        moves: list[GenealogyMove] = [
            move for move in self._context.state.read("genealogy_moves").values() if move.distributor_id == person
        ]
        return tuple(sorted(moves, key=lambda move: (move.moved_at, move.tree)))

    def stood_before(self, instant: datetime, tree: GenealogyTree) -> list[Stood]:
        """Return where those who moved in a tree from an instant on stood before their first such move."""
        moves: Iterable[GenealogyMove] = self._context.state.read("genealogy_moves").values()
        later = [move for move in moves if move.tree == tree and move.moved_at is not None and move.moved_at >= instant]
        later.sort(key=lambda move: (move.moved_at, move.id), reverse=True)
        first = {move.distributor_id: (move.from_parent_id, move.from_leg or 0) for move in later}
        return [(person, parent, leg) for person, (parent, leg) in first.items()]

    def ids_below(self, below: Below) -> set[UUID]:
        """Return who stands below a person in a tree (D10)."""
        rows: Mapping[UUID, Distributor] = self._context.state.read("distributors")
        if below.user_id not in rows:
            raise NotFoundError("distributor", [below.user_id])
        children: dict[UUID | None, list[UUID]] = {}
        for person in rows.values():
            children.setdefault(getattr(person, PARENT_COLUMN[below.tree]), []).append(person.user_id)
        found: set[UUID] = set()
        level, down = children.get(below.user_id, []), 1
        while level and (below.levels is None or down <= below.levels):
            found.update(level)
            level, down = [child for person in level for child in children.get(person, [])], down + 1
        return found

    def free_place(self, wanted: Spillover) -> FreePlace | None:
        """Return the free place that a rule means, or None (D14)."""
        return free_place(wanted, self._context.state.read("distributors").values())

    def _check_tree(self, tree: GenealogyTree, column: str, people: list[UUID]) -> None:
        rows: Mapping[UUID, Distributor] = self._context.state.read("distributors")
        sound: set[UUID] = set()
        for start in people:
            path: dict[UUID, None] = {}
            person: UUID | None = start
            while person is not None and person not in sound:
                if person in path:
                    loop = [*path][[*path].index(person) :]
                    _refuse_loop(tree, [rows[member].distributor_number for member in loop])
                path[person] = None
                person = getattr(rows[person], column)
            sound.update(path)

    def _record(self, tree: GenealogyTree, before: Distributor, after: Distributor, reason: str | None) -> None:
        column, leg = PARENT_COLUMN[tree], LEG_COLUMN.get(tree)
        move = GenealogyMove(
            id=new_id(),
            distributor_id=after.user_id,
            tree=tree,
            from_parent_id=getattr(before, column),
            to_parent_id=getattr(after, column),
            from_leg=getattr(before, leg) if leg else None,
            to_leg=getattr(after, leg) if leg else None,
            moved_at=self._next_instant(tree),
            moved_by=self._context.actor.user_id,
            reason=reason,
            created_at=self._context.now,
        )
        self._context.state.write("genealogy_moves")[move.id] = move

    def _next_instant(self, tree: GenealogyTree) -> datetime:
        """The unit's instant, or the one right after the tree's last move: no two moves of a tree are at once."""
        last = self._context.state.write("genealogy_moves.last")
        now: datetime = max(self._context.now, last.get(tree, self._context.now - _MICROSECOND) + _MICROSECOND)
        last[tree] = now
        return now


def _refuse_loop(tree: GenealogyTree, numbers: list[str]) -> NoReturn:
    shown = numbers
    if len(numbers) > _SHOWN_WHOLE:
        shown = [*numbers[:_SHOWN_OF_MORE], f"({len(numbers) - _SHOWN_OF_MORE} more)"]
    raise RefusedError(
        f"the {tree.value} tree would have a loop: {' -> '.join([*shown, numbers[0]])}; "
        "Nobody can stand below themselves; give one person of the loop another parent, or none"
    )
