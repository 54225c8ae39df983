"""What changes how the schema works though everything is there: switched off, not valid, not allowed any more."""

from collections.abc import Mapping
from typing import Any, Final

import psycopg
import pytest

from mlmcore.sql.drift import Drift, drift_from

Connection = psycopg.Connection[Any]

MONTH: Final = (
    "INSERT INTO commission_periods (id, name, start_date, end_date)"
    " VALUES ('2026-03', 'March', '2026-03-01', '2026-03-31'); SET CONSTRAINTS ALL IMMEDIATE"
)
LEDGER: Final = "commission_ledger_2026_03"
PAID: Final = "tr_orders_paid"
SEQUENCE: Final = "AS bigint START 1 INCREMENT 1 FROM 1 TO 9223372036854775807 CACHE 1"

ALTERED: list[tuple[str, str, str, str]] = [
    (f"ALTER TABLE orders DISABLE TRIGGER {PAID}", f"trigger orders.{PAID}", "", " (enabled: D)"),
    (f"ALTER TABLE orders ENABLE REPLICA TRIGGER {PAID}", f"trigger orders.{PAID}", "", " (enabled: R)"),
    (
        (
            "ALTER TABLE debts DROP CONSTRAINT debts_amount_check; ALTER TABLE debts ADD CONSTRAINT debts_amount_check"
            " CHECK (amount > 0 AND amount < 'NaN') NOT VALID"
        ),
        "constraint debts.debts_amount_check",
        "",
        " NOT VALID",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_status'::regclass",
        "index idx_orders_status",
        "",
        " INVALID",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_order_number_key'::regclass",
        "constraint orders.orders_order_number_key",
        "",
        " INVALID",
    ),
    ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "table orders", "ordinary", "ordinary ROW SECURITY"),
    (
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "table orders",
        "ordinary",
        "ordinary ROW SECURITY FORCED",
    ),
    (
        "ALTER TABLE orders ALTER notes SET STORAGE EXTERNAL",
        "column orders.notes",
        "text",
        "text STORAGE e",
    ),
    ("ALTER TABLE orders ALTER notes SET COMPRESSION pglz", "column orders.notes", "text", "text COMPRESSION p"),
    ('ALTER TABLE orders ALTER notes TYPE text COLLATE "C"', "column orders.notes", "text", 'text COLLATE "C"'),
    (
        "ALTER SEQUENCE distributor_number_seq INCREMENT 2",
        "sequence distributor_number_seq",
        SEQUENCE,
        SEQUENCE.replace("INCREMENT 1", "INCREMENT 2"),
    ),
    (
        "ALTER SEQUENCE distributor_number_seq MAXVALUE 99 CYCLE",
        "sequence distributor_number_seq",
        SEQUENCE,
        SEQUENCE.replace("9223372036854775807", "99") + " CYCLE",
    ),
    ("ALTER FUNCTION bulk_load() SECURITY DEFINER", "function bulk_load()", "STABLE\n", "STABLE SECURITY DEFINER\n"),
    (
        "ALTER TABLE order_items ALTER stock_taken DROP DEFAULT, ALTER stock_taken ADD GENERATED ALWAYS AS IDENTITY",
        "column order_items.stock_taken",
        "integer NOT NULL DEFAULT 0",
        "integer NOT NULL IDENTITY ALWAYS",
    ),
]
"""What is done, to what, and how its definition reads before and after; an ending where it begins with a space."""


@pytest.mark.parametrize(("change", "what", "before", "after"), ALTERED, ids=[row[0][:60] for row in ALTERED])
def test_an_altered_object_is_named(
    stage: Connection, expected: Mapping[str, str], change: str, what: str, before: str, after: str
) -> None:
    """It, and nothing else (an identity brings its sequence)."""
    stage.execute(change.encode())

    drift = {item.what: item for item in drift_from(expected, stage, "mlmcore")}
    if "IDENTITY" in after:
        assert drift.pop("sequence order_items_stock_taken_seq").how == "extra"
    assert list(drift) == [what]
    found = drift[what]
    assert found.how == "different"
    if not before:
        assert found.found == found.expected + after
    elif "\n" in before:
        assert found.found.replace(after, before) == found.expected
    else:
        assert (found.expected, found.found) == (before, after)


PARTITIONS: list[tuple[str, str]] = [
    (
        f"ALTER TABLE {LEDGER} DISABLE TRIGGER tr_commission_ledger_guard",
        f"trigger {LEDGER}.tr_commission_ledger_guard",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'commission_ledger_pkey_2026_03'::regclass",
        "index commission_ledger_pkey_2026_03",
    ),
    (
        (
            "UPDATE pg_constraint SET convalidated = false WHERE conname = 'commission_ledger_run_id_fkey'"
            f" AND conrelid = '{LEDGER}'::regclass"
        ),
        f"constraint {LEDGER}.commission_ledger_run_id_fkey",
    ),
    (f"ALTER TABLE {LEDGER} ALTER description SET STORAGE EXTERNAL", f"column {LEDGER}.description"),
    (f"ALTER TABLE {LEDGER} ENABLE ROW LEVEL SECURITY", f"table {LEDGER}"),
    (
        (
            f"DROP TRIGGER tr_commission_ledger_no_truncate ON {LEDGER};"
            f" CREATE TRIGGER tr_commission_ledger_no_truncate BEFORE TRUNCATE ON {LEDGER}"
            " EXECUTE FUNCTION touch_updated_at()"
        ),
        f"trigger {LEDGER}.tr_commission_ledger_no_truncate",
    ),
    (f"REVOKE DELETE ON {LEDGER} FROM CURRENT_USER", f"privileges of table {LEDGER}"),
]


