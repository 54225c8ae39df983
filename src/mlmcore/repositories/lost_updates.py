"""Nobody's change is lost: what was changed since it was read is not replaced (A14)."""

from datetime import datetime

from mlmcore.domain.errors import TransientError

__all__ = ["refuse_stale"]


def refuse_stale(who: str, *, read: datetime | None, stored: datetime | None, now: datetime) -> None:
    """Let a replacement pass if nobody changed the row since it was read.

    Args:
        who: The row, for the message: `user 0199...`.
        read: The `updated_at` of the entity that replaces; None for one that was made anew and knows of no state.
        stored: The `updated_at` of the row that is replaced.
        now: The unit's instant: what bears it was changed by this very transaction, which nobody can come between.

    Raises:
        TransientError: Somebody did.
    """
    if read is None or stored is None or stored in (read, now):
        return
    raise TransientError(
        f"{who} was changed by somebody else at {stored.isoformat()}, after it was read (as of {read.isoformat()}); "
        "nothing is replaced: read it again and make the change anew"
    )
