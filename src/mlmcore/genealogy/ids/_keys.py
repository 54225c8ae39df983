"""16-byte keys as arrays of two unsigned 64-bit halves, read as big-endian numbers: made, compared, sorted, mixed.

Which position of what has a key is the matter of `ids`.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy._arrays import INT32_MAX, Bools, Keys, input_error, sealed

__all__ = ["UuidColumn", "check_keys", "check_size", "key_order", "keys_of", "keys_of_uuids", "mixed", "same_keys"]

UuidColumn = Sequence[UUID] | bytes | bytearray | memoryview | NDArray[np.uint8]
"""UUIDs as a caller may bring them: objects, 16 bytes of each one after the other, or uint8[n, 16]."""


def keys_of(uuids: UuidColumn) -> Keys:
    """uint64[n, 2], read-only: the keys of UUIDs.

    Raises:
        InputError: Something else is among them, or bytes are left over, or there are more than a genealogy holds.
    """
    if isinstance(uuids, bytes | bytearray | memoryview):
        octets = np.frombuffer(uuids, dtype=np.uint8)
        if len(octets) % 16:
            raise input_error("ids.length", f"{len(octets):,} bytes are no whole number of UUIDs", "each has 16 bytes")
        return _keys_of_octets(octets.reshape(-1, 16))
    if isinstance(uuids, np.ndarray):
        if uuids.dtype != np.uint8 or uuids.ndim != 2 or uuids.shape[1] != 16:
            raise input_error(
                "ids.dtype", f"the UUIDs are {uuids.dtype} of shape {uuids.shape}", "give uint8[n, 16], or UUIDs"
            )
        return _keys_of_octets(uuids)
    return _keys_of_objects(uuids)


def _keys_of_octets(octets: NDArray[np.uint8]) -> Keys:
    check_size(len(octets))
    return sealed(np.ascontiguousarray(octets).view(">u8").astype(np.uint64))


def _keys_of_objects(uuids: Sequence[UUID]) -> Keys:
    check_size(len(uuids))
    items: Sequence[object] = uuids
    others = [(row, item) for row, item in enumerate(items) if not isinstance(item, UUID)]
    if others:
        raise InputError(
            Finding(code="ids.uuid", what=f"row {row}: {item!r} is no UUID", todo="make ids of texts from labels")
            for row, item in others
        )
    return sealed(keys_of_uuids(uuids))


def check_keys(keys: object) -> None:
    """Refuse what is no array of keys.

    Raises:
        InputError: The shape or type is another one, or there are more than a genealogy holds.
    """
    if not isinstance(keys, np.ndarray) or keys.dtype != np.uint64 or keys.ndim != 2 or keys.shape[1] != 2:
        raise input_error("ids.keys", "keys must be uint64[n, 2]", "give the high and the low half of each key")
    check_size(len(keys))


def same_keys(one: Keys, other: Keys) -> Bools:
    """bool[n]: which keys agree; by halves, since `all` over two is slow."""
    same: Bools = (one[:, 0] == other[:, 0]) & (one[:, 1] == other[:, 1])
    return same


def key_order(keys: Keys) -> NDArray[np.intp]:
    """intp[n]: the order of keys. The high halves are nearly always enough, and sorting one number is fast."""
    order = np.argsort(keys[:, 0])
    high = keys[:, 0].take(order)
    same = high[1:] == high[:-1]
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        order[tied] = rows[np.lexsort((keys[rows, 1], keys[rows, 0]))]
    return order


def mixed(keys: Keys) -> NDArray[np.uint64]:
    """uint64[n]: both halves of each key, mixed so that different keys seldom agree (wrapping is meant)."""
    number = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    number ^= number >> np.uint64(32)
    number += keys[:, 1]
    number *= np.uint64(0xBF58476D1CE4E5B9)
    number ^= number >> np.uint64(31)
    return number


def check_size(count: int) -> None:
    """Refuse more ids than a position of int32 can name.

    Raises:
        InputError: There are too many.
    """
    if count > INT32_MAX:
        raise input_error("ids.size", f"{count:,} ids are more than a genealogy holds ({INT32_MAX:,})")


def keys_of_uuids(uuids: Sequence[UUID]) -> Keys:
    """uint64[n, 2], writable."""
    check_size(len(uuids))
    return np.frombuffer(b"".join(key.bytes for key in uuids), dtype=">u8").astype(np.uint64).reshape(-1, 2)
