"""Stock, payments that fail, shipment, cancelling, and what a customer has paid."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from mlmcore.domain.enums import OrderStatus, PaymentStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, InputError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Order, Product
from mlmcore.operations import (
    OrderLine,
    Refund,
    RefundLine,
    cancel_order,
    deliver_order,
    fail_payment,
    open_period,
    pay_order,
    place_order,
    process_order,
    refund_order,
    retry_payment,
    ship_order,
)
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import Company, usd

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
AFTERWARDS = datetime(2026, 4, 20, 12, tzinfo=UTC)
"""After what is paid by the company's clock."""
SOAP, HONEY = key_of("soap"), key_of("honey")


@pytest.fixture
def shelf(company: Company) -> Company:
    """The company with five soaps and three jars of honey on the shelf."""
    with company.store() as unit:
        for key, sku, pieces in ((SOAP, "SOAP", 5), (HONEY, "HONEY", 3)):
            unit.products.add(
                Product(id=key, sku=sku, name=sku, price=usd("10.00"), currency="USD", stock_quantity=pieces)
            )
    return company


def place(company: Company, number: str, unit: UnitOfWork, **lines: int) -> Order:
    """Place Ann's order of some soap, honey or tea."""
    wanted = [OrderLine(product_id=key_of(name), quantity=quantity) for name, quantity in lines.items()]
    return place_order(unit, company.order(number, company.ann, lines=wanted, volumes={}))


def placed(company: Company, number: str = "O-1", **lines: int) -> Order:
    """The same, in a unit of its own."""
    with company.store() as unit:
        return place(company, number, unit, **lines)


def stock(company: Company) -> tuple[int, int]:
    """Soaps and jars on the shelf."""
    with company.store() as unit:
        return unit.products.get(SOAP).stock_quantity, unit.products.get(HONEY).stock_quantity


