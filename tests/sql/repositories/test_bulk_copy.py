"""Binary COPY from and to numpy stores and reads exactly what row-by-row statements would."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlmcore.domain.errors import StorageError
from mlmcore.sql import bulk

INT64 = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)


def copied(connection: psycopg.Connection[Any], column: str, fields: list[bulk.Field], rows: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS scratch")
        cursor.execute(f"CREATE TEMPORARY TABLE scratch (line int4, value {column})")
        numbered = [bulk.integer_field(np.arange(rows)), *fields]
        with cursor.copy("COPY scratch FROM STDIN (FORMAT BINARY)") as copy:
            for chunk in bulk.stream([bulk.encode_block(numbered, rows)]):
                copy.write(chunk)
        cursor.execute("SELECT value FROM scratch ORDER BY line", prepare=False)
        return [row[0] for row in cursor.fetchall()]


class TestNumericField:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(values=st.lists(INT64, max_size=8), places=st.integers(min_value=0, max_value=12))
    def test_stores_the_exact_decimal(
        self, connection: psycopg.Connection[Any], values: list[int], places: int
    ) -> None:
        """Any int64 with up to twelve decimal places arrives as exactly that decimal."""
        stored = copied(
            connection, "numeric", [bulk.numeric_field(np.array(values, dtype=np.int64), places)], len(values)
        )

        assert stored == [Decimal(value).scaleb(-places) for value in values]
        assert all(-item.as_tuple().exponent == places for item in stored)


class TestOtherFields:
    def test_keys_dates_times_and_labels_arrive_as_they_are(self, connection: psycopg.Connection[Any]) -> None:
        """Each field's bytes are what the server's receive function expects."""
        person = UUID("0123abcd-0000-4000-8000-00000000ffff")
        keys = np.array([[person.int >> 64, person.int & (2**64 - 1)]], dtype=np.uint64)

        assert copied(connection, "uuid", [bulk.key_field(keys)], 1) == [person]
        assert copied(connection, "date", [bulk.date_field(np.array([20543]))], 1)[0].isoformat() == "2026-03-31"
        assert copied(connection, "boolean", [bulk.boolean_field(np.array([True, False]))], 2) == [True, False]
        assert copied(connection, "text", [bulk.constant_field("Zoë".encode())], 2) == ["Zoë", "Zoë"]
        assert copied(connection, "text", [bulk.constant_field(b"")], 1) == [""]
        assert copied(connection, "text", [bulk.null_field()], 1) == [None]
        assert copied(connection, "jsonb", [bulk.constant_field(b'\x01{"a": 1}')], 1) == [{"a": 1}]

    def test_a_timestamp_is_an_instant(self, connection: psycopg.Connection[Any]) -> None:
        """Microseconds since 1970 UTC name the same instant in every session's time zone."""
        moment = np.array([1_774_958_399_999_999])

        stored = copied(connection, "timestamptz", [bulk.timestamp_field(moment)], 1)[0]

        assert int(stored.timestamp()) * 1_000_000 + stored.microsecond == moment[0]

    def test_no_rows_are_no_rows(self, connection: psycopg.Connection[Any]) -> None:
        """An empty block is a valid stream."""
        assert copied(connection, "numeric", [bulk.numeric_field(np.array([], dtype=np.int64), 2)], 0) == []


class TestReadBlocks:
    def test_reads_columns_whatever_the_chunks(self, connection: psycopg.Connection[Any]) -> None:
        """Fixed-width rows come back as native arrays."""
        query = (
            "COPY (SELECT n::int8, (n % 2 = 0), n::int4, '00000000-0000-0001-0000-000000000002'::uuid"
            " FROM generate_series(1, 3) n) TO STDOUT (FORMAT BINARY)"
        )
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            data = b"".join(bytes(chunk) for chunk in copy)
        pieces = [data[start : start + 7] for start in range(0, len(data), 7)]

        read = bulk.read_blocks(pieces, {"n": "int8", "even": "bool", "small": "int4", "key": "uuid"})

        assert read["n"].tolist() == [1, 2, 3]
        assert read["even"].tolist() == [False, True, False]
        assert read["small"].tolist() == [1, 2, 3]
        assert read["key"].tolist() == [[1, 2]] * 3

    def test_refuses_a_stream_of_another_shape(self, connection: psycopg.Connection[Any]) -> None:
        """A NULL, or a column too many, is not read as something else."""
        with connection.cursor() as cursor, cursor.copy("COPY (SELECT NULL::int8) TO STDOUT (FORMAT BINARY)") as copy:
            data = b"".join(bytes(chunk) for chunk in copy)

        with pytest.raises(StorageError) as caught:
            bulk.read_blocks([data], {"n": "int8"})

        assert str(caught.value) == "the server sent 27 bytes that are not rows of 14 bytes; columns: n"
