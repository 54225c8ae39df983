"""An outline as a self-contained SVG: one row a person, indented by depth, with lines from uplines to children.

There is no layout to compute and nothing to load: no script, no font, no link. The colour is that of the text around
it, so that it can be read in light and dark notebooks.
"""

from html import escape
from typing import Final
from unicodedata import category, east_asian_width

from attrs import frozen

from mlmcore.genealogy.drawing._lines import NOBODY, below, more_roots
from mlmcore.genealogy.drawing.outline import Outline

__all__ = ["to_svg"]

_ROW: Final = 20
_INDENT: Final = 20
_MARGIN: Final = 8
_COLUMN: Final = 8
"""Pixels of one character of a monospaced font of 13 pixels, rounded up."""

# Loaded as an image, a picture has no text around it and would be black on whatever is behind it. There the SVG is the
# root of its document, and takes a grey that can be read on white and on black. Inside a page the rule matches nothing.
_STYLE: Final = "<style>svg:root{color:#777}</style>"


@frozen
class _Row:
    """The three parts of a row's text; the first and the last are written paler."""

    depth: int
    leg: str
    label: str
    count: str

    def columns(self) -> int:
        return _columns(self.leg + self.label + self.count)


def to_svg(shown: Outline) -> str:
    """An SVG document with a title and a description; the number of a leg stands before the label, as in `2: bob`.

    Args:
        shown: What to draw.
    """
    rows = _rows(shown)
    width = 2 * _MARGIN + max(row.depth * _INDENT + row.columns() * _COLUMN for row in rows)
    height = 2 * _MARGIN + len(rows) * _ROW
    box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    font = 'font-family="monospace" font-size="13" fill="currentColor"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" direction="ltr" {font}>',
            f"<title>Genealogy of {_people(shown.people)}</title>",
            f"<desc>{_description(shown)}</desc>",
            _STYLE,
            f'<path d="{_lines(shown)}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>',
            *(_text(row, at) for at, row in enumerate(rows)),
            "</svg>",
            "",
        ]
    )


def _rows(shown: Outline) -> list[_Row]:
    rows = [
        _Row(depth, f"{leg}: " if leg else "", label, f" {below(hidden)}" if hidden else "")
        for depth, leg, label, hidden in zip(shown.depth, shown.leg, shown.labels, shown.hidden, strict=True)
    ]
    if shown.hidden_roots:
        rows.append(_Row(0, "", "", more_roots(shown)))
    return rows or [_Row(0, "", "", NOBODY)]


def _lines(shown: Outline) -> str:
    """From below each upline's first letter down to the child's row and right to its text."""
    return "".join(
        f"M{_left(shown.depth[above]) + _COLUMN // 2} {_middle(above) + _ROW // 2 - 2}V{_middle(at)}H{_left(depth) - 2}"
        for at, (above, depth) in enumerate(zip(shown.upline, shown.depth, strict=True))
        if above >= 0
    )


def _text(row: _Row, at: int) -> str:
    # Spaces are kept since labels are shown as they are; 5 pixels bring the letters' middle to the row's.
    place = f'x="{_left(row.depth)}" y="{_middle(at) + 5}" xml:space="preserve"'
    return f"<text {place}>{_paler(row.leg)}{escape(row.label, quote=False)}{_paler(row.count)}</text>"


def _paler(text: str) -> str:
    return f'<tspan fill-opacity="0.7">{escape(text, quote=False)}</tspan>' if text else ""


def _left(depth: int) -> int:
    return _MARGIN + depth * _INDENT


def _middle(row: int) -> int:
    return _MARGIN + row * _ROW + _ROW // 2


def _columns(text: str) -> int:
    """How many columns a text takes at most: two for wide characters and emoji, none for marks and joiners."""
    if text.isascii():
        return len(text)
    return sum(
        0 if category(char) in {"Mn", "Me", "Cf"} else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _description(shown: Outline) -> str:
    if len(shown) == shown.people:
        return "One row for each person, indented below the upline."
    return (
        f"One row a person, indented below the upline: {len(shown):,} of {_people(shown.people)}; the rest is counted."
    )
