"""Decision D6: paths, legs, moves and loops are kept by the database, whoever writes."""

import threading
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import CheckViolation, FeatureNotSupported, SerializationFailure, UniqueViolation

from sql.schema._closure_twin import SponsorTree, paths_of
from sql.schema._stage import Person, add_people, fails_with, move, on_stage, one, rows, uuid_of

Connection = psycopg.Connection[Any]

CHAIN = [
    Person(name="ann"),
    Person(name="bob", sponsor="ann"),
    Person(name="cid", sponsor="bob"),
    Person(name="dan", sponsor="cid"),
    Person(name="eve", sponsor="ann", joined=date(2026, 1, 2)),
]


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """A connection on the installed schema, undone afterwards."""
    return on_stage(connection)


def stored_paths(connection: Connection, tree: str = "sponsor") -> set[tuple[str, str, int, int]]:
    """The kept rows of a tree, by distributor number."""
    return set(
        rows(
            connection,
            "SELECT a.distributor_number, d.distributor_number, p.depth, p.leg_position"
            " FROM genealogy_paths AS p JOIN distributors AS a ON a.user_id = p.ancestor_id"
            " JOIN distributors AS d ON d.user_id = p.descendant_id WHERE p.path_type = %s",
            tree,
        )
    )


def legs(connection: Connection, sponsor: str) -> dict[str, int]:
    """The sponsor legs under somebody."""
    return dict(
        rows(
            connection,
            "SELECT distributor_number, sponsor_leg FROM distributors WHERE sponsor_id = %s",
            uuid_of(sponsor),
        )
    )


def moves(connection: Connection) -> list[tuple[Any, ...]]:
    """What was recorded: who, tree, from, to, legs."""
    return rows(
        connection,
        "SELECT d.distributor_number, m.tree, f.distributor_number, t.distributor_number, m.from_leg, m.to_leg"
        " FROM genealogy_moves AS m JOIN distributors AS d ON d.user_id = m.distributor_id"
        " LEFT JOIN distributors AS f ON f.user_id = m.from_parent_id"
        " LEFT JOIN distributors AS t ON t.user_id = m.to_parent_id"
        " ORDER BY m.tree, d.distributor_number",
    )


class TestPathsOnInsert:
    """Rows have depth >= 1, none for the person itself, and the leg of the ancestor."""

    EXPECTED = frozenset(
        {
            ("ann", "bob", 1, 1),
            ("ann", "cid", 2, 1),
            ("bob", "cid", 1, 1),
            ("ann", "dan", 3, 1),
            ("bob", "dan", 2, 1),
            ("cid", "dan", 1, 1),
            ("ann", "eve", 1, 2),
        }
    )

    def test_one_by_one(self, stage: Connection) -> None:
        """A root has no rows; everybody else has one for each person above."""
        for person in CHAIN:
            add_people(stage, [person])

        assert stored_paths(stage) == self.EXPECTED

    @pytest.mark.parametrize("copy", [False, True], ids=["insert", "copy"])
    def test_child_before_parent_in_one_statement(self, stage: Connection, copy: bool) -> None:
        """One statement in any order gives the same rows as one by one."""
        add_people(stage, CHAIN[::-1], copy=copy)

        assert stored_paths(stage) == self.EXPECTED

    def test_parents_from_an_earlier_statement(self, stage: Connection) -> None:
        """New people below old ones and below each other get all rows."""
        add_people(stage, CHAIN[:2])
        add_people(stage, CHAIN[:1:-1])

        assert stored_paths(stage) == self.EXPECTED

    def test_the_placement_tree_is_off_until_it_is_switched_on(self, stage: Connection) -> None:
        """Keeping rows is a choice per tree; switching on builds them, switching off removes them."""
        add_people(
            stage,
            [
                Person(name="ann"),
                Person(name="bob", placement="ann", leg=2),
                Person(name="cid", placement="bob", leg=1),
            ],
        )

        assert stored_paths(stage, "placement") == set()
        assert one(stage, "SELECT keep_genealogy_paths('placement', true)") == 3
        assert stored_paths(stage, "placement") == {("ann", "bob", 1, 2), ("ann", "cid", 2, 2), ("bob", "cid", 1, 1)}
        add_people(stage, [Person(name="dan", placement="cid", leg=2)])
        assert ("ann", "dan", 3, 2) in stored_paths(stage, "placement")
        assert one(stage, "SELECT keep_genealogy_paths('placement', false)") == 0

    def test_enroller_paths_cannot_be_switched_on(self, stage: Connection) -> None:
        """`genealogy_type` has no label for them."""
        assert fails_with(stage, "UPDATE genealogy_closure SET enabled = true WHERE tree = 'enroller'") == (
            "genealogy_closure_enroller_check",
            'new row for relation "genealogy_closure" violates check constraint "genealogy_closure_enroller_check"',
        )


