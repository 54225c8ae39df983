"""Every Python block of README and pages runs, in order, with what the blocks before it have named."""

from pathlib import Path

import pytest

from docs.pages import NOT_CODE, PAGES, ROOT, files_beside, page_id, runnable

WITH_CODE = [page for page in PAGES if runnable(page)]


class TestPages:
    @pytest.mark.parametrize("page", WITH_CODE, ids=page_id)
    def test_every_block_runs(
        self, page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a folder of its own; a page that names `dsn` has a database of its own with the schema installed."""
        monkeypatch.chdir(tmp_path)
        for name, text in files_beside(page).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        examples = runnable(page)
        if any("dsn" in str(example.parsed) for example in examples):
            examples[0].namespace["dsn"] = request.getfixturevalue("database")

        for example in examples:
            example.evaluate()

        assert examples

    def test_the_first_pages_are_among_them(self) -> None:
        """So that an empty list cannot pass."""
        names = {page_id(page) for page in WITH_CODE}

        assert names >= {"README.md", "docs/getting-started.md", "docs/operations/month.md"}

    def test_what_is_a_notation_still_exists(self) -> None:
        """Nothing stands in the list of exceptions that is not there any more."""
        missing = [name for name in NOT_CODE if not (ROOT / name).is_file()]

        assert missing == []


class TestMarker:
    def test_a_marked_block_is_left_out_and_the_next_one_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The marker stands right before its block and gives a reason."""
        page = tmp_path / "page.md"
        page.write_text(
            "<!-- no-run: abridged -->\n```python\nfails(\n```\n\n```python\nran = True\n```\n"
            "<!-- no-run: -->\n```python\nran_without_a_reason = True\n```\n",
            encoding="utf-8",
        )
        monkeypatch.setattr("docs.pages.ROOT", tmp_path)

        found = [str(example.parsed) for example in runnable(page)]

        assert found == ["ran = True\n", "ran_without_a_reason = True\n"]
