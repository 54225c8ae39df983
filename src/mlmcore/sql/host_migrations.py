"""Living beside a host's own migrations: they leave our schema alone, and one of them installs or upgrades it.

Written for Alembic, which is not imported: its `env.py` takes `include_name` and `include_object`, and its migrations
hand over the connection that `op.get_bind()` gives them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlmcore.domain.errors import RefusedError
from mlmcore.sql.session import SqlAlchemySession

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy

__all__ = ["driver_of", "include_name", "include_object"]

_SHARED = "public"


def include_name(schema: str = "mlmcore") -> Callable[[str | None, str, Mapping[str, str | None]], bool]:
    """For `context.configure(include_name=...)`: what is read from the database, all but our schema.

    >>> keep = include_name("mlmcore")
    >>> keep("mlmcore", "schema", {}), keep(None, "schema", {}), keep("users", "table", {"schema_name": None})
    (False, True, True)

    Raises:
        RefusedError: The schema is the one that everybody shares: the host's own tables would be left alone too.
    """
    _refuse_shared(schema)

    def keep(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        return (name if kind == "schema" else parents.get("schema_name")) != schema

    return keep


def include_object(schema: str = "mlmcore") -> Callable[[Any, str | None, str, bool, Any], bool]:
    """For `context.configure(include_object=...)`: what is compared, all but our tables and what belongs to them.

    A host that refers to our tables has them in its metadata; without this they would be created once more. A foreign
    key of a host's table that refers to ours is the host's, and is compared.

    Raises:
        RefusedError: The schema is the one that everybody shares.
    """
    _refuse_shared(schema)

    def keep(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        owner = item if kind == "table" else item.table
        return bool(owner.schema != schema)

    return keep


@contextmanager
def driver_of(bind: "sqlalchemy.Connection | None") -> "Iterator[psycopg.Connection[Any]]":
    """The driver's connection inside the transaction of a host's migration, in a savepoint of its own.

    What the installer does with it is committed, or taken back, with the migration.

    Args:
        bind: What `op.get_bind()` returns.

    Raises:
        RefusedError: The migration prints SQL and has no connection, its driver is another one than psycopg, or there
            is no transaction that could take it back.
    """
    if bind is None:
        raise RefusedError(
            "there is no connection: a migration that is printed (--sql) cannot install the schema; print it with: "
            "mlmcore schema sql"
        )
    with SqlAlchemySession(bind).unit():
        driver: Any = bind.connection.driver_connection
        yield driver


def _refuse_shared(schema: str) -> None:
    if schema == _SHARED:
        raise RefusedError(
            "the schema 'public' is everybody's, so that the host's own tables would be left out too; install mlmcore "
            "into a schema of its own"
        )
