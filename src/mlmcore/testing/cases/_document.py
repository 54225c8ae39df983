"""A document as three kinds of values that know their line and their path, and the file in which they stand.

Every scalar is its text: what it means is decided by whoever expects it. How a file becomes such values stands in
`_yaml`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from mlmcore.domain.errors import Finding, Findings, nearest

__all__ = ["Keyed", "Many", "Node", "Source", "Text"]


@frozen(kw_only=True)
class Text:
    """A scalar.

    Attributes:
        text: What it says.
        line: Where it begins, counted from 1; of a block, the line of its `|`.
        path: Where in the document: `cases[0].period`.
        block: Whether it is a literal block, whose lines are lines of the file.
    """

    text: str
    line: int
    path: str
    block: bool


@frozen(kw_only=True)
class Many:
    """A list."""

    items: "tuple[Node, ...]"
    line: int
    path: str


@frozen(kw_only=True)
class Keyed:
    """A mapping; `lines` are those of its keys."""

    entries: "Mapping[str, Node]"
    lines: Mapping[str, int]
    line: int
    path: str


Node = Text | Many | Keyed
_NO_COMMA: Final = "write numbers without a comma: here it ends the number and begins a key"
_WORDS: Final[Mapping[type, str]] = {Text: "a text", Many: "a list", Keyed: "a mapping"}


@frozen(kw_only=True)
class Source:
    """A file that is being read, and what was found wrong with it so far.

    Attributes:
        path: The file.
        file: The file as the caller named it, for findings.
        findings: Takes what is wrong.
    """

    path: Path
    file: str
    findings: Findings

    def wrong(self, node: Node, what: str, todo: str = "", code: str = "cases.value") -> None:
        """Note what is wrong with a value."""
        self.findings.add(code=code, what=what, todo=todo, file=self.file, line=node.line, path=node.path)

    def wrong_at(self, line: int, path: str, what: str, todo: str = "", code: str = "cases.value") -> None:
        """Note what is wrong somewhere."""
        self.findings.add(code=code, what=what, todo=todo, file=self.file, line=line, path=path)

    def once(self, found: Iterable[Finding], told: Collection[tuple[int, str]]) -> None:
        """Note what a reader of tables has found, but for fields of which something has been said: line and name."""
        self.findings.extend(one for one in found if (one.line, one.path) not in told)

    def text(self, node: Node | None) -> str | None:
        """The text of a scalar that must say something on one line; None where there is none."""
        if node is None:
            return None
        if not isinstance(node, Text):
            self.wrong(node, f"is {_WORDS[type(node)]}", "write a single value")
            return None
        if not node.text.strip() or "\n" in node.text.strip():
            self.wrong(node, "has several lines" if node.text.strip() else "is empty", "write a single value")
            return None
        return node.text.strip()

    def keyed(self, node: Node | None, known: Collection[str] | None = None) -> Keyed | None:
        """A mapping whose keys are known (any, where None is given); None where there is none."""
        if node is None:
            return None
        if not isinstance(node, Keyed):
            empty = isinstance(node, Text) and not node.text
            self.wrong(node, "is empty" if empty else f"is {_WORDS[type(node)]}", "write keys with values")
            return None
        for key in node.entries:
            if known is not None and key not in known:
                path = f"{node.path}.{key}".lstrip(".")
                todo = _NO_COMMA if re.fullmatch(r"[0-9.]+", key) else nearest(key, known)
                self.wrong_at(node.lines[key], path, f"unknown key {key!r}", todo, "cases.unknown-key")
        return node

    def many(self, node: Node | None) -> tuple[Node, ...]:
        """The items of a list."""
        if node is None:
            return ()
        if isinstance(node, Many):
            return node.items
        empty = isinstance(node, Text) and not node.text
        self.wrong(node, "is empty" if empty else f"is {_WORDS[type(node)]}", "write a list; [] is an empty one")
        return ()
