"""Whose e-mail is whose, when a load of users is refused: by their ids, since an address is personal (U1)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from attrs import frozen

from mlmcore.domain.errors import ConflictError

__all__ = ["SHOWN", "SharedEmail", "SharedEmails", "naming_shared_emails"]

SHOWN: Final = 10
"""How many are named; the others are counted."""


@frozen(kw_only=True)
class SharedEmail:
    """A user of a load who has somebody else's e-mail.

    Attributes:
        user_id: Who.
        other_id: Whose it is.
        stored: Whether that one is stored; otherwise they are before in the load.
    """

    user_id: UUID
    other_id: UUID
    stored: bool

    def __str__(self) -> str:
        return f"user {self.user_id} that of {self.other_id} ({'stored' if self.stored else 'in the load too'})"


@frozen(kw_only=True)
class SharedEmails:
    """The first of them in the order of the load, and how many there are."""

    shown: Sequence[SharedEmail] = ()
    count: int = 0


@contextmanager
def naming_shared_emails(find: Callable[[], SharedEmails]) -> Iterator[None]:
    """Let a load that conflicts say whose e-mails are shared, where that is why.

    Args:
        find: Looks for them, when the load was undone.

    Raises:
        ConflictError: The load's own, or ours that names them.
    """
    try:
        yield
    except ConflictError as error:
        found = find()
        if not found.count:
            raise
        more = [f"and {found.count - len(found.shown)} more"] if found.count > len(found.shown) else []
        raise ConflictError(
            f"{found.count} of the users have another user's e-mail, in one case or another: "
            f"{'; '.join([*map(str, found.shown), *more])}"
        ) from error
