"""Random histories of a shop, in memory and in PostgreSQL: categories, stock, orders on their way, standing orders."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.domain.enums import (
    AutoShipStatus,
    CustomerStatus,
    OrderStatus,
    PaymentStatus,
    ProductStatus,
)
from mlmcore.domain.sales import (
    Customer,
    Order,
    OrderItem,
    OrderRefund,
    OrderRefundItem,
    Product,
    ProductCategory,
)
from mlmcore.operations import (
    AutoShipStart,
    Charges,
    Enrolment,
    OrderLine,
    OrderPlacement,
    Refund,
    RefundLine,
    cancel_auto_ship,
    cancel_order,
    close_period,
    deliver_order,
    enrol,
    fail_payment,
    open_period,
    pause_auto_ship,
    pay_order,
    place_order,
    process_order,
    refund_order,
    resume_auto_ship,
    retry_payment,
    run_auto_ships,
    ship_order,
    start_auto_ship,
)
from mlmcore.repositories.columnar.shapes import SHAPES
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._history import NOBODY, NewDatabase, StoreHistory, run_side_by_side, usd

_ADDRESS: Final = {"city": "Springfield"}
_PIECES: Final = st.sampled_from([-1, 0, 1, 1, 1, 1, 1, 2, 2, 3, 3, 2**31])
_DAYS: Final = st.integers(0, 59).map(lambda days: date(2025, 1, 1) + timedelta(days=days))
_INSTANTS: Final = _DAYS.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
_PRICES: Final = st.sampled_from([usd("10.00"), usd("12.50"), usd("0")])


class ShopHistory(StoreHistory):
    """Two sellers with a customer each, tea that may be subscribed to, and cups that may not."""

    texts = ("2025-01", "2025-02", "teas", "S1", "O1", "A1", "A1-20250101", "R1", "C1")

    @initialize()
    def begin(self) -> None:
        """So that few steps go to nobody."""
        for number in ("1", "2"):
            command = Enrolment(
                user_id=self.new_id(),
                email=f"d{number}@example.com",
                distributor_number=f"D{number}",
                join_date=date(2024, 1, 1),
                sponsor_id=next(iter(self.keys("distributors")), None),
            )
            self.did("distributors", partial(_enrol, command))
            customer = Customer(
                id=self.new_id(),
                customer_number=f"C{number}",
                distributor_id=command.user_id,
                email="c@example.com",
                auto_ship_enabled=True,
            )
            self.did("customers", partial(_add_customer, customer))
        teas = ProductCategory(id=self.new_id(), slug="teas", name="Teas")
        self.did("categories", lambda unit: unit.categories.add(teas))
        tea = self.product("S1", category_id=teas.id, is_subscription=True, subscription_frequency=30)
        cup = self.product("S2", inventory_tracked=False)
        self.did("products", lambda unit: unit.products.add(tea))
        self.did("products", lambda unit: unit.products.add(cup))
        for number, quantity in (("O1", 2), ("O2", 1)):
            self.order(number, self.keys("customers")[0], [OrderLine(product_id=tea.id, quantity=quantity)])
        self.standing_order("A1", self.keys("customers")[1], tea.id, date(2025, 1, 1))

    def order(self, number: str, customer: Any, lines: Sequence[OrderLine], **changes: Any) -> None:
        """Somebody orders something."""
        given: dict[str, Any] = {"id": self.new_id(), "discount": usd("0"), "volumes": {}, **changes}
        command = OrderPlacement(
            order_number=number,
            customer_id=customer,
            lines=lines,
            tax=usd("1.00"),
            shipping=usd("0"),
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
            **given,
        )
        self.did("orders", lambda unit: place_order(unit, command))

    def standing_order(self, number: str, customer: Any, product: Any, day: date, **changes: Any) -> None:
        """Somebody wants something every month."""
        given: dict[str, Any] = {
            "id": self.new_id(),
            "lines": [OrderLine(product_id=product, quantity=1)],
            "every_days": None,
            **changes,
        }
        command = AutoShipStart(
            number=number,
            customer_id=customer,
            first_date=day,
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
            **given,
        )
        self.did("auto_ships", lambda unit: start_auto_ship(unit, command))

    def product(self, sku: str, **changes: Any) -> Product:
        """A product of ten dollars, of which there are some."""
        given: dict[str, Any] = {"stock_quantity": 9, "min_stock_level": 3, "pv": Decimal("7.50"), **changes}
        return Product(id=self.new_id(), sku=sku, name="Tea", price=usd("10.00"), currency="USD", **given)

    @rule(data=st.data(), many=st.booleans())
    def a_category_comes(self, data: st.DataObject, many: bool) -> None:
        """Alone, or after one that stands below it."""
        slug, above = self.number(data, "teas"), self.one_of(data, "categories", None)
        category = ProductCategory(id=self.new_id(), slug=slug, name="Teas", parent_id=above)
        below = ProductCategory(id=self.new_id(), slug=f"{slug} below", name="Teas", parent_id=category.id)
        if many:
            self.did("none", lambda unit: unit.categories.add_many([below, category]))
            self.did("categories", lambda unit: unit.categories.get(below.id))
        else:
            self.did("categories", lambda unit: unit.categories.add(category))

    @rule(data=st.data())
    def a_category_changes(self, data: st.DataObject) -> None:
        """Its name, or below which it stands: perhaps below itself, the long way round."""
        parents = st.sampled_from([None, *self.keys("categories"), NOBODY])
        category, parent = self.one(data, "categories"), data.draw(parents, label="below")
        if category is not None and category.id != parent:
            name = data.draw(st.sampled_from(["Teas", "Green"]), label="name")
            self.did("categories", lambda unit: unit.categories.update(evolve(category, parent_id=parent, name=name)))

    @rule(data=st.data(), subscribed=st.booleans(), many=st.booleans())
    def a_product_comes(self, data: st.DataObject, subscribed: bool, many: bool) -> None:
        """Under a number that may be taken, in a category that may not be there, alone or as the last of several."""
        product = self.product(
            self.number(data, "S"),
            category_id=self.one_of(data, "categories", None),
            is_subscription=subscribed,
            subscription_frequency=data.draw(st.sampled_from([None, 14, 30]), label="every"),
            inventory_tracked=data.draw(st.booleans(), label="tracked"),
        )
        if many:
            others = [self.product(f"T{len(self.steps)}"), product]
            self.did("none", lambda unit: unit.products.add_many(others))
            self.did("products", lambda unit: unit.products.get(product.id))
        else:
            self.did("products", lambda unit: unit.products.add(product))

    @rule(data=st.data())
    def a_product_changes(self, data: st.DataObject) -> None:
        """Price, state, stock, or whether it is counted and subscribed to at all."""
        self.changed(
            data,
            "products",
            lambda unit, product: unit.products.update(product),
            price=_PRICES,
            status=st.sampled_from([ProductStatus.ACTIVE] * 4 + [*ProductStatus]),
            stock_quantity=st.sampled_from([-1, 0, 9, 9, 9, 9]),
            inventory_tracked=st.booleans(),
            is_subscription=st.sampled_from([True, True, False]),
            category_id=st.sampled_from([None, *self.keys("categories")]),
        )

    @rule(data=st.data(), quantity=_PIECES, back=st.booleans(), held=st.booleans())
    def pieces_come_and_go(self, data: st.DataObject, quantity: int, back: bool, held: bool) -> None:
        """Also none, fewer than none, and more than a column holds."""
        product = self.any_id(data, "products")

        def move(unit: UnitOfWork) -> Product:
            if held:
                unit.products.lock_stock({product})
            turn = unit.products.put_back_stock if back else unit.products.take_stock
            return turn(product, quantity)

        self.did("products", move)

    @rule(data=st.data(), day=_DAYS)
    def a_customer_changes(self, data: st.DataObject, day: date) -> None:
        """What they agree to, whose they are; what they paid is counted besides."""
        if data.draw(st.booleans(), label="money"):
            customer, amount = self.any_id(data, "customers"), data.draw(_PRICES)
            self.did("customers", lambda unit: unit.customers.record_payment(customer, amount, day))
            self.did("customers", lambda unit: unit.customers.record_refund(customer, amount))
        self.changed(
            data,
            "customers",
            lambda unit, customer: unit.customers.update(customer),
            auto_ship_enabled=st.sampled_from([True, True, False]),
            status=st.sampled_from([CustomerStatus.ACTIVE, *CustomerStatus]),
            payment_methods=st.sampled_from([None, ({"card": "4111"},)]),
            distributor_id=st.sampled_from([*self.keys("distributors"), NOBODY]),
        )

    @rule(data=st.data())
    def customers_come(self, data: st.DataObject) -> None:
        """Two at once, of whom one may have a number that is taken."""
        seller = self.some(data, "distributors")
        numbers = (self.number(data, "C"), f"B{len(self.steps)}")
        customers = [
            Customer(id=self.new_id(), customer_number=each, distributor_id=seller, email="c@example.com")
            for each in numbers
        ]
        self.did("none", lambda unit: unit.customers.add_many(customers))
        self.did("customers", lambda unit: unit.customers.get(customers[0].id))

    @rule(data=st.data(), discount=st.sampled_from(["0", "0", "5", "100"]))
    def an_order_is_placed(self, data: st.DataObject, discount: str) -> None:
        """Under an id that may be another order's; of several products, one of them perhaps twice."""
        lines = [OrderLine(product_id=self.some(data, "products"), quantity=data.draw(_PIECES)) for _ in range(2)]
        self.order(
            self.number(data, "O"),
            self.some(data, "customers"),
            lines[: data.draw(st.sampled_from([0, 1, 1, 1, 2, 2]), label="lines")],
            id=self.some(data, "orders") if self.seldom(data, "again") else self.new_id(),
            distributor_id=self.one_of(data, "distributors", None),
            discount=usd(discount),
            volumes=data.draw(st.sampled_from([{}, {"cv": "5.00"}]), label="volumes"),
        )

    @rule(data=st.data(), at=st.none() | _INSTANTS, reference=st.sampled_from(["", "p-1", "p-2"]))
    def an_order_is_paid(self, data: st.DataObject, at: datetime | None, reference: str) -> None:
        """On a day whose period may be closed, perhaps by a second payment."""
        order = self.any_id(data, "orders")
        self.did("orders", lambda unit: pay_order(unit, order, paid_at=at, method="card", reference=reference))

    @rule(data=st.data(), number=st.sampled_from([None, "T-1", "T-2"]), at=st.none() | _INSTANTS)
    def an_order_goes_on(self, data: st.DataObject, number: str | None, at: datetime | None) -> None:
        """Or does not: a step that may not follow."""
        steps: list[Callable[[UnitOfWork, Any], Order]] = [
            cancel_order,
            process_order,
            retry_payment,
            partial(fail_payment, reference=number or ""),
            partial(ship_order, tracking_number=number, shipped_at=at),
            partial(deliver_order, delivered_at=at),
        ]
        order, step = self.any_id(data, "orders"), data.draw(st.sampled_from(steps), label="step")
        self.did("orders", lambda unit: step(unit, order))

    @rule(data=st.data(), at=_INSTANTS, quantity=_PIECES)
    def an_order_is_refunded(self, data: st.DataObject, at: datetime, quantity: int) -> None:
        """Money or pieces, perhaps more than there was, back into the stock or not."""
        order, amount = self.one(data, "orders"), data.draw(st.sampled_from(["5", "10", "11", "0"]), label="amount")
        if order is None:
            return
        pieces = data.draw(st.booleans(), label="pieces")
        command = Refund(
            refund_number=self.number(data, "R"),
            order_id=order.id,
            refunded_at=at,
            amount=order.total if data.draw(st.booleans(), label="all of it") else usd(amount),
            lines=[RefundLine(order_item_id=order.items[0].id, quantity=quantity)] if pieces else (),
            restock=data.draw(st.booleans(), label="restock"),
            volumes=data.draw(st.sampled_from([None, {}, {"cv": "1.00"}]), label="volumes"),
        )
        self.did("refunds", lambda unit: refund_order(unit, command))

    @rule(data=st.data())
    def an_order_is_written_back(self, data: st.DataObject) -> None:
        """With another state, or with what must never change."""
        self.changed(
            data,
            "orders",
            lambda unit, order: unit.orders.update(order),
            status=st.sampled_from(OrderStatus),
            payment_status=st.sampled_from(PaymentStatus),
            paid_at=st.none() | _INSTANTS,
            distributor_id=st.sampled_from(self.keys("distributors")),
            notes=st.sampled_from([None, "a gift"]),
        )

    def imported_order(self, data: st.DataObject) -> Order:
        """An order as an import brings it: paid already, with whatever seller."""
        quantity = data.draw(st.integers(1, 3), label="quantity")
        key, price = self.new_id(), usd("3.00")
        item = OrderItem(
            id=self.new_id(),
            order_id=key,
            product_id=self.some(data, "products"),
            quantity=quantity,
            unit_price=price,
            total_price=price * quantity,
            pv=Decimal("1.25"),
            stock_taken=data.draw(st.integers(0, 1), label="taken"),
        )
        return Order(
            id=key,
            order_number=self.number(data, "O"),
            customer_id=self.some(data, "customers"),
            distributor_id=self.some(data, "distributors"),
            status=data.draw(st.sampled_from([OrderStatus.PENDING, OrderStatus.CONFIRMED]), label="status"),
            payment_status=data.draw(st.sampled_from(PaymentStatus), label="payment"),
            subtotal=item.total_price,
            total=item.total_price,
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
            items=(item,) if data.draw(st.integers(0, 9), label="with items") else (),
        )

    @rule(data=st.data(), many=st.booleans())
    def an_order_comes_from_elsewhere(self, data: st.DataObject, many: bool) -> None:
        """Alone or among several."""
        order = self.imported_order(data)
        if many:
            self.did("none", lambda unit: unit.orders.add_many([order]))
            self.did("orders", lambda unit: unit.orders.get(order.id))
        else:
            self.did("orders", lambda unit: unit.orders.add(order))

    @rule(data=st.data())
    def whole_tables_come_as_columns(self, data: st.DataObject) -> None:
        """Products, and orders with their items; together or not at all."""
        products = [self.product(self.number(data, "S")), self.product(f"T{len(self.steps)}")]
        orders = [self.imported_order(data)]
        given: dict[str, list[Any]] = {
            "products": products,
            "orders": orders,
            "order_items": [item for one in orders for item in one.items],
        }

        def add(unit: UnitOfWork) -> Any:
            return unit.columns.add({table: entities_to_arrow(SHAPES[table], rows) for table, rows in given.items()})

        self.did("none", add)
        self.did("products", lambda unit: unit.products.get(products[0].id))
        self.did("orders", lambda unit: unit.orders.get(orders[0].id))

    @rule(data=st.data(), quantity=st.integers(1, 3), at=_INSTANTS)
    def a_refund_comes_from_elsewhere(self, data: st.DataObject, quantity: int, at: datetime) -> None:
        """Of an order that may be another's, with money and volume that may be too much."""
        order, key = self.one(data, "orders"), self.new_id()
        if order is None:
            return
        amount = data.draw(st.sampled_from([usd("1.00"), usd("10.00")]), label="amount")
        item = OrderRefundItem(
            id=self.new_id(),
            refund_id=key,
            order_item_id=order.items[0].id if data.draw(st.integers(0, 9), label="its own") else NOBODY,
            quantity=quantity,
            amount=amount,
            pv=Decimal("0.50"),
        )
        refund = OrderRefund(
            id=key,
            refund_number=self.number(data, "R"),
            order_id=order.id,
            refunded_at=at,
            amount=amount,
            currency="USD",
            items=(item,),
        )
        self.did("refunds", lambda unit: unit.orders.add_refund(refund))

    @rule(data=st.data(), day=_DAYS, every=st.sampled_from([None, 7, 30]))
    def a_standing_order_begins(self, data: st.DataObject, day: date, every: int | None) -> None:
        """Of what may not be sold by subscription, under an id that may be another's."""
        product = self.some(data, "products")
        lines = [OrderLine(product_id=product, quantity=data.draw(st.integers(1, 2)))]
        self.standing_order(
            self.number(data, "A"),
            self.some(data, "customers"),
            product,
            day,
            id=self.some(data, "auto_ships") if self.seldom(data, "again") else self.new_id(),
            distributor_id=self.one_of(data, "distributors", None),
            lines=() if self.seldom(data, "no lines") else lines,
            every_days=every,
        )

    @rule(data=st.data(), day=_DAYS)
    def a_standing_order_goes_on(self, data: st.DataObject, day: date) -> None:
        """It rests, is taken up again, or ends."""
        steps: list[Callable[[UnitOfWork, Any], AutoShip]] = [
            pause_auto_ship,
            cancel_auto_ship,
            partial(resume_auto_ship, next_date=day),
            partial(resume_auto_ship, next_date=day),
        ]
        auto_ship, step = self.any_id(data, "auto_ships"), data.draw(st.sampled_from(steps), label="step")
        self.did("auto_ships", lambda unit: step(unit, auto_ship))

    @rule(day=_DAYS, limit=st.sampled_from([1, 2, 100]), tax=st.sampled_from(["0", "2.00"]))
    def standing_orders_are_run(self, day: date, limit: int, tax: str) -> None:
        """Some of them: stock may be short, a customer may have changed their mind."""

        def charges(_: AutoShip, __: Any) -> Charges:
            return Charges(discount=usd("0"), tax=usd(tax), shipping=usd("0"))

        ran = self.did("runs", lambda unit: run_auto_ships(unit, day, charges=charges, limit=limit))
        for order in ran.placed if ran is not None else ():
            self.seen.setdefault("orders", []).append(order)

    @rule(data=st.data(), day=_DAYS)
    def a_standing_order_is_written_back(self, data: st.DataObject, day: date) -> None:
        """With another state, or with what never changes."""
        self.changed(
            data,
            "auto_ships",
            lambda unit, auto_ship: unit.auto_ships.update(auto_ship),
            status=st.sampled_from(AutoShipStatus),
            next_date=st.just(day),
            interval_days=st.sampled_from([7, 3660]),
            number=st.sampled_from(["A1", "A9"]),
            failure=st.sampled_from([None, "no stock"]),
        )

    @rule(data=st.data(), day=_DAYS, many=st.booleans())
    def a_standing_order_comes_from_elsewhere(self, data: st.DataObject, day: date, many: bool) -> None:
        """Alone or among several, with items or without."""
        key, product = self.new_id(), self.some(data, "products")
        item = AutoShipItem(id=self.new_id(), auto_ship_id=key, product_id=product, quantity=1)
        twice = evolve(item, id=self.new_id())
        auto_ship = AutoShip(
            id=key,
            number=self.number(data, "A"),
            customer_id=self.some(data, "customers"),
            interval_days=30,
            next_date=day,
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
            items=data.draw(st.sampled_from([*[(item,)] * 5, (), (item, twice)]), label="items"),
        )
        if many:
            self.did("none", lambda unit: unit.auto_ships.add_many([auto_ship]))
            self.did("auto_ships", lambda unit: unit.auto_ships.get(auto_ship.id))
        else:
            self.did("auto_ships", lambda unit: unit.auto_ships.add(auto_ship))

    @rule(data=st.data(), day=_DAYS)
    def an_order_is_said_to_be_of_a_date(self, data: st.DataObject, day: date) -> None:
        """One for a date, and a date for an order."""
        placed = AutoShipOrder(
            id=self.new_id(),
            auto_ship_id=self.some(data, "auto_ships"),
            due_date=day,
            order_id=self.some(data, "orders"),
        )
        self.did("auto_ship_orders", lambda unit: unit.auto_ships.record_order(placed))

    @rule(data=st.data(), month=st.sampled_from(["2025-01", "2025-02"]))
    def a_month_opens_or_closes(self, data: st.DataObject, month: str) -> None:
        """After which nothing is paid in it any more."""
        if data.draw(st.booleans(), label="closes"):
            self.did("periods", lambda unit: close_period(unit, month))
        else:
            self.did("periods", lambda unit: open_period(unit, month, timezone="UTC"))


class TestShopHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents and audit rows."""
        run_side_by_side(ShopHistory, new_database, cipher, examples=4, steps=60)


def _enrol(command: Enrolment, unit: UnitOfWork) -> Any:
    return enrol(unit, command)


def _add_customer(customer: Customer, unit: UnitOfWork) -> Customer:
    return unit.customers.add(customer)
