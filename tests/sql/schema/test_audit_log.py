"""Decision D7 and the audit trigger: who changed what, in a log that is partitioned by month and only added to."""

import hashlib
import json
from datetime import date
from typing import Any

import psycopg
import pytest

from sql.schema._stage import Person, add_people, fails_with, on_stage, one, open_period, order, rows, uuid_of

Connection = psycopg.Connection[Any]
SETTINGS = ("actor_id", "request_id", "session_id", "ip_address", "user_agent")
SEALED = {"key": "k1", "sealed": "c2VjcmV0"}


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Ann, enrolled unlogged, so that the log holds only what a test does."""
    on_stage(connection)
    connection.execute("SELECT set_config('mlmcore.bulk', 'on', true)")
    add_people(connection, [Person(name="ann"), Person(name="bob", sponsor="ann")])
    connection.execute("SELECT set_config('mlmcore.bulk', '', true)")
    return connection


def log(connection: Connection, entity_type: str | None = None) -> list[tuple[Any, ...]]:
    """Action, before and after, in the order of writing."""
    return rows(
        connection,
        "SELECT action, before_data, after_data FROM audit_logs WHERE entity_type = %s OR %s::text IS NULL"
        " ORDER BY created_at, id",
        entity_type,
        entity_type,
    )


class TestWhoDidIt:
    """From settings of the transaction."""

    def test_actor_request_session_address_and_agent(self, stage: Connection) -> None:
        """All five are recorded."""
        values = (str(uuid_of("ann")), "r-1", "s-1", "192.0.2.7", "curl")
        for name, value in zip(SETTINGS, values, strict=True):
            stage.execute("SELECT set_config(%s, %s, true)", (f"mlmcore.{name}", value))
        stage.execute("UPDATE users SET role = 'support' WHERE id = %s", (uuid_of("bob"),))

        assert rows(
            stage,
            "SELECT actor_id, request_id, session_id, host(ip_address), user_agent, entity_type, entity_id"
            " FROM audit_logs",
        ) == [(uuid_of("ann"), *values[1:], "users", uuid_of("bob"))]

    def test_the_next_transaction_on_the_connection_has_no_actor(self, database: str) -> None:
        """A pooled connection: the second transaction sets none, and finds an empty string where there was a name."""
        with psycopg.connect(database) as pooled:
            add_people(on_stage(pooled), [Person(name="ann")])
            pooled.commit()
            for name, value in zip(SETTINGS, (str(uuid_of("ann")), "r", "s", "::1", "a"), strict=True):
                pooled.execute("SELECT set_config(%s, %s, true)", (f"mlmcore.{name}", value))
            on_stage(pooled).execute("UPDATE users SET role = 'support'")
            pooled.commit()
            on_stage(pooled).execute("UPDATE users SET role = 'auditor'")
            pooled.commit()

            assert one(pooled, "SELECT current_setting('mlmcore.actor_id', true)") == ""
            assert rows(
                on_stage(pooled),
                "SELECT actor_id, request_id, session_id, ip_address, user_agent FROM audit_logs"
                " WHERE action = 'update' AND after_data ->> 'role' = 'auditor' LIMIT 1",
            ) == [(None,) * 5]

    def test_an_actor_who_is_no_user_is_refused(self, stage: Connection) -> None:
        """By the log's foreign key."""
        stage.execute("SELECT set_config('mlmcore.actor_id', %s, true)", (str(uuid_of("nobody")),))

        assert fails_with(stage, "UPDATE users SET role = 'support'")[0] == "audit_logs_actor_id_fkey"


