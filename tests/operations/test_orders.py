"""Placing, paying and refunding orders."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.enums import CustomerStatus, OrderStatus, PaymentStatus, ProductStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.sales import Order
from mlmcore.operations.orders import OrderLine, pay_order, place_order
from mlmcore.operations.periods import close_period, open_period
from mlmcore.operations.refunds import Refund, RefundLine, refund_order
from mlmcore.testing.contracts._support import make_shop, paid_order
from operations.company import Company, new_company, usd

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 20, 12, tzinfo=UTC)


def paid(company: Company, number: str = "O-1", quantity: int = 2, **changes: Any) -> Order:
    """Store an order that Ann sold and that was paid on 10 March."""
    with company.store() as unit:
        order = place_order(unit, company.order(number, company.ann, quantity, **changes))
        return pay_order(unit, order.id, paid_at=NOON)


def refund_of(order: Order, quantity: int, amount: str, number: str = "R-1", **changes: Any) -> Refund:
    """Return a refund of some pieces."""
    given: dict[str, Any] = {
        "refund_number": number,
        "order_id": order.id,
        "refunded_at": LATER,
        "amount": usd(amount),
        "lines": [RefundLine(order_item_id=order.items[0].id, quantity=quantity)],
        "restock": False,
    }
    return Refund(**{**given, **changes})


class TestPlaceOrder:
    """`place_order`."""

    def test_it_takes_prices_and_volumes_from_the_products(self, company: Company) -> None:
        """And adds up."""
        with company.store() as unit:
            order = place_order(unit, company.order("O-1", company.ann, 3))

        (item,) = order.items
        assert (item.unit_price, item.total_price, item.pv) == (usd("25.00"), usd("75.00"), Decimal(60))
        assert (order.subtotal, order.total) == (usd("75.00"), usd("80.00"))
        assert (order.status, order.payment_status) == (OrderStatus.PENDING, PaymentStatus.PENDING)
        assert order.distributor_id == company.ann

    def test_another_distributor_may_be_credited(self, company: Company) -> None:
        """Where it is said."""
        with company.store() as unit:
            order = place_order(unit, company.order("O-1", company.ann, distributor_id=company.cid))

        assert order.distributor_id == company.cid

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Not even after the order was paid."""
        command = company.order("O-1", company.ann)
        with company.store() as unit:
            order = place_order(unit, command)
            stored = pay_order(unit, order.id)
        before = company.store.as_dict()

        with company.store() as unit:
            assert place_order(unit, command) == stored

        assert company.store.as_dict() == before

    def test_other_contents_under_the_same_id_are_refused(self, company: Company) -> None:
        """A changed quantity is another order."""
        with company.store() as unit:
            order = place_order(unit, company.order("O-1", company.ann, 2))
            with pytest.raises(ConflictError) as caught:
                place_order(unit, company.order("O-1", company.ann, 3))

        assert str(caught.value) == (
            f"order {order.id} is stored already, as O-1, with another volumes, set of lines; "
            "a new order needs an id of its own"
        )

    def test_what_is_not_sold_cannot_be_ordered(self, company: Company) -> None:
        """A product that was withdrawn."""
        with company.store() as unit:
            unit.products.update(evolve(unit.products.get(company.tea), status=ProductStatus.INACTIVE))
            with pytest.raises(RefusedError) as caught:
                place_order(unit, company.order("O-1", company.ann))

        assert str(caught.value) == "order O-1 cannot be placed: product TEA is inactive and not sold"

    def test_a_suspended_customer_cannot_order(self, company: Company) -> None:
        """Until reinstated."""
        with company.store() as unit:
            customer = unit.customers.get(company.customer_of(company.ann))
            unit.customers.update(evolve(customer, status=CustomerStatus.SUSPENDED))
            with pytest.raises(RefusedError) as caught:
                place_order(unit, company.order("O-1", company.ann))

        assert str(caught.value) == "customer C-ann is suspended and cannot order"

    def test_an_order_has_lines(self, company: Company) -> None:
        """At least one, of products that are stored."""
        with company.store() as unit:
            with pytest.raises(RefusedError):
                place_order(unit, company.order("O-1", company.ann, lines=[]))
            with pytest.raises(NotFoundError):
                place_order(
                    unit,
                    company.order("O-1", company.ann, lines=[OrderLine(product_id=new_id(), quantity=1)]),
                )


