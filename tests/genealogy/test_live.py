"""The live layer's rules, one by one; long histories against the twin stand in `test_live_model`."""

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import numpy as np
import pytest

from mlmcore.domain.errors import InputError
from mlmcore.genealogy import IdIndex, build, build_from_labels, rollups
from mlmcore.genealogy._arrays import sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy.live import LiveGenealogy, LiveLeg, Person, _kernels
from mlmcore.genealogy.live import live_genealogy as module

LARGEST = 2**63 - 1
TOO_MUCH = "9,223,372,036,854,775,808, more than 64 bits hold; use fewer decimal places"
SLOTS = {"ann": 0, "bob": 1, "dan": 2, "cid": 3, "eve": 4}


def family() -> LiveGenealogy:
    """Ann with Bob (leg 1, with Dan) and Cid (leg 2); Eve alone. Everybody has brought 10."""
    tree = build_from_labels(["ann", "bob", "cid", "dan", "eve"], ["", "ann", "ann", "bob", ""], [0, 1, 2, 1, 0])
    return LiveGenealogy(tree, {"pv": np.full(5, 10), "cv": np.zeros(5, dtype=np.int64)})


def chain(length: int) -> LiveGenealogy:
    """Everybody below the one before; everybody has brought 1."""
    parent = np.arange(-1, length - 1, dtype=np.int32)
    return LiveGenealogy(build(IdIndex.from_keys(numbered(length)), parent), {"pv": np.ones(length, dtype=np.int64)})


def numbered(count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint64]]":
    """Keys whose upper halves are all the same."""
    keys = np.zeros((count, 2), dtype=np.uint64)
    keys[:, 1] = np.arange(count)
    return keys


def everything(live: LiveGenealogy) -> list[object]:
    """All that can be seen of everybody."""
    slots = np.arange(len(live), dtype=np.int32)
    return [
        live.labels(slots),
        [(live.parent(slot), live.leg(slot), live.group_count(slot)) for slot in slots.tolist()],
        [live.front(slot).tolist() for slot in slots.tolist()],
        [(live.personals(slots, name).tolist(), live.groups(slots, name).tolist()) for name in live.volumes],
    ]


def refusal(error: "pytest.ExceptionInfo[InputError]") -> list[tuple[str, str]]:
    """Code and text of every finding."""
    return [(finding.code, str(finding)) for finding in error.value.findings]


def taken(live: LiveGenealogy, leg: int, holder: str) -> None:
    """Nobody else comes into that leg of Ann."""
    with pytest.raises(InputError) as error:
        live.join("gus", "ann", leg)
    assert refusal(error) == [
        (
            "genealogy.shared-leg",
            f"person gus: {holder} hangs in leg {leg} of ann; one person hangs in a leg; choose another",
        )
    ]


