"""Enrolments and moves by several sessions at once: nobody lost, nobody doubled, no loop, and every path right."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import ConflictError, InputError, RefusedError, TransientError
from mlmcore.domain.ids import new_id
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor, User
from mlmcore.simulation import shapes
from mlmcore.sql.repositories import _paths
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork
from sql.network._crowd import closure_of, crowd, enrol_crowd, owned_unit, stored_closure

Connection = psycopg.Connection[Any]
SPONSOR, PLACEMENT, ENROLLER = GenealogyTree
STEPS = 300


@contextmanager
def host_unit(connection: Connection) -> Iterator[SqlUnitOfWork]:
    """A unit in a transaction that the test ends itself."""
    connection.execute("SELECT 1")
    with SqlStore(PsycopgSession(connection))() as unit:
        yield unit


def newcomer(sponsor: UUID | None, number: str) -> Distributor:
    """Somebody to enrol."""
    return crowd_of_one(number, sponsor_id=sponsor, enroller_id=sponsor)


def crowd_of_one(number: str, **above: Any) -> Distributor:
    """A person with a new id."""
    (person,) = crowd(shapes.star(1))
    return Distributor(user_id=new_id(), distributor_number=number, join_date=person.join_date, **above)


def wait_until_blocked(database: str, waiting: Connection) -> None:
    """Return when a backend waits for a lock; no sleeping, each look is a round trip."""
    with psycopg.connect(database, autocommit=True) as watcher:
        query = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
        while watcher.execute(query, (waiting.info.backend_pid,)).fetchall() != [(True,)]:
            pass


@pytest.fixture
def chain(database: str) -> list[UUID]:
    """Five people, each below the one before, and five users who are nobody yet."""
    people = crowd(shapes.chain(5))
    with owned_unit(database) as unit:
        enrol_crowd(unit, people)
    return [person.user_id for person in people]


class TestTwoSessions:
    @pytest.mark.parametrize("tree", [SPONSOR, PLACEMENT, ENROLLER])
    def test_two_moves_that_make_a_loop_only_together(self, database: str, tree: GenealogyTree) -> None:
        """The second waits for the first, sees it, and is refused with the loop."""
        first_root, second_root = crowd(shapes.star(1), 1)[0], crowd(shapes.star(1), 2)[0]
        with owned_unit(database) as unit:
            enrol_crowd(unit, [first_root, second_root])
        leg = 1 if tree == PLACEMENT else None
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            with host_unit(first) as unit:
                unit.distributors.move(first_root.user_id, tree, second_root.user_id, leg)
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(self.move, second, second_root.user_id, tree, first_root.user_id, leg)
                wait_until_blocked(database, second)
                first.commit()
                with pytest.raises(RefusedError) as caught:
                    other.result()

        assert str(caught.value).startswith(f"the {tree} tree would have a loop: 2-0 -> 1-0 -> 2-0; ")

    def move(self, connection: Connection, *place: Any) -> None:
        """Move somebody, and commit."""
        with host_unit(connection) as unit:
            unit.distributors.move(*place)
        connection.commit()

    def test_an_enrolment_below_somebody_who_is_being_moved(self, database: str, chain: list[UUID]) -> None:
        """It waits, and its paths lead along the new line."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            with host_unit(first) as unit:
                unit.distributors.move(chain[3], SPONSOR, chain[0])
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(self.enrol, second, chain[4])
                wait_until_blocked(database, second)
                first.commit()
                other.result()

            assert stored_closure(first, "sponsor") == closure_of(first, "sponsor")
            assert len([row for row in stored_closure(first, "sponsor") if row[1] not in chain]) == 3

    def test_a_move_of_somebody_below_whom_is_being_enrolled(self, database: str, chain: list[UUID]) -> None:
        """It waits, and takes the newcomer along; enrolling a second one meanwhile is no deadlock."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            self.enrol(first, chain[0], commit=False)
            with ThreadPoolExecutor(1) as pool:
                other = pool.submit(self.move, second, chain[3], SPONSOR, chain[0], None)
                wait_until_blocked(database, second)
                self.enrol(first, chain[3])
                other.result()

            assert stored_closure(first, "sponsor") == closure_of(first, "sponsor")

    def test_a_plain_update_that_moves_waits_for_the_tree_before_the_row(
        self, database: str, chain: list[UUID]
    ) -> None:
        """By SQL of the host's own: the enrolment that came first can still lock the row that is to be moved."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            self.enrol(first, chain[0], commit=False)
            with ThreadPoolExecutor(1) as pool:
                update = "UPDATE mlmcore.distributors SET sponsor_id = %s WHERE user_id = %s"
                other = pool.submit(second.execute, update, (chain[0], chain[3]))
                wait_until_blocked(database, second)
                self.enrol(first, chain[3])
                other.result()
            second.commit()

            assert stored_closure(first, "sponsor") == closure_of(first, "sponsor")

    def test_an_enrolment_waits_while_all_paths_are_made(
        self, database: str, chain: list[UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether the table is stripped or not; then it keeps its own rows."""
        for strip_from in (1, 10**9):
            monkeypatch.setattr(_paths, "STRIP_FROM", strip_from)
            with psycopg.connect(database) as first, psycopg.connect(database) as second:
                with host_unit(first) as unit:
                    unit.trees.rebuild_paths(SPONSOR)
                with ThreadPoolExecutor(1) as pool:
                    other = pool.submit(self.enrol, second, chain[4])
                    wait_until_blocked(database, second)
                    first.commit()
                    other.result()

                assert stored_closure(first, "sponsor") == closure_of(first, "sponsor")

    def test_making_all_paths_waits_for_enrolments(
        self, database: str, chain: list[UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What they have enrolled gets its rows; an enrolment that goes on meanwhile is no deadlock."""
        for strip_from in (1, 10**9):
            monkeypatch.setattr(_paths, "STRIP_FROM", strip_from)
            with psycopg.connect(database) as first, psycopg.connect(database) as second:
                self.enrol(first, chain[4], commit=False)
                with ThreadPoolExecutor(1) as pool:
                    other = pool.submit(self.rebuild, second)
                    wait_until_blocked(database, second)
                    self.enrol(first, chain[3])
                    other.result()

                assert stored_closure(first, "sponsor") == closure_of(first, "sponsor")

    def rebuild(self, connection: Connection) -> None:
        """Make all paths of the sponsor tree, and commit."""
        with host_unit(connection) as unit:
            unit.trees.rebuild_paths(SPONSOR)
        connection.commit()

    def enrol(self, connection: Connection, sponsor: UUID, *, commit: bool = True) -> None:
        """Enrol somebody new."""
        person = newcomer(sponsor, str(new_id())[-20:])
        with host_unit(connection) as unit:
            enrol_one(unit, person)
        if commit:
            connection.commit()


def enrol_one(unit: SqlUnitOfWork, person: Distributor) -> None:
    """Store somebody with the user."""
    unit.users.add(User(id=person.user_id, email=f"{person.user_id}@example.com"))
    unit.distributors.add(person)


class Sessions:
    """Some sessions at once, each enrolling and moving at random; who was enrolled is known to all."""

    def __init__(self, database: str, known: list[UUID]) -> None:
        self.database, self.known = database, known
        self.outcomes: Counter[str] = Counter()
        self._guard = threading.Lock()

    def run(self, sessions: int) -> None:
        """So many sessions, who begin together; the first error ends the test."""
        begin = threading.Barrier(sessions)
        with ThreadPoolExecutor(sessions) as pool:
            for done in [pool.submit(self._session, number, sessions, begin) for number in range(sessions)]:
                done.result()

    def _session(self, number: int, sessions: int, begin: threading.Barrier) -> None:
        chance = random.Random(number)
        with psycopg.connect(self.database) as connection:
            store = SqlStore(PsycopgSession(connection, owns_connection=True))
            begin.wait()
            for step in range(STEPS // sessions):
                kinds: list[Callable[..., list[UUID]]] = [self._enrol, self._move, self._enrol_many, self._rebuild]
                (kind,) = chance.choices(kinds, weights=[50, 44, 4, 2])
                self._tried(store, kind, chance, f"{number}.{step}")

    def _tried(self, store: SqlStore, kind: Callable[..., list[UUID]], chance: random.Random, name: str) -> None:
        while True:
            try:
                with store() as unit:
                    enrolled = kind(unit, chance, name)
            except (RefusedError, ConflictError, InputError):
                return self._count(kind.__name__ + " refused")
            except TransientError:
                self._count("again")
            else:
                self.known.extend(enrolled)
                return self._count(kind.__name__)

    def _enrol(self, unit: SqlUnitOfWork, chance: random.Random, name: str) -> list[UUID]:
        above = chance.choice(self.known)
        person = crowd_of_one(name, sponsor_id=above, enroller_id=above)
        enrol_one(unit, person)
        return [person.user_id]

    def _enrol_many(self, unit: SqlUnitOfWork, chance: random.Random, name: str) -> list[UUID]:
        people = [crowd_of_one(f"{name}.{place}", sponsor_id=chance.choice(self.known)) for place in range(4)]
        enrol_crowd(unit, people)
        return [person.user_id for person in people]

    def _move(self, unit: SqlUnitOfWork, chance: random.Random, name: str) -> list[UUID]:
        tree = chance.choice([SPONSOR, SPONSOR, PLACEMENT, ENROLLER])
        above = chance.choice([None, *self.known])
        leg = chance.randint(1, 3) if tree == PLACEMENT and above else None
        unit.distributors.move(chance.choice(self.known), tree, above, leg, reason=name)
        return []

    def _rebuild(self, unit: SqlUnitOfWork, chance: random.Random, name: str) -> list[UUID]:
        unit.trees.rebuild_paths(chance.choice([SPONSOR, PLACEMENT]))
        return []

    def _count(self, outcome: str) -> None:
        with self._guard:
            self.outcomes[outcome] += 1


class TestManySessions:
    @pytest.mark.parametrize("sessions", [2, 20])
    def test_enrol_and_move_at_random(self, database: str, monkeypatch: pytest.MonkeyPatch, sessions: int) -> None:
        """Everybody is there once, the trees are sound, paths are those of the parents, and every move is known."""
        monkeypatch.setattr(_paths, "STRIP_FROM", 1)
        people = crowd(shapes.random_recursive(12, 1), placement=True)
        with owned_unit(database) as unit:
            enrol_crowd(unit, people)
            unit.trees.keep_paths(PLACEMENT, True)
        at_once = Sessions(database, [person.user_id for person in people])
        at_once.run(sessions)

        done = at_once.outcomes
        # Two can still wait for each other where one wants a leg that somebody has whom the other is moving; the
        # server ends one of them, who tries again.
        assert done["again"] < 10
        assert done["_enrol"] > 100
        assert done["_move"] > 30
        with psycopg.connect(database) as connection:
            for kept in ("sponsor", "placement"):
                assert stored_closure(connection, kept) == closure_of(connection, kept)
        with owned_unit(database) as unit:
            everybody = len(people) + done["_enrol"] + 4 * done["_enrol_many"]
            for tree in GenealogyTree:
                genealogy = unit.trees.read(tree)
                genealogy.check()
                assert len(genealogy) == everybody
                unit.trees.check_paths(tree)
            for person in unit.distributors.page(limit=10_000):
                check_moves(person, unit.distributors.list_moves(person.user_id))


def check_moves(person: Distributor, moves: Sequence[GenealogyMove]) -> None:
    """In each tree a chain, each move from where the one before led, that ends where the person stands."""
    for tree in GenealogyTree:
        place = (getattr(person, f"{tree}_id"), getattr(person, f"{tree}_leg", None))
        own = [move for move in moves if move.tree == tree]
        for move in reversed(own):
            assert (move.to_parent_id, move.to_leg) == place
            place = (move.from_parent_id, move.from_leg)
        instants = [move.moved_at for move in own if move.moved_at is not None]
        assert instants == sorted(set(instants))