class TestPayOrder:
    """`pay_order`."""

    def test_it_confirms_the_order(self, company: Company) -> None:
        """So that it counts from that day."""
        order = paid(company)

        assert (order.status, order.payment_status) == (OrderStatus.CONFIRMED, PaymentStatus.PAID)
        assert order.paid_at == NOON

    def test_paying_again_changes_nothing(self, company: Company) -> None:
        """The first payment's day stays."""
        order = paid(company)
        before = company.store.as_dict()

        with company.store() as unit:
            assert pay_order(unit, order.id, paid_at=LATER) == order

        assert company.store.as_dict() == before

    def test_a_cancelled_order_cannot_be_paid(self, company: Company) -> None:
        """Its payment may be, but the order does not come back."""
        with company.store() as unit:
            order = place_order(unit, company.order("O-1", company.ann))
            unit.orders.update(evolve(order, status=OrderStatus.CANCELLED))
            with pytest.raises(RefusedError) as caught:
                pay_order(unit, order.id)

        assert str(caught.value) == "order O-1 is cancelled and cannot be paid; place a new one"

    def test_nothing_is_paid_into_a_closed_period(self, company: Company) -> None:
        """Since it could not count there any more."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            close_period(unit, "2026-03")
            order = place_order(unit, company.order("O-1", company.ann))
            with pytest.raises(RefusedError) as caught:
                pay_order(unit, order.id, paid_at=NOON)
            april = pay_order(unit, order.id)

        assert str(caught.value) == (
            "order O-1 cannot be paid on 2026-03-10T12:00:00+00:00: period 2026-03 is closed; "
            "date it into an open period, or correct the ledger by an adjustment"
        )
        assert april.paid_at is not None
        assert april.paid_at.date() == date(2026, 4, 2)

    def test_the_periods_timezone_says_where_an_instant_lies(self, company: Company) -> None:
        """31 March at 23:30 in Auckland is 10:30 in UTC; an hour later it is April there."""
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="Pacific/Auckland")
            close_period(unit, "2026-03")
            order = place_order(unit, company.order("O-1", company.ann))
            for instant in (
                datetime(2026, 3, 31, 10, 30, tzinfo=UTC),
                datetime(2026, 2, 28, 11, 30, tzinfo=UTC),  # half past midnight on 1 March there
            ):
                with pytest.raises(RefusedError):
                    pay_order(unit, order.id, paid_at=instant)
            pay_order(unit, order.id, paid_at=datetime(2026, 3, 31, 11, 30, tzinfo=UTC))


class TestRefundOrder:
    """`refund_order`."""

    def test_a_part_leaves_the_order_paid_in_part(self, company: Company) -> None:
        """And takes back the pieces' money and volume."""
        order = paid(company)

        with company.store() as unit:
            refund = refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "15.00"}))
            after = unit.orders.get(order.id)

        (item,) = refund.items
        assert (item.quantity, item.amount, item.pv) == (1, usd("25.00"), Decimal(20))
        assert refund.volumes == {"cv": "15.00"}
        assert (after.status, after.payment_status) == (
            OrderStatus.CONFIRMED,
            PaymentStatus.PARTIALLY_REFUNDED,
        )

    def test_the_whole_total_makes_it_refunded(self, company: Company) -> None:
        """Tax and shipping included; all volumes go back."""
        order = paid(company)

        with company.store() as unit:
            refund = refund_order(unit, refund_of(order, 2, "55.00"))
            after = unit.orders.get(order.id)

        assert refund.volumes == order.volumes
        assert (after.status, after.payment_status) == (OrderStatus.REFUNDED, PaymentStatus.REFUNDED)

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """By its number."""
        order = paid(company)
        command = refund_of(order, 2, "55.00")
        with company.store() as unit:
            first = refund_order(unit, command)
        before = company.store.as_dict()

        with company.store() as unit:
            assert refund_order(unit, command) == first

        assert company.store.as_dict() == before

    def test_a_number_is_used_for_one_refund(self, company: Company) -> None:
        """Another amount under it is refused."""
        order = paid(company)

        with company.store() as unit:
            refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "15"}))
            with pytest.raises(ConflictError) as caught:
                refund_order(unit, refund_of(order, 1, "24.00", volumes={"cv": "15"}))

        assert str(caught.value) == (
            "refund R-1 is stored already, with another amount; a new refund needs a number of its own"
        )

    def test_it_takes_back_the_volumes_that_it_said_first(self, company: Company) -> None:
        """Another volume under the same number is refused: it would be thought to be taken back, and is not."""
        order = paid(company)

        with company.store() as unit:
            refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "15"}))
            with pytest.raises(ConflictError) as caught:
                refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "30"}))

        assert str(caught.value) == (
            "refund R-1 is stored already, with another volumes; a new refund needs a number of its own"
        )

    def test_the_volumes_of_a_part_are_said(self, company: Company) -> None:
        """Nothing is guessed."""
        order = paid(company)

        with company.store() as unit, pytest.raises(RefusedError) as caught:
            refund_order(unit, refund_of(order, 1, "25.00"))

        assert str(caught.value) == (
            "refund R-1 takes back a part of order O-1, which has the volumes cv; "
            "say in `volumes` how much of each goes back"
        )

    def test_texts_of_an_order_are_nothing_that_goes_back(self, company: Company) -> None:
        """A channel is no volume: it is neither asked for nor taken back."""
        with company.store() as unit:
            asked = place_order(unit, company.order("O-1", company.ann, volumes={"cv": "30.00", "channel": "web"}))
            plain = place_order(unit, company.order("O-2", company.ann, volumes={"channel": "web"}))
            for order in (asked, plain):
                pay_order(unit, order.id, paid_at=datetime(2026, 3, 10, tzinfo=UTC))
            with pytest.raises(RefusedError, match="has the volumes cv; say"):
                refund_order(unit, refund_of(asked, 1, "25.00"))
            refund_order(unit, refund_of(plain, 1, "25.00", number="R-2"))
            (refund,) = unit.orders.list_refunds(plain.id)

        assert refund.volumes == {}

    def test_an_order_that_was_never_paid_is_not_refunded(self, company: Company) -> None:
        """And nothing of the attempt is kept."""
        with company.store() as unit:
            order = place_order(unit, company.order("O-1", company.ann))
        before = company.store.as_dict()

        with pytest.raises(IllegalMoveError), company.store() as unit:
            refund_order(unit, refund_of(order, 2, "55.00"))

        assert company.store.as_dict() == before

    def test_nothing_is_refunded_into_a_closed_period(self, company: Company) -> None:
        """Its ledger would not see it."""
        order = paid(company)
        with company.store() as unit:
            open_period(unit, "2026-03", timezone="UTC")
            close_period(unit, "2026-03")
            with pytest.raises(RefusedError, match=r"refund R-1 cannot be recorded .* period 2026-03 is closed"):
                refund_order(unit, refund_of(order, 2, "55.00"))

    def test_nothing_is_refunded_before_it_was_paid(self, company: Company) -> None:
        """Dated into the month before the order's, no month would take the volume back; the instant itself will do."""
        order = paid(company)
        february = datetime(2026, 2, 28, tzinfo=UTC)
        with company.store() as unit:
            with pytest.raises(RefusedError) as caught:
                refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "15.00"}, refunded_at=february))
            refund_order(unit, refund_of(order, 1, "25.00", volumes={"cv": "15.00"}, refunded_at=NOON))

        assert str(caught.value) == (
            "refund R-1 is dated 2026-02-28T00:00:00+00:00, before order O-1 counts (2026-03-10T12:00:00+00:00), so no "
            "period would take it back; give the instant at which it went back"
        )

    @given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(1, 9999))
    def test_pieces_take_back_the_whole_volume_together(self, parts: list[int], cents: int) -> None:
        """However the pieces of a line come back, and however badly its volume divides."""
        company = new_company()
        pv = Decimal(cents) / 100
        with company.store() as unit:
            shop = make_shop(unit)
            sold = paid_order(shop, NOON, sum(parts))
            order = unit.orders.add(evolve(sold, items=(evolve(sold.items[0], pv=pv),)))

        with company.store() as unit:
            refunds = [
                refund_order(unit, refund_of(order, part, "1.00", f"R-{number}", volumes={}))
                for number, part in enumerate(parts)
            ]

        assert sum(refund.items[0].pv for refund in refunds) == pv

    def test_so_do_lines_of_one_refund(self, company: Company) -> None:
        """Ten pieces with a hundredth and a half each, in lines of 1, 1 and 8; the further volumes come back too."""
        with company.store() as unit:
            sold = paid_order(make_shop(unit), NOON, 10, volumes={"cv": "30"})
            order = unit.orders.add(evolve(sold, items=(evolve(sold.items[0], pv=Decimal("0.15")),)))
            lines = [RefundLine(order_item_id=order.items[0].id, quantity=quantity) for quantity in (1, 1, 8)]
            refund = refund_order(unit, refund_of(order, 0, "1.00", lines=lines))

        assert [item.pv for item in refund.items] == [Decimal("0.01"), Decimal("0.02"), Decimal("0.12")]
        assert refund.volumes == {"cv": "30"}
