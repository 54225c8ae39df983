"""Texts of UUIDs by arithmetic: the same keys and texts as one by one."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy import IdIndex
from mlmcore.genealogy.ids import uuid_keys
from mlmcore.genealogy.ids._uuid_texts import decoded, encoded

ONE = "0123abcd-0000-4000-8000-00000000ffff"

spelled = st.uuids().flatmap(
    lambda one: st.sampled_from(
        [str(one), str(one).upper(), one.hex, f"{{{one}}}", one.urn, f"{str(one)[:-1]}g", f"{one}0"]
    )
)
nearly = st.text("0123456789abcdefABCDEF-gG", min_size=36, max_size=36)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
texts_lists = st.lists(
    st.one_of(spelled, nearly, words.filter(lambda text: text == text.strip())), unique_by=key_of, max_size=20
)


def slow_keys(texts: list[str]) -> list[list[int]]:
    """Each key by the rule of the domain."""
    return [[key_of(text).int >> 64, key_of(text).int & (2**64 - 1)] for text in texts]


class TestKeys:
    """`uuid_keys`."""

    @given(texts=texts_lists)
    def test_every_text_has_the_key_that_the_rule_gives(self, texts: list[str]) -> None:
        """Only the canonical spelling, in either case, is the UUID itself; whatever form the column has."""
        assert uuid_keys(texts).tolist() == slow_keys(texts)
        assert uuid_keys(np.array(texts, dtype=np.str_)).tolist() == slow_keys(texts)
        assert uuid_keys(np.array(texts, dtype=np.object_)).tolist() == slow_keys(texts)
        assert uuid_keys(np.array([text.encode() for text in texts], dtype=np.bytes_)).tolist() == slow_keys(texts)

    @given(uuids=st.lists(st.uuids(), max_size=20), capitals=st.booleans())
    def test_canonical_texts_alone(self, uuids: list[UUID], capitals: bool) -> None:
        """The common case takes the short way through."""
        texts = [str(one).upper() if capitals else str(one) for one in uuids]

        assert uuid_keys(texts).tolist() == slow_keys(texts)
        assert uuid_keys(np.array(texts, dtype="S36")).tolist() == slow_keys(texts)
        assert uuid_keys(np.array(texts, dtype="U36")).tolist() == slow_keys(texts)
        assert uuid_keys(np.array(texts, dtype=">U50")).tolist() == slow_keys(texts)

    @pytest.mark.parametrize("place", range(36))
    def test_each_place_is_looked_at(self, place: int) -> None:
        """A character that does not belong there makes other text of it, which is its own id."""
        for wrong in "g/:@G`-\x00İ" if ONE[place] != "-" else "0a_":
            text = ONE[:place] + wrong + ONE[place + 1 :]

            assert uuid_keys([text]).tolist() == slow_keys([text])
            assert uuid_keys(np.array([text])).tolist() == slow_keys([text.rstrip("\0")])

    def test_what_is_no_id_is_refused_with_its_row(self) -> None:
        """All of it at once."""
        with pytest.raises(InputError) as caught:
            uuid_keys([ONE, "", "ann", "bob "])

        assert str(caught.value) == (
            "2 findings:\n"
            "row 1: an empty text is no id; an id is not empty and has no white space around it\n"
            "row 3: 'bob ' is no id; an id is not empty and has no white space around it"
        )

    def test_bytes_that_are_no_utf8_are_refused(self) -> None:
        """Nobody guesses an encoding."""
        with pytest.raises(InputError) as caught:
            uuid_keys(np.array([b"ann", b"\xff"]))

        assert str(caught.value) == ("row 1: b'\\xff' is no id; an id is not empty and has no white space around it")

    def test_other_arrays_are_refused(self) -> None:
        """Numbers are no texts."""
        with pytest.raises(InputError, match=r"^the ids are int64 of shape \(2,\); give one text for each$"):
            uuid_keys(np.array([1, 2], dtype=np.int64))  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(InputError, match=r"^the ids are <U1 of shape \(1, 1\); give one text for each$"):
            uuid_keys(np.array([["a"]]))

    def test_many_are_the_same_as_few(self) -> None:
        """The chunks that are worked on at once join without a seam."""
        keys = np.random.default_rng(1).integers(0, 2**64, (20_000, 2), dtype=np.uint64)
        texts = encoded(keys)
        texts[[0, 8191, 8192, 19_999], 35] = ord("g")
        texts[5, 0] = ord("A")

        read = decoded(texts)

        assert np.flatnonzero(~read.canonical).tolist() == [0, 8191, 8192, 19_999]
        assert np.flatnonzero(read.canonical & ~read.lower).tolist() == [5]
        good = read.lower
        assert np.array_equal(read.keys[good], keys[good])
        assert not read.keys[~read.canonical].any()


class TestTexts:
    """The way back."""

    @given(uuids=st.lists(st.uuids(), max_size=20))
    def test_a_key_gives_the_canonical_text(self, uuids: list[UUID]) -> None:
        """In lower case, with hyphens."""
        keys = np.array(slow_keys([str(one) for one in uuids]), dtype=np.uint64).reshape(-1, 2)

        assert encoded(keys).tobytes().decode() == "".join(map(str, uuids))


class TestLabelsKept:
    """What an index keeps of the texts."""

    @given(texts=texts_lists)
    def test_labels_are_what_was_written(self, texts: list[str]) -> None:
        """Whether they are kept or made from keys, whatever form they came in."""
        for column in (texts, np.array(texts, dtype=np.str_), np.array([text.encode() for text in texts], np.bytes_)):
            ids = IdIndex.from_labels(column)

            assert ids.labels(np.arange(len(ids))) == texts
            assert [ids.label(position) for position in range(len(ids))] == texts
            assert ids.positions(column).tolist() == list(range(len(texts)))
            assert ids.rank.tolist() == [sorted(texts).index(text) for text in texts]

    def test_only_canonical_texts_in_lower_case_need_not_be_kept(self) -> None:
        """Everything else would come back otherwise than it was written."""
        assert IdIndex.from_labels([ONE]).are_uuids
        assert not IdIndex.from_labels([ONE.upper()]).are_uuids
        assert not IdIndex.from_labels([ONE, "ann"]).are_uuids
        assert not IdIndex.from_labels([UUID(ONE).hex]).are_uuids
