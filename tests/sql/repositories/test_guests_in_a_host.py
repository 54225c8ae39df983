"""mlmcore as a guest: the host's transaction decides, and nothing of ours stays on the host's connection."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy
from psycopg.adapt import PyFormat
from psycopg.types.numeric import FloatLoader

from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import ConflictError, RefusedError
from mlmcore.domain.people import User
from mlmcore.repositories.protocols import Actor
from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork
from mlmcore.testing.contracts._support import a_period, make_distributor, make_shop, paid_order
from sql.month._stage import STARTER

IDLE = (
    "the connection is idle: a unit of work in a host's connection opens savepoints inside the host's transaction, and "
    "there is none; begin one, or pass owns_connection=True to let each unit of work begin and commit its own"
)
BUSY = (
    "the connection is already inside a transaction, so a unit of work that owns it could not commit; end that "
    "transaction first, or pass owns_connection=False to work inside it"
)
AUTOCOMMIT = (
    "the SQLAlchemy connection is in AUTOCOMMIT, where its begin() begins nothing and its rollback() undoes nothing; "
    "give it another isolation level before its transaction begins"
)

Host = Callable[[str, bool], AbstractContextManager[Session]]


def enrolled(session: Session, email: str, actor: Actor | None = None) -> UUID:
    """Store somebody in a unit of its own."""
    unit = SqlUnitOfWork(session, actor) if actor else SqlUnitOfWork(session)
    with unit:
        return unit.users.add(User(email=email)).id


def both_enrolled(session: Session, *addresses: str) -> None:
    """Store several people in one unit."""
    with SqlUnitOfWork(session) as unit:
        for email in addresses:
            unit.users.add(User(email=email))


def emails(dsn: str) -> list[str]:
    """The addresses that another connection sees, but for the demo's."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT email FROM mlmcore.users WHERE email LIKE '%@guest.test' ORDER BY 1")
        return [row[0] for row in rows.fetchall()]


def actors(dsn: str, email: str) -> list[Any]:
    """Who the audit log says has stored somebody."""
    query = """
        SELECT a.actor_id FROM mlmcore.audit_logs AS a
        JOIN mlmcore.users AS u ON u.id = a.entity_id WHERE u.email = %s AND a.entity_type = 'users'"""
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute(query, [email]).fetchall()]


