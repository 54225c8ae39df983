"""Trees that a plan makes itself: who has a place already, who gets one now, and which.

Before anything else is computed, everybody new for whom the plan's `where` holds gets a place by the plan's rule, one
after the other; the tree then is an input like any other. Places of earlier periods come with the previous state and
stay as they are, and so does every place that is given now: they are handed on as rows of person, parent and leg.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._row_names import PLACES
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.inputs import CarriedRows, Edges, RunInputs
from mlmcore.compensation.plan import DerivedTree, Plan
from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy.build import build_with_rows
from mlmcore.genealogy.spillover import Structure

__all__ = ["with_places"]

Ints = NDArray[np.int32]
_NOBODY: Final = -1
_LATE: Final = np.iinfo(np.int32).max


def with_places(plan: Plan, inputs: RunInputs, sheet: Sheet) -> tuple[RunInputs, dict[str, CarriedRows]]:
    """Return the inputs with every tree that the plan makes, and the places that are handed on.

    Args:
        plan: A checked plan.
        inputs: What the run is given.
        sheet: What is known before the run.

    Raises:
        InputError: Somebody has a place and is gone; a formula cannot be computed; or a structure is full and the plan
            says that the run then stops.
    """
    rows = inputs.people.ids.find(sheet.rows.network.ids.keys)
    trees: dict[str, Edges] = {}
    carried: dict[str, CarriedRows] = {}
    for name, tree in plan.trees.items():
        places = _places(sheet, tree, sheet.rows.previous.rows.get(f"{PLACES}{name}"))
        trees[name] = places.edges(rows, len(inputs.people))
        carried[f"{PLACES}{name}"] = places.rows(sheet.rows.network.ids)
    return evolve(inputs, trees={**inputs.trees, **trees}), carried


@frozen(kw_only=True, eq=False)
class _Places:
    """Everybody's place, whoever came first first.

    Attributes:
        person: int32[k]: who.
        parent: int32[k]: the person directly above, -1 for a root.
        leg: int32[k]: the leg of the upline; 0 for a root.
    """

    person: Ints
    parent: Ints
    leg: Ints

    def edges(self, row_of_person: Ints, size: int) -> Edges:
        """The tree over the people of the inputs; whoever has no place has no upline."""
        parent, leg = np.full(size, _NOBODY, dtype=np.int32), np.zeros(size, dtype=np.int32)
        above = np.where(self.parent >= 0, row_of_person[self.parent], _NOBODY)
        parent[row_of_person[self.person]], leg[row_of_person[self.person]] = above, self.leg
        return Edges(parent=parent, leg=leg)

    def rows(self, ids: IdIndex) -> CarriedRows:
        """As they are handed on."""
        labels = ids.labels(self.person)
        above = [None if one < 0 else ids.label(one) for one in self.parent.tolist()]
        columns = {"person": Column.texts(labels), "parent": Column.texts(above)}
        return CarriedRows(columns={**columns, "leg": Column.scaled(self.leg.astype(np.int64), 0)})


def _places(sheet: Sheet, tree: DerivedTree, before: CarriedRows | None) -> _Places:
    ids = sheet.rows.network.ids
    kept = _kept(tree, before, ids)
    new = _new(sheet, tree, kept)
    placed = np.union1d(kept.person, new)
    volumes = None if tree.volume is None else _asked(sheet, tree, tree.volume, "volume", placed).values
    started = build_with_rows(ids.take(kept.person), _within(kept, len(ids)), kept.leg)
    first = kept.person[started.row_of_node]
    structure = Structure(
        started.genealogy,
        width=tree.width,
        depth_max=tree.depth,
        volumes=None if volumes is None else volumes[first],
        several_roots=True,
    )
    seating = _Seating(
        tree=tree, structure=structure, ids=ids, upline=_upline(sheet, tree), volumes=volumes, first=first, new=new
    )
    person, parent, leg = seating.seated()
    return _Places(
        person=np.concatenate([kept.person, person]),
        parent=np.concatenate([kept.parent, parent]),
        leg=np.concatenate([kept.leg, leg]),
    )


def _kept(tree: DerivedTree, before: CarriedRows | None, ids: IdIndex) -> _Places:
    """The places of earlier periods.

    Raises:
        InputError: Somebody who has a place is not among the people, or above somebody and has none.
    """
    if before is None or not len(before):
        nothing = np.zeros(0, dtype=np.int32)
        return _Places(person=nothing, parent=nothing, leg=nothing)
    person, above = _found(before.columns["person"], ids), _found(before.columns["parent"], ids)
    gone = np.flatnonzero(person < 0)
    if len(gone):
        raise InputError(_gone(tree, str(before.columns["person"].value(row))) for row in gone.tolist())
    leg = before.columns["leg"].values.astype(np.int32)
    return _Places(person=person, parent=above, leg=leg)


def _gone(tree: DerivedTree, person: str) -> Finding:
    what = f"{person} has a place in the tree {tree.name!r} and is not among the people"
    todo = "give everybody who ever had a place; who left keeps it"
    return Finding(code="inputs.place", what=what, todo=todo, path=f"tree {tree.name}: person {person}")


def _found(names: Column, ids: IdIndex) -> Ints:
    """The person behind each text; -1 for none."""
    known = ids.find_labels(list(names.categories)) if names.categories else np.zeros(0, dtype=np.int32)
    found: Ints = np.append(known, _NOBODY).astype(np.int32)[names.values]
    return found


def _within(kept: _Places, people: int) -> Ints:
    """The parents as positions among those who are placed."""
    position = np.full(people + 1, _NOBODY, dtype=np.int32)
    position[kept.person] = np.arange(len(kept.person), dtype=np.int32)
    return position[kept.parent]


def _new(sheet: Sheet, tree: DerivedTree, kept: _Places) -> Ints:
    """Who gets a place now, in the order in which they get it."""
    wanted = evaluate(tree.where.node, people_frame(sheet)).values.copy()
    wanted[kept.person] = False
    people = np.flatnonzero(wanted)
    order = _asked(sheet, tree, tree.order, "order", people).values[people]
    return people[np.lexsort((sheet.rows.network.ids.rank[people], order))].astype(np.int32)


def _asked(
    sheet: Sheet, tree: DerivedTree, expression: Expression, key: str, people: NDArray[np.integer[Any]]
) -> Column:
    """A formula's value for everybody, none of them missing among those who are asked."""
    column = evaluate(expression.node, people_frame(sheet))
    absent = people[column.is_absent[people]]
    if len(absent):
        label = sheet.rows.network.ids.label(int(absent[0]))
        what = f"{expression.text!r} is none for {label}" + (f" and {len(absent) - 1} more" if len(absent) > 1 else "")
        place = expression.place
        raise InputError(
            [
                Finding(
                    code="plan.place",
                    what=what,
                    todo=f"give everybody who gets a place a value, or leave them out by `where`: {key}",
                    file=place.file,
                    line=place.line,
                    path=place.path or f"trees.{tree.name}.{key}",
                )
            ]
        )
    return column


