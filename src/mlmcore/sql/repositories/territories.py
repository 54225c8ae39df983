"""Territories: the tree of sales regions. Loops are refused by a trigger, for whoever writes."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from mlmcore.domain.errors import NotFoundError
from mlmcore.domain.people import Territory
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlTerritories"]

_TERRITORIES: Final = Table(name="territories", entity="territory", type=Territory)
_WALK: Final = (
    "JOIN (WITH RECURSIVE walk (id, step) AS ("
    " SELECT %(id)s::uuid, 0 UNION ALL SELECT t.{next}, w.step + 1 FROM walk AS w"
    " JOIN {{schema}}.territories AS t ON t.{here} = w.id WHERE t.{next} IS NOT NULL)"
    " SELECT walk.id, walk.step FROM walk) AS walked USING (id) "
)
_DOWN: Final = _WALK.format(here="parent_id", next="id") + 'ORDER BY walked.step, code COLLATE "C"'
_UP: Final = _WALK.format(here="id", next="parent_id") + "WHERE walked.step > 0 ORDER BY walked.step"


class SqlTerritories:
    """Territories; see `protocols.Territories`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _TERRITORIES)

    def get(self, territory_id: UUID, /) -> Territory:
        """Return a territory."""
        return self._rows.get(territory_id)

    def find(self, territory_id: UUID, /) -> Territory | None:
        """Return a territory, or None."""
        return self._rows.find(territory_id)

    def find_by_code(self, code: str, /) -> Territory | None:
        """Return the territory with this code, or None."""
        return self._rows.one("WHERE code = %(code)s", {"code": code})

    def add(self, territory: Territory, /) -> Territory:
        """Store a new territory."""
        return self._rows.add(territory)

    def update(self, territory: Territory, /) -> Territory:
        """Replace a stored territory; this is also how one comes to lie in another."""
        return self._rows.update(territory)

    def list_by_parent(self, parent_id: UUID | None, /) -> tuple[Territory, ...]:
        """Return the territories directly below one, or those below none, by code."""
        where = "parent_id IS NULL" if parent_id is None else "parent_id = %(parent)s"
        return self._rows.many(f'WHERE {where} ORDER BY code COLLATE "C"', {"parent": parent_id})

    def list_within(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return a territory and everything below it, by how far below, then code."""
        found = self._rows.many(_DOWN, self._start(territory_id))
        if not found:
            raise NotFoundError("territory", [territory_id])
        return found

    def list_above(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return the territories in which one lies, the nearest first."""
        return self._rows.many(_UP, self._start(self.get(territory_id).id))

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Territory, ...]:
        """Return the next territories by id."""
        return self._rows.page(after, limit)

    def _start(self, territory_id: UUID) -> Mapping[str, Any]:
        return {"id": territory_id}
