"""What the database refuses and keeps by itself, whoever writes; and how its objects are named and bound."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sql.schema._stage import (
    Person,
    add_people,
    fails_with,
    install,
    move,
    on_stage,
    one,
    open_period,
    order,
    rows,
    uuid_of,
)

Connection = psycopg.Connection[Any]
SEALED = json.dumps({"key": "k1", "sealed": "c2VjcmV0"})
ODD = 'My "odd" schema'
DECISIONS = (Path(__file__).parents[3] / "docs" / "schema" / "decisions.md").read_text()


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Ann, a paid order of hers, and March 2026."""
    on_stage(connection)
    add_people(connection, [Person(name="ann")])
    order(connection, "o1", "ann")
    open_period(connection, "2026-03", "2026-03-01", "2026-03-31")
    return connection


class TestChecks:
    """Each refusal has a name."""

    @pytest.mark.parametrize(
        ("constraint", "statement"),
        [
            ("users_email_check", "UPDATE users SET email = 'nobody'"),
            ("users_login_attempts_check", "UPDATE users SET login_attempts = -1"),
            ("order_items_quantity_check", "UPDATE order_items SET quantity = 0, total_price = 0"),
            ("order_items_total_price_check", "UPDATE order_items SET quantity = 2"),
            ("order_items_total_price_check", "UPDATE order_items SET total_price = 'NaN'"),
            ("order_items_pv_check", "UPDATE order_items SET pv = 'NaN'"),
            ("order_items_pv_check", "UPDATE order_items SET pv = -0.01"),
            ("orders_total_check", "UPDATE orders SET total = 'NaN'"),
            ("orders_subtotal_check", "UPDATE orders SET subtotal = -1"),
            ("orders_currency_check", "UPDATE orders SET currency = 'usd'"),
            ("orders_volumes_check", "UPDATE orders SET volumes = '[]'"),
            ("orders_delivery_check", "UPDATE orders SET shipped_at = '2026-03-02', delivered_at = '2026-03-01'"),
            ("products_price_check", "UPDATE products SET price = 'NaN'"),
            (
                "products_dates_check",
                "UPDATE products SET launch_date = '2026-03-02', discontinued_date = '2026-03-01'",
            ),
            ("distributors_group_pv_check", "UPDATE distributors SET group_pv = 'NaN'"),
            ("distributors_attributes_check", "UPDATE distributors SET attributes = '1'"),
            ("commission_periods_dates_check", "UPDATE commission_periods SET end_date = '2026-02-28'"),
            ("commission_periods_dates_check", "UPDATE commission_periods SET end_date = 'infinity'"),
            ("commission_periods_kind_check", "UPDATE commission_periods SET kind = 'year'"),
            ("ranks_commission_rate_check", "UPDATE ranks SET commission_rate = 'NaN'"),
            ("ranks_min_legs_check", "UPDATE ranks SET min_legs = -1"),
        ],
    )
    def test_a_value_out_of_range_is_refused(self, stage: Connection, constraint: str, statement: str) -> None:
        """Quantities, amounts, dates in order, and never NaN."""
        stage.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert fails_with(stage, statement)[0] == constraint

    @pytest.mark.parametrize("status", ["pending", "verified", "rejected", "expired", "unknown"])
    def test_kyc_has_four_labels(self, stage: Connection, status: str) -> None:
        """In the profile and in a payout."""
        profile = fails_with(
            stage, "INSERT INTO user_profiles (user_id, kyc_status) VALUES (%s, %s)", uuid_of("ann"), status
        )
        payout = fails_with(
            stage,
            "INSERT INTO payouts (distributor_id, amount, method, kyc_status) VALUES (%s, 1, 'check', %s)",
            uuid_of("ann"),
            status,
        )

        refused = status == "unknown"
        assert profile[0] == ("user_profiles_kyc_status_check" if refused else None)
        assert payout[0] == ("payouts_kyc_status_check" if refused else None)

    @pytest.mark.parametrize(
        ("fee", "net", "constraint"),
        [
            ("1", "9", None),
            ("1", "4", None),
            ("1", "9.01", "payouts_net_amount_check"),
            ("11", "0", "payouts_fee_amount_check"),
            ("NaN", "0", "payouts_fee_amount_check"),
            ("0", "-1", "payouts_net_amount_check"),
        ],
    )
    def test_a_payout_pays_no_more_than_there_is(
        self, stage: Connection, fee: str, net: str, constraint: str | None
    ) -> None:
        """The net is at most amount less fee; less where a debt was settled."""
        insert = (
            "INSERT INTO payouts (distributor_id, amount, method, fee_amount, net_amount)"
            " VALUES (%s, 10, 'check', %s, %s)"
        )

        assert fails_with(stage, insert, uuid_of("ann"), fee, net)[0] == constraint

    def test_there_is_one_payout_per_distributor_period_and_currency(self, stage: Connection) -> None:
        """The third of the three unique facts."""
        insert = "INSERT INTO payouts (distributor_id, period_id, amount, method) VALUES (%s, '2026-03', 10, 'check')"
        stage.execute(insert, (uuid_of("ann"),))

        assert fails_with(stage, insert, uuid_of("ann"))[0] == "payouts_distributor_id_period_id_currency_key"