def _upline(sheet: Sheet, tree: DerivedTree) -> Ints:
    """The direct upline of each person in the given tree, -1 for none."""
    network = sheet.rows.network
    name = tree.tree or sheet.plan.tree
    nodes, persons = network.node_of_person[name], network.person_of_node[name]
    parent: Ints = network.tree(name).parent if nodes is None else network.tree(name).parent[nodes]
    return parent if persons is None else np.append(persons, _NOBODY).astype(np.int32)[parent]


@frozen(kw_only=True, eq=False)
class _Seating:
    """Giving out the places of one tree.

    Attributes:
        tree: The plan's words.
        structure: Who sits where.
        ids: Everybody.
        upline: int32[n]: the direct upline of each person in the given tree.
        volumes: int64[n]: what each person brings, or None.
        first: int32[k]: the person of each slot that is taken already.
        new: int32[m]: who comes now, in order.
    """

    tree: DerivedTree
    structure: Structure
    ids: IdIndex
    upline: Ints
    volumes: NDArray[np.int64] | None
    first: Ints
    new: Ints

    def seated(self) -> tuple[Ints, Ints, Ints]:
        """Who got a place, below whom and in which leg."""
        waits = self.tree.depth is not None and self.tree.full != "error"
        person, parent, leg = self._one_by_one() if waits else self._all()
        at_slot = np.concatenate([self.first, person, [_NOBODY]]).astype(np.int32)
        return person, at_slot[parent], leg

    def _all(self) -> tuple[Ints, Ints, Ints]:
        """Everybody at once; the person of a slot is known beforehand."""
        turn = np.full(len(self.ids), _LATE, dtype=np.int32)
        turn[self.first] = _NOBODY
        turn[self.new] = np.arange(len(self.new), dtype=np.int32)
        slot = np.full(len(self.ids) + 1, _NOBODY, dtype=np.int32)
        slot[self.first] = np.arange(len(self.first), dtype=np.int32)
        slot[self.new] = len(self.first) + np.arange(len(self.new), dtype=np.int32)
        unders = slot[self._nearest(turn)] if self.tree.under == "nearest" else self._root()
        volumes = None if self.volumes is None else self.volumes[self.new]
        try:
            placed = self.structure.place_all(self.ids.labels(self.new), unders, self.tree.placed, volumes=volumes)
        except InputError as error:
            raise InputError(self._full(finding) for finding in error.findings) from None
        return self.new, placed.parent, placed.leg

    def _full(self, finding: Finding) -> Finding:
        """A structure that is full, in the words of the plan."""
        if finding.code != "spillover.full":
            return finding
        what = finding.what.partition(", so nobody")[0]
        todo = 'widen the structure, or write full = "up" or "wait"'
        return evolve(finding, what=what, todo=todo, path=f"tree {self.tree.name}: {finding.path}")

    def _nearest(self, turn: Ints) -> Ints:
        """The nearest upline of each new person whose turn comes earlier."""
        found = self.upline[self.new]
        climbing = np.arange(len(self.new))
        while len(climbing):
            later = (found[climbing] >= 0) & (turn[found[climbing]] >= turn[self.new[climbing]])
            climbing = climbing[later]
            found[climbing] = self.upline[found[climbing]]
        return found

    def _root(self) -> Ints:
        """The first slot of all, which the first of the new people takes where nobody has it."""
        unders = np.full(len(self.new), self._root_slot(), dtype=np.int32)
        if not len(self.first) and len(self.new):
            unders[0] = _NOBODY
            unders[1:] = 0
        return unders

    def _root_slot(self) -> int:
        return 0 if len(self.structure) else _NOBODY

    def _one_by_one(self) -> tuple[Ints, Ints, Ints]:
        """Each person in turn, and whoever finds no place waits or goes on up."""
        slot: dict[int, int] = {person: at for at, person in enumerate(self.first.tolist())}
        found: list[tuple[int, int, int]] = []
        for person in self.new.tolist():
            for under in self._unders(person, slot):
                if under == _NOBODY or self.structure.free_place(under, self.tree.placed) is not None:
                    volume = None if self.volumes is None else int(self.volumes[person])
                    above = None if under == _NOBODY else under
                    place = self.structure.place(self.ids.label(person), above, self.tree.placed, volume=volume)
                    slot[person] = place.slot
                    found.append((person, place.parent, place.leg))
                    break
        columns = np.array(found, dtype=np.int32).reshape(-1, 3)
        return columns[:, 0], columns[:, 1], columns[:, 2]

    def _unders(self, person: int, slot: Mapping[int, int]) -> Iterator[int]:
        """Below whom somebody may come, as slots, the first choice first; -1 where they become a root."""
        if self.tree.under == "root":
            yield self._root_slot()
            return
        above, met = int(self.upline[person]), False
        while above >= 0:
            if above in slot:
                met = True
                yield slot[above]
                if self.tree.full != "up":
                    return
            above = int(self.upline[above])
        if not met:
            yield _NOBODY
