"""Holds on distributors and payouts, and their release."""

import pytest
from attrs import evolve

from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.enums import CaseSeverity, DistributorStatus, PayoutStatus
from mlmcore.domain.errors import IllegalMoveError, InputError, RefusedError
from mlmcore.operations._case_files import add_held
from mlmcore.operations.standing import hold_distributor, hold_payout, release_distributor, release_payout
from mlmcore.testing.contracts._support import a_payout, a_period
from operations.company import Company

ACTIVE, INACTIVE, TERMINATED, ON_HOLD = DistributorStatus


class TestDistributors:
    """`hold_distributor` and `release_distributor`."""

    @pytest.mark.parametrize("to", [ACTIVE, INACTIVE])
    def test_a_hold_is_taken_and_given_back(self, company: Company, to: DistributorStatus) -> None:
        """Each of them twice: the second changes nothing."""
        with company.store() as unit:
            held = hold_distributor(unit, company.ann)
            assert hold_distributor(unit, company.ann) == held
            released = release_distributor(unit, company.ann, to)
            assert release_distributor(unit, company.ann, to) == released

        assert (held.status, released.status) == (ON_HOLD, to)

    def test_a_release_is_to_active_or_inactive(self, company: Company) -> None:
        """Termination is no release."""
        with company.store() as unit:
            hold_distributor(unit, company.ann)
            for to in (TERMINATED, ON_HOLD):
                with pytest.raises(RefusedError) as caught:
                    release_distributor(unit, company.ann, to)
                assert str(caught.value) == f"D-ann cannot be released to {to}; say active or inactive"

    def test_only_somebody_on_hold_is_released(self, company: Company) -> None:
        """Whoever lapsed is not reactivated by this."""
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.ann), status=INACTIVE))
            with pytest.raises(RefusedError) as caught:
                release_distributor(unit, company.ann, ACTIVE)

        assert str(caught.value) == "D-ann cannot be released: they are inactive, not on hold"

    def test_whoever_is_terminated_is_not_held(self, company: Company) -> None:
        """It is final."""
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.ann), status=TERMINATED))
            with pytest.raises(IllegalMoveError):
                hold_distributor(unit, company.ann)

    def test_the_hold_of_a_case_is_the_cases(self, company: Company) -> None:
        """It is named."""
        with company.store() as unit:
            case = ComplianceCase(
                case_number="K-1",
                subject_type="distributor",
                subject_id=company.ann,
                severity=CaseSeverity.HIGH,
                title="Claims",
                description="A cure was promised",
            )
            add_held(unit, case)
            with pytest.raises(RefusedError) as caught:
                release_distributor(unit, company.ann, ACTIVE)

        assert str(caught.value) == (
            "D-ann cannot be released: case K-1 holds them; release the hold there (release_hold, resolve_case)"
        )


class TestPayouts:
    """`hold_payout` and `release_payout`."""

    def test_a_held_payout_waits(self, company: Company) -> None:
        """With the reason that was given first."""
        with company.store() as unit:
            unit.periods.add(a_period())
            payout = unit.payouts.add(a_payout(unit.distributors.get(company.ann)))
            held = hold_payout(unit, payout.id, "looked into")
            assert hold_payout(unit, payout.id, "for another reason") == held
            with pytest.raises(RefusedError) as caught:
                unit.payouts.update(evolve(held, status=PayoutStatus.APPROVED, approved_at=unit.now))
            assert release_payout(unit, payout.id) == release_payout(unit, payout.id) == payout

        assert str(caught.value) == (
            f"payout {payout.id} is held (looked into) and cannot become approved; release it first, by a step of its "
            "own"
        )

    def test_what_the_bank_has_is_not_held(self, company: Company) -> None:
        """It is said, not pretended."""
        with company.store() as unit:
            unit.periods.add(a_period())
            payout = unit.payouts.add(a_payout(unit.distributors.get(company.ann)))
            payout = unit.payouts.update(evolve(payout, status=PayoutStatus.APPROVED, approved_at=unit.now))
            payout = unit.payouts.update(evolve(payout, status=PayoutStatus.PROCESSING, processed_at=unit.now))
            with pytest.raises(RefusedError) as caught:
                hold_payout(unit, payout.id, "too late")
            with pytest.raises(InputError):
                evolve(payout, held_reason="too late")

        assert str(caught.value) == f"payout {payout.id} cannot be held: it is processing"
