"""Every object of the schema is watched: whatever is dropped, renamed, altered, switched off or added is named.

The walk goes over the whole catalogue. Where changes of one kind do not touch each other, all of them are made at once,
and exactly those must be named; where a change takes others along, a seeded choice is made one by one. The expected
picture is taken once.
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import pytest

from mlmcore.sql.drift import Drift, drift_from

Connection = psycopg.Connection[Any]
Named = dict[str, str]
SEED = 20_261_128
SAMPLE = 12
PARTITION_KEYS = {"commission_ledger.period_id", "commission_unpaid.period_id", "audit_logs.created_at"}

MONTH = (
    "INSERT INTO commission_periods (id, name, start_date, end_date)"
    " VALUES ('2026-03', 'March', '2026-03-01', '2026-03-31')"
)


def rows(connection: Connection, words: str) -> list[tuple[Any, ...]]:
    return connection.execute(words.encode()).fetchall()


def named(expected: Mapping[str, str], connection: Connection) -> Named:
    """What drift names, and how."""
    return {item.what: item.how for item in drift_from(expected, connection, "mlmcore")}


def of_kind(expected: Mapping[str, str], kind: str) -> list[str]:
    return [what.split(maxsplit=1)[1] for what in expected if what.startswith(f"{kind} ")]


def renamed(kind: str, names: Sequence[str]) -> Named:
    return {f"{kind} {name}": "missing" for name in names} | {f"{kind} {name}_x": "extra" for name in names}


def table_and(name: str) -> tuple[str, str]:
    table, _, part = name.partition(".")
    return table, part


class TestWholeKinds:
    """All objects of a kind at once; exactly they are named."""

    def test_indexes_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Also those of partitioned tables."""
        names = of_kind(expected, "index")
        stage.execute(f"DROP INDEX {', '.join(names)}".encode())

        assert named(expected, stage) == {f"index {name}": "missing" for name in names}

    def test_indexes_renamed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """The old name is missing, the new one extra."""
        names = of_kind(expected, "index")
        for name in names:
            stage.execute(f"ALTER INDEX {name} RENAME TO {name}_x".encode())

        assert named(expected, stage) == renamed("index", names)

    @pytest.mark.parametrize("kind", ["CHECK", "FOREIGN KEY", "EXCLUDE"])
    def test_constraints_dropped(self, stage: Connection, expected: Mapping[str, str], kind: str) -> None:
        """Each kind whole."""
        names = [name for name in of_kind(expected, "constraint") if expected[f"constraint {name}"].startswith(kind)]
        for name in names:
            table, constraint = table_and(name)
            stage.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}".encode())

        assert len(names) > 3
        assert named(expected, stage) == {f"constraint {name}": "missing" for name in names}

    def test_constraints_renamed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Errors are told by their names."""
        names = of_kind(expected, "constraint")
        for name in names:
            table, constraint = table_and(name)
            stage.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {constraint} TO {constraint}_x".encode())

        assert named(expected, stage) == renamed("constraint", names)

    def test_references_deferred(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """They would let through until the commit what was refused at once."""
        names = [name for name in of_kind(expected, "constraint") if name.endswith("_fkey")]
        for name in names:
            table, constraint = table_and(name)
            stage.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {constraint} DEFERRABLE".encode())

        assert named(expected, stage) == {f"constraint {name}": "different" for name in names}

    def test_triggers_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """What nobody guards any more."""
        names = [name for name in of_kind(expected, "trigger") if not is_partitions(f"trigger {name}")]
        for name in names:
            table, trigger = table_and(name)
            stage.execute(f"DROP TRIGGER {trigger} ON {table}".encode())

        assert named(expected, stage) == {f"trigger {name}": "missing" for name in names}

    @pytest.mark.parametrize("how", ["DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"])
    def test_triggers_switched(self, stage: Connection, expected: Mapping[str, str], how: str) -> None:
        """Off, or on where they should not be; the same of a partitioned table is named for each partition."""
        names = of_kind(expected, "trigger")
        for name in names:
            table, trigger = table_and(name)
            stage.execute(f"ALTER TABLE {table} {how} TRIGGER {trigger}".encode())

        found = named(expected, stage)
        assert {what for what in found if not is_partitions(what)} == {f"trigger {name}" for name in names}
        assert "trigger audit_logs_default.tr_audit_logs_append_only" in found
        assert set(found.values()) == {"different"}

    def test_functions_altered(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """By any of their attributes: here what a call is said to cost."""
        names = of_kind(expected, "function")
        for (signature,) in rows(
            stage, "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'mlmcore'::regnamespace"
        ):
            stage.execute(f"ALTER FUNCTION {signature} COST 7".encode())

        assert named(expected, stage) == {f"function {name}": "different" for name in names}

    def test_bodies_changed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """By as little as a comment."""
        changed = set()
        for name, definition in rows(
            stage,
            "SELECT proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)"
            " FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang"
            " WHERE pronamespace = 'mlmcore'::regnamespace AND l.lanname = 'plpgsql'",
        ):
            stage.execute(definition.replace("$function$", "$function$ -- mended", 1).encode())
            changed.add(f"function {name}")

        assert len(changed) > 20
        assert named(expected, stage) == dict.fromkeys(changed, "different")

    def test_functions_renamed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """One by one: whatever calls them by an object's definition is told too."""
        for name in random.Random(SEED).sample(of_kind(expected, "function"), SAMPLE):
            with stage.transaction(force_rollback=True):
                bare = name.split("(")[0]
                (signature,) = rows(stage, f"SELECT oid::regprocedure::text FROM pg_proc WHERE proname = '{bare}'")[0]
                stage.execute(f"ALTER FUNCTION {signature} RENAME TO {bare}_x".encode())

                found = named(expected, stage)
                assert found[f"function {name}"] == "missing"
                extra = [what for what, how in found.items() if how == "extra"]
                assert [what.split("(")[0] for what in extra] == [f"function {bare}_x"]

    def test_labels_added(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """To every enum."""
        names = of_kind(expected, "type")
        for name in names:
            stage.execute(f"ALTER TYPE {name} ADD VALUE 'zzz'".encode())

        assert named(expected, stage) == {f"type {name}": "different" for name in names}

    def test_labels_renamed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """The type is named, and defaults and conditions that show the label."""
        for name in of_kind(expected, "type"):
            with stage.transaction(force_rollback=True):
                label = expected[f"type {name}"].split(", ")[0]
                stage.execute(f"ALTER TYPE {name} RENAME VALUE '{label}' TO 'zzz'".encode())

                found = named(expected, stage)
                assert found.pop(f"type {name}") == "different"
                assert set(found.values()) <= {"different"}

    def test_defaults_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """A row of a writer who leaves the column out would hold nothing."""
        names = [name for name in of_kind(expected, "column") if "DEFAULT" in expected[f"column {name}"]]
        for name in names:
            table, column = table_and(name)
            stage.execute(f"ALTER TABLE {table} ALTER {column} DROP DEFAULT".encode())

        found = {what: how for what, how in named(expected, stage).items() if not is_partitions(what)}
        assert found == {f"column {name}": "different" for name in names}

    def test_defaults_set(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Where there is none; in words of the server's own."""
        names = [name for name in of_kind(expected, "column") if "DEFAULT" not in expected[f"column {name}"]]
        for name in names:
            table, column = table_and(name)
            kind = re.sub(r" NOT NULL.*", "", expected[f"column {name}"])
            stage.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT lower(NULL::text)::{kind}".encode())

        found = {what for what in named(expected, stage) if not is_partitions(what)}
        assert found == {f"column {name}" for name in names}

    def test_obligations_lifted(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """NOT NULL, wherever it is no key's."""
        keys = {
            f"{table}.{column}"
            for table, columns in (
                (table_and(name)[0], re.findall(r"\w+", expected[f"constraint {name}"].removeprefix("PRIMARY KEY")))
                for name in of_kind(expected, "constraint")
                if name.endswith("_pkey")
            )
            for column in columns
        }
        required = [name for name in of_kind(expected, "column") if "NOT NULL" in expected[f"column {name}"]]
        names = [name for name in required if name not in keys]
        for name in names:
            table, column = table_and(name)
            stage.execute(f"ALTER TABLE {table} ALTER {column} DROP NOT NULL".encode())

        assert len(names) > 100
        assert named(expected, stage) == {f"column {name}": "different" for name in names}

    def test_columns_added(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """To every table."""
        names = of_kind(expected, "table")
        for name in names:
            stage.execute(f"ALTER TABLE {name} ADD COLUMN hosts_own text".encode())

        assert named(expected, stage) == {f"column {name}.hosts_own": "extra" for name in names}

    def test_tables_guarded_by_rows(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """A host's policies would hide rows from the month."""
        names = of_kind(expected, "table")
        for name in names:
            stage.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY".encode())

        assert named(expected, stage) == {f"table {name}": "different" for name in names}


def is_partitions(what: str) -> bool:
    """Whether it belongs to a partition of the audit log, which inherits some changes."""
    return re.match(r"\w+ audit_logs_(default|y\d{4}m\d\d)\.", what) is not None


class TestOneByOne:
    """What takes others along: the thing itself is named, and nothing that stands elsewhere."""

    def test_columns_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """With what stood on them; everything else that is named is missing or is told to be different."""
        for name in random.Random(SEED).sample(of_kind(expected, "column"), 2 * SAMPLE):
            table, column = table_and(name)
            if name in PARTITION_KEYS:
                continue
            with stage.transaction(force_rollback=True):
                stage.execute(f"ALTER TABLE {table} DROP COLUMN {column} CASCADE".encode())

                found = named(expected, stage)
                assert found.pop(f"column {name}") == "missing"
                assert "column" not in {what.split()[0] for what in found}

    def test_types_of_columns_changed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """A longer text, a wider number; not where a trigger or function holds the type fast."""
        changed = 0
        for name in random.Random(SEED).sample(of_kind(expected, "column"), 4 * SAMPLE):
            found = re.match(r"(character varying|numeric)\((\d+)(,2)?\)", expected[f"column {name}"])
            if found is None or name in PARTITION_KEYS:
                continue
            table, column = table_and(name)
            wider = f"{found[1]}({int(found[2]) + 1}{found[3] or ''})"
            with stage.transaction(force_rollback=True):
                try:
                    stage.execute(f"ALTER TABLE {table} ALTER {column} TYPE {wider}".encode())
                except psycopg.errors.FeatureNotSupported:
                    continue
                assert named(expected, stage)[f"column {name}"] == "different"
                changed += 1
        assert changed > SAMPLE // 2

    def test_tables_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Each with its columns, and with whatever of other tables refers to it."""
        for name in of_kind(expected, "table"):
            with stage.transaction(force_rollback=True):
                stage.execute(f"DROP TABLE {name} CASCADE".encode())

                found = named(expected, stage)
                assert found[f"table {name}"] == "missing"
                columns = {what for what in expected if what.startswith(f"column {name}.")}
                assert columns == {what for what in found if what.startswith("column ")}

    def test_tables_renamed(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Missing under one name and extra under another."""
        for name in random.Random(SEED).sample(of_kind(expected, "table"), SAMPLE):
            with stage.transaction(force_rollback=True):
                stage.execute(f"ALTER TABLE {name} RENAME TO {name}_x".encode())

                found = named(expected, stage)
                assert (found[f"table {name}"], found[f"table {name}_x"]) == ("missing", "extra")

    def test_keys_dropped(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """With the references to them."""
        keys = [what for what, text in expected.items() if text.startswith(("PRIMARY KEY", "UNIQUE"))]
        for what in random.Random(SEED).sample(sorted(keys), SAMPLE):
            table, constraint = table_and(what.split()[1])
            with stage.transaction(force_rollback=True):
                stage.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE".encode())

                found = named(expected, stage)
                assert found.pop(what) == "missing"
                assert all(other.endswith("_fkey") for other in found if other.startswith("constraint"))

    def test_references_switched_off_are_named(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """`DISABLE TRIGGER ALL` leaves the foreign keys there, and they keep nothing."""
        stage.execute("ALTER TABLE tasks DISABLE TRIGGER ALL")

        found = {item.what: item for item in drift_from(expected, stage, "mlmcore")}
        what = "constraint tasks.tasks_contact_id_fkey"
        assert (found[what].how, found[what].found) == ("different", found[what].expected + " (switched off)")


EXTRA: list[tuple[str, list[str]]] = [
    ("CREATE VIEW v AS SELECT id FROM orders", ["view v"]),
    ("CREATE MATERIALIZED VIEW m AS SELECT 1 AS a", ["materialized view m"]),
    ("CREATE SEQUENCE s", ["sequence s"]),
    ("CREATE TYPE t AS ENUM ('a')", ["type t"]),
    ("CREATE TYPE t AS (a int)", ["type t"]),
    ("CREATE TYPE t AS RANGE (subtype = float8)", ["function t(double precision, double precision)"]),
    ("CREATE DOMAIN d AS text CHECK (VALUE <> '')", ["type d"]),
    ("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", ["function p()"]),
    ("CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)", ["function a(integer)"]),
    ("CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)", ["operator ===(integer,integer)"]),
    ('CREATE COLLATION c FROM "C"', ["collation c"]),
    ("CREATE STATISTICS st ON status, total FROM orders", ["statistics object st"]),
    ("CREATE RULE quiet AS ON INSERT TO debts DO INSTEAD NOTHING", ["rule debts.quiet"]),
    ("CREATE POLICY own ON orders USING (false)", ["policy orders.own"]),
    ("CREATE TRIGGER mine BEFORE UPDATE ON orders EXECUTE FUNCTION touch_updated_at()", ["trigger orders.mine"]),
    ("ALTER TABLE orders ADD CONSTRAINT mine CHECK (total < 1000)", ["constraint orders.mine"]),
    ("CREATE UNIQUE INDEX mine ON orders (notes)", ["index mine"]),
]


class TestExtra:
    """What is not ours is named too, of whichever kind."""

    @pytest.mark.parametrize(("change", "found"), EXTRA, ids=[change.split(" AS ")[0][:40] for change, _ in EXTRA])
    def test_it_is_named(self, stage: Connection, expected: Mapping[str, str], change: str, found: list[str]) -> None:
        """By kind and name."""
        stage.execute(change.encode())

        drift = named(expected, stage)
        assert set(found) <= set(drift)
        assert set(drift.values()) == {"extra"}

    def test_a_table_that_inherits_from_ours_is_named_wherever_it_stands(
        self, stage: Connection, expected: Mapping[str, str]
    ) -> None:
        """Its rows would count as ours."""
        stage.execute("CREATE TABLE public.more () INHERITS (orders)")

        (drift,) = drift_from(expected, stage, "mlmcore")
        assert (drift.what, drift.expected, drift.found) == (
            "table orders",
            "ordinary",
            "ordinary INHERITED BY public.more",
        )


LEDGER = "commission_ledger_2026_03"
PARTITIONS: list[tuple[str, Drift]] = [
    (
        f"ALTER TABLE {LEDGER} ALTER amount SET DEFAULT 5",
        Drift(what=f"column {LEDGER}.amount", how="different", expected="NOT NULL", found="NOT NULL DEFAULT 5"),
    ),
    (
        f"ALTER TABLE {LEDGER} ADD CONSTRAINT mine CHECK (amount < 9)",
        Drift(what=f"constraint {LEDGER}.mine", how="extra", found="CHECK (amount < 9::numeric)"),
    ),
    (
        f"CREATE INDEX mine ON {LEDGER} (amount)",
        Drift(what="index mine", how="extra", found=f"CREATE INDEX mine ON {LEDGER} USING btree (amount)"),
    ),
    (
        f"CREATE TRIGGER mine BEFORE DELETE ON {LEDGER} EXECUTE FUNCTION touch_updated_at()",
        Drift(
            what=f"trigger {LEDGER}.mine",
            how="extra",
            found=(
                f"CREATE TRIGGER mine BEFORE DELETE ON {LEDGER} FOR EACH STATEMENT EXECUTE FUNCTION touch_updated_at()"
            ),
        ),
    ),
    (
        f"ALTER TABLE {LEDGER} SET UNLOGGED",
        Drift(
            what=f"table {LEDGER}",
            how="different",
            expected="PARTITION OF commission_ledger FOR VALUES IN ('2026-03')",
            found="PARTITION OF commission_ledger FOR VALUES IN ('2026-03') UNLOGGED",
        ),
    ),
    (
        (
            f"ALTER TABLE commission_ledger DETACH PARTITION {LEDGER};"
            f"ALTER TABLE commission_ledger ATTACH PARTITION {LEDGER} FOR VALUES IN ('2026-04')"
        ),
        Drift(
            what=f"table {LEDGER}",
            how="different",
            expected="PARTITION OF commission_ledger FOR VALUES IN ('2026-03')",
            found="PARTITION OF commission_ledger FOR VALUES IN ('2026-04')",
        ),
    ),
    (
        f"DROP TABLE {LEDGER}",
        Drift(
            what=f"table {LEDGER}", how="missing", expected="PARTITION OF commission_ledger FOR VALUES IN ('2026-03')"
        ),
    ),
    (
        (
            "ALTER TABLE audit_logs DETACH PARTITION audit_logs_y2024m03; ALTER TABLE audit_logs ATTACH PARTITION"
            " audit_logs_y2024m03 FOR VALUES FROM ('2024-03-01 05:00+00') TO ('2024-04-01 00:00+00')"
        ),
        Drift(
            what="table audit_logs_y2024m03",
            how="different",
            expected="PARTITION OF audit_logs FOR VALUES FROM ('2024-03-01 00:00:00+00') TO ('2024-04-01 00:00:00+00')",
            found="PARTITION OF audit_logs FOR VALUES FROM ('2024-03-01 05:00:00+00') TO ('2024-04-01 00:00:00+00')",
        ),
    ),
    (
        "DROP TRIGGER tr_audit_logs_no_truncate ON audit_logs_default",
        Drift(
            what="trigger audit_logs_default.tr_audit_logs_no_truncate",
            how="missing",
            expected=(
                "BEFORE TRUNCATE ON audit_logs_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_logs')"
            ),
        ),
    ),
]


class TestPartitions:
    """Each is held against its table and against the rule for it."""

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
    def test_those_of_new_periods_and_months_are_as_they_should_be(
        self, stage: Connection, expected: Mapping[str, str], zone: str
    ) -> None:
        """In whichever zone the session is; it keeps its zone."""
        stage.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        stage.execute(MONTH.encode())
        stage.execute(MONTH.replace("2026", "1999").replace("'1999-03',", "'a period of no shape',").encode())
        stage.execute("SELECT ensure_audit_partition('1999-12-31')")

        assert named(expected, stage) == {}
        assert rows(stage, "SHOW TimeZone") == [(zone,)]

    @pytest.mark.parametrize(("change", "drift"), PARTITIONS, ids=[drift.what for _, drift in PARTITIONS])
    def test_a_change_is_named(self, stage: Connection, expected: Mapping[str, str], change: str, drift: Drift) -> None:
        """And how it should be."""
        stage.execute(MONTH.encode())
        stage.execute(change.encode())

        assert drift_from(expected, stage, "mlmcore") == (drift,)

    def test_references_switched_off_are_named(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """Of one partition by its name."""
        stage.execute(MONTH.encode())
        stage.execute(f"ALTER TABLE {LEDGER} DISABLE TRIGGER ALL".encode())

        found = named(expected, stage)
        assert found[f"constraint {LEDGER}.commission_ledger_distributor_id_fkey"] == "different"
        assert all(f" {LEDGER}." in what for what in found)

    def test_a_partition_that_no_rule_knows_is_extra(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """It takes rows that should go elsewhere."""
        stage.execute("CREATE TABLE odd PARTITION OF audit_logs FOR VALUES FROM ('1990-01-01+00') TO ('1990-02-01+00')")

        assert named(expected, stage)["table odd"] == "extra"
