"""`IdIndex`: what users write and where it stands, both ways."""

from collections.abc import Callable, Sequence
from typing import NoReturn
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy._arrays import INT32_MAX, Keys
from mlmcore.genealogy.build import build_from_labels, check_edges
from mlmcore.genealogy.ids import uuid_keys
from mlmcore.genealogy.ids._keys import UuidColumn, check_size

LOWER = "0123abcd-0000-4000-8000-00000000ffff"


class TooMany(Sequence[str]):
    """A sequence that is never asked for what it holds."""

    def __len__(self) -> int:
        return 2**31

    def __getitem__(self, at: object) -> NoReturn:
        raise AssertionError(at)


labels_lists = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text == text.strip()), st.uuids().map(str)
    ),
    unique_by=key_of,
    max_size=30,
)


def keys_of(*pairs: tuple[int, int]) -> Keys:
    return np.array(pairs, dtype=np.uint64).reshape(-1, 2)


class TestLookup:
    """From labels and keys to positions, and back."""

    @given(labels=labels_lists, others=labels_lists)
    def test_each_label_is_found_where_it_stands(self, labels: list[str], others: list[str]) -> None:
        """Both ways, and -1 for whoever is unknown."""
        ids = IdIndex.from_labels(labels)
        known = {key_of(label): position for position, label in enumerate(labels)}

        assert ids.positions(labels).tolist() == list(range(len(labels)))
        assert ids.labels(np.arange(len(labels))) == labels
        assert ids.find_labels(others).tolist() == [known.get(key_of(label), -1) for label in others]

    @given(uuids=st.lists(st.uuids(), unique=True, max_size=30))
    def test_uuids_are_their_own_labels(self, uuids: list[UUID]) -> None:
        """A UUID needs no text beside it."""
        ids = IdIndex.from_uuids(uuids)

        assert [ids.label(position) for position in range(len(uuids))] == [str(one) for one in uuids]
        assert ids.positions([str(one).upper() for one in uuids]).tolist() == list(range(len(uuids)))

    def test_keys_whose_mixed_halves_collide_are_told_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The mixed halves only speed the search up; whole keys decide."""
        monkeypatch.setattr("mlmcore.genealogy.ids.index.mixed", lambda keys: keys[:, 0] & np.uint64(1))
        ids = IdIndex.from_keys(keys_of((2, 0), (4, 0), (4, 1), (3, 3)))

        assert ids.find(keys_of((4, 1), (3, 3), (2, 0), (6, 0), (4, 0), (5, 3))).tolist() == [2, 3, 0, -1, 1, -1]

    def test_all_unknown_ids_are_listed(self) -> None:
        """Every unknown id once, as written."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_labels(["ann", "bob"]).positions(["zed", "ann", "", "zed", "Ann"])

        assert str(caught.value) == "unknown ids 'zed', '', 'Ann'; 2 ids are known"

    def test_a_long_list_of_unknown_ids_is_cut_short(self) -> None:
        """Twenty are listed, the rest is counted."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_labels(["ann"]).positions([str(number) for number in range(1024)])

        listed = ", ".join(repr(str(number)) for number in range(20))
        assert str(caught.value) == f"unknown ids {listed} and 1,004 more; 1 ids are known"

    @given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), unique=True), colliding=st.booleans())
    def test_keys_are_found_whether_or_not_they_collide(self, rows: list[tuple[int, int]], colliding: bool) -> None:
        """Every known key where it stands, every other nowhere, also where all mixed keys are one."""
        with pytest.MonkeyPatch.context() as patch:
            if colliding:
                patch.setattr("mlmcore.genealogy.ids.index.mixed", lambda keys: keys[:, 0] & np.uint64(1))
            wanted = [(high, low) for high in range(4) for low in range(4)]
            ids = IdIndex.from_keys(keys_of(*rows))

            assert ids.find(keys_of(*wanted)).tolist() == [rows.index(key) if key in rows else -1 for key in wanted]

    @pytest.mark.parametrize("position", [-1, 2])
    def test_a_position_outside_is_refused(self, position: int) -> None:
        """A negative position does not silently mean somebody else."""
        with pytest.raises(InputError, match=rf"^{position} is no position; there are 2, from 0$"):
            IdIndex.from_labels(["ann", "bob"]).label(position)


class TestUuids:
    """`from_uuids`."""

    @given(uuids=st.lists(st.uuids(), unique=True, max_size=20))
    def test_objects_and_bytes_are_the_same(self, uuids: list[UUID]) -> None:
        """However UUIDs come, they are the same ids."""
        octets = b"".join(one.bytes for one in uuids)
        rows = np.frombuffer(octets, dtype=np.uint8).reshape(-1, 16)
        elsewhere = np.asfortranarray(rows), np.repeat(rows, 2, axis=0)[::2], np.repeat(rows, 2, axis=1)[:, ::2]

        for column in (uuids, octets, bytearray(octets), memoryview(octets), rows, *elsewhere):
            assert IdIndex.from_uuids(column).labels(np.arange(len(uuids))) == [str(one) for one in uuids]

    @pytest.mark.parametrize(
        ("uuids", "message"),
        [
            (b"0" * 17, "17 bytes are no whole number of UUIDs; each has 16 bytes"),
            (np.zeros((2, 15), np.uint8), "the UUIDs are uint8 of shape (2, 15); give uint8[n, 16], or UUIDs"),
            (np.zeros((2, 16), np.int8), "the UUIDs are int8 of shape (2, 16); give uint8[n, 16], or UUIDs"),
            ([UUID(LOWER), LOWER], f"row 1: '{LOWER}' is no UUID; make ids of texts from labels"),
            ([3, UUID(LOWER)], "row 0: 3 is no UUID; make ids of texts from labels"),
        ],
    )
    def test_other_things_are_refused(self, uuids: UuidColumn, message: str) -> None:
        """Nothing is cut off and nothing is guessed."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_uuids(uuids)

        assert str(caught.value) == message


