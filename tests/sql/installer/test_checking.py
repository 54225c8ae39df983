"""`check` names exactly what has drifted, and nothing after a dump, a restore, or an installation by hand."""

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import RefusedError
from mlmcore.sql import installer
from mlmcore.sql.catalogue import picture
from mlmcore.sql.drift import Drift
from mlmcore.testing.server import find_binaries

Connection = psycopg.Connection[Any]

MONTH = (
    "INSERT INTO commission_periods (id, name, start_date, end_date)"
    " VALUES ('2026-03', 'March', '2026-03-01', '2026-03-31')"
)
SUFFIX = (
    "RETURN CASE WHEN (period ~ '^[0-9]{4}(-([0-9]{2}(-[0-9]{2})?|W[0-9]{2}|Q[1-4]))?$'::text) THEN"
    """ lower(replace(period, '-'::text, '_'::text)) ELSE ('x'::text || "left"(md5(period), 12)) END"""
)
STATUS = "CREATE INDEX idx_orders_status ON orders USING btree (status)"
QUICK = "CREATE INDEX quick ON orders USING btree (notes)"
MARCH_2024 = "PARTITION OF audit_logs FOR VALUES FROM ('2024-03-01 00:00:00+00') TO ('2024-04-01 00:00:00+00')"
AUDITED = (
    "CREATE TRIGGER tr_users_audit AFTER INSERT OR DELETE OR UPDATE ON users FOR EACH ROW WHEN (NOT bulk_load())"
    " EXECUTE FUNCTION audit_row('password_hash,two_factor_secret', 'created_at,updated_at', 'email,phone', 'id')"
)
REPLACED = (
    "CREATE OR REPLACE FUNCTION period_suffix(period text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
    " RETURN period"
)
CASCADING = (
    "ALTER TABLE tasks DROP CONSTRAINT tasks_contact_id_fkey; ALTER TABLE tasks ADD CONSTRAINT tasks_contact_id_fkey"
    " FOREIGN KEY (contact_id) REFERENCES contacts ON DELETE CASCADE"
)


def missing(what: str, *expected: str) -> str:
    """How a drift reads of which nothing is there."""
    return "\n".join([f"{what}: missing", *(f"  - {line}" for line in expected)])


def extra(what: str, *found: str) -> str:
    """How a drift reads that should not be there."""
    return "\n".join([f"{what}: extra", *(f"  + {line}" for line in found)])


def different(what: str, expected: str, found: str) -> str:
    """How a drift of one line reads."""
    return f"{what}: different (- expected, + found)\n  - {expected}\n  + {found}"


def program(name: str) -> str:
    """A program of the server's own version: a newer `pg_dump` writes settings that an older server does not know."""
    given = os.environ.get("MLMCORE_TEST_BINARIES")
    return str((Path(given) if given else find_binaries()) / name)


def psql(address: str, script: str) -> None:
    """Type a script into psql, which stops at the first error."""
    command = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={address}"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


