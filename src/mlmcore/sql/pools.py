"""Stores over a pool: each unit borrows a connection, has a transaction of its own, and gives it back.

For a host that has no transaction of its own to join. One store serves all threads of a process, or all tasks of its
event loop. Pools are the host's: psycopg's, or a SQLAlchemy engine. `open_pool` makes one of psycopg's with the numbers
that the schema was planned for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from mlmcore.domain.errors import RefusedError
from mlmcore.repositories.protocols.unit import NOBODY, Actor
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.async_session import AsyncPsycopgSession, AsyncSqlAlchemySession
from mlmcore.sql.async_store import AsyncSqlStore
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import Parameters, PsycopgSession, Row, Session, SqlAlchemySession
from mlmcore.sql.translate import translating, translating_sqlalchemy
from mlmcore.sql.unit_of_work import SqlUnitOfWork

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import sqlalchemy
    from sqlalchemy.ext.asyncio import AsyncEngine

    Pool = ConnectionPool[psycopg.Connection[Any]] | sqlalchemy.Engine
    AsyncPool = AsyncConnectionPool[psycopg.AsyncConnection[Any]] | AsyncEngine

__all__ = ["AsyncPooledStore", "PooledStore", "open_async_pool", "open_pool"]

T = TypeVar("T")

_NOTHING: Parameters = {}
_SIZES: Final = {"min_size": 5, "max_size": 20, "timeout": 30.0, "max_idle": 10.0}
_CONNECTION: Final = {"prepare_threshold": None, "client_encoding": "utf8"}


def open_pool(dsn: str, **options: Any) -> "ConnectionPool[psycopg.Connection[Any]]":
    """An open pool of psycopg's: 5 to 20 connections, 30 seconds to wait for one, idle ones closed after 10.

    Nothing is prepared on the server by name, so it works through a proxy that pools transactions, and a connection is
    tried before it is lent, so that a server's restart costs nobody a unit.

    Args:
        dsn: The server's address.
        options: Of `psycopg_pool.ConnectionPool`, instead of ours; what `kwargs` holds is added to ours.
    """
    return ConnectionPool(dsn, **_options(ConnectionPool.check_connection, {"open": True, **options}))


def open_async_pool(dsn: str, **options: Any) -> "AsyncConnectionPool[psycopg.AsyncConnection[Any]]":
    """The same for an asynchronous host, who opens it with `async with`."""
    return AsyncConnectionPool(dsn, open=False, **_options(AsyncConnectionPool.check_connection, options))


class PooledStore:
    """Makes units of work, each on a connection that a pool lends it: `with store(actor) as unit: ...`.

    Threads may share it.

    Args:
        pool: A `psycopg_pool.ConnectionPool`, or a SQLAlchemy `Engine` whose driver is psycopg.
        schema: Where our tables are.
        cipher: Seals secrets. Without one they are refused.

    Raises:
        RefusedError: It is no such pool.
    """

    def __init__(self, pool: "Pool", *, schema: str = "mlmcore", cipher: Cipher | None = None) -> None:
        self._lend: Callable[[], AbstractContextManager[Session]] = _lender(pool, schema)
        self._schema = schema
        self._cipher = cipher

    def __call__(self, actor: Actor = NOBODY, /) -> SqlUnitOfWork:
        """Return a new unit of work, not yet entered; entering it borrows the connection.

        Entering raises `TransientError` where the pool has no connection to lend in time.
        """
        return SqlUnitOfWork(_LentSession(self._lend, self._schema), actor, cipher=self._cipher)


class AsyncPooledStore:
    """Runs units of work, each on a connection that a pool lends it: `await store.run(lambda unit: ...)`.

    Args:
        pool: A `psycopg_pool.AsyncConnectionPool`, or a SQLAlchemy `AsyncEngine` whose driver is psycopg.
        schema: Where our tables are.
        cipher: Seals secrets. Without one they are refused.

    Raises:
        RefusedError: It is no such pool.
    """

    def __init__(self, pool: "AsyncPool", *, schema: str = "mlmcore", cipher: Cipher | None = None) -> None:
        self._lend: Callable[[], AbstractAsyncContextManager[AsyncPsycopgSession]] = _async_lender(pool, schema)
        self._cipher = cipher

    async def run(self, work: Callable[[SqlUnitOfWork], T], actor: Actor = NOBODY) -> T:
        """Do some work in a new unit of work; see `AsyncSqlStore.run`.

        Raises:
            TransientError: The pool has no connection to lend in time.
        """
        with translating():
            async with self._lend() as session:
                return await AsyncSqlStore(session, cipher=self._cipher).run(work, actor)


class _LentSession:
    """A session that has a connection for the length of its unit."""

    def __init__(self, lend: Callable[[], AbstractContextManager[Session]], schema: str) -> None:
        self._lend = lend
        self.schema = schema
        self._lent: Session | None = None

    @property
    def _session(self) -> Session:
        if self._lent is None:
            raise RefusedError("this session has a connection inside its unit of work only")
        return self._lent

    def rows(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> list[Row]:
        """See `Session.rows`."""
        return self._session.rows(query, parameters, **identifiers)

    def run(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> int:
        """See `Session.run`."""
        return self._session.run(query, parameters, **identifiers)

    def run_many(self, query: Query | str, parameters: Sequence[Parameters], /, **identifiers: str) -> None:
        """See `Session.run_many`."""
        self._session.run_many(query, parameters, **identifiers)

    def copy_in(self, query: Query | str, chunks: Iterable[bytes], /, **identifiers: str) -> int:
        """See `Session.copy_in`."""
        return self._session.copy_in(query, chunks, **identifiers)

    def copy_out(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> Iterator[bytes]:
        """See `Session.copy_out`."""
        return self._session.copy_out(query, parameters, **identifiers)

    def savepoint(self) -> AbstractContextManager[None]:
        """See `Session.savepoint`."""
        return self._session.savepoint()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `Session.unit`."""
        with translating(), self._lend() as session, session.unit():
            self._lent = session
            try:
                yield
            finally:
                self._lent = None


