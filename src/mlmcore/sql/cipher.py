"""The default cipher for secrets at rest, on the `cryptography` library.

Every value is sealed by AES-GCM under a fresh nonce, with the key's id in clear beside it, so that keys can be
rotated: new values are sealed under the current key, old ones open as long as their key is still handed in. The host
keeps the keys; nothing here reads an environment variable or a file.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mlmcore.domain.errors import MissingExtraError, RefusedError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["AesGcmCipher"]

_NONCE_BYTES = 12
_KEY_SIZES = (16, 24, 32)


class AesGcmCipher:
    """Seals bytes under the current of several AES keys.

    Args:
        keys: Key bytes (16, 24 or 32) by key id. All of them open; only the current one seals.
        current: The id of the key that seals.
        fingerprinting: The id of the key of fingerprints; the current one when left out. Fingerprints of different
            keys don't compare, so name the first key here and keep it when keys are rotated.

    Raises:
        MissingExtraError: The `cryptography` library is not installed.
        RefusedError: No such key, or a key of another length.
    """

    def __init__(self, keys: Mapping[str, bytes], *, current: str, fingerprinting: str | None = None) -> None:
        printing = current if fingerprinting is None else fingerprinting
        for name, use in ((current, "seal"), (printing, "fingerprint")):
            if name not in keys:
                msg = f"no key {name!r} to {use} with; the keys handed in are: {', '.join(sorted(keys)) or 'none'}"
                raise RefusedError(msg)
        wrong = sorted(name for name, key in keys.items() if len(key) not in _KEY_SIZES)
        if wrong:
            msg = f"an AES key has 16, 24 or 32 bytes; these have not: {', '.join(wrong)}"
            raise RefusedError(msg)
        self._ciphers = {name: _aes(key) for name, key in keys.items()}
        self._current = current
        self._mac_key = hashlib.sha256(b"mlmcore fingerprint" + keys[printing]).digest()

    def __repr__(self) -> str:
        return f"AesGcmCipher(keys={sorted(self._ciphers)}, current={self._current!r})"

    def seal(self, clear: bytes) -> dict[str, str]:
        """The envelope `{"key": id, "sealed": base64}` of some bytes; different at every call."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._ciphers[self._current].encrypt(nonce, clear, self._current.encode())
        return {"key": self._current, "sealed": base64.b64encode(sealed).decode()}

    def open(self, envelope: Mapping[str, str]) -> bytes:
        """The bytes in an envelope.

        Raises:
            RefusedError: Its key is not among the keys, or it was not sealed by that key, or it was changed.
        """
        name = envelope.get("key", "")
        if name not in self._ciphers:
            msg = f"sealed under the key {name!r}, which was not handed in; known: {', '.join(sorted(self._ciphers))}"
            raise RefusedError(msg)
        try:
            sealed = base64.b64decode(envelope["sealed"], validate=True)
            return self._ciphers[name].decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
        except (KeyError, ValueError, binascii.Error, _invalid_tag()) as error:
            msg = f"not sealed by the key {name!r}, or changed since"
            raise RefusedError(msg) from error

    def fingerprint(self, clear: bytes) -> str:
        """A keyed hash by which equal secrets find each other without being opened."""
        return hmac.new(self._mac_key, clear, hashlib.sha256).hexdigest()


def _aes(key: bytes) -> "AESGCM":
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise MissingExtraError(library="cryptography", extra="crypto") from error
    return AESGCM(key)


def _invalid_tag() -> type[Exception]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (an extra)

    return InvalidTag
