"""What the contracts share: sound entities to begin with, and how a refusal is expected.

Entities differ in nothing but what a test names: numbers, addresses and ids are fresh at every call.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from attrs import frozen

from mlmcore.domain.commissions import (
    CommissionPeriod,
    CommissionPlan,
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
    Rank,
)
from mlmcore.domain.compliance import ComplianceCase
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import (
    CaseSeverity,
    CommissionType,
    OrderStatus,
    PaymentStatus,
    PayoutMethod,
    PeriodStatus,
    TaskType,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, PersonEvent, User
from mlmcore.domain.sales import Customer, Order, OrderItem, OrderRefund, OrderRefundItem, Product, ProductCategory
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "Shop",
    "a_case",
    "a_category",
    "a_contact",
    "a_customer",
    "a_debt",
    "a_distributor",
    "a_line",
    "a_payout",
    "a_period",
    "a_plan",
    "a_product",
    "a_rank",
    "a_refund",
    "a_run",
    "a_task",
    "a_user",
    "an_event",
    "an_order",
    "fresh",
    "make_distributor",
    "make_shop",
    "move_period",
    "paid_order",
    "raises",
    "usd",
]

_numbers = count(1)


class raises:  # noqa: N801 - it is read as a verb, as pytest's is
    """Expect one of some errors from the block.

    Attributes:
        text: What the error said, once it was raised.
    """

    def __init__(self, *errors: type[BaseException]) -> None:
        self._errors = errors
        self.text = ""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Take a promised error away; let any other pass; complain where there is none."""
        if error is None:
            names = " or ".join(promised.__name__ for promised in self._errors)
            raise AssertionError(f"{names} was promised, and nothing was raised")
        self.text = str(error)
        return isinstance(error, self._errors)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


def fresh(prefix: str) -> str:
    """Return a number that was not used before in this process, nor likely in another."""
    return f"{prefix}{next(_numbers)}-{new_id().hex[-6:]}"


def a_user(**changes: Any) -> User:
    """Return a user."""
    return User(**{"email": f"{fresh('u')}@example.com", **changes})


def a_distributor(user: User | UUID, **changes: Any) -> Distributor:
    """Return a distributor who is this user."""
    key = user.id if isinstance(user, User) else user
    given: dict[str, Any] = {"user_id": key, "distributor_number": fresh("D"), "join_date": date(2026, 1, 5)}
    return Distributor(**{**given, **changes})


def make_distributor(unit: UnitOfWork, **changes: Any) -> Distributor:
    """Store a user and the distributor that it is."""
    return unit.distributors.add(a_distributor(unit.users.add(a_user()), **changes))


def a_contact(owner: User | UUID, **changes: Any) -> Contact:
    """Return a new contact of this user."""
    return Contact(**{"owner_id": owner.id if isinstance(owner, User) else owner, "name": "Zoe", **changes})


def a_task(assignee: User | UUID, **changes: Any) -> Task:
    """Return a call that this user has to make, and gave to themselves."""
    key = assignee.id if isinstance(assignee, User) else assignee
    given: dict[str, Any] = {"title": "Call", "type": TaskType.CALL, "assignee_id": key, "created_by_id": key}
    return Task(**{**given, **changes})


def a_customer(distributor: Distributor, **changes: Any) -> Customer:
    """Return a customer of this distributor."""
    given: dict[str, Any] = {
        "customer_number": fresh("C"),
        "distributor_id": distributor.user_id,
        "email": f"{fresh('c')}@example.com",
    }
    return Customer(**{**given, **changes})


def a_category(**changes: Any) -> ProductCategory:
    """Return a topmost category."""
    return ProductCategory(**{"slug": fresh("s"), "name": "Teas", **changes})


def a_product(**changes: Any) -> Product:
    """Return a product of 25 dollars and 20 PV."""
    given: dict[str, Any] = {
        "sku": fresh("S"),
        "name": "Tea",
        "price": usd("25.00"),
        "currency": "USD",
        "pv": Decimal(20),
    }
    return Product(**{**given, **changes})


@frozen(kw_only=True)
class Shop:
    """A distributor, a customer of theirs, and a product."""

    distributor: Distributor
    customer: Customer
    product: Product


def make_shop(unit: UnitOfWork) -> Shop:
    """Store a distributor, a customer and a product."""
    distributor = make_distributor(unit)
    return Shop(
        distributor=distributor,
        customer=unit.customers.add(a_customer(distributor)),
        product=unit.products.add(a_product()),
    )


def an_order(shop: Shop, quantity: int = 2, **changes: Any) -> Order:
    """Return an order of some pieces: 25 dollars and 20 PV each, no tax, no shipping."""
    key = changes.pop("id", None) or new_id()
    total = usd("25.00") * quantity
    item = OrderItem(
        order_id=key,
        product_id=shop.product.id,
        quantity=quantity,
        unit_price=usd("25.00"),
        total_price=total,
        pv=Decimal(20) * quantity,
    )
    given: dict[str, Any] = {
        "id": key,
        "order_number": fresh("O"),
        "customer_id": shop.customer.id,
        "distributor_id": shop.distributor.user_id,
        "subtotal": total,
        "discount_amount": usd("0"),
        "tax_amount": usd("0"),
        "shipping_amount": usd("0"),
        "total": total,
        "currency": "USD",
        "shipping_address": {"city": "Springfield"},
        "billing_address": {"city": "Springfield"},
        "items": (item,),
    }
    return Order(**{**given, **changes})


