"""Many people for the tests of the network: shapes as distributors, and what the tables hold about them.

Names are numbers of rows in a shape; ids are made from a seed, so that a test says who is who.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import psycopg

from mlmcore.domain.people import Distributor, User
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.simulation import shapes
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork

__all__ = ["closure_of", "crowd", "enrol_crowd", "owned_unit", "store_users", "stored_closure"]

Connection = psycopg.Connection[Any]


def crowd(shape: shapes.Shape, seed: int = 1, *, placement: bool = False) -> list[Distributor]:
    """A shape as distributors: its tree is the sponsor tree, and where asked the placement tree too."""
    ids = [UUID(text) for text in IdIndex.from_keys(shapes.random_keys(len(shape), seed)).labels(range(len(shape)))]
    placed: dict[int, int] = {}
    people = []
    for row, parent in enumerate(shape.parent.tolist()):
        above = None if parent < 0 else ids[parent]
        placed[parent] = placed.get(parent, 0) + 1
        people.append(
            Distributor(
                user_id=ids[row],
                distributor_number=f"{seed}-{row}",
                join_date=date(2026, 1, 1),
                sponsor_id=above,
                placement_id=above if placement else None,
                placement_leg=placed[parent] if placement and above else None,
            )
        )
    return people


def store_users(unit: UnitOfWork, people: list[Distributor]) -> None:
    """Store the users that people are."""
    unit.users.add_many([User(id=person.user_id, email=f"{person.user_id}@example.com") for person in people])


def enrol_crowd(unit: UnitOfWork, people: list[Distributor]) -> None:
    """Store people with their users, in one go."""
    store_users(unit, people)
    unit.distributors.add_many(people)


@contextmanager
def owned_unit(dsn: str) -> Iterator[SqlUnitOfWork]:
    """A unit of work that commits, on a connection of its own."""
    with (
        psycopg.connect(dsn) as connection,
        SqlStore(PsycopgSession(connection, owns_connection=True))() as unit,
    ):
        yield unit


def closure_of(connection: Connection, tree: str) -> set[tuple[Any, ...]]:
    """What follows from the parents, each chain walked anew: ancestor, descendant, depth, leg of the ancestor."""
    rows = connection.execute(
        f"SELECT user_id, {tree}_id, {tree}_leg FROM mlmcore.distributors WHERE {tree}_id IS NOT NULL".encode()
    ).fetchall()
    above = {person: (parent, leg) for person, parent, leg in rows}
    found = set()
    for person in above:
        here, depth = person, 0
        while here in above:
            depth += 1
            assert depth <= len(above), "a loop"
            parent, leg = above[here]
            found.add((parent, person, depth, leg))
            here = parent
    return found


def stored_closure(connection: Connection, tree: str) -> set[tuple[Any, ...]]:
    """What is stored of it; each row once, or the test ends here."""
    rows = connection.execute(
        "SELECT ancestor_id, descendant_id, depth, leg_position FROM mlmcore.genealogy_paths WHERE path_type = %s",
        (tree,),
    ).fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)
