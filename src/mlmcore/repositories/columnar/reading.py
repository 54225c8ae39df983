"""Columns out of Arrow: entities, with every rule that entities keep, or everything that is wrong with the columns.

Nothing is guessed and nothing rounded: money and volumes are decimals, never floats and never whole numbers (of which
nobody could say whether they count dollars or cents), instants have a time zone, and a value with more decimal places
than its column is refused. What is left out, or null, is what the entity has without it.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import attrs
from attrs import frozen

from mlmcore.domain.errors import Findings, InputError, MlmError, RefusedError, nearest
from mlmcore.domain.exact import from_units
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Order
from mlmcore.genealogy.arrow_streams import ArrowStream, Part, opened, part_of, read_fixed, read_texts, type_name
from mlmcore.repositories.columnar.shapes import ADDABLE, ColumnShape, Kind, Shape, shape_of

__all__ = [
    "MICROSECONDS",
    "OpenTable",
    "check_schema",
    "entities_of",
    "open_tables",
    "read_entities",
    "value_of_number",
]

FINDINGS_MAX: Final = 100
"""So many findings are told: whoever swapped two columns need not hear it a million times."""

_TEXTS: Final = frozenset({"string", "large_string", "string_view"})
_OCTETS: Final = frozenset({"binary", "large_binary", "binary_view", "fixed_size_binary(16)"})
_INTEGERS: Final = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_TYPES: Final[Mapping[Kind, frozenset[str]]] = {
    "uuid": _TEXTS | _OCTETS,
    "text": _TEXTS,
    "label": _TEXTS,
    "json": _TEXTS,
    "integer": _INTEGERS,
    "flag": frozenset({"bool"}),
    "decimal": frozenset({"decimal128"}),
    "day": frozenset({"date32"}),
    "instant": frozenset({"timestamp"}),
}
_TODO: Final[Mapping[Kind, str]] = {
    "uuid": "give text, or 16 bytes of each UUID",
    "text": "give text",
    "label": "give text",
    "json": "give JSON as text",
    "integer": "give whole numbers",
    "flag": "give booleans",
    "decimal": "give decimal128: a float is not exact, and a whole number does not say whether it counts cents",
    "day": "give date32",
    "instant": "give a timestamp with a time zone",
}
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECONDS: Final = {"SECOND": 1_000_000, "MILLI": 1000, "MICRO": 1}
"""How many microseconds the units of Arrow's instants have."""
_NO_ID: Final = UUID(int=0)
_USUAL_CURRENCY: Final = str(attrs.fields(Order).currency.default)
_NAMED_BY: Final = ("distributor_number", "customer_number", "order_number", "sku", "email", "id")


@frozen(kw_only=True, eq=False)
class OpenTable:
    """A stream that was opened: it can be opened only once, and is looked at more than once.

    Attributes:
        shape: Of which table its rows are.
        schema: What it says of its columns: nanoarrow's `Schema`.
        chunks: Its rows: each nanoarrow's `CArray`.
    """

    shape: Shape
    schema: Any
    chunks: Sequence[Any]

    @property
    def names(self) -> list[str]:
        """What its columns are called."""
        return [field.name for field in self.schema.fields]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(map(len, self.chunks))

    def parts(self, at: int) -> list[Part]:
        """What each chunk holds of one column."""
        return [part_of(chunk, at) for chunk in self.chunks]


def open_tables(tables: Mapping[str, ArrowStream]) -> dict[str, OpenTable]:
    """Open the streams of some tables, each after those that it refers to.

    Raises:
        InputError: One is no stream of rows.
        RefusedError: A table takes no columns.
    """
    for table in tables:
        if shape_of(table).table not in ADDABLE:
            raise RefusedError(f"{table} is only read: its rows are written by runs, one step at a time")
    found = {}
    for name in ADDABLE:
        if name in tables:
            schema, chunks = opened(tables[name])
            found[name] = OpenTable(shape=shape_of(name), schema=schema, chunks=list(chunks))
    return found


def read_entities(tables: Mapping[str, ArrowStream]) -> dict[str, list[Any]]:
    """The entities of some tables; orders with the items that were given beside them.

    Args:
        tables: A stream for each table, by name.

    Returns:
        By table, in an order in which each comes after those that it refers to; without `order_items`.

    Raises:
        InputError: Everything that is wrong with them, up to 100 findings: a column that is unknown, missing or of
            another type; a value that its entity refuses, with its row, counted from 0.
        RefusedError: A table takes no columns.
    """
    return entities_of(open_tables(tables))


