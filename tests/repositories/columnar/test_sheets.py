"""Sheets are made of what entities would be, and of nothing that an entity refuses."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa  # type: ignore[import-untyped]  # untyped
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.entity_strategies import entities
from domain.sound_entities import ANN, BOB, SOUND, usd
from mlmcore.domain.errors import InputError
from mlmcore.domain.exact import from_units
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.sales import Customer, Order, OrderItem, Product
from mlmcore.repositories.columnar.arrays import JsonValues, KeyValues, NumberValues, Sheet, TextValues
from mlmcore.repositories.columnar.reading import open_tables, read_entities, value_of_number
from mlmcore.repositories.columnar.shapes import SHAPES, ColumnShape
from mlmcore.repositories.columnar.sheets import sheets_of
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.repositories.secrets import SECRET_COLUMNS

KINDS = {"users": User, "distributors": Distributor, "customers": Customer, "products": Product, "orders": Order}
ODD_TEXTS = [
    *["", " ", "\u2003", "a\0b", "ü", "x" * 21, "x" * 256, "ann", "no@", "@no", "a b@c.de", "ü@x.de", "a@b@c", "boss"],
    *[
        "null",
        "{}",
        "[]",
        "[1]",
        '{"a": 1.5}',
        '["a"]',
        '[{"a": "\\u0000"}]',
        "NaN",
        "JPY",
        "KWD",
        "XXQ",
        "EUR",
        "admin",
    ],
]
ODD_DAYS = [date(1, 1, 1), date(1899, 12, 31), date(1900, 1, 1), date(2999, 12, 31), date(9999, 12, 31)]
ODD_INSTANTS = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in ODD_DAYS]
ODD_KEYS = [UUID(int=7).bytes]
ODD_NUMBERS = [0, 1, -1, 2, 2**31 - 1, -(2**31)]
ODD_DECIMALS = [Decimal(text) for text in ("0.00", "0.01", "-0.01", "1.00", "100.00", "9999999999999999.99")]
Tables = dict[str, Any]


def odd(kind: pa.DataType) -> Sequence[Any]:
    """Values that a column of a type may hold, most of which some entity refuses."""
    if pa.types.is_decimal(kind):
        return ODD_DECIMALS if kind.precision == 18 else ODD_DECIMALS[:5]
    if pa.types.is_timestamp(kind):
        return ODD_INSTANTS
    if pa.types.is_date32(kind):
        return ODD_DAYS
    if pa.types.is_boolean(kind):
        return [True, False]
    if pa.types.is_int32(kind):
        return ODD_NUMBERS
    return ODD_TEXTS if pa.types.is_large_string(kind) else ODD_KEYS


def tables_of(table: str, rows: Sequence[Any]) -> Tables:
    """Entities as pyarrow has them, orders with their items."""
    tables = {table: pa.table(entities_to_arrow(SHAPES[table], rows))}
    if table == "orders":
        items = [item for order in rows for item in order.items]
        tables["order_items"] = pa.table(entities_to_arrow(SHAPES["order_items"], items))
    return tables


def with_one_value(table: Any, at: int, row: int, value: Any) -> Any:
    """A table with another value in one place."""
    column = table.column(at)
    plain = column.cast(pa.binary(16)) if isinstance(column.type, pa.BaseExtensionType) else column
    values = plain.to_pylist()
    values[row] = value
    return table.set_column(at, table.column_names[at], pa.array(values, plain.type))


def values_of(column: ColumnShape, sheet: Sheet, currencies: Sequence[str]) -> list[Any]:
    """What a sheet's column says, value by value: the slow way."""
    values = sheet.columns[column.name]
    match values:
        case NumberValues() if column.kind == "decimal":
            told: list[Any] = [from_units(int(number), column.places) for number in values.numbers]
            told = [Money.of(one, of) for one, of in zip(told, currencies, strict=True)] if column.money else told
        case NumberValues():
            told = [value_of_number(column, int(number)) for number in values.numbers]
        case KeyValues():
            told = [UUID(int=int(high) << 64 | int(low)) for high, low in values.keys]
        case TextValues():
            told = [(column.labels or str)(text.decode()) if there else None for text, there in texts_of(values)]
        case JsonValues():
            told = [values.distinct[code] if code >= 0 else None for code in values.codes]
    return [one if there else None for one, there in zip(told, values.valid, strict=True)]


