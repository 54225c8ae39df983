"""What the database refuses of categories, stock, orders and their items, whoever writes."""

from typing import Any

import psycopg
import pytest

from mlmcore.domain.errors import RefusedError
from mlmcore.sql.translate import translating
from sql.schema._stage import Person, add_people, fails_with, on_stage, one, order, rows, uuid_of

Connection = psycopg.Connection[Any]


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Ann, and a paid order of hers."""
    on_stage(connection)
    add_people(connection, [Person(name="ann")])
    order(connection, "o1", "ann")
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    return connection


class TestStock:
    """`products_stock_quantity_check`."""

    @pytest.mark.parametrize(
        ("tracked", "stock", "refused"),
        [
            ("true", "-1", True),
            ("NULL", "-1", True),
            ("false", "-1", False),
            ("true", "NULL", False),
            ("NULL", "NULL", False),
            ("true", "0", False),
        ],
    )
    def test_it_is_never_below_zero_where_it_is_tracked(
        self, stage: Connection, tracked: str, stock: str, refused: bool
    ) -> None:
        """A column that is left out means what its default means: tracked, and none there."""
        found = fails_with(stage, f"UPDATE products SET inventory_tracked = {tracked}, stock_quantity = {stock}")

        assert found[0] == ("products_stock_quantity_check" if refused else None)


class TestCategories:
    """`tr_product_categories_loop`."""

    @pytest.fixture
    def tree(self, stage: Connection) -> Connection:
        """Three categories, each below the one before."""
        for slug, above in (("a", None), ("b", "a"), ("c", "b")):
            stage.execute(
                "INSERT INTO product_categories (id, slug, name, parent_id) VALUES (%s, %s, %s, %s)",
                (uuid_of(slug), slug, slug, uuid_of(above) if above else None),
            )
        return stage

    def test_a_plain_update_makes_no_loop(self, tree: Connection) -> None:
        """The message shows the way round."""
        found = fails_with(tree, "UPDATE product_categories SET parent_id = %s WHERE slug = 'a'", uuid_of("c"))

        assert found == ("product_categories_loop_check", "the tree of categories would have a loop: a -> c -> b -> a")

    def test_one_statement_makes_no_loop(self, tree: Connection) -> None:
        """Neither does a bulk load, whose row triggers of other kinds keep still."""
        tree.execute("SET LOCAL mlmcore.bulk = 'on'")
        found = fails_with(
            tree,
            "INSERT INTO product_categories (id, slug, name, parent_id) VALUES (%s, 'x', 'x', %s), (%s, 'y', 'y', %s)",
            *(uuid_of(name) for name in ("x", "y", "y", "x")),
        )

        assert found[0] == "product_categories_loop_check"

    def test_what_is_below_is_found(self, tree: Connection) -> None:
        """`categories_below`, with the category itself."""
        below = rows(
            tree,
            "SELECT c.slug FROM categories_below(%s) AS b (id) JOIN product_categories AS c"
            " ON c.id = b.id ORDER BY c.slug",
            uuid_of("b"),
        )

        assert below == [("b",), ("c",)]


class TestCurrency:
    """`order_items_currency_check`: an order is in the currency of its products."""

    def test_an_item_in_another_is_refused(self, stage: Connection) -> None:
        """The message names order and product."""
        stage.execute("UPDATE products SET currency = 'EUR'")

        with pytest.raises(psycopg.errors.CheckViolation) as caught, stage.transaction():
            order(stage, "o2", "ann")

        assert caught.value.diag.constraint_name == "order_items_currency_check"
        assert caught.value.diag.message_primary == "order o2 is in USD, and product P is sold in EUR"

    @pytest.mark.parametrize(
        "statement", ["UPDATE orders SET currency = 'EUR'", "UPDATE order_items SET product_id = gen_random_uuid()"]
    )
    def test_a_later_change_is_checked_too(self, stage: Connection, statement: str) -> None:
        """Of the order's currency while it is not paid, and of what an item is of."""
        order(stage, "o2", "ann", status="pending", payment="pending", paid_at=None)
        stage.execute("INSERT INTO products (sku, name, price, currency) VALUES ('E', 'Euro', 1, 'EUR')")
        statement = statement.replace("gen_random_uuid()", "(SELECT p.id FROM products AS p WHERE p.sku = 'E')")
        key = "id" if "orders" in statement else "order_id"

        assert fails_with(stage, f"{statement} WHERE {key} = %s", uuid_of("o2"))[0] == "order_items_currency_check"

    def test_a_bulk_load_checks_set_wise(self, stage: Connection) -> None:
        """No row trigger fires; the load asks once."""
        stage.execute("SET LOCAL mlmcore.bulk = 'on'")
        stage.execute("UPDATE products SET currency = 'EUR'")
        order(stage, "o2", "ann")

        assert fails_with(stage, "SELECT check_order_currencies(%s::uuid[])", [uuid_of("o2")])[0] == (
            "order_items_currency_check"
        )


