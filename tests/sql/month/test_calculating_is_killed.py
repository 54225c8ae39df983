"""A calculation whose connection dies leaves the period as it was; again, and two at once, the ledger is right."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import TransientError
from mlmcore.operations import calculate_period
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore
from sql.month._stage import MONTH, a_database, a_store, but_created_at, everything, keep, number, seeded, take

POINTS = [
    "snapshot_orders",
    "runs_replace_official",
    "successor_create",
    "lines: copy",
    "successor_complete",
    "successor_total",
    "successor_swap",
    "carry_delete",
    "audit_run",
]
"""The statements right before which the connection is cut; the copy is cut in its middle too."""


class DoomedSession(PsycopgSession):
    """Another connection terminates its backend right before a statement, or in the middle of a copy."""

    def __init__(self, dsn: str, connection: psycopg.Connection[Any], point: str, *, occurrence: int = 1) -> None:
        super().__init__(connection, owns_connection=True)
        self._dsn, self._point, self._left = dsn, point, occurrence

    def _text(self, query: Any, identifiers: Any) -> bytes:
        name = query if isinstance(query, str) else query.name
        if name == self._point:
            self._left -= 1
            if self._left == 0:
                self.end()
        return super()._text(query, identifiers)

    def copy_in(self, query: Any, chunks: Any, /, **identifiers: str) -> int:
        """Cut in the middle where that is the point."""
        if self._point == "in the middle of a copy":
            chunks = self._cut(chunks)
        return super().copy_in(query, chunks, **identifiers)

    def _cut(self, chunks: Any) -> Iterator[bytes]:
        for place, chunk in enumerate(chunks):
            if place == 2:
                self.end()
            yield chunk

    def end(self) -> None:
        """Terminate the backend, and wait until it is gone."""
        process = self._connection.info.backend_pid
        with psycopg.connect(self._dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


@contextmanager
def a_doomed_store(dsn: str, point: str, occurrence: int = 1) -> Iterator[SqlStore]:
    """A store whose connection is cut at a point."""
    connection = psycopg.connect(dsn)
    try:
        yield SqlStore(DoomedSession(dsn, connection, point, occurrence=occurrence))
    finally:
        connection.close()


@pytest.fixture(scope="module")
def closed(server_address: str, template: str) -> Iterator[str]:
    """A database with a closed month in it."""
    with a_database(server_address, template) as dsn:
        with a_store(dsn) as store:
            with store() as unit:
                keep(unit, seeded())
            take(store, "install open close")
        yield dsn


@pytest.fixture(scope="module")
def undisturbed(server_address: str, closed: str) -> Iterator[bytes]:
    """The ledger of a calculation that nothing disturbed, in a database made of the closed month's."""
    name = psycopg.conninfo.conninfo_to_dict(closed)["dbname"]
    with a_database(server_address, str(name)) as dsn, a_store(dsn) as store:
        take(store, "calculate")
        yield but_created_at(dsn, "commission_ledger")


class TestKilledWhileCalculating:
    @pytest.mark.parametrize("point", [*POINTS, "in the middle of a copy"])
    def test_the_period_is_as_before_and_calculates_again(
        self, server_address: str, closed: str, undisturbed: bytes, point: str
    ) -> None:
        """Nothing is left behind, and then the same bytes come out."""
        name = str(psycopg.conninfo.conninfo_to_dict(closed)["dbname"])
        with a_database(server_address, name) as dsn:
            before = everything(dsn)

            with a_doomed_store(dsn, point) as store, pytest.raises(TransientError):
                take(store, "calculate")

            assert everything(dsn) == before
            with a_store(dsn) as store:
                take(store, "calculate")
            assert but_created_at(dsn, "commission_ledger") == undisturbed

    def test_a_calculated_period_keeps_its_first_run(self, server_address: str, closed: str) -> None:
        """A second calculation, from changed orders, that dies between its two swaps leaves the first in place."""
        name = str(psycopg.conninfo.conninfo_to_dict(closed)["dbname"])
        with a_database(server_address, name) as dsn:
            with a_store(dsn) as store:
                take(store, "calculate")
            with psycopg.connect(dsn) as connection:
                connection.execute("""
                    UPDATE mlmcore.orders SET status = 'refunded'
                    WHERE id = (SELECT min(source_order_id::text)::uuid FROM mlmcore.commission_ledger)""")
            before = everything(dsn)

            with a_doomed_store(dsn, "successor_swap", occurrence=2) as store, pytest.raises(TransientError):
                take(store, "calculate")

            assert everything(dsn) == before


