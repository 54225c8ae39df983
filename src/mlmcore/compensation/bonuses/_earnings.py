"""What people bring to walks that start from what they earned of other bonuses.

Each person brings the sum of what they have of the bonuses named; it is published as `ID.earnings`. A walk that names
itself is a cascade: its own part is filled in by `_cascades`.
"""

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.plan import WalkBonus
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

__all__ = ["earnings_name", "earnings_of", "refuse_overflow"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]


def earnings_name(bonus: WalkBonus) -> str:
    """The column of what each person brings to a walk on earnings."""
    return f"{bonus.id}.earnings"


def earnings_of(sheet: Sheet, bonus: WalkBonus) -> Column:
    """What each person brings of the other bonuses that are named; its own amounts are not known yet.

    Raises:
        InputError: A sum leaves int64.
    """
    assert bonus.earnings is not None  # noqa: S101  (asked of walks on earnings only)
    places = max(one.type.places for one in bonus.earnings)
    total, everybody = np.zeros(sheet.size, dtype=np.int64), people_frame(sheet)
    for one in bonus.earnings:
        if one.text != bonus.id:
            part = evaluate(one.node, everybody).at_places(places).values
            refuse_overflow(largest(total) + largest(part))
            total = total + part
    return Column.scaled(total, places, unit="money")


def refuse_overflow(bound: int) -> None:
    """Refuse a sum of earnings that is, or may be, so far from 0.

    Raises:
        InputError: int64 does not hold it.
    """
    if bound > INT64_MAX:
        what = "a sum of earnings leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base to fewer places")])
