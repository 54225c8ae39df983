"""A tree as indented text: a person a line, below whoever stands above and less indented, with `key=value` behind.

    ann   rank=silver personal=200
      bob title="area manager"     # to the end of the line
        cid

What the keys mean is not decided here.
"""

import re
from typing import Final

from attrs import field, frozen

from mlmcore.testing.cases._document import Source, Text

__all__ = ["Row", "read_outline"]

_WORD: Final = re.compile(r'([^\s="]+)(?:(=)(?:"([^"]*)"|([^\s"]*)))?(?:\s+|$)')
_EXAMPLE: Final = 'write an id and then key=value, as in: bob personal=100 title="area manager"'


@frozen(kw_only=True)
class Row:
    """A person as written.

    Attributes:
        id: Who.
        upline: Whoever stands above, or "".
        above: Which row that is, -1 for none.
        line: Where.
        fields: The texts of the keys.
        told: The keys with whose value something is wrong that has been said.
    """

    id: str
    upline: str
    line: int
    above: int = -1
    fields: dict[str, str] = field(factory=dict)
    told: frozenset[str] = frozenset()


def read_outline(node: Text, source: Source) -> list[Row]:
    """The people of an outline, in its order; what cannot be read is found, and the line left out."""
    if not node.block:
        source.wrong(node, "is no block of lines", "write | here, and the tree below it, indented")
        return []
    rows: list[Row] = []
    above: list[tuple[int, int]] = []
    for line, text in enumerate(node.text.split("\n"), start=node.line + 1):
        content = text.strip()
        if not content or content.startswith("#"):
            continue
        fields = _fields(content, line, node.path, source)
        indent = len(text) - len(text.lstrip())
        if "\t" in text[:indent]:
            source.wrong_at(line, node.path, "a tab in front", "indent with spaces")
            continue
        left = _step_out(above, indent)
        if left not in {None, indent}:
            what = f"indented by {indent}, where {above[-1][0] if above else 0} and {left} are meant to stand"
            source.wrong_at(line, node.path, what, "indent everybody below one person alike")
        if fields is not None:
            name = next(iter(fields))
            del fields[name]
            upper = above[-1][1] if above else -1
            rows.append(Row(id=name, upline=rows[upper].id if above else "", line=line, above=upper, fields=fields))
            above.append((indent, len(rows) - 1))
    return rows


def _step_out(above: list[tuple[int, int]], indent: int) -> int | None:
    """Leave everybody who stands as far in or further; the indentation of the last of them, None where nobody does."""
    left = None
    while above and above[-1][0] >= indent:
        left = above.pop()[0]
    return left


def _fields(content: str, line: int, path: str, source: Source) -> dict[str, str] | None:
    """The id as a first key with no text, and the further keys; None where the line cannot be read."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(content) and content[at] != "#":
        word = _WORD.match(content, at)
        if word is None or (word[2] is None) != (not fields):
            source.wrong_at(line, path, f"{content[at:]!r} cannot be read", _EXAMPLE)
            return None
        if word[1] in fields and fields:
            source.wrong_at(line, path, f"{word[1]!r} stands here twice", "keep one", "cases.twice")
        fields[word[1]] = word[3] if word[3] is not None else word[4] or ""
        at = word.end()
    return fields
