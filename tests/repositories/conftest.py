"""In-memory stores for the contracts."""

from collections.abc import Callable

import pytest

from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.secrets import Cipher
from repositories.memory_store import new_store, resealing_store


@pytest.fixture
def unit_of_work() -> MemoryStore:
    """Return the store: it makes units of work."""
    return new_store()


@pytest.fixture
def unit_of_work_without_cipher() -> MemoryStore:
    """Return a store that has no cipher."""
    return new_store(sealed=False)


@pytest.fixture
def units_sealed_by() -> Callable[[Cipher | None], MemoryStore]:
    """Return a function from a cipher to one and the same store with it."""
    return resealing_store()
