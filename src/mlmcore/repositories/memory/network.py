"""The network of the in-memory store: the plain way, person by person, from the parents and the record of moves.

There are no closure rows here; what is kept is whether there would be any. Keeping the trees sound is the work of
`_trees`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import InputError, NotFoundError
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor
from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy.dated import DatedEdges
from mlmcore.repositories.memory._audit import audit_update
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._trees import TreeKeeper
from mlmcore.repositories.network_rules import (
    LEG_COLUMN,
    PARENT_COLUMN,
    LateParent,
    checked_levels,
    checked_zone,
    day_end,
    day_start,
    late_parents,
    microseconds,
    refuse_paths_of,
)

__all__ = ["MemoryTrees"]

_KEPT_AT_FIRST: Final = {tree: tree == GenealogyTree.SPONSOR for tree in GenealogyTree}


@frozen
class _Place:
    """Where somebody stands or stood: below whom, None for a root, and in which leg."""

    parent: UUID | None
    leg: int


class MemoryTrees:
    """The trees; see `protocols.Trees`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, tree: GenealogyTree, /, *, day: date | None = None, timezone: str = "UTC") -> Genealogy:
        """Return a whole tree, as it stands or as it stood at the end of a day."""
        checked_zone(timezone)
        people = self._people()
        if day is None:
            return _built({key: _place(tree, person) for key, person in people.items()})
        return self._as_of(tree, day, timezone)

    def group(self, tree: GenealogyTree, user_id: UUID, /, *, levels: int | None = None) -> Genealogy:
        """Return a person and everybody below, or those at most so many levels below."""
        levels = checked_levels(levels)
        self._person(user_id)
        places = {user_id: _Place(None, 0)}
        below = self._fronts(tree)
        level, down = [user_id], 0
        while level and (levels is None or down < levels):
            level = [child for above in level for child in below.get(above, ())]
            places.update((child, _place(tree, self._people()[child])) for child in level)
            down += 1
        return _built(places)

    def upline(self, tree: GenealogyTree, user_id: UUID, /) -> tuple[UUID, ...]:
        """Return everybody above a person, the nearest first."""
        return tuple(self._upward(tree, self._person(user_id)))

    def is_below(self, tree: GenealogyTree, user_id: UUID, above_id: UUID, /) -> bool:
        """Return whether the first stands anywhere below the second."""
        strangers = [key for key in (user_id, above_id) if key not in self._people()]
        if strangers:
            raise NotFoundError("distributor", strangers)
        return above_id in self._upward(tree, self._person(user_id))

    def history(self, tree: GenealogyTree, /, *, timezone: str = "UTC") -> DatedEdges:
        """Return where everybody ever stood, since when."""
        checked_zone(timezone)
        people, moves = self._people(), self._moves(tree)
        rows = [
            (key, since, place)
            for key, person in people.items()
            for since, place in _stations(tree, person, moves.get(key, ()), timezone)
        ]
        ids = IdIndex.from_uuids([*people])
        at = {key: position for position, key in enumerate(people)}
        return DatedEdges(
            ids=ids,
            person=_ints32([at[key] for key, _, _ in rows]),
            parent=_ints32([-1 if place.parent is None else at[place.parent] for _, _, place in rows]),
            leg=_ints32([place.leg for _, _, place in rows]),
            since=np.array([since for _, since, _ in rows], dtype=np.int64),
        )

    def keeps_paths(self, tree: GenealogyTree, /) -> bool:
        """Return whether there would be a row for each person and ancestor of a tree."""
        kept: bool = self._context.state.read("genealogy_closure").get(tree, _KEPT_AT_FIRST[tree])
        return kept

    def keep_paths(self, tree: GenealogyTree, keep: bool, /) -> int:
        """Keep the paths of a tree from now on, or stop; return how many rows there would be."""
        refuse_paths_of(tree)
        before = self.keeps_paths(tree)
        if keep != before:
            self._context.state.write("genealogy_closure")[tree] = keep
            audit_update(self._context, "genealogy_closure", tree, {"enabled": before}, {"enabled": keep})
        return self.rebuild_paths(tree)

    def rebuild_paths(self, tree: GenealogyTree, /) -> int:
        """Return how many paths of a tree there would be."""
        return int(self.read(tree).depth.sum(dtype=np.int64)) if self.keeps_paths(tree) else 0

    def check_paths(self, tree: GenealogyTree, /) -> None:
        """Agree: there are no rows that could differ."""
        self.keeps_paths(tree)

    def _as_of(self, tree: GenealogyTree, day: date, timezone: str) -> Genealogy:
        end = day_end(day, timezone)
        people = {key: person for key, person in self._people().items() if person.join_date <= day}
        places = {key: _place(tree, person) for key, person in people.items()}
        for key, parent, leg in TreeKeeper(self._context).stood_before(end, tree):
            if key in places:
                places[key] = _Place(parent, leg)
        self._refuse_late_parents(tree, day, places)
        return _built(places)

    def _refuse_late_parents(self, tree: GenealogyTree, day: date, places: Mapping[UUID, _Place]) -> None:
        everybody = self._people()
        late = [
            LateParent(
                number=everybody[key].distributor_number,
                joined=everybody[key].join_date,
                parent_number=everybody[place.parent].distributor_number,
                parent_joined=everybody[place.parent].join_date,
            )
            for key, place in places.items()
            if place.parent is not None and place.parent not in places
        ]
        if late:
            raise InputError(late_parents(tree, day, late))

    def _people(self) -> Mapping[UUID, Distributor]:
        return self._context.state.read("distributors")

    def _person(self, user_id: UUID) -> Distributor:
        person = self._people().get(user_id)
        if person is None:
            raise NotFoundError("distributor", [user_id])
        return person

    def _fronts(self, tree: GenealogyTree) -> dict[UUID, list[UUID]]:
        fronts: dict[UUID, list[UUID]] = {}
        for key, person in self._people().items():
            above = _place(tree, person).parent
            if above is not None:
                fronts.setdefault(above, []).append(key)
        return fronts

    def _upward(self, tree: GenealogyTree, person: Distributor) -> Iterator[UUID]:
        above = _place(tree, person).parent
        while above is not None:
            yield above
            above = _place(tree, self._people()[above]).parent

    def _moves(self, tree: GenealogyTree) -> dict[UUID, list[GenealogyMove]]:
        """The moves of each person in a tree, the oldest first: they are written in the order of their instants."""
        moves: dict[UUID, list[GenealogyMove]] = {}
        for move in self._context.state.read("genealogy_moves").values():
            if move.tree == tree:
                moves.setdefault(move.distributor_id, []).append(move)
        return moves


