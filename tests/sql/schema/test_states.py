"""States move as the domain's machines say, and what is fixed stays: in the database too, in the same words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import psycopg
import pytest
from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.commissions import CommissionInput
from mlmcore.domain.enums import PayoutStatus, PeriodStatus, RunStatus
from mlmcore.domain.errors import IllegalMoveError, MlmError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.machines import MACHINES, Machine
from mlmcore.domain.money import Money
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.translate import translating
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from mlmcore.testing.contracts._support import (
    a_case,
    a_debt,
    a_distributor,
    a_payout,
    a_period,
    a_plan,
    a_run,
    a_user,
    move_period,
)
from sql.schema._stage import fails_with, on_stage, rows
from sql.schema.test_every_table import put

Connection = psycopg.Connection[Any]

STATES: Final[Mapping[tuple[str, str], Machine[Any]]] = {
    ("users", "status"): machines.USER,
    ("user_profiles", "kyc_status"): machines.KYC,
    ("distributors", "status"): machines.DISTRIBUTOR,
    ("contacts", "status"): machines.CONTACT,
    ("tasks", "status"): machines.TASK,
    ("customers", "status"): machines.CUSTOMER,
    ("products", "status"): machines.PRODUCT,
    ("orders", "status"): machines.ORDER,
    ("orders", "payment_status"): machines.PAYMENT,
    ("auto_ships", "status"): machines.AUTO_SHIP,
    ("commission_periods", "status"): machines.PERIOD,
    ("payouts", "status"): machines.PAYOUT,
    ("compliance_cases", "status"): machines.CASE,
}
"""Each column that a machine governs."""

OTHER_RULES = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I CASCADE', c.relname, k.conname)
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
WHERE k.connamespace = 'mlmcore'::regnamespace AND k.contype IN ('f', 'c', 'x') AND k.conparentid = 0
    AND NOT c.relispartition AND c.relname = ANY (%s)
UNION ALL
SELECT format('ALTER TABLE %%I DISABLE TRIGGER %%I', c.relname, t.tgname)
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'mlmcore'::regnamespace AND NOT t.tgisinternal AND t.tgfoid <> 'guard_move'::regproc
    AND c.relname = ANY (%s)
"""


class TestMachines:
    """The database's moves are the domain's."""

    def test_every_pair_of_states_of_every_machine(self, connection: Connection) -> None:
        """In the order of the domain's table, so that messages are the same; of an unknown machine nothing is known."""
        on_stage(connection)
        pairs = [(machine, state) for machine in MACHINES for state in machine.states]
        asked = ", ".join(f"legal_moves('{machine.name}', '{state}')" for machine, state in pairs)

        assert list(rows(connection, f"SELECT {asked}, legal_moves('x', 'y')")[0]) == [
            *([str(state) for state in machine.moves(source)] for machine, source in pairs),
            None,
        ]

    def test_every_machine_governs_its_columns(self, connection: Connection) -> None:
        """Each by a trigger that names it, and a row by its key."""
        on_stage(connection)
        found = rows(
            connection,
            "SELECT c.relname, split_part(encode(t.tgargs, 'escape'), '\\000', 2),"
            " split_part(encode(t.tgargs, 'escape'), '\\000', 1),"
            " (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = t.tgattr[0])"
            " FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgfoid = 'guard_move'::regproc",
        )

        assert {(table, column): machine for table, column, machine, _ in found} == {
            place: machine.name for place, machine in STATES.items()
        }
        assert all(column == watched for _, column, _, watched in found)

    def test_raw_statements_move_as_the_machines_say(self, connection: Connection) -> None:
        """All pairs of states in every column; all else that the tables keep is taken away first."""
        on_stage(connection)
        tables = sorted({table for table, _ in STATES})
        for (words,) in rows(connection, OTHER_RULES, tables, tables):
            connection.execute(words.encode())
        for (table, column), machine in STATES.items():
            for source in machine.states:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER tr_{table}_{column}_move".encode())
                connection.execute(f"DELETE FROM {table}".encode())
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER tr_{table}_{column}_move".encode())
                put(connection, table, **{column: f"'{source}'"})
                refused = {
                    target
                    for target in machine.states
                    if fails_with(connection, f"UPDATE {table} SET {column} = '{target}'")[0]
                }
                assert refused == {target for target in machine.states if not machine.allows(source, target)}, (
                    table,
                    source,
                )

    def test_an_illegal_move_is_told_as_the_domain_tells_it(self, connection: Connection) -> None:
        """With whose state it was, and as the same error; a final state says so, and no state is lost."""
        on_stage(connection)
        user = a_user()
        put(connection, "users", id=f"'{user.id}'", email="'a@b.test'")
        put(connection, "distributors", user_id=f"'{user.id}'", status="'terminated'")

        for target in ("'active'", "NULL"):
            with pytest.raises(IllegalMoveError) as caught, translating(), connection.transaction():
                connection.execute(f"UPDATE distributors SET status = {target}".encode())
            said = f"{target.strip(chr(39))}; from terminated it can become nothing: it is final"
            assert str(caught.value) == f"distributor {user.id}: terminated cannot become {said}"
        with pytest.raises(IllegalMoveError) as caught, translating(), connection.transaction():
            connection.execute("UPDATE users SET status = 'pending' WHERE status = 'active'")
        error = caught.value
        assert (error.machine, error.source, error.target) == ("user", "active", "pending")
        assert error.legal == machines.USER.moves(machines.USER.starts[0])

    def test_a_row_without_a_state_may_get_any(self, connection: Connection) -> None:
        """The seed's columns take NULL, which only a host's own statement writes."""
        on_stage(connection)
        put(connection, "products", status="NULL")

        moved = fails_with(connection, "UPDATE products SET status = 'discontinued' WHERE status IS NULL")
        assert moved == (None, "not refused")


