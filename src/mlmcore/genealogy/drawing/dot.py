"""An outline in DOT, the language of Graphviz."""

from mlmcore.genealogy.drawing._lines import NOBODY, below, more_roots
from mlmcore.genealogy.drawing.outline import Outline

__all__ = ["to_dot"]


def to_dot(shown: Outline) -> str:
    """A directed graph from uplines to children, in their order; `n7` is node 7, and an edge is labelled with its leg.

    Args:
        shown: What to draw.
    """
    lines = ["digraph genealogy {", "  graph [ordering=out];", "  node [shape=box];"]
    for at, node in enumerate(shown.nodes):
        lines.append(f"  n{node} [label={_label(shown, at)}];")
        if shown.upline[at] >= 0:
            lines.append(f"  n{shown.nodes[shown.upline[at]]} -> n{node}{_leg(shown.leg[at])};")
    if shown.hidden_roots or not shown.people:
        words = more_roots(shown) if shown.people else NOBODY
        lines.append(f"  more [label={_quoted(words)}, shape=plaintext];")
    return "\n".join([*lines, "}", ""])


def _label(shown: Outline, at: int) -> str:
    lines = [shown.labels[at]] + [below(count) for count in [shown.hidden[at]] if count]
    return _quoted(*lines)


def _leg(number: int) -> str:
    return f' [label="{number}"]' if number else ""


def _quoted(*lines: str) -> str:
    return '"' + r"\n".join(map(_escaped, lines)) + '"'


def _escaped(line: str) -> str:
    r"""In a label a backslash begins an escape (`\N` is the node's name) and an ampersand an entity."""
    return line.replace("\\", r"\\").replace('"', r"\"").replace("&", "&amp;")
