"""What a repository of products or orders promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from attrs import evolve

from mlmcore.domain.enums import GenealogyTree, OrderStatus, PaymentStatus, ProductStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.repositories.filters import Below, OrderFilter
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    Shop,
    a_category,
    a_customer,
    a_period,
    a_product,
    a_refund,
    an_order,
    make_distributor,
    make_shop,
    paid_order,
    raises,
    usd,
)

__all__ = ["OrdersContract", "ProductsContract"]

_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class ProductsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        product = a_product(images=("a.png",), dimensions={"cm": "10"}, cost=usd("9.99"))

        with unit_of_work() as unit:
            stored = unit.products.add(product)
            assert stored == evolve(product, created_at=unit.now, updated_at=unit.now)
            assert unit.products.get(product.id) == stored
            assert unit.products.find_by_sku(product.sku) == stored
            assert unit.products.find(new_id()) is None
            with raises(NotFoundError):
                unit.products.get(new_id())

    def test_a_sku_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G1."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product())
            with raises(ConflictError):
                unit.products.add(a_product(sku=product.sku))
            with raises(ConflictError):
                unit.products.add_many([a_product(), a_product(sku=product.sku)])

    def test_a_category_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G2."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.products.add(a_product(category_id=new_id()))

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G3: discontinued is final."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product())
            gone = unit.products.update(evolve(product, status=ProductStatus.DISCONTINUED))
            with raises(IllegalMoveError):
                unit.products.update(evolve(gone, status=ProductStatus.ACTIVE))
            assert gone in unit.products.list_by_status(ProductStatus.DISCONTINUED)

    def test_a_changed_price_leaves_an_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: with the changed columns only."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product())
            unit.products.update(evolve(product, price=usd("26.00")))
            rows = {row.action: row for row in unit.audit.list_by_entity("products", product.id)}
            assert set(rows) == {"insert", "update"}
            assert set(rows["update"].before_data or {}) == {"price"}
            assert set(rows["update"].after_data or {}) == {"price"}
            assert rows["insert"].before_data is None
            assert (rows["insert"].after_data or {})["sku"] == product.sku

    def test_stock_is_taken_and_put_back(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G4: from what is stored, with an audit row."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product(stock_quantity=5))
            taken = unit.products.take_stock(product.id, 3)
            assert taken == evolve(product, stock_quantity=2)
            assert unit.products.get(product.id) == taken
            assert unit.products.take_stock(product.id, 2).stock_quantity == 0
            assert unit.products.put_back_stock(product.id, 4).stock_quantity == 4
            changes = [row.after_data for row in unit.audit.list_by_entity("products", product.id)]
            assert {"stock_quantity": 2} in changes
            for ask in (unit.products.take_stock, unit.products.put_back_stock):
                with raises(NotFoundError):
                    ask(new_id(), 1)
                with raises(RefusedError):
                    ask(product.id, 0)

    def test_no_more_is_taken_than_there_is(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G5: neither taken nor written."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product(stock_quantity=2))
            with raises(RefusedError) as caught:
                unit.products.take_stock(product.id, 3)
            assert caught.text == (
                f"3 of product {product.sku} were asked for, and 2 are in stock; "
                "order fewer, or wait until more have come in"
            )
            assert unit.products.get(product.id) == product

    def test_no_more_is_put_back_than_can_be_counted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G5: also not by a number that no column holds."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product(stock_quantity=2))
            for quantity in (2**31 - 2, 2**70):
                with raises(RefusedError) as caught:
                    unit.products.put_back_stock(product.id, quantity)
                assert caught.text == (
                    f"{quantity} of product {product.sku} cannot be put back: 2 are in stock, and at most 2147483647 "
                    "are counted"
                )
            assert unit.products.put_back_stock(product.id, 2**31 - 3).stock_quantity == 2**31 - 1

    def test_what_is_not_tracked_is_not_counted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """G4."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product(inventory_tracked=False))
            assert unit.products.take_stock(product.id, 3) == product
            assert unit.products.put_back_stock(product.id, 3) == product

    def test_stock_is_held_for_several_orders(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`lock_stock`: of nothing, of strangers, twice; it stays as it is."""
        with unit_of_work() as unit:
            products = [unit.products.add(a_product(stock_quantity=5)) for _ in range(3)]
            unit.products.lock_stock([])
            for _ in range(2):
                unit.products.lock_stock({new_id(), *(product.id for product in products)})
            assert unit.products.take_stock(products[0].id, 1).stock_quantity == 4
            assert unit.products.get(products[1].id) == products[1]

    def test_what_is_low_is_paged(self, unit_of_work: UnitOfWorkFactory) -> None:
        """By id: tracked, not discontinued, at the level or below it."""
        with unit_of_work() as unit:
            low = [a_product(stock_quantity=stock, min_stock_level=3) for stock in (3, 0, 2)]
            others = [
                a_product(stock_quantity=4, min_stock_level=3),
                a_product(min_stock_level=3, inventory_tracked=False),
                a_product(min_stock_level=3, status=ProductStatus.DISCONTINUED),
            ]
            unit.products.add_many([*low, *others])
            found = [one.id for one in unit.products.page_low_stock(None, 10_000)]
            assert [key for key in found if key in {one.id for one in (*low, *others)}] == sorted(one.id for one in low)
            assert [one.id for one in unit.products.page_low_stock(found[0], 1)] == found[1:2]

    def test_a_category_holds_what_is_below_it(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`page_by_category`, by id."""
        with unit_of_work() as unit:
            top = unit.categories.add(a_category())
            below = unit.categories.add(a_category(parent_id=top.id))
            inside = [unit.products.add(a_product(category_id=one.id)) for one in (below, top, below)]
            unit.products.add(a_product())
            assert [one.id for one in unit.products.page_by_category(top.id)] == sorted(one.id for one in inside)
            assert len(unit.products.page_by_category(below.id, None, 1)) == 1
            assert unit.products.page_by_category(new_id()) == ()


class OrdersContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4, O3: with its items."""
        with unit_of_work() as unit:
            order = an_order(make_shop(unit), volumes={"cv": "12.50"}, notes="ring twice")
            items = tuple(evolve(item, created_at=unit.now) for item in order.items)
            expected = evolve(order, created_at=unit.now, updated_at=unit.now, items=items)
            assert unit.orders.add(order) == expected
            assert unit.orders.get(order.id) == expected
            assert unit.orders.find_by_number(order.order_number) == expected
            assert unit.orders.find(new_id()) is None
            with raises(NotFoundError):
                unit.orders.get(new_id())

    def test_a_number_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O1."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            order = unit.orders.add(an_order(shop))
            with raises(ConflictError):
                unit.orders.add(an_order(shop, order_number=order.order_number))
            with raises(ConflictError):
                unit.orders.add_many([an_order(shop, order_number=order.order_number)])

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O2."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
        stranger = evolve(shop, product=a_product())
        for order in (
            an_order(shop, customer_id=new_id()),
            an_order(shop, distributor_id=new_id()),
            an_order(stranger),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.orders.add(order)
            with unit_of_work() as unit:
                assert unit.orders.find(order.id) is None

    def test_an_order_has_items(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O3."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            with raises(RefusedError):
                unit.orders.add(an_order(shop, items=(), subtotal=usd("0"), total=usd("0")))

    def test_many_come_back_with_their_items(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8, O3."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            orders = [an_order(shop, quantity) for quantity in (1, 2, 3)]
            unit.orders.add_many(orders)
            assert [unit.orders.get(order.id).items[0].quantity for order in orders] == [1, 2, 3]
            listed = unit.orders.list_by_distributor(shop.distributor.user_id)
            assert listed == unit.orders.list_by_customer(shop.customer.id)
            numbers = [order.order_number for order in listed]
            assert len(numbers) == 3
            assert numbers == sorted(numbers)

    def test_what_was_ordered_never_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O5."""
        with unit_of_work() as unit:
            shop, other = make_shop(unit), make_shop(unit)
            order = unit.orders.add(an_order(shop))
            more = an_order(shop, 3, id=order.id, order_number=order.order_number)
            for changed in (
                more,
                evolve(order, distributor_id=other.distributor.user_id),
                evolve(order, customer_id=other.customer.id),
                evolve(order, shipping_amount=usd("5.00"), total=usd("55.00")),
                evolve(order, volumes={"cv": "1"}),
            ):
                with raises(RefusedError):
                    unit.orders.update(changed)
            assert unit.orders.get(order.id) == order

    def test_states_move_as_their_machines_say(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O6."""
        with unit_of_work() as unit:
            order = unit.orders.add(an_order(make_shop(unit)))
            with raises(IllegalMoveError):
                unit.orders.update(evolve(order, status=OrderStatus.SHIPPED))
            with raises(IllegalMoveError):
                unit.orders.update(evolve(order, payment_status=PaymentStatus.REFUNDED))
            confirmed = unit.orders.update(
                evolve(order, status=OrderStatus.CONFIRMED, payment_status=PaymentStatus.PAID, paid_at=_NOON)
            )
            assert confirmed in unit.orders.list_by_status(OrderStatus.CONFIRMED)

    def test_the_first_payment_is_written_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O7."""
        with unit_of_work() as unit:
            order = unit.orders.add(paid_order(make_shop(unit), _NOON))
            for paid_at in (None, datetime(2026, 3, 11, tzinfo=UTC)):
                with raises(RefusedError):
                    unit.orders.update(evolve(order, paid_at=paid_at))
            assert unit.orders.get(order.id).paid_at == _NOON

    def test_a_refund_comes_back_with_its_items(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O3, O8."""
        with unit_of_work() as unit:
            order = unit.orders.add(paid_order(make_shop(unit), _NOON))
            refund = a_refund(order)
            items = tuple(evolve(item, created_at=unit.now) for item in refund.items)
            expected = evolve(refund, created_at=unit.now, items=items)
            assert unit.orders.add_refund(refund) == expected
            assert unit.orders.list_refunds(order.id) == (expected,)
            assert unit.orders.find_refund(refund.id) == expected
            assert unit.orders.find_refund_by_number(refund.refund_number) == expected
            assert unit.orders.find_refund(order.id) is None
            assert unit.orders.find_refund_by_number("none") is None

    def test_a_refund_number_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O8."""
        with unit_of_work() as unit:
            order = unit.orders.add(paid_order(make_shop(unit), _NOON))
            refund = unit.orders.add_refund(a_refund(order))
            with raises(ConflictError):
                unit.orders.add_refund(a_refund(order, refund_number=refund.refund_number))
            assert len(unit.orders.list_refunds(order.id)) == 1

    def test_a_refund_is_of_its_order(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O8: a stored one, its items, its currency."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            order, other = (unit.orders.add(paid_order(shop, _NOON)) for _ in range(2))
            with raises(RefusedError, BrokenReferenceError):
                unit.orders.add_refund(evolve(a_refund(other), order_id=order.id))
        with raises(BrokenReferenceError, NotFoundError), unit_of_work() as unit:
            unit.orders.add_refund(a_refund(an_order(shop)))

    def test_no_more_comes_back_than_was_sold(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O9: money, pieces, an item's money and volume, in one refund or in several."""
        with unit_of_work() as unit:
            order = unit.orders.add(paid_order(make_shop(unit), _NOON, 2))
            unit.orders.add_refund(a_refund(order, 1))
            too_much = a_refund(order, 1)
            for refund in (
                evolve(too_much, amount=usd("25.01")),
                a_refund(order, 2, amount=usd("25.00")),
                evolve(too_much, items=(evolve(too_much.items[0], amount=usd("25.01")),)),
                evolve(too_much, items=(evolve(too_much.items[0], pv=Decimal("20.01")),)),
            ):
                with raises(RefusedError):
                    unit.orders.add_refund(refund)
            assert len(unit.orders.list_refunds(order.id)) == 1
            unit.orders.add_refund(too_much)

    def test_an_order_is_in_the_currency_of_its_products(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O11: one by one and in a load; a product that changes its currency later changes nothing."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            old = unit.orders.add(an_order(shop))
            euros = Money.of("25.00", "EUR")
            other = unit.products.update(evolve(shop.product, price=euros, currency="EUR"))
            new = an_order(shop)
            with raises(RefusedError) as caught:
                unit.orders.add(new)
            assert caught.text == (
                f"order {new.order_number} is in USD, and product {other.sku} is sold in EUR; "
                "An order is in the currency of its products"
            )
            with raises(RefusedError):
                unit.orders.add_many([an_order(shop)])
            assert unit.orders.list_by_customer(shop.customer.id) == (old,)
            unit.orders.update(evolve(old, notes="still dollars"))

    def test_a_locked_order_is_as_it_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """O12: with its items; asking twice is fine."""
        with unit_of_work() as unit:
            order = unit.orders.add(an_order(make_shop(unit)))
            assert unit.orders.lock(order.id) == order == unit.orders.lock(order.id)
            with raises(NotFoundError):
                unit.orders.lock(new_id())

    def test_a_filter_picks_by_state_and_person(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`page(where=...)`, by id: all that is asked for holds."""
        with unit_of_work() as unit:
            shop, other = make_shop(unit), make_shop(unit)
            paid = [unit.orders.add(paid_order(shop, _NOON)) for _ in range(3)]
            unit.orders.add(an_order(shop))
            unit.orders.add(paid_order(other, _NOON))
            where = OrderFilter(
                customer_id=shop.customer.id,
                distributor_id=shop.distributor.user_id,
                status=OrderStatus.CONFIRMED,
                payment_status=PaymentStatus.PAID,
            )
            expected = tuple(sorted(paid, key=lambda order: order.id))
            assert unit.orders.page(where=where) == expected
            assert unit.orders.page(expected[0].id, 1, where=where) == expected[1:2]
            assert unit.orders.page(where=evolve(where, payment_status=PaymentStatus.FAILED)) == ()
            assert len(unit.orders.page(where=OrderFilter(customer_id=shop.customer.id))) == 4

    def test_a_filter_picks_what_was_paid_in_a_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """From the first microsecond to the last in the period's zone; what was never paid is not in it."""
        first, end = datetime(2026, 2, 28, 11, tzinfo=UTC), datetime(2026, 3, 31, 11, tzinfo=UTC)
        instant = timedelta(microseconds=1)
        with unit_of_work() as unit:
            unit.periods.add(a_period("2026-03", timezone="Pacific/Auckland"))
            shop = make_shop(unit)
            inside = [unit.orders.add(paid_order(shop, moment)) for moment in (first, end - instant)]
            inside.append(unit.orders.add(paid_order(shop, first, payment_status=PaymentStatus.REFUNDED)))
            inside.append(
                unit.orders.add(
                    an_order(shop, created_at=_NOON, status=OrderStatus.DELIVERED, payment_status=PaymentStatus.PAID)
                )
            )
            for moment in (first - instant, end):
                unit.orders.add(paid_order(shop, moment))
            unit.orders.add(an_order(shop, created_at=_NOON))
            found = unit.orders.page(where=OrderFilter(customer_id=shop.customer.id, paid_in="2026-03"))
            assert found == tuple(sorted(inside, key=lambda order: order.id))
            with raises(NotFoundError):
                unit.orders.page(where=OrderFilter(paid_in="2026-04"))

    def test_a_filter_picks_by_downline(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Of everybody below, with and without kept paths, to any level; the person's own orders are not in it."""
        with unit_of_work() as unit:
            top = make_shop(unit)
            lower = [_shop_below(unit, top)]
            lower.append(_shop_below(unit, lower[0]))
            make_shop(unit)
            orders = [unit.orders.add(an_order(shop)) for shop in (top, *lower)]
            below = Below(tree=GenealogyTree.SPONSOR, user_id=top.distributor.user_id)
            for keep in (True, False):
                unit.trees.keep_paths(GenealogyTree.SPONSOR, keep)
                found = unit.orders.page(where=OrderFilter(below=below))
                assert found == tuple(sorted(orders[1:], key=lambda order: order.id))
                near = OrderFilter(below=evolve(below, levels=1))
                assert unit.orders.page(where=near) == (orders[1],)
            with raises(NotFoundError):
                unit.orders.page(where=OrderFilter(below=evolve(below, user_id=new_id())))

    def test_pages_go_through_everything_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            unit.orders.add_many([an_order(shop) for _ in range(5)])
            everything = unit.orders.page(None, 10_000)
            assert [order.id for order in everything] == sorted(order.id for order in everything)
            assert unit.orders.page(everything[1].id, 2) == everything[2:4]


def _shop_below(unit: UnitOfWork, above: Shop) -> Shop:
    """Somebody whom another sponsors, with a customer; they sell the same product."""
    seller = make_distributor(unit, sponsor_id=above.distributor.user_id)
    return Shop(distributor=seller, customer=unit.customers.add(a_customer(seller)), product=above.product)
