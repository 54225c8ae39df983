"""The driver's errors become ours, with whole messages, and none of them tells a secret."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import psycopg
import pytest
from attrs import evolve

from mlmcore.domain.errors import (
    ConflictError,
    MlmError,
    RefusedError,
    StorageError,
    TransientError,
)
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import User, UserProfile
from mlmcore.sql.cipher import AesGcmCipher
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.translate import translated
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from mlmcore.testing.contracts._support import (
    a_customer,
    a_distributor,
    a_payout,
    a_period,
)

SEALED: Final = "must be sealed, never in clear; write it through a unit of work that has a cipher"
SECRET: Final = "s3cr3t-DE89370400440532013000"
ANN, BOB = key_of("ann"), key_of("bob")


def cipher() -> AesGcmCipher:
    """A cipher with one key."""
    return AesGcmCipher({"k1": bytes(range(32))}, current="k1")


@pytest.fixture
def unit(connection: psycopg.Connection[Any]) -> Iterator[SqlUnitOfWork]:
    """A unit in a transaction that is rolled back."""
    connection.execute("SELECT 1")
    with ExitStack() as stack:
        yield stack.enter_context(SqlUnitOfWork(PsycopgSession(connection), cipher=cipher()))


def statement(text: str) -> Query:
    """A statement of a test's own."""
    return Query(name="test", purpose="fail", text=text)


STATES: list[tuple[str, type[MlmError], str]] = [
    (
        f"INSERT INTO {{schema}}.users (id, email, password_hash) VALUES ('{ANN}', NULL, %(secret)s)",
        RefusedError,
        f"user {ANN}: email must be given",
    ),
    (
        f"INSERT INTO {{schema}}.users (id, email, two_factor_secret) VALUES ('{ANN}', 'a@b.test', %(secret)s)",
        RefusedError,
        f"user {ANN}: two_factor_secret {SEALED}",
    ),
    (
        f"INSERT INTO {{schema}}.user_profiles (user_id, tax_id) VALUES ('{ANN}', %(secret)s)",
        RefusedError,
        f"profile of user {ANN}: tax_id {SEALED}",
    ),
    (
        (
            "INSERT INTO {schema}.commission_unpaid (run_id, period_id, bonus_id, type, reason, amount, currency) "
            "VALUES (gen_random_uuid(), '2042-01', %(secret)s, 'retail', 'inactive', 1, 'USD')"
        ),
        RefusedError,
        "commission_unpaid has no partition for period_id 2042-01; store its period first",
    ),
    (
        "UPDATE {schema}.users SET password_hash = repeat(%(secret)s, 100)",
        RefusedError,
        "value too long for type character varying(255)",
    ),
    ("SELECT 1 / 0, %(secret)s", RefusedError, "division by zero"),
    ("SELECT nothing_here, %(secret)s", StorageError, 'column "nothing_here" does not exist'),
    (
        "DO $$ BEGIN RAISE SQLSTATE '40001' USING MESSAGE = 'again', DETAIL = 'a detail of ours'; END $$",
        TransientError,
        "again; a detail of ours; try the whole transaction again",
    ),
    (
        "DO $$ BEGIN RAISE SQLSTATE '40P01' USING MESSAGE = 'deadlock'; END $$",
        TransientError,
        "deadlock; try the whole transaction again",
    ),
    (
        "DO $$ BEGIN RAISE SQLSTATE '55P03' USING MESSAGE = 'locked'; END $$",
        TransientError,
        "locked; try the whole transaction again",
    ),
    (
        "DO $$ BEGIN RAISE SQLSTATE '57014' USING MESSAGE = 'cancelled'; END $$",
        TransientError,
        "cancelled; try the whole transaction again",
    ),
    ("DO $$ BEGIN RAISE 'no' USING HINT = 'Do something else.'; END $$", RefusedError, "no; Do something else"),
    (
        "DO $$ BEGIN RAISE check_violation USING MESSAGE = 'no', DETAIL = 'order O-1'; END $$",
        RefusedError,
        "no; order O-1",
    ),
]


