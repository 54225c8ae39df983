"""Spillover: which place of a structure somebody gets, where everybody has the same number of legs.

A `Structure` is a placement tree that grows: a binary (width 2) or a forced matrix (a width and a depth). People are
placed one after the other below somebody who is there, by a rule or in a place that is named, and `freeze` makes a
`Genealogy` of them. Nobody moves and nobody leaves. Rules S1 to S10 stand in `docs/genealogy/spillover.md`.

Who is placed below whom, and when, is decided elsewhere; whoever waits for that, waits in the `holding_tank`. Not
thread-safe.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import numpy as np
from attrs import frozen

from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.genealogy._arrays import INT32_MAX, Ints32, Ints64, sealed
from mlmcore.genealogy.build import build_from_labels, build_with_rows
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.live._volumes import whole
from mlmcore.genealogy.spillover import _findings as say
from mlmcore.genealogy.spillover._ids import NOBODY, Person, StructureIds
from mlmcore.genealogy.spillover._seats import Seats, SpilloverRule
from mlmcore.genealogy.spillover._volumes import VolumeBound

__all__ = ["WIDTH_MAX", "Person", "Place", "Placed", "SpilloverRule", "Structure"]

WIDTH_MAX: Final = 1_000
"""The widest structure. Those of the trade are 1 to 20 wide; a leg takes four bytes, used or not."""


@frozen(kw_only=True)
class Place:
    """Where somebody sits.

    Attributes:
        slot: The person's slot; of a free place, the slot that the next person gets.
        parent: The slot of the direct upline, -1 for a root.
        leg: The leg of the upline, from 1; 0 for a root.
        depth: How many people stand above.
    """

    slot: int
    parent: int
    leg: int
    depth: int


@frozen(kw_only=True, eq=False)
class Placed:
    """Where several people sit, in the order in which they were placed; all arrays int32[m], read-only.

    Attributes:
        slot: The slots, one after the other.
        parent: The slot of each direct upline, -1 for a root.
        leg: The leg of the upline, from 1; 0 for a root.
        depth: How many people stand above.
    """

    slot: Ints32
    parent: Ints32
    leg: Ints32
    depth: Ints32

    def __len__(self) -> int:
        return len(self.slot)


class Structure:
    """A placement tree in which everybody has the same number of legs.

    >>> binary = Structure(width=2)
    >>> _ = binary.place("ann", None, "left")
    >>> _ = binary.place("bob", "ann", "left")
    >>> place = binary.place("cid", "ann", "left")
    >>> (binary.label(place.parent), place.leg, place.depth)
    ('bob', 1, 2)

    Wherever a person is asked for, a slot or an id will do; a slot is found in no time, an id in some microseconds.
    """

    def __init__(
        self,
        tree: Genealogy | None = None,
        *,
        width: int,
        depth_max: int | None = None,
        volumes: Ints64 | None = None,
        several_roots: bool = False,
    ) -> None:
        """Begin with a tree, or with nobody.

        Args:
            tree: Whom it starts with; the slots are its nodes. None: nobody.
            width: How many legs everybody has, 1 to `WIDTH_MAX`; 2 is a binary.
            depth_max: After how many levels below a person that person's matrix ends; None: never.
            volumes: int64[n], by node: what each person brings, for `weaker_leg`. None: nothing is known.
            several_roots: Whether people without an upline may be more than one.

        Raises:
            InputError: A width or a depth that is none, everybody of the tree without a leg from 1 to `width`, several
                roots, and volumes of a wrong shape or type, or whose absolute sum leaves int64; all at once.
        """
        tree = build_from_labels([], []) if tree is None else tree
        found = Findings()
        self._bound = VolumeBound()
        self._several_roots = several_roots
        self._width, self._depth_max = _width(width, found), _depth_max(depth_max, found)
        found.extend(_wrong_legs(tree, self._width))
        found.extend(_wrong_roots(tree, several_roots))
        own = self._bound.many(volumes, len(tree), found)
        found.raise_if_any()
        if volumes is not None:
            self._bound.take_all(own)
        self._ids = StructureIds(tree.ids)
        self._seats = Seats(self._width, INT32_MAX if depth_max is None else int(depth_max))
        self._seats.seat(None, tree.parent, tree.leg, own)

    def __len__(self) -> int:
        return self._seats.size

    def __contains__(self, person: object) -> bool:
        """Whether somebody is placed, by label or UUID."""
        return person in self._ids

    def __repr__(self) -> str:
        depth = "" if self._depth_max is None else f" x {self._depth_max:,}"
        return f"Structure({len(self):,} people, {self._width:,}{depth} wide)"

    @property
    def width(self) -> int:
        """How many legs everybody has."""
        return self._width

    @property
    def depth_max(self) -> int | None:
        """After how many levels below a person that person's matrix ends; None: never."""
        return self._depth_max

    def place(
        self, label: str | UUID, under: Person | None, rule: SpilloverRule | str, *, volume: int | None = None
    ) -> Place:
        """Somebody new gets a place by a rule.

        Args:
            label: What the person is called; nobody else has that id.
            under: Below whom; None: nobody, so a root, whatever the rule.
            rule: Which free place of that group: the rules S3 to S6.
            volume: What the person brings; None: nothing, or nothing is known.

        Raises:
            InputError: An id that is none or that somebody has, an unknown upline, an unknown rule, a second root, a
                volume that is no whole number or leaves int64, volumes that the rule asks for and nobody gave, or no
                place in the matrix; all findings at once, and nothing is changed.
        """
        name, found = str(label), Findings()
        key, above = self._ids.new_key(name, found), self._ids.upline(under, found, f"person {name}")
        chosen = self._rule(rule, found, told=volume is not None)
        found.extend(self._second_roots([name] if above == NOBODY else []))
        own = self._bound.one(name, volume, found)
        found.raise_if_any()
        if not self._seats.seat_one(chosen, above, 0, own):
            raise InputError([self._full(name, self._ids.label(above), chosen)])
        return self._took(name, key, volume)

    def place_at(
        self, label: str | UUID, parent: Person, leg: int, *, under: Person, volume: int | None = None
    ) -> Place:
        """Somebody new gets a place that is named (S8).

        Args:
            label: What the person is called; nobody else has that id.
            parent: The direct upline.
            leg: The leg of the direct upline, 1 to `width`.
            under: In whose group the place has to be; may be the direct upline.
            volume: What the person brings; None: nothing, or nothing is known.

        Raises:
            InputError: As from `place`; a leg that is none or is taken, a parent outside the group of `under`, or a
                place below the last level of that person's matrix; all at once, and nothing is changed.
        """
        name, found = str(label), Findings()
        key = self._ids.new_key(name, found)
        above, top = (self._ids.slot(person, found, f"person {name}") for person in (parent, under))
        found.extend(self._wrong_leg(name, above, leg))
        found.extend(self._wrong_level(name, above, top))
        own = self._bound.one(name, volume, found)
        found.raise_if_any()
        self._seats.seat_one(None, above, int(leg), own)
        return self._took(name, key, volume)

    def place_all(
        self,
        labels: Sequence[str | UUID],
        unders: "Sequence[Person | None] | Ints32",
        rule: SpilloverRule | str,
        *,
        volumes: Ints64 | None = None,
    ) -> Placed:
        """Many new people get places, one after the other, all of them or nobody.

        Args:
            labels: What they are called.
            unders: Below whom each is placed; somebody who stands earlier in `labels` will do. As an array: slots, of
                which the next is that of the first of `labels` and so on, and -1 for a root.
            rule: As in `place`.
            volumes: int64[m]: what each brings; None: nothing, or nothing is known.

        Raises:
            InputError: Everything that is wrong with any of them, as from `place`; or the first for whom there is no
                place in the matrix. Nothing is changed.
        """
        names, found = [str(label) for label in labels], Findings()
        keys = self._ids.new_keys(names, found)
        above = self._ids.uplines(names, keys, unders, found)
        chosen = self._rule(rule, found, told=volumes is not None)
        found.extend(self._second_roots([names[at] for at in np.flatnonzero(above == NOBODY).tolist()]))
        own = self._bound.many(volumes, len(names), found)
        found.raise_if_any()
        first = len(self)
        done = self._seats.seat(chosen, above, above, own)
        if done < len(names):
            raise InputError([self._full(names[done], self._name(int(above[done]), names), chosen, len(names))])
        self._ids.add_keyed(names, keys)
        if volumes is not None:
            self._bound.take_all(own)
        return self._places(first)

    def free_place(self, under: Person, rule: SpilloverRule | str) -> Place | None:
        """The place that whoever is placed next would get, or None when the matrix is full (S9).

        Raises:
            InputError: An unknown upline, an unknown rule, or volumes that it asks for and nobody gave.
        """
        found = Findings()
        above, chosen = self._ids.slot(under, found), self._rule(rule, found)
        found.raise_if_any()
        free = self._seats.seat_one(chosen, above, 0, 0, seating=False)
        return self._place(len(self)) if free else None

    def check_rule(self, rule: SpilloverRule | str) -> SpilloverRule:
        """The rule that is meant, if it can be used here and now.

        Raises:
            InputError: An unknown rule, or volumes that it asks for and nobody gave.
        """
        found = Findings()
        chosen = self._rule(rule, found)
        found.raise_if_any()
        return chosen

    def set_volume(self, person: Person, volume: int) -> None:
        """Say what somebody brings now, in place of what was known.

        Raises:
            InputError: An unknown person, or a volume that is no whole number or leaves int64.
        """
        slot, found = self.slot(person), Findings()
        before = self._seats.own.view[slot]
        own = self._bound.one(self.label(slot), volume, found, before)
        found.raise_if_any()
        self._seats.bring(slot, own)
        self._bound.take(own, before)

    def set_volumes(self, volumes: Ints64) -> None:
        """Say what everybody brings now: int64[n], by slot.

        Raises:
            InputError: They are too few or too many, no whole numbers, or their absolute sum leaves int64.
        """
        found = Findings()
        own = self._bound.many(volumes, len(self), found, anew=True)
        found.raise_if_any()
        self._seats.bring_all(own)
        self._bound.take_all(own, anew=True)

    def slot(self, person: Person) -> int:
        """The slot of one person.

        Raises:
            InputError: The person is unknown; so from every question here.
        """
        found = Findings()
        slot = self._ids.slot(person, found)
        found.raise_if_any()
        return slot

    def label(self, person: Person) -> str:
        """What users call somebody."""
        return self._ids.label(self.slot(person))

    def place_of(self, person: Person) -> Place:
        """Where somebody sits."""
        return self._place(self.slot(person))

    def volume(self, person: Person) -> int:
        """What somebody brings; 0 where nothing is known."""
        return self._seats.own.view[self.slot(person)]

    def freeze(self) -> Genealogy:
        """Everybody who is placed, as a genealogy; another structure can start from it. Its nodes are no slots."""
        size = len(self)
        parent, leg = self._seats.parent.array[:size].copy(), self._seats.leg.array[:size].copy()
        return build_with_rows(self._ids.frozen(), parent, leg).genealogy

    def _took(self, label: str, key: int, volume: int | None) -> Place:
        """Take over somebody who was seated."""
        slot = len(self) - 1
        self._ids.add_keyed((label,), (key,))
        if volume is not None:
            self._bound.take(self._seats.own.view[slot])
        return self._place(slot)

    def _place(self, slot: int) -> Place:
        seats = self._seats
        return Place(slot=slot, parent=seats.parent.view[slot], leg=seats.leg.view[slot], depth=seats.depth.view[slot])

    def _places(self, first: int) -> Placed:
        """Where everybody from a slot on sits."""
        seats = self._seats
        new = slice(first, len(self))
        parent, leg, depth = (sealed(item.array[new].copy()) for item in (seats.parent, seats.leg, seats.depth))
        return Placed(slot=sealed(np.arange(first, len(self), dtype=np.int32)), parent=parent, leg=leg, depth=depth)

    def _rule(self, rule: SpilloverRule | str, found: Findings, *, told: bool = False) -> SpilloverRule:
        """The rule that is meant; `told`: whether the call itself brings volumes."""
        try:
            chosen = SpilloverRule(rule)
        except ValueError:
            found.extend([say.no_rule(rule, SpilloverRule)])
            return SpilloverRule.LEFT  # not used: the finding is raised
        if chosen is SpilloverRule.WEAKER_LEG and not (told or self._bound.known):
            found.extend([say.no_volumes()])
        return chosen

    def _second_roots(self, labels: Sequence[str]) -> Iterator[Finding]:
        """Who would be a root beside another; slot 0 is one as soon as there is anybody."""
        if not self._several_roots:
            first = [self._ids.label(0)] if len(self) else list(labels[:1])
            for label in labels if len(self) else labels[1:]:
                yield say.second_root(label, first[0])

    def _wrong_leg(self, label: str, above: int, leg: object) -> Iterator[Finding]:
        """What is wrong with a leg of somebody."""
        number = whole(leg)
        upline = self._ids.label(above) if above >= 0 else "the upline"
        if number is None or not 1 <= number <= self._width:
            yield say.leg_range(label, leg, upline, self._width)
        elif above >= 0:
            holder = self._seats.holder(above, number)
            if holder > 0:
                yield say.leg_taken(label, number, upline, self._ids.label(holder))

    def _wrong_level(self, label: str, above: int, top: int) -> Iterator[Finding]:
        """Whether a place below one person lies in the matrix of another."""
        if above >= 0 and top >= 0:
            levels = self._seats.levels_between(above, top)
            if levels < 0:
                yield say.not_below(label, self._ids.label(above), self._ids.label(top))
            elif self._depth_max is not None and levels >= self._depth_max:
                yield say.too_deep(label, levels + 1, self._ids.label(top), self._depth_max)

    def _full(self, label: str, under: str, rule: SpilloverRule, people: int = 1) -> Finding:
        """Why somebody found no place."""
        leg = {SpilloverRule.LEFT: 1, SpilloverRule.RIGHT: self._width}.get(rule, 0)
        return say.full(label, under, self._depth_max or 0, leg, people - 1)

    def _name(self, slot: int, coming: Sequence[str]) -> str:
        """Somebody who is placed, or was to be."""
        return self._ids.label(slot) if slot < len(self) else coming[slot - len(self)]


