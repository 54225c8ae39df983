"""How stored values become the columns that a plan declares; every store reads them the same way.

A value of another kind than declared, or a missing one where a run cannot do without, is a finding that names table,
column and id. Decimals are text in JSON; a JSON float never gets this far, since entities refuse it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, scaled_integer
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.decimals import as_decimal
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Findings
from mlmcore.domain.periods import Period, zone

__all__ = [
    "MISSING",
    "StoredValues",
    "declared_column",
    "first_day",
    "first_instant",
    "money_of_orders",
    "stored_column",
    "taken_back",
]

MISSING: Final[Any] = object()
"""What a row has under a key that it has not; JSON's null is None."""

_SURE_DIGITS: Final = 18  # of which every number fits into int64
_EXAMPLES = {
    "number": '"12.50", a decimal as text',
    "boolean": "true or false",
    "text": '"gold", a text',
    "date": '"2026-03-31", a date as text',
}


def first_day(plan: Plan, period: Period) -> date:
    """Return the first day whose orders a run may need: a week that ends in the month may have begun before it."""
    kinds = {PeriodKind(bonus.every) for bonus in plan.bonuses if bonus.every is not None}
    starts = [part.start for kind in kinds for part in period.subperiods(kind)]
    return min([period.start, *starts])


def first_instant(plan: Plan, period: Period) -> datetime:
    """Return the first instant of that day, in UTC."""
    return datetime.combine(first_day(plan, period), time(), tzinfo=zone(period.timezone)).astimezone(UTC)


def money_of_orders(plan: Plan) -> list[str]:
    """Return which volumes and further columns of orders are money, and so in the currency of the order."""
    declared: dict[str, InputColumn] = {**plan.inputs.volumes, **plan.inputs.order_columns}
    return [name for name, column in declared.items() if column.unit == "money"]


def taken_back(stored: Any, of_order: Any) -> Any:
    """Return what a refund takes back of one further volume, with the opposite sign of what its order has of it.

    A refund says how much goes back. With which sign is the order's matter: what was charged with a volume below zero
    gets it back. So a host's refund may hold it as a text or as an integer, above zero or below.

    Args:
        stored: What the refund holds: an integer, a decimal, or one as text; anything else stays as it is, and is a
            finding when it is read.
        of_order: What the order holds under the same name.
    """
    if isinstance(stored, str):
        digits = stored.removeprefix("-")
        return digits if _is_below_zero(of_order) else f"-{digits}"
    if isinstance(stored, Decimal | int) and not isinstance(stored, bool):
        size = abs(Decimal(stored))
        return size if _is_below_zero(of_order) else -size
    return stored


def _is_below_zero(value: Any) -> bool:
    if isinstance(value, str):
        return value.startswith("-")
    return isinstance(value, Decimal | int) and value < 0


@frozen(kw_only=True, eq=False)
class StoredValues:
    """The JSON values that many rows have under one key; equal ones may be given once for all of them.

    Attributes:
        values: The values.
        codes: int32[m]: which of them each row has; -1 where the row's stands in `exact`.
        exact: int64[m]: of a number, in units of the last declared decimal place; None where a store reads none so.
    """

    values: Sequence[Any]
    codes: NDArray[np.int32]
    exact: NDArray[np.int64] | None = None

    def rows_of(self, codes: Sequence[int]) -> list[int]:
        """The rows that have one of some values, in order."""
        return np.flatnonzero(np.isin(self.codes, codes)).tolist() if codes else []


def stored_column(
    declared: InputColumn, stored: StoredValues, where: Callable[[int], str], findings: Findings
) -> Column:
    """Return a column of stored values, none of which is required; `declared_column` for very many rows.

    Args:
        declared: What the plan says of it.
        stored: The values.
        where: Where the value of a row stands, for findings.
        findings: Takes what is wrong.

    Returns:
        The column; where something was found, of no use.
    """
    given = [None if value is MISSING else value for value in stored.values]
    read, refused = [], []
    for code, value in enumerate(given):
        trial = Findings()
        read.append(_value(declared, "", value, trial))
        if trial or (read[code] is None and declared.kind == "boolean"):
            refused.append(code)
    of_rows = [(where(row), given[stored.codes[row]]) for row in stored.rows_of(refused)]
    declared_column(declared, of_rows, findings, required=False)
    return _spread(_column(declared, [*read, None]), stored)


def declared_column(
    declared: InputColumn, rows: Sequence[tuple[str, Any]], findings: Findings, *, required: bool
) -> Column:
    """Return a column of stored values.

    Args:
        declared: What the plan says of it.
        rows: Where each value stands, for findings, and the value; None where there is none.
        findings: Takes what is wrong.
        required: Whether every row needs a value. Booleans always do: a column of them has no room for none.

    Returns:
        The column; where something was found, of no use.
    """
    values = [_value(declared, where, value, findings) for where, value in rows]
    _find_missing(declared, rows, values, findings, required=required or declared.kind == "boolean")
    return _column(declared, values)


def _spread(alike: Column, stored: StoredValues) -> Column:
    """Return the column of all rows from the one of their values, behind which stands one that is none."""
    values, absent = alike.values[stored.codes], alike.is_absent[stored.codes]
    if stored.exact is not None:
        exact = stored.codes < 0
        values, absent = np.where(exact, stored.exact, values), absent & ~exact
    return evolve(alike, values=values, absent=absent if alike.kind == "number" and absent.any() else None)


def _find_missing(
    declared: InputColumn,
    rows: Sequence[tuple[str, Any]],
    values: Sequence[Any],
    findings: Findings,
    *,
    required: bool,
) -> None:
    if not required or None not in values:
        return
    for where, value in rows:
        if value is None:
            findings.add(
                code="snapshot.missing",
                what="is missing, and the plan declares it",
                todo=f"write {_EXAMPLES.get(declared.kind, 'a value')}",
                path=where,
            )


def _value(declared: InputColumn, where: str, value: Any, findings: Findings) -> Any:
    if value is None:
        return None
    try:
        return _read(declared, value)
    except (TypeError, ValueError, OverflowError) as error:
        findings.add(
            code="snapshot.kind",
            what=f"{value!r} is no {declared.kind} as the plan declares it ({error})",
            todo=f"write {_EXAMPLES.get(declared.kind, 'a value')}",
            path=where,
        )
        return None


def _read(declared: InputColumn, value: Any) -> Any:
    if declared.kind == "number":
        return _number(as_decimal(value, declared.places), declared.places)
    if declared.kind == "boolean":
        if not isinstance(value, bool):
            raise TypeError("a boolean is true or false")
        return value
    if not isinstance(value, str):
        raise TypeError(f"it is a {type(value).__name__}, not a text")
    return date.fromisoformat(value) if declared.kind == "date" else value


def _number(number: Decimal, places: int) -> Decimal:
    if number.adjusted() + places >= _SURE_DIGITS:
        scaled_integer(number, places)  # which refuses what leaves int64
    return number


def _column(declared: InputColumn, values: Sequence[Any]) -> Column:
    if declared.kind == "number":
        decimals: list[Decimal | None] = list(values)
        return Column.numbers(decimals, unit=declared.unit, places=declared.places)
    if declared.kind == "boolean":
        return Column.booleans([bool(value) for value in values])
    if declared.kind == "date":
        return Column.dates(values)
    return Column.texts(values)
