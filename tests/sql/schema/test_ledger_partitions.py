"""Decision D8: a partition per period, only adjustments while open, a successor swapped in, immutable at the end."""

import hashlib
import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from sql.schema._stage import Person, add_people, fails_with, on_stage, one, open_period, rows, uuid_of

Connection = psycopg.Connection[Any]
RUN, OTHER_RUN = uuid_of("run"), uuid_of("other run")


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Ann, March 2026 open, and a plan to run."""
    return prepare(connection)


def prepare(connection: Connection) -> Connection:
    """Put people, a plan and a period on the stage."""
    on_stage(connection)
    add_people(connection, [Person(name="ann")])
    open_period(connection, "2026-03", "2026-03-01", "2026-03-31")
    connection.execute(
        "INSERT INTO commission_plans (plan_id, version, document, digest, effective_from, currency)"
        " VALUES ('p', '1', 'x', repeat('a', 64), '2026-01-01', 'USD')"
    )
    for run in (RUN, OTHER_RUN):
        connection.execute(
            "INSERT INTO commission_runs"
            " (id, period_id, plan_id, plan_version, plan_digest, software_version, currency)"
            " VALUES (%s, '2026-03', 'p', '1', repeat('a', 64), '0', 'USD')",
            (run,),
        )
    return connection


def line(
    connection: Connection, name: str, *, kind: str = "adjustment", period: str = "2026-03", **columns: object
) -> None:
    """A ledger line of ann's of one dollar."""
    into = str(columns.pop("into", "commission_ledger"))
    values = {
        "id": uuid_of(name),
        "period_id": period,
        "distributor_id": uuid_of("ann"),
        "type": kind,
        "amount": "1",
        **columns,
    }
    connection.execute(
        f"INSERT INTO {into} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})".encode(),
        list(values.values()),
    )


_STEPS = ["open", "closed", "calculating", "finalized"]


def set_status(connection: Connection, status: str, period: str = "2026-03") -> None:
    """Move a period there, step by step."""
    now: str = one(connection, "SELECT status FROM commission_periods WHERE id = %s", period)
    for step in _STEPS[_STEPS.index(now) + 1 : _STEPS.index(status) + 1]:
        connection.execute("UPDATE commission_periods SET status = %s WHERE id = %s", (step, period))


def lines(connection: Connection, period: str = "2026-03") -> set[UUID]:
    """The ids of a period's lines."""
    return {found for (found,) in rows(connection, "SELECT id FROM commission_ledger WHERE period_id = %s", period)}


def calculate(connection: Connection, run: UUID, *names: str) -> None:
    """What a run does: build beside, load, complete, swap; ledger and unpaid lines."""
    for kind in ("ledger", "unpaid"):
        successor = one(connection, "SELECT create_successor(%s, '2026-03', %s)", kind, run)
        if kind == "ledger":
            for name in names:
                line(connection, name, kind="unilevel", run_id=run, into=successor)
        connection.execute("SELECT complete_successor(%s, '2026-03', %s)", (kind, run))
        connection.execute("SELECT swap_successor(%s, '2026-03', %s)", (kind, run))


