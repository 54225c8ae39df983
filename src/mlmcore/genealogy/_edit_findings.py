"""What can be wrong with an edit of a genealogy, each as a finding that names the person.

All of it is looked for, and told by the labels that users write. How an edit is made is the matter of `edits`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from mlmcore.domain.errors import Finding
from mlmcore.genealogy._arrays import INT32_MAX, Bools, Ints32
from mlmcore.genealogy.build import check_parents
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.live._findings import CYCLE_SHOWN, leg_taken, loop, no_leg, root_leg
from mlmcore.genealogy.places import Places

__all__ = ["added", "among_added", "moved", "moved_twice", "no_nodes", "orphans"]

_SHOWN: Final = 10
"""How many people of a leg are named."""
_ID_TODO: Final = "every id stands once; choose another, or leave the person out"
_ORPHAN_TODO: Final = "add that person too, correct the id, or leave the upline empty for a root"


def added(tree: Genealogy, ids: IdIndex, parent: Ints32, leg: Ints32, places: Places) -> list[Finding]:
    """Everything that is wrong with people who are to be added; the arguments are those of `edits.add_leaves`."""
    among, is_top = among_added(parent, len(tree))
    return [
        *_taken_ids(tree, ids, places),
        *_out_of_range(tree, ids, parent, places),
        *check_parents(ids, among, np.where(is_top, np.minimum(leg, 0), leg), places),
        *_root_legs(ids, parent, leg, places),
        *_shared_legs(tree, ids, parent, leg, places),
    ]


def among_added(parent: Ints32, count: int) -> tuple[Ints32, Bools]:
    """The uplines of added people among the added alone: int32[m], -1 for others; bool[m]: who has such another."""
    inside = (parent >= count) & (parent - count < len(parent))
    return np.where(inside, parent - np.int32(count), np.int32(-1)), ~inside


def orphans(ids: IdIndex, unknown: Iterable[tuple[int, object]], places: Places) -> Iterator[Finding]:
    """Added people with the upline's id that nobody has."""
    for row, upline in unknown:
        what = f"the upline {upline!r} is unknown"
        yield places.finding(row, ids.label(row), "genealogy.orphan", what, _ORPHAN_TODO)


def moved(tree: Genealogy, node: int, under: int, leg: int) -> list[Finding]:
    """Everything that is wrong with a move; the arguments are those of `edits.move`."""
    findings = [*no_nodes(tree, [node], [under])]
    if findings:
        return findings
    return [*_loop(tree, node, under), *_wrong_leg(tree, node, under, leg)]


def no_nodes(tree: Genealogy, nodes: Iterable[int], uplines: Iterable[int]) -> Iterator[Finding]:
    """Nodes that are none, and uplines that are neither a node nor -1."""
    wrong = [node for node in nodes if not _is_whole(node) or not 0 <= node < len(tree)]
    for node in [*wrong, *(above for above in uplines if not _is_whole(above) or not -1 <= above < len(tree))]:
        what, todo = f"{node} is no node", f"there are {len(tree):,}, from 0"
        yield Finding(code="genealogy.node", what=what, todo=todo)


def moved_twice(tree: Genealogy, nodes: Ints32) -> Iterator[Finding]:
    """Nodes that are given several times."""
    known = nodes[(nodes >= 0) & (nodes < len(tree))]
    again, times = np.unique(known, return_counts=True)
    for node, count in zip(again[times > 1].tolist(), times[times > 1].tolist(), strict=True):
        what, todo = f"is to move {count:,} times at once", "give each person one new place"
        yield Finding(code="genealogy.moved-twice", what=what, todo=todo, path=f"person {tree.ids.label(node)}")


