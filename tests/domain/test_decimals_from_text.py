"""What is a decimal, what only looks like one, and what to write instead."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.decimals import as_decimal, parse_decimal, places_of
from mlmcore.domain.errors import InputError


def message(text: str, places: int | None = None) -> str:
    """What is said about a text that is no decimal."""
    with pytest.raises(InputError) as caught:
        parse_decimal(text, places)
    return str(caught.value)


class TestParseDecimal:
    """ASCII digits, at most one point between digits, perhaps a minus."""

    @pytest.mark.parametrize("text", ["0", "7", "007", "12.50", "-3", "-0.01", "1" * 40])
    def test_reads_digits_exactly(self, text: str) -> None:
        """Also leading zeros, and more digits than a context's 28."""
        assert str(parse_decimal(text)) in {text, text.lstrip("0")}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1e3", "'1e3' is not a decimal; write it out: 1000"),
            ("-2.5E-3", "'-2.5E-3' is not a decimal; write it out: -0.0025"),
            ("1e19", "'1e19' is not a decimal; write it out: 10000000000000000000"),
            ("1e20", "'1e20' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("1e99", "'1e99' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("NaN", "'NaN' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("Infinity", "'Infinity' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("1,000.00", "'1,000.00' is not a decimal; write it without separators: 1000.00"),
            ("1,000", "'1,000' is not a decimal; write 1000 or 1.000, whichever is meant"),
            ("-1,234,567", "'-1,234,567' is not a decimal; write it without separators: -1234567"),
            ("1,5", "'1,5' is not a decimal; write it with a point: 1.5"),
            ("$5", "'$5' is not a decimal; write digits with at most one point, such as 1000.50"),
            (" 5", "' 5' is not a decimal; remove the white space around it"),
            ("5\n", "'5\\n' is not a decimal; remove the white space around it"),
            ("1 000", "'1 000' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("1_000", "'1_000' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("+5", "'+5' is not a decimal; write it without the plus: 5"),
            (".5", "'.5' is not a decimal; write the zero: 0.5"),
            ("5.", "'5.' is not a decimal; write it without the point: 5"),
            ("1.2.3", "'1.2.3' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("", "'' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("-", "'-' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("٣", "'٣' is not a decimal; write digits with at most one point, such as 1000.50"),
            ("1" * 41, "a number of 41 characters; at most 40 are read"),
        ],
    )
    def test_says_what_to_write_instead(self, text: str, expected: str) -> None:
        """Nothing is guessed; a comma may be a point or a separator, so both are named."""
        assert message(text) == expected

    def test_refuses_a_tenth_of_a_cent(self) -> None:
        """More places than allowed are not rounded away."""
        assert message("0.001", 2) == "0.001 has 3 decimal places where 2 are allowed; round it before it comes here"

    def test_refuses_any_place_where_none_is_allowed(self) -> None:
        """Whole numbers are whole."""
        assert message("1.5", 0) == "1.5 has 1 decimal place where none are allowed; round it before it comes here"

    def test_trailing_zeros_are_no_places(self) -> None:
        """1.500 has one place."""
        assert parse_decimal("1.500", 1) == Decimal("1.5")

    def test_minus_zero_is_zero(self) -> None:
        """A sign without a number would show up in a statement."""
        assert str(parse_decimal("-0.00")) == "0.00"

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**20), max_value=10**20))
    def test_what_is_written_is_read(self, number: Decimal) -> None:
        """There and back, without loss."""
        assert parse_decimal(f"{number:f}") == number

    @given(st.text(max_size=12))
    def test_any_text_is_read_or_refused_in_words(self, text: str) -> None:
        """No other error ever comes out, and what is read has only ASCII digits."""
        try:
            number = parse_decimal(text)
        except InputError:
            return

        assert set(text) <= set("-.0123456789")
        assert number.is_finite()


class TestAsDecimal:
    """Exact numbers in, floats out."""

    @pytest.mark.parametrize(("value", "expected"), [(Decimal("1.5"), "1.5"), (7, "7"), ("0.10", "0.10")])
    def test_takes_decimals_integers_and_text(self, value: Decimal | int | str, expected: str) -> None:
        """All three are exact."""
        assert str(as_decimal(value, 2)) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (0.1, "0.1 is a float; write an exact number: a Decimal, an int or a text of digits"),
            (True, "True is a bool; write an exact number: a Decimal, an int or a text of digits"),
            (None, "None is a NoneType; write an exact number: a Decimal, an int or a text of digits"),
        ],
    )
    def test_refuses_floats_and_booleans(self, value: object, expected: str) -> None:
        """A float has lost what was written."""
        with pytest.raises(TypeError) as caught:
            as_decimal(value)  # type: ignore[arg-type]  # the point of the test

        assert str(caught.value) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Decimal("NaN"), "NaN is not a finite number; write digits"),
            (Decimal("-Infinity"), "-Infinity is not a finite number; write digits"),
            (Decimal("1E+1000000"), "a number of more than 40 digits; at most 40 are read"),
            (Decimal("1E-1000000"), "a number of more than 40 digits; at most 40 are read"),
            (Decimal("0E+1000000"), "a number of more than 40 digits; at most 40 are read"),
        ],
    )
    def test_refuses_what_is_no_number_of_a_sane_size(self, value: Decimal, expected: str) -> None:
        """A million digits would stop the machine."""
        with pytest.raises(InputError) as caught:
            as_decimal(value)

        assert str(caught.value) == expected


class TestPlacesOf:
    """By the digits, not by the spelling."""

    @pytest.mark.parametrize(
        ("text", "expected"), [("0", 0), ("0.000", 0), ("1.50", 1), ("100", 0), ("1E+3", 0), ("1E-3", 3), ("-0.05", 2)]
    )
    def test_trailing_zeros_do_not_count(self, text: str, expected: int) -> None:
        """Wherever they stand."""
        assert places_of(Decimal(text)) == expected

    def test_ignores_the_hosts_precision(self) -> None:
        """A context of six digits would hide the places of a large amount."""
        with localcontext(prec=6):
            places = places_of(Decimal("1234567.891"))

        assert places == 3
