"""Rates: exact, with at most eight places."""

from decimal import Decimal, localcontext

import pytest

from mlmcore.domain.errors import InputError
from mlmcore.domain.rates import Rate


class TestRate:
    """A decimal that a base is multiplied by."""

    @pytest.mark.parametrize(
        ("text", "percent"),
        [("0.05", "5%"), ("0.125", "12.5%"), ("1", "100%"), ("0", "0%"), ("-0.1", "-10%"), ("0.00000001", "0.000001%")],
    )
    def test_shows_as_a_percentage(self, text: str, percent: str) -> None:
        """Without trailing zeros, and without losing one that counts."""
        assert Rate.of(text).percent_text() == percent

    def test_shows_as_a_number(self) -> None:
        """100 keeps its zeros."""
        assert [str(Rate.of(text)) for text in ("0.0500", "100")] == ["0.05", "100"]

    def test_ignores_the_hosts_precision(self) -> None:
        """Three digits would make 12.346 of it."""
        with localcontext(prec=3):
            shown = Rate.of("0.12345678").percent_text()

        assert shown == "12.345678%"

    def test_equal_rates_are_equal_however_written(self) -> None:
        """And sort."""
        assert Rate.of("0.050") == Rate.of(Decimal("0.05")) < Rate.of("0.06")

    def test_a_ninth_place_is_refused(self) -> None:
        """The database could not hold it."""
        with pytest.raises(InputError) as caught:
            Rate.of("0.000000001")

        assert str(caught.value) == (
            "0.000000001 has 9 decimal places where 8 are allowed; round it before it comes here"
        )

    def test_a_float_is_refused(self) -> None:
        """0.05 as a float is a little more."""
        with pytest.raises(TypeError) as caught:
            Rate.of(0.05)  # type: ignore[arg-type]  # the point of the test

        assert str(caught.value) == "0.05 is a float; write an exact number: a Decimal, an int or a text of digits"
