"""Functions that plans of tests bring along, right ones and wrong ones."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

ASKED: list[tuple[object, ...]] = []
RATE = Decimal("0.5")


def third(x: Decimal) -> Fraction:
    """A third of a number, which no decimal is."""
    ASKED.append((x,))
    return Fraction(x) / 3


def spread(numbers: Sequence[Decimal], rows: Sequence[tuple[Decimal, Decimal]], least: Decimal = Decimal(0)) -> Decimal:
    """The largest less the smallest, but `least`, and the thresholds of a table."""
    return max(max(numbers) - min(numbers), least) + sum((row[0] for row in rows), Decimal(0))


def highest(first: Decimal, *others: Decimal) -> Decimal:
    """The largest of any number of numbers."""
    return max(first, *others)


def inexact(_: Decimal) -> float:
    """What no plan may use."""
    return 0.1


def failing(_: Decimal) -> int:
    """A function that fails."""
    raise ValueError("no such month")
