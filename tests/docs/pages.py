"""The pages of documentation as documents whose blocks can be run.

What a block may need stands here: a name `dsn` gives a page a database of its own, and files that a page takes
for granted are laid beside it. A block that is not meant to run says so in the line before it:
`<!-- no-run: the reason -->`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sybil import Example, Sybil
from sybil.document import Document
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

__all__ = ["DOCS", "NOT_CODE", "PAGES", "ROOT", "blocks", "files_beside", "page_id", "runnable"]

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])

NOT_CODE: Final[Mapping[str, str]] = {
    "docs/architecture.md": "shapes that pass between the rooms, abridged: signatures without bodies",
}
"""Pages whose Python blocks are a notation, with the reason."""

_NO_RUN: Final = re.compile(r"<!-- no-run: [^>]*\S -->\s*\Z")
_FENCE_OF_TOML: Final = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page_id(page: Path) -> str:
    """How tests and errors name a page."""
    return page.relative_to(ROOT).as_posix()


def runnable(page: Path) -> list[Example]:
    """The Python blocks of a page that are meant to run, in their order, with names in common."""
    if page_id(page) in NOT_CODE:
        return []
    document = Sybil([PythonCodeBlockParser()]).parse(page)
    return [example for example in document.examples() if not _marked(document, example)]


def blocks(page: Path, language: str) -> Iterator[str]:
    """The texts of a page's blocks in one language."""
    document = Sybil([CodeBlockParser(language=language, evaluator=_ignored)]).parse(page)
    return (str(example.parsed) for example in document.examples())


def files_beside(page: Path) -> dict[str, str]:
    """What a page takes for granted in the current folder: the reference of the plan language has its plan there."""
    if page.parent.name != "plan-language":
        return {}
    plan = _FENCE_OF_TOML.search((page.parent / "document.md").read_text(encoding="utf-8"))
    return {} if plan is None else {"starter.toml": plan[1]}


def _marked(document: Document, example: Example) -> bool:
    return _NO_RUN.search(document.text[: example.start]) is not None


def _ignored(_: Example) -> None:
    """Blocks in other languages are read, not run."""
