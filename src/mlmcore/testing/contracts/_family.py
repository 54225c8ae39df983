"""A slow twin of the trees in a store: dicts, replayed by the rules, and a walk through random changes."""

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, evolve, field

from mlmcore.domain.enums import GenealogyTree
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._support import a_distributor, a_user

if TYPE_CHECKING:
    from mlmcore.genealogy import Genealogy

__all__ = ["Family", "Place", "Row", "rows_of"]

Place = tuple[UUID | None, int]
"""Below whom, None for a root, and in which leg; 0 without one."""
Row = tuple[UUID, UUID | None, int]
"""A person with the place, as rows of a tree from the top down."""

_FIRST_DAY = date(2026, 1, 1)
_NOWHERE: Place = (None, 0)


def rows_of(genealogy: "Genealogy") -> list[Row]:
    """Return a genealogy as rows, in its order."""
    people = [UUID(label) for label in genealogy.ids.labels(range(len(genealogy)))]
    parents = [None if parent < 0 else people[parent] for parent in genealogy.parent.tolist()]
    return list(zip(people, parents, genealogy.leg.tolist(), strict=True))


@define
class Family:
    """Who stands where in three trees, and every change of it.

    Attributes:
        random: Decides what happens.
        joined: The day of each person's joining.
        places: By tree, where each person stands.
        moves: By tree, what happened, the oldest first: when, who, from where, to where.
        legs_given: How many legs each parent ever gave, by tree.
    """

    random: random.Random
    joined: dict[UUID, date] = field(factory=dict)
    places: dict[GenealogyTree, dict[UUID, Place]] = field(factory=lambda: {tree: {} for tree in GenealogyTree})
    moves: dict[GenealogyTree, list[tuple[datetime, UUID, Place, Place]]] = field(
        factory=lambda: {tree: [] for tree in GenealogyTree}
    )
    legs_given: dict[tuple[GenealogyTree, UUID], int] = field(factory=dict)

    def rows(self, tree: GenealogyTree, at: datetime | None = None) -> list[Row]:
        """Return a tree from the top down, siblings by leg and then id: as it stands, or as it stood at an instant."""
        return _from_the_top(self.places[tree] if at is None else self._stood(tree, at))

    def rows_of_day(self, tree: GenealogyTree, day: date, end: datetime) -> list[Row] | list[UUID]:
        """Return a tree as it stood at the end of a day; or those whose parents had not joined, by id."""
        undone = self._undone(tree, end - timedelta(microseconds=1))
        stood = {person: undone[person] for person, joined in self.joined.items() if joined <= day}
        late = [person for person, (parent, _) in stood.items() if parent is not None and parent not in stood]
        return sorted(late) or _from_the_top(stood)

    def group(self, tree: GenealogyTree, person: UUID, levels: int) -> list[Row]:
        """Return somebody and those so many levels below, from the top down."""
        inside = {person: _NOWHERE}
        for _ in range(levels):
            inside |= {child: place for child, place in self.places[tree].items() if place[0] in inside}
            inside[person] = _NOWHERE
        return _from_the_top(inside)

    def upline(self, tree: GenealogyTree, person: UUID) -> list[UUID]:
        """Return everybody above somebody, the nearest first."""
        above = self.places[tree][person][0]
        return [] if above is None else [above, *self.upline(tree, above)]

    def step(self, unit: UnitOfWork) -> None:
        """Let somebody join, or move in one tree."""
        if len(self.joined) < 2 or self.random.random() < 0.5:
            self._join(unit)
        else:
            self._move(unit, self.random.choice(list(self.joined)), self.random.choice(list(GenealogyTree)))

    def _join(self, unit: UnitOfWork) -> None:
        parents = {tree: self._anybody() for tree in GenealogyTree}
        days = [_FIRST_DAY, *(self.joined[parent] for parent in parents.values() if parent is not None)]
        day = max(days) + timedelta(days=self.random.randrange(2))
        person = unit.users.add(a_user()).id
        legs = self._place(person, parents)
        unit.distributors.add(
            a_distributor(
                person,
                join_date=day,
                sponsor_id=parents[GenealogyTree.SPONSOR],
                placement_id=parents[GenealogyTree.PLACEMENT],
                placement_leg=legs[GenealogyTree.PLACEMENT] or None,
                enroller_id=parents[GenealogyTree.ENROLLER],
            )
        )
        self.joined[person] = day

    def _move(self, unit: UnitOfWork, person: UUID, tree: GenealogyTree) -> None:
        parent, before = self._anybody(), self.places[tree][person]
        if parent is not None and person in (parent, *self.upline(tree, parent)):
            return  # it would be a loop
        if parent == before[0] and tree != GenealogyTree.PLACEMENT:
            return
        leg = self._place(person, {tree: parent})[tree]
        changes: dict[str, Any] = {f"{tree}_id": parent}
        if tree != GenealogyTree.ENROLLER:
            changes[f"{tree}_leg"] = leg or None
        unit.distributors.update(evolve(unit.distributors.get(person), **changes))
        moves = [move for move in unit.distributors.list_moves(person) if move.tree == tree]
        if (parent, leg) != before and moves[-1].moved_at is not None:
            self.moves[tree].append((moves[-1].moved_at, person, before, (parent, leg)))

    def _place(self, person: UUID, parents: dict[GenealogyTree, UUID | None]) -> dict[GenealogyTree, int]:
        """Put somebody below others, each time in a leg that nobody ever had."""
        legs = {}
        for tree, parent in parents.items():
            legs[tree] = 0
            if parent is not None and tree != GenealogyTree.ENROLLER:
                legs[tree] = self.legs_given[tree, parent] = self.legs_given.get((tree, parent), 0) + 1
            self.places[tree][person] = (parent, legs[tree])
        return legs

    def _anybody(self) -> UUID | None:
        return self.random.choice([None, *self.joined, *list(self.joined)[-3:]])

    def _stood(self, tree: GenealogyTree, at: datetime) -> dict[UUID, Place]:
        undone = self._undone(tree, at)
        return {person: undone[person] for person, day in self.joined.items() if _midnight(day) <= at}

    def _undone(self, tree: GenealogyTree, at: datetime) -> dict[UUID, Place]:
        """Where everybody stood at an instant, whether they had joined or not."""
        later = {person: before for moved_at, person, before, _ in reversed(self.moves[tree]) if moved_at > at}
        return self.places[tree] | later


def _from_the_top(places: dict[UUID, Place]) -> list[Row]:
    def below(above: UUID | None) -> list[Row]:
        front = sorted(
            (person for person, place in places.items() if place[0] == above),
            key=lambda person: (places[person][1], str(person)),
        )
        return [row for person in front for row in [(person, *places[person]), *below(person)]]

    return below(None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
