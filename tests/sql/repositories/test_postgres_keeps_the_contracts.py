"""PostgreSQL keeps every promise of every Protocol, over psycopg and over SQLAlchemy connections."""

import pytest

from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts import (
    AuditLogsContract,
    CarryContract,
    CategoriesContract,
    ComplianceCasesContract,
    ConcurrentCrmContract,
    ConcurrentUnitsContract,
    ContactsContract,
    CustomersContract,
    DistributorsContract,
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
    SnapshotsContract,
    TasksContract,
    TerritoriesContract,
    TreesContract,
    UnitOfWorkContract,
    UsersContract,
)


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


class TestSqlPersonEvents(PersonEventsContract):
    """Events of people in PostgreSQL."""


class TestSqlSnapshots(SnapshotsContract):
    """Snapshots in PostgreSQL."""


class TestSqlAuditLogs(AuditLogsContract):
    """The audit log in PostgreSQL."""


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
