"""The whole month in memory: enrol, order, close, calculate, finalize, pay; and every step again."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.commissions import CommissionInput, CommissionRun, LedgerLine
from mlmcore.domain.enums import CommissionType, PayoutMethod, PeriodStatus, RunStatus
from mlmcore.domain.errors import InputError, NotFoundError, RefusedError, TransientError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.operations import (
    PayoutPolicy,
    calculate_period,
    close_period,
    draw_up_payouts,
    enrol,
    finalize_period,
    install_plan,
    open_period,
    pay_order,
    place_order,
    review,
)
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import CLUB_PLAN, PLAN, Company, enrolment, join_the_club, new_company, usd

POLICY = PayoutPolicy(
    minimum=usd("5.00"), fee={PayoutMethod.BANK_TRANSFER: usd("0.50")}, kyc_required=False, net_debts=True
)


def month(company: Company, *, period_id: str = "2026-03", day: int = 10, plan: str = PLAN) -> None:
    """Sell two teas each by Ann and Bob and four by Cid, and close the month."""
    with company.store() as unit:
        install_plan(unit, plan)
        open_period(unit, period_id, timezone="UTC")
        for seller, quantity in ((company.ann, 2), (company.bob, 2), (company.cid, 4)):
            number = f"{period_id} {seller.hex[:6]}"
            order = place_order(unit, company.order(number, seller, quantity))
            year, number_of_month = (int(part) for part in period_id.split("-"))
            pay_order(unit, order.id, paid_at=datetime(year, number_of_month, day, tzinfo=UTC))
        close_period(unit, period_id)


def calculated(company: Company, period_id: str = "2026-03") -> CommissionRun:
    """Calculate a month."""
    with company.store() as unit:
        return calculate_period(unit, period_id, "small")


def paid_out(company: Company, period_id: str = "2026-03") -> None:
    """Calculate a month, finalize it and draw up its payouts."""
    calculated(company, period_id)
    with company.store() as unit:
        finalize_period(unit, period_id)
    with company.store() as unit:
        draw_up_payouts(unit, period_id, POLICY)


class TestCalculatePeriod:
    """`calculate_period`."""

    def test_the_ledger_holds_what_the_plan_says(self, company: Company) -> None:
        """Cid sold 60 dollars of CV: 6.00 to Bob, 3.00 to Ann; Bob sold 30: 3.00 to Ann."""
        month(company)
        run = calculated(company)

        with company.store() as unit:
            lines = unit.ledger.list_by_period("2026-03")
            period = unit.periods.get("2026-03")
        assert sorted((line.distributor_id, line.level, line.amount.minor) for line in lines) == sorted(
            [(company.bob, 1, 600), (company.ann, 2, 300), (company.ann, 1, 300)]
        )
        assert (run.official, run.status, run.paid) == (True, RunStatus.CALCULATED, Decimal("12.00"))
        assert (run.entitled, run.unpaid) == (Decimal("18.00"), Decimal("6.00"))
        assert (run.people_count, run.order_count, run.line_count) == (3, 3, 3)
        assert period.status == PeriodStatus.CALCULATING
        assert period.calculation_completed_at is not None
        assert (period.total_pv, period.total_commissions) == (Decimal(160), Decimal("12.00"))

    def test_a_line_names_where_it_comes_from(self, company: Company) -> None:
        """Order, seller, bonus, base and rate."""
        month(company)
        calculated(company)

        with company.store() as unit:
            (line,) = unit.ledger.list_by_distributor("2026-03", company.bob)
            order = unit.orders.find_by_number(f"2026-03 {company.cid.hex[:6]}")
        assert order is not None
        assert (line.source_order_id, line.source_distributor_id) == (order.id, company.cid)
        assert (line.bonus_id, line.base, line.rate) == ("unilevel", Decimal("60.00"), Decimal("0.10"))

    def test_what_the_run_paid_is_what_people_and_accounts_get(self, company: Company) -> None:
        """Of 120.00, 15% in all; the house gets what is offered above Ann."""
        house = PLAN.replace('no_upline = "lost"', 'no_upline = "account:house"')
        month(company, plan=house.replace("[inputs]", 'accounts = ["house"]\n[inputs]'))

        run = calculated(company)

        with company.store() as unit:
            found = review(unit, "2026-03")
        people = sum((paid.amount for paid in found.by_bonus.values()), Decimal(0))
        accounts = found.by_account["house"].amount
        assert (run.paid, people, accounts) == (Decimal(18), Decimal(12), Decimal(6))

    def test_calculating_again_changes_nothing(self, company: Company) -> None:
        """Compared by value, audit log included."""
        month(company)
        run = calculated(company)
        before = company.store.as_dict()

        assert calculated(company) == run
        assert company.store.as_dict() == before

    def test_the_same_inputs_make_the_same_lines_elsewhere(self) -> None:
        """In a second, fresh store: the same run, the same ids."""
        first, second = new_company(), new_company()
        for company in (first, second):
            month(company)

        runs = [calculated(company) for company in (first, second)]
        ledgers = [list(company.store.as_dict()["commission_ledger/2026-03"]) for company in (first, second)]

        assert runs[0].id == runs[1].id
        assert ledgers[0] == ledgers[1]

    def test_other_inputs_replace_the_run(self, company: Company) -> None:
        """While the month is not final; and back again."""
        join_the_club(company)
        month(company, plan=CLUB_PLAN)
        first = calculated(company)
        join_the_club(company, ann=False)
        second = calculated(company)
        join_the_club(company)

        assert second.id != first.id
        assert (first.paid, second.paid) == (Decimal("12.00"), Decimal("6.00"))
        third = calculated(company)
        assert third.result_digest == first.result_digest
        with company.store() as unit:
            assert unit.runs.find_official("2026-03") == third
            assert unit.runs.get(second.id).status == RunStatus.REPLACED

    def test_adjustments_stay(self, company: Company) -> None:
        """What was put into the open month by hand."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            adjustment = unit.ledger.add(
                LedgerLine(
                    period_id="2026-03",
                    distributor_id=company.cid,
                    type=CommissionType.ADJUSTMENT,
                    amount=usd("-2.00"),
                    currency="USD",
                )
            )
        month(company)
        calculated(company)

        with company.store() as unit:
            assert adjustment in unit.ledger.list_by_period("2026-03")
            assert len(unit.ledger.list_by_period("2026-03")) == 4

    def test_a_plan_that_is_not_there_says_which_are(self, company: Company) -> None:
        """No version of that name, none that is effective by then, no plan at all."""
        month(company)
        with company.store() as unit:
            later = PLAN.replace('"1"', '"2"').replace("2026-01-01", "2026-05-01").replace('"small"', '"later"')
            install_plan(unit, later)
            said = []
            for plan, version in (("small", "3"), ("later", None), ("big", None)):
                with pytest.raises(NotFoundError) as caught:
                    calculate_period(unit, "2026-03", plan, version=version)
                said.append(str(caught.value))

        todo = "install the one that is meant, or name another"
        assert said == [
            f"no version of plan small called '3'; stored are: 1 from 2026-01-01; {todo}",
            f"no version of plan later effective on 2026-03-01; stored are: 2 from 2026-05-01; {todo}",
            f"no version of plan big effective on 2026-03-01; stored are: none; {todo}",
        ]

    def test_a_version_that_was_installed_meanwhile_is_told_of(self, company: Company) -> None:
        """Next month's ranks stand in the table: installing this month's version again puts them right."""
        month(company)
        next_months = PLAN.replace('version = "1"', 'version = "2"').replace("2026-01-01", "2026-04-01")
        with company.store() as unit:
            install_plan(unit, next_months.replace("60", "70"))
            with pytest.raises(RefusedError) as caught:
                calculate_period(unit, "2026-03", "small")
            install_plan(unit, PLAN)
            calculate_period(unit, "2026-03", "small")

        assert str(caught.value) == (
            "period 2026-03 cannot be calculated by version 1 of plan small: rank silver requires 'personal >= 70', "
            "and the plan says 'personal >= 60'; install this version again, which writes its ranks into the table"
        )

    def test_figures_are_stored_as_the_plan_declares_them(self, company: Company) -> None:
        """Whatever is missing or of another unit is told at once, and where to put it."""
        plan = PLAN.replace("[measures]", 'company = { profit = "money", seats = "number" }\n\n[measures]')
        month(company, plan=plan)
        with company.store() as unit:
            unit.periods.set_input(CommissionInput(period_id="2026-03", name="profit", value=Decimal(5), unit="points"))
            with pytest.raises(InputError) as caught:
                calculate_period(unit, "2026-03", "small")
            for name, counted in (("profit", "money"), ("seats", "number")):
                unit.periods.set_input(CommissionInput(period_id="2026-03", name=name, value=Decimal(5), unit=counted))
            calculate_period(unit, "2026-03", "small")

        by = "`unit.periods.set_input`, or `mlmcore period figure`"
        missing = "the plan declares this figure, and it is not stored"
        assert [str(finding) for finding in caught.value.findings] == [
            f"period 2026-03 company.profit: is stored as points, and the plan declares money; store it as money: {by}",
            f"period 2026-03 company.seats: {missing}; store it as number: {by}",
        ]

    def test_a_failure_leaves_the_month_as_it_was(self, company: Company) -> None:
        """Closed, with nothing calculated."""
        month(company)
        before = company.store.as_dict()

        def fail(step: str) -> None:
            if step == "storing":
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), company.store() as unit:
            calculate_period(unit, "2026-03", "small", progress=fail)

        assert company.store.as_dict() == before
        with company.store() as unit:
            assert unit.periods.get("2026-03").status == PeriodStatus.CLOSED

    def test_bad_input_is_reported_and_stores_nothing(self, company: Company) -> None:
        """With every finding."""
        month(company)
        with company.store() as unit:
            install_plan(unit, PLAN.replace('version = "1"', 'version = "2"').replace("cv", "bv"))
        before = company.store.as_dict()

        with pytest.raises(InputError) as caught, company.store() as unit:
            calculate_period(unit, "2026-03", "small", version="2")

        assert len(caught.value.findings) == 3
        assert company.store.as_dict() == before

    def test_one_at_a_time(self, company: Company) -> None:
        """The second is told to try again."""
        month(company)

        with company.store() as first:
            first.lock_period("2026-03")
            with pytest.raises(TransientError), company.store() as second:
                calculate_period(second, "2026-03", "small")

    def test_an_open_month_is_not_calculated(self, company: Company) -> None:
        """Orders could still come."""
        with company.store() as unit:
            install_plan(unit, PLAN)
            open_period(unit, "2026-03", timezone="UTC")
            with pytest.raises(RefusedError) as caught:
                calculate_period(unit, "2026-03", "small")

        assert str(caught.value) == "period 2026-03 is open; close it before it is calculated"

    def test_a_final_month_is_not_calculated_again(self, company: Company) -> None:
        """It is put right in a later one."""
        month(company)
        paid_out(company)

        with pytest.raises(RefusedError) as caught:
            calculated(company)

        assert str(caught.value) == (
            "period 2026-03 is finalized and never calculated again; correct it by adjustments in an open period"
        )

    def test_the_month_before_is_final(self, company: Company) -> None:
        """Since its state is carried in."""
        with company.store() as unit:
            open_period(unit, "2026-02", timezone="UTC")
        month(company)

        with pytest.raises(RefusedError) as caught:
            calculated(company)

        assert str(caught.value) == ("period 2026-03 builds on period 2026-02, which is open; finalize that one first")

    def test_a_plan_that_does_not_fit_is_refused(self, company: Company) -> None:
        """Length, timezone and ranks, all of it named."""
        month(company)
        weekly = PLAN.replace('"month"', '"week"').replace('timezone = "UTC"', 'timezone = "Asia/Tokyo"')
        with company.store() as unit:
            install_plan(unit, weekly.replace('version = "1"', 'version = "2"'))
            unit.ranks.update(evolve(unit.ranks.get("silver"), level=9))

        with pytest.raises(RefusedError) as caught, company.store() as unit:
            calculate_period(unit, "2026-03", "small", version="2")

        assert str(caught.value) == (
            "period 2026-03 cannot be calculated by version 2 of plan small: the plan is for a week, and the period is "
            "a month; the plan's timezone is Asia/Tokyo, and the period's is UTC; level of rank silver is 9, and the "
            "plan says 2; a period that is closed keeps its timezone: install a version for UTC; install this version "
            "again, which writes its ranks into the table"
        )

    def test_money_is_not_taken_up_in_another_currency(self, company: Company) -> None:
        """Dollars that March hands on are no euros in April; under another name April begins anew."""
        saved = PLAN.replace('active = "', 'sold = "sum(orders, cv)"\nactive = "')
        saved += '\n[carry.saved]\nvalue = "previous.saved + sold"\ninitial = "0"\n'
        month(company, plan=saved)
        paid_out(company)
        euros = saved.replace('"USD"', '"EUR"').replace('version = "1"', 'version = "2"')
        anew = euros.replace("saved", "savings").replace('version = "2"', 'version = "3"')
        company.clock.instant = datetime(2026, 5, 2, tzinfo=UTC)
        with company.store() as unit:
            install_plan(unit, euros)
            install_plan(unit, anew)
            open_period(unit, "2026-04", timezone="UTC")
            close_period(unit, "2026-04")
        with pytest.raises(RefusedError) as caught, company.store() as unit:
            calculate_period(unit, "2026-04", "small", version="2")
        with company.store() as unit:
            assert calculate_period(unit, "2026-04", "small", version="3").currency == "EUR"

        assert str(caught.value) == (
            "period 2026-04 cannot be calculated by version 2 of plan small: period 2026-03 hands on money in USD "
            "(saved), which the plan would take up as EUR; calculate it in USD until nothing of it is left, or call "
            "what begins anew in EUR by another name"
        )

    def test_a_plan_that_is_not_stored_is_not_found(self, company: Company) -> None:
        """Nor one that is not yet effective."""
        month(company)

        with company.store() as unit, pytest.raises(NotFoundError):
            calculate_period(unit, "2026-03", "big")