class TestWhatWasPaid:
    """`orders_paid_check`: what counted once stays what it was."""

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ('UPDATE orders SET volumes = \'{"cv": "1"}\'', "its volumes cannot change"),
            ("UPDATE orders SET discount_amount = 1, tax_amount = 1", "its discount_amount, tax_amount cannot change"),
            ("UPDATE orders SET paid_at = NULL", "its paid_at cannot change"),
            ("UPDATE orders SET paid_at = paid_at + interval '1 month'", "its paid_at cannot change"),
            ("DELETE FROM orders", "cannot be deleted"),
            ("UPDATE order_items SET pv = 1000", "its items cannot change"),
            ("DELETE FROM order_items", "its items cannot change"),
        ],
    )
    def test_it_stays(self, stage: Connection, statement: str, what: str) -> None:
        """Whoever writes."""
        assert fails_with(stage, statement) == ("orders_paid_check", f"order o1 was paid, and {what} any more")

    @pytest.mark.parametrize("payment", ["paid", "partially_refunded", "refunded"])
    def test_a_state_says_it_too(self, stage: Connection, payment: str) -> None:
        """Where an order was imported without the instant, which may still be given."""
        order(stage, "o2", "ann", payment=payment, paid_at=None)
        mine = f"WHERE id = '{uuid_of('o2')}'"

        assert fails_with(stage, f"UPDATE orders SET volumes = '{{\"a\": 1}}' {mine}")[0] == "orders_paid_check"
        assert fails_with(stage, f"UPDATE orders SET paid_at = now() {mine}")[0] is None

    def test_what_was_not_paid_may_change_and_go(self, stage: Connection) -> None:
        """And of what was, how far it has come, and how it is sent."""
        order(stage, "o2", "ann", status="pending", payment="failed", paid_at=None)
        mine, other = (f"WHERE id = '{uuid_of(name)}'" for name in ("o2", "o1"))

        for statement in (
            f"UPDATE orders SET volumes = '{{\"a\": 1}}' {mine}",
            f"DELETE FROM orders {mine}",
            f"UPDATE orders SET status = 'refunded', notes = 'at the back door', shipping_address = '{{}}' {other}",
        ):
            assert fails_with(stage, statement)[0] is None


