"""A cipher that both stores share."""

from uuid import uuid4

import pytest

from mlmcore.repositories.secrets import Cipher
from operations.company import ReversingCipher


@pytest.fixture
def cipher() -> Cipher:
    """A cipher that tests can see through."""
    return ReversingCipher()


@pytest.fixture(autouse=True)
def _ids_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids that the database makes itself are no part of the count of those that both stores are given."""
    for module in ("_audit", "_trees"):
        monkeypatch.setattr(f"mlmcore.repositories.memory.{module}.new_id", uuid4)
