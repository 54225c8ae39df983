"""Stores over PostgreSQL, made from a psycopg and from a SQLAlchemy connection, each on a database of its own."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
import sqlalchemy

from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore


class ReversingCipher:
    """Seals by reading backwards: enough to tell sealed from clear, and the same every time."""

    def seal(self, clear: bytes, /) -> dict[str, str]:
        """Return the bytes, backwards."""
        return {"key": "test", "sealed": base64.b64encode(clear[::-1]).decode()}

    def open(self, envelope: Mapping[str, str], /) -> bytes:
        """Return the bytes, forwards."""
        return base64.b64decode(envelope["sealed"])[::-1]


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
