"""Ids of calculated lines: a run's digest and the line's number, as UUIDs of version 8.

The engine writes lines in one order, so a repeated run gives every line the same id and nothing is hashed per line.
Ids of one run ascend with the line's number.

| bits | holds |
|---|---|
| 0-47, 52-63 | the first 60 bits of the digest |
| 48-51 | the version, 8 |
| 64-65 | the variant, binary 10 |
| 66-85 | the next 20 bits of the digest |
| 86-87 | what kind of line: 0 ledger, 1 unpaid, 2 account, 3 the run itself |
| 88-127 | the line's number, from 0 |
"""

from enum import IntEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINES_MAX", "LineKind", "line_ids", "run_id"]

LINES_MAX: Final = 1 << 40
"""How many lines of one kind a run can have."""


class LineKind(IntEnum):
    """What an id stands for."""

    LEDGER = 0
    UNPAID = 1
    ACCOUNT = 2
    RUN = 3


def line_ids(digest: str, count: int, *, kind: LineKind = LineKind.LEDGER, first: int = 0) -> NDArray[np.uint64]:
    """Return the ids of `count` lines of a run, from number `first` on.

    Args:
        digest: The run's, at least 20 hex digits.
        count: How many.
        kind: Of which table.
        first: The number of the first.

    Returns:
        `uint64[count, 2]`: high and low half of each id.

    Raises:
        ValueError: The digest is not hex, or too short; or there are more lines than fit.
    """
    if len(digest) < 20:
        raise ValueError(f"a run's digest has at least 20 hex digits, not {len(digest)}: {digest!r}")
    if count < 0 or first < 0 or first + count > LINES_MAX:
        raise ValueError(f"line numbers are 0 to {LINES_MAX - 1}, not {first} to {first + count - 1}")
    bits = int(digest[:20], 16)
    high = (bits >> 32) << 16 | 0x8000 | (bits >> 20) & 0xFFF
    low = 0b10 << 62 | (bits & 0xFFFFF) << 42 | int(kind) << 40
    ids = np.empty((count, 2), dtype=np.uint64)
    ids[:, 0] = high
    ids[:, 1] = np.uint64(low) | np.arange(first, first + count, dtype=np.uint64)
    return ids


def run_id(digest: str) -> UUID:
    """Return the id of the run with this digest."""
    high, low = line_ids(digest, 1, kind=LineKind.RUN)[0]
    return UUID(int=int(high) << 64 | int(low))
