"""Installing the schema, saying how it is, and finding what has drifted.

`apply` runs the packaged `.sql` files in one transaction under an advisory lock: it is all there or nothing is,
whenever it is killed, and a second `apply` changes nothing. On an idle connection it commits; inside a host's
transaction it is a savepoint, and the host commits. `check` installs what should be there into a scratch schema,
compares the catalogues, and rolls back. `script` prints what `apply` would run.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import ndiff
from importlib.resources import files
from typing import Any, Final, Literal

import psycopg
from attrs import frozen
from psycopg.rows import dict_row, tuple_row

from mlmcore.domain.errors import RefusedError, TransientError
from mlmcore.sql.catalogue import picture
from mlmcore.sql.query_files import named_query, quote_identifier
from mlmcore.sql.statements import Statement, split_statements
from mlmcore.sql.translate import translated, translating

__all__ = ["SERVER_MINIMUM", "Drift", "Status", "apply", "check", "script", "status"]

SERVER_MINIMUM: Final = 15
"""The oldest major version of PostgreSQL."""

_VERSION: Final = 1
_NAME: Final = "baseline"
_NAME_BYTES_MAX: Final = 63
_DEMO_USERS: Final = "900_demo_users.sql"

Connection = psycopg.Connection[Any]
Watcher = Callable[[Statement], None]


@frozen(kw_only=True)
class Status:
    """How a schema is.

    Attributes:
        schema: Its name.
        installed: Whether our tables are there.
        current: Whether they are of this version of the library.
        version: The installed version of the schema, None where there is none.
        server: The server's version.
        audit_months_ahead: For how many months after this one the audit log has partitions.
        audit_strays: Rows that the audit log's default partition took, because their month was missing.
        periods: How many periods there are, by status.
    """

    schema: str
    installed: bool
    current: bool
    version: int | None
    server: str
    audit_months_ahead: int = 0
    audit_strays: int = 0
    periods: tuple[tuple[str, int], ...] = ()


@frozen(kw_only=True)
class Drift:
    """One object that is not as it should be.

    Attributes:
        what: Kind and name: `trigger users.tr_users_audit`.
        how: Missing, extra, or different.
        expected: Its definition as it should be, "" where there should be none.
        found: Its definition as it is, "" where there is none.
    """

    what: str
    how: Literal["missing", "extra", "different"]
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        if self.how != "different":
            return f"{self.what}: {self.how}"
        lines = ndiff(self.expected.splitlines(), self.found.splitlines())
        shown = [line for line in lines if line.startswith(("- ", "+ "))]
        return "\n".join([f"{self.what}: different (- expected, + found)", *(f"  {line}" for line in shown[:10])])


def apply(
    connection: Connection, schema: str = "mlmcore", *, demo_users: bool = False, watch: Watcher | None = None
) -> bool:
    """Install the schema, or find that it is installed.

    Args:
        connection: Idle: the work is committed. Inside a transaction: it is a savepoint, and the host commits.
        schema: Any name that PostgreSQL takes.
        demo_users: Also store the seed's three demo users, who have no password.
        watch: Called before each statement, for progress and for tests.

    Returns:
        Whether anything was installed.

    Raises:
        RefusedError: The name can be no schema's, the server is too old, the schema holds something else, or it is
            of another version.
        TransientError: The connection was lost, or somebody else installed it after this transaction's snapshot.
        StorageError: A statement failed; the message names file and line. Nothing was changed.
    """
    _refuse_name(schema)
    with translating(), connection.transaction(), _path_kept(connection):
        _refuse_old_server(connection)
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('mlmcore schema ' || %s, 0))", [schema])
        fresh = _refuse_strangers(connection, schema)
        # IF NOT EXISTS would ask for the right to create even where a DBA has made the schema already.
        if fresh and not _value(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = %s", [schema]):
            connection.execute(f"CREATE SCHEMA {quote_identifier(schema)}".encode())
        _enter(connection, schema)
        if fresh:
            _run(connection, [*_baseline(), *split_statements(_closing(), "installer")], watch)
        if demo_users:
            _run(connection, _statements(_DEMO_USERS), watch)
    return fresh


def status(connection: Connection, schema: str = "mlmcore") -> Status:
    """Say how a schema is; changes nothing."""
    _refuse_name(schema)
    with translating(), connection.transaction(), _path_kept(connection):
        server = str(_value(connection, "SHOW server_version"))
        if not _has_versions(connection, schema):
            return Status(schema=schema, installed=False, current=False, version=None, server=server)
        _enter(connection, schema)
        with connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(named_query("status").text.encode()).fetchall()[0]
            periods = cursor.execute(named_query("status_periods").text.encode()).fetchall()
        return Status(
            schema=schema,
            installed=True,
            current=row["digest"] == _digest(),
            version=row["version"],
            server=server,
            audit_months_ahead=row["months_ahead"],
            audit_strays=row["strays"],
            periods=tuple((item["status"], item["count"]) for item in periods),
        )


def check(connection: Connection, schema: str = "mlmcore") -> tuple[Drift, ...]:
    """Find what differs from what `apply` installs; everything is rolled back.

    Raises:
        RefusedError: Nothing is installed there, or the name can be no schema's.
    """
    _refuse_name(schema)
    with translating(), connection.transaction(force_rollback=True):
        if not _has_versions(connection, schema):
            raise RefusedError(f"schema {schema!r} is not installed; install it with: mlmcore schema apply")
        scratch = f"mlmcore_check_{uuid.uuid4().hex[:12]}"
        apply(connection, scratch)
        expected, found = picture(connection, scratch), picture(connection, schema)
        _enter(connection, schema)
        rules = _partition_drift(connection)
    return (*_differences(expected, found), *rules)


def script(schema: str = "mlmcore", *, demo_users: bool = False) -> str:
    """What `apply` runs on an empty database, for people who install by their own hand."""
    _refuse_name(schema)
    name = quote_identifier(schema)
    parts = [
        "BEGIN;",
        f"CREATE SCHEMA IF NOT EXISTS {name};",
        f"SET LOCAL search_path = {name}, pg_catalog;",
        *(_text(file) for file in _baseline_files()),
        _closing(),
        *([_text(_DEMO_USERS)] if demo_users else []),
        "COMMIT;",
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _closing() -> str:
    """What follows the files: the version, and the audit log's partitions for the months to come."""
    return (
        f"INSERT INTO schema_versions (version, name, digest) VALUES ({_VERSION}, '{_NAME}', '{_digest()}');\n"
        "SELECT ensure_audit_partitions();"
    )


