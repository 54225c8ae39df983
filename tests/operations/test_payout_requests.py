"""What is held is requested, payouts are approved, paid, failed and called off, and no cent is paid twice or lost."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.commissions import Debt, Payout
from mlmcore.domain.enums import DistributorStatus, PayoutMethod, PayoutStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, MlmError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.domain.money import Money
from mlmcore.operations import (
    ApprovalPolicy,
    PayoutRequest,
    approve_payout,
    cancel_payout,
    complete_payout,
    draw_up_payouts,
    fail_payout,
    hold_payout,
    open_period,
    process_payout,
    release_payout,
    request_payout,
    retry_payout,
)
from mlmcore.repositories.protocols import Actor, UnitOfWork
from operations.company import Company, new_company, usd
from operations.payday import GENEROUS, change, finalized, verify

TEN = evolve(GENEROUS, minimum=usd("10.00"))
LENIENT = ApprovalPolicy(kyc_required=False, debts_block=False)
IBAN = {"iban": "DE00 1234"}


@pytest.fixture
def february(company: Company) -> Company:
    """February, in which Ann was paid 12 dollars, and 6 of Bob and -1 of Cid are held; April is open."""
    finalized(company, [1200, 600, -100])
    with company.store() as unit:
        draw_up_payouts(unit, "2026-02", TEN)
        open_period(unit, "2026-04", timezone="UTC")
    return company


@pytest.fixture
def unit(february: Company) -> Iterator[UnitOfWork]:
    """A unit of work after February."""
    with february.store() as entered:
        yield entered


def asked(person: UUID, period_id: str = "2026-02", **changes: Any) -> PayoutRequest:
    """A request with a minimum of a cent."""
    given: dict[str, Any] = {
        "distributor_id": person,
        "period_id": period_id,
        "policy": GENEROUS,
        "method": PayoutMethod.PAYPAL,
        "bank_details": IBAN,
    }
    return PayoutRequest(**{**given, **changes})


def paid_to(unit: UnitOfWork, person: UUID) -> Payout:
    """The only payout of somebody."""
    (payout,) = unit.payouts.list_by_distributor(person)
    return payout


def owe(unit: UnitOfWork, person: UUID, amount: str) -> Debt:
    """Lend somebody something."""
    return unit.payouts.add_debt(
        Debt(distributor_id=person, amount=usd(amount), settled=usd("0"), currency="USD", reason="kit")
    )


def refusal(kind: type[MlmError], call: Callable[[], object]) -> str:
    """What is said when something is refused."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    return str(caught.value)


