"""Sheets of columns into their tables, by binary COPY: what `add_many` does with entities, without making any.

The sheets are sound; what the database refuses, it refuses as it does there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.repositories.columnar.arrays import JsonValues, KeyValues, NumberValues, Sheet, TextValues, Values
from mlmcore.repositories.columnar.shapes import ColumnShape
from mlmcore.repositories.shared_emails import SharedEmails, naming_shared_emails
from mlmcore.sql import bulk as wire
from mlmcore.sql.bulk_rows import RowField, fixed_field, picked_field, row_blocks, text_field
from mlmcore.sql.mapping import columns_of, json_text
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._paths import Paths
from mlmcore.sql.repositories._rows import bulk
from mlmcore.sql.repositories._shared_emails import find_shared_emails
from mlmcore.sql.repositories._sponsor_legs import sponsor_legs, uuid_array

__all__ = ["load_sheets"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JSONB_VERSION: Final = b"\x01"
_TEXT, _JSONB = 25, 3802  # PostgreSQL's own numbers of its types, which an array names


def load_sheets(context: Context, sheets: Mapping[str, Sheet]) -> dict[str, int]:
    """Store the rows of some sheets, each table's after those that it refers to.

    Returns:
        How many rows each table got; items count with their orders.
    """
    for table, sheet in sheets.items():
        if sheet.rows and table != "order_items":
            _LOADERS.get(table, _load)(context, sheet, sheets)
    return {table: sheet.rows for table, sheet in sheets.items() if table != "order_items"}


def _load(context: Context, sheet: Sheet, _: Mapping[str, Sheet], /, **instead: Values) -> None:
    """One table, with other values in some columns."""
    table = sheet.shape.table
    columns = columns_of(table, sheet.shape.entity)
    given = {**sheet.columns, **_stamps(context.now, sheet), **instead}
    nothing = fixed_field(wire.null_field(), np.zeros(sheet.rows, dtype=np.bool_))  # a secret, which no column brings
    fields = [
        _field(sheet.shape.columns[name], given[name], columns.forms[name]) if name in given else nothing
        for name in columns.names
    ]
    text = f"COPY {{schema}}.{table} ({', '.join(columns.names)}) FROM STDIN (FORMAT BINARY)"
    query = Query(name=f"{table}: copy", purpose="load whole columns", text=text)
    with bulk(context, table, sheet.rows):
        context.session.copy_in(query, wire.stream(row_blocks(fields, sheet.rows)))


def _load_users(context: Context, sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    def shared() -> SharedEmails:
        emails = [email.decode() for email in sheet.texts("email").texts()]
        return find_shared_emails(context.session, uuid_array(sheet.keys("id")), emails)

    with naming_shared_emails(shared):
        _load(context, sheet, sheets)


def _load_people(context: Context, sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    sponsored = np.flatnonzero(sheet.there("sponsor_id"))
    legs = np.zeros(sheet.rows, dtype=np.int64)
    with context.session.savepoint(), Paths(context).made_afterwards(sheet.rows):
        legs[sponsored] = sponsor_legs(
            context.session,
            sheet.keys("sponsor_id")[sponsored],
            sheet.numbers("join_date")[sponsored],
            list(sheet.texts("distributor_number").texts(sponsored)),
        )
        _load(context, sheet, sheets, sponsor_leg=NumberValues(valid=legs > 0, numbers=legs))


def _load_orders(context: Context, sheet: Sheet, sheets: Mapping[str, Sheet]) -> None:
    with bulk(context, None, 0):
        _load(context, sheet, sheets)
        _load(context, sheets["order_items"], sheets)
        context.session.rows("orders_check_totals", {"orders": uuid_array(sheet.keys("id"))})


_LOADERS: Final[Mapping[str, Callable[[Context, Sheet, Mapping[str, Sheet]], None]]] = {
    "distributors": _load_people,
    "orders": _load_orders,
    "users": _load_users,
}


def _stamps(now: datetime, sheet: Sheet) -> dict[str, NumberValues]:
    """The instants that are the unit's: where an entity was made, unless it says so itself; of its last change."""
    at = (now - _EPOCH) // timedelta(microseconds=1)
    everywhere = np.ones(sheet.rows, dtype=np.bool_)
    made = np.where(sheet.there("created_at"), sheet.numbers("created_at"), at)
    stamps = {"created_at": NumberValues(valid=everywhere, numbers=made)}
    if "updated_at" in sheet.columns:
        stamps["updated_at"] = NumberValues(valid=everywhere, numbers=np.full(sheet.rows, at))
    return stamps


def _field(column: ColumnShape, values: Values, form: str) -> RowField:
    match values:
        case NumberValues():
            return fixed_field(_NUMBERS[column.kind](column, values.numbers), values.valid)
        case KeyValues():
            return fixed_field(wire.key_field(values.keys), values.valid)
        case TextValues():
            return text_field(values.octets, values.starts, values.lengths, values.valid)
        case JsonValues():
            return picked_field([_JSON[form](value) for value in values.distinct], values.codes)


def _jsonb(value: Any) -> bytes:
    return _JSONB_VERSION + json_text(value).encode()


def _array(element: int, items: Sequence[bytes]) -> bytes:
    """An array: how many dimensions, no NULLs, which type; of the one dimension how long, and that it begins at 1."""
    dimension = [len(items), 1] if items else []
    head = np.array([len(dimension) // 2, 0, element, *dimension], dtype=">i4").tobytes()
    return head + b"".join(len(item).to_bytes(4) + item for item in items)


_JSON: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "json": _jsonb,
    "json_array": lambda value: _array(_JSONB, [_jsonb(item) for item in value]),
    "text_array": lambda value: _array(_TEXT, [item.encode() for item in value]),
}
_NUMBERS: Final[Mapping[str, Callable[[ColumnShape, NDArray[np.int64]], wire.Field]]] = {
    "integer": lambda _, numbers: wire.integer_field(numbers),
    "flag": lambda _, numbers: wire.boolean_field(numbers != 0),
    "decimal": lambda column, numbers: wire.numeric_field(numbers, column.places),
    "day": lambda _, numbers: wire.date_field(numbers),
    "instant": lambda _, numbers: wire.timestamp_field(numbers),
}
