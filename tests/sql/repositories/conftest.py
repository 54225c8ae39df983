"""Stores over PostgreSQL, made from each kind of connection that a host may have, each on a database of its own."""

import asyncio
import base64
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import pytest
import sqlalchemy
from psycopg.conninfo import make_conninfo

from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.protocols.unit import NOBODY
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.async_session import AsyncPsycopgSession, AsyncSqlAlchemySession
from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork
from sql.repositories._reused import ReusedDatabase

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")

EVERY_DRIVER = "MLMCORE_TEST_EVERY_DRIVER"
DRIVERS = ("psycopg", "sqlalchemy", "async sqlalchemy", *(["async psycopg"] if os.environ.get(EVERY_DRIVER) else []))
"""Over which connections the whole suite runs.

SQLAlchemy's asynchronous session is psycopg's with another beginning and end, so the whole suite over it shows nearly
all of psycopg's; over that run some contracts, and with `MLMCORE_TEST_EVERY_DRIVER` set all of them.
"""


def async_engine(dsn: str, **more: Any) -> "AsyncEngine":
    """An asynchronous engine over a database."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  (it needs greenlet)

    creator = partial(psycopg.AsyncConnection.connect, dsn)
    return create_async_engine("postgresql+psycopg://", async_creator=creator, **more)


class ReversingCipher:
    """Seals by reading backwards: enough to tell sealed from clear, and the same every time."""

    def seal(self, clear: bytes, /) -> dict[str, str]:
        """Return the bytes, backwards."""
        return {"key": "test", "sealed": base64.b64encode(clear[::-1]).decode()}

    def open(self, envelope: Mapping[str, str], /) -> bytes:
        """Return the bytes, forwards."""
        return base64.b64decode(envelope["sealed"])[::-1]

    def fingerprint(self, clear: bytes, /) -> str:
        """Return a hash without a key."""
        return hashlib.sha256(clear).hexdigest()


@contextmanager
def owning_session(dsn: str, driver: str) -> Iterator[Session]:
    """A session that owns a new connection, made from what a host may have."""
    with ExitStack() as stack:
        if driver.startswith("async"):
            yield stack.enter_context(_async_session(dsn, driver))
        elif driver == "psycopg":
            yield PsycopgSession(stack.enter_context(psycopg.connect(dsn)), owns_connection=True)
        else:
            engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
            stack.callback(engine.dispose)
            yield SqlAlchemySession(stack.enter_context(engine.connect()), owns_connection=True)


class HostsLoop:
    """An event loop that runs beside the tests, which call its sessions from their own thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="the host's loop", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for some work of the loop's."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@cache
def hosts_loop() -> HostsLoop:
    """One loop for the whole run."""
    return HostsLoop()


@contextmanager
def _async_session(dsn: str, driver: str) -> Iterator[Session]:
    made = {"async psycopg": _over_psycopg, "async sqlalchemy": _over_sqlalchemy}[driver](dsn)
    host = hosts_loop()
    session = host.run(made.__aenter__())
    try:
        yield session
    finally:
        host.run(_left(made))


@asynccontextmanager
async def _over_psycopg(dsn: str) -> AsyncIterator[Session]:
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        yield AsyncPsycopgSession(connection, owns_connection=True)


@asynccontextmanager
async def _over_sqlalchemy(dsn: str) -> AsyncIterator[Session]:
    engine = async_engine(dsn)
    async with engine.connect() as connection:
        yield AsyncSqlAlchemySession(connection, owns_connection=True)
    await engine.dispose()


async def _left(block: AbstractAsyncContextManager[Session]) -> None:
    await block.__aexit__(None, None, None)


@pytest.fixture(scope="session")
def reused_database(server_address: str, template: str) -> Iterator[ReusedDatabase]:
    """One database per worker."""
    with ReusedDatabase(server_address, template) as made:
        yield made


@pytest.fixture
def database(server_address: str, reused_database: ReusedDatabase) -> Iterator[str]:
    """The address of a database with the schema installed and nothing else, for tests that commit."""
    zone = os.environ["MLMCORE_TEST_TIMEZONE"]
    yield make_conninfo(server_address, dbname=reused_database.name, options=f"-c TimeZone={zone}")
    reused_database.put_back()


@pytest.fixture(params=DRIVERS)
def session(request: pytest.FixtureRequest, database: str) -> Iterator[Session]:
    """A session over each kind of connection."""
    with owning_session(database, request.param) as made:
        yield made


@pytest.fixture
def cipher() -> Cipher:
    """A cipher that tests can see through."""
    return ReversingCipher()


@pytest.fixture
def unit_of_work(session: Session, cipher: Cipher) -> SqlStore:
    """A store: it makes units of work, each of which commits."""
    return SqlStore(session, cipher=cipher)


@pytest.fixture
def unit_of_work_without_cipher(session: Session) -> SqlStore:
    """A store that has no cipher."""
    return SqlStore(session)


@pytest.fixture
def units_sealed_by(session: Session) -> Callable[[Cipher | None], SqlStore]:
    """A function from a cipher to a store over the same session."""
    return lambda cipher: SqlStore(session, cipher=cipher)


class SeparateUnits:
    """Makes units of work, each on a connection of its own, as the processes of an application do."""

    def __init__(self, dsn: str, driver: str, cipher: Cipher) -> None:
        self._dsn, self._driver, self._cipher = dsn, driver, cipher
        self.connections = ExitStack()

    def __call__(self, actor: Actor = NOBODY, /) -> SqlUnitOfWork:
        """Return a new unit, on a new connection."""
        session = self.connections.enter_context(owning_session(self._dsn, self._driver))
        return SqlUnitOfWork(session, actor, cipher=self._cipher)


@pytest.fixture(params=DRIVERS)
def separate_units(request: pytest.FixtureRequest, database: str, cipher: Cipher) -> Iterator[SeparateUnits]:
    """A factory whose units share no transaction."""
    factory = SeparateUnits(database, request.param, cipher)
    with factory.connections:
        yield factory
