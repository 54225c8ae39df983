"""Upgrading: the same schema as a fresh one, nothing lost, right again after a kill, and never by guessing."""

import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from attrs import evolve
from psycopg import sql

from mlmcore.domain.errors import RefusedError, StorageError, TransientError
from mlmcore.sql import installer, upgrading
from mlmcore.sql.catalogue import picture
from mlmcore.sql.scripts import Migration, Scripts
from mlmcore.sql.statements import Statement
from sql.installer.test_checking import program
from sql.migrations._versions import FILES, NEW, OLD, STEPS

Connection = psycopg.Connection[Any]
ODD = 'My "odd" schema'
NEWEST = STEPS[-1].number
EDITED = """\
the frozen baseline, upgraded by the migrations in tests/sql/migrations/steps/, is not what today's baseline installs:
{differences}
Whoever edits the baseline leads there too: add a migration to steps/ that does the same (or to the last one there, as \
none was ever released), or freeze the baseline anew with: python tests/sql/migrations/freeze.py"""


def recorded(connection: Connection, schema: str = "old") -> list[tuple[int, str, str]]:
    """What the schema says of itself."""
    table = sql.Identifier(schema, "schema_versions")
    found = connection.execute(sql.SQL("SELECT version, name, digest FROM {} ORDER BY version").format(table))
    return [(row[0], row[1], row[2]) for row in found]


def contents(connection: Connection, schema: str = "old") -> Mapping[str, list[dict[str, Any]]]:
    """Every row of every table but the versions, as the database writes it."""
    tables = [what.split()[1] for what in picture(connection, schema) if what.startswith("table ")]
    found = {}
    for table in sorted({*tables} - {"schema_versions"}):
        words = sql.SQL("SELECT to_jsonb(t) FROM {} AS t ORDER BY to_jsonb(t)::text")
        found[table] = [row[0] for row in connection.execute(words.format(sql.Identifier(schema, table)))]
    return found


def install_old(connection: Connection, schema: str) -> None:
    """The older version, with people, a period, lines, audit rows of a month that is missing."""
    installer.apply(connection, schema, demo_users=True, scripts=OLD)
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL search_path = {}, pg_catalog").format(sql.Identifier(schema)))
        connection.execute(
            """
            INSERT INTO distributors (user_id, distributor_number) SELECT id, 'D-' || row_number() OVER () FROM users;
            INSERT INTO commission_periods (id, name, start_date, end_date)
            VALUES ('2026-03', 'March', '2026-03-01', '2026-03-31');
            INSERT INTO commission_ledger (period_id, distributor_id, type, amount, created_at)
            SELECT '2026-03', user_id, 'adjustment', 12345678.90, '2026-03-05' FROM distributors;
            INSERT INTO products (sku, name, price, weight) VALUES ('TEA', 'Tea', 9.99, 1.25);
            INSERT INTO audit_logs (entity_type, entity_id, action, created_at)
            VALUES ('x', gen_random_uuid(), 'x', '1999-01-01')
            """
        )


