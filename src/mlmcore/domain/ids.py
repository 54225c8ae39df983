"""Ids: what identifies a person, an order, a customer.

In the database an id is a UUID. In files and cases any text is an id: text that is a UUID is that UUID, and other text
gets a key derived from it, always the same one. Output, messages and ties use the text that the user wrote.
"""

import re
import uuid
from collections.abc import Callable
from functools import cache
from typing import NewType, cast
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
    """A fresh UUID of version 7: unique, and in the order of creation to the millisecond."""
    return _uuid7()()


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


def demo_user_id(name: str) -> UUID:
    """The stable id of a demo user of the seed, such as `admin-123`, which is no UUID (decision D9)."""
    return key_of(name)


def _error(what: str, todo: str) -> InputError:
    return InputError.of(what, todo, code="input.id")