def entities_of(tables: Mapping[str, OpenTable]) -> dict[str, list[Any]]:
    """As `read_entities`, of tables that are open."""
    findings = Findings()
    rows = {name: _rows(table, findings) for name, table in tables.items()}
    findings.raise_if_any()
    reader = _Reader(findings)
    items = reader.items(rows.pop("order_items", []), rows.get("orders", []))
    entities = {name: reader.entities(shape_of(name), of_table, items) for name, of_table in rows.items()}
    findings.raise_if_any()
    return entities


def value_of_number(column: ColumnShape, number: int) -> Any:
    """The value that a whole number stands for: a day since 1970-01-01, an instant in microseconds since then, a flag.

    Raises:
        ValueError: There is no such day or instant.
        OverflowError: The same.
    """
    return _FROM_INTEGER[column.kind](number)


class _Reader:
    """Makes entities, and notes what they refuse."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def items(self, items: Sequence[dict[str, Any]], orders: Sequence[dict[str, Any]]) -> dict[UUID, list[Any]]:
        """The items of each order, in its currency."""
        currencies = {order.get("id"): order.get("currency", _USUAL_CURRENCY) for order in orders}
        found: dict[UUID, list[Any]] = defaultdict(list)
        shape = shape_of("order_items")
        for at, row in enumerate(items):
            order = row.get("order_id")
            if order not in currencies:
                self._note(shape, at, row, f"order_id names {order}, which is not among the orders that come with it")
                continue
            item = self._entity(shape, at, {**row}, currencies[order])
            if item is not None:
                found[item.order_id].append(item)
        return found

    def entities(self, shape: Shape, rows: Sequence[dict[str, Any]], items: Mapping[UUID, list[Any]]) -> list[Any]:
        """The entities of a table."""
        made = []
        for at, row in enumerate(rows):
            more = {"items": tuple(items.get(row.get("id", _NO_ID), ()))} if shape.table == "orders" else {}
            entity = self._entity(shape, at, {**row, **more}, row.get("currency", _USUAL_CURRENCY))
            if entity is not None:
                made.append(entity)
        return made

    def _entity(self, shape: Shape, at: int, row: dict[str, Any], currency: str) -> Any:
        try:
            for column in shape.columns.values():
                if column.money and column.name in row:
                    row[column.name] = Money.of(row[column.name], currency)
            return shape.entity(**row)
        except InputError as error:
            self._note(shape, at, row, "; ".join(f"{one.what}; {one.todo}".strip("; ") for one in error.findings))
        except (MlmError, TypeError) as error:
            self._note(shape, at, row, str(error))
        return None

    def _note(self, shape: Shape, at: int, row: Mapping[str, Any], what: str) -> None:
        name = next((row[key] for key in _NAMED_BY if key in row), "")
        _note(self._findings, "columns.value", f"{shape.table}[{at}] {name}".rstrip(), what)


def _rows(table: OpenTable, findings: Findings) -> list[dict[str, Any]]:
    """The rows of a table as arguments of their entity, without what is null."""
    shape = table.shape
    if not check_schema(table, findings):
        return []
    rows: list[dict[str, Any]] = [{} for _ in range(table.rows)]
    for at, name in enumerate(table.names):
        column = shape.columns[name]
        for row, value in enumerate(_values(column, table.schema.field(at), table.parts(at))):
            if isinstance(value, _Wrong):
                _note(findings, "columns.value", f"{shape.table}[{row}].{name}", value.what, value.todo)
            elif value is not None:
                rows[row][name] = value
    return rows


def check_schema(table: OpenTable, findings: Findings) -> bool:
    """Note what is wrong with the columns themselves, and return whether nothing is."""
    before = len(findings)
    shape, schema, names = table.shape, table.schema, table.names
    for at, name in enumerate(names):
        column = shape.columns.get(name)
        path = f"{shape.table}.{name}"
        if column is None:
            _note(findings, "columns.unknown", path, "is no column", nearest(name, shape.columns))
        elif names.count(name) > 1:
            _note(findings, "columns.twice", path, "stands there twice", "keep one")
        else:
            what = _wrong_type(column, schema.field(at))
            if what:
                _note(findings, "columns.type", path, what, _TODO[column.kind])
    for name, column in shape.columns.items():
        if column.required and name not in names:
            _note(findings, "columns.missing", f"{shape.table}.{name}", "is missing", "every row needs it")
    return len(findings) == before


def _wrong_type(column: ColumnShape, field: Any) -> str:
    kind = type_name(field)
    if kind == "null":
        return ""
    plain = kind.removeprefix("dictionary of ")
    if plain not in _TYPES[column.kind] or (kind != plain and plain not in _TEXTS):
        return f"holds {kind}"
    if column.kind == "instant" and not field.timezone:
        return "holds timestamps without a time zone"
    if column.kind == "instant" and field.unit.name not in MICROSECONDS:
        return "holds nanoseconds, and microseconds are stored"
    return ""


class _Wrong:
    """A value that its column cannot hold."""

    def __init__(self, what: str, todo: str = "") -> None:
        self.what = what
        self.todo = todo


def _values(column: ColumnShape, field: Any, parts: Sequence[Any]) -> list[Any]:
    kind = type_name(field)
    if kind == "null":
        return [None] * sum(map(len, parts))
    if column.kind in {"text", "label", "json", "uuid"}:
        read = _from_octets if kind in _OCTETS else _FROM_TEXT[column.kind]
        return [None if text is None else _sound(read, column, text) for text in read_texts(parts)]
    values, valid = read_fixed(parts)
    if column.kind == "decimal":
        read_all: list[Any] = [_decimal(number, field.scale) for number in _wide(values)]
    else:
        unit = MICROSECONDS[field.unit.name] if column.kind == "instant" else 1
        read_all = [_whole(column, number * unit) for number in values.tolist()]
    return [value if there else None for value, there in zip(read_all, valid.tolist(), strict=True)]


def _sound(read: Callable[[ColumnShape, bytes], Any], column: ColumnShape, octets: bytes) -> Any:
    try:
        return read(column, octets)
    except UnicodeDecodeError:
        return _Wrong("is not UTF-8", "give text")
    except _Unreadable as error:
        return _Wrong(*error.args)


class _Unreadable(Exception):  # noqa: N818  (never leaves this module)
    """What is wrong with a text, and what to do."""


def _uuid(_: ColumnShape, text: bytes) -> UUID:
    try:
        return UUID(text.decode())
    except ValueError:
        raise _Unreadable(f"is {text.decode()!r}, which is no UUID", _TODO["uuid"]) from None


def _from_octets(_: ColumnShape, octets: bytes) -> UUID:
    if len(octets) != 16:
        raise _Unreadable(f"has {len(octets)} bytes, and a UUID has 16", _TODO["uuid"])
    return UUID(bytes=octets)


def _label(column: ColumnShape, text: bytes) -> Any:
    assert column.labels is not None  # noqa: S101  (what makes it a column of labels)
    said = text.decode()
    if said not in set(column.labels):
        raise _Unreadable(f"is {said!r}", nearest(said, column.labels))
    return column.labels(said)


def _json(column: ColumnShape, text: bytes) -> Any:
    try:
        value = json.loads(text.decode())
    except ValueError as error:
        raise _Unreadable(f"is no JSON: {error}", _TODO["json"]) from None
    return tuple(value) if column.many and isinstance(value, list) else value


def _decimal(number: int, scale: int) -> Decimal:
    return from_units(number, scale) if scale >= 0 else Decimal(number * 10**-scale)


def _whole(column: ColumnShape, number: int) -> Any:
    try:
        return value_of_number(column, number)
    except (OverflowError, ValueError):
        return _Wrong("is no day that there is")


def _wide(values: Any) -> list[int]:
    halves = values.view("<u8").reshape(-1, 2)
    return [(int(high) << 64) | int(low) for low, high in zip(halves[:, 0], halves[:, 1].view("<i8"), strict=True)]


_FROM_TEXT: Final[Mapping[Kind, Callable[[ColumnShape, bytes], Any]]] = {
    "text": lambda _, text: text.decode(),
    "label": _label,
    "json": _json,
    "uuid": _uuid,
}
_FROM_INTEGER: Final[Mapping[Kind, Callable[[int], Any]]] = {
    "integer": int,
    "flag": bool,
    "day": lambda days: date.fromordinal(_EPOCH_DAY + days),
    "instant": lambda microseconds: _EPOCH + timedelta(microseconds=microseconds),
}


def _note(findings: Findings, code: str, path: str, what: str, todo: str = "") -> None:
    if len(findings) < FINDINGS_MAX:
        findings.add(code=code, what=what, todo=todo, path=path)
