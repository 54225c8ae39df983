"""What the database refuses of categories, stock, orders and their items, whoever writes."""

from typing import Any

import psycopg
import pytest

from sql.schema._stage import Person, add_people, fails_with, on_stage, order, rows, uuid_of

Connection = psycopg.Connection[Any]


@pytest.fixture
def stage(connection: Connection) -> Connection:
    """Ann, and a paid order of hers."""
    on_stage(connection)
    add_people(connection, [Person(name="ann")])
    order(connection, "o1", "ann")
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
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
