"""Every TOML block of the documentation is part of a plan that loads."""

from pathlib import Path

import pytest

from docs.pages import DOCS, blocks, files_beside, page_id
from mlmcore.compensation.loader import loads_plan

WITH_PLANS = [page for page in sorted(DOCS.rglob("*.md")) if list(blocks(page, "toml"))]


def _documents(page: Path) -> list[str]:
    """A block that opens a plan is one; all others are added together to the plan that the reference begins with."""
    found = list(blocks(page, "toml"))
    whole = [block for block in found if block.startswith("[plan]")]
    parts = [block for block in found if block not in whole]
    if parts:
        whole.append("\n".join([files_beside(DOCS / "plan-language" / "index.md")["starter.toml"], *parts]))
    return whole


class TestPlanBlocks:
    @pytest.mark.parametrize("page", WITH_PLANS, ids=page_id)
    def test_they_load(self, page: Path) -> None:
        """Without a finding."""
        documents = _documents(page)

        plans = [loads_plan(document, page_id(page)) for document in documents]

        assert all(plan.id for plan in plans)
        assert plans

    def test_the_reference_is_among_them(self) -> None:
        """So that an empty list cannot pass."""
        assert {"docs/plan-language/document.md", "docs/plan-language/bonuses.md"} <= {page_id(p) for p in WITH_PLANS}
