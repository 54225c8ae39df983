"""Edges and ids from Arrow, and genealogies to it, with pyarrow on the other side."""

import sys
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import Rows, rows
from mlmcore.domain.errors import InputError, MissingExtraError
from mlmcore.genealogy import Genealogy, IdIndex, build, build_from_labels
from mlmcore.genealogy.arrow import build_from_arrow, ids_from_arrow, to_arrow

LOWER = "0123abcd-0000-4000-8000-00000000ffff"
TEXT_TYPES = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
BYTES_TYPES = [pa.binary(16), pa.uuid(), pa.binary(), pa.large_binary(), pa.binary_view()]

uuid_rows = st.lists(st.uuids(), unique=True, max_size=12)


def table_of(given_rows: Rows, kind: Any, chunk: int) -> pa.Table:
    """Edges as a table of several chunks, the first of which begins in the middle of its buffers."""
    uplines = [None if parent < 0 else given_rows.labels[parent] for parent in given_rows.parent]
    legs = [leg or None for leg in given_rows.leg]
    columns = {"id": column(["junk", *given_rows.labels], kind), "parent": column([None, *uplines], kind)}
    whole = pa.table({**columns, "leg": pa.array([7, *legs], pa.int16())}).slice(1)
    return pa.Table.from_batches(whole.to_batches(max_chunksize=chunk), schema=whole.schema)


def column(values: list[Any], kind: Any) -> Any:
    """An Arrow array of a type; dictionaries are made from their values."""
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).cast(kind)
    return pa.array(values, kind)


def picture(tree: Genealogy) -> tuple[Any, ...]:
    """Everything that a genealogy holds."""
    arrays = (tree.parent, tree.depth, tree.subtree_size, tree.leg, tree.ids.keys, tree.ids.rank)
    return (tree.ids.labels(np.arange(len(tree))), *(array.tolist() for array in arrays))


