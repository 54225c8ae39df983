"""State machines: legal moves pass, illegal ones name the legal, and the page is current."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import attrs
import pytest

from mlmcore.domain import machines
from mlmcore.domain.entities import ENTITIES
from mlmcore.domain.enums import (
    ContactStatus,
    DistributorStatus,
    KycStatus,
    OrderStatus,
    PaymentStatus,
    PayoutStatus,
    PeriodStatus,
)
from mlmcore.domain.errors import IllegalMoveError
from mlmcore.domain.machines import MACHINES, Machine, Move

PAGE = Path(__file__).parents[2] / "docs" / "domain" / "machines.md"
PAIRS = [(machine, source, target) for machine in MACHINES for source in machine.states for target in machine.states]
COLUMNS = {
    "user": ("users", "status"),
    "distributor": ("distributors", "status"),
    "customer": ("customers", "status"),
    "product": ("products", "status"),
    "contact": ("contacts", "status"),
    "task": ("tasks", "status"),
    "order": ("orders", "status"),
    "payment": ("orders", "payment_status"),
    "auto-ship": ("auto_ships", "status"),
    "kyc": ("user_profiles", "kyc_status"),
    "period": ("commission_periods", "status"),
    "payout": ("payouts", "status"),
    "compliance case": ("compliance_cases", "status"),
}


class TestEveryMachine:
    """What holds for all of them."""

    @pytest.mark.parametrize(("machine", "source", "target"), PAIRS)
    def test_a_move_is_legal_exactly_when_the_table_has_it(
        self, machine: Machine[Any], source: StrEnum, target: StrEnum
    ) -> None:
        """Or when nothing moves."""
        legal = {(move.source, move.target) for move in machine.table}
        if source == target or (source, target) in legal:
            machine.check(source, target)
            return

        with pytest.raises(IllegalMoveError) as caught:
            machine.check(source, target)

        choices = [str(other) for other in machine.states if (source, other) in legal]
        assert sorted(caught.value.legal) == sorted(choices)
        assert str(caught.value).startswith(f"{machine.name}: {source} cannot become {target}; from {source} it can ")

    @pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
    def test_every_state_can_be_reached(self, machine: Machine[Any]) -> None:
        """From the states in which one is made."""
        reached = list(machine.starts)
        for state in reached:
            reached += [target for target in machine.moves(state) if target not in reached]

        assert set(reached) == set(machine.states)

    @pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
    def test_starts_where_the_entity_does(self, machine: Machine[Any]) -> None:
        """The usual start is the column's default."""
        table, column = COLUMNS[machine.name]

        assert machine.starts[0] == getattr(attrs.fields(ENTITIES[table]), column).default

    @pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
    def test_draws_all_of_its_moves(self, machine: Machine[Any]) -> None:
        """One line for each start, move and end."""
        lines = machine.to_mermaid().splitlines()
        ends = [state for state in machine.states if machine.is_final(state)]

        assert lines[0] == "stateDiagram-v2"
        assert len(lines) == 1 + len(machine.starts) + len(machine.table) + len(ends)

    def test_the_page_is_current(self) -> None:
        """Write it with `python -m mlmcore.domain.machines > docs/domain/machines.md`."""
        assert PAGE.read_text(encoding="utf-8") == machines.page()


class TestFinalStates:
    """Where a story ends."""

    def test_are_these(self) -> None:
        """Termination, above all, is for ever."""
        final = {machine.name: list(filter(machine.is_final, machine.states)) for machine in MACHINES}

        assert final == {
            "user": [],
            "distributor": ["terminated"],
            "customer": [],
            "product": ["discontinued"],
            "contact": ["enrolled"],
            "task": ["cancelled"],
            "order": ["cancelled", "refunded"],
            "payment": ["refunded"],
            "auto-ship": ["cancelled"],
            "kyc": [],
            "period": ["finalized"],
            "payout": ["completed", "cancelled"],
            "compliance case": ["closed"],
        }


class TestMovesThatMatter:
    """Said once more, apart from the tables."""

    def test_a_terminated_distributor_stays_so(self) -> None:
        """And the message says that there is nothing to choose."""
        with pytest.raises(IllegalMoveError) as caught:
            machines.DISTRIBUTOR.check(DistributorStatus.TERMINATED, DistributorStatus.ACTIVE)

        assert str(caught.value) == (
            "distributor: terminated cannot become active; from terminated it can become nothing: it is final"
        )

    def test_a_period_goes_back_to_closed_and_never_to_open(self) -> None:
        """After a failed run, or to calculate again."""
        assert machines.PERIOD.moves(PeriodStatus.CALCULATING) == (PeriodStatus.CLOSED, PeriodStatus.FINALIZED)
        assert machines.PERIOD.moves(PeriodStatus.CLOSED) == (PeriodStatus.CALCULATING,)

    def test_a_period_is_not_finalized_without_a_calculation(self) -> None:
        """Nothing is paid from a period that nobody calculated."""
        with pytest.raises(IllegalMoveError) as caught:
            machines.PERIOD.check(PeriodStatus.CLOSED, PeriodStatus.FINALIZED)

        assert str(caught.value) == ("period: closed cannot become finalized; from closed it can become calculating")

    def test_what_was_shipped_is_refunded_not_cancelled(self) -> None:
        """Goods have left the house."""
        assert not machines.ORDER.allows(OrderStatus.SHIPPED, OrderStatus.CANCELLED)
        assert machines.ORDER.allows(OrderStatus.SHIPPED, OrderStatus.REFUNDED)

    def test_a_failed_payment_is_tried_again(self) -> None:
        """And a refund can only follow a payment."""
        assert machines.PAYMENT.moves(PaymentStatus.FAILED) == (PaymentStatus.PENDING, PaymentStatus.PAID)
        assert not machines.PAYMENT.allows(PaymentStatus.PENDING, PaymentStatus.REFUNDED)

    def test_a_failed_payout_is_requested_again(self) -> None:
        """And approved again, since something was mended."""
        assert machines.PAYOUT.moves(PayoutStatus.FAILED) == (PayoutStatus.REQUESTED, PayoutStatus.CANCELLED)

    def test_a_customer_that_was_won_may_enrol(self) -> None:
        """Not the other way round."""
        assert machines.CONTACT.moves(ContactStatus.WON) == (ContactStatus.ENROLLED,)
        assert machines.CONTACT.is_final(ContactStatus.ENROLLED)

    def test_nobody_is_verified_without_documents(self) -> None:
        """Whoever was rejected hands them in first."""
        assert machines.KYC.moves(KycStatus.REJECTED) == (KycStatus.PENDING,)


class TestTables:
    """A table that contradicts itself is refused when it is written."""

    @pytest.mark.parametrize(
        ("moves", "message"),
        [
            (
                [("pending", "verified"), ("pending", "verified"), ("pending", "rejected"), ("verified", "expired")],
                "table of test: moves twice ['pending to verified'], states that nothing enters []",
            ),
            (
                [("pending", "verified"), ("pending", "rejected")],
                "table of test: moves twice [], states that nothing enters [<KycStatus.EXPIRED: 'expired'>]",
            ),
        ],
    )
    def test_has_each_move_once_and_enters_each_state(self, moves: list[tuple[str, str]], message: str) -> None:
        """A forgotten state is a mistake, not a choice."""
        table = tuple(Move(KycStatus(source), KycStatus(target), "go", "it went") for source, target in moves)

        with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is asserted whole)
            Machine(name="test", about="", starts=(KycStatus.PENDING,), table=table)

        assert str(caught.value) == message
