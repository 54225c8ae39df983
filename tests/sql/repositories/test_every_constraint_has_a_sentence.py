"""Every rule of the installed schema is told in a sentence of ours; one fact reads the same from both stores."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import pytest
from attrs import evolve

from mlmcore.domain.errors import BrokenReferenceError, ConflictError, MlmError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import User, UserProfile
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.sentences import taken
from mlmcore.sql.constraints import Constraint, demand, schema_constraints, schema_tables
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from mlmcore.testing.contracts._support import (
    a_customer,
    a_distributor,
    a_line,
    a_payout,
    a_period,
    a_product,
    an_order,
    make_distributor,
    make_shop,
)

Connection = psycopg.Connection[Any]
ANN, BOB = key_of("ann"), key_of("bob")

KINDS: Mapping[str, str] = {"p": "PRIMARY KEY", "u": "UNIQUE", "f": "FOREIGN KEY", "c": "CHECK", "x": "EXCLUDE"}
INSTALLED = """
SELECT k.conname, c.relname, k.contype::text, coalesce(f.relname, ''),
       (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number),
       (SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number)
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_class AS f ON f.oid = k.confrelid
WHERE k.connamespace = 'mlmcore'::regnamespace AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0
    AND NOT c.relispartition
"""
UNIQUE_INDEXES = """
SELECT i.relname, c.relname, 'u', '', NULL, NULL
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
WHERE x.indisunique AND i.relnamespace = 'mlmcore'::regnamespace AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
"""

CHECKS = [item for item in schema_constraints().values() if item.kind == "CHECK"]


@pytest.fixture(scope="module")
def installed(shared_database: str) -> Mapping[str, tuple[Any, ...]]:
    """Every constraint and unique index that the database has, by name."""
    with psycopg.connect(shared_database) as connection:
        rows = connection.execute(f"{INSTALLED} UNION ALL {UNIQUE_INDEXES}".encode()).fetchall()
    return {row[0]: row[1:] for row in rows}


class TestTheFilesAreReadRight:
    """What `sql.constraints` reads from the files is what the server has."""

    def test_every_constraint_is_known(self, installed: Mapping[str, tuple[Any, ...]]) -> None:
        """By name, with table and kind, and none that is not there."""
        read = {name: (item.table, item.kind) for name, item in schema_constraints().items()}

        assert read == {name: (row[0], KINDS[row[1]]) for name, row in installed.items()}

    def test_keys_and_references_have_their_columns(self, installed: Mapping[str, tuple[Any, ...]]) -> None:
        """In their order, on both sides."""
        for name, (_, kind, refers_to, columns, there) in installed.items():
            item = schema_constraints()[name]
            if columns is not None and kind in "puf":
                assert (name, item.columns) == (name, tuple(columns))
            assert (name, item.refers_to, item.refers_to_columns) == (name, refers_to, tuple(there or ()))

    def test_a_reference_never_has_the_same_columns_on_both_sides(self) -> None:
        """By its columns one tells whether something is missing or something is to go."""
        same = [item.name for item in schema_constraints().values() if item.columns == item.refers_to_columns]

        assert same == []

    def test_the_first_column_of_each_table_belongs_to_its_key(self) -> None:
        """It is shown to say whose row failed, so it must hold nothing else."""
        keys = {item.table: item.columns for item in schema_constraints().values() if item.kind == "PRIMARY KEY"}

        assert sorted(keys) == sorted(schema_tables())
        with_other_first = [table for table, columns in keys.items() if first_column(table) not in columns]
        assert with_other_first == []


def first_column(table: str) -> str:
    """As the files have it."""
    from importlib.resources import files  # noqa: PLC0415  (only here)

    folder = files("mlmcore.sql") / "schema"
    text = "\n".join(entry.read_text() for entry in folder.iterdir() if entry.name.startswith("020"))
    found = re.search(rf"CREATE TABLE {table} \(\n\s*(\w+) ", text)
    assert found, table
    return found[1]


class TestEverySentence:
    """Told well, whichever it is."""

    @pytest.mark.parametrize(
        "item", [c for c in schema_constraints().values() if c.kind == "CHECK"], ids=lambda c: c.name
    )
    def test_a_check_is_put_into_words(self, item: Constraint) -> None:
        """It names a column of the condition and needs no knowledge of SQL."""
        said = demand(item)

        assert set(re.findall(r"\w+", said)) & set(re.findall(r"\w+", item.body)), said
        assert not re.search(r"NaN|\^|~|::|it must hold", said), said

    def test_what_is_unique_in_several_columns_has_a_sentence_of_its_own(self) -> None:
        """The names of the columns in a row would say little."""
        plain = [
            item.name
            for item in schema_constraints().values()
            if item.kind == "UNIQUE"
            and len(item.columns) > 1
            and taken("x", item.name, "abc", "abc")[-8:] == "is taken"
        ]

        assert plain == []

    def test_no_personal_value_is_shown(self, connection: Connection) -> None:
        """The audit trigger's arguments say which columns are personal."""
        rows = connection.execute(
            "SELECT c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 3) FROM pg_trigger AS t"
            " JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgfoid = 'mlmcore.audit_row'::regproc"
        ).fetchall()
        personal = {table: set(columns.split(",")) for table, columns in rows}
        shown = [
            item.name
            for item in schema_constraints().values()
            if item.kind == "UNIQUE"
            and set(re.findall(r"\w+", item.body)) & personal.get(item.table, set())
            and "VALUE" in taken("x", item.name, item.columns, ["VALUE"])
        ]

        assert shown == []

    def test_our_functions_say_what_to_do(self, connection: Connection) -> None:
        """Whatever refuses a row under a constraint's name has a hint, or names the rows in its detail."""
        sources = connection.execute(
            "SELECT prosrc FROM pg_proc WHERE pronamespace = 'mlmcore'::regnamespace AND prosrc ~ 'RAISE EXCEPTION'"
        ).fetchall()
        raised = [words for (source,) in sources for words in re.findall(r"RAISE EXCEPTION.*?;\n", source, re.DOTALL)]
        mute = [words for words in raised if "CONSTRAINT =" in words and "HINT =" not in words]

        assert len(raised) > 8
        assert mute == []


