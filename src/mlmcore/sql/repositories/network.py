"""The network in PostgreSQL: whole trees and groups by binary COPY, uplines by index, paths built from arrays.

What is asked here is read from the parent pointers and from the record of moves, never from kept paths, so that the
answers are the same with and without them. Making and comparing the paths lives in `_paths`.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import InputError, NotFoundError
from mlmcore.genealogy import Genealogy, IdIndex
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.network_rules import (
    LEG_COLUMN,
    LateParent,
    checked_levels,
    checked_zone,
    day_end,
    day_start,
    late_parents,
    microseconds,
    refuse_paths_of,
)
from mlmcore.sql.bulk import read_blocks
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._paths import Paths
from mlmcore.sql.repositories._tree_rows import Arrays, ids_of, positions, tree_of, tree_rows
from mlmcore.sql.session import Session

if TYPE_CHECKING:
    from mlmcore.genealogy.dated import DatedEdges

__all__ = ["LEVELS_MAX", "SqlTrees", "refuse_strangers"]

_GROUP: Final = {"id": "uuid", "has_parent": "bool", "parent": "uuid", "leg": "int4"}
_MOVES: Final = {
    "id": "uuid",
    "has_from": "bool",
    "from": "uuid",
    "from_leg": "int4",
    "has_to": "bool",
    "to": "uuid",
    "to_leg": "int4",
    "at": "int8",
}
LEVELS_MAX: Final = 2**31 - 1
"""The most levels that the database can count."""
_EPOCH: Final = date(1970, 1, 1)


class SqlTrees:
    """The trees; see `protocols.Trees`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._paths = Paths(context)

    def read(self, tree: GenealogyTree, /, *, day: date | None = None, timezone: str = "UTC") -> Genealogy:
        """Return a whole tree, as it stands or as it stood at the end of a day."""
        checked_zone(timezone)
        if day is None:
            rows = tree_rows(self._session, tree)
            return tree_of(rows, ids_of(rows))
        end = day_end(day, timezone)
        rows = tree_rows(self._session, tree, "network_tree_as_of", day=day, end=end)
        ids = ids_of(rows)
        self._refuse_late_parents(tree, day, rows, ids)
        return tree_of(rows, ids)

    def group(self, tree: GenealogyTree, user_id: UUID, /, *, levels: int | None = None) -> Genealogy:
        """Return a person and everybody below, or those at most so many levels below."""
        levels = checked_levels(levels)
        down = None if levels is None else min(levels, LEVELS_MAX)
        parameters = {"tree": tree.value, "person": user_id, "levels": down}
        rows = read_blocks(self._session.copy_out("network_group", parameters), _GROUP)
        if not len(rows["id"]):
            raise NotFoundError("distributor", [user_id])
        return tree_of(rows, ids_of(rows))

    def upline(self, tree: GenealogyTree, user_id: UUID, /) -> tuple[UUID, ...]:
        """Return everybody above a person, the nearest first."""
        refuse_strangers(self._session, user_id)
        rows = self._session.rows("network_upline", {"tree": tree.value, "person": user_id})
        return tuple(row["id"] for row in rows)

    def is_below(self, tree: GenealogyTree, user_id: UUID, above_id: UUID, /) -> bool:
        """Return whether the first stands anywhere below the second."""
        refuse_strangers(self._session, user_id, above_id)
        parameters = {"tree": tree.value, "person": user_id, "above": above_id}
        return bool(self._session.rows("network_is_below", parameters)[0]["below"])

    def history(self, tree: GenealogyTree, /, *, timezone: str = "UTC") -> "DatedEdges":
        """Return where everybody ever stood, since when."""
        from mlmcore.genealogy.dated import DatedEdges  # noqa: PLC0415  (asked seldom)

        checked_zone(timezone)
        people = tree_rows(self._session, tree)
        moves: Arrays = read_blocks(self._session.copy_out("network_moves", {"tree": tree.value}), _MOVES)
        ids = ids_of(people)
        joined = _instants(people["joined"], timezone)
        person = ids.find(moves["id"])
        later = moves["at"] > joined[person]
        moves, person = {name: values[later] for name, values in moves.items()}, person[later]
        parent, leg = positions(ids, people["has_parent"], people["parent"]), people["leg"].copy()
        moved, first = np.unique(person, return_index=True)  # the oldest of each comes first
        parent[moved] = positions(ids, moves["has_from"], moves["from"])[first]
        leg[moved] = moves["from_leg"][first]
        return DatedEdges(
            ids=ids,
            person=np.append(np.arange(len(ids), dtype=np.int32), person),
            parent=np.append(parent, positions(ids, moves["has_to"], moves["to"])),
            leg=np.append(leg, moves["to_leg"]),
            since=np.append(joined, moves["at"]),
        )

    def keeps_paths(self, tree: GenealogyTree, /) -> bool:
        """Return whether a row for each person and ancestor of a tree is kept."""
        return bool(self._session.rows("network_keeps_paths", {"tree": tree.value})[0]["enabled"])

    def keep_paths(self, tree: GenealogyTree, keep: bool, /) -> int:
        """Keep the paths of a tree from now on, or stop; return how many rows the tree then has."""
        refuse_paths_of(tree)
        return self._paths.keep(tree, keep)

    def rebuild_paths(self, tree: GenealogyTree, /) -> int:
        """Make all paths of a tree again from the parents; return how many there are."""
        return self._paths.rebuild(tree) if self.keeps_paths(tree) else 0

    def check_paths(self, tree: GenealogyTree, /) -> None:
        """Refuse paths that do not follow from the parents."""
        if tree in LEG_COLUMN:  # there can be no path of any other
            self._paths.check(tree, kept=self.keeps_paths(tree))

    def _refuse_late_parents(self, tree: GenealogyTree, day: date, rows: Arrays, ids: IdIndex) -> None:
        late = np.flatnonzero(rows["has_parent"] & (ids.find(rows["parent"]) < 0))
        if not len(late):
            return
        pairs = [(uuid_of(rows["id"][at]), uuid_of(rows["parent"][at])) for at in late.tolist()]
        named = self._session.rows("network_numbers", {"ids": [key for pair in pairs for key in pair]})
        people = {row["user_id"]: row for row in named}
        raise InputError(
            late_parents(tree, day, [_late_parent(people[person], people[parent]) for person, parent in pairs])
        )


def refuse_strangers(session: Session, *ids: UUID) -> None:
    """Refuse ids that are no distributor's (T11).

    Raises:
        NotFoundError: All of those that are not.
    """
    strangers = session.rows("network_strangers", {"ids": list(ids)})
    if strangers:
        raise NotFoundError("distributor", [row["id"] for row in strangers])


def _late_parent(person: Mapping[str, Any], parent: Mapping[str, Any]) -> LateParent:
    return LateParent(
        number=person["distributor_number"],
        joined=person["join_date"],
        parent_number=parent["distributor_number"],
        parent_joined=parent["join_date"],
    )


def _instants(days: NDArray[np.int32], timezone: str) -> NDArray[np.int64]:
    """int64[n]: the first microsecond of each day in a zone; each day is turned into an instant once."""
    different, which = np.unique(days, return_inverse=True)
    starts = [microseconds(day_start(_EPOCH + timedelta(days=day), timezone)) for day in different.tolist()]
    return np.array(starts, dtype=np.int64)[which]