class TestDrift:
    """One change, one line."""

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ("SELECT 1", []),
            ("DROP TRIGGER tr_users_audit ON users", [missing("trigger users.tr_users_audit", AUDITED)]),
            (
                "ALTER TABLE orders ALTER currency SET DEFAULT 'EUR'",
                [
                    different(
                        "column orders.currency",
                        "character varying(3) DEFAULT 'USD'::character varying",
                        "character varying(3) DEFAULT 'EUR'::character varying",
                    )
                ],
            ),
            (
                "ALTER TABLE orders ALTER total DROP NOT NULL",
                ["column orders.total: different (- expected, + found)\n  - numeric(18,2) NOT NULL\n  + numeric(18,2)"],
            ),
            ("ALTER TABLE orders ADD loyalty text", [extra("column orders.loyalty", "text")]),
            (
                "DROP INDEX idx_orders_status",
                [missing("index idx_orders_status", STATUS)],
            ),
            (
                "CREATE INDEX quick ON orders (notes)",
                [extra("index quick", QUICK)],
            ),
            (
                "ALTER TABLE order_items DROP CONSTRAINT order_items_quantity_check",
                [missing("constraint order_items.order_items_quantity_check", "CHECK (quantity > 0)")],
            ),
            (
                "ALTER TABLE payouts DROP CONSTRAINT payouts_distributor_id_period_id_currency_key",
                [
                    missing(
                        "constraint payouts.payouts_distributor_id_period_id_currency_key",
                        "UNIQUE (distributor_id, period_id, currency)",
                    )
                ],
            ),
            (
                CASCADING,
                [
                    different(
                        "constraint tasks.tasks_contact_id_fkey",
                        "FOREIGN KEY (contact_id) REFERENCES contacts(id)",
                        "FOREIGN KEY (contact_id) REFERENCES contacts(id) ON DELETE CASCADE",
                    )
                ],
            ),
            ("CREATE TABLE notes (id int)", [extra("column notes.id", "integer"), extra("table notes", "ordinary")]),
            (
                "ALTER TABLE debts SET UNLOGGED",
                [different("table debts", "ordinary", "ordinary UNLOGGED")],
            ),
            (REPLACED, [different("function period_suffix(period text)", SUFFIX, "RETURN period")]),
            (
                "CREATE FUNCTION helper() RETURNS int LANGUAGE sql RETURN 1",
                [
                    extra(
                        "function helper()",
                        "CREATE OR REPLACE FUNCTION helper()",
                        " RETURNS integer",
                        " LANGUAGE sql",
                        "RETURN 1",
                    )
                ],
            ),
            (
                "ALTER TYPE period_status ADD VALUE 'paid'",
                [
                    different(
                        "type period_status",
                        "open, closed, calculating, finalized",
                        "open, closed, calculating, finalized, paid",
                    )
                ],
            ),
            (
                "DROP TABLE audit_logs_y2024m03",
                [missing("table audit_logs_y2024m03", MARCH_2024)],
            ),
            (
                f"{MONTH}; DROP TABLE commission_unpaid_2026_03",
                [
                    missing(
                        "table commission_unpaid_2026_03", "PARTITION OF commission_unpaid FOR VALUES IN ('2026-03')"
                    )
                ],
            ),
            (
                "DROP TRIGGER tr_audit_logs_no_truncate ON audit_logs_default",
                [
                    missing(
                        "trigger audit_logs_default.tr_audit_logs_no_truncate",
                        (
                            "BEFORE TRUNCATE ON audit_logs_default FOR EACH STATEMENT EXECUTE FUNCTION "
                            "refuse_change('audit_logs')"
                        ),
                    )
                ],
            ),
            (
                f"{MONTH}; ALTER TABLE commission_ledger_2026_03 DISABLE TRIGGER tr_commission_ledger_guard",
                [different("trigger commission_ledger_2026_03.tr_commission_ledger_guard", "enabled", "switched off")],
            ),
        ],
    )
    def test_what_was_changed_is_named(self, host: Connection, change: str, found: list[str]) -> None:
        """By kind and name, with how it is and how it should be."""
        host.execute("SET LOCAL search_path = mlmcore, pg_catalog")
        host.execute(change.encode())

        assert [str(drift) for drift in installer.check(host)] == found

    def test_a_trigger_that_is_switched_off_is_named(self, host: Connection) -> None:
        """It is there, and does nothing."""
        host.execute("ALTER TABLE mlmcore.users DISABLE TRIGGER tr_users_audit")

        (drift,) = installer.check(host)

        assert (drift.what, drift.how) == ("trigger users.tr_users_audit", "different")
        assert drift.found == f"{drift.expected} (enabled: D)"

    def test_a_long_definition_is_cut(self) -> None:
        """With how much there is of it."""
        drift = Drift(what="function f()", how="missing", expected="\n".join(str(n) for n in range(13)))

        assert str(drift) == missing("function f()", *map(str, range(10))) + "\n  (3 more lines)"

    def test_everything_is_named_at_once(self, host: Connection) -> None:
        """Not only the first."""
        host.execute("SET LOCAL search_path = mlmcore, pg_catalog")
        host.execute("DROP INDEX idx_orders_status; ALTER TABLE orders DROP COLUMN notes; DROP TABLE debts")

        found = installer.check(host)

        assert Drift(what="column orders.notes", how="missing", expected="text") in found
        assert {"index idx_orders_status", "column orders.notes", "table debts"} <= {drift.what for drift in found}
        assert {drift.how for drift in found} == {"missing"}

    def test_a_period_brings_partitions_and_no_drift(self, host: Connection) -> None:
        """They are held against the rule: each period has its two."""
        host.execute("SET LOCAL search_path = mlmcore, pg_catalog")
        host.execute(MONTH.encode())

        assert installer.check(host) == ()

    def test_checking_leaves_nothing_behind(self, host: Connection) -> None:
        """The scratch schema is rolled back; what the host did before is not."""
        schemas = "SELECT array_agg(nspname::text ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'"
        host.execute("CREATE SCHEMA hosts")
        before = host.execute(schemas).fetchall()

        installer.check(host)

        assert host.execute(schemas).fetchall() == before

    def test_what_is_not_installed_is_refused(self, host: Connection) -> None:
        """Everything would be missing."""
        with pytest.raises(RefusedError) as caught:
            installer.check(host, "nowhere")

        assert str(caught.value) == "schema 'nowhere' is not installed; install it with: mlmcore schema apply"


class TestByHand:
    """What psql and pg_dump do is the same as what `apply` does."""

    @pytest.mark.parametrize("schema", ["mlmcore", 'My "odd" schema'])
    def test_the_printed_script_through_psql_installs_the_same(self, empty_database: str, schema: str) -> None:
        """Object by object, and `apply` finds it installed."""
        psql(empty_database, installer.script(schema, demo_users=True))

        with psycopg.connect(empty_database) as connection:
            connection.execute("SELECT 1")
            installer.apply(connection, "applied", demo_users=True)
            assert picture(connection, schema) == picture(connection, "applied")
            assert installer.apply(connection, schema) is False
            assert installer.check(connection, schema) == ()
            users = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(schema, "users"))
            assert connection.execute(users).fetchall() == [(3,)]

    def test_the_printed_script_stops_where_something_is_there_already(self, database: str) -> None:
        """All in one transaction: a second time it fails and changes nothing."""
        command = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database}"]
        done = subprocess.run(command, input=installer.script(), capture_output=True, text=True, check=False)

        assert done.returncode == 3
        with psycopg.connect(database) as connection:
            assert installer.check(connection) == ()

    @pytest.mark.parametrize("schema", ["mlmcore", 'My "odd" schema'])
    def test_a_dump_restored_elsewhere_passes(self, empty_database: str, database: str, schema: str) -> None:
        """With the partitions of a period, and the rows."""
        with psycopg.connect(database) as connection:
            installer.apply(connection, schema)
            connection.execute(psycopg.sql.SQL("SET LOCAL search_path = {}").format(psycopg.sql.Identifier(schema)))
            connection.execute(MONTH.encode())
        dump = [program("pg_dump"), "--no-owner", f"--dbname={database}"]
        text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout

        psql(empty_database, text)

        with psycopg.connect(empty_database) as connection:
            assert installer.check(connection, schema) == ()
            assert installer.status(connection, schema).periods == (("open", 1),)
