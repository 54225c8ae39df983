"""Carried values between a run's columns and the rows in which they are stored.

A row holds one value of one person: `{"number": "12.50", "unit": "points"}`, `{"boolean": true}`, `{"text": "gold"}` or
`{"date": "2026-03-31"}`. A row without a value is not stored, but for one of a person who has none at all and would
else be new in the next period: `{"none": "number", "unit": "points"}`. The highest rank ever held is the text
`rank.best`.

What is handed on and is no column of people (a fund, lines that wait) is one value that belongs to nobody, under the
name `rows NAME`: `{"size": 2, "columns": {"payee": {"kind": "text", "values": ["ann", null]}}}`; a number has `unit`
and `places` beside its `values`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import numpy as np

from mlmcore.compensation.columns import Column, Unit
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.domain.commissions import CommissionCarry
from mlmcore.domain.errors import RefusedError, StorageError
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.held import DRAWN_UP, HELD

__all__ = ["BEST_RANK", "NOT_THE_PLANS", "rows_of", "state_of", "value_of", "values_of"]

BEST_RANK: Final = "rank.best"
"""The name of the highest rank ever held."""
NOT_THE_PLANS: Final = frozenset({HELD, DRAWN_UP})
"""Names of carried values that no plan wrote."""

_ROWS: Final = "rows "
_KINDS: Final = ("number", "boolean", "text", "date")


def value_of(column: Column, row: int) -> Mapping[str, Any] | None:
    """Return one row of a carried column as it is stored, None where there is no value.

    Raises:
        RefusedError: The column is of a kind that cannot be carried.
    """
    value = column.value(row)
    if value is None:
        return None
    if column.kind == "number":
        stored = {"number": f"{value:f}"}
        return stored if column.unit is None else {**stored, "unit": column.unit}
    if column.kind == "date":
        return {"date": value.isoformat() if isinstance(value, date) else value}
    if column.kind == "rank":
        return {"text": value}
    if column.kind not in _KINDS:
        raise RefusedError(f"a column of the kind {column.kind} cannot be carried to the next period")
    return {column.kind: value}


def values_of(columns: Mapping[str, Column]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Return name, row and stored value of everything that columns carry: by name, those of bonuses first, then row.

    Of whoever carries nothing, though a column of the plan's `[carry]` (whose name has no dot) is theirs, it is stored
    that it is nothing: somebody without any row is new, and starts from what `initial` says.
    """
    known: set[int] = set()
    for name in sorted(columns, key=lambda name: ("." not in name, name)):
        column, own = columns[name], "." not in name
        for row in range(len(column)):
            value = value_of(column, row)
            if value is None and own and row not in known:
                value = _nothing_of(column)
            if value is not None:
                known.add(row)
                yield name, row, value


def _nothing_of(column: Column) -> Mapping[str, Any]:
    kind = {"none": "text" if column.kind == "rank" else column.kind}
    return kind if column.unit is None else {**kind, "unit": column.unit}


def rows_of(rows: Mapping[str, CarriedRows]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the name and the stored value of what is carried and is no column of people, by name."""
    for name in sorted(rows):
        columns = {key: _stored_column(column) for key, column in rows[name].columns.items()}
        yield f"{_ROWS}{name}", {"size": len(rows[name]), "columns": columns}


def _stored_column(column: Column) -> Mapping[str, Any]:
    values = [column.value(row) for row in range(len(column))]
    match column.kind:
        case "number":
            texts = [None if value is None else f"{value:f}" for value in values]
            return {"kind": "number", "unit": column.unit, "places": column.places, "values": texts}
        case "date":
            days = [value.isoformat() if isinstance(value, date) else None for value in values]
            return {"kind": "date", "values": days}
        case _:
            return {"kind": column.kind, "values": values}


def _read_rows(stored: Mapping[str, Any]) -> CarriedRows:
    return CarriedRows(columns={key: _read_column(column) for key, column in stored["columns"].items()})


def _read_column(stored: Mapping[str, Any]) -> Column:
    values = stored["values"]
    match stored["kind"]:
        case "number":
            numbers = [None if value is None else Decimal(value) for value in values]
            return Column.numbers(numbers, unit=stored["unit"], places=stored["places"])
        case "boolean":
            return Column.booleans(values)
        case "date":
            return Column.dates([None if value is None else date.fromisoformat(value) for value in values])
        case _:
            return Column.texts(values)


def state_of(values: Iterable[CommissionCarry]) -> State:
    """Return what stored values hand to the next period; what no plan wrote is left out.

    Raises:
        StorageError: A value is not as a run writes it.
    """
    by_name: dict[str, dict[UUID, Mapping[str, Any]]] = defaultdict(dict)
    rows: dict[str, CarriedRows] = {}
    for value in values:
        if value.distributor_id is None and value.name.startswith(_ROWS):
            rows[value.name.removeprefix(_ROWS)] = _read_rows(value.value)
        if value.distributor_id is not None and value.name not in NOT_THE_PLANS:
            by_name[value.name][value.distributor_id] = value.value
    people = sorted({person for rows in by_name.values() for person in rows})
    columns = {
        name: _readable(name, [rows.get(person) for person in people])
        for name, rows in by_name.items()
        if name != BEST_RANK
    }
    best = [by_name.get(BEST_RANK, {}).get(person, {}).get("text") for person in people]
    return State(ids=IdIndex.from_uuids(people), carried=columns, best_rank=Column.texts(best), rows=rows)


def _readable(name: str, rows: list[Mapping[str, Any] | None]) -> Column:
    try:
        return _column(rows)
    except (ArithmeticError, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"what is carried as {name} is not as a run writes it, so the next period cannot be calculated; "
            "values of the host's own belong somewhere else: only runs write what a plan carries"
        ) from error


def _column(rows: list[Mapping[str, Any] | None]) -> Column:
    first = next(row for row in rows if row is not None)
    kind = first.get("none", next(iter(first.keys() & set(_KINDS)), ""))
    rows = [None if row is None or "none" in row else row for row in rows]
    if kind == "number":
        unit: Unit | None = first.get("unit")
        return Column.numbers([None if row is None else Decimal(row["number"]) for row in rows], unit=unit)
    if kind == "boolean":
        return Column.booleans([bool(row and row["boolean"]) for row in rows])
    if kind == "date":
        return Column.dates([None if row is None else date.fromisoformat(row["date"]) for row in rows])
    return Column.texts([None if row is None else row["text"] for row in rows])


def uuid_of(key: "np.ndarray[Any, np.dtype[np.uint64]]") -> UUID:
    """Return the UUID of a key: its high and low half."""
    return UUID(int=int(key[0]) << 64 | int(key[1]))
