"""Auto-ship: standing orders begun, paused and ended, and placed on their dates.

A standing order has due dates, its interval apart. A run places each that is due as an ordinary pending order, once per
date; charging the customer is the host's, and `pay_order` follows. Dates that nobody ran are not caught up: a customer
who wants a box a month does not want three at once.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, field, frozen

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.domain.enums import AutoShipStatus
from mlmcore.domain.errors import ConflictError, MlmError, RefusedError, StorageError, TransientError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Order, Product
from mlmcore.operations._repeated import same_or_refused
from mlmcore.operations.orders import OrderLine, OrderPlacement, lines_of, pieces_of, place_order
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "AutoShipFailure",
    "AutoShipRun",
    "AutoShipStart",
    "Charges",
    "cancel_auto_ship",
    "pause_auto_ship",
    "resume_auto_ship",
    "run_auto_ships",
    "start_auto_ship",
]


@frozen(kw_only=True)
class AutoShipStart:
    """A standing order that somebody begins.

    Attributes:
        id: The standing order's; repeating a command with the same id changes nothing.
        number: At most 20 characters; its orders' numbers are this, a hyphen and the due date.
        distributor_id: Who is credited; whoever the customer belongs to on the day, when left out.
        lines: What is sent each time; each product once, and sold by subscription.
        first_date: When it is due first.
        every_days: How many days lie between two dates; the products' own `subscription_frequency` when left out, which
            they must all have, and the same.
    """

    id: UUID = field(factory=new_id)
    number: str
    customer_id: UUID
    distributor_id: UUID | None = None
    lines: tuple[OrderLine, ...] = field(converter=lines_of)
    first_date: date
    every_days: int | None = None
    shipping_address: Mapping[str, Any]
    billing_address: Mapping[str, Any]


@frozen(kw_only=True)
class Charges:
    """What comes on top of the pieces' prices, and the further volumes that plans declare, decimals as text."""

    discount: Money
    tax: Money
    shipping: Money
    volumes: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class AutoShipFailure:
    """A standing order that was due and could not be placed; it stays due."""

    auto_ship_id: UUID
    number: str
    due_date: date
    reason: str


@frozen(kw_only=True)
class AutoShipRun:
    """What one run did; nothing of either means that nothing was due any more.

    Attributes:
        placed: The orders, pending, to be charged.
        failed: What could not be placed, and why.
    """

    placed: tuple[Order, ...]
    failed: tuple[AutoShipFailure, ...]

    @property
    def tried(self) -> int:
        """How many standing orders were due."""
        return len(self.placed) + len(self.failed)


def start_auto_ship(unit: UnitOfWork, command: AutoShipStart) -> AutoShip:
    """Begin a standing order, to which the customer thereby agrees (`auto_ship_enabled`).

    Returns:
        The standing order as stored; the one already there when the same command is repeated.

    Raises:
        NotFoundError: Customer or product is not stored.
        RefusedError: There are no lines, a product is not sold by subscription, or nothing says how often.
        ConflictError: The number belongs to another, or the id to one with other contents.
    """
    stored = unit.auto_ships.find(command.id)
    if stored is not None:
        return _same(stored, command)
    customer = unit.customers.get(command.customer_id)
    products = [unit.products.get(line.product_id) for line in command.lines]
    _refuse_single_sales(command, products)
    with unit.savepoint():
        unit.customers.update(evolve(customer, auto_ship_enabled=True))
        return unit.auto_ships.add(_auto_ship(command, products))


def pause_auto_ship(unit: UnitOfWork, auto_ship_id: UUID) -> AutoShip:
    """Send nothing for now; a paused one stays as it is.

    Raises:
        IllegalMoveError: It is cancelled.
    """
    return unit.auto_ships.update(evolve(unit.auto_ships.lock(auto_ship_id), status=AutoShipStatus.PAUSED))


def resume_auto_ship(unit: UnitOfWork, auto_ship_id: UUID, *, next_date: date) -> AutoShip:
    """Send again, from a date on; of an active one it changes the next date.

    Raises:
        IllegalMoveError: It is cancelled.
        ConflictError: An order was placed for that date, or a later one, already.
    """
    auto_ship = unit.auto_ships.lock(auto_ship_id)
    placed = unit.auto_ships.list_orders(auto_ship.id)
    if placed and next_date <= placed[-1].due_date:
        raise ConflictError(
            f"auto-ship {auto_ship.number} was placed for {placed[-1].due_date} already; its next date must be later"
        )
    changed = evolve(auto_ship, status=AutoShipStatus.ACTIVE, next_date=next_date)
    return unit.auto_ships.update(evolve(changed, tried_on=None, failure=None))


def cancel_auto_ship(unit: UnitOfWork, auto_ship_id: UUID) -> AutoShip:
    """Send nothing any more, for ever; what was placed already is an order like any other."""
    return unit.auto_ships.update(evolve(unit.auto_ships.lock(auto_ship_id), status=AutoShipStatus.CANCELLED))