class TestStart:
    """From a tree, or from nobody."""

    def test_nodes_are_slots(self) -> None:
        """L1: the people of the starting tree keep their numbers."""
        live = family()

        assert live.slots(["ann", "bob", "cid", "dan", "eve"]).tolist() == [SLOTS[one] for one in sorted(SLOTS)]
        assert live.volumes == ("pv", "cv")
        assert live.roots.tolist() == [SLOTS["ann"], SLOTS["eve"]]

    def test_groups_are_right_from_the_start(self) -> None:
        """L9: volumes by node are rolled up."""
        live = family()

        assert [live.group(one, "pv") for one in sorted(SLOTS)] == [40, 20, 10, 10, 10]
        assert [live.group_count(one) for one in sorted(SLOTS)] == [4, 2, 1, 1, 1]

    def test_names_alone_start_at_nothing(self) -> None:
        """Nobody has brought anything yet."""
        live = LiveGenealogy(build_from_labels(["ann"], [""]), iter(["pv"]))

        assert (live.personal("ann", "pv"), live.group("ann", "pv")) == (0, 0)

    def test_nobody_at_all(self) -> None:
        """An empty layer answers, and is frozen like any other."""
        live = LiveGenealogy()
        live.check()

        assert (len(live), live.roots.tolist(), live.slots([]).tolist()) == (0, [], [])
        assert len(live.freeze().genealogy) == 0
        assert repr(live) == "LiveGenealogy(0 people, volumes: none)"
        assert repr(family()) == "LiveGenealogy(5 people, volumes: pv, cv)"

    def test_the_arrays_stay_the_callers(self) -> None:
        """Neither side sees the other's writing."""
        values = np.array([1])
        live = LiveGenealogy(build_from_labels(["ann"], [""]), {"pv": values})
        values[0] = 7
        live.order("ann", pv=1)

        assert (live.personal("ann", "pv"), values.tolist()) == (2, [7])

    def test_everything_wrong_with_the_volumes_is_found(self) -> None:
        """Names that `join` needs itself, floats, other lengths, and sums beyond int64."""
        tree = build_from_labels(["ann", "bob"], ["", "ann"])
        with pytest.raises(InputError) as error:
            LiveGenealogy(
                tree,
                {
                    "under": np.zeros(2, dtype=np.int64),
                    "leg": np.zeros(2, dtype=np.int64),
                    "": np.zeros(2, dtype=np.int64),
                    "a": np.zeros(2),
                    "b": [0, 0],
                    "c": np.zeros(3, dtype=np.int64),
                    "d": np.array([LARGEST, -1]),
                    "e": np.array([LARGEST - 1, -1]),
                },
            )

        assert refusal(error) == [
            ("live.name", "a volume cannot be called ''; give a text, and none of: leg, under"),
            ("live.name", "a volume cannot be called 'leg'; give a text, and none of: leg, under"),
            ("live.name", "a volume cannot be called 'under'; give a text, and none of: leg, under"),
            ("live.dtype", "the a is float64; give int64: whole numbers of the smallest unit"),
            ("genealogy.overflow", f"the absolute d of all people could reach {TOO_MUCH}"),
            ("live.dtype", "the b is list; give int64: whole numbers of the smallest unit"),
            (
                "live.length",
                "the c has the shape (3,), but the genealogy has 2 nodes; give one for each node, in node order",
            ),
        ]

    def test_one_text_is_no_list_of_names(self) -> None:
        """A text would be taken apart into letters."""
        with pytest.raises(InputError) as error:
            LiveGenealogy(volumes="pv")

        assert refusal(error) == [
            ("live.volumes", "the volumes are one text, 'pv'; give several names as a tuple, or arrays by name")
        ]


class TestWho:
    """Slots and ids."""

    def test_a_slot_a_label_and_a_uuid_are_the_same_person(self) -> None:
        """L1: whatever is at hand."""
        some = UUID("0123abcd-0000-4000-8000-00000000ffff")
        live = LiveGenealogy(build(IdIndex.from_uuids([some]), np.array([-1], dtype=np.int32)), ["pv"])
        other = live.join(UUID(int=7), under=some)
        people: list[Person] = [0, np.int32(0), some, str(some), "0123ABCD-0000-4000-8000-00000000FFFF"]  # type: ignore[list-item]  # numpy's integers come out of arrays

        assert [live.slot(person) for person in people] == [0] * 5
        assert live.slot(UUID(int=7)) == live.slot(str(UUID(int=7))) == other == 1
        assert live.labels(live.slots([str(UUID(int=7)), str(some)])) == [str(UUID(int=7)), str(some)]

    def test_ids_that_share_half_of_their_keys_are_told_apart(self) -> None:
        """The search goes on in the other half."""
        live = chain(300)

        assert [live.slot(UUID(int=number)) for number in range(300)] == list(range(300))
        with pytest.raises(InputError, match="unknown id"):
            live.slot(UUID(int=300))
        with pytest.raises(InputError, match="unknown id"):
            live.slot(UUID(int=5 << 64))

    @pytest.mark.parametrize(
        ("person", "said"),
        [
            ("zoe", "unknown id 'zoe'; 5 ids are known"),
            (" ann", "unknown id ' ann'; 5 ids are known"),
            ("", "unknown id ''; 5 ids are known"),
            (-1, "-1 is no slot; there are 5, from 0"),
            (5, "5 is no slot; there are 5, from 0"),
            (True, "True is no slot; there are 5, from 0"),
            (1.0, "1.0 is no slot; there are 5, from 0"),
            (None, "None is no slot; there are 5, from 0"),
        ],
    )
    def test_who_is_not_here_is_refused(self, person: Person, said: str) -> None:
        """By every question alike; -1 would be somebody else, and None is only an upline."""
        live = family()
        for question in (
            lambda: live.slot(person),
            lambda: live.group(person, "pv"),
            lambda: live.front(person),
            lambda: live.depth(person),
            lambda: live.order(person, pv=1),
            lambda: live.move(person, None),
        ):
            with pytest.raises(InputError) as error:
                question()
            assert str(error.value) == said

    def test_all_unknown_ids_are_told_at_once(self) -> None:
        """Each once; the first twenty are listed."""
        live = family()
        with pytest.raises(InputError) as error:
            live.slots(["zoe", "ann", "yan", "zoe"])
        assert str(error.value) == "unknown ids 'zoe', 'yan'; 5 ids are known"

        with pytest.raises(InputError) as error:
            live.slots([f"x{number}" for number in range(23)])
        assert str(error.value).endswith("'x19' and 3 more; 5 ids are known")

        with pytest.raises(InputError) as error:
            live.slots([f"x{number}" for number in range(20)])
        assert str(error.value).endswith(", 'x19'; 5 ids are known")

    @pytest.mark.parametrize("slots", [[0, -1], [0, 5], [True, False], [0.0]])
    def test_several_slots_are_all_looked_at(self, slots: list[object]) -> None:
        """Truth values would choose and floats would be cut."""
        with pytest.raises(InputError, match="is no slot; there are 5, from 0"):
            family().groups(np.array(slots), "pv")

    def test_a_volume_that_is_not_kept_is_refused(self) -> None:
        """With the nearest name."""
        with pytest.raises(InputError) as error:
            family().group("ann", "pw")

        assert refusal(error) == [("live.volume", "there is no volume 'pw'; known: cv, pv")]


