"""Events: what happened to a distributor on a day and is no order, so that plans may pay on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from mlmcore.domain.people import PersonEvent

__all__ = ["PersonEvents"]


class PersonEvents(Protocol):
    """Events of people: a demonstration, a sign-up, points of a contest.

    What a plan declares about events of a name (`[inputs.events.NAME]`) stands in `data`, decimals and dates as text.

    - **V1** `id` is unique, and the distributor is stored.
    - **V2** An event never changes: there is no verb for it. What was written down wrongly is taken back by an event of
      its own, as the plan reads it.
    - **V3** A span of time holds its first instant and not its last.
    """

    def get(self, event_id: UUID, /) -> PersonEvent:
        """Return an event."""
        ...

    def find(self, event_id: UUID, /) -> PersonEvent | None:
        """Return an event, or None."""
        ...

    def add(self, event: PersonEvent, /) -> PersonEvent:
        """Store a new event."""
        ...

    def add_many(self, events: Sequence[PersonEvent], /) -> None:
        """Store many events."""
        ...

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[PersonEvent, ...]:
        """Return somebody's events, by instant, then id."""
        ...

    def list_by_name(self, name: str, start: datetime, end: datetime, /) -> tuple[PersonEvent, ...]:
        """Return the events of a name in a span of time, by instant, then id; of a period, give its two instants."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[PersonEvent, ...]:
        """Return the next events, by id."""
        ...
