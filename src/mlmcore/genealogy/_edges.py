"""What can be wrong with the edges of a tree, each as a finding that names the person.

All of them are looked for, and each is told once, by the label that the user wrote. Arrays are by row of the input.
Edges that come one by one become columns here, since a row may already have the wrong shape.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, Findings
from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.places import Places

__all__ = ["Columns", "edge_findings", "read_edges"]

_SHOWN: Final = 10
"""How many people of a long cycle, or of a leg, are named."""


@frozen(kw_only=True, eq=False)
class Columns:
    """Edges as three columns, by row: who, under whom (empty: nobody), in which leg (0: without a number)."""

    labels: list[str] = field(factory=list)
    parents: list[str] = field(factory=list)
    legs: list[int] = field(factory=list)


def read_edges(rows: Iterable[tuple[Any, ...]], places: Places) -> Columns:
    """Edges one by one as columns.

    Raises:
        InputError: Every row that is no id, upline and perhaps leg.
    """
    columns, findings = Columns(), Findings()
    for row, edge in enumerate(rows):
        match edge:
            case (str(label), str() | None as upline):
                leg = 0
            case (str(label), str() | None as upline, int(leg)) if not isinstance(leg, bool):
                pass
            case _:
                findings.extend([_no_edge(row, edge, places)])
                continue
        columns.labels.append(label)
        columns.parents.append(upline or "")
        columns.legs.append(leg)
    findings.raise_if_any()
    return columns


def edge_findings(
    ids: IdIndex, parent: Ints32, leg: Ints32, on_cycle: NDArray[np.intp], places: Places
) -> list[Finding]:
    """Everything that is wrong.

    Args:
        ids: Who each row is.
        parent: int32[n]: as given.
        leg: int32[n]: as given.
        on_cycle: The rows that stand on a cycle of two or more.
        places: File and lines.
    """
    return [
        *_out_of_range(ids, parent, places),
        *_own_uplines(ids, parent, places),
        *_cycles(ids, parent, on_cycle, places),
        *_bad_legs(ids, parent, leg, places),
        *_shared_legs(ids, parent, leg, places),
    ]


def _no_edge(row: int, edge: object, places: Places) -> Finding:
    todo = "give who, under whom (None for a root) and perhaps in which leg: ('bob', 'ann', 1)"
    return places.finding(row, "", "genealogy.edge", f"{places.name(row)} is {edge!r}, which is no edge", todo)


def _out_of_range(ids: IdIndex, parent: Ints32, places: Places) -> Iterator[Finding]:
    for row in np.flatnonzero((parent < -1) | (parent >= len(parent))).tolist():
        what = f"the upline is row {int(parent[row]):,}, but rows go from 0 to {len(parent) - 1:,}"
        yield places.finding(row, ids.label(row), "genealogy.range", what, "-1 stands for no upline")


def _own_uplines(ids: IdIndex, parent: Ints32, places: Places) -> Iterator[Finding]:
    for row in np.flatnonzero(parent == np.arange(len(parent))).tolist():
        todo = "name another upline, or none for a root"
        yield places.finding(row, ids.label(row), "genealogy.self", "is named as the own upline", todo)


def _cycles(ids: IdIndex, parent: Ints32, on_cycle: NDArray[np.intp], places: Places) -> Iterator[Finding]:
    """Each cycle once, from the person whose label comes first, upwards."""
    seen: set[int] = set()
    for first in on_cycle[np.argsort(ids.rank[on_cycle])].tolist():
        if first in seen:
            continue
        cycle = [first]
        while (above := int(parent[cycle[-1]])) != first:
            cycle.append(above)
        seen.update(cycle)
        what = f"the uplines go round in a cycle: {_round(ids, cycle)}"
        todo = "give one of them another upline, or none"
        yield places.finding(first, ids.label(first), "genealogy.cycle", what, todo)


def _round(ids: IdIndex, cycle: list[int]) -> str:
    names = ids.labels(cycle[:_SHOWN])
    if len(cycle) > _SHOWN:
        names.append(f"{len(cycle) - _SHOWN:,} more")
    return " -> ".join([*names, names[0]])


def _bad_legs(ids: IdIndex, parent: Ints32, leg: Ints32, places: Places) -> Iterator[Finding]:
    for row in np.flatnonzero(leg < 0).tolist():
        what = f"the leg is {int(leg[row])}"
        yield places.finding(row, ids.label(row), "genealogy.leg", what, "legs count from 1; 0 stands for no number")
    for row in np.flatnonzero((leg > 0) & (parent == -1)).tolist():
        what = f"hangs in leg {int(leg[row])} of nobody"
        yield places.finding(row, ids.label(row), "genealogy.root-leg", what, "name the upline, or leave the leg out")


def _shared_legs(ids: IdIndex, parent: Ints32, leg: Ints32, places: Places) -> Iterator[Finding]:
    """One finding for each leg in which several people hang, at the last of them by label."""
    rows = np.flatnonzero((leg > 0) & (parent >= 0) & (parent < len(parent)))
    rows = rows[np.lexsort((ids.rank[rows], leg[rows], parent[rows]))]
    same = (parent[rows[1:]] == parent[rows[:-1]]) & (leg[rows[1:]] == leg[rows[:-1]])
    starts = np.flatnonzero(~same) + 1
    for group in np.split(rows, starts) if same.any() else ():
        if len(group) > 1:
            last = int(group[-1])
            upline = ids.label(int(parent[last]))
            what = f"leg {int(leg[last])} of {upline} holds {len(group):,} people: {_several(ids, group.tolist())}"
            yield places.finding(last, ids.label(last), "genealogy.shared-leg", what, "one person hangs in a leg")


def _several(ids: IdIndex, rows: list[int]) -> str:
    names = ids.labels(rows[:_SHOWN])
    rest = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    return ", ".join(names) + rest
