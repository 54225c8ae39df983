"""What goes by COPY is what single rows would say: a run's lines against `stored`, whole snapshots against memory."""

import hashlib
import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

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
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.enums import DistributorStatus, OrderStatus, PaymentStatus, PeriodStatus, RunStatus
from mlmcore.domain.ids import key_of
from mlmcore.operations._digests import input_digest
from mlmcore.repositories.line_ids import run_id
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.stored import account_lines, ledger_lines, unpaid_lines
from mlmcore.repositories.values import Successor
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from mlmcore.testing.contracts._month import keys_of
from mlmcore.testing.contracts._support import (
    Shop,
    a_customer,
    a_distributor,
    a_period,
    a_plan,
    a_product,
    a_refund,
    a_run,
    a_user,
    make_distributor,
    make_shop,
    move_period,
    paid_order,
)

COLUMNS = ("source", "order", "level", "base", "rate", "amount", "payee", "reason", "account")
TYPES: dict[str, Any] = {
    "source": np.int32,
    "order": np.int32,
    "level": np.int32,
    "payee": np.int32,
    "reason": np.uint8,
    "account": np.int16,
}
TRACED = ("source", "order", "level", "base", "rate")
PEOPLE, ORDERS = 3, 2
MONEY = st.integers(min_value=-(10**12), max_value=10**12)
ROW = st.fixed_dictionaries(
    {
        "source": st.integers(-1, PEOPLE - 1),
        "order": st.integers(-1, ORDERS - 1),
        "level": st.integers(-1, 40),
        "base": MONEY,
        "rate": st.one_of(st.just(NO_RATE), st.integers(-(10**6) + 1, 10**6 - 1)),
        "amount": MONEY,
        "payee": st.integers(0, PEOPLE - 1),
        "reason": st.sampled_from([int(reason) for reason in Reason]),
        "account": st.integers(0, 1),
    }
)
SEGMENTS = st.lists(st.tuples(st.lists(ROW, max_size=6), st.integers(0, 12), st.integers(2, 8)), max_size=3)


def segment(kind: type[Any], at: int, drawn: tuple[list[dict[str, int]], int, int]) -> Any:
    """A segment of one kind; what would be paid above the root has no payee."""
    rows, base_places, rate_places = drawn
    names = [name for name in COLUMNS if name in kind.__annotations__ or name in TRACED]
    values = {name: np.array([row[name] for row in rows], dtype=TYPES.get(name, np.int64)) for name in names}
    if kind is UnpaidSegment:
        values["payee"] = np.where(values["reason"] == Reason.NO_UPLINE, -1, values["payee"]).astype(np.int32)
    more = {"amount_places": base_places} if kind is UnpaidSegment else {}
    bonus = f"bonus-ü{at}"
    return kind(bonus=bonus, type="unilevel", base_places=base_places, rate_places=rate_places, **more, **values)


def successor(people: list[UUID], orders: list[UUID], drawn: list[Any], salt: str) -> Successor:
    """What a run would leave behind with these lines."""
    ledger, unpaid, accounts = drawn
    lines = LedgerLines(tuple(segment(Segment, at, each) for at, each in enumerate(ledger)))
    lost = UnpaidLines(tuple(segment(UnpaidSegment, at, each) for at, each in enumerate(unpaid)))
    house = AccountLines(
        tuple(segment(AccountSegment, at, each) for at, each in enumerate(accounts)), ("house", "pool é")
    )
    digest = hashlib.sha256(salt.encode()).hexdigest()
    paid = Decimal(lines.total + house.total) / 100
    not_paid = sum((each.amount_of(row) for each in lost.segments for row in range(len(each))), Decimal(0))
    run = a_run(
        id=run_id(digest),
        official=True,
        status=RunStatus.CALCULATED,
        input_digest=digest,
        result_digest=digest,
        line_count=len(lines),
        unpaid_count=len(lost),
        paid=paid,
        unpaid=not_paid,
        entitled=paid + not_paid,
    )
    return Successor(
        run=run, digest=digest, people=keys_of(people), orders=keys_of(orders), lines=lines, unpaid=lost, accounts=house
    )


