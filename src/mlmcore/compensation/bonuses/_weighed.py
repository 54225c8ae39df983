"""What a bonus offers in one window, weighed: who is paid what after rounding, and what is unpaid of it."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Payable
from mlmcore.compensation.lines import MissedSegment, UnpaidSegment

__all__ = ["Weighed"]


@frozen(kw_only=True, eq=False)
class Weighed:
    """What a bonus offers, before refunds, negative sums and minimums have their say.

    Attributes:
        payable: What is paid, rounded, in the engine's order.
        unpaid: What is not, in parts: what was refused, and what rounding took.
        missed: What was lost to somebody further up.
        entitled: The exact sum of everything offered, scaled by `places`.
        places: Decimal places of the exact amounts.
        earned: int64[n]: what each person qualified for, exactly, scaled by `places`.
    """

    payable: Payable
    unpaid: tuple[UnpaidSegment, ...]
    missed: MissedSegment
    entitled: int
    places: int
    earned: NDArray[np.int64]
