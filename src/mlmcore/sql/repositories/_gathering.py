"""Rows as columns: the server gathers the values of some thousand rows into one field for each column.

So what is read leaves the server as arrays lie in memory, and nothing is done row by row here. What a block of rows
sends is the binary form of each value, one after the other: `uuid_send`, `int4send` and so on; of texts, their lengths
(-1 for NULL) and their bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.sql.bulk import read_fields
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import Session

__all__ = ["GatheredTexts", "gathered", "gathering", "read_keys", "read_texts", "text_fields"]

_BLOCK: Final = 8192


@frozen(kw_only=True, eq=False)
class GatheredTexts:
    """Texts, one after the other.

    Attributes:
        lengths: int64[n]: of each in bytes, -1 where there is none.
        octets: uint8[m]: their bytes.
    """

    lengths: NDArray[np.int64]
    octets: NDArray[np.uint8]

    @property
    def offsets(self) -> NDArray[np.int64]:
        """int64[n + 1]: where each begins, and behind the last one its end."""
        offsets = np.zeros(len(self.lengths) + 1, dtype=np.int64)
        np.cumsum(np.maximum(self.lengths, 0), out=offsets[1:])
        return offsets


def gathering(name: str, fields: Sequence[str], rows: str, order: str) -> Query:
    """The query that gathers fields.

    Args:
        name: What the query is called.
        fields: Expressions of `bytea` over the rows, which are called `r`.
        rows: A query of the rows.
        order: Their order, which is that of the values.
    """
    columns = ",\n    ".join(f"string_agg({field}, ''::bytea ORDER BY r.place)" for field in fields)
    text = f"""COPY (SELECT
    {columns}
FROM (SELECT t.*, row_number() OVER (ORDER BY {order}) - 1 AS place FROM ({rows}) AS t) AS r
GROUP BY r.place / {_BLOCK} ORDER BY r.place / {_BLOCK}) TO STDOUT (FORMAT BINARY)"""
    return Query(name=name, purpose="gather whole columns", text=text)


def gathered(session: Session, query: Query, parameters: Mapping[str, Any]) -> Iterator[bytes]:
    """The values of each field, one after the other; of no rows, nothing at all."""
    blocks = list(read_fields(session.copy_out(query, parameters)))
    return (b"".join(of_field) for of_field in zip(*blocks, strict=True))


def text_fields(expression: str) -> list[str]:
    """The two fields of a text."""
    sent = f"textsend(({expression})::text)"
    return [f"int4send(coalesce(length({sent}), -1))", f"coalesce({sent}, '')"]


def read_texts(fields: Iterator[bytes]) -> GatheredTexts:
    """The texts behind two fields."""
    lengths = np.frombuffer(next(fields, b""), dtype=">i4").astype(np.int64)
    return GatheredTexts(lengths=lengths, octets=np.frombuffer(next(fields, b""), dtype=np.uint8))


def read_keys(fields: Iterator[bytes]) -> NDArray[np.uint64]:
    """The UUIDs behind a field: uint64[n, 2]."""
    return np.frombuffer(next(fields, b""), dtype=">u8").astype(np.uint64).reshape(-1, 2)
