"""The examples in the docstrings of the package run."""

import doctest
import io
from importlib import import_module
from pathlib import Path

import pytest

from docs.pages import ROOT

SOURCE = ROOT / "src"


def _modules() -> list[str]:
    files = (path for path in sorted((SOURCE / "mlmcore").rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8"))
    return [_module_name(path) for path in files]


def _module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class TestDocstrings:
    @pytest.mark.parametrize("name", _modules())
    def test_the_examples_of_the_module_give_what_they_say(self, name: str) -> None:
        """Each docstring's examples, with the module's own names."""
        module = import_module(name)
        said = io.StringIO()
        runner = doctest.DocTestRunner()
        examples = 0

        for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
            examples += len(test.examples)
            runner.run(test, out=said.write)

        assert said.getvalue() == ""
        assert examples > 0

    def test_there_are_some(self) -> None:
        """So that an empty list cannot pass."""
        assert {"mlmcore.domain.money", "mlmcore.domain.periods", "mlmcore.genealogy.ids.index"} <= set(_modules())
