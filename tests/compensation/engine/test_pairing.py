"""Pairs of two legs: what each ratio takes of them, against pairing one after the other."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlmcore.compensation.bonuses._pairing import Pairing, paired
from reference.engine_binary import one_by_one, pairs_take

LEGS = st.integers(0, 70)


def of(left: int, right: int, unit: int, ratio: str = "pair_by_pair") -> Pairing:
    """The pairs of one person."""
    on_left, on_right, units = (np.array([one], dtype=np.int64) for one in (left, right, unit))
    return paired(ratio, on_left, on_right, units, on_left <= on_right)


def taken(pairing: Pairing, times: int) -> tuple[int, int]:
    """What the first so many pairs take."""
    left, right = pairing.taken(np.array([times], dtype=np.int64))
    return int(left[0]), int(right[0])


def most(left: int, right: int, unit: int) -> int:
    """The most pairs of one and two units that fit at all, by trying every number of pairs of each way round."""
    tries = ((one, two) for one in range(left // unit + 1) for two in range(right // unit + 1))
    fits = (one + two for one, two in tries if one + 2 * two <= left // unit and 2 * one + two <= right // unit)
    return max(fits)


class TestPairByPair:
    @given(left=LEGS, right=LEGS, unit=st.integers(1, 7), times=st.integers(0, 80))
    @example(left=12, right=24, unit=3, times=4)
    @example(left=24, right=12, unit=3, times=3)
    def test_it_is_what_one_pair_after_the_other_comes_to(self, left: int, right: int, unit: int, times: int) -> None:
        """How many there are, and what the first so many take, as a loop says."""
        pairs = one_by_one({"left": Fraction(left), "right": Fraction(right)}, Fraction(unit))
        pairing = of(left, right, unit)
        first = min(times, len(pairs))

        assert int(pairing.pairs[0]) == len(pairs)
        assert list(taken(pairing, first)) == pairs_take(pairs[:first])

    @given(left=st.integers(0, 30), right=st.integers(0, 30), unit=st.integers(1, 4))
    def test_no_other_way_gives_more_pairs(self, left: int, right: int, unit: int) -> None:
        """Taking of the larger leg leaves the most."""
        assert int(of(left, right, unit).pairs[0]) == most(left, right, unit)

    def test_a_large_unit_does_not_overflow(self) -> None:
        """Three units may be more than int64 holds."""
        assert int(of(2**62, 2**63 - 1, 2**62 - 1).pairs[0]) == 1


@pytest.mark.parametrize(
    ("ratio", "pairs", "left", "right"),
    [("1:1", 3, 900, 900), ("1:2", 1, 300, 600), ("2:1", 1, 600, 300), ("either", 1, 300, 600)],
)
def test_the_other_ratios_take_the_same_for_each_pair(ratio: str, pairs: int, left: int, right: int) -> None:
    """900 against 950 in units of 300: by `either` 600 against 350 stay, by `pair_by_pair` that is a second pair."""
    pairing, by_pair = of(900, 950, 300, ratio), of(900, 950, 300)

    assert (int(pairing.pairs[0]), *taken(pairing, pairs)) == (pairs, left, right)
    assert (int(by_pair.pairs[0]), *taken(by_pair, 2)) == (2, 900, 900)