def _place(tree: GenealogyTree, person: Distributor) -> _Place:
    leg = getattr(person, LEG_COLUMN[tree]) if tree in LEG_COLUMN else None
    return _Place(getattr(person, PARENT_COLUMN[tree]), leg or 0)


def _stations(
    tree: GenealogyTree, person: Distributor, moves: Sequence[GenealogyMove], timezone: str
) -> Iterator[tuple[int, _Place]]:
    """Where a person stood, since which microsecond: first from the joining on (T6)."""
    joined = microseconds(day_start(person.join_date, timezone))
    dated = [(microseconds(move.moved_at), move) for move in moves if move.moved_at is not None]
    later = [(since, move) for since, move in dated if since > joined]
    first = _Place(later[0][1].from_parent_id, later[0][1].from_leg or 0) if later else _place(tree, person)
    yield joined, first
    for since, move in later:
        yield since, _Place(move.to_parent_id, move.to_leg or 0)


def _built(places: Mapping[UUID, _Place]) -> Genealogy:
    at = {key: position for position, key in enumerate(places)}
    return build(
        IdIndex.from_uuids([*places]),
        _ints32([-1 if place.parent is None else at[place.parent] for place in places.values()]),
        _ints32([place.leg for place in places.values()]),
    )


def _ints32(values: Sequence[int]) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)