def run_auto_ships(
    unit: UnitOfWork, day: date, *, charges: Callable[[AutoShip, Money], Charges], limit: int = 100
) -> AutoShipRun:
    """Place the standing orders that are due on a day, each once per due date.

    What cannot be placed is reported, stored with its reason, and tried again by the run of another day; it does not
    stop the others. Several workers may run at once, and each gets others. Call it until nothing was tried any more,
    each time in a unit of its own.

    Args:
        unit: The unit of work.
        day: Today, where the company is.
        charges: Says what comes on top of a standing order's pieces, given their sum at today's prices. What it raises
            ends the run.
        limit: How many at most.

    Raises:
        RefusedError: The day has not come yet anywhere on earth.
    """
    if day > (unit.now + timedelta(hours=14)).date():
        raise RefusedError(f"{day} has not come yet; standing orders are placed on their day, not before")
    due = unit.auto_ships.take_due(day, limit)
    unit.products.lock_stock({item.product_id for auto_ship in due for item in auto_ship.items})
    placed, failed = list[Order](), list[AutoShipFailure]()
    for auto_ship in due:
        try:
            with unit.savepoint():
                placed.append(_place(unit, auto_ship, day, charges))
        except StorageError:
            raise
        except MlmError as error:
            failed.append(_failed(unit, auto_ship, day, str(error)))
    return AutoShipRun(placed=tuple(placed), failed=tuple(failed))


def _refuse_single_sales(command: AutoShipStart, products: list[Product]) -> None:
    single = sorted(product.sku for product in products if not product.is_subscription)
    if single:
        raise RefusedError(
            f"auto-ship {command.number} cannot begin: {', '.join(single)} not sold by subscription; "
            "set `is_subscription` of the product, or leave it out"
        )


def _auto_ship(command: AutoShipStart, products: list[Product]) -> AutoShip:
    return AutoShip(
        id=command.id,
        number=command.number,
        customer_id=command.customer_id,
        distributor_id=command.distributor_id,
        interval_days=command.every_days or _frequency(command, products),
        next_date=command.first_date,
        shipping_address=command.shipping_address,
        billing_address=command.billing_address,
        items=tuple(
            AutoShipItem(auto_ship_id=command.id, product_id=line.product_id, quantity=line.quantity)
            for line in command.lines
        ),
    )


def _frequency(command: AutoShipStart, products: list[Product]) -> int:
    frequencies = {product.subscription_frequency for product in products}
    found = frequencies.pop() if len(frequencies) == 1 else None
    if found is None:
        told = ", ".join(f"{product.sku}: {product.subscription_frequency or 'no frequency'}" for product in products)
        raise RefusedError(
            f"auto-ship {command.number} cannot begin: its products do not say one frequency in days ({told}); "
            "say it in `every_days`"
        )
    return found


def _same(stored: AutoShip, command: AutoShipStart) -> AutoShip:
    """Whether it is what the command asks for; its dates have gone on meanwhile."""
    return same_or_refused(
        stored,
        command,
        ("number", "customer_id", "distributor_id"),
        there=f"auto-ship {stored.id} is stored already, as {stored.number}",
        todo="a new one needs an id of its own",
        also={
            "every_days": (command.every_days or stored.interval_days) != stored.interval_days,
            "set of lines": pieces_of(stored.items) != pieces_of(command.lines),
        },
    )


def _place(unit: UnitOfWork, auto_ship: AutoShip, day: date, charges: Callable[[AutoShip, Money], Charges]) -> Order:
    customer = unit.customers.get(auto_ship.customer_id)
    if not customer.auto_ship_enabled:
        raise RefusedError(f"customer {customer.customer_number} does not agree to auto-ship any more")
    subtotal = _subtotal(unit, auto_ship)
    order = place_order(unit, _placement(auto_ship, charges(auto_ship, subtotal)))
    if order.subtotal != subtotal:
        raise TransientError(f"a price changed while order {order.order_number} was placed; run again")
    unit.auto_ships.record_order(
        AutoShipOrder(auto_ship_id=auto_ship.id, due_date=auto_ship.next_date, order_id=order.id)
    )
    unit.auto_ships.update(evolve(auto_ship, next_date=auto_ship.date_after(day), tried_on=day, failure=None))
    return order


def _subtotal(unit: UnitOfWork, auto_ship: AutoShip) -> Money:
    amounts = [unit.products.get(item.product_id).price * item.quantity for item in auto_ship.items]
    currencies = sorted({amount.currency for amount in amounts})
    if len(currencies) > 1:
        raise RefusedError(
            f"the products of auto-ship {auto_ship.number} are sold in {' and '.join(currencies)}; "
            "cancel it and begin one for each currency"
        )
    return sum(amounts[1:], amounts[0])


def _placement(auto_ship: AutoShip, charges: Charges) -> OrderPlacement:
    return OrderPlacement(
        id=key_of(f"auto-ship {auto_ship.id} {auto_ship.next_date}"),
        order_number=f"{auto_ship.number}-{auto_ship.next_date:%Y%m%d}",
        customer_id=auto_ship.customer_id,
        distributor_id=auto_ship.distributor_id,
        lines=[OrderLine(product_id=item.product_id, quantity=item.quantity) for item in auto_ship.items],
        discount=charges.discount,
        tax=charges.tax,
        shipping=charges.shipping,
        shipping_address=auto_ship.shipping_address,
        billing_address=auto_ship.billing_address,
        volumes=charges.volumes,
    )


def _failed(unit: UnitOfWork, auto_ship: AutoShip, day: date, reason: str) -> AutoShipFailure:
    unit.auto_ships.update(evolve(auto_ship, tried_on=day, failure=reason))
    return AutoShipFailure(
        auto_ship_id=auto_ship.id, number=auto_ship.number, due_date=auto_ship.next_date, reason=reason
    )
