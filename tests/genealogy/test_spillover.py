"""Spillover, rule by rule (S1 to S10 of `docs/genealogy/spillover.md`); mixed histories are told to its twin."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build, build_from_labels
from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.spillover import Person, Place, SpilloverRule, Structure, _seats
from mlmcore.genealogy.spillover._kernels import OUTSIDE, place_people

LARGEST = 2**63 - 1
NO_VOLUMES = "weaker_leg compares volumes, and none has been given; give volumes, or place by balanced"
FULL = "place the person below somebody else, or let them wait in the holding tank"


def family(width: int = 2, depth_max: int | None = None) -> Structure:
    """Ann with Bob (leg 1, with Dan in leg 2) and Cid (leg 2)."""
    tree = build_from_labels(["ann", "bob", "cid", "dan"], ["", "ann", "ann", "bob"], [0, 1, 2, 2])
    return Structure(tree, width=width, depth_max=depth_max)


def chain(length: int) -> Genealogy:
    """Everybody in leg 1 of the one before."""
    parent = np.arange(-1, length - 1, dtype=np.int32)
    leg = np.where(parent < 0, 0, 1).astype(np.int32)
    return build(IdIndex.from_uuids([UUID(int=number) for number in range(1, length + 1)]), parent, leg)


def seat(structure: Structure, place: Place) -> tuple[str, int]:
    """The upline's label, and the leg."""
    return structure.label(place.parent), place.leg


def seats(structure: Structure, rule: str, labels: str | list[str], under: str = "ann") -> list[tuple[str, int]]:
    """Where several people come to sit, one after the other."""
    return [seat(structure, structure.place(label, under, rule)) for label in labels]


