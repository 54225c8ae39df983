"""What holds between the columns of an entity: trees, totals, currencies."""

from datetime import timedelta
from decimal import Decimal, localcontext
from typing import Any, ClassVar

import pytest

from domain.sound_entities import ANN, BOB, NOON, refusal, sound, usd
from mlmcore.domain.commissions import (
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
)
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import CaseStatus, CommissionType, ContactStatus, TaskStatus
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyPath
from mlmcore.domain.people import Distributor, Territory
from mlmcore.domain.sales import (
    Order,
    OrderItem,
    OrderRefund,
    OrderRefundItem,
    Product,
    ProductCategory,
)


class TestNetworkRules:
    """Nobody stands below themselves."""

    @pytest.mark.parametrize("name", ["sponsor_id", "enroller_id"])
    def test_nobody_is_their_own_parent(self, name: str) -> None:
        """In no tree."""
        assert refusal(Distributor, **{name: ANN}) == (
            f"{name} of distributor D-1 is that distributor; nobody stands below themselves"
        )

    def test_nobody_is_placed_under_themselves(self) -> None:
        """Nor in the third."""
        assert refusal(Distributor, placement_id=ANN, placement_leg=1) == (
            "placement_id of distributor D-1 is that distributor; nobody stands below themselves"
        )

    @pytest.mark.parametrize("changes", [{"placement_id": BOB}, {"placement_leg": 1}])
    def test_a_placement_has_a_leg(self, changes: dict[str, Any]) -> None:
        """And a leg a placement."""
        assert refusal(Distributor, **changes) == (
            "distributor D-1 has one of placement_id and placement_leg; give both or neither"
        )

    def test_a_sponsor_leg_has_a_sponsor(self) -> None:
        """A sponsor may come without one: the store numbers legs."""
        assert refusal(Distributor, sponsor_leg=1) == (
            "distributor D-1 has a sponsor_leg and no sponsor_id; give both, or no sponsor_leg"
        )
        assert sound(Distributor, sponsor_id=BOB).sponsor_leg is None

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (Territory, {"parent_id": ANN}, "parent_id of territory N is that territory; nothing is below itself"),
            (
                ProductCategory,
                {"parent_id": ANN},
                "parent_id of category tea is that category; nothing is below itself",
            ),
            (
                GenealogyPath,
                {"descendant_id": ANN},
                f"{ANN} is both ancestor and descendant; a path leads to somebody else",
            ),
            (
                CommissionRun,
                {"previous_run_id": ANN},
                f"previous_run_id of run {ANN} is that run; no run follows itself",
            ),
        ],
    )
    def test_nothing_refers_to_itself(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """In any tree or chain."""
        assert refusal(kind, **changes) == message


class TestContactRules:
    """A contact has become whom its state says, and nobody else."""

    CUSTOMER: ClassVar = {"converted_at": NOON, "converted_to_customer_id": BOB}

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            (
                {"converted_at": NOON},
                "has one of converted_at and converted_to_customer_id; give both or neither",
            ),
            (
                {"status": ContactStatus.WON, "converted_to_customer_id": BOB},
                "has one of converted_at and converted_to_customer_id; give both or neither",
            ),
            (
                CUSTOMER,
                "is new and has a converted_to_customer_id; whoever became a customer is won or enrolled",
            ),
            (
                {"status": ContactStatus.LOST, **CUSTOMER},
                "is lost and has a converted_to_customer_id; whoever became a customer is won or enrolled",
            ),
            (
                {"status": ContactStatus.WON},
                "is won and has no converted_to_customer_id; name the customer that they became",
            ),
            (
                {"status": ContactStatus.ENROLLED},
                "is enrolled and has no enrolled_as_id; name the distributor that they became",
            ),
            (
                {"status": ContactStatus.WON, "enrolled_as_id": BOB, **CUSTOMER},
                "is won and has an enrolled_as_id; whoever became a distributor is enrolled",
            ),
        ],
    )
    def test_a_state_demands_whom_they_became(self, changes: dict[str, Any], said: str) -> None:
        """Won a customer, enrolled a distributor, and no other state anybody."""
        assert refusal(Contact, **changes) == f"contact {ANN} {said}"

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": ContactStatus.WON, **CUSTOMER},
            {"status": ContactStatus.ENROLLED, "enrolled_as_id": BOB},
            {"status": ContactStatus.ENROLLED, "enrolled_as_id": BOB, **CUSTOMER},
        ],
    )
    def test_a_distributor_may_have_been_a_customer(self, changes: dict[str, Any]) -> None:
        """Or not."""
        assert sound(Contact, **changes).status == changes["status"]

    def test_a_task_is_done_at_an_instant(self) -> None:
        """And what is not done, at none."""
        assert sound(Task, status=TaskStatus.COMPLETED, completed_at=NOON).completed_at == NOON
        assert refusal(Task, status=TaskStatus.COMPLETED) == (
            f"task {ANN} is completed and has no completed_at; say when it was done"
        )
        assert refusal(Task, status=TaskStatus.CANCELLED, completed_at=NOON) == (
            f"task {ANN} is cancelled and has a completed_at; only what is completed was done"
        )

    def test_a_task_is_open_until_it_is_done_or_cancelled(self) -> None:
        """Pending or in progress."""
        done = sound(Task, status=TaskStatus.COMPLETED, completed_at=NOON)
        others = [sound(Task, status=status) for status in TaskStatus if status != TaskStatus.COMPLETED]

        assert [task.status for task in [done, *others] if task.is_open] == ["pending", "in_progress"]


