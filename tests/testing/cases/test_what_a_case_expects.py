"""What a case can expect, and what is said where something else came out."""

from itertools import permutations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mlmcore.testing.cases import ExpectedLine
from mlmcore.testing.cases._run import _unmatched
from testing.cases.case_texts import PLAN, TOP, Folder

FAMILY = """
people: |
  ann leg=1
    bob leg=left
      cid leg=1
    dan leg=right
given:
  ann: {active: true}
orders:
  - {id: sale, seller: cid, pv: 60, cv: 10.10}
  - {id: other, seller: dan, pv: 100, cv: 0}
"""
TOP_OF_TREE = FAMILY.replace("ann leg=1", "ann")


class TestValues:
    def test_everything_that_a_run_says_about_a_person_can_be_expected(self, folder: Folder) -> None:
        """Amounts, ranks, measures of each kind, what bonuses publish, what is carried; or none."""
        case = (
            TOP_OF_TREE.replace("ann\n", 'ann title="old hand"\n')
            + """
previous: {ann: {rank.best: silver, lifetime: 1.50, legs.left_out: 40}}
expect:
  ann:
    total: 10.50
    uni: 0.50
    legs: 10.00
    rank: bronze
    rank.now: bronze
    rank.best: silver
    personal: 0
    active: true
    group_volume: 160
    heads: 4
    word: old hand
    uni.earned: 0.505
    uni.paid: 0.5
    legs.left: 100
    legs.left_out: 0
    carry.lifetime: 1.5
  bob: {rank: none, word: none, total: 0, carry.lifetime: 7}
"""
        )

        assert folder.differing(case) == []

    def test_each_kind_of_value_is_told_when_it_is_another(self, folder: Folder) -> None:
        """With the line on which it is expected, what was expected as it was written, and what came out."""
        case = (
            FAMILY.replace("ann leg=1", "ann")
            + """
expect:
  ann: {uni: 0.301, rank: silver, active: false, heads: 5, word: chief, total: 11, carry.lifetime: 8}
"""
        )

        assert folder.differing(case) == [
            "20 ann uni: 0.301 <> 0.50",
            "20 ann rank: silver <> bronze",
            "20 ann active: false <> true",
            "20 ann heads: 5 <> 4",
            "20 ann word: chief <> none",
            "20 ann total: 11 <> 6.50",
            "20 ann carry.lifetime: 8 <> 7.00",
        ]

    def test_a_measure_that_is_a_person_is_written_by_id(self, folder: Folder) -> None:
        """None of them by its place in the run."""
        Path("small.toml").write_text(PLAN.replace("[rank]", 'whoever = "id"\n[rank]'), encoding="utf-8")
        case = "people: |\n  ann\n    bob leg=1\nexpect: {bob: {whoever: bob}, ann: {whoever: bob}}"

        assert folder.differing(case) == ["11 ann whoever: bob <> ann"]

    def test_what_is_not_mentioned_is_not_checked_and_nothing_is_checked(self, folder: Folder) -> None:
        """`total: 0` is an expectation."""
        assert folder.differing(TOP_OF_TREE + "expect: {bob: {rank: none}}") == []
        assert folder.differing(TOP_OF_TREE + "expect: {ann: {total: 0}}") == ["18 ann total: 0 <> 6.50"]

    def test_somebody_who_joins_after_the_period_is_told(self, folder: Folder) -> None:
        """Who is not in the run, so has no value."""
        case = "people: |\n  ann\n  zoe joined=2026-04-01\nexpect: {zoe: {total: 0}}"

        assert folder.differing(case) == ["11 zoe total: 0 <> is not in the run: joined after the period"]


class TestTotals:
    def test_totals_and_accounts_are_compared_in_all(self, folder: Folder) -> None:
        """By bonus, and `total` for all of them; a bonus that pays nobody pays 0."""
        good = TOP_OF_TREE + "totals: {uni: 0.50, legs: 6, share: 0, total: 6.50}\naccounts: {house: 0.30}\n"
        bad = TOP_OF_TREE + "totals: {uni: 0.31, share: 1, total: 6}\naccounts: {house: 0}\n"

        assert folder.differing(good) == []
        assert folder.differing(bad) == [
            "18 totals uni: 0.31 <> 0.50",
            "18 totals share: 1 <> 0.00",
            "18 totals total: 6 <> 6.50",
            "19 accounts house: 0 <> 0.30",
        ]


