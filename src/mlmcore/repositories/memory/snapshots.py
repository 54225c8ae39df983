"""A period of the in-memory store as columns: the plain way, row by row.

Which orders and refunds count, and on which day, is decided here from the domain's rule; how values become columns
stands in `snapshot_columns`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np
from attrs import frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Edges, Moves, Orders, People, RunInputs, State
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.errors import Findings
from mlmcore.domain.money import Money
from mlmcore.domain.orders_rule import counting_day, counts
from mlmcore.domain.people import Distributor
from mlmcore.domain.periods import Period
from mlmcore.domain.sales import Customer, Order, OrderRefund
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.carried import state_of
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._event_rows import MemoryEventRows
from mlmcore.repositories.memory._trees import TreeKeeper
from mlmcore.repositories.memory.commissions import MemoryCarry, MemoryPeriods, MemoryRuns
from mlmcore.repositories.memory.network import MemoryTrees
from mlmcore.repositories.memory.sales import MemoryOrders
from mlmcore.repositories.moves import at_the_end, first_places_and_moves
from mlmcore.repositories.snapshot_columns import declared_column, first_day, money_of_orders, taken_back
from mlmcore.repositories.snapshot_events import read_events
from mlmcore.repositories.values import Snapshot

__all__ = ["MemorySnapshots"]

_EPOCH: Final = date(1970, 1, 1)
_TREES: Final[Mapping[str, tuple[str, str | None]]] = {
    "sponsor": ("sponsor_id", "sponsor_leg"),
    "placement": ("placement_id", "placement_leg"),
    "enroller": ("enroller_id", None),
}


@frozen(kw_only=True)
class _Row:
    """One row of a run's orders: an order, or a refund of it."""

    order: Order
    refund: OrderRefund | None
    day: date

    @property
    def key(self) -> UUID:
        return self.order.id if self.refund is None else self.refund.id

    @property
    def where(self) -> str:
        return f"orders {self.order.id}" if self.refund is None else f"order_refunds {self.refund.id}"


class MemorySnapshots:
    """Snapshots; see `protocols.Snapshots`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._orders = MemoryOrders(context)

    def read(self, period_id: str, plan: Plan, /) -> Snapshot:
        """Return the inputs of a run of this plan over this period."""
        period = MemoryPeriods(self._context).get(period_id).period
        findings = Findings()
        people = self._people(period)
        rows = sorted(self._rows(period, first_day(plan, period), findings), key=lambda row: row.key)
        columns = _people_columns(plan, people, findings)
        trees, moves = _edges(plan, people, findings), dict[str, Moves]()
        if plan.tree_as_of == "sale":
            history = partial(MemoryTrees(self._context).history, timezone=period.timezone)
            trees, moves = first_places_and_moves(trees, columns.ids, period, history)
        else:
            trees = at_the_end(trees, columns.ids, partial(TreeKeeper(self._context).stood_before, period.end_instant))
        inputs = RunInputs(
            period=period,
            people=columns,
            trees=trees,
            moves=moves,
            orders=self._order_columns(plan, people, rows, findings),
            events=read_events(plan, period, columns.ids, MemoryEventRows(self._context), findings),
            company=self._company(period_id),
            previous=self._previous(period_id),
        )
        findings.raise_if_any()
        return Snapshot(inputs=inputs, source_orders=_keys([row.order.id for row in rows]))

    def _people(self, period: Period) -> list[Distributor]:
        everybody: Iterable[Distributor] = self._context.state.read("distributors").values()
        return sorted(
            (person for person in everybody if person.join_date < period.end), key=lambda person: person.user_id
        )

    def _rows(self, period: Period, first: date, findings: Findings) -> Iterator[_Row]:
        """Yield what counts from a first day to the period's end, and the earlier originals of refunds (S3, S4)."""
        for order_id in self._context.state.read("orders"):
            order = self._orders.get(order_id)
            if order.paid_at is None and order.status == OrderStatus.PENDING:
                continue
            yield from self._rows_of(order, period, first, findings)

    def _rows_of(self, order: Order, period: Period, first: date, findings: Findings) -> Iterator[_Row]:
        day = counting_day(order, period.timezone)
        if day >= period.end:
            return
        dated = [
            _Row(order=order, refund=refund, day=period.day_of(refund.refunded_at))
            for refund in self._orders.list_refunds(order.id)
        ]
        within = [row for row in dated if first <= row.day < period.end]
        if order.status == OrderStatus.CANCELLED:
            for row in within:
                findings.add(
                    code="snapshot.cancelled",
                    what=f"is a refund of the cancelled order {order.order_number}, which may have counted or not",
                    todo="move the order to refunded, or date the refund into the period in which it was cancelled",
                    path=row.where,
                )
            return
        earlier = day < first
        if earlier and not within:
            return
        its_end = period.start if day < period.start else period.end
        if earlier or _counted(order, any(row.day >= its_end for row in dated)):
            yield _Row(order=order, refund=None, day=day)
            yield from within

    def _order_columns(
        self, plan: Plan, people: Sequence[Distributor], rows: Sequence[_Row], findings: Findings
    ) -> Orders:
        row_of = {person.user_id: index for index, person in enumerate(people)}
        row_of_order = {row.order.id: index for index, row in enumerate(rows) if row.refund is None}
        customers: Mapping[UUID, Customer] = self._context.state.read("customers")
        codes = {key: code for code, key in enumerate(sorted({row.order.customer_id for row in rows}))}
        for row in rows:
            _find_strangers(plan, row, row_of, findings)
        return Orders(
            ids=IdIndex.from_uuids([row.key for row in rows]),
            date=_ints((row.day - _EPOCH).days for row in rows),
            seller=_ints(row_of.get(row.order.distributor_id, -1) for row in rows),
            buyer=_ints(_buyer(customers[row.order.customer_id], row_of) for row in rows),
            customer=_ints(codes[row.order.customer_id] for row in rows),
            customers=tuple(str(key) for key in codes),
            refund_of=_ints(-1 if row.refund is None else row_of_order[row.order.id] for row in rows),
            volumes=_volumes(plan, rows, findings),
        )

    def _company(self, period_id: str) -> dict[str, Decimal]:
        return {figure.name: figure.value for figure in MemoryPeriods(self._context).list_inputs(period_id)}

    def _previous(self, period_id: str) -> State:
        before = MemoryPeriods(self._context).previous(period_id)
        run = MemoryRuns(self._context).find_official(before.id) if before else None
        return State.empty() if run is None else state_of(MemoryCarry(self._context).list_by_run(run.id))


