"""Users and their profiles."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.enums import UserStatus
from mlmcore.domain.people import User, UserProfile
from mlmcore.repositories.filters import EVERY_USER, UserFilter
from mlmcore.repositories.shared_emails import SharedEmails, naming_shared_emails
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._picking import user_condition
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table
from mlmcore.sql.repositories._shared_emails import find_shared_emails

__all__ = ["SqlUsers"]

_USERS: Final = Table(name="users", entity="user", type=User, machines={"status": machines.USER})
_PROFILES: Final = Table(
    name="user_profiles",
    entity="profile of user",
    type=UserProfile,
    key=("user_id",),
    machines={"kyc_status": machines.KYC},
)


class SqlUsers(Aggregate[User]):
    """Users and profiles; see `protocols.Users`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _USERS)
        self._profiles = Rows(context, _PROFILES)

    def find_by_email(self, email: str, /) -> User | None:
        """Return the user with this address in any case, or None."""
        return self._rows.one("WHERE lower(email) = lower(%(email)s)", {"email": email})

    def lock(self, user_id: UUID, /) -> User:
        """Return a user, whom nobody else changes until the transaction ends."""
        return self._rows.get_for_update(user_id)

    def add_many(self, users: Sequence[User], profiles: Sequence[UserProfile] = (), /) -> None:
        """Store many users and profiles of theirs."""
        with naming_shared_emails(lambda: self._shared_emails(users)), self._session.savepoint():
            self._rows.add_many(users)
            self._profiles.add_many(profiles)

    def list_by_status(self, status: UserStatus, /) -> tuple[User, ...]:
        """Return the users of a status, by id."""
        return self._rows.many("WHERE status = %(status)s ORDER BY id", {"status": status.value})

    def page(self, after: UUID | None = None, limit: int = 100, *, where: UserFilter = EVERY_USER) -> tuple[User, ...]:
        """Return the next users by id, of all or of those that a filter picks."""
        condition, parameters = user_condition(where)
        return self._rows.page(after, limit, where=condition, parameters=parameters)

    def get_profile(self, user_id: UUID, /) -> UserProfile:
        """Return the profile of a user."""
        return self._profiles.get(user_id)

    def find_profile(self, user_id: UUID, /) -> UserProfile | None:
        """Return the profile of a user, or None."""
        return self._profiles.find(user_id)

    def add_profile(self, profile: UserProfile, /) -> UserProfile:
        """Store a new profile."""
        return self._profiles.add(profile)

    def update_profile(self, profile: UserProfile, /) -> UserProfile:
        """Replace a stored profile."""
        return self._profiles.update(profile)

    def _shared_emails(self, users: Sequence[User]) -> SharedEmails:
        return find_shared_emails(self._session, [user.id for user in users], [user.email for user in users])
