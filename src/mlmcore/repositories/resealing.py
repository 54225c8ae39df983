"""Which order rows are sealed anew in, and what is asked of a cipher and a page; the same for every store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from mlmcore.domain.errors import RefusedError
from mlmcore.repositories.secrets import SECRET_COLUMNS, Cipher

__all__ = ["SEALED_TABLES", "checked_cipher", "current_key", "naming"]

SEALED_TABLES: Final = tuple(sorted(SECRET_COLUMNS))
"""In the order in which resealing goes through them."""


def checked_cipher(cipher: Cipher | None) -> Cipher:
    """Return the cipher, or refuse to go on without one (B4)."""
    if cipher is None:
        raise RefusedError(
            "there is no cipher to seal with anew; give the unit of work one that has the old keys and the new one"
        )
    return cipher


def current_key(cipher: Cipher) -> str:
    """Return the id of the key under which a cipher seals, as its envelopes say."""
    return cipher.seal(b"")["key"]


@contextmanager
def naming(table: str, key: UUID) -> Iterator[None]:
    """Say of which row it is what a cipher refuses (B4)."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(f"{table} {key}: {error}") from error