def statement(text: str) -> Query:
    return Query(name="test", purpose="fail", text=text)


@pytest.fixture
def unit(connection: Connection) -> Iterator[SqlUnitOfWork]:
    """A unit of work in a transaction that is rolled back, with people, a product and a period in it."""
    connection.execute("SELECT 1")
    with SqlUnitOfWork(PsycopgSession(connection)) as unit:
        populate(unit)
        yield unit


def populate(unit: UnitOfWork) -> None:
    unit.periods.add(a_period("2031-01"))
    ann = unit.distributors.add(a_distributor(unit.users.add(User(id=ANN, email="ann@one.test"))))
    unit.customers.add(a_customer(ann))
    unit.products.add(a_product(sku="TEA-1"))


REFUSED: list[tuple[str, type[MlmError], str]] = [
    (
        "INSERT INTO {schema}.products (id, sku, name, price) VALUES ('%(bob)s', 'X', 'X', -1)",
        RefusedError,
        f"product {BOB}: price must be at least 0",
    ),
    (
        "INSERT INTO {schema}.products (id, sku, name, price) VALUES ('%(bob)s', 'X', NULL, 1)",
        RefusedError,
        f"product {BOB}: name must be given",
    ),
    (
        "UPDATE {schema}.distributors SET placement_leg = 2",
        RefusedError,
        f"distributor {ANN}: placement_id and placement_leg are given together or not at all",
    ),
    (
        "UPDATE {schema}.distributors SET attributes = '[]'",
        RefusedError,
        f"distributor {ANN}: attributes must be a JSON object",
    ),
    (
        "UPDATE {schema}.distributors SET sponsor_id = user_id",
        RefusedError,
        f"distributor {ANN}: sponsor_id must not be the row itself",
    ),
    (
        "UPDATE {schema}.users SET two_factor_secret = 'clear' WHERE id = '%(ann)s'",
        RefusedError,
        (
            f"user {ANN}: two_factor_secret must be sealed, never in clear; write it through a unit of work that has a "
            "cipher"
        ),
    ),
    (
        "UPDATE {schema}.commission_periods SET kind = 'year'",
        RefusedError,
        "period 2031-01: kind must be one of day, week, month, quarter",
    ),
    (
        "UPDATE {schema}.users SET created_by = '%(bob)s' WHERE id = '%(ann)s'",
        BrokenReferenceError,
        f"user: created_by names {BOB}, which is not stored in users",
    ),
    (
        "DELETE FROM {schema}.distributors",
        BrokenReferenceError,
        (
            f"distributor {ANN} is still named by customers.distributor_id; a distributor is not deleted: set status "
            "'terminated', or erase the personal data"
        ),
    ),
    (
        (
            "INSERT INTO {schema}.commission_ledger (period_id, distributor_id, type, amount) VALUES"
            " ('2031-01', '%(bob)s', 'adjustment', 1)"
        ),
        BrokenReferenceError,
        f"ledger line: distributor_id names {BOB}, which is not stored in distributors",
    ),
    (
        (
            "INSERT INTO {schema}.commission_ledger (id, period_id, distributor_id, type, amount) VALUES"
            " ('%(bob)s', '2031-01', '%(ann)s', 'adjustment', 'NaN')"
        ),
        RefusedError,
        f"ledger line {BOB}: amount must be a number",
    ),
    (
        (
            "INSERT INTO {schema}.commission_ledger (id, period_id, distributor_id, type, amount)"
            " SELECT '%(bob)s', '2031-01', '%(ann)s', 'adjustment', 1 FROM generate_series(1, 2)"
        ),
        ConflictError,
        f"ledger line {BOB} is stored already",
    ),
    (
        (
            "INSERT INTO {schema}.commission_periods (id, name, start_date, end_date)"
            " VALUES ('again', 'again', '2031-01-31', '2031-02-27')"
        ),
        ConflictError,
        "period: another month shares days with it: 2031-01-31 to 2031-02-27 and 2031-01-01 to 2031-01-31",
    ),
    (
        (
            "INSERT INTO {schema}.commission_unpaid (run_id, period_id, bonus_id, type, reason, amount, currency)"
            " VALUES (gen_random_uuid(), '2042-01', 'x', 'retail', 'inactive', 1, 'USD')"
        ),
        RefusedError,
        "commission_unpaid has no partition for period_id 2042-01; store its period first",
    ),
]