@pytest.fixture
def calculating(connection: psycopg.Connection[Any]) -> tuple[psycopg.Connection[Any], list[UUID], list[UUID]]:
    """March is calculating; three people and two orders."""
    connection.execute("SELECT 1")
    with SqlUnitOfWork(PsycopgSession(connection)) as unit:
        shop = make_shop(unit)
        people = [shop.distributor.user_id, *(make_distributor(unit).user_id for _ in range(PEOPLE - 1))]
        orders = [unit.orders.add(paid_order(shop, datetime(2026, 3, 10, tzinfo=UTC))).id for _ in range(ORDERS)]
        unit.periods.add(a_period())
        unit.plans.add(a_plan())
        move_period(unit, "2026-03", PeriodStatus.CLOSED, PeriodStatus.CALCULATING)
    return connection, people, orders


class TestLines:
    @settings(max_examples=25)
    @given(drawn=st.tuples(SEGMENTS, SEGMENTS, SEGMENTS), salt=st.uuids())
    def test_the_streams_store_what_stored_says(
        self,
        calculating: tuple[psycopg.Connection[Any], list[UUID], list[UUID]],
        drawn: Any,
        salt: UUID,
    ) -> None:
        """Every pattern of NULLs, rates that there are not, negative amounts, and twelve decimal places."""
        connection, people, orders = calculating
        made = successor(people, orders, list(drawn), str(salt))
        with connection.transaction(force_rollback=True), SqlUnitOfWork(PsycopgSession(connection)) as unit:
            unit.ledger.replace(made)

            assert unit.ledger.list_by_period("2026-03") == tuple(ledger_lines(made, unit.now))
            assert unit.ledger.list_unpaid("2026-03") == tuple(unpaid_lines(made, unit.now))
            assert unit.ledger.list_account_lines("2026-03") == tuple(account_lines(made, unit.now))


PLAN = """
[plan]
id = "contract"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "ZONE"
refunds = "current"

[inputs]
trees = ["sponsor", "placement", "enroller"]
volumes = { pv = "points", cv = "money" }
attributes = { club = "text", points = "number" }

[measures]
personal = "sum(orders, pv)"
"""
STATES = [
    (OrderStatus.CONFIRMED, PaymentStatus.PAID),
    (OrderStatus.DELIVERED, PaymentStatus.PAID),
    (OrderStatus.DELIVERED, PaymentStatus.PARTIALLY_REFUNDED),
    (OrderStatus.PENDING, PaymentStatus.PAID),
    (OrderStatus.CONFIRMED, PaymentStatus.PENDING),
    (OrderStatus.CONFIRMED, PaymentStatus.FAILED),
    (OrderStatus.REFUNDED, PaymentStatus.REFUNDED),
    (OrderStatus.CANCELLED, PaymentStatus.PAID),
]

ATTRIBUTES: list[dict[str, str]] = [{}, {"club": "gold"}, {"club": "é", "points": "1.25"}, {"points": "-3"}]


