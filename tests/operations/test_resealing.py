"""Rotating keys over a whole store."""

import pytest

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import User, UserProfile
from mlmcore.operations import reseal_secrets
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.memory.unit import MemoryUnitOfWork
from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.protocols.unit import NOBODY
from mlmcore.sql.cipher import AesGcmCipher

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def a_store(people: int) -> MemoryStore:
    """A store whose tax ids are sealed under the old key, and whose cipher has both."""
    store = MemoryStore(cipher=AesGcmCipher({"k1": OLD}, current="k1"))
    with store() as unit:
        for number in range(people):
            user = unit.users.add(User(email=f"{number}@example.com"))
            unit.users.add_profile(UserProfile(user_id=user.id, tax_id=f"12-{number}"))
    store.cipher = AesGcmCipher({"k1": OLD, "k2": NEW}, current="k2")
    return store


class Failing:
    """A store that fails at the third unit."""

    def __init__(self, store: MemoryStore) -> None:
        self.store, self.units = store, 0

    def __call__(self, actor: Actor = NOBODY, /) -> MemoryUnitOfWork:
        """Return a unit, twice."""
        self.units += 1
        if self.units == 3:
            raise KeyboardInterrupt
        return self.store(actor)


class TestResealSecrets:
    """`reseal_secrets`."""

    @pytest.mark.parametrize("limit", [1, 2, 5, 100])
    def test_goes_through_everything(self, limit: int) -> None:
        """Whatever the size of a page, once."""
        store = a_store(5)

        assert reseal_secrets(store, limit=limit) == 5
        assert reseal_secrets(store, limit=limit) == 0
        with store() as unit:
            assert unit.secrets.count_by_key() == {("user_profiles", "k2"): 5}

    def test_is_begun_again_after_it_was_killed(self) -> None:
        """What earlier units sealed, stays."""
        store = a_store(5)
        with pytest.raises(KeyboardInterrupt):
            reseal_secrets(Failing(store), limit=2)
        with store() as unit:
            assert unit.secrets.count_by_key() == {("user_profiles", "k1"): 1, ("user_profiles", "k2"): 4}

        assert reseal_secrets(store, limit=2) == 1

    def test_the_old_key_may_go(self) -> None:
        """Fingerprints are made anew with it, so that equal tax ids still find each other."""
        store = a_store(1)
        reseal_secrets(store, limit=10)
        store.cipher = AesGcmCipher({"k2": NEW}, current="k2")
        with store() as unit:
            (profile,) = [unit.users.get_profile(user.id) for user in unit.users.page()]
            sealed = store.as_dict()["user_profiles.sealed"][profile.user_id]["tax_id"]

        assert profile.tax_id == "12-0"
        assert sealed["hash"] == store.cipher.fingerprint(b'"12-0"')

    def test_no_error_shows_a_secret(self) -> None:
        """It names table, row and key."""
        store = a_store(1)
        store.cipher = AesGcmCipher({"k2": NEW}, current="k2")
        with store() as unit:
            (user,) = unit.users.page()
        with pytest.raises(RefusedError) as caught:
            reseal_secrets(store, limit=10)

        assert str(caught.value) == (
            f"user_profiles {user.id}: sealed under the key 'k1', which was not handed in; known: k2"
        )
