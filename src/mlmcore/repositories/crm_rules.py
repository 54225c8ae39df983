"""Rules of contacts and tasks that every store shares: what never changes, and what is open."""

from typing import Final

from mlmcore.domain.crm import Contact
from mlmcore.domain.errors import RefusedError

__all__ = ["refuse_conversion_changes"]

_WRITTEN_ONCE: Final = ("converted_to_customer_id", "converted_at", "enrolled_as_id")
"""What a contact keeps from the moment it is set (C4)."""


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
