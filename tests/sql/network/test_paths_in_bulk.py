"""Closure rows made from arrays: the same as the triggers would keep, and the table afterwards as it was before."""

from datetime import UTC, datetime
from typing import Any
from uuid import RFC_4122

import numpy as np
import psycopg
import pytest
from attrs import evolve

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import NotFoundError, RefusedError, StorageError
from mlmcore.domain.ids import new_id
from mlmcore.simulation import shapes
from mlmcore.sql import installer
from mlmcore.sql.repositories import _paths
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork
from sql.network._crowd import closure_of, crowd, enrol_crowd, owned_unit, stored_closure

Connection = psycopg.Connection[Any]
SPONSOR, PLACEMENT, ENROLLER = GenealogyTree
TABLE = (
    "SELECT k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint AS k"
    " WHERE k.conrelid = 'mlmcore.genealogy_paths'::regclass"
    " UNION ALL SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i"
    " WHERE i.indrelid = 'mlmcore.genealogy_paths'::regclass ORDER BY 1, 2"
)
OIDS = "SELECT indexrelid FROM pg_index WHERE indrelid = 'mlmcore.genealogy_paths'::regclass ORDER BY indexrelid"


@pytest.fixture(params=[True, False], ids=["stripped", "in place"])
def stripping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways of loading, whatever the size."""
    monkeypatch.setattr(_paths, "STRIP_FROM", 1 if request.param else 10**9)
    return bool(request.param)


@pytest.fixture
def unit(connection: Connection) -> Any:
    """A unit of work in a transaction that is rolled back."""
    connection.execute("SELECT 1")
    with SqlUnitOfWork(PsycopgSession(connection)) as unit:
        yield unit


def oids(connection: Connection) -> Any:
    """The indexes of the table: others after it was stripped."""
    return connection.execute(OIDS.encode()).fetchall()


class TestRebuilding:
    @pytest.mark.parametrize(
        "shape",
        [shapes.random_recursive(300, 1), shapes.chain(60), shapes.star(60), shapes.power_leg(120, 40, 2)],
        ids=["random", "chain", "star", "power leg"],
    )
    def test_gives_the_rows_of_the_twin(
        self, unit: SqlUnitOfWork, connection: Connection, shape: shapes.Shape, stripping: bool
    ) -> None:
        """In both trees, each row once, whatever was there before."""
        enrol_crowd(unit, crowd(shape, placement=True))
        expected = closure_of(connection, "sponsor")
        connection.execute("DELETE FROM mlmcore.genealogy_paths WHERE depth = 1")
        connection.execute("UPDATE mlmcore.genealogy_paths SET leg_position = 99")
        before = oids(connection)

        assert unit.trees.rebuild_paths(SPONSOR) == len(expected)
        assert stored_closure(connection, "sponsor") == expected
        assert (oids(connection) != before) == stripping
        assert unit.trees.keep_paths(PLACEMENT, True) == len(expected)
        assert stored_closure(connection, "placement") == closure_of(connection, "placement")
        assert stored_closure(connection, "sponsor") == expected

    def test_leaves_indexes_and_keys_as_they_were(self, database: str, stripping: bool) -> None:
        """`schema check` finds nothing afterwards, and an index of the host's is there again."""
        with psycopg.connect(database) as connection:
            connection.execute("CREATE INDEX the_hosts_own ON mlmcore.genealogy_paths (depth) WHERE depth > 3")
            before = connection.execute(TABLE.encode()).fetchall()
            connection.commit()
            with owned_unit(database) as unit:
                enrol_crowd(unit, crowd(shapes.random_recursive(200, 1)))
                unit.trees.rebuild_paths(SPONSOR)

            assert connection.execute(TABLE.encode()).fetchall() == before
            connection.execute("DROP INDEX mlmcore.the_hosts_own")
            assert list(installer.check(connection, "mlmcore")) == []

    def test_gives_ids_of_their_own(self, unit: SqlUnitOfWork, connection: Connection) -> None:
        """Random ones, version 4, as the column's default."""
        enrol_crowd(unit, crowd(shapes.star(50)))
        unit.trees.rebuild_paths(SPONSOR)
        ids = [row[0] for row in connection.execute("SELECT id FROM mlmcore.genealogy_paths").fetchall()]

        assert len(set(ids)) == 49
        assert {(key.version, key.variant) for key in ids} == {(4, RFC_4122)}

    def test_of_a_tree_without_legs_leaves_them_empty(self, unit: SqlUnitOfWork, connection: Connection) -> None:
        """Beside rows that have one: a leg that the host took away by hand."""
        enrol_crowd(unit, crowd(shapes.random_recursive(40, 3)))
        with connection.transaction():
            connection.execute("ALTER TABLE mlmcore.distributors DISABLE TRIGGER tr_distributors_move")
            connection.execute("UPDATE mlmcore.distributors SET sponsor_leg = NULL WHERE sponsor_leg = 2")
            connection.execute("ALTER TABLE mlmcore.distributors ENABLE TRIGGER tr_distributors_move")
        unit.trees.rebuild_paths(SPONSOR)

        assert stored_closure(connection, "sponsor") == closure_of(connection, "sponsor")
        assert None in {row[3] for row in stored_closure(connection, "sponsor")}

    def test_is_undone_with_its_unit(self, database: str, stripping: bool) -> None:
        """The rows, and the table's indexes and keys."""
        with psycopg.connect(database) as connection:
            with owned_unit(database) as unit:
                enrol_crowd(unit, crowd(shapes.chain(30)))
            before, rows = connection.execute(TABLE.encode()).fetchall(), stored_closure(connection, "sponsor")
            connection.commit()
            with pytest.raises(NotFoundError), owned_unit(database) as unit:
                self.build_and_fail(unit)

            assert connection.execute(TABLE.encode()).fetchall() == before
            assert stored_closure(connection, "sponsor") == rows

    def build_and_fail(self, unit: SqlUnitOfWork) -> None:
        """What a host might do before it fails."""
        unit.trees.keep_paths(SPONSOR, False)
        unit.trees.keep_paths(SPONSOR, True)
        unit.users.get(new_id())

    def test_at_a_higher_isolation_is_refused(self, database: str) -> None:
        """The snapshot may not show everybody."""
        with psycopg.connect(database) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            store = SqlStore(PsycopgSession(connection, owns_connection=True))
            with pytest.raises(RefusedError) as caught, store() as unit:
                unit.trees.rebuild_paths(SPONSOR)

        assert str(caught.value) == (
            "the paths of the sponsor tree are made inside a REPEATABLE READ transaction; "
            "The paths of people who were enrolled after the snapshot would be missing; "
            "Make them in a READ COMMITTED transaction"
        )