class TestContacts:
    """One contact makes one customer and one distributor, for ever."""

    @pytest.fixture
    def contact(self, stage: Connection) -> Connection:
        """Zoe, whom Ann talks to, and Zed, who is Ann's customer already; a task about Zoe."""
        customer = uuid_of("customer of ann")
        stage.execute(
            "INSERT INTO contacts (id, owner_id, name, status, converted_at, converted_to_customer_id) VALUES"
            " (%(zoe)s, %(ann)s, 'Zoe', 'qualified', NULL, NULL),"
            " (%(zed)s, %(ann)s, 'Zed', 'won', now(), %(customer)s)",
            {"zoe": uuid_of("zoe"), "zed": uuid_of("zed"), "ann": uuid_of("ann"), "customer": customer},
        )
        stage.execute(
            "INSERT INTO tasks (title, type, assignee_id, created_by_id, contact_id)"
            " VALUES ('Call', 'call', %(ann)s, %(ann)s, %(zoe)s)",
            {"zoe": uuid_of("zoe"), "ann": uuid_of("ann")},
        )
        return stage

    @pytest.mark.parametrize(
        ("constraint", "statement"),
        [
            ("contacts_converted_at_check", "UPDATE contacts SET converted_at = now() WHERE name = 'Zoe'"),
            ("contacts_converted_to_customer_id_check", "UPDATE contacts SET status = 'won' WHERE name = 'Zoe'"),
            ("contacts_converted_to_customer_id_check", "UPDATE contacts SET status = 'lost' WHERE name = 'Zed'"),
            ("contacts_converted_to_customer_id_check", "UPDATE contacts SET status = NULL WHERE name = 'Zed'"),
            ("contacts_enrolled_as_id_check", "UPDATE contacts SET status = 'enrolled' WHERE name = 'Zed'"),
            ("contacts_enrolled_as_id_check", "UPDATE contacts SET enrolled_as_id = owner_id WHERE name = 'Zoe'"),
            (
                "contacts_enrolled_as_id_check",
                "UPDATE contacts SET enrolled_as_id = owner_id, status = NULL WHERE name = 'Zoe'",
            ),
            (
                "contacts_converted_to_customer_id_key",
                (
                    "UPDATE contacts AS c SET status = 'won', converted_at = now(),"
                    " converted_to_customer_id = o.converted_to_customer_id FROM contacts AS o"
                    " WHERE c.name = 'Zoe' AND o.name = 'Zed'"
                ),
            ),
            (
                "contacts_enrolled_as_id_key",
                "UPDATE contacts SET status = 'enrolled', enrolled_as_id = owner_id",
            ),
            ("contacts_conversion_check", "UPDATE contacts SET converted_at = '2026-01-01' WHERE name = 'Zed'"),
            (
                "contacts_conversion_check",
                (
                    "UPDATE contacts SET converted_at = NULL, converted_to_customer_id = NULL, status = 'qualified'"
                    " WHERE name = 'Zed'"
                ),
            ),
            (
                "contacts_conversion_check",
                (
                    "UPDATE contacts SET status = 'enrolled', enrolled_as_id = owner_id WHERE name = 'Zoe';"
                    " UPDATE contacts SET status = 'new', enrolled_as_id = NULL WHERE name = 'Zoe'"
                ),
            ),
            ("tasks_completed_at_check", "UPDATE tasks SET status = 'completed'"),
            ("tasks_completed_at_check", "UPDATE tasks SET completed_at = now()"),
            ("tasks_completed_at_check", "UPDATE tasks SET completed_at = now(), status = NULL"),
        ],
    )
    def test_a_wrong_fact_is_refused(self, contact: Connection, constraint: str, statement: str) -> None:
        """Also where the state is NULL, which the seed's columns allow."""
        contact.execute("SET CONSTRAINTS ALL IMMEDIATE")

        assert fails_with(contact, statement)[0] == constraint

    def test_a_conversion_is_told_with_whom_they_became(self, contact: Connection) -> None:
        """By the trigger."""
        said = fails_with(contact, "UPDATE contacts SET converted_at = '2026-01-01' WHERE name = 'Zed'")[1]

        assert said == (
            f"contact {uuid_of('zed')} was converted already, to customer {uuid_of('customer of ann')}: "
            "what it became never changes"
        )

    def test_whoever_was_converted_may_still_be_written_about(self, contact: Connection) -> None:
        """And enrol."""
        contact.execute(
            "UPDATE contacts SET notes = 'x', status = 'enrolled', enrolled_as_id = owner_id WHERE name = 'Zed'"
        )

        assert one(contact, "SELECT count(*) FROM contacts WHERE status = 'enrolled' AND converted_at IS NOT NULL") == 1


