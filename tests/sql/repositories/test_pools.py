"""Stores over pools: a connection for each unit, in one piece and as it was; what breaks or runs out says so."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from mlmcore.domain.errors import ConflictError, RefusedError, TransientError
from mlmcore.domain.people import User
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.sql.pools import AsyncPooledStore, PooledStore, open_async_pool, open_pool
from sql.repositories.conftest import async_engine
from sql.repositories.test_guests_in_a_host import emails, engine_of

Pools = Callable[..., AbstractContextManager[PooledStore]]
AsyncPools = Callable[..., AbstractAsyncContextManager[AsyncPooledStore]]

PATIENCE = 10
"""Seconds for which whoever asks a pool waits, where the test is not about that."""


@contextmanager
def psycopg_pool(dsn: str, patience: float = PATIENCE) -> Iterator[PooledStore]:
    """Of two connections."""
    with open_pool(dsn, min_size=2, max_size=2, timeout=patience) as pool:
        pool.wait()
        yield PooledStore(pool)


@contextmanager
def sqlalchemy_engine(dsn: str, patience: float = PATIENCE) -> Iterator[PooledStore]:
    """Of two connections."""
    with engine_of(dsn, pool_size=2, max_overflow=0, pool_timeout=patience, pool_pre_ping=True) as engine:
        yield PooledStore(engine)


@asynccontextmanager
async def async_psycopg_pool(dsn: str, patience: float = PATIENCE) -> AsyncIterator[AsyncPooledStore]:
    """Of two connections."""
    async with open_async_pool(dsn, min_size=2, max_size=2, timeout=patience) as pool:
        await pool.wait()
        yield AsyncPooledStore(pool)


@asynccontextmanager
async def async_sqlalchemy_engine(dsn: str, patience: float = PATIENCE) -> AsyncIterator[AsyncPooledStore]:
    """Of two connections."""
    engine = async_engine(dsn, pool_size=2, max_overflow=0, pool_timeout=patience, pool_pre_ping=True)
    yield AsyncPooledStore(engine)
    await engine.dispose()


POOLS: list[Pools] = [psycopg_pool, sqlalchemy_engine]
ASYNC_POOLS: list[AsyncPools] = [async_psycopg_pool, async_sqlalchemy_engine]


def added(unit: UnitOfWork, *addresses: str) -> None:
    """Store some people."""
    for email in addresses:
        unit.users.add(User(email=email))


def added_before_and_after(unit: UnitOfWork, what: Callable[[], None]) -> None:
    """Store somebody, let something happen, and store somebody else."""
    added(unit, "ann@guest.test")
    what()
    added(unit, "bob@guest.test")


def end_others(dsn: str) -> None:
    """End every other connection of the database, as a restart of the server does."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'put back'"
        )


@pytest.mark.parametrize("pool", POOLS)
class TestPooledStore:
    def test_each_unit_is_kept_or_undone_by_itself(self, database: str, pool: Pools) -> None:
        """It is a transaction of its own."""
        with pool(database) as store:
            with store() as unit:
                added(unit, "ann@guest.test")
            with pytest.raises(ConflictError), store() as unit:
                added(unit, "bob@guest.test", "ann@guest.test")
            with store() as unit:
                added(unit, "cid@guest.test")

        assert emails(database) == ["ann@guest.test", "cid@guest.test"]

    def test_units_of_many_threads_share_a_store(self, database: str, pool: Pools) -> None:
        """Two at once, since there are two connections; each on its own."""
        both = threading.Barrier(2)

        def work(email: str) -> None:
            with store() as unit:
                added(unit, email)
                both.wait(10)

        with pool(database) as store, ThreadPoolExecutor(2) as threads:
            list(threads.map(work, ["ann@guest.test", "bob@guest.test"]))

        assert emails(database) == ["ann@guest.test", "bob@guest.test"]

    def test_a_pool_that_is_used_up_is_an_error_that_passes(self, database: str, pool: Pools) -> None:
        """What was begun goes on."""
        with pool(database, 0.1) as store, store() as unit, store() as _:
            with pytest.raises(TransientError), store():
                pass
            added(unit, "ann@guest.test")

        assert emails(database) == ["ann@guest.test"]

    def test_a_connection_that_breaks_undoes_its_unit(self, database: str, pool: Pools) -> None:
        """The error passes: the next unit gets another connection."""
        with pool(database) as store:
            with pytest.raises(TransientError), store() as unit:
                added_before_and_after(unit, lambda: end_others(database))
            with store() as unit:
                added(unit, "cid@guest.test")

        assert emails(database) == ["cid@guest.test"]

    def test_connections_that_broke_meanwhile_cost_nobody_a_unit(self, database: str, pool: Pools) -> None:
        """They are tried before they are lent."""
        with pool(database) as store:
            with store() as unit:
                added(unit, "ann@guest.test")
            end_others(database)
            with store() as unit:
                added(unit, "bob@guest.test")

        assert emails(database) == ["ann@guest.test", "bob@guest.test"]

    def test_a_unit_that_is_over_has_no_connection(self, database: str, pool: Pools) -> None:
        """Not even by its repositories."""
        with pool(database) as store:
            with store() as unit:
                users = unit.users
            with pytest.raises(RefusedError) as caught:
                users.page()

        assert str(caught.value) == "this unit of work has ended; make a new one"


