"""Binary COPY to and from numpy, at memory speed.

A block of rows whose fields all have one width *is* a piece of a binary COPY stream when it is laid out as a
structured array with big-endian fields: field count, then length and bytes of each field. So a million lines are
encoded by a few array assignments. What varies in width or in being NULL varies per block: the ledger is written as
one block per bonus. This module knows PostgreSQL's wire format and nothing of tables; `psycopg`'s row-by-row COPY
serves where widths differ.

Source of the formats: PostgreSQL's documentation of `COPY` (file formats, binary) and the send/receive functions of
its types: numeric is digit count, weight, sign and display scale followed by base-10000 digits.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import StorageError

__all__ = [
    "Field",
    "boolean_field",
    "constant_field",
    "date_field",
    "encode_block",
    "integer_field",
    "key_field",
    "null_field",
    "numeric_field",
    "read_blocks",
    "read_fields",
    "stream",
    "timestamp_field",
]

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER = _SIGNATURE + bytes(8)
_TRAILER = b"\xff\xff"
_EPOCH_DAYS = 10957  # 2000-01-01, PostgreSQL's day zero, counted from 1970-01-01
_GROUP = 10_000
_INTEGER_GROUPS = 5  # base-10000 digits that hold every int64
_NUMERIC_NEGATIVE = 0x4000


@frozen(kw_only=True, eq=False)
class Field:
    """One column of a block.

    Attributes:
        width: Bytes of each value, or -1 when the whole block has NULL here.
        values: The bytes, `uint8[n, width]`, or `uint8[1, width]` for one value in every row; None for NULL.
    """

    width: int
    values: NDArray[np.uint8] | None


def null_field() -> Field:
    """NULL in every row."""
    return Field(width=-1, values=None)


def constant_field(value: bytes) -> Field:
    """The same bytes in every row: a label, a text, a `jsonb` (version byte 1, then text)."""
    return Field(width=len(value), values=np.frombuffer(value, dtype=np.uint8).reshape(1, -1))


def key_field(keys: NDArray[np.uint64]) -> Field:
    """A `uuid` column.

    Args:
        keys: `uint64[n, 2]`, high and low half.
    """
    return _field(np.ascontiguousarray(keys, dtype=">u8"))


def integer_field(values: NDArray[np.integer], width: int = 4) -> Field:
    """An `int2`, `int4` or `int8` column, by width in bytes; the caller vouches that the values fit."""
    return _field(np.ascontiguousarray(values, dtype=f">i{width}").reshape(-1, 1))


def boolean_field(values: NDArray[np.bool_]) -> Field:
    """A `boolean` column."""
    return _field(np.ascontiguousarray(values, dtype=np.uint8).reshape(-1, 1))


def date_field(days: NDArray[np.integer]) -> Field:
    """A `date` column from days since 1970-01-01."""
    return integer_field(days.astype(np.int64) - _EPOCH_DAYS)


def timestamp_field(microseconds: NDArray[np.integer]) -> Field:
    """A `timestamptz` column from microseconds since 1970-01-01 UTC."""
    return integer_field(microseconds.astype(np.int64) - _EPOCH_DAYS * 86_400_000_000, width=8)


def numeric_field(values: NDArray[np.int64], places: int) -> Field:
    """A `numeric` column from scaled integers: 1234 with two places is 12.34.

    Every value gets the same number of base-10000 digits; the server drops the leading zeros, so what is stored is
    exact and compact.

    Args:
        values: `int64[n]`; not the least int64, whose magnitude has no int64.
        places: Decimal places of the integers, 0 to 18; also the display scale.
    """
    fraction_groups = -(-places // 4)
    magnitude = np.abs(values)
    whole, fraction = np.divmod(magnitude, 10**places)
    fraction = fraction * 10 ** (4 * fraction_groups - places) if fraction_groups else fraction
    words = np.empty((len(values), 4 + _INTEGER_GROUPS + fraction_groups), dtype=">u2")
    words[:, 0] = _INTEGER_GROUPS + fraction_groups
    words[:, 1] = _INTEGER_GROUPS - 1
    words[:, 2] = np.where(values < 0, _NUMERIC_NEGATIVE, 0)
    words[:, 3] = places
    _fill_groups(words[:, 4 : 4 + _INTEGER_GROUPS], whole)
    _fill_groups(words[:, 4 + _INTEGER_GROUPS :], fraction)
    return _field(words)


def encode_block(fields: Sequence[Field], rows: int) -> bytes:
    """The bytes of `rows` rows, one field after the other as given.

    Raises:
        ValueError: A field has another number of rows; a mistake in our own code.
    """
    parts: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [("count", ">i2")]
    for index, field in enumerate(fields):
        parts.append((f"width{index}", ">i4"))
        if field.width > 0:
            parts.append((f"value{index}", "u1", (field.width,)))
    block = np.empty(rows, dtype=np.dtype(parts))
    block["count"] = len(fields)
    for index, field in enumerate(fields):
        block[f"width{index}"] = field.width
        if field.values is not None and field.width > 0:
            block[f"value{index}"] = field.values
    return block.tobytes()


def stream(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A whole binary COPY stream: header, blocks, trailer."""
    yield _HEADER
    yield from blocks
    yield _TRAILER


