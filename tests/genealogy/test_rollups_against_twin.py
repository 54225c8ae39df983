"""Rollups over every scope equal the slow twin on random forests, interpreted and compiled alike."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from genealogy.rollup_questions import SCOPES, Question, bounds, questions
from mlmcore.genealogy import Genealogy, IdIndex, build, rollups
from mlmcore.genealogy._arrays import Bools, Ints64
from mlmcore.genealogy._compiled import CompiledKernel
from mlmcore.genealogy.rollups import Largest, RollupOverflowError, _merging, _scopes, _totals
from mlmcore.genealogy.rollups._checks import factors
from mlmcore.genealogy.rollups._scopes import cut

MANY = 60_000
Large = tuple[Genealogy, Ints64, Bools]


def asked_of(name: str, asked: Question, *arguments: Any, **more: Any) -> Any:
    """One rollup by its name, with both masks."""
    return getattr(rollups, name)(asked.fast, *arguments, where=asked.where, until=asked.until, **more)


@pytest.fixture(name="large", scope="module")
def _large() -> Large:
    """A random tree with values and a mask."""
    chance = np.random.default_rng(7)
    parent = (chance.random(MANY) * np.arange(MANY)).astype(np.int32)
    parent[0] = -1
    keys = np.stack([np.zeros(MANY, np.uint64), np.arange(MANY, dtype=np.uint64)], axis=1)
    tree = build(IdIndex.from_keys(keys), parent)
    return tree, chance.integers(-(10**9), 10**9, MANY), chance.random(MANY) < 0.4


@pytest.mark.parametrize("scope", SCOPES)
class TestScopes:
    """Group, downline, front, a level, levels, a leg: everything that can be asked of them."""

    @settings(max_examples=35)
    @given(data=st.data(), asked=questions())
    def test_sums_and_counts_are_the_twins(self, scope: str, data: st.DataObject, asked: Question) -> None:
        """The sum over a scope and the number of people in it, with both masks."""
        at = data.draw(bounds(scope))
        expected = asked.scoped(scope, at)

        assert asked_of(f"{scope}_sum", asked, asked.values, *at).tolist() == [sum(values) for values in expected]
        assert asked_of(f"{scope}_count", asked, *at).tolist() == [len(values) for values in expected]

    @settings(max_examples=35)
    @given(data=st.data(), asked=questions(), empty=st.sampled_from([0, -1, -(2**63)]))
    def test_a_maximum_is_the_twins(self, scope: str, data: st.DataObject, asked: Question, empty: int) -> None:
        """The largest value in a scope, and what the caller says for nobody."""
        at = data.draw(bounds(scope))

        answer = asked_of(f"{scope}_max", asked, asked.values, *at, empty=empty)

        assert answer.tolist() == [max(values, default=empty) for values in asked.scoped(scope, at)]

    @settings(max_examples=35)
    @given(data=st.data(), asked=questions(), k=st.integers(1, 5))
    def test_the_largest_are_the_twins(self, scope: str, data: st.DataObject, asked: Question, k: int) -> None:
        """The k largest values in falling order, how many there are, and their sum; fewer where there are fewer."""
        at = data.draw(bounds(scope))
        expected = [sorted(values, reverse=True)[:k] for values in asked.scoped(scope, at)]

        largest: Largest = asked_of(f"{scope}_largest", asked, asked.values, k, *at)

        assert largest.values.shape == (len(asked.fast), k)
        assert largest.values.tolist() == [values + [0] * (k - len(values)) for values in expected]
        assert largest.count.tolist() == [len(values) for values in expected]
        assert asked_of(f"{scope}_top", asked, asked.values, k, *at).tolist() == [sum(values) for values in expected]

    @settings(max_examples=35)
    @given(data=st.data(), asked=questions())
    def test_any_and_all_are_the_twins(self, scope: str, data: st.DataObject, asked: Question) -> None:
        """Whether something holds for somebody, or for everybody, in a scope."""
        at, holds = data.draw(bounds(scope)), asked.values > 0
        expected = asked.scoped(scope, at)

        some, every = asked_of(f"{scope}_any", asked, holds, *at), asked_of(f"{scope}_all", asked, holds, *at)

        assert some.tolist() == [any(value > 0 for value in values) for values in expected]
        assert every.tolist() == [all(value > 0 for value in values) for values in expected]

    @settings(max_examples=25)
    @given(data=st.data(), asked=questions())
    def test_without_masks_everybody_counts_to_the_bottom(
        self, scope: str, data: st.DataObject, asked: Question
    ) -> None:
        """No mask is the mask of everybody, and no boundary the boundary of nobody."""
        at, tree = data.draw(bounds(scope)), asked.fast
        masks = {"where": np.ones(len(tree), np.bool_), "until": np.zeros(len(tree), np.bool_)}
        for function, arguments in (("sum", (asked.values,)), ("count", ()), ("top", (asked.values, 2))):
            ask = getattr(rollups, f"{scope}_{function}")

            assert ask(tree, *arguments, *at).tolist() == ask(tree, *arguments, *at, **masks).tolist()


class TestManyPeople:
    """From the size on at which kernels are compiled, sums and counts take another way."""

    @pytest.mark.parametrize("masked", [False, True])
    def test_sums_are_those_of_a_plain_loop(self, large: Large, *, masked: bool) -> None:
        """Groups and downlines, with and without a mask."""
        tree, values, where = large
        mask = where if masked else None
        own = np.where(where, values, 0).tolist() if masked else values.tolist()
        group = own.copy()
        for node, parent in reversed(list(enumerate(tree.parent.tolist()))):
            if parent >= 0:
                group[parent] += group[node]

        assert rollups.group_sum(tree, values, where=mask).tolist() == group
        assert rollups.downline_sum(tree, values, where=mask).tolist() == [
            total - mine for total, mine in zip(group, own, strict=True)
        ]

    def test_a_sum_that_could_leave_64_bits_is_refused(self, large: Large) -> None:
        """Looked at after adding, and refused all the same; what fits after a closer look is handed out."""
        tree, *_ = large
        values = np.zeros(MANY, dtype=np.int64)
        values[5] = 2**63 - 1
        last = np.arange(MANY) == MANY - 1

        assert rollups.group_sum(tree, values)[0] == 2**63 - 1
        for beyond in (1, -1):
            with pytest.raises(RollupOverflowError):
                rollups.group_sum(tree, values + beyond * last)
        with pytest.raises(RollupOverflowError):
            rollups.group_sum(tree, -values - 1)

    def test_who_does_not_count_is_not_refused(self, large: Large) -> None:
        """The bound is over those who count."""
        tree, *_ = large
        values = np.full(MANY, 2**62)

        assert rollups.group_sum(tree, values, where=np.arange(MANY) == 9)[0] == 2**62

    def test_many_levels_of_a_chain_cost_their_logarithm(self) -> None:
        """40,000 levels below each of 60,000 people, whatever is asked; a loop over levels would never end."""
        node = np.arange(MANY)
        keys = np.stack([np.zeros(MANY, np.uint64), node.astype(np.uint64)], axis=1)
        chain = build(IdIndex.from_keys(keys), np.arange(-1, MANY - 1, dtype=np.int32))
        last = np.minimum(node + 40_000, MANY - 1)
        has_one, has_two = last > node, last > node + 1

        assert np.array_equal(rollups.levels_count(chain, 1, 40_000), last - node)
        assert np.array_equal(rollups.levels_max(chain, node, 1, 40_000, empty=-1), np.where(has_one, last, -1))
        assert np.array_equal(rollups.levels_max(chain, -node, 1, 40_000, empty=1), np.where(has_one, -node - 1, 1))
        assert np.array_equal(rollups.levels_top(chain, node, 2, 1, 40_000), last * has_one + (last - 1) * has_two)
        assert np.array_equal(
            rollups.levels_any(chain, node == MANY - 9, 1, 40_000), (node < MANY - 9) & (last >= MANY - 9)
        )
        assert np.array_equal(rollups.levels_all(chain, node < MANY - 9, 1, 40_000), (last < MANY - 9) | ~has_one)


class TestBothWaysOfRunning:
    """Kernels compiled and interpreted."""

    @settings(max_examples=20)
    @given(asked=questions(), masked=st.booleans(), own=st.integers(0, 1))
    def test_sums_are_the_same(self, asked: Question, own: int, *, masked: bool) -> None:
        """Sums by slices, bounded sums, jumps, and sums at somebody above."""
        tree, where = asked.fast, factors(asked.where if masked else None)
        size, values = len(tree), asked.values
        bounded = (tree.depth, values, where, factors(asked.until), own)
        _same(_totals._sum_slices, (tree.subtree_size, values, where, own), [size + 1, 1])
        _same(_totals._sum_bounded, bounded, [size + 2, size])
        _same(_scopes._jump, (tree.depth, tree.parent, own + 1), [size + 1, size + 1, size], np.int32)
        _same(_totals._sum_at, (tree.parent, values), [size])

    @settings(max_examples=20)
    @given(asked=questions(), k=st.integers(1, 4))
    def test_merges_are_the_same(self, asked: Question, k: int) -> None:
        """Lists that rise in place."""
        above, results = cut(asked.fast, asked.until), []
        for run in (_merging._merge_up.run_interpreted, _merging._merge_up.run_compiled):
            own = _merging.of_each(asked.values, asked.where, k)
            lists = own.values.reshape(-1), own.count
            run(above, *lists, *lists, k)
            results.append([own.values.tolist(), own.count.tolist()])

        assert results[0] == results[1]


def _same(kernel: CompiledKernel, given_arrays: tuple[Any, ...], sizes: list[int], dtype: type = np.int64) -> None:
    outputs: list[list[NDArray[Any]]] = [[np.zeros(size, dtype=dtype) for size in sizes] for _ in range(2)]
    kernel.run_interpreted(*given_arrays, *outputs[0])
    kernel.run_compiled(*given_arrays, *outputs[1])

    assert [array.tolist() for array in outputs[0]] == [array.tolist() for array in outputs[1]]
