"""Signing in: who may, and what a failure or a success makes of a user.

Passwords, tokens and sessions are the host's, and so is what a stranger is told: an unknown address, a wrong password
and a locked account should look the same from outside. Here is only what follows from the user's own row.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import Attribute, evolve, field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import UserStatus
from mlmcore.domain.people import User

__all__ = ["LockoutPolicy", "SignInBarrier", "after_failure", "after_login", "sign_in_barrier", "unlocked"]


class SignInBarrier(StrEnum):
    """Why somebody may not sign in."""

    PENDING = "pending"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    LOCKED = "locked"


@frozen(kw_only=True)
class LockoutPolicy:
    """After how many failures an account is locked, and for how long. Both are said; there is no default.

    Attributes:
        failures: Every so many failures in a row lock the account: with 5 the fifth, the tenth, the fifteenth ...
        locks: How long the first lock lasts, the second, and so on; the last one for all that follow. One value locks
            as long every time, rising ones lock longer and longer.
    """

    failures: int = field(validator=validators.integer(1))
    locks: tuple[timedelta, ...] = field()

    @locks.validator
    def _check_locks(self, attribute: "Attribute[tuple[timedelta, ...]]", value: tuple[timedelta, ...]) -> None:
        if not value or min(value) <= timedelta() or list(value) != sorted(value):
            raise validators.broken(
                f"{attribute.name} of a lockout policy are {', '.join(map(str, value)) or 'none'}",
                "give at least one, each longer than nothing and none shorter than the one before",
            )


def sign_in_barrier(user: User, now: datetime) -> SignInBarrier | None:
    """Why a user may not sign in at an instant; None where nothing stands in the way.

    The user's status comes first: it does not pass by itself.
    """
    if user.status != UserStatus.ACTIVE:
        return SignInBarrier(user.status.value)
    locked = user.locked_until is not None and now < user.locked_until
    return SignInBarrier.LOCKED if locked else None


def after_failure(user: User, policy: LockoutPolicy, now: datetime) -> User:
    """A user after one more failure; a lock that lasts longer already stays.

    Failures count on while an account is locked and after a lock has passed: only a success or an unlock ends the row.
    """
    failures = user.login_attempts + 1
    locks, rest = divmod(failures, policy.failures)
    if rest:
        return evolve(user, login_attempts=failures)
    until = now + policy.locks[min(locks, len(policy.locks)) - 1]
    return evolve(user, login_attempts=failures, locked_until=max(until, user.locked_until or until))


def after_login(user: User, now: datetime) -> User:
    """A user who has signed in."""
    return evolve(unlocked(user), last_login=now)


def unlocked(user: User) -> User:
    """A user without failures and without a lock."""
    return evolve(user, login_attempts=0, locked_until=None)
