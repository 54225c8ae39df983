"""When an order counts (D5), and on which day (D16)."""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.orders_rule import counting_day, counts
from mlmcore.domain.sales import Order


def an_order(**changes: Any) -> Order:
    """An order of ten dollars."""
    given: dict[str, Any] = {
        "order_number": "A-1",
        "customer_id": new_id(),
        "distributor_id": new_id(),
        "subtotal": Money.of(10, "USD"),
        "total": Money.of(10, "USD"),
        "shipping_address": {},
        "billing_address": {},
    }
    return Order(**{**given, **changes})


class TestCounts:
    """Paid or refunded in part, and on its way."""

    def test_are_exactly_these_of_all_pairs(self) -> None:
        """Eight of 35; a paid order that is still pending is not among them."""
        counting = {pair for pair in product(OrderStatus, PaymentStatus) if counts(*pair)}

        assert counting == {
            ("confirmed", "paid"),
            ("confirmed", "partially_refunded"),
            ("processing", "paid"),
            ("processing", "partially_refunded"),
            ("shipped", "paid"),
            ("shipped", "partially_refunded"),
            ("delivered", "paid"),
            ("delivered", "partially_refunded"),
        }


class TestCountingDay:
    """The day of the first payment, in the zone of the period."""

    def test_is_the_day_of_payment_not_of_the_order(self) -> None:
        """Whatever came first."""
        order = an_order(created_at=datetime(2026, 2, 27, 12, tzinfo=UTC), paid_at=datetime(2026, 3, 2, 12, tzinfo=UTC))

        assert counting_day(order, "UTC") == date(2026, 3, 2)

    @pytest.mark.parametrize(
        ("timezone", "day"),
        [("UTC", date(2026, 3, 1)), ("America/New_York", date(2026, 2, 28)), ("Pacific/Kiritimati", date(2026, 3, 1))],
    )
    def test_depends_on_the_zone(self, timezone: str, day: date) -> None:
        """One instant is two days."""
        order = an_order(paid_at=datetime(2026, 3, 1, 0, 0, tzinfo=UTC))

        assert counting_day(order, timezone) == day

    def test_an_imported_order_counts_on_the_day_it_was_made(self) -> None:
        """Where the host has no instant of payment."""
        assert counting_day(an_order(created_at=datetime(2026, 3, 1, tzinfo=UTC)), "UTC") == date(2026, 3, 1)

    def test_an_order_without_either_is_refused(self) -> None:
        """No day is guessed."""
        with pytest.raises(InputError) as caught:
            counting_day(an_order(), "UTC")

        assert str(caught.value) == (
            "order A-1 has neither paid_at nor created_at, so no day to count on; "
            "give it the instant of its first payment"
        )

    def test_an_unknown_zone_is_refused(self) -> None:
        """By name."""
        with pytest.raises(InputError, match=r"^'Mars' is not a time zone; "):
            counting_day(an_order(created_at=datetime(2026, 3, 1, tzinfo=UTC)), "Mars")
