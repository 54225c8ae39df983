"""The schema that was asked for, walked over the installed catalogue: name by name, type by type, label by label.

Types and defaults are not compared as text of ours: the inventory's own text goes through PostgreSQL, as the columns of
scratch tables, and the two deparsed forms are compared. The only differences are those in `_decisions`.
"""

import json
import re
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mlmcore.domain.ids import key_of
from sql.schema._decisions import (
    ADDED_KEYS,
    ADDED_LABELS,
    DEMO_USERS,
    NEW_TYPES,
    NOT_NULL,
    OWN_TABLES,
    PRIMARY_KEYS,
    TIMESTAMP,
)
from sql.schema._stage import on_stage, one, rows

Connection = psycopg.Connection[Any]

ROOT = Path(__file__).parents[3]
INVENTORY: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "inventory.json").read_text(), parse_float=Decimal)
ADDITIONS = (ROOT / "docs" / "schema" / "additions.md").read_text()
TABLES: dict[str, Any] = INVENTORY["tables"]
COLUMNS = [(table, column) for table, described in TABLES.items() for column in described["columns"]]

each_table = pytest.mark.parametrize("table", TABLES)


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """The installed schema."""
    return on_stage(connection)


def described(table: str) -> dict[str, dict[str, Any]]:
    """The inventory's columns of a table."""
    columns: dict[str, dict[str, Any]] = TABLES[table]["columns"]
    return columns


def catalogue(connection: Connection, table: str) -> dict[str, tuple[str, str | None, bool]]:
    """Type, default and NOT NULL of each column, deparsed, in the table's order."""
    return {
        name: (kind, default, required)
        for name, kind, default, required in rows(
            connection,
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull"
            " FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            table,
        )
    }


def as_written(connection: Connection, table: str) -> dict[str, tuple[str, str | None, bool]]:
    """The same of a scratch table made of the inventory's own text."""
    columns = ", ".join(
        f"{name} {column['type']}" + (f" DEFAULT {column['default']}" if "default" in column else "")
        for name, column in described(table).items()
    )
    connection.execute(f"CREATE TEMP TABLE scratch_{table} ({columns})".encode())
    return catalogue(connection, f"pg_temp.scratch_{table}")


def keys(connection: Connection, table: str, kind: str) -> list[tuple[str, list[str]]]:
    """Name and columns of the primary key ('p') or the unique constraints ('u')."""
    return rows(
        connection,
        "SELECT c.conname, array_agg(a.attname::text ORDER BY k.place) FROM pg_constraint AS c"
        " CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (number, place)"
        " JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number"
        " WHERE c.conrelid = %s::regclass AND c.contype = %s GROUP BY c.conname",
        table,
        kind,
    )


