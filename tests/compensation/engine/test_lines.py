"""Lines as columns: what a segment holds to, and the sums over segments."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from mlmcore.compensation.lines import (
    NO_RATE,
    AccountLines,
    AccountSegment,
    LedgerLines,
    Reason,
    Segment,
    UnpaidLines,
    UnpaidSegment,
    joined,
)


def ints(*values: int, dtype: Any = np.int32) -> Any:
    """An array of whole numbers."""
    return np.array(values, dtype=dtype)


def traced(count: int, **changes: Any) -> dict[str, Any]:
    """Where amounts come from: a rate of 0.05 of 100.00."""
    return {
        "bonus": "uni",
        "type": "unilevel",
        "source": np.full(count, 1, dtype=np.int32),
        "order": np.arange(count, dtype=np.int32),
        "level": np.full(count, 1, dtype=np.int32),
        "base": np.full(count, 10000, dtype=np.int64),
        "base_places": 2,
        "rate": np.full(count, 5, dtype=np.int64),
        "rate_places": 2,
        **changes,
    }


def segment(*amounts: int, **changes: Any) -> Segment:
    """Ledger lines to person 0, 1, ..."""
    payee = np.arange(len(amounts), dtype=np.int32)
    return Segment(**traced(len(amounts), **changes), payee=payee, amount=ints(*amounts, dtype=np.int64))


def unpaid(amount: int, places: int, reason: Reason) -> UnpaidSegment:
    """One unpaid line."""
    return UnpaidSegment(
        **traced(1),
        payee=ints(0),
        amount=ints(amount, dtype=np.int64),
        amount_places=places,
        reason=ints(reason, dtype=np.uint8),
    )


class TestSegment:
    """Lines of one bonus."""

    def test_numbers_are_read_exactly(self) -> None:
        """Base and rate have their own places; a line of several rates has none."""
        lines = segment(500, 700, rate=ints(5, NO_RATE, dtype=np.int64))

        assert (lines.base_of(0), lines.rate_of(0), lines.rate_of(1)) == (Decimal("100.00"), Decimal("0.05"), None)

    def test_columns_have_one_length_and_their_type(self) -> None:
        """A wrong one is a mistake of our own."""
        with pytest.raises(ValueError, match=r"^order has the shape \(2,\), but there are 1 lines$"):
            segment(5, order=ints(1, 2))
        with pytest.raises(TypeError, match=r"^a int32 array is needed, not int64$"):
            segment(5, source=ints(1, dtype=np.int64))

    def test_columns_are_read_only(self) -> None:
        """What is handed out is frozen."""
        with pytest.raises(ValueError, match="read-only"):
            segment(5).amount[0] = 6

    def test_some_lines_are_taken_in_their_order(self) -> None:
        """By position or by mask."""
        lines = segment(5, 6, 7)

        assert lines.take(ints(2, 0)).amount.tolist() == [7, 5]
        assert lines.take(np.array([False, True, False])).payee.tolist() == [1]

    def test_segments_of_one_bonus_are_joined(self) -> None:
        """Sub-periods, one after the other."""
        assert joined([segment(5), segment(6, 7)]).amount.tolist() == [5, 6, 7]


class TestSums:
    """Over all segments."""

    def test_the_ledger_by_person(self) -> None:
        """In minor units."""
        lines = LedgerLines((segment(5, 6), segment(7)))

        assert (len(lines), lines.total, lines.by_person(3).tolist()) == (3, 18, [12, 6, 0])

    def test_unpaid_by_reason(self) -> None:
        """Exactly, whatever the places of the segments."""
        lines = UnpaidLines((unpaid(15, 1, Reason.DEPTH), unpaid(-5, 3, Reason.ROUNDING), unpaid(25, 2, Reason.DEPTH)))

        assert lines.by_reason() == {"depth": Decimal("1.75"), "rounding": Decimal("-0.005")}
        assert len(lines) == 3

    def test_unpaid_by_reason_where_one_segment_has_several(self) -> None:
        """Each reason has its own sum."""
        both = joined([unpaid(15, 1, Reason.DEPTH), unpaid(5, 1, Reason.ROUNDING)])

        assert UnpaidLines((both,)).by_reason() == {"depth": Decimal("1.5"), "rounding": Decimal("0.5")}

    def test_accounts(self) -> None:
        """Those that got nothing, too."""
        plain = AccountSegment(
            **traced(1), account=ints(1, dtype=np.int16), payee=ints(-1), amount=ints(9, dtype=np.int64)
        )
        lines = AccountLines((plain, evolve(plain, amount=ints(2, dtype=np.int64))), ("house", "charity"))

        assert (len(lines), lines.total, lines.by_account()) == (2, 11, {"house": 0, "charity": 11})

    def test_reasons_have_the_names_that_plans_and_tables_write(self) -> None:
        """Lower case, with underscores."""
        assert [reason.label for reason in Reason][:4] == ["inactive", "not_qualified", "depth", "no_upline"]
