"""A host's migrations and our schema: neither touches the other unasked. Alembic itself is not needed."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    MetaData,
    NullPool,
    Table,
    Uuid,
    create_engine,
    inspect,
    text,
)

from mlmcore.domain.errors import RefusedError
from mlmcore.sql import installer
from mlmcore.sql.host_migrations import driver_of, include_name, include_object
from mlmcore.sql.tables import metadata_for

PAGE = (Path(__file__).parents[3] / "docs" / "schema" / "alembic.md").read_text(encoding="utf-8")
ENV, INSTALLS, UPGRADES = re.findall(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def bind(empty_database: str) -> Iterator[Connection]:
    """What a migration gets: a connection whose transaction SQLAlchemy has begun, and the driver not yet."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(empty_database), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def hosts_metadata() -> MetaData:
    """A host's table that refers to ours, which are therefore in its metadata too."""
    metadata = MetaData()
    for table in metadata_for("mlmcore").tables.values():
        table.to_metadata(metadata)
    Table(
        "shop_settings", metadata, Column("user_id", Uuid, ForeignKey("mlmcore.users.id"), primary_key=True, index=True)
    )
    return metadata


class TestAutogenerate:
    """What is read, and what is compared."""

    def test_only_the_hosts_schemas_and_tables_are_read(self, bind: Connection) -> None:
        """Asked as Alembic asks: each schema (None for the default one), then each table in it."""
        with bind.begin(), driver_of(bind) as connection:
            installer.apply(connection)
            bind.execute(
                text("CREATE TABLE shop_settings (id int); CREATE SCHEMA shop; CREATE TABLE shop.users (id int)")
            )
            keep = include_name("mlmcore")
            reader = inspect(bind)
            default = reader.default_schema_name
            schemas = [None if name == default else name for name in reader.get_schema_names()]
            kept = [name for name in schemas if name != "information_schema" and keep(name, "schema", {})]
            tables = {
                (schema, table)
                for schema in kept
                for table in reader.get_table_names(schema=schema)
                if keep(table, "table", {"schema_name": schema})
            }

        assert tables == {(None, "shop_settings"), ("shop", "users")}

    def test_our_tables_in_the_hosts_metadata_are_not_compared(self) -> None:
        """Nor their columns, indexes and keys; the host's reference to ours is."""
        keep = include_object("mlmcore")
        compared = set()
        for table in hosts_metadata().tables.values():
            parts: list[tuple[str, Any]] = [("table", table), *(("column", column) for column in table.columns)]
            parts += [("index", index) for index in table.indexes]
            parts += [("foreign_key_constraint", key) for key in table.foreign_key_constraints]
            compared |= {(kind, table.fullname) for kind, item in parts if keep(item, None, kind, False, None)}

        kinds = ("table", "column", "index", "foreign_key_constraint")
        assert compared == {(kind, "shop_settings") for kind in kinds}

    @pytest.mark.parametrize("make", [include_name, include_object])
    def test_the_schema_that_everybody_shares_is_refused(self, make: Any) -> None:
        """Nothing of the host's would be migrated any more."""
        with pytest.raises(RefusedError) as caught:
            make("public")

        assert str(caught.value) == (
            "the schema 'public' is everybody's, so that the host's own tables would be left out too; install mlmcore "
            "into a schema of its own"
        )


class TestTransaction:
    """The migration's, whether its driver has begun it or not."""

    @pytest.mark.parametrize("kept", [True, False])
    def test_the_schema_is_kept_or_taken_back_with_the_migration(
        self, bind: Connection, empty_database: str, *, kept: bool
    ) -> None:
        """Also when the schema comes first, while SQLAlchemy's `begin` has not reached the driver."""
        transaction = bind.begin()
        with driver_of(bind) as connection:
            assert installer.apply(connection) is True
        bind.execute(text("CREATE TABLE shop_settings (id int)"))
        transaction.commit() if kept else transaction.rollback()

        with psycopg.connect(empty_database) as other:
            assert installer.status(other).installed is kept
            assert other.execute("SELECT to_regclass('shop_settings') IS NOT NULL").fetchall() == [(kept,)]

    def test_without_a_transaction_it_is_refused(self, bind: Connection) -> None:
        """There would be nothing to take it back with."""
        with pytest.raises(RefusedError, match="the connection is idle"), driver_of(bind):
            pass

    def test_a_migration_that_is_printed_is_refused(self) -> None:
        """It has no connection."""
        with pytest.raises(RefusedError) as caught, driver_of(None):
            pass

        assert str(caught.value) == (
            "there is no connection: a migration that is printed (--sql) cannot install the schema; print it with: "
            "mlmcore schema sql"
        )


class TestPage:
    """The blocks of docs/schema/alembic.md that import Alembic, over a stand-in for it."""

    @pytest.fixture
    def op(self, bind: Connection, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
        """Alembic's two names, as far as the page uses them."""
        configured: dict[str, Any] = {}
        alembic = ModuleType("alembic")
        op = SimpleNamespace(
            get_bind=lambda: bind, execute=lambda words: bind.execute(text(words)), configured=configured
        )
        alembic.op, alembic.context = op, SimpleNamespace(configure=configured.update)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "alembic", alembic)
        return op

    def test_the_migrations_install_upgrade_and_take_back(self, op: SimpleNamespace, bind: Connection) -> None:
        """One after the other, each in its transaction."""
        installs, upgrades = self.run(INSTALLS), self.run(UPGRADES)
        found = []
        for step in (installs["upgrade"], upgrades["upgrade"], installs["downgrade"]):
            with bind.begin():
                step()
                found.append("mlmcore" in inspect(bind).get_schema_names())

        assert found == [True, True, False]

    def test_the_environment_is_configured(self, op: SimpleNamespace) -> None:
        """With both filters."""
        self.run(ENV, connection=None, metadata=None)

        assert op.configured["include_name"]("mlmcore", "schema", {}) is False
        assert op.configured["include_schemas"] is True

    @staticmethod
    def run(block: str, **given: Any) -> dict[str, Any]:
        namespace = dict(given)
        exec(block, namespace)
        return namespace
