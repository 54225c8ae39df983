"""Decisions D5, D14, D15, D16 and D18: which orders count, on which day, and what a distributor's volume is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.orders_rule import counts
from sql.schema._stage import Person, add_people, fails_with, on_stage, one, open_period, order, rows, uuid_of

Connection = psycopg.Connection[Any]
ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati")


@pytest.fixture(params=ZONES)
def stage(connection: Connection, request: pytest.FixtureRequest) -> Connection:
    """Ann, and bob below her, seen by sessions in three time zones."""
    connection.execute("SELECT set_config('TimeZone', %s, true)", (request.param,))
    on_stage(connection)
    add_people(connection, [Person(name="ann"), Person(name="bob", sponsor="ann"), Person(name="cid", sponsor="bob")])
    return connection


def volumes(connection: Connection, name: str, first: str = "2026-03-01", last: str = "2026-03-31") -> tuple[Any, ...]:
    """Personal and group volume between two days."""
    (row,) = rows(connection, "SELECT * FROM calculate_distributor_volumes(%s, %s, %s)", uuid_of(name), first, last)
    return row


def refund(connection: Connection, name: str, at: str, pv: str, item: int = 0) -> None:
    """Give back one item of an order, the first where nothing else is said."""
    refund_id = uuid_of(f"refund of {name} {at}")
    connection.execute(
        "INSERT INTO order_refunds (id, refund_number, order_id, refunded_at, amount, currency)"
        " VALUES (%s, %s, %s, %s, 10, 'USD')",
        (refund_id, f"R-{name}-{at[:10]}", uuid_of(name), at),
    )
    connection.execute(
        "INSERT INTO order_refund_items (refund_id, order_item_id, quantity, amount, pv) VALUES (%s, %s, 1, 10, %s)",
        (refund_id, uuid_of(f"{name}/{item}"), pv),
    )


class TestWhichOrdersCount:
    """One rule in SQL and in Python."""

    @pytest.mark.parametrize(("status", "payment"), list(product(OrderStatus, PaymentStatus)))
    def test_sql_and_python_agree(self, connection: Connection, status: OrderStatus, payment: PaymentStatus) -> None:
        """Every pair of labels."""
        stored = one(on_stage(connection), "SELECT order_counts(%s, %s)", status.value, payment.value)

        assert stored is counts(status, payment)

    def test_the_pairs_that_count(self, connection: Connection) -> None:
        """Written out: paid or partially refunded, and confirmed, processing, shipped or delivered."""
        counting = rows(
            on_stage(connection),
            "SELECT s::text, p::text FROM unnest(enum_range(NULL::order_status)) AS s,"
            " unnest(enum_range(NULL::payment_status)) AS p WHERE order_counts(s, p)",
        )

        assert set(counting) == set(
            product(("confirmed", "processing", "shipped", "delivered"), ("paid", "partially_refunded"))
        )

    def test_an_unknown_state_does_not_count(self, connection: Connection) -> None:
        """Both columns may be NULL; the answer is never NULL."""
        assert rows(on_stage(connection), "SELECT order_counts(NULL, 'paid'), order_counts('shipped', NULL)") == [
            (False, False)
        ]

    def test_the_rule_is_inlined(self, connection: Connection) -> None:
        """A plan shows the labels, not a call."""
        plan = rows(
            on_stage(connection), "EXPLAIN (COSTS OFF) SELECT FROM orders WHERE order_counts(status, payment_status)"
        )

        assert not any("order_counts" in line for (line,) in plan)


class TestVolumes:
    """`calculate_distributor_volumes`, under the name and the signature that were asked for."""

    def test_a_group_is_everybody_below_and_oneself(self, stage: Connection) -> None:
        """The volume of the line, not times its quantity (D18)."""
        order(stage, "o1", "ann", pv=("1.50", "2.25"))
        order(stage, "o2", "bob", pv=("10.00",))
        order(stage, "o3", "cid", pv=("100.00",))

        assert volumes(stage, "ann") == (Decimal("3.75"), Decimal("113.75"))
        assert volumes(stage, "cid") == (Decimal("100.00"), Decimal("100.00"))

    def test_without_sales_it_is_zero(self, stage: Connection) -> None:
        """Never NULL."""
        assert volumes(stage, "ann") == (Decimal(0), Decimal(0))

    def test_it_needs_no_paths(self, stage: Connection) -> None:
        """Where the sponsor tree keeps none, it walks."""
        order(stage, "o3", "cid", pv=("100.00",))
        with_paths = volumes(stage, "ann")
        stage.execute("SELECT keep_genealogy_paths('sponsor', false)")

        assert one(stage, "SELECT count(*) FROM genealogy_paths") == 0
        assert volumes(stage, "ann") == with_paths == (Decimal(0), Decimal("100.00"))

    def test_what_does_not_count_is_left_out(self, stage: Connection) -> None:
        """Pending, cancelled, refunded, unpaid."""
        order(stage, "o1", "ann", status="pending")
        order(stage, "o2", "ann", status="cancelled")
        order(stage, "o3", "ann", status="refunded")
        order(stage, "o4", "ann", payment="pending")
        order(stage, "o5", "ann", payment="refunded")

        assert volumes(stage, "ann") == (Decimal(0), Decimal(0))

    def test_a_temporary_table_of_the_host_is_not_read(self, stage: Connection) -> None:
        """Somebody's `pg_temp.orders` does not stand in for ours."""
        order(stage, "o1", "ann")
        stage.execute("CREATE TEMP TABLE commission_periods (LIKE mlmcore.commission_periods)")
        stage.execute("CREATE TEMP TABLE genealogy_closure (LIKE mlmcore.genealogy_closure)")

        assert volumes(stage, "ann") == (Decimal("7.00"), Decimal("7.00"))


