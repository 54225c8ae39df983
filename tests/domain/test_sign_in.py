"""Who may sign in, and what failures do."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from mlmcore.domain.enums import UserStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.people import User
from mlmcore.domain.sign_in import (
    LockoutPolicy,
    SignInBarrier,
    after_failure,
    after_login,
    sign_in_barrier,
    unlocked,
)

NOON = datetime(2026, 4, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
USER = User(email="ann@example.com")
RISING = LockoutPolicy(failures=3, locks=(MINUTE, 15 * MINUTE))


def failed(times: int, policy: LockoutPolicy = RISING, now: datetime = NOON) -> User:
    """A user after some failures at one instant."""
    user = USER
    for _ in range(times):
        user = after_failure(user, policy, now)
    return user


class TestLockoutPolicy:
    """`LockoutPolicy`."""

    def test_both_values_are_said(self) -> None:
        """There is no default."""
        with pytest.raises(TypeError):
            LockoutPolicy()  # type: ignore[call-arg]  # that is the point

    @pytest.mark.parametrize(
        ("locks", "shown"),
        [((), "none"), ((timedelta(),), "0:00:00"), ((2 * MINUTE, MINUTE), "0:02:00, 0:01:00")],
    )
    def test_locks_last_and_never_get_shorter(self, locks: tuple[timedelta, ...], shown: str) -> None:
        """At least one."""
        with pytest.raises(InputError) as caught:
            LockoutPolicy(failures=3, locks=locks)

        assert str(caught.value) == (
            f"locks of a lockout policy are {shown}; give at least one, each longer than nothing and none shorter "
            "than the one before"
        )

    def test_it_takes_at_least_one_failure(self) -> None:
        """Zero would lock everybody."""
        with pytest.raises(InputError):
            LockoutPolicy(failures=0, locks=(MINUTE,))


class TestFailures:
    """`after_failure`."""

    def test_failures_are_counted_up_to_the_lock(self) -> None:
        """The last one of the row locks."""
        assert (failed(2).login_attempts, failed(2).locked_until) == (2, None)
        assert (failed(3).login_attempts, failed(3).locked_until) == (3, NOON + MINUTE)

    def test_locks_get_longer_and_the_last_repeats(self) -> None:
        """After each full row."""
        assert [failed(times).locked_until for times in (3, 6, 9)] == [
            NOON + MINUTE,
            NOON + 15 * MINUTE,
            NOON + 15 * MINUTE,
        ]

    def test_a_longer_lock_stays(self) -> None:
        """A failure cannot open an account."""
        locked = evolve(USER, login_attempts=2, locked_until=NOON + 60 * MINUTE)

        assert after_failure(locked, RISING, NOON).locked_until == NOON + 60 * MINUTE

    def test_a_lock_that_has_passed_is_replaced(self) -> None:
        """From the instant of the failure on."""
        assert after_failure(failed(5), RISING, NOON + 5 * MINUTE).locked_until == NOON + 20 * MINUTE

    def test_a_success_or_an_unlock_ends_the_row(self) -> None:
        """And the next failure is the first."""
        for user in (after_login(failed(7), NOON), unlocked(failed(7))):
            assert (user.login_attempts, user.locked_until) == (0, None)
            assert after_failure(user, RISING, NOON).login_attempts == 1
        assert after_login(failed(7), NOON).last_login == NOON


class TestBarriers:
    """`sign_in_barrier`."""

    @pytest.mark.parametrize("status", [UserStatus.PENDING, UserStatus.INACTIVE, UserStatus.SUSPENDED])
    def test_only_an_active_user_signs_in(self, status: UserStatus) -> None:
        """Whatever else holds."""
        assert sign_in_barrier(evolve(failed(3), status=status), NOON) == SignInBarrier(status.value)

    def test_a_lock_ends_by_itself(self) -> None:
        """At the instant that it names."""
        assert sign_in_barrier(failed(3), NOON + MINUTE - timedelta.resolution) == SignInBarrier.LOCKED
        assert sign_in_barrier(failed(3), NOON + MINUTE) is None
        assert sign_in_barrier(USER, NOON) is None
