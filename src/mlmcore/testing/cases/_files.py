"""Which files hold cases."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mlmcore.domain.errors import Findings

__all__ = ["PATTERN", "case_files"]

PATTERN: Final = "*.cases.yaml"
"""What files of cases are called."""


def case_files(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, whatever they are called, and those of the pattern below the folders that are named.

    Each once, in the order of the paths; those of a folder by name.

    Raises:
        InputError: Every path that is not there, and every folder without such a file.
    """
    findings = Findings()
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            if not path.exists():
                findings.add(code="cases.files", what="there is no such file", todo="name a file", file=str(path))
            found[path] = None
            continue
        below = sorted(each for each in path.rglob(PATTERN) if each.is_file())
        if not below:
            findings.add(
                code="cases.files",
                what="the folder holds no cases",
                todo=f"files of cases are called {PATTERN}",
                file=str(path),
            )
        found.update(dict.fromkeys(below))
    findings.raise_if_any()
    return list(found)
