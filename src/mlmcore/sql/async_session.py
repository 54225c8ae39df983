"""Sessions over asynchronous connections: the same few verbs, awaited on the host's event loop.

Repositories and operations don't know the difference. A session is made inside a coroutine, from a connection of
psycopg's or of SQLAlchemy's, and used by `AsyncSqlStore`, which runs a unit in a thread of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg.rows import dict_row

from mlmcore.sql.host_loop import HostLoop
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import OWN_FORMS, Conversation, OverSqlAlchemy, Parameters, Row, gathered, refuse_other_driver
from mlmcore.sql.translate import translating

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["AsyncPsycopgSession", "AsyncSqlAlchemySession"]

T = TypeVar("T")

_NOTHING: Parameters = {}
_PIECE = 1 << 20  # a piece crosses from thread to thread, so it is larger than what the socket takes at once


class AsyncPsycopgSession(Conversation["psycopg.AsyncConnection[Any]"]):
    """A session over a `psycopg.AsyncConnection`, made on its event loop; arguments are those of `Conversation`.

    Attributes:
        loop: The event loop to which the connection belongs.
        turn: Whoever runs a unit holds it: two units at once would mix up their savepoints.

    Raises:
        RefusedError: No event loop is running here.
    """

    def __init__(
        self,
        connection: "psycopg.AsyncConnection[Any]",
        *,
        schema: str = "mlmcore",
        owns_connection: bool = False,
    ) -> None:
        super().__init__(connection, schema=schema, owns_connection=owns_connection)
        self.loop = HostLoop()
        self.turn = asyncio.Lock()

    def rows(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> list[Row]:
        """See `Session.rows`."""
        return self._waited(self._rows(self._text(query, identifiers), parameters))

    def run(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> int:
        """See `Session.run`."""
        return self._waited(self._run(self._text(query, identifiers), parameters))

    def run_many(self, query: Query | str, parameters: Sequence[Parameters], /, **identifiers: str) -> None:
        """See `Session.run_many`."""
        self._waited(self._run_many(self._text(query, identifiers), parameters))

    def copy_in(self, query: Query | str, chunks: Iterable[bytes], /, **identifiers: str) -> int:
        """See `Session.copy_in`."""
        cursor = self._connection.cursor()
        with translating(), self._within(cursor):
            with self._within(cursor.copy(self._copy_text(query, identifiers)), interruptible=True) as copy:
                for chunk in gathered(chunks, _PIECE):
                    self._waited(copy.write(chunk))
            return cursor.rowcount

    def copy_out(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> Iterator[bytes]:
        """See `Session.copy_out`."""
        cursor = self._connection.cursor()
        with (
            translating(),
            self._within(cursor),
            self._within(cursor.copy(self._text(query, identifiers), parameters), interruptible=True) as copy,
        ):
            chunks = aiter(copy)
            while piece := self._waited(_next_piece(chunks)):
                yield piece

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See `Session.savepoint`."""
        self._refuse_idle()
        with translating(), self._within(self._connection.transaction()):
            yield

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `Session.unit`."""
        self._check_beginning()
        with translating(), self._within(self._connection.transaction()):
            yield

    def _waited(self, work: Coroutine[Any, Any, T]) -> T:
        with translating():
            return self.loop.wait(work)

    @contextmanager
    def _within(self, block: AbstractAsyncContextManager[T], *, interruptible: bool = False) -> Iterator[T]:
        """Enter and leave an asynchronous block."""
        inside = self.loop.wait(_entered(block), interruptible=interruptible)
        try:
            yield inside
        except BaseException as error:
            if not self.loop.wait(_left(block, error), interruptible=False):
                raise
        else:
            self.loop.wait(_left(block, None), interruptible=interruptible)

    async def _rows(self, text: bytes, parameters: Parameters) -> list[Row]:
        async with self._connection.cursor(row_factory=dict_row) as cursor:
            for name, loader in OWN_FORMS.items():
                cursor.adapters.register_loader(name, loader)
            await cursor.execute(text, parameters)
            return await cursor.fetchall()

    async def _run(self, text: bytes, parameters: Parameters) -> int:
        async with self._connection.cursor() as cursor:
            await cursor.execute(text, parameters)
            return cursor.rowcount

    async def _run_many(self, text: bytes, parameters: Sequence[Parameters]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.executemany(text, parameters)


class AsyncSqlAlchemySession(OverSqlAlchemy["psycopg.AsyncConnection[Any]"], AsyncPsycopgSession):
    """A session over a SQLAlchemy `AsyncConnection` whose driver is psycopg; see `SqlAlchemySession`.

    Args:
        connection: An `AsyncConnection` of a `postgresql+psycopg` engine.
        schema: Where our tables are.
        owns_connection: As for `Conversation`; the unit then begins and commits through SQLAlchemy.

    Raises:
        RefusedError: Its driver is another, or no event loop is running here.
    """

    def __init__(
        self, connection: "AsyncConnection", *, schema: str = "mlmcore", owns_connection: bool = False
    ) -> None:
        refuse_other_driver(connection.dialect.driver, "psycopg", "psycopg_async")
        pooled: Any = connection.sync_connection
        driver = pooled.connection.driver_connection
        super().__init__(driver, schema=schema, owns_connection=owns_connection)
        self._host = connection

    def _begun(self) -> Any:
        return self.loop.wait(self._host.begin().start(), interruptible=False)

    def _done(self, work: Any) -> Any:
        return self.loop.wait(work, interruptible=False)


async def _next_piece(chunks: AsyncIterator["bytes | bytearray | memoryview"]) -> bytes:
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(bytes(chunk))
        size += len(chunk)
        if size >= _PIECE:
            break
    return b"".join(held)


async def _entered(block: AbstractAsyncContextManager[T]) -> T:
    return await block.__aenter__()


async def _left(block: AbstractAsyncContextManager[Any], error: BaseException | None) -> bool:
    kind, trace = (type(error), error.__traceback__) if error else (None, None)
    return bool(await block.__aexit__(kind, error, trace))
