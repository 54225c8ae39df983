"""Bringing an installed schema to this version: the migrations that it has not seen, one transaction each.

Every step holds the installer's lock, looks again which step is next, runs it and records it, so that two who upgrade
at once, or one who was killed at any statement and begins again, come out the same. In a host's transaction the steps
are savepoints and the host commits them together.
"""

from collections.abc import Sequence

from mlmcore.domain.errors import RefusedError
from mlmcore.sql._running import Connection, Watcher, enter, lock_schema, path_kept, refuse_name, run, value
from mlmcore.sql.query_files import quote_identifier
from mlmcore.sql.scripts import Migration, Scripts, packaged_scripts
from mlmcore.sql.statements import split_statements
from mlmcore.sql.translate import translating
from mlmcore.sql.versions import installed_version, recorded_versions, refuse_missing

__all__ = ["pending", "pending_script", "upgrade"]


def pending(
    connection: Connection, schema: str = "mlmcore", *, scripts: Scripts | None = None
) -> tuple[Migration, ...]:
    """The migrations that an installed schema has not seen, in order; changes nothing.

    Args:
        connection: Idle or inside a transaction.
        schema: The schema's name, unquoted.
        scripts: Of which version of the library; this one's when left out.

    Raises:
        RefusedError: Nothing is installed there, it is of a later version, or it was not made by these scripts.
    """
    refuse_name(schema)
    known = scripts or packaged_scripts()
    with translating(), connection.transaction():
        return _pending(connection, schema, known)


def upgrade(
    connection: Connection,
    schema: str = "mlmcore",
    *,
    watch: Watcher | None = None,
    scripts: Scripts | None = None,
) -> tuple[Migration, ...]:
    """Run the migrations that an installed schema has not seen.

    Args:
        connection: Idle: each migration is committed by itself. Inside a transaction: they are savepoints, and the
            host commits. READ COMMITTED, so that what another upgrade has done is seen.
        schema: The schema's name, unquoted.
        watch: Called before each statement, for progress and for tests.
        scripts: Of which version of the library; this one's when left out.

    Returns:
        What was run, in order; nothing where the schema was current.

    Raises:
        RefusedError: As for `pending`; or the transaction works on an old snapshot.
        TransientError: The connection was lost, or a lock was not to be had. What was finished stays; begin again.
        StorageError: A statement failed; the message names file and line. Its migration changed nothing.
    """
    refuse_name(schema)
    known = scripts or packaged_scripts()
    done: list[Migration] = []
    while migration := _step(connection, schema, known, watch):
        done.append(migration)
    return tuple(done)


def pending_script(schema: str, migrations: Sequence[Migration]) -> str:
    """What `upgrade` would run, for people who upgrade by their own hand: one transaction for each migration."""
    return "\n".join(_by_hand(schema, migration) for migration in migrations)


def _pending(connection: Connection, schema: str, scripts: Scripts) -> tuple[Migration, ...]:
    refuse_missing(connection, schema)
    return scripts.after(installed_version(schema, recorded_versions(connection, schema), scripts))


def _step(connection: Connection, schema: str, scripts: Scripts, watch: Watcher | None) -> Migration | None:
    with translating(), connection.transaction(), path_kept(connection):
        _refuse_snapshot(connection)
        lock_schema(connection, schema)
        waiting = _pending(connection, schema, scripts)
        if not waiting:
            return None
        migration = waiting[0]
        enter(connection, schema)
        run(connection, [*migration.statements(), *split_statements(_record(migration), "installer")], watch)
        return migration


def _refuse_snapshot(connection: Connection) -> None:
    isolation = value(connection, "SHOW transaction_isolation")
    if isolation != "read committed":
        raise RefusedError(
            f"the transaction is {isolation}, and an upgrade must see what another has done meanwhile; "
            "run it in a READ COMMITTED one"
        )


def _record(migration: Migration) -> str:
    return (
        "INSERT INTO schema_versions (version, name, digest) "
        f"VALUES ({migration.number}, '{migration.name}', '{migration.digest}');"
    )


def _by_hand(schema: str, migration: Migration) -> str:
    literal = "'" + schema.replace("'", "''") + "'"
    before = migration.number - 1
    return f"""\
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('mlmcore schema ' || {literal}, 0));
SET LOCAL search_path = {quote_identifier(schema)}, pg_catalog, pg_temp;
DO $guard$ BEGIN
    IF (SELECT max(version) FROM schema_versions) <> {before} THEN
        RAISE EXCEPTION 'migration {migration.number} follows version {before} of the schema, which this is not';
    END IF;
END $guard$;
{migration.text.rstrip()}
{_record(migration)}
COMMIT;
"""