class TestSponsorLegs:
    """Numbered in the order of joining, stored, never given twice."""

    def test_follow_the_order_of_joining_within_a_statement(self, stage: Connection) -> None:
        """First by date, then by number, whatever the order of the rows."""
        add_people(
            stage,
            [
                Person(name="z", sponsor="ann", joined=date(2026, 1, 1)),
                Person(name="a", sponsor="ann", joined=date(2026, 1, 3)),
                Person(name="m", sponsor="ann", joined=date(2026, 1, 1)),
                Person(name="ann"),
            ],
        )

        assert legs(stage, "ann") == {"m": 1, "z": 2, "a": 3}

    def test_are_not_given_twice_after_a_move(self, stage: Connection) -> None:
        """The number of somebody who left stays theirs."""
        add_people(stage, CHAIN)
        move(stage, "eve", sponsor="bob")
        add_people(stage, [Person(name="fay", sponsor="ann")])

        assert legs(stage, "ann") == {"bob": 1, "fay": 3}
        assert legs(stage, "bob") == {"cid": 1, "eve": 2}

    def test_are_not_given_to_somebody_who_comes_while_the_owner_leaves(self, stage: Connection) -> None:
        """One statement takes eve away from ann and brings cid: cid gets a number of its own."""
        add_people(stage, CHAIN)
        stage.execute(
            "UPDATE distributors SET sponsor_id = CASE user_id WHEN %(cid)s THEN %(ann)s ELSE %(bob)s END::uuid"
            " WHERE user_id IN (%(cid)s, %(eve)s)",
            {name: uuid_of(name) for name in ("ann", "bob", "cid", "eve")},
        )

        assert legs(stage, "ann") == {"bob": 1, "cid": 3}
        assert legs(stage, "bob") == {"eve": 2}

    def test_are_taken_from_a_writer_who_gives_them(self, stage: Connection) -> None:
        """A bulk load may bring its own; a number that is taken is refused."""
        add_people(stage, CHAIN[:1])
        stage.execute("INSERT INTO users (id, email) VALUES (%s, 'x@example.com')", (uuid_of("x"),))
        insert = (
            "INSERT INTO distributors (user_id, distributor_number, sponsor_id, sponsor_leg) VALUES (%s, 'x', %s, 5)"
        )
        stage.execute(insert, (uuid_of("x"), uuid_of("ann")))
        add_people(stage, [Person(name="y", sponsor="ann")])

        assert legs(stage, "ann") == {"x": 5, "y": 6}

    def test_of_two_people_at_once_follow_each_other(self, database: str) -> None:
        """Two enrolments under one sponsor in two transactions: the second waits, and gets the next number."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            on_stage(first)
            add_people(first, CHAIN[:1])
            first.commit()
            add_people(on_stage(first), [Person(name="x", sponsor="ann")])
            on_stage(second)
            waiting = threading.Thread(target=add_people, args=(second, [Person(name="y", sponsor="ann")]))
            waiting.start()
            wait_until_blocked(database, second)
            first.commit()
            waiting.join()
            second.commit()

            assert legs(on_stage(first), "ann") == {"x": 1, "y": 2}


class TestMoves:
    """Old paths out, new in, for the whole subtree, and written down."""

    def test_take_the_subtree_along(self, stage: Connection) -> None:
        """Rows inside the subtree stay, rows to the old ancestors go, rows to the new come."""
        add_people(stage, CHAIN)
        move(stage, "cid", sponsor="eve")

        assert stored_paths(stage) == {
            ("ann", "bob", 1, 1),
            ("ann", "eve", 1, 2),
            ("ann", "cid", 2, 2),
            ("eve", "cid", 1, 1),
            ("ann", "dan", 3, 2),
            ("eve", "dan", 2, 1),
            ("cid", "dan", 1, 1),
        }

    def test_leave_rows_inside_the_subtree_untouched(self, stage: Connection) -> None:
        """In proportion to the rows that change: the row between cid and dan keeps its id."""
        add_people(stage, CHAIN)
        inside = "SELECT id FROM genealogy_paths WHERE ancestor_id = %s"
        before = one(stage, inside, uuid_of("cid"))
        move(stage, "cid", sponsor="eve")

        assert one(stage, inside, uuid_of("cid")) == before

    def test_to_no_sponsor_make_a_root(self, stage: Connection) -> None:
        """All rows to those above go; the leg is empty."""
        add_people(stage, CHAIN)
        move(stage, "bob", sponsor=None)

        assert stored_paths(stage) == {
            ("bob", "cid", 1, 1),
            ("bob", "dan", 2, 1),
            ("cid", "dan", 1, 1),
            ("ann", "eve", 1, 2),
        }
        assert legs(stage, "ann") == {"eve": 2}

    def test_are_recorded_for_all_three_trees(self, stage: Connection) -> None:
        """Who, which tree, from whom to whom, and the legs."""
        add_people(stage, [*CHAIN, Person(name="pam", placement="ann", leg=1, enroller="ann")])
        stage.execute("SELECT set_config('mlmcore.actor_id', %s, true)", (str(uuid_of("ann")),))
        stage.execute("SELECT set_config('mlmcore.reason', 'asked for', true)")
        move(stage, "cid", sponsor="eve")
        move(stage, "pam", placement="bob", placement_leg=2, enroller="bob")

        assert moves(stage) == [
            ("pam", "enroller", "ann", "bob", None, None),
            ("pam", "placement", "ann", "bob", 1, 2),
            ("cid", "sponsor", "bob", "eve", 1, 1),
        ]
        assert set(rows(stage, "SELECT moved_by, reason FROM genealogy_moves")) == {(uuid_of("ann"), "asked for")}

    def test_to_another_leg_of_the_same_parent_change_the_parents_rows(self, stage: Connection) -> None:
        """A change of leg alone is a move too."""
        add_people(
            stage,
            [
                Person(name="ann"),
                Person(name="bob", placement="ann", leg=1),
                Person(name="cid", placement="bob", leg=1),
            ],
        )
        stage.execute("SELECT keep_genealogy_paths('placement', true)")
        move(stage, "bob", placement_leg=2)

        assert stored_paths(stage, "placement") == {("ann", "bob", 1, 2), ("ann", "cid", 2, 2), ("bob", "cid", 1, 1)}
        assert moves(stage) == [("bob", "placement", "ann", "ann", 1, 2)]

    def test_of_nobody_record_nothing(self, stage: Connection) -> None:
        """An update of other columns, or to the same parent, is no move."""
        add_people(stage, CHAIN)
        stage.execute("UPDATE distributors SET notes = 'x', sponsor_id = sponsor_id")

        assert moves(stage) == []
        assert legs(stage, "ann") == {"bob": 1, "eve": 2}

    def test_cannot_be_changed_afterwards(self, stage: Connection) -> None:
        """The record is only added to."""
        add_people(stage, CHAIN)
        move(stage, "cid", sponsor="eve")

        assert fails_with(stage, "DELETE FROM genealogy_moves") == (
            "genealogy_moves_append_only_check",
            "DELETE of genealogy_moves refused: rows are only added to it",
        )

    def test_are_refused_at_a_higher_isolation_where_paths_are_kept(self, database: str) -> None:
        """The snapshot may not show everybody who has to come along."""
        with psycopg.connect(database) as host:
            add_people(on_stage(host), CHAIN)
            host.commit()
            host.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            on_stage(host)

            with pytest.raises(FeatureNotSupported) as caught:
                move(host, "cid", sponsor="eve")

        assert caught.value.diag.message_primary == (
            "somebody is moved in the sponsor tree inside a REPEATABLE READ transaction"
        )


class TestLoops:
    """Refused, and shown."""

    def test_nobody_sponsors_themselves(self, stage: Connection) -> None:
        """By a CHECK on each of the three parents."""
        add_people(stage, CHAIN)

        for tree in ("sponsor", "enroller"):
            name, _ = fails_with(stage, f"UPDATE distributors SET {tree}_id = user_id WHERE distributor_number = 'dan'")
            assert name == f"distributors_{tree}_check"
        name, _ = fails_with(
            stage, "UPDATE distributors SET placement_id = user_id, placement_leg = 1 WHERE distributor_number = 'dan'"
        )
        assert name == "distributors_placement_check"

    def test_a_move_below_oneself_shows_the_loop(self, stage: Connection) -> None:
        """Each person of the loop, from the moved one upwards."""
        add_people(stage, CHAIN)

        assert fails_with(
            stage, "UPDATE distributors SET sponsor_id = %s WHERE user_id = %s", uuid_of("dan"), uuid_of("bob")
        ) == ("distributors_sponsor_loop_check", "the sponsor tree would have a loop: bob -> dan -> cid -> bob")

    @pytest.mark.parametrize("tree", ["sponsor", "placement", "enroller"])
    def test_new_people_in_a_loop_are_refused(self, stage: Connection, tree: str) -> None:
        """Also when others hang below the loop, and in all three trees."""
        loop = [("x", "y", 1), ("y", "z", 1), ("z", "x", 1), ("tail", "x", 2)]
        leg = {"placement": True}.get(tree, False)
        people = [Person(name=name, **{tree: above}, leg=number if leg else None) for name, above, number in loop]  # type: ignore[arg-type]  # one keyword, by name

        with pytest.raises(CheckViolation) as caught:
            add_people(stage, people)

        assert caught.value.diag.constraint_name == f"distributors_{tree}_loop_check"
        shown = str(caught.value.diag.message_primary).removeprefix(f"the {tree} tree would have a loop: ")
        assert shown in {"x -> y -> z -> x", "y -> z -> x -> y", "z -> x -> y -> z"}

    def test_a_long_loop_is_shortened(self, stage: Connection) -> None:
        """Ten names, how many more, and the first again."""
        names = [f"p{place:02}" for place in range(30)]
        people = [Person(name=name, sponsor=above) for name, above in zip(names[1:], names, strict=False)]
        add_people(stage, [Person(name="p00"), *people])

        _, message = fails_with(
            stage, "UPDATE distributors SET sponsor_id = %s WHERE user_id = %s", uuid_of("p29"), uuid_of("p00")
        )

        assert message == (
            "the sponsor tree would have a loop: p00 -> p29 -> p28 -> p27 -> p26 -> p25 -> p24 -> p23 -> p22 -> p21"
            " -> (20 more) -> p00"
        )


class TestPlacementLegs:
    """A leg comes with a parent, and holds one person."""

    def test_two_people_cannot_hang_in_one_leg(self, stage: Connection) -> None:
        """By a unique constraint on parent and leg."""
        add_people(stage, [Person(name="ann"), Person(name="bob", placement="ann", leg=1)])

        with pytest.raises(UniqueViolation) as caught:
            add_people(stage, [Person(name="cid", placement="ann", leg=1)])

        assert caught.value.diag.constraint_name == "distributors_placement_id_placement_leg_key"

    def test_a_parent_without_a_leg_is_refused(self, stage: Connection) -> None:
        """And a leg without a parent."""
        add_people(stage, CHAIN)

        for change in ("placement_leg = 1", f"placement_id = '{uuid_of('ann')}'"):
            name, _ = fails_with(stage, f"UPDATE distributors SET {change} WHERE distributor_number = 'dan'")
            assert name == "distributors_placement_leg_given_check"


class TestConcurrency:
    """Enrolments share a tree, a move has it alone."""

    def test_enrolments_do_not_wait_for_each_other(self, database: str) -> None:
        """Under different sponsors two open transactions both go through."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            add_people(on_stage(first), CHAIN)
            first.commit()
            add_people(on_stage(first), [Person(name="x", sponsor="ann")])
            add_people(on_stage(second), [Person(name="y", sponsor="bob")])
            second.commit()
            first.commit()

            assert {("ann", "x", 1, 3), ("ann", "y", 2, 1)} <= stored_paths(on_stage(first))

    def test_an_enrolment_waits_for_a_move_and_sees_it(self, database: str) -> None:
        """The newcomer under cid gets eve's line, not bob's."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            add_people(on_stage(first), CHAIN)
            first.commit()
            move(on_stage(first), "cid", sponsor="eve")
            on_stage(second)
            waiting = threading.Thread(target=add_people, args=(second, [Person(name="x", sponsor="dan")]))
            waiting.start()
            wait_until_blocked(database, second)
            first.commit()
            waiting.join()
            second.commit()

            line = {row for row in stored_paths(on_stage(first)) if row[1] == "x"}
        assert line == {("dan", "x", 1, 1), ("cid", "x", 2, 1), ("eve", "x", 3, 1), ("ann", "x", 4, 2)}

    def test_an_enrolment_with_an_old_snapshot_is_refused_after_a_move(self, database: str) -> None:
        """At REPEATABLE READ it would otherwise write rows of the tree as it was."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            add_people(on_stage(first), CHAIN)
            first.commit()
            second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            one(on_stage(second), "SELECT count(*) FROM distributors")
            move(on_stage(first), "cid", sponsor="eve")
            first.commit()

            with pytest.raises(SerializationFailure):
                add_people(second, [Person(name="x", sponsor="dan")])

    def test_two_moves_with_old_snapshots_cannot_make_a_loop_together(self, database: str) -> None:
        """In a tree without kept paths: the second finds that somebody was moved since its snapshot."""
        with psycopg.connect(database) as first, psycopg.connect(database) as second:
            below = Person(name="cid", placement="ann", leg=1)
            add_people(on_stage(first), [Person(name="ann"), Person(name="bob"), below])
            first.commit()
            second.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            one(on_stage(second), "SELECT count(*) FROM distributors")
            move(on_stage(first), "ann", placement="bob", placement_leg=1)
            first.commit()

            with pytest.raises(SerializationFailure):
                move(second, "bob", placement="cid", placement_leg=1)

    def test_two_installations_do_not_share_a_lock(self, stage: Connection) -> None:
        """The schema's oid is in the key."""
        here = one(stage, "SELECT genealogy_lock_key('sponsor')")

        assert here & 0xFF == 1
        assert here >> 8 & 0xFFFFFFFF == one(stage, "SELECT 'mlmcore'::regnamespace::oid::bigint")