def texts_of(values: TextValues) -> list[tuple[bytes, bool]]:
    """Each text, and whether it is there."""
    return list(zip(values.texts(), values.valid.tolist(), strict=True))


def said_by(sheets: Mapping[str, Sheet]) -> dict[str, list[dict[str, Any]]]:
    """Every row of every sheet."""
    told: dict[str, list[dict[str, Any]]] = {}
    for table, sheet in sheets.items():
        currencies = ["USD"] * sheet.rows
        if table == "order_items":
            orders = {order["id"]: order["currency"] for order in told["orders"]}
            currencies = [orders[key] for key in values_of(sheet.shape.columns["order_id"], sheet, currencies)]
        elif "currency" in sheet.columns:
            currencies = [text.decode() for text in sheet.texts("currency").texts()]
        columns = {name: values_of(column, sheet, currencies) for name, column in sheet.shape.columns.items()}
        told[table] = [{name: of[row] for name, of in columns.items()} for row in range(sheet.rows)]
    return told


def held_by(found: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Every row that entities would be."""
    whole = {**found, "order_items": [item for order in found.get("orders", ()) for item in order.items]}
    return {
        table: [{name: getattr(row, name) for name in SHAPES[table].columns} for row in rows]
        for table, rows in whole.items()
        if table in found or rows
    }


def by_key(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """In an order that both know."""
    return sorted(rows, key=lambda row: str(row.get("id", row.get("user_id"))))


@st.composite
def companies(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Some sound rows of a table, no two of which have one key."""
    table = draw(st.sampled_from(sorted(KINDS)))
    rows = draw(st.lists(entities(KINDS[table]), min_size=1, max_size=3, unique_by=lambda row: row_key(table, row)))
    secret = dict.fromkeys(name for name in SECRET_COLUMNS.get(table, ()) if name != "password_hash")
    if table == "users":
        secret["password_hash"] = None
    rows = [evolve(row, **secret) for row in rows]
    return table, [row for row in rows if table != "orders" or row.items]


def row_key(table: str, row: Any) -> Any:
    """Its key."""
    return getattr(row, SHAPES[table].key)


def sound(table: str) -> Tables:
    """One sound row of a table, with everything that a rule looks at."""
    day, instant = date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC)
    order = UUID(int=9)
    item = OrderItem(**{**SOUND[OrderItem], "order_id": order, "stock_taken": 1})
    whole: dict[str, Any] = {
        "users": User(email="ann@example.com", login_attempts=1, phone="1"),
        "distributors": Distributor(
            **SOUND[Distributor], sponsor_id=BOB, placement_id=BOB, enroller_id=BOB, placement_leg=1, sponsor_leg=1
        ),
        "customers": Customer(**SOUND[Customer], first_order_date=day, last_order_date=day, lifetime_currency="USD"),
        "products": Product(
            **SOUND[Product], cost=usd(1), launch_date=day, discontinued_date=day, images=("a",), dimensions={"w": 1}
        ),
        "orders": evolve(
            Order(**{**SOUND[Order], "id": order, "items": (), "subtotal": usd(50), "total": usd(50)}),
            items=(item,),
            shipped_at=instant,
            delivered_at=instant,
        ),
    }
    return tables_of(table, [whole[table]])


