"""Money: exact, of one currency, and never a float."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import RoundingMode
from mlmcore.domain.money import Money, currency_places

MINOR = st.integers(-(10**15), 10**15)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


class TestCurrencies:
    """Decimal places come from ISO 4217."""

    @pytest.mark.parametrize(
        ("code", "places"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4)]
    )
    def test_places_are_the_standards(self, code: str, places: int) -> None:
        """Not everything has cents."""
        assert currency_places(code) == places

    @pytest.mark.parametrize("code", ["usd", "US", "USDX", "", " USD", "840", "XAU", "XXX", "Dollar"])
    def test_anything_else_is_refused(self, code: str) -> None:
        """Also gold and the code for no currency, which have no smallest unit."""
        with pytest.raises(InputError) as caught:
            currency_places(code)

        assert str(caught.value) == (
            f"{code!r} is not a currency of ISO 4217; write its three capital letters, such as USD"
        )


class TestMaking:
    """From text, decimals and integers."""

    def test_minor_units_follow_the_currency(self) -> None:
        """12 yen are 12 units, 12 dollars 1200."""
        made = [Money.of(12, code).minor for code in ("JPY", "USD", "KWD")]

        assert made == [12, 1200, 12000]

    def test_a_tenth_of_a_cent_is_refused(self) -> None:
        """It is not rounded, and the message knows the currency."""
        with pytest.raises(InputError) as caught:
            usd("0.001")

        assert str(caught.value) == (
            "0.001 USD is finer than USD, whose smallest unit is 0.01; round it before it comes here"
        )

    def test_a_tenth_of_a_yen_is_refused(self) -> None:
        """Yen have no places at all."""
        with pytest.raises(InputError) as caught:
            Money.of("0.5", "JPY")

        assert str(caught.value) == "0.5 JPY is finer than JPY, whose smallest unit is 1; round it before it comes here"

    def test_a_float_is_refused(self) -> None:
        """0.1 is not a tenth."""
        with pytest.raises(TypeError) as caught:
            Money.of(0.1, "USD")  # type: ignore[arg-type]  # the point of the test

        assert str(caught.value) == "0.1 is a float; write an exact number: a Decimal, an int or a text of digits"

    def test_text_is_read_strictly(self) -> None:
        """As everywhere."""
        with pytest.raises(InputError) as caught:
            usd("1,000.00")

        assert str(caught.value) == "'1,000.00' is not a decimal; write it without separators: 1000.00"

    @pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1)])
    def test_minor_units_are_whole(self, minor: object) -> None:
        """An int and nothing like one."""
        with pytest.raises(TypeError, match=r"^minor must be a whole number of minor units, not "):
            Money(minor, "USD")  # type: ignore[arg-type]  # the point of the test

    def test_ignores_the_hosts_decimal_context(self) -> None:
        """A host that works with six digits pays all of them, and reads them."""
        with localcontext(prec=6):
            money = usd("1234567.89")
            shown = str(money)

        assert money.minor == 123456789
        assert shown == "1234567.89 USD"

    @given(MINOR, st.sampled_from(["USD", "JPY", "KWD"]))
    def test_amount_and_back(self, minor: int, currency: str) -> None:
        """Without loss."""
        money = Money(minor, currency)

        assert Money.of(money.amount, currency) == money


class TestArithmetic:
    """Exact, within one currency."""

    @given(MINOR, MINOR, st.integers(-1000, 1000))
    def test_follows_integers(self, first: int, second: int, count: int) -> None:
        """Sum, difference, multiples, sign and order are those of the minor units."""
        one, two = Money(first, "USD"), Money(second, "USD")

        assert (one + two).minor == first + second
        assert (one - two).minor == first - second
        assert (one * count) == (count * one) == Money(first * count, "USD")
        assert (-one).minor == -first
        assert abs(one).minor == abs(first)
        assert (one < two, one <= two, one > two, one >= two) == (
            first < second,
            first <= second,
            first > second,
            first >= second,
        )
        assert bool(one) == bool(first)

    def test_sums_start_from_zero_of_the_currency(self) -> None:
        """There is no zero without one."""
        assert sum([usd("1.10"), usd("2.20")], Money.zero("USD")) == usd("3.30")

    def test_two_currencies_do_not_mix(self) -> None:
        """Neither added nor compared."""
        with pytest.raises(InputError) as caught:
            usd("1.00") + Money.of(1, "JPY")

        assert str(caught.value) == "two currencies do not mix: 1.00 USD and 1 JPY"
        with pytest.raises(InputError):
            bool(usd("1.00") < Money.of(1, "JPY"))

    def test_one_amount_of_two_currencies_is_not_equal(self) -> None:
        """Equality asks, it does not refuse."""
        assert Money(100, "USD") != Money(100, "EUR")

    def test_money_and_numbers_do_not_mix(self) -> None:
        """A bare number has no currency."""
        with pytest.raises(TypeError, match=r"^money and int do not mix: 1\.00 USD and 1$"):
            usd("1.00") + 1  # type: ignore[operator]  # the point of the test

    @pytest.mark.parametrize("factor", [0.5, Decimal("0.5"), True])
    def test_only_whole_numbers_multiply(self, factor: object) -> None:
        """A rate rounds, so it goes through `times` with a mode."""
        with pytest.raises(TypeError):
            usd("1.00") * factor  # type: ignore[operator]  # the point of the test

    def test_equal_money_has_equal_hashes(self) -> None:
        """So that it can be counted in a set."""
        assert len({usd("1.00"), usd("1"), Money(100, "USD")}) == 1

    def test_reads_as_people_write_it(self) -> None:
        """And as Python makes it again."""
        money = usd("-12.3")

        assert (str(money), repr(money)) == ("-12.30 USD", "Money.of('-12.30', 'USD')")


class TestRates:
    """Times a rate, rounded once."""

    def test_rounds_in_the_named_mode(self) -> None:
        """0.05 x 0.10 is half a cent."""
        half_cent = [
            usd("0.10").times(Decimal("0.05"), mode).minor for mode in (RoundingMode.HALF_UP, RoundingMode.DOWN)
        ]

        assert half_cent == [1, 0]

    def test_takes_fractions(self) -> None:
        """A third is a third."""
        assert usd("1.00").times(Fraction(1, 3), RoundingMode.HALF_EVEN) == usd("0.33")

    def test_refuses_a_float(self) -> None:
        """0.07 as a float is a little more."""
        with pytest.raises(TypeError) as caught:
            usd("1.00").times(0.07, RoundingMode.UP)  # type: ignore[arg-type]  # the point of the test

        assert str(caught.value) == "0.07 is a float; give an exact number: a Decimal, a Fraction or an int"


class TestAllocation:
    """Shares of money."""

    @given(MINOR, st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any))
    def test_parts_sum_to_the_whole(self, minor: int, weights: list[int]) -> None:
        """To the cent."""
        whole = Money(minor, "USD")

        assert sum(whole.allocate(weights), Money.zero("USD")) == whole
