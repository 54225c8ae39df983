"""Stores over PostgreSQL, made from a psycopg and from a SQLAlchemy connection, each on a database of its own."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
import sqlalchemy

from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.protocols.unit import NOBODY
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork


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
        if driver == "psycopg":
            yield PsycopgSession(stack.enter_context(psycopg.connect(dsn)), owns_connection=True)
        else:
            engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
            stack.callback(engine.dispose)
            yield SqlAlchemySession(stack.enter_context(engine.connect()), owns_connection=True)


@pytest.fixture(params=["psycopg", "sqlalchemy"])
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


class SeparateUnits:
    """Makes units of work, each on a connection of its own, as the processes of an application do."""

    def __init__(self, dsn: str, driver: str, cipher: Cipher) -> None:
        self._dsn, self._driver, self._cipher = dsn, driver, cipher
        self.connections = ExitStack()

    def __call__(self, actor: Actor = NOBODY, /) -> SqlUnitOfWork:
        """Return a new unit, on a new connection."""
        session = self.connections.enter_context(owning_session(self._dsn, self._driver))
        return SqlUnitOfWork(session, actor, cipher=self._cipher)


@pytest.fixture(params=["psycopg", "sqlalchemy"])
def separate_units(request: pytest.FixtureRequest, database: str, cipher: Cipher) -> Iterator[SeparateUnits]:
    """A factory whose units share no transaction."""
    factory = SeparateUnits(database, request.param, cipher)
    with factory.connections:
        yield factory
