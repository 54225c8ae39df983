"""A calculated month for the contracts: a successor with a few lines, made by hand rather than by the engine."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.lines import (
    NO_RATE,
    AccountLines,
    AccountSegment,
    LedgerLines,
    Reason,
    Segment,
    UnpaidLines,
    UnpaidSegment,
)
from mlmcore.domain.enums import PeriodStatus, RunStatus
from mlmcore.domain.people import Distributor
from mlmcore.domain.sales import Order
from mlmcore.repositories.line_ids import run_id
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.values import Successor
from mlmcore.testing.contracts._support import (
    a_line,
    a_period,
    a_plan,
    a_run,
    make_distributor,
    make_shop,
    move_period,
    paid_order,
)

__all__ = ["a_scene", "a_successor", "keys_of"]


def a_scene(unit: UnitOfWork) -> tuple[list[Distributor], Order, UUID]:
    """Store two people, an order, and March calculating with an adjustment of five dollars to the first.

    Returns:
        The people, the order, and the adjustment's id.
    """
    shop, other = make_shop(unit), make_distributor(unit)
    order = unit.orders.add(paid_order(shop, datetime(2026, 3, 10, tzinfo=UTC)))
    unit.periods.add(a_period())
    adjustment = unit.ledger.add(a_line(shop.distributor))
    unit.plans.add(a_plan())
    move_period(unit, "2026-03", PeriodStatus.CLOSED, PeriodStatus.CALCULATING)
    return [shop.distributor, other], order, adjustment.id


def keys_of(uuids: Sequence[UUID]) -> NDArray[np.uint64]:
    """Return UUIDs as `uint64[n, 2]`."""
    mask = (1 << 64) - 1
    return np.array([[key.int >> 64, key.int & mask] for key in uuids], dtype=np.uint64).reshape(-1, 2)


def a_successor(
    people: Sequence[Distributor],
    order: Order,
    cents: Sequence[int],
    *,
    period_id: str = "2026-03",
    salt: str = "",
    **changes: Any,
) -> Successor:
    """Return a successor: a unilevel line per amount, going round the people; one unpaid line of a third of a cent,
    and one account line of a dollar.
    """  # noqa: D205 - one sentence that needs two lines
    digest = hashlib.sha256(f"{period_id} {list(cents)} {salt}".encode()).hexdigest()
    paid = Decimal(sum(cents) + 100) / 100
    unpaid = Decimal("0.003333333333")
    run = a_run(
        id=run_id(digest),
        period_id=period_id,
        official=True,
        status=RunStatus.CALCULATED,
        input_digest=digest,
        result_digest=digest,
        line_count=len(cents),
        unpaid_count=1,
        paid=paid,
        unpaid=unpaid,
        entitled=paid + unpaid,
    )
    successor = Successor(
        run=run,
        digest=digest,
        people=keys_of([person.user_id for person in people]),
        orders=keys_of([order.id]),
        lines=_lines(len(people), cents),
        unpaid=_unpaid(),
        accounts=_accounts(),
        carried={
            "volume": Column.numbers([Decimal("1.50")] + [None] * (len(people) - 1), unit="points"),
            "rank.best": Column.texts([None] * (len(people) - 1) + ["gold"]),
        },
    )
    return evolve(successor, **changes)


def _traced(count: int) -> dict[str, Any]:
    """The columns that say where a line comes from: the first order, level 1, 5 percent of 10 dollars."""
    return {
        "type": "unilevel",
        "source": np.zeros(count, dtype=np.int32),
        "order": np.zeros(count, dtype=np.int32),
        "level": np.ones(count, dtype=np.int32),
        "base": np.full(count, 1000, dtype=np.int64),
        "base_places": 2,
        "rate": np.full(count, 5, dtype=np.int64),
        "rate_places": 2,
    }


def _lines(people: int, cents: Sequence[int]) -> LedgerLines:
    return LedgerLines(
        (
            Segment(
                bonus="unilevel",
                payee=np.arange(len(cents), dtype=np.int32) % np.int32(people),
                amount=np.array(cents, dtype=np.int64),
                **_traced(len(cents)),
            ),
        )
    )


def _unpaid() -> UnpaidLines:
    return UnpaidLines(
        (
            UnpaidSegment(
                bonus="unilevel",
                payee=np.array([-1], dtype=np.int32),
                amount=np.array([3333333333], dtype=np.int64),
                amount_places=12,
                reason=np.array([Reason.NO_UPLINE], dtype=np.uint8),
                **_traced(1),
            ),
        )
    )


def _accounts() -> AccountLines:
    columns = {
        **_traced(1),
        "source": np.array([-1], dtype=np.int32),
        "order": np.array([-1], dtype=np.int32),
        "level": np.array([-1], dtype=np.int32),
        "rate": np.array([NO_RATE], dtype=np.int64),
    }
    segment = AccountSegment(
        bonus="house_share",
        account=np.zeros(1, dtype=np.int16),
        payee=np.array([-1], dtype=np.int32),
        amount=np.array([100], dtype=np.int64),
        **columns,
    )
    return AccountLines((segment,), accounts=("house",))
