"""What the installer's tests share."""

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from mlmcore.sql import installer
from mlmcore.sql.catalogue import picture


@pytest.fixture
def host(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A host's connection in the middle of its transaction, which is rolled back: on an idle one `apply` commits."""
    connection.execute("SELECT 1")
    yield connection
    assert connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE


@pytest.fixture(scope="session")
def expected(shared_database: str) -> Mapping[str, str]:
    """How the schema should be."""
    with psycopg.connect(shared_database) as connection, connection.transaction(force_rollback=True):
        installer.apply(connection, "as_it_should_be")
        return picture(connection, "as_it_should_be")


@pytest.fixture
def stage(host: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """In the installed schema, in a transaction that is rolled back."""
    host.execute("SET LOCAL search_path = mlmcore, pg_catalog")
    return host