def refusal(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Code and text of every finding."""
    with pytest.raises(InputError) as error:
        act()
    return [(finding.code, str(finding)) for finding in error.value.findings]


def everybody(structure: Structure) -> list[object]:
    """All that can be seen."""
    tree = structure.freeze()
    names = tree.ids.labels(np.arange(len(tree)))
    return [names, tree.parent.tolist(), tree.leg.tolist(), [structure.volume(name) for name in names]]


class TestStart:
    """S1: from nobody, or from a tree."""

    def test_slots_are_nodes_and_then_follow_each_other(self) -> None:
        """Slots never change; a label, a UUID and a slot name the same person."""
        some = UUID("0123abcd-0000-4000-8000-00000000ffff")
        structure = family()
        place = structure.place(some, "cid", "left")

        assert [structure.slot(label) for label in ("ann", "bob", "dan", "cid")] == [0, 1, 2, 3]
        assert place == Place(slot=4, parent=3, leg=1, depth=2)
        assert structure.slot(str(some).upper()) == structure.slot(some) == structure.slot(4) == 4
        assert structure.label(4) == str(some)
        assert some in structure
        assert "zoe" not in structure
        assert 4 not in structure

    def test_it_says_what_it_is(self) -> None:
        """Size, width and depth."""
        matrix = Structure(width=3, depth_max=7)

        assert (matrix.width, matrix.depth_max, len(matrix)) == (3, 7, 0)
        assert repr(matrix) == "Structure(0 people, 3 x 7 wide)"
        assert repr(family()) == "Structure(4 people, 2 wide)"

    def test_everything_wrong_with_the_start_is_found(self) -> None:
        """Legs that nobody has, roots, and volumes."""
        tree = build_from_labels(["ann", "bob", "cid", "dan"], ["", "ann", "ann", ""], [0, 0, 3, 0])

        assert refusal(lambda: Structure(tree, width=2, volumes=np.zeros(3, dtype=np.int64))) == [
            ("spillover.roots", "the tree has 2 roots: ann, dan; give them uplines, or say several_roots=True"),
            (
                "spillover.volume",
                "the volumes are int64 of shape (3,); give int64 of shape (4,): whole numbers of the smallest unit",
            ),
            (
                "spillover.leg",
                "person bob: the leg of ann is 0; legs count from 1 to 2, the width of the structure",
            ),
            (
                "spillover.leg",
                "person cid: the leg of ann is 3; legs count from 1 to 2, the width of the structure",
            ),
        ]

    def test_many_roots_are_counted(self) -> None:
        """Ten are named."""
        tree = build_from_labels([f"r{number:02}" for number in range(12)], [""] * 12)
        shown = ", ".join(f"r{number:02}" for number in range(10))

        assert refusal(lambda: Structure(tree, width=2)) == [
            (
                "spillover.roots",
                f"the tree has 12 roots: {shown} and 2 more; give them uplines, or say several_roots=True",
            )
        ]
        assert len(Structure(tree, width=2, several_roots=True)) == 12

    @pytest.mark.parametrize("width", [0, -1, 1001, True, 2.0, None])
    def test_a_width_that_is_none_is_refused(self, width: int) -> None:
        """1 to 1,000."""
        assert refusal(lambda: Structure(width=width)) == [
            ("spillover.width", f"the width is {width!r}; give a whole number from 1 to 1,000")
        ]

    @pytest.mark.parametrize("depth_max", [0, -1, True, 2.0, 2**31])
    def test_a_depth_that_is_none_is_refused(self, depth_max: int) -> None:
        """From 1."""
        assert refusal(lambda: Structure(width=2, depth_max=depth_max)) == [
            (
                "spillover.depth",
                f"the depth_max is {depth_max!r}; give the number of levels below a person, from 1, or None for no end",
            )
        ]


class TestRoots:
    """S2: below whom somebody is placed."""

    def test_the_first_needs_nobody(self) -> None:
        """And stands in no leg, whatever the rule."""
        assert Structure(width=2).place("ann", None, "breadth_first") == Place(slot=0, parent=-1, leg=0, depth=0)

    def test_a_second_root_only_where_said(self) -> None:
        """Otherwise it names the first."""
        forest = Structure(family().freeze(), width=2, several_roots=True)

        assert forest.place("eve", None, "left").parent == -1
        assert refusal(lambda: family().place("eve", None, "left")) == [
            (
                "spillover.roots",
                (
                    "person eve: would be a second root beside ann; name the upline, or say "
                    "several_roots=True at the start"
                ),
            )
        ]
        assert [text[:45] for _, text in refusal(lambda: Structure(width=2).place_all("ab", [None, None], "left"))] == [
            "person b: would be a second root beside a; na"
        ]

    @pytest.mark.parametrize(
        ("under", "said"),
        [
            ("zoe", "unknown id 'zoe'; 4 ids are known"),
            (" ann", "unknown id ' ann'; 4 ids are known"),
            (-1, "-1 is no slot; there are 4, from 0"),
            (4, "4 is no slot; there are 4, from 0"),
            (True, "True is no slot; there are 4, from 0"),
            (1.0, "1.0 is no slot; there are 4, from 0"),
        ],
    )
    def test_who_is_not_there_is_refused(self, under: Person, said: str) -> None:
        """By every question alike."""
        structure = family()

        assert [text for _, text in refusal(lambda: structure.place("eve", under, "left"))] == [f"person eve: {said}"]
        assert [text for _, text in refusal(lambda: structure.place_all(["eve"], [under], "left"))] == [
            f"person eve: {said}"
        ]
        for question in (
            lambda: structure.slot(under),
            lambda: structure.label(under),
            lambda: structure.place_of(under),
            lambda: structure.volume(under),
            lambda: structure.free_place(under, "left"),
            lambda: structure.set_volume(under, 1),
        ):
            assert [text for _, text in refusal(question)] == [said]


class TestOutsideLegs:
    """S3: left and right."""

    def test_left_goes_down_the_first_leg_to_its_end(self) -> None:
        """Of the person below whom somebody is placed; other legs are not looked at."""
        assert seats(family(), "left", "xyz") == [("bob", 1), ("x", 1), ("y", 1)]
        assert seats(family(), "left", "xy", under="cid") == [("cid", 1), ("x", 1)]

    def test_right_goes_down_the_last_leg(self) -> None:
        """Which is that of the width."""
        assert seats(family(), "right", "xy") == [("cid", 2), ("x", 2)]
        assert seats(family(width=3), "right", "xy") == [("ann", 3), ("x", 3)]

    def test_a_power_leg_is_not_walked_again(self) -> None:
        """Every walk halves the next one: a hundred people below a leg 5,000 deep look at far fewer than 500,000."""
        child = Counted([*(number for below in range(1, 5000) for number in (below, 0)), *[0] * 1000])
        jump, depth = Counted([0] * 5200), [*range(5000), *[0] * 200]
        parent, zeros = [*range(-1, 4999), *[0] * 200], [0] * 5200
        nearest = [1] * 5200
        place: Any = place_people  # lists index as arrays do
        for number in range(100):
            done = [0]
            chain_of = (child, parent, zeros[:], depth, nearest, jump, nearest, nearest, zeros, zeros, zeros)
            place(5000 + number, [0], [0], 1, OUTSIDE, 0, 1, 2, 2**31, *chain_of, done)

            assert (done, parent[5000 + number]) == ([1], 4999 + number)
        assert child.reads + jump.reads < 60_000

    def test_one_leg_is_a_line(self) -> None:
        """Width 1: every rule goes to its end, and none looks at everybody above."""
        for rule in SpilloverRule:
            line = Structure(chain(3), width=1, volumes=np.ones(3, dtype=np.int64))

            assert [line.place(label, 0, rule).parent for label in "xyz"] == [2, 3, 4]
            short = Structure(chain(3), width=1, depth_max=3, volumes=np.ones(3, dtype=np.int64))
            assert short.place("x", 0, rule).parent == 2
            assert short.free_place(0, rule) is None


class Counted(list[int]):
    """Numbers that count how often they are read."""

    reads = 0

    def __getitem__(self, at: int) -> int:  # type: ignore[override]  # slices are not asked for
        self.reads += 1
        return super().__getitem__(at)


class TestBreadthFirst:
    """S4: the first free place by level, and in a level from the left."""

    def test_a_level_is_filled_before_the_next(self) -> None:
        """From the first leg of the first person to the last of the last."""
        taken = seats(family(), "breadth_first", "pqrstu")

        assert taken == [("bob", 1), ("cid", 1), ("cid", 2), ("p", 1), ("p", 2), ("dan", 1)]

    def test_a_hole_further_up_comes_first(self) -> None:
        """Also one that other rules have left."""
        structure = Structure(width=2)
        structure.place("ann", None, "left")
        seats(structure, "left", "bcde")

        assert seats(structure, "breadth_first", "vwx") == [("ann", 2), ("b", 2), ("v", 1)]

    def test_only_the_group_of_the_person_counts(self) -> None:
        """Holes elsewhere are not seen."""
        assert seats(family(), "breadth_first", "xyz", under="dan") == [("dan", 1), ("dan", 2), ("x", 1)]


class TestBalanced:
    """S5: down the leg with fewer people."""

    def test_the_leg_with_fewer_people(self) -> None:
        """Bob's group has two people and Cid's one; then both have two, and the lower leg is taken."""
        assert seats(family(), "balanced", "xyz") == [("cid", 1), ("bob", 1), ("cid", 2)]

    def test_the_first_of_several_free_legs(self) -> None:
        """A free leg has nobody, and nobody has fewer."""
        assert seats(family(width=4), "balanced", "xyz") == [("ann", 3), ("ann", 4), ("cid", 1)]


class TestWeakerLeg:
    """S6: down the leg with less volume."""

    def test_the_leg_with_less_volume(self) -> None:
        """With what the child brings; what somebody brings counts at once."""
        structure = family()
        structure.set_volumes(np.array([1000, 10, 30, 25]))  # ann, bob, dan, cid

        assert seat(structure, structure.place("x", "ann", "weaker_leg", volume=16)) == ("cid", 1)
        assert seat(structure, structure.place("y", "ann", "weaker_leg", volume=0)) == ("bob", 1)
        structure.set_volume("x", 0)
        assert seat(structure, structure.place("z", "ann", "weaker_leg", volume=0)) == ("cid", 2)

    def test_equal_volumes_go_by_people_and_then_by_leg(self) -> None:
        """Two people who bring 10 together are more than one who does."""
        structure = family()
        structure.set_volumes(np.array([0, 7, 3, 10]))

        assert seats(structure, "weaker_leg", "xyz") == [("cid", 1), ("bob", 1), ("cid", 2)]

    def test_less_than_nothing_is_weaker_than_nobody(self) -> None:
        """Refunds may leave a leg below 0, which a free one is not."""
        structure = family(width=3)
        structure.set_volumes(np.array([0, 0, 0, -1]))

        assert seats(structure, "weaker_leg", "x") == [("cid", 1)]

    def test_the_sums_are_right_however_people_came(self) -> None:
        """By other rules, with volumes that are set before and after the sums are looked at."""
        structure = family()
        structure.set_volume("bob", 15)
        assert seats(structure, "weaker_leg", "x") == [("cid", 1)]
        structure.place("y", "cid", "right")
        structure.set_volume("y", 10)  # once, not twice: 10 is less than 15, and 20 is not
        assert seats(structure, "weaker_leg", "z") == [("x", 1)]
        structure.set_volume("x", 10)
        assert seats(structure, "weaker_leg", "v") == [("bob", 1)]
        structure.set_volumes(np.array([int(slot == structure.slot("bob")) for slot in range(len(structure))]))
        assert seats(structure, "weaker_leg", "w") == [("y", 1)]

    def test_without_volumes_it_is_refused(self) -> None:
        """It would be balanced by another name."""
        structure = family()
        said = [
            (
                "spillover.volume",
                "weaker_leg compares volumes, and none has been given; give volumes, or place by balanced",
            )
        ]

        assert refusal(lambda: structure.place("x", "ann", "weaker_leg")) == said
        assert refusal(lambda: structure.free_place("ann", "weaker_leg")) == said
        assert refusal(lambda: structure.check_rule("weaker_leg")) == said
        structure.set_volume("ann", 0)
        assert structure.check_rule("weaker_leg") is SpilloverRule.WEAKER_LEG


class TestMatrix:
    """S7: nobody is placed further than `depth_max` levels below the person below whom they are placed."""

    def test_a_full_matrix_refuses(self) -> None:
        """2 x 2 holds six people below Ann; by whichever rule, the seventh is refused."""
        for rule in ("breadth_first", "balanced"):
            structure = family(depth_max=2)
            seats(structure, rule, "xyz")

            assert structure.free_place("ann", rule) is None
            assert refusal(lambda used=rule, matrix=structure: matrix.place("more", "ann", used)) == [  # type: ignore[misc]
                ("spillover.full", f"person more: every place in the 2 levels below ann is taken; {FULL}")
            ]
            assert len(structure) == 7

    def test_everybody_has_a_matrix(self) -> None:
        """Below Bob there is room when there is none below Ann."""
        structure = family(depth_max=2)
        seats(structure, "breadth_first", "xyz")

        assert seats(structure, "breadth_first", "v", under="bob") == [("x", 1)]

    def test_a_leg_may_be_full_before_the_matrix(self) -> None:
        """Left and right look at one leg only."""
        structure = family(depth_max=2)
        structure.place("x", "ann", "left")

        assert structure.free_place("ann", "left") is None
        assert refusal(lambda: structure.place("y", "ann", "left")) == [
            ("spillover.full", f"person y: every place down leg 1 in the 2 levels below ann is taken; {FULL}")
        ]
        assert structure.free_place("ann", "right") == Place(slot=5, parent=3, leg=2, depth=2)

    def test_a_leg_without_a_free_place_is_passed_over(self) -> None:
        """Though it is the weaker one."""
        structure = family(depth_max=2)
        structure.place("x", "bob", "left")
        structure.place_at("y", "cid", 1, under="cid")
        structure.place_at("z", "y", 1, under="cid")
        structure.place_at("v", "z", 1, under="z")

        assert seats(structure, "balanced", "w") == [("cid", 2)]  # four below Cid, three below Bob


class TestNamedPlace:
    """S8: a place that is named."""

    def test_it_is_taken(self) -> None:
        """In the group of the person below whom it has to be."""
        structure = family()

        assert structure.place_at("x", "dan", 2, under="ann") == Place(slot=4, parent=2, leg=2, depth=3)
        assert structure.place_at("y", "dan", 1, under="dan") == Place(slot=5, parent=2, leg=1, depth=3)

    def test_everything_wrong_with_it_is_found(self) -> None:
        """Taken, out of the width, outside the group, too deep, and the person."""
        structure = family(depth_max=1)

        assert refusal(lambda: structure.place_at("bob", "bob", 2, under="cid")) == [
            ("spillover.below", "person bob: bob does not stand in the group of cid; choose a place below cid"),
            ("spillover.taken", "person bob: dan hangs in leg 2 of bob; one person hangs in a leg; choose another"),
            ("ids.twice", "person bob: the id is taken; every id stands once; choose another"),
        ]
        assert refusal(lambda: structure.place_at("x", "bob", 3, under="ann")) == [
            ("spillover.leg", "person x: the leg of bob is 3; legs count from 1 to 2, the width of the structure"),
            (
                "spillover.full",
                "person x: the place lies 2 levels below ann, and the matrix ends after 1; choose a place further up",
            ),
        ]
        assert refusal(lambda: structure.place_at("x", "zoe", 0, under="yan")) == [
            (
                "spillover.leg",
                "person x: the leg of the upline is 0; legs count from 1 to 2, the width of the structure",
            ),
            ("ids.unknown", "person x: unknown id 'yan'; 4 ids are known"),
            ("ids.unknown", "person x: unknown id 'zoe'; 4 ids are known"),
        ]
        assert everybody(structure) == everybody(family())

    def test_above_is_not_below(self) -> None:
        """A parent above the person stands outside the group."""
        said = "person x: ann does not stand in the group of dan; choose a place below dan"

        assert refusal(lambda: family(width=3).place_at("x", "ann", 3, under="dan")) == [("spillover.below", said)]


class TestPersonAndRule:
    """What else is refused, and that nothing is changed then (S9)."""

    def test_everything_is_found_at_once(self) -> None:
        """The id, the upline, the rule and the volume."""
        structure = family()

        assert refusal(lambda: structure.place("ann", "zoe", "lefft", volume=Decimal(1))) == [  # type: ignore[arg-type]
            ("spillover.rule", "there is no rule 'lefft'; did you mean 'left'?"),
            ("ids.twice", "person ann: the id is taken; every id stands once; choose another"),
            (
                "spillover.volume",
                "person ann: the volume is Decimal('1'); give a whole number of the smallest unit, of at most 64 bits",
            ),
            ("ids.unknown", "person ann: unknown id 'zoe'; 4 ids are known"),
        ]
        assert everybody(structure) == everybody(family())

    def test_an_id_that_is_none_is_refused(self) -> None:
        """As everywhere."""
        assert refusal(lambda: family().place("", "ann", "left")) == [
            ("input.id", "an id is empty; give every person, order and customer one")
        ]

    def test_another_spelling_is_the_same_person(self) -> None:
        """A UUID in capitals."""
        one = UUID("0123abcd-0000-4000-8000-00000000ffff")
        structure = family()
        structure.place(one, "ann", "left")
        other = str(one).upper()

        assert refusal(lambda: structure.place(other, "ann", "left")) == [
            (
                "ids.spellings",
                (
                    f"person {other}: '{one}' and '{other}' are one id in 2 spellings; every id stands once; "
                    "choose another"
                ),
            )
        ]

    @pytest.mark.parametrize("volume", [2**63, -(2**63), True, 1.5])
    def test_a_volume_beyond_64_bits_is_refused(self, volume: int) -> None:
        """And whatever is no whole number."""
        said = f"the volume is {volume!r}; give a whole number of the smallest unit, of at most 64 bits"

        assert refusal(lambda: family().place("x", "ann", "left", volume=volume)) == [
            ("spillover.volume", f"person x: {said}")
        ]
        assert refusal(lambda: family().set_volume("ann", volume)) == [("spillover.volume", f"person ann: {said}")]

    def test_no_sum_leaves_64_bits(self) -> None:
        """S10: of absolute values; what is replaced no longer counts."""
        structure = family()
        structure.set_volume("ann", LARGEST)
        too_much = "could reach 9,223,372,036,854,775,808, more than 64 bits hold; use fewer decimal places"
        said = f"the absolute volume of all people {too_much}"

        assert refusal(lambda: structure.set_volume("bob", -1)) == [("genealogy.overflow", f"person bob: {said}")]
        assert refusal(lambda: structure.place("x", "ann", "left", volume=1)) == [
            ("genealogy.overflow", f"person x: {said}")
        ]
        assert refusal(lambda: structure.place_all(["x"], ["ann"], "left", volumes=np.array([-1]))) == [
            ("genealogy.overflow", said)
        ]
        assert refusal(lambda: structure.set_volumes(np.array([LARGEST, 1, 0, 0]))) == [("genealogy.overflow", said)]
        structure.set_volume("ann", -LARGEST)
        structure.set_volume("ann", 0)
        structure.set_volume("bob", LARGEST)
        structure.set_volumes(np.array([0, 0, 0, -LARGEST]))

    @pytest.mark.parametrize("volumes", [[1, 2, 3, 4], np.zeros(4), np.zeros(3, np.int64), np.zeros((4, 1), np.int64)])
    def test_volumes_are_one_whole_number_for_each(self, volumes: object) -> None:
        """A list, floats, too few, or in two dimensions."""
        given = repr(volumes) if isinstance(volumes, list) else f"{volumes.dtype} of shape {volumes.shape}"  # type: ignore[attr-defined]

        assert refusal(lambda: family().set_volumes(volumes)) == [  # type: ignore[arg-type]
            (
                "spillover.volume",
                f"the volumes are {given}; give int64 of shape (4,): whole numbers of the smallest unit",
            )
        ]


class TestManyAtOnce:
    """S9: several people, as one by one, all or nobody."""

    @pytest.mark.parametrize("rule", SpilloverRule)
    def test_many_are_placed_as_one_by_one(self, rule: SpilloverRule) -> None:
        """Each below somebody who is placed or stands earlier in the list; by slots, or by ids."""
        chance = random.Random(rule)
        labels = [f"p{number}" for number in range(150)]
        unders = [chance.randrange(4 + number) for number in range(150)]
        volumes = [chance.randint(-9, 9) for _ in labels]
        one_by_one, by_slot, by_id = (family(width=3) for _ in range(3))
        for label, under, volume in zip(labels, unders, volumes, strict=True):
            one_by_one.place(label, under, rule, volume=volume)

        placed = by_slot.place_all(labels, np.array(unders, dtype=np.int32), rule, volumes=np.array(volumes))
        by_id.place_all(labels, [one_by_one.label(under) for under in unders], rule, volumes=np.array(volumes))

        assert everybody(by_slot) == everybody(by_id) == everybody(one_by_one)
        assert len(placed) == 150
        assert [placed.slot.tolist(), placed.parent.tolist(), placed.leg.tolist(), placed.depth.tolist()] == [
            list(range(4, 154)),
            [one_by_one.place_of(label).parent for label in labels],
            [one_by_one.place_of(label).leg for label in labels],
            [one_by_one.place_of(label).depth for label in labels],
        ]
        assert not placed.parent.flags.writeable

    def test_roots_are_minus_one_or_none(self) -> None:
        """In an array there is no None."""
        unders: list[Ints32 | list[Person | None]] = [np.array([-1, 0], dtype=np.int32), [None, "a"]]
        for given in unders:
            structure = Structure(width=2)

            assert structure.place_all(["a", "b"], given, "left").parent.tolist() == [-1, 0]

    def test_nobody_at_all_is_fine(self) -> None:
        """Nothing happens."""
        structure = family()

        assert len(structure.place_all([], [], "balanced")) == 0
        assert everybody(structure) == everybody(family())

    def test_everything_wrong_is_found_and_nobody_is_placed(self) -> None:
        """Ids, uplines, who comes too late, the rule and the volumes."""
        structure = family()
        labels, unders = ["x", "ann", "y", "z"], ("y", "zoe", -1, 7)

        assert refusal(lambda: structure.place_all(labels, unders, "weaker_leg")) == [
            (
                "spillover.volume",
                "weaker_leg compares volumes, and none has been given; give volumes, or place by balanced",
            ),
            ("ids.twice", "person ann: the id is taken; every id stands once; choose another"),
            ("ids.unknown", "person ann: unknown id 'zoe'; 4 ids are known"),
            (
                "spillover.order",
                "person x: is placed below y, who is not placed before; order the people as they are placed",
            ),
            ("spillover.slot", "person y: -1 is no slot; there are 6, from 0"),
            ("spillover.slot", "person z: 7 is no slot; there are 7, from 0"),
        ]
        assert [code for code, _ in refusal(lambda: structure.place_all(["x"], ["x"], "left"))] == ["spillover.order"]
        assert refusal(lambda: structure.place_all(["x", "x"], ["ann"], "left")) == [
            ("spillover.length", "there are 2 people and 1 uplines; give one for each, in the same order"),
            (
                "ids.twice",
                "person x: the id is given 2 times (row 0, row 1); every id stands once; remove one, or rename it",
            ),
        ]
        assert everybody(structure) == everybody(family())

    def test_one_who_finds_no_place_keeps_everybody_out(self) -> None:
        """And all is as before, also for whoever is placed next by any rule."""
        structure = family(depth_max=2)
        structure.set_volumes(np.array([1, 2, 3, 4]))
        before = everybody(structure)
        labels, unders = list("uvwxyz"), ["ann", "ann", "u", "ann", "u", "ann"]

        assert refusal(lambda: structure.place_all(labels, unders, "breadth_first")) == [
            (
                "spillover.full",
                f"person z: every place in the 2 levels below ann is taken, so nobody of 6 is placed; {FULL}",
            )
        ]
        assert everybody(structure) == before
        untouched = family(depth_max=2)
        untouched.set_volumes(np.array([1, 2, 3, 4]))
        for rule in SpilloverRule:
            assert structure.free_place("ann", rule) == untouched.free_place("ann", rule)

    def test_a_matrix_below_somebody_who_is_not_placed_yet(self) -> None:
        """Is named all the same."""
        structure = family(depth_max=1)

        assert refusal(lambda: structure.place_all("uvwx", ["dan", "u", "u", "u"], "balanced")) == [
            (
                "spillover.full",
                f"person x: every place in the 1 level below u is taken, so nobody of 4 is placed; {FULL}",
            )
        ]


class TestLooking:
    """`free_place` and `freeze`."""

    def test_looking_changes_nothing(self) -> None:
        """The place is given when somebody is placed, and it is the one that was seen."""
        structure = family()
        structure.set_volumes(np.array([1, 2, 3, 4]))
        for rule in SpilloverRule:
            seen = structure.free_place("ann", rule)

            assert seen == structure.free_place("ann", rule) == structure.place(f"by-{rule}", "ann", rule)

    def test_a_structure_goes_on_from_what_was_frozen(self) -> None:
        """With the same places, though slots are other numbers."""
        structure = family(width=3)
        seats(structure, "balanced", "uvwxyz")
        again = Structure(structure.freeze(), width=3)

        for rule in ("left", "right", "breadth_first", "balanced"):
            assert seats(again, rule, [f"{rule}-{number}" for number in range(4)]) == seats(
                structure, rule, [f"{rule}-{number}" for number in range(4)]
            )
        assert everybody(again) == everybody(structure)

    def test_a_deep_structure_is_summed_by_compiled_loops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The numbers are the same."""
        monkeypatch.setattr(_seats, "COMPILE_FROM", 300)
        structure, deep = Structure(chain(299), width=2), Structure(chain(300), width=2)
        for tree in (structure, deep):
            tree.place_at("other", 0, 2, under=0)

        assert seat(structure, structure.place("x", 0, "balanced")) == ("other", 1)
        assert seat(deep, deep.place("x", 0, "balanced")) == ("other", 1)
