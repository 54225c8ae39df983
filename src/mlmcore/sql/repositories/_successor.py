"""A run's lines as binary COPY: one block of rows per bonus and pattern of NULLs, encoded from the engine's columns.

`repositories.stored` says the same as entities, one per row, and the tests hold the two equal. Which columns a table
has in the stream, and in which order, stands here beside the fields that fill them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.lines import NO_RATE, AccountSegment, Reason, Segment, UnpaidSegment
from mlmcore.domain.money import currency_places
from mlmcore.repositories.line_ids import LineKind, line_ids
from mlmcore.repositories.values import Successor
from mlmcore.sql import bulk

__all__ = ["LEDGER_COLUMNS", "UNPAID_COLUMNS", "account_rows", "ledger_rows", "unpaid_rows"]

AnySegment = Segment | UnpaidSegment | AccountSegment
Rows = NDArray[np.intp]

_COMMON: Final = (
    "id",
    "run_id",
    "period_id",
    "bonus_id",
    "type",
    "currency",
    "created_at",
    "base",
    "source_order_id",
    "source_distributor_id",
    "level",
    "rate",
)
LEDGER_COLUMNS: Final = (*_COMMON, "distributor_id", "amount")
"""The columns of the ledger's stream, in order; the others take their defaults."""
UNPAID_COLUMNS: Final = (*_COMMON, "distributor_id", "reason", "amount")
"""The columns of the unpaid lines' stream, in order."""
ACCOUNT_COLUMNS: Final = (*_COMMON, "account_id", "amount")
"""The columns of the account lines' stream, in order."""


def ledger_rows(successor: Successor, now: datetime) -> Iterator[bytes]:
    """The ledger's stream, in `LEDGER_COLUMNS`."""
    places = currency_places(successor.run.currency)

    def own(segment: Any, rows: Rows) -> list[bulk.Field]:
        return [
            bulk.key_field(successor.people[segment.payee[rows]]),
            bulk.numeric_field(segment.amount[rows], places),
        ]

    return _stream(successor, successor.lines.segments, LineKind.LEDGER, now, own)


def unpaid_rows(successor: Successor, now: datetime) -> Iterator[bytes]:
    """The unpaid lines' stream, in `UNPAID_COLUMNS`."""

    def own(segment: Any, rows: Rows) -> list[bulk.Field]:
        payee = segment.payee[rows]
        return [
            bulk.null_field() if payee[0] < 0 else bulk.key_field(successor.people[payee]),
            bulk.constant_field(Reason(int(segment.reason[rows[0]])).label.encode()),
            bulk.numeric_field(segment.amount[rows], segment.amount_places),
        ]

    return _stream(successor, successor.unpaid.segments, LineKind.UNPAID, now, own)


def account_rows(successor: Successor, now: datetime) -> Iterator[bytes]:
    """The account lines' stream, in `ACCOUNT_COLUMNS`."""
    places = currency_places(successor.run.currency)

    def own(segment: Any, rows: Rows) -> list[bulk.Field]:
        name = successor.accounts.accounts[int(segment.account[rows[0]])]
        return [bulk.constant_field(name.encode()), bulk.numeric_field(segment.amount[rows], places)]

    return _stream(successor, successor.accounts.segments, LineKind.ACCOUNT, now, own)


@frozen(kw_only=True, eq=False)
class _Constants:
    """What is the same in every row of one stream."""

    run_id: UUID
    period: bytes
    currency: bytes
    created_at: int

    def fields(self, segment: AnySegment) -> Mapping[str, bulk.Field]:
        return {
            "run_id": bulk.constant_field(self.run_id.bytes),
            "period_id": bulk.constant_field(self.period),
            "bonus_id": bulk.constant_field(segment.bonus.encode()),
            "type": bulk.constant_field(segment.type.encode()),
            "currency": bulk.constant_field(self.currency),
            "created_at": bulk.timestamp_field(np.array([self.created_at])),
        }


def _stream(
    successor: Successor, segments: Iterable[AnySegment], kind: LineKind, now: datetime, own: Any
) -> Iterator[bytes]:
    constants = _Constants(
        run_id=successor.run.id,
        period=successor.run.period_id.encode(),
        currency=successor.run.currency.encode(),
        created_at=int(now.timestamp()) * 1_000_000 + now.microsecond,
    )
    return bulk.stream(_blocks(successor, segments, kind, constants, own))


def _blocks(
    successor: Successor, segments: Iterable[AnySegment], kind: LineKind, constants: _Constants, own: Any
) -> Iterator[bytes]:
    first = 0
    for segment in segments:
        ids = line_ids(successor.digest, len(segment), kind=kind, first=first)
        first += len(segment)
        fixed = constants.fields(segment)
        for rows in _patterns(segment):
            common = [bulk.key_field(ids[rows]), *fixed.values(), *_sources(successor, segment, rows)]
            yield bulk.encode_block([*common, *own(segment, rows)], len(rows))


def _sources(successor: Successor, segment: AnySegment, rows: Rows) -> list[bulk.Field]:
    order, source, level, rate = segment.order[rows], segment.source[rows], segment.level[rows], segment.rate[rows]
    null = bulk.null_field()
    return [
        bulk.numeric_field(segment.base[rows], segment.base_places),
        null if order[0] < 0 else bulk.key_field(successor.orders[order]),
        null if source[0] < 0 else bulk.key_field(successor.people[source]),
        null if level[0] < 0 else bulk.integer_field(level),
        null if rate[0] == NO_RATE else bulk.numeric_field(rate, segment.rate_places),
    ]


def _patterns(segment: AnySegment) -> Iterator[Rows]:
    """The rows of a segment, in groups that are alike in what is NULL and what is constant in a block."""
    code = (segment.order < 0).astype(np.int64)
    payee = segment.payee < 0 if isinstance(segment, UnpaidSegment) else np.zeros(len(segment), dtype=bool)
    for mask in (segment.source < 0, segment.level < 0, segment.rate == NO_RATE, payee):
        code = code * 2 + mask
    if isinstance(segment, UnpaidSegment):
        code = code * 256 + segment.reason
    if isinstance(segment, AccountSegment):
        code = code * 65536 + segment.account
    for value in np.unique(code):
        yield np.flatnonzero(code == value)
