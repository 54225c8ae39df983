"""The pages of documentation about operations: their blocks run, and what is generated is current."""

import re
from pathlib import Path

from mlmcore.testing import contracts
from mlmcore.testing.contracts import _page

PAGES = Path(__file__).parents[2] / "docs" / "operations"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


class TestPages:
    """docs/operations."""

    def test_the_month_runs_as_it_is_written(self) -> None:
        """Every block of month.md, one after the other."""
        blocks = BLOCK.findall((PAGES / "month.md").read_text(encoding="utf-8"))
        names: dict[str, object] = {}

        for block in blocks:
            exec(block, names)

        assert len(blocks) == 8

    def test_the_promises_are_current(self) -> None:
        """contracts.md is what `python -m mlmcore.testing.contracts` prints."""
        assert (PAGES / "contracts.md").read_text(encoding="utf-8") == _page.page()

    def test_every_promise_stands_on_the_page(self) -> None:
        """And every Protocol has its contract."""
        page = _page.page()

        apart = {"ConcurrentCrmContract", "ConcurrentUnitsContract"}  # of promises that stand under another name
        assert set(re.findall(r"Examined by `(\w+)`", page)) | apart == set(contracts.__all__)
        assert len(re.findall(r"^- \*\*[A-Z]\d+\*\* ", page, re.MULTILINE)) >= 80
