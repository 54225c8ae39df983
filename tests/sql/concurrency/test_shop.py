"""Many sessions at once in the shop: nothing sold, paid, given back or sent twice, and nobody stuck."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen

from mlmcore.domain.auto_ship import AutoShip
from mlmcore.domain.enums import OrderStatus
from mlmcore.domain.errors import IllegalMoveError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Customer, Order, Product, ProductCategory
from mlmcore.operations import (
    AutoShipStart,
    Charges,
    Enrolment,
    OrderLine,
    OrderPlacement,
    Refund,
    RefundLine,
    cancel_order,
    enrol,
    pay_order,
    place_order,
    refund_order,
    run_auto_ships,
    ship_order,
    start_auto_ship,
)
from mlmcore.repositories.protocols import UnitOfWork
from sql.concurrency._sessions import at_once, in_one

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY = date(2026, 3, 20)
NOTHING = Money.of("0", "USD")
ANN, ZOE = key_of("ann"), key_of("zoe")
TEA, SOAP = sorted([key_of("tea"), key_of("soap")])
SEVERAL = pytest.mark.parametrize("sessions", [2, 20])


@frozen(kw_only=True)
class Shop:
    """A database with a shop: Ann sells, Zoe buys, and there are half as many teas and soaps as sessions."""

    dsn: str
    stock: int

    def ask(self, work: Callable[[UnitOfWork], Any]) -> Any:
        """What one session does by itself."""
        return in_one(self.dsn, work)

    def left(self) -> tuple[int, int]:
        """Teas and soaps in stock."""
        found: tuple[int, int] = self.ask(
            lambda unit: tuple(unit.products.get(key).stock_quantity for key in (TEA, SOAP))
        )
        return found

    def zoe(self) -> Customer:
        """What is known of Zoe."""
        found: Customer = self.ask(lambda unit: unit.customers.get(ZOE))
        return found


@pytest.fixture
def shop(database: str, sessions: int) -> Shop:
    """The shop, open."""

    def open_it(unit: UnitOfWork) -> None:
        enrol(
            unit,
            Enrolment(user_id=ANN, email="ann@example.com", distributor_number="D-1", join_date=date(2026, 1, 5)),
        )
        unit.customers.add(Customer(id=ZOE, customer_number="C-1", distributor_id=ANN, email="zoe@example.com"))
        for key, sku in ((TEA, "TEA"), (SOAP, "SOAP")):
            unit.products.add(
                Product(
                    id=key,
                    sku=sku,
                    name=sku,
                    price=Money.of("10.00", "USD"),
                    currency="USD",
                    pv=Decimal(5),
                    stock_quantity=sessions // 2,
                    is_subscription=True,
                    subscription_frequency=30,
                )
            )

    in_one(database, open_it)
    return Shop(dsn=database, stock=sessions // 2)


def wanted(number: object, *products: UUID) -> OrderPlacement:
    """A piece of each product for Zoe."""
    return OrderPlacement(
        id=key_of(f"order {number}"),
        order_number=f"O-{number}",
        customer_id=ZOE,
        lines=[OrderLine(product_id=key, quantity=1) for key in products],
        discount=NOTHING,
        tax=NOTHING,
        shipping=NOTHING,
        shipping_address={},
        billing_address={},
    )


def kinds(results: list[Any]) -> Counter[str]:
    """How many of each kind of result there are."""
    return Counter(type(result).__name__ for result in results)


@SEVERAL
class TestStock:
    """Nothing is sold that is not there."""

    def test_as_many_orders_as_there_are_pieces(self, shop: Shop, sessions: int) -> None:
        """Whatever order their lines are in: nobody waits in a circle."""
        results = at_once(
            shop.dsn,
            sessions,
            lambda unit, number: place_order(unit, wanted(number, *((TEA, SOAP) if number % 2 else (SOAP, TEA)))),
        )

        assert kinds(results) == {"Order": shop.stock, "RefusedError": sessions - shop.stock}
        assert shop.left() == (0, 0)

    def test_the_same_order_at_once_is_one_order(self, shop: Shop, sessions: int) -> None:
        """Whoever comes second is told, or given what is there; no piece is lost by it."""
        results = at_once(shop.dsn, sessions, lambda unit, _: place_order(unit, wanted(1, TEA)))

        assert set(kinds(results)) <= {"Order", "ConflictError", "RefusedError"}
        assert len({result.id for result in results if isinstance(result, Order)}) == 1
        assert shop.left() == (shop.stock - 1, shop.stock)


@SEVERAL
class TestPayments:
    """An order is paid once."""

    def test_the_same_payment_counts_once(self, shop: Shop, sessions: int) -> None:
        """Everybody is given the paid order."""
        order = shop.ask(lambda unit: place_order(unit, wanted(1, TEA)))

        results = at_once(shop.dsn, sessions, lambda unit, _: pay_order(unit, order.id, paid_at=NOON, reference="card"))

        assert kinds(results) == {"Order": sessions}
        assert shop.zoe().lifetime_value == Decimal("10.00")

    def test_two_payments_of_one_order(self, shop: Shop, sessions: int) -> None:
        """One is its payment, and every other is money to give back."""
        order = shop.ask(lambda unit: place_order(unit, wanted(1, TEA)))

        results = at_once(
            shop.dsn, sessions, lambda unit, number: pay_order(unit, order.id, reference=f"card {number}")
        )

        assert kinds(results) == {"Order": 1, "ConflictError": sessions - 1}
        assert shop.zoe().lifetime_value == Decimal("10.00")

    def test_no_payment_of_a_customer_is_lost(self, shop: Shop, sessions: int) -> None:
        """Nor any day."""
        orders = shop.ask(lambda unit: [place_order(unit, wanted(at, TEA)) for at in range(shop.stock)])

        at_once(
            shop.dsn,
            shop.stock,
            lambda unit, number: pay_order(unit, orders[number].id, paid_at=datetime(2026, 3, number + 1, tzinfo=UTC)),
        )

        zoe = shop.zoe()
        assert zoe.lifetime_value == 10 * shop.stock
        assert (zoe.first_order_date, zoe.last_order_date) == (date(2026, 3, 1), date(2026, 3, shop.stock))


@SEVERAL
class TestRefunds:
    """No more goes back than there was."""

    def test_two_that_together_exceed_the_order(self, shop: Shop, sessions: int) -> None:
        """One is given; its piece is back on the shelf once."""
        order = shop.ask(lambda unit: place_order(unit, wanted(1, TEA)))
        shop.ask(lambda unit: pay_order(unit, order.id, paid_at=NOON))

        results = at_once(
            shop.dsn,
            sessions,
            lambda unit, number: refund_order(
                unit,
                Refund(
                    refund_number=f"R-{number}",
                    order_id=order.id,
                    refunded_at=NOON,
                    amount=Money.of("6.00", "USD"),
                    lines=[RefundLine(order_item_id=order.items[0].id, quantity=1)],
                    restock=True,
                ),
            ),
        )

        assert kinds(results) == {"OrderRefund": 1, "RefusedError": sessions - 1}
        assert shop.zoe().lifetime_value == Decimal("4.00")
        assert shop.left() == (shop.stock, shop.stock)


@SEVERAL
class TestOneWayOnly:
    """Of two ways that exclude each other an order goes one."""

    def test_cancelled_or_sent(self, shop: Shop, sessions: int) -> None:
        """And its piece is on the shelf or on its way, not both."""
        order = shop.ask(lambda unit: place_order(unit, wanted(1, TEA)))
        shop.ask(lambda unit: unit.orders.update(evolve(order, status=OrderStatus.CONFIRMED)))

        def go(unit: UnitOfWork, number: int) -> Order:
            return ship_order(unit, order.id, tracking_number="T") if number % 2 else cancel_order(unit, order.id)

        results = at_once(shop.dsn, sessions, go)

        (state,) = {result.status for result in results if isinstance(result, Order)}
        assert {type(result) for result in results} == {Order, IllegalMoveError}
        assert kinds(results)["Order"] == sessions // 2
        assert shop.left()[0] == (shop.stock if state == OrderStatus.CANCELLED else shop.stock - 1)

    def test_cancelled_or_paid(self, shop: Shop, sessions: int) -> None:
        """And the money counts, or not."""
        order = shop.ask(lambda unit: place_order(unit, wanted(1, TEA)))

        def go(unit: UnitOfWork, number: int) -> Order:
            return pay_order(unit, order.id) if number % 2 else cancel_order(unit, order.id)

        results = at_once(shop.dsn, sessions, go)

        (state,) = {result.status for result in results if isinstance(result, Order)}
        assert {type(result) for result in results} == {Order, RefusedError}
        paid = state == OrderStatus.CONFIRMED
        assert shop.left()[0] == (shop.stock - 1 if paid else shop.stock)
        assert shop.zoe().lifetime_value == (10 if paid else 0)


@SEVERAL
class TestAutoShip:
    """Each date of a standing order brings one order."""

    def test_a_run_at_once_places_each_once(self, shop: Shop, sessions: int) -> None:
        """The workers share them, and no two wait in a circle."""

        def begin(unit: UnitOfWork) -> None:
            for number in range(shop.stock):
                lines = [OrderLine(product_id=key, quantity=1) for key in (TEA, SOAP)]
                start_auto_ship(
                    unit,
                    AutoShipStart(
                        number=f"A-{number}",
                        customer_id=ZOE,
                        lines=lines if number % 2 else reversed(lines),
                        first_date=DAY,
                        shipping_address={},
                        billing_address={},
                    ),
                )

        def charges(_: AutoShip, __: Money) -> Charges:
            return Charges(discount=NOTHING, tax=NOTHING, shipping=NOTHING)

        shop.ask(begin)
        results = at_once(shop.dsn, sessions, lambda unit, _: run_auto_ships(unit, DAY, charges=charges, limit=3))
        results += [shop.ask(lambda unit: run_auto_ships(unit, DAY, charges=charges))]

        numbers = [order.order_number for run in results for order in run.placed]
        assert sorted(numbers) == sorted(f"A-{number}-20260320" for number in range(shop.stock))
        assert [run.failed for run in results if run.failed] == []
        assert shop.left() == (0, 0)


@SEVERAL
class TestCategories:
    """A loop that only all moves together make."""

    def test_it_is_not_made(self, shop: Shop, sessions: int) -> None:
        """Each moves a category below the next, all the way round: the last one is refused."""
        ring = [ProductCategory(id=key_of(f"c{at}"), slug=f"c{at}", name="c") for at in range(sessions)]
        shop.ask(lambda unit: unit.categories.add_many(ring))

        def move(unit: UnitOfWork, number: int) -> ProductCategory:
            below = ring[(number + 1) % sessions].id
            return unit.categories.update(evolve(unit.categories.get(ring[number].id), parent_id=below))

        results = at_once(shop.dsn, sessions, move)

        assert kinds(results) == {"ProductCategory": sessions - 1, "RefusedError": 1}
        assert len(shop.ask(lambda unit: max((unit.categories.list_path(one.id) for one in ring), key=len))) == sessions
