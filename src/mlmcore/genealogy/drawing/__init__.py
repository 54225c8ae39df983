"""Bounded pictures of a genealogy: an `Outline` is what is shown, four writers say how.

Text, DOT (Graphviz), Mermaid and SVG are written from one `Outline`, so they never show different things. Most callers
use the methods of `Genealogy` (`to_text`, `to_dot`, `to_mermaid`, `to_svg`); whoever writes a fifth format reads an
`Outline`. The rules D1..D9 stand in `docs/genealogy/drawing.md`.
"""

from mlmcore.genealogy.drawing.dot import to_dot
from mlmcore.genealogy.drawing.mermaid import to_mermaid
from mlmcore.genealogy.drawing.outline import Outline
from mlmcore.genealogy.drawing.svg import to_svg
from mlmcore.genealogy.drawing.text import to_text

__all__ = ["Outline", "to_dot", "to_mermaid", "to_svg", "to_text"]