class TestTables:
    """16 tables, 257 columns, and the two tables that are only referred to."""

    def test_the_inventory_is_the_one_that_was_handed_over(self) -> None:
        """Its own counts, so that nothing is walked over in vain."""
        assert (len(TABLES), len(COLUMNS), len(INVENTORY["enums"]), len(INVENTORY["indexes"])) == (16, 257, 19, 23)

    @each_table
    def test_columns_stand_in_order_and_ours_after_them(self, stage: Connection, table: str) -> None:
        """Whatever comes after is in docs/schema/additions.md."""
        installed = list(catalogue(stage, table))
        wanted = list(described(table))

        assert installed[: len(wanted)] == wanted
        assert set(installed[len(wanted) :]) == added_columns(table)

    @each_table
    def test_types_are_as_written_or_as_decided(self, stage: Connection, table: str) -> None:
        """D3 by rule, D4 and D17 column by column with old and new type."""
        written, installed = as_written(stage, table), catalogue(stage, table)

        for name, (old, _, _) in written.items():
            if old == TIMESTAMP[0]:
                expected = TIMESTAMP[1]
            elif (table, name) in NEW_TYPES:
                _, old_decided, expected = NEW_TYPES[table, name]
                assert old == old_decided, f"{table}.{name}"
            else:
                expected = old
            assert installed[name][0] == expected, f"{table}.{name}"

    @each_table
    def test_defaults_are_as_written(self, stage: Connection, table: str) -> None:
        """No decision changes one."""
        written, installed = as_written(stage, table), catalogue(stage, table)

        assert {name: installed[name][1] for name in written} == {
            name: default for name, (_, default, _) in written.items()
        }

    @each_table
    def test_not_null_is_as_written(self, stage: Connection, table: str) -> None:
        """Where it says so, and in primary keys."""
        installed = catalogue(stage, table)

        for name, column in described(table).items():
            expected = bool(column.get("not_null") or column.get("primary_key") or (table, name) in NOT_NULL)
            assert installed[name][2] is expected, f"{table}.{name}"

    @each_table
    def test_primary_keys_are_as_written_or_hold_the_partition_key(self, stage: Connection, table: str) -> None:
        """D7 and D8."""
        written = [name for name, column in described(table).items() if column.get("primary_key")]
        _, expected = PRIMARY_KEYS.get(table, ("", written))

        assert keys(stage, table, "p") == [(f"{table}_pkey", expected)]

    @each_table
    def test_what_is_unique_is_unique(self, stage: Connection, table: str) -> None:
        """Single columns and lists of columns."""
        written = [[name] for name, column in described(table).items() if column.get("unique")]
        wanted = written + TABLES[table].get("unique", [])
        installed = [columns for _, columns in keys(stage, table, "u")]

        assert [columns for columns in wanted if columns not in installed] == []

    @each_table
    def test_foreign_keys_refer_to_what_is_written(self, stage: Connection, table: str) -> None:
        """Target and what happens on delete; one more by D1; keys of our own columns are ours."""
        wanted = {
            name: (column["references"], column.get("on_delete", "no action"))
            for name, column in described(table).items()
            if "references" in column
        }
        wanted |= {name: (target, "no action") for (of, name), (_, target) in ADDED_KEYS.items() if of == table}
        installed = {
            name: (target, {"a": "no action", "c": "cascade"}[action])
            for name, target, action in rows(
                stage,
                "SELECT a.attname, c.confrelid::regclass || '.' || f.attname, c.confdeltype FROM pg_constraint AS c"
                " JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
                " JOIN pg_attribute AS f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]"
                " WHERE c.conrelid = %s::regclass AND c.contype = 'f' AND cardinality(c.conkey) = 1",
                table,
            )
        }

        assert {name: key for name, key in installed.items() if name in described(table)} == wanted

    @pytest.mark.parametrize("table", INVENTORY["referenced_but_never_defined"])
    def test_what_was_only_referred_to_exists(self, stage: Connection, table: str) -> None:
        """D2: trees with a unique name, an active flag and timestamps."""
        columns = set(catalogue(stage, table))

        assert {"id", "name", "parent_id", "is_active", "created_at", "updated_at"} < columns
        assert [columns for _, columns in keys(stage, table, "u")] in ([["code"]], [["slug"]])

    def test_tables_of_ours_are_described(self, stage: Connection) -> None:
        """Each with each of its columns."""
        installed = rows(
            stage,
            "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'mlmcore'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
        )
        ours = {name for (name,) in installed} - set(TABLES) - set(OWN_TABLES)

        for table in ours:
            missing = set(catalogue(stage, table)) - words_about(table)
            assert not missing, f"{table}: {missing} not in additions.md"
        for table, page in OWN_TABLES.items():
            assert f"`{table}`" in (ROOT / page).read_text()


class TestDecisions:
    """Every entry of the table of decisions is about something that is there."""

    def test_every_decimal_column_is_decided(self) -> None:
        """All 33, `products.weight` included."""
        decimals = {(table, name) for table, name in COLUMNS if described(table)[name]["type"].startswith("DECIMAL")}

        assert len(decimals) == 33
        assert decimals == {place for place, (decision, _, _) in NEW_TYPES.items() if decision == "D4"}

    def test_no_timestamp_is_without_a_zone(self, stage: Connection) -> None:
        """D3: also in the tables of ours."""
        found = rows(
            stage,
            "SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute AS a"
            " JOIN pg_class AS c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = 'mlmcore'::regnamespace AND a.atttypid = 'timestamp'::regtype AND a.attnum > 0",
        )

        assert found == []

    def test_no_money_is_a_float(self, stage: Connection) -> None:
        """Nor real, nor PostgreSQL's own money type."""
        found = rows(
            stage,
            "SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute AS a"
            " JOIN pg_class AS c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = 'mlmcore'::regnamespace AND a.attnum > 0"
            " AND a.atttypid IN ('float4'::regtype, 'float8'::regtype, 'pg_catalog.money'::regtype)",
        )

        assert found == []


class TestEnums:
    """19 enums, label by label."""

    @pytest.mark.parametrize("enum", INVENTORY["enums"])
    def test_labels_stand_in_order(self, stage: Connection, enum: str) -> None:
        """Ours after those that were asked for (D11)."""
        _, added = ADDED_LABELS.get(enum, ("", []))

        assert one(stage, f"SELECT enum_range(NULL::{enum})::text[]") == INVENTORY["enums"][enum] + added

    def test_there_is_no_other(self, stage: Connection) -> None:
        """Our own vocabularies are CHECKs."""
        installed = rows(
            stage, "SELECT typname FROM pg_type WHERE typnamespace = 'mlmcore'::regnamespace AND typtype = 'e'"
        )

        assert {name for (name,) in installed} == set(INVENTORY["enums"])


