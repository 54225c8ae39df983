"""The in-memory store keeps every promise of every Protocol."""

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


class TestMemoryUsers(UsersContract):
    """Users in memory."""


class TestMemoryDistributors(DistributorsContract):
    """Distributors in memory."""


class TestMemoryTerritories(TerritoriesContract):
    """Territories in memory."""


class TestMemoryTrees(TreesContract):
    """The network in memory."""


class TestMemoryContacts(ContactsContract):
    """Contacts in memory."""


class TestMemoryTasks(TasksContract):
    """Tasks in memory."""


class TestMemoryCustomers(CustomersContract):
    """Customers in memory."""


class TestMemoryCategories(CategoriesContract):
    """Categories in memory."""


class TestMemoryProducts(ProductsContract):
    """Products in memory."""


class TestMemoryAutoShips(AutoShipsContract):
    """Standing orders in memory."""


class TestMemoryOrders(OrdersContract):
    """Orders in memory."""


class TestMemoryRanks(RanksContract):
    """Ranks in memory."""


class TestMemoryPeriods(PeriodsContract):
    """Periods in memory."""


class TestMemoryPlans(PlansContract):
    """Plans in memory."""


class TestMemoryRuns(RunsContract):
    """Runs in memory."""


class TestMemoryCarry(CarryContract):
    """Carried values in memory."""


class TestMemoryRankHistories(RankHistoriesContract):
    """Rank history in memory."""


class TestMemoryLedger(LedgerContract):
    """The ledger in memory."""


class TestMemoryPayouts(PayoutsContract):
    """Payouts in memory."""


class TestMemoryComplianceCases(ComplianceCasesContract):
    """Compliance cases in memory."""


class TestMemorySecrets(SecretsContract):
    """Secrets in memory, and their keys."""


class TestMemoryPersonEvents(PersonEventsContract):
    """Events of people in memory."""


class TestMemorySnapshots(SnapshotsContract):
    """Snapshots in memory."""


class TestMemoryErasures(ErasuresContract):
    """Erasures in memory."""


class TestMemoryAuditLogs(AuditLogsContract):
    """The audit log in memory."""


class TestMemoryColumns(ColumnsContract):
    """Whole tables as columns in memory."""


class TestMemoryUnitOfWork(UnitOfWorkContract):
    """Units of work in memory."""


class TestMemoryConcurrentUnits(ConcurrentUnitsContract):
    """Two units of work at once in memory."""


class TestMemoryConcurrentCrm(ConcurrentCrmContract):
    """Two units of work over one contact or task in memory."""