ANN: Final = key_of("ann")
CASE, PAYOUT, DEBT, RUN = (key_of(name) for name in ("case", "payout", "debt", "run"))
PAID_RUN: Final = key_of("paid run")
FOUND: Final = {"kind": "note", "text": "a post"}


def populate(unit: UnitOfWork) -> None:
    """Ann with a payout that is held and a debt that is half settled, a case, and a closed and a finalized period."""
    ann = unit.distributors.add(a_distributor(unit.users.add(a_user(id=ANN))))
    unit.plans.add(a_plan())
    for period in ("2026-02", "2026-03", "2026-04"):
        unit.periods.add(a_period(period))
    unit.payouts.add(evolve(a_payout(ann), id=PAYOUT, held_reason="no bank account"))
    unit.payouts.add_debt(evolve(a_debt(ann), id=DEBT, amount=Money.of("9", "USD"), settled=Money.of("5", "USD")))
    unit.cases.add(a_case(id=CASE, case_number="K-1", evidence=(FOUND,)))
    unit.runs.add(a_run(id=RUN))
    move_period(unit, "2026-03", PeriodStatus.CLOSED)
    move_period(unit, "2026-02", PeriodStatus.CLOSED, PeriodStatus.CALCULATING, PeriodStatus.FINALIZED)


def _changed(what: str, key: Any, **changes: Any) -> Callable[[UnitOfWork], Any]:
    def act(unit: UnitOfWork) -> Any:
        repository = getattr(unit, what)
        return repository.update(evolve(repository.get(key), **changes))

    return act


def _debt(**changes: Any) -> Callable[[UnitOfWork], Any]:
    return lambda unit: unit.payouts.update_debt(evolve(unit.payouts.get_debt(DEBT), **changes))


def _figure(unit: UnitOfWork) -> Any:
    return unit.periods.set_input(CommissionInput(period_id="2026-02", name="fund", value=Decimal(5), unit="money"))


