"""The audit log's months: how far they reach, when that is an alarm, and what makes them."""

from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import RefusedError
from mlmcore.sql import installer, upkeep
from mlmcore.sql.upkeep import Partitions

Connection = psycopg.Connection[Any]
TODO = "make months ahead with: mlmcore schema partitions"


def month(ahead: int) -> str:
    """A month's part of a partition's name, counted from this one."""
    today = datetime.now(UTC).date()
    number = today.year * 12 + today.month - 1 + ahead
    return f"{date(number // 12, number % 12 + 1, 1):y%Ym%m}"


def drop(connection: Connection, ahead: int) -> None:
    """Take a month's partition away."""
    connection.execute(f"DROP TABLE mlmcore.audit_logs_{month(ahead)}".encode())


def strayed(connection: Connection, *instants: str) -> None:
    """Write audit rows of these instants."""
    for instant in instants:
        connection.execute(
            "INSERT INTO mlmcore.audit_logs (entity_type, entity_id, action, created_at)"
            " VALUES ('x', gen_random_uuid(), 'x', %s)",
            [instant],
        )


class TestAlarms:
    """What `status` says."""

    def test_three_months_ahead_are_no_alarm(self, host: Connection) -> None:
        """As `apply` leaves it."""
        found = installer.status(host)

        assert (found.audit_months_ahead, found.alarms) == (3, ())

    def test_a_gap_ends_what_is_ahead(self, host: Connection) -> None:
        """The months behind it do not count."""
        drop(host, 2)

        assert installer.status(host).audit_months_ahead == 1

    @pytest.mark.parametrize("missing", [0, 1])
    def test_a_month_that_comes_next_and_is_missing_is_an_alarm(self, host: Connection, missing: int) -> None:
        """This month or the next one."""
        drop(host, missing)

        found = installer.status(host)

        assert (found.audit_months_ahead, found.alarms) == (
            0,
            (f"the audit log has partitions for 0 months after this one; {TODO}",),
        )

    def test_rows_without_a_month_are_an_alarm(self, host: Connection) -> None:
        """Each month with its rows, the first twelve by name."""
        strayed(host, "1999-01-01 00:00+00", "1999-01-31 23:59:59+00", *(f"2001-{n:02}-03" for n in range(1, 13)))

        named = ", ".join(f"2001-{n:02} (1)" for n in range(1, 12))
        (alarm,) = installer.status(host).alarms
        assert alarm == (
            "rows of months without a partition are in the audit log's default one: "
            f"1999-01 (2), {named} and 1 more; {TODO}"
        )


class TestMaking:
    """What `partitions` does."""

    def test_months_ahead_and_months_of_strays_are_made_and_rows_moved(self, host: Connection) -> None:
        """By month; afterwards there is no alarm and no drift."""
        drop(host, 2)
        strayed(host, "1999-01-01 00:00+00", "1999-01-31 23:59:59+00", "2001-02-03")

        made = upkeep.make_partitions(host, ahead=4)

        names = ["y1999m01", "y2001m02", month(2), month(4)]
        assert made == Partitions(made=tuple(f"audit_logs_{name}" for name in names), moved=3)
        found = installer.status(host)
        assert (found.audit_months_ahead, found.audit_strays, found.alarms) == (4, 0, ())
        assert installer.check(host) == ()

    def test_where_all_are_there_nothing_is_locked(self, host: Connection) -> None:
        """So that it may be called every day."""
        assert upkeep.make_partitions(host, ahead=3) == Partitions(made=(), moved=0)
        locks = host.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = 'mlmcore.audit_logs'::regclass AND pid = pg_backend_pid()"
            " AND mode = 'AccessExclusiveLock'"
        ).fetchall()
        assert locks == [(0,)]

    @pytest.mark.parametrize("ahead", [-1, 121])
    def test_what_nobody_means_is_refused(self, host: Connection, ahead: int) -> None:
        """Ten years at most."""
        with pytest.raises(RefusedError) as caught:
            upkeep.make_partitions(host, ahead=ahead)

        assert str(caught.value) == f"partitions are made for 0 to 120 months ahead, not {ahead}"
