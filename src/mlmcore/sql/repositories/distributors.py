"""Distributors, where they stand, and where they stood."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.enums import DistributorStatus
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["DISTRIBUTORS", "SqlDistributors"]

DISTRIBUTORS: Final = Table(
    name="distributors",
    entity="distributor",
    type=Distributor,
    key=("user_id",),
    machines={"status": machines.DISTRIBUTOR},
)
_MOVES: Final = Table(name="genealogy_moves", entity="move", type=GenealogyMove)


class SqlDistributors:
    """Distributors and their moves; see `protocols.Distributors`.

    The sponsor's legs, the closure rows, the record of moves and the refusal of loops are the database's: its triggers
    keep them for whoever writes. So a row is read again after it was written.
    """

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, DISTRIBUTORS)
        self._moves = Rows(context, _MOVES)

    def get(self, user_id: UUID, /) -> Distributor:
        """Return a distributor."""
        return self._rows.get(user_id)

    def find(self, user_id: UUID, /) -> Distributor | None:
        """Return a distributor, or None."""
        return self._rows.find(user_id)

    def find_by_number(self, number: str, /) -> Distributor | None:
        """Return the distributor with this number, or None."""
        return self._rows.one("WHERE distributor_number = %(number)s", {"number": number})

    def add(self, distributor: Distributor, /) -> Distributor:
        """Store a new distributor."""
        self._rows.add(evolve(distributor, sponsor_leg=None))
        return self._rows.get(distributor.user_id)

    def add_many(self, distributors: Sequence[Distributor], /) -> None:
        """Store many distributors, in any order."""
        self._rows.add_many([evolve(person, sponsor_leg=None) for person in distributors])

    def update(self, distributor: Distributor, /) -> Distributor:
        """Replace a stored distributor; this is also how somebody is moved."""
        before = self._rows.get(distributor.user_id)
        self._rows.update(evolve(distributor, sponsor_leg=before.sponsor_leg))
        return self._rows.get(distributor.user_id)

    def list_by_sponsor(self, sponsor_id: UUID, /) -> tuple[Distributor, ...]:
        """Return the people whom somebody sponsors, by sponsor leg."""
        return self._rows.many("WHERE sponsor_id = %(sponsor)s ORDER BY sponsor_leg", {"sponsor": sponsor_id})

    def list_by_status(self, status: DistributorStatus, /) -> tuple[Distributor, ...]:
        """Return the distributors of a status, by id."""
        return self._rows.many("WHERE status = %(status)s ORDER BY user_id", {"status": status.value})

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Distributor, ...]:
        """Return the next distributors by id."""
        return self._rows.page(after, limit)

    def list_moves(self, user_id: UUID, /) -> tuple[GenealogyMove, ...]:
        """Return somebody's moves, the oldest first, then by tree."""
        return self._moves.many("WHERE distributor_id = %(person)s ORDER BY moved_at, tree", {"person": user_id})
