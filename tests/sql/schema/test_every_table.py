"""What holds for every table, shown on every table: changes are audited, and what is only added to stays as it is.

Rows are made from the catalogue alone: whatever a table requires gets some value of its type. References and checks are
taken away first, since what they keep is shown elsewhere; the triggers that are meant here stay.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from attrs import frozen

from sql.schema._stage import fails_with, on_stage, one, rows

Connection = psycopg.Connection[Any]

ACTOR: Final = UUID("00000000-0000-4000-8000-0000000000ac")
RUN: Final = UUID("00000000-0000-4000-8000-0000000000ff")
PERIOD: Final = "2026-03"
ANY: Final[Mapping[str, str]] = {
    "uuid": "gen_random_uuid()",
    "bool": "true",
    "date": "'2026-03-05'",
    "timestamptz": "'2026-03-05 12:00+00'",
    "jsonb": "'{}'",
    "bytea": "'\\x00'",
    "inet": "'192.0.2.7'",
    "int4": "1",
    "int8": "1",
    "numeric": "1",
}
OTHER: Final[Mapping[str, str]] = {
    "uuid": "gen_random_uuid()",
    "date": "'2026-03-06'",
    "timestamptz": "'2026-03-06 12:00+00'",
    "jsonb": """'{"a": 1}'""",
    "bytea": "'\\x01'",
    "inet": "'192.0.2.8'",
    "int4": "2",
    "int8": "2",
    "numeric": "2",
}
NOT_MEANT = """
SELECT format('ALTER TABLE %I DROP CONSTRAINT %I CASCADE', c.relname, k.conname)
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
WHERE k.connamespace = 'mlmcore'::regnamespace AND k.contype IN ('f', 'c', 'x') AND k.conparentid = 0
    AND NOT c.relispartition
UNION ALL
SELECT format('ALTER TABLE %I DISABLE TRIGGER %I', c.relname, t.tgname)
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'mlmcore'::regnamespace AND NOT t.tgisinternal AND t.tgparentid = 0 AND NOT c.relispartition
    AND t.tgfoid NOT IN ('audit_row'::regproc, 'refuse_change'::regproc, 'make_partitions_of_period'::regproc)
"""
AUDITED = """
SELECT c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 2),
       split_part(encode(t.tgargs, 'escape'), '\\000', 4), t.tgtype & 16 <> 0
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE t.tgfoid = 'mlmcore.audit_row'::regproc AND NOT c.relispartition ORDER BY 1
"""
APPEND_ONLY = """
SELECT c.relname, t.tgtype & 8 <> 0, (SELECT a.attname FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum = coalesce(t.tgattr[0], 1))
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE t.tgfoid = 'mlmcore.refuse_change'::regproc AND t.tgtype & 32 = 0 AND NOT c.relispartition ORDER BY 1
"""


@frozen
class Column:
    """A column as far as a value for it is concerned."""

    name: str
    type: str
    labels: list[str] | None
    required: bool

    def value(self, values: Mapping[str, str]) -> str:
        if self.name == "period_id":
            return f"'{PERIOD}'"
        if self.type == "bool" and values is OTHER:
            return f"NOT coalesce({self.name}, false)"
        if self.labels:
            return f"'{self.labels[0 if values is ANY else -1]}'"
        return values.get(self.type, "'x'" if values is ANY else "'y'")


def columns_of(connection: Connection, table: str) -> list[Column]:
    return [
        Column(*row)
        for row in rows(
            connection,
            "SELECT a.attname, t.typname, (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)"
            " FROM pg_enum AS e WHERE e.enumtypid = t.oid), a.attnotnull AND NOT a.atthasdef"
            " FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''"
            " ORDER BY a.attnum",
            table,
        )
    ]


def put(connection: Connection, table: str, **given: str) -> None:
    """Write a row of whatever the table requires."""
    values = {column.name: column.value(ANY) for column in columns_of(connection, table) if column.required} | given
    names = ", ".join(values)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(values.values())})".encode())


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Without what is not meant here, a period's partitions, and an empty log."""
    on_stage(connection)
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for (words,) in rows(connection, NOT_MEANT):
        connection.execute(words.encode())
    for table in ("users", "ranks", "genealogy_closure"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table}".encode())
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER tr_{table}_audit".encode())
    connection.execute("SELECT ensure_period_partitions(%s)", [PERIOD])
    for name, value in {"actor_id": str(ACTOR), "request_id": "r-1", "session_id": "s-1"}.items():
        connection.execute("SELECT set_config(%s, %s, true)", [f"mlmcore.{name}", value])
    return connection


