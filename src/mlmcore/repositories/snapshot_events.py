"""Stored events of people as the columns of a run; every store reads them by this rule.

An event counts on the day of its instant in the period's timezone. What the plan declares about it stands in its
`data`: a key that is not there is a finding, since a misspelt one would pay nothing in silence; JSON's null says that
there is no value.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Events
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.domain.people import PersonEvent
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy.ids import uuid_keys
from mlmcore.repositories.snapshot_columns import declared_column, first_instant

if TYPE_CHECKING:
    from mlmcore.repositories.protocols.events import PersonEvents

__all__ = ["read_events"]

_EPOCH: Final = date(1970, 1, 1)


def read_events(
    plan: Plan, period: Period, people: IdIndex, stored: "PersonEvents", findings: Findings
) -> dict[str, Events]:
    """Return the events that a run of this plan over this period sees, by name.

    Args:
        plan: Which events there are, and which columns they have.
        period: The period; a bonus with shorter periods of its own may reach back before it.
        people: Who is in the run.
        stored: The store's events.
        findings: Takes what is wrong, with the event's id.
    """
    start, end = first_instant(plan, period), period.end_instant
    return {
        name: _of_one(declared, period, people, stored.list_by_name(name, start, end), findings)
        for name, declared in plan.inputs.events.items()
    }


def _of_one(
    declared: Mapping[str, InputColumn],
    period: Period,
    people: IdIndex,
    events: Sequence[PersonEvent],
    findings: Findings,
) -> Events:
    person = people.find(uuid_keys([str(event.distributor_id) for event in events]))
    for row in np.flatnonzero(person < 0).tolist():
        findings.add(
            code="snapshot.event",
            what=f"distributor {events[row].distributor_id}, to whom it happened, joined after the period",
            todo="correct the distributor's join_date",
            path=f"person_events {events[row].id}",
        )
    days = [(period.day_of(event.occurred_at) - _EPOCH).days for event in events]
    return Events(
        ids=IdIndex.from_uuids([event.id for event in events]),
        date=np.array(days, dtype=np.int32),
        person=person,
        columns={name: _column(name, column, events, findings) for name, column in declared.items()},
    )


def _column(name: str, declared: InputColumn, events: Sequence[PersonEvent], findings: Findings) -> Column:
    values = [(f"person_events {event.id} data.{name}", event.data.get(name)) for event in events]
    for event, (where, _) in zip(events, values, strict=True):
        if name not in event.data and declared.kind != "boolean":  # of which `declared_column` wants each anyway
            findings.add(
                code="snapshot.missing",
                what="is missing, and the plan declares it",
                todo=f"{nearest(name, event.data)}; write null where there is no value",
                path=where,
            )
    return declared_column(declared, values, findings, required=False)