@pytest.mark.parametrize("pool", ASYNC_POOLS)
class TestAsyncPooledStore:
    def test_each_unit_is_kept_or_undone_by_itself(self, database: str, pool: AsyncPools) -> None:
        """Also at once."""

        async def host() -> list[Any]:
            async with pool(database) as store:
                units = [["ann@guest.test"], ["bob@guest.test", "BOB@guest.test"]]
                running = [store.run(partial(lambda them, unit: added(unit, *them), them)) for them in units]
                return await asyncio.gather(*running, return_exceptions=True)

        kept, undone = asyncio.run(host())

        assert (kept, type(undone)) == (None, ConflictError)
        assert emails(database) == ["ann@guest.test"]

    def test_a_pool_that_is_used_up_is_an_error_that_passes(self, database: str, pool: AsyncPools) -> None:
        """Whoever waits is not the loop."""
        begun, end = threading.Barrier(3), threading.Event()

        def work(_: UnitOfWork) -> bool:
            begun.wait(PATIENCE)
            return end.wait(PATIENCE)

        async def host() -> list[Any]:
            async with pool(database, 0.1) as store:
                busy = [asyncio.create_task(store.run(work)) for _ in range(2)]
                await asyncio.to_thread(begun.wait)
                refused = await asyncio.gather(store.run(lambda _: None), return_exceptions=True)
                end.set()
                assert isinstance(refused[0], TransientError)
                return await asyncio.gather(*busy)

        assert asyncio.run(host()) == [True, True]

    def test_a_connection_that_breaks_undoes_its_unit(self, database: str, pool: AsyncPools) -> None:
        """The error passes: the next unit gets another connection."""

        def work(unit: UnitOfWork) -> None:
            added_before_and_after(unit, lambda: end_others(database))

        async def host() -> None:
            async with pool(database) as store:
                with pytest.raises(TransientError):
                    await store.run(work)
                await store.run(lambda unit: added(unit, "cid@guest.test"))

        asyncio.run(host())

        assert emails(database) == ["cid@guest.test"]

    def test_a_cancelled_unit_gives_its_connection_back(self, database: str, pool: AsyncPools) -> None:
        """Undone, and of use to the next."""
        begun, end = threading.Event(), threading.Event()

        def work(unit: UnitOfWork) -> None:
            added(unit, "ann@guest.test")
            begun.set()
            end.wait(10)
            added(unit, "bob@guest.test")

        async def host() -> None:
            async with pool(database) as store:
                for _ in range(3):
                    begun.clear()
                    end.clear()
                    task = asyncio.create_task(store.run(work))
                    await asyncio.to_thread(begun.wait, 10)
                    task.cancel()
                    asyncio.get_running_loop().call_soon(end.set)
                    with pytest.raises(asyncio.CancelledError):
                        await task
                await store.run(lambda unit: added(unit, "cid@guest.test"))

        asyncio.run(host())

        assert emails(database) == ["cid@guest.test"]


class TestOpenedPools:
    def test_the_numbers_are_the_schemas(self) -> None:
        """5 to 20 connections, 30 seconds to wait, 10 to be idle; nothing is prepared by name."""
        pool = open_pool("dbname=nowhere host=/nowhere", open=False)

        assert (pool.min_size, pool.max_size, pool.timeout, pool.max_idle) == (5, 20, 30, 10)
        assert pool.kwargs == {"prepare_threshold": None, "client_encoding": "utf8"}

    def test_an_asynchronous_one_has_the_same(self) -> None:
        """Opened by its block."""

        async def host() -> AsyncConnectionPool[Any]:
            return open_async_pool("dbname=nowhere host=/nowhere", kwargs={"autocommit": True})

        pool = asyncio.run(host())

        assert (pool.min_size, pool.max_size, pool.timeout, pool.max_idle) == (5, 20, 30, 10)
        assert pool.kwargs == {"prepare_threshold": None, "client_encoding": "utf8", "autocommit": True}

    def test_a_host_may_want_others(self) -> None:
        """What is given stands instead of ours."""
        pool = open_pool("dbname=nowhere host=/nowhere", open=False, max_size=50, kwargs={"prepare_threshold": 5})

        assert (pool.min_size, pool.max_size) == (5, 50)
        assert pool.kwargs == {"prepare_threshold": 5, "client_encoding": "utf8"}


class TestOtherThings:
    def test_what_is_no_pool_is_refused(self) -> None:
        """With what would do."""
        with pytest.raises(RefusedError) as caught:
            PooledStore("postgresql://")  # type: ignore[arg-type]  # what is refused

        assert str(caught.value) == (
            "str is no pool that a PooledStore knows; give a psycopg_pool.ConnectionPool or a SQLAlchemy Engine "
            "(for asynchronous ones there is AsyncPooledStore)"
        )

    def test_a_pool_of_the_other_kind_is_refused(self) -> None:
        """With the store that would do."""
        with pytest.raises(RefusedError) as caught:
            AsyncPooledStore(ConnectionPool("dbname=nowhere", open=False))  # type: ignore[arg-type]  # what is refused

        assert str(caught.value) == (
            "ConnectionPool is no pool that an AsyncPooledStore knows; give a psycopg_pool.AsyncConnectionPool or a "
            "SQLAlchemy AsyncEngine (for synchronous ones there is PooledStore)"
        )
