"""Territories in memory."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import Territory
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Rows, Table

__all__ = ["MemoryTerritories"]

_TERRITORIES: Final[Table[Territory]] = Table(
    name="territories",
    entity="territory",
    key=lambda territory: territory.id,
    uniques={"code": lambda territory: territory.code},
    references={"parent_id": "territories"},
)


class MemoryTerritories:
    """Territories; see `protocols.Territories`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _TERRITORIES)

    def get(self, territory_id: UUID, /) -> Territory:
        """Return a territory."""
        return self._rows.get(territory_id)

    def find(self, territory_id: UUID, /) -> Territory | None:
        """Return a territory, or None."""
        return self._rows.find(territory_id)

    def find_by_code(self, code: str, /) -> Territory | None:
        """Return the territory with this code, or None."""
        return self._rows.find_by("code", code)

    def add(self, territory: Territory, /) -> Territory:
        """Store a new territory."""
        return self._rows.add(territory)

    def update(self, territory: Territory, /) -> Territory:
        """Replace a stored territory; this is also how one comes to lie in another."""
        with self._context.state.savepoint():
            stored = self._rows.update(territory)
            self._refuse_loop(stored)
        return stored

    def list_by_parent(self, parent_id: UUID | None, /) -> tuple[Territory, ...]:
        """Return the territories directly below one, or those below none, by code."""
        return self._rows.select(lambda territory: territory.parent_id == parent_id, lambda territory: territory.code)

    def list_within(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return a territory and everything below it, by how far below, then code."""
        level, found = [self.get(territory_id)], []
        while level:
            found += level
            below = (child for territory in level for child in self.list_by_parent(territory.id))
            level = sorted(below, key=lambda territory: territory.code)
        return tuple(found)

    def list_above(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return the territories in which one lies, the nearest first."""
        return tuple(self._upward(self.get(territory_id)))

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Territory, ...]:
        """Return the next territories by id."""
        return self._rows.page(after, limit)

    def _upward(self, territory: Territory) -> Iterator[Territory]:
        while territory.parent_id is not None:
            territory = self.get(territory.parent_id)
            yield territory

    def _refuse_loop(self, changed: Territory) -> None:
        codes = [changed.code]
        for above in self._upward(changed):
            codes.append(above.code)
            if above.id == changed.id:
                raise RefusedError(
                    f"the territory tree would have a loop: {' -> '.join(codes)}; Nothing can lie below itself; give "
                    "one of the loop another parent, or none"
                )
