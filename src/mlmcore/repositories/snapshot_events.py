"""Stored events of people as the columns of a run; every store reads them by this rule.

An event counts on the day of its instant in the period's timezone. What the plan declares about it stands in its
`data`: a key that is not there is a finding, since a misspelt one would pay nothing in silence; JSON's null says that
there is no value.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Events
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.snapshot_columns import MISSING, StoredValues, first_instant, stored_column

__all__ = ["EventRows", "EventSource", "read_events"]

Keys = NDArray[np.uint64]


@frozen(kw_only=True, eq=False)
class EventRows:
    """The events of one name as columns, by instant, then id.

    Attributes:
        keys: uint64[m, 2]: their ids.
        people: uint64[m, 2]: to whom they happened.
        days: int32[m]: on which day in the period's timezone, since 1970-01-01.
        values: What `data` holds under each declared name.
        data: The whole `data` of some rows, for findings.
    """

    keys: Keys
    people: Keys
    days: NDArray[np.int32]
    values: Mapping[str, StoredValues]
    data: Callable[[Sequence[int]], Sequence[Mapping[str, Any]]]

    def where(self, row: int, name: str = "") -> str:
        """Where an event is stored, or what `data` holds there under a name."""
        event = f"person_events {uuid_of(self.keys[row])}"
        return f"{event} data.{name}" if name else event


class EventSource(Protocol):
    """What a store hands over."""

    def happened(self, name: str, declared: Mapping[str, InputColumn], period: Period, first: datetime, /) -> EventRows:
        """Return the events of a name from an instant to the period's end.

        Args:
            name: Of which name.
            declared: What the plan says of each of their columns.
            period: Until when, and in which timezone days begin.
            first: From when on.
        """
        ...


def read_events(
    plan: Plan, period: Period, people: IdIndex, source: EventSource, findings: Findings
) -> dict[str, Events]:
    """Return the events that a run of this plan over this period sees, by name.

    Args:
        plan: Which events there are, and which columns they have.
        period: The period; a bonus with shorter periods of its own may reach back before it.
        people: Who is in the run.
        source: The store's events.
        findings: Takes what is wrong, with the event's id.
    """
    first = first_instant(plan, period)
    return {
        name: _of_one(declared, people, source.happened(name, declared, period, first), findings)
        for name, declared in plan.inputs.events.items()
    }


def _of_one(declared: Mapping[str, InputColumn], people: IdIndex, rows: EventRows, findings: Findings) -> Events:
    person = people.find(rows.people)
    for row in np.flatnonzero(person < 0).tolist():
        findings.add(
            code="snapshot.event",
            what=f"distributor {uuid_of(rows.people[row])}, to whom it happened, joined after the period",
            todo="correct the distributor's join_date",
            path=rows.where(row),
        )
    return Events(
        ids=IdIndex.from_keys(rows.keys),
        date=rows.days,
        person=person,
        columns={name: _column(name, column, rows, findings) for name, column in declared.items()},
    )


def _column(name: str, declared: InputColumn, rows: EventRows, findings: Findings) -> Column:
    stored = rows.values[name]
    if declared.kind != "boolean":  # of which `stored_column` wants each anyway
        missing = stored.rows_of([code for code, value in enumerate(stored.values) if value is MISSING])
        for row, data in zip(missing, rows.data(missing) if missing else (), strict=True):
            findings.add(
                code="snapshot.missing",
                what="is missing, and the plan declares it",
                todo=f"{nearest(name, data)}; write null where there is no value",
                path=rows.where(row, name),
            )
    return stored_column(declared, stored, lambda row: rows.where(row, name), findings)