class TestItemsThatComeLater:
    """`orders_paid_check`: items come with their order; one that came later would bring volume that nobody paid for."""

    gift = (
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, pv)"
        " SELECT order_id, product_id, 1, 0, 0, 500 FROM order_items LIMIT 1"
    )

    @pytest.mark.parametrize("payment", ["paid", "pending"])
    def test_a_paid_order_gets_none(self, database: str, payment: str) -> None:
        """Not even a free one, which would leave the totals as they are; an order that is not paid may."""
        with psycopg.connect(database) as connection:
            on_stage(connection)
            add_people(connection, [Person(name="ann")])
            order(connection, "o1", "ann", payment=payment, status="pending", paid_at=None)
            assert fails_with(connection, self.gift)[0] is None  # it is still being written
        with psycopg.connect(database) as connection:
            on_stage(connection)
            refused = ("orders_paid_check", "order o1 was paid, and its items cannot change any more")
            assert fails_with(connection, self.gift) == (refused if payment == "paid" else (None, "not refused"))

    @pytest.mark.parametrize(
        "touch",
        [
            "UPDATE orders SET notes = 'at the back door'",
            "UPDATE orders SET status = 'refunded'",
            "UPDATE orders SET payment_status = 'paid', paid_at = now()",
        ],
    )
    def test_nor_does_one_whose_head_the_transaction_writes(self, database: str, touch: str) -> None:
        """Whatever it writes there, the payment too: the items that it has are of an earlier transaction."""
        pays = "paid_at" in touch
        with psycopg.connect(database) as connection:
            on_stage(connection)
            add_people(connection, [Person(name="ann")])
            order(connection, "o1", "ann", payment="pending" if pays else "paid", paid_at=None)
        with psycopg.connect(database) as connection:
            on_stage(connection)
            connection.execute(touch.encode())

            assert fails_with(connection, self.gift)[0] == "orders_paid_check"

    def test_what_was_paid_has_items(self, stage: Connection) -> None:
        """`orders_totals_check`: to an order that has none, a gift could come later."""
        order(stage, "o2", "ann", pv=(), status="pending", payment="pending", paid_at=None)
        assert fails_with(stage, "SELECT 1")[0] is None

        for pay in ("payment_status = 'paid'", "paid_at = now()"):
            words = f"UPDATE orders SET {pay} WHERE order_number = 'o2'"
            assert fails_with(stage, words) == ("orders_totals_check", "1 order(s) do not add up")
        with pytest.raises(RefusedError) as caught, translating(), stage.transaction():
            stage.execute("UPDATE orders SET paid_at = now() WHERE order_number = 'o2'; SET CONSTRAINTS ALL IMMEDIATE")
        assert str(caught.value) == (
            "1 order(s) do not add up; order o2: it was paid, and has no items; "
            "Write an order and all its items in one transaction, with totals that agree"
        )


class TestRefunds:
    """`order_refunds_excess_check`: no more of an order comes back than there was."""

    refund = (
        "INSERT INTO order_refunds (id, refund_number, order_id, refunded_at, amount, currency)"
        " VALUES (%s, %s, %s, now(), %s, %s)"
    )
    item = "INSERT INTO order_refund_items (refund_id, order_item_id, quantity, amount, pv) VALUES (%s, %s, %s, %s, %s)"

    @pytest.fixture
    def half(self, stage: Connection) -> Connection:
        """Six of the ten dollars went back, without pieces."""
        stage.execute(self.refund, (uuid_of("r1"), "r1", uuid_of("o1"), 6, "USD"))
        return stage

    @pytest.mark.parametrize(
        ("amount", "currency", "said"),
        [
            ("4.00", "USD", "not refused"),
            ("4.01", "USD", "refund r2 would bring what came back of order o1 to 10.01; it had 10.00"),
            ("4.00", "EUR", "refund r2 is in EUR, and order o1 in USD"),
        ],
    )
    def test_together_they_give_back_no_more(self, half: Connection, amount: str, currency: str, said: str) -> None:
        """In the order's currency."""
        found = fails_with(half, self.refund, uuid_of("r2"), "r2", uuid_of("o1"), amount, currency)

        assert found[1] == said

    @pytest.mark.parametrize(
        ("order_name", "quantity", "amount", "pv", "refused"),
        [
            ("o1", 1, "10", "7", False),
            ("o1", 2, "10", "7", True),
            ("o1", 1, "10.01", "7", True),
            ("o1", 1, "10", "7.01", True),
            ("o2", 1, "10", "7", True),
        ],
    )
    def test_of_an_item_neither(
        self, half: Connection, order_name: str, quantity: int, amount: str, pv: str, refused: bool
    ) -> None:
        """Pieces, money, volume; and it is an item of that order."""
        order(half, "o2", "ann")
        found = fails_with(half, self.item, uuid_of("r1"), uuid_of(f"{order_name}/0"), quantity, amount, pv)

        assert found[0] == ("order_refunds_excess_check" if refused else None)

    def test_they_never_change(self, half: Connection) -> None:
        """Apart from the reason, which erasing a person takes out."""
        half.execute(self.item, (uuid_of("r1"), uuid_of("o1/0"), 1, 6, 0))
        for statement in ("UPDATE order_refunds SET amount = 1", "DELETE FROM order_refunds"):
            assert fails_with(half, statement)[0] == "order_refunds_append_only_check"
        assert fails_with(half, "DELETE FROM order_refund_items")[0] == "order_refund_items_append_only_check"
        half.execute("UPDATE order_refunds SET reason = NULL")

        assert one(half, "SELECT count(*) FROM order_refunds") == 1
