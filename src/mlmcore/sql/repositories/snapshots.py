"""A period of the database as columns: fixed-width rows by binary COPY, put together in numpy.

Which orders and refunds count is said in `queries/snapshots.sql`; how stored values become a plan's columns stands in
`repositories.snapshot_columns`, the same for every store. A plan that declares nothing beyond PV, subtotal and total
is read without a Python object per row.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Edges, Moves, Orders, People, RunInputs, State
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.enums import DistributorStatus, GenealogyTree
from mlmcore.domain.errors import Findings
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.carried import state_of, uuid_of
from mlmcore.repositories.moves import Stood, at_the_end, first_places_and_moves
from mlmcore.repositories.snapshot_columns import declared_column, first_instant, money_of_orders, taken_back
from mlmcore.repositories.snapshot_events import read_events
from mlmcore.repositories.values import Snapshot
from mlmcore.sql.bulk import read_blocks
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._event_rows import SqlEventRows
from mlmcore.sql.repositories.carry import SqlCarry
from mlmcore.sql.repositories.network import SqlTrees
from mlmcore.sql.repositories.periods import SqlPeriods
from mlmcore.sql.repositories.runs import SqlRuns

__all__ = ["SqlSnapshots"]

Keys = NDArray[np.uint64]
Arrays = Mapping[str, NDArray[Any]]

_PEOPLE: Final = {
    "id": "uuid",
    "joined": "int4",
    "status": "int4",
    "has_sponsor": "bool",
    "sponsor": "uuid",
    "sponsor_leg": "int4",
    "has_placement": "bool",
    "placement": "uuid",
    "placement_leg": "int4",
    "has_enroller": "bool",
    "enroller": "uuid",
}
_ORDERS: Final = {
    "id": "uuid",
    "seller": "uuid",
    "customer": "uuid",
    "has_buyer": "bool",
    "buyer": "uuid",
    "day": "int4",
    "foreign": "bool",
    "pv": "int8",
    "subtotal": "int8",
    "total": "int8",
}
_REFUNDS: Final = {"id": "uuid", "order": "uuid", "day": "int4", "pv": "int8", "subtotal": "int8", "total": "int8"}
_TREES: Final = ("sponsor", "placement", "enroller")
_OWN_VOLUMES: Final = ("pv", "subtotal", "total")
_STORED_PLACES: Final = 2


class SqlSnapshots:
    """Snapshots; see `protocols.Snapshots`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._periods = SqlPeriods(context)
        self._runs = SqlRuns(context)
        self._carry = SqlCarry(context)
        self._events = SqlEventRows(context)
        self._trees = SqlTrees(context)

    def read(self, period_id: str, plan: Plan, /) -> Snapshot:
        """Return the inputs of a run of this plan over this period."""
        period = self._periods.get(period_id).period
        findings = Findings()
        people = read_blocks(self._session.copy_out("snapshot_people", {"end_day": period.end}), _PEOPLE)
        ids = IdIndex.from_keys(_keys(people["id"]))
        rows = self._orders(period, plan, findings)
        trees, moves = _edges(plan, ids, people, findings), dict[str, Moves]()
        if plan.tree_as_of == "sale":
            history = partial(self._trees.history, timezone=period.timezone)
            trees, moves = first_places_and_moves(trees, ids, period, history)
        else:
            trees = at_the_end(trees, ids, partial(self._stood_before, period.end_instant))
        inputs = RunInputs(
            period=period,
            people=self._people(plan, period, ids, people, findings),
            trees=trees,
            moves=moves,
            orders=self._order_columns(plan, ids, rows, findings),
            events=read_events(plan, period, ids, self._events, findings),
            company={figure.name: figure.value for figure in self._periods.list_inputs(period_id)},
            previous=self._previous(period_id),
        )
        findings.raise_if_any()
        return Snapshot(inputs=inputs, source_orders=rows.source)

    def _stood_before(self, instant: datetime, tree: GenealogyTree) -> list[Stood]:
        """Where those who moved in a tree from an instant on stood before their first such move."""
        rows = self._session.rows("snapshot_stood_before", {"tree": tree.value, "instant": instant})
        return [(row["distributor_id"], row["from_parent_id"], row["from_leg"] or 0) for row in rows]

    def _people(self, plan: Plan, period: Period, ids: IdIndex, people: Arrays, findings: Findings) -> People:
        attributes: dict[str, Column] = {}
        if plan.inputs.attributes:
            stored = self._session.rows("snapshot_attributes", {"end_day": period.end})
            for name, declared in plan.inputs.attributes.items():
                values = [
                    (f"distributors {row['user_id']} attributes.{name}", row["attributes"].get(name)) for row in stored
                ]
                attributes[name] = declared_column(declared, values, findings, required=False)
        statuses = [item.value for item in DistributorStatus]
        return People(
            ids=ids,
            status=Column.texts(statuses[code - 1] for code in people["status"].tolist()),
            joined=people["joined"],
            attributes=attributes,
        )

    def _orders(self, period: Period, plan: Plan, findings: Findings) -> "_Rows":
        span = {
            "first": first_instant(plan, period),
            "start": period.start_instant,
            "end": period.end_instant,
            "zone": period.timezone,
            "currency": plan.currency,
        }
        for row in self._session.rows("snapshot_cancelled", span):
            findings.add(
                code="snapshot.cancelled",
                what=f"is a refund of order {row['order_number']}, which is cancelled: "
                "nobody can know whether it counted",
                todo="move the order to refunded, or date the refund into the period in which it was cancelled",
                path=f"order_refunds {row['id']}",
            )
        orders = read_blocks(self._session.copy_out("snapshot_orders", span), _ORDERS)
        refunds = read_blocks(self._session.copy_out("snapshot_refunds", span), _REFUNDS)
        return _Rows.together(orders, refunds)

    def _order_columns(self, plan: Plan, people: IdIndex, rows: "_Rows", findings: Findings) -> Orders:
        seller = people.find(rows.seller)
        _find_strangers(plan, rows, seller, findings)
        customer, customers = _coded(rows.customer)
        buyer = np.where(rows.has_buyer, people.find(rows.buyer), -1).astype(np.int32)
        return Orders(
            ids=IdIndex.from_keys(rows.keys),
            date=rows.day,
            seller=seller,
            buyer=buyer,
            customer=customer,
            customers=customers,
            refund_of=rows.refund_of,
            volumes=self._volumes(plan, rows, findings),
        )

    def _volumes(self, plan: Plan, rows: "_Rows", findings: Findings) -> dict[str, Column]:
        declared: dict[str, InputColumn] = {**plan.inputs.volumes, **plan.inputs.order_columns}
        columns = {
            name: _own_volume(column, rows, name, findings)
            for name, column in declared.items()
            if name in _OWN_VOLUMES and column.kind == "number"
        }
        further = {name: column for name, column in declared.items() if name not in columns}
        if further:
            stored = self._stored_volumes(rows)
            for name, column in further.items():
                values = [(f"{rows.where(at)} {name}", rows.given(at, name, column, stored)) for at in range(len(rows))]
                columns[name] = declared_column(column, values, findings, required=name in plan.inputs.volumes)
        return columns

    def _stored_volumes(self, rows: "_Rows") -> dict[UUID, Mapping[str, Any]]:
        keys = [uuid_of(key) for key in rows.keys]
        parameters = {
            "orders": [uuid_of(key) for key in rows.source],
            "refunds": [key for key, of in zip(keys, rows.refund_of.tolist(), strict=True) if of >= 0],
        }
        return {row["id"]: row["volumes"] for row in self._session.rows("snapshot_volumes", parameters)}

    def _previous(self, period_id: str) -> State:
        before = self._periods.previous(period_id)
        run = self._runs.find_official(before.id) if before else None
        return State.empty() if run is None else state_of(self._carry.list_by_run(run.id))


