"""The SQLAlchemy tables and the installed schema are the same, compared both ways as the server itself writes them.

The tables are made in a scratch schema beside the installed one, so that types, defaults, conditions and indexes of
both sides are put into words by PostgreSQL, and nothing is compared as text of ours.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, NullPool, create_engine, func, insert, select, text
from sqlalchemy.dialects.postgresql import ENUM

from mlmcore.domain.enums import DistributorStatus, UserRole
from mlmcore.sql import installer
from mlmcore.sql.catalogue import picture
from mlmcore.sql.tables import metadata_for

Picture = Mapping[str, str]
TABLES = sorted(metadata_for(None).tables)
SCRATCH = "declared"


def begun(address: str) -> Iterator[Connection]:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def host(shared_database: str) -> Iterator[Connection]:
    """A host's SQLAlchemy connection to a database in which the schema is installed; rolled back."""
    yield from begun(shared_database)


@pytest.fixture(scope="module")
def pictures(shared_database: str) -> tuple[Picture, Picture]:
    """What is installed, and what the tables declare."""
    connection = next(opened := begun(shared_database))
    connection.execute(text(f"CREATE SCHEMA {SCRATCH}"))
    # The functions that conditions call are the installed ones; what they are called there is not the point here.
    connection.execute(text(f"SET LOCAL search_path = {SCRATCH}, mlmcore, pg_catalog"))
    metadata = metadata_for(SCRATCH)
    for column in (column for table in metadata.tables.values() for column in table.columns):
        if isinstance(column.type, ENUM):
            column.type.create(connection, checkfirst=True)
    metadata.create_all(connection, checkfirst=False)
    driver: Any = connection.connection.driver_connection
    installed, declared = picture(driver, "mlmcore"), picture(driver, SCRATCH)
    next(opened, None)
    return installed, {name: words.replace("mlmcore.", "") for name, words in declared.items()}


def about(table: str, found: Picture) -> Picture:
    """The lines about one table: itself, its columns, its constraints."""
    parts = {name: name.split(maxsplit=1)[1].split(".")[0] for name in found}
    return {
        name: words
        for name, words in found.items()
        if name.startswith(("table ", "column ", "constraint ")) and parts[name] == table
    }


def of_kind(kind: str, found: Picture) -> Picture:
    return {name: words for name, words in found.items() if name.startswith(f"{kind} ")}


class TestEqualToTheSchema:
    """Table by table, and nothing more on either side."""

    def test_the_same_tables_are_there(self, pictures: tuple[Picture, Picture]) -> None:
        """18 that were asked for, 16 of ours; a partition is no table of its own."""
        installed, declared = pictures

        assert of_kind("table", declared) == of_kind("table", installed)
        assert of_kind("table", installed).keys() == {f"table {name}" for name in TABLES}

    @pytest.mark.parametrize("table", TABLES)
    def test_a_table_is_as_it_is_installed(self, pictures: tuple[Picture, Picture], table: str) -> None:
        """Partitioning; columns with type, default, NOT NULL; keys, references with ON DELETE, checks, exclusions."""
        installed, declared = pictures

        assert len(about(table, declared)) > 2
        assert about(table, declared) == about(table, installed)

    def test_indexes_are_as_they_are_installed(self, pictures: tuple[Picture, Picture]) -> None:
        """Names, columns, expressions, conditions, uniqueness."""
        installed, declared = pictures

        assert of_kind("index", declared) == of_kind("index", installed)

    def test_enum_types_have_the_same_labels_in_the_same_order(self, pictures: tuple[Picture, Picture]) -> None:
        """All 19 are used by a column."""
        installed, declared = pictures

        assert len(of_kind("type", declared)) == 19
        assert of_kind("type", declared) == of_kind("type", installed)

    def test_columns_stand_in_the_same_order(self, host: Connection) -> None:
        """So that rows can be written without naming columns, as COPY does."""
        installed = host.execute(
            text(
                "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) AS names FROM pg_attribute AS a"
                " JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'mlmcore'::regnamespace"
                " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
                " GROUP BY c.relname"
            )
        )

        assert {name: table.columns.keys() for name, table in metadata_for(None).tables.items()} == {
            row.relname: row.names for row in installed
        }


class TestHosts:
    """What a host does with them."""

    def test_a_host_selects_with_them(self, host: Connection) -> None:
        """Labels come as the domain's enums, rates as Decimal."""
        tables = metadata_for("mlmcore").tables
        users, ranks = tables["mlmcore.users"], tables["mlmcore.ranks"]

        found = host.execute(select(users.c.role).where(users.c.role == UserRole.DISTRIBUTOR).distinct()).scalar_one()
        rate = host.execute(select(ranks.c.commission_rate).where(ranks.c.id == "bronze")).scalar_one()

        assert found is UserRole.DISTRIBUTOR
        assert (type(rate), rate) == (Decimal, Decimal("0.05"))

    def test_a_host_inserts_with_them(self, host: Connection) -> None:
        """What is not given takes the database's default, and the triggers do their part."""
        tables = metadata_for("mlmcore").tables
        users, distributors = tables["mlmcore.users"], tables["mlmcore.distributors"]
        person = host.execute(insert(users).values(email="eve@example.com").returning(users.c.id)).scalar_one()

        row = host.execute(
            insert(distributors)
            .values(user_id=person, distributor_number="D-9", join_date=date(2026, 3, 1), attributes={"vip": True})
            .returning(distributors.c.status, distributors.c.lifetime_pv, distributors.c.attributes)
        ).one()

        assert tuple(row) == (DistributorStatus.ACTIVE, Decimal("0.00"), {"vip": True})

    def test_none_is_null_and_not_the_json_null(self, host: Connection) -> None:
        """A host that writes None means: nothing is there."""
        ranks = metadata_for("mlmcore").tables["mlmcore.ranks"]

        host.execute(insert(ranks).values(id="pearl", name="Pearl", level=9, benefits=None))

        missing = select(func.count()).where(ranks.c.id == "pearl", ranks.c.benefits.is_(None))
        assert host.execute(missing).scalar_one() == 1

    def test_without_a_schema_the_search_path_finds_them(self, host: Connection) -> None:
        """For hosts that set it on each connection."""
        ranks = metadata_for(None).tables["ranks"]
        host.execute(text("SET LOCAL search_path = mlmcore, pg_catalog"))

        assert host.execute(select(func.count()).select_from(ranks)).scalar_one() == 5

    def test_a_schema_of_any_name_is_quoted(self, host: Connection) -> None:
        """Also where an enum type is named."""
        name = 'My "odd" schema.1'
        driver: Any = host.connection.driver_connection
        host.execute(text("SELECT 1"))
        installer.apply(driver, name, demo_users=True)
        users = metadata_for(name).tables[f"{name}.users"]

        assert host.execute(select(func.count()).where(users.c.role == UserRole.ADMIN)).scalar_one() == 1

    def test_metadata_is_the_callers_own(self) -> None:
        """A host that adds a table of its own to it adds it nowhere else."""
        assert metadata_for("mlmcore") is not metadata_for("mlmcore")
        assert sorted(metadata_for("a").tables) == [f"a.{name}" for name in TABLES]
