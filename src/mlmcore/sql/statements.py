"""Splitting a `.sql` file into its statements, so that an error can name its line and a test can stop at each.

Knows what may hide a semicolon: quotes, dollar quotes, comments, and the standard body of an SQL function
(`BEGIN ATOMIC ... END`). Nothing else of SQL.
"""

import re
from collections.abc import Iterator

from attrs import frozen

__all__ = ["Statement", "split_statements"]

_TOKEN = re.compile(
    r"""
      (?P<blank>   \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<quoted>  \$(?P<tag>[A-Za-z_]\w*)?\$ .*? \$(?(tag)(?P=tag))\$
                 | [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<word>    [A-Za-z_][\w$]* )
    | (?P<end>     ; )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)


@frozen(kw_only=True)
class Statement:
    """One statement of a file.

    Attributes:
        text: Without its semicolon, and without what stands before it.
        file: The file's name.
        line: On which it begins, counted from 1.
    """

    text: str
    file: str
    line: int


def split_statements(text: str, file: str) -> Iterator[Statement]:
    r"""The statements of a file, in order.

    >>> [item.text for item in split_statements("SELECT ';'; -- one;\nSELECT 2;", "x.sql")]
    ["SELECT ';'", 'SELECT 2']

    Raises:
        ValueError: A quote or comment does not end, a comment holds another, or the last statement lacks its semicolon.
    """
    start: int | None = None
    body = _Body()
    for token in _TOKEN.finditer(text):
        _refuse_unreadable(token, file)
        if token.lastgroup == "blank":
            continue
        if token["end"] and not body.is_open:
            if start is not None:
                yield Statement(text=text[start : token.start()], file=file, line=text.count("\n", 0, start) + 1)
            start, body = None, _Body()
            continue
        start = token.start() if start is None else start
        body.read((token["word"] or "").upper())
    if start is not None and text[start:].strip():
        raise ValueError(
            f"{file}: the last statement, from line {text.count(chr(10), 0, start) + 1} on, does not end with ;"
        )


def _refuse_unreadable(token: "re.Match[str]", file: str) -> None:
    # Where a quote or a comment does not end, its first character is all that could be read.
    rest = token.string[token.start() : token.start() + 2]
    unended = token["other"] and (rest[0] in "'\"" or rest in {"$$", "/*"})
    nested = token["blank"] and rest == "/*" and "/*" in token["blank"][2:]
    if unended or nested:
        line = token.string.count("\n", 0, token.start()) + 1
        why = "is never ended" if unended else "holds another comment, which is not read"
        raise ValueError(f"{file}:{line}: what begins here {why}")


class _Body:
    """How deep one is in `BEGIN ATOMIC ... END`, whose `CASE ... END` must not end it."""

    def __init__(self) -> None:
        self._depth = 0
        self._before = ""

    @property
    def is_open(self) -> bool:
        return self._depth > 0

    def read(self, word: str) -> None:
        if (word == "ATOMIC" and self._before == "BEGIN") or (word == "CASE" and self.is_open):
            self._depth += 1
        elif word == "END" and self.is_open:
            self._depth -= 1
        self._before = word
