"""Many sessions at once that write by their own statements, not through a store: the database keeps what it keeps."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from mlmcore.domain.errors import MlmError, RefusedError, TransientError
from mlmcore.sql.translate import translating
from sql.schema._stage import Person, add_people, on_stage, one, order, uuid_of

Connection = psycopg.Connection[Any]
LEVELS = [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ]
SEVERAL = pytest.mark.parametrize("sessions", [2, 20])
EITHER = pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)

REFUND = (
    "INSERT INTO order_refunds (id, refund_number, order_id, refunded_at, amount, currency)"
    " VALUES (%s, %s, %s, now(), %s, 'USD')"
)
PIECE = "INSERT INTO order_refund_items (refund_id, order_item_id, quantity, amount, pv) VALUES (%s, %s, 1, 0, 0)"
GIFT = (
    "INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, pv)"
    " VALUES (%s, %s, 1, 0, 0, 500)"
)
PAY = "UPDATE orders SET payment_status = 'paid', paid_at = now() WHERE id = %s"
GIFTS = "SELECT count(*) FROM order_items WHERE order_id = %s AND pv = 500"


@pytest.fixture(scope="module")
def shared(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """A database with Ann in it, in which each test has an order of its own."""
    with new_database() as dsn:
        with psycopg.connect(dsn) as connection:
            add_people(on_stage(connection), [Person(name="ann")])
        yield dsn


def sold(dsn: str, name: str, **columns: Any) -> None:
    """An order of ten dollars, committed."""
    with psycopg.connect(dsn) as connection:
        order(on_stage(connection), name, "ann", **columns)


def begun(dsn: str, level: IsolationLevel) -> Connection:
    """A session in a transaction that has its snapshot."""
    connection = psycopg.connect(dsn)
    connection.isolation_level = level
    on_stage(connection)
    one(connection, "SELECT count(*) FROM orders")
    return connection


def at_once(dsn: str, sessions: int, level: IsolationLevel, work: Callable[[Connection, int], Any]) -> Counter[str]:
    """How many of some sessions, whose snapshots are older than anybody's work, were kept, and how the others ended."""
    ready = threading.Barrier(sessions)

    def run(number: int) -> str:
        with begun(dsn, level) as connection:
            ready.wait()
            try:
                with translating():
                    work(connection, number)
                    connection.commit()
            except MlmError as error:
                return type(error).__name__
            return "kept"

    with ThreadPoolExecutor(sessions) as pool:
        return Counter(pool.map(run, range(sessions)))


@SEVERAL
@EITHER
class TestRefunds:
    """Together no more comes back than there was, whichever snapshot a session works on."""

    def test_of_money(self, shared: str, sessions: int, level: IsolationLevel) -> None:
        """Six of ten dollars, by each; the second to come is too much, or is told to try again."""
        name = f"money {sessions} {level.name}"
        sold(shared, name)

        def give_back(connection: Connection, number: int) -> None:
            connection.execute(REFUND, (uuid_of(f"{name} {number}"), f"{name} {number}"[-30:], uuid_of(name), 6))

        ended = at_once(shared, sessions, level, give_back)

        refusal = RefusedError if level is IsolationLevel.READ_COMMITTED else TransientError
        assert ended == {"kept": 1, refusal.__name__: sessions - 1}

    def test_of_pieces(self, shared: str, sessions: int, level: IsolationLevel) -> None:
        """The only piece, by each of several refunds that were stored before."""
        name = f"pieces {sessions} {level.name}"
        sold(shared, name)
        with psycopg.connect(shared) as connection:
            on_stage(connection)
            for number in range(sessions):
                refund = f"{name} {number}"
                connection.execute(REFUND, (uuid_of(refund), refund[-30:], uuid_of(name), 0))

        def give_back(connection: Connection, number: int) -> None:
            connection.execute(PIECE, (uuid_of(f"{name} {number}"), uuid_of(f"{name}/0")))

        ended = at_once(shared, sessions, level, give_back)

        refusal = RefusedError if level is IsolationLevel.READ_COMMITTED else TransientError
        assert ended == {"kept": 1, refusal.__name__: sessions - 1}


@EITHER
class TestItemsOfAnOrderThatIsPaid:
    """Nothing comes to an order after its payment, and nobody pays while something comes."""

    def test_an_item_that_was_begun_before_the_payment_does_not_come_after_it(
        self, shared: str, level: IsolationLevel
    ) -> None:
        """The session that brings it began before, and may see the order as it was."""
        name = f"late {level.name}"
        sold(shared, name, status="pending", payment="pending", paid_at=None)
        with begun(shared, level) as giver, begun(shared, level) as payer:
            payer.execute(PAY, (uuid_of(name),))
            payer.commit()
            with pytest.raises(MlmError) as caught, translating():
                giver.execute(GIFT, (uuid_of(name), uuid_of("product")))

        assert type(caught.value) is (RefusedError if level is IsolationLevel.READ_COMMITTED else TransientError)

    def test_the_payment_waits_for_an_item_that_is_coming(self, shared: str, level: IsolationLevel) -> None:
        """Until it is there for good."""
        name = f"coming {level.name}"
        sold(shared, name, status="pending", payment="pending", paid_at=None)
        with begun(shared, level) as giver, begun(shared, level) as payer:
            giver.execute(GIFT, (uuid_of(name), uuid_of("product")))
            payer.execute("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(TransientError), translating():
                payer.execute(PAY, (uuid_of(name),))
            giver.commit()
        with begun(shared, level) as payer:
            payer.execute(PAY, (uuid_of(name),))


@SEVERAL
def test_whatever_came_came_before_the_payment(shared: str, sessions: int) -> None:
    """One pays while the others bring items; what the payer counts when it has the order is all that ever comes."""
    name = f"race {sessions}"
    sold(shared, name, status="pending", payment="pending", paid_at=None)
    counted: list[int] = []

    def work(connection: Connection, number: int) -> None:
        if number:
            connection.execute(GIFT, (uuid_of(name), uuid_of("product")))
        else:
            connection.execute(PAY, (uuid_of(name),))
            counted.append(one(connection, GIFTS, uuid_of(name)))

    ended = at_once(shared, sessions, IsolationLevel.READ_COMMITTED, work)

    with begun(shared, IsolationLevel.READ_COMMITTED) as connection:
        assert counted == [one(connection, GIFTS, uuid_of(name))]
    assert ended["kept"] == counted[0] + 1
    assert ended["kept"] + ended["RefusedError"] == sessions