@frozen(kw_only=True, eq=False)
class _Rows:
    """Orders and refunds as the rows of one run, by key.

    Attributes:
        keys: uint64[m, 2]: the order's key, or the refund's.
        source: uint64[m, 2]: the key of the stored order behind the row.
        seller, customer, buyer: uint64[m, 2]; `buyer` holds where `has_buyer` does.
        day: int32[m]: days since 1970-01-01.
        foreign: bool[m]: whether the order is in another currency than the plan's.
        refund_of: int32[m]: the row of the original, -1 for an order.
        own: int64[m] each: PV, subtotal and total in hundredths; negative for refunds.
    """

    keys: Keys
    source: Keys
    seller: Keys
    customer: Keys
    buyer: Keys
    has_buyer: NDArray[np.bool_]
    foreign: NDArray[np.bool_]
    day: NDArray[np.int32]
    refund_of: NDArray[np.int32]
    own: Mapping[str, NDArray[np.int64]]

    @classmethod
    def together(cls, orders: Arrays, refunds: Arrays) -> "_Rows":
        """Orders with the refunds of theirs; refunds of orders that don't count are left out."""
        original = IdIndex.from_keys(_keys(orders["id"])).find(refunds["order"])
        known = original >= 0
        original = original[known]
        refund = {name: values[known] for name, values in refunds.items()}
        keys = np.concatenate([orders["id"], refund["id"]])
        by_key = np.lexsort((keys[:, 1], keys[:, 0]))
        place = np.empty(len(keys), dtype=np.int32)
        place[by_key] = np.arange(len(keys), dtype=np.int32)
        refund_of = np.concatenate([np.full(len(orders["id"]), -1, dtype=np.int32), place[original]])

        def of_order(name: str) -> NDArray[Any]:
            return np.concatenate([orders[name], orders[name][original]])[by_key]

        return cls(
            keys=keys[by_key],
            source=of_order("id"),
            seller=of_order("seller"),
            customer=of_order("customer"),
            buyer=of_order("buyer"),
            has_buyer=of_order("has_buyer"),
            foreign=of_order("foreign"),
            day=np.concatenate([orders["day"], refund["day"]])[by_key],
            refund_of=refund_of[by_key].astype(np.int32),
            own={name: np.concatenate([orders[name], -refund[name]])[by_key] for name in _OWN_VOLUMES},
        )

    def __len__(self) -> int:
        return len(self.keys)

    def where(self, at: int) -> str:
        """Where a row is stored, for findings."""
        table = "orders" if self.refund_of[at] < 0 else "order_refunds"
        return f"{table} {uuid_of(self.keys[at])}"

    def given(self, at: int, name: str, declared: InputColumn, stored: Mapping[UUID, Mapping[str, Any]]) -> Any:
        """A further volume or column of a row: what was stored, of a refund what it takes back (S5)."""
        of_order = stored[uuid_of(self.source[at])].get(name)
        if self.refund_of[at] < 0 or declared.kind != "number":
            return of_order
        return taken_back(stored[uuid_of(self.keys[at])].get(name), of_order)


