"""The live layer: a mutable tree whose group volumes are right after every order, join and move.

A `LiveGenealogy` starts from a `Genealogy` and volumes by node, or empty. People have *slots* that are never
renumbered: the nodes of the starting tree, then one after the other as they join. An order adds to the person and to
everybody above, a move takes the group's sums off one path and adds them to another; nothing looks at the rest of the
tree. At any time the numbers are those of a full recalculation (`check` compares them), and `freeze` makes a
`Genealogy` again. Rules L1 to L9 stand in `docs/genealogy/live.md`.

What an order is worth, who may sponsor whom and who has which rank is decided elsewhere. Not thread-safe.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

import numpy as np
from attrs import frozen

from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy import rollups
from mlmcore.genealogy._arrays import INT32_MAX, Ints32, Ints64, sealed
from mlmcore.genealogy.build import build_from_labels, build_with_rows
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.live import _findings as say
from mlmcore.genealogy.live._by_slot import add_along
from mlmcore.genealogy.live._ids import LiveIds
from mlmcore.genealogy.live._seats import Seats
from mlmcore.genealogy.live._volumes import Given, Volumes, whole

__all__ = ["FrozenLive", "LiveGenealogy", "LiveLeg", "Moved", "Person"]

Person = int | str | UUID
"""A slot, or an id: a label in any spelling, or a UUID."""

_NOBODY: Final = -1
_UNKNOWN: Final = -2


@frozen(kw_only=True)
class LiveLeg:
    """A direct child with the volume of its group.

    Attributes:
        number: The leg in which the child hangs, from 1; 0 without a number.
        head: The child's slot.
        volume: What the child's group brings.
    """

    number: int
    head: int
    volume: int


@frozen(kw_only=True, eq=False)
class Moved:
    """Whose group lost and whose group got somebody who was moved.

    Attributes:
        before: int32[a], read-only: the uplines that the person had, nearest first.
        after: int32[b], read-only: the uplines that the person has, nearest first.
        changed: int32[c], read-only: those of both whose group is another one now; the uplines in common are not among
            them, though the first of those has other legs.
    """

    before: Ints32
    after: Ints32
    changed: Ints32


@frozen(kw_only=True, eq=False)
class FrozenLive:
    """What the live layer held at one time.

    Attributes:
        genealogy: The tree.
        volumes: By name, int64[n], read-only: what each person brings, by node.
        node_of_slot: The node of each slot, int32[n], read-only.
        slot_of_node: The slot at each node, int32[n], read-only.
    """

    genealogy: Genealogy
    volumes: Mapping[str, Ints64]
    node_of_slot: Ints32
    slot_of_node: Ints32


class LiveGenealogy:
    """A tree that changes, with the volume of every group.

    >>> live = LiveGenealogy(volumes=["pv"])
    >>> ann = live.join("ann", None)
    >>> bob = live.join("bob", "ann", pv=100)
    >>> live.order("bob", pv=20).tolist() == [bob, ann]
    True
    >>> live.group("ann", "pv")
    120

    Wherever a person is asked for, a slot or an id will do; a slot is found in no time, an id in some microseconds.
    """

    def __init__(self, tree: Genealogy | None = None, volumes: Given = ()) -> None:
        """Take a tree over.

        Args:
            tree: Whom it starts with; the slots are its nodes. None: nobody.
            volumes: int64[n], by node, for each name; or names alone, of which nobody has brought anything yet.

        Raises:
            InputError: Everything that is wrong with names and arrays; or the absolute values of one leave int64.
        """
        tree = build_from_labels([], []) if tree is None else tree
        self._volumes = Volumes(tree, volumes)
        self._seats = Seats(tree)
        self._ids = LiveIds(tree.ids)

    def __len__(self) -> int:
        return self._seats.size

    def __repr__(self) -> str:
        return f"LiveGenealogy({len(self):,} people, volumes: {', '.join(self.volumes) or 'none'})"

    @property
    def volumes(self) -> tuple[str, ...]:
        """The names of the volumes."""
        return tuple(self._volumes.columns)

    def order(self, person: Person, /, **volumes: int) -> Ints32:
        """Somebody brings volume; a refund is negative.

        Args:
            person: Whose order it is.
            volumes: How much of each volume, in its smallest unit.

        Returns:
            The slots whose group changed, so the person and everybody above, nearest first (int32[m], read-only).

        Raises:
            InputError: An unknown person, an unknown volume, an amount that is no whole number or leaves int64, or
                nothing at all; all findings at once, and nothing is changed.
        """
        found = Findings()
        slot = self._slot(person, found)
        changes = self._volumes.changes(slot, volumes, found, lambda: self._where(slot))
        if not volumes:
            found.extend([say.nothing(self.volumes, self._where(slot))])
        found.raise_if_any()
        path = self._seats.path(slot)
        self._volumes.bring(slot, path, changes)
        return path

    def add_volume(self, person: Person, name: str, amount: int) -> Ints32:
        """As `order`, of one volume."""
        return self.order(person, **{name: amount})

    def join(self, label: str | UUID, /, under: Person | None, leg: int = 0, **volumes: int) -> int:
        """Somebody new comes in below an upline.

        Args:
            label: What the person is called; nobody else has that id.
            under: The direct upline; None: nobody, so a root.
            leg: The leg of the upline, from 1; 0 without a number.
            volumes: What the person brings at once; what is not named is 0.

        Returns:
            The person's slot. The groups of everybody above (`ancestors`) have changed too.

        Raises:
            InputError: An id that is none or that somebody has, an unknown upline, a leg that is negative, a root's or
                taken, and what is wrong with the volumes as from `order`; all at once, and nothing is changed.
        """
        name, found = str(label), Findings()

        def where() -> str:
            return f"person {name}"

        found.extend(self._wrong_id(name))
        above = self._upline(under, found)
        found.extend(self._wrong_leg(_UNKNOWN, above, leg, where))
        changes = self._volumes.changes(_UNKNOWN, volumes, found, where)
        found.raise_if_any()
        slot, uplines = len(self), self._seats.path(above)
        path = sealed(np.append(np.int32(slot), uplines))
        self._volumes.reserve(slot)  # what may run out of memory comes first
        self._seats.add(above, int(leg))
        self._ids.add(name)
        add_along(self._seats.count, uplines, 1)
        self._volumes.bring(slot, path, changes)
        return slot

    def move(self, person: Person, under: Person | None, leg: int = 0) -> Moved:
        """Somebody goes below another upline, with the whole group.

        Args:
            person: Who moves.
            under: The new direct upline; None: nobody, so a root.
            leg: The leg of the new upline, from 1; 0 without a number.

        Raises:
            InputError: Unknown persons, an upline who is the person or stands in the person's group (with the path that
                would close the loop), a leg that is negative, a root's or taken; nothing is changed.
        """
        found = Findings()
        slot, above = self._slot(person, found), self._upline(under, found)
        found.extend(self._wrong_leg(slot, above, leg, lambda: self._where(slot)))
        before, after = self._above(slot), self._seats.path(above)
        found.extend(self._loops(slot, after))
        found.raise_if_any()
        left, entered = _different(before, after)
        for path, sign in ((left, -1), (entered, 1)):
            add_along(self._seats.count, path, sign * self._seats.count.view[slot])
            self._volumes.carry(slot, path, sign)
        self._seats.move(slot, above, int(leg))
        return Moved(before=before, after=after, changed=sealed(np.concatenate((left, entered))))

    def slot(self, person: Person) -> int:
        """The slot of one person.

        Raises:
            InputError: The person is unknown; so from every question here.
        """
        if type(person) is int and 0 <= person < self._seats.size:  # before all else: it is asked all the time
            return person
        found = Findings()
        slot = self._slot(person, found)
        found.raise_if_any()
        return slot

    def slots(self, labels: Sequence[str]) -> Ints32:
        """The slot of each label: int32[m].

        Raises:
            InputError: Some are unknown; the message lists the first twenty and counts the rest.
        """
        slots = self._ids.find_labels(labels)
        unknown = list(dict.fromkeys(labels[at] for at in np.flatnonzero(slots < 0).tolist()))
        if unknown:
            raise InputError([say.unknown(unknown, len(self))])
        return sealed(slots)

    def label(self, slot: int) -> str:
        """What users call somebody."""
        return self._ids.label(self.slot(slot))

    def labels(self, slots: Ints32) -> list[str]:
        """What users call several people."""
        return self._ids.labels(self._slots(slots))

    def personal(self, person: Person, name: str) -> int:
        """What somebody brings."""
        return self._volumes.column(name).personal.view[self.slot(person)]

    def personals(self, slots: Ints32, name: str) -> Ints64:
        """What several people bring: int64[m], read-only."""
        return sealed(self._volumes.column(name).personal.array[self._slots(slots)])

    def group(self, person: Person, name: str) -> int:
        """What somebody's group brings, the person included."""
        return self._volumes.column(name).group.view[self.slot(person)]

    def groups(self, slots: Ints32, name: str) -> Ints64:
        """What the groups of several people bring: int64[m], read-only."""
        return sealed(self._volumes.column(name).group.array[self._slots(slots)])

    def group_count(self, person: Person) -> int:
        """How many people somebody's group holds, the person included."""
        return self._seats.count.view[self.slot(person)]

    def parent(self, person: Person) -> int:
        """The slot of the direct upline, -1 for a root."""
        return self._seats.parent.view[self.slot(person)]

    def leg(self, person: Person) -> int:
        """The leg of the upline in which somebody hangs, 0 without a number."""
        return self._seats.leg.view[self.slot(person)]

    def depth(self, person: Person) -> int:
        """How many people stand above."""
        return len(self.ancestors(person))

    def ancestors(self, person: Person) -> Ints32:
        """Everybody above, nearest first: int32[m], read-only."""
        return self._above(self.slot(person))

    @property
    def roots(self) -> Ints32:
        """Everybody without an upline, in the order of their labels; looks at everybody."""
        return _int32(self._in_order(np.flatnonzero(self._seats.parent.array[: len(self)] < 0).tolist()))

    def front(self, person: Person) -> Ints32:
        """The direct children, by leg and then label: int32[m], read-only."""
        return _int32(self._in_order(list(self._seats.front(self.slot(person)))))

    def legs(self, person: Person, name: str) -> tuple[LiveLeg, ...]:
        """The legs of somebody in the order of the front, with the volume of each."""
        group, leg = self._volumes.column(name).group.view, self._seats.leg.view
        heads = self._in_order(list(self._seats.front(self.slot(person))))
        return tuple(LiveLeg(number=leg[head], head=head, volume=group[head]) for head in heads)

    def freeze(self) -> FrozenLive:
        """Everything as it stands now, as a genealogy and volumes by node; a new live layer can start from them."""
        size = len(self)
        built = build_with_rows(self._ids.frozen(), self._seats.parent.array[:size], self._seats.leg.array[:size])
        node_of_slot = np.empty(size, dtype=np.int32)
        node_of_slot[built.row_of_node] = np.arange(size, dtype=np.int32)
        columns = self._volumes.columns
        own = {name: sealed(column.personal.array[built.row_of_node]) for name, column in columns.items()}
        return FrozenLive(
            genealogy=built.genealogy,
            volumes=MappingProxyType(own),
            node_of_slot=sealed(node_of_slot),
            slot_of_node=built.row_of_node,
        )

    def check(self) -> None:
        """Compare every group with a full recalculation.

        Raises:
            InputError: Some differ; each is named with both numbers, up to twenty for each volume.
        """
        frozen = self.freeze()
        tree, slots = frozen.genealogy, frozen.slot_of_node
        findings = self._differing("count", self._seats.count.array[slots], tree.subtree_size, slots)
        for name, column in self._volumes.columns.items():
            full = rollups.group_sum(tree, frozen.volumes[name])
            findings += self._differing(name, column.group.array[slots], full, slots)
        if findings:
            raise InputError(findings)

    def _slot(self, person: Person, found: Findings) -> int:
        """The slot of somebody, or `_UNKNOWN` with a finding."""
        if isinstance(person, str | UUID):
            slot = self._ids.find(person)
            if slot >= 0:
                return slot
            found.extend([say.unknown([str(person)], len(self))])
            return _UNKNOWN
        number = whole(person)
        if number is not None and 0 <= number < len(self):  # a negative index would silently mean somebody else
            return number
        found.extend([say.no_slot(person, len(self))])
        return _UNKNOWN

    def _above(self, slot: int) -> Ints32:
        return self._seats.path(self._seats.parent.view[slot] if slot >= 0 else _NOBODY)

    def _upline(self, under: Person | None, found: Findings) -> int:
        return _NOBODY if under is None else self._slot(under, found)

    def _slots(self, slots: Ints32) -> Ints32:
        """Several slots, all of which are some."""
        given = np.asarray(slots)
        if len(given) and given.dtype.kind not in "iu":  # truth values would choose, floats would be cut
            raise InputError([say.no_slot(given[0].item(), len(self))])
        for slot in (int(given.min()), int(given.max())) if len(given) else ():
            self.slot(slot)
        return given.astype(np.int32, copy=False)

    def _in_order(self, slots: list[int]) -> list[int]:
        """Siblings by leg, then label."""
        leg = self._seats.leg.view
        legs, keys = [leg[slot] for slot in slots], self._ids.sort_keys(slots)
        return [slot for _, _, slot in sorted(zip(legs, keys, slots, strict=True))]

    def _where(self, slot: int) -> str:
        """Somebody in a finding."""
        return "" if slot < 0 else f"person {self._ids.label(slot)}"

    def _wrong_id(self, label: str) -> Iterator[Finding]:
        """What is wrong with the id of somebody new."""
        if len(self) == INT32_MAX:
            yield say.too_many(label)
        try:
            key = key_of(label)
        except InputError as error:
            yield from error.findings
            return
        slot = self._ids.find(key)
        if slot >= 0:
            yield say.id_taken(label, self._ids.label(slot))

    def _wrong_leg(self, slot: int, above: int, leg: object, where: Callable[[], str]) -> Iterator[Finding]:
        """What is wrong with a leg for somebody (`_UNKNOWN`: somebody new) below an upline."""
        number = whole(leg)
        if number is None or not 0 <= number <= INT32_MAX:
            yield say.no_leg(where(), leg)
        elif number > 0 and above == _NOBODY:
            yield say.root_leg(where(), number)
        elif number > 0 and above >= 0:
            holder = self._seats.holder(above, number)
            if holder not in (-1, slot):
                yield say.leg_taken(where(), number, self._ids.label(above), self._ids.label(holder))

    def _loops(self, slot: int, uplines: Ints32) -> Iterator[Finding]:
        """Somebody among the own new uplines; an unknown person is among none."""
        at = np.flatnonzero(uplines == slot)
        if len(at):
            length = int(at[0]) + 1
            cycle = np.append(np.int32(slot), uplines[: min(length, say.CYCLE_SHOWN) - 1])
            yield say.loop(self._ids.labels(cycle), length)

    def _differing(self, name: str, kept: Ints64, full: Ints32 | Ints64, slots: Ints32) -> list[Finding]:
        nodes = np.flatnonzero(kept != full)
        shown = nodes[: say.LISTED]
        labels = self._ids.labels(slots[shown])
        findings = [
            say.differs(label, name, int(kept[node]), int(full[node]))
            for node, label in zip(shown.tolist(), labels, strict=True)
        ]
        if len(nodes) > len(shown):
            findings.append(say.more_differ(name, len(nodes) - len(shown)))
        return findings


def _different(before: Ints32, after: Ints32) -> tuple[Ints32, Ints32]:
    """Two paths to the roots without the end that they have in common."""
    least = min(len(before), len(after))
    same = before[::-1][:least] == after[::-1][:least]
    common = least if same.all() else int(same.argmin())
    return before[: len(before) - common], after[: len(after) - common]


def _int32(slots: list[int]) -> Ints32:
    return sealed(np.array(slots, dtype=np.int32))
