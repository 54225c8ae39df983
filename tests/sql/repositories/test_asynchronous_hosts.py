"""An asynchronous host: units run beside its event loop, in its transaction, and end when they are cancelled."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
import pytest

from mlmcore.domain.errors import ConflictError, RefusedError, TransientError
from mlmcore.domain.people import User
from mlmcore.repositories.protocols import Actor, UnitOfWork
from mlmcore.sql.async_session import AsyncPsycopgSession
from mlmcore.sql.async_store import AsyncSqlStore
from sql.repositories.test_guests_in_a_host import BUSY, IDLE, actors, emails

T = TypeVar("T")
Store = AsyncSqlStore

PATIENCE = 20
"""Seconds after which something waits for ever."""


def in_host(dsn: str, use: Callable[[AsyncSqlStore], Awaitable[T]], *, owns: bool = False, commit: bool = True) -> T:
    """Run a host's coroutine, with a store over its connection: in its transaction, unless the store owns it."""

    async def host() -> T:
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
            store = AsyncSqlStore(AsyncPsycopgSession(connection, owns_connection=owns))
            if owns:
                return await asyncio.wait_for(use(store), PATIENCE)
            async with connection.transaction(force_rollback=not commit):
                return await asyncio.wait_for(use(store), PATIENCE)

    return asyncio.run(host())


def adding(*addresses: str) -> Callable[[UnitOfWork], list[User]]:
    """Work that stores some people."""
    return lambda unit: [unit.users.add(User(email=email)) for email in addresses]


class TestTheHostDecides:
    def test_its_commit_keeps_what_units_kept(self, database: str) -> None:
        """Two units, one transaction; a unit returns what its work returns."""

        async def use(store: Store) -> list[User]:
            (ann,) = await store.run(adding("ann@guest.test"))
            (bob,) = await store.run(adding("bob@guest.test"))
            assert emails(database) == []
            return [ann, bob]

        stored = in_host(database, use)

        assert [user.email for user in stored] == emails(database) == ["ann@guest.test", "bob@guest.test"]

    def test_its_rollback_undoes_what_units_kept(self, database: str) -> None:
        """Also what came in by COPY."""

        async def use(store: Store) -> None:
            people = [User(email=f"{number}@guest.test") for number in range(3)]
            await store.run(lambda unit: unit.users.add_many(people))

        in_host(database, use, commit=False)

        assert emails(database) == []

    def test_a_failed_unit_undoes_itself_alone(self, database: str) -> None:
        """The error arrives where the unit was awaited, and the host goes on."""

        async def use(store: Store) -> None:
            await store.run(adding("ann@guest.test"))
            with pytest.raises(ConflictError):
                await store.run(adding("bob@guest.test", "ANN@guest.test"))
            await store.run(adding("cid@guest.test"))

        in_host(database, use)

        assert emails(database) == ["ann@guest.test", "cid@guest.test"]

    def test_on_a_connection_of_its_own_each_unit_commits(self, database: str) -> None:
        """And names its actor."""
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT id FROM mlmcore.users LIMIT 1").fetchone()
        assert row is not None

        async def use(store: Store) -> None:
            await store.run(adding("ann@guest.test"), Actor(user_id=row[0]))
            assert emails(database) == ["ann@guest.test"]

        in_host(database, use, owns=True)

        assert actors(database, "ann@guest.test") == [row[0]]

    def test_an_idle_connection_is_refused(self, database: str) -> None:
        """Our savepoint would commit by itself."""

        async def host() -> None:
            async with await psycopg.AsyncConnection.connect(database) as connection:
                await AsyncSqlStore(AsyncPsycopgSession(connection)).run(adding("ann@guest.test"))

        with pytest.raises(RefusedError) as caught:
            asyncio.run(host())

        assert str(caught.value) == IDLE
        assert emails(database) == []

    def test_an_owned_busy_connection_is_refused(self, database: str) -> None:
        """The unit could not commit."""

        async def host() -> None:
            async with await psycopg.AsyncConnection.connect(database) as connection:
                await connection.execute("SELECT 1")
                session = AsyncPsycopgSession(connection, owns_connection=True)
                await AsyncSqlStore(session).run(adding("ann@guest.test"))

        with pytest.raises(RefusedError) as caught:
            asyncio.run(host())

        assert str(caught.value) == BUSY


