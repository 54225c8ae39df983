"""Fixtures for the whole suite: a real PostgreSQL, started by the run itself, and one Hypothesis profile.

The server is `MLMCORE_TEST_DSN` if set (its role may create databases), else one server per run, owned by the
controller of parallel workers and handed to them. Where no server is to be had, tests fail; they never skip.
`MLMCORE_TEST_TIMEZONE` is the time zone of every session: one that is not UTC unless another is asked for, since what
is right there is right in UTC as well, and not the other way round.
`MLMCORE_TEST_EXAMPLES` is how many examples Hypothesis draws where a test does not say it itself.
`MLMCORE_TEST_EVERY_DRIVER` runs the contracts over every kind of connection, not only over those that differ most.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from mlmcore.sql import installer
from mlmcore.testing.server import Server

settings.register_profile(
    "mlmcore",
    deadline=None,
    max_examples=int(os.environ.get("MLMCORE_TEST_EXAMPLES", "50")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("mlmcore")

os.environ.setdefault("MLMCORE_TEST_TIMEZONE", "America/New_York")

_ADDRESS = pytest.StashKey[str]()
_SERVER = pytest.StashKey[Server]()
_BINARIES = "MLMCORE_TEST_BINARIES"  # a folder with another version's postgres and initdb


def pytest_configure(config: pytest.Config) -> None:
    """Take the server's address from the controller, if this is a worker."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[_ADDRESS] = given["mlmcore_server"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the server's address to a parallel worker."""
    node.workerinput["mlmcore_server"] = _server_address(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if this process started it."""
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.stop()


def _server_address(config: pytest.Config) -> str:
    if _ADDRESS not in config.stash:
        config.stash[_ADDRESS] = os.environ.get("MLMCORE_TEST_DSN") or _start_server(config)
    return config.stash[_ADDRESS]


def _start_server(config: pytest.Config) -> str:
    binaries = os.environ.get(_BINARIES)
    server = Server(binaries=Path(binaries) if binaries else None, settings={"max_connections": "200"})
    config.stash[_SERVER] = server
    return server.dsn()


def _in_zone(address: str, database: str) -> str:
    zone = os.environ["MLMCORE_TEST_TIMEZONE"]
    return psycopg.conninfo.make_conninfo(address, dbname=database, options=f"-c TimeZone={zone}")


@pytest.fixture(scope="session")
def server_address(request: pytest.FixtureRequest) -> str:
    """The address of the server's maintenance database."""
    return _server_address(request.config)


@pytest.fixture(scope="session")
def template(server_address: str) -> Iterator[str]:
    """The name of a database in which the schema is installed, with the demo users; closed to connections."""
    name = f"mlmcore_template_{uuid.uuid4().hex[:12]}"
    with _created(server_address, name) as address:
        with psycopg.connect(address) as connection:
            installer.apply(connection, "mlmcore", demo_users=True)
        # A stray connection would keep it from being copied.
        with psycopg.connect(server_address, autocommit=True) as maintenance:
            maintenance.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        yield name


@pytest.fixture(scope="session")
def shared_database(server_address: str, template: str) -> Iterator[str]:
    """The address of one database per worker, for tests that roll back."""
    with _created(server_address, f"mlmcore_shared_{uuid.uuid4().hex[:12]}", template) as address:
        yield address


@pytest.fixture
def connection(shared_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose transaction is rolled back; the schema is `mlmcore`."""
    with psycopg.connect(shared_database) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def database(server_address: str, template: str) -> Iterator[str]:
    """The address of a database of one's own with the schema installed, for tests that commit."""
    with _created(server_address, f"mlmcore_test_{uuid.uuid4().hex[:12]}", template) as address:
        yield address


@pytest.fixture(scope="session")
def new_database(server_address: str, template: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes a database like `database` for the length of a block: a fresh one for each example of a property."""
    return lambda: _created(server_address, f"mlmcore_test_{uuid.uuid4().hex[:12]}", template)


@pytest.fixture
def empty_database(server_address: str) -> Iterator[str]:
    """The address of a database of one's own without anything in it."""
    with _created(server_address, f"mlmcore_empty_{uuid.uuid4().hex[:12]}") as address:
        yield address


class _created:  # noqa: N801  (read as a phrase: `with _created(...)`)
    """A database for the length of a block."""

    def __init__(self, server: str, name: str, template: str | None = None) -> None:
        self._server, self._name, self._template = server, name, template

    def __enter__(self) -> str:
        words = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._name))
        if self._template:
            words += sql.SQL(" TEMPLATE {}").format(sql.Identifier(self._template))
        self._run(words)
        return _in_zone(self._server, self._name)

    def __exit__(self, *_: object) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._name)))

    def _run(self, words: sql.Composed) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(words)
