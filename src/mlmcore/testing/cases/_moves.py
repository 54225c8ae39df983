"""The moves of a case: who moved when, and below whom; a list or a CSV file, read as a moves file is.

A move in a list names each tree in which somebody moved by its own key: `{date: 2026-03-15, person: bob, sponsor:
cid}`.
"""

from collections.abc import Iterator
from typing import Final

from mlmcore.compensation.plan import Plan
from mlmcore.files._table import Table
from mlmcore.files.moves import moves_columns, moves_table
from mlmcore.testing.cases._document import Keyed, Node, Source
from mlmcore.testing.cases._values import NONE

__all__ = ["read_moves"]

_LEGS: Final = {"left": "1", "right": "2"}


def read_moves(node: Node | None, plan: Plan, source: Source) -> Table | None:
    """The moves as a moves file would say them; None where there are none."""
    if node is None:
        return None
    if isinstance(node, Keyed):
        text = source.text(node.entries.get("csv"))
        source.keyed(node, ["csv"])
        if text is None:
            source.wrong(node, "names no file", "write csv: moves.csv; moves themselves are a list")
            return None
        return moves_table(source.path.parent / text, plan, source.findings)
    lines, rows = [], []
    for item in source.many(node):
        entry = source.keyed(item, ["date", "person", *plan.inputs.trees, *moves_columns(plan)[4:]])
        for row in _rows(entry, plan, source) if entry is not None else ():
            lines.append(item.line)
            rows.append(row)
    columns = {name: [row.get(name, "") for row in rows] for name in moves_columns(plan)}
    return Table(file=source.file, lines=lines, columns=columns)


def _rows(entry: Keyed, plan: Plan, source: Source) -> Iterator[dict[str, str]]:
    """A row for each tree that a move names."""
    said = {key: source.text(value) or "" for key, value in entry.entries.items()}
    moved = [name for name in plan.inputs.trees if name in said]
    if not moved:
        todo = f"name the new upline by the tree: {plan.given_tree}: cid, or {plan.given_tree}: none"
        source.wrong(entry, "moves nowhere", todo)
    for name in moved:
        leg = said.get("leg", "") if name == "placement" or len(moved) == 1 else ""
        upline = "" if said[name] == NONE else said[name]
        yield {**said, "tree": name, "upline": upline, "leg": _LEGS.get(leg, leg)}
