"""An official run once more, from what is stored: one person's statement, or the reason why there is none."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.enums import PeriodStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.operations import (
    Names,
    Refund,
    RefundLine,
    calculate_period,
    close_period,
    explain_person,
    finalize_period,
    install_plan,
    open_period,
    pay_order,
    place_order,
    refund_order,
    repeat_period,
)
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import CLUB_PLAN, PLAN, Company, join_the_club, new_company, usd
from operations.test_month import calculated, month


def official(unit: UnitOfWork) -> CommissionRun:
    """The run that is paid."""
    run = unit.runs.find_official("2026-03")
    assert run is not None
    return run


def of_a_club() -> Company:
    """March of the small company, calculated by the plan that asks who is in the club."""
    company = new_company()
    join_the_club(company)
    month(company, plan=CLUB_PLAN)
    calculated(company)
    return company


@pytest.fixture
def calculated_month() -> Company:
    """March of the small company, calculated."""
    company = new_company()
    month(company)
    calculated(company)
    return company


class TestRepeatPeriod:
    """`repeat_period(unit, period_id)`."""

    def test_it_is_the_official_run(self, calculated_month: Company) -> None:
        """By its digest, also of a month that is final."""
        with calculated_month.store() as unit:
            digest = official(unit).result_digest
            assert repeat_period(unit, "2026-03").digest == digest
            finalize_period(unit, "2026-03")
        with calculated_month.store() as unit:
            assert repeat_period(unit, "2026-03").digest == digest

    def test_a_period_without_a_run_has_nothing_to_repeat(self) -> None:
        """It says what to do."""
        company = new_company()
        month(company)
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == "period 2026-03 is closed and not calculated; calculate it first"

    def test_what_is_read_has_changed(self) -> None:
        """Who left the club makes another result, which is not the one that was paid."""
        company = of_a_club()
        join_the_club(company, ann=False)
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now: what the run reads has changed since; calculate it again"
        )

    def test_who_moves_after_the_period_changes_nothing_in_it(self, calculated_month: Company) -> None:
        """Everybody stands where they stood at its end."""
        company = calculated_month
        with company.store() as unit:
            cid = unit.distributors.get(company.cid)
            unit.distributors.update(evolve(cid, sponsor_id=company.ann), reason="a test")
        with company.store() as unit:
            assert repeat_period(unit, "2026-03").digest == official(unit).result_digest
            assert finalize_period(unit, "2026-03").status == PeriodStatus.FINALIZED

    def test_what_a_final_month_reads_has_changed(self) -> None:
        """It is not calculated again; the ledger is what is left."""
        company = of_a_club()
        with company.store() as unit:
            finalize_period(unit, "2026-03")
        join_the_club(company, ann=False)
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now: what the run reads has changed since; it is final: its ledger "
            "lines say what was paid, of which base and at which rate"
        )

    def test_the_same_is_read_and_something_else_comes_out(self, calculated_month: Company) -> None:
        """Then another version of mlmcore has calculated it, whose run is not explained by this one."""
        company = calculated_month
        with company.store() as unit:
            unit.runs.update(evolve(official(unit), result_digest="0" * 64, software_version="mlmcore 0.0.1"))
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now: it was calculated by mlmcore 0.0.1; explain it by that version"
        )


class TestExplainPerson:
    """`explain_person(unit, period_id, distributor_id)`."""

    def test_people_and_orders_have_their_numbers(self, calculated_month: Company) -> None:
        """Ann is paid for Bob's and Cid's orders."""
        company = calculated_month
        with company.store() as unit:
            said = explain_person(unit, "2026-03", company.ann).to_text(Names(unit))
            number = f"2026-03 {company.bob.hex[:6]}"

        assert said.startswith("Statement of D-ann, 2026-03, by plan small")
        assert f"order {number}, from D-bob, level 1: " in said

    def test_refunds_have_their_numbers(self) -> None:
        """What Bob's order paid Ann is taken back."""
        company = new_company()
        with company.store() as unit:
            install_plan(unit, PLAN.replace('refunds = "current"', 'refunds = "original"'))
            open_period(unit, "2026-03", timezone="UTC")
            order = place_order(unit, company.order("O-1", company.bob))
            pay_order(unit, order.id, paid_at=datetime(2026, 3, 10, tzinfo=UTC))
            own = place_order(unit, company.order("O-2", company.ann))
            pay_order(unit, own.id, paid_at=datetime(2026, 3, 10, tzinfo=UTC))
            lines = [RefundLine(order_item_id=order.items[0].id, quantity=1)]
            refund_order(
                unit,
                Refund(
                    refund_number="R-1",
                    order_id=order.id,
                    refunded_at=datetime(2026, 3, 20, tzinfo=UTC),
                    amount=usd("25.00"),
                    lines=lines,
                    restock=False,
                    volumes={"cv": "15.00"},
                ),
            )
            close_period(unit, "2026-03")
        calculated(company)
        with company.store() as unit:
            said = explain_person(unit, "2026-03", company.ann).to_text(Names(unit))

        assert "2026-03-20 order R-1, from D-bob, level 1: " in said

    def test_whoever_was_not_in_it_is_not_found(self, calculated_month: Company) -> None:
        """By id."""
        stranger = key_of("nobody")
        with calculated_month.store() as unit, pytest.raises(NotFoundError) as caught:
            explain_person(unit, "2026-03", stranger)

        assert str(caught.value) == f"no distributor in period 2026-03 with id {stranger}"


class TestNames:
    """`Names(unit)`."""

    def test_what_is_neither_keeps_its_id(self, calculated_month: Company) -> None:
        """As a mapping without it."""
        with calculated_month.store() as unit:
            names = Names(unit)

            assert (names.get("house", "house"), names.get(str(key_of("nobody")), "?")) == ("house", "?")
            assert (names[str(calculated_month.ann)], list(names), len(names)) == (
                "D-ann",
                [str(calculated_month.ann)],
                1,
            )

    def test_an_order_that_is_taken_back_has_its_number(self) -> None:
        """Also that of an earlier month, of which the statement has no line."""
        company = new_company()
        month(company, plan=PLAN.replace('refunds = "current"', 'refunds = "original"'))
        with company.store() as unit:
            calculate_period(unit, "2026-03", "small")
            finalize_period(unit, "2026-03")
            open_period(unit, "2026-04", timezone="UTC")
            order = unit.orders.find_by_number(f"2026-03 {company.cid.hex[:6]}")
            assert order is not None
            refund_order(
                unit,
                Refund(
                    refund_number="R-cid",
                    order_id=order.id,
                    refunded_at=datetime(2026, 4, 2, 10, tzinfo=UTC),
                    amount=usd("5.00"),
                    lines=[],
                    restock=False,
                    volumes={"cv": "15.00", "pv": "0"},
                ),
            )
            company.clock.instant = datetime(2026, 5, 2, tzinfo=UTC)
        with company.store() as unit:
            close_period(unit, "2026-04")
            calculate_period(unit, "2026-04", "small")
            said = explain_person(unit, "2026-04", company.bob).to_text(Names(unit))

        assert "order R-cid, from D-cid, level 1: takes back" in said
        assert f"of what order 2026-03 {company.cid.hex[:6]} of 2026-03-10 paid" in said
