"""A successor as entities, one per row.

This is the plain way, which the in-memory store takes and against which bulk paths are tested.
Which index is whom, which number a line has and what its columns hold is decided here and nowhere else.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from mlmcore.compensation.lines import AccountSegment, Reason, Segment, UnpaidSegment
from mlmcore.domain.commissions import AccountLine, CommissionCarry, LedgerLine, UnpaidLine
from mlmcore.domain.enums import CommissionType
from mlmcore.domain.money import Money
from mlmcore.repositories.carried import rows_of, uuid_of, values_of
from mlmcore.repositories.line_ids import LineKind, line_ids
from mlmcore.repositories.values import Successor

__all__ = ["account_lines", "carried_values", "ledger_lines", "unpaid_lines"]

_Segment = TypeVar("_Segment", Segment, UnpaidSegment, AccountSegment)


def ledger_lines(successor: Successor, now: datetime) -> list[LedgerLine]:
    """Return the lines of distributors, in the engine's order."""
    return [
        LedgerLine(
            **_common(successor, segment, row, line_id, now),
            distributor_id=uuid_of(successor.people[segment.payee[row]]),
            amount=Money(int(segment.amount[row]), successor.run.currency),
        )
        for segment, row, line_id in _numbered(successor, successor.lines.segments, LineKind.LEDGER)
    ]


def unpaid_lines(successor: Successor, now: datetime) -> list[UnpaidLine]:
    """Return what was not paid, in the engine's order."""
    return [
        UnpaidLine(
            **_common(successor, segment, row, line_id, now),
            distributor_id=_person(successor, int(segment.payee[row])),
            reason=Reason(int(segment.reason[row])).label,
            amount=segment.amount_of(row),
        )
        for segment, row, line_id in _numbered(successor, successor.unpaid.segments, LineKind.UNPAID)
    ]


def account_lines(successor: Successor, now: datetime) -> list[AccountLine]:
    """Return the lines of accounts, in the engine's order."""
    return [
        AccountLine(
            **_common(successor, segment, row, line_id, now),
            account_id=successor.accounts.accounts[int(segment.account[row])],
            amount=Money(int(segment.amount[row]), successor.run.currency),
        )
        for segment, row, line_id in _numbered(successor, successor.accounts.segments, LineKind.ACCOUNT)
    ]


def carried_values(successor: Successor, now: datetime) -> list[CommissionCarry]:
    """Return what the plan carries, by name, then person index; then what is no column of people."""

    def carry(person: UUID | None, name: str, value: Mapping[str, Any]) -> CommissionCarry:
        return CommissionCarry(
            run_id=successor.run.id,
            period_id=successor.run.period_id,
            distributor_id=person,
            name=name,
            value=value,
            created_at=now,
        )

    of_people = [
        carry(uuid_of(successor.people[row]), name, value) for name, row, value in values_of(successor.carried)
    ]
    return [*of_people, *(carry(None, name, value) for name, value in rows_of(successor.carried_rows))]


def _numbered(
    successor: Successor, segments: tuple[_Segment, ...], kind: LineKind
) -> Iterator[tuple[_Segment, int, UUID]]:
    ids = line_ids(successor.digest, sum(map(len, segments)), kind=kind)
    number = 0
    for segment in segments:
        for row in range(len(segment)):
            yield segment, row, uuid_of(ids[number])
            number += 1


def _common(
    successor: Successor,
    segment: Segment | UnpaidSegment | AccountSegment,
    row: int,
    line_id: UUID,
    now: datetime,
) -> dict[str, Any]:
    order, level = int(segment.order[row]), int(segment.level[row])
    return {
        "id": line_id,
        "run_id": successor.run.id,
        "period_id": successor.run.period_id,
        "bonus_id": segment.bonus,
        "type": CommissionType(segment.type),
        "currency": successor.run.currency,
        "source_order_id": None if order < 0 else uuid_of(successor.orders[order]),
        "source_distributor_id": _person(successor, int(segment.source[row])),
        "level": None if level < 0 else level,
        "rate": segment.rate_of(row),
        "base": segment.base_of(row),
        "created_at": now,
    }


def _person(successor: Successor, index: int) -> UUID | None:
    return None if index < 0 else uuid_of(successor.people[index])
