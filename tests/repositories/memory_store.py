"""An in-memory store whose clock gives one second more to every unit, and a cipher whose seal anybody could break."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.secrets import Cipher


class ReversingCipher:
    """Seals by reading backwards: enough to tell sealed from clear, and the same every time."""

    def seal(self, clear: bytes, /) -> dict[str, str]:
        """Return the bytes, backwards."""
        return {"key": "test", "sealed": base64.b64encode(clear[::-1]).decode()}

    def open(self, envelope: Mapping[str, str], /) -> bytes:
        """Return the bytes, forwards."""
        return base64.b64decode(envelope["sealed"])[::-1]

    def fingerprint(self, clear: bytes, /) -> str:
        """Return a hash without a key."""
        return hashlib.sha256(clear).hexdigest()


class Clock:
    """Gives a second more at every call, so that every unit has an instant of its own."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        """Return the next instant."""
        self.instant += timedelta(seconds=1)
        return self.instant


def new_store(*, sealed: bool = True) -> MemoryStore:
    """Return an empty store."""
    clock = Clock(datetime(2026, 4, 2, 9, tzinfo=UTC))
    return MemoryStore(clock=clock, cipher=ReversingCipher() if sealed else None)


def resealing_store() -> Callable[[Cipher | None], MemoryStore]:
    """Return a function that gives another cipher to one and the same store."""
    store = new_store()

    def sealed_by(cipher: Cipher | None) -> MemoryStore:
        store.cipher = cipher
        return store

    return sealed_by
