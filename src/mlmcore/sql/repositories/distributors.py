"""Distributors, where they stand, and where they stood."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import numpy as np
from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import NotFoundError
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor
from mlmcore.genealogy.ids import uuid_keys
from mlmcore.repositories.filters import EVERYBODY, DistributorFilter
from mlmcore.repositories.network_rules import PARENT_COLUMN, checked_start, moved
from mlmcore.repositories.placing import FreePlace, Spillover
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._paths import Paths
from mlmcore.sql.repositories._picking import distributor_condition
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table
from mlmcore.sql.repositories._sponsor_legs import sponsor_legs

__all__ = ["DISTRIBUTORS", "SqlDistributors"]

DISTRIBUTORS: Final = Table(
    name="distributors",
    entity="distributor",
    type=Distributor,
    key=("user_id",),
    machines={"status": machines.DISTRIBUTOR},
)
_NEXT_LEG: Final = """(
    SELECT 1 + coalesce(max(g.highest), 0) FROM {schema}.reserve_sponsor_legs(ARRAY[%(sponsor_id)s::uuid]) AS g
)"""
_MOVES: Final = Table(name="genealogy_moves", entity="move", type=GenealogyMove)


class SqlDistributors(Aggregate[Distributor]):
    """Distributors and their moves; see `protocols.Distributors`.

    The sponsor's legs, the closure rows, the record of moves and the refusal of loops are the database's: its triggers
    keep them for whoever writes. New people bring their legs with them, since it is cheaper so; a row that was changed
    is read again.
    """

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, DISTRIBUTORS)
        self._moves = Rows(context, _MOVES)
        self._paths = Paths(context)

    def find_by_number(self, number: str, /) -> Distributor | None:
        """Return the distributor with this number, or None."""
        return self._rows.one("WHERE distributor_number = %(number)s", {"number": number})

    def lock(self, user_id: UUID, /, *, trees: Collection[GenealogyTree] = ()) -> Distributor:
        """Return a distributor, whom nobody else changes until the transaction ends."""
        self._rows.get(user_id)  # the table before the trees
        self._lock_trees(tree for tree in GenealogyTree if tree in trees)
        return self._rows.get_for_update(user_id)

    def lock_uplines(self, sponsor_id: UUID | None, /, *others: UUID | None) -> Mapping[UUID, Distributor]:
        """Return the sponsor and the other uplines of somebody who is about to join, by id."""
        ids = {key for key in (sponsor_id, *others) if key is not None}
        self._session.rows("distributors_share_trees")
        found = (self._lock_upline(key, alone=key == sponsor_id) for key in sorted(ids))
        return {person.user_id: person for person in found if person is not None}

    def next_number(self) -> int:
        """Return a number that nobody was given before."""
        return int(self._session.rows("distributors_next_number")[0]["number"])

    def begin_numbers(self, at: int, /) -> None:
        """Let drawn numbers be at least that."""
        self._session.rows("distributors_begin_numbers", {"at": checked_start(at)})

    def free_place(self, wanted: Spillover, /) -> FreePlace | None:
        """Return the place that a rule of spillover means, or None."""
        self._rows.get(wanted.under_id)
        parameters = {
            "under": wanted.under_id,
            "rule": wanted.rule.value,
            "width": wanted.width,
            "levels": wanted.levels,
            "volume": wanted.volume and wanted.volume.value,
        }
        rows = self._session.rows("distributors_free_place", parameters)
        return FreePlace(parent_id=rows[0]["parent"], leg=rows[0]["leg"]) if rows else None

    def add(self, distributor: Distributor, /) -> Distributor:
        """Store a new distributor."""
        if distributor.sponsor_id is None:
            return self._rows.add(distributor, sponsor_leg=None)
        return self._rows.add(distributor, {"sponsor_leg": _NEXT_LEG})

    def add_many(self, distributors: Sequence[Distributor], /) -> None:
        """Store many distributors, in any order."""
        if not distributors:
            return
        with self._session.savepoint(), self._paths.made_afterwards(len(distributors)):
            self._rows.add_many(distributors, [{"sponsor_leg": leg} for leg in self._legs(distributors)])

    def update(self, distributor: Distributor, /, *, reason: str | None = None) -> Distributor:
        """Replace a stored distributor; this is also how somebody is moved, and why."""
        before = self._rows.get(distributor.user_id)
        with self._session.savepoint():
            self._lock_trees(tree for tree in GenealogyTree if _place(tree, before) != _place(tree, distributor))
            before = self._rows.get_for_update(distributor.user_id)
            return self._write(before, distributor, reason)

    def move(
        self,
        user_id: UUID,
        tree: GenealogyTree,
        parent_id: UUID | None,
        leg: int | None = None,
        /,
        *,
        reason: str | None = None,
    ) -> Distributor:
        """Put somebody, with the whole group, below another parent of a tree, or make a root of them."""
        moved(self._rows.get(user_id), tree, parent_id, leg)
        with self._session.savepoint():
            self._lock_trees([tree])
            before = self._rows.get_for_update(user_id)
            return self._write(before, moved(before, tree, parent_id, leg), reason)

    def list_by_sponsor(self, sponsor_id: UUID, /) -> tuple[Distributor, ...]:
        """Return the people whom somebody sponsors, by sponsor leg."""
        return self._rows.many("WHERE sponsor_id = %(sponsor)s ORDER BY sponsor_leg", {"sponsor": sponsor_id})

    def list_by_status(self, status: DistributorStatus, /) -> tuple[Distributor, ...]:
        """Return the distributors of a status, by id."""
        return self._rows.many("WHERE status = %(status)s ORDER BY user_id", {"status": status.value})

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: DistributorFilter = EVERYBODY
    ) -> tuple[Distributor, ...]:
        """Return the next distributors by id, of all or of those that a filter picks."""
        if where.below is not None and self._rows.find(where.below.user_id) is None:
            raise NotFoundError("distributor", [where.below.user_id])
        condition, parameters = distributor_condition(where)
        return self._rows.page(after, limit, where=condition, parameters=parameters)

    def list_moves(self, user_id: UUID, /) -> tuple[GenealogyMove, ...]:
        """Return somebody's moves, the oldest first, then by tree."""
        return self._moves.many("WHERE distributor_id = %(person)s ORDER BY moved_at, tree", {"person": user_id})

    def _lock_upline(self, key: UUID, *, alone: bool) -> Distributor | None:
        # A sponsor's legs are counted under a lock of its own; whoever shared the row first would wait for the others.
        lock = "FOR NO KEY UPDATE" if alone else "FOR SHARE"
        return self._rows.one(f"WHERE user_id = %(id)s {lock}", {"id": key})

    def _lock_trees(self, trees: Iterable[GenealogyTree]) -> None:
        # Before the row: whoever has a tree may be waiting for this row already.
        for tree in trees:
            self._session.run("network_lock", {"tree": tree.value})

    def _write(self, before: Distributor, after: Distributor, reason: str | None) -> Distributor:
        leg = before.sponsor_leg if after.sponsor_id == before.sponsor_id else None
        with self._saying(reason):
            self._rows.update(evolve(after, sponsor_leg=leg))
        return self._rows.get(after.user_id)

    @contextmanager
    def _saying(self, reason: str | None) -> Iterator[None]:
        """Let the record of moves take this reason, and afterwards the host's again."""
        host = self._session.rows("move_reason")[0]
        self._session.rows("move_set_reason", {"reason": reason or ""})
        yield
        self._session.rows("move_set_reason", host)

    def _legs(self, people: Sequence[Distributor]) -> list[int | None]:
        """The sponsor legs of new people, numbered in the order of joining after what each sponsor has given."""
        sponsored = [person for person in people if person.sponsor_id is not None]
        legs = sponsor_legs(
            self._session,
            uuid_keys([str(person.sponsor_id) for person in sponsored]),
            np.array([person.join_date.toordinal() for person in sponsored], dtype=np.int64),
            [person.distributor_number.encode() for person in sponsored],
        )
        given = iter(legs.tolist())
        return [None if person.sponsor_id is None else next(given) for person in people]


def _place(tree: GenealogyTree, person: Distributor) -> tuple[UUID | None, int | None]:
    """Where a writer puts somebody; the sponsor's leg is the store's."""
    return getattr(person, PARENT_COLUMN[tree]), person.placement_leg if tree == GenealogyTree.PLACEMENT else None