class TestRefusals:
    """By the server, for a host that writes by another way."""

    @pytest.mark.parametrize(("text", "kind", "message"), REFUSED, ids=[row[2][-30:] for row in REFUSED])
    def test_each_says_what_whose_and_why(
        self, unit: SqlUnitOfWork, text: str, kind: type[MlmError], message: str
    ) -> None:
        """With the key of the row, also when it is a partition's."""
        words = text.replace("%(ann)s", str(ANN)).replace("%(bob)s", str(BOB))

        with pytest.raises(MlmError) as caught, unit._session.savepoint():
            unit._session.run(statement(words))

        assert (type(caught.value), str(caught.value)) == (kind, message)
        assert isinstance(caught.value.__cause__, psycopg.Error)

    def test_whoever_may_not_read_the_table_gets_the_servers_words(self, unit: SqlUnitOfWork) -> None:
        """The server then shows no key."""
        session = unit._session
        session.run(statement("CREATE ROLE blind NOLOGIN"))
        session.run(statement("GRANT USAGE ON SCHEMA {schema} TO blind"))
        session.run(statement("GRANT INSERT ON {schema}.products TO blind"))
        session.run(statement("SET LOCAL ROLE blind"))

        for words, message in (
            (
                "('%(bob)s', 'TEA-1', 'X', 1)",
                'duplicate key value violates unique constraint "products_sku_key"',
            ),
            (f"('{BOB}', 'TEA-2', 'X', -1)", "product: price must be at least 0"),
        ):
            with pytest.raises(MlmError) as caught, session.savepoint():
                session.run(
                    statement(
                        "INSERT INTO {schema}.products (id, sku, name, price) VALUES "
                        + words.replace("%(bob)s", str(BOB))
                    )
                )
            assert str(caught.value) == message


