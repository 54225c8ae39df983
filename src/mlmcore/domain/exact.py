"""Division and rounding of exact numbers: the only place where a scalar is divided or rounded.

Everything is integers and fractions; no float appears. `compensation/rounding.py` does the same for arrays.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

__all__ = ["RoundingMode", "allocate", "divide", "round_to"]


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
        ValueError: The value is not finite.
    """
    exact = Fraction(value) * 10**places
    return Decimal(divide(exact.numerator, exact.denominator, mode)).scaleb(-places)


def allocate(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Split a whole number in proportion to weights, by largest remainder; the parts sum to the total.

    Each exact share is cut toward minus infinity, also where it is negative, and the missing units go to the largest
    remainders, ties to the first.

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]
    >>> allocate(-100, [1, 1, 1])
    [-33, -33, -34]

    Raises:
        ValueError: A weight is negative, or all are zero although there is something to split.
    """
    if any(weight < 0 for weight in weights):
        msg = f"weights must not be negative: {list(weights)}"
        raise ValueError(msg)
    whole = sum(weights, Fraction(0))
    if not whole:
        if total:
            msg = f"{total} cannot be split over weights that are all zero"
            raise ValueError(msg)
        return [0] * len(weights)
    shares = [Fraction(total) * weight / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    largest_first = sorted(range(len(shares)), key=lambda index: parts[index] - shares[index])
    for index in largest_first[: total - sum(parts)]:
        parts[index] += 1
    return parts


def _goes_up(quotient: int, beyond_half: int, mode: RoundingMode) -> bool:
    """Whether a quotient cut toward minus infinity goes one up.

    `beyond_half` has the sign of the remainder minus a half.
    """
    positive = quotient >= 0
    directed = {
        RoundingMode.FLOOR: False,
        RoundingMode.CEILING: True,
        RoundingMode.UP: positive,
        RoundingMode.DOWN: not positive,
    }
    if mode in directed:
        return directed[mode]
    if beyond_half:
        return beyond_half > 0
    halves = {RoundingMode.HALF_UP: positive, RoundingMode.HALF_DOWN: not positive}
    return halves.get(mode, quotient % 2 == 1)
