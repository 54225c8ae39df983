"""The unit of work over PostgreSQL: a savepoint inside the host's transaction, or a transaction of its own.

Nothing commits behind the host's back. In a host's transaction a unit is a savepoint, and what it kept lives and dies
with the host's commit or rollback; on a connection that it owns, each unit begins and commits one transaction.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast

from mlmcore.domain.errors import RefusedError
from mlmcore.repositories import protocols
from mlmcore.repositories.arguments import guarded
from mlmcore.repositories.protocols.unit import NOBODY, Actor
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories.audit import SqlAuditLogs
from mlmcore.sql.repositories.auto_ship import SqlAutoShips
from mlmcore.sql.repositories.carry import SqlCarry
from mlmcore.sql.repositories.cases import SqlComplianceCases
from mlmcore.sql.repositories.categories import SqlCategories
from mlmcore.sql.repositories.columns import SqlColumns
from mlmcore.sql.repositories.crm import SqlContacts, SqlTasks
from mlmcore.sql.repositories.customers import SqlCustomers
from mlmcore.sql.repositories.distributors import SqlDistributors
from mlmcore.sql.repositories.erasures import SqlErasures
from mlmcore.sql.repositories.events import SqlPersonEvents
from mlmcore.sql.repositories.ledger import SqlLedger
from mlmcore.sql.repositories.network import SqlTrees
from mlmcore.sql.repositories.orders import SqlOrders
from mlmcore.sql.repositories.payouts import SqlPayouts
from mlmcore.sql.repositories.periods import SqlPeriods
from mlmcore.sql.repositories.plans import SqlPlans, SqlRanks
from mlmcore.sql.repositories.products import SqlProducts
from mlmcore.sql.repositories.rank_history import SqlRankHistories
from mlmcore.sql.repositories.runs import SqlRuns
from mlmcore.sql.repositories.secrets import SqlSecrets
from mlmcore.sql.repositories.snapshots import SqlSnapshots
from mlmcore.sql.repositories.territories import SqlTerritories
from mlmcore.sql.repositories.users import SqlUsers
from mlmcore.sql.session import Session

__all__ = ["SqlStore", "SqlUnitOfWork"]


class SqlStore:
    """Makes units of work over one session: `with store(actor) as unit: ...`.

    Args:
        session: Made from the host's connection.
        cipher: Seals secrets. Without one they are refused.
    """

    def __init__(self, session: Session, *, cipher: Cipher | None = None) -> None:
        self._session = session
        self._cipher = cipher

    def __call__(self, actor: Actor = NOBODY, /) -> "SqlUnitOfWork":
        """Return a new unit of work, not yet entered."""
        return SqlUnitOfWork(self._session, actor, cipher=self._cipher)


class SqlUnitOfWork:
    """A unit of work over a `Session`; see `protocols.UnitOfWork`.

    Args:
        session: Made from the host's connection.
        actor: On whose behalf; the audit log names it.
        cipher: Seals secrets. Without one they are refused.
    """

    users: SqlUsers
    distributors: SqlDistributors
    territories: SqlTerritories
    trees: SqlTrees
    contacts: SqlContacts
    tasks: SqlTasks
    customers: SqlCustomers
    categories: SqlCategories
    products: SqlProducts
    orders: SqlOrders
    auto_ships: SqlAutoShips
    ranks: SqlRanks
    periods: SqlPeriods
    plans: SqlPlans
    runs: SqlRuns
    ledger: SqlLedger
    carry: SqlCarry
    rank_history: SqlRankHistories
    payouts: SqlPayouts
    events: SqlPersonEvents
    cases: SqlComplianceCases
    secrets: SqlSecrets
    audit: SqlAuditLogs
    erasures: SqlErasures
    snapshots: SqlSnapshots
    columns: SqlColumns

    def __init__(self, session: Session, actor: Actor = NOBODY, *, cipher: Cipher | None = None) -> None:
        self.actor = actor
        self._session = session
        self._cipher = cipher
        self._block: AbstractContextManager[None] | None = None
        self._context: Context | None = None
        self._open: _WhileOpen | None = None
        self._before: Mapping[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        # Asked only where there is no such attribute: a repository, before the unit is entered or after it has ended.
        if name in _REPOSITORIES:
            self._entered()
        raise AttributeError(name)

    @property
    def now(self) -> datetime:
        """The unit's instant, aware: the transaction's."""
        return self._entered().now

    def lock_period(self, period_id: str, /) -> None:
        """Hold a period for this unit alone, until the transaction ends."""
        self._entered()
        self.periods.get(period_id)
        self._session.rows("unit_lock_period", {"schema": self._session.schema, "period_id": period_id})

    def savepoint(self) -> AbstractContextManager[None]:
        """A block that is kept or undone as a whole within this unit: a savepoint of the transaction."""
        return self._entered().session.savepoint()

    def __enter__(self) -> Self:
        """Begin."""
        if self._block is not None:
            raise RefusedError("this unit of work was entered before; make a new one")
        self._block = self._session.unit()
        self._block.__enter__()
        try:
            settings = _settings(self.actor)
            row = self._session.rows("unit_begin", settings)[0]
        except BaseException as error:
            self._block.__exit__(type(error), error, error.__traceback__)
            raise
        self._before = {name: row[name] for name in settings}
        now = row["now"].astimezone(UTC)
        self._open = _WhileOpen(self._session)
        self._context = Context(session=cast("Session", self._open), cipher=self._cipher, now=now)
        self._bind(self._context)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Keep, or undo."""
        self._entered()
        block = self._block
        self._unbind()
        if kind is None:
            try:
                # What the schema checks at the end of a transaction, it checks at the end of the unit, so that the unit
                # that wrote it gets the error, not the host's commit.
                self._session.rows("unit_end", self._before)
            except BaseException as late:
                _end(block, late)
                raise
        _end(block, error)

    def _entered(self) -> Context:
        if self._context is None:
            raise RefusedError("this unit of work is used inside its with block only")
        return self._context

    def _unbind(self) -> None:
        self._context = None
        if self._open is not None:
            self._open.end()
        for name in _REPOSITORIES:
            delattr(self, name)

    def _bind(self, context: Context) -> None:
        for name, repository in _REPOSITORIES.items():
            setattr(self, name, repository(context))


