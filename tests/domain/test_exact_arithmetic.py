"""Division, rounding and sharing out: tables first, then the twin, then any numbers."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import inf, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlmcore.domain.exact import (
    RoundingMode,
    allocate,
    divide,
    exact_sum,
    from_units,
    round_to,
    to_fraction,
    to_units,
)
from reference import exact as twin

MODES = st.sampled_from(RoundingMode)
WHOLE = st.integers(-(10**20), 10**20)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**18), max_value=10**18)
WEIGHTS = st.lists(
    st.one_of(st.integers(0, 1000), st.fractions(min_value=0, max_value=10, max_denominator=97)),
    min_size=1,
    max_size=12,
)


class TestDivide:
    """Each mode by a table of halves and thirds, on both sides of zero."""

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            #                          -7/2 -5/2 -5/3 -4/3 -4/2  4/2  4/3  5/3  5/2  7/2
            (RoundingMode.HALF_EVEN, (-4, -2, -2, -1, -2, 2, 1, 2, 2, 4)),
            (RoundingMode.HALF_UP, (-4, -3, -2, -1, -2, 2, 1, 2, 3, 4)),
            (RoundingMode.HALF_DOWN, (-3, -2, -2, -1, -2, 2, 1, 2, 2, 3)),
            (RoundingMode.UP, (-4, -3, -2, -2, -2, 2, 2, 2, 3, 4)),
            (RoundingMode.DOWN, (-3, -2, -1, -1, -2, 2, 1, 1, 2, 3)),
            (RoundingMode.FLOOR, (-4, -3, -2, -2, -2, 2, 1, 1, 2, 3)),
            (RoundingMode.CEILING, (-3, -2, -1, -1, -2, 2, 2, 2, 3, 4)),
        ],
    )
    def test_each_mode_on_halves_and_thirds(self, mode: RoundingMode, expected: tuple[int, ...]) -> None:
        """half_up takes a half away from zero, up and down go away from and toward zero."""
        quotients = [(-7, 2), (-5, 2), (-5, 3), (-4, 3), (-4, 2), (4, 2), (4, 3), (5, 3), (5, 2), (7, 2)]

        assert tuple(divide(above, below, mode) for above, below in quotients) == expected

    def test_a_half_below_zero_knows_its_sign(self) -> None:
        """-1/2 is cut to -1, so up and half_up give -1, down and half_down 0."""
        found = {mode.value: divide(-1, 2, mode) for mode in RoundingMode}

        assert found == {
            "half_even": 0,
            "half_up": -1,
            "half_down": 0,
            "up": -1,
            "down": 0,
            "floor": -1,
            "ceiling": 0,
        }

    @given(WHOLE, WHOLE, MODES)
    def test_equals_the_twin(self, numerator: int, denominator: int, mode: RoundingMode) -> None:
        """For any numbers, also where the denominator is negative."""
        assume(denominator)

        assert divide(numerator, denominator, mode) == twin.divide(numerator, denominator, mode)

    @given(st.integers(-50, 50), st.integers(-12, 12), MODES)
    def test_equals_the_twin_where_halves_are_common(
        self, numerator: int, denominator: int, mode: RoundingMode
    ) -> None:
        """Small numbers hit the halves that large ones miss."""
        assume(denominator)

        assert divide(numerator, denominator, mode) == twin.divide(numerator, denominator, mode)

    def test_by_zero_is_an_error(self) -> None:
        """Nothing is guessed."""
        with pytest.raises(ZeroDivisionError):
            divide(1, 0, RoundingMode.FLOOR)


class TestRoundTo:
    """Rounding keeps all places, and is exact whatever the host's decimal context."""

    def test_keeps_trailing_zeros(self) -> None:
        """Two places are two places."""
        assert str(round_to(3, 2, RoundingMode.HALF_EVEN)) == "3.00"

    def test_ignores_the_hosts_precision(self) -> None:
        """A host that works with six digits still gets all of them."""
        with localcontext(prec=6):
            rounded = round_to(Decimal("1234567890123.455"), 2, RoundingMode.HALF_UP)

        assert str(rounded) == "1234567890123.46"

    @given(DECIMALS, st.integers(0, 8), MODES)
    def test_equals_the_twin(self, value: Decimal, places: int, mode: RoundingMode) -> None:
        """The units of the last place are the twin's quotient."""
        exact = Fraction(value) * 10**places

        assert to_units(round_to(value, places, mode), places) == twin.divide(exact.numerator, exact.denominator, mode)

    def test_refuses_a_float(self) -> None:
        """A float is not exact."""
        with pytest.raises(TypeError) as caught:
            round_to(0.5, 2, RoundingMode.UP)  # type: ignore[arg-type]  # the point of the test

        assert str(caught.value) == "0.5 is a float; give an exact number: a Decimal, a Fraction or an int"

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN")])
    def test_refuses_what_is_no_number(self, value: Decimal) -> None:
        """NaN and infinities have no units."""
        with pytest.raises(ValueError, match=r"is not a finite number$"):
            round_to(value, 2, RoundingMode.UP)

    def test_refuses_negative_places(self) -> None:
        """Rounding to hundreds is not offered."""
        with pytest.raises(ValueError, match=r"^decimal places are 0 or more, not -2$"):
            round_to(1234, -2, RoundingMode.UP)


