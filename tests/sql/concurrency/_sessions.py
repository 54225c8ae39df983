"""Some sessions at once: real connections that begin together, and what became of each."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from mlmcore.domain.errors import MlmError
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork

__all__ = ["at_once", "in_one"]


def at_once(dsn: str, sessions: int, work: Callable[[SqlUnitOfWork, int], Any]) -> list[Any]:
    """What each of some sessions, begun together, kept as the result of its unit, or the error that undid it."""
    ready = threading.Barrier(sessions)

    def run(number: int) -> Any:
        with psycopg.connect(dsn) as connection:
            store = SqlStore(PsycopgSession(connection, owns_connection=True))
            ready.wait()
            try:
                with store() as unit:
                    return work(unit, number)
            except MlmError as error:
                return error

    with ThreadPoolExecutor(sessions) as pool:
        return list(pool.map(run, range(sessions)))


def in_one(dsn: str, work: Callable[[SqlUnitOfWork], Any]) -> Any:
    """What one session did by itself."""
    (result,) = at_once(dsn, 1, lambda unit, _: work(unit))
    return result
