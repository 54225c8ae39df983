"""Where people stand on which day: the trees of the period's end, and where a plan asks for it those before each move.

A tree's versions are the spans between two days on which somebody moves. The last one is the tree of the period's end
and has the tree's own name; an earlier one is called by the day that ends it: `sponsor before 2026-03-15`. Whoever
joins only after a version stands in it where they join, without a number of a leg, so that they are in nobody's way.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.inputs import Edges, Moves, RunInputs
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings

__all__ = ["Versions", "edges_by_tree"]

Ints = NDArray[np.int32]
_EPOCH: Final = date(1970, 1, 1)


@frozen(kw_only=True, eq=False)
class Versions:
    """Which of its versions each tree has on which day.

    Attributes:
        days: By tree, int32[k], ascending: the days from which another version holds; k of them end k earlier versions.
    """

    days: Mapping[str, Ints] = field(factory=dict)

    def name(self, tree: str, version: int) -> str:
        """What a version is called in the network."""
        days = self.days.get(tree, ())
        if version >= len(days):
            return tree
        return f"{tree} before {_EPOCH + timedelta(days=int(days[version]))}"

    def spans(self, tree: str, dates: Ints) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """For each version that holds on some of the dates, earliest first: its name, and the rows of those dates."""
        version = self._of(tree, dates)
        for each in np.unique(version).tolist():
            yield self.name(tree, each), np.flatnonzero(version == each)

    def name_on(self, tree: str, day: int) -> str:
        """The name of the version of one day."""
        return self.name(tree, int(self._of(tree, np.array([day], dtype=np.int32))[0]))

    def _of(self, tree: str, dates: Ints) -> NDArray[np.intp]:
        return np.searchsorted(self.days.get(tree, np.zeros(0, dtype=np.int32)), dates, side="right")


def edges_by_tree(
    plan: Plan, inputs: RunInputs, end: int, dates: Ints, findings: Findings
) -> tuple[dict[str, Edges], Versions]:
    """Where everybody stands in each tree that the plan declares, and in each version that some order needs.

    Args:
        plan: Which trees, and whether walks use the tree of the order's day.
        inputs: Where people stood first, and how they moved.
        end: The first day after the period.
        dates: The days of orders.
        findings: Takes what is wrong with the moves.

    Returns:
        Edges by tree and by the name of each earlier version, rows those of the inputs' people.
    """
    found: dict[str, Edges] = {}
    days: dict[str, Ints] = {}
    for name in plan.tree_names:
        moves = _until(end, inputs.moves[name]) if name in inputs.moves else None
        if moves is None or not len(moves):
            found[name] = inputs.trees[name]
            continue
        _find_wrong(name, inputs, moves, findings)
        found[name] = _after(inputs.trees[name], moves)
        if plan.tree_as_of == "sale":
            days[name] = np.unique(moves.since)
    versions = Versions(days=days)
    for name in days:
        for version, _ in versions.spans(name, dates[dates < days[name][-1]]):
            found[version] = _before(inputs, name, _day_of(versions, name, version))
    return found, versions


def _until(end: int, moves: Moves) -> Moves:
    """The moves before a day, in the order of time."""
    rows = np.flatnonzero(moves.since < end)
    rows = rows[np.argsort(moves.since[rows], kind="stable")]
    return Moves(person=moves.person[rows], since=moves.since[rows], parent=moves.parent[rows], leg=moves.leg[rows])


def _after(edges: Edges, moves: Moves) -> Edges:
    """Where people stand after moves in the order of time: of a person's several moves the last is written last."""
    parent, leg = edges.parent.copy(), edges.leg.copy()
    parent[moves.person], leg[moves.person] = moves.parent, moves.leg
    return Edges(parent=parent, leg=leg)


def _before(inputs: RunInputs, name: str, day: int) -> Edges:
    """Where people stood in a tree before the moves of a day."""
    stood = _after(inputs.trees[name], _until(day, inputs.moves[name]))
    return Edges(parent=stood.parent, leg=np.where(inputs.people.joined < day, stood.leg, 0))


def _day_of(versions: Versions, tree: str, name: str) -> int:
    days = versions.days[tree]
    return next(int(day) for version, day in enumerate(days.tolist()) if versions.name(tree, version) == name)


def _find_wrong(tree: str, inputs: RunInputs, moves: Moves, findings: Findings) -> None:
    """Moves that nobody can date or place."""
    joined, label = inputs.people.joined, inputs.people.ids.label
    pairs = np.stack([moves.person, moves.since], axis=1)
    _, first, times = np.unique(pairs, axis=0, return_index=True, return_counts=True)
    for row in np.sort(first[times > 1]).tolist():
        what = f"moves twice on {_day(moves, row)}"
        _find(tree, label(int(moves.person[row])), what, "give the place at the end of the day", findings)
    for row in np.flatnonzero(moves.since < joined[moves.person]).tolist():
        what = f"moves on {_day(moves, row)}, before joining"
        _find(tree, label(int(moves.person[row])), what, "correct one of the dates", findings)
    late = (moves.parent >= 0) & (joined[moves.parent] > moves.since)
    for row in np.flatnonzero(late).tolist():
        what = f"moves on {_day(moves, row)} below {label(int(moves.parent[row]))}, who joins later"
        _find(tree, label(int(moves.person[row])), what, "correct one of the dates", findings)


def _day(moves: Moves, row: int) -> date:
    return _EPOCH + timedelta(days=int(moves.since[row]))


def _find(tree: str, person: str, what: str, todo: str, findings: Findings) -> None:
    findings.add(code="inputs.move", what=what, todo=todo, path=f"{tree}: person {person}")
