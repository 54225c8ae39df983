"""From the moves that a store has written down to the trees that a run is given, by one rule for every store.

A run sees everybody where they stood at the period's end: who moved since is put back. A run of `tree_as_of = "sale"`
is given where they stood first, and their moves up to then with their days. A move counts on the day of its instant in
the period's timezone; of several moves on one day the last says where the person stood.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.inputs import Edges, Moves
from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.periods import Period, zone
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy.ids import uuid_keys

if TYPE_CHECKING:
    from mlmcore.genealogy.dated import DatedEdges

__all__ = ["Stood", "at_the_end", "first_places_and_moves"]

Ints = NDArray[np.int32]
Stood = tuple[UUID, UUID | None, int]
"""Who moved after a period's end, and below whom (None for a root) and in which leg (0 for none) before that."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(1970, 1, 1)


def at_the_end(
    trees: Mapping[str, Edges], people: IdIndex, stood: "Callable[[GenealogyTree], Sequence[Stood]]"
) -> dict[str, Edges]:
    """Return where everybody stood at a period's end.

    Args:
        trees: Where everybody stands now, below people who are in the run.
        people: Who is in it; somebody below a person who is not has no upline.
        stood: Where those who moved in a tree since the period's end stood before their first such move.
    """
    return {name: _put_back(edges, people, stood(GenealogyTree(name))) for name, edges in trees.items()}


def _put_back(edges: Edges, people: IdIndex, stood: Sequence[Stood]) -> Edges:
    if not stood:
        return edges
    row = people.find(uuid_keys([str(person) for person, _, _ in stood]))
    above = people.find(uuid_keys([str(parent or person) for person, parent, _ in stood])).astype(np.int32)
    above[[parent is None for _, parent, _ in stood]] = -1
    legs = np.where(above >= 0, [leg for _, _, leg in stood], 0).astype(np.int32)
    here = row >= 0
    parent, leg = edges.parent.copy(), edges.leg.copy()
    parent[row[here]], leg[row[here]] = above[here], legs[here]
    return Edges(parent=parent, leg=leg)


def first_places_and_moves(
    trees: Mapping[str, Edges], people: IdIndex, period: Period, history: "Callable[[GenealogyTree], DatedEdges]"
) -> tuple[dict[str, Edges], dict[str, Moves]]:
    """Return where everybody stood first in each tree, and how they moved up to the period's end.

    Args:
        trees: Which trees are wanted.
        people: Who is in the run; somebody below a person who is not in it has no upline.
        period: The period, in its timezone.
        history: Everybody's places since when, as `Trees.history` returns them.
    """
    edges: dict[str, Edges] = {}
    moves: dict[str, Moves] = {}
    for name in trees:
        edges[name], moves[name] = _of_one(history(GenealogyTree(name)), people, period)
    return edges, moves


def _of_one(history: "DatedEdges", people: IdIndex, period: Period) -> tuple[Edges, Moves]:
    row = people.find(history.ids.keys).astype(np.int32)
    rows = history.by_person[row[history.person[history.by_person]] >= 0]
    person, above = row[history.person[rows]], history.parent[rows]
    parent = np.where(above >= 0, row[np.maximum(above, 0)], -1).astype(np.int32)
    leg = np.where(parent >= 0, history.leg[rows], 0).astype(np.int32)
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = person[1:] != person[:-1]
    first_parent, first_leg = np.full(len(people), -1, dtype=np.int32), np.zeros(len(people), dtype=np.int32)
    first_parent[person[begins]], first_leg[person[begins]] = parent[begins], leg[begins]
    later = np.flatnonzero(~begins)
    since = _days(history.since[rows[later]], period)
    counts = _last_of_each_day(person[later], since) & (since < (period.end - _FIRST_DAY).days)
    later = later[counts]
    return Edges(parent=first_parent, leg=first_leg), Moves(
        person=person[later], since=since[counts], parent=parent[later], leg=leg[later]
    )


def _days(instants: NDArray[np.int64], period: Period) -> Ints:
    """The day of each instant, in days since 1970-01-01."""
    distinct, back = np.unique(instants, return_inverse=True)
    there = zone(period.timezone)
    days = [(_EPOCH + timedelta(microseconds=one)).astimezone(there).date() for one in distinct.tolist()]
    return np.array([(day - _FIRST_DAY).days for day in days], dtype=np.int32)[back]


def _last_of_each_day(person: Ints, since: Ints) -> NDArray[np.bool_]:
    """Of rows by person and time, those after which the person does not move again that day."""
    last = np.ones(len(person), dtype=np.bool_)
    last[:-1] = (person[1:] != person[:-1]) | (since[1:] != since[:-1])
    return last
