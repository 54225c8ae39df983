"""`mlmcore schema apply`, `status`, `upgrade`, `partitions`, `check` and `sql`, on a database."""

import json

import psycopg
import pytest
from attrs import evolve

from cli.commands import mlmcore
from mlmcore.sql import installer, upgrading
from mlmcore.sql.scripts import Migration, packaged_scripts

STRAY = (
    "INSERT INTO mlmcore.audit_logs (entity_type, entity_id, action, created_at)"
    " VALUES ('x', gen_random_uuid(), 'x', '1999-01-01')"
)


class TestApply:
    def test_a_second_time_changes_nothing(self, empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Both times exit code 0, in words that differ."""
        first = mlmcore(capsys, "schema", "apply", "--dsn", empty_database, "--schema", "Odd name")
        again = mlmcore(capsys, "schema", "apply", "--dsn", empty_database, "--schema", "Odd name")

        assert (first.code, first.out) == (0, "schema 'Odd name' installed\n")
        assert (again.code, again.out) == (0, "schema 'Odd name' is installed already; nothing changed\n")

    def test_demo_users_come_when_asked_for(self, empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Three, and none otherwise."""
        mlmcore(capsys, "schema", "apply", "--dsn", empty_database)
        mlmcore(capsys, "schema", "apply", "--dsn", empty_database, "--schema", "with_users", "--demo-users")

        with psycopg.connect(empty_database) as connection:
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM mlmcore.users), (SELECT count(*) FROM with_users.users)"
            ).fetchone()
        assert counts == (0, 3)

    def test_a_server_that_is_not_there_is_an_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a traceback."""
        said = mlmcore(capsys, "schema", "status", "--dsn", "host=/nowhere dbname=shop")

        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("mlmcore: cannot connect: ")
        assert "Traceback" not in said.err


class TestStatus:
    def test_tells_installed_from_not(
        self, database: str, empty_database: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As JSON."""
        installed = mlmcore(capsys, "schema", "status", "--dsn", database, "--format", "json")
        empty = mlmcore(capsys, "schema", "status", "--dsn", empty_database, "--format", "json")

        assert (installed.code, json.loads(installed.out)["installed"], json.loads(installed.out)["current"]) == (
            0,
            True,
            True,
        )
        assert (empty.code, json.loads(empty.out)["installed"]) == (0, False)

    def test_an_alarm_is_exit_code_1(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """With what to do, and nothing on standard error."""
        with psycopg.connect(database) as connection:
            connection.execute(STRAY.encode())

        said = mlmcore(capsys, "schema", "status", "--dsn", database)

        assert (said.code, said.err) == (1, "")
        assert said.out.splitlines()[-1] == (
            "ALARM: rows of months without a partition are in the audit log's default one: 1999-01 (1); "
            "make months ahead with: mlmcore schema partitions"
        )


class TestPartitions:
    def test_what_was_made_and_moved_is_said(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """A second time nothing."""
        with psycopg.connect(database) as connection:
            connection.execute(STRAY.encode())

        first = mlmcore(capsys, "schema", "partitions", "--dsn", database)
        second = mlmcore(capsys, "schema", "partitions", "--dsn", database, "--format", "json")

        assert (first.code, first.out) == (0, "made audit_logs_y1999m01; 1 stray rows moved\n")
        assert json.loads(second.out) == {"schema": "mlmcore", "made": [], "moved": 0}
        assert mlmcore(capsys, "schema", "status", "--dsn", database).code == 0


class TestUpgrade:
    def test_a_current_schema_has_nothing_to_upgrade(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Nor has a dry run."""
        said = mlmcore(capsys, "schema", "upgrade", "--dsn", database)
        dry = mlmcore(capsys, "schema", "upgrade", "--dsn", database, "--dry-run")

        assert (said.code, said.out) == (0, "schema 'mlmcore' is of this version; nothing to upgrade\n")
        assert (dry.code, dry.out) == (0, "-- schema 'mlmcore' is of this version; nothing to upgrade\n")

    def test_steps_are_named_and_a_dry_run_prints_them(
        self, database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a migration that this version does not have yet."""
        step = Migration(number=2, name="notes", text="CREATE TABLE notes (id int);")
        today = packaged_scripts()
        later = evolve(today, migrations=(step,), released={1: frozenset({today.digest})})
        monkeypatch.setattr(upgrading, "packaged_scripts", lambda: later)

        dry = mlmcore(capsys, "schema", "upgrade", "--dsn", database, "--dry-run", "--format", "json")
        said = mlmcore(capsys, "schema", "upgrade", "--dsn", database)

        assert json.loads(dry.out)["migrations"] == ["0002_notes.sql"]
        assert "CREATE TABLE notes (id int);" in json.loads(dry.out)["sql"]
        assert (said.code, said.out) == (0, "schema 'mlmcore': 0002_notes.sql done\n")
        assert mlmcore(capsys, "schema", "upgrade", "--dsn", database).out.endswith("nothing to upgrade\n")


class TestCheck:
    def test_finds_nothing_on_what_is_installed(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 0."""
        said = mlmcore(capsys, "schema", "check", "--dsn", database)

        assert (said.code, said.out, said.err) == (0, "schema 'mlmcore' is as it should be\n", "")

    def test_names_drift_and_fails(self, database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 1, and the index that is gone."""
        with psycopg.connect(database) as connection:
            connection.execute("DROP INDEX mlmcore.idx_users_email")

        said = mlmcore(capsys, "schema", "check", "--dsn", database, "--format", "json")

        (drift,) = json.loads(said.out)["drift"]
        assert (said.code, said.err) == (1, "")
        assert "idx_users_email" in drift["what"]

    def test_of_nothing_is_refused(self, empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit code 2: the call is wrong."""
        said = mlmcore(capsys, "schema", "check", "--dsn", empty_database)

        assert (said.code, said.err) == (
            2,
            "mlmcore: schema 'mlmcore' is not installed; install it with: mlmcore schema apply\n",
        )


class TestSql:
    def test_prints_what_the_installer_runs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The same text, and nothing else."""
        said = mlmcore(capsys, "schema", "sql", "--schema", "shop")

        assert (said.code, said.out.rstrip("\n")) == (0, installer.script("shop").rstrip("\n"))
