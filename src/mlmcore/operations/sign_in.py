"""What a host tells of a user's signing in: failures, successes, an unlock, another password, a second factor.

We store a password's hash, which the host has made, and never see a password. Each of these locks the user's row first,
so that of twenty failures at once twenty are counted.
"""

from uuid import UUID

from attrs import evolve

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import User
from mlmcore.domain.sign_in import (
    LockoutPolicy,
    SignInBarrier,
    after_failure,
    after_login,
    sign_in_barrier,
    unlocked,
)
from mlmcore.repositories.protocols import UnitOfWork

__all__ = [
    "change_password_hash",
    "record_failed_login",
    "record_login",
    "turn_off_two_factor",
    "turn_on_two_factor",
    "unlock_user",
]


def record_failed_login(unit: UnitOfWork, user_id: UUID, policy: LockoutPolicy) -> User:
    """Count a failure, and lock the account where the policy says so. No failure is like another: each call counts.

    Raises:
        NotFoundError: There is no such user.
    """
    user = unit.users.lock(user_id)
    return unit.users.update(after_failure(user, policy, unit.now))


def record_login(unit: UnitOfWork, user_id: UUID) -> User:
    """Write down that somebody signed in: the failures before are forgotten, `last_login` is now.

    Call it once the password (and the second factor) was right, before a session is given out: it has the last word.

    Raises:
        NotFoundError: There is no such user.
        RefusedError: The user is not active, or is locked out.
    """
    user = unit.users.lock(user_id)
    barrier = sign_in_barrier(user, unit.now)
    if barrier is not None:
        raise RefusedError(f"user {user_id} cannot sign in: {_why(user, barrier)}")
    return unit.users.update(after_login(user, unit.now))


def unlock_user(unit: UnitOfWork, user_id: UUID) -> User:
    """End a lock and forget the failures; of somebody who is not locked, the failures.

    Raises:
        NotFoundError: There is no such user.
    """
    return unit.users.update(unlocked(unit.users.lock(user_id)))


def change_password_hash(unit: UnitOfWork, user_id: UUID, password_hash: str | None) -> User:
    """Replace the hash of a password; None means that nobody can sign in with one. A lock stays.

    Raises:
        NotFoundError: There is no such user.
    """
    return unit.users.update(evolve(unit.users.lock(user_id), password_hash=password_hash))


def turn_on_two_factor(unit: UnitOfWork, user_id: UUID, secret: str) -> User:
    """Ask for a second factor from now on; the secret is stored sealed.

    Raises:
        NotFoundError: There is no such user.
        RefusedError: The unit has no cipher, or the secret is empty.
    """
    if not secret:
        raise RefusedError(f"user {user_id} gets no second factor: the secret is empty; give the one that was shown")
    user = unit.users.lock(user_id)
    return unit.users.update(evolve(user, two_factor_enabled=True, two_factor_secret=secret))


def turn_off_two_factor(unit: UnitOfWork, user_id: UUID) -> User:
    """Ask for no second factor any more; the secret is forgotten.

    Raises:
        NotFoundError: There is no such user.
    """
    user = unit.users.lock(user_id)
    return unit.users.update(evolve(user, two_factor_enabled=False, two_factor_secret=None))


def _why(user: User, barrier: SignInBarrier) -> str:
    if barrier is SignInBarrier.LOCKED and user.locked_until is not None:
        return f"locked until {user.locked_until.isoformat()}; wait, or unlock the user"
    return f"the user is {barrier}, and only an active one may"
