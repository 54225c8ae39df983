"""Amounts at a rate that is an unrounded division: kept to `RATIO_PLACES`, and rounded on as the whole fractions would.

An amount alone is cut by `cut_inexact`. Amounts that are added up before they are rounded (a line of several, a payee's
total, what a walk takes of its budget) are cut together: their sum is what the exact sum would be cut to, since three
thirds are one, and three thirds that were cut before are less.
"""

from fractions import Fraction
from math import floor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import ACCOUNTS, Found
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.expressions.evaluate import FractionColumn
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.compensation.rounding import INT64_MAX, RATIO_PLACES, cut_inexact, divide, largest, places_by_remainder
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.exact import RoundingMode

__all__ = ["added_up", "cut_together", "ratio_amounts", "shown_rates"]

Ints64 = NDArray[np.int64]
Group = NDArray[np.integer[Any]]

_PAID: Final = 0
_FINE: Final = 10**30  # a sum of fractions is bounded at so many parts of a unit before it is added up exactly


def ratio_amounts(base: Column, rate: FractionColumn, group: Group | None = None) -> Ints64:
    """Base times a rate that is an unrounded division, at `RATIO_PLACES`.

    Args:
        base: In money.
        rate: Of each row.
        group: Which rows are added up before they are rounded; None where each is rounded by itself.

    Raises:
        InputError: An amount leaves int64.
    """
    scale = np.full(len(base), 10**RATIO_PLACES, dtype=np.int64)
    top = _wide.multiply(_wide.multiply(base.values, rate.top), scale)
    bottom = _wide.multiply(rate.bottom, np.full(len(base), 10**base.places, dtype=np.int64))
    try:
        return cut_inexact(top, bottom) if group is None else cut_together(top, bottom, group)
    except OverflowError:
        raise _too_large() from None


def shown_rates(rate: FractionColumn) -> Column:
    """The rates as lines show them.

    Raises:
        InputError: One leaves int64.
    """
    try:
        shown = divide(_wide.scale(rate.top, 10**RATIO_PLACES), rate.bottom, RoundingMode.HALF_EVEN)
    except OverflowError:
        raise _too_large() from None
    return Column.scaled(shown, RATIO_PLACES)


def added_up(sheet: Sheet, bonus: LevelsBonus, found: Found, walk: Group) -> Group | None:
    """Which rows are added up before they are rounded; None where each is a line of its own.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        found: What it offers.
        walk: From which source each row comes.
    """
    paid = (found.reason == _PAID) & ~found.missed
    if bonus.budget is not None:
        keys: list[NDArray[Any]] = [walk]
    elif sheet.plan.rounding.at == "payee":
        keys = [found.payee]
    elif bonus.detail_or_default == "payee":
        keys = [found.payee, np.where(paid & (found.payee <= ACCOUNTS), -1, found.whose), found.reason]
    elif bonus.detail_or_default == "person":
        keys = [found.payee, found.whose, found.source, found.level, found.reason]
    else:
        return None
    _, group = np.unique(np.stack(keys, axis=1), axis=0, return_inverse=True)
    own = np.arange(len(found)) + len(found)
    together = paid if len(keys) == 1 else ~found.missed
    return np.where(together, group.reshape(-1), own)


def cut_together(top: NDArray[Any], bottom: NDArray[Any], group: Group) -> Ints64:
    """Divide to whole numbers whose sum by group rounds on to fewer places exactly as the exact sum would.

    Each quotient is cut toward minus infinity; the units that the sum then lacks go to the largest remainders, ties to
    the row that stands first. Whoever is alone in their group is cut by `cut_inexact`.

    Args:
        top: int64, or object holding Python ints.
        bottom: As the numerator; never zero.
        group: Which group each row belongs to; any integers, in any order.

    Raises:
        OverflowError: A quotient leaves int64.
    """
    amounts, whole = cut_inexact(top, bottom), divide(top, bottom, RoundingMode.FLOOR)
    _, code, size = np.unique(group, return_inverse=True, return_counts=True)
    code, inexact = code.reshape(-1), whole != divide(top, bottom, RoundingMode.CEILING)
    asked = (np.bincount(code[inexact], minlength=len(size)) > 0) & (size > 1)
    at_once = asked & _have_one_bottom(top, bottom, code, len(size))
    rows = np.flatnonzero(at_once[code])
    amounts[rows] = whole[rows] + _missing_units(top[rows], bottom[rows], whole[rows], code[rows], len(size))
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(size)
    for one in np.flatnonzero(asked & ~at_once).tolist():
        rows = order[ends[one] - size[one] : ends[one]]
        amounts[rows] = whole[rows]
        some = rows[inexact[rows]]
        rests = [Fraction(int(top[row]), int(bottom[row])) - int(whole[row]) for row in some.tolist()]
        missing = _missing(rests, sum(whole[rows].tolist()))
        best = sorted(range(len(rests)), key=lambda at: -rests[at])
        amounts[some[best[:missing]]] += 1
    return amounts


def _have_one_bottom(top: NDArray[Any], bottom: NDArray[Any], code: NDArray[np.intp], groups: int) -> NDArray[np.bool_]:
    """bool[groups]: whose rows are all divided by the same number, so that remainders are added as whole numbers."""
    if "O" in top.dtype.kind + bottom.dtype.kind or largest(bottom) * len(bottom) > INT64_MAX:
        return np.zeros(groups, dtype=np.bool_)
    of_group = np.zeros(groups, dtype=np.int64)
    of_group[code] = bottom
    differs = (bottom <= 0) | (bottom != of_group[code])
    return np.asarray(np.bincount(code[differs], minlength=groups) == 0)


def _missing_units(
    top: Ints64, bottom: Ints64, whole: Ints64, code: NDArray[np.intp], groups: int
) -> NDArray[np.bool_]:
    """Which rows get one of the units that the sum of their group lacks; all rows of a group have one bottom."""
    remainder = top - whole * bottom
    rests, last_digit, bottoms = (np.zeros(groups, dtype=np.int64) for _ in range(3))
    np.add.at(rests, code, remainder)
    np.add.at(last_digit, code, whole % 5)
    bottoms[code] = bottom
    units, left = np.divmod(rests, np.maximum(bottoms, 1))
    missing = units + ((left > 0) & ((last_digit + units) % 5 == 0))
    found: NDArray[np.bool_] = places_by_remainder(remainder, code, groups) < missing[code]
    return found


def _missing(rests: list[Fraction], cut: int) -> int:
    """How many units the sum lacks, where parts that were cut come to `cut` and have these remainders."""
    units, inexact = _added(rests)
    return units + (inexact and (cut + units) % 5 == 0)


def _added(rests: list[Fraction]) -> tuple[int, bool]:
    """The whole units in a sum of fractions, and whether there is more.

    Fractions of many different bottoms make an endless one, so they are added exactly only where bounds don't tell.
    """
    low = sum(rest.numerator * _FINE // rest.denominator for rest in rests)
    if (low - 1) // _FINE == (low + len(rests)) // _FINE:
        return low // _FINE, True
    total = sum(rests, Fraction(0))
    return floor(total), total.denominator != 1


def _too_large() -> InputError:
    what = f"an amount at a rate that is a division leaves the range of int64 at {RATIO_PLACES} decimal places"
    return InputError([Finding(code="plan.overflow", what=what, todo="put the rate inside round(..., places)")])
