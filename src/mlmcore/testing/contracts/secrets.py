"""What a store of secrets promises when keys are rotated."""
# ruff: noqa: S101 - a contract is a test that ships with the library

import base64
import hashlib
from collections.abc import Callable, Mapping
from uuid import UUID

from attrs import evolve, frozen

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.people import UserProfile
from mlmcore.repositories.protocols import SealedPlace, UnitOfWork, UnitOfWorkFactory
from mlmcore.repositories.secrets import Cipher
from mlmcore.testing.contracts._support import a_customer, a_payout, a_period, a_user, make_distributor, raises

__all__ = ["SecretsContract"]

UnitsSealedBy = Callable[[Cipher | None], UnitOfWorkFactory]


@frozen(kw_only=True)
class _Cipher:
    """Seals by writing the key before the text: enough to tell keys apart."""

    keys: tuple[str, ...]

    def seal(self, clear: bytes, /) -> dict[str, str]:
        """Seal under the last key."""
        key = self.keys[-1]
        return {"key": key, "sealed": base64.b64encode(key.encode() + clear[::-1]).decode()}

    def open(self, envelope: Mapping[str, str], /) -> bytes:
        """Open under any of the keys."""
        key = envelope["key"]
        if key not in self.keys:
            raise RefusedError(f"no key {key}")
        return base64.b64decode(envelope["sealed"])[len(key) :][::-1]

    def fingerprint(self, clear: bytes, /) -> str:
        """Hash without a key."""
        return hashlib.sha256(clear).hexdigest()


_OLD, _BOTH, _NEW = _Cipher(keys=("k1",)), _Cipher(keys=("k1", "k2")), _Cipher(keys=("k2",))
_SEED, _OTHER_SEED = "JBSW", "KRSX"
_ALL = ("customers", "payouts", "user_profiles", "users")


class SecretsContract:
    """Subclass it with the fixture `units_sealed_by`: from a cipher to a factory over one and the same store."""

    def test_everything_is_sealed_under_the_current_key(self, units_sealed_by: UnitsSealedBy) -> None:
        """B1, B2: in every table, and it comes back as it went in."""
        with units_sealed_by(_OLD)() as unit:
            person = _a_person_with_secrets(unit)
            assert unit.secrets.count_by_key() == {(table, "k1"): 1 for table in _ALL}
        with units_sealed_by(_BOTH)() as unit:
            page = unit.secrets.reseal(None, 100)
            assert (page.rows, page.after) == (4, None)
            assert unit.secrets.count_by_key() == {(table, "k2"): 1 for table in _ALL}
            instant = unit.now
        with units_sealed_by(_NEW)() as unit:
            assert unit.users.get(person).two_factor_secret == _SEED
            profile = unit.users.get_profile(person)
            assert (profile.tax_id, profile.kyc_documents) == ("12-345", ({"scan": 1}, {"scan": 2}))
            assert profile.updated_at == instant
            (customer,) = unit.customers.list_by_distributor(person)
            assert customer.payment_methods == ({"card": "4111"},)
            (payout,) = unit.payouts.list_by_distributor(person)
            assert payout.bank_details == {"iban": "DE00"}

    def test_what_is_current_is_left_alone(self, units_sealed_by: UnitsSealedBy) -> None:
        """B1: so that beginning again costs nothing, and writes no audit row."""
        with units_sealed_by(_OLD)() as unit:
            person = _a_person_with_secrets(unit)
        with units_sealed_by(_BOTH)() as unit:
            unit.secrets.reseal(None, 100)
        with units_sealed_by(_BOTH)() as unit:
            before = unit.users.get(person)
            assert unit.secrets.reseal(None, 100).rows == 0
            assert unit.users.get(person) == before

    def test_pages_go_by_table_then_key(self, units_sealed_by: UnitsSealedBy) -> None:
        """B1: and end where nothing is left."""
        with units_sealed_by(_OLD)() as unit:
            keys = sorted(unit.users.add(a_user(two_factor_secret=_SEED)).id for _ in range(3))
            payee = _a_person_with_secrets(unit)
        after: SealedPlace | None = None
        seen = []
        for _ in range(10):
            with units_sealed_by(_BOTH)() as unit:
                page = unit.secrets.reseal(after, 2)
            seen.append((page.rows, page.after))
            after = page.after
            if after is None:
                break
        users = sorted([*keys, payee])
        assert [rows for rows, _ in seen] == [2, 2, 2, 1]
        assert [place and place.table for _, place in seen] == ["payouts", "users", "users", None]
        assert [place.key for _, place in seen[1:3] if place] == [users[0], users[2]]

    def test_a_page_leaves_one_audit_row_per_table(self, units_sealed_by: UnitsSealedBy) -> None:
        """B3."""
        with units_sealed_by(_OLD)() as unit:
            person = _a_person_with_secrets(unit)
            others = [unit.users.add(a_user(two_factor_secret=_SEED)) for _ in range(2)]
            before = len(unit.audit.list_by_actor(None))
        with units_sealed_by(_BOTH)() as unit:
            unit.secrets.reseal(None, 100)
            rows = unit.audit.list_by_actor(None)[before:]
            assert sorted((row.entity_type, row.action) for row in rows) == [(table, "bulk") for table in _ALL]
            assert {row.entity_type: row.after_data for row in rows}["users"] == {"rows": 3}
            assert len(unit.audit.list_by_entity("users", others[0].id)) == 1
            assert [row.action for row in unit.audit.list_by_entity("users", person)] == ["insert", "update"]

    def test_a_key_that_is_not_there_is_told_with_its_row(self, units_sealed_by: UnitsSealedBy) -> None:
        """B4: nothing of the page is kept, and the secret is not told."""
        with units_sealed_by(_OLD)() as unit:
            user = unit.users.add(a_user(two_factor_secret=_SEED))
        with units_sealed_by(_BOTH)() as unit:
            other = unit.users.add(a_user(two_factor_secret=_OTHER_SEED))
        for cipher, said in ((_NEW, f"users {user.id}: no key k1"), (None, "there is no cipher to seal with anew")):
            with units_sealed_by(cipher)() as unit:
                with raises(RefusedError) as caught:
                    unit.secrets.reseal(None, 100)
                assert caught.text.startswith(said)
                assert unit.secrets.count_by_key() == {("users", "k1"): 1, ("users", "k2"): 1}
        with units_sealed_by(_BOTH)() as unit:
            assert unit.users.get(other.id).two_factor_secret == _OTHER_SEED

    def test_a_page_has_a_limit(self, units_sealed_by: UnitsSealedBy) -> None:
        """A7."""
        with units_sealed_by(_BOTH)() as unit:
            for limit in (0, 10_001):
                with raises(RefusedError):
                    unit.secrets.reseal(None, limit)


def _a_person_with_secrets(unit: UnitOfWork) -> UUID:
    """Store somebody who has a secret in every table that holds any."""
    unit.periods.add(a_period())
    person = make_distributor(unit)
    unit.users.update(evolve(unit.users.get(person.user_id), two_factor_secret=_SEED))
    documents = ({"scan": 1}, {"scan": 2})
    unit.users.add_profile(UserProfile(user_id=person.user_id, tax_id="12-345", kyc_documents=documents))
    unit.customers.add(a_customer(person, payment_methods=({"card": "4111"},)))
    unit.payouts.add(a_payout(person, bank_details={"iban": "DE00"}))
    return person.user_id