def _differences(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Drift]:
    for what in sorted({*expected, *found}):
        if what not in found:
            yield Drift(what=what, how="missing", expected=expected[what])
        elif what not in expected:
            yield Drift(what=what, how="extra", found=found[what])
        elif expected[what] != found[what]:
            yield Drift(what=what, how="different", expected=expected[what], found=found[what])


def _partition_drift(connection: Connection) -> list[Drift]:
    """Partitions come with periods and months, so they are held against the rule, not against the scratch schema."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(named_query("partition_drift").text.encode()).fetchall()
    return [Drift(**row) for row in rows]


def _refuse_name(schema: str) -> None:
    # The server would cut a longer name short, and later look for it in vain.
    size = len(schema.encode())
    if not schema or "\0" in schema or size > _NAME_BYTES_MAX:
        raise RefusedError(
            f"{schema!r} cannot be a schema's name: it takes 1 to {_NAME_BYTES_MAX} bytes without NUL, "
            f"and this has {size}"
        )


def _refuse_old_server(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < SERVER_MINIMUM:
        raise RefusedError(f"the server is PostgreSQL {version}; mlmcore needs {SERVER_MINIMUM} or later")


def _refuse_strangers(connection: Connection, schema: str) -> bool:
    """Whether the schema is to be installed; refuses one that is somebody else's, or of another version."""
    if _has_versions(connection, schema):
        found = _value(connection, f"SELECT digest FROM {quote_identifier(schema)}.schema_versions WHERE version = 1")
        if found != _digest():
            raise RefusedError(
                f"schema {schema!r} was installed by another version of mlmcore; until 0.1.0 is released the baseline "
                "is edited in place and there is no upgrade: install into a new schema"
            )
        return False
    held = _value(
        connection,
        "SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class AS c "
        "JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
        [schema],
    )
    if held:
        raise RefusedError(f"schema {schema!r} holds tables that are not ours ({held}); name another with --schema")
    return True


def _has_versions(connection: Connection, schema: str) -> bool:
    table = f"{quote_identifier(schema)}.schema_versions"
    words = "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
    columns = _value(connection, words, [table])
    # `to_regclass` sees what is there now, the query what was there when the host's transaction took its snapshot.
    if columns is None and _value(connection, "SELECT to_regclass(%s)::text", [table]):
        raise TransientError(f"schema {schema!r} was installed while this transaction was open; begin it again")
    # Other tools call a table of theirs `schema_versions` too: ours has a digest.
    return {"version", "digest"} <= set(columns or ())


def _value(connection: Connection, words: str, parameters: Sequence[object] = ()) -> Any:
    # Whatever rows the host has its connection make.
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(words.encode(), parameters or None).fetchone()
    return None if row is None else row[0]


def _enter(connection: Connection, schema: str) -> None:
    path = f"{quote_identifier(schema)}, pg_catalog"
    connection.execute("SELECT set_config('search_path', %s, true)", [path])


@contextmanager
def _path_kept(connection: Connection) -> Iterator[None]:
    """Put the host's `search_path` back; after an error the savepoint has done so."""
    before = _value(connection, "SELECT current_setting('search_path')")
    yield
    connection.execute("SELECT set_config('search_path', %s, true)", [before])


def _run(connection: Connection, statements: Sequence[Statement], watch: Watcher | None) -> None:
    for statement in statements:
        if watch is not None:
            watch(statement)
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            ours = translated(error)
            raise type(ours)(f"{statement.file}:{statement.line}: {ours}") from error


def _baseline() -> list[Statement]:
    return [statement for file in _baseline_files() for statement in _statements(file)]


def _baseline_files() -> list[str]:
    folder = files("mlmcore.sql") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [name for name in names if name != _DEMO_USERS]


def _statements(file: str) -> list[Statement]:
    return list(split_statements(_text(file), file))


def _text(file: str) -> str:
    return (files("mlmcore.sql") / "schema" / file).read_text(encoding="utf-8")


def _digest() -> str:
    texts = "\0".join(f"{file}\0{_text(file)}" for file in _baseline_files())
    return hashlib.sha256(texts.encode()).hexdigest()