class TestIndexesFunctionsTriggersPartitions:
    """By the names that were asked for."""

    @pytest.mark.parametrize("index", INVENTORY["indexes"], ids=lambda index: str(index["name"]))
    def test_an_index_is_on_its_columns(self, stage: Connection, index: dict[str, Any]) -> None:
        """Plain, over exactly these, in this order."""
        assert rows(
            stage,
            "SELECT i.indrelid::regclass::text, i.indisunique, i.indpred IS NULL, i.indisvalid,"
            " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnatts) AS n)"
            " FROM pg_index AS i WHERE i.indexrelid = %s::regclass",
            index["name"],
        ) == [(index["table"], False, True, True, index["columns"])]

    @pytest.mark.parametrize("function", INVENTORY["functions"], ids=lambda function: str(function["name"]))
    def test_a_function_takes_its_arguments(self, stage: Connection, function: dict[str, Any]) -> None:
        """Names and types."""
        names = [argument.split()[0] for argument in function["args"]]
        types = [argument.split()[1] for argument in function["args"]]

        assert rows(
            stage,
            "SELECT coalesce(proargnames[1:pronargs], '{}'), proargtypes::oid[] FROM pg_proc WHERE proname = %s"
            " AND pronamespace = 'mlmcore'::regnamespace",
            function["name"],
        ) == [(names, [one(stage, "SELECT %s::regtype::oid::bigint", name) for name in types])]

    def test_volumes_come_as_two_columns(self, stage: Connection) -> None:
        """personal_pv and group_pv."""
        assert (
            one(stage, "SELECT pg_get_function_result('calculate_distributor_volumes(uuid, date, date)'::regprocedure)")
            == "TABLE(personal_pv numeric, group_pv numeric)"
        )

    @pytest.mark.parametrize("trigger", INVENTORY["triggers"], ids=lambda trigger: str(trigger["name"]))
    def test_a_trigger_fires_when_it_should(self, stage: Connection, trigger: dict[str, Any]) -> None:
        """And calls the function of its name."""
        definition = one(stage, "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", trigger["name"])

        assert trigger["when"] in definition.replace("mlmcore.", "")
        assert definition.endswith("EXECUTE FUNCTION update_genealogy_paths()")

    @pytest.mark.parametrize("table", INVENTORY["partitioned"])
    def test_a_table_is_partitioned_by_its_key(self, stage: Connection, table: str) -> None:
        """RANGE by month, LIST by period."""
        written = INVENTORY["partitioned"][table].split(",")[0].replace("(", " (")

        assert one(stage, "SELECT pg_get_partkeydef(%s::regclass)", table) == written

    def test_the_partition_that_the_inventory_forgets(self, stage: Connection) -> None:
        """March 2024, with its bounds in UTC, in any session's zone; and a default (D7)."""
        stage.execute("SELECT set_config('TimeZone', 'UTC', true)")

        assert rows(
            stage,
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS h JOIN pg_class AS c"
            " ON c.oid = h.inhrelid WHERE h.inhparent = 'audit_logs'::regclass"
            " AND c.relname IN ('audit_logs_default', 'audit_logs_y2024m03') ORDER BY 1",
        ) == [
            ("audit_logs_default", "DEFAULT"),
            ("audit_logs_y2024m03", "FOR VALUES FROM ('2024-03-01 00:00:00+00') TO ('2024-04-01 00:00:00+00')"),
        ]


class TestSeedRows:
    """Five ranks always, three users on demand."""

    def test_the_ranks(self, stage: Connection) -> None:
        """Exactly these."""
        columns = ", ".join(INVENTORY["seed_rows"]["ranks_columns"])
        installed = rows(stage, f"SELECT {columns} FROM ranks ORDER BY level")

        assert [list(row) for row in installed] == INVENTORY["seed_rows"]["ranks"]

    def test_the_demo_users(self, stage: Connection) -> None:
        """D9: under ids derived from the names, without a password, and only from their own file."""
        stage.execute((files("mlmcore.sql") / "schema" / "900_demo_users.sql").read_bytes())

        for name, email, role, status, verified in INVENTORY["seed_rows"]["users"]:
            assert name in DEMO_USERS
            assert rows(
                stage,
                "SELECT email, role::text, status::text, email_verified, password_hash FROM users WHERE id = %s",
                key_of(name),
            ) == [(email, role, status, verified, None)]

    def test_a_plain_installation_has_no_users(self) -> None:
        """No other file inserts one."""
        folder = files("mlmcore.sql") / "schema"
        inserting = [
            entry.name
            for entry in folder.iterdir()
            if entry.name.endswith(".sql") and "INTO users" in entry.read_text()
        ]

        assert inserting == ["900_demo_users.sql"]


def added_columns(table: str) -> set[str]:
    """The columns that the first table of additions.md adds to one of the seed's."""
    found = re.findall(rf"^\| {table} \| ([^|]+) \|", ADDITIONS, re.MULTILINE)
    return {name for cell in found for name in re.findall(r"`(\w+)`", cell)}


def words_about(table: str) -> set[str]:
    """The words that begin something in backquotes in a table's paragraph."""
    paragraph = next(part for part in ADDITIONS.split("\n\n") if f"**{table}**:" in part or f"`{table}` is " in part)
    return set(re.findall(r"`\(?(\w+)", paragraph)) | set(re.findall(r"(\w+)(?:, \w+)*\)`", paragraph))
