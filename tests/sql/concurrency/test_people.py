"""Many sessions at once over people: nothing lost, nothing doubled, whoever comes first."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import ConflictError, MlmError
from mlmcore.domain.people import User
from mlmcore.domain.sign_in import LockoutPolicy
from mlmcore.operations.sign_in import record_failed_login
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork

SEVERAL = pytest.mark.parametrize("sessions", [2, 20])
POLICY = LockoutPolicy(failures=5, locks=(timedelta(minutes=1), timedelta(hours=1)))


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


class TestSignIn:
    @SEVERAL
    def test_failures_at_once_are_all_counted(self, database: str, sessions: int) -> None:
        """Twenty count twenty, and the lock is the one that twenty deserve."""
        user = in_one(database, lambda unit: unit.users.add(User(email="ann@example.com")))

        results = at_once(database, sessions, lambda unit, _: record_failed_login(unit, user.id, POLICY))

        assert sorted(result.login_attempts for result in results) == list(range(1, sessions + 1))
        stored = in_one(database, lambda unit: unit.users.get(user.id))
        assert stored.login_attempts == sessions
        assert (stored.locked_until is not None) == (sessions >= 5)


class TestAddresses:
    @SEVERAL
    def test_one_address_belongs_to_one_user_in_any_case(self, database: str, sessions: int) -> None:
        """One session stores it; the others hear that it is taken."""
        spellings = ["ann@example.com", "ANN@EXAMPLE.COM", "Ann@Example.com"]

        results = at_once(database, sessions, lambda unit, n: unit.users.add(User(email=spellings[n % 3])))

        assert sum(isinstance(result, User) for result in results) == 1
        refused = [result for result in results if not isinstance(result, User)]
        assert {type(error) for error in refused} == {ConflictError}
        assert all(str(error).startswith("another user has this e-mail") for error in refused)