def _taken_ids(tree: Genealogy, ids: IdIndex, places: Places) -> Iterator[Finding]:
    known = tree.ids.find(ids.keys)
    for row in np.flatnonzero(known >= 0).tolist():
        mine, theirs = ids.label(row), tree.ids.label(int(known[row]))
        if mine == theirs:
            yield places.finding(row, mine, "ids.twice", "the id stands in the tree already", _ID_TODO)
        else:
            what = f"{theirs!r} stands in the tree already, and {mine!r} is the same id in another spelling"
            yield places.finding(row, mine, "ids.spellings", what, _ID_TODO)


def _out_of_range(tree: Genealogy, ids: IdIndex, parent: Ints32, places: Places) -> Iterator[Finding]:
    top = len(tree) + len(ids)
    for row in np.flatnonzero((parent < -1) | (parent >= top)).tolist():
        what = f"the upline is {int(parent[row]):,}, but nodes and those who are added go from 0 to {top - 1:,}"
        yield places.finding(row, ids.label(row), "genealogy.range", what, "-1 stands for no upline")


def _root_legs(ids: IdIndex, parent: Ints32, leg: Ints32, places: Places) -> Iterator[Finding]:
    for row in np.flatnonzero((leg > 0) & (parent == -1)).tolist():
        what = f"hangs in leg {int(leg[row])} of nobody"
        yield places.finding(row, ids.label(row), "genealogy.root-leg", what, "name the upline, or leave the leg out")


def _shared_legs(tree: Genealogy, ids: IdIndex, parent: Ints32, leg: Ints32, places: Places) -> Iterator[Finding]:
    """One finding for each leg of an old upline that would hold several, at the last added by label."""
    rows = np.flatnonzero((leg > 0) & (parent >= 0) & (parent < len(tree)))
    touched = np.zeros(len(tree) + 1, dtype=np.bool_)
    touched[parent[rows]] = True
    siblings = np.flatnonzero(touched[tree.parent] & (tree.leg > 0))
    uplines = np.concatenate((tree.parent[siblings], parent[rows]))
    legs = np.concatenate((tree.leg[siblings], leg[rows]))
    order = np.lexsort((legs, uplines))  # stable: the old before the added
    same = (uplines[order[1:]] == uplines[order[:-1]]) & (legs[order[1:]] == legs[order[:-1]])
    for group in np.split(order, np.flatnonzero(~same) + 1) if same.any() else ():
        if len(group) > 1:
            holders = tree.ids.labels(siblings[group[group < len(siblings)]])
            newcomers = rows[group[group >= len(siblings)] - len(siblings)]
            last = int(newcomers[ids.rank[newcomers].argmax()])
            names = [*holders, *ids.labels(newcomers)]
            upline, number = tree.ids.label(int(parent[last])), int(leg[last])
            what = f"leg {number} of {upline} would hold {len(names):,} people: {_several(sorted(names))}"
            yield places.finding(last, ids.label(last), "genealogy.shared-leg", what, "one person hangs in a leg")


def _several(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _loop(tree: Genealogy, node: int, under: int) -> Iterator[Finding]:
    """An upline who is the person, or who stands in the group: the loop from the person over the new upline."""
    if under == node or (under >= 0 and tree.is_below(under, node)):
        length = int(tree.depth[under] - tree.depth[node]) + 1
        cycle = [node]
        while len(cycle) < min(length, CYCLE_SHOWN):
            cycle.append(under if len(cycle) == 1 else tree.parent_of(cycle[-1]))
        yield loop(tree.ids.labels(cycle), length)


def _wrong_leg(tree: Genealogy, node: int, under: int, leg: int) -> Iterator[Finding]:
    where = f"person {tree.ids.label(node)}"
    if not _is_whole(leg) or not 0 <= leg <= INT32_MAX:
        yield no_leg(where, leg)
    elif leg > 0 and under < 0:
        yield root_leg(where, leg)
    elif leg > 0:
        holders = np.flatnonzero((tree.parent == under) & (tree.leg == leg)).tolist()
        for holder in (other for other in holders if other != node):
            yield leg_taken(where, leg, tree.ids.label(under), tree.ids.label(holder))


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
