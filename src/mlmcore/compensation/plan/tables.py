"""Lookup tables: by threshold, or by one or two keys."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Place
from mlmcore.compensation.plan._values import rows

__all__ = ["KeyTable", "Table", "ThresholdTable"]


@frozen(kw_only=True)
class ThresholdTable:
    """Rows reached at x >= their first number.

    Attributes:
        name: As used in `lookup`.
        rows: `(threshold, value)`, ascending.
        below: The value under the first threshold; None when there is none and x below it is an error.
        mode: `row`: the value of the row reached; `marginal`: the amount over the brackets, as income tax.
    """

    name: str
    rows: tuple[tuple[Decimal, Decimal], ...]
    below: Decimal | None = None
    mode: Literal["row", "marginal"] = "row"
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class KeyTable:
    """Rows found by one or two keys.

    Attributes:
        name: As used in `lookup`.
        by: What each key is: `rank`, `level` or `key` (a text).
        rows: Key texts (rank ids, levels as digits) to value.
        missing: The value of an absent row, `"error"`, or `"none"`.
    """

    name: str
    by: tuple[Literal["rank", "level", "key"], ...]
    rows: Mapping[tuple[str, ...], Decimal] = field(converter=rows)
    missing: Decimal | Literal["error", "none"] = "error"
    place: Place = field(factory=Place, eq=False, repr=False)


Table = ThresholdTable | KeyTable
