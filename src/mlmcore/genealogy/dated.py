"""Edges with dates: the tree as it stood at an instant, and what differs between two trees.

Parent pointers with dates are the only truth about a network; whatever stood at some time follows from them. An
instant is any whole number that grows with time: days or microseconds since 1970-01-01, as the caller likes, but one
unit for all of a history. How a tree is changed lives in `edits`, and where the dates come from in the stores. What can
be wrong with dates is put in words in `_dated_findings`; the comparison of two trees is written in `_differences`.
"""

from functools import cached_property
from typing import Any, Final

import numpy as np
from attrs import Attribute, evolve, field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import InputError
from mlmcore.genealogy import _dated_findings as say
from mlmcore.genealogy._arrays import Ints32, Ints64, frozen_array, frozen_int32, input_error, sealed
from mlmcore.genealogy._differences import Differences, differences
from mlmcore.genealogy.build import build, check_parents
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.places import Places

__all__ = ["DatedEdges", "Differences", "differences"]


_COLUMNS: Final = ("person", "parent", "leg", "since")


def _frozen_int64(array: Ints64) -> Ints64:
    return frozen_array(array)


def _column(instance: "DatedEdges", attribute: "Attribute[Ints32]", value: Ints32) -> None:
    """As long as the first column, and of the type that its name stands for."""
    _require(attribute.name, value, np.int64 if attribute.name == "since" else np.int32, instance.person.size)


@frozen(kw_only=True, eq=False, repr=False)
class DatedEdges:
    """Who stood where since when, in rows of any order: from an instant on, a person hangs below an upline.

    A row holds until the person's next one. The first row of a person is the joining; whoever has none never joined.

    >>> from mlmcore.genealogy import IdIndex
    >>> history = DatedEdges(
    ...     ids=IdIndex.from_labels(["ann", "bob", "cid"]),
    ...     person=np.array([0, 1, 2, 2], dtype=np.int32),
    ...     parent=np.array([-1, 0, 0, 1], dtype=np.int32),
    ...     leg=np.array([0, 1, 2, 1], dtype=np.int32),
    ...     since=np.array([10, 20, 30, 40]),
    ... )
    >>> print(history.as_of(40).to_text())
    ann
      bob
        cid
    >>> print(differences(history.as_of(20), history.as_of(39)).to_text())
    cid joined below ann (leg 2)

    Attributes:
        ids: Everybody who is ever named.
        person: int32[k]: whose row it is, a position in `ids`.
        parent: int32[k]: the direct upline, a position in `ids`; -1 for a root.
        leg: int32[k]: the leg of the upline, from 1; 0 without a number.
        since: int64[k]: the instant from which on it holds, that instant included.

    Raises:
        InputError: Columns of another type or length; or else every person and upline out of range, everybody who is
            their own upline, every leg that is negative or a root's, and every two rows of a person at one instant.
    """

    ids: IdIndex
    person: Ints32 = field(converter=frozen_int32, validator=_column)
    parent: Ints32 = field(converter=frozen_int32, validator=_column)
    leg: Ints32 = field(converter=frozen_int32, validator=_column)
    since: Ints64 = field(converter=_frozen_int64, validator=_column)

    def __attrs_post_init__(self) -> None:
        findings = say.wrong_rows(self)
        if findings:
            raise InputError(findings)

    @classmethod
    def from_tree_and_moves(
        cls,
        tree: Genealogy,
        joined: Ints64,
        *,
        person: Ints32,
        from_parent: Ints32,
        from_leg: Ints32,
        at: Ints64,
        to_parent: Ints32 | None = None,
        to_leg: Ints32 | None = None,
    ) -> "DatedEdges":
        """The history behind a tree, from the log of its moves: each says where somebody came from, and when.

        A move up to the joining has no row: where it led is where the person joined. The moves of a person form a
        chain: each leads to where the next comes from, and the last to where the tree has the person.

        Args:
            tree: As it stands after all moves, of n people.
            joined: int64[n], by node: when each joined.
            person: int32[m]: the node of who moved; moves in any order.
            from_parent: int32[m]: the node of the direct upline before the move; -1 for a root.
            from_leg: int32[m]: the leg before the move; 0 without a number.
            at: int64[m]: from which instant on the move holds.
            to_parent: int32[m]: the node of the upline after the move, where the log knows it: it is compared with the
                chain. None: it is not compared.
            to_leg: int32[m]: the leg after the move, likewise.

        Raises:
            InputError: Arrays of another type or length; or every row of the log that would be refused as a dated edge;
                or every move that leads to where it comes from, or elsewhere than it says.
        """
        _require("joined", joined, np.int64, len(tree))
        log = cls(ids=tree.ids, person=person, parent=from_parent, leg=from_leg, since=at)
        before = _some(log, log.by_person)
        after = _afterwards(tree, before)
        findings = [*say.idle_moves(before, after)]
        for name, told in (("parent", to_parent), ("leg", to_leg)):
            if told is not None:
                _require(f"to_{name}", told, np.int32, len(log))
                findings += say.broken_chain(after, name, told[log.by_person])
        if findings:
            raise InputError(findings)
        counts = np.flatnonzero(after.since > joined[after.person])
        return _both(_joinings(tree, joined, _some(before, counts)), _some(after, counts))

    def __len__(self) -> int:
        return len(self.person)

    def __repr__(self) -> str:
        span = f", from {int(self.since.min())} to {int(self.since.max())}" if len(self) else ""
        return f"DatedEdges({len(self):,} rows of {len(self.ids):,} people{span})"

    @cached_property
    def by_person(self) -> NDArray[np.intp]:
        """intp[k]: the rows by person, and those of each person in the order of time."""
        return sealed(np.lexsort((self.since, self.person)))

    def as_of(self, at: int) -> Genealogy:
        """The tree as it stood at an instant: whoever had joined, each where the latest row up to then puts them.

        Args:
            at: The instant; rows of that instant hold already.

        Raises:
            InputError: Everybody whose upline had not joined by then, every cycle, and every leg in which two people
                hung; all at once, nothing is guessed.
        """
        if isinstance(at, bool) or not isinstance(at, int | np.integer):
            raise input_error("dated.at", f"{at!r} is no instant", "give a whole number in the unit of `since`")
        rows = self._latest(int(at))
        people, above = self.person[rows], self.parent[rows]
        position = np.full(len(self.ids), -1, dtype=np.int32)
        position[people] = np.arange(len(people), dtype=np.int32)
        parent = np.where(above < 0, np.int32(-1), position.take(above, mode="wrap"))
        ids = self.ids if len(people) == len(self.ids) else self.ids.take(people)
        late = (above >= 0) & (parent < 0)
        places = Places(tree=f"as of {at}")
        if late.any():
            findings = say.late_uplines(self, rows[late], places)
            raise InputError([*findings, *check_parents(ids, parent, np.where(late, 0, self.leg[rows]), places)])
        return build(ids, parent, self.leg[rows], places)

    def _latest(self, at: int) -> NDArray[np.intp]:
        """The latest row of each person up to an instant, in the order of the people."""
        person, holds = self.person[self.by_person], self.since[self.by_person] <= at
        superseded = np.zeros(len(self), dtype=np.bool_)
        superseded[:-1] = holds[1:] & (person[1:] == person[:-1])
        return self.by_person[holds & ~superseded]


