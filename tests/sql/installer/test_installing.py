"""Installing: all or nothing, once only, under any name, and never behind the host's back."""

import threading
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row, scalar_row

from mlmcore.domain.errors import RefusedError, StorageError, TransientError
from mlmcore.sql import installer
from mlmcore.sql.catalogue import picture
from mlmcore.sql.installer import Status
from mlmcore.sql.statements import Statement

Connection = psycopg.Connection[Any]
AWKWARD = ['My "odd" schema', "it's", "a.b", "%s", "größe; DROP", "public", "x" * 63]


def one(connection: Connection, words: str, *parameters: object) -> Any:
    row = connection.execute(words.encode(), parameters or None).fetchone()
    assert row is not None
    return row[0]


def exists(address: str, schema: str = "mlmcore") -> bool:
    """Whether anybody else can see a schema of that name."""
    with psycopg.connect(address) as other:
        return bool(one(other, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s)", schema))


def row_counts(connection: Connection, schema: str) -> Mapping[str, int]:
    """How many rows each table holds."""
    tables = [what.split()[1] for what in picture(connection, schema) if what.startswith("table ")]
    counted = {}
    for table in tables:
        words = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        counted[table] = connection.execute(words).fetchall()[0][0]
    return counted


def statements_of_a_plain_installation(connection: Connection) -> list[Statement]:
    seen: list[Statement] = []
    installer.apply(connection, "watched", watch=seen.append)
    return seen


class TestOnce:
    """A second run finds what the first one made."""

    def test_a_second_run_changes_nothing(self, host: Connection) -> None:
        """Neither objects nor rows; it says so."""
        before = picture(host, "mlmcore"), row_counts(host, "mlmcore")

        installed_again = installer.apply(host, "mlmcore", demo_users=True)

        assert installed_again is False
        assert (picture(host, "mlmcore"), row_counts(host, "mlmcore")) == before

    def test_a_plain_installation_holds_five_ranks_three_trees_and_one_version(self, host: Connection) -> None:
        """And no users, so no administrator that nobody asked for."""
        assert installer.apply(host, "plain") is True

        counted = row_counts(host, "plain")
        assert {table: count for table, count in counted.items() if count} == {
            "ranks": 5,
            "genealogy_closure": 3,
            "schema_versions": 1,
        }

    def test_demo_users_can_be_asked_for_later(self, host: Connection) -> None:
        """Nothing is installed by that, and asking twice adds nobody."""
        installer.apply(host, "plain")

        answers = [installer.apply(host, "plain", demo_users=True) for _ in range(2)]

        assert answers == [False, False]
        assert row_counts(host, "plain")["users"] == 3

    @pytest.mark.parametrize(("first_one", "second_installs"), [("commits", False), ("rolls back", True)])
    def test_of_two_at_once_the_second_waits_for_the_first(
        self, empty_database: str, first_one: str, second_installs: bool
    ) -> None:
        """And then finds it, or installs after all when the first has given up."""
        answers: list[bool] = []

        def second() -> None:
            with psycopg.connect(empty_database) as connection:
                answers.append(installer.apply(connection))

        thread = threading.Thread(target=second)
        with psycopg.connect(empty_database) as first, psycopg.connect(empty_database, autocommit=True) as watcher:
            first.execute("SELECT 1")
            installer.apply(first)
            thread.start()
            waiting = (
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid"
            )
            while not one(watcher, waiting + " FROM pg_database WHERE datname = current_database())"):
                pass
            first.commit() if first_one == "commits" else first.rollback()
        thread.join()

        assert answers == [second_installs]
        with psycopg.connect(empty_database) as connection:
            assert installer.check(connection) == ()

    def test_a_transaction_with_an_older_snapshot_is_told_to_begin_again(self, empty_database: str) -> None:
        """It sees the tables and not their rows, so it cannot say which version they are."""
        with psycopg.connect(empty_database) as old, psycopg.connect(empty_database) as new:
            old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            old.execute("SELECT 1")
            installer.apply(new)

            with pytest.raises(TransientError) as caught:
                installer.apply(old)

        assert str(caught.value) == "schema 'mlmcore' was installed while this transaction was open; begin it again"


class TestKilled:
    """Everything or nothing, at whichever statement the server ends the connection."""

    @pytest.mark.parametrize("part", range(4))
    def test_killed_at_any_statement_nothing_is_left(self, empty_database: str, part: int) -> None:
        """And installing afterwards gives what should be there: at every fourth, in parts that workers can share."""
        with psycopg.connect(empty_database) as connection:
            total = len(statements_of_a_plain_installation(connection))
            connection.execute("DROP SCHEMA watched CASCADE")
        assert total > 200

        with psycopg.connect(empty_database, autocommit=True) as killer:
            for place in range(4 * part, total, 16):
                self.kill_at(place, empty_database, killer)
                assert one(killer, "SELECT to_regnamespace('mlmcore') IS NULL"), (
                    f"something is left of statement {place}"
                )

        with psycopg.connect(empty_database) as connection:
            assert installer.apply(connection) is True
            assert installer.check(connection) == ()

    @staticmethod
    def kill_at(place: int, address: str, killer: Connection) -> None:
        seen: list[Statement] = []
        connection = psycopg.connect(address)

        def watch(statement: Statement) -> None:
            seen.append(statement)
            if len(seen) == place + 1:
                # Waits until the backend has ended.
                assert one(killer, "SELECT pg_terminate_backend(%s, 60000)", connection.info.backend_pid)

        with pytest.raises(TransientError) as caught:
            installer.apply(connection, watch=watch)
        connection.close()

        assert str(caught.value).startswith(f"{seen[place].file}:{seen[place].line}: ")

    def test_a_statement_that_fails_is_named_and_nothing_is_changed(self, host: Connection) -> None:
        """By its file and line, with the server's words."""
        host.execute("CREATE SCHEMA taken; CREATE TYPE taken.user_role AS ENUM ('x')")
        line = next(item.line for item in statements_of_a_plain_installation(host) if "user_role" in item.text)

        with pytest.raises(StorageError) as caught:
            installer.apply(host, "taken")

        assert str(caught.value) == f'010_types.sql:{line}: type "user_role" already exists'
        assert picture(host, "taken") == {"type user_role": "x"}


class TestHostsTransaction:
    """The host owns the transaction and its settings."""

    def test_an_idle_connection_is_committed(self, empty_database: str) -> None:
        """There is no host's work in it."""
        with psycopg.connect(empty_database) as connection:
            installer.apply(connection)

            assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
            assert exists(empty_database)

    def test_a_connection_that_commits_each_statement_installs_in_one_transaction(self, empty_database: str) -> None:
        """`autocommit` does not make it a statement at a time."""
        visible: list[bool] = []
        with psycopg.connect(empty_database, autocommit=True) as connection:
            installer.apply(connection, watch=lambda _: visible.append(exists(empty_database)))

        assert not any(visible)
        assert exists(empty_database)

    def test_a_hosts_rollback_undoes_it_with_the_hosts_own_work(self, empty_database: str) -> None:
        """Nothing was committed by us."""
        with psycopg.connect(empty_database) as connection:
            connection.execute("CREATE TABLE hosts (id int)")
            installer.apply(connection)

            assert connection.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
            assert not exists(empty_database)
            connection.rollback()
            assert one(connection, "SELECT to_regclass('hosts') IS NULL AND to_regnamespace('mlmcore') IS NULL")

    def test_a_hosts_commit_keeps_it(self, empty_database: str) -> None:
        """With the host's own work."""
        with psycopg.connect(empty_database) as connection:
            connection.execute("CREATE TABLE hosts (id int)")
            installer.apply(connection)
            connection.commit()

        with psycopg.connect(empty_database) as other:
            assert one(other, "SELECT to_regclass('hosts') IS NOT NULL")
            assert installer.check(other) == ()

    def test_after_a_refusal_the_hosts_transaction_goes_on(self, empty_database: str) -> None:
        """It was only a savepoint."""
        with psycopg.connect(empty_database) as connection:
            connection.execute("CREATE TABLE hosts (id int)")
            with pytest.raises(RefusedError):
                installer.apply(connection, "public")
            connection.execute("INSERT INTO hosts VALUES (1)")
            connection.commit()

            assert one(connection, "SELECT count(*) FROM hosts") == 1

    @pytest.mark.parametrize("scope", ["SESSION", "LOCAL"])
    def test_the_hosts_search_path_is_as_it_was(self, host: Connection, scope: str) -> None:
        """After installing, looking, checking, and after a refusal."""
        host.execute(f"SET {scope} search_path = pg_temp, public".encode())

        installer.apply(host, "elsewhere")
        installer.status(host, "elsewhere")
        installer.check(host, "elsewhere")
        host.execute("CREATE TABLE public.hosts (id int)")
        with pytest.raises(RefusedError):
            installer.apply(host, "public")

        assert one(host, "SHOW search_path") == "pg_temp, public"

    @pytest.mark.parametrize("factory", [dict_row, scalar_row])
    def test_the_hosts_row_factory_does_not_matter(self, host: Connection, factory: Any) -> None:
        """A host's connection may make rows of any kind."""
        host.row_factory = factory

        assert installer.apply(host, "elsewhere") is True
        assert installer.status(host, "elsewhere").current
        assert installer.check(host, "elsewhere") == ()


class TestNames:
    """A schema may have any name that PostgreSQL takes."""

    @pytest.mark.parametrize("schema", AWKWARD)
    def test_an_awkward_name_is_installed_found_and_as_it_should_be(self, host: Connection, schema: str) -> None:
        """Quotes, dots, per cent signs, letters, the longest, and the default schema of every database."""
        assert installer.apply(host, schema) is True
        assert installer.apply(host, schema) is False
        assert installer.status(host, schema).current
        assert installer.check(host, schema) == ()

    @pytest.mark.parametrize("schema", ["", "a\0b", "y" * 64, "ß" * 32])
    def test_what_can_be_no_name_is_refused(self, host: Connection, schema: str) -> None:
        """Before anything is sent."""
        for work in (installer.apply, installer.status, installer.check):
            with pytest.raises(RefusedError) as caught:
                work(host, schema)

            assert str(caught.value) == (
                f"{schema!r} cannot be a schema's name: it takes 1 to 63 bytes without NUL, and this has "
                f"{len(schema.encode())}"
            )


class TestRefusals:
    """What is not ours is not touched."""

    @pytest.mark.parametrize(
        "foreign",
        ["TABLE shop.notes (id int)", "VIEW shop.notes AS SELECT 1", "MATERIALIZED VIEW shop.notes AS SELECT 1"],
    )
    def test_a_schema_with_somebody_elses_tables_is_refused(self, host: Connection, foreign: str) -> None:
        """They are named."""
        host.execute(f"CREATE SCHEMA shop; CREATE {foreign}; CREATE TABLE shop.schema_versions (id int)".encode())

        with pytest.raises(RefusedError) as caught:
            installer.apply(host, "shop")

        assert str(caught.value) == (
            "schema 'shop' holds tables that are not ours (notes, schema_versions); name another with --schema"
        )

    def test_an_empty_schema_that_is_there_already_is_used(self, host: Connection) -> None:
        """A DBA may have made it for the role that installs."""
        host.execute("CREATE SCHEMA given")

        assert installer.apply(host, "given") is True

    def test_another_versions_schema_is_refused(self, host: Connection) -> None:
        """It is told by the digest of the files."""
        host.execute("UPDATE mlmcore.schema_versions SET digest = repeat('0', 64)")

        with pytest.raises(RefusedError) as caught:
            installer.apply(host, "mlmcore")

        assert str(caught.value) == (
            "schema 'mlmcore' was installed by another version of mlmcore; until 0.1.0 is released the baseline is "
            "edited in place and there is no upgrade: install into a new schema"
        )
        assert not installer.status(host).current

    def test_a_server_that_is_too_old_is_refused(self, host: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        """Before anything is tried."""
        monkeypatch.setattr(installer, "SERVER_MINIMUM", 99)
        version = host.info.server_version // 10_000

        with pytest.raises(RefusedError) as caught:
            installer.apply(host, "late")

        assert str(caught.value) == f"the server is PostgreSQL {version}; mlmcore needs 99 or later"


class TestStatus:
    """What is there, in numbers that a DBA looks at."""

    def test_before_installing(self, host: Connection) -> None:
        """Nothing; and asking makes nothing."""
        found = installer.status(host, "nowhere")

        server = one(host, "SHOW server_version")
        assert found == Status(schema="nowhere", installed=False, current=False, version=None, server=server)
        assert one(host, "SELECT to_regnamespace('nowhere') IS NULL")

    def test_after_installing(self, host: Connection) -> None:
        """The version, the months ahead, stray audit rows, the periods by status."""
        installer.apply(host, "fresh")
        host.execute("SET LOCAL search_path = fresh, pg_catalog")
        host.execute(
            "INSERT INTO commission_periods (id, name, start_date, end_date) VALUES"
            " ('2026-01', 'January', '2026-01-01', '2026-01-31'),"
            " ('2026-02', 'February', '2026-02-01', '2026-02-28'),"
            " ('2026-03', 'March', '2026-03-01', '2026-03-31');"
            "UPDATE commission_periods SET status = 'closed' WHERE id = '2026-01'"
        )
        host.execute(
            "INSERT INTO audit_logs (entity_type, entity_id, action, created_at)"
            " VALUES ('users', gen_random_uuid(), 'insert', '1999-01-01')"
        )

        assert installer.status(host, "fresh") == Status(
            schema="fresh",
            installed=True,
            current=True,
            version=1,
            server=one(host, "SHOW server_version"),
            audit_months_ahead=3,
            audit_strays=1,
            periods=(("open", 2), ("closed", 1)),
            alarms=(
                (
                    "rows of months without a partition are in the audit log's default one: 1999-01 (1); "
                    "make months ahead with: mlmcore schema partitions"
                ),
            ),
        )