def changed(table: str, **values: Any) -> Tables:
    """That row with other values; of an item's those that begin with `item_`."""
    tables = sound(table)
    for name, value in values.items():
        where, column = ("order_items", name.removeprefix("item_")) if name.startswith("item_") else (table, name)
        tables[where] = with_one_value(tables[where], tables[where].column_names.index(column), 0, value)
    return tables


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("users", {"email": "no@"}),
    ("users", {"email": "@no"}),
    ("users", {"email": "a b@c.de"}),
    ("users", {"email": "a@\u2003"}),
    ("users", {"email": "a" * 250 + "@b.example"}),
    ("users", {"email": None}),
    ("users", {"phone": "a\0b"}),
    ("users", {"phone": "ü" * 21}),
    ("users", {"login_attempts": -1}),
    ("users", {"role": "boss"}),
    ("users", {"created_at": datetime(1899, 12, 31, tzinfo=UTC)}),
    ("users", {"created_at": datetime(3000, 1, 1, tzinfo=UTC)}),
    ("distributors", {"distributor_number": " "}),
    ("distributors", {"distributor_number": "\u2003"}),
    ("distributors", {"sponsor_id": ANN.bytes}),
    ("distributors", {"placement_id": ANN.bytes}),
    ("distributors", {"enroller_id": ANN.bytes}),
    ("distributors", {"placement_id": None}),
    ("distributors", {"placement_leg": None}),
    ("distributors", {"sponsor_id": None}),
    ("distributors", {"placement_leg": 0}),
    ("distributors", {"join_date": date(1899, 12, 31)}),
    ("distributors", {"attributes": '{"a": 1.5}'}),
    ("customers", {"first_order_date": date(2026, 3, 2)}),
    ("customers", {"lifetime_currency": "XXQ"}),
    ("products", {"discontinued_date": date(2026, 2, 28)}),
    ("products", {"stock_quantity": -1}),
    ("products", {"price": Decimal("-0.01")}),
    ("products", {"cost": Decimal("-0.01")}),
    ("products", {"price": Decimal("0.50"), "currency": "JPY"}),
    ("products", {"currency": "KWD"}),
    ("products", {"currency": "XXQ"}),
    ("products", {"pv": Decimal("-0.01")}),
    ("products", {"images": "{}"}),
    ("products", {"images": "[1]"}),
    ("products", {"dimensions": "[1]"}),
    ("products", {"dimensions": "{"}),
    ("orders", {"total": Decimal("50.01")}),
    ("orders", {"tax_amount": Decimal("0.01")}),
    ("orders", {"discount_amount": Decimal("0.01"), "total": Decimal("50.01")}),
    ("orders", {"delivered_at": datetime(2026, 2, 28, tzinfo=UTC)}),
    ("orders", {"subtotal": Decimal("49.00"), "total": Decimal("49.00")}),
    ("orders", {"shipping_address": "null"}),
    ("orders", {"item_stock_taken": 3}),
    ("orders", {"item_quantity": 1}),
    ("orders", {"item_total_price": Decimal("49.00")}),
    ("orders", {"item_order_id": ANN.bytes}),
    ("orders", {"item_pv": None}),
]


