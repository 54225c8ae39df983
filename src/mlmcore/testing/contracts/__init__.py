"""The exam for everybody who writes a repository: one class per Protocol, with a test per promise.

Subclass a contract in a test module, under a name that begins with `Test`, and provide the fixture `unit_of_work`: a
`UnitOfWorkFactory` over an empty store, with a cipher. Contracts with secrets need `unit_of_work_without_cipher` too.

    class TestMyUsers(UsersContract):
        pass

A test's docstring quotes the promise, whose text stands in `mlmcore.repositories.protocols`.
"""

from mlmcore.testing.contracts.auto_ship import AutoShipsContract
from mlmcore.testing.contracts.cases import ComplianceCasesContract
from mlmcore.testing.contracts.categories import CategoriesContract
from mlmcore.testing.contracts.columns import ColumnsContract
from mlmcore.testing.contracts.commissions import (
    CarryContract,
    PeriodsContract,
    PlansContract,
    RankHistoriesContract,
    RanksContract,
    RunsContract,
)
from mlmcore.testing.contracts.crm import ConcurrentCrmContract, ContactsContract, TasksContract
from mlmcore.testing.contracts.customers import CustomersContract
from mlmcore.testing.contracts.distributors import DistributorsContract
from mlmcore.testing.contracts.erasures import ErasuresContract
from mlmcore.testing.contracts.events import PersonEventsContract
from mlmcore.testing.contracts.ledger import LedgerContract
from mlmcore.testing.contracts.network import TreesContract
from mlmcore.testing.contracts.payouts import PayoutsContract
from mlmcore.testing.contracts.sales import OrdersContract, ProductsContract
from mlmcore.testing.contracts.secrets import SecretsContract
from mlmcore.testing.contracts.snapshots import SnapshotsContract
from mlmcore.testing.contracts.territories import TerritoriesContract
from mlmcore.testing.contracts.unit import AuditLogsContract, ConcurrentUnitsContract, UnitOfWorkContract
from mlmcore.testing.contracts.users import UsersContract

__all__ = [
    "AuditLogsContract",
    "AutoShipsContract",
    "CarryContract",
    "CategoriesContract",
    "ColumnsContract",
    "ComplianceCasesContract",
    "ConcurrentCrmContract",
    "ConcurrentUnitsContract",
    "ContactsContract",
    "CustomersContract",
    "DistributorsContract",
    "ErasuresContract",
    "LedgerContract",
    "OrdersContract",
    "PayoutsContract",
    "PeriodsContract",
    "PersonEventsContract",
    "PlansContract",
    "ProductsContract",
    "RankHistoriesContract",
    "RanksContract",
    "RunsContract",
    "SecretsContract",
    "SnapshotsContract",
    "TasksContract",
    "TerritoriesContract",
    "TreesContract",
    "UnitOfWorkContract",
    "UsersContract",
]
