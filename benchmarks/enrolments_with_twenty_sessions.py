"""Enrolments and moves on PostgreSQL: what ours cost against the trigger that was asked for, and how sessions share.

`python benchmarks/enrolments_with_twenty_sessions.py [--people 100000] [--steps 400]`. One session first: an enrolment
and a move of a leaf with closure rows, guards and audit, against the same statements where only the seed's row trigger
is there (it has no move: what one would write by hand, the leaf's rows deleted and inserted). Both as SQL on one
connection, committed each time. Then enrolments a second by 1, 2 and 20 sessions, alone and while somebody is moved
again and again.
"""

import argparse
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
from _measure import Table, machine, once
from _postgres import Connection, new_server, with_people

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.ids import new_id
from mlmcore.genealogy import IdIndex
from mlmcore.simulation import shapes
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore

SEED = """
CREATE FUNCTION seed_paths() RETURNS trigger LANGUAGE plpgsql SET search_path = mlmcore AS $$
BEGIN
    IF NEW.sponsor_id IS NULL THEN
        RETURN NEW;
    END IF;
    INSERT INTO genealogy_paths (ancestor_id, descendant_id, depth, path_type)
    VALUES (NEW.sponsor_id, NEW.user_id, 1, 'sponsor');
    INSERT INTO genealogy_paths (ancestor_id, descendant_id, depth, path_type)
    SELECT p.ancestor_id, NEW.user_id, p.depth + 1, 'sponsor'
    FROM genealogy_paths AS p WHERE p.descendant_id = NEW.sponsor_id AND p.path_type = 'sponsor';
    RETURN NEW;
END $$;
ALTER TABLE mlmcore.distributors DISABLE TRIGGER USER;
ALTER TABLE mlmcore.users DISABLE TRIGGER USER;
CREATE TRIGGER seed_paths AFTER INSERT ON mlmcore.distributors FOR EACH ROW EXECUTE FUNCTION seed_paths();
"""
OURS = """
DROP TRIGGER seed_paths ON mlmcore.distributors;
ALTER TABLE mlmcore.distributors ENABLE TRIGGER USER;
ALTER TABLE mlmcore.users ENABLE TRIGGER USER;
"""
USER = "INSERT INTO mlmcore.users (id, email) VALUES (%(id)s, %(id)s::text || '@example.com')"
ENROL = (
    "INSERT INTO mlmcore.distributors (user_id, distributor_number, sponsor_id) VALUES (%(id)s, %(number)s, %(above)s)"
)
MOVE = "UPDATE mlmcore.distributors SET sponsor_id = %(above)s WHERE user_id = %(id)s"
BY_HAND = """
WITH gone AS (DELETE FROM mlmcore.genealogy_paths WHERE descendant_id = %(id)s AND path_type = 'sponsor')
UPDATE mlmcore.distributors SET sponsor_id = %(above)s, sponsor_leg = NULL WHERE user_id = %(id)s"""
BY_HAND_PATHS = """
INSERT INTO mlmcore.genealogy_paths (ancestor_id, descendant_id, depth, path_type)
SELECT %(above)s::uuid, %(id)s::uuid, 1, 'sponsor'::mlmcore.genealogy_type
UNION ALL
SELECT p.ancestor_id, %(id)s, p.depth + 1, p.path_type FROM mlmcore.genealogy_paths AS p
WHERE p.descendant_id = %(above)s AND p.path_type = 'sponsor'"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=400)
    asked = parser.parse_args()
    with new_server() as dsn:
        with psycopg.connect(dsn) as connection:
            keys = with_people(connection, shapes.random_recursive(asked.people, 1))
            with SqlStore(PsycopgSession(connection, owns_connection=True))() as unit:
                unit.trees.keep_paths(GenealogyTree.SPONSOR, True)
            known = [UUID(text) for text in IdIndex.from_keys(keys).labels(range(len(keys)))]
            against_the_seed(connection, known, asked.steps)
        print(f"\nenrolments a second by SQL, {asked.people:,} people; {machine()}")
        print(f"{'sessions':>10}{'alone':>12}{'times one':>12}{'with a mover':>14}{'times alone':>13}{'moves':>8}")
        one = 0.0
        for sessions in (1, 2, 20):
            alone, _ = throughput(dsn, known, sessions, asked.steps, moving=False)
            beside, moves = throughput(dsn, known, sessions, asked.steps, moving=True)
            one = one or alone
            print(f"{sessions:>10}{alone:>12.0f}{alone / one:>12.2f}{beside:>14.0f}{beside / alone:>13.2f}{moves:>8}")


def against_the_seed(connection: Connection, known: list[UUID], steps: int) -> None:
    """One enrolment and one move of a leaf, each its own transaction, in turns so that both meet the same machine."""
    chance = random.Random(1)
    kinds: dict[str, list[float]] = {"enrol ours": [], "enrol seed": [], "move ours": [], "move seed": []}
    turns = max(1, steps // 50)
    for _ in range(turns):
        for whose, switch in (("ours", None), ("seed", SEED)):
            if switch:
                run(connection, switch)
            people = [{"id": new_id(), "number": str(new_id())[-20:], "above": chance.choice(known)} for _ in range(50)]
            for each in people:
                run(connection, USER, each)
            kinds[f"enrol {whose}"] += [once_in(connection, [ENROL], each) for each in people]
            moved = [{**each, "above": chance.choice(known)} for each in people]
            statements = [MOVE] if whose == "ours" else [BY_HAND, BY_HAND_PATHS]
            kinds[f"move {whose}"] += [once_in(connection, statements, each) for each in moved]
            if switch:
                run(connection, OURS + "DROP FUNCTION seed_paths;")
    for what, todo in (("enrol", "one enrolment"), ("move", "one move of a leaf")):
        table = Table(f"{todo}: the middle of {turns * 50}, begin to commit")
        for whose in ("ours", "seed"):
            seconds = sorted(kinds[f"{what} {whose}"])
            table.add(
                {"ours": "mlmcore: closure, guards, audit", "seed": "the seed's trigger alone"}[whose],
                seconds[len(seconds) // 2],
            )
        table.print()


def once_in(connection: Connection, statements: list[str], parameters: dict[str, Any]) -> float:
    """Seconds of one transaction."""
    start = time.perf_counter()
    for statement in statements:
        connection.execute(statement.encode(), parameters)
    connection.commit()
    return time.perf_counter() - start


def run(connection: Connection, statement: str, parameters: dict[str, Any] | None = None) -> None:
    """Some SQL, committed."""
    connection.execute(statement.encode(), parameters)
    connection.commit()


def throughput(dsn: str, known: list[UUID], sessions: int, steps: int, *, moving: bool) -> tuple[float, int]:
    """Enrolments a second by so many sessions, and how many moves went through meanwhile."""
    begin, over = threading.Barrier(sessions + 1), threading.Event()
    each = steps // sessions
    with ThreadPoolExecutor(sessions + 1) as pool:
        mover = pool.submit(move_around, dsn, known, over) if moving else None
        work: Callable[[int], Any] = lambda number: pool.submit(enrol, dsn, known, each, number, begin)  # noqa: E731
        running = [work(number) for number in range(sessions)]
        begin.wait()
        seconds, _ = once(lambda: [session.result() for session in running])
        over.set()
        return sessions * each / seconds, mover.result() if mover else 0


def enrol(dsn: str, known: list[UUID], count: int, number: int, begin: threading.Barrier) -> None:
    """Enrol some people below random ones, each in a transaction of its own; users are there already."""
    chance = random.Random(number)
    with psycopg.connect(dsn) as connection:
        people = [{"id": new_id(), "number": str(new_id())[-20:], "above": chance.choice(known)} for _ in range(count)]
        for person in people:
            run(connection, USER, person)
        begin.wait()
        for person in people:
            run(connection, ENROL, person)


def move_around(dsn: str, known: list[UUID], over: threading.Event) -> int:
    """Move random people to random places until the others are done; a place below themselves is refused."""
    chance, moves = random.Random(0), 0
    with psycopg.connect(dsn) as connection:
        while not over.is_set():
            try:
                run(connection, MOVE, {"id": chance.choice(known[1000:]), "above": chance.choice(known)})
                moves += 1
            except psycopg.errors.CheckViolation:
                connection.rollback()
    return moves


if __name__ == "__main__":
    main()
