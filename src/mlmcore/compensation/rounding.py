"""Rounding and splitting of whole arrays: the array half of `domain.exact`, with the same modes and the same ties.

Everything is integer arithmetic. Results are int64; what would leave it is refused before it is computed, and
numerators or denominators that are wider than int64 are taken as object arrays of Python ints.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.exact import RoundingMode
from mlmcore.genealogy.grouped import sums_by

INT64_MAX: Final = int(np.iinfo(np.int64).max)
RATIO_PLACES: Final = 8
"""Decimal places to which an amount is kept whose rate is an unrounded division; see `cut_inexact`."""


def divide(numerator: NDArray[Any], denominator: NDArray[Any] | int, mode: RoundingMode) -> NDArray[np.int64]:
    """Divide exactly and round each quotient to a whole number.

    Args:
        numerator: int64, or object holding Python ints.
        denominator: As the numerator, or one int; never zero.
        mode: How a fraction is rounded.

    Returns:
        int64 of the numerator's length.

    Raises:
        ZeroDivisionError: A denominator is zero.
        OverflowError: A quotient leaves int64.
    """
    return _narrow(divide_wide(numerator, denominator, mode))


def divide_wide(numerator: NDArray[Any], denominator: NDArray[Any] | int, mode: RoundingMode) -> NDArray[Any]:
    """As `divide`, but what may leave int64 comes as Python ints, so that the caller can say which does.

    Raises:
        ZeroDivisionError: A denominator is zero.
    """
    top = np.asarray(numerator)
    if isinstance(denominator, int) and 0 < denominator <= INT64_MAX and not _too_wide(top):
        quotient = top // np.int64(denominator)
        remainder = top - quotient * np.int64(denominator)
        return np.asarray(quotient + _goes_up(top, np.int64(denominator), quotient, remainder, mode))
    bottom = np.broadcast_to(np.asarray(denominator, dtype=_dtype_of(denominator)), top.shape)
    if np.any(bottom == 0):
        raise ZeroDivisionError("a denominator is zero")
    if _too_wide(top) or _too_wide(bottom):
        top, bottom = top.astype(object), bottom.astype(object)
    sign = np.where(bottom < 0, -1, 1)
    top, bottom = top * sign, bottom * sign
    quotient = top // bottom
    remainder = top - quotient * bottom
    return np.asarray(quotient + _goes_up(top, bottom, quotient, remainder, mode))


def cut_inexact(numerator: NDArray[Any], denominator: NDArray[Any] | int) -> NDArray[np.int64]:
    """Divide to whole numbers that round on to fewer places exactly as the quotients themselves would.

    A quotient that is not whole is cut toward minus infinity; where its last digit is then 0 or 5, on which a later
    rounding could fall, it is raised by one. So what is between two borders of a coarser rounding stays between them.

    Raises:
        ZeroDivisionError: A denominator is zero.
        OverflowError: A quotient leaves int64.
    """
    floor = divide(numerator, denominator, RoundingMode.FLOOR)
    inexact = floor != divide(numerator, denominator, RoundingMode.CEILING)
    return np.asarray(floor + (inexact & (floor % 5 == 0)), dtype=np.int64)


def round_scaled(values: NDArray[np.int64], places_from: int, places_to: int, mode: RoundingMode) -> NDArray[np.int64]:
    """Change the decimal places of scaled integers, rounding where there become fewer.

    Raises:
        OverflowError: A value leaves int64 at the new places.
    """
    if places_to == places_from:
        return values
    if places_to < places_from:
        return divide(values, 10 ** (places_from - places_to), mode)
    factor = 10 ** (places_to - places_from)
    if largest(values) * factor > INT64_MAX:
        raise OverflowError(f"a value leaves the range of int64 at {places_to} decimal places")
    return values * np.int64(factor)


def remainder_limits(divisor: int, mode: RoundingMode) -> NDArray[np.int64]:
    """int64[4]: above which remainder a quotient that was cut toward minus infinity is raised by one.

    For loops that round one number after the other: the limit stands at 2 if the number is below zero, plus 1 if the
    cut quotient is odd.

    Args:
        divisor: By what is divided, at least 1.
        mode: How a fraction is rounded.
    """
    at_half, past_half, always, never = (divisor - 1) // 2, divisor // 2, 0, divisor
    limits = {
        RoundingMode.HALF_EVEN: (past_half, at_half, past_half, at_half),
        RoundingMode.HALF_UP: (at_half, at_half, past_half, past_half),
        RoundingMode.HALF_DOWN: (past_half, past_half, at_half, at_half),
        RoundingMode.UP: (always, always, never, never),
        RoundingMode.DOWN: (never, never, always, always),
        RoundingMode.FLOOR: (never, never, never, never),
        RoundingMode.CEILING: (always, always, always, always),
    }
    return np.array(limits[mode], dtype=np.int64)


def allocate(
    exact: NDArray[np.int64], group: NDArray[np.integer[Any]], divisor: int, mode: RoundingMode
) -> NDArray[np.int64]:
    """Round parts so that each group's parts add up to its rounded total: the largest remainder.

    Each part is cut toward minus infinity; the units that its group then lacks go to the largest remainders, ties to
    the part that stands first.

    Args:
        exact: The parts, scaled finer than the unit.
        group: Which group each part belongs to; any integers, in any order.
        divisor: How many of the parts' units make one whole unit, at least 1.
        mode: How a group's total is rounded.

    Returns:
        Whole units, int64, one per part.

    Raises:
        OverflowError: A group's total leaves int64.
    """
    if not len(exact):
        return np.zeros(0, dtype=np.int64)
    cut = exact // np.int64(divisor)
    remainder = exact - cut * np.int64(divisor)
    _, code = np.unique(group, return_inverse=True)
    groups = int(code.max()) + 1
    missing = divide(sums_by_group(exact, code, groups), divisor, mode) - sums_by_group(cut, code, groups)
    return np.asarray(cut + (places_by_remainder(remainder, code, groups) < missing[code]), dtype=np.int64)


def in_proportion(
    parts: NDArray[np.int64], group: NDArray[np.integer[Any]], totals: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Scale parts so that each group's parts add up to the group's total: the largest remainder.

    Each part is its share cut down to a whole unit; the units that its group then lacks go to the largest remainders,
    ties to the part that stands first.

    Args:
        parts: Whole units, none below zero.
        group: Which group each part belongs to: a position in `totals`.
        totals: int64: what the parts of each group come to; no more than the parts' own sum.

    Returns:
        Whole units, int64, one per part.
    """
    wide = parts.astype(object) if largest(parts) * largest(totals) * max(len(parts), 1) > INT64_MAX else parts
    sums = np.zeros(len(totals), dtype=wide.dtype)
    np.add.at(sums, group, wide)
    product, whole = wide * totals[group], np.where(sums == 0, 1, sums)[group]
    cut = product // whole
    remainder = np.asarray(product - cut * whole, dtype=np.int64)
    given = np.zeros(len(totals), dtype=np.int64)
    np.add.at(given, group, cut.astype(np.int64))
    missing = np.where(sums == 0, 0, totals - given)
    return np.asarray(cut + (places_by_remainder(remainder, group, len(totals)) < missing[group]), dtype=np.int64)


