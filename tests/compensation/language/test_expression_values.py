"""Evaluation where it could go wrong: sizes beyond int64, missing values, branches that aren't taken."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from compensation.language.expression_frames import RANKS, RowsFrame, numbers, typed, values
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.domain.errors import InputError

HUGE = Decimal(9 * 10**15)


class TestSizes:
    def test_a_product_beyond_int64_is_refused_with_its_row(self) -> None:
        """9e15 x 9e15 is not wrapped around; the row is named."""
        with pytest.raises(InputError) as caught:
            values("n * n", numbers("n", [1, HUGE], 0))

        assert str(caught.value) == (
            "row 1: a number of 0 decimal places is too large to be exact; round to fewer places on the way"
        )

    def test_what_just_fits_is_exact(self) -> None:
        """The check is of the value, not of a bound: a large row beside a small one harms nobody."""
        frame = RowsFrame(
            columns={"n": Column.numbers([3, HUGE]), "x": Column.numbers([HUGE, Decimal("0.01")], places=2)}, size=2
        )

        assert values("n * round(x, 0, 'up')", frame) == [3 * HUGE, HUGE]

    def test_a_comparison_may_pass_beyond_int64_on_the_way(self) -> None:
        """Both sides are compared as exact ratios, however wide."""
        frame = RowsFrame(columns={"n": Column.numbers([HUGE, HUGE - 1])}, size=2)

        assert values("n / 9000000000000001 < n / 9000000000000000", frame) == [True, True]
        assert values("n / 7 * 7 == n", frame) == [True, True]
        assert values("n / 8999999999999999 > 1", frame) == [True, False]

    def test_a_ratio_is_rounded_once(self) -> None:
        """1/3 + 1/3 + 1/3 is 1, not 0.99."""
        assert values("round(n / 3 + n / 3 + n / 3, 2)", numbers("n", [1], 0)) == [Decimal("1.00")]

    def test_a_rounded_ratio_beyond_int64_is_refused(self) -> None:
        """The quotient must fit too."""
        with pytest.raises(InputError, match=r"^row 0: a rounded number is too large to be exact$"):
            values("round(n / 0.000001, 6)", numbers("n", [HUGE], 0))

    @pytest.mark.parametrize(
        ("fits", "beyond", "mode"),
        [
            (6456360425798343065, 6456360425798343066, "down"),
            (6456360425798343064, 6456360425798343065, "up"),
            (6456360425798343064, -6456360425798343065, "up"),
        ],
    )
    def test_of_rounded_ratios_the_one_beyond_int64_is_named(self, fits: int, beyond: int, mode: str) -> None:
        """Also where only rounding takes it there; the one beside it, which just fits, is not named."""
        frame = numbers("n", [fits, -fits, beyond], 0)

        with pytest.raises(InputError, match=r"^row 2: a rounded number is too large to be exact$"):
            values(f"round(n / 0.7, 0, '{mode}')", frame)


class TestBranches:
    def test_only_the_branch_taken_can_fail(self) -> None:
        """A row that would fail in the other branch doesn't."""
        frame = RowsFrame(
            columns={"o": Column.numbers([None, Decimal(5)], places=2), "n": Column.numbers([HUGE, 2])}, size=2
        )

        assert values("o * 2 if o != none else 0", frame) == [Decimal(0), Decimal(10)]
        assert values("n * n if n < 100 else 0", frame) == [Decimal(0), Decimal(4)]
        assert values("round(o / 2, 2) if o != none else round(n / 2, 1)", frame) == [HUGE / 2, Decimal("2.50")]

    @pytest.mark.parametrize(
        "text",
        [
            "o if o != none else 7",
            "7 if o == none else o",
            "max(0, o if o != none and o > 1 else 7)",
            "7 if not (o != none) else o",
        ],
    )
    def test_a_name_that_the_condition_shows_to_be_there_is_asked_only_where_it_is(self, text: str) -> None:
        """`x if x != none else 7` is 7 in the rows that have no x."""
        frame = RowsFrame(columns={"o": Column.numbers([None, Decimal(5)], places=2)}, size=2)

        assert values(text, frame) == [Decimal(7), Decimal(5)]

    def test_a_day_that_the_condition_shows_to_be_there_is_asked_only_where_it_is(self) -> None:
        """Dates alike."""
        days = Column.dates([None, date(2026, 3, 4)])
        frame = RowsFrame(columns={"lapsed": days}, size=2)

        assert values("day(lapsed if lapsed != none else 2026-03-31)", frame) == [Decimal(31), Decimal(4)]

    def test_and_or_ask_later_conditions_only_where_they_matter(self) -> None:
        """`x != none and x > 3` is safe in this order."""
        frame = numbers("o", [None, Decimal(5)])

        assert values("o != none and o > 3", frame) == [False, True]
        assert values("o == none or o > 30", frame) == [True, False]
        with pytest.raises(InputError):
            values("o > 3 and o != none", frame)

    def test_a_lookup_that_is_not_taken_stops_nobody(self) -> None:
        """A key without a row is an error only where it is looked up."""
        frame = RowsFrame(columns={"text": Column.texts(["eu", "mars", None])}, size=3)

        assert values("lookup(by_text, text) if text in ['eu'] else 0", frame) == [Decimal("0.2"), 0, 0]


