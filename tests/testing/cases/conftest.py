"""A folder of its own for each test, with a plan in it."""

from pathlib import Path

import pytest

from testing.cases.case_texts import Folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The current folder, from here on."""
    return Folder(tmp_path, monkeypatch)