class TestOrders:
    """L2: orders and refunds."""

    def test_an_order_counts_for_everybody_above(self) -> None:
        """And for nobody else; who it was is told nearest first."""
        live = family()
        changed = live.order("dan", pv=5, cv=7)

        assert changed.tolist() == [SLOTS["dan"], SLOTS["bob"], SLOTS["ann"]]
        assert not changed.flags.writeable
        assert [live.group(one, "pv") for one in sorted(SLOTS)] == [45, 25, 10, 15, 10]
        assert [live.group(one, "cv") for one in sorted(SLOTS)] == [7, 7, 0, 7, 0]
        assert [live.personal(one, "pv") for one in sorted(SLOTS)] == [10, 10, 10, 15, 10]

    def test_a_refund_is_a_negative_order(self) -> None:
        """What somebody brings may become negative."""
        live = family()
        live.add_volume("dan", "pv", -25)

        assert (live.personal("dan", "pv"), live.group("bob", "pv"), live.group("ann", "pv")) == (-15, -5, 15)

    def test_a_volume_may_be_called_as_a_person_is(self) -> None:
        """The names of volumes are the caller's."""
        live = LiveGenealogy(volumes=["person", "label", "self"])
        live.join("ann", None, label=1)
        live.order("ann", person=2, self=3)

        assert [live.group("ann", name) for name in live.volumes] == [2, 1, 3]

    @pytest.mark.parametrize("amount", [1.0, Decimal(1), Fraction(1), True, "1", None])
    def test_what_is_no_whole_number_is_refused(self, amount: int) -> None:
        """Never a float, and no guess."""
        live = family()
        with pytest.raises(InputError) as error:
            live.order("dan", pv=amount)

        assert refusal(error) == [
            ("live.amount", f"person dan: the pv is {amount!r}; give a whole number of the smallest unit")
        ]

    def test_numpys_integers_are_whole_numbers(self) -> None:
        """They come out of arrays."""
        live = family()
        live.order("dan", pv=np.int32(3))  # type: ignore[arg-type]  # numpy's integers are no int

        assert live.group("ann", "pv") == 43

    def test_an_order_that_brings_nothing_is_refused(self) -> None:
        """A volume was forgotten; an order of 0 says so."""
        live = family()
        with pytest.raises(InputError) as error:
            live.order("dan")
        with pytest.raises(InputError) as without:
            LiveGenealogy(build_from_labels(["ann"], [""])).order("ann")

        assert refusal(error) == [("live.nothing", "person dan: the order brings nothing; name one of pv, cv")]
        assert refusal(without) == [("live.nothing", "person ann: the order brings nothing; no volume is kept here")]
        assert live.order("dan", pv=0).tolist() == [2, 1, 0]

    def test_one_wrong_volume_stops_the_others(self) -> None:
        """L7: everything is found, and nothing is changed."""
        live = family()
        before = everything(live)
        with pytest.raises(InputError) as error:
            live.order("dan", pv=5, cv=LARGEST + 1, gv=1, bv=1)

        assert [code for code, _ in refusal(error)] == ["genealogy.overflow", "live.volume", "live.volume"]
        assert everything(live) == before


