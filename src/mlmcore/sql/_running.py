"""What installing, upgrading and checking do to a connection: enter a schema, run statements, ask for a value.

The host's connection is left as it was: its `search_path`, its row factory, its transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from mlmcore.domain.errors import RefusedError, TransientError
from mlmcore.sql.query_files import quote_identifier
from mlmcore.sql.statements import Statement
from mlmcore.sql.translate import translated

__all__ = [
    "Connection",
    "Watcher",
    "enter",
    "has_versions",
    "lock_schema",
    "path_kept",
    "refuse_name",
    "rows",
    "run",
    "value",
]

Connection = psycopg.Connection[Any]
Watcher = Callable[[Statement], None]

_NAME_BYTES_MAX: Final = 63


def refuse_name(schema: str) -> None:
    """Refuse what can be no schema's name."""
    # The server would cut a longer name short, and later look for it in vain.
    size = len(schema.encode())
    if not schema or "\0" in schema or size > _NAME_BYTES_MAX:
        raise RefusedError(
            f"{schema!r} cannot be a schema's name: it takes 1 to {_NAME_BYTES_MAX} bytes without NUL, "
            f"and this has {size}"
        )


def lock_schema(connection: Connection, schema: str) -> None:
    """Be the only one who installs or upgrades a schema, until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('mlmcore schema ' || %s, 0))", [schema])


def rows(connection: Connection, words: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Rows as tuples, whatever rows the host has its connection make."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(words.encode(), parameters or None).fetchall()


def value(connection: Connection, words: str, parameters: Sequence[object] = ()) -> Any:
    """The first value of the first row, None where there is no row."""
    found = rows(connection, words, parameters)
    return found[0][0] if found else None


def has_versions(connection: Connection, schema: str) -> bool:
    """Whether a schema of ours is installed there."""
    table = f"{quote_identifier(schema)}.schema_versions"
    words = "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
    columns = value(connection, words, [table])
    # `to_regclass` sees what is there now, the query what was there when the host's transaction took its snapshot.
    if columns is None and value(connection, "SELECT to_regclass(%s)::text", [table]):
        raise TransientError(f"schema {schema!r} was installed while this transaction was open; begin it again")
    # Other tools call a table of theirs `schema_versions` too: ours has a digest.
    return {"version", "digest"} <= set(columns or ())


def enter(connection: Connection, schema: str) -> None:
    """Let unqualified names mean this schema's, until the transaction ends or the path is put back.

    Temporary tables come last, as in the files: functions keep the path under which they are made.
    """
    path = f"{quote_identifier(schema)}, pg_catalog, pg_temp"
    connection.execute("SELECT set_config('search_path', %s, true)", [path])


@contextmanager
def path_kept(connection: Connection) -> Iterator[None]:
    """Put the host's `search_path` back; after an error the savepoint has done so."""
    before = value(connection, "SELECT current_setting('search_path')")
    yield
    connection.execute("SELECT set_config('search_path', %s, true)", [before])


def run(connection: Connection, statements: Sequence[Statement], watch: Watcher | None) -> None:
    """Run statements in order; an error names file and line."""
    for statement in statements:
        if watch is not None:
            watch(statement)
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            ours = translated(error)
            raise type(ours)(f"{statement.file}:{statement.line}: {ours}") from error
