"""Division and rounding of exact numbers: the only place where a scalar is divided or rounded.

Everything is integers and fractions; no float appears, and no arithmetic of `decimal`, because that rounds to the
precision of a context that belongs to the host. `compensation/rounding.py` does the same for arrays.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

__all__ = ["RoundingMode", "allocate", "divide", "exact_sum", "from_units", "round_to", "to_fraction", "to_units"]


class RoundingMode(StrEnum):
    """How a number between two units becomes one of them."""

    HALF_EVEN = "half_even"
    """To the nearer; a half to the even one."""
    HALF_UP = "half_up"
    """To the nearer; a half away from zero."""
    HALF_DOWN = "half_down"
    """To the nearer; a half toward zero."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Toward zero."""
    FLOOR = "floor"
    """Toward minus infinity."""
    CEILING = "ceiling"
    """Toward plus infinity."""


def divide(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """The quotient as a whole number.

    >>> divide(5, 2, RoundingMode.HALF_EVEN), divide(-5, 2, RoundingMode.HALF_UP), divide(-5, 2, RoundingMode.UP)
    (2, -3, -3)

    Raises:
        ZeroDivisionError: The denominator is zero.
    """
    quotient, remainder = divmod(numerator, denominator)  # cut toward minus infinity
    if not remainder:
        return quotient
    return quotient + _goes_up(quotient, 2 * abs(remainder) - abs(denominator), mode)


def round_to(value: Fraction | Decimal | int, places: int, mode: RoundingMode) -> Decimal:
    """A number with that many decimal places.

    >>> round_to(Fraction(2, 3), 2, RoundingMode.HALF_EVEN)
    Decimal('0.67')

    Args:
        value: Any exact number.
        places: Decimal places to keep, 0 or more.
        mode: What happens to the rest.

    Raises:
        TypeError: The value is a float.
        ValueError: The value is not finite, or `places` is negative.
    """
    exact = to_fraction(value) * _units_in_one(places)
    return from_units(divide(exact.numerator, exact.denominator, mode), places)


def allocate(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split a whole number in proportion to weights, by largest remainder; the parts sum to the total.

    Each exact share is cut toward minus infinity, also where it is negative, and the missing units go to the largest
    remainders, ties to the first. So a negative total is not split as the positive one with its sign changed.

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]
    >>> allocate(-100, [1, 1, 1])
    [-33, -33, -34]

    Raises:
        TypeError: A weight is neither an int nor a Fraction.
        ValueError: A weight is negative, or all are zero although there is something to split.
    """
    whole = _sum_of_weights(total, weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * Fraction(weight) / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    largest_first = sorted(range(len(shares)), key=lambda index: parts[index] - shares[index])
    for index in largest_first[: total - sum(parts)]:
        parts[index] += 1
    return parts


def to_fraction(value: Fraction | Decimal | int) -> Fraction:
    """An exact number as a fraction.

    Raises:
        TypeError: The value is a float, a boolean or something else.
        ValueError: The value is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, Fraction | Decimal | int):
        raise TypeError(f"{value!r} is a {type(value).__name__}; give an exact number: a Decimal, a Fraction or an int")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return Fraction(value)


def to_units(value: Decimal | int, places: int) -> int:
    """A finite decimal times 10 to the power of `places`, which must be a whole number.

    >>> to_units(Decimal("12.34"), 2)
    1234

    Raises:
        TypeError: The value is a float.
        ValueError: The value has more decimal places than that, or `places` is negative.
    """
    exact = to_fraction(value) * _units_in_one(places)
    if exact.denominator != 1:
        raise ValueError(f"{value} has more than {places} decimal places")
    return exact.numerator


def from_units(units: int, places: int) -> Decimal:
    """The decimal that so many units of the last of `places` decimal places make; the inverse of `to_units`.

    >>> from_units(-1230, 2)
    Decimal('-12.30')

    Raises:
        ValueError: `places` is negative.
    """
    _units_in_one(places)
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -places))


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """The sum of finite decimals, with as many decimal places as the finest of them.

    >>> exact_sum([Decimal("0.10"), Decimal(2)])
    Decimal('2.10')

    Raises:
        TypeError: A value is a float.
        ValueError: A value is not finite.
    """
    terms = [(to_fraction(value), value) for value in values]
    places = max((-int(value.as_tuple().exponent) for _, value in terms), default=0)
    places = max(0, places)
    return from_units(int(sum(exact for exact, _ in terms) * _units_in_one(places)), places)


def _units_in_one(places: int) -> int:
    if places < 0:
        raise ValueError(f"decimal places are 0 or more, not {places}")
    return int(10**places)


def _sum_of_weights(total: int, weights: Sequence[int | Fraction]) -> Fraction:
    whole = sum(map(to_fraction, weights), Fraction(0))
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights must not be negative: {', '.join(map(str, weights))}")
    if total and not whole:
        raise ValueError(f"{total} cannot be split over weights that are all zero")
    return whole


def _goes_up(quotient: int, beyond_half: int, mode: RoundingMode) -> bool:
    """Whether a quotient that was cut toward minus infinity goes one up.

    Args:
        quotient: As cut; it has a remainder.
        beyond_half: Has the sign of the remainder minus a half.
        mode: How to round.
    """
    away_from_zero = quotient >= 0
    return {
        RoundingMode.FLOOR: False,
        RoundingMode.CEILING: True,
        RoundingMode.UP: away_from_zero,
        RoundingMode.DOWN: not away_from_zero,
        RoundingMode.HALF_EVEN: beyond_half > 0 or (not beyond_half and quotient % 2 == 1),
        RoundingMode.HALF_UP: beyond_half > 0 or (not beyond_half and away_from_zero),
        RoundingMode.HALF_DOWN: beyond_half > 0 or (not beyond_half and not away_from_zero),
    }[mode]
