"""On which line of a TOML file each key and each element of an array stands.

The standard parser reads values and forgets lines. This scanner goes over a text that the parser has accepted, so
it may trust the grammar, and notes where things begin; it reads no values.
"""

import re
from collections.abc import Mapping
from typing import Final

Path = tuple[str | int, ...]
"""Keys and array positions from the document down."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK: Final = re.compile(r"[ \t]*")
_SCALAR: Final = re.compile(r"[^,\]}\n#]+")
_STRINGS: Final = (
    re.compile(r'"""(?:\\.|[^\\])*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\\n])*"'),
    re.compile(r"'[^'\n]*'"),
)
_ESCAPES: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")


def toml_lines(text: str) -> Mapping[Path, int]:
    """Map each key and array element to its line.

    Args:
        text: TOML that the standard parser accepts.

    Returns:
        Path to line, counted from 1. A table stands where its header or first mention is.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._line = 1
        self._counted = 0

    def scan(self) -> Mapping[Path, int]:
        prefix: Path = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip(_SPACE)
        return self._lines

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if found := pattern.match(self._text, self._at):
            self._at = found.end()

    def _note(self, path: Path, at: int) -> None:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], self._line)

    def _header(self) -> Path:
        start = self._at
        array = self._text.startswith("[[", self._at)
        self._at += 2 if array else 1
        keys = self._keys()
        self._at = self._text.index("]", self._at) + (2 if array else 1)
        path = self._resolve(keys, array=array)
        self._note(path, start)
        return path

    def _resolve(self, keys: list[str], *, array: bool) -> Path:
        """Turn a header's keys into a path: a key that is an array of tables means its last element."""
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if number == len(keys) - 1 and array:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_BLANK)
            keys.append(self._key())
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        if found := _BARE.match(self._text, self._at):
            self._at = found.end()
            return found[0]
        start = self._at
        self._string()
        quoted = self._text[start : self._at]
        return _unescaped(quoted) if quoted[0] == '"' else quoted[1:-1]

    def _pair(self, prefix: Path) -> None:
        start = self._at
        path = (*prefix, *self._keys())
        self._note(path, start)
        self._skip(_BLANK)
        self._at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: Path) -> None:
        match self._text[self._at]:
            case "[":
                self._array(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._string()
            case _:
                self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        self._skip(_SPACE)
        index = 0
        while self._text[self._at] != "]":
            self._note((*path, index), self._at)
            self._value((*path, index))
            index += 1
            self._separator()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._skip(_SPACE)
        while self._text[self._at] != "}":
            self._pair(path)
            self._separator()
        self._at += 1

    def _separator(self) -> None:
        self._skip(_SPACE)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_SPACE)

    def _string(self) -> None:
        for pattern in _STRINGS:
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                return
        raise AssertionError("the standard parser accepted no string here")


def _unescaped(quoted: str) -> str:
    """Read a quoted key, of which only simple and Unicode escapes occur."""

    def character(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if code[0] in "uU" else {"t": "\t", "n": "\n", "r": "\r"}.get(code, code)

    return _ESCAPES.sub(character, quoted[1:-1])
