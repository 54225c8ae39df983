"""The in-memory store and its units of work.

A unit works on a fork of the committed state and swaps it in when its block ends. Two units may be open at once; the
second to end finds that the state is no longer the one it began from and ends in `TransientError`, if it changed
anything.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from mlmcore.domain.errors import RefusedError, TransientError
from mlmcore.repositories import protocols
from mlmcore.repositories.arguments import guarded
from mlmcore.repositories.memory._context import Context, Numbers
from mlmcore.repositories.memory._state import State
from mlmcore.repositories.memory.audit import MemoryAuditLogs
from mlmcore.repositories.memory.auto_ship import MemoryAutoShips
from mlmcore.repositories.memory.cases import MemoryComplianceCases
from mlmcore.repositories.memory.categories import MemoryCategories
from mlmcore.repositories.memory.columns import MemoryColumns
from mlmcore.repositories.memory.commissions import (
    MemoryCarry,
    MemoryPeriods,
    MemoryPlans,
    MemoryRankHistories,
    MemoryRanks,
    MemoryRuns,
)
from mlmcore.repositories.memory.crm import MemoryContacts, MemoryTasks
from mlmcore.repositories.memory.erasures import MemoryErasures
from mlmcore.repositories.memory.events import MemoryPersonEvents
from mlmcore.repositories.memory.ledger import MemoryLedger
from mlmcore.repositories.memory.network import MemoryTrees
from mlmcore.repositories.memory.payouts import MemoryPayouts
from mlmcore.repositories.memory.people import MemoryCustomers, MemoryDistributors, MemoryUsers
from mlmcore.repositories.memory.sales import MemoryOrders, MemoryProducts
from mlmcore.repositories.memory.secrets import MemorySecrets
from mlmcore.repositories.memory.snapshots import MemorySnapshots
from mlmcore.repositories.memory.territories import MemoryTerritories
from mlmcore.repositories.protocols.unit import NOBODY, Actor
from mlmcore.repositories.secrets import Cipher

__all__ = ["MemoryStore", "MemoryUnitOfWork"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """Everything that is stored, in memory; makes units of work.

    Args:
        clock: Returns an aware instant; asked once for each unit.
        cipher: Seals secrets. Without one they are refused.
    """

    def __init__(self, *, clock: Callable[[], datetime] = _utc_now, cipher: Cipher | None = None) -> None:
        self.clock = clock
        self.cipher = cipher
        self.state = State()
        self.numbers = Numbers()
        self.locks: dict[str, MemoryUnitOfWork] = {}

    def __call__(self, actor: Actor = NOBODY, /) -> "MemoryUnitOfWork":
        """Return a new unit of work, not yet entered."""
        return MemoryUnitOfWork(self, actor)

    def as_dict(self) -> dict[str, dict[Any, Any]]:
        """Return everything that is kept, by table, for comparing two stores by value."""
        return self.state.as_dict()


class MemoryUnitOfWork:
    """A unit of work over a `MemoryStore`; see `protocols.UnitOfWork`."""

    users: MemoryUsers
    distributors: MemoryDistributors
    territories: MemoryTerritories
    trees: MemoryTrees
    contacts: MemoryContacts
    tasks: MemoryTasks
    customers: MemoryCustomers
    categories: MemoryCategories
    products: MemoryProducts
    orders: MemoryOrders
    auto_ships: MemoryAutoShips
    ranks: MemoryRanks
    periods: MemoryPeriods
    plans: MemoryPlans
    runs: MemoryRuns
    ledger: MemoryLedger
    carry: MemoryCarry
    rank_history: MemoryRankHistories
    payouts: MemoryPayouts
    events: MemoryPersonEvents
    cases: MemoryComplianceCases
    secrets: MemorySecrets
    audit: MemoryAuditLogs
    erasures: MemoryErasures
    snapshots: MemorySnapshots
    columns: MemoryColumns

    def __init__(self, store: MemoryStore, actor: Actor) -> None:
        self.actor = actor
        self._store = store
        self._base = store.state
        self._context: Context | None = None

    @property
    def now(self) -> datetime:
        """The unit's instant, aware."""
        return self._entered().now

    def lock_period(self, period_id: str, /) -> None:
        """Hold a period for this unit alone, until it ends."""
        self._entered()
        self.periods.get(period_id)
        if not self._held(f"period {period_id}"):
            raise TransientError(f"another unit of work holds period {period_id}; try again when it has ended")

    def savepoint(self) -> AbstractContextManager[None]:
        """A block that is kept or undone as a whole within this unit."""
        return self._entered().state.savepoint()

    def __enter__(self) -> Self:
        """Begin."""
        if self._context is not None:
            raise RefusedError("this unit of work was entered before; make a new one")
        now = self._store.clock()
        if now.tzinfo is None:
            raise RefusedError(f"the clock must give an instant with a time zone, not {now!r}")
        self._base = self._store.state
        self._context = Context(
            actor=self.actor,
            now=now,
            cipher=self._store.cipher,
            hold=self._hold,
            numbers=self._store.numbers,
            state=self._base.fork(),
        )
        self._bind(self._context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Keep, or undo."""
        context = self._entered()
        state = context.state
        context.end()
        # A list first: other threads may lock meanwhile.
        for held in [name for name, holder in list(self._store.locks.items()) if holder is self]:
            del self._store.locks[held]
        if kind is None and state.changed:
            self._keep(state)

    def _keep(self, state: State) -> None:
        self._refuse_past()
        self._store.state = state

    def _hold(self, name: str) -> bool:
        self._refuse_past()
        return self._held(name)

    def _held(self, name: str) -> bool:
        return self._store.locks.setdefault(name, self) is self

    def _refuse_past(self) -> None:
        if self._store.state is not self._base:
            raise TransientError(
                "another unit of work was kept meanwhile, so this one is undone; try again from the start"
            )

    def _entered(self) -> Context:
        if self._context is None:
            raise RefusedError("this unit of work was not entered; use it in a with block")
        return self._context

    def _bind(self, context: Context) -> None:
        self.users = guarded(MemoryUsers, protocols.Users)(context)
        self.distributors = guarded(MemoryDistributors, protocols.Distributors)(context)
        self.territories = guarded(MemoryTerritories, protocols.Territories)(context)
        self.trees = guarded(MemoryTrees, protocols.Trees)(context)
        self.contacts = guarded(MemoryContacts, protocols.Contacts)(context)
        self.tasks = guarded(MemoryTasks, protocols.Tasks)(context)
        self.customers = guarded(MemoryCustomers, protocols.Customers)(context)
        self.categories = guarded(MemoryCategories, protocols.Categories)(context)
        self.products = guarded(MemoryProducts, protocols.Products)(context)
        self.orders = guarded(MemoryOrders, protocols.Orders)(context)
        self.auto_ships = guarded(MemoryAutoShips, protocols.AutoShips)(context)
        self.ranks = guarded(MemoryRanks, protocols.Ranks)(context)
        self.periods = guarded(MemoryPeriods, protocols.Periods)(context)
        self.plans = guarded(MemoryPlans, protocols.Plans)(context)
        self.runs = guarded(MemoryRuns, protocols.Runs)(context)
        self.ledger = guarded(MemoryLedger, protocols.Ledger)(context)
        self.carry = guarded(MemoryCarry, protocols.Carry)(context)
        self.rank_history = guarded(MemoryRankHistories, protocols.RankHistories)(context)
        self.payouts = guarded(MemoryPayouts, protocols.Payouts)(context)
        self.events = guarded(MemoryPersonEvents, protocols.PersonEvents)(context)
        self.cases = guarded(MemoryComplianceCases, protocols.ComplianceCases)(context)
        self.secrets = guarded(MemorySecrets, protocols.Secrets)(context)
        self.audit = guarded(MemoryAuditLogs, protocols.AuditLogs)(context)
        self.erasures = guarded(MemoryErasures, protocols.Erasures)(context)
        self.snapshots = guarded(MemorySnapshots, protocols.Snapshots)(context)
        self.columns = guarded(MemoryColumns, protocols.Columns)(context)