def calculate_on(dsn: str, isolation: psycopg.IsolationLevel, outcomes: list[Any]) -> None:
    """Calculate on a connection of its own; keep the run, or the error."""
    with psycopg.connect(dsn) as connection:
        connection.isolation_level = isolation
        store = SqlStore(PsycopgSession(connection, owns_connection=True))
        try:
            outcomes.append(take(store, "calculate")["calculate"])
        except TransientError as error:
            outcomes.append(error)


def waiting(dsn: str) -> bool:
    """Whether somebody waits for a lock in this database."""
    query = """
        SELECT count(*) FROM pg_locks
        WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    return bool(number(dsn, query))


def wait_until_waiting(dsn: str) -> None:
    """Look again and again until somebody waits."""
    until = time.monotonic() + 20
    while not waiting(dsn):
        assert time.monotonic() < until, "nobody waits"


class AskingSession(PsycopgSession):
    """Asks from another connection which of the big tables are locked, right before a statement."""

    def __init__(self, dsn: str, connection: psycopg.Connection[Any], point: str) -> None:
        super().__init__(connection, owns_connection=True)
        self._dsn, self._point = dsn, point
        self.locked: list[int] = []

    def _text(self, query: Any, identifiers: Any) -> bytes:
        if query == self._point:
            self.locked.append(
                number(
                    self._dsn,
                    """
                    SELECT count(*) FROM pg_locks
                    WHERE relation IN ('mlmcore.orders'::regclass, 'mlmcore.distributors'::regclass)
                        AND mode IN ('ShareRowExclusiveLock', 'AccessExclusiveLock')""",
                )
            )
        return super()._text(query, identifiers)


class TestOthersMeanwhile:
    def test_orders_and_distributors_are_free_until_the_lines_take_their_place(
        self, server_address: str, closed: str
    ) -> None:
        """While lines are loaded, others sell and enrol."""
        name = str(psycopg.conninfo.conninfo_to_dict(closed)["dbname"])
        with a_database(server_address, name) as dsn, psycopg.connect(dsn) as connection:
            session = AskingSession(dsn, connection, "successor_complete")

            take(SqlStore(session), "calculate")

            assert session.locked[0] == 0


class TestTwoAtOnce:
    @pytest.mark.parametrize(
        "isolation", [psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ]
    )
    def test_one_waits_and_the_ledger_is_right(
        self, server_address: str, closed: str, undisturbed: bytes, isolation: psycopg.IsolationLevel
    ) -> None:
        """The second finds the first one's run, or is told to try again; the lines are stored once."""
        name = str(psycopg.conninfo.conninfo_to_dict(closed)["dbname"])
        outcomes: list[Any] = []
        with a_database(server_address, name) as dsn:
            with a_store(dsn) as store, store() as unit:
                first = calculate_period(unit, MONTH, "starter")
                second = threading.Thread(target=calculate_on, args=(dsn, isolation, outcomes))
                second.start()
                wait_until_waiting(dsn)
                assert outcomes == []
            second.join(60)

            (outcome,) = outcomes
            assert isinstance(outcome, TransientError) or outcome.id == first.id
            assert isolation != psycopg.IsolationLevel.READ_COMMITTED or outcome.id == first.id
            assert but_created_at(dsn, "commission_ledger") == undisturbed
