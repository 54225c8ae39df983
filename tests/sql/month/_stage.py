"""A seeded month for any store: who is in it, the steps, fresh databases to take them in, and what a database holds."""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg
from attrs import evolve
from psycopg import sql

from mlmcore.domain.enums import PayoutMethod
from mlmcore.domain.money import Money
from mlmcore.domain.periods import Period
from mlmcore.operations import (
    PayoutPolicy,
    calculate_period,
    close_period,
    draw_up_payouts,
    finalize_period,
    install_plan,
    open_period,
    review,
)
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.simulation import SeededEntities, entities_of, seeded_network
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore

MONTH: Final = "2025-03"
EASTERN: Final = "America/New_York"
STARTER: Final = (files("mlmcore.compensation") / "shipped" / "starter.toml").read_text(encoding="utf-8")
PLAN_OF_EVENTS: Final = """
[plan]
id = "events"
version = "1"
effective_from = 2025-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "America/New_York"
refunds = "current"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points" }
"""
"""The head of a plan that reads events; what it declares of them follows."""
POLICY: Final = PayoutPolicy(
    minimum=Money.of("15.00", "USD"),
    fee={PayoutMethod.BANK_TRANSFER: Money.of("1.25", "USD")},
    kyc_required=True,
    net_debts=True,
)

Step = Callable[[UnitOfWork], object]


def plan_in(zone: str) -> str:
    """The shipped plan, with its days in another timezone."""
    return STARTER.replace('timezone = "UTC"', f'timezone = "{zone}"')


def steps(zone: str = "UTC") -> Mapping[str, Step]:
    """The steps of the month by name, each of which takes a unit of its own."""
    return {
        "install": lambda unit: install_plan(unit, plan_in(zone)),
        "open": lambda unit: open_period(unit, MONTH, timezone=zone),
        "close": lambda unit: close_period(unit, MONTH),
        "calculate": lambda unit: calculate_period(unit, MONTH, "starter"),
        "review": lambda unit: review(unit, MONTH),
        "finalize": lambda unit: finalize_period(unit, MONTH),
        "payouts": lambda unit: draw_up_payouts(unit, MONTH, POLICY),
    }


def seeded(zone: str = "UTC", *, people: int = 120, orders: int = 400) -> SeededEntities:
    """A network, four orders of which stand on the edges of the month in a timezone: two within, two without."""
    entities = entities_of(seeded_network(people, orders, period=Period.parse(MONTH, zone), seed=7))
    first = datetime(2025, 3, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = datetime(2025, 4, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    tick = timedelta(microseconds=1)
    refunded = {refund.order_id for refund in entities.refunds}
    plain = [at for at, order in enumerate(entities.orders) if order.id not in refunded]
    moved = dict(zip(plain, (first - tick, first, end - tick, end), strict=False))
    return evolve(
        entities,
        orders=tuple(
            evolve(order, paid_at=moved.get(at, order.paid_at), created_at=moved.get(at))
            for at, order in enumerate(entities.orders)
        ),
    )


def keep(unit: UnitOfWork, entities: SeededEntities) -> None:
    """Store a network with its orders and refunds."""
    unit.users.add_many(entities.users, entities.profiles)
    unit.distributors.add_many(entities.distributors)
    unit.customers.add_many(entities.customers)
    for product in entities.products:
        unit.products.add(product)
    unit.orders.add_many(entities.orders)
    for refund in entities.refunds:
        unit.orders.add_refund(refund)


def take(store: UnitOfWorkFactory, names: str, zone: str = "UTC") -> dict[str, Any]:
    """Take some steps, each in a unit of its own; what each returned, by name."""
    returned = {}
    for name in names.split():
        with store() as unit:
            returned[name] = steps(zone)[name](unit)
    return returned


def a_memory_store(entities: SeededEntities) -> MemoryStore:
    """A store in memory, in spring 2025, with a network in it."""
    store = MemoryStore(clock=lambda: datetime(2025, 5, 2, 9, tzinfo=UTC))
    with store() as unit:
        keep(unit, entities)
    return store


@contextmanager
def a_database(server: str, template: str) -> Iterator[str]:
    """The address of a fresh database with the schema installed, in the time zone of this run of the tests."""
    name = f"mlmcore_month_{uuid.uuid4().hex[:12]}"
    zone = os.environ["MLMCORE_TEST_TIMEZONE"]
    with psycopg.connect(server, autocommit=True) as control:
        control.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield psycopg.conninfo.make_conninfo(server, dbname=name, options=f"-c TimeZone={zone}")
        finally:
            control.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def a_store(dsn: str) -> Iterator[SqlStore]:
    """A store over a connection of its own, which commits each unit."""
    with psycopg.connect(dsn) as connection:
        yield SqlStore(PsycopgSession(connection, owns_connection=True))


def copied(dsn: str, query: str) -> bytes:
    """What a query copies out."""
    with (
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT".encode()) as copy,
    ):
        return b"".join(bytes(chunk) for chunk in copy)


def number(dsn: str, query: str) -> Any:
    """The one value that a query of a test's own returns."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def everything(dsn: str) -> dict[str, bytes]:
    """Every row of every table of ours, by table: partitions and what is left beside them too."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("""
            SELECT c.relname FROM pg_class AS c
            WHERE c.relnamespace = 'mlmcore'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1""").fetchall()
    return {
        name: copied(dsn, f'SELECT t.* FROM mlmcore."{name}" AS t ORDER BY (t.*)::text COLLATE "C"') for (name,) in rows
    }


def but_created_at(dsn: str, table: str) -> bytes:
    """A table's rows by id, without the instant at which they were written."""
    columns = number(
        dsn,
        f"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
        f"WHERE attrelid = 'mlmcore.{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'created_at'",
    )
    return copied(dsn, f"SELECT {columns} FROM mlmcore.{table} ORDER BY id")
