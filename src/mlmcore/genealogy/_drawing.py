"""A bounded, indented drawing of a genealogy, for error messages and cases.

Nearest to the roots comes first: who fits is drawn, who does not is counted at the node above.
"""

from typing import TYPE_CHECKING

import numpy as np

from mlmcore.genealogy._arrays import Ints32, input_error

if TYPE_CHECKING:
    from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["draw"]


def draw(genealogy: "Genealogy", max_lines: int) -> str:
    """See `Genealogy.to_text`."""
    if max_lines < 1:
        raise input_error("genealogy.drawing", f"nothing can be drawn on {max_lines} lines", "allow at least 1")
    roots = len(genealogy.roots)
    shown = _shown(genealogy, max_lines if roots <= max_lines else max_lines - 1)
    lines = _lines(genealogy, shown)
    if roots > max_lines:
        left = roots - (max_lines - 1)
        lines.append(f"+{left:,} {'' if max_lines == 1 else 'more '}roots")
    return "\n".join(lines) if len(genealogy) else "(nobody)"


def _shown(genealogy: "Genealogy", count: int) -> Ints32:
    """The nodes to draw, in node order: whole levels from the top, then as much of the next as fits."""
    return np.sort(np.argsort(genealogy.depth, kind="stable")[:count]).astype(np.int32)


def _lines(genealogy: "Genealogy", shown: Ints32) -> list[str]:
    hidden = dict(zip(shown.tolist(), (genealogy.subtree_size[shown] - 1).tolist(), strict=True))
    for node in shown.tolist():
        upline = int(genealogy.parent[node])
        if upline >= 0:
            hidden[upline] -= int(genealogy.subtree_size[node])
    names = genealogy.ids.labels(shown)
    return [
        "  " * int(genealogy.depth[node]) + name + (f" +{hidden[node]:,} below" if hidden[node] else "")
        for node, name in zip(shown.tolist(), names, strict=True)
    ]
