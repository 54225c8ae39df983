"""What every store checks of a successor before it takes it: counts, totals, and that nothing would be rounded."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import numpy as np

from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.lines import NO_RATE, AccountSegment, Segment, UnpaidSegment
from mlmcore.compensation.rounding import largest, total_of
from mlmcore.domain.enums import RunStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.domain.money import Money, currency_places
from mlmcore.domain.rates import RATE_PLACES
from mlmcore.repositories.values import Successor

__all__ = ["check_successor"]

_RATE_MAX: Final = 10_000


def check_successor(successor: Successor) -> None:
    """Refuse a successor that does not add up (L6).

    Raises:
        RefusedError: Naming everything that differs.
    """
    wrong = [*_wrong_run(successor), *_wrong_totals(successor), *_wrong_indices(successor)]
    wrong += [line for segment in _segments(successor) for line in _wrong_rates(segment)]
    if wrong:
        raise RefusedError(f"run {successor.run.id} is not stored: {'; '.join(wrong)}")


def _segments(successor: Successor) -> tuple[Segment | UnpaidSegment | AccountSegment, ...]:
    return (*successor.lines.segments, *successor.unpaid.segments, *successor.accounts.segments)


def _wrong_run(successor: Successor) -> Iterator[str]:
    run = successor.run
    if not run.official or run.status != RunStatus.CALCULATED:
        yield f"it is {run.status} and {'' if run.official else 'not '}official; it must be calculated and official"
    if currency_places(run.currency) > 2:
        yield f"{run.currency} has more than two decimal places, which the ledger cannot hold"


def _wrong_totals(successor: Successor) -> Iterator[str]:
    run = successor.run
    paid = Money(successor.lines.total + successor.accounts.total, run.currency).amount
    unpaid = sum((_exact_sum(segment) for segment in successor.unpaid.segments), Decimal(0))
    brought, carried = run.brought_forward or Decimal(0), run.carried_forward or Decimal(0)
    for name, said, found in (
        ("paid", run.paid, paid),
        ("unpaid", run.unpaid, unpaid),
        ("entitled", run.entitled, paid + unpaid + carried - brought),
        ("line_count", run.line_count, len(successor.lines)),
        ("unpaid_count", run.unpaid_count, len(successor.unpaid)),
    ):
        if said != found:
            yield f"its {name} is {said}, and its lines say {found}"


def _exact_sum(segment: UnpaidSegment) -> Decimal:
    return exact_decimal(total_of(segment.amount), segment.amount_places)


def _wrong_indices(successor: Successor) -> Iterator[str]:
    for segment in _segments(successor):
        for name, indices, limit in (
            ("payee", segment.payee, len(successor.people)),
            ("source", segment.source, len(successor.people)),
            ("order", segment.order, len(successor.orders)),
        ):
            if len(indices) and int(indices.max()) >= limit:
                yield f"{name} {int(indices.max())} of bonus {segment.bonus} is beyond the last, {limit - 1}"


def _wrong_rates(segment: Segment | UnpaidSegment | AccountSegment) -> Iterator[str]:
    rates = segment.rate[segment.rate != NO_RATE]
    finer = segment.rate_places - RATE_PLACES
    if finer > 0 and bool(np.any(rates % np.int64(10**finer))):
        yield f"rates of bonus {segment.bonus} have more than {RATE_PLACES} decimal places"
    if largest(rates) >= _RATE_MAX * 10**segment.rate_places:
        yield f"a rate of bonus {segment.bonus} is {_RATE_MAX} or more"