class TestReview:
    """`review`."""

    def test_it_sums_up(self, company: Company) -> None:
        """By bonus, by reason, and against the volumes."""
        month(company)
        calculated(company)

        with company.store() as unit:
            seen = review(unit, "2026-03")

        assert dict(seen.by_bonus) == {("unilevel", "USD"): usd("12.00")}
        assert seen.volumes == {"pv": Decimal(160), "cv": Decimal("120.00")}
        assert seen.ratios == {"cv": Decimal("0.1000")}
        assert dict(seen.unpaid) == {("unilevel", "no_upline"): Decimal("6.00")}
        assert seen.paid == usd("12.00")

    def test_a_month_without_any_sale_has_no_ratio(self, company: Company) -> None:
        """Nothing is divided by nothing."""
        with company.store() as unit:
            install_plan(unit, PLAN)
            open_period(unit, "2026-03", timezone="UTC")
            close_period(unit, "2026-03")
        calculated(company)

        with company.store() as unit:
            found = review(unit, "2026-03")
        assert (found.volumes, found.ratios) == ({"pv": Decimal(0), "cv": Decimal(0)}, {})

    def test_there_is_nothing_to_see_before(self, company: Company) -> None:
        """It says what to do."""
        month(company)

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            review(unit, "2026-03")

        assert str(caught.value) == "period 2026-03 is closed and not calculated; calculate it first"


