"""The live layer against its slow twin: long random histories, and short ones that Hypothesis looks for."""

import random
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from genealogy.forests import SHAPES, Rows, rows
from mlmcore.domain.errors import InputError
from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.live import LiveGenealogy, Person
from reference.live import LiveForest, Refused

Fast = TypeVar("Fast")
Slow = TypeVar("Slow")

VOLUMES = ["pv", "gv"]
STEPS = 16_700
COMPARED_EVERY = 1_000


@define
class Both:
    """One history told to the live layer and to the twin.

    Attributes:
        live: The code under test.
        twin: The slow one.
        names: The label of each slot.
        slots: The slot of each label.
        refused: How many steps both refused.
    """

    live: LiveGenealogy
    twin: LiveForest
    names: list[str] = field(init=False)
    slots: dict[str, int] = field(init=False)
    refused: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.names = self.live.labels(np.arange(len(self.live), dtype=np.int32))
        self.slots = {name: slot for slot, name in enumerate(self.names)}

    @classmethod
    def started(cls, given: Rows) -> "Both":
        """From a tree of whom nobody has brought anything."""
        return cls(live=LiveGenealogy(given.fast(), VOLUMES), twin=LiveForest(volumes=VOLUMES, forest=given.slow()))

    def order(self, person: str, amounts: dict[str, int]) -> None:
        who = self.who(person)
        both = self._both(lambda: self.live.order(who, **amounts), lambda: self.twin.order(person, amounts))
        if both is not None:
            assert self.named(both[0]) == both[1]

    def join(self, person: str, under: str | None, leg: int, amounts: dict[str, int]) -> None:
        above = None if under is None else self.who(under)
        both = self._both(
            lambda: self.live.join(person, above, leg, **amounts), lambda: self.twin.join(person, under, leg, amounts)
        )
        if both is not None:
            assert both[0] == len(self.names)
            self.slots[person] = both[0]
            self.names.append(person)

    def move(self, person: str, under: str | None, leg: int) -> None:
        who, above = self.who(person), None if under is None else self.who(under)
        both = self._both(lambda: self.live.move(who, above, leg), lambda: self.twin.move(person, under, leg))
        if both is not None:
            moved, (before, after) = both
            assert self.named(moved.before) == before
            assert self.named(moved.after) == after
            left, entered = set(before) - set(after), set(after) - set(before)
            assert self.named(moved.changed) == [
                *(one for one in before if one in left),
                *(one for one in after if one in entered),
            ]

    def who(self, person: str) -> Person:
        """The slot of most people; the label of some, and of strangers."""
        slot = self.slots.get(person, 0)
        return slot if slot % 8 else person

    def named(self, slots: Ints32) -> list[str]:
        return [self.names[slot] for slot in slots.tolist()]

    def compare(self) -> None:
        """Everything that can be asked, for everybody."""
        slots, names, upline = np.arange(len(self.live), dtype=np.int32), self.names, self.twin.forest.upline
        assert sorted(names) == sorted(upline)
        assert self.live.labels(slots) == names
        assert self.live.slots(names).tolist() == slots.tolist()
        parents = [self.live.parent(slot) for slot in slots.tolist()]
        assert [None if above < 0 else names[above] for above in parents] == [upline[name] for name in names]
        assert [self.live.leg(slot) for slot in slots.tolist()] == [self.twin.forest.leg[name] for name in names]
        counts = self.twin.counts()
        assert [self.live.group_count(slot) for slot in slots.tolist()] == [counts[name] for name in names]
        for volume in VOLUMES:
            groups = self.twin.groups(volume)
            assert self.live.groups(slots, volume).tolist() == [groups[name] for name in names]
            assert self.live.personals(slots, volume).tolist() == [self.twin.own[volume][name] for name in names]

    def compare_fronts(self) -> None:
        """Siblings, legs and depths of everybody, and the roots."""
        assert self.named(self.live.roots) == self.twin.forest.front(None)
        groups = self.twin.groups("pv")
        for name in self.twin.forest.upline:
            front = self.twin.forest.front(name)
            assert self.named(self.live.front(name)) == front
            legs = [(leg.number, self.live.label(leg.head), leg.volume) for leg in self.live.legs(name, "pv")]
            assert legs == [(self.twin.forest.leg[one], one, groups[one]) for one in front]
            assert self.live.depth(name) == len(self.twin.forest.ancestors(name))

    def compare_frozen(self) -> None:
        """What is frozen, and what starts from that."""
        frozen = self.live.freeze()
        names = frozen.genealogy.ids.labels(np.arange(len(self.live)))
        frozen.genealogy.check()
        assert names == self.twin.forest.preorder()
        assert self.named(frozen.slot_of_node) == names
        assert frozen.node_of_slot[frozen.slot_of_node].tolist() == list(range(len(names)))
        again = Both(live=LiveGenealogy(frozen.genealogy, frozen.volumes), twin=self.twin)
        again.compare()
        again.compare_fronts()

    def _both(self, fast: Callable[[], Fast], slow: Callable[[], Slow]) -> tuple[Fast, Slow] | None:
        """What both say, or None when both refuse."""
        try:
            expected = slow()
        except Refused as refusal:
            self._refuse(fast, refusal.codes)
            return None
        return fast(), expected

    def _refuse(self, fast: Callable[[], object], codes: list[str]) -> None:
        with pytest.raises(InputError) as refusal:
            fast()
        assert sorted(finding.code for finding in refusal.value.findings) == codes
        self.refused += 1


