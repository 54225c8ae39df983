"""One typed, exact array: the only form in which numbers travel through a run.

A `Column` is an integer array that says what its integers mean: how many decimal places they carry, whether they
are points or money, or which text, day, person or rank stands behind them. It is read-only, and it never holds a
float. Arithmetic on columns lives in `expressions.evaluate`, rounding in `rounding`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal, Self

import numpy as np
from attrs import Attribute, evolve, field, frozen
from numpy.typing import NDArray

from mlmcore.genealogy.threads import taken

Kind = Literal["number", "boolean", "text", "date", "person", "rank"]
Unit = Literal["points", "money"]

PLACES_LIMIT: Final = 12
"""Most decimal places that a column may carry."""
NONE_DAY: Final = int(np.iinfo(np.int32).min)
"""The day that stands for no date."""
EPOCH: Final = date(1970, 1, 1)

_DTYPES: Final[dict[str, type[np.generic]]] = {
    "number": np.int64,
    "boolean": np.bool_,
    "text": np.int32,
    "date": np.int32,
    "person": np.int32,
    "rank": np.int16,
}
_NONE: Final[dict[str, int]] = {"text": -1, "date": NONE_DAY, "person": -1, "rank": -1}


def no_values(kind: Kind, size: int) -> NDArray[Any]:
    """Make a kind's values of rows that have none: of a boolean false, of a number 0, beside which `absent` says it."""
    return np.full(size, _NONE.get(kind, 0), dtype=_DTYPES[kind])