@pytest.mark.parametrize(("change", "what"), PARTITIONS, ids=[row[0][:60] for row in PARTITIONS])
def test_an_altered_partition_is_named(stage: Connection, expected: Mapping[str, str], change: str, what: str) -> None:
    """The thing of the partition, by the partition's name."""
    stage.execute(MONTH.encode())
    stage.execute(change.encode())

    assert [item.what for item in drift_from(expected, stage, "mlmcore")] == [what]


class TestRights:
    """The role that installed may do with its objects what it could; what others may is the host's business."""

    @pytest.fixture(autouse=True)
    def roles(self, stage: Connection) -> None:
        """Somebody who reads reports."""
        stage.execute("CREATE ROLE drift_reader NOLOGIN")

    @pytest.mark.parametrize(
        ("change", "what", "before", "after"),
        [
            (
                "REVOKE INSERT, UPDATE ON debts FROM CURRENT_USER",
                "privileges of table debts",
                "may DELETE, INSERT, ",
                "may DELETE, ",
            ),
            (
                "REVOKE ALL ON SEQUENCE distributor_number_seq FROM CURRENT_USER",
                "privileges of sequence distributor_number_seq",
                "may SELECT, UPDATE, USAGE",
                "may do nothing",
            ),
            (
                "REVOKE ALL ON FUNCTION bulk_load() FROM CURRENT_USER, PUBLIC",
                "privileges of function bulk_load()",
                "may EXECUTE",
                "may do nothing",
            ),
            (
                "ALTER TABLE debts OWNER TO drift_reader",
                "owner of table debts",
                "",
                "drift_reader",
            ),
        ],
    )
    def test_what_the_owner_lost_is_named(
        self, stage: Connection, expected: Mapping[str, str], change: str, what: str, before: str, after: str
    ) -> None:
        """A month ends in an error where the role that runs it may no longer write."""
        stage.execute(change.encode())

        (drift,) = drift_from(expected, stage, "mlmcore")
        assert (drift.what, drift.how) == (what, "different")
        assert before in drift.expected
        assert after in drift.found

    def test_what_others_may_is_told_where_it_is_asked_for(
        self, stage: Connection, expected: Mapping[str, str]
    ) -> None:
        """A host grants what its roles need, takes functions from everybody, and writes comments for its people."""
        stage.execute(
            "GRANT USAGE ON SCHEMA mlmcore TO drift_reader; GRANT SELECT, INSERT ON orders TO drift_reader;"
            "GRANT SELECT (email) ON users TO drift_reader; GRANT SELECT ON ranks TO PUBLIC;"
            "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA mlmcore FROM PUBLIC;"
            "COMMENT ON COLUMN orders.notes IS 'by phone'; COMMENT ON TABLE orders IS 'ours'"
        )

        assert drift_from(expected, stage, "mlmcore") == ()
        assert drift_from(expected, stage, "mlmcore", additions=True) == tuple(
            Drift(what=what, how="extra", found=found)
            for what, found in [
                ("comment on column orders.notes", "by phone"),
                ("comment on table orders", "ours"),
                ("privileges of column users.email for drift_reader", "SELECT"),
                ("privileges of schema for drift_reader", "USAGE"),
                ("privileges of table orders for drift_reader", "INSERT, SELECT"),
                ("privileges of table ranks for everybody", "SELECT"),
            ]
        )


class TestSettings:
    """What is set for a role or the database and silences triggers everywhere at once."""

    @pytest.mark.parametrize(
        ("change", "what", "before", "after"),
        [
            (
                "CREATE ROLE drift_loader; ALTER ROLE drift_loader SET session_replication_role = replica",
                "setting session_replication_role of role drift_loader",
                "origin",
                "replica",
            ),
            (
                "CREATE ROLE drift_loader; ALTER ROLE drift_loader SET mlmcore.bulk = 'on'",
                "setting mlmcore.bulk of role drift_loader",
                "not set",
                "on",
            ),
            (
                "SET LOCAL session_replication_role = replica",
                "setting session_replication_role of this session",
                "origin",
                "replica",
            ),
        ],
    )
    def test_it_is_named(
        self, stage: Connection, expected: Mapping[str, str], change: str, what: str, before: str, after: str
    ) -> None:
        """With whose setting it is."""
        stage.execute(change.encode())

        assert drift_from(expected, stage, "mlmcore") == (
            Drift(what=what, how="different", expected=before, found=after),
        )

    def test_of_the_database_too(self, stage: Connection, expected: Mapping[str, str]) -> None:
        """By its name; what is set otherwise is the host's."""
        ((name,),) = stage.execute("SELECT current_database()").fetchall()
        stage.execute(f"ALTER DATABASE {name} SET mlmcore.bulk = 'on'".encode())
        stage.execute(f"ALTER DATABASE {name} SET work_mem = '8MB'".encode())

        assert [item.what for item in drift_from(expected, stage, "mlmcore")] == [
            f"setting mlmcore.bulk of database {name}"
        ]
