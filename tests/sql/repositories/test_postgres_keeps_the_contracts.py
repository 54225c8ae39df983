"""PostgreSQL keeps every promise of every Protocol, over psycopg, SQLAlchemy and asynchronous connections.

A pool changes how a unit begins and nothing else, so there the contract of units is enough; and psycopg's
asynchronous connections begin otherwise than SQLAlchemy's, over which everything runs: there units and what goes by
COPY are enough, unless `MLMCORE_TEST_EVERY_DRIVER` asks for everything.
"""

from collections.abc import Iterator

import pytest

from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.pools import PooledStore, open_pool
from mlmcore.sql.session import Session
from mlmcore.testing.contracts import (
    AuditLogsContract,
    AutoShipsContract,
    CarryContract,
    CategoriesContract,
    ColumnsContract,
    ComplianceCasesContract,
    ConcurrentCrmContract,
    ConcurrentUnitsContract,
    ContactsContract,
    CustomersContract,
    DistributorsContract,
    ErasuresContract,
    LedgerContract,
    OrdersContract,
    PayoutsContract,
    PeriodsContract,
    PersonEventsContract,
    PlansContract,
    ProductsContract,
    RankHistoriesContract,
    RanksContract,
    RunsContract,
    SecretsContract,
    SnapshotsContract,
    TasksContract,
    TerritoriesContract,
    TreesContract,
    UnitOfWorkContract,
    UsersContract,
)
from sql.repositories.conftest import owning_session


class TestSqlUsers(UsersContract):
    """Users in PostgreSQL."""


class TestSqlDistributors(DistributorsContract):
    """Distributors in PostgreSQL."""


class TestSqlTerritories(TerritoriesContract):
    """Territories in PostgreSQL."""


class TestSqlTrees(TreesContract):
    """The trees in PostgreSQL."""


class TestSqlContacts(ContactsContract):
    """Contacts in PostgreSQL."""


class TestSqlTasks(TasksContract):
    """Tasks in PostgreSQL."""


class TestSqlCustomers(CustomersContract):
    """Customers in PostgreSQL."""


class TestSqlCategories(CategoriesContract):
    """Categories in PostgreSQL."""


class TestSqlProducts(ProductsContract):
    """Products in PostgreSQL."""


class TestSqlAutoShips(AutoShipsContract):
    """Standing orders in PostgreSQL."""


class TestSqlOrders(OrdersContract):
    """Orders in PostgreSQL."""


class TestSqlRanks(RanksContract):
    """Ranks in PostgreSQL."""


class TestSqlPeriods(PeriodsContract):
    """Periods in PostgreSQL."""


class TestSqlPlans(PlansContract):
    """Plans in PostgreSQL."""


class TestSqlRuns(RunsContract):
    """Runs in PostgreSQL."""


class TestSqlCarry(CarryContract):
    """Carried values in PostgreSQL."""


class TestSqlRankHistories(RankHistoriesContract):
    """Rank history in PostgreSQL."""


class TestSqlLedger(LedgerContract):
    """The ledger in PostgreSQL."""


class TestSqlPayouts(PayoutsContract):
    """Payouts in PostgreSQL."""


class TestSqlComplianceCases(ComplianceCasesContract):
    """Compliance cases in PostgreSQL."""


class TestSqlSecrets(SecretsContract):
    """Secrets in PostgreSQL, and their keys."""


class TestSqlPersonEvents(PersonEventsContract):
    """Events of people in PostgreSQL."""


class TestSqlSnapshots(SnapshotsContract):
    """Snapshots in PostgreSQL."""


class TestSqlErasures(ErasuresContract):
    """Erasures in PostgreSQL."""


class TestSqlAuditLogs(AuditLogsContract):
    """The audit log in PostgreSQL."""


class TestSqlColumns(ColumnsContract):
    """Whole tables as columns in PostgreSQL."""


class TestSqlUnitOfWork(UnitOfWorkContract):
    """Units of work in PostgreSQL."""


class TestSqlConcurrentUnits(ConcurrentUnitsContract):
    """Two units of work at once in PostgreSQL, each on its own connection."""

    @pytest.fixture
    def unit_of_work(self, separate_units: UnitOfWorkFactory) -> UnitOfWorkFactory:
        """Units that share no transaction."""
        return separate_units


class TestSqlConcurrentCrm(ConcurrentCrmContract):
    """Two units of work over one contact or task in PostgreSQL, each on its own connection."""

    @pytest.fixture
    def unit_of_work(self, separate_units: UnitOfWorkFactory) -> UnitOfWorkFactory:
        """Units that share no transaction."""
        return separate_units


class TestPooledUnits(UnitOfWorkContract):
    """Units that borrow their connections from a pool."""

    @pytest.fixture
    def unit_of_work(self, pooled_units: UnitOfWorkFactory) -> UnitOfWorkFactory:
        """Each on a connection of its own."""
        return pooled_units


class TestConcurrentPooledUnits(ConcurrentUnitsContract):
    """Two units at once that borrow their connections from one pool."""

    @pytest.fixture
    def unit_of_work(self, pooled_units: UnitOfWorkFactory) -> UnitOfWorkFactory:
        """Each on a connection of its own."""
        return pooled_units


@pytest.fixture
def pooled_units(database: str, cipher: Cipher) -> Iterator[PooledStore]:
    """A store over a small pool."""
    with open_pool(database, min_size=1, max_size=4) as pool:
        yield PooledStore(pool, cipher=cipher)


@pytest.fixture
def over_async_psycopg(database: str) -> Iterator[Session]:
    """A session that owns one of psycopg's asynchronous connections."""
    with owning_session(database, "async psycopg") as made:
        yield made


class TestAsyncPsycopgUnits(UnitOfWorkContract):
    """Units over an asynchronous connection of psycopg's."""

    @pytest.fixture
    def session(self, over_async_psycopg: Session) -> Session:
        """One of psycopg's."""
        return over_async_psycopg


class TestAsyncPsycopgColumns(ColumnsContract):
    """Whole tables, in and out by COPY, over an asynchronous connection of psycopg's."""

    @pytest.fixture
    def session(self, over_async_psycopg: Session) -> Session:
        """One of psycopg's."""
        return over_async_psycopg
