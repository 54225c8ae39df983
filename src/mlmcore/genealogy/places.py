"""Where the rows of an input stand, so that a finding can name file and line.

A row is a position in the arrays that are handed in. What is wrong with a row is decided elsewhere.
"""

from collections.abc import Sequence
from typing import Self

from attrs import evolve, frozen

from mlmcore.domain.errors import Finding

__all__ = ["Places"]


@frozen(kw_only=True)
class Places:
    """Names rows for findings.

    Attributes:
        file: The file the rows come from; empty when they come from no file.
        lines: The line of each row, counted from 1; None when a line means nothing.
        tree: The tree that the rows are edges of (`placement`); empty when there is only one.
    """

    file: str = ""
    lines: Sequence[int] | None = None
    tree: str = ""

    def finding(self, row: int, label: str, code: str, what: str, todo: str = "") -> Finding:
        """One thing wrong with a row, whose person the user calls `label`."""
        path = ": ".join(part for part in (self.tree, f"person {label}" if label else "") if part)
        line = None if self.lines is None else int(self.lines[row])
        return Finding(code=code, what=what, todo=todo, file=self.file, line=line, path=path)

    def take(self, rows: Sequence[int]) -> Self:
        """The places of some of the rows."""
        return self if self.lines is None else evolve(self, lines=[self.lines[row] for row in rows])

    def name(self, row: int) -> str:
        """The row in words: its line where lines are known, otherwise its position counted from 0."""
        return f"row {row}" if self.lines is None else f"line {int(self.lines[row])}"
