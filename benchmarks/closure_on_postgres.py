"""The closure table of a sponsor tree on PostgreSQL: built in bulk against what it costs at least, and what for.

`python benchmarks/closure_on_postgres.py [--people 1000000]`. The floor is the same rows by bare COPY into a table
without indexes, then the same indexes, then the same foreign keys; the set-based SQL is `rebuild_genealogy_paths`, one
recursive statement with indexes and keys in place. Then how many people each has below, three ways that agree.
"""

import argparse
from typing import Any

import numpy as np
import psycopg
from _measure import Table, machine, once
from _postgres import Connection, new_server, timed, with_people

from mlmcore.domain.enums import GenealogyTree
from mlmcore.genealogy import IdIndex, build
from mlmcore.genealogy.rollups import group_count
from mlmcore.simulation import shapes
from mlmcore.sql import bulk
from mlmcore.sql.repositories._paths import path_blocks
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore

SPONSOR = GenealogyTree.SPONSOR
INDEXES = (
    "ALTER TABLE {table} ADD PRIMARY KEY (id)",
    "ALTER TABLE {table} ADD UNIQUE (ancestor_id, descendant_id, path_type)",
    "CREATE INDEX ON {table} (ancestor_id, depth)",
    "CREATE INDEX ON {table} (descendant_id)",
)
KEYS = tuple(
    f"ALTER TABLE {{table}} ADD FOREIGN KEY ({column}) REFERENCES mlmcore.distributors (user_id)"
    for column in ("ancestor_id", "descendant_id")
)
COUNTS = "SELECT ancestor_id AS id, count(*) FROM mlmcore.genealogy_paths WHERE path_type = 'sponsor' GROUP BY 1"
RECURSION = """
WITH RECURSIVE up (id) AS (
    SELECT sponsor_id FROM mlmcore.distributors WHERE sponsor_id IS NOT NULL
    UNION ALL
    SELECT d.sponsor_id FROM up JOIN mlmcore.distributors AS d ON d.user_id = up.id WHERE d.sponsor_id IS NOT NULL
)
SELECT id, count(*) FROM up GROUP BY 1"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--without-sql", action="store_true", help="leave the set-based SQL out; it takes minutes")
    asked = parser.parse_args()
    shape = shapes.random_recursive(asked.people, 1)
    with new_server() as dsn, psycopg.connect(dsn) as connection:
        keys = with_people(connection, shape)
        warm(connection)
        building(connection, shape, keys, with_sql=not asked.without_sql)
        asking(connection)


def warm(connection: Connection) -> None:
    """Compile what is compiled, before any clock runs."""
    tree = build(IdIndex.from_keys(shapes.random_keys(60_000, 9)), shapes.random_recursive(60_000, 9).parent)
    for _ in path_blocks(SPONSOR, tree):
        pass
    connection.execute("SELECT 1")
    connection.commit()


def building(connection: Connection, shape: shapes.Shape, keys: Any, *, with_sql: bool) -> None:
    """All rows: ours, the floor, and the set-based SQL."""
    store = SqlStore(PsycopgSession(connection, owns_connection=True))
    table = Table(f"closure of a random sponsor tree of {len(shape):,}; {machine()}")
    pause(store)
    rows = timed(table, "mlmcore: keep_paths, parents read, rows sent", lambda: rebuilt(store))
    tree = build(IdIndex.from_keys(keys), shape.parent, shape.leg)
    blocks = [*bulk.stream(path_blocks(SPONSOR, tree))]
    connection.execute(
        "CREATE TABLE mlmcore.bare (LIKE mlmcore.genealogy_paths INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )
    connection.commit()
    copy, _ = once(lambda: bare(connection, blocks))
    indexes, _ = once(lambda: run(connection, INDEXES))
    foreign, _ = once(lambda: run(connection, KEYS))
    table.add(
        "the floor: bare COPY + indexes + foreign keys", copy + indexes + foreign, f"{rows:,} rows, encoded before"
    )
    table.add("  of that COPY", copy)
    table.add("  indexes", indexes)
    table.add("  foreign keys", foreign)
    run(connection, ["DROP TABLE {table}"])
    if with_sql:
        pause(store)
        run(connection, ["UPDATE mlmcore.genealogy_closure SET enabled = true WHERE tree = 'sponsor'"])
        timed(table, "set-based SQL", lambda: run(connection, ["SELECT mlmcore.rebuild_genealogy_paths('sponsor')"]))
    table.print()


def asking(connection: Connection) -> None:
    """How many people everybody has below."""
    session = PsycopgSession(connection, owns_connection=True)
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE mlmcore.genealogy_paths")
    connection.autocommit = False
    table = Table("how many everybody has below")
    with SqlStore(session)() as unit:
        tree = timed(table, "arrays: the tree read, then counted", lambda: unit.trees.read(SPONSOR))
        ours = timed(table, "  counted", lambda: group_count(tree) - 1)
    closure = timed(table, "closure table", lambda: counted(connection, COUNTS))
    walked = timed(table, "recursive query, up from everybody", lambda: counted(connection, RECURSION))
    labels = tree.ids.labels(np.arange(len(tree)))
    assert closure == walked == {label: count for label, count in zip(labels, ours.tolist(), strict=True) if count}
    table.print()


def pause(store: SqlStore) -> None:
    """No paths."""
    with store() as unit:
        unit.trees.keep_paths(SPONSOR, False)


def rebuilt(store: SqlStore) -> int:
    """All paths, committed."""
    with store() as unit:
        return unit.trees.keep_paths(SPONSOR, True)


def bare(connection: Connection, blocks: list[bytes]) -> None:
    """The same bytes into a table without an index."""
    columns = "id, ancestor_id, descendant_id, depth, path_type, leg_position"
    with connection.cursor().copy(f"COPY mlmcore.bare ({columns}) FROM STDIN (FORMAT BINARY)".encode()) as copy:
        for block in blocks:
            copy.write(block)
    connection.commit()


def run(connection: Connection, statements: Any) -> None:
    """Some statements, committed."""
    for statement in statements:
        connection.execute(statement.format(table="mlmcore.bare").encode())
    connection.commit()


def counted(connection: Connection, query: str) -> dict[str, int]:
    """The answer of a query, by id."""
    rows = connection.execute(query.encode()).fetchall()
    connection.commit()
    return {str(key): count for key, count in rows}


if __name__ == "__main__":
    main()
