"""Tables of pyarrow, as the world hands them over, become entities exactly or not at all."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # untyped
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Product
from mlmcore.repositories.columnar.reading import read_entities
from mlmcore.repositories.columnar.shapes import SHAPES
from mlmcore.repositories.columnar.writing import entities_to_arrow, wide_decimals

ANN = UUID("0190d3a0-0000-7000-8000-000000000001")


def products_of(**columns: Any) -> list[Product]:
    """The products behind some columns, with what else a product needs."""
    rows = len(next(iter(columns.values())))
    needed = {
        "sku": pa.array([f"S-{row}" for row in range(rows)]),
        "name": pa.array(["Tea"] * rows),
        "price": pa.array([Decimal("1.00")] * rows, pa.decimal128(10, 2)),
    }
    return read_entities({"products": pa.table({**needed, **columns})})["products"]


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    )
    def test_texts_of_every_kind(self, kind: pa.DataType) -> None:
        """Long and short, and none."""
        given_texts = ["Green tea from the slopes of a mountain", "Tea", None, "ünï"]
        texts = pa.array(given_texts, pa.string()).cast(kind)

        assert [product.description for product in products_of(description=texts)] == given_texts

    @pytest.mark.parametrize(
        "ids",
        [
            pa.array([str(ANN)]),
            pa.array([ANN.bytes], pa.binary(16)),
            pa.array([ANN.bytes], pa.binary()),
            pa.array([ANN.bytes], pa.uuid()),
        ],
    )
    def test_uuids_as_text_or_bytes(self, ids: pa.Array) -> None:
        """16 of them."""
        assert [product.id for product in products_of(id=ids)] == [ANN]

    @pytest.mark.parametrize(("digits", "places"), [(5, 2), (38, 2), (38, 10), (10, 0), (3, -1)])
    def test_decimals_of_any_size_that_are_exact(self, digits: int, places: int) -> None:
        """The number counts, not how it is laid out."""
        prices = pa.array([Decimal(120)], pa.decimal128(digits, places))

        assert products_of(price=prices)[0].price == Money.of(120, "USD")

    def test_slices_and_chunks(self) -> None:
        """A row is what it is, wherever its table was cut."""
        rows = [Product(sku=f"S-{row}", name="Tea" * (row + 1), price=Money.of(row, "USD")) for row in range(20)]
        rows = [evolve(row, pv=Decimal(at), is_subscription=at % 3 == 0) for at, row in enumerate(rows)]
        whole = pa.table(entities_to_arrow(SHAPES["products"], rows))
        cut = pa.concat_tables([whole.slice(3, 6), whole.slice(9, 1), whole.slice(17)])

        assert read_entities({"products": cut})["products"] == [*rows[3:10], *rows[17:]]

    @pytest.mark.parametrize("unit", ["s", "ms", "us"])
    def test_instants_of_any_zone(self, unit: str) -> None:
        """An instant is one, wherever it was written."""
        at = datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC)

        made = products_of(created_at=pa.array([at], pa.timestamp(unit, tz="America/New_York")))

        assert made[0].created_at == at

    def test_a_column_of_nothing(self) -> None:
        """Is what the entity has without it."""
        assert products_of(weight=pa.nulls(2), pv=pa.nulls(2))[1].pv == 0


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            ({"pv": pa.array([1.5])}, "products.pv: holds double; give decimal128: a float is not exact"),
            ({"pv": pa.array([1], pa.uint8())}, "products.pv: holds uint8; give decimal128: a float is not exact"),
            ({"sku": pa.array([1])}, "products.sku: holds int64; give text"),
            ({"stock_quantity": pa.array(["1"])}, "products.stock_quantity: holds string; give whole numbers"),
            ({"launch_date": pa.array([0], pa.date64())}, "products.launch_date: holds date64; give date32"),
            ({"launch_date": pa.array([2**31 - 1], pa.date32())}, "products[0].launch_date: is no day that there is"),
            ({"created_at": pa.array([0], pa.timestamp("ns", "UTC"))}, "products.created_at: holds nanoseconds"),
            ({"dimensions": pa.array(["{"])}, "products[0].dimensions: is no JSON: Expecting property name"),
            ({"dimensions": pa.array(['{"width": 1.5}'])}, "products[0] S-0: dimensions.width is a float"),
            ({"id": pa.array([b"short"])}, "products[0].id: has 5 bytes, and a UUID has 16"),
            ({"stock_quantity": pa.array([2**40])}, "products[0] S-0: stock_quantity is 1099511627776"),
            ({"currency": pa.array(["XXQ"])}, "products[0] S-0: "),
        ],
    )
    def test_with_where_and_why(self, columns: dict[str, Any], said: str) -> None:
        """By column, or by row and column."""
        with pytest.raises(InputError) as caught:
            products_of(**columns)

        assert str(caught.value).startswith(said)

    def test_bytes_that_are_no_text(self) -> None:
        """A text is UTF-8."""
        octets = pa.array([b"\xff\xfe"], pa.binary())
        texts = pa.StringArray.from_buffers(1, *octets.buffers()[1:])

        with pytest.raises(InputError) as caught:
            products_of(description=texts)

        assert str(caught.value) == "products[0].description: is not UTF-8; give text"

    def test_a_hundred_findings_are_told(self) -> None:
        """Whoever swapped two columns need not hear it a million times."""
        with pytest.raises(InputError) as caught:
            read_entities({"users": pa.table({"email": pa.array(["no address"] * 150)})})

        assert len(caught.value.findings) == 100


class TestThereAndBack:
    @settings(max_examples=20)
    @given(
        st.lists(
            st.builds(
                Product,
                sku=st.text("abcü", min_size=1, max_size=9),
                name=st.just("Tea"),
                price=st.integers(0, 10**17).map(lambda minor: Money(minor, "USD")),
                pv=st.decimals(0, 10**10, places=2),
                weight=st.none() | st.decimals(0, 10**5, places=2),
                dimensions=st.none() | st.dictionaries(st.text("xyz"), st.integers() | st.text("\\\"'é")),
                images=st.none() | st.lists(st.text('a,{}"\\')).map(tuple),
                launch_date=st.none() | st.dates(date(1900, 1, 1), date(2999, 12, 31)),
                created_at=st.none()
                | st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001  (the strategy adds the zone)
                stock_quantity=st.integers(0, 2**31 - 1),
                is_subscription=st.booleans(),
            ),
            max_size=8,
        )
    )
    def test_entities_are_themselves_again(self, products: list[Product]) -> None:
        """Through Arrow and pyarrow, to the last digit."""
        table = pa.table(entities_to_arrow(SHAPES["products"], products))

        assert read_entities({"products": table})["products"] == products
        assert table["price"].to_pylist() == [product.price.amount for product in products]
        assert table["weight"].to_pylist() == [product.weight for product in products]

    @given(st.lists(st.decimals(-(10**18) + 1, 10**18 - 1, places=12), max_size=9))
    def test_decimals_of_two_parts_are_whole_again(self, numbers: list[Decimal]) -> None:
        """What stands before the point, and behind it, with one sign."""
        units = [int(number.scaleb(12)) for number in numbers]
        whole = [abs(one) // 10**12 * (1 if one >= 0 else -1) for one in units]
        behind = [one - part * 10**12 for one, part in zip(units, whole, strict=True)]
        octets = wide_decimals(np.array(whole, dtype=np.int64), np.array(behind, dtype=np.int64), 12).tobytes()

        assert [
            int.from_bytes(octets[at : at + 16], "little", signed=True) for at in range(0, len(octets), 16)
        ] == units
