"""Standing orders: begun, run on their dates, paused, ended."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem
from mlmcore.domain.enums import AutoShipStatus, CustomerStatus, OrderStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, RefusedError, TransientError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Product
from mlmcore.operations import (
    AutoShipRun,
    AutoShipStart,
    Charges,
    OrderLine,
    cancel_auto_ship,
    pause_auto_ship,
    resume_auto_ship,
    run_auto_ships,
    start_auto_ship,
)
from operations.company import ADDRESS, Company, usd

COFFEE, MILK, CUP = key_of("coffee"), key_of("milk"), key_of("cup")
FIRST = date(2026, 4, 2)
NOTHING = Charges(discount=usd("0"), tax=usd("1.00"), shipping=usd("2.00"))


def no_extras(_: AutoShip, __: Money) -> Charges:
    """A dollar of tax, two for the post."""
    return NOTHING


@pytest.fixture
def shelf(company: Company) -> Company:
    """The company, which sells coffee every 30 days, milk every 7, and a cup once; it is 2 April 2026."""
    with company.store() as unit:
        for sku, days in (("COFFEE", 30), ("MILK", 7), ("CUP", None)):
            unit.products.add(
                Product(
                    id=key_of(sku.lower()),
                    sku=sku,
                    name=sku,
                    price=usd("10.00"),
                    currency="USD",
                    stock_quantity=10,
                    is_subscription=days is not None,
                    subscription_frequency=days,
                )
            )
    return company


def start(company: Company, number: str = "A-1", person: str = "ann", **changes: Any) -> AutoShip:
    """Somebody's two coffees, from 2 April on."""
    given: dict[str, Any] = {
        "id": key_of(number),
        "number": number,
        "customer_id": company.customer_of(key_of(person)),
        "lines": [OrderLine(product_id=COFFEE, quantity=2)],
        "first_date": FIRST,
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS,
    }
    return do(company, start_auto_ship, AutoShipStart(**{**given, **changes}))  # type: ignore[no-any-return]


def run(company: Company, day: date = FIRST, **changes: Any) -> AutoShipRun:
    """One run; the clock stands at noon of that day."""
    company.clock.instant = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return do(company, run_auto_ships, day, **{"charges": no_extras, **changes})  # type: ignore[no-any-return]


