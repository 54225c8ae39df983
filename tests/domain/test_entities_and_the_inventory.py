"""The schema that was asked for, walked over the entities: columns in order, types, lengths, defaults, labels.

What is ours stands after the seed's columns, as `docs/schema/additions.md` lists it.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin
from uuid import UUID

import attrs
import pytest
from attrs import NOTHING, Attribute

from mlmcore.domain.entities import ENTITIES, money_fields
from mlmcore.domain.enums import ENUMS, KycStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money
from mlmcore.domain.people import User
from mlmcore.domain.sales import Order, OrderItem

INVENTORY = json.loads((Path(__file__).parents[1] / "data" / "inventory.json").read_text(encoding="utf-8"))
ADDITIONS = (Path(__file__).parents[2] / "docs" / "schema" / "additions.md").read_text(encoding="utf-8")
COLUMNS = [(table, name) for table, about in INVENTORY["tables"].items() for name in about["columns"]]
AGGREGATES = {"orders": ("items",), "order_refunds": ("items",), "auto_ships": ("items",)}
VOLUME_OR_RATE = re.compile(r"(^|_)(pv|gv|weight|rate)$")
LABELS_BY_CHECK = {"user_profiles.kyc_status", "payouts.kyc_status"}
LINE = "source_order_id source_distributor_id level rate base created_at"
OURS = {
    "territories": "id code name parent_id is_active created_at updated_at",
    "product_categories": "id slug name description parent_id is_active created_at updated_at",
    "person_events": "id distributor_id name occurred_at data created_at",
    "genealogy_moves": (
        "id distributor_id tree from_parent_id to_parent_id from_leg to_leg moved_at moved_by reason created_at"
    ),
    "order_refunds": "id refund_number order_id refunded_at amount currency volumes reason created_at",
    "order_refund_items": "id refund_id order_item_id quantity amount pv created_at",
    "auto_ships": (
        "id number customer_id distributor_id status interval_days next_date shipping_address billing_address tried_on "
        "failure created_at updated_at"
    ),
    "auto_ship_items": "id auto_ship_id product_id quantity created_at",
    "auto_ship_orders": "id auto_ship_id due_date order_id created_at",
    "commission_plans": "plan_id version name document digest effective_from currency installed_by created_at",
    "commission_runs": (
        "id period_id plan_id plan_version official status plan_digest input_digest result_digest previous_run_id "
        "chain_hash software_version currency people_count order_count line_count unpaid_count entitled "
        "brought_forward paid unpaid carried_forward "
        "started_at completed_at created_at"
    ),
    "commission_inputs": "period_id name value unit created_at updated_at",
    "commission_carry": "id run_id period_id distributor_id name value created_at",
    "commission_unpaid": f"id period_id run_id distributor_id bonus_id type reason amount currency {LINE}",
    "commission_accounts": "id name created_at",
    "commission_account_lines": f"id account_id run_id period_id bonus_id type amount currency {LINE}",
    "rank_history": (
        "id distributor_id period_id run_id rank_id best_rank_id plan_id plan_version personal_pv group_pv created_at"
    ),
    "debts": "id distributor_id period_id amount settled currency reason created_at updated_at",
}


def attribute_of(table: str, name: str) -> "Attribute[Any]":
    """The attribute of a column."""
    found: Attribute[Any] = getattr(attrs.fields(ENTITIES[table]), name)
    return found


def kind_of(attribute: "Attribute[Any]") -> Any:
    """The type without None."""
    parts = get_args(attribute.type)
    return next(part for part in parts if part is not NoneType) if NoneType in parts else attribute.type


def columns_added(table: str) -> list[str]:
    """The columns that the page of additions lists for a table of the seed."""
    rows = re.findall(rf"^\| {table} \| (.+?) \|", ADDITIONS, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


class TestColumns:
    """Each column is an attribute."""

    @pytest.mark.parametrize("table", INVENTORY["tables"])
    def test_stand_in_the_tables_order_with_ours_after_them(self, table: str) -> None:
        """The parts of an aggregate come last; they are no columns."""
        found = [item.name for item in attrs.fields(ENTITIES[table])]

        assert found == [
            *INVENTORY["tables"][table]["columns"],
            *columns_added(table),
            *AGGREGATES.get(table, ()),
        ]

    def test_are_all_of_them(self) -> None:
        """257 with the two tables that the seed only refers to."""
        referred = sum(len(attrs.fields(ENTITIES[table])) for table in INVENTORY["referenced_but_never_defined"])

        assert (len(INVENTORY["tables"]), len(COLUMNS), len(ENTITIES)) == (16, 257, 34)
        assert referred == 15

    @pytest.mark.parametrize(("table", "name"), COLUMNS)
    def test_have_the_type_that_the_column_holds(self, table: str, name: str) -> None:
        """Money where the table names a currency, decimals elsewhere."""
        declared = INVENTORY["tables"][table]["columns"][name]["type"]
        kind = kind_of(attribute_of(table, name))

        assert (get_origin(kind) or kind) is expected_kind(table, name, declared)

    @pytest.mark.parametrize(("table", "name"), COLUMNS)
    def test_are_required_or_have_the_schemas_default(self, table: str, name: str) -> None:
        """`None` for what the store sets: NOW(). The domain has no clock, so the day of joining is given."""
        column = INVENTORY["tables"][table]["columns"][name]
        attribute = attribute_of(table, name)

        assert default_of(attribute) == expected_default(column, attribute)

    @pytest.mark.parametrize(("table", "name"), COLUMNS)
    def test_may_be_none_only_where_the_column_may_be_null(self, table: str, name: str) -> None:
        """And not where a default stands in, but for what the store sets."""
        column = INVENTORY["tables"][table]["columns"][name]
        required = column.get("not_null") or column.get("primary_key") or column.get("default", "NOW()") != "NOW()"

        assert (NoneType in get_args(attribute_of(table, name).type)) == (not required)

    @pytest.mark.parametrize(("table", "name"), COLUMNS)
    def test_hold_as_much_text_as_the_column(self, table: str, name: str) -> None:
        """N characters of VARCHAR(n), and not one more."""
        declared = re.fullmatch(r"VARCHAR\((\d+)\)", INVENTORY["tables"][table]["columns"][name]["type"])
        attribute = attribute_of(table, name)
        if declared is None or kind_of(attribute) is not str or name in {"currency", "timezone"}:
            return
        length = int(declared[1])
        longest = "a@" + "b" * (length - 2) if name == "email" else "x" * length

        assert attribute.validator is not None
        attribute.validator(None, attribute, longest)
        with pytest.raises(InputError) as caught:
            attribute.validator(None, attribute, longest + "x")
        assert str(caught.value) == f"{name} has {length + 1} characters; at most {length} fit"


class TestOurTables:
    """The tables that are ours, and the two that the seed only refers to."""

    @pytest.mark.parametrize("table", OURS)
    def test_have_these_columns_in_this_order(self, table: str) -> None:
        """Written down a second time, so that no column comes or goes by accident."""
        found = [item.name for item in attrs.fields(ENTITIES[table])]

        assert found == [*OURS[table].split(), *AGGREGATES.get(table, ())]

    def test_are_all_of_them(self) -> None:
        """Every table is the seed's or in the list."""
        assert set(OURS) == set(ENTITIES) - set(INVENTORY["tables"])

    @pytest.mark.parametrize("table", OURS)
    def test_are_on_the_page_of_additions(self, table: str) -> None:
        """Each column by name, in the paragraph of its table."""
        paragraph = next(text for text in ADDITIONS.split("\n\n") if f"**{table}**" in text or f"`{table}` is" in text)

        assert [name for name in OURS[table].split() if not re.search(rf"[`(, ]{name}\b", paragraph)] == []