@contextmanager
def engine_of(dsn: str, **more: Any) -> Iterator[sqlalchemy.Engine]:
    """An engine over a database."""
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), **more)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def by_psycopg(dsn: str, commit: bool) -> Iterator[Session]:
    """A host that ends its transaction by itself."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT 1")
        yield PsycopgSession(connection)
        if commit:
            connection.commit()
        else:
            connection.rollback()


@contextmanager
def by_psycopg_block(dsn: str, commit: bool) -> Iterator[Session]:
    """A host in autocommit with a transaction block."""
    with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction(force_rollback=not commit):
        yield PsycopgSession(connection)


@contextmanager
def by_sqlalchemy_begin(dsn: str, commit: bool) -> Iterator[Session]:
    """`engine.begin()`, which commits by itself."""
    with engine_of(dsn) as engine, engine.begin() as connection:
        yield SqlAlchemySession(connection)
        if not commit:
            connection.rollback()


@contextmanager
def by_sqlalchemy_connect(dsn: str, commit: bool) -> Iterator[Session]:
    """`engine.connect()` and `begin()`."""
    with engine_of(dsn) as engine, engine.connect() as connection:
        transaction = connection.begin()
        yield SqlAlchemySession(connection)
        if commit:
            transaction.commit()
        else:
            transaction.rollback()


HOSTS: list[Host] = [by_psycopg, by_psycopg_block, by_sqlalchemy_begin, by_sqlalchemy_connect]


@pytest.mark.parametrize("host", HOSTS)
class TestTheHostDecides:
    def test_its_commit_keeps_what_units_kept(self, database: str, host: Host) -> None:
        """Two units, one transaction; nothing is to be seen outside before it ends."""
        with host(database, True) as session:
            enrolled(session, "ann@guest.test")
            enrolled(session, "bob@guest.test")
            meanwhile = emails(database)

        assert meanwhile == []
        assert emails(database) == ["ann@guest.test", "bob@guest.test"]

    def test_its_rollback_undoes_what_units_kept(self, database: str, host: Host) -> None:
        """Also what came in by COPY."""
        with host(database, False) as session:
            enrolled(session, "ann@guest.test")
            with SqlUnitOfWork(session) as unit:
                unit.users.add_many([User(email=f"{number}@guest.test") for number in range(3)])
                unit.periods.add(a_period("2031-01"))

        assert emails(database) == []
        with host(database, False) as session, SqlUnitOfWork(session) as unit:
            assert unit.periods.find("2031-01") is None

    def test_a_failed_unit_undoes_itself_alone(self, database: str, host: Host) -> None:
        """The host goes on and commits the rest."""
        with host(database, True) as session:
            enrolled(session, "ann@guest.test")
            with pytest.raises(ConflictError):
                both_enrolled(session, "bob@guest.test", "ANN@guest.test")
            enrolled(session, "cid@guest.test")

        assert emails(database) == ["ann@guest.test", "cid@guest.test"]


class TestWhoBegins:
    def test_an_idle_connection_is_refused(self, database: str) -> None:
        """Our savepoint would commit by itself."""
        with psycopg.connect(database) as connection, pytest.raises(RefusedError) as caught:
            enrolled(PsycopgSession(connection), "ann@guest.test")

        assert str(caught.value) == IDLE
        assert emails(database) == []

    def test_an_idle_autocommit_connection_is_refused(self, database: str) -> None:
        """It is idle between statements."""
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SELECT 1")
            with pytest.raises(RefusedError) as caught:
                enrolled(PsycopgSession(connection), "ann@guest.test")

        assert str(caught.value) == IDLE

    def test_an_owned_autocommit_connection_commits_each_unit(self, database: str) -> None:
        """The unit is a transaction block."""
        with psycopg.connect(database, autocommit=True) as connection:
            session = PsycopgSession(connection, owns_connection=True)
            enrolled(session, "ann@guest.test")
            with pytest.raises(ConflictError):
                both_enrolled(session, "bob@guest.test", "ann@guest.test")

            assert emails(database) == ["ann@guest.test"]

    def test_an_owned_busy_connection_is_refused(self, database: str) -> None:
        """The unit could not commit."""
        with psycopg.connect(database) as connection:
            connection.execute("SELECT 1")
            with pytest.raises(RefusedError) as caught:
                enrolled(PsycopgSession(connection, owns_connection=True), "ann@guest.test")

        assert str(caught.value) == BUSY

    def test_an_idle_sqlalchemy_connection_is_refused(self, database: str) -> None:
        """Also where its driver's connection is inside a transaction that SQLAlchemy does not know of."""
        with engine_of(database) as engine, engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            driver.execute("SELECT 1")
            with pytest.raises(RefusedError) as caught:
                enrolled(SqlAlchemySession(connection), "ann@guest.test")
            driver.rollback()

        assert str(caught.value) == IDLE

    def test_an_owned_busy_sqlalchemy_connection_is_refused(self, database: str) -> None:
        """SQLAlchemy begins by itself at the first statement."""
        with engine_of(database) as engine, engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
            with pytest.raises(RefusedError) as caught:
                enrolled(SqlAlchemySession(connection, owns_connection=True), "ann@guest.test")

        assert str(caught.value) == BUSY

    @pytest.mark.parametrize("owns", [True, False])
    def test_a_sqlalchemy_connection_in_autocommit_is_refused(self, database: str, owns: bool) -> None:
        """Its begin() begins nothing."""
        with engine_of(database, isolation_level="AUTOCOMMIT") as engine, engine.connect() as connection:
            if not owns:
                connection.begin()
            with pytest.raises(RefusedError) as caught:
                enrolled(SqlAlchemySession(connection, owns_connection=owns), "ann@guest.test")

        assert str(caught.value) == AUTOCOMMIT
        assert emails(database) == []

    def test_another_encoding_is_refused(self, database: str) -> None:
        """COPY would store other letters than were given."""
        with psycopg.connect(database, client_encoding="latin1") as connection, pytest.raises(RefusedError) as caught:
            enrolled(PsycopgSession(connection, owns_connection=True), "zoë@guest.test")

        assert str(caught.value) == (
            "the connection's client_encoding is iso8859-1, and mlmcore speaks UTF-8; connect with client_encoding=utf8"
        )

    def test_another_driver_is_refused(self) -> None:
        """Only psycopg speaks COPY the way we do."""
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection, pytest.raises(RefusedError) as caught:
            SqlAlchemySession(connection)
        engine.dispose()

        assert str(caught.value) == (
            "the SQLAlchemy connection uses the driver 'pysqlite', and mlmcore speaks to psycopg; make its engine from "
            "'postgresql+psycopg://...'"
        )