class TestJoined:
    """Two indexes as one."""

    @given(mine=labels_lists, theirs=labels_lists)
    def test_the_ids_of_both_stand_one_behind_the_other(self, mine: list[str], theirs: list[str]) -> None:
        """Labels, ranks and lookup are those of an index made from both at once."""
        known = set(map(key_of, mine))
        theirs = [label for label in theirs if key_of(label) not in known]
        at_once = IdIndex.from_labels(mine + theirs)

        joined = IdIndex.from_labels(mine).joined(IdIndex.from_labels(theirs))

        assert joined.labels(np.arange(len(joined))) == mine + theirs
        assert joined.rank.tolist() == at_once.rank.tolist()
        assert joined.positions(mine + theirs).tolist() == list(range(len(joined)))
        assert not joined.rank.flags.writeable
        assert not joined.keys.flags.writeable

    def test_every_id_that_stands_in_both_is_told(self) -> None:
        """G8, by the label that is being added, and by the other spelling that is there."""
        there = IdIndex.from_labels(["ann", LOWER, "bob"])
        with pytest.raises(InputError) as caught:
            there.joined(IdIndex.from_labels([LOWER.upper(), "cid", "ann"]))

        assert str(caught.value) == (
            "2 findings:\n"
            f"person {LOWER.upper()}: the id is there already, as '{LOWER}'; give another one\n"
            "person ann: the id is there already; give another one"
        )

    def test_there_are_no_more_than_an_index_holds(self) -> None:
        """A position is an int32, whatever is put together."""
        few, many = IdIndex.from_labels(["ann"]), IdIndex(np.broadcast_to(np.zeros(2, np.uint64), (INT32_MAX, 2)))
        with pytest.raises(InputError, match=r"^2,147,483,648 ids are more than a genealogy holds \(2,147,483,647\)$"):
            few.joined(many)


