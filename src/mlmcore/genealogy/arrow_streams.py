"""Whatever speaks Arrow's C interface: opening it, the names of its types, and the memory of its columns.

The part of nanoarrow that everything with columns shares. What the columns mean, who reads them says.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import MissingExtraError
from mlmcore.genealogy._arrays import Bools, Ints64, Keys, input_error
from mlmcore.genealogy._arrow_columns import Part, read_fixed_column, read_text_column, read_uuid_column

__all__ = [
    "ArrowStream",
    "Part",
    "nanoarrow",
    "opened",
    "packed",
    "part_of",
    "read_fixed",
    "read_packed_texts",
    "read_texts",
    "read_uuids",
    "type_name",
]


class ArrowStream(Protocol):
    """Whatever hands out its rows over Arrow's C interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule that holds an `ArrowArrayStream`."""
        ...


def opened(stream: ArrowStream) -> tuple[Any, Iterable[Any]]:
    """The schema of a stream, and its chunks, each nanoarrow's `CArray`.

    Never nanoarrow's `Array`: getting at the memory of one copies the structure of its buffers, and that of a
    `string_view` crashes (0.9.0).
    """
    na = nanoarrow()
    chunks: Any
    if hasattr(stream, "__arrow_c_stream__"):
        chunks = na.c_array_stream(stream)
        schema = na.Schema(chunks.get_schema())
    elif hasattr(stream, "__arrow_c_array__"):
        chunks = [na.c_array(stream)]
        schema = na.Schema(chunks[0].schema)
    else:
        what = f"{type(stream).__name__} is no Arrow stream"
        raise input_error("arrow.stream", what, "give a table, frame or reader that has `__arrow_c_stream__`")
    if schema.type != na.Type.STRUCT:
        what = f"the stream holds {type_name(schema)}, which has no columns"
        raise input_error("arrow.stream", what, "give a table or frame")
    return schema, chunks


def type_name(schema: Any) -> str:
    """The type in words; of an extension, the type that it is stored as."""
    kind: str = schema.type.name.lower()
    if kind == "dictionary":
        return f"dictionary of {type_name(schema.value_type)}"
    if kind == "extension":
        return type_name(schema.extension.storage)
    return f"{kind}({schema.byte_width})" if kind == "fixed_size_binary" else kind


def part_of(chunk: Any, column: int) -> Part:
    """One column of one chunk."""
    rows = slice(chunk.offset, chunk.offset + len(chunk))
    bits = np.frombuffer(chunk.view().buffer(0), dtype=np.uint8)
    valid = np.unpackbits(bits, bitorder="little")[rows] if len(bits) else np.ones(len(chunk), dtype=np.uint8)
    return Part(array=chunk.child(column), valid=valid.astype(np.bool_), start=chunk.offset)


def read_texts(parts: Sequence[Part]) -> list[bytes | None]:
    """The bytes of a column of texts or bytes, however it is laid out, row by row."""
    texts = read_text_column(parts)
    ends = (texts.starts + texts.lengths).tolist()
    octets = texts.data.tobytes()
    rows = zip(texts.starts.tolist(), ends, texts.valid.tolist(), strict=True)
    return [octets[start:end] if there else None for start, end, there in rows]


def read_fixed(parts: Sequence[Part]) -> tuple[NDArray[Any], Bools]:
    """The values of a column whose values all have one width, and which of them are there.

    Numbers arrive as numbers; what is wider than any of them, as `uint8[n, width]`; booleans as booleans.
    """
    return read_fixed_column(parts)


def read_packed_texts(parts: Sequence[Part]) -> tuple[NDArray[np.uint8], Ints64, Bools]:
    """The bytes of a column of texts, one after the other.

    Returns:
        The bytes, as uint8[m]; where each text begins, and where the last one ends, as int64[n + 1]; which are there,
        as bool[n]: one that is not has no bytes.
    """
    texts = read_text_column(parts)
    lengths = np.where(texts.valid, texts.lengths, 0)
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    there = lengths > 0
    first = int(texts.starts[there][0]) if there.any() else 0
    if (texts.starts[there] - first == offsets[:-1][there]).all():  # they lie one after the other already
        return texts.data[first : first + offsets[-1]], offsets, texts.valid
    shifts = np.repeat(texts.starts - offsets[:-1], lengths)
    return texts.data[shifts + np.arange(offsets[-1])], offsets, texts.valid


def read_uuids(parts: Sequence[Part]) -> tuple[Keys, Bools, Bools]:
    """The keys of a column of UUIDs, of 16 bytes each or in canonical text.

    Returns:
        The keys, as uint64[n, 2]; which rows have one so, and which have anything at all, each as bool[n].
    """
    return read_uuid_column(parts)


def packed(valid: Bools | None) -> NDArray[np.uint8] | None:
    """Which values are there, in bits."""
    return None if valid is None else np.packbits(valid, bitorder="little")


def nanoarrow() -> Any:
    """The library.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import nanoarrow  # type: ignore[import-untyped]  # noqa: PLC0415  (untyped; an extra, imported on first use)
    except ImportError:
        raise MissingExtraError("nanoarrow", "arrow") from None
    return nanoarrow
