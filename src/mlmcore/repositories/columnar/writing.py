"""Columns into Arrow: a table whose buffers are ours, which may be read any number of times.

A store hands over each column as arrays, or as Python's values where it has nothing better.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.exact import to_units
from mlmcore.genealogy.arrow_streams import ArrowStream, nanoarrow, packed
from mlmcore.repositories.columnar.shapes import ColumnShape, Kind, Shape

__all__ = ["ArrowColumn", "column_of_values", "entities_to_arrow", "to_arrow", "wide_decimals"]

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORD: Final = 64
_MASK: Final = (1 << _WORD) - 1


@frozen(kw_only=True, eq=False)
class ArrowColumn:
    """A column as Arrow lays it out.

    Attributes:
        valid: bool[n]: which values are there.
        buffers: Its buffers, without the one of `valid`.
    """

    valid: NDArray[np.bool_]
    buffers: Sequence[NDArray[Any]]


def to_arrow(shape: Shape, rows: int, columns: Mapping[str, ArrowColumn]) -> ArrowStream:
    """A table as an Arrow stream.

    Args:
        shape: The table's.
        rows: How many it has.
        columns: Each of its columns.

    Raises:
        MissingExtraError: nanoarrow is not installed.
    """
    na = nanoarrow()
    types = {name: _type(na, column) for name, column in shape.columns.items()}
    children = [
        na.c_array_from_buffers(types[name], rows, [packed(columns[name].valid), *columns[name].buffers])
        for name in shape.columns
    ]
    schema = na.struct(types, nullable=False)
    table: ArrowStream = na.Array(na.c_array_from_buffers(schema, rows, [None], children=children))
    return table


def entities_to_arrow(shape: Shape, entities: Sequence[Any]) -> ArrowStream:
    """Some entities as a table, in their order."""
    columns = {
        name: column_of_values(column, [getattr(entity, name) for entity in entities])
        for name, column in shape.columns.items()
    }
    return to_arrow(shape, len(entities), columns)


def column_of_values(column: ColumnShape, values: Sequence[Any]) -> ArrowColumn:
    """A column of what an entity's attribute holds; None is not there."""
    valid = np.array([value is not None for value in values], dtype=np.bool_)
    if column.kind in {"text", "label", "json"}:
        return _of_texts([None if value is None else _text(column, value).encode() for value in values])
    whole = _WHOLE[column.kind]
    numbers = [0 if value is None else whole(column, value) for value in values]
    return _of_integers(column, numbers, valid)


def _of_integers(column: ColumnShape, numbers: Sequence[int], valid: NDArray[np.bool_]) -> ArrowColumn:
    """A column of anything but texts, each value as the whole number that Arrow has for it."""
    if column.kind in {"decimal", "uuid"}:
        halves = np.array([(number & _MASK, (number >> _WORD) & _MASK) for number in numbers], dtype=np.uint64)
        halves = halves.reshape(-1, 2)
        wide = halves if column.kind == "decimal" else halves[:, ::-1].astype(">u8")
        return ArrowColumn(valid=valid, buffers=[np.ascontiguousarray(wide).view(np.uint8).ravel()])
    if column.kind == "flag":
        return ArrowColumn(valid=valid, buffers=[np.packbits(np.array(numbers, dtype=np.bool_), bitorder="little")])
    width = {"integer": np.int32, "day": np.int32, "instant": np.int64}[column.kind]
    return ArrowColumn(valid=valid, buffers=[np.array(numbers, dtype=width)])


def _of_texts(texts: Sequence[bytes | None]) -> ArrowColumn:
    """A column of UTF-8."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text or b"") for text in texts], out=offsets[1:])
    data = np.frombuffer(b"".join(text or b"" for text in texts), dtype=np.uint8)
    return ArrowColumn(valid=np.array([text is not None for text in texts], dtype=np.bool_), buffers=[offsets, data])


def wide_decimals(
    whole: NDArray[np.int64], behind: NDArray[np.int64] | None = None, places: int = 0
) -> NDArray[np.uint8]:
    """The buffer of a `decimal128` column.

    Args:
        whole: int64[n]: the values in units of the last decimal place, or what stands before the point.
        behind: int64[n]: what stands behind it, in units of the last place, with the same sign.
        places: How many decimal places that are.
    """
    if behind is None:
        halves = np.stack([whole, whole >> (_WORD - 1)], axis=1)
        return np.ascontiguousarray(halves, dtype="<i8").view(np.uint8).ravel()
    units = whole.astype(object) * 10**places + behind.astype(object)  # Python's integers: 128 bits are no dtype
    low, high = (units & _MASK).astype(np.uint64), (units >> _WORD).astype(np.int64).view(np.uint64)
    return np.ascontiguousarray(np.stack([low, high], axis=1), dtype="<u8").view(np.uint8).ravel()


def _type(na: Any, column: ColumnShape) -> Any:
    types: dict[Kind, Callable[[], Any]] = {
        "uuid": lambda: na.extension_type(na.fixed_size_binary(16), "arrow.uuid", b""),
        "decimal": lambda: na.decimal128(column.digits, column.places),
        "instant": lambda: na.timestamp("us", timezone="UTC"),
        "day": na.date32,
        "integer": na.int32,
        "flag": na.bool_,
    }
    return types.get(column.kind, na.large_string)()


def _text(column: ColumnShape, value: Any) -> str:
    if column.kind == "json":
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _microseconds(_: ColumnShape, value: datetime) -> int:
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_WHOLE: Final[Mapping[Kind, Callable[[ColumnShape, Any], int]]] = {
    "uuid": lambda _, value: int(value.int),
    "integer": lambda _, value: int(value),
    "flag": lambda _, value: int(value),
    "decimal": lambda column, value: to_units(value.amount if column.money else value, column.places),
    "day": lambda _, value: int(value.toordinal() - _EPOCH_DAY),
    "instant": _microseconds,
}
