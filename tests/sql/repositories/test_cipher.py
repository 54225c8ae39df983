"""The default cipher seals under one key, opens under several, and tells nothing."""

import psycopg
import pytest

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import User, UserProfile
from mlmcore.sql.cipher import AesGcmCipher
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


class TestAesGcmCipher:
    def test_opens_what_it_sealed(self) -> None:
        """Sealing and opening give the same bytes back, and two seals of one value differ."""
        cipher = AesGcmCipher({"k1": OLD}, current="k1")

        first, second = cipher.seal(b"DE89 3704"), cipher.seal(b"DE89 3704")

        assert cipher.open(first) == cipher.open(second) == b"DE89 3704"
        assert first["key"] == "k1"
        assert first["sealed"] != second["sealed"]

    def test_opens_under_an_old_key_after_rotation(self) -> None:
        """A value keeps opening as long as its key is handed in."""
        sealed = AesGcmCipher({"k1": OLD}, current="k1").seal(b"secret")

        assert AesGcmCipher({"k1": OLD, "k2": NEW}, current="k2").open(sealed) == b"secret"

    def test_refuses_a_key_that_was_not_handed_in(self) -> None:
        """The message names the key's id and the known ones, never a key."""
        sealed = AesGcmCipher({"k1": OLD}, current="k1").seal(b"secret")

        with pytest.raises(RefusedError) as caught:
            AesGcmCipher({"k2": NEW}, current="k2").open(sealed)

        assert str(caught.value) == "sealed under the key 'k1', which was not handed in; known: k2"

    def test_refuses_what_was_changed(self) -> None:
        """A value sealed elsewhere or tampered with does not open."""
        cipher = AesGcmCipher({"k1": OLD}, current="k1")
        forged = {"key": "k1", "sealed": AesGcmCipher({"k1": NEW}, current="k1").seal(b"secret")["sealed"]}

        with pytest.raises(RefusedError) as caught:
            cipher.open(forged)

        assert str(caught.value) == "not sealed by the key 'k1', or changed since"

    def test_never_shows_a_key(self) -> None:
        """The representation holds ids only."""
        assert repr(AesGcmCipher({"k1": OLD}, current="k1")) == "AesGcmCipher(keys=['k1'], current='k1')"

    def test_equal_secrets_have_equal_fingerprints(self) -> None:
        """So that a double tax id is found without opening any."""
        cipher = AesGcmCipher({"k1": OLD}, current="k1")

        assert cipher.fingerprint(b"12-345") == cipher.fingerprint(b"12-345")
        assert cipher.fingerprint(b"12-345") != cipher.fingerprint(b"12-346")

    def test_survives_a_rotation_when_its_key_is_named(self) -> None:
        before = AesGcmCipher({"k1": OLD}, current="k1")
        kept = AesGcmCipher({"k1": OLD, "k2": NEW}, current="k2", fingerprinting="k1")
        moved = AesGcmCipher({"k1": OLD, "k2": NEW}, current="k2")

        assert kept.fingerprint(b"12-345") == before.fingerprint(b"12-345")
        assert moved.fingerprint(b"12-345") != before.fingerprint(b"12-345")

    def test_needs_a_key_that_was_handed_in(self) -> None:
        with pytest.raises(RefusedError, match="no key 'k0' to fingerprint with; the keys handed in are: k1"):
            AesGcmCipher({"k1": OLD}, current="k1", fingerprinting="k0")


class TestDoubleTaxIds:
    def test_are_found_without_opening_any(self, database: str) -> None:
        """By a query of our own; sealed twice they differ, their hashes do not (decision D17)."""
        users = [User(email=f"{name}@one.test") for name in ("ann", "bob", "cyd")]
        with psycopg.connect(database) as connection:
            store = SqlStore(
                PsycopgSession(connection, owns_connection=True), cipher=AesGcmCipher({"k1": OLD}, current="k1")
            )
            with store() as unit:
                for user, tax_id in zip(users, ("12-345", "99-999", "12-345"), strict=True):
                    unit.users.add(user)
                    unit.users.add_profile(UserProfile(user_id=user.id, tax_id=tax_id))
            twice = connection.execute(
                """
                SELECT array_agg(user_id ORDER BY user_id), count(DISTINCT tax_id) FROM mlmcore.user_profiles
                GROUP BY tax_id::jsonb ->> 'hash' HAVING count(*) > 1
                """
            ).fetchall()

        assert twice == [(sorted([users[0].id, users[2].id]), 2)]