class TestFinalizePeriod:
    """`finalize_period`."""

    def test_ranks_and_volumes_are_written_down(self, company: Company) -> None:
        """Everybody's, by the plan that was used."""
        month(company)
        run = calculated(company)
        with company.store() as unit:
            finalize_period(unit, "2026-03")

            history = {row.distributor_id: row for row in unit.rank_history.list_by_period("2026-03")}
            assert {key: row.rank_id for key, row in history.items()} == {
                company.ann: "bronze",
                company.bob: "bronze",
                company.cid: "silver",
            }
            assert {row.run_id for row in history.values()} == {run.id}
            ann = unit.distributors.get(company.ann)
            assert (ann.personal_pv, ann.group_pv, ann.lifetime_pv) == (Decimal(40), Decimal(160), Decimal(40))
            assert unit.runs.get(run.id).status == RunStatus.FINALIZED
            assert unit.periods.get("2026-03").status == PeriodStatus.FINALIZED

    def test_finalizing_again_changes_nothing(self, company: Company) -> None:
        """Lifetime volume least of all."""
        month(company)
        calculated(company)
        with company.store() as unit:
            first = finalize_period(unit, "2026-03")
        before = company.store.as_dict()

        with company.store() as unit:
            assert finalize_period(unit, "2026-03") == first

        assert company.store.as_dict() == before

    def test_what_changed_meanwhile_must_be_calculated_again(self, company: Company) -> None:
        """Nothing is finalized that could not be repeated."""
        join_the_club(company)
        month(company, plan=CLUB_PLAN)
        calculated(company)
        join_the_club(company, ann=False)
        before = company.store.as_dict()

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            finalize_period(unit, "2026-03")

        assert str(caught.value) == (
            "period 2026-03 comes out differently now: what the run reads and the result changed since it was "
            "calculated; calculate it again"
        )
        assert company.store.as_dict() == before

    def test_who_moves_after_the_period_changes_nothing_in_it(self, company: Company) -> None:
        """Everybody stands where they stood at its end."""
        month(company)
        first = calculated(company)
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.cid), sponsor_id=company.ann))

        assert calculated(company) == first

    def test_a_month_is_calculated_first(self, company: Company) -> None:
        """Closed is not enough."""
        month(company)

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            finalize_period(unit, "2026-03")

        assert str(caught.value) == "period 2026-03 is closed; calculate it before it is finalized"

    def test_the_best_rank_is_kept(self, company: Company) -> None:
        """Cid was silver in March and is nothing in April."""
        month(company)
        paid_out(company)
        company.clock.instant = datetime(2026, 5, 2, tzinfo=UTC)
        with company.store() as unit:
            open_period(unit, "2026-04", timezone="UTC")
            close_period(unit, "2026-04")
        calculated(company, "2026-04")
        with company.store() as unit:
            finalize_period(unit, "2026-04")
            row = unit.rank_history.find("2026-04", company.cid)

        assert row is not None
        assert (row.rank_id, row.best_rank_id) == (None, "silver")

    def test_runs_are_chained(self, company: Company) -> None:
        """Each names the one before it."""
        month(company)
        paid_out(company)
        company.clock.instant = datetime(2026, 5, 2, tzinfo=UTC)
        month(company, period_id="2026-04")
        april = calculated(company, "2026-04")

        with company.store() as unit:
            march = unit.runs.find_official("2026-03")
        assert march is not None
        assert april.previous_run_id == march.id
        assert april.chain_hash != march.chain_hash