class TestRequestPayout:
    """`request_payout`."""

    def test_all_that_is_held_is_paid(self, company: Company, unit: UnitOfWork) -> None:
        """As the one payout of that person, period and currency; where to is sealed."""
        policy = evolve(GENEROUS, fee={PayoutMethod.PAYPAL: usd("0.50")})
        payout = request_payout(unit, asked(company.bob, policy=policy))

        assert (payout.amount, payout.net_amount, payout.method) == (usd("6.00"), usd("5.50"), PayoutMethod.PAYPAL)
        assert (payout.status, payout.period_id, payout.bank_details) == (PayoutStatus.REQUESTED, "2026-02", IBAN)
        assert payout == unit.payouts.find_by_period(company.bob, "2026-02", "USD")
        assert "DE00" not in repr(payout) + repr(asked(company.bob))

    def test_the_same_again_changes_nothing(self, company: Company, unit: UnitOfWork) -> None:
        """Whatever has become of it; by another method it is another request."""
        payout = request_payout(unit, asked(company.bob))
        approved = approve_payout(unit, payout.id, LENIENT)

        assert request_payout(unit, asked(company.bob)) == approved
        assert refusal(ConflictError, lambda: request_payout(unit, asked(company.bob, method=PayoutMethod.CHECK))) == (
            f"what D-bob has in USD of period 2026-02 is requested already, by paypal: payout {payout.id}, approved"
        )

    def test_what_was_paid_is_not_requested(self, company: Company, unit: UnitOfWork) -> None:
        """Nor what is not there."""
        payout = paid_to(unit, company.ann)
        assert refusal(ConflictError, lambda: request_payout(unit, asked(company.ann))) == (
            f"what D-ann has in USD of period 2026-02 is paid, not held: payout {payout.id}, requested"
        )
        euros = evolve(GENEROUS, minimum=Money.of("1.00", "EUR"))
        assert refusal(RefusedError, lambda: request_payout(unit, asked(company.bob, policy=euros))) == (
            "nothing is held for D-bob in EUR of period 2026-02"
        )

    def test_a_rule_that_holds_it_is_told(self, company: Company, unit: UnitOfWork) -> None:
        """And nothing is stored or settled."""
        debt = owe(unit, company.bob, "6.00")
        said = {
            "it is below zero": asked(company.cid),
            "it is below the minimum of 10.00 USD": asked(company.bob, policy=TEN),
            "their identity is pending, not verified": asked(company.bob, policy=evolve(GENEROUS, kyc_required=True)),
            "it is less than the fee": asked(
                company.bob, policy=evolve(GENEROUS, fee={PayoutMethod.PAYPAL: usd("6.01")})
            ),
            "all of it goes to debts, which the next payouts settle": asked(
                company.bob, policy=evolve(GENEROUS, net_debts=True, minimum=usd("0"))
            ),
        }
        for words, command in said.items():
            with pytest.raises(RefusedError) as caught:
                request_payout(unit, command)
            assert str(caught.value).endswith(f"stay held of period 2026-02: {words}")
        change(unit, company.bob, status=DistributorStatus.ON_HOLD)
        assert refusal(RefusedError, lambda: request_payout(unit, asked(company.bob))) == (
            "6.00 USD of D-bob stay held of period 2026-02: they are on hold"
        )
        assert unit.payouts.list_by_distributor(company.bob) == ()
        assert unit.payouts.get_debt(debt.id) == debt

    def test_debts_are_settled_first(self, company: Company, unit: UnitOfWork) -> None:
        """Where the policy says so."""
        debt = owe(unit, company.bob, "2.00")
        payout = request_payout(unit, asked(company.bob, policy=evolve(GENEROUS, net_debts=True)))

        assert payout.amount == usd("4.00")
        assert unit.payouts.get_debt(debt.id).settled == usd("2.00")

    def test_the_next_payouts_take_up_the_rest(self, february: Company) -> None:
        """And what they have taken up is not requested any more."""
        company = february
        with company.store() as unit:
            request_payout(unit, asked(company.bob))
        finalized(company, [0, 500, 300], "2026-03")
        with company.store() as later:
            drawn = draw_up_payouts(later, "2026-03", TEN)

            assert drawn.sums["USD"].held_before == usd("-1.00")
            assert {key[0]: amount for key, (amount, _) in drawn.held.items()} == {
                company.bob: usd("5.00"),
                company.cid: usd("2.00"),
            }
            assert refusal(RefusedError, lambda: request_payout(later, asked(company.cid))) == (
                "what was held for D-cid of period 2026-02 was taken up by the payouts of period 2026-03; request what "
                "is held of that one"
            )
            assert request_payout(later, asked(company.cid, "2026-03")).amount == usd("2.00")
            assert draw_up_payouts(later, "2026-03", TEN) == drawn

    def test_nothing_is_held_before_payouts_are_drawn_up(self, company: Company) -> None:
        """A month must be final and drawn up."""
        finalized(company, [1200, 600, -100])
        with company.store() as unit:
            assert refusal(RefusedError, lambda: request_payout(unit, asked(company.bob))) == (
                "payouts of period 2026-02 were not drawn up yet, so nothing is held of it"
            )


