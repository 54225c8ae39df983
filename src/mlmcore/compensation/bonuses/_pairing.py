"""How many pairs the two legs of a binary bonus give, and what so many of them take of each leg.

With a fixed ratio every pair takes the same. With `pair_by_pair` each takes one unit of the leg that is then the
smaller, the left on a tie, and two of the other. That need not be done pair by pair: the difference of the legs
shrinks by a unit with each pair until it is less than one, and from then on the legs take turns, so that any two pairs
take three units of both.
"""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["Pairing", "paired"]

Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SHARES: Final[dict[str, tuple[int, int]]] = {"1:1": (1, 1), "1:2": (1, 2), "2:1": (2, 1)}


@frozen(kw_only=True, eq=False)
class Pairing:
    """The pairs of everybody.

    Attributes:
        pairs: int64[n]: how many there are.
        unit: int64[n]: the volume of a unit.
        of_left: int64[n]: how many units the left leg gives to each of the first pairs.
        of_right: int64[n]: how many the right leg gives.
        straight: int64[n]: how many the first pairs are; after them the legs take turns.
        left_gives_one: bool[n]: whether the left leg gives one unit to the first pair after them, and the right two.
    """

    pairs: Ints64
    unit: Ints64
    of_left: Ints64
    of_right: Ints64
    straight: Ints64
    left_gives_one: Bools

    def taken(self, times: Ints64) -> tuple[Ints64, Ints64]:
        """What the first so many pairs take of the left and the right leg."""
        first = np.minimum(times, self.straight)
        rest = times - first
        odd, even = (rest + 1) // 2, rest // 2
        fewer, more = odd + 2 * even, 2 * odd + even
        left = first * self.of_left + np.where(self.left_gives_one, fewer, more)
        right = first * self.of_right + np.where(self.left_gives_one, more, fewer)
        return left * self.unit, right * self.unit


def paired(ratio: str, left: Ints64, right: Ints64, unit: Ints64, left_is_weak: Bools) -> Pairing:
    """Pair two legs.

    Args:
        ratio: `1:1`, `1:2`, `2:1`, `either` or `pair_by_pair`.
        left: int64[n]: what there is on the left to be paired, never below zero.
        right: int64[n]: likewise on the right.
        unit: int64[n]: the volume of a unit, above zero.
        left_is_weak: bool[n]: whether the left leg is the weak one.
    """
    if ratio in _SHARES:
        of_left, of_right = (np.full(len(unit), share, dtype=np.int64) for share in _SHARES[ratio])
    else:
        of_left, of_right = np.where(left_is_weak, 1, 2), np.where(left_is_weak, 2, 1)
    straight = np.minimum(left // unit // of_left, right // unit // of_right)
    pairs, left_gives_one = straight, left_is_weak
    if ratio == "pair_by_pair":
        weak, strong = np.where(left_is_weak, left, right), np.where(left_is_weak, right, left)
        straight = np.minimum(weak, strong - weak) // unit
        apart = strong - weak - straight * unit
        weak, strong = weak - straight * unit, strong - 2 * straight * unit
        in_turns = weak // unit // 3 * 2
        weak, strong = (leg - in_turns // 2 * 3 * unit for leg in (weak, strong))
        pairs = straight + in_turns + ((weak >= unit) & (strong // unit >= 2))
        left_gives_one = left_is_weak | (apart == 0)
    return Pairing(
        pairs=pairs, unit=unit, of_left=of_left, of_right=of_right, straight=straight, left_gives_one=left_gives_one
    )