NAMES = [f"n{number:02}" for number in range(12)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enrol"), st.integers(1, 5), st.lists(st.integers(0, 20), min_size=10, max_size=10)),
        st.tuples(st.just("move"), st.integers(0, 11), st.lists(st.integers(0, 20), min_size=2, max_size=2)),
    ),
    min_size=1,
    max_size=10,
)


class TestAgainstTheTwin:
    """Random batches and moves: the database holds what the slow twin holds, in both trees."""

    @given(steps=STEPS, shuffled=st.randoms(use_true_random=False), copy=st.booleans())
    @settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_paths_legs_and_moves_agree(self, connection: Connection, steps: Any, shuffled: Any, copy: bool) -> None:
        """Enrolments in batches, child before parent, and moves, one and two at once."""
        with connection.transaction(force_rollback=True):
            on_stage(connection).execute("SELECT keep_genealogy_paths('placement', true)")
            twin = SponsorTree()
            waiting = list(NAMES)
            for kind, number, choices in steps:
                if kind == "enrol":
                    enrol_some(connection, twin, waiting, number, choices, shuffled, copy)
                else:
                    move_some(connection, twin, number, choices)

            assert stored_paths(connection) == twin.paths()
            assert stored_paths(connection, "placement") == paths_of(twin.parent, twin.leg)
            assert dict(rows(connection, "SELECT distributor_number, sponsor_leg FROM distributors")) == {
                name: twin.leg.get(name) for name in twin.joined
            }