class TestEnums:
    """The 19 enums."""

    def test_are_the_schemas(self) -> None:
        """By name and in order."""
        assert list(ENUMS) == list(INVENTORY["enums"])

    @pytest.mark.parametrize("name", INVENTORY["enums"])
    def test_have_the_schemas_labels_first(self, name: str) -> None:
        """Ours only after them, and only in `commission_type` (D11)."""
        labels = [item.value for item in ENUMS[name]]
        ours = ["binary", "matrix", "differential", "generation", "pool"] if name == "commission_type" else []

        assert labels == INVENTORY["enums"][name] + ours

    @pytest.mark.parametrize("enum", [*ENUMS.values(), KycStatus])
    def test_are_their_labels(self, enum: type[StrEnum]) -> None:
        """So they go into messages, files and statements as they are."""
        assert [f"{item}" for item in enum] == [item.value for item in enum]
        assert [item.name for item in enum] == [item.value.upper() for item in enum]


class TestMoneyFields:
    """Which attributes are money."""

    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            (Order, ("subtotal", "discount_amount", "tax_amount", "shipping_amount", "total")),
            (OrderItem, ("unit_price", "total_price")),
            (User, ()),
        ],
    )
    def test_are_named_in_order(self, kind: type[Any], names: tuple[str, ...]) -> None:
        """Also those that may be None."""
        assert money_fields(kind) == names


def expected_kind(table: str, name: str, declared: str) -> Any:
    """The Python type for a column's declared type."""
    if declared in ENUMS:
        return ENUMS[declared]
    if f"{table}.{name}" in LABELS_BY_CHECK:
        return KycStatus
    base = re.sub(r"\(.*\)", "", declared)
    if base == "DECIMAL":
        has_currency = "currency" in INVENTORY["tables"][table]["columns"] or table == "order_items"  # its order's
        return Money if has_currency and not VOLUME_OR_RATE.search(name) else Decimal
    kinds: Mapping[str, Any] = {
        "UUID": UUID,
        "VARCHAR": str,
        "TEXT": str,
        "INET": str,
        "INTEGER": int,
        "BOOLEAN": bool,
        "DATE": date,
        "TIMESTAMP": datetime,
        "JSONB": Mapping,
        "JSONB[]": tuple,
        "TEXT[]": tuple,
    }
    return kinds[base]


def default_of(attribute: "Attribute[Any]") -> Any:
    """An attribute's default, with a word for the factories."""
    default: Any = attribute.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # it is a class, whatever the stub says
        return "zero" if default.takes_self else default.factory.__name__
    return default


def expected_default(column: Mapping[str, Any], attribute: "Attribute[Any]") -> Any:
    """What the schema's text of a default means for an attribute."""
    text = column.get("default")
    if text is None:
        return NOTHING if column.get("not_null") or column.get("primary_key") else None
    given = {"gen_random_uuid()": "new_id", "NOW()": None, "CURRENT_DATE": NOTHING, "TRUE": True, "FALSE": False}
    if text in given:
        return given[text]
    kind = kind_of(attribute)
    return "zero" if kind is Money else kind(text.strip("'"))