class TestWhereTheTableCannotBeStripped:
    """Rows are loaded with indexes and keys in place: slower, and right."""

    def rebuilt(self, connection: Connection) -> bool:
        """Rebuild; return whether the table was stripped."""
        before = oids(connection)
        with SqlUnitOfWork(PsycopgSession(connection)) as unit:
            unit.trees.rebuild_paths(SPONSOR)
        assert stored_closure(connection, "sponsor") == closure_of(connection, "sponsor")
        return bool(oids(connection) != before)

    @pytest.fixture
    def crowded(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
        """Some people; any number may be loaded without indexes."""
        monkeypatch.setattr(_paths, "STRIP_FROM", 1)
        connection.execute("SELECT 1")
        with SqlUnitOfWork(PsycopgSession(connection)) as unit:
            enrol_crowd(unit, crowd(shapes.random_recursive(50, 1), placement=True))
        return connection

    def test_a_role_that_does_not_own_it(self, crowded: Connection) -> None:
        """A host with the least rights: it may read and write rows, no more."""
        crowded.execute("CREATE ROLE mlmcore_least")
        crowded.execute("GRANT USAGE ON SCHEMA mlmcore TO mlmcore_least")
        crowded.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA mlmcore TO mlmcore_least")
        crowded.execute("SET LOCAL ROLE mlmcore_least")

        assert not self.rebuilt(crowded)

    def test_rows_of_the_other_tree_that_are_the_most(self, crowded: Connection) -> None:
        """They would be indexed anew for nothing."""
        with SqlUnitOfWork(PsycopgSession(crowded)) as unit:
            assert unit.trees.keep_paths(PLACEMENT, True) > 50

        assert not self.rebuilt(crowded)

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE the_hosts_own (path uuid REFERENCES mlmcore.genealogy_paths)",
            "ALTER TABLE mlmcore.genealogy_paths CLUSTER ON idx_genealogy_descendant",
            "ALTER TABLE mlmcore.genealogy_paths REPLICA IDENTITY USING INDEX genealogy_paths_pkey",
            "COMMENT ON INDEX mlmcore.idx_genealogy_descendant IS 'kept'",
            "COMMENT ON CONSTRAINT genealogy_paths_pkey ON mlmcore.genealogy_paths IS 'kept'",
        ],
        ids=["referred to", "clustered", "replica identity", "comment on an index", "comment on a key"],
    )
    def test_what_a_new_index_would_not_get_back(self, crowded: Connection, statement: str) -> None:
        """Nothing is lost that the host has made of it."""
        crowded.execute(statement.encode())

        assert not self.rebuilt(crowded)

    def test_otherwise_it_is(self, crowded: Connection) -> None:
        """The tests above would notice."""
        assert self.rebuilt(crowded)


