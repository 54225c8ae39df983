"""Payouts, debts and claims in memory."""

from datetime import datetime
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.commissions import CommissionRun, Debt, Payout
from mlmcore.domain.enums import KycStatus, PayoutStatus
from mlmcore.domain.money import Money
from mlmcore.repositories.commission_rules import refuse_debt_changes, refuse_debt_of_nothing, refuse_payout_changes
from mlmcore.repositories.held import HELD, held_amounts
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table
from mlmcore.repositories.memory.commissions import MemoryCarry, MemoryPeriods, MemoryRuns
from mlmcore.repositories.memory.ledger import MemoryLedger
from mlmcore.repositories.memory.people import MemoryDistributors, MemoryUsers
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.values import Claim

__all__ = ["MemoryPayouts"]

_PAYOUTS: Final[Table[Payout]] = Table(
    name="payouts",
    entity="payout",
    key=lambda payout: payout.id,
    uniques={
        "distributor_id_period_id_currency": lambda payout: (
            (payout.distributor_id, payout.period_id, payout.currency) if payout.period_id else None
        )
    },
    references={"distributor_id": "distributors", "period_id": "commission_periods"},
    machines={"status": machines.PAYOUT},
    instants=("requested_at",),
)
_DEBTS: Final[Table[Debt]] = Table(
    name="debts",
    entity="debt",
    key=lambda debt: debt.id,
    references={"distributor_id": "distributors", "period_id": "commission_periods"},
)


class MemoryPayouts(Aggregate[Payout]):
    """Payouts and debts; see `protocols.Payouts`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _PAYOUTS)
        self._debts = Rows(context, _DEBTS)

    def get_for_update(self, payout_id: UUID, /) -> Payout:
        """Return a payout, which nobody else changes until the unit ends."""
        return self._rows.get(payout_id)

    def find_by_period(self, distributor_id: UUID, period_id: str, currency: str, /) -> Payout | None:
        """Return the payout of somebody for a period in a currency, or None."""
        return self._rows.find_by("distributor_id_period_id_currency", (distributor_id, period_id, currency))

    def update(self, payout: Payout, /) -> Payout:
        """Replace a stored payout."""
        before = self._rows.get(payout.id)
        refuse_payout_changes(before, payout)
        return self._rows.update(payout)

    def list_by_period(self, period_id: str, /) -> tuple[Payout, ...]:
        """Return a period's payouts, by distributor, then currency."""
        return self._rows.select(
            lambda payout: payout.period_id == period_id,
            lambda payout: (payout.distributor_id, payout.currency),
        )

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Payout, ...]:
        """Return somebody's payouts, by id."""
        return self._rows.select(lambda payout: payout.distributor_id == distributor_id)

    def list_by_status(self, status: PayoutStatus, /) -> tuple[Payout, ...]:
        """Return the payouts of a status, by id."""
        return self._rows.select(lambda payout: payout.status == status)

    def page(
        self, after: UUID | None = None, limit: int = 1000, *, status: PayoutStatus | None = None
    ) -> tuple[Payout, ...]:
        """Return the next payouts (of a status), by id."""
        checked_limit(limit)
        chosen = self._rows.select(
            lambda payout: (status is None or payout.status == status) and (after is None or payout.id > after)
        )
        return chosen[:limit]

    def queue(self, after: UUID | None = None, limit: int = 100) -> tuple[Payout, ...]:
        """Return the next payouts that wait for approval, after one that may have left the queue since."""
        checked_limit(limit)
        start = None if after is None else _place(self._rows.get(after))
        chosen = self._rows.select(
            lambda payout: _waits(payout) and (start is None or _place(payout) > start),
            _place,
        )
        return chosen[:limit]

    def claims(self, period_id: str, /) -> tuple[Claim, ...]:
        """Return what everybody may claim for a period, and what decides whether it is paid."""
        earned = MemoryLedger(self._context).balances(period_id)
        held = self._held_before(period_id)
        owed = self._owed()
        keys = sorted({*earned, *held, *owed})
        return tuple(self._claim(key, earned, held, owed) for key in keys)

    def get_debt(self, debt_id: UUID, /) -> Debt:
        """Return a debt."""
        return self._debts.get(debt_id)

    def add_debt(self, debt: Debt, /) -> Debt:
        """Store a new debt."""
        refuse_debt_of_nothing(debt)
        return self._debts.add(debt)

    def update_debt(self, debt: Debt, /) -> Debt:
        """Replace a stored debt."""
        before = self._debts.get(debt.id)
        refuse_debt_changes(before, debt)
        return self._debts.update(debt)

    def list_debts(self, distributor_id: UUID, /) -> tuple[Debt, ...]:
        """Return somebody's debts, the oldest first, then by id."""
        return self._debts.select(
            lambda debt: debt.distributor_id == distributor_id, lambda debt: (debt.created_at, debt.id)
        )

    def _held_before(self, period_id: str) -> dict[tuple[UUID, str], Money]:
        before = MemoryPeriods(self._context).previous(period_id)
        run = self._official(before.id) if before else None
        if run is None:
            return {}
        values = MemoryCarry(self._context).list_by_run(run.id, HELD)
        return {
            (value.distributor_id, item.currency): item
            for value in values
            if value.distributor_id is not None
            for item in held_amounts(value)
            if self.find_by_period(value.distributor_id, value.period_id, item.currency) is None
        }

    def _official(self, period_id: str) -> CommissionRun | None:
        return MemoryRuns(self._context).find_official(period_id)

    def _owed(self) -> dict[tuple[UUID, str], Money]:
        owed: dict[tuple[UUID, str], Money] = {}
        for debt in self._debts.values():
            if debt.settled < debt.amount:
                key = (debt.distributor_id, debt.currency)
                owed[key] = owed.get(key, Money.zero(debt.currency)) + debt.amount - debt.settled
        return owed

    def _claim(
        self,
        key: tuple[UUID, str],
        earned: "dict[tuple[UUID, str], Money]",
        held: "dict[tuple[UUID, str], Money]",
        owed: "dict[tuple[UUID, str], Money]",
    ) -> Claim:
        person, currency = key
        distributor = MemoryDistributors(self._context).get(person)
        profile = MemoryUsers(self._context).find_profile(person)
        nothing = Money.zero(currency)
        return Claim(
            distributor_id=person,
            earned=earned.get(key, nothing),
            held=held.get(key, nothing),
            owed=owed.get(key, nothing),
            status=distributor.status,
            kyc_status=profile.kyc_status if profile else KycStatus.PENDING,
            method=distributor.payout_method,
        )


def _waits(payout: Payout) -> bool:
    return payout.status == PayoutStatus.REQUESTED and payout.held_reason is None


def _place(payout: Payout) -> tuple[datetime | None, UUID]:
    return payout.requested_at, payout.id