def read_blocks(chunks: Iterable[bytes], columns: Mapping[str, str]) -> dict[str, NDArray[np.generic]]:
    """Read a binary COPY stream whose rows all have one width and no NULL.

    The query casts to `int8`, `int4`, `boolean` or `uuid` and replaces NULL by a sentinel, so that this holds.

    Args:
        chunks: The stream, cut anywhere.
        columns: For each column of the query, in order, its name and wire type: `int8`, `int4`, `bool` or `uuid`.

    Returns:
        A native array for each column; a uuid is `uint64[n, 2]`.

    Raises:
        StorageError: The stream is not of that shape.
    """
    data = b"".join(chunks)
    dtype = _row_dtype(columns)
    body = len(data) - len(_HEADER) - len(_TRAILER)
    if not data.startswith(_SIGNATURE) or not data.endswith(_TRAILER) or body % dtype.itemsize:
        raise StorageError(
            f"the server sent {len(data)} bytes that are not rows of {dtype.itemsize} bytes; "
            f"columns: {', '.join(columns)}"
        )
    rows = np.frombuffer(data, dtype=dtype, count=body // dtype.itemsize, offset=len(_HEADER))
    _check_widths(rows, columns)
    return {name: _native(rows[f"value:{name}"]) for name in columns}


def read_fields(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Read a binary COPY stream of few rows with large fields, none of which is NULL, row by row.

    Raises:
        StorageError: The stream ends too early.
    """
    data = memoryview(b"".join(chunks))
    at = len(_HEADER)
    while (count := _int(data, at, 2)) >= 0:
        at += 2
        row = []
        for _ in range(count):
            width = _int(data, at, 4)
            row.append(bytes(data[at + 4 : at + 4 + width]))
            at += 4 + width
        yield row


def _int(data: memoryview, at: int, width: int) -> int:
    octets = data[at : at + width]
    if len(octets) < width:
        raise StorageError(f"the server's rows end after {len(data)} bytes, in the midst of one")
    return int.from_bytes(octets, signed=True)


_WIRE = {"int8": (">i8", 8, ()), "int4": (">i4", 4, ()), "bool": ("?", 1, ()), "uuid": (">u8", 16, (2,))}


def _row_dtype(columns: Mapping[str, str]) -> np.dtype[np.void]:
    parts: list[tuple[str, str] | tuple[str, str, tuple[int, ...]]] = [("count", ">i2")]
    for name, wire in columns.items():
        code, _, shape = _WIRE[wire]
        parts += [(f"width:{name}", ">i4"), (f"value:{name}", code, shape)]
    return np.dtype(parts)


def _check_widths(rows: NDArray[np.void], columns: Mapping[str, str]) -> None:
    wrong = [name for name, wire in columns.items() if np.any(rows[f"width:{name}"] != _WIRE[wire][1])]
    if np.any(rows["count"] != len(columns)) or wrong:
        msg = f"the server sent rows of another shape than the query declares: {', '.join(wrong) or 'column count'}"
        raise StorageError(msg)


def _native(values: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("=")))


def _fill_groups(out: NDArray[np.uint16], values: NDArray[np.int64]) -> None:
    rest = values
    for position in range(out.shape[1] - 1, -1, -1):
        rest, out[:, position] = np.divmod(rest, _GROUP)


def _field(values: NDArray[np.generic]) -> Field:
    width = values.itemsize * values.shape[1]
    return Field(width=width, values=values.view(np.uint8).reshape(len(values), width))