def _width(width: object, found: Findings) -> int:
    number = whole(width)
    if number is not None and 1 <= number <= WIDTH_MAX:
        return number
    found.extend([say.bad_width(width, WIDTH_MAX)])
    return WIDTH_MAX  # not used: the finding is raised


def _depth_max(depth_max: object, found: Findings) -> int | None:
    number = whole(depth_max)
    if depth_max is not None and (number is None or not 1 <= number <= INT32_MAX):
        found.extend([say.bad_depth(depth_max)])
    return number


def _wrong_legs(tree: Genealogy, width: int) -> Iterator[Finding]:
    """Everybody of a starting tree without a place."""
    wrong = np.flatnonzero((tree.parent >= 0) & ((tree.leg < 1) | (tree.leg > width)))
    labels, uplines = tree.ids.labels(wrong), tree.ids.labels(tree.parent[wrong])
    for node, label, upline in zip(wrong.tolist(), labels, uplines, strict=True):
        yield say.leg_range(label, int(tree.leg[node]), upline, width)


def _wrong_roots(tree: Genealogy, several_roots: bool) -> Iterator[Finding]:
    if len(tree.roots) > 1 and not several_roots:
        yield say.several_roots(tree.ids.labels(tree.roots[: say.SHOWN]), len(tree.roots))
