"""Binary COPY of rows whose fields differ in width: texts, JSON, and what may be NULL, without an object for each row.

`bulk` writes rows of one width as one array. Here each field says where its value's bytes lie, and a block of rows is
gathered out of them: where every byte goes follows from sums of lengths. The wire format is explained there.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.sql.bulk import Field

__all__ = ["RowField", "fixed_field", "picked_field", "row_blocks", "text_field"]

_BLOCK: Final = 4096
"""Rows gathered at once: the arrays of a block then stay in the processor's cache."""
_COUNT: Final = 2
_WIDTH: Final = 4

Bools = NDArray[np.bool_]
Ints64 = NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class RowField:
    """One column of many rows.

    Attributes:
        octets: uint8[m]: the bytes of its values.
        starts: int64[n]: where each row's value begins.
        lengths: int64[n]: how many bytes it has; -1 for NULL.
    """

    octets: NDArray[np.uint8]
    starts: Ints64
    lengths: Ints64


def fixed_field(field: Field, valid: Bools) -> RowField:
    """A column of one width, NULL where it is not valid.

    Args:
        field: Its values: for each row, or one for all of them; or none, NULL in every row.
        valid: bool[n]: which rows have one.
    """
    rows = np.arange(len(valid), dtype=np.int64)
    if field.values is None:
        return RowField(octets=np.zeros(0, dtype=np.uint8), starts=rows * 0, lengths=rows * 0 - 1)
    return RowField(
        octets=field.values.ravel(),
        starts=rows * field.width if len(field.values) == len(valid) else rows * 0,
        lengths=np.where(valid, field.width, -1),
    )


def text_field(octets: NDArray[np.uint8], starts: Ints64, lengths: Ints64, valid: Bools) -> RowField:
    """A column of texts or labels, which lie somewhere in one buffer."""
    return RowField(octets=octets, starts=starts, lengths=np.where(valid, lengths, -1))


def picked_field(values: Sequence[bytes], codes: NDArray[np.int32]) -> RowField:
    """A column whose rows have one of some values each; NULL where the code is -1."""
    lengths = np.array([*map(len, values), -1], dtype=np.int64)
    starts = np.cumsum([0, *lengths[:-1]], dtype=np.int64)
    return RowField(
        octets=np.frombuffer(b"".join(values), dtype=np.uint8), starts=starts[codes], lengths=lengths[codes]
    )


def row_blocks(fields: Sequence[RowField], rows: int) -> Iterator[bytes]:
    """The bytes of all rows, some thousand at once; `bulk.stream` makes a COPY of them."""
    source = np.concatenate([field.octets for field in fields])
    base = np.cumsum([0, *(len(field.octets) for field in fields[:-1])], dtype=np.int64)
    for start in range(0, rows, _BLOCK):
        chosen = slice(start, start + _BLOCK)
        starts = np.stack([field.starts[chosen] for field in fields], axis=1) + base
        yield _encoded(source, starts, np.stack([field.lengths[chosen] for field in fields], axis=1))


def _encoded(source: NDArray[np.uint8], starts: Ints64, lengths: Ints64) -> bytes:
    """The bytes of a block.

    Args:
        source: uint8[m]: the bytes of all values.
        starts: int64[n, k]: where each value lies.
        lengths: int64[n, k]: how many bytes it has; -1 for NULL.
    """
    count, columns = lengths.shape
    taken = np.maximum(lengths, 0)
    ends = np.cumsum((taken + _WIDTH).ravel()).reshape(count, columns)
    ends += _COUNT * np.arange(1, count + 1)[:, None]  # each row begins with the number of its fields
    values = ends - taken
    out = np.empty(int(ends[-1, -1]), dtype=np.uint8)
    heads = values[:, 0] - _WIDTH - _COUNT
    out[heads], out[heads + 1] = columns >> 8, columns & 0xFF
    widths = lengths.astype(">i4").view(np.uint8).reshape(count, columns, _WIDTH)
    out[values[:, :, None] + np.arange(-_WIDTH, 0)] = widths
    sizes = taken.ravel()
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    out[np.repeat(values.ravel(), sizes) + within] = source[np.repeat(starts.ravel(), sizes) + within]
    return out.tobytes()
