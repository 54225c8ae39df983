"""Rollups over every scope equal the slow twin on random forests, interpreted and compiled alike."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from genealogy.forests import rows
from mlmcore.genealogy import Genealogy, rollups
from mlmcore.genealogy._arrays import Bools, Ints64
from reference.genealogy import Forest

T = TypeVar("T")


@frozen(kw_only=True)
class Question:
    """A forest with a value for everybody and the two masks, for both sides."""

    fast: Genealogy
    slow: Forest
    value: dict[str, int]
    counts: dict[str, bool]
    ends: dict[str, bool]

    @property
    def names(self) -> list[str]:
        return self.fast.ids.labels(np.arange(len(self.fast)))

    @property
    def values(self) -> Ints64:
        return np.array([self.value[name] for name in self.names], dtype=np.int64)

    @property
    def where(self) -> Bools:
        return np.array([self.counts[name] for name in self.names], dtype=np.bool_)

    @property
    def until(self) -> Bools:
        return np.array([self.ends[name] for name in self.names], dtype=np.bool_)

    def scoped(self, scope: str) -> list[list[int]]:
        """The values of who counts, for each person in node order."""
        where, until = self.counts.__getitem__, self.ends.__getitem__
        scopes: dict[str, Callable[[str], list[str]]] = {
            "group": lambda person: self.slow.group(person, where, until),
            "downline": lambda person: self.slow.downline(person, where, until),
            "front": lambda person: self.slow.levels(person, 1, 1, where, until),
        }
        return [[self.value[one] for one in scopes[scope](person)] for person in self.names]

    def leveled(self, first: int, last: int) -> list[list[int]]:
        """As `scoped`, over levels."""
        where, until = self.counts.__getitem__, self.ends.__getitem__
        return [
            [self.value[one] for one in self.slow.levels(person, first, last, where, until)] for person in self.names
        ]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A random forest with values near zero and near the limits of int64, and random masks."""
    given_rows = draw(rows())
    count = len(given_rows.labels)
    limit = draw(st.sampled_from([3, 10**6, (2**63 - 1) // max(count, 1)]))
    value = dict(zip(given_rows.labels, draw(_many(st.integers(-limit, limit), count)), strict=True))
    everybody, nobody = draw(st.booleans()), draw(st.booleans())
    counts = [everybody or one for one in draw(_many(st.booleans(), count))]
    ends = [not nobody and one for one in draw(_many(st.booleans(), count))]
    return Question(
        fast=given_rows.fast(),
        slow=given_rows.slow(),
        value=value,
        counts=dict(zip(given_rows.labels, counts, strict=True)),
        ends=dict(zip(given_rows.labels, ends, strict=True)),
    )


def _many(one: st.SearchStrategy[T], count: int) -> st.SearchStrategy[list[T]]:
    return st.lists(one, min_size=count, max_size=count)


SCOPES = pytest.mark.parametrize("scope", ["group", "downline", "front"])


@SCOPES
class TestScopes:
    """Group, downline and front."""

    @given(asked=questions())
    def test_a_sum_is_the_twins(self, scope: str, asked: Question) -> None:
        """The sum over a scope, with both masks."""
        answer = getattr(rollups, f"{scope}_sum")(asked.fast, asked.values, where=asked.where, until=asked.until)

        assert answer.tolist() == [sum(values) for values in asked.scoped(scope)]

    @given(asked=questions())
    def test_a_count_is_the_twins(self, scope: str, asked: Question) -> None:
        """The number of people in a scope."""
        answer = getattr(rollups, f"{scope}_count")(asked.fast, where=asked.where, until=asked.until)

        assert answer.tolist() == [len(values) for values in asked.scoped(scope)]

    @given(asked=questions(), empty=st.sampled_from([0, -1, -(2**63)]))
    def test_a_maximum_is_the_twins(self, scope: str, asked: Question, empty: int) -> None:
        """The largest value in a scope, and what the caller says for nobody."""
        ask = getattr(rollups, f"{scope}_max")
        answer = ask(asked.fast, asked.values, empty=empty, where=asked.where, until=asked.until)

        assert answer.tolist() == [max(values, default=empty) for values in asked.scoped(scope)]

    @given(asked=questions())
    def test_any_and_all_are_the_twins(self, scope: str, asked: Question) -> None:
        """Whether something holds for somebody, or for everybody, in a scope."""
        holds = asked.values > 0
        some = getattr(rollups, f"{scope}_any")(asked.fast, holds, where=asked.where, until=asked.until)
        every = getattr(rollups, f"{scope}_all")(asked.fast, holds, where=asked.where, until=asked.until)

        assert some.tolist() == [any(value > 0 for value in values) for values in asked.scoped(scope)]
        assert every.tolist() == [all(value > 0 for value in values) for values in asked.scoped(scope)]

    @given(asked=questions())
    def test_without_masks_everybody_counts_to_the_bottom(self, scope: str, asked: Question) -> None:
        """No mask is the mask of everybody, and no boundary the boundary of nobody."""
        all_true, none_true = np.ones(len(asked.fast), np.bool_), np.zeros(len(asked.fast), np.bool_)
        ask = getattr(rollups, f"{scope}_sum")

        plain = ask(asked.fast, asked.values)

        assert plain.tolist() == ask(asked.fast, asked.values, where=all_true, until=none_true).tolist()


class TestLevels:
    """Levels."""

    @given(asked=questions(), first=st.integers(0, 6), more=st.sampled_from([0, 1, 2, 40, 2**40]))
    def test_a_sum_over_levels_is_the_twins(self, asked: Question, first: int, more: int) -> None:
        """The sum over those `first` to `last` steps below."""
        last = first + more
        answer = rollups.levels_sum(asked.fast, asked.values, first, last, where=asked.where, until=asked.until)

        assert answer.tolist() == [sum(values) for values in asked.leveled(first, last)]

    @given(asked=questions(), first=st.integers(0, 6), more=st.integers(0, 3))
    def test_a_count_over_levels_is_the_twins(self, asked: Question, first: int, more: int) -> None:
        """The number of those `first` to `last` steps below."""
        answer = rollups.levels_count(asked.fast, first, first + more, where=asked.where, until=asked.until)

        assert answer.tolist() == [len(values) for values in asked.leveled(first, first + more)]


class TestBothWaysOfRunning:
    """Kernels compiled and interpreted."""

    @pytest.mark.parametrize("name", ["_sum_below", "_max_below"])
    @settings(max_examples=30)
    @given(asked=questions())
    def test_compiled_and_interpreted_give_the_same(self, name: str, asked: Question) -> None:
        """A kernel says the same whether it is compiled or not."""
        kernel = getattr(rollups, name)
        parent = rollups._cut(asked.fast, asked.until)
        start = 0 if name == "_sum_below" else -(2**63)
        slow, fast = (np.full(len(asked.fast), start, dtype=np.int64) for _ in range(2))

        kernel.run_interpreted(parent, asked.values, slow)
        kernel.run_compiled(parent, asked.values, fast)

        assert slow.tolist() == fast.tolist()
