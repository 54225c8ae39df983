"""What can be wrong with edges that have dates, each as a finding that names the person and the instant.

Instants are shown as they were given, without a unit, which only the caller knows.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding
from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.places import Places

if TYPE_CHECKING:
    from mlmcore.genealogy.dated import DatedEdges

__all__ = ["broken_chain", "idle_moves", "late_uplines", "wrong_rows"]

_ROWS_SHOWN: Final = 10
_CHAIN_TODO: Final = "each move leads to where the next comes from; complete the log"


def wrong_rows(edges: "DatedEdges") -> list[Finding]:
    """Everything that is wrong with rows taken one by one, and every person with two rows at one instant."""
    return [
        *_unknown_people(edges),
        *_wrong_uplines(edges),
        *_wrong_legs(edges),
        *_at_one_instant(edges),
    ]


def late_uplines(edges: "DatedEdges", rows: NDArray[np.intp], places: Places) -> Iterator[Finding]:
    """People who stand below somebody who has not joined.

    Args:
        edges: The history.
        rows: The rows that put them there.
        places: The instant that was asked for.
    """
    for row in rows.tolist():
        upline = int(edges.parent[row])
        name, ever = edges.ids.label(upline), edges.since[edges.person == upline]
        when = f"joins at {int(ever.min())}" if len(ever) else "never joins"
        todo = "correct a date, or the upline" if len(ever) else f"give {name} a row, or correct the upline"
        label = edges.ids.label(int(edges.person[row]))
        yield places.finding(0, label, "dated.late-upline", f"stands below {name}, who {when}", todo)


def idle_moves(before: "DatedEdges", after: "DatedEdges") -> Iterator[Finding]:
    """Moves that lead to where they come from: one between is missing, or the move is none.

    Args:
        before: Where each move comes from.
        after: Where it leads, by the moves that follow.
    """
    for move in np.flatnonzero((before.parent == after.parent) & (before.leg == after.leg)).tolist():
        upline, leg = _upline(before.ids, int(before.parent[move])), int(before.leg[move])
        place = upline + (f" (leg {leg})" if leg else "")
        what = f"moves at {int(before.since[move])} from {place} and stands there afterwards"
        yield _finding(before, move, "dated.chain", what, _CHAIN_TODO)


def broken_chain(after: "DatedEdges", name: str, told: Ints32) -> Iterator[Finding]:
    """Moves that lead elsewhere than they say.

    Args:
        after: Where each move leads, by the moves that follow.
        name: What is compared: `parent` or `leg`.
        told: int32[m]: what each move says.
    """
    follows = getattr(after, name)
    for move in np.flatnonzero(follows != told).tolist():
        one, other = int(told[move]), int(follows[move])
        if name == "parent":
            what = f"to {_upline(after.ids, one)}, but stands at {_upline(after.ids, other)} afterwards"
        else:
            what = f"to leg {one}, but stands in leg {other} afterwards"
        what = f"moves at {int(after.since[move])} {what}"
        yield _finding(after, move, "dated.chain", what, _CHAIN_TODO)


def _unknown_people(edges: "DatedEdges") -> Iterator[Finding]:
    person, count = edges.person, len(edges.ids)
    for row in np.flatnonzero((person < 0) | (person >= count)).tolist():
        what = f"the row is of person {int(person[row])}, but there are {count:,}, from 0"
        yield _finding(edges, row, "dated.person", what, "give a position in the ids")


def _wrong_uplines(edges: "DatedEdges") -> Iterator[Finding]:
    parent, since, count = edges.parent, edges.since, len(edges.ids)
    for row in np.flatnonzero((parent < -1) | (parent >= count)).tolist():
        what = f"the upline since {int(since[row])} is {int(parent[row])}, but there are {count:,} people, from 0"
        yield _finding(edges, row, "genealogy.range", what, "-1 stands for no upline")
    for row in np.flatnonzero((parent == edges.person) & (parent >= 0) & (parent < count)).tolist():
        what = f"is named as the own upline since {int(since[row])}"
        yield _finding(edges, row, "genealogy.self", what, "name another upline, or none for a root")


def _wrong_legs(edges: "DatedEdges") -> Iterator[Finding]:
    leg, since = edges.leg, edges.since
    for row in np.flatnonzero(leg < 0).tolist():
        what = f"the leg since {int(since[row])} is {int(leg[row])}"
        yield _finding(edges, row, "genealogy.leg", what, "legs count from 1; 0 stands for no number")
    for row in np.flatnonzero((leg > 0) & (edges.parent == -1)).tolist():
        what = f"hangs in leg {int(leg[row])} of nobody since {int(since[row])}"
        yield _finding(edges, row, "genealogy.root-leg", what, "name the upline, or leave the leg out")


def _at_one_instant(edges: "DatedEdges") -> Iterator[Finding]:
    person, since = edges.person, edges.since
    order = edges.by_person  # rows of one person and instant stay in their order
    same = (person[order[1:]] == person[order[:-1]]) & (since[order[1:]] == since[order[:-1]])
    for rows in np.split(order, np.flatnonzero(~same) + 1) if same.any() else ():
        if len(rows) > 1:
            listed = ", ".join(map(str, rows[:_ROWS_SHOWN].tolist())) + (", ..." if len(rows) > _ROWS_SHOWN else "")
            what = f"has {len(rows):,} rows since {int(since[rows[0]])} (rows {listed})"
            todo = "a person stands at one place at a time; leave all but one out"
            yield _finding(edges, int(rows[0]), "dated.twice", what, todo)


def _finding(edges: "DatedEdges", row: int, code: str, what: str, todo: str) -> Finding:
    person = int(edges.person[row])
    path = f"person {edges.ids.label(person)}" if 0 <= person < len(edges.ids) else f"row {row}"
    return Finding(code=code, what=what, todo=todo, path=path)


def _upline(ids: IdIndex, upline: int) -> str:
    """An upline in words; a log may name anybody."""
    if upline == -1:
        return "the top"
    return ids.label(upline) if 0 <= upline < len(ids) else f"person {upline}"