@pytest.fixture(scope="module")
def old_template(server_address: str) -> Iterator[str]:
    """The name of a database with the older version in it, in two schemas."""
    name = f"mlmcore_old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        with psycopg.connect(server_address, dbname=name) as connection:
            install_old(connection, "old")
            install_old(connection, ODD)
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def old(server_address: str, old_template: str) -> Iterator[str]:
    """The address of a database of one's own with the older version in it."""
    name = f"mlmcore_old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {old_template}".encode())
        yield psycopg.conninfo.make_conninfo(server_address, dbname=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


class TestUpgraded:
    """What comes out."""

    def test_is_the_same_schema_as_a_fresh_one(self, old: str) -> None:
        """By the catalogues, object by object; only the order of columns may differ."""
        with psycopg.connect(old) as connection:
            assert upgrading.upgrade(connection, "old", scripts=NEW) == STEPS

            differences = "\n".join(map(str, installer.check(connection, "old", scripts=NEW)))
            assert not differences, EDITED.format(differences=differences)
            assert installer.status(connection, "old", scripts=NEW).current
            assert installer.apply(connection, "old", scripts=NEW) is False

    def test_every_row_is_kept(self, old: str) -> None:
        """In every table; what is new of it is NULL."""
        with psycopg.connect(old) as connection:
            before = contents(connection)
            connection.commit()
            upgrading.upgrade(connection, "old", scripts=NEW)
            after = contents(connection)

        assert len(before["audit_logs"]) > 5
        assert after["commission_ledger"] == [{**row, "base": None} for row in before["commission_ledger"]]
        assert after["commission_inputs"] == []
        unchanged = set(before) - {"commission_ledger"}
        assert {table: after[table] for table in unchanged} == {table: before[table] for table in unchanged}

    def test_works_though_its_columns_stand_in_another_order(self, old: str) -> None:
        """Periods are made, runs' lines swapped in, audit months made: whatever copies rows copies them by name."""
        run = "00000000-0000-4000-8000-000000000001"
        with psycopg.connect(old) as connection:
            upgrading.upgrade(connection, "old", scripts=NEW)
            connection.execute("SET search_path = old, pg_catalog")
            lines = "SELECT distributor_id, amount, base, corrects_id FROM commission_ledger ORDER BY distributor_id"
            before = connection.execute(lines).fetchall()
            connection.execute("UPDATE commission_periods SET status = 'closed'")
            for step in ("create", "complete", "swap"):
                connection.execute(f"SELECT {step}_successor('ledger', '2026-03', %s)".encode(), [run])
            connection.execute("SELECT ensure_audit_partition('1999-01-01')")

            assert connection.execute(lines).fetchall() == before
            assert connection.execute("SELECT count(*) FROM audit_logs_y1999m01").fetchall() == [(1,)]

    def test_records_what_was_run(self, old: str) -> None:
        """The installation and each step, with the digests of what was run."""
        with psycopg.connect(old) as connection:
            upgrading.upgrade(connection, "old", scripts=NEW)

            assert recorded(connection) == [
                (1, "baseline", OLD.digest),
                *((step.number, step.name, step.digest) for step in STEPS),
            ]

    def test_a_second_time_nothing_is_done(self, old: str) -> None:
        """And a fresh installation has nothing to upgrade."""
        with psycopg.connect(old) as connection:
            upgrading.upgrade(connection, "old", scripts=NEW)
            installer.apply(connection, "fresh", scripts=NEW)

            assert upgrading.upgrade(connection, "old", scripts=NEW) == ()
            assert upgrading.upgrade(connection, "fresh", scripts=NEW) == ()
            assert recorded(connection, "fresh") == [(NEWEST, "baseline", NEW.digest)]


class TestByHand:
    """What psql runs is the same."""

    @pytest.mark.parametrize("schema", ["old", ODD])
    def test_the_printed_script_upgrades_the_same(self, old: str, schema: str) -> None:
        """Each migration in a transaction of its own; a second time it says that it was done."""
        with psycopg.connect(old) as connection:
            text = upgrading.pending_script(schema, upgrading.pending(connection, schema, scripts=NEW))
            connection.commit()

            first, second = (self.typed(old, text) for _ in range(2))

            assert (first.returncode, first.stderr) == (0, "")
            assert [row[0] for row in recorded(connection, schema)] == [1, *(step.number for step in STEPS)]
        assert second.returncode == 3
        assert "migration 2 follows version 1 of the schema, which this is not" in second.stderr

    @staticmethod
    def typed(address: str, text: str) -> "subprocess.CompletedProcess[str]":
        command = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={address}"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def test_looking_changes_nothing(self, old: str) -> None:
        """Neither the record nor the objects."""
        with psycopg.connect(old) as connection:
            before = recorded(connection), picture(connection, "old")

            assert [step.file for step in upgrading.pending(connection, "old", scripts=NEW)] == FILES
            assert (recorded(connection), picture(connection, "old")) == before


def some_places(last: int) -> list[int]:
    """Before every statement of a short migration, and at its end; of a long one before some."""
    return [*range(0, last, 1 + last // 8), last]


class TestKilled:
    """At whichever statement the server ends the connection."""

    def test_steps_that_were_finished_stay_and_the_one_that_was_not_is_undone(self, old: str) -> None:
        """Upgrading again goes on from there, and comes out the same."""
        places = [(step, place) for step in STEPS for place in some_places(len(step.statements()))]
        assert len(places) > 12
        with psycopg.connect(old, autocommit=True) as killer:
            for step, place in places:
                self.kill_at(step, place, old, killer)
                assert recorded(killer)[-1][0] == step.number - 1
            assert [step.file for step in upgrading.upgrade(killer, "old", scripts=NEW)] == FILES[-1:]
            assert installer.check(killer, "old", scripts=NEW) == ()

    @staticmethod
    def kill_at(step: Migration, place: int, address: str, killer: Connection) -> None:
        seen = 0

        def watch(statement: Statement) -> None:
            nonlocal seen
            seen += statement.file in (step.file, "installer") and recorded(killer)[-1][0] == step.number - 1
            if seen == place + 1:
                killer.execute("SELECT pg_terminate_backend(%s, 60000)", [connection.info.backend_pid])

        connection = psycopg.connect(address)
        with pytest.raises(TransientError):
            upgrading.upgrade(connection, "old", watch=watch, scripts=NEW)
        connection.close()

    def test_a_statement_that_fails_is_named_and_its_step_is_undone(self, old: str) -> None:
        """By file and line; the steps before it stay."""
        broken = Migration(number=4, name="broken", text="CREATE TABLE half (id int);\nSELECT 1 / 0;")
        with psycopg.connect(old) as connection:
            with pytest.raises(RefusedError) as caught:
                upgrading.upgrade(connection, "old", scripts=evolve(NEW, migrations=(*STEPS[:2], broken)))

            assert str(caught.value) == "0004_broken.sql:2: division by zero"
            assert recorded(connection)[-1][0] == 3
            assert connection.execute("SELECT to_regclass('old.half')").fetchall() == [(None,)]

    def test_a_lock_that_is_not_to_be_had_is_a_passing_thing(self, old: str) -> None:
        """With a `lock_timeout` of the host's nobody waits behind the upgrade for long."""
        with psycopg.connect(old) as busy, psycopg.connect(old) as connection:
            busy.execute("LOCK TABLE old.products")
            connection.execute("SET lock_timeout = '10ms'")
            connection.commit()
            with pytest.raises(TransientError) as caught:
                upgrading.upgrade(connection, "old", scripts=NEW)

            assert str(caught.value).startswith("0003_what_a_rate_was_applied_to.sql:")
            assert str(caught.value).endswith("; try the whole transaction again")


class TestTransactions:
    """Each step its own, or the host's."""

    def test_each_step_is_committed_by_itself_on_an_idle_connection(self, old: str) -> None:
        """So that the label of one can be used by the next."""
        with psycopg.connect(old, autocommit=True) as watcher, psycopg.connect(old) as connection:
            seen: list[int] = []
            upgrading.upgrade(connection, "old", watch=lambda _: seen.append(recorded(watcher)[-1][0]), scripts=NEW)

        assert sorted(set(seen)) == [step.number - 1 for step in STEPS]
        assert seen == sorted(seen)

    def test_in_a_hosts_transaction_nothing_is_committed(self, old: str) -> None:
        """The host's rollback takes it back; its search_path is as it was."""
        with psycopg.connect(old) as connection:
            connection.execute("SET LOCAL search_path = public")
            upgrading.upgrade(connection, "old", scripts=evolve(NEW, migrations=STEPS[:1]))

            assert connection.execute("SHOW search_path").fetchall() == [("public",)]
            connection.rollback()
            assert recorded(connection) == [(1, "baseline", OLD.digest)]

    def test_a_label_cannot_be_used_in_the_transaction_that_adds_it(self, old: str) -> None:
        """Which is the server's rule; the host's transaction goes on with the steps before."""
        with psycopg.connect(old) as connection:
            connection.execute("SELECT 1")
            with pytest.raises(StorageError) as caught:
                upgrading.upgrade(connection, "old", scripts=NEW)

            assert str(caught.value).startswith("0003_what_a_rate_was_applied_to.sql:")
            assert 'unsafe use of new value "e_wallet"' in str(caught.value)
            assert recorded(connection)[-1][0] == 2

    def test_of_two_at_once_the_second_waits_and_finds_it_done(self, old: str) -> None:
        """By the installer's lock."""
        answers: list[tuple[Migration, ...]] = []

        def second() -> None:
            with psycopg.connect(old) as connection:
                answers.append(upgrading.upgrade(connection, "old", scripts=NEW))

        with psycopg.connect(old) as first, psycopg.connect(old, autocommit=True) as watcher:
            first.execute("SELECT 1")
            upgrading.upgrade(first, "old", scripts=evolve(NEW, migrations=STEPS[:1]))
            thread = threading.Thread(target=second)
            thread.start()
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while not watcher.execute(waiting.encode()).fetchall()[0][0]:
                pass
            first.commit()
            thread.join()

        assert [[step.file for step in answer] for answer in answers] == [FILES[1:]]

    def test_an_old_snapshot_is_refused(self, old: str) -> None:
        """It would not see what another upgrade has done."""
        with psycopg.connect(old) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with pytest.raises(RefusedError) as caught:
                upgrading.upgrade(connection, "old", scripts=NEW)

        assert str(caught.value) == (
            "the transaction is repeatable read, and an upgrade must see what another has done meanwhile; "
            "run it in a READ COMMITTED one"
        )


class TestRefused:
    """What cannot be known is not guessed."""

    @pytest.fixture
    def connection(self, old: str) -> Iterator[Connection]:
        with psycopg.connect(old) as connection:
            yield connection

    def refusal(self, connection: Connection, scripts: Scripts = NEW) -> str:
        with pytest.raises(RefusedError) as caught:
            upgrading.upgrade(connection, "old", scripts=scripts)
        return str(caught.value)

    def test_nothing_installed(self, connection: Connection) -> None:
        """There is `apply` for that."""
        with pytest.raises(RefusedError) as caught:
            upgrading.upgrade(connection, "nowhere")

        assert str(caught.value) == "schema 'nowhere' is not installed; install it with: mlmcore schema apply"

    def test_a_later_version_than_this_one(self, connection: Connection) -> None:
        """It may hold what an older library breaks."""
        upgrading.upgrade(connection, "old", scripts=NEW)

        message = (
            f"schema 'old' is version {NEWEST} ({STEPS[-1].name}), and this mlmcore knows versions up to 1; "
            "use the mlmcore that made it, or a later one"
        )
        assert self.refusal(connection, OLD) == message
        with pytest.raises(RefusedError) as caught:
            installer.apply(connection, "old", scripts=OLD)
        assert str(caught.value) == message
        assert installer.status(connection, "old", scripts=OLD).alarms[:1] == (message,)

    def test_a_baseline_that_was_never_released(self, connection: Connection) -> None:
        """A schema from a checkout in between."""
        connection.execute("UPDATE old.schema_versions SET digest = repeat('0', 64)")

        assert self.refusal(connection) == (
            "schema 'old' was installed by another version of mlmcore; until 0.1.0 is released the baseline is edited "
            "in place and there is no upgrade: install into a new schema"
        )

    def test_migrations_that_were_changed_or_left_out_after_they_ran(self, connection: Connection) -> None:
        """All of them, each with what is recorded and what the file has."""
        upgrading.upgrade(connection, "old", scripts=NEW)
        connection.execute("UPDATE old.schema_versions SET digest = repeat('0', 64) WHERE version = 4")
        connection.execute("DELETE FROM old.schema_versions WHERE version = 3")
        connection.execute("UPDATE old.schema_versions SET name = 'another' WHERE version = 2")
        two, _, four = (step.digest[:12] for step in STEPS[:3])

        assert self.refusal(connection) == (
            "schema 'old' was not upgraded by the migrations of this mlmcore: "
            f"version 2 is recorded as 'another' with the digest {two}, and {FILES[0]} has {two}; "
            "version 3 is not recorded, and a later one is; "
            f"version 4 is recorded as 'company_figures' with the digest 000000000000, and {FILES[2]} has {four}; "
            "use the mlmcore that upgraded it"
        )

    def test_an_empty_record(self, connection: Connection) -> None:
        """Nobody can say what was installed."""
        connection.execute("DELETE FROM old.schema_versions")

        assert self.refusal(connection) == (
            "schema 'old' records no version of itself: its table schema_versions is empty"
        )

    def test_installing_and_checking_over_an_older_version_say_to_upgrade(self, connection: Connection) -> None:
        """And so does `status`."""
        message = (
            f"schema 'old' is version 1, and this mlmcore's is {NEWEST}; bring it there with: mlmcore schema upgrade"
        )
        for work in (installer.apply, installer.check):
            with pytest.raises(RefusedError) as caught:
                work(connection, "old", scripts=NEW)
            assert str(caught.value) == message

        found = installer.status(connection, "old", scripts=NEW)
        assert (found.version, found.current, found.alarms[0]) == (1, False, message)
