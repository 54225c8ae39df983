"""How an amount that was held back from a payout is written down: as a carried value of the run, by currency.

`{"USD": {"amount": "12.34", "reason": "below_minimum"}}` under the name `payout.held`.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from mlmcore.domain.commissions import CommissionCarry, CommissionRun
from mlmcore.domain.money import Money

__all__ = ["DRAWN_UP", "HELD", "held_amounts", "held_value"]

HELD: Final = "payout.held"
"""The name of somebody's held amounts."""
DRAWN_UP: Final = "payout.drawn_up"
"""The name of the company's value that says how a period's payouts were drawn up."""


def held_amounts(value: CommissionCarry) -> tuple[Money, ...]:
    """Return what a carried value holds back, one amount per currency."""
    return tuple(Money.of(item["amount"], currency) for currency, item in sorted(value.value.items()))


def held_value(run: CommissionRun, distributor_id: UUID, amounts: Iterable[tuple[Money, str]]) -> CommissionCarry:
    """Return the carried value that holds amounts back, each with its reason."""
    return CommissionCarry(
        run_id=run.id,
        period_id=run.period_id,
        distributor_id=distributor_id,
        name=HELD,
        value={item.currency: {"amount": str(item.amount), "reason": reason} for item, reason in amounts},
    )
