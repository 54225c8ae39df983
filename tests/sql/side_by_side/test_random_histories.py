"""Random histories of a company, in memory and in PostgreSQL: the two never differ, whatever is asked of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.domain.enums import (
    CustomerStatus,
    DistributorStatus,
    GenealogyTree,
    OrderStatus,
    PayoutMethod,
    ProductStatus,
    UserStatus,
)
from mlmcore.domain.sales import Product
from mlmcore.operations import (
    Enrolment,
    OrderLine,
    OrderPlacement,
    Refund,
    RefundLine,
    enrol,
    pay_order,
    place_order,
    refund_order,
)
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._history import NOBODY, NewDatabase, StoreHistory, run_side_by_side, usd

_STEPS = 30
_NAMES = st.sampled_from(["Ann", "Bob", "", "Çelik", "O'Neill; DROP TABLE users", "%s", "\\", "名前"])
_NUMBERS = st.integers(min_value=1, max_value=6)
_AMOUNTS = st.sampled_from(["0", "1", "12.50", "25.00", "50", "1000000.01"])
_ADDRESS = {"city": "Springfield"}


class History(StoreHistory):
    """A company to which anything may happen; entities that were once read are kept and written back much later."""

    texts = ("D1", "d1@example.com", "S1", "O1", "R1", "CD1", "bronze")

    def changed_by(self, data: st.DataObject, kind: str, changes: st.SearchStrategy[dict[str, Any]]) -> None:
        """Write back an entity as it once was, with changes."""
        if self.seen.get(kind):
            entity = data.draw(st.sampled_from(self.seen[kind]), label=f"{kind} as once read")
            given = data.draw(changes, label="changes")
            self.did(kind, lambda unit: getattr(unit, kind).update(evolve(entity, **given)))

    def order(self, number: str, who: UUID, product: UUID, quantity: int) -> None:
        """Place an order of the customer that a distributor is, if there is one."""
        command = OrderPlacement(
            id=self.new_id(),
            order_number=number,
            customer_id=NOBODY,
            lines=[OrderLine(product_id=product, quantity=quantity)],
            discount=usd("5"),
            tax=usd("1"),
            shipping=usd("0"),
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
        )

        def place(unit: UnitOfWork) -> Any:
            customer = unit.customers.find_by_user(who)
            return place_order(unit, evolve(command, customer_id=customer.id if customer else NOBODY))

        self.did("orders", place)

    @initialize()
    def begin(self) -> None:
        """Two people with a product and an order, so that few steps go to nobody."""
        for number in ("D1", "D2"):
            command = Enrolment(
                user_id=self.new_id(),
                email=f"{number}@example.com",
                distributor_number=number,
                join_date=date(2026, 1, 1),
                own_customer_number=f"C{number}",
            )
            self.did("distributors", partial(_enrol, command))
        tea = Product(id=self.new_id(), sku="S1", name="Tea", price=usd("25.00"), currency="USD", pv=Decimal(20))
        self.did("products", lambda unit: unit.products.add(tea))
        self.order("O1", self.keys("distributors")[0], tea.id, 2)

    @rule(data=st.data(), number=_NUMBERS, leg=st.integers(1, 3), first=_NAMES, own=st.booleans())
    def somebody_joins(self, data: st.DataObject, number: int, leg: int, first: str, own: bool) -> None:
        """With a number or an address that may be taken, below somebody who may not be stored or whose leg is taken."""
        placed = data.draw(st.booleans(), label="placed")
        command = Enrolment(
            user_id=self.new_id(),
            email=data.draw(st.sampled_from([f"D{number}@Example.com", f"d{number}x@example.com"])),
            distributor_number=f"D{number}",
            join_date=date(2026, 1, number),
            sponsor_id=self.some(data, "distributors") if data.draw(st.booleans(), label="sponsored") else None,
            placement_id=self.some(data, "distributors") if placed else None,
            placement_leg=leg if placed else None,
            first_name=first or None,
            own_customer_number=f"C{number}" if own else None,
            payout_method=data.draw(st.sampled_from([None, *PayoutMethod])),
        )
        self.did("distributors", lambda unit: enrol(unit, command))

    @rule(data=st.data(), tree=st.sampled_from(GenealogyTree), leg=st.integers(1, 3))
    def somebody_moves(self, data: st.DataObject, tree: GenealogyTree, leg: int) -> None:
        """In one tree, perhaps below themselves or into a leg that is taken."""
        who, below = self.some(data, "distributors"), self.some(data, "distributors")
        given = leg if tree == GenealogyTree.PLACEMENT else None
        self.did("distributors", lambda unit: unit.distributors.move(who, tree, below, given, reason="asked for"))

    @rule(data=st.data())
    def a_distributor_is_changed(self, data: st.DataObject) -> None:
        """By somebody who may have read the row long ago (A14)."""
        changes = st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(DistributorStatus),
                "notes": st.none() | _NAMES,
                "rank_id": st.sampled_from([None, "bronze", "no-such-rank"]),
                "current_month_pv": st.sampled_from([Decimal(0), Decimal("12.50")]),
                "attributes": st.sampled_from([{}, {"country": "NO"}, {"points": "1.5"}]),
            },
        )
        self.changed_by(data, "distributors", changes)

    @rule(data=st.data())
    def a_user_is_changed(self, data: st.DataObject) -> None:
        """The login of a distributor."""
        who = self.some(data, "distributors")
        self.did("users", lambda unit: unit.users.get(who))
        changes = st.fixed_dictionaries(
            {},
            optional={
                "email": st.sampled_from(["d1@example.com", "D1@EXAMPLE.COM", "new@example.com"]),
                "status": st.sampled_from(UserStatus),
                "phone": st.none() | _NAMES,
                "two_factor_secret": st.sampled_from([None, "JBSWY3DP"]),
            },
        )
        self.changed_by(data, "users", changes)

    @rule(data=st.data(), number=_NUMBERS)
    def a_product_comes(self, data: st.DataObject, number: int) -> None:
        """Under a number that may be taken."""
        product = Product(
            id=self.new_id(),
            sku=f"S{number}",
            name="Tea",
            price=usd(data.draw(_AMOUNTS)),
            currency="USD",
            pv=Decimal(data.draw(_AMOUNTS)),
        )
        self.did("products", lambda unit: unit.products.add(product))

    @rule(data=st.data())
    def a_product_is_changed(self, data: st.DataObject) -> None:
        """Its price, its status, its stock."""
        changes = st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(ProductStatus),
                "price": _AMOUNTS.map(usd),
                "category_id": st.sampled_from([None, NOBODY]),
                "stock_quantity": st.integers(0, 5),
            },
        )
        self.changed_by(data, "products", changes)

    @rule(data=st.data(), number=_NUMBERS, quantity=st.integers(1, 3))
    def an_order_is_placed(self, data: st.DataObject, number: int, quantity: int) -> None:
        """By the customer that a distributor is, if there is one."""
        who, product = self.some(data, "distributors"), self.some(data, "products")

        self.order(f"O{number}", who, product, quantity)

    @rule(data=st.data(), day=st.integers(0, 40))
    def an_order_is_paid(self, data: st.DataObject, day: int) -> None:
        """On some day, perhaps for the second time."""
        order = self.some(data, "orders")
        paid_at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
        self.did("orders", lambda unit: pay_order(unit, order, paid_at=paid_at, method="card"))

    @rule(data=st.data())
    def an_order_is_changed(self, data: st.DataObject) -> None:
        """Its state, or what must never change."""
        changes = st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(OrderStatus),
                "notes": st.none() | _NAMES,
                "paid_at": st.sampled_from([None, datetime(2026, 3, 9, tzinfo=UTC)]),
                "tracking_number": st.sampled_from([None, "T-1"]),
            },
        )
        self.changed_by(data, "orders", changes)

    @rule(data=st.data(), number=_NUMBERS, quantity=st.integers(1, 3), amount=_AMOUNTS)
    def an_order_is_refunded(self, data: st.DataObject, number: int, quantity: int, amount: str) -> None:
        """Perhaps of more than was sold or paid."""
        order, whole = self.some(data, "orders"), data.draw(st.booleans(), label="pieces come back")
        restock = data.draw(st.booleans(), label="into stock")

        def refund(unit: UnitOfWork) -> Any:
            items = unit.orders.get(order).items
            return refund_order(
                unit,
                Refund(
                    refund_number=f"R{number}",
                    order_id=order,
                    refunded_at=datetime(2026, 4, 2, tzinfo=UTC),
                    amount=usd(amount),
                    restock=restock,
                    lines=[RefundLine(order_item_id=items[0].id, quantity=quantity)] if whole else (),
                ),
            )

        self.pair.do(refund, self.actor)

    @rule(data=st.data())
    def a_customer_is_changed(self, data: st.DataObject) -> None:
        """The customer that a distributor is."""
        who = self.some(data, "distributors")
        self.did("customers", lambda unit: unit.customers.find_by_user(who))
        changes = st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(CustomerStatus),
                "email": st.sampled_from(["a@example.com", "b@example.com"]),
                "payment_methods": st.sampled_from([None, ({"card": "4111"},)]),
            },
        )
        self.changed_by(data, "customers", changes)


class TestRandomHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents, trees and audit rows."""
        run_side_by_side(History, new_database, cipher, examples=10, steps=_STEPS)


def _enrol(command: Enrolment, unit: UnitOfWork) -> Any:
    return enrol(unit, command)