class TestStepsOfAPayout:
    """From approval to the bank."""

    def test_it_is_approved_processed_and_completed(self, company: Company, unit: UnitOfWork) -> None:
        """Each step once, with its instant."""
        key = paid_to(unit, company.ann).id
        verify(unit, company.ann)
        approved = approve_payout(unit, key, ApprovalPolicy(kyc_required=True, debts_block=True))
        sent = process_payout(unit, key, reference_number="B-7", bank_details=IBAN)
        done = complete_payout(unit, key)

        assert (approved.status, approved.approved_at, approved.kyc_status) == ("approved", unit.now, "verified")
        assert (sent.status, sent.processed_at, sent.reference_number) == ("processing", unit.now, "B-7")
        assert (done.status, done.bank_details) == ("completed", IBAN)
        assert approve_payout(unit, key, LENIENT) == process_payout(unit, key, reference_number="B-7") == done
        assert complete_payout(unit, key) == done
        assert refusal(ConflictError, lambda: process_payout(unit, key, reference_number="B-8")) == (
            f"payout {key} was handed over already, as B-7, not B-8"
        )
        assert unit.payouts.queue() == ()

    def test_it_is_asked_again_before_it_is_approved(self, company: Company, unit: UnitOfWork) -> None:
        """Identity, debts, hold, and that nobody pays themselves."""
        key = paid_to(unit, company.ann).id
        owe(unit, company.ann, "3.00")
        assert (
            refusal(
                RefusedError, lambda: approve_payout(unit, key, ApprovalPolicy(kyc_required=True, debts_block=False))
            )
            == f"payout {key} to D-ann is not approved: their identity is pending, not verified"
        )
        assert refusal(
            RefusedError, lambda: approve_payout(unit, key, ApprovalPolicy(kyc_required=False, debts_block=True))
        ) == (
            f"payout {key} to D-ann is not approved: they owe 3.00 USD; cancel it, so that the next payouts settle "
            "that, or approve it by a policy that lets debts pass"
        )
        change(unit, company.ann, status=DistributorStatus.ON_HOLD)
        waits = f"payout {key} to D-ann waits: they are on hold; release them first, or cancel it"
        assert refusal(RefusedError, lambda: approve_payout(unit, key, LENIENT)) == waits
        change(unit, company.ann, status=DistributorStatus.ACTIVE)
        approve_payout(unit, key, LENIENT)
        change(unit, company.ann, status=DistributorStatus.ON_HOLD)
        assert refusal(RefusedError, lambda: process_payout(unit, key, reference_number="B-7")) == waits

    def test_a_held_one_waits(self, company: Company, unit: UnitOfWork) -> None:
        """Until it is released; it may be cancelled."""
        key = paid_to(unit, company.ann).id
        hold_payout(unit, key, "looked into")
        waits = f"payout {key} to D-ann waits: it is held (looked into); release it first, or cancel it"
        assert refusal(RefusedError, lambda: approve_payout(unit, key, LENIENT)) == waits
        assert unit.payouts.queue() == ()
        release_payout(unit, key)
        approve_payout(unit, key, LENIENT)
        hold_payout(unit, key, "looked into")
        assert refusal(RefusedError, lambda: process_payout(unit, key, reference_number="B-7")) == waits
        assert cancel_payout(unit, key, "a mistake", into="2026-04").status == PayoutStatus.CANCELLED

    def test_nobody_approves_their_own(self, february: Company) -> None:
        """Whatever their role."""
        with february.store(Actor(user_id=february.ann)) as own:
            key = paid_to(own, february.ann).id
            assert refusal(RefusedError, lambda: approve_payout(own, key, LENIENT)) == (
                f"payout {key} to D-ann is not approved by the payee; somebody else approves it"
            )

    def test_a_failed_one_is_requested_again(self, company: Company, unit: UnitOfWork) -> None:
        """The same money, the same row, to be approved anew."""
        key = paid_to(unit, company.ann).id
        approve_payout(unit, key, LENIENT)
        process_payout(unit, key, reference_number="B-7", bank_details=IBAN)
        failed = fail_payout(unit, key, "no such account")

        assert (failed.status, failed.failed_reason) == ("failed", "no such account")
        assert fail_payout(unit, key, "no such account") == failed
        assert refusal(ConflictError, lambda: fail_payout(unit, key, "closed")) == (
            f"payout {key} failed already, for another reason; it is tried again or cancelled"
        )
        with pytest.raises(IllegalMoveError):
            approve_payout(unit, key, LENIENT)
        again = retry_payout(unit, key, bank_details={"iban": "DE00 9999"})
        assert (again.status, again.approved_at, again.processed_at, again.failed_reason) == (
            "requested",
            None,
            None,
            None,
        )
        assert (again.bank_details, again.amount) == ({"iban": "DE00 9999"}, failed.amount)
        assert retry_payout(unit, key) == again
        approve_payout(unit, key, LENIENT)
        assert refusal(RefusedError, lambda: retry_payout(unit, key)) == (
            f"payout {key} is approved; one that failed is requested again"
        )

    def test_no_step_is_left_out(self, company: Company, unit: UnitOfWork) -> None:
        """As the machine has it."""
        key = paid_to(unit, company.ann).id
        steps: list[Callable[[], object]] = [
            lambda: process_payout(unit, key, reference_number="B-7"),
            lambda: complete_payout(unit, key),
            lambda: fail_payout(unit, key, "no such account"),
        ]
        for step in steps:
            with pytest.raises(IllegalMoveError):
                step()
        approve_payout(unit, key, LENIENT)
        process_payout(unit, key, reference_number="B-7")
        with pytest.raises(IllegalMoveError):
            cancel_payout(unit, key, "too late", into="2026-04")

    def test_a_cancelled_one_goes_back_into_the_ledger(self, company: Company, unit: UnitOfWork) -> None:
        """Of an open period, once."""
        key = paid_to(unit, company.ann).id
        cancelled = cancel_payout(unit, key, "wrong account", into="2026-04")
        (line,) = unit.ledger.list_by_distributor("2026-04", company.ann)

        assert (cancelled.status, cancelled.failed_reason) == ("cancelled", "wrong account")
        assert (line.id, line.amount, line.type) == (key_of(f"payout {key} cancelled"), usd("12.00"), "adjustment")
        assert line.description == f"payout {key} of period 2026-02 was cancelled"
        assert cancel_payout(unit, key, "again", into="2026-04") == cancelled
        assert unit.ledger.balances("2026-04") == {(company.ann, "USD"): usd("12.00")}

    def test_it_goes_where_it_can_be_taken_up(self, company: Company, unit: UnitOfWork) -> None:
        """Otherwise nothing is cancelled."""
        payout = paid_to(unit, company.ann)
        with pytest.raises(RefusedError, match="period 2026-02 is finalized; an adjustment goes into an open period"):
            cancel_payout(unit, payout.id, "wrong account", into="2026-02")
        with pytest.raises(NotFoundError):
            cancel_payout(unit, payout.id, "wrong account", into="2026-09")
        with pytest.raises(NotFoundError):
            cancel_payout(unit, new_id(), "wrong account", into="2026-04")
        assert unit.payouts.get(payout.id) == payout


