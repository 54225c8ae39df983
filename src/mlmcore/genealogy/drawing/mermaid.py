"""An outline as a Mermaid flowchart, which documentation tools and code hosts draw from a fenced block."""

import re
from typing import Final

from mlmcore.genealogy.drawing._lines import NOBODY, below, more_roots
from mlmcore.genealogy.drawing.outline import Outline

__all__ = ["to_mermaid"]

# Mermaid reads a label as Markdown and as HTML, and its versions differ in the details. So only what none of them takes
# for syntax stays: letters, digits, other scripts, commas, single spaces, hyphens in words, points in numbers. All
# other ASCII becomes an entity.
_SYNTAX: Final = re.compile(
    r"""
      ^[ ] | (?<=[ ])[ ]
    | (?<![0-9A-Za-z])- | -(?![0-9A-Za-z])
    | (?<![0-9])[.] | [.](?![0-9])
    | [!-+/:-@\[-`{-~]
    """,
    re.VERBOSE,
)


def to_mermaid(shown: Outline) -> str:
    """A flowchart from uplines to children, in their order; `n7` is node 7, and an edge is labelled with its leg.

    Args:
        shown: What to draw.
    """
    lines = ["flowchart TD"]
    for at, node in enumerate(shown.nodes):
        count = f"<br/>{below(shown.hidden[at])}" if shown.hidden[at] else ""
        lines.append(f'  n{node}["{_escaped(shown.labels[at])}{count}"]')
        if shown.upline[at] >= 0:
            lines.append(f"  n{shown.nodes[shown.upline[at]]} -->{_leg(shown.leg[at])} n{node}")
    if shown.hidden_roots or not shown.people:
        lines.append(f'  more["{more_roots(shown) if shown.people else NOBODY}"]')
    return "\n".join([*lines, ""])


def _leg(number: int) -> str:
    return f'|"{number}"|' if number else ""


def _escaped(label: str) -> str:
    return _SYNTAX.sub(lambda found: f"#{ord(found[0])};", label)
