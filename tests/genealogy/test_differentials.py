"""The differential walk against its twin, and rule by rule."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import Rows, rows
from mlmcore.genealogy import build_from_labels
from mlmcore.genealogy.differentials import DifferenceRules, DifferenceWalk, Met, walk_differences
from mlmcore.genealogy.genealogy import Genealogy
from reference.differentials import Difference, Rules, differences

CHAIN = ["top", "mid", "low", "end"]


def told(tree: Genealogy, walked: DifferenceWalk, walk: int) -> list[Difference]:
    """One walk's rows as the twin says them."""
    chosen = np.flatnonzero(walked.source == walk)
    return [
        Difference(
            None if walked.node[row] < 0 else tree.ids.label(int(walked.node[row])),
            int(walked.level[row]),
            Fraction(int(walked.rate[row])),
            Met(int(walked.outcome[row])).name,
        )
        for row in chosen
    ]


World = tuple[Rows, dict[str, Any], DifferenceRules, random.Random]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A forest, and rules over it by label and by node."""
    given_rows = draw(rows(most=25))
    chance = random.Random(draw(st.integers(0, 2**32)))
    tree = given_rows.fast()
    labels = tree.ids.labels(np.arange(len(tree)))
    likely = chance.choice([0.3, 0.8, 1.0])

    def some(share: float) -> dict[str, bool]:
        return {label: chance.random() < share for label in labels}

    columns: dict[str, Any] = {
        "counts": some(likely),
        "pays": some(likely),
        "blocks": some(chance.choice([0, 0, 0.1])),
        "rate": {label: chance.randint(0, chance.choice([2, 9])) for label in labels},
    }
    conditions = ("counts", "pays", "blocks")
    rules = DifferenceRules(
        **{key: np.array([columns[key][label] for label in labels], dtype=np.bool_) for key in conditions},
        rate=np.array([columns["rate"][label] for label in labels], dtype=np.int64),
        first_level=chance.randint(0, 3),
        lowest_level=chance.choice([0, 0, 1, 2, 4]),
        limit=chance.choice([None, None, 5, 9]),
        equal_rate=chance.randint(0, 3),
        equal_generations=chance.choice([0, 1, 2, 9]),
        source_counts=chance.random() < 0.5,
        unpaid_are_met=chance.random() < 0.5,
    )
    return given_rows, columns, rules, chance


class TestAgainstTheTwin:
    @given(world=worlds())
    def test_every_walk_is_the_slow_one(
        self, world: tuple[Rows, dict[str, Any], DifferenceRules, random.Random]
    ) -> None:
        """From everybody, at level 0 or below, with any rate met before."""
        given_rows, columns, fast, chance = world
        tree, slow = given_rows.fast(), given_rows.slow()
        below = np.array([chance.random() < 0.3 for _ in range(len(tree))], dtype=np.bool_)
        initial = np.array([chance.choice([0, 0, 1, 4]) for _ in range(len(tree))], dtype=np.int64)
        rules = Rules(
            upline=slow.upline,
            counts=columns["counts"].__getitem__,
            pays=columns["pays"].__getitem__,
            blocks=columns["blocks"].__getitem__,
            rate=lambda person: Fraction(columns["rate"][person]),
            first_level=fast.first_level,
            lowest_level=fast.lowest_level,
            limit=None if fast.limit is None else Fraction(fast.limit),
            equal=(Fraction(fast.equal_rate), fast.equal_generations) if fast.equal_generations else None,
            source_counts=fast.source_counts,
            consumes=fast.unpaid_are_met,
        )

        walked = walk_differences(tree, np.arange(len(tree), dtype=np.int32), below, initial, fast)

        for node in range(len(tree)):
            expected = differences(tree.ids.label(node), Fraction(int(initial[node])), rules, below=bool(below[node]))
            assert told(tree, walked, node) == list(expected)


def from_the_end(rates: list[int], **more: Any) -> list[Any]:
    """The walk from the end of a chain of four, by rules that say only what a test is about."""
    tree = build_from_labels(CHAIN, ["", *CHAIN[:-1]])
    everybody = np.ones(4, dtype=np.bool_)
    rules = DifferenceRules(**{"counts": everybody, "pays": everybody, "rate": np.array(rates), **more})
    walked = walk_differences(tree, np.array([3], np.int32), np.array([False]), np.zeros(1, np.int64), rules)
    return list(told(tree, walked, 0))


class TestRules:
    def test_r3_a_rise_is_paid_and_nothing_else(self) -> None:
        """Rates 9, 3, 5 from the top: low gets 5, mid nothing, top the difference of 4."""
        assert from_the_end([9, 3, 5, 1]) == [("low", 1, 5, "PAID"), ("top", 3, 4, "PAID")]

    def test_r1_the_source_is_met_at_level_0(self) -> None:
        """With the first level 0."""
        assert from_the_end([9, 3, 5, 1], first_level=0)[0] == ("end", 0, 1, "PAID")

    def test_r1_nobody_below_the_first_level_is_met(self) -> None:
        """Not even the root, who is level 3; and with the first level 3 it alone."""
        assert from_the_end([9, 3, 5, 1], first_level=4) == []
        assert from_the_end([9, 3, 5, 1], first_level=3) == [("top", 3, 9, "PAID")]

    def test_r2_who_may_not_be_paid_is_passed_over_or_met(self) -> None:
        """Skipped, low is not there; consumed, what low would have got is not paid."""
        pays = np.array([True, True, False, True])

        assert from_the_end([9, 3, 5, 1], pays=pays) == [("mid", 2, 3, "PAID"), ("top", 3, 6, "PAID")]
        assert from_the_end([9, 3, 5, 1], pays=pays, unpaid_are_met=True) == [
            ("low", 1, 5, "PAYS_FAILED"),
            ("top", 3, 4, "PAID"),
        ]

    def test_r4_equal_rates_are_paid_so_many_times(self) -> None:
        """Twice in a chain of three equal ones, the first of whom gets the rate itself."""
        assert from_the_end([5, 5, 5, 1], equal_rate=1, equal_generations=1) == [
            ("low", 1, 5, "PAID"),
            ("mid", 2, 1, "EQUAL"),
        ]

    def test_r4_while_an_equal_may_come_a_higher_rate_that_is_not_paid_is_met(self) -> None:
        """Of 9 only the difference to the 8 that was met is paid."""
        pays = np.array([True, False, True, True])

        assert from_the_end([9, 8, 5, 1], pays=pays, equal_rate=1, equal_generations=1, unpaid_are_met=True) == [
            ("low", 1, 5, "PAID"),
            ("mid", 2, 3, "PAYS_FAILED"),
            ("top", 3, 1, "PAID"),
        ]

    def test_r5_the_limit_cuts_and_ends(self) -> None:
        """Of a rise to 9 only what is below 7."""
        assert from_the_end([9, 9, 5, 1], limit=7) == [("low", 1, 5, "PAID"), ("mid", 2, 2, "PAID")]

    def test_r6_what_is_left_is_at_the_blocker_or_above_the_root(self) -> None:
        """Nothing is left over without a limit."""
        blocks = np.array([False, True, False, False])

        assert from_the_end([9, 3, 5, 1], blocks=blocks) == [("low", 1, 5, "PAID")]
        assert from_the_end([9, 3, 5, 1], blocks=blocks, limit=7)[-1] == ("mid", 2, 2, "BLOCKED")
        assert from_the_end([3, 3, 5, 1], limit=7)[-1] == (None, 4, 2, "NO_UPLINE")
