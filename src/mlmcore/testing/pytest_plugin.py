"""The pytest plugin: collects files called `*.cases.yaml`, a test per case.

pytest loads this module in every run of everybody who has mlmcore installed, so it imports nothing of ours, and nothing
heavy, until it meets such a file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from mlmcore.testing.cases import Case

__all__ = ["CaseFile", "CaseItem", "pytest_collect_file"]

_ENDING: Final = ".cases.yaml"
_PLANS: Final = pytest.StashKey[Any]()
"""Where a run keeps the plans that it has loaded."""


class _CaseFailedError(Exception):
    """A case came out otherwise than expected; its text is the report."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CaseFile | None":
    """Take the files that are called so."""
    if not file_path.name.endswith(_ENDING):
        return None
    return CaseFile.from_parent(parent, path=file_path)


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> "Iterator[CaseItem]":
        """The cases, or an error with everything that is wrong with the file."""
        from mlmcore.testing.cases import Plans, read_cases  # noqa: PLC0415  (see the module)

        plans = self.config.stash.setdefault(_PLANS, Plans())
        for case in read_cases(self.path, plans):
            yield CaseItem.from_parent(self, name=case.name, case=case)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong with the file, without a traceback."""
        return _said(excinfo) or super().repr_failure(excinfo)


class CaseItem(pytest.Item):
    """A case."""

    def __init__(self, *, case: "Case", **more: Any) -> None:
        super().__init__(**more)
        self._case = case

    def runtest(self) -> None:
        """Run the case."""
        from mlmcore.testing.cases import report, run_case  # noqa: PLC0415  (see the module)

        outcome = run_case(self._case)
        if not outcome.passed:
            raise _CaseFailedError(report(outcome))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report of the case, without a traceback."""
        return _said(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line counted from 0, and name."""
        return self.path, self._case.line - 1, self.name


def _said(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """The words of an error that explains itself, or ""."""
    from mlmcore.domain.errors import MlmError  # noqa: PLC0415  (see the module)

    return str(excinfo.value) if isinstance(excinfo.value, _CaseFailedError | MlmError) else ""
