"""Behind a proxy that pools transactions a unit is what it is on a connection of its own, and leaves nothing behind.

A small proxy of ours always runs; pgbouncer too, where there is one.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mlmcore.domain.people import User
from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.pools import AsyncPooledStore, PooledStore, open_async_pool, open_pool
from mlmcore.testing.contracts import LedgerContract, UnitOfWorkContract
from mlmcore.testing.contracts._support import a_period, make_distributor
from sql.repositories._transaction_proxy import transaction_proxy
from sql.repositories.test_guests_in_a_host import emails

PROXIES = ["ours", *(["pgbouncer"] if shutil.which("pgbouncer") else [])]

LEFT_BEHIND = """
    SELECT 'setting', name FROM pg_settings WHERE source = 'session' AND name LIKE 'mlmcore%'
    UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
    UNION ALL SELECT 'cursor', name FROM pg_cursors WHERE name <> ''
    UNION ALL SELECT 'listening', channel FROM pg_listening_channels() AS channel
    UNION ALL SELECT 'temporary', relname FROM pg_class WHERE relpersistence = 't' AND pg_table_is_visible(oid)
    UNION ALL SELECT 'lock', locktype FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
    UNION ALL SELECT 'path', current_setting('search_path') WHERE current_setting('search_path') <> '"$user", public'"""


@pytest.fixture(params=PROXIES)
def proxied(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database behind a proxy."""
    if request.param == "ours":
        with transaction_proxy(database) as proxy:
            yield proxy.dsn
    else:
        with pgbouncer(database, tmp_path) as dsn:
            yield dsn


@pytest.fixture
def unit_of_work(proxied: str, cipher: Cipher) -> Iterator[PooledStore]:
    """A store over our pool of connections to the proxy."""
    with open_pool(proxied, min_size=1, max_size=4) as pool:
        yield PooledStore(pool, cipher=cipher)


class TestUnitsBehindAProxy(UnitOfWorkContract):
    """Units of work, each transaction on another connection."""


class TestLedgerBehindAProxy:
    def test_a_run_is_swapped_in(self, unit_of_work: PooledStore) -> None:
        """Partitions are made, loaded by COPY, and take their place."""
        LedgerContract().test_the_official_run_again_changes_nothing(unit_of_work)


class TestTheStandIn:
    def test_each_transaction_runs_on_another_connection(self, database: str) -> None:
        """Otherwise it would show nothing."""
        with transaction_proxy(database) as proxy, psycopg.connect(proxy.dsn, prepare_threshold=None) as connection:
            backends = []
            for _ in range(4):
                row = connection.execute("SELECT pg_backend_pid()").fetchone()
                backends.append(row)
                assert connection.execute("SELECT pg_backend_pid()").fetchone() == row
                connection.commit()

        assert len(set(backends)) == 3
        assert backends[0] == backends[3]

    def test_what_is_prepared_by_name_breaks_behind_it(self, database: str) -> None:
        """So that our pool had better prepare nothing."""
        with transaction_proxy(database) as proxy, psycopg.connect(proxy.dsn, prepare_threshold=0) as connection:
            connection.execute("SELECT 1 WHERE %s > 0", [1])
            connection.commit()
            with pytest.raises(psycopg.errors.InvalidSqlStatementName):
                connection.execute("SELECT 1 WHERE %s > 0", [1])


class TestNothingStays:
    def test_no_connection_keeps_what_a_unit_needed(self, proxied: str, unit_of_work: PooledStore) -> None:
        """No setting, lock, statement, cursor, channel, table: whoever comes next finds it as it was."""
        for number in range(4):
            with unit_of_work(Actor(request_id=f"r-{number}")) as unit:
                unit.users.add_many([User(email=f"many-{number}@guest.test")])
                unit.periods.add(a_period(f"2031-0{number + 1}"))
                unit.lock_period(f"2031-0{number + 1}")
                make_distributor(unit)
                list(unit.users.page())

        with psycopg.connect(proxied, prepare_threshold=None) as connection:
            left = []
            for _ in range(4):
                left += connection.execute(LEFT_BEHIND).fetchall()
                connection.commit()
        assert left == []

    def test_what_is_asked_again_and_again_is_not_prepared(self, proxied: str) -> None:
        """The driver would, after five times, on a connection of the server that is another one the next time."""
        with open_pool(proxied, min_size=1, max_size=1) as pool:
            store = PooledStore(pool)
            for _ in range(12):
                with store() as unit:
                    assert unit.users.find_by_email("ann@guest.test") is None

    def test_a_unit_without_an_actor_is_nobodys(self, unit_of_work: PooledStore) -> None:
        """Whatever the connection did before."""
        for number in range(4):
            with unit_of_work(Actor(request_id="named")) as unit:
                unit.users.add(User(email=f"named-{number}@guest.test"))
        with unit_of_work() as unit:
            user = unit.users.add(User(email="ann@guest.test"))
            (entry,) = unit.audit.list_by_entity("users", user.id)

        assert entry.request_id is None


class TestAsynchronousHosts:
    def test_their_units_run_behind_it_too(self, proxied: str, database: str) -> None:
        """Many at once, by COPY and one by one."""

        def work(number: int) -> Any:
            return lambda unit: unit.users.add_many([User(email=f"{number}@guest.test")])

        async def host() -> None:
            async with open_async_pool(proxied, min_size=1, max_size=3) as pool:
                store = AsyncPooledStore(pool)
                await asyncio.gather(*(store.run(work(number)) for number in range(9)))

        asyncio.run(host())

        assert emails(database) == [f"{number}@guest.test" for number in range(9)]


@contextmanager
def pgbouncer(dsn: str, folder: Path) -> Iterator[str]:
    """The real one, in its transaction mode."""
    of_server = conninfo_to_dict(dsn)
    port = _free_port()
    settings = folder / "pgbouncer.ini"
    owner = f"user = {Path(str(of_server['host'])).owner()}\n" if os.geteuid() == 0 else ""
    settings.write_text(
        f"[databases]\n* = host={of_server['host']} port={of_server.get('port', 5432)} user={of_server['user']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = transaction\ndefault_pool_size = 3\nserver_round_robin = 1\n{owner}"
    )
    process = subprocess.Popen(["pgbouncer", "-q", str(settings)], stderr=subprocess.DEVNULL)
    try:
        address = make_conninfo(
            host="127.0.0.1", port=port, dbname=of_server["dbname"], user=of_server["user"], sslmode="disable"
        )
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(dsn: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("pgbouncer does not answer")