class History:
    """A random history, the same for every store that keeps it: the ids are drawn too."""

    def __init__(self, seed: int, zone: str) -> None:
        self.span = a_period(timezone=zone).period
        self.chance = random.Random(seed)
        self.names = (key_of(f"history {seed} {number}") for number in itertools.count())

    def instant(self) -> datetime:
        """Before, in or after March, and half of the time within a microsecond of its edges."""
        if self.chance.random() < 0.5:
            edge = self.chance.choice([self.span.start_instant, self.span.end_instant])
            return edge + timedelta(microseconds=self.chance.choice([-1, 0, 1]))
        return datetime(2026, self.chance.choice([2, 3, 3, 3, 4]), self.chance.choice([1, 15, 28]), 12, tzinfo=UTC)

    def keep(self, unit: UnitOfWork) -> None:
        """Store the history: people in three trees, customers, orders in every state, and refunds."""
        unit.periods.add(a_period(timezone=self.span.timezone))
        people = list(self.people(unit))
        product = unit.products.add(a_product(id=next(self.names)))
        for _ in range(12):
            seller = self.chance.choice(people)
            customer = a_customer(seller, id=next(self.names))
            buyer = self.chance.choice([None, None, self.chance.choice(people).user_id])
            if buyer is not None and unit.customers.find_by_user(buyer) is None:
                customer = evolve(customer, user_id=buyer)
            shop = Shop(distributor=seller, customer=unit.customers.add(customer), product=product)
            self.order(unit, shop)

    def people(self, unit: UnitOfWork) -> Iterator[Any]:
        """Six people, each below one of those before, some of whom joined too late to sell in March."""
        before: list[Any] = []
        for number in range(6):
            above = self.chance.choice(before).user_id if before and self.chance.random() < 0.8 else None
            person = a_distributor(
                unit.users.add(a_user(id=next(self.names))),
                sponsor_id=above,
                placement_id=before[-1].user_id if before else None,
                placement_leg=1 if before else None,
                enroller_id=before[0].user_id if before else None,
                join_date=date(2026, 1, 1 + number),
                status=self.chance.choice(list(DistributorStatus)[:2]),
                attributes=self.chance.choice(
                    [{}, {"club": "gold"}, {"club": "é", "points": "1.25"}, {"points": "-3"}]
                ),
            )
            before.append(unit.distributors.add(person))
            yield before[-1]
        late = a_distributor(unit.users.add(a_user(id=next(self.names))), join_date=date(2026, 4, 1))
        unit.distributors.add(evolve(late, sponsor_id=before[0].user_id))

    def order(self, unit: UnitOfWork, shop: Any) -> None:
        """An order in some state, and perhaps a refund of a piece."""
        status, payment = self.chance.choice(STATES)
        made = paid_order(
            shop,
            self.instant(),
            quantity=2,
            id=next(self.names),
            status=status,
            payment_status=payment,
            volumes={"cv": f"{self.chance.randrange(10000)}.{self.chance.randrange(100):02d}"},
        )
        if self.chance.random() < 0.2:
            made = evolve(made, paid_at=None, created_at=made.paid_at)
        stored = unit.orders.add(made)
        if payment in (PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED):
            pieces = 2 if payment == PaymentStatus.REFUNDED else 1
            refund = a_refund(stored, pieces, refunded_at=self.instant(), volumes={"cv": "1.50"})
            key = next(self.names)
            items = tuple(evolve(item, refund_id=key) for item in refund.items)
            unit.orders.add_refund(evolve(refund, id=key, items=items))


def columns_of(snapshot: Any) -> dict[str, Any]:
    """Everything in a snapshot as lists, to see where two differ."""
    inputs = snapshot.inputs
    keys = [*map(tuple, inputs.orders.ids.keys.tolist()), None]
    return {
        "people": inputs.people.ids.keys.tolist(),
        "status": [inputs.people.status.value(row) for row in range(len(inputs.people.ids))],
        "attributes": {name: _values(column) for name, column in inputs.people.attributes.items()},
        "trees": {name: (edges.parent.tolist(), edges.leg.tolist()) for name, edges in inputs.trees.items()},
        "orders": keys,
        "days": inputs.orders.date.tolist(),
        "sellers": inputs.orders.seller.tolist(),
        "buyers": inputs.orders.buyer.tolist(),
        "customers": [inputs.orders.customers[code] for code in inputs.orders.customer],
        "refund_of": [keys[at] for at in inputs.orders.refund_of],
        "volumes": {name: _values(column) for name, column in inputs.orders.volumes.items()},
        "sources": snapshot.source_orders.tolist(),
        "digest": input_digest(inputs),
    }


def _values(column: Column) -> list[Any]:
    return [column.value(row) for row in range(len(column))]


class TestSnapshots:
    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
    @pytest.mark.parametrize("seed", range(6))
    def test_a_random_history_reads_the_same(self, connection: psycopg.Connection[Any], seed: int, zone: str) -> None:
        """People, trees, orders, refunds and volumes, column by column, or the same findings."""
        connection.execute("SELECT 1")
        plan = loads_plan(PLAN.replace("ZONE", zone))
        read: list[Any] = []
        units: list[Any] = [MemoryStore()(), SqlUnitOfWork(PsycopgSession(connection))]
        for each in units:
            with each as unit:
                History(seed, zone).keep(unit)
                try:
                    read.append(columns_of(unit.snapshots.read("2026-03", plan)))
                except ValueError as error:
                    read.append(sorted(str(error).splitlines()))

        assert read[1] == read[0]
