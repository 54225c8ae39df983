"""Columns out of Arrow as arrays: what a table of very many rows holds, without an object for each.

Only what lies there plainly is read so: numbers that fit into 64 bits at their column's decimal places, UUIDs in 16
bytes or canonical text, texts as they are. Of anything else nothing is said here; `reading` knows what it means or
what is wrong with it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.genealogy.arrow_streams import Part, read_fixed, read_packed_texts, read_uuids, type_name
from mlmcore.repositories.columnar.reading import MICROSECONDS
from mlmcore.repositories.columnar.shapes import ColumnShape, Shape

__all__ = ["JsonValues", "KeyValues", "NumberValues", "Sheet", "TextValues", "Values", "is_nothing", "read_values"]

Bools = NDArray[np.bool_]
Ints64 = NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class NumberValues:
    """Numbers, flags (0 and 1), days since 1970-01-01, instants in microseconds since then.

    Attributes:
        valid: bool[n]: which rows have one.
        numbers: int64[n]: of a decimal in units of its column's last place; 0 where there is none.
    """

    valid: Bools
    numbers: Ints64


@frozen(kw_only=True, eq=False)
class KeyValues:
    """UUIDs.

    Attributes:
        valid: bool[n]: which rows have one.
        keys: uint64[n, 2]: high and low half; 0 where there is none.
    """

    valid: Bools
    keys: NDArray[np.uint64]


@frozen(kw_only=True, eq=False)
class TextValues:
    """Texts and labels.

    Attributes:
        valid: bool[n]: which rows have one.
        octets: uint8[m]: UTF-8.
        starts: int64[n]: where each begins there.
        lengths: int64[n]: how many bytes it has; 0 where there is none.
    """

    valid: Bools
    octets: NDArray[np.uint8]
    starts: Ints64
    lengths: Ints64

    def texts(self, rows: NDArray[np.intp] | None = None) -> Iterator[bytes]:
        """The bytes of some rows, or of all; none where there is no text."""
        chosen = slice(None) if rows is None else rows
        octets = self.octets.tobytes()
        starts, ends = self.starts[chosen], (self.starts + self.lengths)[chosen]
        return (octets[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True))


@frozen(kw_only=True, eq=False)
class JsonValues:
    """JSON, each text of it read once.

    Attributes:
        valid: bool[n]: which rows have any; JSON's null is none.
        codes: int32[n]: which of `distinct` each row has; -1 where there is none.
        distinct: The values; of an array a tuple.
    """

    valid: Bools
    codes: NDArray[np.int32]
    distinct: Sequence[Any]


Values = NumberValues | KeyValues | TextValues | JsonValues


@frozen(kw_only=True, eq=False)
class Sheet:
    """A table as arrays.

    Attributes:
        shape: Which table's.
        rows: How many rows it has.
        columns: Every column, with what the entity has where nothing was given; what is not valid there is NULL.
    """

    shape: Shape
    rows: int
    columns: Mapping[str, Values]

    def numbers(self, name: str) -> NDArray[np.int64]:
        """int64[n]: a column of numbers."""
        return cast("NumberValues", self.columns[name]).numbers

    def keys(self, name: str) -> NDArray[np.uint64]:
        """uint64[n, 2]: a column of UUIDs."""
        return cast("KeyValues", self.columns[name]).keys

    def texts(self, name: str) -> TextValues:
        """A column of texts."""
        return cast("TextValues", self.columns[name])

    def there(self, name: str) -> NDArray[np.bool_]:
        """bool[n]: which rows of a column hold something."""
        return self.columns[name].valid


def read_values(column: ColumnShape, field: Any, parts: Sequence[Part]) -> Values | None:
    """The values of a column whose type was found right, or None where not all of them lie there plainly."""
    match column.kind:
        case "uuid":
            keys, plain, there = read_uuids(parts)
            return KeyValues(valid=there, keys=keys) if (plain == there).all() else None
        case "text" | "label":
            return _texts(parts)
        case "json":
            return _json(column, _texts(parts))
        case "decimal":
            values, valid = read_fixed(parts)
            return _decimals(values, valid, column.places - field.scale)
        case _:
            values, valid = read_fixed(parts)
            return _scaled(
                _int64(values, valid), valid, MICROSECONDS[field.unit.name] if column.kind == "instant" else 1
            )


def is_nothing(field: Any) -> bool:
    """Whether a column's type says that it holds nothing."""
    return type_name(field) == "null"


def _texts(parts: Sequence[Part]) -> TextValues:
    octets, offsets, valid = read_packed_texts(parts)
    return TextValues(valid=valid, octets=octets, starts=offsets[:-1], lengths=np.diff(offsets))


def _json(column: ColumnShape, texts: TextValues) -> JsonValues | None:
    known: dict[bytes, int] = {}
    codes = np.full(len(texts.valid), -1, dtype=np.int32)
    there = np.flatnonzero(texts.valid)
    told = (known.setdefault(text, len(known)) for text in texts.texts(there))
    codes[there] = np.fromiter(told, dtype=np.int32, count=len(there))
    try:
        read = [json.loads(text.decode()) for text in known]
    except ValueError:  # no JSON, or no UTF-8
        return None
    distinct = [tuple(value) if column.many and isinstance(value, list) else value for value in read]
    there_is = np.array([value is not None for value in [*distinct, None]], dtype=np.bool_)
    return JsonValues(valid=there_is[codes], codes=np.where(there_is[codes], codes, -1), distinct=distinct)


def _decimals(values: NDArray[Any], valid: Bools, more: int) -> NumberValues | None:
    """Numbers of 128 bits, to be given some more decimal places, or fewer where those hold nothing."""
    halves = values.view("<u8").reshape(-1, 2) if values.ndim > 1 else np.zeros((len(valid), 2), dtype=np.uint64)
    low, high = (np.ascontiguousarray(halves[:, half]).view(np.int64) for half in (0, 1))
    if (valid & (high != low >> 63)).any():
        return None
    numbers = np.where(valid, low, 0)
    if more >= 0:
        return _scaled(numbers, valid, 10**more)
    if 10**-more > INT64_MAX:
        return None
    whole, rest = np.divmod(numbers, 10**-more)
    return None if rest.any() else NumberValues(valid=valid, numbers=whole)


def _int64(values: NDArray[Any], valid: Bools) -> Ints64 | None:
    present = np.where(valid, values, np.zeros(1, dtype=values.dtype))
    return None if int(present.max(initial=0)) > INT64_MAX else present.astype(np.int64)


def _scaled(numbers: Ints64 | None, valid: Bools, factor: int) -> NumberValues | None:
    if numbers is None or largest(numbers) * factor > INT64_MAX:
        return None
    return NumberValues(valid=valid, numbers=numbers * factor if factor <= INT64_MAX else numbers)
