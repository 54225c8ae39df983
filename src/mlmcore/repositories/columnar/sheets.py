"""Whole tables out of Arrow as arrays, sound in everything that their entities ask, or left to the entities.

The rules themselves stand in the entities and nowhere else. Here they are asked as seldom as will do: a range by its
least and its greatest value, a text by the longest one and by those that look unusual, JSON once for each text. What
an entity asks across its attributes stands in `_together`; a sheet is made only where nothing can be wrong, which a
test holds against the entities. Where anything may be, there is no sheet, and whoever wants to know makes entities.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import Findings, MlmError
from mlmcore.domain.exact import from_units
from mlmcore.domain.money import Money, currency_places
from mlmcore.domain.validators import Email, Text
from mlmcore.repositories.columnar._together import add_up, hang_together
from mlmcore.repositories.columnar.arrays import (
    JsonValues,
    NumberValues,
    Sheet,
    TextValues,
    Values,
    is_nothing,
    read_values,
)
from mlmcore.repositories.columnar.filling import filled
from mlmcore.repositories.columnar.reading import OpenTable, check_schema, value_of_number
from mlmcore.repositories.columnar.shapes import ColumnShape, Shape

__all__ = ["sheets_of"]

_MONEY_PLACES: Final = 2
_BLANK, _DELETE, _AT = b" \x7f@"
_CONTINUES: Final = 0xC0, 0x80
"""Of a byte of UTF-8: these bits are like this where it continues a character."""


def sheets_of(tables: Mapping[str, OpenTable]) -> dict[str, Sheet] | None:
    """The sheets of some tables, in their order; or None where an entity may have something to say about any row."""
    sheets = {}
    for name, table in tables.items():
        sheet = _sheet(table)
        if sheet is None:
            return None
        sheets[name] = sheet
    items, orders = sheets.get("order_items"), sheets.get("orders")
    of_item = add_up(orders, items)
    if of_item is None:
        return None
    for name, sheet in sheets.items():
        priced = orders if name == "order_items" else sheet
        if priced is not None and not _money_is_sound(sheet, priced, of_item if sheet is items else None):
            return None
    return sheets


def _sheet(table: OpenTable) -> Sheet | None:
    if not check_schema(table, Findings()):
        return None
    given: dict[str, Values] = {}
    for at, name in enumerate(table.names):
        field, column = table.schema.field(at), table.shape.columns[name]
        if is_nothing(field):
            continue
        values = read_values(column, field, table.parts(at))
        if values is None or not _is_sound(table.shape, column, values):
            return None
        given[name] = values
    columns = filled(table.shape, table.rows, given)
    if columns is None:
        return None
    sheet = Sheet(shape=table.shape, rows=table.rows, columns=columns)
    return sheet if hang_together(sheet) else None


def _is_sound(shape: Shape, column: ColumnShape, values: Values) -> bool:
    attribute = attrs.fields_dict(shape.entity)[column.name]
    match values:
        case NumberValues():
            return column.kind == "flag" or column.money or _passes_all(attribute, _extremes(column, values))
        case TextValues() if column.kind == "label":
            labels = {label.encode() for label in column.labels or ()}
            return labels.issuperset(values.texts(np.flatnonzero(values.valid)))
        case TextValues():
            return _texts_are_sound(attribute, values)
        case JsonValues():
            return _passes_all(attribute, (value for value in values.distinct if value is not None))
        case _:
            return True  # a UUID is one


def _extremes(column: ColumnShape, values: NumberValues) -> Iterable[Any]:
    """The least and the greatest value; what is between them is no worse."""
    numbers = values.numbers[values.valid]
    for number in {int(numbers.min()), int(numbers.max())} if len(numbers) else ():
        yield from_units(number, column.places) if column.kind == "decimal" else value_of_number(column, number)


def _texts_are_sound(attribute: "attrs.Attribute[Any]", values: TextValues) -> bool:
    if not _are_utf8(values):
        return False
    if isinstance(attribute.validator, Email):
        asked = _longest(values) | (values.valid & ~_are_addresses(values))
    elif isinstance(attribute.validator, Text):
        asked = _longest(values) | (values.valid & (_graphic(values) == 0))  # blank, it may be, or of another script
    else:
        asked = values.valid
    return _passes_all(attribute, (text.decode() for text in set(values.texts(np.flatnonzero(asked)))))


def _are_utf8(values: TextValues) -> bool:
    """Whether every text is UTF-8 without a NUL. Together they may be it where one by one they are not."""
    octets = values.octets
    begins = octets[values.starts[values.lengths > 0]]
    if (begins & _CONTINUES[0] == _CONTINUES[1]).any() or not octets.all():
        return False
    try:
        octets.tobytes().decode()
    except UnicodeDecodeError:
        return False
    return True


def _longest(values: TextValues) -> NDArray[np.bool_]:
    """bool[n]: the row of the longest text, in characters."""
    chosen = np.zeros(len(values.valid), dtype=np.bool_)
    if len(chosen):
        characters = _counted(values, values.octets & _CONTINUES[0] != _CONTINUES[1])
        chosen[int(characters.argmax())] = True
    return chosen & values.valid


def _graphic(values: TextValues) -> NDArray[np.int64]:
    """int64[n]: how many bytes of each text are characters of ASCII that one sees."""
    return _counted(values, (values.octets > _BLANK) & (values.octets < _DELETE))


def _are_addresses(values: TextValues) -> NDArray[np.bool_]:
    """bool[n]: which texts are plainly addresses: of ASCII that one sees, an @ among it and something on both sides."""
    at = np.flatnonzero(values.octets == _AT)
    last = np.full(len(values.valid), -1, dtype=np.int64)
    row = np.searchsorted(values.starts, at, side="right") - 1
    last[row] = at - values.starts[row]  # of several the last one stays
    plain: NDArray[np.bool_] = (_graphic(values) == values.lengths) & (last > 0) & (last < values.lengths - 1)
    return plain


def _counted(values: TextValues, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """int64[n]: how many of the chosen bytes each text has."""
    before = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(chosen, out=before[1:])
    counts: NDArray[np.int64] = before[values.starts + values.lengths] - before[values.starts]
    return counts


def _money_is_sound(sheet: Sheet, priced: Sheet, row_of: NDArray[np.int32] | None) -> bool:
    """Whether all money of a sheet is of its row's currency: that of the same row of `priced`, or of the one named."""
    columns = [column for column in sheet.shape.columns.values() if column.money]
    if not columns:
        return True
    known: dict[bytes, int] = {}
    codes = np.array([known.setdefault(text, len(known)) for text in priced.texts("currency").texts()], dtype=np.int32)
    codes = codes if row_of is None else codes[row_of]
    for text, code in known.items():
        of_currency = codes == code
        for column in columns:
            attribute = attrs.fields_dict(sheet.shape.entity)[column.name]
            numbers = sheet.numbers(column.name)[of_currency & sheet.there(column.name)]
            if not _passes_all(attribute, _moneys(numbers, text.decode())):
                return False
    return True


def _moneys(numbers: NDArray[np.int64], currency: str) -> Iterable[Money]:
    """The least and the greatest amount, and one that is finer than the currency where there is one."""
    unit = 10 ** max(0, _MONEY_PLACES - currency_places(currency))
    finer = numbers[numbers % unit != 0][:1].tolist()
    for number in {int(numbers.min()), int(numbers.max()), *finer} if len(numbers) else ():
        yield Money.of(from_units(number, _MONEY_PLACES), currency)


def _passes_all(attribute: "attrs.Attribute[Any]", values: Iterable[Any]) -> bool:
    validate = cast("Callable[[Any, Any, Any], None]", attribute.validator)
    try:
        for value in values:
            validate(None, attribute, value)
    except (MlmError, TypeError, ValueError, OverflowError):
        return False
    return True