def do(company: Company, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """One operation in a unit of its own."""
    with company.store() as unit:
        return operation(unit, *args, **kwargs)


class TestStart:
    """`start_auto_ship`."""

    def test_it_takes_the_products_frequency_and_the_customer_agrees(self, shelf: Company) -> None:
        """Repeating it changes nothing."""
        stored = start(shelf)

        assert start(shelf) == stored
        assert (stored.interval_days, stored.next_date, stored.status) == (30, FIRST, AutoShipStatus.ACTIVE)
        assert do(shelf, lambda unit: unit.customers.get(stored.customer_id)).auto_ship_enabled

    def test_other_contents_under_the_same_id_are_refused(self, shelf: Company) -> None:
        """A changed interval is another one."""
        stored = start(shelf)
        with pytest.raises(ConflictError) as caught:
            start(shelf, every_days=14)

        assert str(caught.value) == (
            f"auto-ship {stored.id} is stored already, as A-1, with another every_days; "
            "a new one needs an id of its own"
        )

    def test_only_subscriptions_stand(self, shelf: Company) -> None:
        """And nobody has agreed to anything."""
        with pytest.raises(RefusedError) as caught:
            start(shelf, lines=[OrderLine(product_id=key, quantity=1) for key in (COFFEE, CUP)])

        assert str(caught.value) == (
            "auto-ship A-1 cannot begin: CUP not sold by subscription; "
            "set `is_subscription` of the product, or leave it out"
        )
        customer = do(shelf, lambda unit: unit.customers.get(shelf.customer_of(shelf.ann)))
        assert not customer.auto_ship_enabled

    def test_how_often_is_said_where_the_products_differ(self, shelf: Company) -> None:
        """Nothing is guessed."""
        lines = [OrderLine(product_id=key, quantity=1) for key in (COFFEE, MILK)]
        with pytest.raises(RefusedError) as caught:
            start(shelf, lines=lines)

        assert str(caught.value) == (
            "auto-ship A-1 cannot begin: its products do not say one frequency in days (COFFEE: 30, MILK: 7); "
            "say it in `every_days`"
        )
        assert start(shelf, lines=lines, every_days=14).interval_days == 14


class TestRun:
    """`run_auto_ships`."""

    def test_what_is_due_is_placed_once_per_date(self, shelf: Company) -> None:
        """At today's prices, with what the host charges on top; a second run finds nothing."""
        standing = start(shelf)
        start(shelf, "A-2", first_date=FIRST + timedelta(days=1))

        (order,) = run(shelf).placed

        assert run(shelf).tried == 0
        assert (order.order_number, order.status, order.total) == ("A-1-20260402", OrderStatus.PENDING, usd("23.00"))
        assert do(shelf, lambda unit: unit.products.get(COFFEE)).stock_quantity == 8
        (placed,) = do(shelf, lambda unit: unit.auto_ships.list_orders(standing.id))
        assert (placed.due_date, placed.order_id) == (FIRST, order.id)
        assert do(shelf, lambda unit: unit.auto_ships.get(standing.id)).next_date == FIRST + timedelta(days=30)

    def test_the_host_says_what_comes_on_top(self, shelf: Company) -> None:
        """Of the sum of the pieces; with the volumes that its plan declares."""
        start(shelf)
        asked = []

        def charges(standing: AutoShip, subtotal: Money) -> Charges:
            asked.append((standing.number, subtotal))
            return evolve(NOTHING, volumes={"cv": "3.00"})

        (order,) = run(shelf, charges=charges).placed

        assert asked == [("A-1", usd("20.00"))]
        assert order.volumes == {"cv": "3.00"}

    def test_one_that_fails_does_not_stop_the_others(self, shelf: Company) -> None:
        """Each with its reason; what failed left nothing behind and is tried again on another day."""
        for number, person, pieces in (("A-1", "ann", 1), ("A-2", "bob", 11), ("A-3", "cid", 1), ("A-4", "ann", 1)):
            start(shelf, number, person, lines=[OrderLine(product_id=COFFEE, quantity=pieces)])
        with shelf.store() as unit:
            cid = unit.customers.get(shelf.customer_of(shelf.cid))
            unit.customers.update(evolve(cid, status=CustomerStatus.SUSPENDED))

        first, again = run(shelf), run(shelf)
        with shelf.store() as unit:
            unit.products.put_back_stock(COFFEE, 10)
        tomorrow = run(shelf, FIRST + timedelta(days=1))

        assert sorted(order.order_number for order in first.placed) == ["A-1-20260402", "A-4-20260402"]
        reasons = {failure.number: failure.reason for failure in first.failed}
        assert list(reasons) == sorted(reasons, key=key_of)
        assert reasons["A-3"] == "customer C-cid is suspended and cannot order"
        assert "11 of product COFFEE were asked for, and " in reasons["A-2"]
        assert again.tried == 0
        assert [order.order_number for order in tomorrow.placed] == ["A-2-20260402"]
        assert [failure.number for failure in tomorrow.failed] == ["A-3"]
        stored = do(shelf, lambda unit: unit.auto_ships.page_failed())
        assert [(one.number, one.failure) for one in stored] == [("A-3", reasons["A-3"])]

    def test_whoever_does_not_agree_any_more_gets_nothing(self, shelf: Company) -> None:
        """The customer's own switch."""
        standing = start(shelf)
        with shelf.store() as unit:
            customer = unit.customers.get(standing.customer_id)
            unit.customers.update(evolve(customer, auto_ship_enabled=False))

        (failure,) = run(shelf).failed

        assert failure.reason == "customer C-ann does not agree to auto-ship any more"

    def test_dates_that_nobody_ran_are_not_caught_up(self, shelf: Company) -> None:
        """One order, and then the first date after today."""
        standing = start(shelf)
        late = FIRST + timedelta(days=65)

        (order,) = run(shelf, late).placed

        assert order.order_number == "A-1-20260402"
        assert do(shelf, lambda unit: unit.auto_ships.get(standing.id)).next_date == FIRST + timedelta(days=90)

    def test_nothing_is_placed_before_its_day(self, shelf: Company) -> None:
        """A slip in the year would send everything at once."""
        with shelf.store() as unit, pytest.raises(RefusedError) as caught:
            run_auto_ships(unit, date(2027, 4, 2), charges=no_extras)

        assert str(caught.value) == ("2027-04-02 has not come yet; standing orders are placed on their day, not before")

    def test_a_passing_failure_ends_the_run(self, shelf: Company) -> None:
        """Nobody's fault, so nobody's failure: the host runs again."""
        start(shelf)

        def charges(*_: object) -> Charges:
            raise TransientError("the tax service is busy")

        with pytest.raises(TransientError):
            run(shelf, charges=charges)
        assert len(run(shelf).placed) == 1

    @given(interval=st.integers(1, 400), late=st.integers(0, 2000))
    def test_the_next_date_is_whole_intervals_on(self, interval: int, late: int) -> None:
        """The first one after the day: found by counting."""
        key = key_of("A")
        standing = AutoShip(
            id=key,
            number="A",
            customer_id=key,
            interval_days=interval,
            next_date=FIRST,
            shipping_address={},
            billing_address={},
            items=(AutoShipItem(auto_ship_id=key, product_id=key, quantity=1),),
        )
        day = FIRST + timedelta(days=late)
        expected = FIRST
        while expected <= day:
            expected += timedelta(days=interval)

        assert standing.date_after(day) == expected


class TestPauseAndCancel:
    """`pause_auto_ship`, `resume_auto_ship`, `cancel_auto_ship`."""

    def test_a_paused_one_waits_until_it_is_resumed(self, shelf: Company) -> None:
        """From a date that is said."""
        standing = start(shelf)
        for _ in range(2):
            do(shelf, pause_auto_ship, standing.id)
        assert run(shelf).tried == 0

        do(shelf, resume_auto_ship, standing.id, next_date=FIRST + timedelta(days=3))

        assert run(shelf).tried == 0
        assert len(run(shelf, FIRST + timedelta(days=3)).placed) == 1

    def test_a_date_brings_one_order_also_after_a_pause(self, shelf: Company) -> None:
        """Dates go on, never back."""
        standing = start(shelf)
        run(shelf)

        for date_before in (FIRST - timedelta(days=1), FIRST):
            with pytest.raises(ConflictError) as caught:
                do(shelf, resume_auto_ship, standing.id, next_date=date_before)

        assert str(caught.value) == "auto-ship A-1 was placed for 2026-04-02 already; its next date must be later"

    def test_a_cancelled_one_is_over(self, shelf: Company) -> None:
        """For ever."""
        standing = start(shelf)
        do(shelf, cancel_auto_ship, standing.id)

        assert run(shelf).tried == 0
        with pytest.raises(IllegalMoveError):
            do(shelf, resume_auto_ship, standing.id, next_date=FIRST)
