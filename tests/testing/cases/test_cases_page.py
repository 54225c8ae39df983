"""Every case of the reference runs, and what it shows of a failing one is what is told."""

from pathlib import Path

import pytest

from docs.pages import DOCS, blocks, files_beside
from mlmcore.testing.cases import read_cases, report, run_case

PAGE = DOCS / "plan-language" / "cases.md"
EXAMPLES = list(blocks(PAGE, "yaml"))
RECIPES = list(blocks(PAGE.with_name("recipes.md"), "yaml"))


@pytest.fixture(autouse=True)
def _beside_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files_beside(PAGE).items():
        Path(name).write_text(text, encoding="utf-8")


class TestExamples:
    @pytest.mark.parametrize("text", [*EXAMPLES, *RECIPES], ids=range(len(EXAMPLES + RECIPES)))
    def test_every_case_passes(self, text: str) -> None:
        """By the plan that the reference begins with, or by the one that it brings along."""
        path = Path("page.cases.yaml")
        path.write_text(text, encoding="utf-8")

        told = [report(run_case(case)) for case in read_cases(path)]

        assert told
        assert [one for one in told if not one.startswith("passed ")] == []

    def test_a_failing_case_is_told_as_the_page_says(self) -> None:
        """Of the first example, with another amount expected."""
        path = Path("starter.cases.yaml")
        path.write_text(EXAMPLES[0].replace("unilevel: 5.00,", "unilevel: 6.00,"), encoding="utf-8")
        (shown,) = blocks(PAGE, "text")

        (told,) = [report(run_case(case)) for case in read_cases(path)]

        assert told.startswith(shown.rstrip("\n"))