def _afterwards(tree: Genealogy, before: DatedEdges) -> DatedEdges:
    """Where each move led, of moves by person and time: where the next comes from, or where the tree has the person."""
    parent, leg = tree.parent[before.person], tree.leg[before.person]
    goes_on = np.flatnonzero(before.person[1:] == before.person[:-1])
    parent[goes_on], leg[goes_on] = before.parent[goes_on + 1], before.leg[goes_on + 1]
    return evolve(before, parent=parent, leg=leg)


def _joinings(tree: Genealogy, joined: Ints64, before: DatedEdges) -> DatedEdges:
    """Where everybody joined: where the first later move comes from, or where the tree has the person."""
    parent, leg = tree.parent.copy(), tree.leg.copy()
    person, first = np.unique(before.person, return_index=True)
    parent[person], leg[person] = before.parent[first], before.leg[first]
    everybody = np.arange(len(tree), dtype=np.int32)
    return DatedEdges(ids=tree.ids, person=everybody, parent=parent, leg=leg, since=joined)


def _some(edges: DatedEdges, rows: NDArray[np.intp]) -> DatedEdges:
    """Some rows, in an order of their own."""
    columns: dict[str, Any] = {name: getattr(edges, name)[rows] for name in _COLUMNS}
    return evolve(edges, **columns)


def _both(one: DatedEdges, other: DatedEdges) -> DatedEdges:
    """The rows of two histories of the same people."""
    columns: dict[str, Any] = {name: np.append(getattr(one, name), getattr(other, name)) for name in _COLUMNS}
    return evolve(one, **columns)


def _require(name: str, array: NDArray[Any], kind: type[np.generic], length: int) -> None:
    if array.dtype != kind or array.shape != (length,):
        what = f"{name} is {array.dtype} of shape {array.shape}"
        raise input_error("dated.column", what, f"it must be {np.dtype(kind)} of shape ({length},)")
