"""What a host tells of a user's signing in."""

from datetime import timedelta

import pytest
from attrs import evolve

from mlmcore.domain.enums import UserStatus
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.sign_in import LockoutPolicy
from mlmcore.operations.sign_in import (
    change_password_hash,
    record_failed_login,
    record_login,
    turn_off_two_factor,
    turn_on_two_factor,
    unlock_user,
)
from mlmcore.repositories.memory import MemoryStore
from operations.company import Company

POLICY = LockoutPolicy(failures=2, locks=(timedelta(minutes=10),))


class TestLogins:
    """`record_failed_login`, `record_login`, `unlock_user`."""

    def test_enough_failures_lock_somebody_out(self, company: Company) -> None:
        """Until the lock has passed; the message says how long."""
        with company.store() as unit:
            record_failed_login(unit, company.ann, POLICY)
            locked = record_failed_login(unit, company.ann, POLICY)
            until = unit.now + timedelta(minutes=10)
            with pytest.raises(RefusedError) as caught:
                record_login(unit, company.ann)

        assert (locked.login_attempts, locked.locked_until) == (2, until)
        assert str(caught.value) == (
            f"user {company.ann} cannot sign in: locked until {until.isoformat()}; wait, or unlock the user"
        )
        company.clock.instant += timedelta(minutes=10)
        with company.store() as unit:
            signed_in = record_login(unit, company.ann)
            assert (signed_in.login_attempts, signed_in.locked_until, signed_in.last_login) == (0, None, unit.now)

    def test_an_unlock_lets_somebody_in(self, company: Company) -> None:
        """At once; a second one changes nothing."""
        with company.store() as unit:
            for _ in range(2):
                record_failed_login(unit, company.ann, POLICY)
            unlock_user(unit, company.ann)
        before = company.store.as_dict()

        with company.store() as unit:
            unlock_user(unit, company.ann)
        assert company.store.as_dict() == before
        with company.store() as unit:
            record_login(unit, company.ann)

    def test_only_an_active_user_signs_in(self, company: Company) -> None:
        """Nothing is written down of one who is not."""
        with company.store() as unit:
            unit.users.update(evolve(unit.users.get(company.bob), status=UserStatus.SUSPENDED))
            with pytest.raises(RefusedError) as caught:
                record_login(unit, company.bob)

            assert unit.users.get(company.bob).last_login is None
        assert str(caught.value) == (
            f"user {company.bob} cannot sign in: the user is suspended, and only an active one may"
        )

    def test_a_stranger_is_named(self, company: Company) -> None:
        """What the host shows of it is the host's business."""
        stranger = new_id()
        with company.store() as unit, pytest.raises(NotFoundError) as caught:
            record_failed_login(unit, stranger, POLICY)

        assert str(caught.value) == f"no user with id {stranger}"


class TestSecrets:
    """`change_password_hash`, `turn_on_two_factor`, `turn_off_two_factor`."""

    def test_a_second_factor_is_turned_on_and_off(self, company: Company) -> None:
        """Off means that the secret is gone."""
        with company.store() as unit:
            on = turn_on_two_factor(unit, company.ann, "JBSWY3DP")
            assert (on.two_factor_enabled, on.two_factor_secret) == (True, "JBSWY3DP")
            off = turn_off_two_factor(unit, company.ann)
            assert (off.two_factor_enabled, off.two_factor_secret) == (False, None)

    def test_a_second_factor_has_a_secret_and_a_seal(self, company: Company) -> None:
        """An empty one is none, and without a cipher nothing is stored."""
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            turn_on_two_factor(unit, company.ann, "")
        assert str(caught.value) == (
            f"user {company.ann} gets no second factor: the secret is empty; give the one that was shown"
        )

        bare = MemoryStore()
        bare.state = company.store.state
        with bare() as unit, pytest.raises(RefusedError):
            turn_on_two_factor(unit, company.ann, "JBSWY3DP")

    def test_no_secret_shows(self, company: Company) -> None:
        """Neither in what is printed of a user nor in the audit log."""
        with company.store() as unit:
            change_password_hash(unit, company.ann, "argon2-hash")
            user = turn_on_two_factor(unit, company.ann, "JBSWY3DP")
            rows = unit.audit.list_by_entity("users", company.ann)

        assert (user.password_hash, user.two_factor_secret) == ("argon2-hash", "JBSWY3DP")
        shown = repr(user) + repr(rows) + repr(company.store.as_dict()["audit_personal"])
        assert "argon2-hash" not in shown
        assert "JBSWY3DP" not in shown
        assert "JBSWY3DP" not in repr(company.store.as_dict()["users"])