class TestSecrets:
    """D17: what is not sealed is refused."""

    @pytest.mark.parametrize(
        ("value", "passes"),
        [
            (SEALED, True),
            (json.dumps({"key": "k1", "sealed": "c2VjcmU=", "hash": "ab" * 32}), True),
            ('{"iban": "DE89"}', False),
            ('{"key": "k1", "sealed": "c2VjcmV0", "iban": "DE89"}', False),
            ('{"key": "k1", "sealed": "DE89 3704"}', False),
            ('{"key": "", "sealed": "c2VjcmV0"}', False),
            ('{"key": "k1", "sealed": null}', False),
            ('{"key": "k1", "sealed": "c2VjcmV0", "hash": 7}', False),
            ('"c2VjcmV0"', False),
            ("[]", False),
            ("null", False),
        ],
    )
    def test_an_envelope_is_exactly_that(self, stage: Connection, value: str, passes: bool) -> None:
        """`{"key": id, "sealed": base64}`, and perhaps the keyed hash, in JSON, in arrays of it and as text."""
        bank = fails_with(
            stage,
            "INSERT INTO payouts (distributor_id, amount, method, bank_details) VALUES (%s, 1, 'check', %s)",
            uuid_of("ann"),
            value,
        )
        methods = fails_with(stage, "UPDATE customers SET payment_methods = ARRAY[%s::jsonb, %s::jsonb]", SEALED, value)
        profile = "INSERT INTO user_profiles (user_id, {}) VALUES (%s, {})"
        documents = fails_with(stage, profile.format("kyc_documents", "ARRAY[%s::jsonb]"), uuid_of("ann"), value)
        tax_id = fails_with(stage, profile.format("tax_id", "%s"), uuid_of("ann"), value)
        factor = fails_with(stage, "UPDATE users SET two_factor_secret = %s", value)

        names = [bank[0], methods[0], documents[0], tax_id[0], factor[0]]
        assert names == (
            [None] * 5
            if passes
            else [
                "payouts_bank_details_check",
                "customers_payment_methods_check",
                "user_profiles_kyc_documents_check",
                "user_profiles_tax_id_check",
                "users_two_factor_secret_check",
            ]
        )

    @pytest.mark.parametrize("value", ["12-3456789", "", "{not json}", '{"key": "k1"', "{}"])
    def test_clear_text_is_refused_by_name(self, stage: Connection, value: str) -> None:
        """It is never parsed, so it never appears in a parser's message."""
        refused = fails_with(stage, "UPDATE users SET two_factor_secret = %s", value)

        assert refused[0] == "users_two_factor_secret_check"

    def test_a_null_element_is_not_sealed(self, stage: Connection) -> None:
        """An array without elements is."""
        assert fails_with(stage, "UPDATE customers SET payment_methods = ARRAY[NULL::jsonb]")[0] is not None
        assert fails_with(stage, "UPDATE customers SET payment_methods = '{}'")[0] is None

    def test_equal_tax_ids_are_found_by_their_hash(self, stage: Connection) -> None:
        """An index on the keyed hash, so nothing has to be opened."""
        stage.execute("SET LOCAL enable_seqscan = off")
        plan = rows(
            stage, "EXPLAIN SELECT FROM user_profiles WHERE tax_id::jsonb ->> 'hash' = 'x' AND tax_id IS NOT NULL"
        )

        assert any("user_profiles_tax_id_hash_idx" in line for (line,) in plan)


