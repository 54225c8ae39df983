"""What commands share that work on a database: which one, and how they are connected to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mlmcore.domain.errors import MissingExtraError, RefusedError, StorageError

if TYPE_CHECKING:
    from mlmcore.sql import SqlStore

__all__ = ["connected", "database_options", "schema_option", "stored"]

Command = TypeVar("Command", bound=Callable[..., Any])


def database_options(function: Command) -> Command:
    dsn = click.option(
        "--dsn", required=True, metavar="DSN", help="Where the database is: postgresql://user@host/name."
    )
    return dsn(schema_option(function))


def schema_option(function: Command) -> Command:
    return click.option("--schema", default="mlmcore", show_default=True, help="The schema's name.")(function)


@contextmanager
def connected(dsn: str) -> Iterator[Any]:
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtraError(library="psycopg", extra="postgres") from error
    try:
        connection = psycopg.connect(dsn)
    except psycopg.Error as error:
        raise RefusedError(f"cannot connect: {str(error).strip()}") from error
    try:
        with connection:
            yield connection
    except psycopg.Error as error:
        raise StorageError(f"the database refused: {str(error).strip()}") from error


@contextmanager
def stored(dsn: str, schema: str) -> "Iterator[SqlStore]":
    """A store over the database, in which every unit of work is a transaction of its own."""
    with connected(dsn) as connection:
        from mlmcore.sql import PsycopgSession, SqlStore

        yield SqlStore(PsycopgSession(connection, schema=schema, owns_connection=True))