class TestOverflow:
    """L8: what 64 bits hold."""

    def test_the_last_unit_fits_and_the_next_does_not(self) -> None:
        """The bound is the sum of everybody's absolute own volume, so what would cancel out is refused too."""
        live = family()
        live.order("dan", pv=LARGEST - 50)
        with pytest.raises(InputError) as error:
            live.order("eve", pv=-20 - 1)

        assert refusal(error) == [
            ("genealogy.overflow", f"person eve: the absolute pv of all people could reach {TOO_MUCH}")
        ]
        assert live.group("ann", "pv") == LARGEST - 10
        live.order("eve", pv=-20)
        live.check()

    @pytest.mark.parametrize("person", ["ann", "dan"])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_what_is_taken_back_makes_room_again(self, person: str, sign: int) -> None:
        """The bound follows what people bring, not what they ever brought; below zero as above."""
        live = family()
        for _ in range(3):
            live.order(person, pv=sign * (LARGEST - 50))
            live.order(person, pv=sign * (50 - LARGEST))
        live.order("eve", pv=LARGEST - 50)

        live.check()

    def test_an_amount_that_is_no_int64_itself_is_refused(self) -> None:
        """Even where the sum would fit: compiled, it would be taken for another type."""
        live = LiveGenealogy(volumes=["pv"])
        live.join("ann", None, pv=LARGEST)
        with pytest.raises(InputError) as error:
            live.order("ann", pv=-2 * LARGEST)

        reached = "18,446,744,073,709,551,614, more than 64 bits hold; use fewer decimal places"
        assert str(error.value) == f"person ann: the absolute pv of all people could reach {reached}"

    def test_what_a_newcomer_brings_is_bounded_too(self) -> None:
        """And the newcomer does not come in."""
        live = family()
        with pytest.raises(InputError) as error:
            live.join("fay", "eve", pv=LARGEST - 50 + 1)

        assert [code for code, _ in refusal(error)] == ["genealogy.overflow"]
        assert len(live) == 5
        assert live.join("fay", "eve", pv=LARGEST - 50) == 5


