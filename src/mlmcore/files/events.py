"""An events file: further dated rows by person, of one of the names that the plan declares.

Columns: `id`, `date`, `person`, and those that the plan declares about these events; an empty field is none, which a
boolean never is.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlmcore.compensation.inputs import Events
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.files._fields import read_column, read_days
from mlmcore.files._ids import find_wrong_ids, positions
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import IdIndex

__all__ = ["event_columns", "events_of", "events_table", "read_events"]


def event_columns(plan: Plan, name: str, beside: Plan | None = None) -> list[str]:
    """The columns that a file of these events, for this plan and for the one beside it, may have."""
    declared = [column for one in (plan, beside) if one for column in one.inputs.events.get(name, {})]
    return list(dict.fromkeys(["id", "date", "person", *declared]))


def read_events(
    files: Mapping[str, Path],
    plan: Plan,
    people: IdIndex | None,
    findings: Findings,
    beside: Plan | None = None,
) -> dict[str, Events | None]:
    """Read the file of each of the events that the plan declares.

    Args:
        files: CSV files by name of the events.
        plan: Says which events and columns to expect.
        people: Whom events may name; None where the people file could not be read.
        findings: Takes everything that is wrong; a file that is missing, or of no declared events, too.
        beside: Another plan that the same files serve.

    Returns:
        Events by name, in the order of the files; None where something was found.
    """
    declared = plan.inputs.events
    for name in files:
        if name not in declared and not (beside and name in beside.inputs.events):
            what, todo = f"the plan declares no events {name!r}", nearest(name, declared)
            findings.add(code="files.unknown-events", what=what, todo=todo, path="events")
    found: dict[str, Events | None] = {}
    for name in declared:
        if name not in files:
            what, todo = f"the plan reads the events {name!r}, and no file gives them", f"--events {name}=FILE"
            findings.add(code="files.missing-events", what=what, todo=f"give it: {todo}", path="events")
            continue
        table = events_table(files[name], plan, name, findings, beside)
        found[name] = None if table is None else events_of(table, plan, name, people, findings)
    return found


def events_table(path: Path, plan: Plan, name: str, findings: Findings, beside: Plan | None = None) -> Table | None:
    """An events file as a table, or None and why it is none; what only the plan `beside` declares may be in it."""
    known = event_columns(plan, name, beside)
    return read_table(path, required=event_columns(plan, name), known=known, findings=findings)


def events_of(table: Table, plan: Plan, name: str, people: IdIndex | None, findings: Findings) -> Events | None:
    """What the fields of an events file mean, or None and what is wrong with them."""
    before = len(findings)
    ids = find_wrong_ids(table, findings)
    labels = table.column("person")
    person = np.full(len(labels), -1, dtype=np.int32) if people is None else positions(people, labels)
    for row in np.flatnonzero(person < 0).tolist():
        if not labels[row]:
            table.find(findings, row, "person", "files.missing-value", "is empty", "write the id of the person")
        elif people is not None:
            what = f"{labels[row]!r} is nobody in the people file"
            table.find(findings, row, "person", "files.unknown-person", what, "correct it, or add the person")
    days = read_days(table, "date", findings)
    columns = {
        column: read_column(table, column, declared, findings, required=False)
        for column, declared in plan.inputs.events[name].items()
    }
    if len(findings) > before or ids is None or not table.whole:
        return None
    return Events(ids=ids, date=days, person=person, columns=columns)
