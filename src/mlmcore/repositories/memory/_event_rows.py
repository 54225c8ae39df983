"""Events of people in memory as the columns of a run."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np

from mlmcore.compensation.plan import InputColumn
from mlmcore.domain.people import PersonEvent
from mlmcore.domain.periods import Period
from mlmcore.genealogy.ids import uuid_keys
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.snapshot_columns import MISSING, StoredValues
from mlmcore.repositories.snapshot_events import EventRows

__all__ = ["MemoryEventRows"]

_EPOCH: Final = date(1970, 1, 1)


class MemoryEventRows:
    """Events as columns; see `snapshot_events.EventSource`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def happened(self, name: str, declared: Mapping[str, InputColumn], period: Period, first: datetime, /) -> EventRows:
        """Return the events of a name from an instant to the period's end."""
        everything: Mapping[UUID, PersonEvent] = self._context.state.read("person_events")
        end = period.end_instant
        # As they lie there, not copied: nothing is handed on that could be changed.
        events = [event for event in everything.values() if event.name == name and first <= event.occurred_at < end]
        events.sort(key=lambda event: (event.occurred_at, event.id))
        each = np.arange(len(events), dtype=np.int32)
        return EventRows(
            keys=uuid_keys([str(event.id) for event in events]),
            people=uuid_keys([str(event.distributor_id) for event in events]),
            days=np.array([(period.day_of(event.occurred_at) - _EPOCH).days for event in events], dtype=np.int32),
            values={
                key: StoredValues(values=[event.data.get(key, MISSING) for event in events], codes=each)
                for key in declared
            },
            data=lambda rows: [events[row].data for row in rows],
        )
