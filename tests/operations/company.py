"""A small company for the tests of operations: Ann sponsors Bob, Bob sponsors Cid; each has a customer; tea is sold."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from mlmcore.domain.enums import PayoutMethod
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Customer, Product
from mlmcore.operations.enrolment import Enrolment, enrol
from mlmcore.operations.orders import OrderLine, OrderPlacement
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWork

ADDRESS: Mapping[str, Any] = {"city": "Springfield"}
PLAN = """
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"

[inputs]
trees = ["sponsor"]
volumes = { pv = "points", cv = "money" }

[measures]
personal = "sum(orders, pv)"
active = "personal >= 20"

[rank]
from = "requires"
climb = "highest"

[[ranks]]
id = "bronze"
requires = "personal >= 20"

[[ranks]]
id = "silver"
requires = "personal >= 60"

[[bonuses]]
id = "unilevel"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.10, 0.05]
counts = "true"
pays = "active"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""


CLUB_PLAN = PLAN.replace("[measures]", 'attributes = { club = "boolean" }\n\n[measures]').replace(
    "personal >= 20", "club and personal >= 20", 1
)
"""The same, for members of a club; of which nothing says since when they are."""


class ReversingCipher:
    """Seals by reading backwards."""

    def seal(self, clear: bytes, /) -> dict[str, str]:
        """Return the bytes, backwards."""
        return {"key": "test", "sealed": base64.b64encode(clear[::-1]).decode()}

    def open(self, envelope: Mapping[str, str], /) -> bytes:
        """Return the bytes, forwards."""
        return base64.b64decode(envelope["sealed"])[::-1]

    def fingerprint(self, clear: bytes, /) -> str:
        """Return a hash without a key."""
        return hashlib.sha256(clear).hexdigest()


class Clock:
    """Gives a second more at every call; may be set."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        """Return the next instant."""
        self.instant += timedelta(seconds=1)
        return self.instant


@frozen(kw_only=True)
class Company:
    """A store and who is in it."""

    store: MemoryStore
    clock: Clock
    ann: UUID
    bob: UUID
    cid: UUID
    tea: UUID

    def customer_of(self, person: UUID) -> UUID:
        """Return the id of somebody's customer."""
        return key_of(f"customer of {person}")

    def order(self, number: str, seller: UUID, quantity: int = 2, **changes: Any) -> OrderPlacement:
        """Return an order of some tea, 25 dollars and 20 PV a piece, with a CV of 15 dollars a piece."""
        given: dict[str, Any] = {
            "id": key_of(number),
            "order_number": number,
            "customer_id": self.customer_of(seller),
            "lines": [OrderLine(product_id=self.tea, quantity=quantity)],
            "discount": usd("0"),
            "tax": usd("1.50"),
            "shipping": usd("3.50"),
            "shipping_address": ADDRESS,
            "billing_address": ADDRESS,
            "volumes": {"cv": f"{15 * quantity}.00"},
        }
        return OrderPlacement(**{**given, **changes})


def usd(amount: str) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


def new_company() -> Company:
    """Return the company, stored."""
    clock = Clock(datetime(2026, 4, 2, 9, tzinfo=UTC))
    company = Company(
        store=MemoryStore(clock=clock, cipher=ReversingCipher()),
        clock=clock,
        ann=key_of("ann"),
        bob=key_of("bob"),
        cid=key_of("cid"),
        tea=key_of("tea"),
    )
    with company.store() as unit:
        _people(unit, company)
        unit.products.add(
            Product(
                id=company.tea,
                sku="TEA",
                name="Tea",
                price=usd("25.00"),
                currency="USD",
                pv=Decimal(20),
                inventory_tracked=False,
            )
        )
    return company


def join_the_club(company: Company, *, ann: bool = True) -> None:
    """Everybody is a member, Ann perhaps not."""
    with company.store() as unit:
        for person in (company.ann, company.bob, company.cid):
            member = ann or person != company.ann
            unit.distributors.update(evolve(unit.distributors.get(person), attributes={"club": member}))


def _people(unit: UnitOfWork, company: Company) -> None:
    for name, sponsor in (("ann", None), ("bob", company.ann), ("cid", company.bob)):
        person = enrol(unit, enrolment(name, sponsor_id=sponsor))
        unit.customers.add(
            Customer(
                id=company.customer_of(person.user_id),
                customer_number=f"C-{name}",
                distributor_id=person.user_id,
                email=f"customer-of-{name}@example.com",
            )
        )


def enrolment(name: str, **changes: Any) -> Enrolment:
    """Return how somebody joins on 5 January 2026."""
    given: dict[str, Any] = {
        "user_id": key_of(name),
        "email": f"{name}@example.com",
        "distributor_number": f"D-{name}",
        "join_date": date(2026, 1, 5),
        "payout_method": PayoutMethod.BANK_TRANSFER,
        "first_name": name.title(),
    }
    return Enrolment(**{**given, **changes})
