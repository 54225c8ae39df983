"""Whom work may be given to: a user who is here."""

from typing import Final
from uuid import UUID

from mlmcore.domain.enums import UserStatus
from mlmcore.domain.errors import RefusedError
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["refuse_absent"]

_ABSENT: Final = frozenset({UserStatus.INACTIVE, UserStatus.SUSPENDED})


def refuse_absent(unit: UnitOfWork, user_id: UUID, what: str) -> None:
    """Refuse to give something to a user who left or is suspended: nobody would see to it.

    Args:
        unit: The unit of work.
        user_id: To whom.
        what: What is given, for the message: `contact 0192...`.

    Raises:
        NotFoundError: There is no such user.
        RefusedError: The user is inactive or suspended.
    """
    status = unit.users.get(user_id).status
    if status in _ABSENT:
        raise RefusedError(f"{what} cannot go to user {user_id}, who is {status}; choose somebody who is active")