class TestJoins:
    """L3 and L6: somebody new."""

    def test_a_newcomer_counts_for_everybody_above(self) -> None:
        """With what they bring at once."""
        live = family()
        slot = live.join("fay", under="dan", leg=3, pv=4)

        assert (slot, len(live), live.label(slot), live.slot("fay")) == (5, 6, "fay", 5)
        assert (live.parent(slot), live.leg(slot), live.depth(slot)) == (SLOTS["dan"], 3, 3)
        assert live.ancestors(slot).tolist() == [SLOTS["dan"], SLOTS["bob"], SLOTS["ann"]]
        assert [live.group(one, "pv") for one in sorted(SLOTS)] == [44, 24, 10, 14, 10]
        assert [live.group_count(one) for one in sorted(SLOTS)] == [5, 3, 1, 2, 1]
        assert (live.personal("fay", "pv"), live.personal("fay", "cv")) == (4, 0)

    def test_there_is_always_room(self) -> None:
        """L1: arrays that grow keep everybody's slot and numbers."""
        live = LiveGenealogy(volumes=["pv"])
        for number in range(1_000):
            assert live.join(f"p{number}", None if number < 2 else (number - 2) // 3, pv=number) == number

        live.check()
        assert live.personals(np.arange(1_000, dtype=np.int32), "pv").tolist() == list(range(1_000))
        assert live.slots([f"p{number}" for number in range(1_000)]).tolist() == list(range(1_000))

    def test_everything_wrong_with_a_newcomer_is_found(self) -> None:
        """L7: and nobody comes in."""
        live = family()
        before = everything(live)
        with pytest.raises(InputError) as error:
            live.join("ann", under="zoe", leg=-1, pv=1.5, gv=2)  # type: ignore[arg-type]  # the fault

        assert refusal(error) == [
            ("ids.unknown", "unknown id 'zoe'; 5 ids are known"),
            ("ids.twice", "person ann: the id is taken; every id stands once; choose another"),
            ("genealogy.leg", "person ann: the leg is -1; legs count from 1 to 2,147,483,647; 0 stands for no number"),
            ("live.amount", "person ann: the pv is 1.5; give a whole number of the smallest unit"),
            ("live.volume", "person ann: there is no volume 'gv'; known: cv, pv"),
        ]
        assert everything(live) == before

    def test_another_spelling_of_a_uuid_is_taken_too(self) -> None:
        """Of the starting tree's ids and of newcomers' alike."""
        live = LiveGenealogy(build_from_labels(["0123ABCD-0000-4000-8000-00000000FFFF"], [""]))
        live.join("0123abcd-0000-4000-8000-000000000001", None)
        for start, end in (("0123abcd", "00000000ffff"), ("0123ABCD", "000000000001")):
            with pytest.raises(InputError) as error:
                live.join(f"{start}-0000-4000-8000-{end}", None)
            assert [code for code, _ in refusal(error)] == ["ids.spellings"]

        assert str(error.value) == (
            "person 0123ABCD-0000-4000-8000-000000000001: '0123abcd-0000-4000-8000-000000000001' and "
            "'0123ABCD-0000-4000-8000-000000000001' are one id in 2 spellings; every id stands once; choose another"
        )

    @pytest.mark.parametrize("label", ["", " fay", "fay\n"])
    def test_what_is_no_id_is_refused(self, label: str) -> None:
        """As everywhere."""
        with pytest.raises(InputError) as error:
            family().join(label, "ann")

        assert [code for code, _ in refusal(error)] == ["input.id"]

    def test_a_taken_leg_is_refused_with_who_hangs_there(self) -> None:
        """Of the starting tree and of newcomers alike; without a number there is always a place."""
        live = family()
        taken(live, 1, "bob")
        taken(live, 2, "cid")
        live.join("fay", "ann", 7)
        taken(live, 2, "cid")
        taken(live, 7, "fay")
        for number, leg in enumerate((3, 6, 8, 0, 0)):
            live.join(f"new-{number}", "ann", leg)

    @pytest.mark.parametrize("leg", [-1, 2**31, 1.0, True, None])
    def test_what_is_no_leg_is_refused(self, leg: int) -> None:
        """A number that an array would not hold, too."""
        for change in (lambda: family().join("fay", "ann", leg), lambda: family().move("dan", "ann", leg)):
            with pytest.raises(InputError) as error:
                change()
            assert [code for code, _ in refusal(error)] == ["genealogy.leg"]

    def test_the_highest_number_that_an_array_holds_is_a_leg(self) -> None:
        """2,147,483,647."""
        live = family()
        live.join("fay", "ann", 2**31 - 1)

        assert live.leg(live.slot("fay")) == 2**31 - 1

    def test_a_root_hangs_in_no_leg(self) -> None:
        """There is nobody whose leg it would be."""
        for change, name in (
            (lambda: family().join("fay", None, 1), "fay"),
            (lambda: family().move("dan", None, 1), "dan"),
        ):
            with pytest.raises(InputError) as error:
                change()
            assert refusal(error) == [
                (
                    "genealogy.root-leg",
                    f"person {name}: would hang in leg 1 of nobody; name the upline, or leave the leg out",
                )
            ]

    def test_more_people_than_a_slot_can_name_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In words, before anything is written."""
        monkeypatch.setattr(module, "INT32_MAX", 5)
        with pytest.raises(InputError) as error:
            family().join("fay", "ann")

        assert refusal(error) == [("ids.size", "person fay: 2,147,483,647 people are all that a genealogy holds")]


class TestMoves:
    """L4 to L6: somebody goes elsewhere."""

    def test_the_whole_group_moves(self) -> None:
        """Old uplines lose it, new ones get it, those in common and the group itself keep what they have."""
        live = family()
        live.order("dan", pv=5)
        moved = live.move("bob", under="cid", leg=4)

        assert [live.group(one, "pv") for one in sorted(SLOTS)] == [45, 25, 35, 15, 10]
        assert [live.group_count(one) for one in sorted(SLOTS)] == [4, 2, 3, 1, 1]
        assert (live.parent("bob"), live.leg("bob")) == (SLOTS["cid"], 4)
        assert live.ancestors("dan").tolist() == [SLOTS["bob"], SLOTS["cid"], SLOTS["ann"]]
        assert moved.before.tolist() == [SLOTS["ann"]]
        assert moved.after.tolist() == [SLOTS["cid"], SLOTS["ann"]]
        assert moved.changed.tolist() == [SLOTS["cid"]]

    def test_to_another_tree(self) -> None:
        """Nobody is in common."""
        live = family()
        moved = live.move("dan", "eve")

        assert moved.changed.tolist() == [SLOTS["bob"], SLOTS["ann"], SLOTS["eve"]]
        assert [live.group(one, "pv") for one in sorted(SLOTS)] == [30, 10, 10, 10, 20]

    def test_the_first_of_all_moves_like_anybody(self) -> None:
        """Slot 0 is a slot: as a child, among siblings, and gone again."""
        live = family()
        live.join("fay", "eve", 2)
        live.move("ann", "eve", 1)
        live.join("gus", "eve", 3)
        assert live.front("eve").tolist() == [SLOTS["ann"], live.slot("fay"), live.slot("gus")]
        assert live.ancestors("dan").tolist() == [SLOTS["bob"], SLOTS["ann"], SLOTS["eve"]]
        assert live.group("eve", "pv") == 50
        with pytest.raises(InputError, match="ann hangs in leg 1 of eve"):
            live.move("bob", "eve", 1)

        live.move("gus", None)
        live.move("fay", "gus")
        live.move("ann", "gus")
        live.move("fay", None)
        assert (live.front("eve").tolist(), live.front("gus").tolist()) == ([], [SLOTS["ann"]])
        live.check()

    def test_out_to_the_roots_and_back(self) -> None:
        """A root has uplines no more, and then again; the leg is not kept."""
        live = family()
        out = live.move("bob", None)
        assert live.roots.tolist() == [SLOTS["ann"], SLOTS["bob"], SLOTS["eve"]]
        assert (out.changed.tolist(), live.parent("bob"), live.leg("bob")) == ([SLOTS["ann"]], -1, 0)

        back = live.move("bob", "ann")
        assert (back.changed.tolist(), live.leg("bob")) == ([SLOTS["ann"]], 0)
        assert live.front("ann").tolist() == [SLOTS["bob"], SLOTS["cid"]]

    def test_to_where_one_stands(self) -> None:
        """Nothing changes; another leg alone is a move that changes no group."""
        live = family()
        before = everything(live)
        assert live.move("bob", "ann", 1).changed.tolist() == []
        assert everything(live) == before

        assert live.move("bob", "ann", 3).changed.tolist() == []
        assert live.front("ann").tolist() == [SLOTS["cid"], SLOTS["bob"]]

    def test_a_leg_that_somebody_left_is_free(self) -> None:
        """And the one that somebody went to is taken."""
        live = family()
        live.move("bob", "eve", 5)
        live.move("cid", "ann", 1)
        with pytest.raises(InputError) as error:
            live.move("cid", "eve", 5)

        assert refusal(error) == [
            (
                "genealogy.shared-leg",
                "person cid: bob hangs in leg 5 of eve; one person hangs in a leg; choose another",
            )
        ]

    def test_below_oneself_is_refused_with_the_loop(self) -> None:
        """L5: each person's upline after the person."""
        live = family()
        live.join("fay", "dan")
        before = everything(live)
        with pytest.raises(InputError) as error:
            live.move("bob", "fay")

        going_round = "the uplines would go round in a cycle: bob -> fay -> dan -> bob"
        assert refusal(error) == [
            ("genealogy.cycle", f"person bob: {going_round}; choose an upline outside the group of bob")
        ]
        assert everything(live) == before

    def test_below_oneself_directly_is_refused(self) -> None:
        """L5: the shortest loop."""
        with pytest.raises(InputError) as error:
            family().move("bob", "bob")

        assert refusal(error) == [
            ("genealogy.self", "person bob: is named as the own upline; choose an upline outside the group of bob")
        ]

    @pytest.mark.parametrize(("length", "end"), [(10, ""), (11, "1 more -> "), (3_000, "2,990 more -> ")])
    def test_a_long_loop_is_shortened(self, length: int, end: str) -> None:
        """Ten people are named and the rest counted."""
        live = LiveGenealogy(
            build_from_labels([f"p{n}" for n in range(length)], ["", *(f"p{n}" for n in range(length - 1))])
        )
        with pytest.raises(InputError) as error:
            live.move("p0", f"p{length - 1}")

        named = " -> ".join(["p0", *(f"p{length - number}" for number in range(1, 10))])
        assert str(error.value) == (
            f"person p0: the uplines would go round in a cycle: {named} -> {end}p0; "
            "choose an upline outside the group of p0"
        )

    def test_everything_wrong_with_a_move_is_found(self) -> None:
        """L7: both people, or the leg and the loop."""
        live = family()
        with pytest.raises(InputError) as unknown:
            live.move("yan", "zoe", -1)
        with pytest.raises(InputError) as both:
            live.move("ann", "bob", 1)

        assert [code for code, _ in refusal(unknown)] == ["genealogy.leg", "ids.unknown", "ids.unknown"]
        assert [code for code, _ in refusal(both)] == ["genealogy.shared-leg", "genealogy.cycle"]


class TestAnswers:
    """What is handed out."""

    def test_arrays_cannot_be_written_to(self) -> None:
        """They are the caller's to keep, and later changes are not seen in them."""
        live = family()
        moved = live.move("dan", "cid")
        some = live.slots(["ann", "dan"])
        groups, personals = live.groups(some, "pv"), live.personals(some, "pv")
        paths = [some, live.order("dan", pv=7), live.roots, live.front("ann"), live.ancestors("dan")]
        paths += [moved.before, moved.after, moved.changed]

        assert [array.flags.writeable for array in paths] == [False] * 8
        assert (groups.flags.writeable, personals.flags.writeable) == (False, False)
        assert (groups.tolist(), personals.tolist()) == ([40, 10], [10, 10])


class TestFronts:
    """The direct children and their legs."""

    def test_siblings_stand_by_leg_and_then_by_label(self) -> None:
        """Those without a number come first; labels by code point."""
        live = LiveGenealogy(volumes=["pv"])
        live.join("top", None)
        for label, leg in (("b", 0), ("x", 2), ("Z", 0), ("a", 1), ("é", 0)):
            live.join(label, "top", leg, pv=10 + leg)

        assert live.labels(live.front("top")) == ["Z", "b", "é", "a", "x"]
        assert live.legs("top", "pv")[3:] == (
            LiveLeg(number=1, head=live.slot("a"), volume=11),
            LiveLeg(number=2, head=live.slot("x"), volume=12),
        )
        assert live.front("a").tolist() == []


class TestDeep:
    """Paths too long for the short way, and for Python."""

    @pytest.mark.parametrize("length", [63, 64, 65, 127, 128, 129, 5_000])
    def test_a_chain_of_any_length(self, length: int) -> None:
        """Whatever way it is walked, the numbers are those of a closed formula."""
        live = chain(length)
        changed = live.order(length - 1, pv=5)
        slots = np.arange(length, dtype=np.int32)

        assert changed.tolist() == list(range(length - 1, -1, -1))
        assert live.groups(slots, "pv").tolist() == [length - slot + 5 for slot in range(length)]
        moved = live.move(length // 2, 0)
        assert moved.changed.tolist() == list(range(length // 2 - 1, 0, -1))
        live.check()

    def test_a_tree_that_grows_deep(self) -> None:
        """The room for a path grows with it."""
        live = LiveGenealogy(volumes=["pv"])
        live.join("0", None)
        for number in range(1, 700):
            live.join(str(number), number - 1, pv=1)

        live.check()
        assert live.depth("699") == 699

    def test_both_ways_give_the_same(self) -> None:
        """The kernels, interpreted and compiled."""
        parent = np.arange(-1, 9, dtype=np.int32)
        climb, add = compiled(_kernels.climb), compiled(_kernels.add_along)
        seen = []
        for run_climb, run_add in (
            (climb.run_interpreted, add.run_interpreted),
            (climb.run_compiled, add.run_compiled),
        ):
            path, filled, total = np.zeros(4, dtype=np.int32), np.zeros(1, dtype=np.int64), np.arange(10)
            run_climb(parent, 6, path, filled)
            run_add(total, sealed(path), -LARGEST)
            seen.append((path.tolist(), filled.tolist(), total.tolist()))

        assert seen[0] == seen[1]
        assert seen[0][:2] == ([6, 5, 4, 3], [4])
        assert seen[0][2] == [0, 1, 2, *(number - LARGEST for number in (3, 4, 5, 6)), 7, 8, 9]

    def test_a_shallow_tree_brings_no_numba(self) -> None:
        """Orders in a small network pay for no compiler."""
        program = (
            "import sys; from mlmcore.genealogy.live import LiveGenealogy; live = LiveGenealogy(volumes=['pv']); "
            "[live.join(str(n), n - 1 if n else None, pv=1) for n in range(500)]; live.order(499, pv=1); "
            "print('numba' in sys.modules)"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert ran.stdout == "False\n"


class TestFreeze:
    """L9: back to a genealogy."""

    def test_what_is_frozen_is_what_stands(self) -> None:
        """Tree, volumes, and the mapping both ways."""
        live = family()
        live.join("aaa", "cid", 2, pv=3)
        live.move("dan", "eve")
        frozen = live.freeze()
        tree = frozen.genealogy

        tree.check()
        assert tree.to_text() == "ann\n  bob\n  cid\n    aaa\neve\n  dan"
        assert frozen.volumes["pv"].tolist() == [10, 10, 10, 3, 10, 10]
        assert frozen.slot_of_node.tolist() == [0, 1, 3, 5, 4, 2]
        assert frozen.node_of_slot.tolist() == [0, 1, 5, 2, 4, 3]
        assert rollups.group_sum(tree, frozen.volumes["pv"])[frozen.node_of_slot].tolist() == [
            live.group(slot, "pv") for slot in range(6)
        ]

    def test_later_changes_are_not_seen(self) -> None:
        """What is handed out is frozen."""
        live = family()
        frozen = live.freeze()
        live.order("dan", pv=1)
        live.move("dan", None)

        assert frozen.volumes["pv"].tolist() == [10] * 5
        assert frozen.genealogy.parent.tolist() == [-1, 0, 1, 0, -1]
        for array in (frozen.volumes["pv"], frozen.node_of_slot, frozen.slot_of_node):
            assert not array.flags.writeable

    def test_uuids_are_frozen_without_labels(self) -> None:
        """A million of them need no text each, even when somebody has joined; other labels are kept."""
        live = chain(3)
        live.join(UUID(int=7), 0)
        plain = live.freeze().genealogy.ids
        live.join("ann", 0)
        labelled = live.freeze().genealogy.ids

        assert (plain._labels is None, labelled._labels is None) == (True, False)
        assert plain.label(3) == labelled.label(3) == str(UUID(int=7))
        assert labelled.label(4) == "ann"

    def test_a_tree_without_changes_comes_back_as_it_was(self) -> None:
        """Slots are nodes then."""
        frozen = family().freeze()

        assert frozen.node_of_slot.tolist() == frozen.slot_of_node.tolist() == list(range(5))
        assert frozen.genealogy.to_text() == "ann\n  bob\n    dan\n  cid\neve"


class TestCheck:
    """L9: who differs from a full recalculation."""

    def test_who_differs_is_named_with_both_numbers(self) -> None:
        """Groups and counts; found only where memory was written to behind our back."""
        live = family()
        live._volumes.columns["cv"].group.view[SLOTS["bob"]] = 7
        live._seats.count.view[SLOTS["eve"]] = 2_000
        with pytest.raises(InputError) as error:
            live.check()

        todo = "freeze, and start again from that"
        assert refusal(error) == [
            ("live.differs", f"person bob: the cv of the group is 7, and 0 when recalculated; {todo}"),
            ("live.differs", f"person eve: the count of the group is 2,000, and 1 when recalculated; {todo}"),
        ]

    def test_many_who_differ_are_counted(self) -> None:
        """Twenty are named."""
        live = chain(50)
        live._volumes.columns["pv"].group.array[:50] += 1
        with pytest.raises(InputError) as error:
            live.check()

        said = [text for _, text in refusal(error)]
        assert len(said) == 21
        assert said[0] == "the pv of 30 more groups differs"
