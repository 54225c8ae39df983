"""Carried values between columns and rows."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.columns import Column
from mlmcore.domain.commissions import CommissionCarry
from mlmcore.domain.errors import RefusedError, StorageError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.repositories.carried import BEST_RANK, state_of, value_of, values_of
from mlmcore.repositories.held import HELD

RUN = new_id()
NO_RANK = np.array([-1], dtype=np.int16)


def stored(columns: dict[str, Column]) -> list[CommissionCarry]:
    """Return columns as the rows in which they are stored; row k is person `p<k>`."""
    return [
        CommissionCarry(run_id=RUN, period_id="2026-03", distributor_id=key_of(f"p{row}"), name=name, value=dict(value))
        for name, row, value in values_of(columns)
    ]


class TestValueOf:
    """`value_of`: how one value is stored."""

    def test_each_kind_has_a_spelling(self) -> None:
        """Decimals as text, with their places; what is none is not stored."""
        columns = {
            "points": Column.numbers([Decimal("12.50")], unit="points"),
            "plain": Column.numbers([3]),
            "nothing": Column.numbers([None]),
            "flag": Column.booleans([True]),
            "word": Column.texts(["gold"]),
            "day": Column.dates([date(2026, 3, 31)]),
        }

        assert {name: value_of(column, 0) for name, column in columns.items()} == {
            "points": {"number": "12.50", "unit": "points"},
            "plain": {"number": "3"},
            "nothing": None,
            "flag": {"boolean": True},
            "word": {"text": "gold"},
            "day": {"date": "2026-03-31"},
        }

    def test_a_person_is_not_carried(self) -> None:
        """An index means nothing in another run."""
        column = Column.persons(Column.dates([date(1970, 1, 3)]).values)

        with pytest.raises(RefusedError) as caught:
            value_of(column, 0)

        assert str(caught.value) == "a column of the kind person cannot be carried to the next period"


class TestForeignValues:
    """`state_of`: what no run wrote, and a host stored under any name."""

    @pytest.mark.parametrize("value", [{"USD": "1.50"}, {"number": "many"}, {"date": "soon"}, {"number": None}])
    def test_they_are_refused_by_name(self, value: dict[str, object]) -> None:
        """Nobody calculates with what cannot be read."""
        foreign = CommissionCarry(
            run_id=RUN, period_id="2026-03", distributor_id=key_of("ann"), name="points", value=value
        )

        with pytest.raises(StorageError) as caught:
            state_of([foreign])

        assert str(caught.value) == (
            "what is carried as points is not as a run writes it, so the next period cannot be calculated; "
            "values of the host's own belong somewhere else: only runs write what a plan carries"
        )


class TestStateOf:
    """`state_of`: what the next period gets."""

    @given(st.lists(st.none() | st.decimals(-9999, 9999, places=2), min_size=1, max_size=8))
    def test_numbers_come_back_exactly(self, numbers: list[Decimal | None]) -> None:
        """Whoever carries none is there all the same: somebody who is not is new, and starts from `initial`."""
        state = state_of(stored({"volume": Column.numbers(numbers, unit="points", places=2)}))

        labels = state.ids.labels([*range(len(state.ids))])
        back = {label: state.carried["volume"].value(row) for row, label in enumerate(labels)}
        assert back == {str(key_of(f"p{row}")): number for row, number in enumerate(numbers)}
        assert state.carried["volume"].unit == "points"

    @pytest.mark.parametrize(
        "nothing",
        [Column.numbers([None]), Column.texts([None]), Column.dates([None]), Column.ranks(NO_RANK, ("gold",))],
    )
    def test_nothing_comes_back_as_nothing_of_its_kind(self, nothing: Column) -> None:
        """Ranks as texts, as ever."""
        state = state_of(stored({"mark": nothing, "binary.left_out": Column.numbers([None], unit="points")}))

        (column,) = state.carried.values()
        assert (column.kind, column.value(0)) == ("text" if nothing.kind == "rank" else nothing.kind, None)

    def test_nothing_is_not_stored_beside_something(self) -> None:
        """A leg of a bonus is enough to be known."""
        columns = {"mark": Column.numbers([None]), "binary.left_out": Column.numbers([Decimal(5)], unit="points")}

        assert [value.name for value in stored(columns)] == ["binary.left_out"]

    def test_every_kind_comes_back(self) -> None:
        """With its unit; and the best rank beside the rest."""
        state = state_of(
            stored(
                {
                    "flag": Column.booleans([True]),
                    "word": Column.texts(["gold"]),
                    "day": Column.dates([date(2026, 3, 31)]),
                    BEST_RANK: Column.texts(["silver"]),
                }
            )
        )

        assert {name: column.value(0) for name, column in state.carried.items()} == {
            "flag": True,
            "word": "gold",
            "day": date(2026, 3, 31),
        }
        assert state.best_rank.value(0) == "silver"

    def test_what_no_plan_wrote_is_left_out(self) -> None:
        """Amounts held back, and what is the company's."""
        rows = [
            CommissionCarry(run_id=RUN, period_id="2026-03", distributor_id=key_of("p0"), name=HELD, value={"USD": {}}),
            CommissionCarry(run_id=RUN, period_id="2026-03", name="fund", value={"number": "1"}),
        ]

        assert len(state_of(rows).ids) == 0