_REPOSITORIES: Mapping[str, Callable[[Context], object]] = {
    "users": guarded(SqlUsers, protocols.Users),
    "distributors": guarded(SqlDistributors, protocols.Distributors),
    "territories": guarded(SqlTerritories, protocols.Territories),
    "trees": guarded(SqlTrees, protocols.Trees),
    "contacts": guarded(SqlContacts, protocols.Contacts),
    "tasks": guarded(SqlTasks, protocols.Tasks),
    "customers": guarded(SqlCustomers, protocols.Customers),
    "categories": guarded(SqlCategories, protocols.Categories),
    "products": guarded(SqlProducts, protocols.Products),
    "orders": guarded(SqlOrders, protocols.Orders),
    "auto_ships": guarded(SqlAutoShips, protocols.AutoShips),
    "ranks": guarded(SqlRanks, protocols.Ranks),
    "periods": guarded(SqlPeriods, protocols.Periods),
    "plans": guarded(SqlPlans, protocols.Plans),
    "runs": guarded(SqlRuns, protocols.Runs),
    "ledger": guarded(SqlLedger, protocols.Ledger),
    "carry": guarded(SqlCarry, protocols.Carry),
    "rank_history": guarded(SqlRankHistories, protocols.RankHistories),
    "payouts": guarded(SqlPayouts, protocols.Payouts),
    "events": guarded(SqlPersonEvents, protocols.PersonEvents),
    "cases": guarded(SqlComplianceCases, protocols.ComplianceCases),
    "secrets": guarded(SqlSecrets, protocols.Secrets),
    "audit": guarded(SqlAuditLogs, protocols.AuditLogs),
    "erasures": guarded(SqlErasures, protocols.Erasures),
    "snapshots": guarded(SqlSnapshots, protocols.Snapshots),
    "columns": guarded(SqlColumns, protocols.Columns),
}


class _WhileOpen:
    """The session as a unit's repositories see it: gone when the unit has ended, also for who kept a repository."""

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session

    def __getattr__(self, name: str) -> Any:
        if self._session is None:
            raise RefusedError("this unit of work has ended; make a new one")
        return getattr(self._session, name)

    def end(self) -> None:
        """Let nothing through any more."""
        self._session = None


def _end(block: AbstractContextManager[None] | None, error: BaseException | None) -> None:
    if block is not None:
        block.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def _settings(actor: Actor) -> dict[str, str]:
    return {
        "actor_id": str(actor.user_id or ""),
        "request_id": actor.request_id or "",
        "session_id": actor.session_id or "",
        "ip_address": actor.ip_address or "",
        "user_agent": actor.user_agent or "",
    }