class TestOrderRules:
    """Totals agree."""

    def test_total_is_subtotal_less_discount_plus_tax_and_shipping(self) -> None:
        """To the cent."""
        changes = {"discount_amount": usd(5), "tax_amount": usd("4.05"), "shipping_amount": usd(7)}

        assert sound(Order, total=usd("56.05"), **changes).total == usd("56.05")
        assert refusal(Order, total=usd("56.04"), **changes) == (
            "total of order A-1 is 56.04 USD; subtotal - discount + tax + shipping is 56.05 USD"
        )

    def test_what_is_left_out_is_nothing_in_the_orders_currency(self) -> None:
        """The schema's default is 0."""
        yen = Money.of(5000, "JPY")

        order = sound(Order, subtotal=yen, total=yen, currency="JPY")

        assert {order.discount_amount, order.tax_amount, order.shipping_amount} == {Money.zero("JPY")}

    def test_items_sum_to_the_subtotal(self) -> None:
        """Where there are items."""
        item = sound(OrderItem)

        assert sound(Order, items=(item,)).pv == Decimal(40)
        assert refusal(Order, items=(item, item)) == "subtotal of order A-1 is 50.00 USD; its items sum to 100.00 USD"

    def test_an_item_is_quantity_times_price(self) -> None:
        """To the cent."""
        assert refusal(OrderItem, total_price=usd(49)) == (
            f"total_price of product {BOB} is 49.00 USD; 2 x 25.00 USD is 50.00 USD"
        )

    def test_an_item_has_one_currency(self) -> None:
        """So a price in yen is no total in dollars."""
        assert refusal(OrderItem, unit_price=Money.of(25, "JPY")) == (
            f"total_price of product {BOB} is 50.00 USD; 2 x 25 JPY is 50 JPY"
        )

    def test_items_name_their_order(self) -> None:
        """A stranger would be counted twice."""
        item = sound(OrderItem, order_id=BOB)

        assert refusal(Order, items=(item,)) == f"items of order A-1 name another order: {item.id}"

    def test_items_of_a_refund_name_it_and_have_its_currency(self) -> None:
        """As an order's."""
        stranger, yen = sound(OrderRefundItem, refund_id=BOB), sound(OrderRefundItem, amount=Money.of(5, "JPY"))

        assert refusal(OrderRefund, items=(stranger,)) == f"items of refund R-1 name another refund: {stranger.id}"
        assert refusal(OrderRefund, items=(yen,)) == "items of refund R-1 are not in USD: 5 JPY"

    def test_volumes_are_summed_exactly(self) -> None:
        """Under any host's precision."""
        items = tuple(
            sound(OrderItem, quantity=1, total_price=usd(25), pv=Decimal(pv)) for pv in ("1234567.89", "0.01")
        )

        with localcontext(prec=3):
            pv = sound(Order, items=items).pv

        assert pv == Decimal("1234567.90")