class TestPartitionsOfAPeriod:
    """Made with the period, in the ledger and in the unpaid lines."""

    def test_come_with_the_period(self, stage: Connection) -> None:
        """Attached, empty, for this period's id."""
        assert rows(
            stage,
            "SELECT inhrelid::regclass::text, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits"
            " JOIN pg_class AS c ON c.oid = inhrelid"
            " WHERE inhparent IN ('commission_ledger'::regclass, 'commission_unpaid'::regclass) ORDER BY 1",
        ) == [
            ("commission_ledger_2026_03", "FOR VALUES IN ('2026-03')"),
            ("commission_unpaid_2026_03", "FOR VALUES IN ('2026-03')"),
        ]

    @pytest.mark.parametrize(
        ("period", "suffix"),
        [
            ("2027", "2027"),
            ("2027-03", "2027_03"),
            ("2027-W09", "2027_w09"),
            ("2027-03-01", "2027_03_01"),
            ("2027-Q1", "2027_q1"),
            ("2027_03", None),
            ("2027-w09", None),
            ('it\'s "odd"; --', None),
            ("Ä" * 20, None),
        ],
    )
    def test_have_safe_names_for_any_id(self, stage: Connection, period: str, suffix: str | None) -> None:
        """An id of another shape than ours becomes a hash, so no two ids share a table."""
        open_period(stage, period, "2027-03-01", "2027-03-31")
        line(stage, "x", period=period)

        hashed = "x" + hashlib.md5(period.encode(), usedforsecurity=False).hexdigest()[:12]
        assert one(stage, "SELECT tableoid::regclass::text FROM commission_ledger") == (
            f"commission_ledger_{suffix or hashed}"
        )

    def test_are_not_made_twice(self, stage: Connection) -> None:
        """The function may be called again."""
        stage.execute("SELECT ensure_period_partitions('2026-03')")

        assert one(stage, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'commission_ledger'::regclass") == 1

    def test_a_line_of_no_period_is_refused(self, stage: Connection) -> None:
        """There is no default partition."""
        _, message = fails_with(
            stage,
            "INSERT INTO commission_ledger (period_id, distributor_id, type, amount) VALUES ('x', %s, 'adjustment', 1)",
            uuid_of("ann"),
        )
        assert message == 'no partition of relation "commission_ledger" found for row'


class TestWhileOpen:
    """Only adjustments."""

    def test_an_adjustment_is_taken(self, stage: Connection) -> None:
        """One by one."""
        line(stage, "a")

        assert lines(stage) == {uuid_of("a")}

    @pytest.mark.parametrize("table", ["commission_ledger", "commission_ledger_2026_03"])
    def test_anything_else_is_refused(self, stage: Connection, table: str) -> None:
        """Also into the partition by its own name."""
        name, message = fails_with(
            stage,
            f"INSERT INTO {table} (period_id, distributor_id, type, amount) VALUES ('2026-03', %s, 'unilevel', 1)",
            uuid_of("ann"),
        )
        assert (name, message) == (
            "commission_ledger_open_check",
            (
                "period '2026-03' is open, and while a period is open its ledger holds only adjustments;"
                " this line is unilevel"
            ),
        )

    def test_a_correction_names_a_stored_line(self, stage: Connection) -> None:
        """Id and period, both, of a line that is there."""
        line(stage, "a")
        line(stage, "b", corrects_id=uuid_of("a"), corrects_period_id="2026-03")
        insert = (
            "INSERT INTO commission_ledger (period_id, distributor_id, type, amount, corrects_id, corrects_period_id)"
            " VALUES ('2026-03', %s, 'adjustment', 1, %s, %s)"
        )

        assert fails_with(stage, insert, uuid_of("ann"), uuid_of("no"), "2026-03") == (
            "commission_ledger_corrects_fkey",
            f"the line to correct is not in the ledger: {uuid_of('no')} of period '2026-03'",
        )
        assert fails_with(stage, insert, uuid_of("ann"), uuid_of("a"), None)[0] == "commission_ledger_corrects_check"


class TestSuccessor:
    """Built beside, swapped in."""

    def test_holds_the_adjustments_and_the_calculated_lines(self, stage: Connection) -> None:
        """What was adjusted by hand stays."""
        line(stage, "a")
        set_status(stage, "calculating")
        calculate(stage, RUN, "x", "y")

        assert lines(stage) == {uuid_of("a"), uuid_of("x"), uuid_of("y")}
        assert one(stage, "SELECT count(*) FROM commission_ledger_2026_03") == 3

    def test_replaces_the_lines_of_the_run_before(self, stage: Connection) -> None:
        """Also adjustments that the run itself wrote."""
        line(stage, "a")
        set_status(stage, "calculating")
        calculate(stage, RUN, "x")
        line(stage, "run's own", run_id=RUN)
        line(stage, "by hand, in review")
        calculate(stage, OTHER_RUN, "y")

        assert lines(stage) == {uuid_of("a"), uuid_of("y"), uuid_of("by hand, in review")}

    def test_carries_over_an_adjustment_that_came_meanwhile(self, stage: Connection) -> None:
        """Between building and swapping."""
        set_status(stage, "calculating")
        stage.execute("SELECT create_successor('ledger', '2026-03', %s)", (RUN,))
        line(stage, "late")
        stage.execute("SELECT complete_successor('ledger', '2026-03', %s)", (RUN,))
        stage.execute("SELECT swap_successor('ledger', '2026-03', %s)", (RUN,))

        assert lines(stage) == {uuid_of("late")}

    def test_looks_exactly_like_a_partition_made_with_its_period(self, stage: Connection) -> None:
        """Same columns, constraints, indexes by name, and triggers."""
        before = shape(stage, "commission_ledger_2026_03")
        unpaid_before = shape(stage, "commission_unpaid_2026_03")
        set_status(stage, "calculating")
        calculate(stage, RUN, "x")

        assert shape(stage, "commission_ledger_2026_03") == before
        assert shape(stage, "commission_unpaid_2026_03") == unpaid_before
        assert len(before) > 30

    def test_refuses_lines_of_another_period_while_it_loads(self, stage: Connection) -> None:
        """Row by row, so that attaching has nothing to scan."""
        set_status(stage, "calculating")
        successor = one(stage, "SELECT create_successor('ledger', '2026-03', %s)", RUN)

        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            line(stage, "x", period="2026-04", into=successor)
        assert caught.value.diag.constraint_name == "commission_ledger_successor_check"

    def test_refuses_lines_that_name_nobody(self, stage: Connection) -> None:
        """Foreign keys are checked when it is completed."""
        set_status(stage, "calculating")
        successor = one(stage, "SELECT create_successor('ledger', '2026-03', %s)", RUN)
        line(stage, "x", distributor_id=uuid_of("nobody"), into=successor)

        assert fails_with(stage, "SELECT complete_successor('ledger', '2026-03', %s)", RUN)[0] == (
            "commission_ledger_distributor_id_fkey"
        )

    def test_cannot_take_away_a_line_that_was_corrected(self, stage: Connection) -> None:
        """A correction in April points at a line of March that a new run of March would not have."""
        set_status(stage, "calculating")
        calculate(stage, RUN, "x")
        open_period(stage, "2026-04", "2026-04-01", "2026-04-30")
        line(stage, "c", period="2026-04", corrects_id=uuid_of("x"), corrects_period_id="2026-03")
        stage.execute("SELECT create_successor('ledger', '2026-03', %s)", (OTHER_RUN,))
        stage.execute("SELECT complete_successor('ledger', '2026-03', %s)", (OTHER_RUN,))

        assert fails_with(stage, "SELECT swap_successor('ledger', '2026-03', %s)", OTHER_RUN) == (
            "commission_ledger_corrects_fkey",
            "1 line(s) correct lines of period '2026-03' that the new run no longer has",
        )

    @pytest.mark.parametrize("status", ["open", "finalized"])
    def test_is_refused_for_a_period_that_takes_no_run(self, stage: Connection, status: str) -> None:
        """Open: not closed yet; finalized: never again."""
        set_status(stage, status)

        assert fails_with(stage, "SELECT create_successor('ledger', '2026-03', %s)", RUN) == (
            "commission_periods_replaceable_check",
            f"the lines of period '2026-03' cannot be replaced: it is {status}",
        )

    def test_of_an_unknown_kind_or_period_is_refused(self, stage: Connection) -> None:
        """Both are named."""
        assert fails_with(stage, "SELECT create_successor('x', '2026-03', %s)", RUN)[1] == (
            "'x' is no kind of partition: ledger, unpaid"
        )
        assert fails_with(stage, "SELECT create_successor('ledger', 'x', %s)", RUN)[1] == (
            "the lines of period 'x' cannot be replaced: it is not stored"
        )

    def test_leftovers_are_dropped(self, stage: Connection) -> None:
        """Of a run that was given up, and of the same run before it starts again."""
        set_status(stage, "calculating")
        first = one(stage, "SELECT create_successor('ledger', '2026-03', %s)", RUN)
        line(stage, "x", kind="unilevel", into=first)
        second = one(stage, "SELECT create_successor('ledger', '2026-03', %s)", RUN)

        assert first == second
        assert one(stage, f"SELECT count(*) FROM {second}") == 0
        assert one(stage, "SELECT drop_successors('ledger', '2026-03')") == 1
        assert one(stage, "SELECT to_regclass(%s)", second) is None

    def test_a_late_adjustment_of_another_transaction_is_kept(self, database: str) -> None:
        """The swap waits for it, and carries it over."""
        with psycopg.connect(database) as run, psycopg.connect(database) as clerk:
            prepare(run)
            set_status(run, "calculating")
            run.commit()
            on_stage(run).execute("SELECT create_successor('ledger', '2026-03', %s)", (RUN,))
            run.execute("SELECT complete_successor('ledger', '2026-03', %s)", (RUN,))
            run.commit()
            line(on_stage(clerk), "late")
            on_stage(run)
            swap = threading.Thread(target=run.execute, args=("SELECT swap_successor('ledger', '2026-03', %s)", (RUN,)))
            swap.start()
            with psycopg.connect(database, autocommit=True) as watcher:
                while not one(watcher, "SELECT cardinality(pg_blocking_pids(%s)) > 0", run.info.backend_pid):
                    pass
            clerk.commit()
            swap.join()
            run.commit()

            assert lines(on_stage(clerk)) == {uuid_of("late")}


class TestAppendOnly:
    """UPDATE, DELETE and TRUNCATE are refused, whatever name the table is addressed by."""

    @pytest.mark.parametrize("table", ["commission_ledger", "commission_ledger_2026_03"])
    @pytest.mark.parametrize("swapped", [False, True], ids=["made", "swapped"])
    def test_the_ledger_is(self, stage: Connection, table: str, swapped: bool) -> None:
        """The partition made with the period and the one that a run swapped in."""
        line(stage, "a")
        if swapped:
            set_status(stage, "calculating")
            calculate(stage, RUN)

        refusals = {
            verb: fails_with(stage, statement)
            for verb, statement in {
                "UPDATE": f"UPDATE {table} SET amount = 2",
                "DELETE": f"DELETE FROM {table}",
                "TRUNCATE": f"TRUNCATE {table}",
            }.items()
        }
        assert refusals == {
            verb: (
                "commission_ledger_append_only_check",
                f"{verb} of commission_ledger refused: rows are only added to it",
            )
            for verb in ("UPDATE", "DELETE", "TRUNCATE")
        }

    def test_plans_are(self, stage: Connection) -> None:
        """An installed version never changes."""
        for statement in ("UPDATE commission_plans SET name = 'y'", "DELETE FROM commission_plans"):
            assert fails_with(stage, statement)[0] == "commission_plans_append_only_check"
        assert fails_with(stage, "TRUNCATE commission_plans CASCADE")[0] == "commission_plans_append_only_check"

    @pytest.mark.parametrize("table", ["commission_ledger", "commission_ledger_2026_03"])
    def test_a_finalized_period_takes_nothing(self, stage: Connection, table: str) -> None:
        """Not even an adjustment."""
        set_status(stage, "finalized")

        assert fails_with(
            stage,
            f"INSERT INTO {table} (period_id, distributor_id, type, amount) VALUES ('2026-03', %s, 'adjustment', 1)",
            uuid_of("ann"),
        ) == (
            "commission_ledger_finalized_check",
            "period '2026-03' is finalized: commission_ledger takes no more lines and changes none",
        )

    def test_unpaid_lines_of_a_finalized_period_stay(self, stage: Connection) -> None:
        """Insert, update, delete and truncate."""
        insert = (
            "INSERT INTO commission_unpaid (period_id, run_id, bonus_id, type, reason, amount, currency)"
            f" VALUES ('2026-03', '{RUN}', 'b', 'unilevel', 'no upline', '0.005', 'USD')"
        )
        stage.execute(insert)
        set_status(stage, "finalized")

        for statement in (insert, "UPDATE commission_unpaid SET amount = 2", "DELETE FROM commission_unpaid_2026_03"):
            assert fails_with(stage, statement)[0] == "commission_unpaid_finalized_check"
        assert fails_with(stage, "TRUNCATE commission_unpaid_2026_03")[0] == "commission_unpaid_append_only_check"
        assert one(stage, "SELECT amount FROM commission_unpaid") == Decimal("0.005")

    def test_finalizing_waits_for_an_adjustment_that_is_being_written(self, database: str) -> None:
        """An uncommitted line pins the period's state."""
        with psycopg.connect(database) as clerk, psycopg.connect(database) as boss:
            prepare(clerk)
            clerk.commit()
            line(on_stage(clerk), "a")
            on_stage(boss).execute("SET LOCAL lock_timeout = '20ms'")

            with pytest.raises(psycopg.errors.LockNotAvailable):
                set_status(boss, "finalized")


def shape(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    """Columns, constraints, indexes and triggers of a table, by name and definition."""
    return rows(
        connection,
        "WITH t AS (SELECT %s::regclass AS oid)"
        " SELECT 'column', attname, format_type(atttypid, atttypmod) || attnotnull"
        "  || coalesce(pg_get_expr(adbin, adrelid), '') FROM t JOIN pg_attribute ON attrelid = t.oid AND attnum > 0"
        "  LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(pg_constraint.oid) || coninhcount"
        "  FROM t JOIN pg_constraint ON conrelid = t.oid"
        " UNION ALL SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)"
        "  FROM t JOIN pg_index ON indrelid = t.oid"
        " UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(pg_trigger.oid)"
        "  FROM t JOIN pg_trigger ON tgrelid = t.oid WHERE NOT tgisinternal OR tgparentid <> 0 AND tgname LIKE 'tr_%%'"
        " ORDER BY 1, 2",
        table,
    )
