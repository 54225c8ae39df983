"""PostgreSQL: the schema, its installer, and the repositories over a host's connection.

Needs the extra `postgres`. Start with `PsycopgSession` or `SqlAlchemySession` over a connection of yours, and make
units of work from a `SqlStore`; over a pool of yours, from a `PooledStore`. An asynchronous host has the same four with
`Async` in front. `installer.apply` installs the schema.
"""

from mlmcore.domain.errors import MissingExtraError

try:
    import psycopg
except ImportError as error:  # pragma: no cover  (the tests run with the extra)
    raise MissingExtraError(library="psycopg", extra="postgres") from error

from mlmcore.sql.async_session import AsyncPsycopgSession, AsyncSqlAlchemySession
from mlmcore.sql.async_store import AsyncSqlStore
from mlmcore.sql.pools import AsyncPooledStore, PooledStore, open_async_pool, open_pool
from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork

__all__ = [
    "AsyncPooledStore",
    "AsyncPsycopgSession",
    "AsyncSqlAlchemySession",
    "AsyncSqlStore",
    "PooledStore",
    "PsycopgSession",
    "Session",
    "SqlAlchemySession",
    "SqlStore",
    "SqlUnitOfWork",
    "open_async_pool",
    "open_pool",
]

del psycopg
