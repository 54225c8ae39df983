"""Columns fit the schema, and a table of many blocks is the same table in both stores."""

from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # untyped
import pytest
import sqlalchemy
from attrs import evolve

from mlmcore.domain.money import Money
from mlmcore.domain.sales import Product
from mlmcore.repositories.columnar.shapes import SHAPES, Shape
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.sql.repositories import _gathering
from mlmcore.sql.tables import metadata_for
from mlmcore.sql.unit_of_work import SqlStore
from repositories.memory_store import new_store


class TestShapes:
    @pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
    def test_decimals_have_the_digits_of_their_columns(self, shape: Shape) -> None:
        """Neither more, which would be refused late, nor fewer, which would be cut."""
        table = metadata_for("mlmcore").tables[f"mlmcore.{shape.table}"]
        stored: dict[str, Any] = {
            column.name: (column.type.precision, column.type.scale)
            for column in table.columns
            if isinstance(column.type, sqlalchemy.Numeric)
        }

        assert {
            name: (column.digits, column.places) for name, column in shape.columns.items() if column.kind == "decimal"
        } == stored


class TestManyBlocks:
    def test_a_table_is_the_same_in_both_stores(self, unit_of_work: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also where its rows fill several blocks, with values and without."""
        monkeypatch.setattr(_gathering, "_BLOCK", 7)
        products = [Product(sku=f"S-{row:03}", name="Tea", price=Money(row, "USD")) for row in range(45)]
        products = [
            evolve(one, description="ü" * at if at % 4 else None, images=("a", "b") if at % 3 else None)
            for at, one in enumerate(products)
        ]
        given = entities_to_arrow(SHAPES["products"], products)
        tables = []
        for store in (new_store(), unit_of_work):
            with store() as unit:
                unit.columns.add({"products": given})
                tables.append(pa.table(unit.columns.read("products")).drop_columns(["created_at", "updated_at"]))

        assert tables[0].to_pylist() == tables[1].to_pylist()
        assert len(tables[0]) == 45
