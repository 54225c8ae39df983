"""In-memory stores for the contracts."""

import pytest

from mlmcore.repositories.memory import MemoryStore
from repositories.memory_store import new_store


@pytest.fixture
def unit_of_work() -> MemoryStore:
    """Return the store: it makes units of work."""
    return new_store()


@pytest.fixture
def unit_of_work_without_cipher() -> MemoryStore:
    """Return a store that has no cipher."""
    return new_store(sealed=False)
