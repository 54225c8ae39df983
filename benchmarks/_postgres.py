"""What the benchmarks on PostgreSQL share: a server with the defaults, and a network of any size stored fast.

People are stored by the plainest binary COPY, with triggers off: how they came in is not what is measured.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
from _measure import Table, once

from mlmcore.simulation import shapes
from mlmcore.sql import bulk, installer
from mlmcore.testing.server import Server

__all__ = ["Connection", "copied", "new_server", "timed", "with_people"]

Connection = psycopg.Connection[Any]


@contextmanager
def new_server() -> Iterator[str]:
    """The address of a throw-away server with the schema installed; durable, as in production."""
    server = Server(profile="durable", settings={"max_connections": "100"})
    try:
        with psycopg.connect(server.dsn()) as connection:
            installer.apply(connection, "mlmcore")
        yield server.dsn()
    finally:
        server.stop()


def with_people(connection: Connection, shape: shapes.Shape, seed: int = 1) -> Any:
    """Store a shape as the sponsor tree, legs numbered, no path kept yet; return the keys, uint64[n, 2]."""
    people = len(shape)
    keys = shapes.random_keys(people, seed)
    connection.execute("SET session_replication_role = replica")  # no triggers, also not those of keys
    copied(connection, "users (id, email)", people, [bulk.key_field(keys), _texts(people, "@example.com")])
    child = shape.parent >= 0
    own = [
        bulk.key_field(keys),
        _texts(people),
        bulk.date_field(np.full(people, 20_000)),
        bulk.null_field(),
        bulk.null_field(),
    ]
    own[3:] = [bulk.key_field(keys[shape.parent]), bulk.integer_field(_legs(shape))]
    columns = "distributors (user_id, distributor_number, join_date, sponsor_id, sponsor_leg)"
    copied(connection, columns, people, own, rows=np.flatnonzero(child))
    roots = [own[0], own[1], own[2], bulk.null_field(), bulk.null_field()]
    copied(connection, columns, people, roots, rows=np.flatnonzero(~child))
    connection.execute("SET session_replication_role = origin")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE mlmcore.users, mlmcore.distributors")
    connection.autocommit = False
    return keys


def copied(
    connection: Connection, columns: str, count: int, fields: list[bulk.Field], rows: Any = None, at_once: int = 200_000
) -> None:
    """Binary COPY of fields into a table of ours."""
    chosen = np.arange(count) if rows is None else rows

    def blocks() -> Iterator[bytes]:
        for start in range(0, len(chosen), at_once):
            some = chosen[start : start + at_once]
            yield bulk.encode_block([_taken(field, some) for field in fields], len(some))

    with connection.cursor().copy(f"COPY mlmcore.{columns} FROM STDIN (FORMAT BINARY)".encode()) as copy:
        for chunk in bulk.stream(blocks()):
            copy.write(chunk)


def timed(table: Table, name: str, work: Any, note: str = "") -> Any:
    """Run once, add a row, return the result."""
    seconds, result = once(work)
    table.add(name, seconds, note)
    return result


def _taken(field: bulk.Field, rows: Any) -> bulk.Field:
    if field.values is None or len(field.values) == 1:
        return field
    return bulk.Field(width=field.width, values=field.values[rows])


def _texts(count: int, end: str = "") -> bulk.Field:
    """The row's number as ten digits, and the same end: unique, and of one width."""
    width = 10 + len(end)
    digits = np.array([f"{row:010}{end}" for row in range(count)], dtype=f"S{width}")
    return bulk.Field(width=width, values=digits.view(np.uint8).reshape(count, width))


def _legs(shape: shapes.Shape) -> Any:
    """The place of each row among the rows with the same parent, from 1."""
    order = np.argsort(shape.parent, kind="stable")
    ordered = shape.parent[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    legs = np.empty(len(shape), dtype=np.int32)
    legs[order] = np.arange(len(shape)) - np.repeat(starts, np.diff(np.append(starts, len(shape)))) + 1
    return legs
