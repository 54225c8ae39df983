"""Rates: exact decimals that a base is multiplied by."""

from decimal import Decimal
from typing import Self

from attrs import field, frozen

from mlmcore.domain.decimals import as_decimal, shortest
from mlmcore.domain.exact import from_units, to_units

__all__ = ["RATE_PLACES", "Rate"]

RATE_PLACES = 8
"""Most decimal places of a rate; the database's rate columns hold as many."""


def _exact(value: Decimal | int | str) -> Decimal:
    return as_decimal(value, RATE_PLACES)


@frozen(order=True)
class Rate:
    """An exact rate; 0.05 is five percent.

    >>> Rate.of("0.125").percent_text()
    '12.5%'
    """

    value: Decimal = field(converter=_exact)

    @classmethod
    def of(cls, value: Decimal | int | str) -> Self:
        """A rate from an exact number.

        Raises:
            TypeError: The value is a float.
            InputError: It is no decimal, or has more than eight decimal places.
        """
        return cls(value)

    def percent_text(self) -> str:
        """As a percentage without trailing zeros, for people."""
        return f"{shortest(from_units(to_units(self.value, RATE_PLACES), RATE_PLACES - 2))}%"

    def __str__(self) -> str:
        return shortest(self.value)
