"""The people file: who may be in a run, and where they stand in each tree.

Columns: `id`, `status`, `joined`, one for each tree that the plan declares (`sponsor`, `placement`, `enroller`; empty
for a root), `leg` where there is a placement tree, and the attributes that the plan declares. All are required but
`leg` and the attributes that are not booleans.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from attrs import frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Edges, People
from mlmcore.compensation.plan import Plan
from mlmcore.domain.enums import DistributorStatus
from mlmcore.domain.errors import Findings, InputError, nearest
from mlmcore.files._fields import read_column, read_days, read_whole_numbers
from mlmcore.files._ids import find_wrong_ids, positions
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import IdIndex, Places, build, build_from_labels

__all__ = ["PeopleFile", "people_columns", "people_of", "people_table", "read_people"]

_STATUSES = tuple(status.value for status in DistributorStatus)


@frozen(kw_only=True)
class PeopleFile:
    """What a people file holds.

    Attributes:
        people: Rows in the order of the file.
        trees: Edges by tree, over those rows.
    """

    people: People
    trees: dict[str, Edges]


def people_columns(plan: Plan, beside: Plan | None = None) -> list[str]:
    """The columns that a people file for this plan, and for the one beside it, may have."""
    found = ["id", "status", "joined"]
    for inputs in (one.inputs for one in (plan, beside) if one):
        leg = ["leg"] if "placement" in inputs.trees else []
        found += [*inputs.trees, *leg, *inputs.attributes]
    return list(dict.fromkeys(found))


def read_people(path: Path, plan: Plan, findings: Findings) -> PeopleFile | None:
    """Read a people file.

    Args:
        path: A CSV file.
        plan: Says which trees and attributes to expect.
        findings: Takes everything that is wrong: fields, unknown and doubled ids, cycles, orphans.

    Returns:
        The people; None where something was found.
    """
    table = people_table(path, plan, findings)
    return None if table is None else people_of(table, plan, findings)


def people_table(path: Path, plan: Plan, findings: Findings, beside: Plan | None = None) -> Table | None:
    """A people file as a table, or None and why it is none; what only the plan `beside` declares may be in it."""
    booleans = [name for name, column in plan.inputs.attributes.items() if column.kind == "boolean"]
    required = ["id", "status", "joined", *plan.inputs.trees, *booleans]
    return read_table(path, required=required, known=people_columns(plan, beside), findings=findings)


def people_of(
    table: Table, plan: Plan, findings: Findings, movers: Mapping[str, Collection[str]] | None = None
) -> PeopleFile | None:
    """What the fields of a people file mean, or None and what is wrong with them.

    Args:
        table: The people.
        plan: Says which trees and attributes to expect.
        findings: Takes what is wrong.
        movers: By tree, who moves away later: their first leg may by then be somebody else's.
    """
    before = len(findings)
    legs = read_whole_numbers(table, "leg", findings)
    _check_statuses(table, findings)
    ids = find_wrong_ids(table, findings)
    trees = _read_trees(table, plan, ids, legs, movers or {}, findings)
    joined = read_days(table, "joined", findings)
    attributes = {
        name: read_column(table, name, declared, findings, required=False)
        for name, declared in plan.inputs.attributes.items()
    }
    if len(findings) > before or ids is None or not table.whole:
        return None
    people = People(ids=ids, status=Column.texts(table.column("status")), joined=joined, attributes=attributes)
    return PeopleFile(people=people, trees=trees)


def _check_statuses(table: Table, findings: Findings) -> None:
    for row, status in enumerate(table.column("status")):
        if status not in _STATUSES:
            what = f"unknown status {status!r}" if status else "is empty"
            table.find(findings, row, "status", "files.status", what, nearest(status, _STATUSES))


def _read_trees(
    table: Table,
    plan: Plan,
    ids: IdIndex | None,
    legs: list[int],
    movers: Mapping[str, Collection[str]],
    findings: Findings,
) -> dict[str, Edges]:
    """The edges of each tree; of no use where something was found.

    Where rows could not be read, their people only seem to be missing from the trees, so nothing is said about those.
    """
    trees = {}
    for name in plan.inputs.trees if table.whole else ():
        numbers = legs if name == "placement" else [0] * len(table)
        places = Places(file=table.file, lines=table.lines, tree=name)
        try:
            trees[name] = _edges(table, name, ids, numbers, movers.get(name, ()), places)
        except InputError as error:
            # Every tree shows the ids that are wrong, which are found already.
            findings.extend(item for item in error.findings if not item.code.startswith("ids."))
    return trees


def _edges(
    table: Table, tree: str, ids: IdIndex | None, legs: list[int], movers: Collection[str], places: Places
) -> Edges:
    uplines = table.column(tree)
    parent = np.full(len(table), -1, dtype=np.int32) if ids is None else positions(ids, uplines)
    leg = np.array(legs, dtype=np.int32)
    staying = [0 if person in movers else number for person, number in zip(table.column("id"), legs, strict=True)]
    if ids is None or any(uplines[row] for row in np.flatnonzero(parent < 0).tolist()):
        build_from_labels(table.column("id"), uplines, staying, places)  # slower, and finds orphans too
    else:
        build(ids, parent, np.array(staying, dtype=np.int32), places)
    return Edges(parent=parent, leg=leg)
