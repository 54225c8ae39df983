"""What a bonus would pay, before caps and deferral have their say: payable lines, and what is unpaid already."""

from decimal import Decimal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Payable
from mlmcore.compensation.lines import MissedSegment, UnpaidSegment

__all__ = ["Draft"]


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
    """

    lines: Payable
    unpaid: tuple[UnpaidSegment, ...]
    missed: MissedSegment
    entitled: int
    entitled_places: int
    earned: NDArray[np.int64]
    brought: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)
