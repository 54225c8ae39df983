"""`mlmcore plan install` and `mlmcore period ...`: a month on a database, typed step by step."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from cli.commands import Said, mlmcore
from mlmcore.domain.ids import key_of
from mlmcore.domain.sales import Product
from mlmcore.operations import OrderLine, OrderPlacement, enrol, pay_order, place_order
from mlmcore.sql import PsycopgSession, SqlStore
from operations.company import ADDRESS, PLAN, enrolment, usd

Typed = Callable[..., Said]


@pytest.fixture
def typed(database: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Typed:
    """Types a command about the database, and needs it to end with exit code 0 unless another is named."""
    (tmp_path / "small.toml").write_text(PLAN, encoding="utf-8")

    def type_(*arguments: object, code: int = 0) -> Said:
        said = mlmcore(capsys, *arguments, "--dsn", database)
        assert said.code == code, said.err
        return said

    type_("plan", "install", tmp_path / "small.toml")
    type_("period", "open", "2026-03", "--timezone", "UTC")
    return type_


@pytest.fixture
def month(typed: Typed, database: str) -> Typed:
    """Ann sponsors Bob, and each has bought tea in March."""
    with psycopg.connect(database) as connection:
        store = SqlStore(PsycopgSession(connection, owns_connection=True))
        with store() as unit:
            enrol(unit, enrolment("ann", own_customer_number="C-ann"))
            enrol(unit, enrolment("bob", sponsor_id=key_of("ann"), own_customer_number="C-bob"))
            tea = unit.products.add(
                Product(
                    sku="TEA",
                    name="Tea",
                    price=usd("25.00"),
                    currency="USD",
                    pv=Decimal(20),
                    inventory_tracked=False,
                )
            )
            for name in ("ann", "bob"):
                customer = unit.customers.find_by_number(f"C-{name}")
                assert customer is not None
                order = place_order(
                    unit,
                    OrderPlacement(
                        order_number=f"O-{name}",
                        customer_id=customer.id,
                        lines=[OrderLine(product_id=tea.id, quantity=2)],
                        discount=usd("0"),
                        tax=usd("0"),
                        shipping=usd("0"),
                        shipping_address=ADDRESS,
                        billing_address=ADDRESS,
                        volumes={"cv": "30.00"},
                    ),
                )
                pay_order(unit, order.id, paid_at=datetime(2026, 3, 10, tzinfo=UTC))
    return typed


class TestAWholeMonth:
    """From an installed plan to a period that is final."""

    def test_each_step_says_where_the_period_is(self, month: Typed) -> None:
        """As text."""
        closed = month("period", "close", "2026-03")
        calculated = month("period", "calculate", "2026-03", "--plan", "small")
        final = month("period", "finalize", "2026-03")

        assert closed.out == "period 2026-03 is closed: 2026-03-01 to 2026-03-31 in UTC\n"
        assert calculated.out == (
            "period 2026-03 is calculated by small 1: 1 lines, 3.00 USD paid; "
            "look at it with: mlmcore period review 2026-03\n"
        )
        assert final.out == "period 2026-03 is finalized: 2026-03-01 to 2026-03-31 in UTC\n"

    def test_a_second_time_changes_nothing(self, month: Typed) -> None:
        """The same words, the same run."""
        for step in (("close",), ("calculate", "--plan", "small"), ("finalize",)):
            words = ("period", step[0], "2026-03", *step[1:], "--format", "json")
            assert json.loads(month(*words).out) == json.loads(month(*words).out)

    def test_a_review_adds_up(self, month: Typed) -> None:
        """What is paid, what is not and why, and what part of the volume it is."""
        month("period", "close", "2026-03")
        month("period", "calculate", "2026-03", "--plan", "small")

        said = month("period", "review", "2026-03").out.splitlines()
        document = json.loads(month("period", "review", "2026-03", "--format", "json").out)

        assert said[2:5] == ["paid           amount", "--------  ---  ------", "unilevel  USD    3.00"]
        assert said[-1] == "entitled 9.00, paid 3.00, unpaid 6.00 USD"
        assert document["by_bonus"] == [{"bonus": "unilevel", "currency": "USD", "amount": "3.00"}]
        assert document["unpaid_by_reason"] == [
            {"bonus": "unilevel", "reason": "no_upline", "amount": "6.000000000000"}
        ]
        assert (document["volumes"]["cv"], document["ratios"]) == ("60.00", {"cv": "0.0500"})

    def test_a_person_is_explained_by_number_or_id(self, month: Typed) -> None:
        """The same statement."""
        month("period", "close", "2026-03")
        month("period", "calculate", "2026-03", "--plan", "small")

        by_number = month("period", "why", "2026-03", "D-ann").out
        by_id = month("period", "why", "2026-03", key_of("ann")).out

        assert by_number == by_id
        assert by_number.startswith("Statement of D-ann, 2026-03, by plan small")
        assert "order O-bob, from D-bob, level 1: " in by_number
        assert json.loads(month("period", "why", "2026-03", "D-ann", "--format", "json").out)["total"] == "3.00"


class TestFigures:
    """`mlmcore period figure`."""

    def test_a_figure_is_stored_and_read(self, typed: Typed, tmp_path: Path) -> None:
        """Given again, it is replaced."""
        text = PLAN.replace("[measures]", 'company = { profit = "money" }\n\n[measures]').replace('"1"', '"2"')
        (tmp_path / "figures.toml").write_text(text, encoding="utf-8")
        typed("plan", "install", tmp_path / "figures.toml")
        typed("period", "close", "2026-03")
        calculate = ("period", "calculate", "2026-03", "--plan", "small", "--version", "2")

        missing = typed(*calculate, code=2).err
        for value in ("900", "1000.50"):
            said = typed("period", "figure", "2026-03", "--company", f"profit={value}", "--unit", "money").out
        typed(*calculate)

        assert "period 2026-03 company.profit: the plan declares this figure" in missing
        assert said == "period 2026-03 has profit 1000.5, as money\n"

    def test_wrong_figures_are_refused_together(self, typed: Typed) -> None:
        """A text without a value, and no decimal; nothing is stored."""
        given = ("--company", "profit", "--company", "fund=1e3", "--unit", "money")

        assert typed("period", "figure", "2026-03", *given, code=2).err == (
            "mlmcore: 2 findings:\n"
            "company: --company 'profit' has no NAME=VALUE; write it as profit=1000.00\n"
            "fund: '1e3' is not a decimal; write it out: 1000\n"
        )


class TestRefusals:
    """What is wrong is exit code 2, and changes nothing."""

    def test_steps_in_another_order(self, month: Typed) -> None:
        """Each says what comes first."""
        assert month("period", "calculate", "2026-03", "--plan", "small", code=2).err == (
            "mlmcore: period 2026-03 is open; close it before it is calculated\n"
        )
        assert month("period", "finalize", "2026-03", code=2).err == (
            "mlmcore: period 2026-03 is open; calculate it before it is finalized\n"
        )
        assert month("period", "review", "2026-03", code=2).err == (
            "mlmcore: period 2026-03 is open and not calculated; calculate it first\n"
        )

    def test_what_is_not_there(self, month: Typed) -> None:
        """A period, a plan, a person."""
        month("period", "close", "2026-03")

        nowhere = "mlmcore: no period with id 2026-04; open it first, or correct the id\n"
        for step in (("close",), ("review",), ("finalize",), ("calculate", "--plan", "small")):
            assert month("period", step[0], "2026-04", *step[1:], code=2).err == nowhere
        assert month("period", "calculate", "2026-03", "--plan", "big", code=2).err.startswith("mlmcore: no version")
        assert month("period", "why", "2026-03", "D-zed", code=2).err == (
            "mlmcore: no distributor with this number or with id D-zed; give one or the other, as stored\n"
        )

    def test_an_id_that_names_no_period(self, typed: Typed) -> None:
        """It says how they are written."""
        said = typed("period", "open", "march", "--timezone", "UTC", code=2)

        assert said.err.startswith("mlmcore: ")
        assert "2026-03" in said.err

    def test_a_changed_plan_is_another_version(self, typed: Typed, tmp_path: Path) -> None:
        """And is not stored under the one that is there."""
        (tmp_path / "changed.toml").write_text(PLAN.replace("0.10", "0.11"), encoding="utf-8")

        said = typed("plan", "install", tmp_path / "changed.toml", code=2)

        assert said.err == (
            "mlmcore: version 1 of plan small is stored already and says something else; "
            "give the changed plan a new version\n"
        )

    def test_a_schema_that_is_not_installed(self, empty_database: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Without a traceback, and with what to do."""
        said = mlmcore(capsys, "period", "close", "2026-03", "--dsn", empty_database)

        assert (said.code, said.err) == (
            1,
            (
                'mlmcore: relation "mlmcore.commission_periods" does not exist; install the schema first '
                "(`mlmcore schema apply`), or name the one that is there\n"
            ),
        )


class TestPlans:
    """`mlmcore plan install`."""

    def test_a_plan_is_stored_as_it_is_written(self, typed: Typed, database: str) -> None:
        """Comments and all."""
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT document FROM mlmcore.commission_plans").fetchone()

        assert row == (PLAN,)

    def test_one_that_extends_another_is_stored_whole(self, typed: Typed, tmp_path: Path) -> None:
        """So that no file is needed to calculate by it."""
        text = '[plan]\nextends = "small.toml"\nversion = "2"\n'
        (tmp_path / "german.toml").write_text(text, encoding="utf-8")

        said = typed("plan", "install", tmp_path / "german.toml")

        assert said.out == "plan small, version 2, is stored; effective from 2026-01-01\n"
