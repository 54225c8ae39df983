"""What a column has where nothing was given: what its entity has without it."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import numpy as np

from mlmcore.domain.exact import to_units
from mlmcore.domain.ids import new_id
from mlmcore.repositories.columnar.arrays import JsonValues, KeyValues, NumberValues, TextValues, Values
from mlmcore.repositories.columnar.shapes import ColumnShape, Shape

__all__ = ["filled"]

_NO_OCTETS: Final = np.zeros(0, dtype=np.uint8)


def filled(shape: Shape, rows: int, given: Mapping[str, Values]) -> dict[str, Values] | None:
    """Every column of a table, with its default where nothing was given; or None where something must be."""
    columns = {}
    for name, column in shape.columns.items():
        values = given.get(name) or _nothing(column, rows)
        if not values.valid.all():
            default = attrs.fields_dict(shape.entity)[name].default
            if default is attrs.NOTHING:
                return None
            values = _with_default(column, values, _made(default))
        columns[name] = values
    return columns


def _nothing(column: ColumnShape, rows: int) -> Values:
    valid, zeros = np.zeros(rows, dtype=np.bool_), np.zeros(rows, dtype=np.int64)
    if column.kind == "uuid":
        return KeyValues(valid=valid, keys=np.zeros((rows, 2), dtype=np.uint64))
    if column.kind in {"text", "label"}:
        return TextValues(valid=valid, octets=_NO_OCTETS, starts=zeros, lengths=zeros)
    if column.kind == "json":
        return JsonValues(valid=valid, codes=np.full(rows, -1, dtype=np.int32), distinct=())
    return NumberValues(valid=valid, numbers=zeros)


def _made(default: Any) -> Any:
    """The default itself; where it is made for each entity, what makes it."""
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # attrs types its class as a function
        return default
    if default.factory is new_id:
        return new_id
    return 0 if default.takes_self else default.factory()  # of a whole entity only the zero of a currency is made


def _with_default(column: ColumnShape, values: Values, default: Any) -> Values:
    if default is None:
        return values
    missing = ~values.valid
    valid = np.ones(len(missing), dtype=np.bool_)
    match values:
        case KeyValues():
            keys = values.keys.copy()
            fresh = b"".join(new_id().bytes for _ in range(np.count_nonzero(missing)))
            keys[missing] = np.frombuffer(fresh, dtype=">u8").reshape(-1, 2)
            return KeyValues(valid=valid, keys=keys)
        case TextValues():
            octets = str(default).encode()
            return TextValues(
                valid=valid,
                octets=np.concatenate([values.octets, np.frombuffer(octets, dtype=np.uint8)]),
                starts=np.where(missing, len(values.octets), values.starts),
                lengths=np.where(missing, len(octets), values.lengths),
            )
        case JsonValues():
            codes = np.where(missing, len(values.distinct), values.codes).astype(np.int32)
            return JsonValues(valid=valid, codes=codes, distinct=[*values.distinct, default])
        case _:
            return NumberValues(valid=valid, numbers=np.where(missing, _number(column, default), values.numbers))


def _number(column: ColumnShape, default: Any) -> int:
    return to_units(default, column.places) if column.kind == "decimal" else int(default)
