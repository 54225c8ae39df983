"""The driver's errors become ours, with whole messages, and none of them tells a secret."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import psycopg
import pytest
from attrs import evolve

from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    MlmError,
    RefusedError,
    StorageError,
    TransientError,
)
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import User, UserProfile
from mlmcore.repositories.protocols import UnitOfWork
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
    a_product,
    make_distributor,
)

SECRET: Final = "s3cr3t-DE89370400440532013000"
JANUARY: Final = "(daterange(start_date, end_date, '[]'::text))=([2031-01-01,2031-02-01))"
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


def _same_email(unit: UnitOfWork) -> None:
    unit.users.add(User(email="ann@twice.test"))
    unit.users.add(User(email="ANN@twice.test"))


def _same_id(unit: UnitOfWork) -> None:
    unit.users.add(User(id=ANN, email="ann@one.test"))
    unit.users.add(User(id=ANN, email="ann@two.test"))


def _no_sponsor(unit: UnitOfWork) -> None:
    user = unit.users.add(User(id=ANN, email="ann@one.test"))
    unit.distributors.add(a_distributor(user, sponsor_id=BOB))


def _no_user(unit: UnitOfWork) -> None:
    unit.users.add_profile(UserProfile(user_id=BOB))


def _same_leg(unit: UnitOfWork) -> None:
    unit.distributors.add(a_distributor(unit.users.add(User(id=ANN, email="ann@leg.test"))))
    for _ in range(2):
        make_distributor(unit, placement_id=ANN, placement_leg=2)


def _same_payout(unit: UnitOfWork) -> None:
    unit.periods.add(a_period())
    person = unit.distributors.add(a_distributor(unit.users.add(User(id=ANN, email="ann@one.test"))))
    for _ in range(2):
        unit.payouts.add(a_payout(person))


def _overlapping(unit: UnitOfWork) -> None:
    unit.periods.add(a_period("2031-01"))
    unit.periods.add(evolve(a_period("2031-01"), id="again"))


def _same_sku(unit: UnitOfWork) -> None:
    for _ in range(2):
        unit.products.add(a_product(sku="TEA-1"))


MESSAGES: list[tuple[Callable[[UnitOfWork], None], type[MlmError], str]] = [
    (
        _same_email,
        ConflictError,
        (
            "another user has this e-mail, in one case or another; "
            "Key (lower(email::text))=(ann@twice.test) already exists"
        ),
    ),
    (
        _same_id,
        ConflictError,
        f'duplicate key value violates unique constraint "users_pkey"; Key (id)=({ANN}) already exists',
    ),
    (
        _no_sponsor,
        BrokenReferenceError,
        (
            'insert or update on table "distributors" violates foreign key constraint "distributors_sponsor_id_fkey"; '
            f'Key (sponsor_id)=({BOB}) is not present in table "distributors"'
        ),
    ),
    (
        _no_user,
        BrokenReferenceError,
        (
            'insert or update on table "user_profiles" violates foreign key constraint "user_profiles_user_id_fkey"; '
            f'Key (user_id)=({BOB}) is not present in table "users"'
        ),
    ),
    (
        _same_leg,
        ConflictError,
        (
            "somebody hangs in this leg of this placement parent already; "
            f"Key (placement_id, placement_leg)=({ANN}, 2) already exists"
        ),
    ),
    (
        _same_payout,
        ConflictError,
        (
            "this distributor has a payout in this currency for this period; "
            f"Key (distributor_id, period_id, currency)=({ANN}, 2026-03, USD) already exists"
        ),
    ),
    (
        _overlapping,
        ConflictError,
        f"another month shares days with this period; Key {JANUARY} conflicts with existing key {JANUARY}",
    ),
    (
        _same_sku,
        ConflictError,
        'duplicate key value violates unique constraint "products_sku_key"; Key (sku)=(TEA-1) already exists',
    ),
]


class TestMessages:
    @pytest.mark.parametrize(("act", "kind", "message"), MESSAGES, ids=lambda item: getattr(item, "__name__", ""))
    def test_each_says_what_and_where(
        self, unit: SqlUnitOfWork, act: Callable[[UnitOfWork], None], kind: type[MlmError], message: str
    ) -> None:
        """The constraint decides what is said; the detail names the row's key."""
        with pytest.raises(MlmError) as caught:
            act(unit)

        assert (type(caught.value), str(caught.value)) == (kind, message)
        assert isinstance(caught.value.__cause__, psycopg.Error)


def statement(text: str) -> Query:
    """A statement of a test's own."""
    return Query(name="test", purpose="fail", text=text)


STATES: list[tuple[str, type[MlmError], str]] = [
    (
        "INSERT INTO {schema}.users (email, password_hash) VALUES (NULL, %(secret)s)",
        RefusedError,
        'null value in column "email" of relation "users" violates not-null constraint',
    ),
    (
        "INSERT INTO {schema}.users (email, two_factor_secret) VALUES ('a@b.test', %(secret)s)",
        RefusedError,
        'new row for relation "users" violates check constraint "users_two_factor_secret_check"',
    ),
    (
        "INSERT INTO {schema}.user_profiles (user_id, tax_id) SELECT id, %(secret)s FROM {schema}.users LIMIT 1",
        RefusedError,
        'new row for relation "user_profiles" violates check constraint "user_profiles_tax_id_check"',
    ),
    (
        (
            "INSERT INTO {schema}.commission_unpaid (run_id, period_id, bonus_id, type, reason, amount, currency) "
            "VALUES (gen_random_uuid(), '2042-01', %(secret)s, 'retail', 'inactive', 1, 'USD')"
        ),
        RefusedError,
        (
            'no partition of relation "commission_unpaid" found for row; no partition takes this row: store its period '
            "first; Partition key of the failing row contains (period_id) = (2042-01)"
        ),
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
        "again; a detail of ours",
    ),
    ("DO $$ BEGIN RAISE SQLSTATE '40P01' USING MESSAGE = 'deadlock'; END $$", TransientError, "deadlock"),
    ("DO $$ BEGIN RAISE SQLSTATE '55P03' USING MESSAGE = 'locked'; END $$", TransientError, "locked"),
    ("DO $$ BEGIN RAISE SQLSTATE '57014' USING MESSAGE = 'cancelled'; END $$", TransientError, "cancelled"),
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

    def test_a_value_that_the_driver_cannot_send_is_refused(self, unit: SqlUnitOfWork) -> None:
        """Trying again would not help."""
        with pytest.raises(RefusedError) as caught:
            unit.users.find_by_email("a\0b")

        assert str(caught.value) == "PostgreSQL text fields cannot contain NUL (0x00) bytes"

    def test_a_lost_connection_is_transient(self, shared_database: str) -> None:
        """A new one may do."""
        with psycopg.connect(shared_database) as connection:
            session = PsycopgSession(connection, owns_connection=True)
            connection.close()
            with pytest.raises(TransientError) as caught:
                session.rows("unit_now")

        assert str(caught.value) == "the connection is closed"

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