def paid_order(shop: Shop, paid_at: datetime, quantity: int = 2, **changes: Any) -> Order:
    """Return an order that counts from an instant on."""
    given: dict[str, Any] = {"status": OrderStatus.CONFIRMED, "payment_status": PaymentStatus.PAID, "paid_at": paid_at}
    return an_order(shop, quantity, **{**given, **changes})


def a_refund(order: Order, quantity: int = 1, **changes: Any) -> OrderRefund:
    """Return a refund of some pieces of an order's first item."""
    key, item = new_id(), order.items[0]
    back = OrderRefundItem(
        refund_id=key,
        order_item_id=item.id,
        quantity=quantity,
        amount=item.unit_price * quantity,
        pv=Decimal(20) * quantity,
    )
    given: dict[str, Any] = {
        "id": key,
        "refund_number": fresh("R"),
        "order_id": order.id,
        "refunded_at": datetime(2026, 3, 20, 12, tzinfo=UTC),
        "amount": back.amount,
        "currency": "USD",
        "items": (back,),
    }
    return OrderRefund(**{**given, **changes})


def a_period(period_id: str = "2026-03", **changes: Any) -> CommissionPeriod:
    """Return March 2026, or another month."""
    year, month = (int(part) for part in period_id.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    given: dict[str, Any] = {
        "id": period_id,
        "name": period_id,
        "start_date": date(year, month, 1),
        "end_date": date.fromordinal(following.toordinal() - 1),
    }
    return CommissionPeriod(**{**given, **changes})


def move_period(unit: UnitOfWork, period_id: str, *steps: PeriodStatus) -> None:
    """Move a period through some states."""
    from attrs import evolve  # noqa: PLC0415 - used here only

    for step in steps:
        unit.periods.update(evolve(unit.periods.get(period_id), status=step))


def a_rank(rank_id: str | None = None, level: int = 90, **changes: Any) -> Rank:
    """Return a rank that no schema is seeded with."""
    key = rank_id or fresh("rank")
    return Rank(**{"id": key, "name": key, "level": level, **changes})


def a_plan(version: str = "1", plan_id: str = "contract", **changes: Any) -> CommissionPlan:
    """Return a stored plan; its document is never read here."""
    given: dict[str, Any] = {
        "plan_id": plan_id,
        "version": version,
        "document": "[plan]",
        "digest": "a" * 64,
        "effective_from": date(2026, 1, 1),
        "currency": "USD",
    }
    return CommissionPlan(**{**given, **changes})


def a_run(period_id: str = "2026-03", plan_id: str = "contract", version: str = "1", **changes: Any) -> CommissionRun:
    """Return a trial run."""
    given: dict[str, Any] = {
        "period_id": period_id,
        "plan_id": plan_id,
        "plan_version": version,
        "plan_digest": "a" * 64,
        "software_version": "0",
        "currency": "USD",
    }
    return CommissionRun(**{**given, **changes})


def a_line(distributor: Distributor, amount: str = "5.00", **changes: Any) -> LedgerLine:
    """Return an adjustment in March 2026."""
    given: dict[str, Any] = {
        "period_id": "2026-03",
        "distributor_id": distributor.user_id,
        "type": CommissionType.ADJUSTMENT,
        "amount": usd(amount),
        "currency": "USD",
        "description": "by hand",
    }
    return LedgerLine(**{**given, **changes})


def a_case(**changes: Any) -> ComplianceCase:
    """Return an open case about a distributor."""
    given: dict[str, Any] = {
        "case_number": fresh("K"),
        "subject_type": "distributor",
        "subject_id": new_id(),
        "severity": CaseSeverity.MEDIUM,
        "title": "Income claims",
        "description": "A post promises an income",
    }
    return ComplianceCase(**{**given, **changes})


def an_event(distributor: Distributor, **changes: Any) -> PersonEvent:
    """Return a demonstration on 10 March 2026 that is worth five points."""
    given: dict[str, Any] = {
        "distributor_id": distributor.user_id,
        "name": "demos",
        "occurred_at": datetime(2026, 3, 10, 12, tzinfo=UTC),
        "data": {"points": "5"},
    }
    return PersonEvent(**{**given, **changes})


def a_payout(distributor: Distributor, **changes: Any) -> Payout:
    """Return a payout of 50 dollars for March 2026."""
    given: dict[str, Any] = {
        "distributor_id": distributor.user_id,
        "period_id": "2026-03",
        "amount": usd("50.00"),
        "currency": "USD",
        "method": PayoutMethod.BANK_TRANSFER,
        "fee_amount": usd("1.00"),
        "net_amount": usd("49.00"),
    }
    return Payout(**{**given, **changes})


def a_debt(distributor: Distributor, **changes: Any) -> Debt:
    """Return a debt of 30 dollars, of which nothing is settled."""
    given: dict[str, Any] = {
        "distributor_id": distributor.user_id,
        "amount": usd("30.00"),
        "settled": usd("0"),
        "currency": "USD",
        "reason": "starter kit on credit",
    }
    return Debt(**{**given, **changes})
