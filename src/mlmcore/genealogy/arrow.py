"""Edges and ids out of any Arrow stream, and a genealogy into one.

Whatever speaks Arrow's C interface (tables of pyarrow, polars and DuckDB, a pandas frame, a reader of batches) hands
its columns over as they lie in memory; for UUIDs no Python object is made for any row. Which edges are refused is
decided in `build`. Needs nanoarrow, which `pip install 'mlmcore[arrow]'` brings; it is imported on first use.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Findings, InputError, nearest
from mlmcore.genealogy._arrow_columns import Part, read_ids_column, read_whole_numbers
from mlmcore.genealogy.arrow_streams import ArrowStream, nanoarrow, opened, packed, part_of, type_name
from mlmcore.genealogy.build import Built, build_from_texts
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex, read_ids
from mlmcore.genealogy.ids._keys import check_size
from mlmcore.genealogy.places import Places

__all__ = ["ArrowStream", "build_from_arrow", "ids_from_arrow", "to_arrow"]

_NO_PLACES: Final = Places()
_ID_TYPES: Final = frozenset(
    ("string", "large_string", "string_view", "binary", "large_binary", "binary_view", "fixed_size_binary(16)", "null")
)
_LEG_TYPES: Final = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)) | {"null"}
_ID_TODO: Final = "give text, or 16 bytes of each UUID"
_LEG_TODO: Final = "give whole numbers"


def build_from_arrow(
    stream: ArrowStream,
    *,
    id: str = "id",  # noqa: A002  (the column's usual name)
    parent: str = "parent",
    leg: str | None = None,
    places: Places = _NO_PLACES,
) -> Built:
    """Arrange people whose edges come as an Arrow stream, in any order and in any number of chunks.

    Args:
        stream: A table, frame, query result or reader of batches. A reader is used up.
        id: The column that says who each row is: text (as in `build_from_labels`), or 16 bytes of each UUID.
        parent: The column with the id of the direct upline; null or empty for a root.
        leg: The column with the leg of the upline in which the person hangs, whole numbers; null or 0 without a number.
            None: nobody's leg has a number.
        places: File and lines of the rows, for findings.

    Returns:
        The genealogy, and the row of the stream that each node was.

    Raises:
        InputError: The columns are not there or hold something else, all of them at once; or as from
            `build_from_labels`.
        MissingExtraError: nanoarrow is not installed.
    """
    wanted = [_Wanted(name=name, types=_ID_TYPES, todo=_ID_TODO) for name in (id, parent)]
    if leg is not None:
        wanted.append(_Wanted(name=leg, types=_LEG_TYPES, todo=_LEG_TODO))
    columns = _columns(stream, wanted)
    legs = None if leg is None else read_whole_numbers(columns[leg])
    return build_from_texts(read_ids_column(columns[id]), read_ids_column(columns[parent]), legs, places)


def ids_from_arrow(
    stream: ArrowStream,
    *,
    id: str = "id",  # noqa: A002  (as above)
    places: Places = _NO_PLACES,
) -> IdIndex:
    """The ids in one column of an Arrow stream, in its order; arguments and errors are those of `build_from_arrow`."""
    columns = _columns(stream, [_Wanted(name=id, types=_ID_TYPES, todo=_ID_TODO)])
    read = read_ids(read_ids_column(columns[id]), places)
    if read.findings:
        raise InputError(read.findings)
    return read.ids


def to_arrow(tree: Genealogy) -> ArrowStream:
    """A genealogy as an Arrow stream, which may be read any number of times.

    The rows are in node order. Columns: `id` and `parent` (null: a root), UUIDs of type `arrow.uuid` where every id is
    one, otherwise text; `leg` (null: no number), `depth` and `group_size`, int32.

    Raises:
        MissingExtraError: nanoarrow is not installed.
    """
    na = nanoarrow()
    type_of_id, id_buffers, parent_buffers = _id_buffers(na, tree)
    below, numbered = tree.parent >= 0, tree.leg > 0
    columns = {
        "id": (type_of_id, None, id_buffers),
        "parent": (type_of_id, below, parent_buffers),
        "leg": (na.int32(), numbered, [tree.leg]),
        "depth": (na.int32(), None, [tree.depth]),
        "group_size": (na.int32(), None, [tree.subtree_size]),
    }
    children = [
        na.c_array_from_buffers(kind, len(tree), [packed(valid), *buffers]) for kind, valid, buffers in columns.values()
    ]
    schema = na.struct({name: kind for name, (kind, _, _) in columns.items()}, nullable=False)
    table: ArrowStream = na.Array(na.c_array_from_buffers(schema, len(tree), [None], children=children))
    return table


@frozen(kw_only=True)
class _Wanted:
    """A column that the stream must have.

    Attributes:
        name: What it is called.
        types: Which types it may have.
        todo: What to do where it has another.
    """

    name: str
    types: frozenset[str]
    todo: str


def _columns(stream: ArrowStream, wanted: Sequence[_Wanted]) -> dict[str, list[Part]]:
    """The chunks of the wanted columns, by name."""
    schema, chunks = opened(stream)
    _check_schema(schema, wanted)
    chunks = list(chunks)
    check_size(sum(map(len, chunks)))
    names = [field.name for field in schema.fields]
    return {one.name: [part_of(chunk, names.index(one.name)) for chunk in chunks] for one in wanted}


def _check_schema(schema: Any, wanted: Sequence[_Wanted]) -> None:
    findings = Findings()
    names = [field.name for field in schema.fields]
    for one in wanted:
        if names.count(one.name) == 1:
            kind = type_name(schema.field(names.index(one.name)))
            if kind.removeprefix("dictionary of ") not in one.types:
                findings.add(code="arrow.type", what=f"the column {one.name!r} holds {kind}", todo=one.todo)
        elif one.name in names:
            what = f"{names.count(one.name)} columns are called {one.name!r}"
            findings.add(code="arrow.column", what=what, todo="rename all but one")
        else:
            what = f"there is no column {one.name!r}"
            findings.add(code="arrow.column", what=what, todo=nearest(one.name, names))
    findings.raise_if_any()


def _id_buffers(na: Any, tree: Genealogy) -> tuple[Any, list[NDArray[Any]], list[NDArray[Any]]]:
    """The type of ids and uplines, and the buffers of each without validity; of a root, anything."""
    if tree.ids.are_uuids:
        octets = tree.ids.keys.astype(">u8").view(np.uint8)
        uplines = octets.take(tree.parent, axis=0, mode="clip") if len(tree) else octets
        kind = na.extension_type(na.fixed_size_binary(16), "arrow.uuid", b"")
        return kind, [octets.ravel()], [uplines.ravel()]
    texts = [text.encode() for text in tree.ids.labels(np.arange(len(tree)))]
    of_upline = [texts[upline] if upline >= 0 else b"" for upline in tree.parent.tolist()]
    return na.large_string(), _text_buffers(texts), _text_buffers(of_upline)


def _text_buffers(texts: Sequence[bytes]) -> list[NDArray[Any]]:
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return [offsets, np.frombuffer(b"".join(texts), dtype=np.uint8)]