class TestMissingValues:
    def test_are_refused_where_a_number_is_needed(self) -> None:
        """Arithmetic with none names the row and the way out."""
        with pytest.raises(InputError) as caught:
            values("o + 1", numbers("o", [1, None]))

        assert str(caught.value) == "row 1: a value is missing; give it, or test it: x != none"

    def test_equal_no_number_and_not_nothing_either(self) -> None:
        """A missing value is not 0."""
        frame = numbers("o", [None, 0, 1])

        assert values("o == 0", frame) == [False, True, False]
        assert values("o != 0", frame) == [True, False, True]

    def test_are_missed_in_a_ratio_whatever_it_is_compared_with(self) -> None:
        """Beside a value that is missing itself, too: both sides of a comparison are evaluated."""
        with pytest.raises(InputError) as caught:
            values("o == ratio(1, o, zero=2)", numbers("o", [1, None]))

        assert str(caught.value) == "row 1: a value is missing; give it, or test it: x != none"

    def test_pass_through_where_nothing_is_computed(self) -> None:
        """A measure may hold none."""
        assert values("o", numbers("o", [1, None])) == [Decimal(1), None]

    def test_a_key_without_a_row_is_named(self) -> None:
        """`missing = "error"` stops the run and says which key."""
        frame = RowsFrame(columns={"text": Column.texts(["eu", "mars"])}, size=2)

        with pytest.raises(InputError) as caught:
            values("lookup(by_text, text)", frame)

        assert str(caught.value) == "row 1: table 'by_text' has no row for mars; add the row, or set `missing`"

    def test_a_value_below_the_first_threshold_is_named(self) -> None:
        """A table without `below` has nothing to say there."""
        with pytest.raises(InputError) as caught:
            values("lookup(strict, n)", numbers("n", [0, -1], 0))

        assert str(caught.value) == (
            "row 1: a value is below the first threshold of table 'strict'; give the table `below`"
        )


class TestValues:
    def test_texts_are_compared_by_content(self) -> None:
        """Codes of two columns mean nothing to one another, and none equals only none."""
        frame = RowsFrame(columns={"text": Column.texts(["b", None])}, size=2)

        assert values("text == 'a'", frame) == [False, False]
        assert values("text != 'a'", frame) == [True, True]
        assert values("text if text == 'b' else 'a'", frame) == ["b", "a"]

    def test_none_is_below_all_ranks(self) -> None:
        """Somebody without a rank is under the lowest."""
        frame = RowsFrame(columns={"rank": Column.ranks(np.array([-1, 0, 2], dtype=np.int16))}, size=3)

        assert values("rank >= bronze", frame) == [False, True, True]
        assert values("rank == none", frame) == [True, False, False]

    def test_a_rank_keeps_its_name_however_it_was_chosen(self) -> None:
        """A rank named in the formula is the same value as one that somebody holds."""
        columns = {
            "rank": Column.ranks(np.array([-1, 1], dtype=np.int16), RANKS),
            "flag": Column.booleans([True, False]),
        }
        frame = RowsFrame(columns=columns, size=2)

        assert values("gold if flag else rank", frame) == ["gold", "silver"]
        assert values("rank if flag else bronze", frame) == [None, "bronze"]

    def test_an_account_is_a_person(self) -> None:
        """`id`, a person of an order and an account's name are values of one kind."""
        frame = RowsFrame(columns={"id": Column.persons(np.array([0, 1], dtype=np.int32))}, size=2)

        assert values("id == house", frame) == [False, False]
        assert values("house", frame) == [-2, -2]

    def test_the_period_is_half_open(self) -> None:
        """`period.end` is the first day after it."""
        frame = RowsFrame(columns={"day": Column.dates([date(2026, 3, 31), date(2026, 4, 1)])}, size=2)

        assert values("period.start <= day and day < period.end", frame) == [True, False]

    def test_an_aggregate_comes_from_the_frame(self) -> None:
        """At the places that its type says."""
        frame = RowsFrame(columns={}, size=2, aggregates={"sum": Column.numbers([1, 2])})

        column = evaluate(typed("sum(front, cash)"), frame)

        assert (column.unit, column.places, column.values.tolist()) == ("money", 2, [100, 200])

    def test_no_rows_give_no_values(self) -> None:
        """An empty frame is evaluated like any other."""
        frame = numbers("o", [])

        assert values("round(o / 3, 2) if o > 1 and o != none else max(o, 2)", frame) == []