def seen(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """What the log holds of a table, in the order of writing."""
    return rows(
        connection,
        "SELECT action, before_data, after_data, actor_id, request_id, session_id FROM audit_logs"
        " WHERE entity_type = %s AND created_at = now() AND request_id = 'r-1' ORDER BY id",
        table,
    )


class TestAudit:
    """Insert, update and delete of a row of every audited table."""

    def test_every_change_of_every_table_is_logged(self, stage: Connection) -> None:
        """Who, by which request, in which session; the whole row that came or went, the changed column alone."""
        audited = rows(stage, AUDITED)
        never_updated = {row[0] for row in rows(stage, APPEND_ONLY)}
        assert len(audited) > 25
        for table, derived, key, on_update in audited:
            put(stage, table)
            inserted = seen(stage, table)
            assert [row[0] for row in inserted] == ["insert"], table
            assert (inserted[0][1], *inserted[0][3:]) == (None, ACTOR, "r-1", "s-1"), table
            assert set(key.split(",")) <= set(inserted[0][2]), table
            if table in never_updated or not on_update:
                continue
            changed = self.change(stage, table, {*derived.split(","), *key.split(",")})
            action, before, after, *who = seen(stage, table)[1]
            assert (action, set(before) | set(after), tuple(who)) == ("update", {changed}, (ACTOR, "r-1", "s-1")), table
            assert before != after or before == after == {changed: {"changed": True}}, table
            stage.execute(f"DELETE FROM {table}".encode())
            action, before, after, *who = seen(stage, table)[2]
            assert (action, after, tuple(who)) == ("delete", None, (ACTOR, "r-1", "s-1")), table
            assert set(inserted[0][2]) <= set(before) | {changed}, table

    @staticmethod
    def change(connection: Connection, table: str, not_these: set[str]) -> str:
        column = next(
            column
            for column in reversed(columns_of(connection, table))
            if column.name not in not_these | {"period_id"} and not column.type.startswith("_")
        )
        connection.execute(f"UPDATE {table} SET {column.name} = {column.value(OTHER)}".encode())
        return column.name


class TestAppendOnly:
    """Every such table, and every partition of it by its own name."""

    def test_no_row_is_changed_or_taken_away(self, stage: Connection) -> None:
        """UPDATE, DELETE and TRUNCATE; what erasure may delete from is the one exception."""
        tables = rows(stage, APPEND_ONLY)
        assert {"audit_logs", "commission_ledger", "commission_plans", "genealogy_moves"} <= {row[0] for row in tables}
        stage.execute("SELECT ensure_audit_partition('1999-01-01')")
        for table, also_delete, column in tables:
            put(stage, table)
            for name in [table, *self.partitions(stage, table)]:
                self.refuses(stage, f"TRUNCATE {name}", table)
                if one(stage, f"SELECT count(*) FROM {name}"):
                    self.refuses(stage, f"UPDATE {name} SET {column} = {column}", table)
                    if also_delete:
                        self.refuses(stage, f"DELETE FROM {name}", table)

    def test_rows_in_each_partition_of_the_log_stay(self, stage: Connection) -> None:
        """Of the months that came with it, of one that is made now, and of the default one."""
        stage.execute("SELECT ensure_audit_partition('1999-01-01')")
        for instant in ("2024-03-05", "1999-01-05", "1990-01-01"):
            put(stage, "audit_logs", created_at=f"'{instant} 12:00+00'")
        names = [name for name in self.partitions(stage, "audit_logs") if one(stage, f"SELECT count(*) FROM {name}")]

        assert {"audit_logs_y2024m03", "audit_logs_y1999m01", "audit_logs_default"} <= set(names)
        for name in names:
            for words in (f"UPDATE {name} SET action = 'x'", f"DELETE FROM {name}", f"TRUNCATE {name}"):
                self.refuses(stage, words, "audit_logs")

    @pytest.mark.parametrize("kind", ["ledger", "unpaid"])
    def test_a_partition_that_a_run_swapped_in_refuses_too(self, stage: Connection, kind: str) -> None:
        """It was a table of its own until then."""
        stage.execute(
            "INSERT INTO commission_periods (id, name, start_date, end_date, status)"
            " VALUES (%s, 'March', '2026-03-01', '2026-03-31', 'closed')",
            [PERIOD],
        )
        for step in ("create", "complete", "swap"):
            stage.execute(f"SELECT {step}_successor(%s, %s, %s)".encode(), [kind, PERIOD, RUN])

        self.refuses(stage, f"TRUNCATE commission_{kind}_2026_03", f"commission_{kind}")

    @staticmethod
    def partitions(connection: Connection, table: str) -> list[str]:
        words = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1"
        return [name for (name,) in rows(connection, words, table)]

    @staticmethod
    def refuses(connection: Connection, words: str, table: str) -> None:
        assert fails_with(connection, words) == (
            f"{table}_append_only_check",
            f"{words.split(maxsplit=1)[0]} of {table} refused: rows are only added to it",
        ), words
