"""YAML to the values of `_document`, from the events of the parser: no number, date or boolean is guessed from a text.

So a decimal is read from its digits and never passes through a float. A key that stands twice is an error. Anchors,
aliases, merge keys and tags are refused: a case says what it says where it stands. Building the library's own nodes
first would take half as long again, and its parser in Python twenty times as long as the one in C.
"""

from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from mlmcore.domain.errors import MissingExtraError
from mlmcore.testing.cases._document import Keyed, Many, Node, Source, Text

__all__ = ["read_source"]

_STANDARD: Final = "tag:yaml.org,2002:"
_TODO: Final = "write `plan:` and a list of `cases:`"


def read_source(source: Source) -> Node | None:
    """Read a file; None where there is nothing in it or it is no YAML, which is then found.

    Raises:
        MissingExtraError: The YAML library is not installed.
    """
    text = _text(source)
    return None if text is None else _document(text, source)


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


def _document(text: str, source: Source) -> Node | None:
    try:
        import yaml  # noqa: PLC0415  (comes with an extra)
    except ImportError as error:
        raise MissingExtraError("PyYAML", "cli") from error
    line, what = None, ""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a build without libyaml has the parser in Python alone
    try:
        root = _Reader(source, iter(yaml.parse(text, Loader=loader))).root()
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        what = f"is not YAML from here on: {error.problem or error.context}"
    except yaml.reader.ReaderError as error:
        character = chr(error.character)
        line = text[: text.index(character)].count("\n") + 1
        what = f"holds the character U+{error.character:04X}, which YAML does not allow"
    except RecursionError:
        what = "is nested too deep"
    else:
        if root is not None:
            return root
        what = "the file is empty"
    source.findings.add(code="cases.yaml", what=what, todo=_TODO, file=source.file, line=line)
    return None


@frozen
class _Reader:
    """Takes events one after the other; each method takes those of its value."""

    source: Source
    events: Iterator[Any]

    def root(self) -> Node | None:
        """The one document of the file."""
        root = None
        for event in self.events:
            if _is(event, "DocumentStart"):
                if root is not None:
                    self._wrong(event, "", "a second document begins here", "write one for each file")
                root = self._node(next(self.events), "")
        return root

    def _node(self, event: Any, path: str) -> Node:
        line = event.start_mark.line + 1
        self._refuse_magic(event, path)
        if _is(event, "SequenceStart"):
            return Many(items=tuple(self._items(path)), line=line, path=path)
        if _is(event, "MappingStart"):
            return self._keyed(line, path)
        text = event.value if _is(event, "Scalar") else ""
        return Text(text=text, line=line, path=path, block=getattr(event, "style", None) == "|")

    def _items(self, path: str) -> Iterator[Node]:
        for position, event in enumerate(self.events):
            if _is(event, "SequenceEnd"):
                return
            yield self._node(event, f"{path}[{position}]")

    def _keyed(self, line: int, path: str) -> Keyed:
        entries: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for event in self.events:
            if _is(event, "MappingEnd"):
                break
            key = self._key(event, path)
            inner = f"{path}.{key}".lstrip(".")
            value = self._node(next(self.events), inner)
            if key in entries:
                what = f"the key {key!r} stands here again, after line {lines[key]}"
                self._wrong(event, inner, what, "keep one", "cases.twice")
            elif key:
                lines[key] = event.start_mark.line + 1
                entries[key] = value
        return Keyed(entries=entries, lines=lines, line=line, path=path)

    def _key(self, event: Any, path: str) -> str:
        """The text of a key; "" where it is none that a case has, which is then found."""
        if not _is(event, "Scalar") or not event.value:
            self._node(event, path)
            self._wrong(event, path, "a key is no text", "write keys as words")
        elif event.value == "<<":
            self._wrong(event, path, "merge keys are not read", "write it out")
        else:
            return str(event.value)
        return ""

    def _refuse_magic(self, event: Any, path: str) -> None:
        if _is(event, "Alias"):
            self._wrong(event, path, f"the alias {event.anchor!r} is not read", "write it out")
        elif event.anchor is not None:
            todo = "write it out, or say it once for the whole file"
            self._wrong(event, path, f"the anchor {event.anchor!r} is not read", todo)
        tag = getattr(event, "tag", None)
        if tag is not None and not str(tag).startswith(_STANDARD):
            self._wrong(event, path, f"the tag {tag} is not read", "write the value alone")

    def _wrong(self, event: Any, path: str, what: str, todo: str, code: str = "cases.value") -> None:
        self.source.wrong_at(event.start_mark.line + 1, path, what, todo, code)


def _is(event: Any, name: str) -> bool:
    return type(event).__name__ == f"{name}Event"