class TestTheWholeMonth:
    """From enrolment to payout."""

    def test_payouts_are_the_ledger(self, company: Company) -> None:
        """Ann's 6.00 and Bob's 6.00."""
        month(company)
        paid_out(company)

        with company.store() as unit:
            payouts = {payout.distributor_id: payout.amount for payout in unit.payouts.list_by_period("2026-03")}
        assert payouts == {company.ann: usd("6.00"), company.bob: usd("6.00")}

    def test_every_step_again_changes_nothing(self, company: Company) -> None:
        """Those that a final month still takes."""
        month(company)
        paid_out(company)
        before = company.store.as_dict()

        steps: list[Callable[[UnitOfWork], object]] = [
            lambda unit: enrol(unit, enrolment("ann")),
            lambda unit: install_plan(unit, PLAN),
            lambda unit: open_period(unit, "2026-03", timezone="UTC"),
            lambda unit: close_period(unit, "2026-03"),
            lambda unit: finalize_period(unit, "2026-03"),
            lambda unit: draw_up_payouts(unit, "2026-03", POLICY),
        ]
        for step in steps:
            with company.store() as unit:
                step(unit)

        assert company.store.as_dict() == before

    @settings(max_examples=25)
    @given(
        sponsors=st.lists(st.integers(0, 8), min_size=1, max_size=8),
        sales=st.lists(st.tuples(st.integers(0, 8), st.integers(1, 5)), max_size=8),
        minimum=st.integers(1, 1500),
    )
    def test_paid_and_held_are_the_ledger(
        self, sponsors: list[int], sales: list[tuple[int, int]], minimum: int
    ) -> None:
        """Any tree, any sales, any minimum; counted from what is stored, and nothing else."""
        company = new_company()
        people = [company.ann, company.bob, company.cid]
        with company.store() as unit:
            install_plan(unit, PLAN)
            open_period(unit, "2026-03", timezone="UTC")
            for number, sponsor in enumerate(sponsors):
                joins = enrolment(f"p{number}", sponsor_id=people[sponsor % len(people)])
                people.append(enrol(unit, joins).user_id)
            for number, (seller, quantity) in enumerate(sales):
                placement = company.order(f"S-{number}", company.ann, quantity)
                placement = evolve(placement, distributor_id=people[seller % len(people)])
                order = place_order(unit, placement)
                pay_order(unit, order.id, paid_at=datetime(2026, 3, 10, tzinfo=UTC))
            close_period(unit, "2026-03")
        calculated(company)
        with company.store() as unit:
            finalize_period(unit, "2026-03")
            draw_up_payouts(unit, "2026-03", evolve(POLICY, minimum=Money(minimum, "USD")))

        stored = company.store.as_dict()
        ledger = sum(line.amount.minor for line in stored.get("commission_ledger/2026-03", {}).values())
        paid = sum(payout.amount.minor for payout in stored.get("payouts", {}).values())
        held = sum(
            Money.of(value.value["USD"]["amount"], "USD").minor
            for value in stored["commission_carry"].values()
            if value.name == "payout.held"
        )
        assert paid + held == ledger
        assert key_of("ann") == company.ann
