"""Columns: what goes in comes out exactly, and what can't be exact is refused."""

from datetime import date
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.columns import Column, exact_decimal, scaled_integer


class TestNumbers:
    @given(cents=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1))
    def test_come_back_exactly(self, cents: list[int]) -> None:
        """Every number that fits int64 is read back as it was."""
        items = [exact_decimal(value, 2) for value in cents]
        column = Column.numbers(items, unit="money", places=2)

        assert [column.decimal(row) for row in range(len(items))] == items

    def test_take_as_many_places_as_the_finest_needs(self) -> None:
        """Places may be left out."""
        column = Column.numbers([Decimal("1.5"), 2, Decimal("0.125")])

        assert (column.places, column.values.tolist()) == (3, [1500, 2000, 125])

    def test_refuse_floats_and_booleans(self) -> None:
        """A float is never exact, a boolean is no number."""
        with pytest.raises(TypeError, match=r"^a number column takes Decimal or int, not float: 1\.5$"):
            Column.numbers([1.5])  # type: ignore[list-item] # that is the point
        with pytest.raises(TypeError, match=r"^a number column takes Decimal or int, not bool: True$"):
            Column.numbers([True])

    def test_refuse_more_places_than_declared(self) -> None:
        """Nothing is rounded on the way in."""
        with pytest.raises(ValueError, match=r"^0\.125 has more than 2 decimal places$"):
            Column.numbers([Decimal("0.125")], places=2)

    def test_refuse_what_int64_cannot_hold(self) -> None:
        """92,233,720,368,547,758.08 is one cent too many."""
        with pytest.raises(
            OverflowError, match=r"^92233720368547758\.08 leaves the range of int64 at 2 decimal places$"
        ):
            Column.numbers([Decimal("92233720368547758.08")], places=2)

    def test_refuse_what_is_no_number(self) -> None:
        """NaN is a Decimal and no number."""
        with pytest.raises(ValueError, match=r"^NaN is no number$"):
            Column.numbers([Decimal("NaN")])

    def test_do_not_depend_on_the_decimal_context(self) -> None:
        """A host with three digits of precision gets the same numbers."""
        with localcontext() as context:
            context.prec = 3
            column = Column.numbers([Decimal("123456.78")])

            assert column.decimal(0) == Decimal("123456.78")
            assert scaled_integer(Decimal("123456.78"), 2) == 12345678

    def test_may_be_absent(self) -> None:
        """A row without a value reads as none."""
        column = Column.numbers([1, None])

        assert (column.value(1), column.text(1)) == (None, "none")
        with pytest.raises(LookupError, match=r"^row 1 has no value$"):
            column.decimal(1)


class TestOtherKinds:
    def test_read_back_their_values(self) -> None:
        """Booleans, texts, dates, persons and ranks, with none where there is none."""
        columns = [
            Column.booleans([True, False]),
            Column.texts(["b", None]),
            Column.dates([date(2026, 3, 1), None]),
            Column.persons(np.array([4, -1], dtype=np.int32)),
            Column.ranks(np.array([1, -1], dtype=np.int16), ["bronze", "silver"]),
        ]

        assert [column.value(0) for column in columns] == [True, "b", date(2026, 3, 1), 4, "silver"]
        assert [column.value(1) for column in columns] == [False, None, None, None, None]
        assert [column.text(0) for column in columns] == ["true", "b", "2026-03-01", "4", "silver"]

    def test_hold_no_decimals(self) -> None:
        """Only numbers are decimals."""
        with pytest.raises(TypeError, match=r"^a boolean column holds no decimals$"):
            Column.booleans([True]).decimal(0)

    def test_refuse_other_arrays(self) -> None:
        """A float array is no column."""
        with pytest.raises(
            TypeError,
            match=r"^values of a number column must be a one-dimensional int64 array, not float64 of 1 dimensions$",
        ):
            Column.scaled(np.array([1.5]), 0)


class TestSharing:
    def test_values_are_read_only(self) -> None:
        """Nobody changes a column that was handed out."""
        values = Column.numbers([1, 2]).values

        with pytest.raises(ValueError, match="read-only"):
            values[0] = 5

    def test_a_constant_costs_no_memory(self) -> None:
        """A million equal rows are one value, also after `take`."""
        column = Column.numbers([7], unit="points").repeat(1_000_000)

        assert (len(column), column.values.strides, column.max_abs) == (1_000_000, (0,), 7)
        assert column.take(np.array([5, 6])).values.tolist() == [7, 7]

    def test_take_keeps_the_order_asked_for(self) -> None:
        """Rows come in the order of the indices, absent ones included."""
        column = Column.numbers([1, None, 3]).take(np.array([2, 1]))

        assert [column.value(0), column.value(1)] == [Decimal(3), None]

    def test_spread_rows_have_nothing_between_them(self) -> None:
        """None of each kind that knows it; of a number 0, and only rows that were absent stay so."""
        rows = np.array([3, 1])
        texts = Column.texts(["b", "a"]).spread(rows, 4)
        numbers = Column.numbers([Decimal("1.5"), None]).spread(rows, 4)
        days = Column.dates([date(2026, 3, 1), date(2026, 3, 2)]).spread(rows, 4)

        assert [texts.value(row) for row in range(4)] == [None, "a", None, "b"]
        assert [numbers.value(row) for row in range(4)] == [Decimal("0.0"), None, Decimal("0.0"), Decimal("1.5")]
        assert [days.value(row) for row in range(4)] == [None, date(2026, 3, 2), None, date(2026, 3, 1)]

    def test_more_places_are_exact_and_fewer_refused(self) -> None:
        """Rounding is a plan's decision."""
        column = Column.numbers([Decimal("1.5")])

        assert column.at_places(3).values.tolist() == [1500]
        with pytest.raises(ValueError, match=r"^1 decimal places don't fit into 0; round explicitly$"):
            column.at_places(0)
