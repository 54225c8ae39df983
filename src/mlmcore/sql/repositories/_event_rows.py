"""Events of people as the columns of a run, without an object for each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import numpy as np

from mlmcore.compensation.plan import InputColumn
from mlmcore.domain.periods import Period
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.columnar.plain_decimals import plain_decimals
from mlmcore.repositories.snapshot_columns import MISSING, StoredValues
from mlmcore.repositories.snapshot_events import EventRows, Keys
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._gathering import gathered, gathering, read_keys, read_texts, text_fields

__all__ = ["SqlEventRows"]

_ROWS: Final = """
    SELECT e.id, e.distributor_id, e.occurred_at, e.data,
           ((e.occurred_at AT TIME ZONE %(zone)s)::date - date '1970-01-01')::int4 AS day
    FROM {schema}.person_events AS e
    WHERE e.name = %(name)s AND e.occurred_at >= %(first)s AND e.occurred_at < %(end)s
"""
_FIXED: Final = ("uuid_send(r.id)", "uuid_send(r.distributor_id)", "int4send(r.day)")


class SqlEventRows:
    """Events as columns; see `snapshot_events.EventSource`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session

    def happened(self, name: str, declared: Mapping[str, InputColumn], period: Period, first: datetime, /) -> EventRows:
        """Return the events of a name from an instant to the period's end."""
        keys = {f"key{at}": key for at, key in enumerate(declared)}
        texts = [field for key in keys for field in text_fields(f"r.data -> %({key})s::text")]
        query = gathering("snapshot_events", [*_FIXED, *texts], _ROWS, "occurred_at, id")
        span = {"name": name, "zone": period.timezone, "first": first, "end": period.end_instant}
        fields = gathered(self._session, query, {**span, **keys})
        events, people = read_keys(fields), read_keys(fields)
        return EventRows(
            keys=events,
            people=people,
            days=np.frombuffer(next(fields, b""), dtype=">i4").astype(np.int32),
            values={key: _values(column, fields) for key, column in declared.items()},
            data=partial(self._data, events),
        )

    def _data(self, keys: Keys, rows: Sequence[int]) -> list[Mapping[str, Any]]:
        ids = [uuid_of(keys[row]) for row in rows]
        found = {row["id"]: row["data"] for row in self._session.rows("snapshot_event_data", {"ids": ids})}
        return [found[key] for key in ids]


def _values(declared: InputColumn, fields: Iterator[bytes]) -> StoredValues:
    """One column: numbers that are spelt plainly at once, of everything else each text once."""
    texts = read_texts(fields)
    offsets = texts.offsets
    places = declared.places if declared.kind == "number" else None
    exact = None if places is None else plain_decimals(texts.octets, offsets[:-1], texts.lengths, places)
    codes = np.full(len(texts.lengths), -1, dtype=np.int32)
    rest = np.arange(len(codes)) if exact is None else np.flatnonzero(~exact.plain)
    known: dict[bytes | None, int] = {}
    octets = texts.octets.tobytes()
    spans = zip(offsets[rest].tolist(), offsets[rest + 1].tolist(), (texts.lengths[rest] >= 0).tolist(), strict=True)
    told = (octets[start:end] if there else None for start, end, there in spans)
    codes[rest] = np.fromiter((known.setdefault(text, len(known)) for text in told), dtype=np.int32, count=len(rest))
    return StoredValues(
        values=[MISSING if text is None else _read(text) for text in known],
        codes=codes,
        exact=None if exact is None else exact.scaled,
    )


def _read(text: bytes) -> Any:
    return json.loads(text, parse_float=str)  # as `Session.rows` reads JSON: no float is born
