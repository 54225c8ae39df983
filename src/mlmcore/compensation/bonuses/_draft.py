"""What a bonus would pay, before caps and deferral have their say: payable lines, and what is unpaid already."""

from decimal import Decimal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Found, Payable
from mlmcore.compensation.bonuses._segments import missed_segment, unpaid_segment
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.lines import MissedSegment, UnpaidSegment
from mlmcore.compensation.plan import AnyBonus

__all__ = ["Draft", "nothing_drafted"]


@frozen(kw_only=True, eq=False)
class Draft:
    """What one bonus would pay in one period or sub-period.

    Attributes:
        lines: What is payable, rounded, in the engine's order.
        unpaid: What is not, in parts.
        missed: What was lost to somebody further up.
        entitled: The exact sum of everything offered, scaled by `entitled_places`; taken before anything is paid.
        entitled_places: Its decimal places.
        earned: int64[n]: what each person qualified for: exact, scaled by `entitled_places`.
        brought: What the period before carried forward to this bonus, exactly.
        carried: What is carried forward to the next period, exactly.
        span: The id of the period or sub-period; "" where it is of none.
    """

    lines: Payable
    unpaid: tuple[UnpaidSegment, ...]
    missed: MissedSegment
    entitled: int
    entitled_places: int
    earned: NDArray[np.int64]
    brought: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)
    span: str = ""


def nothing_drafted(sheet: Sheet, bonus: AnyBonus) -> Draft:
    """The draft of a bonus that offers nothing."""
    found = Found.nothing()
    none = np.zeros(0, dtype=np.int64)
    return Draft(
        lines=Payable(found=found, minor=none),
        unpaid=(unpaid_segment(bonus, found, none, 0, np.zeros(0, dtype=np.uint8)),),
        missed=missed_segment(bonus, found),
        entitled=0,
        entitled_places=0,
        earned=np.zeros(sheet.size, dtype=np.int64),
    )
