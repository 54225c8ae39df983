"""What a repository of users promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve

from mlmcore.domain.enums import KycStatus, UserRole, UserStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    InputError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.people import UserProfile
from mlmcore.repositories.filters import UserFilter
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    a_user,
    raises,
)

__all__ = ["UsersContract"]


class UsersContract:
    """Subclass it with the fixtures `unit_of_work` (with a cipher) and `unit_of_work_without_cipher`."""

    def test_get_of_nobody_raises_and_find_returns_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1."""
        stranger = new_id()

        with unit_of_work() as unit:
            assert unit.users.find(stranger) is None
            assert unit.users.find_profile(stranger) is None
            with raises(NotFoundError):
                unit.users.get(stranger)
            with raises(NotFoundError):
                unit.users.get_profile(stranger)

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A4: with the store's instants filled in."""
        user = a_user(phone="+1 555 0100", login_attempts=2, locked_until=datetime(2026, 3, 1, tzinfo=UTC))

        with unit_of_work() as unit:
            stored = unit.users.add(user)
            expected = evolve(user, created_at=unit.now, updated_at=unit.now)
            assert stored == expected
            assert unit.users.get(user.id) == expected

    def test_a_key_is_stored_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A2, A12."""
        user = a_user()

        with unit_of_work() as unit:
            stored = unit.users.add(user)
            with raises(ConflictError):
                unit.users.add(a_user(id=user.id))
            assert unit.users.get(user.id) == stored

    def test_an_address_belongs_to_one_user_in_any_case(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U1: when added, added with many, and changed."""
        first = a_user()
        second, shouted = a_user(), first.email.upper()

        with unit_of_work() as unit:
            unit.users.add(first)
            unit.users.add(second)
            with raises(ConflictError):
                unit.users.add(a_user(email=shouted))
            with raises(ConflictError):
                unit.users.add_many([a_user(), a_user(email=shouted)])
            with raises(ConflictError):
                unit.users.update(evolve(second, email=shouted))
            assert unit.users.get(second.id).email == second.email

    def test_a_load_that_shares_addresses_names_everybody_by_their_ids(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U1: whoever has a stored user's, or that of one before in the load; the first ten, and no address."""
        stored, fresh = a_user(), a_user()
        load = [a_user(email=stored.email.upper()), fresh, a_user(email=fresh.email.title()), a_user()]
        many = [a_user(email=stored.email) for _ in range(12)]
        again = a_user(id=stored.id, email=stored.email)

        with unit_of_work() as unit:
            unit.users.add(stored)
            with raises(ConflictError) as caught:
                unit.users.add_many(load)
            with raises(ConflictError) as of_many:
                unit.users.add_many(many)
            with raises(ConflictError) as of_the_same:
                unit.users.add_many([again])
            assert unit.users.find(fresh.id) is None
        assert caught.text == (
            "2 of the users have another user's e-mail, in one case or another: "
            f"user {load[0].id} that of {stored.id} (stored); user {load[2].id} that of {fresh.id} (in the load too)"
        )
        assert of_many.text.endswith(f"user {many[9].id} that of {stored.id} (stored); and 2 more")
        assert of_the_same.text == f"user {stored.id} is stored already"

    def test_an_address_is_found_in_any_case(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U2."""
        user = a_user()

        with unit_of_work() as unit:
            stored = unit.users.add(user)
            assert unit.users.find_by_email(user.email.upper()) == stored
            assert unit.users.find_by_email("nobody@example.com") is None

    def test_a_changed_address_is_free_again(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U1, U2."""
        user = a_user()

        with unit_of_work() as unit:
            unit.users.add(user)
            unit.users.update(evolve(user, email=f"new-{user.email}"))
            assert unit.users.find_by_email(user.email) is None
            unit.users.add(a_user(email=user.email))

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U3, A6, A12."""
        user = a_user(status=UserStatus.PENDING)

        with unit_of_work() as unit:
            unit.users.add(user)
            with raises(IllegalMoveError):
                unit.users.update(evolve(user, status=UserStatus.SUSPENDED))
            assert unit.users.get(user.id).status == UserStatus.PENDING
            assert unit.users.update(evolve(user, status=UserStatus.ACTIVE)).status == UserStatus.ACTIVE

    def test_an_update_that_changes_nothing_stores_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A5."""
        user = a_user()
        with unit_of_work() as unit:
            stored = unit.users.add(user)
            rows = len(unit.audit.list_by_entity("users", user.id))

        with unit_of_work() as unit:
            assert unit.users.update(stored) == stored
            assert unit.users.update(evolve(stored, updated_at=None, created_at=None)) == stored
            assert len(unit.audit.list_by_entity("users", user.id)) == rows

    def test_an_update_of_nobody_raises(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A5."""
        with unit_of_work() as unit:
            with raises(NotFoundError):
                unit.users.update(a_user())
            with raises(NotFoundError):
                unit.users.update_profile(UserProfile(user_id=new_id()))

    def test_whoever_created_a_user_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A3."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.users.add(a_user(created_by=new_id()))

    def test_many_are_stored_all_or_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8, A12."""
        first, second = a_user(), a_user()

        with unit_of_work() as unit:
            with raises(ConflictError):
                unit.users.add_many([first, second, a_user(email=first.email)])
            assert unit.users.find(first.id) is None
            unit.users.add_many([first, second], [UserProfile(user_id=first.id, first_name="Ann")])
            assert unit.users.get(second.id).created_at == unit.now
            assert unit.users.get_profile(first.id).first_name == "Ann"

    def test_pages_go_through_everybody_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            unit.users.add_many([a_user() for _ in range(7)])
            pages, after = [], None
            while page := unit.users.page(after, 3):
                assert len(page) <= 3
                pages.append(page)
                after = page[-1].id
            keys = [user.id for page in pages for user in page]
            assert len(keys) >= 7
            assert keys == sorted(set(keys))
            assert [user.id for user in unit.users.page(None, 10_000)] == keys

    def test_a_page_has_a_limit(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            for limit in (0, -1, 10_001):
                with raises(RefusedError):
                    unit.users.page(None, limit)

    def test_users_are_listed_by_status(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`list_by_status`, by id."""
        with unit_of_work() as unit:
            pending = [unit.users.add(a_user(status=UserStatus.PENDING)) for _ in range(2)]
            active = unit.users.add(a_user())
            listed = unit.users.list_by_status(UserStatus.PENDING)
            assert [user for user in listed if user in pending] == sorted(pending, key=lambda user: user.id)
            assert active not in listed

    def test_a_page_holds_whom_its_filter_picks(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U7: every condition by itself, all of them together, and page after page."""
        noon = datetime(2019, 5, 1, 12, tzinfo=UTC)
        second = timedelta(seconds=1)
        with unit_of_work() as unit:
            user = unit.users.add(a_user(role=UserRole.AUDITOR, created_at=noon, locked_until=noon))
            others = [
                a_user(created_at=noon, locked_until=noon),
                a_user(role=UserRole.AUDITOR, created_at=noon - second, locked_until=noon + second),
                a_user(role=UserRole.AUDITOR, status=UserStatus.PENDING, created_at=noon + second),
            ]
            other, early, late = [unit.users.add(each) for each in others]

            def picked(**conditions: Any) -> set[UUID]:
                found, after = [], None
                while page := unit.users.page(after, 2, where=UserFilter(**conditions)):
                    after = page[-1].id
                    found += [each.id for each in page]
                assert found == sorted(set(found))
                return set(found) & {each.id for each in (user, other, early, late)}

            assert picked(role=UserRole.AUDITOR) == {user.id, early.id, late.id}
            assert picked(role=UserRole.AUDITOR, status=UserStatus.ACTIVE) == {user.id, early.id}
            assert picked(created_from=noon) == {user.id, other.id, late.id}
            assert picked(created_before=noon) == {early.id}
            assert picked(locked_at=noon) == {early.id}
            assert picked(locked_at=noon - second, role=UserRole.AUDITOR, created_from=noon) == {user.id}
            assert picked() == {user.id, other.id, early.id, late.id}

    def test_a_filter_is_checked(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U7: an instant has a zone, a span does not end before it begins."""
        noon = datetime(2019, 5, 1, 12, tzinfo=UTC)
        with unit_of_work():
            with raises(InputError):
                UserFilter(locked_at=noon.replace(tzinfo=None))
            with raises(InputError):
                UserFilter(created_from=noon, created_before=noon - timedelta(seconds=1))

    def test_a_locked_user_is_the_stored_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U8, A1."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            assert unit.users.lock(user.id) == user
            with raises(NotFoundError):
                unit.users.lock(new_id())

    def test_a_profile_belongs_to_one_stored_user(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U4."""
        user = a_user()
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.users.add_profile(UserProfile(user_id=new_id()))

        with unit_of_work() as unit:
            unit.users.add(user)
            unit.users.add_profile(UserProfile(user_id=user.id))
            with raises(ConflictError):
                unit.users.add_profile(UserProfile(user_id=user.id))

    def test_a_kyc_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """U5."""
        user = a_user()

        with unit_of_work() as unit:
            unit.users.add(user)
            profile = unit.users.add_profile(UserProfile(user_id=user.id))
            with raises(IllegalMoveError):
                unit.users.update_profile(evolve(profile, kyc_status=KycStatus.EXPIRED))
            verified = unit.users.update_profile(evolve(profile, kyc_status=KycStatus.VERIFIED))
            assert verified.kyc_status == KycStatus.VERIFIED

    def test_secrets_come_back_as_they_went_in(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A11, U6."""
        user = a_user(two_factor_secret="JBSWY3DP")  # noqa: S106 - no real one
        profile = UserProfile(user_id=user.id, tax_id="12-345", kyc_documents=({"type": "passport", "no": "X1"},))

        with unit_of_work() as unit:
            unit.users.add(user)
            unit.users.add_profile(profile)
        with unit_of_work() as unit:
            assert unit.users.get(user.id).two_factor_secret == "JBSWY3DP"  # noqa: S105 - as above
            assert unit.users.get_profile(user.id).tax_id == "12-345"
            assert unit.users.get_profile(user.id).kyc_documents == ({"type": "passport", "no": "X1"},)

    def test_without_a_cipher_a_secret_is_refused(self, unit_of_work_without_cipher: UnitOfWorkFactory) -> None:
        """A11, A12."""
        user = a_user()

        with unit_of_work_without_cipher() as unit:
            with raises(RefusedError):
                unit.users.add(evolve(user, two_factor_secret="JBSWY3DP"))  # noqa: S106 - no real one
            assert unit.users.find(user.id) is None
            unit.users.add(user)
            with raises(RefusedError):
                unit.users.add_profile(UserProfile(user_id=user.id, tax_id="12-345"))
            with raises(RefusedError):
                unit.users.add_profile(UserProfile(user_id=user.id, kyc_documents=({"no": "X1"},)))
            assert unit.users.find_profile(user.id) is None

    def test_secrets_are_in_no_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9, U6."""
        user = a_user(password_hash="old-hash", two_factor_secret="JBSWY3DP")  # noqa: S106 - no real ones

        with unit_of_work() as unit:
            unit.users.add(user)
            unit.users.update(evolve(user, password_hash="new-hash", two_factor_secret="KRSXG5A"))  # noqa: S106
            unit.users.add_profile(UserProfile(user_id=user.id, tax_id="12-345"))
            rows = (
                *unit.audit.list_by_entity("users", user.id),
                *unit.audit.list_by_entity("user_profiles", user.id),
            )

        text = str([(row.before_data, row.after_data) for row in rows])
        assert len(rows) == 3
        assert not [word for word in ("old-hash", "new-hash", "JBSWY3DP", "KRSXG5A", "12-345") if word in text]
