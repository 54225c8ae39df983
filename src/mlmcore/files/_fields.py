"""Fields of text to exact columns, one finding for each field that says something else."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.plan import InputColumn
from mlmcore.domain.decimals import parse_decimal
from mlmcore.domain.errors import Finding, Findings, InputError, nearest
from mlmcore.files._table import Table

__all__ = ["read_column", "read_days", "read_value", "read_whole_numbers", "sound_days"]

_EPOCH: Final = date(1970, 1, 1)
_BOOLEANS: Final = {"true": True, "false": False}
_INT64_MAX: Final = 2**63 - 1
_DIGITS_MAX: Final = 10
_EMPTY: Final = Finding(code="files.missing-value", what="is empty", todo="write a value")

Value = TypeVar("Value")


def read_column(table: Table, name: str, declared: InputColumn, findings: Findings, *, required: bool) -> Column:
    """A declared column; where something was found, of no use.

    Args:
        table: The file.
        name: The column.
        declared: Its kind, unit and decimal places.
        findings: Takes what is wrong.
        required: Whether every row needs a value. Booleans always do: a column of them has no room for none.
    """
    required = required or declared.kind == "boolean"
    values = _read(table, name, lambda text: read_value(text, declared), findings, required=required)
    match declared.kind:
        case "number":
            return Column.numbers(values, unit=declared.unit, places=declared.places)
        case "boolean":
            return Column.booleans(bool(value) for value in values)
        case "date":
            return Column.dates(values)
        case _:
            return Column.texts(values)


def read_value(text: str, declared: InputColumn) -> Any:
    """The decimal, boolean, date or text that a field spells.

    Raises:
        InputError: It spells something else.
    """
    match declared.kind:
        case "number":
            return _number(text, declared)
        case "boolean":
            return _boolean(text)
        case "date":
            return _day(text)
        case _:
            return text


def read_days(table: Table, name: str, findings: Findings) -> NDArray[np.int32]:
    """Dates as days since 1970-01-01; every row needs one."""
    days = _read(table, name, _day, findings, required=True)
    return np.array([0 if day is None else (day - _EPOCH).days for day in days], dtype=np.int32)


def sound_days(table: Table, name: str) -> dict[date, int]:
    """The different dates of a column, each with the first row that has it; what is no date is left out."""
    first = {text: row for row, text in reversed(list(enumerate(table.column(name))))}
    days = {}
    for text, row in first.items():
        with suppress(InputError):
            days[_day(text)] = row
    return days


def read_whole_numbers(table: Table, name: str, findings: Findings) -> list[int]:
    """Whole numbers from 1 on; 0 where the field is empty."""
    return [value or 0 for value in _read(table, name, _whole, findings, required=False)]


def _read(
    table: Table, name: str, reader: Callable[[str], Value], findings: Findings, *, required: bool
) -> list[Value | None]:
    texts = table.column(name)
    # Dates and volumes stand in a file again and again; each text is read once.
    read = {text: _tried(reader, text) for text in set(texts) if text}
    read[""] = (None, _EMPTY if required else None)
    if any(wrong for _, wrong in read.values()):
        for row, text in enumerate(texts):
            wrong = read[text][1]
            if wrong is not None:
                table.find(findings, row, name, wrong.code, wrong.what, wrong.todo)
    return [read[text][0] for text in texts]


def _tried(reader: Callable[[str], Value], text: str) -> tuple[Value | None, Finding | None]:
    try:
        return reader(text), None
    except InputError as error:
        return None, evolve(error.findings[0], code="files.value")


def _number(text: str, declared: InputColumn) -> Decimal:
    number = parse_decimal(text, declared.places)
    if abs(number.scaleb(declared.places)) > _INT64_MAX:
        what = f"{text} is larger than a number of {declared.places} decimal places can be here"
        raise InputError.of(what, f"{Decimal(_INT64_MAX).scaleb(-declared.places):f} is the largest")
    return number


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise InputError.of(f"{text!r} is neither true nor false", nearest(text, _BOOLEANS))
    return _BOOLEANS[text]


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InputError.of(f"{text!r} is not a date", "write it as 2026-03-31")
    return day


def _whole(text: str) -> int:
    sound = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    if not sound or not 1 <= int(text) <= np.iinfo(np.int32).max:
        raise InputError.of(f"{text!r} is not a whole number from 1 on", "write 1, 2, ...")
    return int(text)
