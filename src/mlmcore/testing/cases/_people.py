"""The people of a case, where they stand in each tree, and which measures are given to them.

People are an outline, a list of mappings, or a CSV file; all three become the table that a people file is, so that one
reader says what their fields mean.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from attrs import field, frozen

from mlmcore.compensation.inputs import Edges, Given, People
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.files._table import Table
from mlmcore.files.people import people_columns, people_of, people_table
from mlmcore.testing.cases._document import Keyed, Many, Node, Source, Text
from mlmcore.testing.cases._outline import Row, read_outline
from mlmcore.testing.cases._roll import Roll
from mlmcore.testing.cases._values import NONE, Names, column_of, read_typed
from mlmcore.testing.cases.case import Value

__all__ = ["JOINED", "Crowd", "known_person", "read_given", "read_people"]

JOINED: Final = "2000-01-01"
"""When somebody joined of whom a case does not say it."""
_LEGS: Final = {"left": "1", "right": "2"}

Givens = dict[str, dict[str, tuple[Value, int]]]
"""By name and person, what is given, and the line."""


@frozen(kw_only=True)
class Crowd:
    """Who there is in a period of a case.

    Attributes:
        people: They.
        trees: Where they stand.
        given: What is given to them where they stand.
        lines: The line of each.
        roll: Who they are.
    """

    people: People
    trees: Mapping[str, Edges]
    given: Givens
    lines: Mapping[str, int]
    roll: Roll = field(init=False)

    @roll.default
    def _of_people(self) -> Roll:
        return Roll(self.people.ids)


def read_people(
    node: Node,
    trees: Node | None,
    defaults: Mapping[str, str],
    plan: Plan,
    names: Names,
    source: Source,
    movers: Mapping[str, Collection[str]],
) -> Crowd | None:
    """Read people and their trees; None where something was found.

    Args:
        node: The value of `people`.
        trees: The value of `trees`, for those that the people themselves do not say.
        defaults: What everybody is who does not say it.
        plan: Which trees and attributes there are.
        names: Which measures can be given.
        source: Takes what is wrong.
        movers: By tree, who moves in it.
    """
    before = len(source.findings)
    if isinstance(node, Keyed):
        return _from_csv(node, trees, plan, source, movers)
    rows = read_outline(node, source) if isinstance(node, Text) else _listed(node, plan, source)
    drawn = _drawn(trees, rows, node, plan, source)
    given: Givens = defaultdict(dict)
    known = [*(name for name in people_columns(plan)[1:] if name != plan.given_tree), *names.given]
    for row in rows:
        for key, text in row.fields.items():
            if key in names.given and key not in row.told:
                path = f"{node.path}.{row.id}.{key}"
                given[key][row.id] = (read_typed(text, names.given[key], plan, source, row.line, path), row.line)
            elif key not in known:
                what = f"unknown key {key!r}"
                source.wrong_at(row.line, f"{node.path}.{row.id}", what, nearest(key, known), "cases.unknown-key")
    if not rows and len(source.findings) == before:
        source.wrong(node, "is nobody", "write at least one person")
    table = _table(rows, drawn, defaults, plan, source)
    findings = Findings()
    found = people_of(table, plan, findings, movers)
    source.once(findings, {(row.line, key) for row in rows for key in row.told})
    if found is None or len(source.findings) > before:
        return None
    lines = {row.id: row.line for row in rows}
    return Crowd(people=found.people, trees=found.trees, given=given, lines=lines)


def read_given(node: Node | None, crowd: Crowd | None, plan: Plan, names: Names, source: Source) -> dict[str, Given]:
    """What is given, of people and of `given`, as the engine takes it; without people it is only looked at."""
    given: Givens = defaultdict(dict)
    for name, of_people in crowd.given.items() if crowd is not None else ():
        given[name].update(of_people)
    roll = None if crowd is None else crowd.roll
    section = source.keyed(node)
    for written, values in section.entries.items() if section is not None else ():
        person = known_person(written, roll, values, source)
        entry = source.keyed(values, names.given)
        for name, one in entry.entries.items() if entry is not None else ():
            text = source.text(one) if name in names.given else None
            if person is None or text is None:
                continue
            if person in given[name]:
                what = f"is given in line {given[name][person][1]} already"
                source.wrong(one, what, "keep one", "cases.twice")
            given[name][person] = (read_typed(text, names.given[name], plan, source, one.line, one.path), one.line)
    if roll is None:
        return {}
    return {
        name: Given(
            rows=[roll.find(person) for person in values],
            values=column_of([value for value, _ in values.values()], names.given[name]),
        )
        for name, values in given.items()
        if values
    }


def known_person(written: str, roll: Roll | None, node: Node, source: Source) -> str | None:
    """Somebody's id as the people of the case write it; None where nobody has it, which is then found.

    Where the people could not be read (`roll` is None) nobody can say who is missing.
    """
    if roll is None:
        return written
    found = roll.find(written)
    if found < 0:
        source.wrong(node, f"{written!r} is nobody in this case", nearest(written, roll.labels))
        return None
    return roll.labels[found]


def _listed(node: Node, plan: Plan, source: Source) -> list[Row]:
    rows = []
    for item in source.many(node):
        entry = source.keyed(item)
        if entry is None:
            continue
        said = {key: source.text(value) for key, value in entry.entries.items()}
        told = frozenset(key for key, text in said.items() if text is None)
        fields = {key: text or "" for key, text in said.items()}
        name = fields.pop("id", "")
        if not name and "id" in told:
            continue
        if not name:
            source.wrong(item, "has no id", "write id: ann")
            continue
        upline = fields.pop(plan.given_tree, "")
        above = "" if upline == NONE else upline
        rows.append(Row(id=name, upline=above, line=item.line, fields=fields, told=told))
    return rows


def _from_csv(
    node: Keyed, trees: Node | None, plan: Plan, source: Source, movers: Mapping[str, Collection[str]]
) -> Crowd | None:
    text = source.text(node.entries.get("csv"))
    source.keyed(node, ["csv"])
    if trees is not None:
        source.wrong(trees, "is drawn beside people from a file", "the file has a column for each tree: leave it out")
    if text is None:
        source.wrong(node, "names no file", "write csv: people.csv; people themselves are a list or an outline")
        return None
    table = people_table(source.path.parent / text, plan, source.findings)
    found = None if table is None else people_of(table, plan, source.findings, movers)
    if found is None:
        return None
    return Crowd(people=found.people, trees=found.trees, given={}, lines={})


def _drawn(trees: Node | None, rows: list[Row], people: Node, plan: Plan, source: Source) -> dict[str, dict[str, Row]]:
    """The rows of each tree but the default one, by person; those trees that the people themselves say are left out."""
    others = [name for name in plan.inputs.trees if name != plan.given_tree]
    section = source.keyed(trees, others)
    entries = section.entries if section is not None else {}
    drawn: dict[str, dict[str, Row]] = {}
    for name in others:
        said = any(name in row.fields for row in rows)
        node = entries.get(name)
        if node is None and not said:
            what = f"nothing says who stands where in the tree {name!r}, which the plan declares"
            todo = f"write trees: {{{name}: {plan.given_tree}}} where both are the same, or draw it there"
            source.wrong(people, what, todo, "cases.tree")
        elif node is not None and said:
            source.wrong(node, "is said by people too", "say it once", "cases.twice")
        elif isinstance(node, Text) and not node.block:
            if source.text(node) == plan.given_tree:
                drawn[name] = {row.id: row for row in rows}
            else:
                source.wrong(
                    node, f"{node.text!r} is not the default tree", f"write {plan.given_tree}, or draw the tree"
                )
        elif isinstance(node, Text):
            drawn[name] = _one_tree(node, name, rows, source)
        elif isinstance(node, Many | Keyed):
            source.wrong(node, "is no outline", "write | here, and the tree below it, indented")
    return drawn


def _one_tree(node: Text, name: str, people: list[Row], source: Source) -> dict[str, Row]:
    known = {row.id for row in people}
    rows: dict[str, Row] = {}
    for row in read_outline(node, source):
        if row.id not in known:
            source.wrong_at(row.line, node.path, f"{row.id!r} is nobody in this case", nearest(row.id, known))
        if row.id in rows:
            source.wrong_at(row.line, node.path, f"{row.id!r} stands here twice", "keep one", "cases.twice")
        allowed = ["leg"] if name == "placement" else []
        for key in row.fields:
            if key not in allowed:
                todo = "a further tree says who stands where, and of the placement tree in which leg"
                source.wrong_at(row.line, f"{node.path}.{row.id}", f"unknown key {key!r}", todo, "cases.unknown-key")
        rows.setdefault(row.id, row)
    return rows


def _table(
    rows: list[Row], drawn: Mapping[str, Mapping[str, Row]], defaults: Mapping[str, str], plan: Plan, source: Source
) -> Table:
    """The people as a people file would say them."""
    columns: dict[str, list[str]] = {
        "id": [row.id for row in rows],
        "status": [row.fields.get("status", defaults.get("status", "active")) for row in rows],
        "joined": [row.fields.get("joined", defaults.get("joined", JOINED)) for row in rows],
        plan.given_tree: [row.upline for row in rows],
    }
    for name in plan.inputs.attributes:
        columns[name] = [_or_empty(row.fields.get(name, defaults.get(name, ""))) for row in rows]
    for name in plan.inputs.trees:
        if name in drawn:
            columns[name] = [drawn[name][row.id].upline if row.id in drawn[name] else "" for row in rows]
        elif name != plan.given_tree:
            columns[name] = [_or_empty(row.fields.get(name, "")) for row in rows]
    if "placement" in plan.inputs.trees:
        placed = drawn.get("placement", {})
        legs = [placed.get(row.id, row).fields.get("leg", row.fields.get("leg", "")) for row in rows]
        columns["leg"] = [_LEGS.get(leg, leg) for leg in legs]
    return Table(file=source.file, lines=[row.line for row in rows], columns=columns)


def _or_empty(text: str) -> str:
    return "" if text == NONE else text