class TestWhatChanged:
    """Only the changed columns, before and after."""

    def test_an_update(self, stage: Connection) -> None:
        """Neither the other columns nor `updated_at`."""
        stage.execute("UPDATE users SET role = 'support', login_attempts = 2 WHERE id = %s", (uuid_of("bob"),))

        assert log(stage) == [
            ("update", {"role": "distributor", "login_attempts": 0}, {"role": "support", "login_attempts": 2})
        ]

    def test_an_update_that_changes_nothing_is_not_logged(self, stage: Connection) -> None:
        """And leaves `updated_at` alone."""
        before = one(stage, "SELECT updated_at FROM users WHERE id = %s", uuid_of("bob"))
        stage.execute("UPDATE users SET role = role")

        assert log(stage) == []
        assert one(stage, "SELECT updated_at FROM users WHERE id = %s", uuid_of("bob")) == before

    def test_an_insert_holds_all_that_is_set(self, stage: Connection) -> None:
        """NULLs are left out."""
        stage.execute("INSERT INTO territories (id, code, name) VALUES (%s, 'EU', 'Europe')", (uuid_of("eu"),))

        ((action, before, after),) = log(stage)
        assert (action, before) == ("insert", None)
        assert set(after) == {"id", "code", "name", "is_active", "created_at", "updated_at"}

    def test_a_delete_holds_what_was_there(self, stage: Connection) -> None:
        """Under `before`."""
        stage.execute("INSERT INTO commission_accounts VALUES ('house', 'The house')")
        stage.execute("DELETE FROM commission_accounts")

        action, before, after = log(stage)[1]
        assert (action, before["name"], after) == ("delete", "The house", None)

    def test_a_key_that_is_no_uuid_becomes_a_hash(self, stage: Connection) -> None:
        """Of table and key; a key of two columns is joined by a comma."""
        open_period(stage, "2026-03", "2026-03-01", "2026-03-31")
        stage.execute(
            "INSERT INTO commission_inputs (period_id, name, value, unit) VALUES ('2026-03', 'pool', 1, 'money')"
        )

        assert rows(stage, "SELECT entity_type, replace(entity_id::text, '-', '') FROM audit_logs ORDER BY id") == [
            (table, hashlib.md5(f"{table}:{key}".encode(), usedforsecurity=False).hexdigest())
            for table, key in (("commission_periods", "2026-03"), ("commission_inputs", "2026-03,pool"))
        ]

    def test_rows_of_one_transaction_have_an_order(self, stage: Connection) -> None:
        """`created_at` is the transaction's; the ids follow the writing."""
        for number in range(20):
            stage.execute("UPDATE users SET login_attempts = %s WHERE id = %s", (number + 1, uuid_of("ann")))

        assert [after["login_attempts"] for _, _, after in log(stage)] == list(range(1, 21))

    def test_an_adjustment_in_the_ledger_is_logged_under_the_ledgers_name(self, stage: Connection) -> None:
        """Not under the partition's."""
        open_period(stage, "2026-03", "2026-03-01", "2026-03-31")
        stage.execute(
            "INSERT INTO commission_ledger (period_id, distributor_id, type, amount)"
            " VALUES ('2026-03', %s, 'adjustment', 5)",
            (uuid_of("ann"),),
        )

        assert [action for action, _, _ in log(stage, "commission_ledger")] == ["insert"]


