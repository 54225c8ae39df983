"""Payouts, and the debts that are netted against them."""

from typing import Any, Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.commissions import Debt, Payout
from mlmcore.domain.enums import DistributorStatus, KycStatus, PayoutMethod, PayoutStatus
from mlmcore.domain.money import Money
from mlmcore.repositories.commission_rules import refuse_debt_changes, refuse_debt_of_nothing, refuse_payout_changes
from mlmcore.repositories.held import HELD
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.values import Claim
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table
from mlmcore.sql.repositories.periods import SqlPeriods

__all__ = ["SqlPayouts"]

_PAYOUTS: Final = Table(
    name="payouts",
    entity="payout",
    type=Payout,
    machines={"status": machines.PAYOUT},
    instants=("requested_at",),
)
_DEBTS: Final = Table(name="debts", entity="debt", type=Debt)


class SqlPayouts(Aggregate[Payout]):
    """Payouts and debts; see `protocols.Payouts`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _PAYOUTS)
        self._debts = Rows(context, _DEBTS)
        self._periods = SqlPeriods(context)

    def get_for_update(self, payout_id: UUID, /) -> Payout:
        """Return a payout, which nobody else changes until the unit ends."""
        return self._rows.get_for_update(payout_id)

    def find_by_period(self, distributor_id: UUID, period_id: str, currency: str, /) -> Payout | None:
        """Return the payout of somebody for a period in a currency, or None."""
        rest = "WHERE distributor_id = %(person)s AND period_id = %(period)s AND currency = %(currency)s"
        return self._rows.one(rest, {"person": distributor_id, "period": period_id, "currency": currency})

    def update(self, payout: Payout, /) -> Payout:
        """Replace a stored payout."""
        with self._session.savepoint():
            refuse_payout_changes(self._rows.get_for_update(payout.id), payout)
            return self._rows.update(payout)

    def list_by_period(self, period_id: str, /) -> tuple[Payout, ...]:
        """Return a period's payouts, by distributor, then currency."""
        rest = "WHERE period_id = %(period)s ORDER BY distributor_id, currency"
        return self._rows.many(rest, {"period": period_id})

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Payout, ...]:
        """Return somebody's payouts, by id."""
        return self._rows.many("WHERE distributor_id = %(person)s ORDER BY id", {"person": distributor_id})

    def list_by_status(self, status: PayoutStatus, /) -> tuple[Payout, ...]:
        """Return the payouts of a status, by id."""
        return self._rows.many("WHERE status = %(status)s ORDER BY id", {"status": status.value})

    def page(
        self, after: UUID | None = None, limit: int = 1000, *, status: PayoutStatus | None = None
    ) -> tuple[Payout, ...]:
        """Return the next payouts (of a status), by id."""
        if status is None:
            return self._rows.page(after, limit)
        return self._rows.page(after, limit, where="status = %(status)s", parameters={"status": status.value})

    def queue(self, after: UUID | None = None, limit: int = 100) -> tuple[Payout, ...]:
        """Return the next payouts that wait for approval, after one that may have left the queue since."""
        checked_limit(limit)
        last = None if after is None else self._rows.get(after)
        start = "" if last is None else "AND (requested_at, id) > (%(at)s, %(id)s)"
        rest = f"WHERE status = 'requested' AND held_reason IS NULL {start} ORDER BY requested_at, id LIMIT %(limit)s"
        parameters = {} if last is None else {"at": last.requested_at, "id": last.id}
        return self._rows.many(rest, {**parameters, "limit": limit})

    def claims(self, period_id: str, /) -> tuple[Claim, ...]:
        """Return what everybody may claim for a period, and what decides whether it is paid."""
        before = self._periods.previous(period_id)
        parameters = {"period": period_id, "previous": before.id if before else None, "held": HELD}
        return tuple(_claim(row) for row in self._session.rows("payouts_claims", parameters))

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
        return self._debts.many("WHERE distributor_id = %(person)s ORDER BY created_at, id", {"person": distributor_id})


def _claim(row: dict[str, Any]) -> Claim:
    currency = row["currency"]
    return Claim(
        distributor_id=row["distributor_id"],
        earned=Money.of(row["earned"], currency),
        held=Money.of(row["held"], currency),
        owed=Money.of(row["owed"], currency),
        status=DistributorStatus(row["status"]),
        kyc_status=KycStatus(row["kyc_status"]),
        method=PayoutMethod(row["payout_method"]) if row["payout_method"] else None,
    )