def do(company: Company, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """One operation in a unit of its own."""
    with company.store() as unit:
        return operation(unit, *args, **kwargs)


class TestStock:
    """Reserved when an order is placed."""

    def test_an_order_takes_its_pieces(self, shelf: Company) -> None:
        """Of what is tracked; two lines of one product together."""
        order = placed(shelf, soap=2, tea=7)

        assert stock(shelf) == (3, 3)
        assert {item.product_id: item.stock_taken for item in order.items} == {SOAP: 2, shelf.tea: 0}

    def test_the_same_command_takes_nothing_again(self, shelf: Company) -> None:
        """Not even after the price changed."""
        first = placed(shelf, soap=2)
        with shelf.store() as unit:
            unit.products.update(evolve(unit.products.get(SOAP), price=usd("11.00")))

        assert placed(shelf, soap=2) == first
        assert stock(shelf) == (3, 3)

    def test_all_that_is_missing_is_said_at_once_and_nothing_is_taken(self, shelf: Company) -> None:
        """Also where the unit goes on."""
        with shelf.store() as unit:
            with pytest.raises(RefusedError) as caught:
                place(shelf, "O-1", unit, soap=6, honey=4, tea=1)
            place(shelf, "O-2", unit, soap=1)

        todo = "order fewer, or wait until more have come in"
        lines = {
            SOAP: f"6 of product SOAP were asked for, and 5 are in stock; {todo}",
            HONEY: f"4 of product HONEY were asked for, and 3 are in stock; {todo}",
        }
        expected = "; ".join(lines[key] for key in sorted(lines))
        assert str(caught.value) == f"order O-1 cannot be placed: {expected}"
        assert stock(shelf) == (4, 3)

    def test_an_order_that_cannot_be_stored_takes_nothing(self, shelf: Company) -> None:
        """Its number belongs to another."""
        placed(shelf, "O-1", soap=1)
        with shelf.store() as unit:
            lines = [OrderLine(product_id=SOAP, quantity=1)]
            with pytest.raises(ConflictError):
                place_order(unit, shelf.order("O-1", shelf.ann, id=key_of("another"), lines=lines))

        assert stock(shelf) == (4, 3)

    def test_an_order_is_in_one_currency(self, shelf: Company) -> None:
        """Its products'."""
        with shelf.store() as unit:
            unit.products.update(evolve(unit.products.get(HONEY), price=Money.of("9.00", "EUR"), currency="EUR"))
        with pytest.raises(RefusedError) as caught:
            placed(shelf, soap=1, honey=1)

        assert str(caught.value) == (
            "order O-1 cannot be placed: its products are sold in EUR and USD; place an order for each currency"
        )
        assert stock(shelf) == (5, 3)


class TestCancelOrder:
    """`cancel_order`."""

    def test_it_puts_back_what_was_taken_once(self, shelf: Company) -> None:
        """Cancelling again changes nothing."""
        order = placed(shelf, soap=2, honey=1)

        cancelled = do(shelf, cancel_order, order.id)

        assert do(shelf, cancel_order, order.id) == cancelled
        assert cancelled.status == OrderStatus.CANCELLED
        assert stock(shelf) == (5, 3)

    def test_it_puts_back_nothing_that_was_not_taken(self, shelf: Company) -> None:
        """The inventory is tracked only since then."""
        order = placed(shelf, tea=2)
        with shelf.store() as unit:
            unit.products.update(evolve(unit.products.get(shelf.tea), inventory_tracked=True, stock_quantity=1))

        do(shelf, cancel_order, order.id)

        assert do(shelf, lambda unit: unit.products.get(shelf.tea).stock_quantity) == 1

    def test_a_paid_order_is_refunded_instead(self, shelf: Company) -> None:
        """The money would be gone otherwise."""
        order = placed(shelf, soap=2)
        do(shelf, pay_order, order.id, paid_at=NOON)
        with pytest.raises(RefusedError) as caught:
            do(shelf, cancel_order, order.id)

        assert str(caught.value) == "order O-1 was paid and cannot be cancelled; refund it, which gives the money back"
        assert stock(shelf) == (3, 3)

    def test_what_was_sent_is_not_called_off(self, shelf: Company) -> None:
        """Even where it is paid on delivery."""
        order = placed(shelf, soap=2)
        with shelf.store() as unit:
            unit.orders.update(evolve(order, status=OrderStatus.CONFIRMED))
            ship_order(unit, order.id, tracking_number=None)
            with pytest.raises(IllegalMoveError):
                cancel_order(unit, order.id)


class TestPayments:
    """`fail_payment`, `retry_payment`, `pay_order`."""

    def test_a_payment_may_fail_and_be_tried_again(self, shelf: Company) -> None:
        """The pieces wait meanwhile."""
        order = placed(shelf, soap=2)
        failed = do(shelf, fail_payment, order.id, reference="card 1")

        assert (failed.payment_status, failed.payment_reference) == (PaymentStatus.FAILED, "card 1")
        assert do(shelf, fail_payment, order.id, reference="card 1") == failed
        assert stock(shelf) == (3, 3)
        assert do(shelf, retry_payment, order.id).payment_status == PaymentStatus.PENDING
        assert do(shelf, pay_order, order.id, reference="card 2").payment_reference == "card 2"

    def test_a_paid_order_does_not_fail_any_more(self, shelf: Company) -> None:
        """Nor is its payment tried again."""
        order = placed(shelf, soap=1)
        do(shelf, pay_order, order.id)

        for step in (fail_payment, retry_payment):
            with pytest.raises(IllegalMoveError):
                do(shelf, step, order.id)

    def test_a_cancelled_order_has_no_payments(self, shelf: Company) -> None:
        """It does not come back."""
        order = placed(shelf, soap=1)
        do(shelf, cancel_order, order.id)

        for step, what in (
            (fail_payment, "a payment of it cannot fail"),
            (retry_payment, "its payment cannot be tried again"),
        ):
            with pytest.raises(RefusedError) as caught:
                do(shelf, step, order.id)
            assert str(caught.value) == f"order O-1 is cancelled, and {what}; place a new one"

    def test_a_second_payment_is_money_to_give_back(self, shelf: Company) -> None:
        """The same one again is not."""
        order = placed(shelf, soap=1)
        paid = do(shelf, pay_order, order.id, reference="A")

        assert do(shelf, pay_order, order.id, reference="A") == paid
        with pytest.raises(ConflictError) as caught:
            do(shelf, pay_order, order.id, reference="B")
        assert str(caught.value) == ("order O-1 was paid by A; B is a second payment of it: give that money back")


class TestWhatACustomerHasPaid:
    """`lifetime_value` and the days of the first and last order."""

    def test_payments_less_refunds(self, shelf: Company) -> None:
        """Each once, however often it is said."""
        first, second = placed(shelf, "O-1", soap=2), placed(shelf, "O-2", honey=1)
        for _ in range(2):
            do(shelf, pay_order, first.id, paid_at=NOON)
            do(shelf, pay_order, second.id, paid_at=datetime(2026, 3, 2, tzinfo=UTC))
            do(shelf, refund_order, back(first, 1, "10.00"))

        customer = do(shelf, lambda unit: unit.customers.get(first.customer_id))
        assert (customer.lifetime_value, customer.lifetime_currency) == (Decimal("30.00"), "USD")
        assert (customer.first_order_date, customer.last_order_date) == (date(2026, 3, 2), date(2026, 3, 10))

    def test_a_day_is_the_one_on_which_the_order_counts(self, shelf: Company) -> None:
        """In the zone of its month."""
        order = placed(shelf, soap=1)
        with shelf.store() as unit:
            open_period(unit, "2026-03", timezone="Pacific/Auckland")
            pay_order(unit, order.id, paid_at=NOON)

        assert do(shelf, lambda unit: unit.customers.get(order.customer_id)).first_order_date == date(2026, 3, 11)


class TestRestock:
    """`Refund.restock`."""

    @pytest.mark.parametrize(("restock", "left"), [(True, 4), (False, 3)])
    def test_pieces_come_back_to_the_shelf_or_not(self, shelf: Company, restock: bool, left: int) -> None:
        """As it is said; twice the same refund puts them back once."""
        order = placed(shelf, soap=2)
        do(shelf, pay_order, order.id)
        for _ in range(2):
            do(shelf, refund_order, back(order, 1, "10.00", restock=restock))

        assert stock(shelf) == (left, 3)

    def test_it_must_be_said(self, shelf: Company) -> None:
        """Nothing is guessed."""
        with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'restock'"):
            Refund(refund_number="R", order_id=SOAP, refunded_at=NOON, amount=usd("1"), lines=[])  # type: ignore[call-arg]

    def test_the_same_number_with_other_pieces_is_another_refund(self, shelf: Company) -> None:
        """And refused."""
        order = placed(shelf, soap=3)
        do(shelf, pay_order, order.id)
        do(shelf, refund_order, back(order, 1, "10.00"))

        with pytest.raises(ConflictError):
            do(shelf, refund_order, back(order, 2, "10.00"))


class TestShipping:
    """`process_order`, `ship_order`, `deliver_order`."""

    def test_an_order_goes_its_way(self, shelf: Company) -> None:
        """Each step is repeatable."""
        order = placed(shelf, soap=1)
        do(shelf, pay_order, order.id)
        for _ in range(2):
            packed = do(shelf, process_order, order.id)
        for _ in range(2):
            sent = do(shelf, ship_order, order.id, tracking_number="T-1", method="post", shipped_at=NOON)
        for _ in range(2):
            there = do(shelf, deliver_order, order.id, delivered_at=datetime(2026, 3, 12, tzinfo=UTC))

        assert packed.status == OrderStatus.PROCESSING
        assert (sent.status, sent.tracking_number, sent.shipping_method) == (OrderStatus.SHIPPED, "T-1", "post")
        assert (there.status, there.shipped_at) == (OrderStatus.DELIVERED, NOON)
        assert do(shelf, ship_order, order.id, tracking_number="T-1") == there

    def test_another_tracking_number_is_another_parcel(self, shelf: Company) -> None:
        """And refused."""
        order = placed(shelf, soap=1)
        do(shelf, pay_order, order.id)
        do(shelf, ship_order, order.id, tracking_number="T-1")

        with pytest.raises(ConflictError) as caught:
            do(shelf, ship_order, order.id, tracking_number="T-2")

        assert str(caught.value) == "order O-1 was sent already with tracking number T-1, not T-2"

    def test_what_was_not_confirmed_or_is_refunded_is_not_sent(self, shelf: Company) -> None:
        """The machine says so."""
        order = placed(shelf, soap=1)
        with pytest.raises(IllegalMoveError):
            do(shelf, ship_order, order.id, tracking_number=None)
        do(shelf, pay_order, order.id)
        do(shelf, refund_order, back(order, 1, "15.00"))

        with pytest.raises(IllegalMoveError):
            do(shelf, ship_order, order.id, tracking_number=None)

    def test_nothing_arrives_before_it_was_sent(self, shelf: Company) -> None:
        """And nothing at all that was not."""
        order = placed(shelf, soap=1)
        do(shelf, pay_order, order.id)
        with pytest.raises(IllegalMoveError):
            do(shelf, deliver_order, order.id)
        do(shelf, ship_order, order.id, tracking_number=None, shipped_at=NOON)

        with pytest.raises(InputError):
            do(shelf, deliver_order, order.id, delivered_at=datetime(2026, 3, 9, tzinfo=UTC))


def back(order: Order, quantity: int, amount: str, **changes: Any) -> Refund:
    """A refund of some pieces of an order's first item."""
    item: UUID = order.items[0].id
    given: dict[str, Any] = {
        "refund_number": f"R-{order.order_number}",
        "order_id": order.id,
        "refunded_at": AFTERWARDS,
        "amount": usd(amount),
        "lines": [RefundLine(order_item_id=item, quantity=quantity)],
        "restock": False,
    }
    return Refund(**{**given, **changes})