def _counted(order: Order, refunded_later: bool) -> bool:
    """Whether an order counts as things stood at the end of the period in which its day lies."""
    if counts(order.status, order.payment_status):
        return True
    refunded = order.status == OrderStatus.REFUNDED or order.payment_status == PaymentStatus.REFUNDED
    return refunded and refunded_later


def _find_strangers(plan: Plan, row: _Row, row_of: Mapping[UUID, int], findings: Findings) -> None:
    if row.order.distributor_id not in row_of:
        findings.add(
            code="snapshot.seller",
            what=f"distributor {row.order.distributor_id}, who sold it, joined after the period",
            todo="correct the order's day or the distributor's join_date",
            path=row.where,
        )
    money = money_of_orders(plan)
    if money and row.order.currency != plan.currency:
        findings.add(
            code="snapshot.currency",
            what=f"is in {row.order.currency}, and the plan counts {', '.join(money)} in {plan.currency}",
            todo="calculate it with a plan of its own currency",
            path=row.where,
        )


def _people_columns(plan: Plan, people: Sequence[Distributor], findings: Findings) -> People:
    attributes = {
        name: declared_column(
            declared,
            [(f"distributors {person.user_id} attributes.{name}", person.attributes.get(name)) for person in people],
            findings,
            required=False,
        )
        for name, declared in plan.inputs.attributes.items()
    }
    return People(
        ids=IdIndex.from_uuids([person.user_id for person in people]),
        status=Column.texts([person.status.value for person in people]),
        joined=_ints((person.join_date - _EPOCH).days for person in people),
        attributes=attributes,
    )


def _edges(plan: Plan, people: Sequence[Distributor], findings: Findings) -> dict[str, Edges]:
    row_of = {person.user_id: index for index, person in enumerate(people)}
    trees = {}
    for name in plan.inputs.trees:
        if name not in _TREES:
            findings.add(
                code="snapshot.tree",
                what=f"the plan's tree {name!r} is not stored",
                todo=f"stored trees are {', '.join(_TREES)}",
                path="inputs.trees",
            )
            continue
        parent, leg = _TREES[name]
        parents = [row_of.get(getattr(person, parent), -1) for person in people]
        legs = [getattr(person, leg) or 0 if leg else 0 for person in people]
        trees[name] = Edges(
            parent=_ints(parents), leg=_ints(leg if up >= 0 else 0 for up, leg in zip(parents, legs, strict=True))
        )
    return trees


def _volumes(plan: Plan, rows: Sequence[_Row], findings: Findings) -> dict[str, Column]:
    declared: dict[str, InputColumn] = {**plan.inputs.volumes, **plan.inputs.order_columns}
    return {
        name: declared_column(
            column,
            [(f"{row.where} {name}", _volume(row, name, column)) for row in rows],
            findings,
            required=name in plan.inputs.volumes,
        )
        for name, column in declared.items()
    }


def _volume(row: _Row, name: str, declared: InputColumn) -> Any:
    """Return one volume of one row: of a refund, what it takes back, as a negative number (S5)."""
    if row.refund is None:
        own: Mapping[str, Any] = {"pv": row.order.pv, "subtotal": row.order.subtotal, "total": row.order.total}
        given = row.order.volumes
    else:
        back = sum((item.amount for item in row.refund.items), Money.zero(row.refund.currency))
        pv = sum((item.pv for item in row.refund.items), Decimal(0))
        own = {"pv": pv, "subtotal": back, "total": row.refund.amount}
        given = row.refund.volumes if declared.kind == "number" else row.order.volumes
    value = own.get(name, given.get(name))
    if isinstance(value, Money):
        value = value.amount
    if row.refund is None or declared.kind != "number":
        return value
    return -value if name in own else taken_back(value, row.order.volumes.get(name))


def _buyer(customer: Customer, row_of: Mapping[UUID, int]) -> int:
    return -1 if customer.user_id is None else row_of.get(customer.user_id, -1)


def _ints(values: Iterable[int]) -> "np.ndarray[Any, np.dtype[np.int32]]":
    return np.fromiter(values, dtype=np.int32)


def _keys(uuids: Sequence[UUID]) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    mask = (1 << 64) - 1
    return np.array([[key.int >> 64, key.int & mask] for key in uuids], dtype=np.uint64).reshape(-1, 2)