class TestUniqueness:
    """One e-mail in any case; no two periods of a kind at once."""

    def test_one_e_mail_in_any_case(self, stage: Connection) -> None:
        """By a unique index beside the one that was asked for."""
        assert fails_with(stage, "INSERT INTO users (email) VALUES ('ANN@example.com')")[0] == "users_lower_email_key"

    @pytest.mark.parametrize(
        ("kind", "first", "last", "constraint"),
        [
            ("month", "2026-03-31", "2026-04-30", "commission_periods_month_excl"),
            ("month", "2026-04-01", "2026-04-30", None),
            ("week", "2026-03-02", "2026-03-08", None),
            ("quarter", "2026-01-01", "2026-03-31", None),
            ("day", "2026-03-01", "2026-03-01", None),
        ],
    )
    def test_periods_of_one_kind_never_overlap(
        self, stage: Connection, kind: str, first: str, last: str, constraint: str | None
    ) -> None:
        """The last day is inclusive (D14), so a shared day is an overlap."""
        insert = "INSERT INTO commission_periods (id, name, start_date, end_date, kind) VALUES ('x', 'x', %s, %s, %s)"

        assert fails_with(stage, insert, first, last, kind)[0] == constraint
        if constraint is None:
            stage.execute(insert, (first, last, kind))
            again = insert.replace("'x', 'x'", "'y', 'y'")
            assert fails_with(stage, again, last, last, kind)[0] == f"commission_periods_{kind}_excl"

    def test_one_official_run_per_period(self, stage: Connection) -> None:
        """The first of the three unique facts."""
        stage.execute(
            "INSERT INTO commission_plans (plan_id, version, document, digest, effective_from, currency)"
            " VALUES ('p', '1', 'x', repeat('a', 64), '2026-01-01', 'USD')"
        )
        insert = (
            "INSERT INTO commission_runs"
            " (period_id, plan_id, plan_version, plan_digest, software_version, currency, official)"
            " VALUES ('2026-03', 'p', '1', repeat('a', 64), '0', 'USD', true)"
        )
        stage.execute(insert)

        assert fails_with(stage, insert)[0] == "commission_runs_official_key"


class TestUpdatedAt:
    """The transaction's instant after every change."""

    def test_every_table_with_the_column_has_the_trigger(self, stage: Connection) -> None:
        """Also the tables of ours."""
        missing = rows(
            stage,
            "SELECT c.relname FROM pg_class AS c"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'updated_at'"
            " WHERE c.relnamespace = 'mlmcore'::regnamespace AND c.relkind IN ('r', 'p') AND NOT EXISTS ("
            "  SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgfoid = 'touch_updated_at'::regproc)",
        )

        assert missing == []

    def test_a_change_sets_it_and_a_writer_may_say_otherwise(self, stage: Connection) -> None:
        """An import keeps the instants that it brings."""
        stage.execute("UPDATE products SET updated_at = '2020-06-01 00:00:00+00'")
        kept = one(stage, "SELECT updated_at FROM products")
        stage.execute("UPDATE products SET name = 'Another'")

        assert kept.year == 2020
        assert one(stage, "SELECT updated_at = now() FROM products")