class TestExceptions:
    """Secrets, derived columns, personal columns, bulk loads."""

    def test_of_a_secret_only_that_it_changed(self, stage: Connection) -> None:
        """Neither the old value nor the new, not even sealed."""
        stage.execute(
            "UPDATE users SET password_hash = 'hash', two_factor_secret = %s WHERE id = %s",
            (json.dumps(SEALED), uuid_of("bob")),
        )

        changed = {"password_hash": {"changed": True}, "two_factor_secret": {"changed": True}}
        assert log(stage) == [("update", changed, changed)]
        assert one(stage, "SELECT count(*) FROM audit_personal") == 0

    def test_derived_columns_alone_write_no_row(self, stage: Connection) -> None:
        """Volumes and the sponsor leg; beside another change they are left out."""
        stage.execute("UPDATE distributors SET current_month_pv = 5, group_pv = 6, lifetime_pv = 7")
        assert log(stage) == []

        stage.execute(
            "UPDATE distributors SET personal_pv = 5, status = 'on_hold' WHERE user_id = %s", (uuid_of("bob"),)
        )
        assert log(stage) == [("update", {"status": "active"}, {"status": "on_hold"})]

    def test_a_personal_value_is_kept_apart(self, stage: Connection) -> None:
        """The log holds its salted hash, and stays when the value is erased."""
        stage.execute("UPDATE users SET phone = %s WHERE id = %s", ("+49 30 1", uuid_of("bob")))

        ((action, before, after),) = log(stage)
        ((salt, value, entity, column, moment),) = rows(
            stage, "SELECT salt, value, entity_id, column_name, moment FROM audit_personal"
        )
        digest = hashlib.sha256(bytes(salt) + b'"+49 30 1"').hexdigest()
        assert (action, before, after) == ("update", {"phone": None}, {"phone": {"sha256": digest}})
        assert (value, entity, column, moment) == ("+49 30 1", uuid_of("bob"), "phone", "after")
        stage.execute("DELETE FROM audit_personal WHERE entity_id = %s", (uuid_of("bob"),))
        assert log(stage) == [(action, before, after)]

    def test_a_bulk_load_writes_no_rows(self, stage: Connection) -> None:
        """It writes its own, one for a table and run."""
        stage.execute("SELECT set_config('mlmcore.bulk', 'on', true)")
        stage.execute("UPDATE users SET role = 'support'")

        assert log(stage) == []

    def test_every_mutable_table_is_audited(self, stage: Connection) -> None:
        """All tables but the log itself, what is derived by an audited statement, and what comes with a run."""
        unaudited = rows(
            stage,
            "SELECT c.relname FROM pg_class AS c"
            " WHERE c.relnamespace = 'mlmcore'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid"
            "  AND t.tgfoid = 'audit_row'::regproc) ORDER BY 1",
        )

        assert [name for (name,) in unaudited] == [
            "audit_logs",
            "audit_personal",
            "commission_unpaid",
            "genealogy_moves",
            "genealogy_paths",
            "schema_versions",
        ]

    def test_every_argument_names_a_column(self, stage: Connection) -> None:
        """A misspelt secret would be logged in clear."""
        unknown = rows(
            stage,
            "SELECT c.relname, name FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
            " CROSS JOIN unnest((string_to_array(encode(t.tgargs, 'escape'), '\\000'))[1:4]) AS list (columns)"
            " CROSS JOIN unnest(string_to_array(list.columns, ',')) AS name"
            " WHERE t.tgfoid = 'audit_row'::regproc AND NOT EXISTS ("
            "  SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = name AND a.attnum > 0)",
        )

        assert unknown == []

    def test_an_order_is_logged_without_addresses(self, stage: Connection) -> None:
        """Where somebody lives is personal."""
        order(stage, "o1", "ann", shipping_address='{"city": "Kyiv"}')

        ((_, _, after),) = log(stage, "orders")
        assert set(after["shipping_address"]) == {"sha256"}
        assert "Kyiv" not in json.dumps(list(log(stage)))