SAME: list[tuple[str, Callable[[UnitOfWork], Any], str]] = [
    (
        "UPDATE compliance_cases SET subject_type = 'order'",
        _changed("cases", CASE, subject_type="order"),
        "subject_type of case K-1 cannot change once it is stored; dismiss it and open another one",
    ),
    (
        "UPDATE compliance_cases SET evidence = NULL",
        _changed("cases", CASE, evidence=None),
        "evidence of case K-1 is only ever added to; add what puts it right",
    ),
    (
        'UPDATE compliance_cases SET evidence = ARRAY[\'{"kind": "other"}\'::jsonb] || evidence',
        _changed("cases", CASE, evidence=({"kind": "other"}, FOUND)),
        "evidence of case K-1 is only ever added to; add what puts it right",
    ),
    (
        "UPDATE payouts SET net_amount = 59, amount = 60",
        _changed("payouts", PAYOUT, net_amount=Money.of("59", "USD"), amount=Money.of("60", "USD")),
        f"amount, net_amount of payout {PAYOUT} cannot change once it is stored; cancel the payout instead",
    ),
    (
        "UPDATE payouts SET status = 'approved', approved_at = now(), held_reason = NULL",
        _changed(
            "payouts",
            PAYOUT,
            status=PayoutStatus.APPROVED,
            approved_at=datetime(2026, 4, 5, tzinfo=UTC),
            held_reason=None,
        ),
        (
            f"payout {PAYOUT} is held (no bank account) and cannot become approved; release it first, by a step of its "
            "own"
        ),
    ),
    (
        "UPDATE debts SET amount = 10",
        _debt(amount=Money.of("10", "USD")),
        f"amount of debt {DEBT} cannot change once it is stored; settle it, and store another one",
    ),
    (
        "UPDATE debts SET settled = 1",
        _debt(settled=Money.of("1", "USD")),
        (
            f"debt {DEBT}: 5.00 USD is settled already, which cannot shrink to 1.00 USD; store another debt of the "
            "difference"
        ),
    ),
    (
        (
            "INSERT INTO commission_periods (id, name, start_date, end_date, status)"
            " VALUES ('2026-05', 'May', '2026-05-01', '2026-05-31', 'closed')"
        ),
        lambda unit: unit.periods.add(a_period("2026-05", status=PeriodStatus.CLOSED)),
        "a new period is open; period 2026-05 is closed; store it open and close it by a step of its own",
    ),
    (
        "UPDATE commission_periods SET end_date = '2026-03-30', timezone = 'Asia/Tokyo' WHERE id = '2026-03'",
        _changed("periods", "2026-03", end_date=date(2026, 3, 30), timezone="Asia/Tokyo"),
        (
            "end_date, timezone of period 2026-03 cannot change: it is closed, not open; what falls on other days is "
            "put right by adjustments in the open period"
        ),
    ),
    (
        "INSERT INTO commission_inputs (period_id, name, value, unit) VALUES ('2026-02', 'fund', 5, 'money')",
        _figure,
        (
            "fund of period 2026-02 cannot change: the period is finalized; what is wrong in it is put right by "
            "adjustments in the open period"
        ),
    ),
]


@pytest.fixture(scope="module")
def stored(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[Connection]:
    """All of it, in a transaction of a database of its own; every test undoes what it does."""
    with new_database() as dsn, psycopg.connect(dsn) as connection:
        on_stage(connection)
        with SqlUnitOfWork(PsycopgSession(connection)) as unit:
            populate(unit)
        yield connection
        connection.rollback()


class TestFixed:
    """What the stores refuse to change, the database refuses in the same words."""

    @pytest.mark.parametrize(("statement", "act", "message"), SAME, ids=[row[2][:40] for row in SAME])
    def test_by_a_statement_and_by_a_store(
        self, stored: Connection, statement: str, act: Callable[[UnitOfWork], Any], message: str
    ) -> None:
        """One fact, one sentence."""
        memory = MemoryStore()()
        with memory:
            populate(memory)
            with pytest.raises(RefusedError) as in_memory:
                act(memory)
        with pytest.raises(MlmError) as in_database, translating(), stored.transaction():
            stored.execute(statement.encode())

        assert (str(in_memory.value), str(in_database.value)) == (message, message)
        assert type(in_database.value) is RefusedError

    @pytest.mark.parametrize(
        "statement",
        [
            'UPDATE compliance_cases SET evidence = evidence || \'{"kind": "more"}\'::jsonb',
            "UPDATE payouts SET held_reason = NULL",
            "UPDATE payouts SET status = 'cancelled'",
            "UPDATE debts SET settled = 9",
            "UPDATE commission_periods SET name = 'x', total_pv = 5",
            "UPDATE commission_periods SET end_date = '2026-04-29' WHERE id = '2026-04'",
            "INSERT INTO commission_inputs (period_id, name, value, unit) VALUES ('2026-03', 'fund', 5, 'money')",
            "UPDATE commission_runs SET status = 'failed'",
        ],
    )
    def test_what_may_change_does(self, stored: Connection, statement: str) -> None:
        """By a host's own statement."""
        assert fails_with(stored, statement) == (None, "not refused")

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            (
                "DELETE FROM compliance_cases",
                "case K-1: DELETE refused, it is not deleted; dismiss it: set status 'closed'",
            ),
            (
                "DELETE FROM payouts",
                f"payout {PAYOUT}: DELETE refused, it is not deleted; cancel it: set status 'cancelled'",
            ),
            ("DELETE FROM debts", f"debt {DEBT}: DELETE refused, it is not deleted; settle it"),
            ("TRUNCATE debts", "debt each: TRUNCATE refused, it is not deleted; settle it"),
            ("TRUNCATE distributors CASCADE", None),
        ],
    )
    def test_what_is_owed_or_looked_into_is_not_deleted(
        self, stored: Connection, statement: str, message: str | None
    ) -> None:
        """One by one or all at once."""
        with pytest.raises(RefusedError) as caught, translating(), stored.transaction():
            stored.execute(statement.encode())

        assert message is None or str(caught.value) == message


