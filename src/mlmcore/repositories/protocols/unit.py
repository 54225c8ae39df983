"""The unit of work: all the repositories over one state, kept or undone together, and on whose behalf."""

from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from attrs import frozen

from mlmcore.repositories.protocols.auto_ship import AutoShips
from mlmcore.repositories.protocols.columns import Columns
from mlmcore.repositories.protocols.commissions import (
    Carry,
    Ledger,
    Payouts,
    Periods,
    Plans,
    RankHistories,
    Ranks,
    Runs,
)
from mlmcore.repositories.protocols.compliance import ComplianceCases
from mlmcore.repositories.protocols.crm import Contacts, Tasks
from mlmcore.repositories.protocols.erasures import Erasures
from mlmcore.repositories.protocols.events import PersonEvents
from mlmcore.repositories.protocols.network import Trees
from mlmcore.repositories.protocols.people import Customers, Distributors, Territories, Users
from mlmcore.repositories.protocols.records import AuditLogs, Snapshots
from mlmcore.repositories.protocols.sales import Categories, Orders, Products
from mlmcore.repositories.protocols.secrets import Secrets

__all__ = ["NOBODY", "Actor", "UnitOfWork", "UnitOfWorkFactory"]


@frozen(kw_only=True)
class Actor:
    """On whose behalf a unit of work acts; the audit log names it.

    Attributes:
        user_id: The user, or None for the system itself.
        request_id: The host's request, at most 100 characters.
        session_id: The host's session, at most 100 characters.
        ip_address: Where the request came from.
        user_agent: With what.
    """

    user_id: UUID | None = None
    request_id: str | None = None
    session_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


NOBODY = Actor()
"""No actor: the system itself."""


class UnitOfWork(Protocol):
    """A context manager whose attributes are the repositories.

    - **Z1** Leaving normally keeps everything; leaving by an exception undoes everything and lets the exception
      through.
    - **Z2** What a unit has written it reads; others read it only once it is kept.
    - **Z3** A unit is entered once, and used only inside its block (`RefusedError`).
    - **Z4** `now` is the same instant throughout a unit.
    - **Z5** `lock_period` holds until the unit ends; a second unit that asks meanwhile waits or gets
      `TransientError`, and asking twice in one unit is fine. A period that is not stored raises `NotFoundError`.
    - **Z6** Of two units that change the same thing at once, at most one is kept as if the other were not there; the
      other waits, or ends in `ConflictError` or `TransientError`.
    - **Z7** `savepoint` undoes what its block wrote when the block raises, lets the exception through, and leaves the
      unit as it was before; savepoints may stand in each other.
    """

    @property
    def actor(self) -> Actor:
        """On whose behalf."""
        ...

    @property
    def now(self) -> datetime:
        """The unit's instant, aware."""
        ...

    @property
    def users(self) -> Users:
        """Users and profiles."""
        ...

    @property
    def distributors(self) -> Distributors:
        """Distributors."""
        ...

    @property
    def territories(self) -> Territories:
        """Territories."""
        ...

    @property
    def trees(self) -> Trees:
        """The trees in which the distributors stand."""
        ...

    @property
    def contacts(self) -> Contacts:
        """Contacts."""
        ...

    @property
    def tasks(self) -> Tasks:
        """Tasks."""
        ...

    @property
    def customers(self) -> Customers:
        """Customers."""
        ...

    @property
    def categories(self) -> Categories:
        """Categories of products."""
        ...

    @property
    def products(self) -> Products:
        """Products."""
        ...

    @property
    def orders(self) -> Orders:
        """Orders."""
        ...

    @property
    def auto_ships(self) -> AutoShips:
        """Standing orders."""
        ...

    @property
    def ranks(self) -> Ranks:
        """Ranks."""
        ...

    @property
    def periods(self) -> Periods:
        """Periods and company figures."""
        ...

    @property
    def plans(self) -> Plans:
        """Plans."""
        ...

    @property
    def runs(self) -> Runs:
        """Runs."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        ...

    @property
    def carry(self) -> Carry:
        """Carried values."""
        ...

    @property
    def rank_history(self) -> RankHistories:
        """Rank history."""
        ...

    @property
    def payouts(self) -> Payouts:
        """Payouts and debts."""
        ...

    @property
    def events(self) -> PersonEvents:
        """Events of people."""
        ...

    @property
    def cases(self) -> ComplianceCases:
        """Compliance cases."""
        ...

    @property
    def secrets(self) -> Secrets:
        """What is sealed."""
        ...

    @property
    def audit(self) -> AuditLogs:
        """The audit log."""
        ...

    @property
    def erasures(self) -> Erasures:
        """Erasing people."""
        ...

    @property
    def snapshots(self) -> Snapshots:
        """Inputs of runs."""
        ...

    @property
    def columns(self) -> Columns:
        """Whole tables as columns."""
        ...

    def lock_period(self, period_id: str, /) -> None:
        """Hold a period for this unit alone, until it ends."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """A block that is kept or undone as a whole within this unit: `with unit.savepoint(): ...`."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None:
        """Keep, or undo."""
        ...


class UnitOfWorkFactory(Protocol):
    """Makes units of work: `with unit_of_work(actor) as unit: ...`."""

    def __call__(self, actor: Actor = NOBODY, /) -> UnitOfWork:
        """Return a new unit, not yet entered."""
        ...
