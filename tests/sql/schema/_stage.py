"""What the schema's tests put on the stage: people in trees, sales, periods, in plain SQL and nothing of the adapter's.

Names stand for people: `uuid_of("ann")` is always the same id. Every helper takes a psycopg connection whose
search_path is the installed schema (`on_stage`).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid5

import psycopg
from attrs import frozen

__all__ = [
    "Person",
    "add_people",
    "fails_with",
    "install",
    "move",
    "on_stage",
    "one",
    "open_period",
    "order",
    "rows",
    "sold",
    "uuid_of",
]

Connection = psycopg.Connection[Any]
_NAMES = UUID("00000000-0000-4000-8000-00000000feed")


def on_stage(connection: Connection, schema: str = "mlmcore") -> Connection:
    """Let unqualified names mean the installed schema, until the transaction ends."""
    connection.execute(psycopg.sql.SQL("SET LOCAL search_path = {}, pg_catalog").format(psycopg.sql.Identifier(schema)))
    return connection


def install(connection: Connection, schema: str) -> Connection:
    """Apply the packaged files in order into a new schema, in the connection's transaction."""
    connection.execute(psycopg.sql.SQL("CREATE SCHEMA {}").format(psycopg.sql.Identifier(schema)))
    on_stage(connection, schema)
    folder = files("mlmcore.sql") / "schema"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql") and not entry.name.startswith("9"):
            connection.execute(entry.read_bytes())
    return connection


def uuid_of(name: str) -> UUID:
    """The id behind a name in these tests."""
    return uuid5(_NAMES, name)


@frozen(kw_only=True)
class Person:
    """Somebody to enrol, with the names of those above."""

    name: str
    sponsor: str | None = None
    placement: str | None = None
    leg: int | None = None
    enroller: str | None = None
    joined: date = date(2026, 1, 1)


def add_people(connection: Connection, people: Sequence[Person], *, copy: bool = False) -> None:
    """Enrol people by one INSERT, or by one COPY, in the order given."""
    connection.cursor().executemany(
        "INSERT INTO users (id, email) VALUES (%s, %s)",
        [(uuid_of(person.name), f"{person.name}@example.com") for person in people],
    )
    columns = "user_id, distributor_number, sponsor_id, placement_id, placement_leg, enroller_id, join_date"
    records = [_record(person) for person in people]
    if copy:
        with connection.cursor().copy(f"COPY distributors ({columns}) FROM STDIN") as stream:
            for record in records:
                stream.write_row(record)
        return
    places = ", ".join(["(%s::uuid, %s, %s::uuid, %s::uuid, %s::integer, %s::uuid, %s::date)"] * len(records))
    values = [value for record in records for value in record]
    connection.execute(f"INSERT INTO distributors ({columns}) VALUES {places}".encode(), values)


def move(connection: Connection, name: str, **columns: str | int | None) -> None:
    """Give somebody other parents or legs: `sponsor`, `placement`, `placement_leg`, `enroller`."""
    values = {
        column if column.endswith("_leg") else f"{column}_id": uuid_of(value) if isinstance(value, str) else value
        for column, value in columns.items()
    }
    settings = ", ".join(f"{column} = %({column})s" for column in values)
    connection.execute(
        f"UPDATE distributors SET {settings} WHERE user_id = %(person)s".encode(),
        {**values, "person": uuid_of(name)},
    )


def open_period(
    connection: Connection, period: str, first: str, last: str, *, kind: str = "month", timezone: str = "UTC"
) -> None:
    """Store an open period whose last day is `last`."""
    connection.execute(
        "INSERT INTO commission_periods (id, name, start_date, end_date, kind, timezone)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (period, period, first, last, kind, timezone),
    )


def sold(connection: Connection, seller: str, *, suffix: str = "") -> None:
    """A customer and a product, so that a seller can sell: `order` uses them."""
    connection.execute(
        "INSERT INTO customers (id, customer_number, distributor_id, email) VALUES (%s, %s, %s, 'c@example.com')"
        " ON CONFLICT DO NOTHING",
        (uuid_of(f"customer of {seller}{suffix}"), f"C-{seller}{suffix}", uuid_of(seller)),
    )
    connection.execute(
        "INSERT INTO products (id, sku, name, price, pv) VALUES (%s, 'P', 'Product', 10, 7) ON CONFLICT DO NOTHING",
        (uuid_of("product"),),
    )


def order(
    connection: Connection,
    name: str,
    seller: str,
    *,
    paid_at: str | None = "2026-03-15 12:00:00+00",
    pv: Iterable[str] = ("7.00",),
    status: str = "delivered",
    payment: str = "paid",
    **columns: str,
) -> UUID:
    """An order of one piece per volume in `pv`, at ten a piece, whose totals agree unless `columns` says otherwise."""
    sold(connection, seller)
    volumes = [Decimal(volume) for volume in pv]
    total = str(10 * len(volumes))
    values = {
        "id": uuid_of(name),
        "order_number": name,
        "customer_id": uuid_of(f"customer of {seller}"),
        "distributor_id": uuid_of(seller),
        "status": status,
        "payment_status": payment,
        "subtotal": total,
        "total": total,
        "shipping_address": "{}",
        "billing_address": "{}",
        "paid_at": paid_at,
        **columns,
    }
    connection.execute(
        f"INSERT INTO orders ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})".encode(),
        list(values.values()),
    )
    connection.cursor().executemany(
        "INSERT INTO order_items (id, order_id, product_id, quantity, unit_price, total_price, pv)"
        " VALUES (%s, %s, %s, 1, 10, 10, %s)",
        [
            (uuid_of(f"{name}/{place}"), uuid_of(name), uuid_of("product"), volume)
            for place, volume in enumerate(volumes)
        ],
    )
    return uuid_of(name)


def rows(connection: Connection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query.encode(), parameters or None).fetchall()


def one(connection: Connection, query: str, *parameters: object) -> Any:
    """The one value of a query."""
    ((value,),) = rows(connection, query, *parameters)
    return value


def fails_with(connection: Connection, query: str, *parameters: object) -> tuple[str | None, str]:
    """Try what should be refused, and undo it; return the constraint's name and the first line of the message."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(query.encode(), parameters or None)
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.Error as error:
        return error.diag.constraint_name, error.diag.message_primary or ""
    return None, "not refused"


def _record(person: Person) -> tuple[object, ...]:
    above = [None if name is None else uuid_of(name) for name in (person.sponsor, person.placement, person.enroller)]
    return uuid_of(person.name), person.name, above[0], above[1], person.leg, above[2], person.joined
