"""Every TOML block of the documentation is part of a plan that loads."""

import re
from functools import reduce
from pathlib import Path

import pytest

from compensation.language.schema_findings import schema_errors
from docs.pages import DOCS, blocks, files_beside, page_id
from mlmcore.compensation.loader import dumps_plan, loads_plan

WITH_PLANS = [page for page in sorted(DOCS.rglob("*.md")) if list(blocks(page, "toml"))]


def _documents(page: Path) -> list[str]:
    """A block that opens a plan is one; all others are added together to the plan that the reference begins with."""
    found = list(blocks(page, "toml"))
    whole = [block for block in found if block.startswith("[plan]")]
    parts = [block for block in found if block not in whole]
    if parts:
        whole.append(reduce(_with, parts, files_beside(DOCS / "plan-language" / "index.md")["starter.toml"]))
    return whole


def _with(document: str, part: str) -> str:
    """A document with a block added; what goes on with a table that is there is written into it."""
    header, _, lines = part.partition("\n")
    if header.startswith("[[") or f"\n{header}\n" not in document:
        return f"{document}\n{part}"
    own, bracket, rest = lines.partition("\n[")
    return document.replace(f"\n{header}\n", f"\n{header}\n{own}\n", 1) + bracket + rest


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python block that begins with the name of a file is a module that a plan may name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    for page in WITH_PLANS:
        for block in blocks(page, "python"):
            if module := re.match(r"# (\w+\.py)\n", block):
                (tmp_path / module[1]).write_text(block, "utf-8")


class TestPlanBlocks:
    @pytest.mark.parametrize("page", WITH_PLANS, ids=page_id)
    def test_they_load(self, page: Path) -> None:
        """Without a finding."""
        documents = _documents(page)

        plans = [loads_plan(document, page_id(page)) for document in documents]

        assert all(plan.id for plan in plans)
        assert plans

    @pytest.mark.parametrize("page", WITH_PLANS, ids=page_id)
    def test_they_are_valid_by_the_schema_and_written_out_again(self, page: Path) -> None:
        """So that schema and `dumps_plan` know whatever the reference shows."""
        for document in _documents(page):
            plan = loads_plan(document, page_id(page))
            assert [error.message for error in schema_errors(document)] == []
            assert loads_plan(dumps_plan(plan)) == plan

    def test_the_reference_is_among_them(self) -> None:
        """So that an empty list cannot pass."""
        assert {"docs/plan-language/document.md", "docs/plan-language/bonuses.md"} <= {page_id(p) for p in WITH_PLANS}
