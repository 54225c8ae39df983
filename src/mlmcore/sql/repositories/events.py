"""Events of people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from mlmcore.domain.people import PersonEvent
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Rows, Table

__all__ = ["SqlPersonEvents"]

_EVENTS: Final = Table(name="person_events", entity="event", type=PersonEvent)


class SqlPersonEvents:
    """Events of people; see `protocols.PersonEvents`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _EVENTS)

    def get(self, event_id: UUID, /) -> PersonEvent:
        """Return an event."""
        return self._rows.get(event_id)

    def find(self, event_id: UUID, /) -> PersonEvent | None:
        """Return an event, or None."""
        return self._rows.find(event_id)

    def add(self, event: PersonEvent, /) -> PersonEvent:
        """Store a new event."""
        return self._rows.add(event)

    def add_many(self, events: Sequence[PersonEvent], /) -> None:
        """Store many events."""
        self._rows.add_many(events)

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[PersonEvent, ...]:
        """Return somebody's events, by instant, then id."""
        return self._rows.many("WHERE distributor_id = %(person)s ORDER BY occurred_at, id", {"person": distributor_id})

    def list_by_name(self, name: str, start: datetime, end: datetime, /) -> tuple[PersonEvent, ...]:
        """Return the events of a name in a span of time, by instant, then id."""
        rest = "WHERE name = %(name)s AND occurred_at >= %(start)s AND occurred_at < %(end)s ORDER BY occurred_at, id"
        return self._rows.many(rest, {"name": name, "start": start, "end": end})

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[PersonEvent, ...]:
        """Return the next events, by id."""
        return self._rows.page(after, limit)
