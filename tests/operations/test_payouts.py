"""Drawing up payouts."""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.commissions import Debt, LedgerLine
from mlmcore.domain.enums import CommissionType, DistributorStatus, KycStatus, PayoutMethod
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money
from mlmcore.operations.payout_policy import HeldReason, PayoutPolicy
from mlmcore.operations.payouts import draw_up_payouts
from mlmcore.operations.periods import open_period
from operations.company import Company, new_company, usd
from operations.payday import GENEROUS, change, finalized


class TestDrawUpPayouts:
    """`draw_up_payouts`."""

    def test_everybody_is_paid_what_was_earned(self, company: Company) -> None:
        """Less the fee of the way it goes."""
        finalized(company, [1000, 2000, 3000])
        with company.store() as unit:
            change(unit, company.bob, payout_method=PayoutMethod.PAYPAL)
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, fee={PayoutMethod.PAYPAL: usd("0.50")}))

        amounts = {
            payout.distributor_id: (payout.amount, payout.fee_amount, payout.net_amount) for payout in drawn.payouts
        }
        assert amounts == {
            company.ann: (usd("10.00"), usd("0"), usd("10.00")),
            company.bob: (usd("20.00"), usd("0.50"), usd("19.50")),
            company.cid: (usd("30.00"), usd("0"), usd("30.00")),
        }
        assert drawn.held == {}

    def test_each_reason_holds_everything_back(self, company: Company) -> None:
        """Below the minimum, identity not verified, no method, on hold, less than the fee, below zero."""
        reasons: Mapping[HeldReason, tuple[PayoutPolicy, Mapping[str, Any], int]] = {
            HeldReason.BELOW_MINIMUM: (evolve(GENEROUS, minimum=usd("10.01")), {}, 1000),
            HeldReason.KYC: (evolve(GENEROUS, kyc_required=True), {}, 1000),
            HeldReason.NO_METHOD: (GENEROUS, {"payout_method": None}, 1000),
            HeldReason.ON_HOLD: (GENEROUS, {"status": DistributorStatus.ON_HOLD}, 1000),
            HeldReason.FEE: (evolve(GENEROUS, fee={PayoutMethod.BANK_TRANSFER: usd("10.01")}), {}, 1000),
            HeldReason.NEGATIVE: (GENEROUS, {}, -1),
        }
        for reason, (policy, changes, cents) in reasons.items():
            other = new_company()
            finalized(other, [cents, 0, 0])
            with other.store() as unit:
                change(unit, other.ann, **changes)
                drawn = draw_up_payouts(unit, "2026-02", policy)

            assert drawn.payouts == ()
            assert drawn.held == {(other.ann, "USD"): (Money(cents, "USD"), reason)}

    def test_whoever_is_verified_is_paid(self, company: Company) -> None:
        """Where the policy asks for it."""
        finalized(company, [1000, 2000, 0])
        with company.store() as unit:
            profile = unit.users.get_profile(company.ann)
            unit.users.update_profile(evolve(profile, kyc_status=KycStatus.VERIFIED))
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, kyc_required=True))

        assert [payout.distributor_id for payout in drawn.payouts] == [company.ann]
        assert drawn.payouts[0].kyc_status == KycStatus.VERIFIED

    def test_nothing_is_nothing(self, company: Company) -> None:
        """Neither paid nor held."""
        finalized(company, [0, 0, 0])
        with company.store() as unit:
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, minimum=usd("1.00")))

        assert (drawn.payouts, drawn.held) == ((), {})

    def test_what_was_held_comes_with_the_next_period(self, company: Company) -> None:
        """And what was below zero is made up for."""
        finalized(company, [600, -150, 0], "2026-02")
        strict = evolve(GENEROUS, minimum=usd("10.00"))
        with company.store() as unit:
            draw_up_payouts(unit, "2026-02", strict)
        finalized(company, [500, 1200, 0], "2026-03")

        with company.store() as unit:
            drawn = draw_up_payouts(unit, "2026-03", strict)

        assert {payout.distributor_id: payout.amount for payout in drawn.payouts} == {
            company.ann: usd("11.00"),
            company.bob: usd("10.50"),
        }
        assert drawn.sums["USD"].held_before == usd("4.50")

    def test_debts_are_settled_first(self, company: Company) -> None:
        """The oldest first, never more than there is, never below zero."""
        finalized(company, [1000, 500, -200])
        with company.store() as unit:
            for person, amount in (
                (company.ann, "4.00"),
                (company.ann, "3.00"),
                (company.bob, "9.00"),
                (company.cid, "1.00"),
            ):
                unit.payouts.add_debt(
                    Debt(distributor_id=person, amount=usd(amount), settled=usd("0"), currency="USD", reason="kit")
                )
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, net_debts=True))
            settled = {
                person: sorted(debt.settled.minor for debt in unit.payouts.list_debts(person))
                for person in (company.ann, company.bob, company.cid)
            }

        assert settled == {company.ann: [300, 400], company.bob: [500], company.cid: [0]}
        assert {payout.distributor_id: payout.amount for payout in drawn.payouts} == {company.ann: usd("3.00")}
        assert drawn.held == {(company.cid, "USD"): (usd("-2.00"), HeldReason.NEGATIVE)}
        assert drawn.sums["USD"].settled == usd("12.00")

    def test_two_debts_share_what_there_is(self, company: Company) -> None:
        """The older one is settled first, the younger one gets the rest."""
        finalized(company, [500, 0, 0])
        with company.store() as unit:
            for amount in ("4.00", "3.00"):
                unit.payouts.add_debt(
                    Debt(distributor_id=company.ann, amount=usd(amount), settled=usd("0"), currency="USD", reason="kit")
                )
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, net_debts=True))
            settled = [debt.settled for debt in unit.payouts.list_debts(company.ann)]

        assert settled == [usd("4.00"), usd("1.00")]
        assert (drawn.payouts, drawn.held) == ((), {})

    def test_a_debt_in_another_currency_is_no_debt_of_this_payout(self, company: Company) -> None:
        """Whichever is older."""
        finalized(company, [1000, 0, 0])
        with company.store() as unit:
            for currency in ("EUR", "USD", "EUR"):
                four, nothing = Money.of(4, currency), Money.zero(currency)
                unit.payouts.add_debt(
                    Debt(distributor_id=company.ann, amount=four, settled=nothing, currency=currency, reason="kit")
                )
            drawn = draw_up_payouts(unit, "2026-02", evolve(GENEROUS, net_debts=True))
            settled = [str(debt.settled) for debt in unit.payouts.list_debts(company.ann)]

        assert sorted(settled) == ["0.00 EUR", "0.00 EUR", "4.00 USD"]
        assert drawn.payouts[0].amount == usd("6.00")

    def test_debts_stay_where_the_policy_leaves_them(self, company: Company) -> None:
        """Nothing is netted behind anybody's back."""
        finalized(company, [1000, 0, 0])
        with company.store() as unit:
            debt = unit.payouts.add_debt(
                Debt(distributor_id=company.ann, amount=usd("4.00"), settled=usd("0"), currency="USD", reason="kit")
            )
            drawn = draw_up_payouts(unit, "2026-02", GENEROUS)

            assert unit.payouts.get_debt(debt.id) == debt
        assert drawn.payouts[0].amount == usd("10.00")

    def test_drawing_up_again_changes_nothing(self, company: Company) -> None:
        """And returns the same."""
        finalized(company, [1000, -150, 300])
        policy = evolve(GENEROUS, minimum=usd("5.00"), net_debts=True)
        with company.store() as unit:
            first = draw_up_payouts(unit, "2026-02", policy)
        before = company.store.as_dict()

        with company.store() as unit:
            assert draw_up_payouts(unit, "2026-02", policy) == first

        assert company.store.as_dict() == before

    def test_another_policy_is_refused(self, company: Company) -> None:
        """What was drawn up stays."""
        finalized(company, [1000, 0, 0])
        with company.store() as unit:
            draw_up_payouts(unit, "2026-02", GENEROUS)
            with pytest.raises(RefusedError) as caught:
                draw_up_payouts(unit, "2026-02", evolve(GENEROUS, kyc_required=True))

        assert str(caught.value) == (
            "payouts of period 2026-02 were drawn up by another policy (fee none, kyc_required False, "
            "minimum 0.01 USD, net_debts False); what was drawn up stays, and differences go into the next period"
        )

    def test_a_period_is_final_before_it_is_paid(self, company: Company) -> None:
        """Otherwise the ledger could still change."""
        with company.store() as unit:
            open_period(unit, "2026-02", timezone="UTC")
            with pytest.raises(RefusedError) as caught:
                draw_up_payouts(unit, "2026-02", GENEROUS)

        assert str(caught.value) == "payouts of period 2026-02 are drawn up once it is finalized; it is open"

    def test_a_policy_is_in_the_currency_of_the_month(self, company: Company) -> None:
        """Or its minimum would hold for nobody."""
        finalized(company, [600, 0, 0])

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            draw_up_payouts(unit, "2026-02", evolve(GENEROUS, minimum=Money.of("1.00", "EUR")))

        assert str(caught.value) == (
            "period 2026-02 was calculated in USD, and the policy's minimum is 1.00 EUR; give one in USD"
        )

    def test_another_currency_is_held(self, company: Company) -> None:
        """Nobody said what is the least that is paid in it."""
        euros = Money.of("7.00", "EUR")
        with company.store() as unit:
            open_period(unit, "2026-02", timezone="UTC")
            unit.ledger.add(
                LedgerLine(
                    period_id="2026-02",
                    distributor_id=company.ann,
                    type=CommissionType.ADJUSTMENT,
                    amount=euros,
                    currency="EUR",
                )
            )
        finalized(company, [600, 0, 0])
        with company.store() as unit:
            drawn = draw_up_payouts(unit, "2026-02", GENEROUS)

        assert [payout.amount for payout in drawn.payouts] == [usd("6.00")]
        assert drawn.held == {(company.ann, "EUR"): (euros, HeldReason.CURRENCY)}
        assert (drawn.sums["EUR"].ledger, drawn.sums["EUR"].held) == (euros, euros)

    def test_a_fee_is_in_the_currency_of_the_minimum(self) -> None:
        """Two currencies do not compare."""
        with pytest.raises(ValueError, match=r"fee of a payout policy is .* in USD, as its minimum; got 1.00 EUR"):
            evolve(GENEROUS, fee={PayoutMethod.PAYPAL: Money.of("1.00", "EUR")})

    def test_no_period_is_passed_over(self, company: Company) -> None:
        """What is held of it would come to nobody."""
        finalized(company, [600, 0, 0], "2026-02")
        finalized(company, [500, 0, 0], "2026-03")

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            draw_up_payouts(unit, "2026-03", GENEROUS)

        assert str(caught.value) == (
            "payouts of period 2026-03 take up what is held of period 2026-02, whose payouts were not drawn up yet; "
            "draw those up first"
        )

    @given(
        months=st.lists(st.lists(st.integers(-20_000, 20_000), min_size=3, max_size=6), min_size=1, max_size=3),
        minimum=st.integers(1, 10_000),
        fee=st.integers(0, 500),
        debt=st.integers(1, 5_000),
        net=st.booleans(),
    )
    def test_paid_and_held_and_settled_are_the_ledger(
        self, months: list[list[int]], minimum: int, fee: int, debt: int, net: bool
    ) -> None:
        """To the cent, over everybody and over several months, counted from what is stored."""
        company = new_company()
        policy = PayoutPolicy(
            minimum=Money(minimum, "USD"),
            fee={PayoutMethod.BANK_TRANSFER: Money(fee, "USD")},
            kyc_required=False,
            net_debts=net,
        )
        with company.store() as unit:
            unit.payouts.add_debt(
                Debt(
                    distributor_id=company.ann,
                    amount=Money(debt, "USD"),
                    settled=usd("0"),
                    currency="USD",
                    reason="kit",
                )
            )
        for month, cents in enumerate(months, start=1):
            finalized(company, cents, f"2026-0{month}")
            with company.store() as unit:
                draw_up_payouts(unit, f"2026-0{month}", policy)

        stored = company.store.as_dict()
        earned = sum(cents for month in months for cents in month)
        paid = sum(payout.amount.minor for payout in stored.get("payouts", {}).values())
        settled = sum(each.settled.minor for each in stored["debts"].values())
        last = f"2026-0{len(months)}"
        held = sum(
            Money.of(value.value["USD"]["amount"], "USD").minor
            for value in stored["commission_carry"].values()
            if value.name == "payout.held" and value.period_id == last
        )
        assert paid + held + settled == earned
