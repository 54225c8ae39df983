"""Which leg of their sponsor new people get, very many at once (D5)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy import IdIndex
from mlmcore.sql.session import Session

__all__ = ["sponsor_legs", "uuid_array"]


def sponsor_legs(
    session: Session, sponsors: NDArray[np.uint64], joined: NDArray[np.integer], numbers: Sequence[bytes]
) -> NDArray[np.int64]:
    """Number people below their sponsors, in the order of joining, after what each sponsor has given.

    Nobody else gives a leg of these sponsors until the transaction ends.

    Args:
        session: Asks what was given.
        sponsors: uint64[n, 2]: whose leg each gets.
        joined: int[n]: on which day each joined.
        numbers: Their distributor numbers in UTF-8, whose order is that of code points.

    Returns:
        int64[n]: the leg of each, from 1.
    """
    if not len(sponsors):
        return np.zeros(0, dtype=np.int64)
    keys, of = np.unique(sponsors, axis=0, return_inverse=True)
    of = of.ravel()
    rows = session.rows("distributors_reserve_legs", {"sponsors": uuid_array(keys)})
    highest = np.zeros(len(keys), dtype=np.int64)
    known = IdIndex.from_keys(keys).find(IdIndex.from_uuids([row["sponsor"] for row in rows]).keys)
    highest[known] = [row["highest"] for row in rows]
    order = np.lexsort((np.array(numbers), joined, of))
    first = np.searchsorted(of[order], np.arange(len(keys)))  # where each sponsor's begin, in that order
    legs = np.empty(len(sponsors), dtype=np.int64)
    legs[order] = np.arange(1, len(order) + 1) - first[of[order]] + highest[of[order]]
    return legs


def uuid_array(keys: NDArray[np.uint64]) -> str:
    """Keys as the text of a `uuid[]`: a list of a million UUIDs takes the driver seconds."""
    digits = keys.astype(">u8").tobytes().hex()
    return "{" + ",".join(digits[at : at + 32] for at in range(0, len(digits), 32)) + "}"