def _keys(values: NDArray[Any]) -> Keys:
    return values.astype(np.uint64, copy=False)


def _edges(plan: Plan, ids: IdIndex, people: Arrays, findings: Findings) -> dict[str, Edges]:
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
        parent = np.where(people[f"has_{name}"], ids.find(people[name]), -1).astype(np.int32)
        legs = people.get(f"{name}_leg", np.zeros(len(ids), dtype=np.int32))
        trees[name] = Edges(parent=parent, leg=np.where(parent >= 0, legs, 0).astype(np.int32))
    return trees


def _find_strangers(plan: Plan, rows: _Rows, seller: NDArray[np.int32], findings: Findings) -> None:
    for at in np.flatnonzero(seller < 0).tolist():
        findings.add(
            code="snapshot.seller",
            what=f"distributor {uuid_of(rows.seller[at])}, who sold it, joined after the period",
            todo="correct the order's day or the distributor's join_date",
            path=rows.where(at),
        )
    money = money_of_orders(plan)
    for at in np.flatnonzero(rows.foreign).tolist() if money else ():
        findings.add(
            code="snapshot.currency",
            what=f"is in another currency, and the plan counts {', '.join(money)} in {plan.currency}",
            todo="calculate it with a plan of its own currency",
            path=rows.where(at),
        )


def _coded(customers: Keys) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    keys, codes = np.unique(customers, axis=0, return_inverse=True)
    return codes.reshape(-1).astype(np.int32), tuple(str(uuid_of(key)) for key in keys)


def _own_volume(declared: InputColumn, rows: _Rows, name: str, findings: Findings) -> Column:
    hundredths = rows.own[name]
    if declared.places >= _STORED_PLACES:
        finer = np.int64(10 ** (declared.places - _STORED_PLACES))
        return Column.scaled(hundredths * finer, declared.places, unit=declared.unit)
    values = [(f"{rows.where(at)} {name}", Decimal(int(hundredths[at])).scaleb(-2)) for at in range(len(rows))]
    return declared_column(declared, values, findings, required=True)