class TestDays:
    """Days become instants in the zone of the period (D15), the last day is inclusive (D14)."""

    @pytest.mark.parametrize("zone", ZONES)
    def test_first_and_last_microsecond(self, stage: Connection, zone: str) -> None:
        """Whatever the session's zone, exactly the period's own microseconds are in."""
        open_period(stage, "2026-03", "2026-03-01", "2026-03-31", timezone=zone)
        start = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        end = datetime(2026, 4, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        step = timedelta(microseconds=1)
        for number, instant in enumerate((start - step, start, end - step, end)):
            order(stage, f"o{number}", "ann", paid_at=instant.isoformat(), pv=(str(10**number),))

        assert volumes(stage, "ann")[0] == Decimal(110)

    def test_without_a_period_the_days_are_utc(self, stage: Connection) -> None:
        """Midnight in UTC, in every session."""
        order(stage, "o1", "ann", paid_at="2026-03-31 23:59:59.999999+00")
        order(stage, "o2", "ann", paid_at="2026-04-01 00:00:00+00")

        assert volumes(stage, "ann")[0] == Decimal("7.00")

    def test_periods_in_several_zones_are_ambiguous(self, stage: Connection) -> None:
        """A day and a week of the same single day in two zones: refused, not guessed."""
        open_period(stage, "d", "2026-03-01", "2026-03-01", kind="day", timezone="UTC")
        open_period(stage, "w", "2026-03-01", "2026-03-01", kind="week", timezone="Asia/Tokyo")

        _, message = fails_with(stage, "SELECT zone_of_days('2026-03-01', '2026-03-01')")
        assert message == "periods from 2026-03-01 to 2026-03-01 lie in several zones: Asia/Tokyo, UTC"

    def test_the_day_of_payment_counts(self, stage: Connection) -> None:
        """`created_at` only where it is not known when the order was paid (D16)."""
        order(stage, "o1", "ann", paid_at="2026-04-02 00:00:00+00", created_at="2026-03-30 00:00:00+00")
        order(stage, "o2", "ann", paid_at=None, created_at="2026-03-30 00:00:00+00", pv=("3.00",))

        assert volumes(stage, "ann")[0] == Decimal("3.00")

    @pytest.mark.parametrize(
        ("day", "zone"),
        [
            ("2026-11-01", "America/Havana"),  # 00:00 happens twice
            ("2018-11-04", "America/Sao_Paulo"),  # 00:00 does not happen
            ("2026-03-29", "Europe/Berlin"),
            ("2026-01-01", "Pacific/Kiritimati"),
        ],
    )
    def test_a_day_starts_as_in_python(self, stage: Connection, day: str, zone: str) -> None:
        """Also where midnight happens twice or never."""
        expected = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)

        assert one(stage, "SELECT start_of_day(%s, %s)", day, zone).astimezone(UTC) == expected


