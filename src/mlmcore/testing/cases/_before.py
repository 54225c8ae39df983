"""What a case says about the company, and about what the period before handed on."""

from collections.abc import Iterable
from typing import Any

from mlmcore.compensation.columns import Column
from mlmcore.compensation.history import HISTORY
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import InputError, nearest
from mlmcore.files._fields import read_value
from mlmcore.genealogy import IdIndex
from mlmcore.testing.cases._document import Keyed, Node, Source
from mlmcore.testing.cases._values import Names, column_of, read_typed
from mlmcore.testing.cases.case import Value

__all__ = ["BEST_RANK", "find_strangers", "read_brought", "read_company", "read_history", "read_previous"]

BEST_RANK = "rank.best"


def read_company(node: Node | None, beside: Node, plan: Plan, source: Source) -> dict[str, Any]:
    """The company's figures; all that the plan declares, which is asked for at the line of `beside`."""
    declared = plan.inputs.company
    section = source.keyed(node, declared)
    figures: dict[str, Any] = {}
    for name, one in section.entries.items() if section is not None else ():
        text = source.text(one) if name in declared else None
        if text is None:
            continue
        try:
            figures[name] = read_value(text, declared[name])
        except InputError as error:
            source.wrong(one, error.findings[0].what, error.findings[0].todo)
    for name in declared:
        if section is None or name not in section.entries:
            what = f"the plan reads company.{name}, and nothing says what it is"
            source.wrong_at(beside.line, f"{beside.path}.company", what, f"write company: {{{name}: VALUE}}")
    return figures


def read_previous(node: Node | None, plan: Plan, names: Names, source: Source) -> State:
    """What the period before handed on, by person: carried values, and the highest rank ever held."""
    section = source.keyed(node)
    if section is None or not section.entries:
        return State.empty()
    people = list(section.entries)
    columns: dict[str, list[Value]] = {}
    for row, person in enumerate(people):
        entry = source.keyed(section.entries[person], names.carried)
        for name, one in entry.entries.items() if entry is not None else ():
            text = source.text(one) if name in names.carried else None
            if text is not None:
                column = columns.setdefault(name, [None] * len(people))
                column[row] = read_typed(text, names.carried[name], plan, source, one.line, one.path)
    _find_gaps(section.entries, columns, names, source)
    best = columns.pop(BEST_RANK, [None] * len(people))
    ids = _ids(people, section, source)
    if ids is None or source.findings:
        return State.empty()
    carried = {name: column_of(values, names.carried[name]) for name, values in columns.items()}
    return State(ids=ids, carried=carried, best_rank=Column.texts(None if one is None else str(one) for one in best))


def read_brought(node: Node | None, plan: Plan, names: Names, source: Source) -> dict[str, CarriedRows]:
    """What the period before handed on that is nobody's: what funds hold."""
    section = source.keyed(node, names.brought)
    found = {}
    for name, one in section.entries.items() if section is not None else ():
        text = source.text(one) if name in names.brought else None
        value = None if text is None else read_typed(text, names.brought[name], plan, source, one.line, one.path)
        if value is not None:
            found[name] = CarriedRows(columns={"amount": column_of([value], names.brought[name])})
    return found


def read_history(node: Node | None, plan: Plan, source: Source) -> dict[str, CarriedRows]:
    """What a plan keeps of earlier periods: by period, by person, by name."""
    section = source.keyed(node)
    found: dict[str, list[tuple[str, str, Value]]] = {name: [] for name in plan.history}
    for period, people in section.entries.items() if section is not None else ():
        by_person = source.keyed(people)
        for person, columns in by_person.entries.items() if by_person is not None else ():
            entry = source.keyed(columns, plan.history)
            for name, one in entry.entries.items() if entry is not None else ():
                text = source.text(one) if name in plan.history else None
                if text is not None:
                    value = read_typed(text, plan.history_types[name], plan, source, one.line, one.path)
                    found[name].append((period, person, value))
    return {
        f"{HISTORY}{name}": CarriedRows(
            columns={
                "period": Column.texts(period for period, _, _ in rows),
                "person": Column.texts(person for _, person, _ in rows),
                "value": column_of([value for _, _, value in rows], plan.history_types[name]),
            }
        )
        for name, rows in found.items()
        if rows and not source.findings
    }


def find_strangers(node: Node | None, people: Iterable[str], source: Source) -> None:
    """Note whoever has a history and is nobody in the case."""
    known = frozenset(people)
    section = source.keyed(node)
    for by_person in section.entries.values() if section is not None else ():
        for person, entry in by_person.entries.items() if isinstance(by_person, Keyed) else ():
            if person not in known:
                source.wrong(entry, f"{person!r} is nobody in this case", nearest(person, sorted(known)))


def _find_gaps(entries: Any, columns: dict[str, list[Value]], names: Names, source: Source) -> None:
    """Only a number can be missing for somebody: a text or a condition has no room for "as at the start"."""
    for name in columns:
        if names.carried[name].kind in {"number", "rank"}:
            continue
        for person, entry in entries.items():
            if name not in getattr(entry, "entries", {name: None}):
                todo = "say it of everybody who stands in previous"
                source.wrong(entry, f"says nothing of {name}, which is said of others; so of {person}", todo)


def _ids(people: list[str], section: Node, source: Source) -> IdIndex | None:
    try:
        return IdIndex.from_labels(people)
    except InputError as error:
        for finding in error.findings:
            source.wrong(section, finding.what, finding.todo)
        return None
