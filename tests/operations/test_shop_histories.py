"""Random days in a shop against a twin of three numbers: pieces on the shelf, money received, orders by state."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.enums import OrderStatus
from mlmcore.domain.errors import IllegalMoveError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.sales import Order, Product
from mlmcore.operations import (
    OrderLine,
    Refund,
    RefundLine,
    cancel_order,
    pay_order,
    place_order,
    refund_order,
    ship_order,
)
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import Company, new_company, usd

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SOAP = key_of("soap")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["place", "pay", "cancel", "ship", "refund"]),
        st.integers(0, 3),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=25,
)


@define
class Twin:
    """What must be there: at most four orders, of which each knows its pieces and what came back."""

    shelf: int = 10
    received: int = 0
    pieces: dict[int, int] = field(factory=dict)
    states: dict[int, str] = field(factory=dict)
    back: dict[int, int] = field(factory=dict)

    def step(self, what: str, at: int, quantity: int, restock: bool) -> bool:
        """Do it if it may be done, and say whether it was."""
        may: bool = getattr(self, f"_may_{what}")(at, quantity)
        if may:
            getattr(self, f"_{what}")(at, quantity, restock)
        return may

    def _may_place(self, at: int, quantity: int) -> bool:
        return at not in self.pieces and quantity <= self.shelf

    def _place(self, at: int, quantity: int, _: bool) -> None:
        self.pieces[at], self.states[at], self.back[at] = quantity, "pending", 0
        self.shelf -= quantity

    def _may_pay(self, at: int, _: int) -> bool:
        return self.states.get(at) == "pending"

    def _pay(self, at: int, _: int, __: bool) -> None:
        self.states[at] = "paid"
        self.received += 10 * self.pieces[at]

    def _may_cancel(self, at: int, _: int) -> bool:
        return self.states.get(at) == "pending"

    def _cancel(self, at: int, _: int, __: bool) -> None:
        self.states[at] = "cancelled"
        self.shelf += self.pieces[at]

    def _may_ship(self, at: int, _: int) -> bool:
        return self.states.get(at) == "paid"

    def _ship(self, at: int, _: int, __: bool) -> None:
        self.states[at] = "shipped"

    def _may_refund(self, at: int, quantity: int) -> bool:
        return self.states.get(at) in {"paid", "shipped"} and self.back[at] + quantity <= self.pieces[at]

    def _refund(self, at: int, quantity: int, restock: bool) -> None:
        self.back[at] += quantity
        self.received -= 10 * quantity
        self.shelf += quantity if restock else 0
        if self.back[at] == self.pieces[at]:
            self.states[at] = "refunded"


def step(unit: UnitOfWork, company: Company, number: int, move: tuple[str, int, int, bool]) -> Order:
    """The same in the shop."""
    what, at, quantity, restock = move
    key = key_of(f"O-{at}")
    if what == "place":
        lines = [OrderLine(product_id=SOAP, quantity=quantity)]
        free: dict[str, Any] = {"tax": usd("0"), "shipping": usd("0"), "volumes": {}}
        return place_order(unit, company.order(f"O-{at}", company.ann, lines=lines, **free))
    order = unit.orders.get(key)
    if what == "pay":
        return pay_order(unit, key, paid_at=NOON)
    if what == "cancel":
        return cancel_order(unit, key)
    if what == "ship":
        return ship_order(unit, key, tracking_number=None)
    refund_order(
        unit,
        Refund(
            refund_number=f"R-{number}",
            order_id=key,
            refunded_at=NOON,
            amount=usd("10.00") * quantity,
            lines=[RefundLine(order_item_id=order.items[0].id, quantity=quantity)],
            restock=restock,
        ),
    )
    return unit.orders.get(key)


@given(STEPS)
def test_nothing_is_lost_and_nothing_is_sold_twice(moves: list[tuple[str, int, int, bool]]) -> None:
    """What the twin allows is done, what it forbids is refused and leaves nothing behind."""
    company, twin = new_company(), Twin()
    with company.store() as unit:
        unit.products.add(
            Product(id=SOAP, sku="SOAP", name="Soap", price=usd("10.00"), currency="USD", stock_quantity=10)
        )
        for number, move in enumerate(moves):
            before = twin.states.get(move[1])
            if before is None and move[0] != "place":
                continue
            done = twin.step(*move)
            repeated = before is not None and not done and _is_repetition(move[0], before)
            if not repeated and move[0] == "place" and before is not None:
                continue
            try:
                step(unit, company, number, move)
                assert done or repeated
            except (RefusedError, IllegalMoveError):
                assert not done
        stored = {at: unit.orders.get(key_of(f"O-{at}")) for at in twin.pieces}
        customer = unit.customers.get(company.customer_of(company.ann))

        assert unit.products.get(SOAP).stock_quantity == twin.shelf
        assert customer.lifetime_value == Decimal(twin.received)
        assert {at: _word(order) for at, order in stored.items()} == twin.states


def _is_repetition(what: str, state: str) -> bool:
    """A step that was done already changes nothing."""
    done = {"pay": {"paid", "shipped", "refunded"}, "cancel": {"cancelled"}, "ship": {"shipped"}}
    return state in done.get(what, set())


def _word(order: Order) -> str:
    return "paid" if order.status == OrderStatus.CONFIRMED else str(order.status)
