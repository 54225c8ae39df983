"""How many entities one page holds, in every store (A7)."""

from typing import Final

from mlmcore.domain.errors import RefusedError

__all__ = ["PAGE_MAX", "checked_limit"]

PAGE_MAX: Final = 10_000
"""The most entities that one page holds."""


def checked_limit(limit: int) -> int:
    """Return a page's limit, or refuse it (A7)."""
    if not 1 <= limit <= PAGE_MAX:
        raise RefusedError(f"a page holds 1 to {PAGE_MAX} entities, not {limit}")
    return limit
