"""Reading a CSV file into columns of text, with the line on which each row begins.

What makes a file unreadable as a table is found here: missing, no text, not UTF-8, no CSV, wrong columns, rows of
another length. What the fields mean is somebody else's business.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from mlmcore.domain.errors import Findings, nearest

__all__ = ["Table", "read_table"]

_OTHER_SEPARATORS: Final = (";", "\t", "|")
"""What spreadsheets write instead of commas, by country and by menu."""


@frozen(kw_only=True)
class Table:
    """A file's rows, by column.

    Attributes:
        file: The file as the caller named it.
        lines: The line on which each row begins, counted from 1.
        columns: The fields of each column that the file has.
        whole: Whether every row of the file is here. Where one could not be read, nobody can say who is missing.
    """

    file: str
    lines: Sequence[int]
    columns: dict[str, list[str]]
    whole: bool = True

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        """A column, or empty fields where the file has none of that name."""
        return self.columns.get(name) or [""] * len(self)

    def find(self, findings: Findings, row: int, column: str, code: str, what: str, todo: str = "") -> None:
        """Note what is wrong with one field."""
        findings.add(code=code, what=what, todo=todo, file=self.file, line=self.lines[row], path=column)


def read_table(path: Path, *, required: Sequence[str], known: Collection[str], findings: Findings) -> Table | None:
    """Read a file, or note why it cannot be read as this table.

    Args:
        path: UTF-8 with or without a byte-order mark; the first row names the columns, in any order.
        required: Columns that must be there.
        known: All columns that may be there.
        findings: Takes what is wrong.

    Returns:
        The table; None where nothing could be made of the file.
    """
    text = _text(path, findings)
    if text is None:
        return None
    before = len(findings)
    rows = _rows(text, str(path), findings)
    header = next(rows, None)
    if header is None:
        if len(findings) == before:
            todo = f"write the header {','.join(required)}"
            findings.add(code="files.empty", what="the file is empty", todo=todo, file=str(path))
        return None
    if not _check_header(header[1], str(path), required, known, findings):
        return None
    return _table(str(path), header[1], rows, findings)


def _text(path: Path, findings: Findings) -> str | None:
    def refuse(what: str, todo: str, line: int | None = None) -> None:
        findings.add(code="files.unreadable", what=what, todo=todo, file=str(path), line=line)

    if not path.is_file():
        refuse("is a folder" if path.is_dir() else "there is no such file", "name a CSV file")
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", "name a file that you may read")
        return None
    if b"\0" in data:
        refuse(
            "holds a NUL byte, so it is no text", "save it as CSV in UTF-8", data.count(b"\n", 0, data.index(b"\0")) + 1
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse("is not UTF-8", "save it as CSV in UTF-8", data.count(b"\n", 0, error.start) + 1)
        return None


def _rows(text: str, file: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; empty lines are no rows."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        findings.add(
            code="files.csv",
            what=f"is not CSV from here on: {error}",
            todo='separate fields by commas, and put a field with a comma or a quote in it in "quotes"',
            file=file,
            line=line,
        )


def _check_header(
    header: list[str], file: str, required: Sequence[str], known: Collection[str], findings: Findings
) -> bool:
    sound = True

    def refuse(code: str, what: str, todo: str) -> None:
        nonlocal sound
        sound = False
        findings.add(code=code, what=what, todo=todo, file=file, line=1)

    other = next((mark for mark in _OTHER_SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        refuse("files.csv", f"separates its columns by {other!r}", "save it as CSV with commas")
        return False
    for name in dict.fromkeys(header):
        if name not in known:
            refuse("files.unknown-column", f"unknown column {name!r}", nearest(name, known))
        if header.count(name) > 1:
            refuse("files.double-column", f"the column {name!r} stands here {header.count(name)} times", "keep one")
    for name in required:
        if name not in header:
            refuse("files.missing-column", f"the column {name!r} is missing", f"add it; known: {', '.join(known)}")
    return sound


def _table(file: str, header: list[str], rows: Iterator[tuple[int, list[str]]], findings: Findings) -> Table:
    before = len(findings)
    lines: list[int] = []
    kept: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(header):
            findings.add(
                code="files.fields",
                what=f"{len(row)} fields, and the header names {len(header)} columns",
                todo='write one field for each column, empty ones too; put a field with a comma in it in "quotes"',
                file=file,
                line=line,
            )
            continue
        lines.append(line)
        kept.append(row)
    fields = zip(*kept, strict=True) if kept else ([] for _ in header)
    columns = {name: list(values) for name, values in zip(header, fields, strict=True)}
    return Table(file=file, lines=lines, columns=columns, whole=len(findings) == before)