class TestOneIdTwice:
    """Ids that are not unique."""

    def test_every_label_given_twice_is_told(self) -> None:
        """G8: no two positions have one key."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_labels(["a", "b", "a", "b", "c", "a"])

        assert str(caught.value) == (
            "2 findings:\n"
            "person a: the id is given 3 times (row 0, row 2, row 5); every id stands once; remove one, or rename it\n"
            "person b: the id is given 2 times (row 1, row 3); every id stands once; remove one, or rename it"
        )

    def test_two_spellings_of_one_uuid_are_told(self) -> None:
        """G8: a UUID in capitals is the same UUID."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_labels([LOWER, LOWER.upper()])

        assert str(caught.value) == (
            f"person {LOWER.upper()}: '{LOWER}' and '{LOWER.upper()}' are one id in 2 spellings (row 0, row 1); "
            "every id stands once; remove one, or rename it"
        )

    def test_malformed_labels_are_told_with_the_duplicates(self) -> None:
        """Everything at once."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_labels(["", " x", "y", "y"])

        assert str(caught.value) == (
            "3 findings:\n"
            "row 0: an empty text is no id; an id is not empty and has no white space around it\n"
            "row 1: ' x' is no id; an id is not empty and has no white space around it\n"
            "person y: the id is given 2 times (row 2, row 3); every id stands once; remove one, or rename it"
        )

    def test_a_key_given_twice_is_told(self) -> None:
        """G8, however the index is made."""
        with pytest.raises(InputError) as caught:
            IdIndex.from_keys(keys_of((0, 1), (0, 2), (0, 1)))

        assert str(caught.value) == (
            "person 00000000-0000-0000-0000-000000000001: the id is given 2 times (row 0, row 2); "
            "every id stands once; remove one, or rename it"
        )


class TestRank:
    """The order of labels."""

    @given(labels=labels_lists)
    def test_rank_is_the_order_of_code_points(self, labels: list[str]) -> None:
        """Ties are broken by what the user wrote."""
        ids = IdIndex.from_labels(labels)
        ranks = ids.rank.tolist()

        assert ids.labels(ids.in_order) == sorted(labels)
        assert [label for _, label in sorted(zip(ranks, labels, strict=True))] == sorted(labels)
        assert sorted(ranks) == list(range(len(labels)))

    @given(uuids=st.lists(st.uuids(), unique=True, max_size=30))
    def test_rank_of_uuids_is_the_order_of_their_texts(self, uuids: list[UUID]) -> None:
        """Without labels the keys decide, which is the same."""
        by_key = IdIndex.from_uuids(uuids).rank.tolist()

        assert by_key == IdIndex.from_labels([str(one) for one in uuids]).rank.tolist()

    @given(halves=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), unique=True, max_size=30))
    def test_rank_of_uuids_looks_at_both_halves(self, halves: list[tuple[int, int]]) -> None:
        """UUIDs made within a millisecond share much of the high half."""
        assert IdIndex.from_keys(keys_of(*halves)).rank.tolist() == [sorted(halves).index(one) for one in halves]

    @given(labels=labels_lists, data=st.data())
    def test_reordering_keeps_labels_and_ranks(self, labels: list[str], data: st.DataObject) -> None:
        """Position i is what the permutation says, and nothing is ranked again."""
        order = data.draw(st.permutations(range(len(labels))))
        ids = IdIndex.from_labels(labels)

        again = ids.reorder(np.array(order, dtype=np.int32))

        assert again.labels(np.arange(len(labels))) == [labels[old] for old in order]
        assert again.rank.tolist() == [ids.rank[old] for old in order]
        assert again.labels(again.in_order) == sorted(labels)
        assert again.positions(labels).tolist() == [order.index(old) for old in range(len(labels))]

    @pytest.mark.parametrize("positions", [[1, 1], [0, 2], [-1, 0], [-2, -1]])
    def test_what_is_no_permutation_is_refused(self, positions: list[int]) -> None:
        """Nobody is lost and nobody doubled."""
        with pytest.raises(InputError, match=r"^the permutation does not hold every position once$"):
            IdIndex.from_labels(["a", "b"]).reorder(np.array(positions, dtype=np.int32))


class TestArrays:
    """The arrays of an index."""

    def test_arrays_are_read_only_and_our_own(self) -> None:
        """Whoever wrote the array can go on writing to theirs."""
        mine = keys_of((1, 2))
        ids = IdIndex.from_keys(mine)
        mine[0, 0] = 9

        assert ids.keys.tolist() == [[1, 2]]
        assert not ids.keys.flags.writeable
        assert not ids.rank.flags.writeable

    @pytest.mark.parametrize("keys", [np.zeros((2, 2), np.int64), np.zeros(2, np.uint64), [[1, 2]]])
    def test_other_arrays_are_refused(self, keys: Keys) -> None:
        """Keys are two unsigned halves."""
        with pytest.raises(InputError, match=r"^keys must be uint64\[n, 2\]; give the high and the low half of each"):
            IdIndex.from_keys(keys)

    def test_there_is_one_label_for_each_key(self) -> None:
        """Nobody goes without a name."""
        with pytest.raises(InputError, match=r"^there are 1 keys and 2 labels; give one for each$"):
            IdIndex.from_keys(keys_of((1, 2)), ["a", "b"])

    def test_size_stays_within_int32(self) -> None:
        """A position is an int32."""
        check_size(INT32_MAX)
        with pytest.raises(InputError, match=r"^2,147,483,648 ids are more than a genealogy holds \(2,147,483,647\)$"):
            check_size(INT32_MAX + 1)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: IdIndex.from_keys(np.broadcast_to(np.zeros(2, np.uint64), (2**31, 2))),
            lambda: IdIndex.from_uuids(np.broadcast_to(np.zeros(16, np.uint8), (2**31, 16))),
            lambda: IdIndex.from_labels(np.broadcast_to(np.array("a"), (2**31,))),
            lambda: IdIndex.from_labels(TooMany()),
            lambda: uuid_keys(TooMany()),
            lambda: build_from_labels(TooMany(), TooMany()),
            lambda: check_edges(TooMany(), TooMany()),
        ],
    )
    def test_too_many_are_refused_before_anything_is_read_or_copied(self, make: Callable[[], object]) -> None:
        """More than int32 can count: the size is looked at first."""
        with pytest.raises(InputError, match=r"^2,147,483,648 ids are more than a genealogy holds \(2,147,483,647\)$"):
            make()

    def test_repr_is_short(self) -> None:
        """A million ids are no page."""
        assert repr(IdIndex.from_labels(["a", "b", "c", "d"])) == "IdIndex(4 ids: a, b, c, ...)"
        assert repr(IdIndex.from_labels([])) == "IdIndex(0 ids)"
