"""The SQL of docs/schema/installing.md is typed as it stands, and the roles may do what the page says and no more."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from mlmcore.sql import installer

Connection = psycopg.Connection[Any]

PAGE = (Path(__file__).parents[3] / "docs" / "schema" / "installing.md").read_text(encoding="utf-8")
ROLES, GRANTS, MONTHS, DROP = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
NEW_USER = "INSERT INTO mlmcore.users (email) VALUES ('zoe@example.com')"
NEW_DISTRIBUTOR = (
    f"{NEW_USER}; INSERT INTO mlmcore.distributors (user_id, distributor_number) SELECT id, 'D-1' FROM mlmcore.users"
)
NEW_PERIOD = (
    "INSERT INTO mlmcore.commission_periods (id, name, start_date, end_date)"
    " VALUES ('2026-03', 'March', '2026-03-01', '2026-03-31')"
)


def allowed(connection: Connection, role: str, words: str) -> bool:
    """Whether a role may do this."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            connection.execute(words.encode())
    except InsufficientPrivilege:
        return False
    finally:
        connection.execute("RESET ROLE")
    return True


@pytest.fixture
def shop(empty_database: str) -> Any:
    """The page's roles in a transaction that is rolled back, and the schema installed by the owner."""
    with psycopg.connect(empty_database) as connection:
        name = connection.info.dbname
        connection.execute(ROLES.replace("DATABASE shop", f"DATABASE {name}").encode())
        connection.execute("SET LOCAL ROLE shop_owner")
        assert installer.apply(connection)
        connection.execute("RESET ROLE")
        connection.execute(GRANTS.encode())
        yield connection
        connection.rollback()


class TestRoles:
    """Who may do what."""

    @pytest.mark.parametrize(
        ("words", "roles"),
        [
            ("SELECT * FROM mlmcore.orders", {"shop_owner", "shop_app", "shop_reports"}),
            (NEW_USER, {"shop_owner", "shop_app"}),
            (NEW_DISTRIBUTOR, {"shop_owner", "shop_app"}),
            (NEW_PERIOD, {"shop_owner"}),
            (MONTHS, {"shop_owner"}),
            ("DROP TABLE mlmcore.debts", {"shop_owner"}),
        ],
        ids=["read", "add a user", "enrol", "open a period", "make audit months", "drop"],
    )
    def test_a_role_may_do_what_the_page_says(self, shop: Connection, words: str, roles: set[str]) -> None:
        """And no more."""
        assert {role for role in ("shop_owner", "shop_app", "shop_reports") if allowed(shop, role, words)} == roles

    def test_lines_of_a_later_partition_are_read_through_the_ledger(self, shop: Connection) -> None:
        """Without a grant on the partition."""
        shop.execute(NEW_PERIOD.encode())

        assert allowed(shop, "shop_reports", "SELECT * FROM mlmcore.commission_ledger WHERE period_id = '2026-03'")

    def test_checking_needs_create_on_the_database(self, shop: Connection) -> None:
        """The owner has it."""
        shop.execute("SET LOCAL ROLE shop_owner")

        assert installer.check(shop) == ()

    def test_an_owner_without_create_installs_into_a_schema_that_was_made_for_it(self, empty_database: str) -> None:
        """As the page says for a DBA who is careful."""
        with psycopg.connect(empty_database) as connection:
            connection.execute("CREATE ROLE shop_owner NOLOGIN; CREATE SCHEMA mlmcore AUTHORIZATION shop_owner")
            connection.execute("SET LOCAL ROLE shop_owner")

            assert installer.apply(connection) is True
            connection.rollback()


class TestUpkeep:
    """What is typed later."""

    def test_months_are_made_ahead(self, host: Connection) -> None:
        """As many as asked for."""
        host.execute(MONTHS.encode())

        assert installer.status(host).audit_months_ahead == 12

    def test_a_forgotten_months_rows_are_moved_when_it_is_made(self, host: Connection) -> None:
        """Nothing is lost and nothing stays stray."""
        host.execute(
            "INSERT INTO mlmcore.audit_logs (entity_type, entity_id, action, created_at)"
            " VALUES ('users', gen_random_uuid(), 'insert', now() + interval '10 months')"
        )
        strays = installer.status(host).audit_strays

        host.execute(MONTHS.encode())

        assert (strays, installer.status(host).audit_strays) == (1, 0)

    def test_dropping_the_schema_leaves_nothing(self, host: Connection) -> None:
        """There was nothing outside it."""
        host.execute(DROP.encode())

        assert host.execute(
            "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        ).fetchall() == [(0,)]
        assert not installer.status(host).installed
