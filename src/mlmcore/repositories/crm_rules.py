"""Rules of contacts and tasks that every store shares: what never changes, what is open, and what is an instant."""

from datetime import datetime
from typing import Final

from mlmcore.domain.crm import Contact
from mlmcore.domain.errors import InputError, RefusedError

__all__ = ["checked_instant", "refuse_conversion_changes"]

_WRITTEN_ONCE: Final = ("converted_to_customer_id", "converted_at", "enrolled_as_id")
"""What a contact keeps from the moment it is set (C4)."""


def checked_instant(name: str, value: object) -> datetime:
    """Return an instant that is one: a datetime with a zone, so that it means the same to every store (C8, B7).

    Args:
        name: What was asked for, for the message: `until`.
        value: What was given.

    Raises:
        InputError: It is none.
    """
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value
    raise InputError.of(
        f"{value!r} is no instant", "give a datetime.datetime with a time zone", code="storage.instant", path=name
    )


def refuse_conversion_changes(before: Contact, after: Contact) -> None:
    """Refuse a change of whom a contact has become (C4).

    Raises:
        RefusedError: Customer, instant or distributor would change or go.
    """
    changed = [
        name
        for name in _WRITTEN_ONCE
        if getattr(before, name) is not None and getattr(after, name) != getattr(before, name)
    ]
    if changed:
        kept = ", ".join(f"{name} ({getattr(before, name)})" for name in changed)
        raise RefusedError(
            f"contact {before.id} was converted already, and {kept} never changes; a mistake is told in its notes"
        )
