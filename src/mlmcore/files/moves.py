"""The moves file: who moved within which tree, when, and where they went.

Columns: `date`, `person`, `tree`, `upline` (empty: the person became a root) and, where there is a placement tree,
`leg`. Beside such a file the people file says where each person stood before the first of the moves.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.inputs import Moves
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, nearest
from mlmcore.files._fields import read_days, read_whole_numbers
from mlmcore.files._ids import positions
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import IdIndex

__all__ = ["move_lines", "movers", "moves_columns", "moves_of", "moves_table"]

Ints = NDArray[np.int32]


def moves_columns(plan: Plan) -> list[str]:
    """The columns that a moves file for this plan may have."""
    return ["date", "person", "tree", "upline", *(["leg"] if "placement" in plan.inputs.trees else [])]


def moves_table(path: Path, plan: Plan, findings: Findings) -> Table | None:
    """A moves file as a table, or None and why it is none."""
    required = ["date", "person", "tree", "upline"]
    return read_table(path, required=required, known=moves_columns(plan), findings=findings)


def movers(table: Table | None) -> Mapping[str, frozenset[str]]:
    """By tree, who moves in it: where they hang first may be somebody else's place when that person comes."""
    found: dict[str, set[str]] = defaultdict(set)
    for tree, person in zip(table.column("tree"), table.column("person"), strict=True) if table is not None else ():
        found[tree].add(person)
    return {tree: frozenset(people) for tree, people in found.items()}


def move_lines(table: Table | None) -> dict[str, int]:
    """The line of each person's first move in each tree, by what a finding of a run calls it."""
    lines: dict[str, int] = {}
    for row, line in enumerate(table.lines if table is not None else ()):
        assert table is not None  # noqa: S101  (it has lines)
        lines.setdefault(f"{table.column('tree')[row]}: person {table.column('person')[row]}", line)
    return lines


def moves_of(table: Table, plan: Plan, people: IdIndex | None, findings: Findings) -> dict[str, Moves] | None:
    """What the fields of a moves file mean, or None and what is wrong with them.

    Args:
        table: The moves.
        plan: Which trees there are.
        people: Who may be named; None where the people file could not be read.
        findings: Takes what is wrong.
    """
    before = len(findings)
    days = read_days(table, "date", findings)
    legs = np.array(read_whole_numbers(table, "leg", findings), dtype=np.int32)
    person = _people(table, "person", people, findings)
    upline = _people(table, "upline", people, findings)
    _check(table, plan, legs, findings)
    if len(findings) > before or people is None or not table.whole:
        return None
    trees = np.array(table.column("tree"), dtype=object)
    found = {}
    for name in plan.inputs.trees:
        rows = np.flatnonzero(trees == name)
        if len(rows):
            found[name] = Moves(person=person[rows], since=days[rows], parent=upline[rows], leg=legs[rows])
    return found


def _people(table: Table, column: str, people: IdIndex | None, findings: Findings) -> Ints:
    labels = table.column(column)
    found = np.full(len(labels), -1, dtype=np.int32) if people is None else positions(people, labels)
    for row in np.flatnonzero(found < 0).tolist():
        if labels[row] and people is not None:
            what = f"{labels[row]!r} is nobody among the people"
            table.find(findings, row, column, "files.unknown-person", what, "correct it, or add the person")
    return found


def _check(table: Table, plan: Plan, legs: Ints, findings: Findings) -> None:
    trees, uplines = table.column("tree"), table.column("upline")
    for row, (tree, person) in enumerate(zip(trees, table.column("person"), strict=True)):
        if not person:
            table.find(findings, row, "person", "files.missing-value", "is empty", "write the id of who moved")
        if tree not in plan.inputs.trees:
            what = f"{tree!r} is no tree of the plan" if tree else "is empty"
            table.find(findings, row, "tree", "files.tree", what, nearest(tree, plan.inputs.trees))
        elif legs[row] and (tree != "placement" or not uplines[row]):
            what = f"stands beside {'no upline' if tree == 'placement' else f'the tree {tree!r}'}"
            table.find(findings, row, "leg", "files.leg", what, "only who hangs in the placement tree has a leg")
