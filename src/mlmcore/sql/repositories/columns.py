"""Columns of PostgreSQL, gathered by the server as Arrow holds them; see `_gathering`.

Of a NULL some value is sent in its place, with a field of booleans that says where there was one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy.arrow_streams import ArrowStream
from mlmcore.repositories.columnar.reading import entities_of, open_tables
from mlmcore.repositories.columnar.shapes import BY_PERIOD, ColumnShape, Kind, Shape
from mlmcore.repositories.columnar.sheets import sheets_of
from mlmcore.repositories.columnar.store import TakesMany, add_entities, checked_shape
from mlmcore.repositories.columnar.writing import ArrowColumn, to_arrow, wide_decimals
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._gathering import gathered, gathering, read_texts, text_fields
from mlmcore.sql.repositories._sheet_rows import load_sheets
from mlmcore.sql.repositories.customers import SqlCustomers
from mlmcore.sql.repositories.distributors import SqlDistributors
from mlmcore.sql.repositories.orders import SqlOrders
from mlmcore.sql.repositories.products import SqlProducts
from mlmcore.sql.repositories.users import SqlUsers

__all__ = ["SqlColumns"]

_TEXTS: Final = frozenset({"text", "label", "json"})
_INT64_DIGITS: Final = 18
_EPOCH_DAYS: Final = 10957  # 2000-01-01, the server's day zero, counted from 1970-01-01
_EPOCH_MICROSECONDS: Final = _EPOCH_DAYS * 86_400_000_000
_SENT: Final[Mapping[Kind, str]] = {
    "uuid": "uuid_send(coalesce({0}, '00000000-0000-0000-0000-000000000000'))",
    "integer": "int4send(coalesce({0}, 0))",
    "flag": "boolsend(coalesce({0}, false))",
    "day": "date_send(coalesce({0}, '2000-01-01'))",
    "instant": "timestamptz_send(coalesce({0}, '2000-01-01 00:00:00+00'))",
}


class SqlColumns:
    """Columns; see `protocols.Columns`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session
        self._repositories: dict[str, TakesMany] = {
            "users": SqlUsers(context),
            "distributors": SqlDistributors(context),
            "customers": SqlCustomers(context),
            "products": SqlProducts(context),
            "orders": SqlOrders(context),
        }

    def read(self, table: str, /, *, period_id: str | None = None) -> ArrowStream:
        """Return a table as columns."""
        shape = checked_shape(table, period_id)
        fields = gathered(self._session, _query(shape), {"period": period_id} if period_id else {})
        columns = {name: _column(column, fields) for name, column in shape.columns.items()}
        return to_arrow(shape, len(columns[shape.key].valid), columns)

    def add(self, tables: Mapping[str, ArrowStream], /) -> dict[str, int]:
        """Store the rows of some tables."""
        opened = open_tables(tables)
        sheets = sheets_of(opened)
        with self._session.savepoint():
            if sheets is not None:
                return load_sheets(self._context, sheets)
            return add_entities(entities_of(opened), self._repositories)


def _query(shape: Shape) -> Query:
    """A row for each block, with the fields of each column."""
    fields = [field for column in shape.columns.values() for field in _fields(column)]
    where = " WHERE period_id = %(period)s" if shape.table in BY_PERIOD else ""
    return gathering(f"{shape.table}: columns", fields, f"SELECT * FROM {{schema}}.{shape.table}{where}", shape.key)


def _fields(column: ColumnShape) -> list[str]:
    name = f"r.{column.name}"
    if column.kind in _TEXTS:
        return text_fields(f"to_jsonb({name})" if column.kind == "json" else name)
    return [f"boolsend({name} IS NOT NULL)", *_values(column, name)]


def _values(column: ColumnShape, name: str) -> list[str]:
    if column.kind != "decimal":
        return [_SENT[column.kind].format(name)]
    if column.digits <= _INT64_DIGITS:
        return [f"int8send((coalesce({name}, 0) * {10**column.places})::int8)"]
    # In two parts, each of which an int8 holds: what stands before the point, and behind it.
    whole = f"trunc(coalesce({name}, 0))"
    behind = f"((coalesce({name}, 0) - {whole}) * {10**column.places})"
    return [f"int8send({whole}::int8)", f"int8send({behind}::int8)"]


def _column(column: ColumnShape, fields: Iterator[bytes]) -> ArrowColumn:
    if column.kind in _TEXTS:
        texts = read_texts(fields)
        return ArrowColumn(valid=texts.lengths >= 0, buffers=[texts.offsets, texts.octets])
    valid = np.frombuffer(next(fields, b""), dtype=np.bool_)
    first = next(fields, b"")
    if column.kind == "uuid":
        return ArrowColumn(valid=valid, buffers=[np.frombuffer(first, dtype=np.uint8)])
    if column.kind == "flag":
        return ArrowColumn(valid=valid, buffers=[np.packbits(np.frombuffer(first, dtype=np.bool_), bitorder="little")])
    if column.kind == "decimal":
        behind = _integers(next(fields, b""), ">i8") if column.digits > _INT64_DIGITS else None
        return ArrowColumn(valid=valid, buffers=[wide_decimals(_integers(first, ">i8"), behind, column.places)])
    wire, shift = {"integer": (">i4", 0), "day": (">i4", _EPOCH_DAYS), "instant": (">i8", _EPOCH_MICROSECONDS)}[
        column.kind
    ]
    return ArrowColumn(valid=valid, buffers=[_integers(first, wire) + np.array(shift, dtype=wire).astype(wire[1:])])


def _integers(octets: bytes, wire: str) -> NDArray[Any]:
    return np.frombuffer(octets, dtype=wire).astype(wire[1:])
