"""Splitting a sum exactly over claims that are fractions: whole units, cut down, the missing ones by largest remainder.

The claims are whole numbers over one denominator, int64 while they fit and Python ints beyond.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

__all__ = ["Claims", "claims_of", "whole_units"]


@frozen(kw_only=True, eq=False)
class Claims:
    """What is claimed, in units of money.

    Attributes:
        top: Whole numbers, int64 or Python ints; claims are `top / bottom`.
        bottom: The same for all, positive.
    """

    top: NDArray[Any]
    bottom: int


def claims_of(rows: int, parts: Sequence[tuple[NDArray[Any], Fraction]], further: Sequence[Fraction]) -> Claims:
    """What each row claims out of several parts, and after the rows what is claimed besides.

    Args:
        rows: How many rows.
        parts: Of each part the number of each row, and what one is worth.
        further: Further claims.
    """
    bottom = lcm(*(worth.denominator for _, worth in parts), *(claim.denominator for claim in further))
    total: NDArray[Any] = np.zeros(rows, dtype=np.int64)
    for numbers, worth in parts:
        total = _wide.add(total, _times(numbers, int(worth * bottom)))
    tops = np.array([int(claim * bottom) for claim in further], dtype=object)
    narrow = largest(tops) <= INT64_MAX and total.dtype != object and bottom <= INT64_MAX
    dtype = np.int64 if narrow else object
    return Claims(top=np.concatenate([total.astype(dtype), tops.astype(dtype)]), bottom=bottom)


def whole_units(claims: Claims, *, give_out: bool) -> NDArray[np.int64]:
    """Whole units for each claim, cut down; `give_out` gives those that their sum lacks to the largest remainders.

    Ties go to the claim that stands first.

    Raises:
        InputError: A claim leaves int64.
    """
    units = claims.top // claims.bottom
    if largest(units) >= INT64_MAX:
        what = "a share of a pool leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="make the fund smaller")])
    if give_out and len(units):
        remainder = claims.top - units * claims.bottom
        lacking = int(sum(remainder.tolist())) // claims.bottom
        units[np.argsort(-remainder, kind="stable")[:lacking]] += 1
    return units.astype(np.int64)


def _times(numbers: NDArray[Any], factor: int) -> NDArray[Any]:
    if numbers.dtype != object and largest(numbers) * abs(factor) <= INT64_MAX and abs(factor) <= INT64_MAX:
        return numbers * np.int64(factor)
    return numbers.astype(object) * factor
