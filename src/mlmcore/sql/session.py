"""`Session`: the one thing through which the adapter speaks to a database.

It runs a query (by its name, or one that was written out), opens a savepoint, copies in and copies out, and nothing
more, so that every repository works over a psycopg connection, over a SQLAlchemy `Connection`, and over whatever else
offers these few verbs. The host owns connections and transactions: a session opens savepoints inside the host's
transaction and never commits, unless it was told that it owns the connection. No repository calls a driver.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.types.bool import BoolLoader
from psycopg.types.datetime import DateLoader, TimestamptzLoader
from psycopg.types.json import JsonLoader
from psycopg.types.net import InetLoader
from psycopg.types.numeric import IntLoader, NumericLoader
from psycopg.types.uuid import UUIDLoader

from mlmcore.domain.errors import MlmError, RefusedError
from mlmcore.sql.query_files import Query, named_query
from mlmcore.sql.translate import translating, translating_sqlalchemy

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy

__all__ = ["OWN_FORMS", "Conversation", "PsycopgSession", "Row", "Session", "SqlAlchemySession", "gathered"]

Row = dict[str, Any]
C = TypeVar("C", bound="psycopg.Connection[Any] | psycopg.AsyncConnection[Any]")
Parameters = Mapping[str, object]

_NOTHING: Parameters = {}
_PIECE = 1 << 16
_ENCODINGS = frozenset({"utf-8", "utf8"})
IDLE = (
    "the connection is idle: a unit of work in a host's connection opens savepoints inside the host's transaction, and "
    "there is none; begin one, or pass owns_connection=True to let each unit of work begin and commit its own"
)
BUSY = (
    "the connection is already inside a transaction, so a unit of work that owns it could not commit; end that "
    "transaction first, or pass owns_connection=False to work inside it"
)
AUTOCOMMIT = (
    "the SQLAlchemy connection is in AUTOCOMMIT, where its begin() begins nothing and its rollback() undoes nothing; "
    "give it another isolation level before its transaction begins"
)


class Session(Protocol):
    """A conversation with one database connection, inside somebody's transaction."""

    @property
    def schema(self) -> str:
        """The name of the schema that holds our tables, unquoted."""
        ...

    def rows(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> list[Row]:
        """Run a named query and return its rows as dicts."""
        ...

    def run(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> int:
        """Run a named statement and return the number of rows it changed."""
        ...

    def run_many(self, query: Query | str, parameters: Sequence[Parameters], /, **identifiers: str) -> None:
        """Run a named statement once for each set of parameters, in one round trip where the driver can."""
        ...

    def copy_in(self, query: Query | str, chunks: Iterable[bytes], /, **identifiers: str) -> int:
        """Feed a named `COPY ... FROM STDIN (FORMAT BINARY)` and return the number of rows stored."""
        ...

    def copy_out(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> Iterator[bytes]:
        """Read a named `COPY (...) TO STDOUT (FORMAT BINARY)`; the chunks are cut anywhere."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """A savepoint: kept when the block ends, undone when it raises."""
        ...

    def unit(self) -> AbstractContextManager[None]:
        """What a unit of work runs in.

        In the host's transaction it is a savepoint. On a connection that the session owns it is a transaction of its
        own, committed when the block ends and rolled back when it raises.

        Raises:
            RefusedError: The connection is idle and not owned (our savepoint would commit by itself, and the host's
                rollback would undo nothing), or it is owned and already inside a transaction.
        """
        ...


class _ExactJson(JsonLoader):
    """JSON with its decimals as text, so that no float is born from a stored amount."""

    _loads = staticmethod(partial(json.loads, parse_float=str))


OWN_FORMS: Mapping[str, type[Loader]] = {
    "bool": BoolLoader,
    "int2": IntLoader,
    "int4": IntLoader,
    "int8": IntLoader,
    "numeric": NumericLoader,
    "uuid": UUIDLoader,
    "date": DateLoader,
    "timestamptz": TimestamptzLoader,
    "inet": InetLoader,
    "json": _ExactJson,
    "jsonb": _ExactJson,
}
"""How values are read, whatever the host taught its connection: a numeric that arrives as a float is wrong money.
They are the cursor's, and leave nothing on the host's connection."""


class Conversation(Generic[C]):
    """What holds on a connection of psycopg's, whichever way one waits for it.

    Args:
        connection: An open connection.
        schema: Where our tables are.
        owns_connection: True hands transactions to us: each unit of work begins and commits one. False (the default)
            means that the host has begun a transaction and will end it.
    """

    def __init__(self, connection: C, *, schema: str = "mlmcore", owns_connection: bool = False) -> None:
        self._connection = connection
        self._schema = schema
        self._owns = owns_connection

    @property
    def schema(self) -> str:
        """The name of the schema that holds our tables, unquoted."""
        return self._schema

    def _text(self, query: Query | str, identifiers: Mapping[str, str]) -> bytes:
        found = named_query(query) if isinstance(query, str) else query
        return found.for_schema(self._schema, **identifiers).encode()

    def _copy_text(self, query: Query | str, identifiers: Mapping[str, str]) -> bytes:
        return self._text(query, identifiers).replace(b"%%", b"%")  # a COPY FROM goes without parameters

    def _idle(self) -> bool:
        return self._connection.info.transaction_status == TransactionStatus.IDLE

    def _refuse_other_encoding(self) -> None:
        # COPY takes texts as the bytes they are, so that in another encoding names would be stored as other names.
        encoding = self._connection.info.encoding
        if encoding not in _ENCODINGS:
            raise RefusedError(
                f"the connection's client_encoding is {encoding}, and mlmcore speaks UTF-8; connect with "
                "client_encoding=utf8"
            )

    def _refuse_idle(self) -> None:
        if self._idle():
            raise RefusedError(IDLE)

    def _refuse_busy(self) -> None:
        if not self._idle():
            raise RefusedError(BUSY)

    def _check_beginning(self) -> None:
        """Refuse what a unit cannot begin in."""
        if self._owns:
            self._refuse_busy()
        else:
            self._refuse_idle()
        self._refuse_other_encoding()


class PsycopgSession(Conversation["psycopg.Connection[Any]"]):
    """A session over a `psycopg.Connection`; arguments are those of `Conversation`."""

    def rows(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> list[Row]:
        """See `Session.rows`."""
        with translating(), self._connection.cursor(row_factory=dict_row) as cursor:
            for name, loader in OWN_FORMS.items():
                cursor.adapters.register_loader(name, loader)
            cursor.execute(self._text(query, identifiers), parameters)
            return cursor.fetchall()

    def run(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> int:
        """See `Session.run`."""
        with translating(), self._connection.cursor() as cursor:
            cursor.execute(self._text(query, identifiers), parameters)
            return cursor.rowcount

    def run_many(self, query: Query | str, parameters: Sequence[Parameters], /, **identifiers: str) -> None:
        """See `Session.run_many`."""
        with translating(), self._connection.cursor() as cursor:
            cursor.executemany(self._text(query, identifiers), parameters)

    def copy_in(self, query: Query | str, chunks: Iterable[bytes], /, **identifiers: str) -> int:
        """See `Session.copy_in`."""
        with translating(), self._connection.cursor() as cursor:
            with cursor.copy(self._copy_text(query, identifiers)) as copy:
                for chunk in gathered(chunks):
                    copy.write(chunk)
            return cursor.rowcount

    def copy_out(self, query: Query | str, parameters: Parameters = _NOTHING, /, **identifiers: str) -> Iterator[bytes]:
        """See `Session.copy_out`."""
        with (
            translating(),
            self._connection.cursor() as cursor,
            cursor.copy(self._text(query, identifiers), parameters) as copy,
        ):
            for chunk in copy:
                yield bytes(chunk)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """See `Session.savepoint`."""
        self._refuse_idle()
        with translating(), self._connection.transaction():
            yield

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `Session.unit`."""
        self._check_beginning()
        with translating(), self._connection.transaction():
            yield


def gathered(chunks: Iterable[bytes], piece: int = _PIECE) -> Iterator[bytes]:
    """The same bytes in pieces of some size: each piece that the driver is handed waits for the server's socket."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= piece:
            yield b"".join(held) if len(held) > 1 else chunk
            held, size = [], 0
    if held:
        yield b"".join(held)


class OverSqlAlchemy(Conversation[C]):
    """The unit of a session over SQLAlchemy, whichever way one waits for it.

    SQLAlchemy's transaction is asked, not the driver's: what only the driver has begun is not what SQLAlchemy's
    `commit()` ends.
    """

    _host: Any

    @contextmanager
    def unit(self) -> Iterator[None]:
        """See `Session.unit`."""
        self._refuse_other_encoding()
        if self._owns == self._host.in_transaction():
            raise RefusedError(BUSY if self._owns else IDLE)
        with self._own_transaction() if self._owns else nullcontext():
            self._begin_driver()
            with cast("Session", self).savepoint():
                yield

    @contextmanager
    def _own_transaction(self) -> Iterator[None]:
        transaction = self._begun()
        try:
            yield
        except BaseException:
            with suppress(MlmError), translating_sqlalchemy():  # whose connection is lost has nothing to roll back
                self._done(transaction.rollback())
            raise
        with translating_sqlalchemy():
            self._done(transaction.commit())

    def _begin_driver(self) -> None:
        # SQLAlchemy's begin() is lazy: the driver is idle still, and a savepoint on it would be a transaction that
        # commits by itself.
        if self._idle():
            with translating_sqlalchemy():
                self._done(self._host.exec_driver_sql("SELECT 1"))
        if self._connection.autocommit:
            raise RefusedError(AUTOCOMMIT)

    def _begun(self) -> Any:
        """SQLAlchemy's transaction, begun."""
        return self._host.begin()

    def _done(self, work: Any) -> Any:
        """What SQLAlchemy was asked for, when it is done."""
        return work


def refuse_other_driver(driver: str, *known: str) -> None:
    """Refuse a SQLAlchemy connection that does not speak psycopg."""
    if driver not in known:
        raise RefusedError(
            f"the SQLAlchemy connection uses the driver {driver!r}, and mlmcore speaks to "
            "psycopg; make its engine from 'postgresql+psycopg://...'"
        )


class SqlAlchemySession(OverSqlAlchemy["psycopg.Connection[Any]"], PsycopgSession):
    """A session over a SQLAlchemy `Connection` whose driver is psycopg.

    SQLAlchemy's transaction is begun before its driver's connection is used; otherwise its `commit()` would store
    nothing and say nothing.

    Args:
        connection: A `sqlalchemy.Connection` of a `postgresql+psycopg` engine.
        schema: Where our tables are.
        owns_connection: As for `PsycopgSession`; the unit then begins and commits through SQLAlchemy.
    """

    def __init__(
        self, connection: "sqlalchemy.Connection", *, schema: str = "mlmcore", owns_connection: bool = False
    ) -> None:
        refuse_other_driver(connection.dialect.driver, "psycopg")
        driver = connection.connection.driver_connection
        super().__init__(driver, schema=schema, owns_connection=owns_connection)  # type: ignore[arg-type]  # SQLAlchemy types it as Any | None
        self._host = connection
