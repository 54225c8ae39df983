"""The obvious way to divide, round and share out exactly: by what the words mean, with fractions, case by case."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

from mlmcore.domain.exact import RoundingMode


def divide(numerator: int, denominator: int, mode: RoundingMode) -> int:
    """The whole number that a mode picks of the two around the quotient."""
    exact = Fraction(numerator, denominator)
    below, above = floor(exact), ceil(exact)
    toward_zero, away = (below, above) if exact > 0 else (above, below)
    directed = {
        RoundingMode.FLOOR: below,
        RoundingMode.CEILING: above,
        RoundingMode.DOWN: toward_zero,
        RoundingMode.UP: away,
    }
    if mode in directed:
        return directed[mode]
    if exact - below != above - exact:
        return below if exact - below < above - exact else above
    if mode is RoundingMode.HALF_EVEN:
        return below if below % 2 == 0 else above
    return away if mode is RoundingMode.HALF_UP else toward_zero


def allocate(total: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Cut every share down, then hand out the missing units one at a time to whoever lost most, the first of equals."""
    whole = sum(map(Fraction, weights), Fraction(0))
    shares = [Fraction(total) * Fraction(weight) / whole for weight in weights]
    parts = [floor(share) for share in shares]
    for _ in range(total - sum(parts)):
        lost = [share - part for share, part in zip(shares, parts, strict=True)]
        parts[lost.index(max(lost))] += 1
    return parts