def enrol_some(
    connection: Connection,
    twin: SponsorTree,
    waiting: list[str],
    number: int,
    choices: list[int],
    shuffled: Any,
    copy: bool,
) -> None:
    """Enrol the next few names, each below somebody older or none; the placement tree mirrors the sponsor tree."""
    batch: list[tuple[str, str | None, int]] = []
    for place in range(min(number, len(waiting))):
        name = waiting.pop(0)
        above = [*twin.joined, *(row[0] for row in batch)]
        sponsor = above[choices[place] % len(above)] if above and choices[place] % 7 else None
        batch.append((name, sponsor, 1 + choices[place + 5] % 3))
    if not batch:
        return
    twin.enrol(batch)
    people = [
        Person(
            name=name,
            sponsor=sponsor,
            placement=sponsor,
            leg=twin.leg.get(name),
            enroller=sponsor,
            joined=date(2026, 1, day),
        )
        for name, sponsor, day in batch
    ]
    shuffled.shuffle(people)
    add_people(connection, people, copy=copy)


def move_some(connection: Connection, twin: SponsorTree, number: int, choices: list[int]) -> None:
    """Move one or two people in one statement, wherever no loop comes of it, in both trees at once."""
    people = list(twin.joined)
    if not people:
        return
    changes: dict[str, str | None] = {}
    for place, choice in enumerate(choices):
        name = people[(number + place) % len(people)]
        target = people[choice % len(people)] if choice % 5 else None
        if target is None or not twin.is_below(target, name):
            if twin.parent.get(name) == target or name in changes:
                continue
            changes[name] = target
            twin.parent.pop(name, None)
            twin.leg.pop(name, None)
            if target is not None:
                twin.parent[name] = target
    for name in sorted((n for n in changes if changes[n] is not None), key=lambda n: (twin.joined[n], n)):
        sponsor = twin.parent[name]
        twin.given[sponsor] = twin.given.get(sponsor, 0) + 1
        twin.leg[name] = twin.given[sponsor]
    if changes:
        connection.execute(
            "UPDATE distributors AS d SET sponsor_id = m.above, placement_id = m.above, placement_leg = m.leg,"
            " enroller_id = m.above FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) AS m (id, above, leg)"
            " WHERE d.user_id = m.id",
            (
                [uuid_of(name) for name in changes],
                [None if above is None else uuid_of(above) for above in changes.values()],
                [twin.leg.get(name) for name in changes],
            ),
        )


def wait_until_blocked(database: str, waiting: Connection) -> None:
    """Return when a backend waits for a lock; no sleeping, each look is a round trip."""
    with psycopg.connect(database, autocommit=True) as watcher:
        while not one(watcher, "SELECT cardinality(pg_blocking_pids(%s)) > 0", waiting.info.backend_pid):
            pass