class TestReading:
    """`build_from_arrow` and `ids_from_arrow`."""

    @pytest.mark.parametrize("kind", TEXT_TYPES, ids=str)
    @settings(max_examples=25)
    @given(given_rows=rows(most=12), chunk=st.integers(1, 13))
    def test_text_of_any_type_in_any_chunks(self, kind: Any, given_rows: Rows, chunk: int) -> None:
        """The tree is the one that the labels give; rows are counted through all chunks."""
        table = table_of(given_rows, kind, chunk)

        built = build_from_arrow(table, leg="leg")

        assert picture(built.genealogy) == picture(given_rows.fast())
        labels = [given_rows.labels[row] for row in built.row_of_node.tolist()]
        assert labels == built.genealogy.ids.labels(np.arange(len(labels)))
        assert ids_from_arrow(table).labels(np.arange(len(labels))) == given_rows.labels

    @pytest.mark.parametrize("kind", [*TEXT_TYPES, *BYTES_TYPES], ids=str)
    @settings(max_examples=25)
    @given(uuids=uuid_rows, chunk=st.integers(1, 13), data=st.data())
    def test_uuids_of_any_type_in_any_chunks(
        self, kind: Any, uuids: list[UUID], chunk: int, data: st.DataObject
    ) -> None:
        """As text or as 16 bytes, they are the same ids."""
        parent = [data.draw(st.integers(-1, row - 1)) for row in range(len(uuids))]
        as_written: Any = (lambda one: one.bytes) if kind in BYTES_TYPES else str
        ids = [as_written(UUID(int=0)), *map(as_written, uuids)]
        uplines = [None, *(None if upline < 0 else as_written(uuids[upline]) for upline in parent)]
        whole = pa.table({"id": column(ids, kind), "parent": column(uplines, kind)}).slice(1)
        table = pa.Table.from_batches(whole.to_batches(max_chunksize=chunk), schema=whole.schema)

        built = build_from_arrow(table)

        expected = build(IdIndex.from_uuids(uuids), np.array(parent, dtype=np.int32))
        assert picture(built.genealogy) == picture(expected)
        assert built.genealogy.ids.are_uuids

    def test_uplines_may_have_another_type_than_ids(self) -> None:
        """A UUID is one id, as text or as bytes."""
        table = pa.table({"id": [LOWER.upper(), "bob"], "parent": pa.array([None, UUID(LOWER).bytes], pa.uuid())})

        assert build_from_arrow(table).genealogy.to_text() == f"{LOWER.upper()}\n  bob"

    def test_columns_have_the_names_that_the_caller_says(self) -> None:
        """And further columns are nobody's business, whatever they hold."""
        table = pa.table({"x": [[1], [2]], "person": ["ann", "bob"], "sponsor": ["", "ann"], "place": [0, 2]})

        tree = build_from_arrow(table, id="person", parent="sponsor", leg="place").genealogy

        assert tree.to_text(legs=True) == "ann\n  2: bob"

    def test_a_reader_and_a_batch_are_streams_too(self) -> None:
        """Whatever has Arrow's C interface will do."""
        batch = pa.record_batch({"id": ["ann", "bob"], "parent": [None, "ann"]})
        reader = pa.RecordBatchReader.from_batches(batch.schema, [batch])

        assert build_from_arrow(reader).genealogy.to_text() == "ann\n  bob"
        assert build_from_arrow(batch).genealogy.to_text() == "ann\n  bob"

    def test_nobody_has_an_upline(self) -> None:
        """A column that holds nothing at all has a type of its own."""
        table = pa.table({"id": ["bob", "ann"], "parent": pa.nulls(2), "leg": pa.nulls(2)})

        assert build_from_arrow(table, leg="leg").genealogy.to_text() == "ann\nbob"

    def test_a_stream_without_chunks(self) -> None:
        """Nobody is a network too."""
        schema = pa.schema({"id": pa.uuid(), "parent": pa.string(), "leg": pa.int8()})

        assert len(build_from_arrow(schema.empty_table(), leg="leg").genealogy) == 0
        assert len(build_from_arrow(pa.RecordBatchReader.from_batches(schema, []), leg="leg").genealogy) == 0

    def test_rows_that_begin_in_the_middle_and_are_not_there(self) -> None:
        """A struct array has an offset and missing rows of its own."""
        ids, uplines = pa.array(["junk", "ann", "lost", "bob"]), pa.array([None, None, "junk", "ann"])
        missing = pa.array([False, False, True, False])
        struct = pa.StructArray.from_arrays([ids, uplines], ["id", "parent"], mask=missing).slice(1)
        with pytest.raises(InputError) as caught:
            build_from_arrow(struct)

        assert str(caught.value) == "row 1: nothing is no id; an id is not empty and has no white space around it"
        without_junk = pa.StructArray.from_arrays([ids, uplines], ["id", "parent"]).slice(3)
        assert ids_from_arrow(without_junk).labels([0]) == ["bob"]

    def test_text_within_a_view_and_behind_it(self) -> None:
        """A view holds up to twelve bytes itself, and points to longer texts, in any of several buffers."""
        texts = ["x" * 12, "y" * 13, "é" * 6, "z" * 40, "é" * 7]
        table = pa.table({"id": pa.array(texts, pa.string_view())})
        both = pa.concat_tables([table.slice(3), table.slice(0, 3)]).combine_chunks()

        assert ids_from_arrow(table).labels(np.arange(5)) == texts
        assert ids_from_arrow(both).labels(np.arange(5)) == [*texts[3:], *texts[:3]]

    def test_what_a_missing_view_holds_is_not_looked_at(self) -> None:
        """Arrow says nothing about the bytes of a row that is not there."""
        views = np.array([[3, int.from_bytes(b"ann", "little"), 0, 0], [99, 1, 7, 10**6]], dtype=np.int32)
        parents = pa.Array.from_buffers(pa.string_view(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(views.tobytes())])
        table = pa.table({"id": ["bob", "ann"], "parent": parents})

        assert build_from_arrow(table).genealogy.to_text() == "ann\n  bob"

    def test_a_dictionary_may_hold_null(self) -> None:
        """A row is null by its index or by the word."""
        words = pa.array(["ann", None])
        parents = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.uint8()), words)
        nobody = pa.DictionaryArray.from_arrays(pa.array([None, None, None], pa.int64()), words.slice(0, 0))

        assert build_from_arrow(pa.table({"id": ["bob", "ann", "cid"], "parent": parents})).genealogy.to_text() == (
            "ann\n  bob\ncid"
        )
        assert len(build_from_arrow(pa.table({"id": ["bob", "ann", "cid"], "parent": nobody})).genealogy.roots) == 3
        assert refusal(pa.table({"id": parents, "parent": pa.nulls(3)})) == (
            "2 findings:\n"
            "row 1: nothing is no id; an id is not empty and has no white space around it\n"
            "row 2: nothing is no id; an id is not empty and has no white space around it"
        )

    def test_a_dictionary_that_begins_in_the_middle(self) -> None:
        """Its words have an offset of their own."""
        words = pa.array(["junk", "ann", "bob"]).slice(1)
        table = pa.table({"id": pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.int8()), words)})

        assert ids_from_arrow(table).labels([0, 1]) == ["bob", "ann"]

    def test_memory_outlives_its_owner(self) -> None:
        """Arrays read from a result stay what they were when the result is gone."""
        keys = np.arange(20_000, dtype=np.uint64).astype(">u8").view("S8")

        def stream() -> pa.RecordBatchReader:
            octets = pa.array([bytes(8) + key.ljust(8, b"\0") for key in keys.tolist()], pa.binary(16))
            batch = pa.record_batch({"id": octets, "parent": octets.take(pa.array([None] + [0] * (len(keys) - 1)))})
            return pa.RecordBatchReader.from_batches(
                batch.schema, (batch.slice(at, 999) for at in range(0, 20_000, 999))
            )

        built = build_from_arrow(stream())

        pa.array(np.full(10**6, 255, np.uint8))
        assert built.genealogy.ids.keys[:, 1].tolist() == list(range(20_000))