class TestMoneyRules:
    """One entity has one currency, and sums agree."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (
                Product,
                {"currency": "EUR"},
                "price is 25.00 USD, and the Product's currency is EUR; one entity has one currency",
            ),
            (
                LedgerLine,
                {"amount": Money.of(5, "EUR")},
                "amount is 5.00 EUR, and the LedgerLine's currency is USD; one entity has one currency",
            ),
            (
                Payout,
                {"fee_amount": Money.of(5, "EUR")},
                "fee_amount is 5.00 EUR, and the Payout's currency is USD; one entity has one currency",
            ),
            (
                Product,
                {"currency": "dollars"},
                "'dollars' is not a currency of ISO 4217; write its three capital letters, such as USD",
            ),
            (Payout, {"net_amount": usd(49)}, "net_amount is 49.00 USD; amount less fee is 50.00 USD"),
            (Payout, {"fee_amount": usd(51)}, "fee_amount is 51.00 USD, more than the payout of 50.00 USD"),
            (Debt, {"settled": usd(51)}, "settled is 51.00 USD, more than the debt of 50.00 USD"),
            (
                LedgerLine,
                {"corrects_id": ANN},
                "a line has one of corrects_id and corrects_period_id; give both or neither",
            ),
            (
                LedgerLine,
                {"corrects_id": ANN, "corrects_period_id": "2026-02"},
                "a line of type unilevel corrects another; only an adjustment does",
            ),
        ],
    )
    def test_contradictions_are_refused(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """In words, with both sides."""
        assert refusal(kind, **changes) == message

    def test_an_adjustment_names_the_line_that_it_corrects(self) -> None:
        """With its period, since a ledger line's key is both."""
        line = sound(LedgerLine, type=CommissionType.ADJUSTMENT, corrects_id=ANN, corrects_period_id="2026-02")

        assert (line.corrects_id, line.corrects_period_id) == (ANN, "2026-02")


class TestCaseRules:
    """A resolution is there exactly when something was decided."""

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"status": CaseStatus.RESOLVED},
                "case K-1 is resolved and has no resolution; a case has one once it is resolved",
            ),
            (
                {"status": CaseStatus.INVESTIGATING, "resolution": "warned", "resolved_at": NOON},
                "case K-1 is investigating and has a resolution; a case has one once it is resolved",
            ),
            (
                {"status": CaseStatus.CLOSED, "resolution": "warned"},
                "case K-1 has one of resolution and resolved_at; give both or neither",
            ),
            (
                {"status": CaseStatus.CLOSED, "resolution": " ", "resolved_at": NOON},
                "the resolution of case K-1 is empty; say what was decided",
            ),
            (
                {"assignee_id": BOB},
                f"case K-1 about {BOB} is assigned to that same person; somebody else looks into it",
            ),
            (
                {
                    "status": CaseStatus.CLOSED,
                    "resolution": "warned",
                    "resolved_at": NOON,
                    "created_at": NOON + timedelta(seconds=1),
                },
                "resolved_at is 2026-03-01T12:00:00+00:00, before created_at, which is 2026-03-01T12:00:01+00:00",
            ),
        ],
    )
    def test_contradictions_are_refused(self, changes: dict[str, Any], message: str) -> None:
        """In words, with the number."""
        assert refusal(ComplianceCase, **changes) == message

    @pytest.mark.parametrize("decided", [{}, {"resolution": "warned", "resolved_at": NOON}])
    def test_a_closed_case_was_resolved_or_dismissed(self, decided: dict[str, Any]) -> None:
        """So both may be there, or neither."""
        assert sound(ComplianceCase, status=CaseStatus.CLOSED, **decided).status == CaseStatus.CLOSED