def places_by_remainder(
    remainder: NDArray[np.int64], group: NDArray[np.integer[Any]], groups: int
) -> NDArray[np.int64]:
    """int64[n]: which place each part has in its group, from 0: the largest remainder first, ties as they stand.

    Args:
        remainder: What was cut off each part.
        group: Which group each belongs to, from 0.
        groups: How many there are.
    """
    order = np.lexsort((np.arange(len(group)), -remainder, group))
    start = np.concatenate(([0], np.cumsum(np.bincount(group, minlength=groups))[:-1]))
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - start[group[order]]
    return place


def total_of(values: NDArray[np.int64]) -> int:
    """Return the exact sum as a Python int: where it may leave int64, halves of 32 bits are added apart."""
    if largest(values) * len(values) <= INT64_MAX:
        return int(values.sum(dtype=np.int64))
    return (int((values >> 32).sum()) << 32) + int((values & np.int64(0xFFFFFFFF)).sum())


def sums_by_group(values: NDArray[np.int64], group: NDArray[Any], size: int) -> NDArray[np.int64]:
    """int64[size]: the exact sum of each group.

    Args:
        values: What is added up.
        group: Which group each value belongs to: a position in what is returned.
        size: How many groups there are.

    Raises:
        OverflowError: A sum leaves int64.
    """
    if largest(values) * len(values) <= INT64_MAX:
        return sums_by(group, values, size)
    sums = np.zeros(size, dtype=object)
    np.add.at(sums, group, values.astype(object))
    if largest(sums) > INT64_MAX:
        raise OverflowError("a sum leaves the range of int64")
    return sums.astype(np.int64)


def largest(values: NDArray[Any]) -> int:
    """Return the largest absolute value as a Python int, 0 of nothing."""
    if not len(values):
        return 0
    if values.strides == (0,):  # one value, broadcast
        values = values[:1]
    return max(abs(int(values.max())), abs(int(values.min())))


def _goes_up(
    top: NDArray[Any],
    bottom: NDArray[Any] | np.int64,
    quotient: NDArray[Any],
    remainder: NDArray[Any],
    mode: RoundingMode,
) -> NDArray[Any]:
    """Say, as 0 or 1, where the floor of a quotient must be raised; `bottom` is positive."""
    inexact = remainder != 0
    negative = top < 0
    match mode:
        case RoundingMode.FLOOR:
            up = np.zeros(top.shape, dtype=np.bool_)
        case RoundingMode.CEILING:
            up = inexact
        case RoundingMode.DOWN:
            up = inexact & negative
        case RoundingMode.UP:
            up = inexact & ~_bool(negative)
        case _:
            rest = bottom - remainder
            tie = {
                RoundingMode.HALF_UP: ~_bool(negative),
                RoundingMode.HALF_DOWN: negative,
                RoundingMode.HALF_EVEN: quotient % 2 != 0,
            }[mode]
            up = (remainder > rest) | ((remainder == rest) & _bool(tie))
    return _bool(up).astype(np.int64)


def _bool(array: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(array, dtype=np.bool_)


def _dtype_of(value: NDArray[Any] | int) -> Any:
    if isinstance(value, int):
        return np.int64 if abs(value) <= INT64_MAX else object
    return value.dtype


def _too_wide(array: NDArray[Any]) -> bool:
    """Whether an int64 array holds the one value that can't be negated."""
    return array.dtype == object or largest(array) > INT64_MAX


def _narrow(array: NDArray[Any]) -> NDArray[np.int64]:
    if array.dtype == object and largest(array) > INT64_MAX:
        raise OverflowError("a quotient leaves the range of int64")
    return np.asarray(array, dtype=np.int64)
