"""Random questions to rollups: a forest on both sides, values, masks, and the bounds of every scope."""

import random
from collections.abc import Callable

import numpy as np
from attrs import frozen
from hypothesis import strategies as st

from genealogy.forests import rows
from mlmcore.genealogy import Genealogy
from mlmcore.genealogy._arrays import Bools, Ints64, sealed
from reference.genealogy import Forest

__all__ = ["SCOPES", "Question", "bounds", "questions"]

SCOPES = ["group", "downline", "front", "level", "levels", "leg"]

Bounds = tuple[int, ...]


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
        return sealed(np.array([self.value[name] for name in self.names], dtype=np.int64))

    @property
    def where(self) -> Bools:
        return sealed(np.array([self.counts[name] for name in self.names], dtype=np.bool_))

    @property
    def until(self) -> Bools:
        return sealed(np.array([self.ends[name] for name in self.names], dtype=np.bool_))

    def scoped(self, scope: str, at: Bounds) -> list[list[int]]:
        """The values of who counts in each person's scope, in node order, as the twin finds them."""
        masks = self.counts.__getitem__, self.ends.__getitem__
        scopes: dict[str, Callable[[str], list[str]]] = {
            "group": lambda person: self.slow.group(person, *masks),
            "downline": lambda person: self.slow.downline(person, *masks),
            "front": lambda person: self.slow.levels(person, 1, 1, *masks),
            "level": lambda person: self.slow.levels(person, at[0], at[0], *masks),
            "levels": lambda person: self.slow.levels(person, at[0], at[1], *masks),
            "leg": lambda person: self.slow.in_leg(person, at[0], *masks),
        }
        return [[self.value[one] for one in scopes[scope](person)] for person in self.names]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A random forest with values near zero and near the limits of int64, and random masks."""
    given_rows = draw(rows(most=20))
    count = len(given_rows.labels)
    chance = random.Random(draw(st.integers(0, 2**32)))  # a draw for each person would take longer than the test
    limit = draw(st.sampled_from([3, 10**6, (2**63 - 1) // max(count, 1)]))
    often = draw(st.sampled_from([0, 0.3, 0.6, 1]))
    ending = draw(st.sampled_from([0, 0.2, 0.6]))
    return Question(
        fast=given_rows.fast(),
        slow=given_rows.slow(),
        value={name: chance.randint(-limit, limit) for name in given_rows.labels},
        counts={name: chance.random() < often for name in given_rows.labels},
        ends={name: chance.random() < ending for name in given_rows.labels},
    )


@st.composite
def bounds(draw: st.DrawFn, scope: str) -> Bounds:
    """What a scope is asked with: a level, two levels, the number of a leg, or nothing."""
    match scope:
        case "level":
            return (draw(st.integers(0, 6)),)
        case "levels":
            first = draw(st.integers(0, 6))
            return first, first + draw(st.sampled_from([0, 1, 2, 3, 4, 6, 40, 2**40]))
        case "leg":
            return (draw(st.integers(1, 4)),)
        case _:
            return ()