PUT_RIGHT: Final = "; what is wrong in it is put right by adjustments in the open period"


class TestFinalized:
    """What a finalized period was paid by and hands on."""

    @pytest.fixture
    def paid(self, stored: Connection) -> Iterator[Connection]:
        """April, finalized, with its official run, a carried value, an account line and a rank of Ann's."""
        with stored.transaction(force_rollback=True):
            self.finalize_april(stored)
            yield stored

    @staticmethod
    def finalize_april(connection: Connection) -> None:
        connection.execute(
            "INSERT INTO commission_accounts (id) VALUES ('breakage');"
            "INSERT INTO commission_runs"
            " (id, period_id, plan_id, plan_version, plan_digest, software_version, currency, official, status)"
            f" SELECT '{PAID_RUN}', '2026-04', plan_id, version, digest, '0', 'USD', true, 'calculated'"
            " FROM commission_plans;"
            "INSERT INTO commission_carry (run_id, period_id, name, value)"
            f" VALUES ('{PAID_RUN}', '2026-04', 'left over', '5');"
            "INSERT INTO commission_account_lines (account_id, run_id, period_id, bonus_id, type, amount, currency)"
            f" VALUES ('breakage', '{PAID_RUN}', '2026-04', 'x', 'retail', 1, 'USD');"
            "INSERT INTO rank_history (distributor_id, period_id, run_id, plan_id, plan_version)"
            f" SELECT '{ANN}', '2026-04', '{PAID_RUN}', plan_id, version FROM commission_plans"
        )
        with SqlUnitOfWork(PsycopgSession(connection)) as unit:
            unit.runs.update(evolve(unit.runs.get(PAID_RUN), status=RunStatus.FINALIZED))
            move_period(unit, "2026-04", PeriodStatus.CLOSED, PeriodStatus.CALCULATING, PeriodStatus.FINALIZED)

    @pytest.mark.parametrize(
        ("statement", "message"),
        [
            ("UPDATE commission_carry SET value = '9'", "what is carried of period 2026-04 cannot change"),
            ("DELETE FROM commission_carry", "what is carried of period 2026-04 cannot change"),
            (
                (
                    "INSERT INTO commission_carry (run_id, period_id, name, value)"
                    f" VALUES ('{PAID_RUN}', '2026-04', 'more', '5')"
                ),
                "what is carried of period 2026-04 cannot change",
            ),
            ("UPDATE commission_account_lines SET amount = 2", "an account line of period 2026-04 cannot change"),
            ("DELETE FROM commission_account_lines", "an account line of period 2026-04 cannot change"),
            ("UPDATE rank_history SET rank_id = 'diamond'", "a rank of period 2026-04 cannot change"),
            ("DELETE FROM rank_history", "a rank of period 2026-04 cannot change"),
        ],
    )
    def test_stays(self, paid: Connection, statement: str, message: str) -> None:
        """Whichever statement asks; nothing of it is added later either."""
        with pytest.raises(RefusedError) as caught, translating(), paid.transaction():
            paid.execute(statement.encode())

        assert str(caught.value) == f"{message}: the period is finalized{PUT_RIGHT}"

    @pytest.mark.parametrize("verb", ["UPDATE commission_runs SET official = false", "DELETE FROM commission_runs"])
    def test_its_run_stays(self, paid: Connection, verb: str) -> None:
        """In the words of the stores."""
        with pytest.raises(RefusedError) as caught, translating(), paid.transaction():
            paid.execute(f"{verb} WHERE id = '{PAID_RUN}'".encode())

        assert str(caught.value) == (
            f"run {PAID_RUN} cannot change: it is the official run of the finalized period 2026-04{PUT_RIGHT}"
        )