def _same_user(unit: UnitOfWork) -> None:
    unit.users.add(User(id=ANN, email="ann@two.test"))


def _same_email(unit: UnitOfWork) -> None:
    unit.users.add(User(id=BOB, email="ANN@one.test"))


def _same_sku(unit: UnitOfWork) -> None:
    unit.products.add(a_product(sku="TEA-1"))


def _same_leg(unit: UnitOfWork) -> None:
    for _ in range(2):
        make_distributor(unit, placement_id=ANN, placement_leg=2)


def _same_payout(unit: UnitOfWork) -> None:
    unit.periods.add(a_period())
    for _ in range(2):
        unit.payouts.add(a_payout(unit.distributors.get(ANN)))


def _same_order_number(unit: UnitOfWork) -> None:
    shop = make_shop(unit)
    for _ in range(2):
        unit.orders.add(an_order(shop, order_number="O-1"))


def _no_sponsor(unit: UnitOfWork) -> None:
    unit.distributors.add(a_distributor(unit.users.add(User(id=BOB, email="bob@one.test")), sponsor_id=key_of("cid")))


def _no_user(unit: UnitOfWork) -> None:
    unit.users.add_profile(UserProfile(user_id=BOB))


def _no_distributor(unit: UnitOfWork) -> None:
    unit.ledger.add(evolve(a_line(unit.distributors.get(ANN)), distributor_id=BOB, period_id="2031-01"))


def _no_category(unit: UnitOfWork) -> None:
    unit.products.add(a_product(category_id=BOB))


SAME: list[tuple[Callable[[UnitOfWork], None], str]] = [
    (_same_user, f"user {ANN} is stored already"),
    (_same_email, "user: another user has this e-mail, in one case or another"),
    (_same_sku, "product: sku TEA-1 is taken"),
    (_same_order_number, "order: order_number O-1 is taken"),
    (_same_leg, f"distributor: leg 2 of placement parent {ANN} is taken; one person hangs in a leg"),
    (_same_payout, f"payout: distributor {ANN} has a payout in USD for period 2026-03 already"),
    (_no_sponsor, f"distributor: sponsor_id names {key_of('cid')}, which is not stored in distributors"),
    (_no_user, f"profile of user: user_id names {BOB}, which is not stored in users"),
    (_no_distributor, f"ledger line: distributor_id names {BOB}, which is not stored in distributors"),
    (_no_category, f"product: category_id names {BOB}, which is not stored in product_categories"),
]


class TestBothStores:
    """One fact, one sentence; memory also knows who was to be written."""

    @pytest.mark.parametrize(("act", "sentence"), SAME, ids=lambda item: getattr(item, "__name__", ""))
    def test_the_sentence_is_the_same(
        self, unit: SqlUnitOfWork, act: Callable[[UnitOfWork], None], sentence: str
    ) -> None:
        """And so is the class of the error."""
        memory = MemoryStore()()
        with memory:
            populate(memory)
            with pytest.raises(MlmError) as in_memory:
                act(memory)
        with pytest.raises(MlmError) as in_postgres:
            act(unit)

        assert str(in_postgres.value) == sentence
        assert without_who(str(in_memory.value), sentence) == sentence
        assert type(in_memory.value) is type(in_postgres.value)


def without_who(said: str, sentence: str) -> str:
    """The sentence without the id behind the first word or words."""
    who = sentence.split(":", maxsplit=1)[0]
    return re.sub(rf"^{who} [0-9a-f-]{{36}}: ", f"{who}: ", said)
