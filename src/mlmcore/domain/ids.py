"""Ids: what identifies a person, an order, a customer.

In the database an id is a UUID. In files and cases any text is an id: text that is a UUID is that UUID, and other text
gets a key derived from it, always the same one. Output, messages and ties use the text that the user wrote.
"""

import os
import re
import secrets
import uuid
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Final, NewType, cast
from uuid import UUID, uuid5

from mlmcore.domain.errors import InputError

__all__ = [
    "KEY_NAMESPACE",
    "CustomerId",
    "DistributorId",
    "OrderId",
    "UserId",
    "demo_user_id",
    "key_of",
    "new_id",
]

UserId = NewType("UserId", UUID)
DistributorId = NewType("DistributorId", UUID)
CustomerId = NewType("CustomerId", UUID)
OrderId = NewType("OrderId", UUID)

KEY_NAMESPACE = UUID("6d6c6d63-6f72-5e6b-8579-2e6964732e31")
"""The namespace in which text that is no UUID is hashed to a key (UUID version 5). Never changed."""

_CANONICAL = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def new_id() -> UUID:
    """A fresh UUID of version 7: unique, and greater than every one that this process made before, in any thread.

    Ids of several processes are in the order of creation to the millisecond.
    """
    return _MADE.following(_uuid7())


def key_of(text: str) -> UUID:
    """The key behind an id as written.

    >>> key_of("0123ABCD-0000-4000-8000-00000000FFFF")
    UUID('0123abcd-0000-4000-8000-00000000ffff')
    >>> key_of("ann") == key_of("ann") != key_of("Ann")
    True

    Args:
        text: The canonical spelling of a UUID with hyphens, in either case, is that UUID; any other text is hashed.

    Raises:
        InputError: The text is empty, is padded with white space, or cannot be encoded.
    """
    if not text:
        raise _error("an id is empty", "give every person, order and customer one")
    if text != text.strip():
        raise _error(f"id {text!r} has white space around it", "remove it")
    if _CANONICAL.fullmatch(text):
        return UUID(text)
    try:
        return uuid5(KEY_NAMESPACE, text)
    except UnicodeEncodeError:
        raise _error(f"id {text!a} holds a lone surrogate", "read the file as UTF-8") from None


@cache
def _uuid7() -> Callable[[], UUID]:
    if hasattr(uuid, "uuid7"):  # from Python 3.14
        return cast("Callable[[], UUID]", uuid.uuid7)
    from uuid_utils.compat import uuid7  # noqa: PLC0415  (only where it is needed)

    return uuid7


class _Made:
    """The last id that was made; whoever makes the next one holds the lock."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def following(self, make: Callable[[], UUID]) -> UUID:
        """A fresh id, or one after the last where that is greater (the same millisecond, a clock put back)."""
        with self._lock:
            fresh = make().int
            self._last = fresh if fresh > self._last else _after(self._last)
            return UUID(int=self._last)

    def renew_lock(self) -> None:
        """In the child of a fork another thread of the parent may have held it, and never lets go."""
        self._lock = Lock()


_MADE: Final = _Made()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_MADE.renew_lock)

_CHANCE: Final = 61


def _after(last: int) -> int:
    """A number of a UUID of version 7 that is greater by chance: two processes of one fork do not make the same.

    Its milliseconds, 48 bits, and what is random in it, 12 and 62 bits, are one number without version and variant.
    """
    number = (last >> 80) << 74 | (last >> 64 & 0xFFF) << 62 | last & (1 << 62) - 1
    number += 1 + secrets.randbits(_CHANCE)
    return (number >> 74) << 80 | 7 << 76 | (number >> 62 & 0xFFF) << 64 | 2 << 62 | number & (1 << 62) - 1


def demo_user_id(name: str) -> UUID:
    """The stable id of a demo user of the seed, such as `admin-123`, which is no UUID (decision D9)."""
    return key_of(name)


def _error(what: str, todo: str) -> InputError:
    return InputError.of(what, todo, code="input.id")