class TestNothingStays:
    def test_settings_of_the_session_are_as_before(self, database: str) -> None:
        """Search path, isolation, and every setting of ours; no temporary table."""
        with psycopg.connect(database) as connection:
            before = _session_of(connection)
            _work(PsycopgSession(connection), connection)
            connection.commit()

            assert _session_of(connection) == before

    def test_what_units_set_is_gone_when_they_end(self, database: str) -> None:
        """Also within the host's transaction: its own statements are nobody's of ours."""
        with psycopg.connect(database) as connection:
            _work(PsycopgSession(connection), connection)
            ours = connection.execute(
                "SELECT nullif(current_setting('mlmcore.actor_id', true), ''), "
                "nullif(current_setting('mlmcore.bulk', true), '')"
            ).fetchone()

        assert ours == (None, None)

    def test_adapters_are_as_before(self, database: str) -> None:
        """What the host reads and writes, it reads and writes as ever."""
        with psycopg.connect(database) as connection:
            before = connection.execute("SELECT '{\"a\": 1.5}'::jsonb, 1.5").fetchone()
            _work(PsycopgSession(connection), connection)

            assert connection.execute("SELECT '{\"a\": 1.5}'::jsonb, 1.5").fetchone() == before
            assert before is not None
            assert type(before[0]["a"]) is float
            assert connection.adapters.get_dumper(str, PyFormat.AUTO) is psycopg.adapters.get_dumper(str, PyFormat.AUTO)

    def test_the_host_may_read_numbers_as_floats(self, database: str) -> None:
        """We never do: money stays exact on a connection that was taught otherwise."""
        with psycopg.connect(database) as connection:
            connection.adapters.register_loader("numeric", FloatLoader)
            session = PsycopgSession(connection)
            connection.execute("SELECT 1")
            with SqlUnitOfWork(session) as unit:
                order = unit.orders.add(paid_order(make_shop(unit), _march()))

            read = connection.execute("SELECT 1.5").fetchone()
        assert read is not None
        assert type(read[0]) is float
        assert str(order.total) == "50.00 USD"

    def test_a_host_may_switch_prepared_statements_off(self, database: str) -> None:
        """As it must behind a proxy that pools transactions: nothing is prepared then."""
        with psycopg.connect(database, prepare_threshold=None) as connection:
            store = SqlStore(PsycopgSession(connection, owns_connection=True))
            for _ in range(8):
                with store() as unit:
                    unit.users.find_by_email("ann@guest.test")
            prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()

        assert prepared == (0,)


class TestActors:
    def test_a_second_transaction_without_an_actor_is_nobodys(self, database: str) -> None:
        """On one connection of a pool, whose settings of ours are empty by then, not absent."""
        with engine_of(database, pool_size=1, max_overflow=0) as engine:
            for email, named in (("ann@guest.test", True), ("bob@guest.test", False)):
                with engine.begin() as connection:
                    session = SqlAlchemySession(connection)
                    enrolled(session, email, _admin(database) if named else None)

        assert actors(database, "ann@guest.test") == [_admin(database).user_id]
        assert actors(database, "bob@guest.test") == [None]

    def test_a_unit_inside_a_unit_acts_for_its_own_actor(self, database: str) -> None:
        """And gives the outer one its actor back."""
        with psycopg.connect(database) as connection:
            connection.execute("SELECT 1")
            session = PsycopgSession(connection)
            with SqlUnitOfWork(session, _admin(database)) as outer:
                enrolled(session, "inner@guest.test")
                outer.users.add(User(email="outer@guest.test"))
            connection.commit()

        assert actors(database, "inner@guest.test") == [None]
        assert actors(database, "outer@guest.test") == [_admin(database).user_id]

    def test_an_inner_unit_that_fails_leaves_the_outer_one(self, database: str) -> None:
        """Its savepoint is its own."""
        with psycopg.connect(database) as connection:
            connection.execute("SELECT 1")
            session = PsycopgSession(connection)
            with SqlUnitOfWork(session) as outer:
                outer.users.add(User(email="outer@guest.test"))
                with pytest.raises(ConflictError), SqlUnitOfWork(session) as inner:
                    inner.users.add(User(email="outer@guest.test"))
            connection.commit()

        assert emails(database) == ["outer@guest.test"]


def _admin(dsn: str) -> Actor:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT id FROM mlmcore.users WHERE email NOT LIKE '%@guest.test' LIMIT 1").fetchone()
    assert row is not None
    return Actor(user_id=row[0])


def _march() -> Any:
    return a_period("2025-03").period.start_instant


def _session_of(connection: psycopg.Connection[Any]) -> list[Any]:
    query = """
        SELECT name, setting FROM pg_settings WHERE source = 'session'
        UNION ALL SELECT 'search_path', current_setting('search_path')
        UNION ALL SELECT relname, 'temporary' FROM pg_class WHERE relpersistence = 't'
        UNION ALL SELECT 'lock', locktype FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
        ORDER BY 1, 2"""
    found = [row for row in connection.execute(query).fetchall() if row[1] != ""]
    connection.commit()
    return found


def _work(session: Session, connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT 1")
    with SqlUnitOfWork(session, Actor(user_id=None, request_id="r1")) as unit:
        unit.users.add_many([User(email="many@guest.test")])
        unit.periods.add(a_period("2031-01"))
        unit.lock_period("2031-01")
        make_distributor(unit)
        unit.snapshots.read("2031-01", _plan())


def _plan() -> Plan:
    return loads_plan(STARTER)