class TestRefunds:
    """A refund is its own dated row and lowers the period that it falls into."""

    def test_on_its_own_day(self, stage: Connection) -> None:
        """March keeps the sale, April has the refund, and is negative."""
        order(stage, "o1", "bob", pv=("7.00", "5.00"), payment="partially_refunded")
        refund(stage, "o1", "2026-04-02 00:00:00+00", "7.00")

        assert volumes(stage, "ann") == (Decimal(0), Decimal("12.00"))
        assert volumes(stage, "ann", "2026-04-01", "2026-04-30") == (Decimal(0), Decimal("-7.00"))

    def test_within_the_period(self, stage: Connection) -> None:
        """Sale less refund."""
        order(stage, "o1", "ann", pv=("7.00", "5.00"), payment="partially_refunded")
        refund(stage, "o1", "2026-03-20 00:00:00+00", "7.00")

        assert volumes(stage, "ann") == (Decimal("5.00"), Decimal("5.00"))

    def test_in_full_within_the_period_neither_counts(self, stage: Connection) -> None:
        """The order is refunded and counts for nothing, so its refund is not subtracted."""
        order(stage, "o1", "ann", status="refunded", payment="refunded")
        refund(stage, "o1", "2026-03-20 00:00:00+00", "7.00")

        assert volumes(stage, "ann") == (Decimal(0), Decimal(0))

    def test_in_full_in_a_later_period_is_subtracted_there(self, stage: Connection) -> None:
        """It counted once, in March, when that was calculated."""
        order(stage, "o1", "ann", status="refunded", payment="refunded")
        refund(stage, "o1", "2026-04-02 00:00:00+00", "7.00")

        assert volumes(stage, "ann") == (Decimal("7.00"), Decimal("7.00"))
        assert volumes(stage, "ann", "2026-04-01", "2026-04-30") == (Decimal("-7.00"), Decimal("-7.00"))

    def test_in_two_parts_each_is_subtracted_in_its_period(self, stage: Connection) -> None:
        """What March has left of it, April takes."""
        order(stage, "o1", "ann", pv=("7.00", "5.00"), status="refunded", payment="refunded")
        refund(stage, "o1", "2026-03-20 00:00:00+00", "7.00")
        refund(stage, "o1", "2026-04-02 00:00:00+00", "5.00", item=1)

        assert volumes(stage, "ann")[0] == Decimal("5.00")
        assert volumes(stage, "ann", "2026-04-01", "2026-04-30")[0] == Decimal("-5.00")


class TestOrderTotals:
    """An order agrees with its items when the transaction ends."""

    def test_items_may_come_after_the_order(self, stage: Connection) -> None:
        """Nothing is checked before the end."""
        order(stage, "o1", "ann", pv=("1", "2", "3"))
        stage.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert one(stage, "SELECT subtotal FROM orders") == Decimal(30)

    def test_a_subtotal_that_is_not_the_items_sum_is_refused(self, stage: Connection) -> None:
        """The message counts, the detail names order and figures."""
        order(stage, "o1", "ann", subtotal="11", total="11")

        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            stage.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert caught.value.diag.constraint_name == "orders_totals_check"
        assert caught.value.diag.message_primary == "1 order(s) do not add up"
        assert caught.value.diag.message_detail == "order o1: subtotal 11.00, its items come to 10.00"

    @pytest.mark.parametrize(
        ("columns", "passes"),
        [
            ({"discount_amount": "1", "tax_amount": "2", "shipping_amount": "3", "total": "14"}, True),
            ({"discount_amount": "1", "tax_amount": "2", "shipping_amount": "3", "total": "15"}, False),
            ({"total": "10.01"}, False),
        ],
    )
    def test_a_total_is_subtotal_less_discount_plus_tax_and_shipping(
        self, stage: Connection, columns: dict[str, str], passes: bool
    ) -> None:
        """To the cent."""
        order(stage, "o1", "ann", **columns)

        name, _ = fails_with(stage, "SELECT 1")
        assert name == (None if passes else "orders_totals_check")

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE order_items SET quantity = 2, total_price = 20",
            "DELETE FROM order_items",
            "UPDATE orders SET total = 9",
        ],
    )
    def test_a_later_change_is_checked_too(self, stage: Connection, change: str) -> None:
        """Of an item, of the order, or when an item goes."""
        order(stage, "o1", "ann", status="pending", payment="pending", paid_at=None)
        stage.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert fails_with(stage, change)[0] == "orders_totals_check"

    def test_a_bulk_load_checks_all_at_once(self, stage: Connection) -> None:
        """No row trigger fires; `check_order_totals()` names every offender."""
        stage.execute("SELECT set_config('mlmcore.bulk', 'on', true)")
        order(stage, "o1", "ann")
        order(stage, "o2", "ann", subtotal="11", total="12")
        order(stage, "o3", "ann", total="9")
        stage.execute("SET CONSTRAINTS ALL IMMEDIATE")

        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            stage.execute("SELECT check_order_totals()")

        assert caught.value.diag.message_primary == "2 order(s) do not add up"
        assert caught.value.diag.message_detail == (
            "order o2: subtotal 11.00, its items come to 10.00; "
            "total 12.00, subtotal - discount + tax + shipping comes to 11.00\n"
            "order o3: total 9.00, subtotal - discount + tax + shipping comes to 10.00"
        )