class TestAllocate:
    """Largest remainder: parts sum to the total, ties go to the first."""

    @pytest.mark.parametrize(
        ("total", "weights", "expected"),
        [
            (100, [1, 1, 1], [34, 33, 33]),
            (101, [1, 1, 1], [34, 34, 33]),
            (100, [1, 0, 2], [33, 0, 67]),
            (10, [Fraction(1, 3), Fraction(2, 3)], [3, 7]),
            (1, [0, 5, 5], [0, 1, 0]),
            (0, [0, 0], [0, 0]),
            (0, [], []),
            (-100, [1, 1, 1], [-33, -33, -34]),
            (-1, [1, 1], [0, -1]),
        ],
    )
    def test_worked_examples(self, total: int, weights: Sequence[int | Fraction], expected: list[int]) -> None:
        """Also for negative totals, where the cut is toward minus infinity all the same."""
        assert allocate(total, weights) == expected

    @given(st.integers(-(10**12), 10**12), WEIGHTS)
    def test_equals_the_twin(self, total: int, weights: list[int | Fraction]) -> None:
        """The one at a time twin hands out the same units."""
        assume(any(weights))

        assert allocate(total, weights) == twin.allocate(total, weights)

    @given(st.integers(-(10**12), 10**12), WEIGHTS)
    def test_the_parts_sum_to_the_total_and_none_is_off_by_a_unit(
        self, total: int, weights: list[int | Fraction]
    ) -> None:
        """What the twin could get wrong too."""
        assume(any(weights))

        parts = allocate(total, weights)

        assert sum(parts) == total
        whole = sum(map(Fraction, weights), Fraction(0))
        shares = [total * Fraction(weight) / whole for weight in weights]
        assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))

    @pytest.mark.parametrize(
        ("total", "weights", "message"),
        [
            (1, [0, 0], "1 cannot be split over weights that are all zero"),
            (1, [], "1 cannot be split over weights that are all zero"),
            (1, [2, -1], "weights must not be negative: 2, -1"),
        ],
    )
    def test_refuses_weights_that_mean_nothing(self, total: int, weights: list[int], message: str) -> None:
        """Nothing is lost in silence."""
        with pytest.raises(ValueError, match=f"^{message}$"):
            allocate(total, weights)

    def test_refuses_float_weights(self) -> None:
        """A float is not exact."""
        with pytest.raises(TypeError) as caught:
            allocate(1, [0.5, 0.5])  # type: ignore[list-item]  # the point of the test

        assert str(caught.value) == "0.5 is a float; give an exact number: a Decimal, a Fraction or an int"


class TestUnits:
    """Decimals to whole units and back."""

    @given(st.integers(-(10**40), 10**40), st.integers(0, 20))
    def test_there_and_back(self, units: int, places: int) -> None:
        """From units and to units are inverse, also under a host's small precision."""
        with localcontext(prec=3):
            assert to_units(from_units(units, places), places) == units

    def test_what_does_not_fit_is_refused(self) -> None:
        """Nothing is rounded."""
        with pytest.raises(ValueError, match=r"^0\.125 has more than 2 decimal places$"):
            to_units(Decimal("0.125"), 2)

    @given(st.lists(DECIMALS))
    def test_a_sum_is_exact(self, values: list[Decimal]) -> None:
        """Whatever the host's context."""
        with localcontext(prec=3):
            total = exact_sum(values)

        assert Fraction(total) == sum(map(Fraction, values), Fraction(0))

    def test_an_empty_sum_is_zero(self) -> None:
        """Without places."""
        assert str(exact_sum([])) == "0"

    def test_a_sum_keeps_the_finest_places(self) -> None:
        """Also beside numbers that are written with an exponent."""
        assert str(exact_sum([Decimal("1E+2"), Decimal("0.50")])) == "100.50"

    @pytest.mark.parametrize("value", [True, 0.5, inf, nan, "1", None])
    def test_only_exact_numbers_are_fractions(self, value: object) -> None:
        """No float, no boolean, no text."""
        with pytest.raises(TypeError, match=r"give an exact number: a Decimal, a Fraction or an int$"):
            to_fraction(value)  # type: ignore[arg-type]  # the point of the test
