"""YAML as three kinds of values that know their line and their path; every scalar is its text.

No number, date or boolean is guessed from a text: what a text means is decided by whoever expects it, so a decimal is
read from its digits and never passes through a float. A key that stands twice is an error. Anchors, aliases, merge keys
and tags are refused: a case says what it says where it stands.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from mlmcore.domain.errors import Findings, MissingExtraError, nearest

__all__ = ["Keyed", "Many", "Node", "Source", "Text", "read_source"]

_STANDARD: Final = "tag:yaml.org,2002:"


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


def read_source(source: Source) -> Node | None:
    """Read a file; None where there is nothing in it or it is no YAML, which is then found.

    Raises:
        MissingExtraError: The YAML library is not installed.
    """
    text = _text(source)
    root = None if text is None else _composed(text, source)
    if root is None:
        return None
    reader = _Reader(source)
    return reader.node(root, "")


def _text(source: Source) -> str | None:
    def refuse(what: str, todo: str) -> None:
        source.findings.add(code="cases.unreadable", what=what, todo=todo, file=source.file)

    try:
        return source.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse("is not UTF-8", "save it as UTF-8")
    except FileNotFoundError:
        refuse("there is no such file", "name a file of cases")
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", "name a file of cases")
    return None


def _composed(text: str, source: Source) -> Any:
    """The library's own tree of nodes, in which every scalar still has its text."""
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415  (comes with an extra)
        from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("ruamel.yaml", "cli") from error
    line, what = None, ""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        what = f"is not YAML from here on: {error.problem or error.context}"
    except YAMLError as error:
        what = f"is not YAML: {str(error).splitlines()[0]}"
    except RecursionError:
        what = "is nested too deep"
    else:
        if root is not None:
            return root
        what = "the file is empty"
    todo = "write `plan:` and a list of `cases:`"
    source.findings.add(code="cases.yaml", what=what, todo=todo, file=source.file, line=line)
    return None


@frozen
class _Reader:
    """Turns the library's nodes into ours."""

    source: Source

    def node(self, given: Any, path: str) -> Node:
        line = given.start_mark.line + 1
        self._refuse_magic(given, line, path)
        if isinstance(given.value, str):
            return Text(text=given.value, line=line, path=path, block=getattr(given, "style", None) == "|")
        if given.tag == f"{_STANDARD}map":
            return self._keyed(given, line, path)
        items = tuple(self.node(item, f"{path}[{position}]") for position, item in enumerate(given.value))
        return Many(items=items, line=line, path=path)

    def _keyed(self, given: Any, line: int, path: str) -> Keyed:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, at, value in self._pairs(given, path):
            inner = f"{path}.{key}".lstrip(".")
            if key in entries:
                self.source.wrong_at(
                    at, inner, f"the key {key!r} stands here again, after line {lines[key]}", "keep one", "cases.twice"
                )
                continue
            lines[key] = at
            entries[key] = self.node(value, inner)
        return Keyed(entries=entries, lines=lines, line=line, path=path)

    def _pairs(self, given: Any, path: str) -> Iterator[tuple[str, int, Any]]:
        for key, value in given.value:
            at = key.start_mark.line + 1
            if not isinstance(key.value, str):
                self.source.wrong_at(at, path, "a key is no text", "write keys as words")
            elif key.value == "<<":
                self.source.wrong_at(at, path, "merge keys are not read", "write it out")
            else:
                yield key.value, at, value

    def _refuse_magic(self, given: Any, line: int, path: str) -> None:
        if given.anchor is not None:
            what = f"the anchor {given.anchor!r}, and with it every alias, is not read"
            self.source.wrong_at(line, path, what, "write it out, or say it once for the whole file")
        if not str(given.tag).startswith(_STANDARD):
            self.source.wrong_at(line, path, f"the tag {given.tag} is not read", "write the value alone")