class TestTheLoop:
    def test_it_goes_on_while_a_unit_works(self, database: str) -> None:
        """The work waits for what only the loop can do."""
        done = threading.Event()

        async def use(store: Store) -> bool:
            asyncio.get_running_loop().call_later(0.01, done.set)
            return await store.run(lambda _: done.wait(PATIENCE))

        assert in_host(database, use)

    def test_units_over_one_connection_take_turns(self, database: str) -> None:
        """Savepoints of two units would be mixed up; of one that fails the others know nothing."""

        async def use(store: Store) -> list[Any]:
            return await asyncio.gather(
                *(store.run(adding(f"{number % 4}@guest.test")) for number in range(6)), return_exceptions=True
            )

        outcomes = in_host(database, use)

        assert [isinstance(outcome, ConflictError) for outcome in outcomes] == [False] * 4 + [True] * 2
        assert emails(database) == [f"{number}@guest.test" for number in range(4)]

    def test_context_variables_come_along(self, database: str) -> None:
        """What the host hangs on its task is there; what the work sets is its own."""
        request: ContextVar[str] = ContextVar("request", default="none")

        def work(_: UnitOfWork) -> str:
            found = request.get()
            request.set("changed")
            return found

        async def use(store: Store) -> tuple[str, str]:
            request.set("req-17")
            return await store.run(work), request.get()

        assert in_host(database, use) == ("req-17", "req-17")

    def test_an_exhausted_iterator_is_an_error_like_others(self, database: str) -> None:
        """No future holds a StopIteration: it would be waited for, for ever."""

        async def use(store: Store) -> None:
            await store.run(lambda _: next(iter([])))

        with pytest.raises(RuntimeError) as caught:
            in_host(database, use)

        assert str(caught.value) == "the work raised StopIteration"

    def test_asking_on_the_loops_own_thread_is_refused(self, database: str) -> None:
        """It would wait for itself."""

        async def host() -> None:
            async with await psycopg.AsyncConnection.connect(database) as connection:
                AsyncPsycopgSession(connection).rows("move_reason")

        with pytest.raises(RefusedError) as caught:
            asyncio.run(host())

        assert str(caught.value) == (
            "this would wait for the event loop on the event loop's own thread, which waits for ever; give the work to "
            "AsyncSqlStore.run, which runs it in a thread of its own"
        )

    def test_a_session_is_made_on_its_loop(self, database: str) -> None:
        """The connection belongs to one."""
        connection = asyncio.run(psycopg.AsyncConnection.connect(database))
        with pytest.raises(RefusedError) as caught:
            AsyncPsycopgSession(connection)
        asyncio.run(connection.close())

        assert str(caught.value) == (
            "there is no running event loop, and an asynchronous connection belongs to one; make the session inside "
            "the coroutine that uses it"
        )


class TestCancelling:
    def test_a_statement_that_waits_is_stopped(self, database: str) -> None:
        """The unit is undone, and the host's transaction goes on."""

        async def use(store: Store) -> None:
            await store.run(adding("ann@guest.test"))
            await cancelled(store, adding("bob@guest.test", "held@guest.test"), started(database))
            await store.run(adding("cid@guest.test"))

        with an_uncommitted(database, "held@guest.test"):
            in_host(database, use)

        assert emails(database) == ["ann@guest.test", "cid@guest.test"]

    def test_a_load_that_waits_is_stopped(self, database: str) -> None:
        """In the midst of a COPY, whose end it waits for."""

        async def use(store: Store) -> None:
            await store.run(adding("ann@guest.test"))
            people = [User(email="bob@guest.test"), User(email="held@guest.test")]
            await cancelled(store, lambda unit: unit.users.add_many(people), started(database))
            await store.run(adding("cid@guest.test"))

        with an_uncommitted(database, "held@guest.test"):
            in_host(database, use)

        assert emails(database) == ["ann@guest.test", "cid@guest.test"]

    @pytest.mark.parametrize("owns", [True, False])
    def test_work_that_computes_is_stopped_at_its_next_statement(self, database: str, owns: bool) -> None:
        """Nobody else can stop a thread."""
        computing, cancel = threading.Event(), threading.Event()

        def work(unit: UnitOfWork) -> None:
            unit.users.add(User(email="bob@guest.test"))
            computing.set()
            assert cancel.wait(PATIENCE)
            unit.users.add(User(email="cid@guest.test"))

        async def use(store: Store) -> None:
            task = asyncio.create_task(store.run(work))
            await asyncio.to_thread(computing.wait, PATIENCE)
            task.cancel()
            asyncio.get_running_loop().call_later(0.01, cancel.set)
            with pytest.raises(asyncio.CancelledError):
                await task
            await store.run(adding("ann@guest.test"))

        in_host(database, use, owns=owns)

        assert emails(database) == ["ann@guest.test"]

    def test_a_host_that_shuts_down_leaves_nothing(self, database: str) -> None:
        """`asyncio.run` cancels every task, ours among them."""

        async def task() -> None:
            async with await psycopg.AsyncConnection.connect(database) as connection:
                store = AsyncSqlStore(AsyncPsycopgSession(connection, owns_connection=True))
                await store.run(adding("bob@guest.test", "held@guest.test"))

        async def host() -> None:
            left = asyncio.create_task(task())
            await started(database)
            assert not left.done()
            raise KeyError("the host's own")

        with an_uncommitted(database, "held@guest.test"), pytest.raises(KeyError):
            asyncio.run(host())

        assert emails(database) == []


class TestALostConnection:
    def test_it_is_an_error_that_passes(self, database: str) -> None:
        """As over any other connection."""

        async def host() -> None:
            async with broken_connection(database) as connection:
                await AsyncSqlStore(AsyncPsycopgSession(connection, owns_connection=True)).run(adding("a@guest.test"))

        with pytest.raises(TransientError):
            asyncio.run(host())


async def cancelled(store: Store, work: Callable[[UnitOfWork], Any], at: Awaitable[None]) -> None:
    """Begin some work, and cancel it at a moment."""
    task = asyncio.create_task(store.run(work))
    await at
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def started(dsn: str) -> None:
    """Wait until somebody waits for a lock."""
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        while True:
            found = await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if await found.fetchone() == (1,):
                return
            await asyncio.sleep(0.005)


@contextmanager
def an_uncommitted(dsn: str, email: str) -> Iterator[None]:
    """Somebody else's user, of whom nobody knows whether they will be."""
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO mlmcore.users (id, email) VALUES (gen_random_uuid(), %s)", [email])
        yield
        connection.rollback()


@asynccontextmanager
async def broken_connection(dsn: str) -> Any:
    """A connection that the server has ended."""
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        await other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
    try:
        yield connection
    finally:
        await connection.close()