def _options(check: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    return {**_SIZES, "check": check, **options, "kwargs": {**_CONNECTION, **options.get("kwargs", {})}}


def _lender(pool: Any, schema: str) -> Callable[[], AbstractContextManager[Session]]:
    if isinstance(pool, ConnectionPool):
        return lambda: _from_pool(pool, schema)
    if hasattr(pool, "connect") and hasattr(pool, "dialect") and not hasattr(pool, "sync_engine"):
        return lambda: _from_engine(pool, schema)
    raise RefusedError(
        f"{type(pool).__name__} is no pool that a PooledStore knows; give a psycopg_pool.ConnectionPool or a "
        "SQLAlchemy Engine (for asynchronous ones there is AsyncPooledStore)"
    )


def _async_lender(pool: Any, schema: str) -> Callable[[], AbstractAsyncContextManager[AsyncPsycopgSession]]:
    if isinstance(pool, AsyncConnectionPool):
        return lambda: _from_async_pool(pool, schema)
    if hasattr(pool, "connect") and hasattr(pool, "sync_engine"):
        return lambda: _from_async_engine(pool, schema)
    raise RefusedError(
        f"{type(pool).__name__} is no pool that an AsyncPooledStore knows; give a psycopg_pool.AsyncConnectionPool or "
        "a SQLAlchemy AsyncEngine (for synchronous ones there is PooledStore)"
    )


@contextmanager
def _from_pool(pool: "ConnectionPool[psycopg.Connection[Any]]", schema: str) -> Iterator[Session]:
    with pool.connection() as connection:
        yield PsycopgSession(connection, schema=schema, owns_connection=True)


@contextmanager
def _from_engine(engine: "sqlalchemy.Engine", schema: str) -> Iterator[Session]:
    with translating_sqlalchemy():
        lent = engine.connect()
    with lent as connection:
        yield SqlAlchemySession(connection, schema=schema, owns_connection=True)


@asynccontextmanager
async def _from_async_pool(
    pool: "AsyncConnectionPool[psycopg.AsyncConnection[Any]]", schema: str
) -> "AsyncIterator[AsyncPsycopgSession]":
    async with pool.connection() as connection:
        yield AsyncPsycopgSession(connection, schema=schema, owns_connection=True)


@asynccontextmanager
async def _from_async_engine(engine: "AsyncEngine", schema: str) -> "AsyncIterator[AsyncPsycopgSession]":
    with translating_sqlalchemy():
        connection = await engine.connect().start()
    try:
        yield AsyncSqlAlchemySession(connection, schema=schema, owns_connection=True)
    finally:
        await connection.close()