@define
class Chance:
    """Random steps, most of which are sound and keep the shape of the tree."""

    dice: random.Random
    shape: str
    people: list[str]

    def step(self, both: Both) -> None:
        """One step of a history."""
        kind = self.dice.random()
        if kind < 0.75:
            both.order(self.person(), self.amounts())
        elif kind < 0.76:
            label = self.person() if self.dice.random() < 0.1 else f"{self.dice.choice('aZé')}-{len(self.people)}"
            both.join(label, self.upline(len(self.people)), self.leg(), self.amounts())
            if len(both.names) > len(self.people):
                self.people.append(label)
        else:
            row = self.dice.randrange(1, len(self.people))
            person = self.person() if self.dice.random() < 0.2 else self.people[row]
            both.move(person, self.upline(row), self.leg())

    def person(self) -> str:
        return "stranger" if self.dice.random() < 0.01 else self.dice.choice(self.people)

    def upline(self, row: int) -> str | None:
        """As the shape has it; now and then anybody."""
        if self.dice.random() < 0.2:
            return self.person()
        above = SHAPES[self.shape](self.dice, row)
        return None if above < 0 else self.people[above]

    def leg(self) -> int:
        return self.dice.choice((-1, 1, 2, 2, 3, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    def amounts(self) -> dict[str, int]:
        amounts = {"pv": self.dice.randrange(-20_000, 50_000)}
        if self.dice.random() < 0.3:
            amounts["gv" if self.dice.random() < 0.9 else "bv"] = self.dice.randrange(-500, 500)
        return amounts


def start(shape: str, chance: random.Random, count: int = 80) -> Rows:
    """A tree of one shape without legs."""
    parent = [-1 if row == 0 else SHAPES[shape](chance, row) for row in range(count)]
    return Rows(labels=[f"start-{row}" for row in range(count)], parent=parent, leg=[0] * count)


class TestLongHistories:
    """100,000 steps in all: orders, refunds, joins, moves, and wrong ones of each, which change nothing."""

    @pytest.mark.parametrize("shape", sorted(SHAPES))
    def test_a_long_history_gives_what_its_twin_gives(self, shape: str) -> None:
        """After every thousand steps everybody's numbers are those of a full recalculation."""
        chance = random.Random(shape)
        given = start(shape, chance)
        both, steps = Both.started(given), Chance(dice=chance, shape=shape, people=list(given.labels))

        for number in range(STEPS):
            steps.step(both)
            if number % COMPARED_EVERY == 0:
                both.compare()
        both.compare()
        both.compare_fronts()
        both.compare_frozen()
        both.live.check()

        assert both.refused > 500
        assert len(both.live) > 2 * len(given.labels)  # the arrays have grown


class LiveMachine(RuleBasedStateMachine):
    """Short histories in which Hypothesis looks for the step that breaks something."""

    @initialize(given=rows(most=6))
    def begin(self, given: Rows) -> None:
        self.both = Both.started(given)

    people = st.sampled_from([*(f"new-{number}" for number in range(6)), "known-0", "known-1", "known-2", "known-3"])
    amounts = st.dictionaries(
        st.sampled_from([*VOLUMES, "bv"]), st.integers(-9, 9) | st.integers(-(2**64), 2**64), max_size=3
    )
    legs = st.integers(-1, 3)

    def label(self, name: str) -> str:
        """Some names stand for people of the starting tree."""
        known = sorted(self.both.twin.forest.upline)
        return known[int(name[6:]) % len(known)] if name.startswith("known") and known else name

    @rule(person=people, amounts=amounts)
    def order(self, person: str, amounts: dict[str, int]) -> None:
        self.both.order(self.label(person), amounts)

    @rule(person=people, under=st.none() | people, leg=legs, amounts=amounts)
    def join(self, person: str, under: str | None, leg: int, amounts: dict[str, int]) -> None:
        self.both.join(self.label(person), under and self.label(under), leg, amounts)

    @rule(person=people, under=st.none() | people, leg=legs)
    def move(self, person: str, under: str | None, leg: int) -> None:
        self.both.move(self.label(person), under and self.label(under), leg)

    @invariant()
    def is_what_the_twin_is(self) -> None:
        self.both.compare()

    def teardown(self) -> None:
        self.both.compare_fronts()
        self.both.compare_frozen()
        self.both.live.check()


class TestShortHistories:
    """What Hypothesis finds, with amounts near the limits of 64 bits too."""

    def test_a_short_history_gives_what_its_twin_gives(self) -> None:
        """After every step everybody's numbers are those of a full recalculation."""
        run_state_machine_as_test(LiveMachine, settings=settings(max_examples=60, stateful_step_count=12))