class TestAddingMany:
    @pytest.mark.parametrize("stored", [0, 40, 500])
    def test_rows_are_those_of_the_triggers(
        self, unit: SqlUnitOfWork, connection: Connection, monkeypatch: pytest.MonkeyPatch, stored: int
    ) -> None:
        """Made afterwards or by the trigger, in both trees, with legs, and without an audit row more."""
        monkeypatch.setattr(_paths, "_CROWD_FROM", 50)
        people = crowd(shapes.random_recursive(560, 4), placement=True)
        enrol_crowd(unit, people[:stored])
        unit.trees.keep_paths(PLACEMENT, True)
        audited = "SELECT count(*) FROM mlmcore.audit_logs WHERE entity_type = 'genealogy_closure'"
        ((before,),) = connection.execute(audited).fetchall()
        enrol_crowd(unit, people[stored:][::-1])

        for tree in ("sponsor", "placement"):
            assert stored_closure(connection, tree) == closure_of(connection, tree)
        assert connection.execute(audited).fetchall() == [(before,)]
        assert [unit.trees.keeps_paths(tree) for tree in GenealogyTree] == [True, True, False]
        for tree in (SPONSOR, PLACEMENT):
            unit.trees.check_paths(tree)

    def test_legs_follow_the_order_of_joining(self, unit: SqlUnitOfWork) -> None:
        """By date, then by number in the order of code points, whatever the order of the rows."""
        people = crowd(shapes.star(5))
        top, children = people[0], people[1:]
        numbers = ["a", "B", "é", "10"]
        children = [evolve(child, distributor_number=number) for child, number in zip(children, numbers, strict=True)]
        children[0] = evolve(children[0], join_date=children[0].join_date.replace(year=2020))
        enrol_crowd(unit, [*children, top])

        stored = unit.distributors.list_by_sponsor(top.user_id)
        assert [person.distributor_number for person in stored] == ["a", "10", "B", "é"]
        assert [person.sponsor_leg for person in stored] == [1, 2, 3, 4]

    def test_a_loop_among_them_is_refused_and_nothing_is_left(
        self, unit: SqlUnitOfWork, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also where paths are made afterwards: keeping goes on as before."""
        monkeypatch.setattr(_paths, "_CROWD_FROM", 2)
        people = crowd(shapes.chain(5))
        people[1] = evolve(people[1], sponsor_id=people[4].user_id)
        with pytest.raises(RefusedError, match="the sponsor tree would have a loop"):
            enrol_crowd(unit, people)

        assert unit.trees.keeps_paths(SPONSOR)
        assert connection.execute("SELECT count(*) FROM mlmcore.distributors").fetchall() == [(0,)]

    def test_at_a_higher_isolation_the_triggers_make_the_rows(self, database: str, monkeypatch: Any) -> None:
        """It is allowed there, as a single enrolment is."""
        monkeypatch.setattr(_paths, "_CROWD_FROM", 2)
        with psycopg.connect(database) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with SqlStore(PsycopgSession(connection, owns_connection=True))() as unit:
                enrol_crowd(unit, crowd(shapes.chain(5)))

            assert len(stored_closure(connection, "sponsor")) == 10


class TestChecking:
    def test_says_what_is_missing_superfluous_and_wrong(self, unit: SqlUnitOfWork, connection: Connection) -> None:
        """How many of each, and the first; people by number."""
        people = crowd(shapes.chain(5))
        enrol_crowd(unit, people)
        ids = [person.user_id for person in people]
        delete = "DELETE FROM mlmcore.genealogy_paths WHERE ancestor_id = %s AND descendant_id = ANY (%s)"
        connection.execute(delete, (ids[0], ids[2:4]))
        connection.execute("UPDATE mlmcore.genealogy_paths SET depth = 7 WHERE descendant_id = %s", (ids[4],))
        connection.execute(
            "INSERT INTO mlmcore.genealogy_paths (ancestor_id, descendant_id, depth, path_type)"
            " VALUES (%s, %s, 1, 'sponsor')",
            (ids[4], ids[0]),
        )

        with pytest.raises(StorageError) as caught:
            unit.trees.check_paths(SPONSOR)
        assert str(caught.value) == (
            "the paths of the sponsor tree do not follow from its parents: 2 missing (the first: 1-2 below 1-0); "
            "1 superfluous (the first: 1-0 below 1-4); 4 wrong (the first: 1-4 below 1-0); "
            "make them again with rebuild_paths"
        )
        unit.trees.rebuild_paths(SPONSOR)
        unit.trees.check_paths(SPONSOR)

    def test_a_leg_that_is_wrong_is_wrong(self, unit: SqlUnitOfWork, connection: Connection) -> None:
        """Not only the depth."""
        enrol_crowd(unit, crowd(shapes.chain(3)))
        connection.execute("UPDATE mlmcore.genealogy_paths SET leg_position = NULL WHERE depth = 2")

        with pytest.raises(StorageError, match=r"1 wrong \(the first: 1-2 below 1-0\)"):
            unit.trees.check_paths(SPONSOR)

    def test_where_no_paths_are_kept_every_row_is_superfluous(
        self, unit: SqlUnitOfWork, connection: Connection
    ) -> None:
        """They would grow old."""
        enrol_crowd(unit, crowd(shapes.chain(3)))
        connection.execute("UPDATE mlmcore.genealogy_closure SET enabled = false")

        with pytest.raises(StorageError, match="3 superfluous"):
            unit.trees.check_paths(SPONSOR)


class TestMoves:
    def test_of_one_statement_have_one_instant_and_later_ones_a_later(
        self, unit: SqlUnitOfWork, connection: Connection
    ) -> None:
        """Between two who change places there never was a tree; whatever the clock says, the next move is later."""
        people = crowd(shapes.star(4))
        enrol_crowd(unit, people)
        ahead = datetime(2999, 1, 1, tzinfo=UTC)
        connection.execute(
            "INSERT INTO mlmcore.genealogy_moves (distributor_id, tree, moved_at) VALUES (%s, 'sponsor', %s)",
            (people[3].user_id, ahead),
        )
        update = "UPDATE mlmcore.distributors SET sponsor_id = %s WHERE user_id = ANY (%s)"
        connection.execute(update, (people[1].user_id, [people[2].user_id, people[3].user_id]))
        connection.execute(update, (people[0].user_id, [people[2].user_id]))

        moved = connection.execute("SELECT moved_at FROM mlmcore.genealogy_moves ORDER BY moved_at").fetchall()
        steps = np.diff([row[0].astimezone(UTC) for row in moved])
        assert [step.microseconds for step in steps.tolist()] == [1, 0, 1]
