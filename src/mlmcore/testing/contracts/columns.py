"""What every store promises of whole tables as columns."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import attrs
from attrs import evolve

from mlmcore.domain.enums import CommissionType, UserRole
from mlmcore.domain.errors import ConflictError, InputError, RefusedError
from mlmcore.domain.exact import to_units
from mlmcore.domain.ids import new_id
from mlmcore.domain.sales import OrderItem
from mlmcore.genealogy.arrow_streams import ArrowStream, nanoarrow, opened, type_name
from mlmcore.repositories.columnar.reading import read_entities
from mlmcore.repositories.columnar.shapes import SHAPES
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    Shop,
    a_customer,
    a_distributor,
    a_line,
    a_period,
    a_product,
    a_user,
    an_order,
    make_distributor,
    make_shop,
    raises,
)

__all__ = ["ColumnsContract"]

_STAMPS = ("created_at", "updated_at", "sponsor_leg")


class ColumnsContract:
    """Q1 to Q8 of `protocols.Columns`."""

    def test_what_is_added_as_columns_is_what_entities_would_be(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q5: several tables together, people in any order, children before their sponsors."""
        given = _a_company()
        with unit_of_work() as unit:
            counts = unit.columns.add(_as_columns(given))
            stored = {table: [_find(unit, table, one) for one in given[table]] for table in counts}

        assert counts == {"users": 2, "distributors": 2, "customers": 1, "products": 1, "orders": 2}
        assert {table: [_bare(one) for one in ones] for table, ones in stored.items()} == {
            table: [_bare(one) for one in given[table]] for table in counts
        }
        assert [person.sponsor_leg for person in stored["distributors"]] == [1, None]

    def test_a_table_is_read_as_it_stands_in_the_order_of_its_key(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q1: every column of every entity, also of what this unit has just written."""
        given = _a_company()
        with unit_of_work() as unit:
            unit.columns.add(_as_columns(given))
            tables = [*given, "order_items"]
            read = read_entities({table: unit.columns.read(table) for table in tables})
            stored = {
                "users": [evolve(user, password_hash=None, two_factor_secret=None) for user in unit.users.page()],
                "distributors": list(unit.distributors.page()),
                "customers": list(unit.customers.page()),
                "products": list(unit.products.page()),
                "orders": list(unit.orders.page()),
            }

        assert read == stored

    def test_a_stream_holds_what_it_held_when_it_was_made(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q1: and may be read twice."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product(name="Tea"))
            stream = unit.columns.read("products")
            unit.products.update(evolve(product, name="Coffee"))

        assert [one.name for _ in range(2) for one in read_entities({"products": stream})["products"]] == ["Tea", "Tea"]

    def test_an_empty_table_has_its_columns(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q1: and no rows."""
        with unit_of_work() as unit:
            stream = unit.columns.read("orders")
            added = unit.columns.add({"products": entities_to_arrow(SHAPES["products"], [])})

        assert _names(stream) == list(SHAPES["orders"].columns)
        assert read_entities({"orders": stream}) == {"orders": []}
        assert added == {"products": 0}

    def test_every_column_has_its_type_and_none_is_a_float(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q2: in every table."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            periods = {"commission_ledger": "2026-03", "commission_unpaid": "2026-03"}
            streams = {table: unit.columns.read(table, period_id=periods.get(table)) for table in SHAPES}

        assert {kind for stream in streams.values() for kind in _types(stream).values()} == {
            "fixed_size_binary(16)",
            "large_string",
            "int32",
            "bool",
            "decimal128",
            "date32",
            "timestamp",
        }
        assert {name: _types(streams["orders"])[name] for name in ("id", "order_number", "total", "paid_at")} == {
            "id": "fixed_size_binary(16)",
            "order_number": "large_string",
            "total": "decimal128",
            "paid_at": "timestamp",
        }

    def test_secrets_leave_in_no_column(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q3: whoever reads a table sees none, and needs no cipher."""
        with unit_of_work() as unit:
            secrets = {"password_hash": "$argon2id$", "two_factor_secret": "JBSWY3DP"}
            unit.users.add(a_user(**secrets))
            users, customers = unit.columns.read("users"), unit.columns.read("customers")

        assert {"password_hash", "two_factor_secret"} & set(_names(users)) == set()
        assert "payment_methods" not in _names(customers)

    def test_secrets_are_taken_from_no_column(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q3: they would pass through hands that have no business with them."""
        with unit_of_work() as unit, raises(InputError) as refused:
            unit.columns.add({"users": _table(email=["ann@example.com"], password_hash=["$argon2id$"])})

        assert refused.text.startswith("users.password_hash: is no column; known: created_at, created_by, email,")

    def test_ledger_lines_are_exact(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q2: money, rates, and bases of thirty digits, below zero too."""
        base = Decimal("-123456789012345678.123456789012")
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.periods.add(a_period("2026-04"))
            seller = make_distributor(unit)
            lines = [
                unit.ledger.add(a_line(seller, "-5.25", rate=Decimal("0.12345678"), base=base, level=3)),
                unit.ledger.add(a_line(seller, "9999999999999999.99", base=Decimal("0.000000000001"))),
                unit.ledger.add(a_line(seller, "0.01", metadata={"why": "ünïcode"})),
            ]
            unit.ledger.add(a_line(seller, "7.00", period_id="2026-04"))
            stream = unit.columns.read("commission_ledger", period_id="2026-03")

        assert _integers(stream, "amount") == [line.amount.minor for line in _by_id(lines)]
        assert _integers(stream, "rate") == [to_units(line.rate or 0, 8) for line in _by_id(lines)]
        assert _integers(stream, "base") == [to_units(line.base or 0, 12) for line in _by_id(lines)]
        assert {line.type for line in lines} == {CommissionType.ADJUSTMENT}

    def test_ledger_lines_are_read_by_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q4: whole ledgers are not read by mistake."""
        with unit_of_work() as unit:
            with raises(RefusedError) as without:
                unit.columns.read("commission_ledger")
            with raises(RefusedError) as with_one:
                unit.columns.read("orders", period_id="2026-03")

        assert without.text == (
            "commission_ledger is read period by period; name one: read('commission_ledger', period_id='2026-03')"
        )
        assert with_one.text == "orders knows no periods; leave period_id='2026-03' out"

    def test_ledger_lines_are_not_added(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q4: runs write them."""
        with unit_of_work() as unit, raises(RefusedError) as refused:
            unit.columns.add({"commission_ledger": _table(period_id=["2026-03"])})

        assert refused.text == "commission_ledger is only read: its rows are written by runs, one step at a time"

    def test_another_table_is_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q1: with the nearest that there is."""
        with unit_of_work() as unit, raises(RefusedError) as refused:
            unit.columns.read("order")

        assert refused.text == "'order' is no table that passes as columns; did you mean 'orders'?"

    def test_tables_are_stored_together_or_not_at_all(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q5: the second one fails, and the first one is gone."""
        with unit_of_work() as unit:
            product = unit.products.add(a_product())
            with raises(ConflictError):
                unit.columns.add(
                    {
                        "users": _table(email=["ann@example.com"]),
                        "products": entities_to_arrow(SHAPES["products"], [a_product(sku=product.sku)]),
                    }
                )
            found = unit.users.find_by_email("ann@example.com")

        assert found is None

    def test_what_is_left_out_is_what_the_entity_has_without_it(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q5: also where it is null."""
        with unit_of_work() as unit:
            unit.columns.add({"users": _table(email=["ann@example.com"], phone=[None], role=[None])})
            (user,) = (one for one in unit.users.page() if one.email == "ann@example.com")
            now = unit.now

        assert (user.phone, user.role, user.created_at) == (None, UserRole.DISTRIBUTOR, now)

    def test_each_table_leaves_one_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q5, A8: as `add_many` does."""
        with unit_of_work() as unit:
            before = _bulk_rows(unit)
            unit.columns.add({"users": _table(email=["ann@example.com", "bob@example.com"])})
            after = _bulk_rows(unit)

        assert after == [*before, {"rows": 2}]

    def test_items_come_with_their_orders(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q6: an item of another order is one of nobody's."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            order = an_order(shop)
            stray = evolve(order.items[0], id=new_id(), order_id=new_id())
            with raises(InputError) as refused:
                unit.columns.add(_orders_as_columns([order], [*order.items, stray]))
            with raises(RefusedError):
                unit.columns.add(_orders_as_columns([order], []))
            found = unit.orders.find(order.id)

        assert refused.text == (
            f"order_items[1] {stray.id}: order_id names {stray.order_id}, which is not among the orders that come "
            "with it"
        )
        assert found is None

    def test_types_that_leave_something_open_are_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q7: all of them at once."""
        na = nanoarrow()
        naive = {"created_at": na.c_array([0], na.timestamp("us"))}
        with unit_of_work() as unit, raises(InputError) as refused:
            unit.columns.add(
                {
                    "users": _table(email=["ann@example.com"], **naive),
                    "products": _table(
                        sku=["S-1"],
                        name=["Tea"],
                        price=na.c_array([9.99], na.float64()),
                        pv=na.c_array([20], na.int64()),
                    ),
                }
            )
            assert unit.users.find_by_email("ann@example.com") is None

        exact = "give decimal128: a float is not exact, and a whole number does not say whether it counts cents"
        assert refused.text == _lines(
            "3 findings:",
            f"products.price: holds double; {exact}",
            f"products.pv: holds int64; {exact}",
            "users.created_at: holds timestamps without a time zone; give a timestamp with a time zone",
        )

    def test_everything_that_is_wrong_is_told_together(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q8: by table, row and column, or by the name of who is refused."""
        with unit_of_work() as unit:
            with raises(InputError) as refused:
                unit.columns.add(
                    {"users": _table(email=["ann@example.com", "bob"], id=["1", None], role=["admin", "boss"])}
                )
            with raises(InputError) as broken:
                unit.columns.add({"users": _table(email=["ann@example.com", "bob", "cid"])})
            with raises(InputError) as columns:
                unit.columns.add({"users": _table(mail=["ann@example.com"])})
            found = unit.users.find_by_email("ann@example.com")

        assert refused.text == _lines(
            "2 findings:",
            "users[0].id: is '1', which is no UUID; give text, or 16 bytes of each UUID",
            "users[1].role: is 'boss'; known: admin, auditor, distributor, finance, manager, support",
        )
        assert broken.text == _lines(
            "2 findings:",
            "users[1] bob: email is 'bob'; it must be an address such as ann@example.com",
            "users[2] cid: email is 'cid'; it must be an address such as ann@example.com",
        )
        assert columns.text == _lines(
            "2 findings:",
            "users.email: is missing; every row needs it",
            "users.mail: is no column; did you mean 'email'?",
        )
        assert found is None

    def test_a_value_finer_than_its_column_is_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Q5, Q8: nothing is rounded."""
        na = nanoarrow()
        fine = na.c_array_from_buffers(na.decimal128(18, 4), 1, [None, (99_955).to_bytes(16, "little")])
        with unit_of_work() as unit, raises(InputError) as refused:
            unit.columns.add({"products": _table(sku=["S-1"], name=["Tea"], price=fine)})

        assert refused.text == (
            "products[0] S-1: 9.9955 USD is finer than USD, whose smallest unit is 0.01; round it before it comes here"
        )


def _a_company() -> dict[str, list[Any]]:
    """Two people, one below the other and given first; what they sell, and to whom."""
    below, above = a_user(phone="+1 555 0100"), a_user(role=UserRole.MANAGER)
    sponsor = a_distributor(above, attributes={"club": "gold", "count": 3})
    seller = a_distributor(below, sponsor_id=above.id, notes="a\tb\n\\c ünï")
    customer = a_customer(seller, shipping_addresses=({"city": "Bonn"}, {"city": "Köln"}), marketing_opt_in=True)
    product = a_product(images=("a.png", 'b "c".png'), weight=Decimal("0.50"))
    shop = Shop(distributor=seller, customer=customer, product=product)
    return {
        "users": [below, above],
        "distributors": [seller, sponsor],
        "customers": [customer],
        "products": [product],
        "orders": [an_order(shop, notes="first"), an_order(shop, 3, paid_at=datetime(2026, 3, 5, 1, 2, 3, 4, UTC))],
    }


def _as_columns(company: Mapping[str, Sequence[Any]]) -> dict[str, ArrowStream]:
    items = [item for order in company["orders"] for item in order.items]
    return {table: entities_to_arrow(SHAPES[table], ones) for table, ones in {**company, "order_items": items}.items()}


def _orders_as_columns(orders: Sequence[Any], items: Sequence[OrderItem]) -> dict[str, ArrowStream]:
    return {
        "orders": entities_to_arrow(SHAPES["orders"], orders),
        "order_items": entities_to_arrow(SHAPES["order_items"], items),
    }


def _table(**columns: Any) -> ArrowStream:
    """A table of texts, and of columns that are Arrow's already."""
    na = nanoarrow()
    made = {name: na.c_array(of, na.string()) if isinstance(of, list) else of for name, of in columns.items()}
    kinds = {name: na.Schema(array.schema) for name, array in made.items()}
    rows = len(next(iter(made.values())))
    children = list(made.values())
    table: ArrowStream = na.Array(na.c_array_from_buffers(na.struct(kinds), rows, [None], children=children))
    return table


def _lines(*lines: str) -> str:
    """One finding a line."""
    return "\n".join(lines)


def _find(unit: UnitOfWork, table: str, entity: Any) -> Any:
    return getattr(unit, table).get(getattr(entity, SHAPES[table].key))


def _bare(entity: Any) -> dict[str, Any]:
    """What an entity holds, but for what the store sets."""
    whole = attrs.asdict(entity, recurse=False)
    items = [{**attrs.asdict(item, recurse=False), "created_at": None} for item in whole.pop("items", ())]
    return {**{name: value for name, value in whole.items() if name not in _STAMPS}, "items": items}


def _by_id(entities: Sequence[Any]) -> list[Any]:
    return sorted(entities, key=lambda one: one.id)


def _names(stream: ArrowStream) -> list[str]:
    return [field.name for field in opened(stream)[0].fields]


def _types(stream: ArrowStream) -> dict[str, str]:
    return {field.name: type_name(field) for field in opened(stream)[0].fields}


def _integers(stream: ArrowStream, name: str) -> list[int]:
    """The whole numbers behind a column of decimals, read from its bytes."""
    schema, chunks = opened(stream)
    at = [field.name for field in schema.fields].index(name)
    octets = [bytes(chunk.child(at).view().buffer(1)) for chunk in chunks]
    return [
        int.from_bytes(chunk[start : start + 16], "little", signed=True)
        for chunk in octets
        for start in range(0, len(chunk), 16)
    ]


def _bulk_rows(unit: UnitOfWork) -> list[Any]:
    return [entry.after_data for entry in unit.audit.list_by_actor(None) if entry.action == "bulk"]
