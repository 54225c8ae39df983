"""Rounding and splitting of arrays, against the scalar rules of `domain.exact`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.rounding import allocate, divide, remainder_limits, round_scaled
from mlmcore.domain import exact
from mlmcore.domain.exact import RoundingMode

INT64_MAX = 2**63 - 1
MODES = st.sampled_from(list(RoundingMode))
SMALL = st.integers(-60, 60)
ANY = st.integers(-INT64_MAX, INT64_MAX)


class TestDivide:
    @given(pairs=st.lists(st.tuples(SMALL | ANY, (SMALL | ANY).filter(bool)), min_size=1), mode=MODES)
    def test_equals_the_scalar_rule(self, pairs: list[tuple[int, int]], mode: RoundingMode) -> None:
        """Each quotient is rounded as `domain.exact.divide` rounds it."""
        top, bottom = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))

        found = divide(top, bottom, mode)

        assert found.tolist() == [exact.divide(one, other, mode) for one, other in pairs]

    @given(tops=st.lists(st.integers(-(10**25), 10**25), min_size=1), mode=MODES)
    def test_takes_python_ints_beyond_int64(self, tops: list[int], mode: RoundingMode) -> None:
        """Wide numerators are exact as long as the quotient fits."""
        found = divide(np.array(tops, dtype=object), 10**9, mode)

        assert found.tolist() == [exact.divide(top, 10**9, mode) for top in tops]

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            (RoundingMode.HALF_EVEN, [-2, -2, 0, 0, 2, 2]),
            (RoundingMode.HALF_UP, [-3, -2, -1, 1, 2, 3]),
            (RoundingMode.HALF_DOWN, [-2, -1, 0, 0, 1, 2]),
            (RoundingMode.UP, [-3, -2, -1, 1, 2, 3]),
            (RoundingMode.DOWN, [-2, -1, 0, 0, 1, 2]),
            (RoundingMode.FLOOR, [-3, -2, -1, 0, 1, 2]),
            (RoundingMode.CEILING, [-2, -1, 0, 1, 2, 3]),
        ],
    )
    def test_halves_go_where_the_mode_says(self, mode: RoundingMode, expected: list[int]) -> None:
        """-2.5, -1.5, -0.5, 0.5, 1.5 and 2.5 in each mode."""
        assert divide(np.array([-5, -3, -1, 1, 3, 5]), 2, mode).tolist() == expected

    def test_refuses_a_quotient_beyond_int64(self) -> None:
        """What doesn't fit is refused, not wrapped around."""
        with pytest.raises(OverflowError, match=r"^a quotient leaves the range of int64$"):
            divide(np.array([10**19], dtype=object), 1, RoundingMode.FLOOR)

    def test_refuses_a_denominator_of_zero(self) -> None:
        """There is no quotient by zero."""
        with pytest.raises(ZeroDivisionError, match=r"^a denominator is zero$"):
            divide(np.array([1, 2]), np.array([1, 0]), RoundingMode.FLOOR)


class TestRoundScaled:
    def test_drops_places_by_the_mode(self) -> None:
        """12.345 and -12.345 at two places."""
        assert round_scaled(np.array([12345, -12345]), 3, 2, RoundingMode.HALF_UP).tolist() == [1235, -1235]

    def test_adds_places_exactly(self) -> None:
        """12.3 at three places is 12.300."""
        assert round_scaled(np.array([123]), 1, 3, RoundingMode.FLOOR).tolist() == [12300]

    def test_refuses_what_leaves_int64(self) -> None:
        """More places may not fit, which is refused before it is computed."""
        with pytest.raises(OverflowError, match=r"^a value leaves the range of int64 at 12 decimal places$"):
            round_scaled(np.array([10**10]), 0, 12, RoundingMode.FLOOR)


def _allocated(parts: list[tuple[int, int]], divisor: int, mode: RoundingMode) -> list[int]:
    """Split by the words: cut each part down, give what its group lacks to the largest remainders, first come first."""
    result = [part // divisor for _, part in parts]
    for group in {group for group, _ in parts}:
        members = [index for index, (other, _) in enumerate(parts) if other == group]
        total = exact.divide(sum(parts[index][1] for index in members), divisor, mode)
        missing = total - sum(result[index] for index in members)
        for index in sorted(members, key=lambda one: -(parts[one][1] % divisor))[:missing]:
            result[index] += 1
    return result


class TestAllocate:
    @given(
        parts=st.lists(st.tuples(st.integers(0, 3), st.integers(-500, 500)), min_size=1, max_size=12),
        divisor=st.sampled_from([1, 3, 10, 100]),
        mode=MODES,
    )
    def test_equals_the_twin(self, parts: list[tuple[int, int]], divisor: int, mode: RoundingMode) -> None:
        """Largest remainder per group, ties to the part that stands first."""
        groups, values = (np.array(column, dtype=np.int64) for column in zip(*parts, strict=True))

        found = allocate(values, groups, divisor, mode)

        assert found.tolist() == _allocated(parts, divisor, mode)

    def test_ties_go_to_the_first(self) -> None:
        """Three equal thirds of one cent: the first gets it."""
        found = allocate(np.array([33, 33, 33]), np.array([7, 7, 7]), 100, RoundingMode.HALF_EVEN)

        assert found.tolist() == [1, 0, 0]

    def test_nothing_is_split_into_nothing(self) -> None:
        """No parts, no units."""
        assert len(allocate(np.zeros(0, np.int64), np.zeros(0, np.int64), 100, RoundingMode.UP)) == 0

    def test_refuses_a_sum_that_leaves_int64(self) -> None:
        """Of one group; what everybody has together may be more."""
        with pytest.raises(OverflowError, match=r"^a sum leaves the range of int64$"):
            allocate(np.array([2**62, 2**62]), np.array([0, 0]), 100, RoundingMode.FLOOR)

        found = allocate(np.array([2**62 + 3, 2**62, 2**62]), np.array([0, 1, 2]), 2, RoundingMode.CEILING)

        assert found.tolist() == [2**61 + 2, 2**61, 2**61]


class TestRemainderLimits:
    """`remainder_limits(divisor, mode)`."""

    @given(st.integers(-50, 50), st.integers(1, 12), st.sampled_from(RoundingMode))
    def test_a_cut_quotient_is_raised_above_the_limit(self, number: int, divisor: int, mode: RoundingMode) -> None:
        """As every mode rounds."""
        cut, remainder = divmod(number, divisor)
        limit = remainder_limits(divisor, mode)[2 * (number < 0) + cut % 2]

        assert cut + int(remainder > limit) == exact.divide(number, divisor, mode)
