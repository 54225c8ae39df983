"""Installing the schema, saying how it is, and finding what has drifted.

`apply` runs the packaged `.sql` files in one transaction under an advisory lock: it is all there or nothing is,
whenever it is killed, and a second `apply` changes nothing. On an idle connection it commits; inside a host's
transaction it is a savepoint, and the host commits. `check` installs what should be there into a scratch schema,
compares the catalogues, and rolls back. `script` prints what `apply` would run.
"""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final

from attrs import frozen
from psycopg.rows import dict_row

from mlmcore.domain.errors import RefusedError
from mlmcore.sql._running import (
    Connection,
    Watcher,
    enter,
    has_versions,
    lock_schema,
    path_kept,
    refuse_name,
    run,
    value,
)
from mlmcore.sql.catalogue import picture
from mlmcore.sql.drift import Drift, drift_from
from mlmcore.sql.query_files import named_query, quote_identifier
from mlmcore.sql.scripts import BASELINE, Scripts, packaged_scripts
from mlmcore.sql.statements import split_statements
from mlmcore.sql.translate import translating
from mlmcore.sql.versions import Recorded, installed_version, recorded_versions, refuse_missing

__all__ = ["MONTHS_AHEAD_MIN", "SERVER_MINIMUM", "Status", "apply", "check", "script", "status"]

SERVER_MINIMUM: Final = 15
"""The oldest major version of PostgreSQL."""

MONTHS_AHEAD_MIN: Final = 1
"""For fewer months after this one the audit log's partitions run short."""

_MONTHS_NAMED: Final = 12


@frozen(kw_only=True)
class Status:
    """How a schema is.

    Attributes:
        schema: Its name.
        installed: Whether our tables are there.
        current: Whether they are of this version of the library.
        version: The installed version of the schema, None where there is none.
        server: The server's version.
        audit_months_ahead: For how many months after this one, without a gap, the audit log has partitions.
        audit_strays: Rows that the audit log's default partition took, because their month was missing.
        periods: How many periods there are, by status.
        alarms: What somebody has to do something about, in words; nothing where all is well.
    """

    schema: str
    installed: bool
    current: bool
    version: int | None
    server: str
    audit_months_ahead: int = 0
    audit_strays: int = 0
    periods: tuple[tuple[str, int], ...] = ()
    alarms: tuple[str, ...] = ()


