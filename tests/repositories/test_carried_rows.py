"""Rows that are handed on and are no column of people: stored as one value each, and read back as they were."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.domain.commissions import CommissionCarry
from mlmcore.repositories.carried import rows_of, state_of

LINES = CarriedRows(
    columns={
        "payee": Column.texts(["ann", None]),
        "amount": Column.numbers([Decimal("12.50"), None], unit="money", places=2),
        "late": Column.booleans([True, False]),
        "since": Column.dates([date(2026, 3, 1), None]),
    }
)


class TestRows:
    def test_come_back_as_they_were(self) -> None:
        """Every kind of column, with its places and with what is none."""
        values = [
            CommissionCarry(
                run_id=UUID(int=1), period_id="2026-03", distributor_id=None, name=name, value=value, created_at=None
            )
            for name, value in rows_of({"waiting": LINES})
        ]

        (read,) = state_of(values).rows.values()
        assert {name: [column.value(row) for row in range(2)] for name, column in read.columns.items()} == {
            "payee": ["ann", None],
            "amount": [Decimal("12.50"), None],
            "late": [True, False],
            "since": [date(2026, 3, 1), None],
        }
        assert [(column.kind, column.unit, column.places) for column in read.columns.values()] == [
            ("text", None, 0),
            ("number", "money", 2),
            ("boolean", None, 0),
            ("date", None, 0),
        ]

    def test_have_columns_of_one_length(self) -> None:
        """A shorter column would shift what stands beside it."""
        with pytest.raises(ValueError, match="the columns have different lengths: a 1, b 2"):
            CarriedRows(columns={"a": Column.texts(["x"]), "b": Column.texts(["x", "y"])})

    def test_hold_no_indices(self) -> None:
        """A person's index is another one in the next period."""
        with pytest.raises(TypeError, match="p is a person, which means nothing in the next period; give ids as texts"):
            CarriedRows(columns={"p": Column.persons(LINES.columns["payee"].values)})