class TestWhatIsRefused:
    """Streams that are none, and rows that are wrong."""

    def test_everything_wrong_with_the_columns_is_told_at_once(self) -> None:
        """A column that is absent with the nearest name; one that holds something else with its type."""
        table = pa.table({"id": [1.5], "sponser": ["a"], "leg": pa.array([0], pa.timestamp("s"))})
        with pytest.raises(InputError) as caught:
            build_from_arrow(table, parent="sponsor", leg="leg")

        assert str(caught.value) == (
            "3 findings:\n"
            "the column 'id' holds double; give text, or 16 bytes of each UUID\n"
            "the column 'leg' holds timestamp; give whole numbers\n"
            "there is no column 'sponsor'; did you mean 'sponser'?"
        )

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (pa.int64(), "int64"),
            (pa.binary(20), "fixed_size_binary(20)"),
            (pa.dictionary(pa.int8(), pa.int64()), "dictionary of int64"),
            (pa.list_(pa.string()), "list"),
            (pa.bool_(), "bool"),
        ],
    )
    def test_ids_of_another_type(self, kind: Any, name: str) -> None:
        """No number becomes a text in silence."""
        table = pa.table({"id": pa.nulls(1, kind)})
        with pytest.raises(InputError) as caught:
            ids_from_arrow(table)

        assert str(caught.value) == f"the column 'id' holds {name}; give text, or 16 bytes of each UUID"

    def test_two_columns_of_one_name(self) -> None:
        """Nobody guesses which is meant."""
        table = pa.table([pa.array(["a"]), pa.array(["b"])], names=["id", "id"])
        with pytest.raises(InputError, match=r"^2 columns are called 'id'; rename all but one$"):
            ids_from_arrow(table)

    def test_what_is_no_stream(self) -> None:
        """Told by what it is."""
        with pytest.raises(InputError, match=r"^list is no Arrow stream; give a table, frame or reader that has `__ar"):
            build_from_arrow([("ann", None)])  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(InputError, match=r"^the stream holds string, which has no columns; give a table or frame$"):
            build_from_arrow(pa.chunked_array([["ann"]]))

    def test_ids_that_are_not_there_are_told_with_their_rows(self) -> None:
        """Null, empty, of another length than 16 bytes: every row, beside what else is wrong."""
        text = pa.table({"id": ["ann", None, ""], "parent": ["zed", None, None]})
        octets = pa.table({"id": [b"0123456789abcdef", None, b"x", b"y" * 17], "parent": pa.nulls(4, pa.binary())})
        rule = "is no id; an id is not empty and has no white space around it"

        assert refusal(text) == (
            "3 findings:\n"
            f"row 1: nothing {rule}\n"
            f"row 2: an empty text {rule}\n"
            "person ann: the upline 'zed' is unknown; "
            "add that person, correct the id, or leave the upline empty for a root"
        )
        assert refusal(octets) == (
            f"3 findings:\nrow 1: nothing {rule}\nrow 2: b'x' {rule}\nrow 3: b'{'y' * 17}' {rule}"
        )

    def test_an_unknown_upline_of_bytes_is_told_as_a_uuid(self) -> None:
        """By the id as its text."""
        table = pa.table({"id": ["ann"], "parent": pa.array([UUID(LOWER).bytes], pa.uuid())})

        assert refusal(table) == (
            f"person ann: the upline '{LOWER}' is unknown; "
            "add that person, correct the id, or leave the upline empty for a root"
        )

    def test_ids_twice(self) -> None:
        """G8, through chunks."""
        table = pa.chunked_array([["ann"], ["bob", "ann"]])
        with pytest.raises(InputError) as caught:
            ids_from_arrow(pa.table({"id": table}))

        assert str(caught.value) == (
            "person ann: the id is given 2 times (row 0, row 2); every id stands once; remove one, or rename it"
        )

    def test_legs_beyond_int32(self) -> None:
        """Nothing wraps around on the way in."""
        table = pa.table({"id": ["ann"], "parent": pa.nulls(1), "leg": pa.array([2**64 - 1], pa.uint64())})
        with pytest.raises(InputError, match=r"^leg holds 18446744073709551615, which does not fit int32$"):
            build_from_arrow(table, leg="leg")

    def test_the_library_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error says which extra brings it."""
        monkeypatch.setitem(sys.modules, "nanoarrow", None)
        for work in (lambda: build_from_arrow(pa.table({})), lambda: to_arrow(build_from_labels([], []))):
            with pytest.raises(MissingExtraError) as caught:
                work()

            assert str(caught.value) == "nanoarrow is not installed; it comes with: pip install 'mlmcore[arrow]'"


def refusal(table: pa.Table) -> str:
    """What `build_from_arrow` says."""
    with pytest.raises(InputError) as caught:
        build_from_arrow(table)
    return str(caught.value)


class TestWriting:
    """`to_arrow`."""

    @given(given_rows=rows())
    def test_a_genealogy_comes_back_as_it_was(self, given_rows: Rows) -> None:
        """There and back through pyarrow, labels and legs included."""
        tree = given_rows.fast()
        table = pa.table(to_arrow(tree))
        table.validate(full=True)

        again = build_from_arrow(table, leg="leg")

        assert picture(again.genealogy) == picture(tree)
        assert again.row_of_node.tolist() == list(range(len(tree)))
        assert table["depth"].to_pylist() == tree.depth.tolist()
        assert table["group_size"].to_pylist() == tree.subtree_size.tolist()

    @given(uuids=uuid_rows, data=st.data())
    def test_uuids_come_back_as_they_were(self, uuids: list[UUID], data: st.DataObject) -> None:
        """Likewise, as 16 bytes."""
        parent = np.array([data.draw(st.integers(-1, row - 1)) for row in range(len(uuids))], dtype=np.int32)
        tree = build(IdIndex.from_uuids(uuids), parent)
        stream = to_arrow(tree)
        table = pa.table(stream)
        table.validate(full=True)

        again = build_from_arrow(stream, leg="leg").genealogy

        assert picture(again) == picture(tree)
        assert table.schema.field("id").type == table.schema.field("parent").type == pa.uuid()
        assert table["id"].to_pylist() == [UUID(label) for label in tree.ids.labels(np.arange(len(tree)))]
        assert table["parent"].null_count == len(tree.roots)

    def test_the_columns(self) -> None:
        """What others see: null for no upline and for no number."""
        tree = build_from_labels(["ann", "bob", "cid"], ["", "ann", "ann"], [0, 2, 0])

        assert pa.table(to_arrow(tree)).to_pydict() == {
            "id": ["ann", "cid", "bob"],
            "parent": [None, "ann", "ann"],
            "leg": [None, None, 2],
            "depth": [0, 1, 1],
            "group_size": [3, 1, 1],
        }