def apply(
    connection: Connection,
    schema: str = "mlmcore",
    *,
    demo_users: bool = False,
    watch: Watcher | None = None,
    scripts: Scripts | None = None,
) -> bool:
    """Install the schema, or find that it is installed.

    Args:
        connection: Idle: the work is committed. Inside a transaction: it is a savepoint, and the host commits.
        schema: Any name that PostgreSQL takes.
        demo_users: Also store the seed's three demo users, who have no password.
        watch: Called before each statement, for progress and for tests.
        scripts: Of which version of the library; this one's when left out.

    Returns:
        Whether anything was installed.

    Raises:
        RefusedError: The name can be no schema's, the server is too old, the schema holds something else, or it is
            of another version.
        TransientError: The connection was lost, or somebody else installed it after this transaction's snapshot.
        StorageError: A statement failed; the message names file and line. Nothing was changed.
    """
    refuse_name(schema)
    known = scripts or packaged_scripts()
    with translating(), connection.transaction(), path_kept(connection):
        _refuse_old_server(connection)
        lock_schema(connection, schema)
        fresh = _refuse_strangers(connection, schema, known)
        # IF NOT EXISTS would ask for the right to create even where a DBA has made the schema already.
        if fresh and not value(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = %s", [schema]):
            connection.execute(f"CREATE SCHEMA {quote_identifier(schema)}".encode())
        enter(connection, schema)
        if fresh:
            run(connection, [*known.statements(known.baseline), *split_statements(_closing(known), "installer")], watch)
        if demo_users:
            run(connection, known.statements(known.demo_users), watch)
    return fresh


def status(connection: Connection, schema: str = "mlmcore", *, scripts: Scripts | None = None) -> Status:
    """Say how a schema is, and what somebody has to do about it; changes nothing."""
    refuse_name(schema)
    known = scripts or packaged_scripts()
    with translating(), connection.transaction(), path_kept(connection):
        server = str(value(connection, "SHOW server_version"))
        if not has_versions(connection, schema):
            return Status(schema=schema, installed=False, current=False, version=None, server=server)
        recorded = recorded_versions(connection, schema)
        behind = _behind(schema, recorded, known)
        enter(connection, schema)
        row, periods = _queried(connection, "status")[0], _queried(connection, "status_periods")
        strays = _queried(connection, "audit_strays")
        return Status(
            schema=schema,
            installed=True,
            current=not behind,
            version=recorded[-1].version if recorded else None,
            server=server,
            audit_months_ahead=row["months_ahead"],
            audit_strays=row["strays"],
            periods=tuple((item["status"], item["count"]) for item in periods),
            alarms=(*behind, *_audit_alarms(row["months_ahead"], [(item["month"], item["count"]) for item in strays])),
        )


def check(
    connection: Connection, schema: str = "mlmcore", *, additions: bool = False, scripts: Scripts | None = None
) -> tuple[Drift, ...]:
    """Find what differs from what `apply` installs; everything is rolled back.

    Args:
        connection: Idle or inside a transaction.
        schema: The schema's name, unquoted.
        additions: Tell also what a host may add: privileges of its roles, and comments.
        scripts: Of which version of the library; this one's when left out.

    Raises:
        RefusedError: Nothing is installed there, or an earlier version that can be upgraded, or the name can be no
            schema's.
    """
    refuse_name(schema)
    known = scripts or packaged_scripts()
    with translating(), connection.transaction(force_rollback=True):
        refuse_missing(connection, schema)
        _refuse_older(connection, schema, known)
        scratch = f"mlmcore_check_{uuid.uuid4().hex[:12]}"
        apply(connection, scratch, scripts=known)
        return drift_from(picture(connection, scratch), connection, schema, additions=additions)


def script(schema: str = "mlmcore", *, demo_users: bool = False) -> str:
    """What `apply` runs on an empty database, for people who install by their own hand."""
    refuse_name(schema)
    name, known = quote_identifier(schema), packaged_scripts()
    parts = [
        "BEGIN;",
        f"CREATE SCHEMA IF NOT EXISTS {name};",
        f"SET LOCAL search_path = {name}, pg_catalog;",
        *known.baseline.values(),
        _closing(known),
        *(known.demo_users.values() if demo_users else ()),
        "COMMIT;",
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _behind(schema: str, recorded: Sequence[Recorded], scripts: Scripts) -> list[str]:
    """Why a schema is not of this version; nothing where it is."""
    try:
        found = installed_version(schema, recorded, scripts)
    except RefusedError as refusal:
        return [str(refusal)]
    return [] if found == scripts.version else [_older(schema, found, scripts)]


def _older(schema: str, found: int, scripts: Scripts) -> str:
    return (
        f"schema {schema!r} is version {found}, and this mlmcore's is {scripts.version}; "
        "bring it there with: mlmcore schema upgrade"
    )


def _audit_alarms(months_ahead: int, strays: Sequence[tuple[str, int]]) -> Iterator[str]:
    todo = "make months ahead with: mlmcore schema partitions"
    if months_ahead < MONTHS_AHEAD_MIN:
        yield f"the audit log has partitions for {months_ahead} months after this one; {todo}"
    if strays:
        named = ", ".join(f"{month} ({count})" for month, count in strays[:_MONTHS_NAMED])
        more = f" and {len(strays) - _MONTHS_NAMED} more" if len(strays) > _MONTHS_NAMED else ""
        yield f"rows of months without a partition are in the audit log's default one: {named}{more}; {todo}"


def _queried(connection: Connection, query: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(named_query(query).text.encode()).fetchall()


def _closing(scripts: Scripts) -> str:
    """What follows the files: the version, and the audit log's partitions for the months to come."""
    return (
        "INSERT INTO schema_versions (version, name, digest) "
        f"VALUES ({scripts.version}, '{BASELINE}', '{scripts.digest}');\n"
        "SELECT ensure_audit_partitions();"
    )


def _refuse_old_server(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < SERVER_MINIMUM:
        raise RefusedError(f"the server is PostgreSQL {version}; mlmcore needs {SERVER_MINIMUM} or later")


def _refuse_older(connection: Connection, schema: str, scripts: Scripts) -> None:
    # All that an upgrade brings would be called missing. Where nobody can say which version it is, all is compared.
    try:
        found = installed_version(schema, recorded_versions(connection, schema), scripts)
    except RefusedError:
        return
    if found != scripts.version:
        raise RefusedError(_older(schema, found, scripts))


def _refuse_strangers(connection: Connection, schema: str, scripts: Scripts) -> bool:
    """Whether the schema is to be installed; refuses one that is somebody else's, or of another version."""
    if has_versions(connection, schema):
        found = installed_version(schema, recorded_versions(connection, schema), scripts)
        if found != scripts.version:
            raise RefusedError(_older(schema, found, scripts))
        return False
    held = value(
        connection,
        "SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        [schema],
    )
    if held:
        raise RefusedError(f"schema {schema!r} holds tables that are not ours ({held}); name another with --schema")
    return True