class TestSheets:
    @settings(max_examples=25)
    @given(companies())
    def test_sound_rows_make_sheets(self, company: tuple[str, list[Any]]) -> None:
        """With every value that an entity has."""
        table, rows = company
        tables = tables_of(table, rows)
        sheets = sheets_of(open_tables(tables))

        assert sheets is not None
        found, told = held_by(read_entities(tables)), said_by(sheets)
        assert {name: by_key(told[name]) for name in found} == {name: by_key(of) for name, of in found.items()}

    @pytest.mark.parametrize(("table", "values"), REFUSED)
    def test_what_an_entity_refuses_makes_none(self, table: str, values: dict[str, Any]) -> None:
        """Each rule of each entity, broken once."""
        assert sheets_of(open_tables(sound(table))) is not None
        tables = changed(table, **values)

        assert sheets_of(open_tables(tables)) is None
        with pytest.raises(InputError):
            read_entities(tables)

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("sku", ["Green tea", " "]),
            ("sku", ["Green tea", "\u2003"]),
            ("sku", ["Green tea", "a\0b"]),
            ("sku", ["ü" * 26, "x" * 51]),
            ("price", [Decimal("1.00"), Decimal("-0.01")]),
            ("stock_quantity", [1, -1]),
            ("launch_date", [date(2026, 3, 1), date(1899, 1, 1)]),
            ("status", ["active", "boss"]),
            ("dimensions", ["{}", '{"a": 1.5}']),
        ],
    )
    def test_one_wrong_value_beside_a_sound_one_makes_none(self, column: str, values: list[Any]) -> None:
        """Also where it is not the longest, nor the first."""
        row = sound("products")["products"].drop_columns(["id", "sku"]).add_column(0, "sku", pa.array(["S-1"]))
        table = pa.concat_tables([row, row.set_column(0, "sku", pa.array(["S-2"]))])
        at = table.column_names.index(column)
        kind = pa.string() if column == "sku" else table.schema.field(at).type

        for order in (values, values[::-1]):
            changed_table = table.set_column(at, column, pa.array(order, kind))
            assert sheets_of(open_tables({"products": table})) is not None
            assert sheets_of(open_tables({"products": changed_table})) is None

    @pytest.mark.parametrize("wrong", ["no@", "@no", "no", "a b@c.de", "a@\u2003", "a\t@b"])
    def test_a_wrong_address_beside_a_sound_one_makes_none(self, wrong: str) -> None:
        """Whichever of them is the longest."""
        sound_ones = ["ann@example.com", "ü@example.com", "a@b@c"]

        assert sheets_of(open_tables({"users": pa.table({"email": sound_ones})})) is not None
        for emails in ([*sound_ones, wrong], [wrong, *sound_ones]):
            assert sheets_of(open_tables({"users": pa.table({"email": emails})})) is None

    def test_an_order_without_items_makes_none(self) -> None:
        """It is refused when it is stored."""
        tables = sound("orders")
        tables["order_items"] = tables["order_items"].slice(0, 0)

        assert sheets_of(open_tables(tables)) is None
        assert sheets_of(open_tables({"orders": tables["orders"]})) is None

    def test_an_order_of_nothing_without_items_makes_none(self) -> None:
        """Another one has some, and what this one has comes to its subtotal."""
        free = Order(**{**SOUND[Order], "id": ANN, "items": (), "subtotal": usd(0), "total": usd(0)})
        tables, more = sound("orders"), tables_of("orders", [free])
        tables["orders"] = pa.concat_tables([tables["orders"], more["orders"]])

        assert sheets_of(open_tables(tables)) is None

    def test_an_amount_finer_than_its_currency_makes_none(self) -> None:
        """Also between a smaller one and a larger one."""
        prices = pa.array([Decimal("0.00"), Decimal("0.50"), Decimal("1.00")], pa.decimal128(18, 2))
        columns = {"sku": ["a", "b", "c"], "name": ["Tea"] * 3, "price": prices}

        assert sheets_of(open_tables({"products": pa.table(columns)})) is not None
        assert sheets_of(open_tables({"products": pa.table({**columns, "currency": ["JPY"] * 3})})) is None

    def test_items_without_orders_make_none(self) -> None:
        """They are nobody's."""
        assert sheets_of(open_tables({"order_items": sound("orders")["order_items"]})) is None

    def test_two_orders_of_one_id_make_none(self) -> None:
        """Nobody knows whose the items are."""
        tables = sound("orders")
        tables["orders"] = pa.concat_tables([tables["orders"], tables["orders"]])

        assert sheets_of(open_tables(tables)) is None

    def test_texts_that_are_utf8_only_together_make_none(self) -> None:
        """Half a character in one row, and the other half in the next."""
        octets = pa.array(["ü".encode()[:1], "ü".encode()[1:]], pa.binary())
        names = pa.StringArray.from_buffers(2, *octets.buffers()[1:])
        table = pa.table({"sku": ["a", "b"], "name": names, "price": pa.array([1, 1], pa.decimal128(18, 2))})

        assert sheets_of(open_tables({"products": table})) is None

    @settings(max_examples=40)
    @given(company=companies(), data=st.data())
    def test_whatever_makes_a_sheet_is_what_entities_would_be(
        self, company: tuple[str, list[Any]], data: st.DataObject
    ) -> None:
        """Some values of a sound table are changed."""
        table, rows = company
        tables = tables_of(table, rows)
        for _ in range(data.draw(st.integers(1, 2)) if rows else 0):
            name = data.draw(st.sampled_from(sorted(tables)))
            at = data.draw(st.integers(0, len(tables[name].column_names) - 1))
            row = data.draw(st.integers(0, len(tables[name]) - 1))
            value = data.draw(st.sampled_from([None, *odd(tables[name].schema.field(at).type)]))
            tables[name] = with_one_value(tables[name], at, row, value)
        sheets = sheets_of(open_tables(tables))
        if sheets is None:
            return

        told, found = said_by(sheets), held_by(read_entities(tables))
        for name, of in found.items():
            if "id" not in tables[name].column_names or not tables[name]["id"].null_count:
                assert by_key(told[name]) == by_key(of)