class TestLines:
    MOST = (
        TOP_OF_TREE
        + """
lines:
  - {person: ann, bonus: uni, order: sale, source: cid, level: 1, base: 10.1, rate: 0.03, amount: 0.3}
"""
    )

    def test_lines_of_the_three_kinds_are_found_by_what_is_said_of_them(self, folder: Folder) -> None:
        """Reasons, and `none` for nobody."""
        case = (
            TOP_OF_TREE
            + """
lines:
  - {person: ann, bonus: uni, order: sale, source: cid, level: 1, base: 10.1, rate: 0.05, amount: 0.5}
  - {bonus: legs, order: none}
unpaid:
  - {reason: rounding, amount: 0.005}
missed:
  - {person: bob, bonus: uni, reason: inactive, level: 1, amount: 0.505}
"""
        )
        outcome = folder.outcome(case)

        assert [one.what for one in outcome.differences] == []

    def test_a_line_that_is_not_there_is_told_with_those_of_its_person_and_bonus(self, folder: Folder) -> None:
        """So that it is seen what is otherwise."""
        case = TOP_OF_TREE + "missed:\n  - {person: bob, bonus: uni, level: 2}\n  - {person: dan}\n"

        assert folder.differing(case) == [
            (
                "19 missed: {person: bob, bonus: uni, level: 2} <> {person: bob, bonus: uni, reason: inactive, "
                "order: "
                "sale, source: cid, level: 1, base: 10.10, rate: 0.05, amount: 0.5050}"
            ),
            "20 missed: {person: dan} <> no such line",
        ]

    def test_an_empty_list_says_that_there_are_none(self, folder: Folder) -> None:
        """And lines that are there are told, the first five of them."""
        sales = "\n".join(f"  - {{seller: bob, cv: {number}}}" for number in range(1, 8))
        case = f"people: |\n  ann active=true\n    bob leg=1\norders:\n{sales}\n"

        assert folder.differing(case + "missed: []\nunpaid: [{reason: rounding}]") == [
            "20 unpaid: {reason: rounding} <> no such line"
        ]
        (said,) = folder.differing(case + "lines: []")
        assert said.startswith("7 lines: none <> {person: ann, bonus: uni, order: o1, source: bob, level: 1, ")
        assert said.endswith("rate: 0.05, amount: 0.25}; and 2 more")
        assert folder.differing("people: |\n  ann\nlines: []\nunpaid: []\nmissed: []") == []

    def test_each_expected_line_finds_another_one(self, folder: Folder) -> None:
        """Two that say the same need two."""
        case = TOP_OF_TREE + "lines: [{bonus: legs}, {bonus: legs}]"

        (said,) = folder.differing(case)
        assert said.startswith("18 lines: {bonus: legs} <> {person: ann, bonus: legs, order: none, ")

    @given(st.lists(st.lists(st.integers(0, 3), unique=True), max_size=4), st.integers(0, 4))
    def test_as_many_find_a_line_as_can(self, wanted: list[list[int]], count: int) -> None:
        """As trying every arrangement would: a vague expectation never takes the only line of a precise one."""
        items = [ExpectedLine(line=at, fields={f"fits {at}": True}) for at in range(len(wanted))]
        lines = [{f"fits {at}": row in rows for at, rows in enumerate(wanted)} for row in range(count)]

        left = _unmatched(items, lines)

        assert len(wanted) - len(left) == _most(wanted, count)


class TestVariants:
    def test_a_case_may_run_a_variant_of_the_plan(self, folder: Folder) -> None:
        """Here with a lower limit of activity."""
        case = "people: |\n  ann personal=50\n"

        assert folder.differing(case + "expect: {ann: {active: false}}") == []
        assert folder.differing(case + "variant: easy\nexpect: {ann: {active: true}}") == []

    def test_the_plan_may_stand_in_the_file(self, folder: Folder) -> None:
        """As a block."""
        inline = "plan: |\n" + "".join(f"  {line}\n" for line in PLAN.splitlines())
        text = (
            TOP.replace("plan: small.toml\n", inline)
            + "  - name: one\n    people: |\n      ann\n    expect: {ann: {heads: 1}}\n"
        )

        assert [outcome.passed for outcome in folder.outcomes(text)] == [True]


def _most(wanted: list[list[int]], count: int) -> int:
    """How many of the wanted can have a row of their own, by trying every order of the rows; -1 is none."""
    rows = [*range(count), *([-1] * len(wanted))]
    return max(
        sum(1 for row, allowed in zip(order, wanted, strict=True) if row in allowed)
        for order in set(permutations(rows, len(wanted)))
    )