@frozen(kw_only=True, eq=False)
class Column:
    """A read-only array of exact values of one kind.

    | kind | dtype | a value | none |
    |---|---|---|---|
    | number | int64 | value times 10 to the power of `places` | where `absent` is true |
    | boolean | bool | itself | never |
    | text | int32 | index into `categories` | -1 |
    | date | int32 | days since 1970-01-01 | `NONE_DAY` |
    | person | int32 | person index; -2 - k is the plan's account k | -1 |
    | rank | int16 | position, lowest is 0 | -1 |

    Attributes:
        kind: What the integers mean.
        values: One-dimensional and read-only. A constant is a broadcast array of stride 0 and costs no memory.
        unit: Of a number: points, money, or None for a plain one.
        places: Decimal places of a number, 0 to 12.
        categories: The texts of a text column; of a rank column the rank ids, lowest first (or nothing).
        absent: Of a number: where there is no value, or None when every row has one.
    """

    kind: Kind
    values: NDArray[Any] = field()
    unit: Unit | None = None
    places: int = 0
    categories: tuple[str, ...] = ()
    absent: NDArray[np.bool_] | None = None

    @values.validator
    def _check_values(self, attribute: "Attribute[NDArray[Any]]", values: NDArray[Any]) -> None:
        expected = np.dtype(_DTYPES[self.kind])
        if values.ndim != 1 or values.dtype != expected:
            raise TypeError(
                f"{attribute.name} of a {self.kind} column must be a one-dimensional {expected} array, "
                f"not {values.dtype} of {values.ndim} dimensions"
            )

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.places <= PLACES_LIMIT:
            raise ValueError(f"places of a column must be 0 to {PLACES_LIMIT}, not {self.places}")
        if self.kind != "number" and (self.unit is not None or self.places or self.absent is not None):
            raise ValueError(f"a {self.kind} column has no unit, no places and no absent rows")
        if self.absent is not None and self.absent.shape != self.values.shape:
            raise ValueError(f"absent must be as long as values: {len(self.absent)} is not {len(self.values)}")
        for array in (self.values, self.absent):
            if array is not None and array.flags.writeable:
                object.__setattr__(self, "values" if array is self.values else "absent", _read_only(array))

    @classmethod
    def numbers(
        cls, items: Iterable[Decimal | int | None], *, unit: Unit | None = None, places: int | None = None
    ) -> Self:
        """Make a number column from decimals.

        Args:
            items: Exact numbers; None is a row without a value.
            unit: Points, money, or None.
            places: Decimal places to keep; as many as the finest item needs when left out.

        Raises:
            TypeError: An item is a float or a boolean.
            ValueError: An item has more decimal places than `places`.
            OverflowError: An item doesn't fit into int64 at these places.
        """
        decimals = [None if item is None else _decimal(item) for item in items]
        if places is None:
            places = max((_places_of(item) for item in decimals if item is not None), default=0)
        scaled = [0 if item is None else scaled_integer(item, places) for item in decimals]
        absent = np.array([item is None for item in decimals], dtype=np.bool_)
        return cls(
            kind="number",
            values=np.array(scaled, dtype=np.int64),
            unit=unit,
            places=places,
            absent=absent if absent.any() else None,
        )

    @classmethod
    def scaled(
        cls,
        values: NDArray[np.int64],
        places: int,
        *,
        unit: Unit | None = None,
        absent: NDArray[np.bool_] | None = None,
    ) -> Self:
        """Make a number column from integers that are already scaled by 10 to the power of `places`."""
        return cls(kind="number", values=values, unit=unit, places=places, absent=absent)

    @classmethod
    def booleans(cls, items: Iterable[bool]) -> Self:
        """Make a boolean column."""
        return cls(kind="boolean", values=np.array(list(items), dtype=np.bool_))

    @classmethod
    def texts(cls, items: Iterable[str | None]) -> Self:
        """Make a text column; its categories are the distinct texts in code point order."""
        texts = list(items)
        categories = sorted({text for text in texts if text is not None})
        codes: dict[str | None, int] = {text: code for code, text in enumerate(categories)}
        codes[None] = -1
        return cls(
            kind="text",
            values=np.array([codes[text] for text in texts], dtype=np.int32),
            categories=tuple(categories),
        )

    @classmethod
    def dates(cls, items: Iterable[date | None]) -> Self:
        """Make a date column."""
        days = [NONE_DAY if item is None else (item - EPOCH).days for item in items]
        return cls(kind="date", values=np.array(days, dtype=np.int32))

    @classmethod
    def days(cls, values: NDArray[np.int32]) -> Self:
        """Make a date column from days since 1970-01-01."""
        return cls(kind="date", values=values)

    @classmethod
    def persons(cls, values: NDArray[np.int32]) -> Self:
        """Make a person column from person indices, -1 for none and -2 - k for account k."""
        return cls(kind="person", values=values)

    @classmethod
    def ranks(cls, values: NDArray[np.int16], names: Sequence[str] = ()) -> Self:
        """Make a rank column from positions, -1 for none; `names` are the rank ids, lowest first."""
        return cls(kind="rank", values=values, categories=tuple(names))

    @property
    def is_absent(self) -> NDArray[np.bool_]:
        """Of a number: bool[n], whether each row has no value."""
        return np.zeros(len(self), dtype=np.bool_) if self.absent is None else self.absent

    @cached_property
    def max_abs(self) -> int:
        """The largest absolute value of the scaled integers, 0 when there is none: the bound for overflow checks."""
        values = self.values[:1] if self.is_constant else self.values
        if not len(values):
            return 0
        return max(abs(int(values.max())), abs(int(values.min())))

    @property
    def is_constant(self) -> bool:
        """Whether the column is one value, broadcast."""
        return self.values.strides == (0,) or len(self.values) == 1

    def __len__(self) -> int:
        return len(self.values)

    def decimal(self, row: int) -> Decimal:
        """Read one number exactly.

        Raises:
            TypeError: This is no number column.
            LookupError: The row has no value.
        """
        if self.kind != "number":
            raise TypeError(f"a {self.kind} column holds no decimals")
        if self.absent is not None and self.absent[row]:
            raise LookupError(f"row {row} has no value")
        return exact_decimal(int(self.values[row]), self.places)

    def value(self, row: int) -> Decimal | bool | str | date | int | None:
        """Read one value: a decimal, boolean, text, date, person index, rank id (position without names), or None."""
        item = self.values[row]
        if self.kind == "number":
            return None if self.absent is not None and self.absent[row] else self.decimal(row)
        if self.kind == "boolean":
            return bool(item)
        if self.kind == "date":
            return None if item == NONE_DAY else EPOCH + timedelta(days=int(item))
        if item == -1:
            return None
        return self.categories[item] if self.categories else int(item)

    def text(self, row: int) -> str:
        """Write one value as a reader of the plan would: `none`, `true`, `12.50`, `2026-03-01`, `gold`."""
        value = self.value(row)
        if value is None:
            return "none"
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the column of the given rows, in their order."""
        absent = None if self.absent is None else self.absent[rows]
        if self.is_constant and len(self.values) > 1:
            return evolve(self, values=np.broadcast_to(self.values[:1].reshape(()), (len(rows),)), absent=absent)
        return evolve(self, values=taken(self.values, rows), absent=absent)

    def spread(self, rows: NDArray[Any], size: int) -> Self:
        """Return a column of `size` rows that has this one's rows at the given places, and no values elsewhere.

        Of a number the other rows are 0; they are not absent.
        """
        values = no_values(self.kind, size)
        values[rows] = self.values
        absent = None
        if self.absent is not None:
            absent = np.zeros(size, dtype=np.bool_)
            absent[rows] = self.absent
        return evolve(self, values=values, absent=absent)

    def repeat(self, size: int) -> Self:
        """Return this column of one row as a constant of `size` rows, without copying it."""
        if len(self.values) != 1:
            raise ValueError(f"only a column of one row can be repeated, this has {len(self.values)}")
        absent = None if self.absent is None else np.broadcast_to(self.absent.reshape(()), (size,))
        return evolve(self, values=np.broadcast_to(self.values.reshape(()), (size,)), absent=absent)

    def at_places(self, places: int) -> Self:
        """Return the same numbers with more decimal places.

        Raises:
            ValueError: There are fewer places than now; rounding is a plan's decision, see `rounding`.
            OverflowError: A number doesn't fit into int64 at these places.
        """
        if places == self.places:
            return self
        if places < self.places:
            raise ValueError(f"{self.places} decimal places don't fit into {places}; round explicitly")
        factor = 10 ** (places - self.places)
        if self.max_abs * factor > _INT64_MAX:
            raise OverflowError(f"a number of the column leaves the range of int64 at {places} decimal places")
        return evolve(self, values=self.values * np.int64(factor), places=places)

    def trimmed(self, places: int) -> Self:
        """Return the same numbers with so many decimal places where none of them needs more; else as they are."""
        factor = np.int64(10 ** max(self.places - places, 0))
        if self.places <= places or (self.values % factor != 0).any():
            return self
        return evolve(self, values=self.values // factor, places=places)


def exact_decimal(scaled: int, places: int) -> Decimal:
    """Return a scaled integer as a decimal, exactly, whatever the host's decimal context.

    >>> exact_decimal(1250, 2)
    Decimal('12.50')
    """
    return Decimal(f"{scaled}e-{places}")


def scaled_integer(item: Decimal, places: int) -> int:
    """Return a decimal times 10 to the power of `places`, exactly, whatever the host's decimal context.

    Raises:
        ValueError: It has more decimal places, or is no number.
        OverflowError: It leaves int64.
    """
    sign, digits, exponent = item.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{item} is no number")  # noqa: TRY004 - as above
    shift = exponent + places
    whole = int("".join(map(str, digits)) or "0")
    if shift < 0:
        whole, rest = divmod(whole, 10**-shift)
        if rest:
            raise ValueError(f"{item} has more than {places} decimal places")
    else:
        whole *= int(10**shift)
    if whole > _INT64_MAX:
        raise OverflowError(f"{item} leaves the range of int64 at {places} decimal places")
    return -whole if sign else whole


_INT64_MAX: Final = int(np.iinfo(np.int64).max)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _decimal(item: Decimal | int) -> Decimal:
    if isinstance(item, bool) or not isinstance(item, (Decimal, int)):
        raise TypeError(f"a number column takes Decimal or int, not {type(item).__name__}: {item!r}")
    return Decimal(item)


def _places_of(item: Decimal) -> int:
    exponent = item.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{item} is no number")  # noqa: TRY004 - NaN is a Decimal: the value is wrong, not its type
    return max(0, -exponent)
