"""The verbs that mean the same for every aggregate of one table, over the rows of whichever store."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

__all__ = ["AggregateVerbs", "RowsOf"]

E = TypeVar("E")


class RowsOf(Protocol[E]):
    """The rows of one table, as a store keeps them; A1 to A9 and A14 of `protocols`."""

    def get(self, key: Any, /) -> E:
        """Return a row."""

    def find(self, key: Any, /) -> E | None:
        """Return a row, or None."""

    def add(self, entity: E, /) -> E:
        """Store a new row."""

    def add_many(self, entities: Sequence[E], /) -> None:
        """Store many new rows."""

    def update(self, entity: E, /) -> E:
        """Replace a row."""

    def page(self, after: Any, limit: int, /) -> tuple[E, ...]:
        """Return the next rows by key."""


class AggregateVerbs(Generic[E]):
    """The verbs; what else an aggregate has stands in its own class."""

    _rows: RowsOf[E]

    def get(self, key: UUID, /) -> E:
        """Return what is stored under an id."""
        return self._rows.get(key)

    def find(self, key: UUID, /) -> E | None:
        """Return what is stored under an id, or None."""
        return self._rows.find(key)

    def add(self, entity: E, /) -> E:
        """Store something new."""
        return self._rows.add(entity)

    def add_many(self, entities: Sequence[E], /) -> None:
        """Store much that is new."""
        self._rows.add_many(entities)

    def update(self, entity: E, /) -> E:
        """Replace what is stored."""
        return self._rows.update(entity)

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[E, ...]:
        """Return the next entities by id."""
        return self._rows.page(after, limit)