class TestEveryCent:
    """Paid, held and settled, and what is on its way back, are what was earned."""

    @settings(max_examples=40)
    @given(
        months=st.lists(st.lists(st.integers(-2_000, 4_000), min_size=3, max_size=3), min_size=1, max_size=3),
        steps=st.lists(st.tuples(st.sampled_from("racp"), st.integers(0, 2)), max_size=8),
        debt=st.integers(1, 3_000),
    )
    def test_is_paid_once(self, months: list[list[int]], steps: list[tuple[str, int]], debt: int) -> None:
        """Whoever requests, approves, fails and cancels between the months."""
        company = new_company()
        people = (company.ann, company.bob, company.cid)
        policy = evolve(TEN, net_debts=True, fee={PayoutMethod.BANK_TRANSFER: usd("0.25")})
        with company.store() as unit:
            owe(unit, company.ann, str(Money(debt, "USD").amount))
            open_period(unit, "2026-04", timezone="UTC")
        for month, cents in enumerate(months, start=1):
            period_id = f"2026-0{month}"
            finalized(company, cents, period_id)
            with company.store() as unit:
                assert draw_up_payouts(unit, period_id, policy).sums.get("USD", None) is not None
            for verb, who in steps[month - 1 :: len(months)]:
                _try(company, verb, people[who], period_id)

        earned = sum(sum(cents) for cents in months)
        assert _accounted(company, f"2026-0{len(months)}") == earned


def _try(company: Company, verb: str, person: UUID, period_id: str) -> None:
    """Take a step for somebody where it can be taken."""
    with company.store() as unit:
        payouts = unit.payouts.list_by_distributor(person)
        for payout in payouts[-1:] if verb != "r" else ():
            if verb == "c" and payout.status in (PayoutStatus.REQUESTED, PayoutStatus.APPROVED):
                cancel_payout(unit, payout.id, "why not", into="2026-04")
            elif verb == "a" and payout.status == PayoutStatus.REQUESTED:
                approve_payout(unit, payout.id, LENIENT)
            elif verb == "p" and payout.status == PayoutStatus.APPROVED:
                process_payout(unit, payout.id, reference_number="B")
                retry_payout(unit, fail_payout(unit, payout.id, "no").id)
        if verb == "r":
            try:
                request_payout(unit, asked(person, period_id, policy=evolve(GENEROUS, net_debts=True)))
            except (RefusedError, ConflictError):
                return


def _accounted(company: Company, last: str) -> int:
    """What is paid, settled, held of the last month, and back in the open one, in cents; from what is stored."""
    with company.store() as unit:
        payouts = unit.payouts.page(None, 100)
        live = sum(payout.amount.minor for payout in payouts if payout.status != PayoutStatus.CANCELLED)
        debts = [debt for person in (company.ann, company.bob, company.cid) for debt in unit.payouts.list_debts(person)]
        settled = sum(debt.settled.minor for debt in debts)
        back = sum(amount.minor for amount in unit.ledger.balances("2026-04").values())
        following = unit.periods.following(last)
        claims = unit.payouts.claims(following.id if following else last)
        held = sum(claim.held.minor for claim in claims) if following else 0
    return live + settled + back + held
