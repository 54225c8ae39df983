"""Money: a whole number of minor units of one currency.

Arithmetic is exact; multiplying by a rate rounds once, in a named mode. Two currencies never mix.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Self

from attrs import Attribute, field, frozen

from mlmcore.domain.decimals import as_decimal, places_of
from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import RoundingMode, allocate, divide, from_units, to_fraction, to_units

__all__ = ["Money", "currency_places"]


@cache
def currency_places(currency: str) -> int:
    """Decimal places of a currency, from ISO 4217.

    >>> currency_places("USD"), currency_places("JPY"), currency_places("KWD")
    (2, 0, 3)

    Raises:
        InputError: No such currency, or one without minor units in the standard (gold, test codes).
    """
    from iso4217 import Currency  # noqa: PLC0415  (50 ms that `import mlmcore.domain` shouldn't pay)

    try:
        exponent = Currency(currency).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        what = f"{currency!r} is not a currency of ISO 4217"
        raise InputError.of(what, "write its three capital letters, such as USD", code="input.currency")
    return int(exponent)


@frozen(order=False)
class Money:
    """An amount of one currency.

    >>> Money.of("12.34", "USD") + Money.of("0.66", "USD")
    Money.of('13.00', 'USD')

    Attributes:
        minor: Whole minor units: cents for USD, yen for JPY.
        currency: Three capital letters of ISO 4217.
    """

    minor: int = field()
    currency: str = field()

    @minor.validator
    def _check_minor(self, attribute: "Attribute[int]", value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{attribute.name} must be a whole number of minor units, not {value!r}")

    @currency.validator
    def _check_currency(self, attribute: "Attribute[str]", value: str) -> None:
        currency_places(value)

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str) -> Self:
        """Money from an amount in major units.

        Raises:
            TypeError: The amount is a float.
            InputError: It is finer than the currency, not a decimal, or the currency is unknown.
        """
        places = currency_places(currency)
        exact = as_decimal(amount)
        if places_of(exact) > places:
            what = f"{exact:f} {currency} is finer than {currency}, whose smallest unit is {from_units(1, places)}"
            raise InputError.of(what, "round it before it comes here", code="input.decimal")
        return cls(to_units(exact, places), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency."""
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all decimal places of the currency."""
        return from_units(self.minor, currency_places(self.currency))

    def times(self, rate: Decimal | Fraction | int, mode: RoundingMode) -> "Money":
        """This amount times an exact rate, rounded once to minor units.

        Raises:
            TypeError: The rate is a float.
        """
        exact = to_fraction(rate) * self.minor
        return Money(divide(exact.numerator, exact.denominator, mode), self.currency)

    def allocate(self, weights: Sequence[int | Fraction]) -> "list[Money]":
        """Split by largest remainder; the parts sum to the whole. See `exact.allocate`."""
        return [Money(part, self.currency) for part in allocate(self.minor, weights)]

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> "Money":
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError(f"money times {count!r} needs a rounding mode; use Money.times")
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __bool__(self) -> bool:
        return bool(self.minor)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money.of('{self.amount}', '{self.currency}')"

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money and {type(other).__name__} do not mix: {self} and {other!r}")
        if other.currency != self.currency:
            raise InputError.of(f"two currencies do not mix: {self} and {other}", code="input.currency")
        return other.minor
