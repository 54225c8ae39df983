"""Rates that fade from level to level: the rate times the factor to the power of the levels above the first, rounded.

The power is exact and rounded once, in the plan's mode, to the places that the plan says; since it would otherwise have
more decimal places on each level. Where it has come to nothing the levels end.
"""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, scaled_integer
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.domain.decimals import places_of
from mlmcore.domain.exact import RoundingMode, divide

__all__ = ["decayed", "last_level_of_decay", "last_step"]


def decayed(bonus: LevelsBonus, mode: RoundingMode, rate: Column, level: NDArray[np.int32]) -> Column:
    """Rates of the first level as those of the levels at hand.

    Args:
        bonus: The bonus.
        mode: The plan's rounding mode.
        rate: What the plan's formula gives.
        level: int32: of each rate.
    """
    assert bonus.decay is not None  # noqa: S101  (asked where there is one)
    steps = np.minimum(level.astype(np.int64) - bonus.first_level, last_step(bonus, rate.max_abs, rate.places))
    rates, which = np.unique(rate.values, return_inverse=True)
    width = int(steps.max(initial=0)) + 1
    codes, code = np.unique(which.reshape(-1) * width + steps, return_inverse=True)
    distinct = zip(rates[codes // width].tolist(), (codes % width).tolist(), strict=True)
    found = [_faded(bonus, mode, value, rate.places, step) for value, step in distinct]
    values = np.array(found, dtype=np.int64)[code.reshape(-1)]
    return Column.scaled(values, bonus.decay.places, absent=rate.absent)


def last_level_of_decay(bonus: LevelsBonus, mode: RoundingMode) -> int | None:
    """The last level on which rates have not come to nothing.

    None where a rate is a formula, or where the plan rounds away from zero, so that something is always left.
    """
    rates = [rate for rate in (bonus.rate, bonus.face_rate) if rate is not None]
    lasts = [_last_level(bonus, mode, rate.constant) for rate in rates]
    return None if None in lasts else max(last for last in lasts if last is not None)


def _last_level(bonus: LevelsBonus, mode: RoundingMode, rate: object) -> int | None:
    if not isinstance(rate, Decimal):
        return None
    places = places_of(rate)
    value = scaled_integer(rate, places)
    step = last_step(bonus, abs(value), places)
    if _faded(bonus, mode, value, places, step):
        return None
    while step >= 0 and not _faded(bonus, mode, value, places, step):
        step -= 1
    return bonus.first_level + step


def _faded(bonus: LevelsBonus, mode: RoundingMode, value: int, places: int, step: int) -> int:
    """A rate after so many steps, as a whole number of the places that the plan says."""
    assert bonus.decay is not None  # noqa: S101  (as above)
    top, bottom = _factor(bonus)
    return divide(value * top**step * 10**bonus.decay.places, bottom**step * 10**places, mode)


def last_step(bonus: LevelsBonus, value: int, places: int) -> int:
    """After how many steps less than half a unit is left of a rate, so that all further ones round alike."""
    assert bonus.decay is not None  # noqa: S101  (as above)
    factor_top, factor_bottom = _factor(bonus)
    top, bottom, step = 2 * value * 10**bonus.decay.places, 10**places, 0
    while top >= bottom:
        top, bottom, step = top * factor_top, bottom * factor_bottom, step + 1
    return step


def _factor(bonus: LevelsBonus) -> tuple[int, int]:
    assert bonus.decay is not None  # noqa: S101  (as above)
    factor = bonus.decay.factor.constant
    assert isinstance(factor, Decimal)  # noqa: S101  (the loader requires a number)
    places = places_of(factor)
    return scaled_integer(factor, places), 10**places
