"""An official run once more, from what is stored: one person's statement, or the reason why there is none."""

import pytest
from attrs import evolve

from mlmcore.domain.commissions import CommissionRun
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.operations import Names, explain_person, finalize_period, repeat_period
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import Company, new_company
from operations.test_month import calculated, month


def official(unit: UnitOfWork) -> CommissionRun:
    """The run that is paid."""
    run = unit.runs.find_official("2026-03")
    assert run is not None
    return run


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

    def test_what_is_read_has_changed(self, calculated_month: Company) -> None:
        """Another sponsor makes another result, which is not the one that was paid."""
        company = calculated_month
        with company.store() as unit:
            cid = unit.distributors.get(company.cid)
            unit.distributors.update(evolve(cid, sponsor_id=company.ann), reason="a test")
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now, and what the run reads has changed since; calculate it again"
        )

    def test_the_same_is_read_and_something_else_comes_out(self, calculated_month: Company) -> None:
        """Then another version of mlmcore has calculated it, whose run is not explained by this one."""
        company = calculated_month
        with company.store() as unit:
            unit.runs.update(evolve(official(unit), result_digest="0" * 64, software_version="mlmcore 0.0.1"))
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            repeat_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now, and it was calculated by mlmcore 0.0.1; "
            "explain it by that version"
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