class TestAppendOnly:
    """Refused for the log and for each of its partitions by name."""

    @pytest.mark.parametrize("table", ["audit_logs", "audit_logs_default"])
    def test_update_delete_and_truncate_are_refused(self, stage: Connection, table: str) -> None:
        """With a row in the default partition, of a month that nobody made."""
        stage.execute(
            "INSERT INTO audit_logs (entity_type, entity_id, action, created_at) VALUES ('x', %s, 'x', '2999-01-01')",
            (uuid_of("ann"),),
        )
        for statement in (f"UPDATE {table} SET action = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            assert fails_with(stage, statement) == (
                "audit_logs_append_only_check",
                f"{statement.split()[0]} of audit_logs refused: rows are only added to it",
            )

    def test_a_month_that_is_made_is_protected_too(self, stage: Connection) -> None:
        """Row triggers are cloned, the TRUNCATE trigger is given to it."""
        month = one(stage, "SELECT ensure_audit_partition('2026-05-17')")
        stage.execute(
            "INSERT INTO audit_logs (entity_type, entity_id, action, created_at)"
            " VALUES ('x', %s, 'x', '2026-05-31 23:59+00')",
            (uuid_of("ann"),),
        )

        assert month == "audit_logs_y2026m05"
        for statement in (f"UPDATE {month} SET action = 'x'", f"DELETE FROM {month}", f"TRUNCATE {month}"):
            assert fails_with(stage, statement)[0] == "audit_logs_append_only_check"

    def test_a_personal_value_is_erased_and_never_changed(self, stage: Connection) -> None:
        """DELETE alone is allowed."""
        stage.execute("UPDATE users SET phone = '1'")

        assert fails_with(stage, "UPDATE audit_personal SET value = '2'")[0] == "audit_personal_append_only_check"
        assert fails_with(stage, "TRUNCATE audit_personal")[0] == "audit_personal_append_only_check"


class TestMonths:
    """Partitions with bounds in UTC, made ahead or afterwards."""

    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
    def test_rows_of_the_default_partition_are_moved(self, stage: Connection, zone: str) -> None:
        """Exactly those of the month, in any session's zone."""
        stage.execute("SELECT set_config('TimeZone', %s, true)", (zone,))
        instants = (
            "2026-04-30 23:59:59.999999+00",
            "2026-05-01 00:00:00+00",
            "2026-05-31 23:59:59.999999+00",
            "2026-06-01 00:00:00+00",
        )
        for number, instant in enumerate(instants):
            stage.execute(
                "INSERT INTO audit_logs (entity_type, entity_id, action, created_at) VALUES ('x', %s, %s, %s)",
                (uuid_of("ann"), str(number), instant),
            )
        stage.execute("SELECT ensure_audit_partition('2026-05-31')")

        assert rows(stage, "SELECT tableoid::regclass::text, action FROM audit_logs ORDER BY action") == [
            ("audit_logs_default", "0"),
            ("audit_logs_y2026m05", "1"),
            ("audit_logs_y2026m05", "2"),
            ("audit_logs_default", "3"),
        ]
        assert fails_with(stage, "DELETE FROM audit_logs_default")[0] == "audit_logs_append_only_check"

    def test_making_a_month_again_changes_nothing(self, stage: Connection) -> None:
        """Also the one that was asked for by name."""
        count = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass"
        before = one(stage, count)

        assert one(stage, "SELECT ensure_audit_partition('2024-03-31')") == "audit_logs_y2024m03"
        assert one(stage, count) == before

    def test_this_month_and_some_after_it(self, stage: Connection) -> None:
        """What a host calls once a month."""
        made = [name for (name,) in rows(stage, "SELECT * FROM ensure_audit_partitions(2)")]

        today: date = one(stage, "SELECT (now() AT TIME ZONE 'UTC')::date")
        months = [(today.year * 12 + today.month - 1 + ahead) for ahead in range(3)]
        assert made == [f"audit_logs_y{month // 12}m{month % 12 + 1:02}" for month in months]

    def test_a_month_has_the_indexes_of_the_log(self, stage: Connection) -> None:
        """Under the log's names and the month's suffix."""
        stage.execute("SELECT ensure_audit_partition('2026-05-01')")

        assert [
            name
            for (name,) in rows(
                stage,
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid ="
                " 'audit_logs_y2026m05'::regclass ORDER BY 1",
            )
        ] == [
            "audit_logs_pkey_y2026m05",
            "audit_logs_request_id_idx_y2026m05",
            "idx_audit_logs_actor_y2026m05",
            "idx_audit_logs_created_y2026m05",
            "idx_audit_logs_entity_y2026m05",
        ]
