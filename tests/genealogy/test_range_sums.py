"""Sums over a range of places and a range of keys, while values are still added, against adding up all points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlmcore.genealogy import range_sums
from mlmcore.genealogy._compiled import CompiledKernel
from mlmcore.genealogy._kernels.range_sums import add_points, sum_below
from mlmcore.genealogy.range_sums import RangeSums

Ints = NDArray[np.int32]


def of(*numbers: int) -> Ints:
    """Places or keys."""
    return np.array(numbers, dtype=np.int32)


@pytest.fixture(params=[1, 10**9], ids=["compiled", "interpreted"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which kernels run."""
    monkeypatch.setattr(range_sums, "_add_points", CompiledKernel(add_points, request.param))
    monkeypatch.setattr(range_sums, "_sum_below", CompiledKernel(sum_below, request.param))


def agrees(keys: list[int], steps: list[tuple[int, int]], ranges: list[tuple[int, int, int, int]]) -> None:
    """After every value that is added, each range sums what stands in it."""
    sums, values, size = RangeSums(of(*keys)), [0] * len(keys), len(keys)
    start, end, low, high = (of(*(min(one[number], size) for one in ranges)) for number in range(4))
    for place, value in [(0, 0), *steps]:
        if size:
            sums.add(of(place % size), np.array([value], dtype=np.int64))
            values[place % size] += value
        expected = [
            sum(values[at] for at in range(*map(int, one[:2])) if one[2] <= keys[at] < one[3])
            for one in zip(start, end, low, high, strict=True)
        ]
        assert sums.between(start, end, low, high).tolist() == expected


class TestRangeSums:
    @given(
        keys=st.integers(0, 9).flatmap(lambda size: st.permutations(range(size))),
        steps=st.lists(st.tuples(st.integers(0, 8), st.integers(-5, 5)), max_size=6),
        ranges=st.lists(
            st.tuples(*[st.integers(0, 9)] * 4).filter(lambda one: one[0] <= one[1] and one[2] <= one[3]), max_size=6
        ),
    )
    @settings(max_examples=30, deadline=None)
    def test_are_those_of_all_points_in_both_ranges(
        self, keys: list[int], steps: list[tuple[int, int]], ranges: list[tuple[int, int, int, int]]
    ) -> None:
        """Places from `start` to `end`, keys from `low` to `high`, ends not included."""
        agrees(keys, steps, ranges)

    @pytest.mark.usefixtures("_way")
    def test_come_out_alike_compiled_and_interpreted(self) -> None:
        """Of a power of two and of one more, up to the last place and key."""
        for size in (4, 5):
            keys = [(3 * place) % size for place in range(size)]
            ranges = [(a, b, c, size) for a in range(size) for b in range(a, size + 1) for c in range(size)]
            agrees(keys, [(2, 7), (0, -3), (4, 11)], ranges)

    def test_several_values_may_be_added_to_one_place(self) -> None:
        """At once or one after the other."""
        sums = RangeSums(of(1, 0))

        sums.add(of(0, 0, 1), np.array([1, 2, 4], dtype=np.int64))

        assert sums.between(of(0, 0), of(2, 2), of(1, 0), of(2, 2)).tolist() == [3, 7]
