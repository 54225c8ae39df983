"""Secrets at rest: the cipher that the host provides, and the envelope in which a sealed value is stored.

Without a cipher a repository refuses a secret rather than store it in clear. Which columns are secret stands here, so
that every repository means the same ones. How bytes are sealed does not: see `mlmcore.sql.cipher` for the default
cipher.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from mlmcore.domain.errors import RefusedError

__all__ = ["FINGERPRINTED", "SECRET_COLUMNS", "Cipher", "Envelope", "open_json", "open_text", "seal_json", "seal_text"]

Envelope = Mapping[str, str]
"""`{"key": id of the key, "sealed": base64}`, and for `FINGERPRINTED` columns `"hash"`: the fingerprint."""

SECRET_COLUMNS: Mapping[str, frozenset[str]] = {
    "users": frozenset({"two_factor_secret"}),
    "user_profiles": frozenset({"tax_id", "kyc_documents"}),
    "customers": frozenset({"payment_methods"}),
    "payouts": frozenset({"bank_details"}),
}
"""The columns that are sealed, by table."""

FINGERPRINTED = frozenset({"user_profiles.tax_id"})
"""The sealed columns in which equal values are found without being opened (decision D17)."""


class Cipher(Protocol):
    """Seals and opens bytes under keys that have ids."""

    def seal(self, clear: bytes, /) -> Envelope:
        """Return the envelope of some bytes."""
        ...

    def open(self, envelope: Envelope, /) -> bytes:
        """Return the bytes in an envelope.

        Raises:
            RefusedError: The key is not known, or the envelope was changed.
        """
        ...

    def fingerprint(self, clear: bytes, /) -> str:
        """Return a keyed hash of some bytes, 64 hexadecimal digits; equal bytes have equal ones."""
        ...


def seal_json(cipher: Cipher | None, value: Any, /, *, column: str) -> Envelope:
    """Seal a JSON value.

    Args:
        cipher: The host's, or None.
        value: Anything that JSON can hold.
        column: `table.column`, for the error.

    Raises:
        RefusedError: There is no cipher.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return seal_text(cipher, text, column=column)


def seal_text(cipher: Cipher | None, text: str, /, *, column: str) -> Envelope:
    """Seal a text, with its fingerprint where the column has one; see `seal_json`."""
    if cipher is None:
        raise RefusedError(
            f"{column} is a secret, and there is no cipher to seal it with; give the unit of work a cipher "
            "(mlmcore.sql.cipher.AesGcmCipher, or your own)"
        )
    clear = text.encode()
    if column not in FINGERPRINTED:
        return cipher.seal(clear)
    return {**cipher.seal(clear), "hash": cipher.fingerprint(clear)}


def open_json(cipher: Cipher | None, envelope: Envelope, /, *, column: str) -> Any:
    """Open what `seal_json` sealed.

    Raises:
        RefusedError: There is no cipher, its key is not known, or the envelope was changed.
    """
    return json.loads(open_text(cipher, envelope, column=column))


def open_text(cipher: Cipher | None, envelope: Envelope, /, *, column: str) -> str:
    """Open what `seal_text` sealed; see `open_json`."""
    if cipher is None:
        raise RefusedError(
            f"{column} is sealed, and there is no cipher to open it with; give the unit of work the cipher that "
            "sealed it"
        )
    return cipher.open(envelope).decode()
