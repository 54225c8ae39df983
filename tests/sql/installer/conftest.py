"""What the installer's tests share."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest


@pytest.fixture
def host(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A host's connection in the middle of its transaction, which is rolled back: on an idle one `apply` commits."""
    connection.execute("SELECT 1")
    yield connection
    assert connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE
