"""Any sound entity, for Hypothesis: each attribute by its type, then mended where a rule holds over several."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin
from uuid import UUID

import attrs
from attrs import Attribute
from hypothesis import strategies as st

from mlmcore.domain.auto_ship import AutoShip
from mlmcore.domain.commissions import CommissionPeriod, Debt, LedgerLine, Payout
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.crm import CONVERTED, Contact, Task
from mlmcore.domain.enums import CaseStatus, CommissionType, ContactStatus, PayoutStatus, TaskStatus
from mlmcore.domain.exact import from_units
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor
from mlmcore.domain.sales import Customer, Order, OrderItem, OrderRefund, Product

Values = dict[str, Any]

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    str.strip
)
DAYS = st.dates(date(1901, 1, 1), date(2900, 1, 1))
INSTANTS = st.timedeltas(timedelta(), timedelta(days=60_000)).map(lambda age: datetime(1940, 1, 1, tzinfo=UTC) + age)
LAST = datetime(2900, 1, 1, tzinfo=UTC)
HUNDREDTHS = st.integers(0, 10**7)
JSON = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)
BY_NAME: Mapping[str, st.SearchStrategy[Any]] = {
    "currency": st.just("USD"),
    "lifetime_currency": st.just("USD"),
    "email": st.just("ann@example.com"),
    "timezone": st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
    "unit": st.sampled_from(["number", "points", "money"]),
    "plan_digest": st.just("0a" * 32),
    "input_digest": st.just("1b" * 32),
    "result_digest": st.just("2c" * 32),
    "chain_hash": st.just("3d" * 32),
    "digest": st.just("4e" * 32),
}
BY_TYPE: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(1, 10**6),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: DAYS,
    datetime: INSTANTS,
    Decimal: st.integers(0, 999_999).map(lambda units: from_units(units, 2)),
    Money: HUNDREDTHS.map(lambda minor: Money(minor + 1, "USD")),
}


def entities(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any sound entity of a class."""
    drawn = st.fixed_dictionaries({item.name: _values(item) for item in attrs.fields(kind)})
    return drawn.map(lambda values: kind(**_mended(kind, values)))


def _mended(kind: type[Any], values: Values) -> Values:
    return _MEND[kind](values) if kind in _MEND else values


def _values(attribute: "Attribute[Any]") -> st.SearchStrategy[Any]:
    parts = get_args(attribute.type)
    if NoneType in parts:
        return st.none() | _present(attribute.name, next(part for part in parts if part is not NoneType))
    return _present(attribute.name, attribute.type)


def _present(name: str, kind: Any) -> st.SearchStrategy[Any]:
    if name in BY_NAME and kind is str:
        return BY_NAME[name]
    if get_origin(kind) is tuple:
        part = get_args(kind)[0]
        return st.lists(entities(part) if attrs.has(part) else _present("", part), max_size=3).map(tuple)
    if get_origin(kind) is Mapping:
        return JSON
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return BY_TYPE[kind]


def _in_order(*names: str) -> Callable[[Values], Values]:
    def mend(values: Values) -> Values:
        given = [name for name in names if values[name] is not None]
        return {**values, **dict(zip(given, sorted(values[name] for name in given), strict=True))}

    return mend


def _distributor(values: Values) -> Values:
    if values["placement_id"] is None or values["placement_leg"] is None:
        values |= {"placement_id": None, "placement_leg": None}
    return values if values["sponsor_id"] else values | {"sponsor_leg": None}


def _contact(values: Values) -> Values:
    status, customer = values["status"], values["converted_to_customer_id"]
    if status not in CONVERTED or (status == ContactStatus.ENROLLED and customer is None):
        values |= {"converted_at": None, "converted_to_customer_id": None}
    else:
        values |= {
            "converted_at": values["converted_at"] or values["created_at"] or datetime(2026, 3, 1, tzinfo=UTC),
            "converted_to_customer_id": customer or values["id"],
        }
    return values | {"enrolled_as_id": values["owner_id"] if status == ContactStatus.ENROLLED else None}


def _task(values: Values) -> Values:
    done = values["completed_at"] or datetime(2026, 3, 1, tzinfo=UTC)
    return values | {"completed_at": done if values["status"] == TaskStatus.COMPLETED else None}


def _item(values: Values) -> Values:
    taken = min(values["stock_taken"], values["quantity"])
    return values | {"total_price": values["unit_price"] * values["quantity"], "stock_taken": taken}


def _order(values: Values) -> Values:
    items = tuple(attrs.evolve(item, order_id=values["id"]) for item in values["items"])
    subtotal = sum((item.total_price for item in items), Money.zero("USD")) if items else values["subtotal"]
    values |= {"items": items, "subtotal": subtotal, "discount_amount": Money.zero("USD")}
    values["total"] = subtotal + values["tax_amount"] + values["shipping_amount"]
    return _in_order("shipped_at", "delivered_at")(values)


def _auto_ship(values: Values) -> Values:
    items = tuple(attrs.evolve(item, auto_ship_id=values["id"]) for item in values["items"])
    return values | {"items": items, "interval_days": min(values["interval_days"], 3660)}


def _refund(values: Values) -> Values:
    return values | {"items": tuple(attrs.evolve(item, refund_id=values["id"]) for item in values["items"])}


def _line(values: Values) -> Values:
    if values["corrects_id"] is None or values["corrects_period_id"] is None:
        return values | {"corrects_id": None, "corrects_period_id": None}
    return values | {"type": CommissionType.ADJUSTMENT}


def _payout(values: Values) -> Values:
    values |= {"amount": values["amount"] + values["fee_amount"]}
    if values["net_amount"] is not None:
        values["net_amount"] = values["amount"] - values["fee_amount"]
    if values["status"] in {PayoutStatus.PROCESSING, PayoutStatus.COMPLETED}:
        values["held_reason"] = None
    if values["status"] == PayoutStatus.CANCELLED:
        return _in_order("approved_at", "processed_at")(values)
    step = list(PayoutStatus).index(values["status"])  # requested, approved, processing, completed, failed
    return values | {
        "approved_at": LAST if step > 0 else None,
        "processed_at": LAST if step > 1 else None,
        "failed_reason": "no such account" if values["status"] == PayoutStatus.FAILED else None,
    }


def _case(values: Values) -> Values:
    values |= {"assignee_id": None if values["assignee_id"] == values["subject_id"] else values["assignee_id"]}
    if values["status"] != CaseStatus.RESOLVED:
        return values | {"resolution": None, "resolved_at": None}
    decided = {"resolution": values["resolution"] or "warned", "resolved_at": values["resolved_at"] or LAST}
    return _in_order("created_at", "resolved_at")(values | decided)


def _period(values: Values) -> Values:
    values = _in_order("start_date", "end_date")(values)
    return _in_order("calculation_started_at", "calculation_completed_at")(values)


_MEND: Mapping[type[Any], Callable[[Values], Values]] = {
    Distributor: _distributor,
    Contact: _contact,
    Task: _task,
    Customer: _in_order("first_order_date", "last_order_date"),
    Product: _in_order("launch_date", "discontinued_date"),
    OrderItem: _item,
    Order: _order,
    OrderRefund: _refund,
    AutoShip: _auto_ship,
    LedgerLine: _line,
    Payout: _payout,
    CommissionPeriod: _period,
    ComplianceCase: _case,
    Debt: lambda values: values | {"amount": values["amount"] + values["settled"]},
}
