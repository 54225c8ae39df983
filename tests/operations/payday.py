"""A finalized month by hand, for the tests of payouts: what Ann, Bob and Cid earned, and policies that pay it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain.enums import KycStatus, PeriodStatus, RunStatus
from mlmcore.domain.people import Distributor
from mlmcore.operations.orders import pay_order, place_order
from mlmcore.operations.payout_policy import PayoutPolicy
from mlmcore.operations.periods import close_period, open_period
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._month import a_successor
from mlmcore.testing.contracts._support import a_plan, move_period
from operations.company import Company, usd

GENEROUS: Final = PayoutPolicy(minimum=usd("0.01"), fee={}, kyc_required=False, net_debts=False)


def finalized(company: Company, cents: Sequence[int], period_id: str = "2026-02") -> None:
    """Finalize a period in which Ann, Bob and Cid earned these amounts, by a run that is made by hand."""
    with company.store() as unit:
        if unit.plans.find("contract", "1") is None:
            unit.plans.add(a_plan())
        people: list[Distributor] = [unit.distributors.get(key) for key in (company.ann, company.bob, company.cid)]
        order = place_order(unit, company.order(f"O-{period_id}", company.ann))
        pay_order(unit, order.id, paid_at=datetime(2025, 12, 1, tzinfo=UTC))
        open_period(unit, period_id, timezone="UTC")
        close_period(unit, period_id)
        move_period(unit, period_id, PeriodStatus.CALCULATING)
        run = unit.ledger.replace(a_successor(people, order, cents, period_id=period_id))
        unit.runs.update(evolve(run, status=RunStatus.FINALIZED))
        move_period(unit, period_id, PeriodStatus.FINALIZED)


def change(unit: UnitOfWork, person: UUID, **changes: Any) -> None:
    """Change a distributor."""
    unit.distributors.update(evolve(unit.distributors.get(person), **changes))


def verify(unit: UnitOfWork, person: UUID) -> None:
    """Verify somebody's identity."""
    unit.users.update_profile(evolve(unit.users.get_profile(person), kyc_status=KycStatus.VERIFIED))