class TestNamesAndBinding:
    """Every name is written; functions mean our tables whatever the session's search_path."""

    def test_constraints_are_named_by_convention(self, stage: Connection) -> None:
        """Table first, kind last: errors are translated by these names."""
        ending = {"p": "_pkey", "f": "_fkey", "u": "_key", "c": "_check", "x": "_excl"}
        found = rows(
            stage,
            "SELECT t.relname, c.conname, c.contype FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid"
            " WHERE c.connamespace = 'mlmcore'::regnamespace AND NOT t.relispartition"
            " AND c.contype IN ('p', 'f', 'u', 'c', 'x')",
        )

        wrong = [
            name
            for table, name, kind in found
            if not (name.startswith(f"{table}_") and name.endswith(ending[kind]) and len(name) < 63)
        ]
        assert wrong == []
        assert len(found) > 200

    def test_triggers_are_named_by_convention(self, stage: Connection) -> None:
        """`tr_TABLE_WHAT`, and the one name that was asked for."""
        found = rows(
            stage,
            "SELECT c.relname, t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid"
            " WHERE c.relnamespace = 'mlmcore'::regnamespace AND NOT t.tgisinternal AND t.tgparentid = 0"
            " AND NOT c.relispartition",
        )

        wrong = [name for table, name in found if not name.startswith(f"tr_{table}_")]
        assert wrong == ["tr_update_genealogy_paths"]

    def test_search_path_is_set_where_it_costs_nothing(self, stage: Connection) -> None:
        """D13: in every plpgsql function, temporary tables last; in no SQL function, which are bound."""
        found = rows(
            stage,
            "SELECT p.proname, l.lanname, (SELECT setting FROM unnest(p.proconfig) AS setting"
            " WHERE setting LIKE 'search_path=%%'), p.prosqlbody IS NOT NULL FROM pg_proc AS p"
            " JOIN pg_language AS l ON l.oid = p.prolang WHERE p.pronamespace = 'mlmcore'::regnamespace",
        )

        path = "search_path=mlmcore, pg_catalog, pg_temp"
        wrong = [row for row in found if row[2:] != ((path, False) if row[1] == "plpgsql" else (None, True))]
        assert wrong == []
        assert {language for _, language, _, _ in found} == {"plpgsql", "sql"}

    def test_no_extension_is_needed(self, stage: Connection) -> None:
        """Only what every database has."""
        assert rows(stage, "SELECT extname FROM pg_extension") == [("plpgsql",)]

    def test_a_month_in_a_schema_of_any_name(self, connection: Connection) -> None:
        """D13: everything works in `My "odd" schema` for a session that has it not in its search_path."""
        install(connection, ODD)
        add_people(connection, [Person(name="ann"), Person(name="bob", sponsor="ann"), Person(name="cid")])
        order(connection, "o1", "bob")
        open_period(connection, "2026-03", "2026-03-01", "2026-03-31")
        move(connection, "bob", sponsor="cid")
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET LOCAL search_path = pg_catalog")
        call = psycopg.sql.SQL("SELECT * FROM {}.{}(%s, %s, %s)").format(
            psycopg.sql.Identifier(ODD), psycopg.sql.Identifier("calculate_distributor_volumes")
        )

        volumes = connection.execute(call, (uuid_of("cid"), "2026-03-01", "2026-03-31")).fetchone()
        assert volumes is not None
        assert [str(value) for value in volumes] == ["0", "7.00"]
        connection.execute('SELECT "My ""odd"" schema".ensure_audit_partition(\'2026-05-01\')')
        update = 'UPDATE "My ""odd"" schema".users SET role = \'support\' WHERE id = %s'
        connection.execute(update.encode(), (uuid_of("bob"),))
        assert one(connection, 'SELECT count(*) FROM "My ""odd"" schema".audit_logs WHERE action = \'update\'') > 0
        assert one(connection, "SELECT count(*) FROM mlmcore.distributors WHERE user_id = %s", uuid_of("ann")) == 0

    def test_columns_are_in_the_order_and_number_that_copy_expects(self, stage: Connection) -> None:
        """A partition has the columns of its parent, so `SELECT l.*` between them is safe."""
        columns = (
            "SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        )

        for parent, child in (
            ("commission_ledger", "commission_ledger_2026_03"),
            ("commission_unpaid", "commission_unpaid_2026_03"),
            ("audit_logs", "audit_logs_default"),
        ):
            assert one(stage, columns, child) == one(stage, columns, parent)


class TestSize:
    """What must not be quadratic: bounded in work, not in time (the suite's timeout is the limit)."""

    def test_a_copy_in_reverse_order_of_a_wide_tree(self, stage: Connection) -> None:
        """3,000 people, children first, four below each."""
        stage.execute("SELECT set_config('mlmcore.bulk', 'on', true)")
        people = [Person(name=f"p{n}", sponsor=f"p{(n - 1) // 4}" if n else None) for n in range(3000)]
        add_people(stage, people[::-1], copy=True)

        depths = one(stage, "SELECT sum(depth - 1) + count(*) FROM genealogy_paths WHERE depth = 1")
        assert depths == 2999
        assert one(stage, "SELECT max(depth) FROM genealogy_paths") == 6

    def test_a_deep_chain_without_kept_paths(self, stage: Connection) -> None:
        """10,000 people below each other in the placement tree, in one COPY, child before parent, then a move."""
        stage.execute("SELECT set_config('mlmcore.bulk', 'on', true)")
        people = [
            Person(name=f"p{n}", placement=f"p{n - 1}" if n else None, leg=1 if n else None) for n in range(10_000)
        ]
        add_people(stage, people[::-1], copy=True)
        move(stage, "p9999", placement="p5000", placement_leg=2)

        assert (
            fails_with(
                stage,
                "UPDATE distributors SET placement_id = %s, placement_leg = 1 WHERE user_id = %s",
                uuid_of("p9998"),
                uuid_of("p0"),
            )[0]
            == "distributors_placement_loop_check"
        )


class TestTheTableOfDecisions:
    """docs/schema/decisions.md is true."""

    def test_every_decision_is_there_once(self) -> None:
        """D1 to D20, each in a row of its own."""
        assert re.findall(r"^\| (D\d+) \|", DECISIONS, re.MULTILINE) == [f"D{number}" for number in range(1, 21)]

    def test_every_test_that_is_named_exists(self) -> None:
        """As `file::Class` in this folder."""
        named = re.findall(r"`(test_\w+\.py)::(\w+)`", DECISIONS)
        texts = {name: (Path(__file__).parent / name).read_text() for name, _ in named}

        assert [(name, unit) for name, unit in named if f"class {unit}:" not in texts[name]] == []
        assert len(named) > 20

    def test_settings_are_described(self) -> None:
        """Every `mlmcore.*` setting that a function reads."""
        folder = Path(__file__).parents[3] / "src" / "mlmcore" / "sql" / "schema"
        read = {
            name
            for path in folder.glob("*.sql")
            for name in re.findall(r"current_setting\('+(mlmcore\.\w+)'+, true\)", path.read_text())
        }

        assert read == set(re.findall(r"`(mlmcore\.\w+)`", DECISIONS))


def test_a_day_has_its_own_length(connection: Connection) -> None:
    """The day on which clocks go forward has 23 hours."""
    on_stage(connection)
    length = one(
        connection,
        "SELECT start_of_day('2026-03-30', 'Europe/Berlin') - start_of_day('2026-03-29', 'Europe/Berlin')",
    )

    assert length == timedelta(hours=23)
