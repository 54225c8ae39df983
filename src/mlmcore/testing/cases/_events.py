"""The events of a case, by name: a list of mappings or a CSV file; both become the table that an events file is."""

from collections.abc import Mapping, Sequence

from mlmcore.compensation.inputs import Events
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.files._table import Table
from mlmcore.files.events import event_columns, events_of, events_table
from mlmcore.testing.cases._document import Keyed, Node, Source
from mlmcore.testing.cases._orders import Sale
from mlmcore.testing.cases._roll import Roll
from mlmcore.testing.cases._values import named

__all__ = ["event_rows", "read_events"]

Happened = Mapping[str, Sequence[Sale]]


def event_rows(
    node: Node | None, day: str | None, before: Happened, plan: Plan, source: Source
) -> dict[str, list[Sale]]:
    """The events of a mapping, after those before, by name.

    Args:
        node: The value of `events`; a name whose events stand in a file gives none here.
        day: As of `Sale.read`.
        before: The events that there are already: one without an id is called by its number, `e1`.
        plan: Which events there are, and which columns.
        source: Takes what is wrong.
    """
    happened = {name: list(before.get(name, ())) for name in plan.inputs.events}
    section = source.keyed(node, plan.inputs.events)
    for name, listed in section.entries.items() if section is not None else ():
        if name not in plan.inputs.events or isinstance(listed, Keyed):
            continue
        for item in source.many(listed):
            entry = source.keyed(item, event_columns(plan, name))
            if entry is not None:
                given = {"id": f"e{len(happened[name]) + 1}"}
                happened[name].append(Sale.read(entry, item.line, given, day, source))
    return happened


def read_events(
    node: Node | None, happened: Happened, people: Roll | None, plan: Plan, source: Source
) -> tuple[dict[str, Events] | None, dict[str, int]]:
    """All events of a case, by name, and the line of each that is listed; None where something was found."""
    entries = node.entries if isinstance(node, Keyed) else {}
    files = {key: value for key, value in entries.items() if isinstance(value, Keyed)}
    found: dict[str, Events] = {}
    lines: dict[str, int] = {}
    sound = True
    for name in plan.inputs.events:
        table = _from_csv(files[name], plan, name, source) if name in files else None
        if name not in files:
            table = _listed(happened.get(name, ()), people, plan, name, source)
        said = Findings()
        ids = None if people is None else people.ids
        events = None if table is None else events_of(table, plan, name, ids, said)
        source.once(said, {(row.line, key) for row in happened.get(name, ()) for key in row.told})
        if table is None or events is None:
            sound = False
            continue
        found[name] = events
        if name not in files:
            lines |= named(f"event {name}", dict(zip(table.column("id"), table.lines, strict=True)))
    return (found if sound else None), lines


def _listed(rows: Sequence[Sale], people: Roll | None, plan: Plan, name: str, source: Source) -> Table | None:
    strangers = [
        row for row in rows if people is not None and row.fields.get("person") and people.find(row.fields["person"]) < 0
    ]
    for row in strangers:
        text, labels = row.fields["person"], people.labels if people is not None else ()
        source.wrong_at(row.line, "person", f"{text!r} is nobody in this case", nearest(text, labels))
    columns = {column: [row.fields.get(column, "") for row in rows] for column in event_columns(plan, name)}
    table = Table(file=source.file, lines=[row.line for row in rows], columns=columns)
    return None if strangers else table


def _from_csv(node: Keyed, plan: Plan, name: str, source: Source) -> Table | None:
    text = source.text(node.entries.get("csv"))
    source.keyed(node, ["csv"])
    if text is None:
        source.wrong(node, "names no file", "write csv: FILE.csv; events themselves are a list")
        return None
    return events_table(source.path.parent / text, plan, name, source.findings)
