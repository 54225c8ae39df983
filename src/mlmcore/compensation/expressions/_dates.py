"""Calendar functions over whole columns of days, by numpy's proleptic Gregorian calendar."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
Integers = NDArray[np.int64]


def _months(days: Days) -> Integers:
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]"), dtype=np.int64)


def year(days: Days) -> Integers:
    """Return the calendar year."""
    return _months(days) // 12 + 1970


def month(days: Days) -> Integers:
    """Return the month, 1 to 12."""
    return _months(days) % 12 + 1


def day(days: Days) -> Integers:
    """Return the day of the month, 1 to 31."""
    dates = days.astype("datetime64[D]")
    return np.asarray(dates - dates.astype("datetime64[M]").astype("datetime64[D]"), dtype=np.int64) + 1


def days_between(start: Days, end: Days) -> Integers:
    """Return the days from start to end, negative where end is earlier."""
    return end.astype(np.int64) - start.astype(np.int64)


def months_between(start: Days, end: Days) -> Integers:
    """Return calendar months: from any day of January to any day of March there are 2."""
    return _months(end) - _months(start)


def full_months_between(start: Days, end: Days) -> Integers:
    """Return whole months gone by: one more each time the day of the month is reached again."""
    months = months_between(start, end)
    short = day(end) < day(start)
    over = day(end) > day(start)
    forward = end >= start
    return np.asarray(months - (forward & short) + (~forward & over), dtype=np.int64)


FUNCTIONS: Final[dict[str, Callable[..., Integers]]] = {
    "day": day,
    "days_between": days_between,
    "full_months_between": full_months_between,
    "month": month,
    "months_between": months_between,
    "year": year,
}