class TestStates:
    @pytest.mark.parametrize(("text", "kind", "message"), STATES, ids=lambda item: None)
    def test_each_state_is_one_of_our_errors(
        self, connection: psycopg.Connection[Any], text: str, kind: type[MlmError], message: str
    ) -> None:
        """With the server's words, our own details and hints, and no failing row."""
        parameters = {"secret": SECRET} if "%(secret)s" in text else {}
        with pytest.raises(MlmError) as caught:
            PsycopgSession(connection).run(statement(text), parameters)

        assert (type(caught.value), str(caught.value)) == (kind, message)
        assert SECRET not in repr(caught.value)

    def test_a_value_that_the_driver_cannot_send_is_refused(self, connection: psycopg.Connection[Any]) -> None:
        """Trying again would not help."""
        with pytest.raises(RefusedError) as caught:
            PsycopgSession(connection).rows(statement("SELECT %(name)s"), {"name": "a\0b"})

        assert str(caught.value) == "PostgreSQL text fields cannot contain NUL (0x00) bytes"

    def test_a_lost_connection_is_transient(self, shared_database: str) -> None:
        """A new one may do."""
        with psycopg.connect(shared_database) as connection:
            session = PsycopgSession(connection, owns_connection=True)
            connection.close()
            with pytest.raises(TransientError) as caught:
                session.rows("move_reason")

        assert str(caught.value) == "the connection is closed; try the whole transaction again"

    def test_an_error_without_anything_to_say_is_named(self) -> None:
        """Its class is better than nothing."""
        assert str(translated(psycopg.ProgrammingError())) == "ProgrammingError"


class TestSecrets:
    def test_a_failing_load_tells_none(self, unit: SqlUnitOfWork) -> None:
        """Many rows by COPY, one of them there already; neither the clear nor the sealed value is in our message."""
        twice = User(id=ANN, email="ann@one.test", two_factor_secret=SECRET, password_hash=SECRET)

        with pytest.raises(ConflictError) as caught:
            unit.users.add_many([twice, evolve(twice, id=BOB)])

        assert SECRET not in str(caught.value) + repr(caught.value)
        assert "sealed" not in str(caught.value)

    def test_without_a_cipher_nothing_is_told_either(self, connection: psycopg.Connection[Any]) -> None:
        """The column is named, the value is not."""
        connection.execute("SELECT 1")
        with pytest.raises(RefusedError) as caught, SqlUnitOfWork(PsycopgSession(connection)) as unit:
            unit.users.add(User(id=ANN, email="ann@one.test", two_factor_secret=SECRET))

        assert str(caught.value) == (
            "users.two_factor_secret is a secret, and there is no cipher to seal it with; give the unit of work a "
            "cipher (mlmcore.sql.cipher.AesGcmCipher, or your own)"
        )

    def test_the_audit_log_and_the_tables_hold_none(self, unit: SqlUnitOfWork) -> None:
        """Stored, changed, and read again in clear by who has the key; in no table in clear."""
        _store_secrets(unit)
        unit.users.update(evolve(unit.users.get(ANN), two_factor_secret=SECRET + "2"))
        session = unit._session

        assert unit.users.get(ANN).two_factor_secret == SECRET + "2"
        assert unit.users.get_profile(ANN).tax_id == SECRET
        for table in ("users", "user_profiles", "customers", "payouts", "audit_logs", "audit_personal"):
            found = session.rows(
                statement(f"SELECT count(*) AS n FROM {{schema}}.{table} AS t WHERE strpos(t::text, %(secret)s) > 0"),
                {"secret": SECRET},
            )
            assert (table, found[0]["n"]) == (table, 0)
        sealed = session.rows(
            statement("SELECT count(*) AS n FROM {schema}.audit_logs AS t WHERE strpos(t::text, '\"sealed\"') > 0")
        )
        assert sealed[0]["n"] == 0


def _store_secrets(unit: SqlUnitOfWork) -> None:
    unit.users.add(User(id=ANN, email="ann@one.test", two_factor_secret=SECRET))
    unit.users.add_profile(
        UserProfile(user_id=ANN, tax_id=SECRET, kyc_documents=({"kind": "passport", "number": SECRET},))
    )
    person = unit.distributors.add(a_distributor(ANN))
    unit.customers.add(a_customer(person, payment_methods=({"iban": SECRET},)))
    unit.periods.add(a_period("2031-01"))
    unit.payouts.add(a_payout(person, period_id="2031-01", bank_details={"iban": SECRET}))
