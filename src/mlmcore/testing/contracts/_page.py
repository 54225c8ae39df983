"""The documentation's page of promises, made from the Protocols' own docstrings and the contracts' tests."""

import inspect
import re
from collections.abc import Iterator

from mlmcore.repositories import protocols
from mlmcore.testing import contracts

__all__ = ["page"]

_PROMISE = re.compile(r"^- \*\*([A-Z]\d+)\*\* (.*(?:\n  .*)*)", re.MULTILINE)
_CONTRACT_OF = {
    "Users": "UsersContract",
    "Distributors": "DistributorsContract",
    "Territories": "TerritoriesContract",
    "Trees": "TreesContract",
    "Contacts": "ContactsContract",
    "Tasks": "TasksContract",
    "Customers": "CustomersContract",
    "Categories": "CategoriesContract",
    "Products": "ProductsContract",
    "Orders": "OrdersContract",
    "AutoShips": "AutoShipsContract",
    "Ranks": "RanksContract",
    "Periods": "PeriodsContract",
    "Plans": "PlansContract",
    "Runs": "RunsContract",
    "Ledger": "LedgerContract",
    "Carry": "CarryContract",
    "RankHistories": "RankHistoriesContract",
    "Payouts": "PayoutsContract",
    "Secrets": "SecretsContract",
    "ComplianceCases": "ComplianceCasesContract",
    "PersonEvents": "PersonEventsContract",
    "Erasures": "ErasuresContract",
    "AuditLogs": "AuditLogsContract",
    "Snapshots": "SnapshotsContract",
    "Columns": "ColumnsContract",
    "UnitOfWork": "UnitOfWorkContract",
}

_HEAD = """# What every store promises

<!-- Made by `python -m mlmcore.testing.contracts`; a test holds it current. -->

Each Protocol of `mlmcore.repositories.protocols` has a contract in `mlmcore.testing.contracts`: a class of tests that
the in-memory store and the PostgreSQL repositories pass, and that you run on a store of your own by subclassing it.
There are {contracts} contracts with {tests} tests. A test quotes the number of the promise that it tests.

## For all of them
"""


def page() -> str:
    """Return the page as Markdown."""
    names = contracts.__all__
    head = _HEAD.format(contracts=len(names), tests=sum(_count(name) for name in names))
    return "\n".join([head, *_promises(protocols.__doc__ or ""), *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for protocol, contract in _CONTRACT_OF.items():
        text = inspect.getdoc(getattr(protocols, protocol)) or ""
        yield f"\n## `{protocol}`\n"
        yield f"{text.splitlines()[0]} Examined by `{contract}`, {_count(contract)} tests.\n"
        yield from _promises(text)


def _promises(text: str) -> list[str]:
    return [f"- **{number}** {' '.join(words.split())}" for number, words in _PROMISE.findall(text)]


def _count(contract: str) -> int:
    return sum(name.startswith("test_") for name in dir(getattr(contracts, contract)))
