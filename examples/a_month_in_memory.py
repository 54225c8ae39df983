"""A whole month over the in-memory store: enrol, sell, close, calculate, finalize, pay, and explain.

Run it with the base install: `python examples/a_month_in_memory.py`. The functions here know only units of work, so
`a_month_on_postgres.py` runs the same ones on a database.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from uuid import UUID

from mlmcore.domain.enums import PayoutMethod
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor
from mlmcore.domain.sales import Customer, Product
from mlmcore.operations import (
    Enrolment,
    Names,
    OrderLine,
    OrderPlacement,
    PayoutPolicy,
    calculate_period,
    close_period,
    draw_up_payouts,
    enrol,
    explain_person,
    finalize_period,
    install_plan,
    open_period,
    pay_order,
    place_order,
)
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory

PERIOD, PLAN_ID = "2026-03", "starter"
PLAN = (files("mlmcore.compensation") / "shipped" / "starter.toml").read_text(encoding="utf-8")
SPONSORS = {"ann": None, "bob": "ann", "cid": "bob"}
ORDERS = [  # number, day of March, whose customer, pieces
    ("O-1", 4, "ann", 6),
    ("O-2", 11, "bob", 6),
    ("O-3", 18, "cid", 10),
]


def usd(amount: str) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


POLICY = PayoutPolicy(
    minimum=usd("5.00"), fee={PayoutMethod.BANK_TRANSFER: usd("0.50")}, kyc_required=False, net_debts=True
)


def enrol_people(unit: UnitOfWork) -> dict[str, UUID]:
    """Three distributors below one another, each with a customer."""
    ids: dict[str, UUID] = {}
    for name, sponsor in SPONSORS.items():
        above = None if sponsor is None else ids[sponsor]
        person: Distributor = enrol(
            unit,
            Enrolment(
                email=f"{name}@example.com",
                distributor_number=f"D-{name}",
                join_date=date(2025, 6, 1),
                sponsor_id=above,
                enroller_id=above,
                payout_method=PayoutMethod.BANK_TRANSFER,
            ),
        )
        ids[name] = person.user_id
        unit.customers.add(
            Customer(customer_number=f"C-{name}", distributor_id=person.user_id, email=f"friend-of-{name}@example.com")
        )
    return ids


def sell(unit: UnitOfWork) -> dict[str, UUID]:
    """Three paid orders of tea."""
    tea = unit.products.add(
        Product(sku="TEA", name="Tea", price=usd("24.90"), currency="USD", pv=Decimal("18.00"), stock_quantity=500)
    )
    ids = {}
    for number, day, seller, quantity in ORDERS:
        customer = unit.customers.find_by_number(f"C-{seller}")
        if customer is None:
            raise LookupError(f"no customer C-{seller}")
        order = place_order(
            unit,
            OrderPlacement(
                order_number=number,
                customer_id=customer.id,
                lines=(OrderLine(product_id=tea.id, quantity=quantity),),
                discount=usd("0"),
                tax=usd("0"),
                shipping=usd("4.50"),
                shipping_address={"city": "Springfield"},
                billing_address={"city": "Springfield"},
                volumes={"cv": f"{Decimal('19.92') * quantity}"},
            ),
        )
        pay_order(unit, order.id, paid_at=datetime(2026, 3, day, 12, tzinfo=UTC))
        ids[number] = order.id
    return ids


def whole_month(store: UnitOfWorkFactory) -> None:
    """Every step in a unit of its own, as an application would take them."""
    with store() as unit:
        install_plan(unit, PLAN)
        open_period(unit, PERIOD, timezone="UTC")
        people = enrol_people(unit)
    with store() as unit:
        orders = sell(unit)
    print(f"Enrolled {len(people)} people and took {len(orders)} orders.")

    with store() as unit:
        close_period(unit, PERIOD)
    with store() as unit:
        run = calculate_period(unit, PERIOD, PLAN_ID)
    print(f"Calculated {PERIOD}: {run.line_count} ledger lines, {run.paid} {run.currency} in all.")
    with store() as unit:
        finalize_period(unit, PERIOD)
    with store() as unit:
        drawn = draw_up_payouts(unit, PERIOD, POLICY)

    names = {str(key): name for known in (people, orders) for name, key in known.items()}
    print("\nPayouts:")
    for payout in drawn.payouts:
        print(f"  {names[str(payout.distributor_id)]}: {payout.amount} less a fee, so {payout.net_amount}")
    for (person, _), (amount, reason) in drawn.held.items():
        print(f"  {names[str(person)]}: {amount} is held: {reason}")
    sums = drawn.sums["USD"]
    print(f"  paid {sums.paid} + held {sums.held} = ledger {sums.ledger}: {'yes' if sums.agrees else 'NO'}\n")
    with store() as unit:
        print(explain_person(unit, PERIOD, people["bob"]).to_text(Names(unit)))


def main() -> None:
    """Run the month in memory, as if it were the second of April."""
    whole_month(MemoryStore(clock=lambda: datetime(2026, 4, 2, 9, tzinfo=UTC)))


if __name__ == "__main__":
    main()
